//! Two passes: all records are read, judged from the best to the worst, and written in input order.
//!
//! Judging in the order of rank is the same greedy choice as in one pass, with another order: a record stays
//! when none that stays and ranks higher is like it. What records are compared by waits in a temporary file
//! meanwhile; in memory are some 32 bytes for each record and what the judge needs for those that stay.

use std::cmp::Ordering;
use std::fs::File;
use std::io::Write;
use std::ops::Range;

use crate::error::{Error, Result};
use crate::similar::Key;
use crate::similar::store::Store;
use crate::stream::{Block, Flow, Sink};

use super::block::{Prepared, What};
use super::config::{Config, Keep};
use super::decide::{Ask, Decider, Reason, Removal};
use super::filter::ask;
use super::writer::Writer;

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fate {
    /// Nothing is on it, or nothing of use, which was told in the first pass.
    Passed,
    /// Not judged yet, or it stays.
    Stays,
    /// It goes, for the reason of this number.
    Goes(u32),
}

/// A record in the queue of the judge.
struct Queued {
    rank: f64,
    place: u32,
    /// Its number in the store.
    number: u32,
}

/// The first pass: gathers what all records are compared by.
pub(super) struct Gather<'r, 'c> {
    writer: &'r mut Writer<'c>,
    names: &'r [String],
    /// The place of the first line.
    first: u32,
    store: Store,
    queue: Vec<Queued>,
    judged: Judged,
}

/// What becomes of all lines.
#[derive(Debug, Default)]
pub(super) struct Judged {
    fates: Vec<Fate>,
    removals: Vec<Removal>,
    /// The lines, where they cannot be read again.
    pub spool: Option<File>,
}

impl<'r, 'c> Gather<'r, 'c> {
    /// `spool`: the inputs cannot be read twice, so their lines are put aside.
    pub(super) fn new(
        writer: &'r mut Writer<'c>,
        names: &'r [String],
        spool: bool,
    ) -> Result<Gather<'r, 'c>> {
        let spool = if spool { Some(tempfile::tempfile().map_err(spool_error)?) } else { None };
        Ok(Gather {
            names,
            first: writer.places.count(),
            writer,
            store: Store::default(),
            queue: Vec::new(),
            judged: Judged { spool, ..Judged::default() },
        })
    }

    /// Judges all records in the order of their rank.
    pub(super) fn judge(mut self, decider: &mut Decider, config: &Config) -> Result<Judged> {
        let last = config.keep == Keep::Last;
        self.queue.sort_unstable_by(|a, b| {
            let by_place = if last { b.place.cmp(&a.place) } else { a.place.cmp(&b.place) };
            b.rank.partial_cmp(&a.rank).unwrap_or(Ordering::Equal).then(by_place)
        });
        let mut stored = Stored::default();
        for queued in &self.queue {
            self.store.read(queued.number, &mut stored.bytes)?;
            if let Some(removal) = decider.judge(stored.ask(queued.place))? {
                self.judged.goes((queued.place - self.first) as usize, removal);
            }
        }
        Ok(self.judged)
    }

    fn put_aside(&mut self, block: &Block, prepared: &Prepared) -> Result<()> {
        let Some(spool) = &mut self.judged.spool else { return Ok(()) };
        // Without the byte order mark of a further input, which is not written either.
        let start = prepared.lines.first().map_or(0, |line| line.span.start);
        spool.write_all(&block.data[start..]).map_err(spool_error)?;
        match block.data.last() {
            None | Some(b'\n') => Ok(()),
            Some(_) => spool.write_all(b"\n").map_err(spool_error),
        }
    }
}

impl Judged {
    fn goes(&mut self, line: usize, removal: Removal) {
        self.fates[line] = Fate::Goes(self.removals.len() as u32);
        self.removals.push(removal);
    }
}

fn spool_error(source: std::io::Error) -> Error {
    Error::Write { name: format!("a temporary file in {}", std::env::temp_dir().display()), source }
}

