//! What is done with measured blocks in input order: they are put together, and records are written on.

use std::io::Write as _;

use crate::cli::progress::Progress;
use crate::cli::unusable::Unusable;
use crate::error::{Error, Result};
use crate::stream::{Block, Flow, Inputs, Output, Sink};

use super::block::{Left, Part, Shared};
use super::config::{Config, Mode};
use super::partial::{self, Join};
use super::place::Shift;
use super::settings::Settings;
use super::state::State;

/// Puts the parts together.
pub(super) struct Collector<'c> {
    config: &'c Config,
    shared: &'c Shared,
    /// What was measured so far.
    pub state: State,
    /// States that stood in place of records.
    states: Join,
    /// How that was measured with which these records are compared.
    pub beside: Option<Settings>,
    /// Records go here, or nowhere.
    records: Output,
    rejects: Output,
    unusable: Unusable,
    progress: Progress,
    messages: String,
    /// Lines of the current input so far.
    lines: u64,
    /// Bytes of the inputs before the current one.
    bytes_before: u64,
}

impl<'c> Collector<'c> {
    pub(super) fn new(
        config: &'c Config,
        shared: &'c Shared,
        inputs: &Inputs,
        records: Output,
        rejects: Output,
    ) -> Collector<'c> {
        let mut state = State::new(&config.settings);
        state.files = inputs.names().to_vec();
        Collector {
            config,
            shared,
            state,
            states: Join::new(inputs.names(), config.reading.max_line_bytes),
            beside: None,
            records,
            rejects,
            unusable: Unusable::new(config.quiet),
            progress: Progress::new(config.progress, inputs.total_bytes()),
            messages: String::new(),
            lines: 0,
            bytes_before: 0,
        }
    }

    fn write_messages(&mut self) {
        if !self.messages.is_empty() {
            self.progress.clear();
            // A reader of messages that went away is no reason to lose records.
            let _ = std::io::stderr().write_all(self.messages.as_bytes());
            self.messages.clear();
        }
    }

    /// Completes the records, and gives what was measured, whether it was read as a state, and where rejects go on.
    pub(super) fn finish(mut self) -> Result<(State, bool, Output)> {
        self.progress.clear();
        if !self.config.quiet && self.unusable.count > 0 {
            self.messages.push_str(&format!("{}\n", self.unusable.summary()));
        }
        self.write_messages();
        self.records.finish()?;
        Ok(match self.states.finish()? {
            None => (self.state, false, self.rejects),
            Some(whole) => (whole, true, self.rejects),
        })
    }

    /// What was said so far is said even when trouble ends the run.
    pub(super) fn give_up(mut self) {
        self.progress.clear();
        self.write_messages();
        let _ = self.records.flush();
    }
}

/// Trouble if what was measured so cannot be compared.
pub(super) fn alike(one: &Settings, other: &Settings) -> Result<()> {
    match one.counts_differ(other) {
        Some(why) => Err(Error::Unfit(format!("the two were not measured in the same way: {why}"))),
        None => Ok(()),
    }
}

/// What is said of a state in the midst of an input of records.
const STATE_BEHIND: &str = "a state behind lines that are none; a FILE of --compare holds either";

impl Sink<Part> for Collector<'_> {
    fn accept(&mut self, block: &Block, part: Part) -> Result<Flow> {
        if block.first {
            self.lines = 0;
        }
        if part.is_states {
            let has_others = self.state.records + self.state.unusable > 0;
            let state = block.lines().position(|line| !partial::is_blank(line.bytes));
            if let Some(at) = state.filter(|_| has_others) {
                return Err(self.states.wrong(block, self.lines + at as u64, STATE_BEHIND));
            }
            self.states.read(block, self.lines)?;
            self.lines += block.lines().count() as u64;
            return Ok(Flow::Continue);
        }
        self.states.refuse_others(block, self.lines)?;
        if self.config.mode == Mode::Compare && part.state.records + part.state.unusable > 0 {
            // Now it is known that the input is no state, whose settings are its own.
            self.config.check_gates(&self.config.settings)?;
            if let Some(beside) = &self.beside {
                alike(beside, &self.config.settings)?;
            }
        }
        // What is said does not depend on where a block ends.
        let before = |left: &Left| part.state_behind.is_none_or(|at| left.line < at);
        for left in part.left.into_iter().filter(before) {
            let (name, line) = (&self.state.files[block.input], self.lines + left.line + 1);
            let message = match &left.why {
                Some((at, why)) => self.unusable.tell(name, line, *at, why),
                None => self.unusable.tell_long(name, line, self.config.reading.max_line_bytes),
            };
            message.into_iter().for_each(|message| self.messages.push_str(&message));
            if left.why.is_some() {
                self.rejects.write_lines(&block.data[left.span])?;
            }
        }
        if let Some(at) = part.state_behind {
            return Err(self.states.wrong(block, self.lines + at, STATE_BEHIND));
        }
        for records in part.records {
            self.records.write_lines(&block.data[records])?;
        }
        let lines = part.state.lines;
        let file = [block.input as u32];
        self.state.merge(part.state, Shift { files: &file, lines: self.lines + 1 });
        // A block lacks what was left out of a line that is too long.
        self.state.bytes = self.bytes_before + block.offset + block.data.len() as u64;
        if block.last {
            self.bytes_before = self.state.bytes;
        }
        self.lines += lines;
        if let Ok(mut levels) = self.shared.levels.lock() {
            *levels = self.state.levels();
        }
        self.progress.tick(self.state.bytes, self.state.records);
        self.write_messages();
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        self.write_messages();
        self.records.flush()
    }
}
