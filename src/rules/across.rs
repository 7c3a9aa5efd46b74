//! X: what shows only across records. Paths and their types, kinds of record, repeated lines.
//!
//! Each block of lines is summed up by itself ([`Block`]: the first place of each path and type, of each
//! kind, in the order of the block), and the sums are joined in the order of the input ([`Stream`]). So
//! the findings are the same for any number of workers, and memory is one entry per path, at most
//! [`MAX_PATHS`].

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128};

use crate::record::document::{Kind as Type, escape_token};
use crate::record::{Document, Value};

use super::finding::{Finding, Words, of_views, quote};
use super::kind::{Guess, Kind};
use super::settings::Settings;
use super::table::Rule;

/// Paths that are followed; more are met only where data is used as keys.
pub const MAX_PATHS: usize = 100_000;

/// `datasets` settles column types on its first chunk of this size.
pub const LATE: u64 = 10 << 20;

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
struct FirstType {
    path: u64,
    parent: u64,
    kind: u8,
    name: String,
    spot: Spot,
}

/// What a block of lines shows of paths, kinds and repeated lines.
#[derive(Debug, Default)]
pub struct Block {
    /// First places of a path with a type, in order.
    firsts: Vec<FirstType>,
    /// Types seen by path: one bit each.
    seen: HashMap<u64, u8, BuildHasherDefault<Hashed>>,
    kinds: Vec<(Kind, Spot)>,
    /// Hash of each line, when repeated lines are looked for.
    lines: Vec<(u128, Spot)>,
    /// Records that hold a picture.
    pub images: u64,
    plain_done: bool,
    /// The first path that was one too many.
    full: Option<Spot>,
}

/// The paths are hashes already.
#[derive(Default)]
struct Hashed(u64);

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

const TYPES: [&str; 5] = ["boolean", "number", "string", "array", "object"];

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
            let name = format!("{name}/{}", escape_token(key));
            self.value(member, at, path, &name, line, offset);
        }
    }
}

/// Where a block stands in the stream.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    /// Name of its input.
    pub input: &'a str,
    /// Lines of the input before it.
    pub line: u64,
    /// Bytes of all inputs before it.
    pub offset: u64,
}

#[derive(Debug)]
struct Path {
    types: [Option<Origin>; 5],
    late: bool,
}

/// A line that was read before: the number of its input, and the line in it.
#[derive(Debug, Clone, Copy)]
struct Origin {
    input: u32,
    line: u64,
}

/// Where a block stands, with the number of its input.
struct Here<'a> {
    at: At<'a>,
    input: u32,
}

impl Here<'_> {
    fn origin(&self, spot: &Spot) -> Origin {
        Origin { input: self.input, line: self.at.line + spot.line + 1 }
    }
}

/// What all blocks so far show.
#[derive(Debug, Default)]
pub struct Stream {
    paths: HashMap<u64, Path, BuildHasherDefault<Hashed>>,
    /// Paths that first stood late, with the byte of the stream at which their line starts: what is below
    /// them there is not told again.
    late: HashSet<(u64, u64)>,
    kinds: Vec<(Kind, Origin)>,
    lines: HashMap<u128, Origin>,
    /// Names of the inputs so far: the place of each line keeps only a number.
    inputs: Vec<String>,
    bound_told: bool,
}

impl Stream {
    fn input(&mut self, name: &str) -> u32 {
        if self.inputs.last().is_none_or(|last| last != name) {
            self.inputs.push(name.to_owned());
        }
        self.inputs.len() as u32 - 1
    }

    /// "line 3", or with the input's name when that is another one.
    fn said(&self, origin: Origin, from: &Here<'_>) -> String {
        let name = self.inputs.get(origin.input as usize).filter(|name| **name != from.at.input);
        match name {
            None => format!("line {}", origin.line),
            Some(name) => format!("line {} of {}", origin.line, quote(name)),
        }
    }

    /// Tells once that paths are left out.
    fn full(&mut self, spot: &Spot, settings: &Settings, out: &mut Vec<Finding>) {
        if std::mem::replace(&mut self.bound_told, true) {
            return;
        }
        report(settings, Rule::X001, spot, out, || {
            Words::new(format!("more than {MAX_PATHS} different paths"))
                .effect("types of further paths are not compared")
                .advice("do not use data as keys")
        });
    }

