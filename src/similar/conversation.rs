//! The conversation of a record, from the outline of a plain line or from a parsed one.

use crate::record::chat::part_type;
use crate::record::scan::Turn;
use crate::record::{Message, Value};

use super::canonical::canonical;
use super::words::{self, Shingler, Text, to_set};

/// Keys beside the messages that hold what a placeholder in a text stands for: part of what is said, where
/// LLaMA-Factory and others keep pictures and sound.
const MEDIA: [&str; 6] = ["images", "image", "videos", "video", "audios", "audio"];

/// The conversation of a record.
#[derive(Debug, Clone, Copy)]
pub enum Conversation<'a> {
    /// Of a plain line: the line, and where its turns stand.
    Outline(&'a [u8], &'a [Turn]),
    /// Of a line that was parsed.
    Messages(&'a [Message<'a>]),
}

impl<'a> Conversation<'a> {
    /// The number of messages.
    pub fn len(self) -> usize {
        match self {
            Conversation::Outline(_, turns) => turns.len(),
            Conversation::Messages(messages) => messages.len(),
        }
    }

    /// Has it no message?
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The role of a message; empty when it is no string.
    pub fn role(self, at: usize) -> &'a str {
        match self {
            Conversation::Outline(_, turns) => turns[at].role.name(),
            Conversation::Messages(messages) => {
                messages[at].role.and_then(|role| role.as_str()).unwrap_or_default()
            }
        }
    }

    /// The texts of a message's content: one, or those of its text parts.
    pub fn texts(self, at: usize) -> impl Iterator<Item = Text<'a>> {
        let (plain, message) = match self {
            Conversation::Outline(line, turns) => {
                (Some(Text::Plain(plain(line, &turns[at]))), None)
            }
            Conversation::Messages(messages) => (None, Some(messages[at])),
        };
        let texts = message.into_iter().flat_map(|message| message.texts());
        plain.into_iter().chain(texts.filter_map(|text| text.as_str().map(Text::Decoded)))
    }

    /// What a message holds beside its texts, as text: the name and the arguments of each call, without its
    /// id, and each part of the content that is no text.
    pub fn beside(self, at: usize) -> Option<String> {
        let Conversation::Messages(messages) = self else { return None };
        let message = &messages[at];
        let functions = message.calls().filter_map(|call| call.get("function"));
        let functions = functions.chain(message.function_call);
        let named = |function: Value<'a>| [function.get("name"), function.get("arguments")];
        let parts = message.parts().filter(|part| part_type(*part) != Some("text"));
        let mut text = Vec::new();
        for value in functions.flat_map(named).flatten().chain(parts) {
            match value.as_str() {
                Some(value) => text.extend_from_slice(value.as_bytes()),
                None => canonical(&mut text, value)?,
            }
            text.push(b' ');
        }
        if text.is_empty() { None } else { String::from_utf8(text).ok() }
    }

    /// Puts the set of its shingles in place of what `set` holds: those of the texts of messages with these
    /// roles, of what stands beside them, and of the media of the record, where `root` is known.
    pub fn shingles(
        self,
        root: Option<Value<'_>>,
        roles: &[String],
        shingler: &mut Shingler,
        set: &mut Vec<u64>,
    ) {
        set.clear();
        for at in (0..self.len()).filter(|at| roles.iter().any(|role| role == self.role(*at))) {
            self.texts(at).for_each(|text| shingler.turn(text, set));
            if let Some(beside) = self.beside(at) {
                shingler.turn(Text::Decoded(&beside), set);
            }
        }
        if let Some(media) = root.and_then(media) {
            shingler.turn(Text::Decoded(&media), set);
        }
        to_set(set);
    }

    /// Characters of content.
    pub fn characters(self) -> usize {
        let count = |text: Text<'_>| match text {
            Text::Decoded(text) => text.chars().count(),
            // Each escape is two characters for one.
            Text::Plain(text) => text.chars().count() - words::escapes(text),
        };
        (0..self.len()).flat_map(|at| self.texts(at)).map(count).sum()
    }

    pub(super) fn positions(self, role: &'a str) -> impl DoubleEndedIterator<Item = usize> {
        (0..self.len()).filter(move |at| self.role(*at) == role)
    }
}

/// The content of a plain turn as it is written. A plain line is UTF-8.
pub(super) fn plain<'a>(line: &'a [u8], turn: &Turn) -> &'a str {
    let start = turn.content_at as usize + 1;
    let bytes = line.get(start..start + turn.content_len as usize).unwrap_or_default();
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// The media beside the messages of a record, as text.
pub fn media(root: Value<'_>) -> Option<String> {
    let mut text = Vec::new();
    for value in MEDIA.iter().filter_map(|key| root.get(key)) {
        if !(value.is_null() || value.is_array() && value.is_empty()) {
            canonical(&mut text, value)?;
            text.push(b' ');
        }
    }
    if text.is_empty() { None } else { String::from_utf8(text).ok() }
}
