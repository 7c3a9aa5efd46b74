//! How records are spread over the values of a field.

use serde::{Deserialize, Serialize};

use crate::measure::Capped;
use crate::measure::distinct::Known;
use crate::measure::name::short;
use crate::measure::sum::add;
use crate::record::Value;
use crate::record::document::Kind;

/// Different values of a field that are told apart; the others are one, `...`.
const VALUES: usize = 10_000;

/// Pairs of values of two fields that are told apart.
const PAIRS: usize = 10_000;

/// Bytes of a value that are looked at: what is longer is no category.
const LONGEST: usize = 200;

/// Values of one record that are looked at, the first by their bytes: two lists make the square of it of pairs.
const MOST: usize = 64;

/// What stands for all values that found no room.
pub const OTHERS: &str = "...";

/// The records of one category.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Category {
    /// Records.
    pub records: u64,
    /// Messages.
    pub messages: u64,
    /// Characters of their messages.
    pub characters: u64,
    /// Tokens of their messages.
    pub tokens: u64,
}

impl Known for Category {
    fn join(&mut self, other: Category) {
        add(&mut self.records, other.records);
        add(&mut self.messages, other.messages);
        add(&mut self.characters, other.characters);
        add(&mut self.tokens, other.tokens);
    }
}

/// One field.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Field {
    /// Its JSON pointer.
    pub pointer: String,
    /// By value. A record with a list of values is counted under each.
    pub values: Capped<Category>,
    /// Records that have nothing at the pointer, or null.
    pub missing: u64,
}

/// All fields by which records are counted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Categories {
    /// The fields, in the order in which they were named.
    pub fields: Vec<Field>,
    /// Of the first two fields: records by both values, under a name made of both.
    pub pairs: Capped<u64>,
}

impl Categories {
    /// An empty one for these pointers.
    pub fn new(pointers: &[String]) -> Categories {
        let field = |pointer: &String| Field {
            pointer: pointer.clone(),
            values: Capped::new(VALUES),
            missing: 0,
        };
        let fields = pointers.iter().map(field).collect();
        Categories { fields, pairs: Capped::new(PAIRS) }
    }

    /// Counts a record of which `of` is known.
    pub fn add(&mut self, root: Value<'_>, of: Category) {
        let mut found: Vec<Vec<String>> = Vec::new();
        for field in &mut self.fields {
            let values = root.at_pointer(&field.pointer).map_or(Vec::new(), values);
            field.missing += u64::from(values.is_empty());
            for value in &values {
                field.values.add(value, of);
            }
            found.push(values);
        }
        if let [one, other, ..] = &found[..] {
            for one in one {
                for other in other {
                    self.pairs.add(&pair(one, other), 1);
                }
            }
        }
    }

    /// Adds another part of the same pointers.
    pub fn merge(&mut self, other: Categories) {
        for (own, other) in self.fields.iter_mut().zip(other.fields) {
            add(&mut own.missing, other.missing);
            own.values.merge(other.values);
        }
        self.pairs.merge(other.pairs);
    }
}

/// The name of a pair of values: both as a list of JSON, so that no two pairs have the same.
fn pair(first: &str, second: &str) -> String {
    serde_json::json!([first, second]).to_string()
}

/// The two values of the name of a pair.
pub fn values_of_pair(name: &str) -> Option<(String, String)> {
    serde_json::from_str(name).ok()
}

/// The values that a record is counted under: the text of one, or that of each of a list.
fn values(value: Value<'_>) -> Vec<String> {
    let text = |value: Value<'_>| match value.kind() {
        Kind::Null => None,
        Kind::String => Some(cut(value.as_str().unwrap_or_default())),
        _ => Some(cut(&String::from_utf8_lossy(value.raw()))),
    };
    let mut values: Vec<String> = match value.is_array() {
        true => value.items().filter_map(text).collect(),
        false => text(value).into_iter().collect(),
    };
    values.sort_unstable();
    values.dedup();
    values.truncate(MOST);
    values
}

fn cut(text: &str) -> String {
    short(text, LONGEST).into_owned()
}
