//! One pass: records are judged and written as they stream by, and the first of every group stays.

use crate::cli::terminal::sanitize;
use crate::error::{Error, Result};
use crate::stream::{Block, Flow, Sink};

use super::block::{Item, Prepared, What};
use super::config::Config;
use super::decide::{Ask, Decider};
use super::others::Others;
use super::places::Places;
use super::queue::Queue;
use super::writer::Writer;

/// What a record of a block is judged by.
pub(super) fn ask<'a>(item: &Item, prepared: &'a Prepared, place: u32) -> Ask<'a> {
    Ask {
        place,
        key: item.key,
        text: &prepared.texts[item.text.clone()],
        set: &prepared.sets[item.set.clone()],
        bands: &prepared.bands[item.bands.clone()],
        hit: item.hit,
    }
}

/// Writes what stays, as long as the records that stay fit into memory; what comes then waits in a queue.
pub(super) struct Filter<'r, 'c> {
    pub config: &'r Config,
    pub decider: &'r mut Decider,
    pub writer: &'r mut Writer<'c>,
    pub names: &'r [String],
    pub queue: Option<Queue>,
}

impl Sink<Prepared> for Filter<'_, '_> {
    fn accept(&mut self, block: &Block, prepared: Prepared) -> Result<Flow> {
        if block.first {
            self.writer.places.begin(&self.names[block.input]);
        }
        let mut aside = prepared.start();
        for line in &prepared.lines {
            let place = self.writer.places.next()?;
            let span = line.span.clone();
            if self.queue.is_none() && self.decider.is_full(self.config) {
                self.queue = Some(Queue::new(place, true)?);
                aside = span.start;
            }
            match (&line.what, &mut self.queue) {
                (What::Record(item), Some(queue)) => {
                    self.writer.counts.lacking += u64::from(item.key.is_none());
                    queue.push_judged(self.decider, item, &prepared, place)?;
                }
                (What::Record(item), None) => {
                    self.writer.counts.lacking += u64::from(item.key.is_none());
                    let (asked, note) = (ask(item, &prepared, place), item.note.as_ref());
                    match self.decider.judge(asked)? {
                        None => {
                            self.decider.note(asked, &self.writer.places)?;
                            self.writer.stays(block, span, place, note)?;
                        }
                        Some(removal) => self.writer.goes(block, span, place, removal, note)?,
                    }
                }
                (other, queue) => {
                    queue.iter_mut().for_each(Queue::pass);
                    self.writer.no_record(block, span, place, other)?;
                }
            }
        }
        if let Some(queue) = &mut self.queue {
            queue.put_aside(block, aside)?;
        }
        self.writer.end_of_block(block)?;
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        self.writer.flush()
    }
}

/// Takes in other data, with which records are then compared, and writes nothing.
pub(super) struct Load<'r> {
    pub decider: &'r mut Decider,
    pub others: &'r mut Others,
    pub places: &'r mut Places,
    pub names: &'r [String],
    pub config: &'r Config,
}

impl Sink<Prepared> for Load<'_> {
    fn accept(&mut self, block: &Block, prepared: Prepared) -> Result<Flow> {
        if block.first {
            self.places.begin(&self.names[block.input]);
        }
        for line in &prepared.lines {
            let place = self.places.next()?;
            let why = match &line.what {
                What::Blank => continue,
                What::Record(item) => {
                    // Each for itself: one that is like another of them may be like a record that the other is not.
                    let asked = ask(item, &prepared, place);
                    self.others.take_in(asked, self.decider, self.config)?;
                    continue;
                }
                What::TooLong => {
                    format!("the line is longer than {} bytes", self.config.reading.max_line_bytes)
                }
                What::Unusable(_, why) => why.clone(),
            };
            // What is held against the records must be whole, or too much would stay without a word.
            let (name, line) = self.places.line(place);
            return Err(Error::Unfit(format!("{}:{line}: {why} (--against)", sanitize(name))));
        }
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        Ok(())
    }
}
