//! A message list as the rules see it: its turns, each with the role it plays under a profile.

use crate::record::{Message, Value};

use super::finding::quote;
use super::profile::Profile;
use super::roles::{self, Role};

/// What a message list is to its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `messages` of a chat record: a whole conversation.
    Conversation,
    /// Only the question: `input.messages`, `prompt`, or `messages` beside `chosen` and `rejected`.
    Prompt,
    /// Only the answer: `chosen`, `rejected`, `completion` and their like.
    Answer,
}

/// A message with its role.
#[derive(Debug, Clone, Copy)]
pub struct Turn<'a> {
    /// The message.
    pub message: Message<'a>,
    /// The role it is judged as.
    pub role: Role,
}

impl Turn<'_> {
    /// Whose message it is, for messages: the role's name, or as written when no role is known by it.
    pub fn whose(&self) -> String {
        match (self.role, self.message.role.and_then(|role| role.as_str())) {
            (Role::Unknown, Some(name)) => quote(name),
            (Role::Unknown, None) => "nameless".to_owned(),
            (role, _) => role.name().to_owned(),
        }
    }

    /// Has it a role, and another one than the assistant's? What has none may be an assistant's.
    pub fn is_of_another(&self) -> bool {
        self.role != Role::Assistant && self.message.role.is_some_and(|role| role.is_string())
    }
}

/// A message list.
pub struct List<'a> {
    /// The array, or for one message outside an array that message.
    pub value: Value<'a>,
    /// What it is to its record.
    pub place: Place,
    /// Its messages that are objects.
    pub turns: Vec<Turn<'a>>,
    /// A message is no object or has no role string: nothing is said about order or pairing.
    pub broken: bool,
}

impl<'a> List<'a> {
    /// The turns of an array, or of one message that stands alone.
    pub fn of(value: Value<'a>, place: Place, profile: &Profile) -> List<'a> {
        let mut list = List { value, place, turns: Vec::with_capacity(value.len()), broken: false };
        if value.is_object() {
            list.add(value, profile);
        }
        for item in value.items() {
            list.add(item, profile);
        }
        list
    }

    fn add(&mut self, item: Value<'a>, profile: &Profile) {
        if !item.is_object() {
            self.broken = true;
            return;
        }
        let message = Message::of(item);
        let name = message.role.and_then(|role| role.as_str());
        self.broken |= name.is_none();
        let role = name.map_or(Role::Unknown, |name| judged_role(name, profile));
        self.turns.push(Turn { message, role });
    }

    /// Number of messages in the leading run of `system` and `developer`.
    pub fn leading_system(&self) -> usize {
        self.turns.iter().take_while(|turn| turn.role.is_system()).count()
    }
}

/// The role that a message plays under a profile, whatever its spelling.
///
/// A known role that the profile does not have is a role of its own.
pub fn judged_role(name: &str, profile: &Profile) -> Role {
    let exact = Role::named(name);
    if profile.roles.contains(&exact) || exact == Role::Function {
        return exact;
    }
    let trimmed = Role::named(&name.trim().to_ascii_lowercase());
    if profile.roles.contains(&trimmed) {
        return trimmed;
    }
    roles::alias(name).unwrap_or(Role::Unknown)
}
