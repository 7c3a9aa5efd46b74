//! What only shows from line to line of one input: its first bytes, line endings, blank lines, its end.

use std::ops::Range;

use crate::rules::finding::{Finding, Words, of_views};
use crate::rules::repair::Level;
use crate::rules::{Rule, Settings};
use crate::stream::Block;

use super::block::{Blanks, Judged, Place, Stop};
use super::counts::Counts;

/// One input so far.
#[derive(Debug, Default)]
pub(super) struct Input {
    /// Lines before the next block.
    pub lines: u64,
    /// Line 1 ends in CR LF; none before its end was seen.
    first_is_crlf: Option<bool>,
    /// The other ending was told.
    mixed: bool,
    /// Blank lines behind the last record, by absolute line and offset.
    pending: Option<Blanks>,
    /// Line 1 is only a bracket: the file is pretty-printed, and the same fault follows line after line.
    pub pretty_printed: bool,
}

impl Input {
    /// The findings of group B that a block adds, with their final lines; those that a repair has taken
    /// away are counted as repairs instead.
    pub(super) fn findings(
        &mut self,
        judged: &Judged,
        block: &Block,
        settings: &Settings,
        repairs: Option<Level>,
        counts: &mut Counts,
    ) -> Vec<Finding> {
        let mut raise = Raise { settings, repairs, counts, found: Vec::new() };
        if judged.stop == Some(Stop::Utf16) {
            raise.add(Rule::B002, 1, block.offset, 0..1, || "the input is UTF-16 or UTF-32");
            return raise.found;
        }
        if judged.bom {
            raise.mendable(Rule::B001, 1, 0, 0..3, 1, || "the input starts with a byte order mark");
        }
        self.endings(judged, block, &mut raise);
        self.blanks(judged, block, &mut raise);
        if let Some(end) = judged.unterminated {
            let line = self.lines + end.line + 1;
            let column = end.column.saturating_sub(1);
            raise.mendable(
                Rule::B011,
                line,
                block.offset + end.offset,
                column..end.column,
                1,
                || "no newline ends the last line",
            );
        }
        raise.found
    }

    /// B012, B020
    fn endings(&mut self, judged: &Judged, block: &Block, raise: &mut Raise<'_>) {
        let [crlf, lf] = judged.endings;
        let place = |found: Place| (self.lines + found.line + 1, block.offset + found.offset);
        if self.first_is_crlf.is_none() {
            let is_first = |found: &Option<Place>| found.is_some_and(|found| found.line == 0);
            self.first_is_crlf = match (is_first(&crlf), is_first(&lf)) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            };
            if let (Some(true), Some(found)) = (self.first_is_crlf, crlf) {
                let (line, offset) = place(found);
                let span = found.column..found.column + 1;
                raise.mendable(Rule::B012, line, offset, span, 0, || "the lines end in CR LF");
            }
        }
        let other = if self.first_is_crlf == Some(true) { lf } else { crlf };
        if let (Some(first), Some(found), false) = (self.first_is_crlf, other, self.mixed) {
            self.mixed = true;
            let (line, offset) = place(found);
            let (here, there) = if first { ("LF", "CR LF") } else { ("CR LF", "LF") };
            raise.mendable(Rule::B020, line, offset, found.column..found.column + 1, 0, || {
                format!("the line ends in {here}, line 1 in {there}")
            });
        }
        let rule = if self.first_is_crlf == Some(true) { Rule::B012 } else { Rule::B020 };
        raise.counts.fixes(rule, Level::Safe, judged.returns_removed);
    }

    /// B010, B019
    fn blanks(&mut self, judged: &Judged, block: &Block, raise: &mut Raise<'_>) {
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
        if block.last {
            self.flush(raise, Rule::B019);
        }
    }

    fn flush(&mut self, raise: &mut Raise<'_>, rule: Rule) {
        let Some(run) = self.pending.take() else { return };
        raise.mendable(rule, run.line, run.offset, 0..0, run.count, || match (rule, run.count) {
            (Rule::B019, 1) => "a blank line ends the input".to_owned(),
            (Rule::B019, count) => format!("{count} blank lines end the input"),
            (_, 1) => "a blank line stands between records".to_owned(),
            (_, count) => format!("{count} blank lines stand between records"),
        });
    }
}

/// Collects findings that are about no record.
struct Raise<'a> {
    settings: &'a Settings,
    repairs: Option<Level>,
    counts: &'a mut Counts,
    found: Vec<Finding>,
}

impl Raise<'_> {
    fn add<W: Into<Words>>(
        &mut self,
        rule: Rule,
        line: u64,
        offset: u64,
        span: Range<usize>,
        words: impl Fn() -> W,
    ) {
        let found = of_views(&self.settings.views, rule, span, words);
        self.found.extend(found.map(|finding| Finding { line, offset, ..finding }));
    }

    /// A fault that every output is free of when repairs are made: then it is counted as `repaired`.
    fn mendable<W: Into<Words>>(
        &mut self,
        rule: Rule,
        line: u64,
        offset: u64,
        span: Range<usize>,
        repaired: u64,
        words: impl Fn() -> W,
    ) {
        if self.repairs.is_none() {
            self.add(rule, line, offset, span, words);
        } else if self.settings.is_on(rule) {
            self.counts.fixes(rule, Level::Safe, repaired);
        }
    }
}
