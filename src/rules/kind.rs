//! What kind of record a line holds, found from its keys.

use std::borrow::Cow;

use crate::record::Value;

use super::sharegpt;

/// The kinds of record that are judged, and those that are only recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `messages`
    Chat,
    /// `messages` with `chosen` and `rejected` objects (LLaMA-Factory).
    PreferenceLlamaFactory,
    /// `input`, `preferred_output`, `non_preferred_output` (OpenAI).
    PreferenceOpenai,
    /// `chosen` and `rejected`, with or without `prompt` (TRL).
    PreferenceTrl,
    /// `prompt` as a list of messages (TRL).
    PromptCompletion,
    /// None of these.
    Other(Guess),
}

/// What a record of no known kind seems to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Guess {
    /// `conversations` with `from` and `value`
    ShareGpt,
    /// `conversations` with answers `chosen` and `rejected` of `from` and `value`
    ShareGptPreference,
    /// `instruction` and `output`
    Alpaca,
    /// `prompt` and `completion` strings
    PromptCompletionText,
    /// `text`
    RawText,
    /// `contents` with `role` and `parts`
    Gemini,
    /// `interactions`
    MistralOld,
    /// `chosen_messages` or `rejected_messages`
    LlamaFactoryV1,
    /// Nothing that is known.
    Unknown,
}

impl Kind {
    /// The kind of a record.
    pub fn of(record: Value<'_>) -> Kind {
        let object = |key: &str| record.get(key).is_some_and(|v| v.is_object());
        let present = |key: &str| record.get(key).is_some();
        if present("messages") && object("chosen") && object("rejected") {
            Kind::PreferenceLlamaFactory
        } else if present("messages") {
            Kind::Chat
        } else if [
            "preferred_output",
            "non_preferred_output",
            "preferred_completion",
            "non_preferred_completion",
        ]
        .into_iter()
        .any(present)
        {
            Kind::PreferenceOpenai
        } else if is_sharegpt_preference(record) {
            Kind::Other(Guess::ShareGptPreference)
        } else if present("chosen") || present("rejected") {
            Kind::PreferenceTrl
        } else if record.get("prompt").is_some_and(is_list_of_objects) {
            Kind::PromptCompletion
        } else {
            Kind::Other(Guess::of(record))
        }
    }

    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Chat => "chat",
            Kind::PreferenceLlamaFactory => "LLaMA-Factory preference",
            Kind::PreferenceOpenai => "OpenAI preference",
            Kind::PreferenceTrl => "TRL preference",
            Kind::PromptCompletion => "prompt-completion",
            Kind::Other(guess) => guess.name(),
        }
    }
}

/// An array whose elements are all objects. An empty one counts: it is a list with nothing in it.
fn is_list_of_objects(value: Value<'_>) -> bool {
    value.is_array() && value.items().all(|item| item.is_object())
}

/// `conversations` as the only prompt of answers that are no lists; those could hold their prompt.
fn is_sharegpt_preference(record: Value<'_>) -> bool {
    let mut answers = ["chosen", "rejected"].into_iter().filter_map(|key| record.get(key));
    record.get("conversations").is_some_and(|turns| turns.is_array())
        && record.get("prompt").is_none()
        && answers.any(|answer| !answer.is_array())
}

impl Guess {
    fn of(record: Value<'_>) -> Guess {
        let array = |key: &str| record.get(key).is_some_and(|v| v.is_array());
        let string = |key: &str| record.get(key).is_some_and(|v| v.is_string());
        let present = |key: &str| record.get(key).is_some();
        if array("conversations") {
            Guess::ShareGpt
        } else if present("instruction") && present("output") {
            Guess::Alpaca
        } else if string("prompt") && string("completion") {
            Guess::PromptCompletionText
        } else if string("text") {
            Guess::RawText
        } else if array("contents") {
            Guess::Gemini
        } else if array("interactions") {
            Guess::MistralOld
        } else if present("chosen_messages") || present("rejected_messages") {
            Guess::LlamaFactoryV1
        } else {
            Guess::Unknown
        }
    }

    /// Its name in messages.
    pub fn name(self) -> &'static str {
        match self {
            Guess::ShareGpt => "ShareGPT",
            Guess::ShareGptPreference => "ShareGPT preference",
            Guess::Alpaca => "Alpaca",
            Guess::PromptCompletionText => "prompt/completion text",
            Guess::RawText => "raw text",
            Guess::Gemini => "Gemini",
            Guess::MistralOld => "old Mistral",
            Guess::LlamaFactoryV1 => "LLaMA-Factory v1 preference",
            Guess::Unknown => "unknown",
        }
    }

    /// What was seen, and how such a record becomes messages.
    pub fn hint(self, record: Value<'_>) -> Option<(&'static str, Cow<'static, str>)> {
        let (what, advice) = match self {
            Guess::ShareGpt => {
                let what = "the record is ShareGPT (conversations with from and value)";
                return Some((what, sharegpt::advice(record).into()));
            }
            Guess::ShareGptPreference => {
                let what = "the record is a ShareGPT preference (conversations, chosen and rejected with from and value)";
                return Some((what, sharegpt::advice(record).into()));
            }
            Guess::Alpaca => (
                "the record is Alpaca (instruction, input, output)",
                "convert it: jq -c '{messages:[{role:\"user\",content:(.instruction+(if (.input//\"\")==\"\" then \"\" else \"\\n\"+.input end))},{role:\"assistant\",content:.output}]}'",
            ),
            Guess::PromptCompletionText => (
                "the record is prompt/completion text",
                "convert it: jq -c '{messages:[{role:\"user\",content:.prompt},{role:\"assistant\",content:.completion}]}'",
            ),
            Guess::RawText => (
                "the record is raw text for pre-training (text)",
                "write the turns as messages; plain text has none",
            ),
            Guess::Gemini => (
                "the record is Gemini (contents with role and parts)",
                "write contents as messages: role model becomes assistant, the text of the parts becomes content",
            ),
            Guess::MistralOld => {
                ("the record is old Mistral (interactions)", "rename interactions to messages")
            }
            Guess::LlamaFactoryV1 => (
                "the record is a LLaMA-Factory v1 preference (chosen_messages, rejected_messages)",
                "write the common turns as messages and the last ones as chosen and rejected objects",
            ),
            Guess::Unknown => return None,
        };
        Some((what, advice.into()))
    }
}
