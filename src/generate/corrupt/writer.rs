//! Writes the lines in their order, the damaged ones among them, and the truth about these.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::cli::json::to_json_line;
use crate::cli::report::{self, report_header};
use crate::error::Result;
use crate::generate::setup::{Ending, Teller};
use crate::stream::{Block, Flow, Inputs, Output, Sink};

use super::block::{Marked, Prepared, What};
use super::bytes::grown;
use super::config::Config;
use super::kinds::{Finder, KINDS, Kind};
use super::originals::Originals;

/// Bytes of duplicates that wait for their place: what would go beyond stands right behind its original. Enough for
/// ten thousand usual records.
const WAITING: usize = 16 << 20;

/// What a run writes.
pub(super) struct Outputs {
    pub main: Output,
    pub truth: Output,
    pub rejects: Output,
    pub report: Output,
}

/// A duplicate that waits for its place.
struct Waiting {
    kind: Kind,
    line: Vec<u8>,
    /// The line of the original, in the output and in the input.
    of: u64,
    input_line: u64,
}

/// One row of the truth.
#[derive(Serialize)]
struct Truth {
    schema: u64,
    /// Line of the output.
    line: u64,
    /// Line of the input, all inputs as one.
    input_line: u64,
    kind: &'static str,
    /// The command that finds it.
    tool: String,
    /// Its rule, if that has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// The line at which that tells it, where it tells the fault of many lines only once.
    #[serde(skip_serializing_if = "Option::is_none")]
    told_at: Option<u64>,
    /// The line of the output that it is a duplicate of.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<u64>,
}

/// Takes blocks in order.
pub(super) struct Writer<'c> {
    config: &'c Config,
    outputs: Outputs,
    pub teller: Teller,
    /// Lines written.
    line: u64,
    /// Lines read of all inputs, and of this one.
    input_line: u64,
    own_line: u64,
    blank: u64,
    bytes: u64,
    bytes_before: u64,
    /// By the line behind which they stand, and in what order.
    waiting: BTreeMap<(u64, u64), Waiting>,
    waiting_bytes: usize,
    /// The first line with a fault that is told once.
    told_once: Option<u64>,
    /// By kind.
    counts: Vec<u64>,
    unfit: u64,
    spared: u64,
    /// Only where near duplicates are made.
    originals: Option<Originals>,
    /// Records that are near ones themselves and do not come again.
    near_already: u64,
}

