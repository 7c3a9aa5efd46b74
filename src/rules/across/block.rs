//! What one block of lines shows of its records: built by a worker, without the lines before it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128};

use crate::record::document::{Kind as Type, token_of};
use crate::record::{Document, Value};
use crate::rules::kind::Kind;

/// Paths that are followed; more are met only where data is used as keys.
pub const MAX_PATHS: usize = 100_000;

/// A place in a block: line from 0 and byte from the start of the block, and where in the line.
#[derive(Debug, Clone)]
pub struct Spot {
    /// Line of the block, from 0.
    pub line: u64,
    /// Start of the line in the block.
    pub offset: u64,
    /// Bytes of the line.
    pub span: Range<usize>,
    /// JSON pointer.
    pub pointer: String,
}

#[derive(Debug, Clone)]
pub(super) struct FirstType {
    pub(super) path: u64,
    pub(super) parent: u64,
    pub(super) kind: u8,
    pub(super) name: String,
    pub(super) spot: Spot,
}

/// What a block of lines shows of paths, kinds and repeated lines.
#[derive(Debug, Default)]
pub struct Block {
    /// First places of a path with a type, in order.
    pub(super) firsts: Vec<FirstType>,
    /// Types seen by path: one bit each.
    seen: HashMap<u64, u8, BuildHasherDefault<Hashed>>,
    pub(super) kinds: Vec<(Kind, Spot)>,
    /// Hash of each line, when repeated lines are looked for.
    pub(super) lines: Vec<(u128, Spot)>,
    /// Records that hold a picture.
    pub images: u64,
    plain_done: bool,
    /// The first path that was one too many.
    pub(super) full: Option<Spot>,
}

/// The paths are hashes already.
#[derive(Default)]
pub(super) struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64_with_seed(bytes, self.0);
    }
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

/// The hash of the root's path.
const ROOT: u64 = 0x9e37_79b9_7f4a_7c15;
/// What stands in a path for every index of an array.
const EACH: &str = "*";

pub(super) const TYPES: [&str; 5] = ["boolean", "number", "string", "array", "object"];

fn type_bit(value: Value<'_>) -> Option<u8> {
    match value.kind() {
        Type::Null => None,
        Type::Bool(_) => Some(0),
        Type::Number => Some(1),
        Type::String => Some(2),
        Type::Array => Some(3),
        Type::Object => Some(4),
    }
}

fn child(parent: u64, name: &str) -> u64 {
    xxh3_64_with_seed(name.as_bytes(), parent)
}

impl Block {
    /// Adds the paths of a record. `line` and `offset` count from the start of the block.
    pub fn record(&mut self, document: &Document<'_>, kind: Kind, line: u64, offset: u64) {
        let root = document.root();
        self.kind(kind, || Spot { line, offset, span: root.span(), pointer: String::new() });
        self.value(root, ROOT, ROOT, "", line, offset);
    }

    /// Adds a record known only in outline: messages of role and content, both strings.
    pub fn plain(&mut self, line: u64, offset: u64, list: usize, turn: [usize; 3]) {
        if std::mem::replace(&mut self.plain_done, true) {
            return;
        }
        let spot = |at: usize, pointer: &str| Spot {
            line,
            offset,
            span: at..at + 1,
            pointer: pointer.to_owned(),
        };
        self.kind(Kind::Chat, || spot(0, ""));
        let messages = child(ROOT, "messages");
        let each = child(messages, EACH);
        let [object, role, content] = turn;
        let mut add = |path, parent, bit, name: &str, at, pointer| {
            self.first(path, parent, bit, || name.to_owned(), || spot(at, pointer));
        };
        add(messages, ROOT, 3, "/messages", list, "/messages");
        add(each, messages, 4, "/messages/*", object, "/messages/0");
        add(child(each, "role"), each, 2, "/messages/*/role", role, "/messages/0/role");
        add(child(each, "content"), each, 2, "/messages/*/content", content, "/messages/0/content");
    }

    /// Adds the bytes of a line, for repeated ones.
    pub fn line(&mut self, bytes: &[u8], line: u64, offset: u64) {
        let text = bytes.trim_ascii();
        let spot = Spot { line, offset, span: 0..1, pointer: String::new() };
        self.lines.push((xxh3_128(text), spot));
    }

    /// Adds what another block shows, as if its lines had stood at the end of this one.
    pub fn absorb(&mut self, other: Block) {
        for (kind, spot) in other.kinds {
            self.kind(kind, || spot);
        }
        for first in other.firsts {
            let FirstType { path, parent, kind, name, spot } = first;
            self.first(path, parent, kind, || name, || spot);
        }
        self.lines.extend(other.lines);
        self.full = self.full.take().or(other.full);
    }

    fn kind(&mut self, kind: Kind, spot: impl FnOnce() -> Spot) {
        if !self.kinds.iter().any(|(known, _)| *known == kind) {
            self.kinds.push((kind, spot()));
        }
    }

    fn first(
        &mut self,
        path: u64,
        parent: u64,
        bit: u8,
        name: impl FnOnce() -> String,
        spot: impl FnOnce() -> Spot,
    ) {
        if self.seen.len() >= MAX_PATHS && !self.seen.contains_key(&path) {
            self.full.get_or_insert_with(spot);
            return;
        }
        let types = self.seen.entry(path).or_insert(0);
        if *types & (1 << bit) == 0 {
            *types |= 1 << bit;
            self.firsts.push(FirstType { path, parent, kind: bit, name: name(), spot: spot() });
        }
    }

    /// The names of paths are only made when a path is new: they are found again from the root.
    fn value(
        &mut self,
        value: Value<'_>,
        path: u64,
        parent: u64,
        name: &str,
        line: u64,
        offset: u64,
    ) {
        if let Some(bit) = type_bit(value)
            && path != ROOT
        {
            self.first(
                path,
                parent,
                bit,
                || name.to_owned(),
                || Spot { line, offset, span: value.span(), pointer: value.pointer() },
            );
        }
        if value.is_array() && !value.is_empty() {
            let (each, name) = (child(path, EACH), format!("{name}/{EACH}"));
            for item in value.items() {
                self.value(item, each, path, &name, line, offset);
            }
        }
        for (key, member) in value.members() {
            let key = key.as_str().unwrap_or_default();
            let at = child(path, key);
            let known = self
                .seen
                .get(&at)
                .is_some_and(|types| type_bit(member).is_none_or(|bit| types & (1 << bit) != 0));
            let leaf = !member.is_object() && !member.is_array();
            if known && leaf {
                continue;
            }
            let name = format!("{name}/{}", token_of(key));
            self.value(member, at, path, &name, line, offset);
        }
    }
}
