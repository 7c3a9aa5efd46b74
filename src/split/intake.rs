//! What comes in: lines that cannot be used, counts, digests and progress of all inputs.

use std::io::Write as _;
use std::time::Instant;

use xxhash_rust::xxh3::Xxh3;

use crate::cli::progress::Progress;
use crate::cli::terminal::sanitize;
use crate::cli::unusable::Unusable;
use crate::error::Result;
use crate::stream::{Block, Inputs, Output, Scratch};

use super::block::{Line, Prepared, What};
use super::config::Config;

/// An input that was read.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub name: String,
    /// Decompressed.
    pub bytes: u64,
    /// XXH3 with 128 bits of its bytes, decompressed; none where the beginning of a line is all that was read of it.
    pub digest: Option<u128>,
}

/// What is known of the inputs.
pub(super) struct Intake<'c> {
    config: &'c Config,
    names: Vec<String>,
    pub rejects: Output,
    pub unusable: Unusable,
    /// Inputs, up to the current one.
    pub read: Vec<Read>,
    digest: Box<Xxh3>,
    whole: bool,
    /// Lines before the next one in the current input.
    lines: u64,
    /// Records that can be dealt.
    pub records: u64,
    /// Records that lack the key.
    pub lacking: u64,
    pub blank: u64,
    pub bytes: u64,
    bytes_before: u64,
    pub started: Instant,
    progress: Progress,
    messages: Vec<u8>,
    /// Lines that cannot be read again.
    pub spool: Option<Scratch>,
}

impl<'c> Intake<'c> {
    /// For inputs that are not read yet.
    pub(super) fn new(config: &'c Config, inputs: &Inputs, rejects: Output) -> Intake<'c> {
        Intake {
            config,
            names: inputs.names().to_vec(),
            rejects,
            unusable: Unusable::new(config.quiet),
            read: Vec::new(),
            digest: Box::default(),
            whole: true,
            lines: 0,
            records: 0,
            lacking: 0,
            blank: 0,
            bytes: 0,
            bytes_before: 0,
            started: Instant::now(),
            progress: Progress::new(config.progress, inputs.total_bytes()),
            messages: Vec::new(),
            spool: None,
        }
    }

    /// A block begins.
    pub(super) fn begin(&mut self, block: &Block) {
        if block.first {
            self.lines = 0;
            let name = self.names[block.input].clone();
            self.read.push(Read { name, bytes: 0, digest: None });
            self.digest.reset();
            self.whole = true;
        }
        if self.config.manifest.is_some() {
            self.digest.update(&block.data);
            self.whole &= !block.cut;
        }
    }

    /// The name of an input.
    pub(super) fn name(&self, input: usize) -> String {
        self.names[input].clone()
    }

    /// The input that is read, counted from 0, and the number of its current line.
    pub(super) fn place(&self) -> (usize, u64) {
        (self.read.len().saturating_sub(1), self.lines)
    }

    /// The next line; true if it holds a record.
    pub(super) fn line(&mut self, block: &Block, line: &Line) -> Result<bool> {
        self.lines += 1;
        let why = match &line.what {
            What::Record(item) => {
                self.records += 1;
                self.lacking += u64::from(item.lacking);
                return Ok(true);
            }
            What::Blank(count) => {
                self.blank += u64::from(*count);
                self.lines += u64::from(*count) - 1;
                return Ok(false);
            }
            What::TooLong => None,
            What::Unusable(None) => {
                self.unusable.count_silently();
                self.rejects.write_lines(&block.data[line.span.clone()])?;
                return Ok(false);
            }
            What::Unusable(Some(what)) => Some((what.0, &what.1)),
        };
        let (name, number) = (&self.names[block.input], self.lines);
        let message = match why {
            Some((at, why)) => self.unusable.tell(name, number, at, why),
            None => self.unusable.tell_long(name, number, self.config.reading.max_line_bytes),
        };
        message.into_iter().for_each(|message| self.messages.extend_from_slice(message.as_bytes()));
        if why.is_some() {
            self.rejects.write_lines(&block.data[line.span.clone()])?;
        }
        Ok(false)
    }

    /// A block is done with.
    pub(super) fn end(&mut self, block: &Block, prepared: &Prepared) -> Result<()> {
        if let (Some(spool), Some(first)) = (&mut self.spool, prepared.lines.first()) {
            spool.append(&block.data[first.span.start..])?;
            if block.data.last().is_some_and(|last| *last != b'\n') {
                spool.append(b"\n")?;
            }
        }
        let bytes = block.offset + block.data.len() as u64;
        self.bytes = self.bytes_before + bytes;
        if let Some(read) = self.read.last_mut() {
            read.bytes = bytes;
            read.digest = (block.last && self.whole).then(|| self.digest.digest128());
        }
        if block.last {
            self.bytes_before = self.bytes;
        }
        self.progress.tick(self.bytes, self.records);
        self.write_messages();
        Ok(())
    }

    /// Says something about the run, in one or more lines.
    pub(super) fn say(&mut self, what: &str) {
        if !self.config.quiet {
            for line in what.lines() {
                self.messages.extend_from_slice(format!("{}\n", sanitize(line)).as_bytes());
            }
        }
    }

    /// Writes what is to be said.
    pub(super) fn write_messages(&mut self) {
        if !self.messages.is_empty() {
            self.progress.clear();
            // A reader of messages that went away is no reason to lose records.
            let _ = std::io::stderr().write_all(&self.messages);
            self.messages.clear();
        }
    }

    /// Nothing more is shown of how far it is.
    pub(super) fn end_progress(&mut self) {
        self.progress.clear();
        self.write_messages();
    }
}