impl Sink<Prepared> for Gather<'_, '_> {
    fn accept(&mut self, block: &Block, prepared: Prepared) -> Result<Flow> {
        if block.first {
            self.writer.places.begin(&self.names[block.input]);
        }
        for line in &prepared.lines {
            let place = self.writer.places.next()?;
            self.judged.fates.push(Fate::Passed);
            match &line.what {
                What::Blank => self.writer.counts.blank += 1,
                What::TooLong => self.writer.too_long(place),
                What::Unusable(at, why) => {
                    self.writer.unusable(block, line.span.clone(), place, *at, why)?;
                }
                What::Record(item) => {
                    let at = self.judged.fates.len() - 1;
                    self.judged.fates[at] = Fate::Stays;
                    if let Some((message, hit)) = item.hit {
                        let reason = Reason::Contaminated(message, hit);
                        self.judged.goes(at, Removal { reason, witness: None, share: None });
                        continue;
                    }
                    let number = self.store.len() as u32;
                    self.store.push(Stored::new(ask(item, &prepared, place)).bytes)?;
                    self.queue.push(Queued { rank: item.rank, place, number });
                }
            }
        }
        self.put_aside(block, &prepared)?;
        self.writer.end_of_block(block)?;
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        Ok(())
    }
}

/// What a record is judged by, as bytes.
#[derive(Debug, Default)]
struct Stored {
    bytes: Vec<u8>,
    bands: Vec<u32>,
    set: Vec<u64>,
}

impl Stored {
    /// The key behind a byte that tells whether there is one; text, bands and set, each behind its length.
    fn new(ask: Ask<'_>) -> Stored {
        let mut bytes = vec![u8::from(ask.key.is_some())];
        bytes.extend(ask.key.map_or(0, |key| key.0).to_le_bytes());
        let mut part = |part: &mut dyn Iterator<Item = u8>, len: usize| {
            bytes.extend((len as u64).to_le_bytes());
            bytes.extend(part);
        };
        part(&mut ask.text.iter().copied(), ask.text.len());
        part(&mut ask.bands.iter().flat_map(|key| key.to_le_bytes()), ask.bands.len() * 4);
        part(&mut ask.set.iter().flat_map(|element| element.to_le_bytes()), ask.set.len() * 8);
        Stored { bytes, ..Stored::default() }
    }

    fn ask(&mut self, place: u32) -> Ask<'_> {
        let (head, mut rest) = self.bytes.split_at(17);
        let key = u128::from_le_bytes(array(&head[1..]));
        let mut part = || -> &[u8] {
            let (len, behind) = rest.split_at(8);
            let (part, after) = behind.split_at(u64::from_le_bytes(array(len)) as usize);
            rest = after;
            part
        };
        let (text, bands, set) = (part(), part(), part());
        self.bands.clear();
        self.bands.extend(bands.chunks_exact(4).map(|bytes| u32::from_le_bytes(array(bytes))));
        self.set.clear();
        self.set.extend(set.chunks_exact(8).map(|bytes| u64::from_le_bytes(array(bytes))));
        let key = (head[0] == 1).then_some(Key(key));
        Ask { place, key, text, set: &self.set, bands: &self.bands, hit: None }
    }
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[..N]);
    array
}

/// The second pass: writes in input order what stays.
pub(super) struct Replay<'r, 'c> {
    writer: &'r mut Writer<'c>,
    judged: &'r Judged,
    /// The place of the first line.
    first: u32,
    at: usize,
}

impl<'r, 'c> Replay<'r, 'c> {
    /// Over the same lines again, the first of which stands at `first`.
    pub(super) fn new(
        writer: &'r mut Writer<'c>,
        judged: &'r Judged,
        first: u32,
    ) -> Replay<'r, 'c> {
        writer.start_again();
        for removal in &judged.removals {
            writer.counts.expect(*removal);
        }
        Replay { writer, judged, first, at: 0 }
    }

    /// Did all lines come again?
    pub(super) fn finish(self) -> Result<()> {
        if self.at == self.judged.fates.len() { Ok(()) } else { Err(changed()) }
    }

    fn line(&mut self, block: &Block, span: Range<usize>, what: &What) -> Result<()> {
        let fate = *self.judged.fates.get(self.at).ok_or_else(changed)?;
        let place = self.first + self.at as u32;
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
