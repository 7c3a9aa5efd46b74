//! Two passes: all records are read, judged from the best to the worst, and written in input order.
//!
//! Judging in the order of rank is the same greedy choice as in one pass, with another order: a record stays
//! when none that stays and ranks higher is like it.

use std::ops::Range;

use crate::error::{Error, Result};
use crate::stream::{Block, Flow, Sink};

use super::block::{Prepared, What};
use super::queue::{Fate, Judged, Queue};
use super::rank::Rank;
use super::writer::Writer;

/// The first pass: gathers what all records are compared by.
pub(super) struct Gather<'r, 'c> {
    pub queue: Queue,
    pub writer: &'r mut Writer<'c>,
    pub names: &'r [String],
}

impl Sink<Prepared> for Gather<'_, '_> {
    fn accept(&mut self, block: &Block, prepared: Prepared) -> Result<Flow> {
        if block.first {
            self.writer.places.begin(&self.names[block.input]);
        }
        for line in &prepared.lines {
            let place = self.writer.places.next()?;
            match &line.what {
                What::Record(item) => {
                    self.writer.counts.lacking += u64::from(item.key.is_none());
                    self.writer.counts.unranked += u64::from(item.rank == Rank::NONE);
                    self.queue.push(item, &prepared, place)?;
                }
                other => {
                    self.queue.pass();
                    self.writer.no_record(block, line.span.clone(), place, other)?;
                }
            }
        }
        self.queue.put_aside(block, prepared.start())?;
        self.writer.end_of_block(block)?;
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        self.writer.flush()
    }
}

/// The second pass: writes in input order what stays.
pub(super) struct Replay<'r, 'c> {
    writer: &'r mut Writer<'c>,
    judged: &'r Judged,
    at: usize,
}

impl<'r, 'c> Replay<'r, 'c> {
    /// Over the lines that were judged.
    pub(super) fn new(writer: &'r mut Writer<'c>, judged: &'r Judged) -> Replay<'r, 'c> {
        writer.start_again(&judged.removals);
        Replay { writer, judged, at: 0 }
    }

    /// Did all lines come again?
    pub(super) fn finish(self) -> Result<()> {
        if self.at == self.judged.fates.len() { Ok(()) } else { Err(changed()) }
    }

    fn line(&mut self, block: &Block, span: Range<usize>, what: &What) -> Result<()> {
        let fate = *self.judged.fates.get(self.at).ok_or_else(changed)?;
        let place = self.judged.first + self.at as u32;
        self.at += 1;
        let note = match what {
            What::Record(item) => item.note.as_ref(),
            _ => None,
        };
        match fate {
            Fate::Passed => Ok(()),
            Fate::Stays => self.writer.stays(block, span, place, note),
            Fate::Goes(number) => {
                self.writer.goes(block, span, place, self.judged.removals[number as usize], note)
            }
        }
    }
}

/// The lines of the second pass are not those of the first.
fn changed() -> Error {
    Error::Unfit("an input has changed while it was read; it has to be read twice".to_owned())
}

impl Sink<Prepared> for Replay<'_, '_> {
    fn accept(&mut self, block: &Block, prepared: Prepared) -> Result<Flow> {
        for line in &prepared.lines {
            self.line(block, line.span.clone(), &line.what)?;
        }
        self.writer.end_of_block(block)?;
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        self.writer.flush()
    }
}
