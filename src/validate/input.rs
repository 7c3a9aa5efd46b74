//! What only shows from line to line of one input: its first bytes, line endings, blank lines, its end.

use std::ops::Range;

use crate::rules::Rule;
use crate::rules::finding::{Finding, Words, of_views};
use crate::rules::repair::{Fix, Level};
use crate::stream::Block;

use super::block::{mends_endings, mends_start};
use super::config::Config;
use super::judged::{Blanks, Judged, Place, Stop};

/// One input so far.
#[derive(Debug, Default, Clone)]
pub(super) struct Input {
    /// Lines before the next block.
    pub lines: u64,
    /// A line that is not blank was seen.
    pub any: bool,
    /// Line 1 ends in CR LF; none before its end was seen.
    first_is_crlf: Option<bool>,
    /// The other ending was told.
    mixed: bool,
    /// Blank lines behind the last record, by absolute line and offset.
    pending: Option<Blanks>,
    /// Findings on these blank lines, told behind the one about the lines themselves.
    held: Vec<Finding>,
    /// Line 1 is only a bracket: the file is pretty-printed, and the same fault follows line after line.
    pub pretty_printed: bool,
}

/// What a block adds to what is known of its input.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Findings with their final lines, in order.
    pub findings: Vec<Finding>,
    /// Faults that a repair has taken away, with their number.
    pub repaired: Vec<(Rule, u64)>,
}

impl Input {
    /// The findings of group B that a block adds; those that a repair has taken away are counted instead.
    pub(super) fn findings(&mut self, judged: &Judged, block: &Block, config: &Config) -> Found {
        let found = Found { findings: std::mem::take(&mut self.held), repaired: Vec::new() };
        let mut raise = Raise { config, found };
        if judged.stop == Some(Stop::Utf16) {
            raise.add(Rule::B002, 1, block.offset, 0..1, None, || "the input is UTF-16 or UTF-32");
            return raise.found;
        }
        if judged.bom {
            let what = || "the input starts with a byte order mark";
            raise.mendable(Rule::B001, 1, 0, 0..3, mends_start(config).then_some(1), what);
        }
        self.endings(judged, block, &mut raise);
        self.blanks(judged, block, &mut raise);
        if let Some(end) = judged.unterminated {
            let line = self.lines + end.line + 1;
            let span = end.column.saturating_sub(1)..end.column;
            let repaired = config.repairs.map(|_| 1);
            raise.mendable(
                Rule::B011,
                line,
                block.offset + end.offset,
                span,
                repaired,
                || "no newline ends the last line",
            );
        }
        let mut found = raise.found;
        found.findings.sort_by_key(|finding| (finding.line, finding.rule));
        if let Some(run) = self.pending {
            let held = found.findings.iter().position(|finding| finding.line >= run.line);
            self.held = held.map_or(Vec::new(), |from| found.findings.split_off(from));
        }
        found
    }

    /// B012, B020
    fn endings(&mut self, judged: &Judged, block: &Block, raise: &mut Raise<'_>) {
        let [crlf, lf] = judged.endings;
        let place = |found: Place| (self.lines + found.line + 1, block.offset + found.offset);
        if self.lines == 0 {
            let is_first = |found: &Option<Place>| found.is_some_and(|found| found.line == 0);
            self.first_is_crlf = match (is_first(&crlf), is_first(&lf)) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            };
            if let (Some(true), Some(found)) = (self.first_is_crlf, crlf) {
                let (line, offset) = place(found);
                let span = found.column..found.column + 1;
                let repaired = mends_endings(raise.config).then_some(0);
                let what = || "the lines end in CR LF";
                raise.mendable(Rule::B012, line, offset, span, repaired, what);
            }
        }
        let other = if self.first_is_crlf == Some(true) { lf } else { crlf };
        if let (Some(first), Some(found), false) = (self.first_is_crlf, other, self.mixed) {
            self.mixed = true;
            let (line, offset) = place(found);
            let (here, there) = if first { ("LF", "CR LF") } else { ("CR LF", "LF") };
            let span = found.column..found.column + 1;
            let repaired = mends_endings(raise.config).then_some(0);
            raise.mendable(Rule::B020, line, offset, span, repaired, || {
                format!("the line ends in {here}, line 1 in {there}")
            });
        }
    }

    /// The rule under which carriage returns are taken away.
    pub(super) fn rule_of_returns(&self) -> Rule {
        if self.first_is_crlf == Some(true) { Rule::B012 } else { Rule::B020 }
    }

    /// B010, B019
    fn blanks(&mut self, judged: &Judged, block: &Block, raise: &mut Raise<'_>) {
        self.any |= judged.records > 0;
        for run in &judged.blanks {
            let line = self.lines + run.line + 1;
            match &mut self.pending {
                Some(pending) if pending.line + pending.count == line => pending.count += run.count,
                _ => {
                    self.flush(raise, Rule::B010);
                    let offset = block.offset + run.offset;
                    self.pending = Some(Blanks { line, offset, count: run.count });
                }
            }
        }
        let end = self.lines + judged.lines;
        if self.pending.is_some_and(|run| run.line + run.count <= end) {
            self.flush(raise, Rule::B010);
        }
        match block.last && self.any {
            true => self.flush(raise, Rule::B019),
            false if block.last => self.pending = None, // B018 is about that
            false => {}
        }
    }

    fn flush(&mut self, raise: &mut Raise<'_>, rule: Rule) {
        let Some(run) = self.pending.take() else { return };
        let repaired = raise.config.repairs.map(|_| run.count);
        raise.mendable(rule, run.line, run.offset, 0..0, repaired, || match (rule, run.count) {
            (Rule::B019, 1) => "a blank line ends the input".to_owned(),
            (Rule::B019, count) => format!("{count} blank lines end the input"),
            (_, 1) => "a blank line stands before a record".to_owned(),
            (_, count) => format!("{count} blank lines stand before a record"),
        });
    }
}

/// Collects findings that are about no record.
struct Raise<'a> {
    config: &'a Config,
    found: Found,
}

impl Raise<'_> {
    fn add<W: Into<Words>>(
        &mut self,
        rule: Rule,
        line: u64,
        offset: u64,
        span: Range<usize>,
        fix: Option<Fix>,
        words: impl Fn() -> W,
    ) {
        let found = of_views(&self.config.settings.views, rule, span, words);
        let placed = found.map(|finding| Finding { line, offset, fix, ..finding });
        self.found.findings.extend(placed);
    }

    /// A fault that a repair takes out of the whole output: then it is counted as `repaired`.
    fn mendable<W: Into<Words>>(
        &mut self,
        rule: Rule,
        line: u64,
        offset: u64,
        span: Range<usize>,
        repaired: Option<u64>,
        words: impl Fn() -> W,
    ) {
        match repaired {
            Some(count) if self.config.settings.is_on(rule) => {
                self.found.repaired.push((rule, count));
            }
            _ => {
                let fix = Fix { level: Level::Safe, edits: Vec::new() };
                self.add(rule, line, offset, span, Some(fix), words);
            }
        }
    }
}
