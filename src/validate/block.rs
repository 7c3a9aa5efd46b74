//! What a worker makes of one block of lines.

use std::ops::Range;

use crate::rules::across;
use crate::rules::finding::Finding;
use crate::rules::judge::{Judge, Line, Outcome};
use crate::rules::repair::Level;
use crate::rules::{Rule, Severity};
use crate::stream::Block;

use super::config::Config;
use super::fix;

/// A block, judged. Lines count from 0, offsets from the start of the block.
#[derive(Debug, Default)]
pub(super) struct Judged {
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
    fn lines(&self) -> u64 {
        match self {
            Fate::Mended(Mended { text, .. }) => {
                1 + memchr::memchr_iter(b'\n', text).count() as u64
            }
            _ => 1,
        }
    }
}

pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// Judges the lines of a block. `opening`: no record of the input stands before it.
pub(super) fn judge(
    judge: &mut Judge<'_>,
    block: &Block,
    opening: bool,
    config: &Config,
) -> Judged {
    let mut judged = Judged::default();
    // The first error may be any finding, so none is left out when it ends the run.
    let mut kept = Kept::new(config.per_rule.filter(|_| !config.fail_fast));
    for line in block.lines() {
        let number = judged.lines;
        let first = block.first && number == 0;
        judged.lines += 1;
        judged.bytes = line.end;
        if first && config.settings.is_on(Rule::B002) && is_utf16(&block.data[..line.end]) {
            judged.stop = Some(Stop::Utf16);
            judged.records += 1;
            judged.push(line.start..line.end, Fate::Rejected);
            return judged;
        }
        judged.bom = judged.bom || first && line.bytes.starts_with(BOM);
        let skipped = if first && judged.bom { BOM.len() } else { 0 };
        let place = |column| Place { line: number, offset: line.start as u64, column };
        if !line.terminated && !line.cut {
            judged.unterminated = Some(place(line.bytes.len()));
        }
        let bytes = &line.bytes[skipped..];
        let content = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if line.terminated {
            let crlf = content.len() < bytes.len();
            judged.endings[usize::from(!crlf)].get_or_insert(place(skipped + content.len()));
        }
        if line.cut {
            judged.records += 1;
            kept.take(&mut judged, vec![too_long(config, number, line.start as u64)]);
            judged.push(line.start..line.end, Fate::Unread);
            continue;
        }
        if is_blank(content) {
            judged.blank(number, line.start as u64);
            judged.push(line.start..line.end, Fate::Dropped);
            continue;
        }
        let at = Line {
            bytes: content,
            terminated: line.terminated,
            first: opening && judged.records == 0,
            number,
            offset: line.start as u64,
        };
        let mut findings = Vec::new();
        let (outcome, mended) = match config.repairs {
            Some(_) => fix::line(judge, at, &mut judged, &mut findings, config),
            None => (judge.line(at, &mut judged.across, &mut findings), None),
        };
        findings.iter_mut().for_each(|finding| {
            finding.span.start += skipped;
            finding.span.end += skipped;
        });
        let array = outcome == Outcome::ArrayFile;
        let invalid = array || findings.iter().any(|f| f.severity == Severity::Error);
        if !findings.is_empty() {
            kept.take(&mut judged, findings);
        }
        let fate = match invalid {
            true => Fate::Rejected,
            false => fate(config, line.bytes, skipped, mended),
        };
        judged.records += fate.lines();
        judged.push(line.start..line.end, fate);
        if array {
            judged.stop = Some(Stop::Array);
            // It is no line, so how it ends does not matter.
            judged.unterminated = None;
            judged.endings = judged.endings.map(|place| place.filter(|place| place.line < number));
            return judged;
        }
    }
    judged
}

/// A line of nothing but space, tab and CR.
fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r'))
}

/// Repairs take the byte order mark away.
pub(super) fn mends_start(config: &Config) -> bool {
    config.repairs.is_some() && config.settings.is_on(Rule::B001)
}

/// Repairs take carriage returns away. Which of the two rules a line breaks shows only in the input.
pub(super) fn mends_endings(config: &Config) -> bool {
    let on = |rule| config.settings.is_on(rule);
    config.repairs.is_some() && on(Rule::B012) && on(Rule::B020)
}

/// What becomes of a valid line of these bytes, of which `skipped` are a byte order mark.
fn fate(config: &Config, line: &[u8], skipped: usize, mended: Option<Mended>) -> Fate {
    let end = line.iter().rposition(|b| *b != b'\r').map_or(0, |last| last + 1);
    let start = if mends_start(config) { skipped } else { 0 };
    let returns = if mends_endings(config) { &[] } else { &line[end..] };
    let (text, fixes) = match mended {
        Some(Mended { text, fixes }) => ([&line[start..skipped], &text, returns].concat(), fixes),
        None if start == 0 && end + returns.len() == line.len() => return Fate::Kept,
        None => ([&line[start..end], returns].concat(), Vec::new()),
    };
    Fate::Mended(Mended { text, fixes })
}

/// A line over the reading limit: B015 as error.
fn too_long(config: &Config, line: u64, offset: u64) -> Finding {
    let what = format!("the line is longer than {} bytes", config.reading.max_line_bytes);
    Finding {
        rule: Rule::B015,
        severity: Severity::Error,
        line,
        offset,
        span: 0..1,
        pointer: String::new(),
        what: what.len(),
        message: format!(
            "{what}; it is not read, not written and not copied to the rejects; raise --max-line-bytes"
        ),
        profiles: config.settings.views.iter().map(|view| view.profile.name).collect(),
        fix: None,
    }
}

/// Byte order marks of UTF-16 and UTF-32, or a NUL beside the first bracket.
fn is_utf16(start: &[u8]) -> bool {
    let start = &start[..start.len().min(4)];
    let pairs = [[0x7b, 0], [0, 0x7b], [0x5b, 0], [0, 0x5b]];
    start.starts_with(&[0xff, 0xfe])
        || start.starts_with(&[0xfe, 0xff])
        || start == [0, 0, 0xfe, 0xff]
        || start.windows(2).any(|two| pairs.iter().any(|pair| two == pair))
}

impl Judged {
    fn blank(&mut self, line: u64, offset: u64) {
        match self.blanks.last_mut() {
            Some(run) if run.line + run.count == line => run.count += 1,
            _ => self.blanks.push(Blanks { line, offset, count: 1 }),
        }
    }

    /// Adds the fate of the bytes that follow; neighbours of one fate are one piece.
    fn push(&mut self, span: Range<usize>, fate: Fate) {
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
struct Kept {
    limit: Option<u64>,
    of_rule: Vec<u64>,
}

impl Kept {
    fn new(limit: Option<u64>) -> Kept {
        Kept { limit, of_rule: vec![0; Rule::COUNT] }
    }

    /// Takes the findings of one line.
    fn take(&mut self, judged: &mut Judged, findings: Vec<Finding>) {
        let Some(limit) = self.limit else { return judged.findings.extend(findings) };
        for finding in findings {
            let count = &mut self.of_rule[finding.rule as usize];
            *count += 1;
            if *count <= limit.max(1) {
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