impl<'c> Writer<'c> {
    pub(super) fn new(config: &'c Config, inputs: &Inputs, outputs: Outputs) -> Writer<'c> {
        Writer {
            config,
            outputs,
            teller: Teller::new(&config.setup, inputs),
            line: 0,
            input_line: 0,
            own_line: 0,
            blank: 0,
            bytes: 0,
            bytes_before: 0,
            waiting: BTreeMap::new(),
            waiting_bytes: 0,
            told_once: None,
            counts: vec![0; KINDS.len()],
            unfit: 0,
            spared: 0,
            originals: config.makes_near().then(Originals::new),
            near_already: 0,
        }
    }

    /// Writes so many lines as they are, and before each the duplicates whose place is there. One whose place is
    /// behind the last of them waits on, so that this is then the line that was written last.
    fn plain(&mut self, mut bytes: &[u8], mut lines: u64) -> Result<()> {
        while let Some((&(due, _), _)) = self.waiting.first_key_value()
            && (due <= self.line || due < self.line + lines)
        {
            let before = due.saturating_sub(self.line);
            let end = end_of_lines(bytes, before);
            self.outputs.main.write_lines(&bytes[..end])?;
            self.line += before;
            (bytes, lines) = (&bytes[end..], lines - before);
            self.write_waiting()?;
        }
        self.line += lines;
        match lines {
            // Nothing, or a byte order mark.
            0 => self.outputs.main.write(bytes),
            _ => self.outputs.main.write_lines(bytes),
        }
    }

    /// Writes the next duplicate that waits.
    fn write_waiting(&mut self) -> Result<()> {
        let Some((_, waiting)) = self.waiting.pop_first() else { return Ok(()) };
        self.waiting_bytes -= waiting.line.len();
        let of = Some(waiting.of);
        self.damaged(waiting.kind, &waiting.line, waiting.input_line, of)
    }

    /// Writes a damaged line and the truth about it.
    fn damaged(&mut self, kind: Kind, line: &[u8], input_line: u64, of: Option<u64>) -> Result<()> {
        self.line += 1;
        if let Some(count) = self.counts.get_mut(kind.place()) {
            *count += 1;
        }
        let row = kind.row();
        let told_at = match row.finder {
            Finder::Once(_) => Some(*self.told_once.get_or_insert(self.line)),
            _ => None,
        };
        let truth = Truth {
            schema: report::SCHEMA,
            line: self.line,
            input_line,
            kind: row.name,
            tool: row.finder.command(),
            code: row.finder.rule().map(|rule| rule.code()),
            told_at: told_at.filter(|at| *at != self.line),
            of,
        };
        self.outputs.truth.write(&to_json_line(&truth))?;
        match row.finder {
            Finder::With(..) => self.outputs.main.write(&grown(line, self.config.huge)),
            _ => self.outputs.main.write(line),
        }
    }

    /// A line that something is to be done with. `stays`: none before it is like it.
    fn marked(
        &mut self,
        block: &Block,
        marked: Marked,
        input_line: u64,
        stays: bool,
    ) -> Result<()> {
        let own = self.own_line + marked.number + 1;
        let bytes = &block.data[marked.span.clone()];
        match marked.what {
            // The first line is the model of all others: damage to it would show in them.
            What::Change(..) if self.line == 0 => {
                self.spared += 1;
                self.plain(bytes, 1)
            }
            What::Change(kind, line) => {
                // A duplicate that is due here stands before it.
                self.plain(b"", 0)?;
                self.damaged(kind, &line, input_line, None)
            }
            What::Repeat(kind, ..) if kind.row().finder == Finder::Near && !stays => {
                self.near_already += 1;
                self.plain(bytes, 1)
            }
            What::Repeat(kind, line, behind) => {
                self.plain(bytes, 1)?;
                self.wait(Waiting { kind, line, of: self.line, input_line }, behind)
            }
            What::Unfit => {
                self.unfit += 1;
                self.plain(bytes, 1)
            }
            What::NoRecord(at, why) => {
                self.teller.note(block.input, own, at, &format!("{why}; not damaged"));
                self.outputs.rejects.write_lines(bytes)?;
                self.plain(bytes, 1)
            }
            What::TooLong => {
                self.teller.reject_long(block.input, own);
                Ok(())
            }
        }
    }

    /// Puts a duplicate in its place behind the line that was written last.
    fn wait(&mut self, waiting: Waiting, behind: u64) -> Result<()> {
        if behind == 0 || self.waiting_bytes + waiting.line.len() > WAITING {
            let of = Some(waiting.of);
            return self.damaged(waiting.kind, &waiting.line, waiting.input_line, of);
        }
        self.waiting_bytes += waiting.line.len();
        self.waiting.insert((self.line + behind, self.line), waiting);
        Ok(())
    }

    fn records(&self) -> u64 {
        self.input_line - self.blank
    }

    fn report(&self) -> Value {
        let mut row = report_header("chatml-gen");
        let mut put = |key: &str, value: Value| _ = row.insert(key.to_owned(), value);
        let kinds: Map<String, Value> = KINDS
            .iter()
            .zip(&self.counts)
            .filter(|(_, count)| **count > 0)
            .map(|(row, count)| (row.name.to_owned(), (*count).into()))
            .collect();
        put("command", "corrupt".into());
        put("records_read", self.records().into());
        put("records_written", (self.line - self.blank).into());
        put("records_rejected", self.teller.unusable.count.into());
        put("blank_lines", self.blank.into());
        put("bytes_read", self.bytes.into());
        put("seconds", self.teller.started.elapsed().as_secs_f64().into());
        put("seed", self.config.seed.into());
        put("damaged", self.counts.iter().sum::<u64>().into());
        put("kinds", kinds.into());
        put("unfit", self.unfit.into());
        put("spared", self.spared.into());
        put("near_already", self.near_already.into());
        put("no_record", self.teller.noted.into());
        Value::Object(row)
    }

    fn summary(&self) -> String {
        let damaged = self.counts.iter().sum::<u64>();
        let mut out = format!(
            "{}: {} damaged\n",
            report::plural(self.records(), "record"),
            report::count(damaged)
        );
        for (row, count) in KINDS.iter().zip(&self.counts).filter(|(_, count)| **count > 0) {
            out += &format!("  {:<18} {:>12}\n", row.name, report::count(*count));
        }
        if self.spared > 0 {
            out += "the first line was to be damaged too; it stays, as the model of the others\n";
        }
        if self.unfit > 0 {
            let records = report::plural(self.unfit, "more record");
            out += &format!("{records} stayed whole, since none of the kinds fits\n");
        }
        if self.near_already > 0 {
            let records = report::plural(self.near_already, "more record");
            out += &format!("{records} did not come again, being near earlier ones already\n");
        }
        if self.teller.noted > 0 {
            let lines = report::plural(self.teller.noted, "line");
            out += &format!("{lines} to be damaged hold no conversation and stayed as they were\n");
        }
        let long = self.teller.unusable.count;
        if long > 0 {
            out += &format!("{} too long and left out\n", report::plural(long, "line"));
        }
        out
    }
}

/// Where so many lines end.
fn end_of_lines(bytes: &[u8], lines: u64) -> usize {
    match lines.checked_sub(1) {
        None => 0,
        Some(last) => {
            let last = usize::try_from(last).unwrap_or(usize::MAX);
            memchr::memchr_iter(b'\n', bytes).nth(last).map_or(bytes.len(), |at| at + 1)
        }
    }
}

impl Ending for Writer<'_> {
    fn finish(mut self) -> Result<bool> {
        while !self.waiting.is_empty() {
            self.write_waiting()?;
        }
        self.teller.end_progress();
        let report = self.report();
        self.outputs.report.write(&to_json_line(&report))?;
        let summary = self.summary();
        self.teller.say(&summary);
        self.outputs.main.finish()?;
        self.outputs.truth.finish()?;
        self.outputs.rejects.finish()?;
        self.outputs.report.finish()?;
        self.teller.write();
        Ok(self.teller.unusable.count + self.teller.noted > 0)
    }

