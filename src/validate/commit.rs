//! The committer: takes judged blocks in input order and writes what comes of them.
//!
//! Everything that depends on order lives here and nowhere else: line numbers, what shows only across
//! records, limits, early stop, counts. So the output does not depend on the number of workers.

use std::io::Write as _;

use crate::cli::json::to_json_line;
use crate::cli::progress::Progress;
use crate::cli::report;
use crate::error::Result;
use crate::rules::across::{At, Stream};
use crate::rules::finding::{Finding, of_views};
use crate::rules::repair::Level;
use crate::rules::{Judge, Rule, Severity};
use crate::stream::{Block, Flow, Inputs, Output, Sink};

use super::block::{self, BOM, mends_endings};
use super::config::{Config, Mode};
use super::counts::Counts;
use super::diff;
use super::format::{Formatter, Hidden};
use super::input::{Found, Input};
use super::judged::{Fate, Judged, Piece, Stop};
use super::outputs::Outputs;

/// Takes the results of the workers.
pub(super) struct Committer<'c> {
    config: &'c Config,
    names: Vec<String>,
    outputs: Outputs,
    formatter: Formatter,
    /// Findings that are written but not yet handed to the kernel.
    text: Vec<u8>,
    counts: Counts,
    progress: Progress,
    stream: Stream,
    /// Bytes of the inputs before the current one.
    bytes_before: u64,
    input: Input,
    diff: diff::Diff,
    images: u64,
    /// An error has ended the run before the end of the stream.
    stopped: bool,
}

