//! X: what shows only across records. Paths and their types, kinds of record, repeated lines.
//!
//! Each block of lines is summed up by itself ([`Block`]: the first place of each path and type, of each
//! kind, in the order of the block), and the sums are joined in the order of the input ([`Stream`]). So
//! the findings are the same for any number of workers, and memory is one entry per path, at most
//! [`MAX_PATHS`].

mod block;

pub use block::{Block, MAX_PATHS, Spot};

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;

use block::{FirstType, Hashed, TYPES};

use super::finding::{Finding, Words, of_views_in, quote};
use super::kind::{Guess, Kind};
use super::profile::Case;
use super::settings::Settings;
use super::table::Rule;

/// `datasets` settles column types on its first chunk of this size.
pub const LATE: u64 = 10 << 20;

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

impl Path {
    /// Is it the content of messages, in no other types than string and array?
    fn is_content_form(&self, name: &str) -> bool {
        const LISTS: [&str; 4] =
            ["/messages", "/input/messages", "/preferred_output", "/non_preferred_output"];
        let others =
            || self.types.iter().zip(TYPES).filter(|(_, t)| !["string", "array"].contains(t));
        name.strip_suffix("/*/content").is_some_and(|list| LISTS.contains(&list))
            && others().all(|(seen, _)| seen.is_none())
    }
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
        let case = path.is_content_form(&first.name).then_some(Case::ContentForm);
        let case = case.filter(|_| before.is_some());
        if let Some((kind, since)) = before {
            let since = self.said(since, at);
            report_in(settings, Rule::X001, case, &first.spot, out, || {
                let (now, then) = (with_article(slot), with_article(kind));
                format!("{} is {now} here, {then} since {since}", first.name)
            });
        }
        if new {
            self.late.insert((first.path, line));
            if !self.late.contains(&(first.parent, line)) {
                report_in(settings, Rule::X002, case, &first.spot, out, || match before {
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
    report_in(settings, rule, None, spot, out, words);
}

/// The same in a case that profiles may take otherwise than the rest of the rule.
fn report_in<W: Into<Words>>(
    settings: &Settings,
    rule: Rule,
    case: Option<Case>,
    spot: &Spot,
    out: &mut Vec<Finding>,
    words: impl Fn() -> W,
) {
    let found = of_views_in(&settings.views, rule, case, spot.span.clone(), words);
    out.extend(found.map(|finding| Finding {
        line: spot.line,
        offset: spot.offset,
        pointer: spot.pointer.clone(),
        ..finding
    }));
}
