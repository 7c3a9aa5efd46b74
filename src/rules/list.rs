//! A message list as the rules see it: its turns, each with the role it plays under a profile.

use crate::record::chat::part_type;
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
    /// Its contents are the parts of another format, which is told once instead of part by part.
    pub dialect: Option<Dialect>,
}

/// A format that keeps `messages` and shows only by its content parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Parts of `type` and `value`, calls and reasoning among them.
    LlamaFactoryV1,
    /// Parts of one key and no `type`.
    BedrockConverse,
}

impl Dialect {
    /// The format that all content arrays are of, unless the profile reads such parts.
    fn of(turns: &[Turn<'_>], profile: &Profile) -> Option<Dialect> {
        let contents = || turns.iter().filter_map(|turn| turn.message.content);
        let parts = || contents().flat_map(|content| content.items());
        let all = |is_one: fn(Value<'_>) -> bool| parts().all(is_one) && parts().next().is_some();
        let has_value = |part: Value<'_>| {
            part_type(part).is_some() && part.get("value").is_some() && part.get("text").is_none()
        };
        let has_only_text = |part: Value<'_>| part.len() == 1 && part.get("type").is_none();
        if !profile.text_keys.contains(&"value") && all(has_value) {
            Some(Dialect::LlamaFactoryV1)
        } else if all(has_only_text) && parts().any(|part| part.get("text").is_some()) {
            Some(Dialect::BedrockConverse)
        } else {
            None
        }
    }
}

impl<'a> List<'a> {
    /// The turns of an array, or of one message that stands alone.
    pub fn of(value: Value<'a>, place: Place, profile: &Profile) -> List<'a> {
        let turns = Vec::with_capacity(value.len());
        let mut list = List { value, place, turns, broken: false, dialect: None };
        if value.is_object() {
            list.add(value, profile);
        }
        for item in value.items() {
            list.add(item, profile);
        }
        list.dialect = Dialect::of(&list.turns, profile);
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
