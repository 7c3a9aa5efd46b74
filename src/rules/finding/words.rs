//! The words of findings, and how they show what stands in the data.

use std::borrow::Cow;

use crate::record::{Value, text};

/// The words of a finding: what is wrong, and where they differ from the table's, effect and advice.
pub struct Words {
    pub(super) what: String,
    pub(super) effect: Option<Cow<'static, str>>,
    pub(super) advice: Option<Cow<'static, str>>,
}

impl From<String> for Words {
    fn from(what: String) -> Self {
        Words { what, effect: None, advice: None }
    }
}

impl From<&str> for Words {
    fn from(what: &str) -> Self {
        Words::from(what.to_owned())
    }
}

impl Words {
    /// What is wrong.
    pub fn new(what: impl Into<String>) -> Words {
        Words::from(what.into())
    }

    /// Another effect than the table's.
    pub fn effect(mut self, effect: impl Into<Cow<'static, str>>) -> Words {
        self.effect = Some(effect.into());
        self
    }

    /// Another advice than the table's.
    pub fn advice(mut self, advice: impl Into<Cow<'static, str>>) -> Words {
        self.advice = Some(advice.into());
        self
    }
}

/// An excerpt of a text in quotes, as all messages show one.
pub fn quote(text: &str) -> String {
    text::quote(text, text::QUOTE_BYTES)
}

/// An excerpt of a value: a string in quotes, all else as it is written.
pub fn excerpt(value: Value<'_>) -> String {
    if let Some(text) = value.as_str() {
        return quote(text);
    }
    // More bytes than are shown, so that a cut character does not look like the end.
    let start = value.beginning(2 * text::QUOTE_BYTES);
    let text = String::from_utf8_lossy(&start);
    let shown = &text[..text.floor_char_boundary(text::QUOTE_BYTES)];
    let more = if shown.len() < text.len() { "..." } else { "" };
    format!("{}{more}", text::sanitize(shown))
}

/// " and 4 more in this string"; nothing when there is one.
pub fn further(count: usize) -> String {
    match count {
        0 | 1 => String::new(),
        many => format!(" and {} more in this string", many - 1),
    }
}

/// "1 time", "2 times".
pub fn times(count: usize) -> String {
    plural(count, "time")
}

/// A count with its noun.
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
