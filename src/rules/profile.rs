//! Profiles: what one target reads, and how bad each fault is for it.
//!
//! A family profile (`qwen`, `llama3`, `gemma`) finds an error where the newest templates of the family
//! raise or lose text, and a warning where only older ones do.

use super::roles::Role::{self, Assistant, Developer, System, Tool, User};
use super::table::{Rule, Severity};

/// The form in which a target reads the arguments of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arguments {
    /// A JSON string.
    Text,
    /// An object.
    Object,
    /// Either.
    Any,
    /// It reads no calls, so the form is not judged.
    NotRead,
}

/// How a target refuses what it finds wrong; the verb of a finding's effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal(pub &'static str);

/// One target.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The name on the command line.
    pub name: &'static str,
    /// One line for `--list-profiles`.
    pub about: &'static str,
    /// "X refuses the file", "X drops the record" and the like, without the name.
    pub refusal: &'static str,
    /// Roles that are read (S007).
    pub roles: &'static [Role],
    /// Roles of `roles` that are read but in doubt, with the reason.
    pub doubtful: &'static [(Role, &'static str)],
    /// Aliases that the target reads by itself (no S008).
    pub aliases: &'static [&'static str],
    /// Part types (P001).
    pub parts: &'static [&'static str],
    /// Severity of a content array (S011); off: arrays are read.
    pub content_array: Severity,
    /// Form of arguments (F002).
    pub arguments: Arguments,
    /// Keys that a call must have (F001).
    pub call_keys: &'static [&'static str],
    /// Does weight 0 mask a message (L003, L005)?
    pub honours_weight: bool,
    /// Reasoning fields that are read (R005).
    pub reasoning: &'static [&'static str],
    /// The family whose control tokens are the target's own (C001).
    pub family: Option<&'static str>,
    /// Keys of a message (S013).
    pub message_keys: MessageKeys,
    /// Keys of a record (S014).
    pub record_keys: &'static [&'static str],
    /// Keys that make a record of two formats beside `messages` (S015).
    pub rival_keys: &'static [&'static str],
    /// Images a record may have (P005).
    pub max_images: usize,
    /// Image URLs that are read (P003).
    pub images: Images,
    /// Least valid records (X004).
    pub min_records: u64,
    /// Most records (X005); with images only where `max_records_of_images`.
    pub max_records: Option<u64>,
    /// `max_records` counts only records with images.
    pub max_records_of_images: bool,
    /// Most bytes (X005).
    pub max_bytes: Option<u64>,
    /// Severity of a null in these keys (S016), where it differs from the rule's.
    pub null_errors: &'static [&'static str],
    /// Severity of `messages` and of `tools` as a JSON string (S019), where it differs from the rule's.
    pub json_strings: Option<(Severity, Severity)>,
    /// Is a call with `content` and `thinking` an error (F016)?
    pub thinking_with_calls_fails: bool,
    /// Severity of a prompt that ends in an assistant message (Q002), where it differs.
    pub prompt_may_end_in_assistant: bool,
    /// Does a tool need a description and parameters (F013)?
    pub strict_tools: bool,
    /// May a tool's parameters be a JSON string (F013)?
    pub parameters_as_text: bool,
    /// May an id be the word `null` (F006, F015)?
    pub null_ids: bool,
    /// Is a weighted image message an error (L002)?
    pub weighted_images_fail: bool,
    /// Does the target read the system text from the record's key `system` (T009)?
    pub system_key: bool,
    /// Has the target its own key names for content and tools that must not stand beside the usual (S015)?
    pub mistral_keys: bool,
}

/// Which image URLs a target reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Images {
    /// http, https, and data URLs of jpeg, png and webp.
    Any,
    /// Data URLs of jpeg, png and webp.
    Data,
    /// Data URLs of png, jpg and jpeg.
    DataNoWebp,
}

/// Which keys a message may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageKeys {
    /// One list for all roles, with the keys of calls, refusals and results bound to their role.
    Common(&'static [&'static str]),
    /// OpenAI's list for each role.
    PerRole,
}

/// Keys known everywhere unless the profile says otherwise.
const MESSAGE_KEYS: &[&str] = &[
    "role",
    "content",
    "name",
    "weight",
    "tool_calls",
    "function_call",
    "refusal",
    "tool_call_id",
    "reasoning_content",
    "reasoning",
    "thinking",
    "train",
    "training",
    "train_detail",
    "training_detail",
    "loss_weight",
];

const MISTRAL_MESSAGE_KEYS: &[&str] = &[
    "role",
    "content",
    "name",
    "weight",
    "tool_calls",
    "function_call",
    "refusal",
    "tool_call_id",
    "reasoning_content",
    "reasoning",
    "thinking",
    "train",
    "training",
    "train_detail",
    "training_detail",
    "loss_weight",
    "text",
];

