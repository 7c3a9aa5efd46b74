//! Writing what comes of every line: the record, or why it is not there.

use std::io::Write as _;
use std::ops::Range;

use serde_json::{Value, json};

use crate::cli::json::to_json_line;
use crate::cli::progress::Progress;
use crate::cli::terminal::sanitize;
use crate::error::Result;
use crate::record::insertion::Insertion;
use crate::stream::{Block, Inputs};

use super::block::What;
use super::config::{Config, Mode};
use super::counts::Counts;
use super::decide::{Decider, Reason, Removal};
use super::outputs::Outputs;
use super::places::Places;

/// A line without the byte order mark before the first record: behind something else it would be no mark.
pub(super) fn without_mark(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line)
}

/// Writes records and what is told about them.
pub(super) struct Writer<'c> {
    config: &'c Config,
    /// Where lines stand; other data and evaluation sets before the inputs.
    pub places: Places,
    pub counts: Counts,
    outputs: Outputs,
    progress: Progress,
    /// The place of the first line of the inputs.
    base: u32,
    /// Bytes of the inputs before the current one.
    bytes_before: u64,
    /// Bytes of the block that are to be written and lie side by side.
    pending: Range<usize>,
    messages: Vec<u8>,
    /// All bytes were read and counted; what comes was read before.
    again: bool,
}

