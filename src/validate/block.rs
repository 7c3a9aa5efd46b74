//! What a worker makes of one block of lines.

use std::ops::Range;

use crate::rules::finding::Finding;
use crate::rules::judge::{Judge, Line, Outcome};
use crate::rules::{Rule, Severity};
use crate::stream::Block;

use super::config::Config;
use super::fix;
use super::judged::{Fate, Judged, Kept, Mended, Place, Stop};

pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// Judges the lines of a block. `opening`: no record of the input stands before it.
pub(super) fn judge(
    judge: &mut Judge<'_>,
    block: &mut Block,
    opening: bool,
    config: &Config,
) -> Judged {
    let mut judged = Judged { input: block.input, ..Judged::default() };
    let mut kept = Kept::new(config.per_rule, config.fail_fast);
    while let Some(line) = block.lines_from(judged.bytes).next() {
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
            bytes: &[],
            terminated: line.terminated,
            first: opening && judged.records == 0,
            number,
            offset: line.start as u64,
        };
        let start = line.start + skipped;
        let spot = Spot {
            whole: line.start..line.end,
            line: line.start..line.start + line.bytes.len(),
            record: start..start + content.len(),
        };
        let outcome = record(judge, at, block, &spot, &mut judged, &mut kept, config);
        if outcome == Outcome::ArrayFile {
            judged.stop = Some(Stop::Array);
            // It is no line, so how it ends does not matter.
            judged.unterminated = None;
            judged.endings = judged.endings.map(|place| place.filter(|place| place.line < number));
            return judged;
        }
    }
    judged
}

/// Where a line stands in the data of its block.
struct Spot {
    /// As it is stored.
    whole: Range<usize>,
    /// Without its line feed.
    line: Range<usize>,
    /// Also without a byte order mark and a carriage return.
    record: Range<usize>,
}

/// Judges a line that is not blank, mends it when that is asked for, and decides its fate.
fn record(
    judge: &mut Judge<'_>,
    at: Line<'_>,
    block: &mut Block,
    spot: &Spot,
    judged: &mut Judged,
    kept: &mut Kept,
    config: &Config,
) -> Outcome {
    let skipped = spot.record.start - spot.line.start;
    let mut findings = Vec::new();
    let bytes = &mut block.data[spot.record.clone()];
    let (outcome, mended) = match config.repairs {
        Some(_) => fix::line(judge, Line { bytes, ..at }, judged, &mut findings, config),
        // Whether a finding has a repair can only be told with the line beside its values.
        None if config.settings.repairs.is_none() && bytes.len() > config.reading.long_bytes => {
            (judge.long_line(at, bytes, &mut judged.across, &mut findings), None)
        }
        None => (judge.line(Line { bytes, ..at }, &mut judged.across, &mut findings), None),
    };
    for finding in &mut findings {
        finding.span.start += skipped;
        finding.span.end += skipped;
    }
    // What cannot be read is no record, however its findings are taken.
    let invalid = !matches!(outcome, Outcome::Record(_))
        || findings.iter().any(|finding| finding.severity == Severity::Error);
    if !findings.is_empty() {
        kept.take(judged, findings);
    }
    let fate = match invalid {
        true => Fate::Rejected,
        false => fate(config, &block.data[spot.line.clone()], skipped, mended),
    };
    judged.records += fate.lines();
    // The mark of a further input would stand in the middle of the output.
    let start = if judged.input > 0 { spot.record.start } else { spot.whole.start };
    judged.push(start..spot.whole.end, fate);
    outcome
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