    /// Joins a block; returns its findings in the order of its lines.
    pub fn join(&mut self, block: Block, at: At<'_>, settings: &Settings) -> Vec<Finding> {
        let mut findings = Vec::new();
        let at = &Here { at, input: self.input(at.input) };
        for (kind, spot) in block.kinds {
            self.join_kind(kind, &spot, at, settings, &mut findings);
        }
        for first in block.firsts {
            self.join_type(first, at, settings, &mut findings);
        }
        if let Some(spot) = block.full {
            self.full(&spot, settings, &mut findings);
        }
        for (hash, spot) in block.lines {
            self.join_line(hash, &spot, at, settings, &mut findings);
        }
        findings.sort_by_key(|finding| finding.line);
        findings
    }

    fn join_kind(
        &mut self,
        kind: Kind,
        spot: &Spot,
        at: &Here<'_>,
        settings: &Settings,
        out: &mut Vec<Finding>,
    ) {
        // What is no known kind is S001, and no measure for the others.
        let unknown = kind == Kind::Other(Guess::Unknown);
        if unknown || self.kinds.iter().any(|(known, _)| *known == kind) {
            return;
        }
        if let Some((first, origin)) = self.kinds.first() {
            let since = self.said(*origin, at);
            report(settings, Rule::X003, spot, out, || {
                format!(
                    "the record is {}, the first one is {} ({since})",
                    kind.name(),
                    first.name()
                )
            });
        }
        self.kinds.push((kind, at.origin(spot)));
    }

    fn join_type(
        &mut self,
        first: FirstType,
        at: &Here<'_>,
        settings: &Settings,
        out: &mut Vec<Finding>,
    ) {
        let line = at.at.offset + first.spot.offset;
        let late = line + first.spot.span.start as u64 >= LATE;
        if !self.paths.contains_key(&first.path) && self.paths.len() >= MAX_PATHS {
            self.full(&first.spot, settings, out);
            return;
        }
        let path =
            self.paths.entry(first.path).or_insert(Path { types: Default::default(), late: false });
        let slot = first.kind as usize;
        if path.types[slot].is_some() {
            return;
        }
        let before = path.types.iter().enumerate().find_map(|(kind, o)| Some((kind, (*o)?)));
        path.types[slot] = Some(at.origin(&first.spot));
        let new = late && !path.late;
        path.late |= late;
        if let Some((kind, since)) = before {
            let since = self.said(since, at);
            report(settings, Rule::X001, &first.spot, out, || {
                let (now, then) = (with_article(slot), with_article(kind));
                format!("{} is {now} here, {then} since {since}", first.name)
            });
        }
        if new {
            self.late.insert((first.path, line));
            if !self.late.contains(&(first.parent, line)) {
                report(settings, Rule::X002, &first.spot, out, || match before {
                    Some(_) => format!("a second type of {} first stands here", first.name),
                    None => format!("{} first stands here", first.name),
                });
            }
        }
    }

    fn join_line(
        &mut self,
        hash: u128,
        spot: &Spot,
        at: &Here<'_>,
        settings: &Settings,
        out: &mut Vec<Finding>,
    ) {
        match self.lines.entry(hash) {
            std::collections::hash_map::Entry::Vacant(slot) => {
                slot.insert(at.origin(spot));
            }
            std::collections::hash_map::Entry::Occupied(first) => {
                let since = *first.get();
                let since = self.said(since, at);
                report(settings, Rule::X006, spot, out, || format!("the same as {since}"));
            }
        }
    }
}

fn with_article(kind: usize) -> String {
    match TYPES[kind] {
        name @ ("array" | "object") => format!("an {name}"),
        name => format!("a {name}"),
    }
}

/// One finding for all profiles that judge the rule; its line counts from the start of the block, from 0.
fn report<W: Into<Words>>(
    settings: &Settings,
    rule: Rule,
    spot: &Spot,
    out: &mut Vec<Finding>,
    words: impl Fn() -> W,
) {
    let found = of_views(&settings.views, rule, spot.span.clone(), words);
    out.extend(found.map(|finding| Finding {
        line: spot.line,
        offset: spot.offset,
        pointer: spot.pointer.clone(),
        ..finding
    }));
}