impl<'c> Committer<'c> {
    pub(super) fn new(config: &'c Config, inputs: &Inputs, outputs: Outputs) -> Committer<'c> {
        let formatter = Formatter::new(config);
        let mut text = Vec::new();
        if !config.silent {
            formatter.head(&mut text);
        }
        Committer {
            config,
            names: inputs.names().to_vec(),
            outputs,
            formatter,
            text,
            counts: Counts::new(),
            progress: Progress::new(config.progress, inputs.total_bytes()),
            stream: Stream::default(),
            bytes_before: 0,
            input: Input::default(),
            diff: diff::Diff::default(),
            images: 0,
            stopped: false,
        }
    }

    /// Judges the end of the stream, writes what is left and closes every output. True: something is
    /// invalid.
    pub(super) fn finish(mut self) -> Result<bool> {
        for finding in self.end_of_stream() {
            self.tell(usize::MAX, &finding, |_| None);
        }
        self.progress.clear();
        let profiles: Vec<_> =
            self.config.settings.views.iter().map(|view| view.profile.name).collect();
        let summary = self.counts.report(&profiles, &self.names, !self.stopped);
        if !self.config.silent {
            let hidden = self.hidden();
            self.formatter.tail(&mut self.text, &hidden, &summary);
        }
        self.write_findings()?;
        self.outputs.report.write(&to_json_line(&summary))?;
        let Outputs { records, findings, rejects, report } = self.outputs;
        for output in [Some(records), findings, Some(rejects), Some(report)].into_iter().flatten() {
            output.finish()?;
        }
        if self.config.summary {
            let _ = std::io::stderr().write_all(self.counts.summary().as_bytes());
        }
        let repairs_pending = self.config.mode == Mode::Diff && self.counts.has_repairs();
        Ok(self.counts.has_errors() || repairs_pending)
    }

    /// Hands on what was found before trouble ended the run. Files of `-o` and the like stay as they were.
    pub(super) fn give_up(mut self) {
        self.progress.clear();
        if !self.config.silent {
            self.formatter.break_off(&mut self.text);
        }
        // What goes wrong now is no news: the trouble before is what is told.
        let _ = self.write_findings();
        let _ = self.idle();
    }

    /// The rules of which findings were counted and not written, with the option that shows them.
    fn hidden(&self) -> Vec<Hidden> {
        let reached = |most: Option<u64>, shown| most.is_some_and(|most| shown >= most);
        let option = |shown| match shown {
            _ if reached(self.config.max_findings, self.counts.shown) => Some("--max-findings"),
            shown if reached(self.config.per_rule, shown) => Some("--per-rule-limit"),
            _ => None,
        };
        let hidden = self.counts.hidden();
        hidden
            .map(|(rule, of)| Hidden {
                rule,
                shown: of.shown,
                all: of.findings,
                option: option(of.shown),
            })
            .collect()
    }

    /// B018, X004, X005
    fn end_of_stream(&self) -> Vec<Finding> {
        let views = &self.config.settings.views;
        let counts = &self.counts;
        let mut found = Vec::new();
        if self.stopped {
            return found;
        }
        if counts.records == 0 {
            found.extend(of_views(views, Rule::B018, 0..0, || "there is no record"));
        }
        for view in views {
            let profile = view.profile;
            let one = std::slice::from_ref(view);
            if counts.valid < profile.min_records {
                found.extend(of_views(one, Rule::X004, 0..0, || {
                    let valid = report::plural(counts.valid, "valid record");
                    format!(
                        "there are {valid}, {} wants at least {}",
                        profile.name, profile.min_records
                    )
                    .replace("are 1 valid", "is 1 valid")
                }));
            }
            let (records, kind) = match profile.max_records_of_images {
                true => (self.images, " with images"),
                false => (counts.records, ""),
            };
            if let Some(most) = profile.max_records.filter(|most| records > *most) {
                found.extend(of_views(one, Rule::X005, 0..0, || {
                    let records = report::plural(records, "record");
                    format!("there are {records}{kind}, {} takes at most {most}", profile.name)
                }));
            }
            if let Some(most) = profile.max_bytes.filter(|most| counts.bytes > *most) {
                found.extend(of_views(one, Rule::X005, 0..0, || {
                    format!(
                        "there are {} bytes, {} takes at most {most}",
                        counts.bytes, profile.name
                    )
                }));
            }
        }
        found
    }

    /// Counts a finding and writes it as far as the limits allow.
    ///
    /// `line` finds the bytes that it is about, which costs a look through the line.
    fn tell<'l>(
        &mut self,
        input: usize,
        finding: &Finding,
        line: impl FnOnce(&Self) -> Option<&'l [u8]>,
    ) {
        let written = self.counts.shown;
        let of = self.counts.finding(input, finding);
        let repeated = self.input.pretty_printed
            && finding.line > 1
            && matches!(finding.rule, Rule::B004 | Rule::B006);
        if finding.severity < self.config.min_severity {
            of.muted += 1;
            return;
        }
        let over = self.config.per_rule.is_some_and(|most| of.shown >= most)
            || self.config.max_findings.is_some_and(|most| written >= most);
        if over || repeated || self.config.silent {
            return;
        }
        of.shown += 1;
        self.counts.shown += 1;
        let line = line(self);
        let name = match self.names.get(input) {
            Some(name) => name,
            None if self.names.len() == 1 => &self.names[0],
            None => "all inputs",
        };
        self.formatter.finding(&mut self.text, finding, name, line);
    }

    fn write_findings(&mut self) -> Result<()> {
        if self.text.is_empty() {
            return Ok(());
        }
        match &mut self.outputs.findings {
            Some(output) => output.write(&self.text)?,
            None => {
                self.progress.clear();
                // A reader of messages that went away is no reason to lose records.
                let _ = std::io::stderr().write_all(&self.text);
            }
        }
        self.text.clear();
        Ok(())
    }

    /// Joins a block to what was seen across records. The findings are placed from the start of the block.
    fn across(&mut self, block: &Block, judged: &mut Judged) -> Vec<Finding> {
        let at = At {
            input: &self.names[block.input],
            line: self.input.lines,
            offset: self.bytes_before + block.offset,
        };
        self.images += judged.across.images;
        let across = std::mem::take(&mut judged.across);
        let mut found = self.stream.join(across, at, &self.config.settings);
        for finding in found.iter_mut().filter(|finding| judged.bom && finding.line == 0) {
            finding.span.start += BOM.len();
            finding.span.end += BOM.len();
        }
        found
    }

