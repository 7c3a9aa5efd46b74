//! Kinds of records that are split each for itself, and values that are counted.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

use crate::error::{Error, Result};
use crate::measure::name::short;
use crate::quality::language;
use crate::record::Value;
use crate::record::text::unescape_plain;
use crate::similar::{Conversation, Text};

use super::amount::is_pointer;

/// What kinds are told by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// The value at a JSON pointer.
    Pointer(String),
    /// The text of the system message.
    System,
    /// The number of user messages.
    Turns,
    /// The language of what users and assistants write, guessed.
    Language,
}

impl By {
    /// A pointer, or one of three names.
    pub fn parse(text: &str) -> std::result::Result<By, String> {
        match text {
            "system" => Ok(By::System),
            "turns" => Ok(By::Turns),
            "language" => Ok(By::Language),
            _ if is_pointer(text) => Ok(By::Pointer(text.to_owned())),
            _ => {
                Err("system, turns, language or a JSON pointer such as /category is needed"
                    .to_owned())
            }
        }
    }

    /// Can it be told from the outline of a plain line?
    pub(super) fn is_in_outline(&self) -> bool {
        !matches!(self, By::Pointer(_))
    }

    /// As it is typed.
    pub(super) fn name(&self) -> &str {
        match self {
            By::Pointer(pointer) => pointer,
            By::System => "system",
            By::Turns => "turns",
            By::Language => "language",
        }
    }

    /// What a record has there; empty if it has nothing.
    fn of(&self, of: Conversation<'_>, root: Option<Value<'_>>) -> String {
        let texts = |wanted: fn(&str) -> bool| {
            let at = (0..of.len()).filter(move |at| wanted(of.role(*at)));
            at.flat_map(move |at| of.texts(at)).map(decoded)
        };
        match self {
            By::Pointer(pointer) => value(root, pointer).unwrap_or_default(),
            By::System => texts(|role| role == "system" || role == "developer").collect(),
            By::Turns => (0..of.len()).filter(|at| of.role(*at) == "user").count().to_string(),
            By::Language => {
                let texts: Vec<String> =
                    texts(|role| role == "user" || role == "assistant").collect();
                language(texts.iter().map(String::as_str)).unwrap_or_default().to_owned()
            }
        }
    }
}

/// A text without escapes.
fn decoded(text: Text<'_>) -> String {
    match text {
        Text::Decoded(text) => text.to_owned(),
        Text::Plain(plain) => {
            let mut text = String::with_capacity(plain.len());
            unescape_plain(plain, &mut text);
            text
        }
    }
}

/// The value at a pointer as text: what a string says, anything else as it is written. None: nothing, or null.
pub(super) fn value(root: Option<Value<'_>>, pointer: &str) -> Option<String> {
    let value = root?.at_pointer(pointer)?;
    match value.as_str() {
        _ if value.is_null() => None,
        Some(text) => Some(text.to_owned()),
        None => Some(String::from_utf8_lossy(value.raw()).into_owned()),
    }
}

/// What a kind is called, and the number by which it is known again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kind {
    /// The hash of all that makes it.
    pub hash: u64,
    /// For people: shortened.
    pub name: String,
}

/// Bytes of a kind's name in summary and manifest.
const NAME: usize = 60;

/// What stands for the name of a record without a value.
const NOTHING: &str = "(none)";

impl Kind {
    /// The kind of records with these values.
    pub(super) fn of_values(values: &[String]) -> Kind {
        let mut text = Vec::new();
        for value in values {
            text.extend_from_slice(&(value.len() as u64).to_le_bytes());
            text.extend_from_slice(value.as_bytes());
        }
        let name = |value: &String| match value.is_empty() {
            true => NOTHING.to_owned(),
            false => short(value, NAME).into_owned(),
        };
        let names: Vec<String> = values.iter().map(name).collect();
        Kind { hash: xxh3_64(&text), name: names.join(" / ") }
    }

    /// The kind of a record.
    pub(super) fn of(by: &[By], of: Conversation<'_>, root: Option<Value<'_>>) -> Kind {
        Kind::of_values(&by.iter().map(|by| by.of(of, root)).collect::<Vec<_>>())
    }
}

/// Kinds that are told apart: a field with more values names records, not kinds of them.
const MOST: usize = 100_000;

/// The kinds that were met, numbered in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    numbers: HashMap<u64, u32>,
    names: Vec<Kind>,
}

impl Kinds {
    /// The kinds of a run that is repeated, under the numbers that they had.
    pub(super) fn of_kinds(kinds: &[Kind]) -> Result<Kinds> {
        let mut all = Kinds::default();
        kinds.iter().try_for_each(|kind| all.number(kind, "the manifest").map(drop))?;
        Ok(all)
    }

    /// The number of a kind. `of` says what has the kinds, for when there are too many.
    pub(super) fn number(&mut self, kind: &Kind, of: &str) -> Result<u32> {
        if let Some(number) = self.numbers.get(&kind.hash) {
            return Ok(*number);
        }
        if self.names.len() == MOST {
            return Err(Error::Unfit(format!(
                "{of} has more than {MOST} different values; choose a field with fewer"
            )));
        }
        let number = self.names.len() as u32;
        self.numbers.insert(kind.hash, number);
        self.names.push(kind.clone());
        Ok(number)
    }

    /// The same kinds in an order that does not depend on that in which they came, behind the first `known` ones,
    /// and the new number of each.
    pub(super) fn ranked(self, known: usize) -> (Kinds, Vec<u32>) {
        let mut order: Vec<usize> = (0..self.names.len()).collect();
        order[known..].sort_by_key(|at| self.names[*at].hash);
        let mut ranks = vec![0; order.len()];
        let mut names = Vec::with_capacity(order.len());
        for (rank, at) in (0..).zip(order) {
            ranks[at] = rank;
            names.push(self.names[at].clone());
        }
        let numbers = (0..).zip(&names).map(|(rank, kind)| (kind.hash, rank)).collect();
        (Kinds { numbers, names }, ranks)
    }

    /// The number of a kind that was met.
    pub(super) fn known(&self, hash: u64) -> Option<u32> {
        self.numbers.get(&hash).copied()
    }

    /// All, in the order of their numbers.
    pub(super) fn all(&self) -> &[Kind] {
        &self.names
    }
}
