//! A record as it is measured: who says what, with every text decoded.

use std::ops::Range;

use crate::record::text::unescape_plain;
use crate::record::{Message, Value};
pub use crate::rules::roles::Role;
use crate::rules::usable::Record;
use crate::similar::Conversation;

/// All roles, in the order in which they are told and counted. Names that are none of these are one, `unknown`.
pub const ROLES: [Role; 7] = [
    Role::System,
    Role::Developer,
    Role::User,
    Role::Assistant,
    Role::Tool,
    Role::Function,
    Role::Unknown,
];

/// The letter that stands for a role in a sequence of roles.
pub fn letter(role: Role) -> char {
    match role {
        Role::System => 'S',
        Role::Developer => 'D',
        Role::User => 'U',
        Role::Assistant => 'A',
        Role::Tool => 'T',
        Role::Function => 'F',
        Role::Unknown => '?',
    }
}

/// A message.
#[derive(Debug, Clone)]
pub struct Said {
    /// Who speaks.
    pub role: Role,
    /// Where its text stands in that of the chat.
    text: Range<usize>,
}

/// A record as it is measured; the buffers are reused from record to record.
#[derive(Debug, Default)]
pub struct Chat {
    text: String,
    said: Vec<Said>,
}

impl Chat {
    /// Reads a record. A content of several text parts is their texts joined by line feeds.
    pub fn read(&mut self, record: &Record<'_>) {
        self.text.clear();
        self.said.clear();
        match record {
            Record::Plain(line, turns) => {
                for turn in *turns {
                    let start = self.text.len();
                    let content = turn.content_at as usize + 1;
                    let bytes = line.get(content..content + turn.content_len as usize);
                    let plain = std::str::from_utf8(bytes.unwrap_or_default()).unwrap_or_default();
                    unescape_plain(plain, &mut self.text);
                    let role = Role::named(turn.role.name());
                    self.said.push(Said { role, text: start..self.text.len() });
                }
            }
            Record::Parsed(_, messages, _) => {
                for message in *messages {
                    let start = self.text.len();
                    for text in message.texts().filter_map(|text| text.as_str()) {
                        if self.text.len() > start {
                            self.text.push('\n');
                        }
                        self.text.push_str(text);
                    }
                    let role = message.role.and_then(|role| role.as_str()).unwrap_or_default();
                    let role = Role::named(role);
                    self.said.push(Said { role, text: start..self.text.len() });
                }
            }
        }
    }

    /// The messages in their order, each with its text.
    pub fn messages(&self) -> impl DoubleEndedIterator<Item = (Role, &str)> + ExactSizeIterator {
        self.said.iter().map(|said| (said.role, &self.text[said.text.clone()]))
    }

    /// The number of messages.
    pub fn len(&self) -> usize {
        self.said.len()
    }

    /// Has it no message?
    pub fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    /// The number of user messages: how often the assistant is asked.
    pub fn turns(&self) -> u64 {
        self.said.iter().filter(|said| said.role == Role::User).count() as u64
    }
}

/// The conversation of a record, as keys of equality see it.
pub fn conversation<'a>(record: &Record<'a>) -> Conversation<'a> {
    match record {
        Record::Plain(line, turns) => Conversation::Outline(line, turns),
        Record::Parsed(_, messages, _) => Conversation::Messages(messages),
    }
}

/// The messages of a record that was parsed; a plain one has nothing but roles and texts.
pub fn parsed<'a>(record: &Record<'a>) -> Option<(Value<'a>, &'a [Message<'a>])> {
    match record {
        Record::Plain(..) => None,
        Record::Parsed(root, messages, _) => Some((*root, messages)),
    }
}
