//! What is asked of a model.

use serde_json::Value;
use xxhash_rust::xxh3::Xxh3;

/// Names a request within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Id {
    /// The example that it is for.
    pub slot: u64,
    /// Which attempt at the example.
    pub attempt: u32,
    /// Which request of the attempt: a turn, the judge.
    pub step: u32,
}

/// Who says a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Instructions.
    System,
    /// Who asks.
    User,
    /// The model.
    Assistant,
}

impl Role {
    /// As the chat API writes it.
    pub fn name(self) -> &'static str {
        match self {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
        }
    }
}

/// An answer that is to be JSON of a certain shape.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// What servers call it: letters, digits, `_` and `-`, at most 64.
    pub name: &'static str,
    /// The JSON schema.
    pub schema: Value,
}

/// What is asked of a model.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Names it.
    pub id: Id,
    /// The messages in order.
    pub messages: Vec<(Role, String)>,
    /// The answer is to be JSON of this shape; none: any text.
    pub shape: Option<Shape>,
    /// Only this backend may answer; none: the first that can.
    pub backend: Option<String>,
}

impl Request {
    /// What names the content of the request for ever: the same for two that ask the same, whatever their
    /// [`Id`] and their backend.
    ///
    /// xxh3 with 128 bits over the messages (role, length of the text, text) and the shape (length and text of the
    /// name, then of the schema as JSON without spaces), lengths in 64 bits, low byte first.
    pub fn hash(&self) -> u128 {
        let mut hasher = Xxh3::new();
        let mut text = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        for (role, said) in &self.messages {
            text(role.name());
            text(said);
        }
        if let Some(shape) = &self.shape {
            // No role has this name, so no message reads as a shape.
            text("shape");
            text(shape.name);
            text(&shape.schema.to_string());
        }
        hasher.digest128()
    }

    /// Bytes of the texts that are sent: what tokens are estimated from.
    pub(super) fn bytes(&self) -> usize {
        let said: usize = self.messages.iter().map(|(_, said)| said.len()).sum();
        said + self.shape.as_ref().map_or(0, |shape| shape.schema.to_string().len())
    }
}

/// A hash as journals write it: 32 hexadecimal digits.
pub fn hex(hash: u128) -> String {
    format!("{hash:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(messages: &[(Role, &str)], shape: Option<Shape>) -> Request {
        let messages = messages.iter().map(|(role, said)| (*role, (*said).to_owned())).collect();
        Request { id: Id::default(), messages, shape, backend: None }
    }

    #[test]
    fn a_hash_stays_what_it_is() {
        let shape = Shape { name: "chat", schema: serde_json::json!({"type": "object", "a": 1}) };
        let asked = [(Role::System, "Be brief."), (Role::User, "Grüße?\n")];
        let hashes = [
            hex(request(&[], None).hash()),
            hex(request(&asked, None).hash()),
            hex(request(&asked, Some(shape)).hash()),
        ];
        assert_eq!(hashes, GOLDEN);
    }

    const GOLDEN: [&str; 3] = [
        "99aa06d3014798d86001c324468d497f",
        "d946dbd5fee4652f81c983f53b0b4659",
        "3f27067f343eea5e17d1ba7c922af638",
    ];

    #[test]
    fn a_hash_is_of_what_is_asked_alone() {
        let mut one = request(&[(Role::User, "ab"), (Role::User, "c")], None);
        let hash = one.hash();
        one.id = Id { slot: 7, attempt: 1, step: 2 };
        one.backend = Some("other".to_owned());
        assert_eq!(one.hash(), hash);
        for other in [
            request(&[(Role::User, "a"), (Role::User, "bc")], None),
            request(&[(Role::User, "ab"), (Role::Assistant, "c")], None),
            request(&[(Role::User, "ab")], None),
        ] {
            assert_ne!(other.hash(), hash);
        }
    }
}