    /// Is there an error in a block?
    fn has_error(&self, block: &Block, judged: &Judged, across: &[Finding]) -> bool {
        let input = self.input.clone().findings(judged, block, self.config).findings;
        let all = judged.findings.iter().chain(across).chain(&input);
        all.into_iter().any(|finding| finding.severity == Severity::Error)
    }

    /// Commits the lines of a block one by one, up to the first error: what follows was never looked at.
    fn line_by_line(&mut self, block: &Block, across: &[Finding]) -> Result<Flow> {
        let mut judge = Judge::new(&self.config.settings);
        for (at, line) in block.lines().enumerate() {
            let mut one = Block {
                input: block.input,
                first: block.first && at == 0,
                last: block.last && line.end == block.data.len(),
                offset: block.offset + line.start as u64,
                data: block.data[line.start..line.end].to_vec(),
                cut: line.cut,
            };
            let judged = block::judge(&mut judge, &mut one, !self.input.any, self.config);
            let own = across.iter().filter(|finding| finding.line == at as u64);
            let own = own.map(|finding| Finding { line: 0, offset: 0, ..finding.clone() });
            match self.commit(&one, judged, own.collect())? {
                Flow::Continue => {}
                flow => return Ok(flow),
            }
        }
        Ok(Flow::Continue)
    }

    /// Tells what was found in a block and writes what comes of it.
    fn commit(&mut self, block: &Block, mut judged: Judged, across: Vec<Finding>) -> Result<Flow> {
        let before = self.input.lines;
        let Found { mut findings, repaired } = self.input.findings(&judged, block, self.config);
        let own = std::mem::take(&mut judged.findings);
        findings.extend(own.into_iter().chain(across).map(|finding| Finding {
            line: before + finding.line + 1,
            offset: block.offset + finding.offset,
            ..finding
        }));
        findings.sort_by_key(Finding::order);
        let error = findings.iter().find(|finding| finding.severity == Severity::Error);
        let stop = error.map(|error| error.line).filter(|_| self.config.fail_fast);
        // An error about blank lines shows only when the next record comes, which is not looked at then.
        let looked_at = stop.is_none_or(|line| line > before);
        findings.retain(|finding| looked_at || finding.line <= before);
        for finding in &findings {
            if finding.line == 1 && finding.rule == Rule::B004 {
                let line = self.line_of(block, &judged, finding);
                self.tell(block.input, finding, |_| line);
                self.input.pretty_printed |= is_lone_bracket(line);
            } else {
                self.tell(block.input, finding, |own| own.line_of(block, &judged, finding));
            }
        }
        if looked_at {
            self.write(block, &judged)?;
            repaired.iter().for_each(|(rule, n)| self.counts.fixes(*rule, Level::Safe, *n));
        }
        self.stopped = stop.is_some();
        Ok(match (self.stopped, judged.stop) {
            (true, _) => Flow::Stop,
            (false, Some(Stop::Utf16 | Stop::Array)) => Flow::SkipInput,
            (false, None) => Flow::Continue,
        })
    }

