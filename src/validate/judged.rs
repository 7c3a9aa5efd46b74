//! What the workers tell the committer about a block.

use std::ops::Range;

use crate::rules::across;
use crate::rules::finding::Finding;
use crate::rules::repair::Level;
use crate::rules::{Rule, Severity};

/// A block, judged. Lines count from 0, offsets from the start of the block.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// Which input it is of, from 0.
    pub input: usize,
    /// Lines in the block.
    pub lines: u64,
    /// Bytes of these lines.
    pub bytes: usize,
    /// Lines that are not blank; one that a repair parts counts as what it becomes.
    pub records: u64,
    /// Findings in the order of the lines, at most as many of each rule as will be written.
    pub findings: Vec<Finding>,
    /// Findings beyond these, only counted.
    pub uncounted: Vec<Tally>,
    /// What becomes of the bytes of the block.
    pub pieces: Vec<Piece>,
    /// What only shows across records.
    pub across: across::Block,
    /// Runs of blank lines.
    pub blanks: Vec<Blanks>,
    /// First line that ends in CR LF, and first that ends in LF alone.
    pub endings: [Option<Place>; 2],
    /// The last line of the input, when no newline ends it.
    pub unterminated: Option<Place>,
    /// The input opens with a byte order mark.
    pub bom: bool,
    /// The rest of the input is not to be judged.
    pub stop: Option<Stop>,
}

/// Findings that are counted but not kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tally {
    /// Of which rule.
    pub rule: Rule,
    /// How bad.
    pub severity: Severity,
    /// How many.
    pub findings: u64,
    /// On how many lines that have no kept finding of this rule.
    pub records: u64,
    /// The last of these lines.
    pub line: Option<u64>,
}

/// A place in a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The line.
    pub line: u64,
    /// Start of the line.
    pub offset: u64,
    /// The byte of the line.
    pub column: usize,
}

/// Blank lines in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Blanks {
    /// The first.
    pub line: u64,
    /// Its start.
    pub offset: u64,
    /// How many.
    pub count: u64,
}

/// Why an input is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// It is UTF-16 or UTF-32.
    Utf16,
    /// It is one JSON array.
    Array,
}

/// Lines in a row that share a fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// Their bytes.
    pub span: Range<usize>,
    /// How many lines, as they are written.
    pub lines: u64,
    /// What becomes of them.
    pub fate: Fate,
}

/// What becomes of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// Written as it is.
    Kept,
    /// Not written; goes to the rejects.
    Rejected,
    /// No record: neither written nor rejected.
    Dropped,
    /// Over the reading limit: only its beginning is here, so it goes nowhere.
    Unread,
    /// Written in another form.
    Mended(Mended),
}

/// A line after its repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mended {
    /// The line without its newline; several lines when it was parted.
    pub text: Vec<u8>,
    /// What was repaired in the record.
    pub fixes: Vec<(Rule, Level)>,
}

impl Fate {
    /// As how many lines one line is written.
    pub(super) fn lines(&self) -> u64 {
        match self {
            Fate::Mended(Mended { text, .. }) => {
                1 + memchr::memchr_iter(b'\n', text).count() as u64
            }
            _ => 1,
        }
    }
}

impl Judged {
    /// Adds a blank line.
    pub(super) fn blank(&mut self, line: u64, offset: u64) {
        match self.blanks.last_mut() {
            Some(run) if run.line + run.count == line => run.count += 1,
            _ => self.blanks.push(Blanks { line, offset, count: 1 }),
        }
    }

    /// Adds the fate of the bytes that follow; neighbours of one fate are one piece.
    pub(super) fn push(&mut self, span: Range<usize>, fate: Fate) {
        match self.pieces.last_mut() {
            Some(last)
                if last.fate == fate
                    && !matches!(fate, Fate::Mended(_))
                    && last.span.end == span.start =>
            {
                last.span.end = span.end;
                last.lines += 1;
            }
            _ => {
                let lines = fate.lines();
                self.pieces.push(Piece { span, lines, fate });
            }
        }
    }
}

/// Keeps as many findings of each rule as will be written and counts the rest, so that a block of bad
/// lines does not take a hundred times its memory.
pub(super) struct Kept {
    limit: Option<u64>,
    of_rule: Vec<u64>,
    /// An error is kept in any case, since it ends the run, until one is.
    wants_error: bool,
}

impl Kept {
    /// Keeps so many findings of each rule; none: all. `fail_fast`: and the first error.
    pub(super) fn new(limit: Option<u64>, fail_fast: bool) -> Kept {
        Kept { limit, of_rule: vec![0; Rule::COUNT], wants_error: fail_fast }
    }

    /// Takes the findings of one line; kept are the first in the order in which they will be told.
    pub(super) fn take(&mut self, judged: &mut Judged, mut findings: Vec<Finding>) {
        let Some(limit) = self.limit else { return judged.findings.extend(findings) };
        findings.sort_by_key(Finding::order);
        for finding in findings {
            let count = &mut self.of_rule[finding.rule as usize];
            *count += 1;
            let wanted = self.wants_error && finding.severity == Severity::Error;
            self.wants_error &= !wanted;
            if *count <= limit.max(1) || wanted {
                judged.findings.push(finding);
                continue;
            }
            let again = |kept: &Finding| kept.rule == finding.rule && kept.line == finding.line;
            let known =
                judged.findings.iter().rev().take_while(|f| f.line == finding.line).any(again);
            judged.count(&finding, !known);
        }
    }
}

impl Judged {
    fn count(&mut self, finding: &Finding, new_record: bool) {
        let (rule, severity) = (finding.rule, finding.severity);
        let same = |tally: &&mut Tally| tally.rule == rule && tally.severity == severity;
        let tally = match self.uncounted.iter_mut().find(same) {
            Some(tally) => tally,
            None => {
                let none = Tally { rule, severity, findings: 0, records: 0, line: None };
                self.uncounted.push(none);
                let last = self.uncounted.len() - 1;
                &mut self.uncounted[last]
            }
        };
        tally.findings += 1;
        tally.records += u64::from(new_record && tally.line != Some(finding.line));
        tally.line = Some(finding.line);
    }
}
