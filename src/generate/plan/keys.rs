//! The table of a plan's keys: what each is called, what it takes, what holds without it, what it means.
//!
//! Unknown keys, wrong types, values out of range, the schema that `plan --schema` prints and the list in the manual
//! all come from here.

mod table;

use crate::generate::node::Node;

use super::tree;

pub use table::KEYS;

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Takes {
    /// A table with keys of its own in this list.
    Table,
    /// A list of such tables: `[[axis]]`.
    Tables,
    /// A table of such tables under names of one's own: `[backend.main]`.
    Named,
    /// A whole number from the first to the second.
    Whole(i64, i64),
    /// A number from the first to the second.
    Number(f64, f64),
    /// True or false.
    Bool,
    /// Any text.
    Text,
    /// A name that templates can use: a letter, then letters, digits and `_`.
    Name,
    /// A text with `{{ names }}` in it.
    Template,
    /// The path of a file, from the folder of the plan.
    Path,
    /// A time such as `"120s"` or `"2h"`, or a number of seconds.
    Time,
    /// A size such as `"8M"`, or a number of bytes.
    Size,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A list of texts.
    Texts,
    /// A list of templates.
    Templates,
    /// A list of regular expressions.
    Regexes,
    /// A list of paths.
    Paths,
    /// Numbers of user turns with their weights: `{ "1" = 0.7, "2" = 0.3 }`.
    Turns,
    /// A list of texts; of a tree, a table of such lists.
    Values,
    /// A list of numbers, one for each value; or a table of numbers by value, by group in a tree.
    Weights,
    /// `{ AXIS = "VALUE", weights = ... }`, or a list of these.
    When,
    /// A text, or a list of texts: the words of a command line.
    Words,
    /// A JSON Schema: a table, or JSON in a text.
    Schema,
    /// A JSON object: a table, or JSON in a text.
    Object,
    /// The phrases of the backend `template`; see the manual for them.
    Grammar,
}

/// What holds where a key is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Otherwise {
    /// It must be written.
    Required,
    /// Nothing.
    Nothing,
    /// This, as TOML.
    Is(&'static str),
    /// This, in words.
    Told(&'static str),
}

/// A key of the plan.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Where it stands: `axis[]` is each table of a list, `backend.*` each table by name.
    pub path: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// What holds without it.
    pub otherwise: Otherwise,
    /// The `kind`s of its table that have it; none: all.
    pub of: &'static [&'static str],
    /// What it means.
    pub about: &'static str,
}

const fn key(path: &'static str, takes: Takes, otherwise: Otherwise, about: &'static str) -> Key {
    Key { path, takes, otherwise, of: &[], about }
}

const fn key_of(
    of: &'static [&'static str],
    path: &'static str,
    takes: Takes,
    otherwise: Otherwise,
    about: &'static str,
) -> Key {
    Key { path, takes, otherwise, of, about }
}

/// Most examples: the order of the cells takes four bytes for each, 400 MB for so many.
pub const MOST_EXAMPLES: i64 = 100_000_000;

/// User turns of one conversation; the longest real chats have some fifty.
pub const MOST_TURNS: i64 = 50;

/// The key at this path of the table.
pub fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

impl Key {
    /// Its name in the table that it stands in.
    pub fn name(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// The path of the table that it stands in; empty for the top.
    pub fn parent(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(parent, _)| parent)
    }
}

/// The keys of the table at `parent`.
pub fn children(parent: &str) -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(move |key| key.parent() == parent)
}

/// What stands for a key that is not written, from the TOML in the table.
pub fn parsed(usual: &str) -> Option<Node> {
    tree::parse(format!("usual = {usual}").as_bytes()).ok()?.get("usual").cloned()
}