impl<'c> Writer<'c> {
    /// For inputs whose first line comes next in `places`.
    pub(super) fn new(
        config: &'c Config,
        inputs: &Inputs,
        outputs: Outputs,
        places: Places,
    ) -> Writer<'c> {
        Writer {
            config,
            base: places.count(),
            places,
            counts: Counts::new(config.quiet),
            outputs,
            progress: Progress::new(config.progress, inputs.total_bytes()),
            bytes_before: 0,
            pending: 0..0,
            messages: Vec::new(),
            again: false,
        }
    }

    /// Is there a record that stays among the inputs?
    fn is_own(&self, witness: Option<u32>) -> bool {
        witness.is_some_and(|witness| witness >= self.base)
    }

    /// The number of a line in the stream of all inputs, from 1.
    fn number(&self, place: u32) -> u64 {
        u64::from(place - self.base) + 1
    }

    /// Says something that is no trouble.
    pub(super) fn say(&mut self, what: &str) {
        if !self.config.quiet {
            self.messages.extend_from_slice(format!("{}\n", sanitize(what)).as_bytes());
        }
    }

    /// What comes is read for the second time, and these records will go.
    pub(super) fn start_again(&mut self, removals: &[Removal]) {
        self.again = true;
        for removal in removals {
            self.counts.expect(*removal, self.is_own(removal.witness));
        }
    }

    /// Rows that stand for a record.
    pub(super) fn rows(&mut self, rows: &[u8]) -> Result<()> {
        self.counts.records += 1;
        self.counts.written += 1;
        self.outputs.records.write_lines(rows)
    }

    /// A line that holds no record.
    pub(super) fn no_record(
        &mut self,
        block: &Block,
        span: Range<usize>,
        place: u32,
        what: &What,
    ) -> Result<()> {
        match what {
            What::Record(_) => Ok(()),
            What::Blank => {
                self.counts.blank += 1;
                Ok(())
            }
            What::TooLong => {
                self.unusable(place, None);
                Ok(())
            }
            What::Unusable(at, why) => {
                self.unusable(place, Some((*at, why)));
                self.outputs.rejects.write_lines(&block.data[span])
            }
        }
    }

    /// A line that cannot be used; none: it is too long.
    fn unusable(&mut self, place: u32, why: Option<(usize, &str)>) {
        let (name, line) = self.places.line(place);
        let message = match why {
            Some((at, why)) => self.counts.unusable.tell(name, line, at, why),
            None => self.counts.unusable.tell_long(name, line, self.config.reading.max_line_bytes),
        };
        message.into_iter().for_each(|message| self.messages.extend_from_slice(message.as_bytes()));
    }

    /// A record that stays.
    pub(super) fn stays(
        &mut self,
        block: &Block,
        span: Range<usize>,
        place: u32,
        note: Option<&Insertion>,
    ) -> Result<()> {
        self.counts.records += 1;
        match self.config.mode {
            Mode::Check => Ok(()),
            Mode::Annotate(_) => self.annotated(block, span, place, note),
            Mode::Count => {
                self.counts.written += 1;
                let count = format!("{:7} ", self.counts.members(place));
                let line = without_mark(&block.data[span]);
                self.outputs.records.write_lines(&[count.as_bytes(), line].concat())
            }
            Mode::Filter => {
                self.counts.written += 1;
                if self.pending.end == span.start {
                    self.pending.end = span.end;
                    return Ok(());
                }
                self.write_pending(block)?;
                self.pending = span;
                Ok(())
            }
        }
    }

    /// A record that goes.
    pub(super) fn goes(
        &mut self,
        block: &Block,
        span: Range<usize>,
        place: u32,
        removal: Removal,
        note: Option<&Insertion>,
    ) -> Result<()> {
        self.counts.records += 1;
        let first = self.counts.removal(removal, self.is_own(removal.witness));
        if self.config.removed.is_some() {
            let row = self.removal(place, removal);
            self.outputs.removed.write(&to_json_line(&row))?;
        }
        let own = removal.witness.filter(|_| self.is_own(removal.witness));
        if let Some(witness) = own.filter(|_| self.config.clusters.is_some()) {
            for member in [witness, place].into_iter().skip(usize::from(!first)) {
                let row = self.member(member, witness);
                self.outputs.clusters.write(&to_json_line(&row))?;
            }
        }
        match self.config.mode {
            Mode::Annotate(_) => self.annotated(block, span, own.unwrap_or(place), note),
            _ => Ok(()),
        }
    }

    fn annotated(
        &mut self,
        block: &Block,
        span: Range<usize>,
        stays: u32,
        note: Option<&Insertion>,
    ) -> Result<()> {
        self.counts.written += 1;
        let line = &block.data[span];
        let mark = line.len() - without_mark(line).len();
        match note {
            Some(note) => self.outputs.records.write_lines(&note.write(
                line,
                mark,
                &self.number(stays).to_string(),
            )),
            None => self.outputs.records.write_lines(line),
        }
    }

    fn member(&self, place: u32, witness: u32) -> Value {
        let (file, line) = self.places.line(place);
        json!({"schema": 1, "cluster": self.number(witness), "file": file, "line": line, "stays": place == witness})
    }

    fn removal(&self, place: u32, removal: Removal) -> Value {
        let (file, line) = self.places.line(place);
        let mut row =
            json!({"schema": 1, "file": file, "line": line, "reason": removal.reason.name()});
        let mut put = |key: &str, value: Value| row[key] = value;
        if let Some(witness) = removal.witness {
            let (file, line) = self.places.line(witness);
            put("witness_file", file.into());
            put("witness_line", line.into());
            let share = removal.share.map_or(1.0, |(shared, of)| shared as f64 / of.max(1) as f64);
            put("similarity", share.into());
            put(
                "cluster",
                if witness >= self.base { self.number(witness).into() } else { Value::Null },
            );
        }
        if let Reason::Contaminated(hit) = removal.reason {
            let (file, line) = self.places.line(hit.place);
            put("pointer", format!("/messages/{}/content", hit.message).into());
            put("words", json!([hit.span.0, hit.span.1]));
            put("item_file", file.into());
            put("item_line", line.into());
            put("score", hit.score().into());
        }
        row
    }

    /// A block is done with.
    pub(super) fn end_of_block(&mut self, block: &Block) -> Result<()> {
        self.write_pending(block)?;
        self.pending = 0..0;
        if !self.again {
            self.counts.bytes = self.bytes_before + block.offset + block.data.len() as u64;
            if block.last {
                self.bytes_before = self.counts.bytes;
            }
        }
        self.progress.tick(self.counts.bytes, self.counts.records);
        self.write_messages();
        Ok(())
    }

    fn write_pending(&mut self, block: &Block) -> Result<()> {
        let pending = std::mem::replace(&mut self.pending, 0..0);
        if pending.is_empty() {
            Ok(())
        } else {
            self.outputs.records.write_lines(&block.data[pending])
        }
    }

    fn write_messages(&mut self) {
        if !self.messages.is_empty() {
            self.progress.clear();
            // A reader of messages that went away is no reason to lose records.
            let _ = std::io::stderr().write_all(&self.messages);
            self.messages.clear();
        }
    }

    /// Hands everything to the kernel.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.write_messages();
        self.outputs.flush()
    }

    /// Writes the summary and completes all outputs. True: lines could not be used, or duplicates were only
    /// looked for and found.
    pub(super) fn finish(mut self, decider: &Decider) -> Result<bool> {
        self.progress.clear();
        self.write_messages();
        let report = self.counts.report(&self.places, decider);
        self.outputs.report.write(&to_json_line(&report))?;
        self.outputs.finish()?;
        if !self.config.quiet {
            let summary = self.counts.summary(&self.places, decider, self.config);
            let _ = std::io::stderr().write_all(summary.as_bytes());
        }
        let found = self.config.mode == Mode::Check && self.counts.all_removed() > 0;
        Ok(found || self.counts.unusable.count > 0)
    }

    /// What was said so far is said even when trouble ends the run. Files stay as they were.
    pub(super) fn give_up(mut self) {
        self.progress.clear();
        self.write_messages();
        let _ = self.outputs.flush();
    }
}
