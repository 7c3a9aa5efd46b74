//! What makes two records equal: a key of 128 bits over what they say, however they are written.
//!
//! What is compared is brought into one form first, *canonical text*: fields in a fixed order, strings
//! decoded, every piece with its length before it, so that no two different records have the same text. In
//! it the five escapes that nearly all text is written with (`\n`, `\t`, `\r`, `\"`, `\\`) stay escapes and
//! all others are decoded. So the text of a plain line, as the scanner finds it, is canonical as it stands.
//!
//! The key is the xxh3 hash of the canonical text under a seed that nobody can know beforehand, so that no
//! file can be made to bring it down. The text is there for whoever wants to compare it itself.

use std::fmt;

use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::record::Value;

use super::canonical::{canonical, escape};
use super::conversation::{Conversation, media, plain};
use super::words::{self, Text};

/// A key of equality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub u128);

/// What of two records has to be equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// The whole record, whatever the order of its keys.
    Record,
    /// Role, content, name, calls and reasoning of every message.
    Messages,
    /// The messages before the first of the assistant.
    Prompt,
    /// The content of the first user message.
    FirstUser,
    /// The contents of all user messages.
    User,
    /// The contents of all assistant messages.
    Assistant,
    /// The last message of the assistant.
    Response,
    /// The contents of all system and developer messages.
    System,
    /// The last user message and what follows it.
    LastTurn,
    /// The value at a JSON pointer.
    Pointer(String),
}

/// The names of what can be compared, with what they mean. A pointer is the one that is not listed.
pub const BY_NAMES: [(&str, By, &str); 9] = [
    ("record", By::Record, "the whole record, in any order of keys"),
    ("messages", By::Messages, "roles, contents, calls and reasoning of all messages"),
    ("prompt", By::Prompt, "the messages before the first assistant message"),
    ("first-user", By::FirstUser, "the first user content"),
    ("user", By::User, "all user contents"),
    ("assistant", By::Assistant, "all assistant contents"),
    ("response", By::Response, "the last assistant message"),
    ("system", By::System, "all system and developer contents"),
    ("last-turn", By::LastTurn, "the last user message and what follows it"),
];

impl By {
    /// The one of that name, or a JSON pointer.
    pub fn parse(text: &str) -> Result<By, String> {
        if text.starts_with('/') {
            return Ok(By::Pointer(text.to_owned()));
        }
        match BY_NAMES.iter().find(|(name, _, _)| *name == text) {
            Some((_, by, _)) => Ok(by.clone()),
            None => {
                let names: Vec<_> = BY_NAMES.iter().map(|(name, _, _)| *name).collect();
                Err(format!("there are {} and JSON pointers such as /id", names.join(", ")))
            }
        }
    }

    /// Can it be told from the outline of a plain line?
    pub fn is_in_outline(&self) -> bool {
        !matches!(self, By::Record | By::Pointer(_))
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            By::Pointer(pointer) => f.write_str(pointer),
            _ => f.write_str(
                BY_NAMES.iter().find(|(_, by, _)| by == self).map_or("", |(name, _, _)| name),
            ),
        }
    }
}

/// Which differences of text do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Normalize {
    /// Every difference counts.
    #[default]
    None,
    /// White space: a run of it is one space, and none stands at the ends.
    Space,
    /// Case and Unicode form as well (NFKC, case folding).
    Case,
    /// Punctuation as well: only words are left.
    Full,
}

/// Makes the keys of records; its buffers are reused from record to record.
#[derive(Debug)]
pub struct Keyer {
    by: Vec<By>,
    normalize: Normalize,
    seed: u64,
    text: Vec<u8>,
    scratch: String,
}

impl Keyer {
    /// One for keys over all of `by`.
    pub fn new(by: &[By], normalize: Normalize, seed: u64) -> Keyer {
        Keyer { by: by.to_vec(), normalize, seed, text: Vec::new(), scratch: String::new() }
    }

    /// The key of a record, or none where it lacks something that is to be compared: it equals no other.
    ///
    /// `root` is needed for what is not in the outline of a line ([`By::is_in_outline`]).
    pub fn key(&mut self, conversation: Conversation<'_>, root: Option<Value<'_>>) -> Option<Key> {
        self.text.clear();
        let by = std::mem::take(&mut self.by);
        let complete = by.iter().all(|by| self.push(by, conversation, root).is_some());
        self.by = by;
        complete.then(|| Key(xxh3_128_with_seed(&self.text, self.seed)))
    }

