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
use crate::rules::{Rule, Severity};
use crate::stream::{Block, Flow, Inputs, Output, Sink, signals};

use super::block::{Fate, Judged, Piece, Stop};
use super::config::{Config, Mode};
use super::counts::Counts;
use super::diff;
use super::format::Formatter;
use super::input::Input;
use super::run::Outputs;

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
}

impl<'c> Committer<'c> {
    pub(super) fn new(config: &'c Config, inputs: &Inputs, outputs: Outputs) -> Committer<'c> {
        let formatter = Formatter::new(config);
        let mut text = Vec::new();
        if !config.quiet {
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
        }
    }

    /// Judges the end of the stream, writes what is left and closes every output. True: there was an
    /// error.
    pub(super) fn finish(mut self) -> Result<bool> {
        for finding in self.end_of_stream() {
            self.tell(usize::MAX, &finding, None);
        }
        self.progress.clear();
        let profiles: Vec<_> =
            self.config.settings.views.iter().map(|view| view.profile.name).collect();
        let summary = self.counts.report(&profiles, &self.names);
        if !self.config.quiet {
            let of_rules: Vec<_> =
                self.counts.hidden().map(|(rule, of)| (rule, of.shown, of.findings)).collect();
            let mut tail = Vec::new();
            self.formatter.tail(&mut tail, &of_rules, || {
                let mut map = serde_json::Map::new();
                map.insert("type".to_owned(), "summary".into());
                map.extend(summary.clone());
                map
            });
            self.text.extend(tail);
        }
        self.write_findings()?;
        self.outputs.report.write(&to_json_line(&summary))?;
        if !self.config.quiet {
            let _ = std::io::stderr().write_all(self.counts.summary().as_bytes());
        }
        let Outputs { records, findings, rejects, report } = self.outputs;
        for output in [Some(records), findings, Some(rejects), Some(report)].into_iter().flatten() {
            output.finish()?;
        }
        Ok(self.counts.has_errors())
    }

    /// B018, X004, X005
    fn end_of_stream(&self) -> Vec<Finding> {
        let views = &self.config.settings.views;
        let counts = &self.counts;
        let mut found = Vec::new();
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
            let (records, noun) = match profile.max_records_of_images {
                true => (self.images, "record with images"),
                false => (counts.records, "record"),
            };
            if let Some(most) = profile.max_records.filter(|most| records > *most) {
                found.extend(of_views(one, Rule::X005, 0..0, || {
                    let records = report::plural(records, noun);
                    format!("there are {records}, {} takes at most {most}", profile.name)
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
    fn tell(&mut self, input: usize, finding: &Finding, line: Option<&[u8]>) {
        let written = self.counts.shown;
        let of = self.counts.finding(input, finding);
        let repeated = self.input.pretty_printed
            && finding.line > 1
            && matches!(finding.rule, Rule::B004 | Rule::B006);
        let over = self.config.per_rule.is_some_and(|most| of.shown >= most)
            || self.config.max_findings.is_some_and(|most| written >= most);
        if over || repeated || self.config.quiet {
            return;
        }
        of.shown += 1;
        self.counts.shown += 1;
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

    /// All findings of a block in the order of their lines, with final lines and offsets.
    fn findings(&mut self, block: &Block, judged: &mut Judged) -> Vec<Finding> {
        let settings = &self.config.settings;
        let before = self.input.lines;
        let mut found =
            self.input.findings(judged, block, settings, self.config.repairs, &mut self.counts);
        let at = At {
            input: &self.names[block.input],
            line: before,
            offset: self.bytes_before + block.offset,
        };
        let across = self.stream.join(std::mem::take(&mut judged.across), at, settings);
        for finding in &across {
            if finding.severity == Severity::Error {
                judged.reject(&block.data, line_span(&block.data, finding.offset as usize));
            }
        }
        let own = std::mem::take(&mut judged.findings);
        found.extend(own.into_iter().chain(across).map(|finding| Finding {
            line: before + finding.line + 1,
            offset: block.offset + finding.offset,
            ..finding
        }));
        found.sort_by_key(|finding| finding.line);
        found
    }

    /// Cuts a block behind its first error: what follows was never looked at.
    fn cut_behind(
        &self,
        block: &Block,
        judged: &mut Judged,
        findings: &mut Vec<Finding>,
        line: u64,
    ) {
        findings.retain(|finding| finding.line <= line);
        let lines = usize::try_from(line - self.input.lines).unwrap_or(usize::MAX);
        let mut end = 0;
        judged.records = 0;
        for line in block.lines().take(lines) {
            end = line.end;
            judged.records += u64::from(!line.bytes.trim_ascii().is_empty());
        }
        judged.lines = lines as u64;
        judged.pieces.retain(|piece| piece.span.start < end);
        if let Some(last) = judged.pieces.last_mut() {
            last.span.end = last.span.end.min(end);
            let bytes = &block.data[last.span.clone()];
            let open = bytes.last().is_some_and(|last| *last != b'\n');
            last.lines = memchr::memchr_iter(b'\n', bytes).count() as u64 + u64::from(open);
        }
    }

    fn count_piece(&mut self, piece: &Piece) {
        match piece.fate {
            Fate::Kept => {}
            Fate::Mended(_) => self.counts.mended += 1,
            Fate::Rejected | Fate::Dropped => return,
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
            return self.diff.piece(&mut self.outputs.records, name, bytes, &piece.fate);
        }
        match &piece.fate {
            Fate::Kept => write_lines(&mut self.outputs.records, bytes),
            Fate::Mended(text) => write_lines(&mut self.outputs.records, text),
            Fate::Rejected => write_lines(&mut self.outputs.rejects, bytes),
            Fate::Dropped => Ok(()),
        }
    }
}

/// Writes lines, and the newline that the last one may lack.
fn write_lines(output: &mut Output, lines: &[u8]) -> Result<()> {
    output.write(lines)?;
    if lines.last().is_some_and(|last| *last != b'\n') {
        output.write(b"\n")?;
    }
    Ok(())
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
        let judged_images = judged.across.images;
        let mut findings = self.findings(block, &mut judged);
        let error = findings.iter().find(|finding| finding.severity == Severity::Error);
        let stop = error.map(|error| error.line).filter(|_| self.config.fail_fast);
        if let Some(line) = stop {
            self.cut_behind(block, &mut judged, &mut findings, line);
        }
        for finding in &findings {
            let start = finding.offset.checked_sub(block.offset);
            let span = start.map(|start| line_span(&block.data, start as usize));
            let line = span.map(|span| block.data[span].trim_ascii_end());
            self.tell(block.input, finding, line);
            self.input.pretty_printed |= is_lone_bracket(finding, line);
        }
        judged.uncounted.iter().for_each(|tally| self.counts.tally(tally));
        for piece in &judged.pieces {
            self.count_piece(piece);
            self.write_piece(block, piece)?;
        }
        for (rule, level) in &judged.fixes {
            self.counts.fixes(*rule, *level, 1);
        }
        self.counts.records += judged.records;
        self.images += judged_images;
        self.counts.blank += judged.blanks.iter().map(|run| run.count).sum::<u64>();
        self.counts.bytes += block.data.len() as u64;
        self.input.lines += judged.lines;
        self.write_findings()?;
        self.progress.tick(self.counts.bytes, self.counts.records);
        if signals::status_requested() {
            self.progress.clear();
            let line = self.progress.line(self.counts.bytes, self.counts.records);
            let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
        }
        Ok(match (stop, judged.stop) {
            (Some(_), _) => Flow::Stop,
            (None, Some(Stop::Utf16 | Stop::Array)) => Flow::SkipInput,
            (None, None) => Flow::Continue,
        })
    }

    fn idle(&mut self) -> Result<()> {
        self.outputs.records.flush()?;
        self.outputs.rejects.flush()?;
        self.outputs.findings.as_mut().map_or(Ok(()), Output::flush)
    }
}

/// Line 1 holds only an opening bracket: the finding about it stands for those about the lines below.
fn is_lone_bracket(finding: &Finding, line: Option<&[u8]>) -> bool {
    finding.line == 1 && finding.rule == Rule::B004 && line.is_some_and(|l| l.trim_ascii() == b"{")
}
