//! Removing lines that were named beforehand, by an engine or an earlier run.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::cli::report::plural;
use crate::cli::terminal::{QUOTE_BYTES, quote};
use crate::error::{Error, Result};
use crate::stream::{Block, Flow, Inputs, Sink, run};

use super::block::{Prepared, What};
use super::decide::{Reason, Removal};
use super::writer::Writer;

/// Lines to be removed: of all inputs as one stream, or of a file.
#[derive(Debug, Default)]
pub(super) struct Removals {
    numbers: BTreeSet<u64>,
    of_files: BTreeSet<(String, u64)>,
}

impl Removals {
    /// Reads a list: line numbers from 1, or objects with `line` and, where there are several inputs, `file`.
    pub(super) fn read(inputs: Inputs) -> Result<Removals> {
        let mut list =
            List { name: inputs.names()[0].clone(), line: 0, removals: Removals::default() };
        let lines = |(): &mut (), block: &mut Block| -> Vec<Vec<u8>> {
            block.lines().map(|line| line.bytes.trim_ascii().to_vec()).collect()
        };
        run(inputs, 1, || (), lines, &mut list)?;
        Ok(list.removals)
    }

    fn add(&mut self, line: &[u8]) -> Option<()> {
        let value: Value = serde_json::from_slice(line).ok()?;
        let number = value.get("line").unwrap_or(&value).as_u64().filter(|number| *number > 0)?;
        match value.get("file") {
            Some(file) => self.of_files.insert((file.as_str()?.to_owned(), number)),
            None => self.numbers.insert(number),
        };
        Some(())
    }

    /// Are files told apart by name?
    pub(super) fn names_files(&self) -> bool {
        !self.of_files.is_empty()
    }

    fn has(&self, number: u64, file: &str, line: u64) -> bool {
        self.numbers.contains(&number)
            || !self.of_files.is_empty() && self.of_files.contains(&(file.to_owned(), line))
    }
}

/// Reads the list.
struct List {
    name: String,
    line: u64,
    removals: Removals,
}

impl Sink<Vec<Vec<u8>>> for List {
    fn accept(&mut self, _: &Block, lines: Vec<Vec<u8>>) -> Result<Flow> {
        for line in lines {
            self.line += 1;
            if !line.is_empty() && self.removals.add(&line).is_none() {
                let text = quote(&String::from_utf8_lossy(&line), QUOTE_BYTES);
                let place = format!("{}:{}", self.name, self.line);
                return Err(Error::Unfit(format!(
                    "{place}: {text} is no line number and no object with \"line\""
                )));
            }
        }
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Writes all lines but the named ones.
pub(super) struct Apply<'r, 'c> {
    pub removals: Removals,
    pub writer: &'r mut Writer<'c>,
    pub names: &'r [String],
    /// Named lines that were there.
    pub found: usize,
}

impl Apply<'_, '_> {
    /// Says when named lines were not there: the list is probably that of other data. A list of which nothing
    /// was there is trouble, unless it names lines of other files only, as that of many shards does.
    pub(super) fn finish(self) -> Result<()> {
        let Removals { numbers, of_files } = &self.removals;
        let own = of_files.iter().filter(|(file, _)| self.names.contains(file)).count();
        let named = numbers.len() + own;
        if self.found == 0 && named > 0 {
            let what = "no line that --apply-removals names is there; is the list of this data?";
            return Err(Error::Unfit(what.to_owned()));
        }
        let missing = (named - self.found.min(named)) as u64;
        if missing > 0 {
            let lines = plural(missing, "named line");
            self.writer.say(&format!(
                "{lines} of --apply-removals not there, or blank; is the list of this data?"
            ));
        } else if named == 0 && !of_files.is_empty() {
            self.writer.say("--apply-removals names lines of other files only");
        }
        Ok(())
    }
}

impl Sink<Prepared> for Apply<'_, '_> {
    fn accept(&mut self, block: &Block, prepared: Prepared) -> Result<Flow> {
        if block.first {
            self.writer.places.begin(&self.names[block.input]);
        }
        for line in &prepared.lines {
            let place = self.writer.places.next()?;
            if matches!(line.what, What::TooLong | What::Blank) {
                self.writer.no_record(block, line.span.clone(), place, &line.what)?;
                continue;
            }
            let (file, number) = self.writer.places.line(place);
            let removal = Removal { reason: Reason::Named, witness: None, share: None };
            match self.removals.has(u64::from(place) + 1, file, number) {
                false => self.writer.stays(block, line.span.clone(), place, None)?,
                true => {
                    self.found += 1;
                    self.writer.goes(block, line.span.clone(), place, removal, None)?;
                }
            }
        }
        self.writer.end_of_block(block)?;
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        self.writer.flush()
    }
}
