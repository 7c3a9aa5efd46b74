//! Writes what was made, in the order of the input, and counts it.

use serde_json::{Map, Value, json};

use crate::cli::report::{self, report_header};
use crate::error::Result;
use crate::generate::setup::{Ending, Outputs, Teller};
use crate::stream::{Block, Flow, Inputs, Sink};

use super::block::{Made, Prepared, What};
use super::config::Config;
use super::ops::OPS;

/// Takes blocks in order.
pub(super) struct Writer<'c> {
    config: &'c Config,
    outputs: Outputs,
    teller: Teller,
    own_line: u64,
    records: u64,
    blank: u64,
    bytes: u64,
    bytes_before: u64,
    /// Sums of what was made, without lines.
    sum: Made,
    /// Records without as many variants as were asked for, those of them that are not English, all that are not, and
    /// those with tools that get no slips.
    short: u64,
    short_foreign: u64,
    foreign: u64,
    with_tools: u64,
}

impl<'c> Writer<'c> {
    pub(super) fn new(config: &'c Config, inputs: &Inputs, outputs: Outputs) -> Writer<'c> {
        Writer {
            config,
            outputs,
            teller: Teller::new(&config.setup, inputs),
            own_line: 0,
            records: 0,
            blank: 0,
            bytes: 0,
            bytes_before: 0,
            sum: Made::default(),
            short: 0,
            short_foreign: 0,
            foreign: 0,
            with_tools: 0,
        }
    }

    fn made(&mut self, made: &Made) -> Result<()> {
        self.records += 1;
        let Made { counts, idle, spent, .. } = &mut self.sum;
        for (sums, more) in [(counts, made.counts), (idle, made.idle), (spent, made.spent)] {
            sums.iter_mut().zip(more).for_each(|(sum, count)| *sum += count);
        }
        self.sum.missing += made.missing;
        self.sum.equal += made.equal;
        self.short += u64::from(made.missing > 0);
        self.short_foreign += u64::from(made.missing > 0 && made.foreign);
        self.foreign += u64::from(made.foreign);
        self.with_tools += u64::from(made.with_tools);
        self.outputs.main.write(&made.lines)
    }

    fn variants(&self) -> u64 {
        self.sum.counts.iter().sum()
    }

    fn report(&self) -> Value {
        let mut row = report_header("chatml-gen");
        let mut put = |key: &str, value: Value| _ = row.insert(key.to_owned(), value);
        let seeds = if self.config.with_seeds { self.records } else { 0 };
        let by_op = |counts: [u64; OPS.len()]| -> Value {
            let ops = OPS.iter().zip(counts);
            let named = ops.map(|(op, count)| (op.name().to_owned(), count.into()));
            Value::Object(named.collect::<Map<String, Value>>())
        };
        put("command", "evolve".into());
        put("records_read", self.records.into());
        put("records_written", (seeds + self.variants()).into());
        put("records_rejected", self.teller.unusable.count.into());
        put("blank_lines", self.blank.into());
        put("bytes_read", self.bytes.into());
        put("seconds", self.teller.started.elapsed().as_secs_f64().into());
        put("seed", self.config.seed.into());
        put("variants", self.variants().into());
        put("ops", by_op(self.sum.counts));
        put("missing", self.sum.missing.into());
        let short = json!({
            "records": self.short,
            "nothing_to_change": by_op(self.sum.idle),
            "nothing_more": by_op(self.sum.spent),
            "other_language": self.short_foreign,
        });
        put("short", short);
        put("equal", self.sum.equal.into());
        put("other_language", self.foreign.into());
        put("without_typos", self.with_tools.into());
        Value::Object(row)
    }

    fn summary(&self) -> String {
        let mut out = format!(
            "{}: {} made\n",
            report::plural(self.records, "record"),
            report::plural(self.variants(), "variant")
        );
        for (op, count) in OPS.iter().zip(self.sum.counts).filter(|(_, count)| *count > 0) {
            out += &format!("  {:<12} {:>12}\n", op.name(), report::count(count));
        }
        if self.short > 0 {
            let (records, variants) =
                (report::plural(self.short, "record"), report::plural(self.sum.missing, "variant"));
            out += &format!("{records} got fewer than was asked for; {variants} not made:\n");
            for (at, op) in OPS.iter().enumerate() {
                let told = |what: &str, counts: &[u64; OPS.len()]| {
                    (counts[at] > 0).then(|| format!("{what} {}", report::count(counts[at])))
                };
                let idle = told("nothing to change in", &self.sum.idle);
                let why = idle.into_iter().chain(told("no other variant of", &self.sum.spent));
                let why = why.collect::<Vec<_>>().join(", ");
                if !why.is_empty() {
                    out += &format!("  {:<12} {why}\n", op.name());
                }
            }
        }
        if self.foreign > 0 {
            let records = report::plural(self.foreign, "record");
            out += &format!("{records} not taken for English; of these only typos are made\n");
        }
        if self.with_tools > 0 {
            let records = report::plural(self.with_tools, "record");
            out += &format!("{records} with tools got no typos: a word may stand in a call\n");
        }
        if self.teller.unusable.count > 0 {
            out += &format!("{}\n", self.teller.unusable.summary());
        }
        out
    }
}

impl Ending for Writer<'_> {
    fn finish(mut self) -> Result<bool> {
        let (report, summary) = (self.report(), self.summary());
        self.outputs.finish(&mut self.teller, &report, &summary)
    }

    fn give_up(&mut self) {
        self.outputs.give_up(&mut self.teller);
    }
}

impl Sink<Prepared> for Writer<'_> {
    fn accept(&mut self, block: &Block, prepared: Prepared) -> Result<Flow> {
        if block.first {
            self.own_line = 0;
        }
        for (span, what) in prepared.lines {
            self.own_line += 1;
            match what {
                What::Blank => self.blank += 1,
                What::TooLong => self.teller.reject_long(block.input, self.own_line),
                What::Unusable(at, why) => {
                    self.teller.reject(block.input, self.own_line, at, &why);
                    self.outputs.rejects.write_lines(&block.data[span])?;
                }
                What::Record(made) => self.made(&made)?,
            }
        }
        self.bytes = self.bytes_before + block.offset + block.data.len() as u64;
        if block.last {
            self.bytes_before = self.bytes;
        }
        self.teller.tick(self.bytes, self.records);
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        self.outputs.main.flush()?;
        self.outputs.rejects.flush()
    }
}