const RECORD_KEYS: &[&str] = &[
    "messages",
    "tools",
    "parallel_tool_calls",
    "functions",
    "input",
    "preferred_output",
    "non_preferred_output",
    "preferred_completion",
    "non_preferred_completion",
    "prompt",
    "completion",
    "chosen",
    "rejected",
    "label",
    "kto_tag",
    "images",
    "videos",
    "audios",
    "chat_template_kwargs",
    "system",
];

const MISTRAL_RECORD_KEYS: &[&str] = &[
    "messages",
    "tools",
    "parallel_tool_calls",
    "functions",
    "input",
    "preferred_output",
    "non_preferred_output",
    "preferred_completion",
    "non_preferred_completion",
    "prompt",
    "completion",
    "chosen",
    "rejected",
    "label",
    "kto_tag",
    "images",
    "videos",
    "audios",
    "chat_template_kwargs",
    "system",
    "interactions",
    "available_tools",
    "system_prompt",
    "only_last",
];

const OPENAI_RECORD_KEYS: &[&str] = &[
    "messages",
    "tools",
    "parallel_tool_calls",
    "functions",
    "input",
    "preferred_output",
    "non_preferred_output",
    "preferred_completion",
    "non_preferred_completion",
];

const PARTS: &[&str] =
    &["text", "refusal", "image_url", "image", "input_audio", "audio", "file", "video"];

const RIVAL_KEYS: &[&str] = &["conversations", "text", "prompt", "completion", "instruction"];

const TRL_RIVAL_KEYS: &[&str] = &[
    "conversations",
    "text",
    "prompt",
    "completion",
    "instruction",
    "chosen",
    "rejected",
    "label",
];

const CALL_KEYS: &[&str] = &["id", "type", "function.name", "function.arguments"];
const TRL_CALL_KEYS: &[&str] = &["function.name", "function.arguments"];

/// What profile `default` reads; the others say where they differ.
const DEFAULT: Profile = Profile {
    name: "default",
    about: "what most targets take; the best-known objector is named",
    refusal: "refuses the record",
    roles: &[Developer, System, User, Assistant, Tool],
    doubtful: &[],
    aliases: &[],
    parts: PARTS,
    content_array: Severity::Off,
    arguments: Arguments::Any,
    call_keys: CALL_KEYS,
    honours_weight: true,
    reasoning: &["reasoning_content", "reasoning", "thinking"],
    family: None,
    message_keys: MessageKeys::Common(MESSAGE_KEYS),
    record_keys: RECORD_KEYS,
    rival_keys: RIVAL_KEYS,
    max_images: 10,
    images: Images::Any,
    min_records: 0,
    max_records: None,
    max_records_of_images: false,
    max_bytes: None,
    null_errors: &[],
    json_strings: None,
    thinking_with_calls_fails: false,
    prompt_may_end_in_assistant: false,
    strict_tools: false,
    parameters_as_text: false,
    null_ids: false,
    weighted_images_fail: false,
    system_key: false,
    mistral_keys: false,
};

const BOTH_ERRORS: Option<(Severity, Severity)> = Some((Severity::Error, Severity::Error));
const MESSAGES_ERROR: Option<(Severity, Severity)> = Some((Severity::Error, Severity::Off));

const OPENAI: Profile = Profile {
    name: "openai",
    about: "OpenAI fine-tuning files (schema of 2024-12)",
    refusal: "refuses the file",
    roles: &[System, User, Assistant, Tool, Developer],
    doubtful: &[(Developer, "is in the API's role list but not in the fine-tuning schema")],
    parts: &["text", "image_url", "refusal"],
    arguments: Arguments::Text,
    reasoning: &[],
    message_keys: MessageKeys::PerRole,
    record_keys: OPENAI_RECORD_KEYS,
    min_records: 10,
    max_records: Some(50_000),
    max_records_of_images: true,
    json_strings: BOTH_ERRORS,
    ..DEFAULT
};

const TRL: Profile = Profile {
    name: "trl",
    about: "TRL's trainers: Arrow and a chat template",
    refusal: "raises or trains on something else",
    roles: &[System, User, Assistant, Tool, Developer],
    doubtful: &[(Developer, "is kept by 7, lost by 7 and refused by 6 of 20 templates")],
    arguments: Arguments::Object,
    call_keys: TRL_CALL_KEYS,
    honours_weight: false,
    reasoning: &["reasoning_content", "thinking"],
    rival_keys: TRL_RIVAL_KEYS,
    json_strings: MESSAGES_ERROR,
    prompt_may_end_in_assistant: true,
    ..DEFAULT
};

const TEMPLATE: Profile =
    Profile { refusal: "template raises or loses text", reasoning: &[], ..TRL };

