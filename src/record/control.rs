//! Control tokens: the strings that a tokenizer turns into one token with a meaning.
//!
//! Chat templates join contents and tokenize the whole, so such a string in a text ends or forges a turn.
//! A token may belong to several families. Families may be added; a token is not taken out of one without
//! a note in the change log.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// Families of control tokens, the most specific first.
pub const FAMILIES: &[(&str, &[&str])] = &[
    ("chatml", &["<|im_start|>", "<|im_end|>", "<|im_sep|>"]),
    (
        "qwen",
        &[
            "<|im_start|>",
            "<|im_end|>",
            "<|im_sep|>",
            "<|endoftext|>",
            "<|vision_start|>",
            "<|vision_end|>",
            "<|image_pad|>",
            "<|video_pad|>",
        ],
    ),
    (
        "llama3",
        &[
            "<|begin_of_text|>",
            "<|end_of_text|>",
            "<|start_header_id|>",
            "<|end_header_id|>",
            "<|eot_id|>",
            "<|eom_id|>",
            "<|python_tag|>",
            "<|finetune_right_pad_id|>",
        ],
    ),
    (
        "llama4",
        &["<|header_start|>", "<|header_end|>", "<|eot|>", "<|python_start|>", "<|python_end|>"],
    ),
    ("llama2", &["<s>", "</s>", "[INST]", "[/INST]", "<<SYS>>", "<</SYS>>"]),
    (
        "mistral",
        &[
            "<s>",
            "</s>",
            "[INST]",
            "[/INST]",
            "[SYSTEM_PROMPT]",
            "[/SYSTEM_PROMPT]",
            "[AVAILABLE_TOOLS]",
            "[/AVAILABLE_TOOLS]",
            "[TOOL_CALLS]",
            "[TOOL_RESULTS]",
            "[/TOOL_RESULTS]",
            "[IMG]",
        ],
    ),
    (
        "gemma",
        &[
            "<bos>",
            "<eos>",
            "<start_of_turn>",
            "<end_of_turn>",
            "<start_of_image>",
            "<end_of_image>",
        ],
    ),
    (
        "harmony",
        &[
            "<|start|>",
            "<|end|>",
            "<|message|>",
            "<|channel|>",
            "<|constrain|>",
            "<|return|>",
            "<|call|>",
            "<|endoftext|>",
        ],
    ),
    ("phi", &["<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]),
    ("glm", &["[gMASK]", "<sop>", "<|system|>", "<|user|>", "<|assistant|>", "<|observation|>"]),
    ("granite", &["<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"]),
    (
        "gpt",
        &["<|endoftext|>", "<|endofprompt|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>"],
    ),
    (
        "lfm2",
        &[
            "<|im_start|>",
            "<|im_end|>",
            "<|im_sep|>",
            "<|tool_list_start|>",
            "<|tool_list_end|>",
            "<|tool_call_start|>",
            "<|tool_call_end|>",
            "<|tool_response_start|>",
            "<|tool_response_end|>",
        ],
    ),
    (
        "cohere",
        &[
            "<BOS_TOKEN>",
            "<|START_OF_TURN_TOKEN|>",
            "<|END_OF_TURN_TOKEN|>",
            "<|SYSTEM_TOKEN|>",
            "<|USER_TOKEN|>",
            "<|CHATBOT_TOKEN|>",
            "<|START_RESPONSE|>",
            "<|END_RESPONSE|>",
            "<|START_THINKING|>",
            "<|END_THINKING|>",
            "<|START_ACTION|>",
            "<|END_ACTION|>",
            "<|START_TOOL_RESULT|>",
            "<|END_TOOL_RESULT|>",
        ],
    ),
    (
        "deepseek",
        &[
            "<｜begin▁of▁sentence｜>",
            "<｜end▁of▁sentence｜>",
            "<｜User｜>",
            "<｜Assistant｜>",
            "<｜tool▁calls▁begin｜>",
            "<｜tool▁calls▁end｜>",
            "<｜tool▁call▁begin｜>",
            "<｜tool▁call▁end｜>",
            "<｜tool▁sep｜>",
            "<｜tool▁outputs▁begin｜>",
            "<｜tool▁outputs▁end｜>",
            "<｜tool▁output▁begin｜>",
            "<｜tool▁output▁end｜>",
        ],
    ),
    (MARKUP, THINK_AND_TOOL_TAGS),
];

/// The family of tags that are single tokens in several models and also plain markup.
pub const MARKUP: &str = "markup";

const THINK_AND_TOOL_TAGS: &[&str] = &[
    "<think>",
    "</think>",
    "<tool_call>",
    "</tool_call>",
    "<tool_response>",
    "</tool_response>",
    "<tools>",
    "</tools>",
];

/// A control token with the families that have it.
#[derive(Debug)]
pub struct Token {
    /// Its exact text.
    pub text: &'static str,
    /// Its families in the order of [`FAMILIES`].
    pub families: Vec<&'static str>,
}

impl Token {
    /// The family to name: the target's own if it is one, else the first.
    pub fn family(&self, own: Option<&str>) -> &'static str {
        let own = self.families.iter().copied().find(|f| Some(*f) == own);
        own.or(self.families.first().copied()).unwrap_or(MARKUP)
    }

    /// Is it a tag like `<think>` rather than a token of one model?
    pub fn is_markup(&self) -> bool {
        self.families == [MARKUP]
    }

    /// Is it `<think>` or `</think>`?
    pub fn is_think(&self) -> bool {
        matches!(self.text, "<think>" | "</think>")
    }
}

/// Every token once.
pub static TOKENS: LazyLock<Vec<Token>> = LazyLock::new(|| {
    let mut tokens: Vec<Token> = Vec::new();
    for (family, texts) in FAMILIES {
        for text in *texts {
            match tokens.iter_mut().find(|t| t.text == *text) {
                Some(token) => token.families.push(family),
                None => tokens.push(Token { text, families: vec![family] }),
            }
        }
    }
    tokens
});

/// No token is part of another, so plain leftmost search finds each; without an automaton nothing is found.
static SEARCH: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(TOKENS.iter().map(|t| t.text)).ok());

/// The control tokens in a text, with their offsets. `[IMG](...)` is none: the words of a Markdown link or
/// image.
pub fn find(text: &str) -> impl Iterator<Item = (usize, &'static Token)> {
    let matches = SEARCH.as_ref().map(|search| search.find_iter(text));
    let found = matches.into_iter().flatten().map(|m| (m.start(), &TOKENS[m.pattern().as_usize()]));
    found.filter(|(at, token)| !is_link_text(text, *at, token.text))
}

fn is_link_text(text: &str, at: usize, token: &str) -> bool {
    token == "[IMG]" && text[at + token.len()..].starts_with('(')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_is_found_in_the_middle_of_text_and_is_part_of_no_other() {
        assert!(TOKENS.len() > 90);
        for token in TOKENS.iter() {
            let text = format!("x{}y", token.text);
            let found: Vec<_> = find(&text).map(|(at, t)| (at, t.text)).collect();
            assert_eq!(found, [(1, token.text)]);
        }
    }

    #[test]
    fn the_targets_own_family_is_named_first() {
        let end = TOKENS.iter().find(|t| t.text == "<|endoftext|>").unwrap();
        assert_eq!(end.family(Some("harmony")), "harmony");
        assert_eq!(end.family(None), "qwen");
    }
}