    /// The bytes that a finding is about: its line, as it is written if it was mended.
    fn line_of<'b>(
        &self,
        block: &'b Block,
        judged: &'b Judged,
        finding: &Finding,
    ) -> Option<&'b [u8]> {
        let start = usize::try_from(finding.offset.checked_sub(block.offset)?).ok()?;
        let at = judged.pieces.partition_point(|piece| piece.span.end <= start);
        match &judged.pieces.get(at)?.fate {
            Fate::Mended(mended) if !mended.fixes.is_empty() => Some(&mended.text),
            _ => Some(block.data[line_span(&block.data, start)].trim_ascii_end()),
        }
    }

    /// Writes and counts what comes of a block.
    fn write(&mut self, block: &Block, judged: &Judged) -> Result<()> {
        for tally in &judged.uncounted {
            self.counts.tally(tally, tally.severity < self.config.min_severity);
        }
        for piece in &judged.pieces {
            self.count_piece(block, piece);
            self.write_piece(block, piece)?;
        }
        self.counts.records += judged.records;
        self.counts.blank += judged.blanks.iter().map(|run| run.count).sum::<u64>();
        self.counts.bytes = self.bytes_before + block.offset + judged.bytes as u64;
        self.input.lines += judged.lines;
        Ok(())
    }

    fn count_piece(&mut self, block: &Block, piece: &Piece) {
        match &piece.fate {
            Fate::Kept => {}
            Fate::Mended(mended) => {
                self.counts.mended += 1;
                for (rule, level) in &mended.fixes {
                    self.counts.fixes(*rule, *level, 1);
                }
                if mends_endings(self.config) && block.data[piece.span.clone()].ends_with(b"\r\n") {
                    self.counts.fixes(self.input.rule_of_returns(), Level::Safe, 1);
                }
            }
            Fate::Rejected | Fate::Unread | Fate::Dropped => return,
        }
        self.counts.valid += piece.lines;
        if self.config.mode == Mode::Filter {
            self.counts.written += piece.lines;
        }
    }

    fn write_piece(&mut self, block: &Block, piece: &Piece) -> Result<()> {
        let bytes = &block.data[piece.span.clone()];
        if self.config.mode == Mode::Diff {
            let name = &self.names[block.input];
            self.diff.piece(&mut self.outputs.records, name, bytes, &piece.fate)?;
        }
        match &piece.fate {
            Fate::Rejected => self.outputs.rejects.write_lines(bytes),
            _ if self.config.mode == Mode::Diff => Ok(()),
            Fate::Kept => self.outputs.records.write_lines(bytes),
            Fate::Mended(mended) => self.outputs.records.write_lines(&mended.text),
            Fate::Dropped | Fate::Unread => Ok(()),
        }
    }
}

/// The bytes of the line that starts at `start`, with its newline.
fn line_span(data: &[u8], start: usize) -> std::ops::Range<usize> {
    let rest = data.get(start..).unwrap_or_default();
    let len = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
    start..start + len
}

impl Sink<Judged> for Committer<'_> {
    fn accept(&mut self, block: &Block, mut judged: Judged) -> Result<Flow> {
        if block.first {
            self.bytes_before = self.counts.bytes;
            self.input = Input::default();
            self.diff.new_input();
        }
        if !block.first && !self.input.any && block.data.trim_ascii_start().starts_with(b"[") {
            // Only blank lines stood before, which the worker could not know: it may be one array.
            let mut judge = Judge::new(&self.config.settings);
            judged = block::judge(&mut judge, &mut block.clone(), true, self.config);
        }
        let across = self.across(block, &mut judged);
        let by_line =
            self.config.fail_fast && judged.lines > 1 && self.has_error(block, &judged, &across);
        let flow = match by_line {
            true => self.line_by_line(block, &across)?,
            false => self.commit(block, judged, across)?,
        };
        self.write_findings()?;
        self.progress.tick(self.counts.bytes, self.counts.records);
        Ok(flow)
    }

    fn idle(&mut self) -> Result<()> {
        self.outputs.records.flush()?;
        self.outputs.rejects.flush()?;
        self.outputs.findings.as_mut().map_or(Ok(()), Output::flush)
    }
}

/// Line 1 holds only an opening bracket: the finding about it stands for those about the lines below.
fn is_lone_bracket(line: Option<&[u8]>) -> bool {
    let text = line.map(|line| line.strip_prefix(BOM).unwrap_or(line));
    text.is_some_and(|text| text.trim_ascii() == b"{")
}