/// All profiles in the order of the columns of [`DIFFERENCES`].
pub static PROFILES: &[Profile] = &[
    DEFAULT,
    OPENAI,
    Profile {
        name: "azure",
        about: "Azure OpenAI fine-tuning files",
        max_images: 64,
        max_records: None,
        ..OPENAI
    },
    Profile {
        name: "together",
        about: "Together AI",
        refusal: "refuses the file",
        roles: &[System, User, Assistant, Tool],
        doubtful: &[(Tool, "is documented but refused by the client of 2025-12")],
        parts: &["text", "image_url"],
        arguments: Arguments::Text,
        reasoning: &["reasoning", "reasoning_content"],
        record_keys: &[
            "messages",
            "tools",
            "input",
            "preferred_output",
            "non_preferred_output",
            "prompt",
            "completion",
        ],
        images: Images::Data,
        min_records: 1,
        max_bytes: Some(501 * (1 << 30) / 10), // 50.1 x 2^30
        null_errors: &["weight"],
        json_strings: BOTH_ERRORS,
        weighted_images_fail: true,
        ..DEFAULT
    },
    Profile {
        name: "fireworks",
        about: "Fireworks AI (from its documentation)",
        refusal: "refuses the file",
        roles: &[System, User, Assistant, Tool],
        parts: &["text", "image_url"],
        arguments: Arguments::Text,
        reasoning: &["reasoning_content"],
        images: Images::DataNoWebp,
        min_records: 3,
        max_records: Some(3_000_000),
        json_strings: BOTH_ERRORS,
        ..DEFAULT
    },
    Profile {
        name: "bedrock",
        about: "Amazon Bedrock, Claude 3 Haiku shape",
        refusal: "refuses the file",
        roles: &[User, Assistant, System, Developer],
        parts: &["text"],
        arguments: Arguments::NotRead,
        call_keys: &[],
        reasoning: &[],
        message_keys: MessageKeys::Common(&["role", "content"]),
        record_keys: &["system", "messages"],
        min_records: 32,
        system_key: true,
        json_strings: BOTH_ERRORS,
        ..DEFAULT
    },
    Profile {
        name: "mistral",
        about: "mistral-finetune with mistral-common V3",
        refusal: "raises",
        roles: &[System, User, Assistant, Tool],
        arguments: Arguments::Text,
        call_keys: &["id", "function.name", "function.arguments"],
        reasoning: &[],
        message_keys: MessageKeys::Common(MISTRAL_MESSAGE_KEYS),
        record_keys: MISTRAL_RECORD_KEYS,
        json_strings: BOTH_ERRORS,
        strict_tools: true,
        null_ids: true,
        mistral_keys: true,
        ..DEFAULT
    },
    TRL,
    Profile {
        name: "axolotl",
        about: "Axolotl, type: chat_template",
        refusal: "raises or drops the record",
        aliases: &["human", "gpt"],
        arguments: Arguments::Any,
        reasoning: &["reasoning_content"],
        rival_keys: RIVAL_KEYS,
        json_strings: Some((Severity::Off, Severity::Off)),
        parameters_as_text: true,
        ..TRL
    },
    Profile {
        name: "unsloth",
        about: "Unsloth's data preparation and TRL under it",
        rival_keys: RIVAL_KEYS,
        content_array: Severity::Warning,
        json_strings: None,
        ..TRL
    },
    Profile {
        name: "llama-factory",
        about: "LLaMA-Factory, openai formatting",
        refusal: "drops the record or stops",
        roles: &[System, User, Assistant, Tool],
        doubtful: &[],
        aliases: &["human", "gpt", "function_call", "observation"],
        content_array: Severity::Warning,
        arguments: Arguments::Any,
        reasoning: &[],
        rival_keys: RIVAL_KEYS,
        min_records: 1,
        prompt_may_end_in_assistant: false,
        ..TRL
    },
    Profile {
        name: "gemma",
        about: "chat templates of Gemma 1 and 2",
        roles: &[User, Assistant, System, Developer],
        doubtful: &[],
        content_array: Severity::Error,
        arguments: Arguments::NotRead,
        family: Some("gemma"),
        message_keys: MessageKeys::Common(&["role", "content"]),
        ..TEMPLATE
    },
    Profile {
        name: "gemma3",
        about: "chat templates of Gemma 3 and 3n",
        roles: &[User, Assistant, System],
        doubtful: &[],
        arguments: Arguments::NotRead,
        family: Some("gemma"),
        message_keys: MessageKeys::Common(&["role", "content"]),
        ..TEMPLATE
    },
    Profile {
        name: "llama3",
        about: "chat templates of Llama 3, 3.1 and 3.2",
        doubtful: &[(Developer, "is printed as a header that the model has not seen")],
        content_array: Severity::Error,
        family: Some("llama3"),
        null_errors: &["tool_calls"],
        ..TEMPLATE
    },
    Profile {
        name: "qwen",
        about: "chat templates of Qwen 2.5, 3, 3.5 and 3.6",
        roles: &[System, User, Assistant, Tool],
        doubtful: &[],
        content_array: Severity::Warning,
        reasoning: &["reasoning_content"],
        family: Some("qwen"),
        ..TEMPLATE
    },
    Profile {
        name: "gpt-oss",
        about: "the chat template of gpt-oss (harmony)",
        doubtful: &[],
        content_array: Severity::Error,
        reasoning: &["thinking"],
        family: Some("harmony"),
        null_errors: &["tool_calls"],
        thinking_with_calls_fails: true,
        ..TEMPLATE
    },
];

