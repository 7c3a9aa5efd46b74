//! Hands documents to the maker of their form line by line, and writes what that finds.

use serde_json::{Value, json};

use crate::cli::report::{self, report_header};
use crate::cli::unusable::SHOWN;
use crate::error::{Error, Result};
use crate::generate::draft::{Draft, Said};
use crate::generate::setup::{Outputs, Teller};
use crate::stream::{Block, Flow, Inputs, Sink};

use super::config::Config;
use super::faq::Faq;
use super::guess;
use super::markdown::Markdown;
use super::objects::Objects;
use super::options::Format;
use super::part::{Maker, Part, Talk};
use super::strangers::Strangers;
use super::table::Table;
use super::transcript::Transcript;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Takes blocks in order.
pub(super) struct Reader<'c> {
    config: &'c Config,
    names: Vec<String>,
    outputs: Outputs,
    teller: Teller,
    /// For the input that is being read.
    maker: Option<Box<dyn Maker>>,
    /// The beginning of an input whose form is not told yet.
    start: Vec<u8>,
    line: u64,
    /// Records of this input.
    of_source: u64,
    all_lines: u64,
    bytes: u64,
    bytes_before: u64,
    written: u64,
    turns: u64,
    /// Records beyond what a source may give, and messages behind last answers.
    over: u64,
    cut: u64,
    strangers: Strangers,
    /// Headings without text.
    without_text: u64,
    /// The forms of the documents.
    formats: Vec<Format>,
    /// The rest of the input is not looked at.
    skips: bool,
}