    fn give_up(&mut self) {
        for output in [&mut self.outputs.main, &mut self.outputs.truth, &mut self.outputs.rejects] {
            let _ = output.flush();
        }
        self.teller.end_progress();
    }
}

impl Sink<Prepared> for Writer<'_> {
    fn accept(&mut self, block: &Block, prepared: Prepared) -> Result<Flow> {
        if block.first {
            self.own_line = 0;
        }
        let stay = match (&mut self.originals, &prepared.sets) {
            (Some(originals), Some(sets)) => {
                let first = prepared.first_change().filter(|_| self.line == 0);
                let line = |of: &Marked| (of.number, &block.data[of.span.clone()]);
                originals.of(sets, first.map(line))?
            }
            _ => Vec::new(),
        };
        let (mut from, mut next) = (prepared.start, 0);
        for marked in prepared.marked {
            let input_line = self.input_line + marked.number + 1;
            self.plain(&block.data[from..marked.span.start], marked.number - next)?;
            (from, next) = (marked.span.end, marked.number + 1);
            let stays = stay.get(marked.number as usize).copied().unwrap_or_default();
            self.marked(block, marked, input_line, stays)?;
        }
        self.plain(&block.data[from..], prepared.lines - next)?;
        self.own_line += prepared.lines;
        self.input_line += prepared.lines;
        self.blank += prepared.blank;
        self.bytes = self.bytes_before + block.offset + block.data.len() as u64;
        if block.last {
            self.bytes_before = self.bytes;
        }
        self.teller.tick(self.bytes, self.records());
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        self.outputs.main.flush()?;
        self.outputs.truth.flush()?;
        self.outputs.rejects.flush()
    }
}
