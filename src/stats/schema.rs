//! Which keys there are, at which JSON path, with which types of value.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::measure::Capped;
use crate::measure::distinct::Known;
use crate::measure::name::short;
use crate::measure::sum::add;
use crate::record::Value;
use crate::record::document::{Kind, escape_token};

/// Paths that are held; what is new beyond them is only counted. Schemas of tools in records would fill the
/// memory otherwise, and nobody reads more.
const PATHS: usize = 2000;

/// Bytes of a key that are looked at.
const LONGEST: usize = 100;

/// Levels of keys and lists below the record that are looked at.
const DEPTH: usize = 8;

/// Types of values, in the order of their counts.
pub const TYPES: [&str; 6] = ["null", "boolean", "number", "string", "array", "object"];

/// Values by type, in the order of [`TYPES`].
type Counts = [u64; TYPES.len()];

/// What stands at the paths of a dataset. A `*` in a path stands for every element of a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Schema {
    /// Those near the record stay before others.
    paths: Capped<Counts>,
    /// Plain records, and their messages: what stands in them is known.
    plain: [u64; 2],
}

impl Default for Schema {
    fn default() -> Schema {
        Schema { paths: Capped::new(PATHS), plain: [0; 2] }
    }
}

impl Schema {
    /// Counts the values of a record that was parsed. `path` is a buffer.
    pub fn add(&mut self, root: Value<'_>, path: &mut String) {
        path.clear();
        self.within(root, path, 0);
    }

    /// Counts a plain record of so many messages.
    pub fn add_plain(&mut self, messages: u64) {
        self.plain.join([1, messages]);
    }

    fn within(&mut self, value: Value<'_>, path: &mut String, depth: usize) {
        if depth == DEPTH {
            return;
        }
        let length = path.len();
        for (key, member) in value.members() {
            path.push('/');
            path.push_str(&escape_token(&short(key.as_str().unwrap_or_default(), LONGEST)));
            self.at(member, path, depth);
            path.truncate(length);
        }
        for item in value.items() {
            path.push_str("/*");
            self.at(item, path, depth);
            path.truncate(length);
        }
    }

    fn at(&mut self, value: Value<'_>, path: &mut String, depth: usize) {
        let mut counts = Counts::default();
        counts[place(value.kind())] = 1;
        self.paths.add_ranked(path, depth as u8, counts);
        self.within(value, path, depth + 1);
    }

    /// Adds another part.
    pub fn merge(&mut self, other: Schema) {
        self.paths.merge(other.paths);
        self.plain.join(other.plain);
    }

    /// Were there more paths than are held?
    pub fn is_cut(&self) -> bool {
        self.paths.others().is_some()
    }

    /// The paths in their order, with the counts of each type.
    pub fn paths(&self) -> Vec<(&str, Counts)> {
        let mut paths: BTreeMap<&str, Counts> =
            self.paths.iter().map(|(path, counts)| (path, *counts)).collect();
        let [records, messages] = self.plain;
        for (path, kind, count) in [
            ("/messages", Kind::Array, records),
            ("/messages/*", Kind::Object, messages),
            ("/messages/*/role", Kind::String, messages),
            ("/messages/*/content", Kind::String, messages),
        ] {
            if count > 0 {
                add(&mut paths.entry(path).or_default()[place(kind)], count);
            }
        }
        paths.into_iter().collect()
    }
}

fn place(kind: Kind) -> usize {
    match kind {
        Kind::Null => 0,
        Kind::Bool(_) => 1,
        Kind::Number => 2,
        Kind::String => 3,
        Kind::Array => 4,
        Kind::Object => 5,
    }
}