impl<'c> Reader<'c> {
    pub(super) fn new(config: &'c Config, inputs: &Inputs, outputs: Outputs) -> Reader<'c> {
        Reader {
            config,
            names: inputs.names().to_vec(),
            outputs,
            teller: Teller::new(&config.setup, inputs),
            maker: None,
            line: 0,
            of_source: 0,
            start: Vec::new(),
            all_lines: 0,
            bytes: 0,
            bytes_before: 0,
            written: 0,
            turns: 0,
            over: 0,
            cut: 0,
            strangers: Strangers::default(),
            without_text: 0,
            formats: Vec::new(),
            skips: false,
        }
    }

    /// The form of the input that is read, if it can be told without a look at it.
    fn known(&self, input: usize) -> Option<Format> {
        self.config.format.or_else(|| guess::by_name_alone(&self.names[input]))
    }

    fn maker(&mut self, format: Format) -> Box<dyn Maker> {
        let config = self.config;
        self.formats.push(format);
        let columns = config.columns.clone();
        match format {
            Format::Md => {
                Box::new(Markdown::new(config.templates.clone(), config.seed, config.chain))
            }
            Format::Faq => Box::new(Faq::new(config.chain)),
            Format::Csv => Box::new(Table::new(columns, config.delimiter)),
            Format::Jsonl => Box::new(Objects::new(columns)),
            Format::Transcript => Box::new(Transcript::new(config.names.clone())),
        }
    }

    /// Takes the next block of an input whose form is not told yet: it waits for others until enough is there, since a
    /// writer that pauses must not change what is guessed.
    fn look(&mut self, block: &Block) -> Result<()> {
        self.start.extend_from_slice(&block.data);
        if !(block.last || block.cut || guess::is_enough(&self.start)) {
            return Ok(());
        }
        let data = std::mem::take(&mut self.start);
        let text = data.strip_prefix(BOM).unwrap_or(&data);
        if block.last && text.trim_ascii().is_empty() {
            return Ok(());
        }
        let (name, names) = (&self.names[block.input], &self.config.names);
        let has_templates = self.config.columns.is_some();
        let Some(format) = guess::by_start(name, text, names, has_templates) else {
            let way = "say it with --format md, faq, csv, jsonl or transcript";
            return self.refuse(block.input, None, &format!("its form cannot be told; {way}"));
        };
        self.maker = Some(self.maker(format));
        self.lines(&Block { data, first: true, ..block.clone() })
    }

    /// Hands lines to the maker.
    fn lines(&mut self, block: &Block) -> Result<()> {
        let Some(mut maker) = self.maker.take() else { return Ok(()) };
        let mut parts = Vec::new();
        for line in block.lines() {
            self.line += 1;
            self.all_lines += 1;
            let mark = if self.line == 1 && line.bytes.starts_with(BOM) { BOM.len() } else { 0 };
            if !line.cut {
                maker.line(self.line, &line.bytes[mark..], &mut parts);
            } else if !maker.lost(self.line, &mut parts) {
                self.teller.reject_long(block.input, self.line);
            }
            if let Some((line, why)) = maker.trouble() {
                return self.refuse(block.input, Some(line), &why);
            }
            self.take(block.input, &mut parts)?;
        }
        if block.last {
            maker.end(&mut parts);
            self.take(block.input, &mut parts)?;
        }
        self.maker = Some(maker);
        Ok(())
    }

    /// A document cannot be read at all. That is the end of a run on it alone; of several it is left out.
    fn refuse(&mut self, input: usize, line: Option<u64>, why: &str) -> Result<()> {
        if self.names.len() == 1 {
            let place = line.map_or(String::new(), |line| format!("line {line}: "));
            return Err(Error::Unfit(format!("{}: {place}{why}", self.names[input])));
        }
        self.teller.reject(input, line.unwrap_or(1), 0, why);
        self.skips = true;
        Ok(())
    }

    /// Writes what was found.
    fn take(&mut self, input: usize, parts: &mut Vec<Part>) -> Result<()> {
        for part in parts.drain(..) {
            match part {
                Part::Unusable { line, why, raw } => {
                    self.teller.reject(input, line, 0, &why);
                    self.outputs.rejects.write_lines(&raw)?;
                }
                Part::WithoutText => self.without_text += 1,
                Part::Talk(_) if self.config.most.is_some_and(|most| self.of_source >= most) => {
                    self.over += 1;
                }
                Part::Talk(talk) => self.write(input, talk)?,
            }
        }
        Ok(())
    }

    fn write(&mut self, input: usize, talk: Talk) -> Result<()> {
        let name = &self.names[input];
        let source = match talk.headings.first() {
            Some(heading) => format!("{name}#{heading}"),
            None => name.clone(),
        };
        let mut metadata = json!({"source": source, "line": talk.line});
        if talk.headings.len() > 1 {
            metadata["sections"] = talk.headings.into();
        }
        let mut messages = talk.said;
        // A document's own is not replaced.
        let has_system = matches!(messages.first(), Some(Said::System(_)));
        if let Some(system) = self.config.system.as_ref().filter(|_| !has_system) {
            messages.insert(0, Said::System(system.clone()));
        }
        self.turns += messages.iter().filter(|said| matches!(said, Said::User(_))).count() as u64;
        self.cut += talk.cut;
        self.strangers.add(talk.strangers);
        self.written += 1;
        self.of_source += 1;
        let mut line = Vec::new();
        Draft { messages, tools: None, metadata: Some(metadata) }.write(&mut line);
        self.outputs.main.write(&line)
    }

    /// All was read: completes the outputs and says what was done. True: parts could not be used.
    pub(super) fn finish(mut self) -> Result<bool> {
        let (report, summary) = (self.report(), self.summary());
        self.outputs.finish(&mut self.teller, &report, &summary)
    }

    /// The run ends in trouble: what was written stays, and what is to be said is said.
    pub(super) fn give_up(&mut self) {
        self.outputs.give_up(&mut self.teller);
    }

    fn report(&self) -> Value {
        let mut row = report_header("chatml-gen");
        let mut put = |key: &str, value: Value| _ = row.insert(key.to_owned(), value);
        let rejected = self.teller.unusable.count;
        put("command", "from".into());
        put("records_read", (self.written + self.over + rejected).into());
        put("records_written", self.written.into());
        put("records_rejected", rejected.into());
        put("lines_read", self.all_lines.into());
        put("bytes_read", self.bytes.into());
        put("seconds", self.teller.started.elapsed().as_secs_f64().into());
        put("questions", self.turns.into());
        put("over_quota", self.over.into());
        put("messages_cut", self.cut.into());
        put("headings_without_text", self.without_text.into());
        put("strangers", self.strangers.report());
        Value::Object(row)
    }

    fn summary(&self) -> String {
        let (documents, records) = (self.names.len() as u64, self.written);
        let mut out = format!(
            "{}: {} with {}\n",
            report::plural(documents, "document"),
            report::plural(records, "record"),
            report::plural(self.turns, "question")
        );
        if self.over > 0 {
            out += &format!(
                "{} beyond --max-per-source left out\n",
                report::plural(self.over, "record")
            );
        }
        if self.cut > 0 {
            let messages = report::plural(self.cut, "message");
            out += &format!("{messages} behind a last answer left out\n");
        }
        if self.without_text > 0 {
            let headings = report::plural(self.without_text, "heading");
            out += &format!("{headings} without text, or over a table of contents\n");
        }
        out += &self.strangers.summary();
        for (name, formats) in &self.config.special {
            if !self.formats.iter().any(|format| formats.contains(format)) {
                out += &format!("{name} had no use: no document has a form that it is for\n");
            }
        }
        let rejected = self.teller.unusable.count;
        if rejected > 0 {
            let parts = report::plural(rejected, "part");
            let more = match rejected.saturating_sub(SHOWN) {
                0 => String::new(),
                _ if self.config.setup.quiet => String::new(),
                more => format!(" ({} more than are named here)", report::count(more)),
            };
            out += &format!("{parts} could not be used{more}\n");
        }
        out
    }
}

impl Sink<()> for Reader<'_> {
    fn accept(&mut self, block: &Block, (): ()) -> Result<Flow> {
        if block.first {
            (self.line, self.of_source) = (0, 0);
            self.start.clear();
            self.skips = false;
            self.maker = self.known(block.input).map(|format| self.maker(format));
        }
        match self.maker {
            _ if self.skips => {}
            Some(_) => self.lines(block)?,
            None => self.look(block)?,
        }
        self.bytes = self.bytes_before + block.offset + block.data.len() as u64;
        if block.last {
            self.bytes_before = self.bytes;
        }
        self.teller.tick(self.bytes, self.written);
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        self.outputs.main.flush()?;
        self.outputs.rejects.flush()
    }
}