/// Severities that differ from the default column: one letter for each profile in the order of
/// [`PROFILES`]; E error, W warning, I info, - off, a dot for "as the rule's default".
#[rustfmt::skip]
pub const DIFFERENCES: &[(Rule, &str)] = &[
    //                dflt open azur toge fire bedr mist trl axol unsl llam gem gem3 ll3 qwen goss
    (Rule::B001, "W . I E . . E . . . . . . . . ."),
    (Rule::B010, "W . . E . . E . . . . . . . . ."),
    (Rule::B019, "I . . E . . E . . . . . . . . ."),
    (Rule::S012, "W . . . . . E . . . . . . . . ."),
    (Rule::S013, "I E E . . E . . . . . W W . . ."),
    (Rule::S014, "I . . E . E . . . . . . . . . ."),
    (Rule::S016, "W . . . . . . . I . . . . . . ."),
    (Rule::S018, "W . . E . E E . . . . . . . . ."),
    (Rule::S020, "W - - E . . - . . . - E E I - E"),
    (Rule::S021, "I - - E . . - W W W E E E - - -"),
    (Rule::P006, "W . . E . . . E E E E E E E E E"),
    (Rule::T002, "W . . . . E . . . . E E E . E ."),
    (Rule::T003, "E . . W . . . W W W . W W W W W"),
    (Rule::T004, "W . . . E . . . . . E . E . E E"),
    (Rule::T005, "W . . . . . E . . . E . E . E E"),
    (Rule::T006, "I . . E . E W . . . E E E . . ."),
    (Rule::T007, "W . . . . E . . . . E E E . . ."),
    (Rule::T008, "W . E E . E . . . . E E E . . ."),
    (Rule::T009, "- . . . . E . . . . . E . . . ."),
    (Rule::T010, "- . . . . E . . . . . . . . . ."),
    (Rule::F006, "E . . W . . . W W W W W W W W W"),
    (Rule::F007, "E . . W . . . W W W W W W W W W"),
    (Rule::F009, "E . . W . . . W W W W W W W W W"),
    (Rule::F015, "- . . . . . E . . . . . . . . ."),
    (Rule::F016, "- . . . . . E . . . W . . W . W"),
    (Rule::F017, "- . . . . . . . . . . . . E . W"),
    (Rule::L001, "E . . . . . . W W W W W W W W W"),
    (Rule::L005, "- . . . . . . W W W W W W W W W"),
    (Rule::L006, "W . . . . E . . . . . . . . . ."),
    (Rule::R005, "- . . W W . W W W W W W W W W W"),
    (Rule::X001, "W . . . . . . E E E E E E E E E"),
    (Rule::X004, "- E E E E W . . . . E . . . . ."),
    (Rule::X005, "- W . W W . . . . . . . . . . ."),
];

impl Profile {
    /// The profile of that name.
    pub fn find(name: &str) -> Option<&'static Profile> {
        PROFILES.iter().find(|p| p.name == name)
    }

    /// The severity that this profile gives a rule, before any case of its own.
    pub fn severity(&self, rule: Rule) -> Severity {
        let column = PROFILES.iter().position(|p| p.name == self.name).unwrap_or(0);
        let row = DIFFERENCES.iter().find(|(of, _)| *of == rule);
        match row.and_then(|(_, cells)| cells.split(' ').nth(column)) {
            Some("E") => Severity::Error,
            Some("W") => Severity::Warning,
            Some("I") => Severity::Info,
            Some("-") => Severity::Off,
            _ => rule.info().default,
        }
    }

    /// Is it the profile that stands for no single target?
    pub fn is_default(&self) -> bool {
        self.name == "default"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_cell_for_every_profile() {
        for (rule, cells) in DIFFERENCES {
            assert_eq!(cells.split(' ').count(), PROFILES.len(), "{rule:?}");
        }
        assert_eq!(PROFILES.len(), 16);
    }
}