    /// The canonical text of the record whose key was made last.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    fn push(&mut self, by: &By, of: Conversation<'_>, root: Option<Value<'_>>) -> Option<()> {
        let first_answer = of.positions("assistant").next();
        match by {
            By::Record => piece(&mut self.text, b'r', |text| canonical(text, root?)),
            By::Pointer(pointer) => {
                piece(&mut self.text, b'p', |text| canonical(text, root?.at_pointer(pointer)?))
            }
            By::Messages => {
                self.messages(of, 0..of.len())?;
                root.and_then(media).map_or(Some(()), |media| {
                    piece(&mut self.text, b'm', |text| {
                        text.extend_from_slice(media.as_bytes());
                        Some(())
                    })
                })
            }
            By::Prompt => self.messages(of, 0..first_answer.unwrap_or(of.len())),
            By::Response => {
                let last = of.positions("assistant").next_back()?;
                self.messages(of, last..last + 1)
            }
            By::LastTurn => self.messages(of, of.positions("user").next_back()?..of.len()),
            By::FirstUser => {
                let first = of.positions("user").next()?;
                self.contents(of, first..first + 1, |_| true)
            }
            By::User => self.contents(of, 0..of.len(), |role| role == "user"),
            By::Assistant => self.contents(of, 0..of.len(), |role| role == "assistant"),
            By::System => {
                self.contents(of, 0..of.len(), |role| role == "system" || role == "developer")
            }
        }
    }

    fn messages(&mut self, of: Conversation<'_>, range: std::ops::Range<usize>) -> Option<()> {
        if range.is_empty() {
            return None;
        }
        self.text.extend_from_slice(&(range.len() as u64).to_le_bytes());
        for at in range {
            match of {
                Conversation::Outline(..) => piece(&mut self.text, b'R', |text| {
                    text.extend_from_slice(of.role(at).as_bytes());
                    Some(())
                })?,
                Conversation::Messages(messages) => self.value(b'R', messages[at].role)?,
            }
            self.content(of, at)?;
            if let Conversation::Messages(messages) = of {
                let message = &messages[at];
                let [a, b, c] = message.reasoning;
                let others = [
                    message.name,
                    message.tool_calls,
                    message.function_call,
                    message.tool_call_id,
                    message.refusal,
                    a,
                    b,
                    c,
                ];
                for (tag, other) in others.into_iter().enumerate() {
                    if other.is_some_and(|value| {
                        !(value.is_null() || value.is_array() && value.is_empty())
                    }) {
                        self.value(tag as u8, other)?;
                    }
                }
            }
        }
        Some(())
    }

    /// The contents of the messages of some roles; none where there is no such message.
    fn contents(
        &mut self,
        of: Conversation<'_>,
        range: std::ops::Range<usize>,
        wanted: impl Fn(&str) -> bool,
    ) -> Option<()> {
        let start = self.text.len();
        for at in range.filter(|at| wanted(of.role(*at))) {
            self.content(of, at)?;
        }
        let end = self.text.len();
        self.text.extend_from_slice(&((end - start) as u64).to_le_bytes());
        (end > start).then_some(())
    }

    fn content(&mut self, of: Conversation<'_>, at: usize) -> Option<()> {
        match of {
            Conversation::Outline(line, turns) => {
                self.string(Text::Plain(plain(line, &turns[at])));
                Some(())
            }
            Conversation::Messages(messages) => match messages[at].content.map(sole_text) {
                Some(content) if content.is_string() => {
                    self.string(Text::Decoded(content.as_str().unwrap_or_default()));
                    Some(())
                }
                content => self.value(b'C', content),
            },
        }
    }

    fn string(&mut self, string: Text<'_>) {
        let (normalize, scratch) = (self.normalize, &mut self.scratch);
        piece(&mut self.text, b'c', |text| {
            match (normalize, string) {
                (Normalize::None, Text::Plain(plain)) => text.extend_from_slice(plain.as_bytes()),
                (Normalize::None, Text::Decoded(decoded)) => escape(text, decoded),
                (_, Text::Decoded(decoded)) => normalized(text, decoded, normalize, scratch),
                (_, Text::Plain(plain)) => {
                    normalized(text, &words::decode(plain), normalize, scratch)
                }
            }
            Some(())
        });
    }

    /// A value that may be any JSON; a missing one is like null.
    fn value(&mut self, tag: u8, value: Option<Value<'_>>) -> Option<()> {
        piece(&mut self.text, tag, |text| {
            match value {
                Some(value) if tag == b'R' && value.is_string() => {
                    escape(text, value.as_str().unwrap_or_default());
                }
                Some(value) => canonical(text, value)?,
                None => text.extend_from_slice(b"null"),
            }
            Some(())
        })
    }
}

/// A content array of one text part says what its text says.
fn sole_text(content: Value<'_>) -> Value<'_> {
    let mut items = content.items();
    match (items.next(), items.next()) {
        (Some(part), None)
            if part.len() == 2 && crate::record::chat::part_type(part) == Some("text") =>
        {
            part.get("text").filter(Value::is_string).unwrap_or(content)
        }
        _ => content,
    }
}

/// Writes a tag, the length of what `write` writes, and that.
fn piece(
    text: &mut Vec<u8>,
    tag: u8,
    write: impl FnOnce(&mut Vec<u8>) -> Option<()>,
) -> Option<()> {
    text.push(tag);
    let at = text.len();
    text.extend_from_slice(&[0; 8]);
    write(text)?;
    let length = (text.len() - at - 8) as u64;
    text[at..at + 8].copy_from_slice(&length.to_le_bytes());
    Some(())
}

fn normalized(text: &mut Vec<u8>, string: &str, normalize: Normalize, scratch: &mut String) {
    let string = match normalize {
        Normalize::None | Normalize::Space => string,
        Normalize::Case | Normalize::Full => {
            words::fold(Text::Decoded(string), scratch);
            scratch
        }
    };
    let start = text.len();
    if normalize == Normalize::Full {
        words::each_word(string, |word| push_word(text, start, word));
    }
    // A text of nothing but signs is those signs.
    if text.len() == start {
        string.split_whitespace().for_each(|word| push_word(text, start, word));
    }
}

/// Adds a word, behind a space if it is not the first.
fn push_word(text: &mut Vec<u8>, start: usize, word: &str) {
    if text.len() > start {
        text.push(b' ');
    }
    text.extend_from_slice(word.as_bytes());
}

#[cfg(test)]
mod tests;
