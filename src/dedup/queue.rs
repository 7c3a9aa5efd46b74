//! Records that wait to be judged, and what becomes of them.
//!
//! What they are compared by waits in a temporary file; in memory are 40 bytes for each. They are judged in
//! the order of their rank. When the records that stay have filled the memory that the run may use, all that
//! wait are held against these, and those that nothing speaks against wait on, until they are held against
//! each other: as many times over as it takes. A record is so judged by the same records, in the same order, as
//! if all had been in memory.

use crate::error::Result;
use crate::similar::common::Common;
use crate::similar::store::Store;
use crate::similar::{Key, Threshold};
use crate::stream::{Block, Scratch};

use super::block::{Item, Prepared};
use super::config::{Config, Keep};
use super::decide::{Ask, Decider, Reason, Removal};
use super::filter::ask;
use super::others::Others;
use super::places::Places;
use super::rank::Rank;

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fate {
    /// Nothing is on it, or nothing of use, which was told when it was read.
    Passed,
    /// Not judged yet, or it stays.
    Stays,
    /// It goes, for the reason of this number.
    Goes(u32),
}

/// What becomes of all lines from one on.
#[derive(Debug)]
pub(super) struct Judged {
    /// The place of the first line.
    pub first: u32,
    /// One for each line.
    pub fates: Vec<Fate>,
    /// Why records go.
    pub removals: Vec<Removal>,
    /// The lines, where they cannot be read again.
    pub spool: Option<Scratch>,
}

impl Judged {
    /// The line at `place` goes.
    fn goes(&mut self, place: u32, removal: Removal) {
        let fate = &mut self.fates[(place - self.first) as usize];
        match *fate {
            Fate::Goes(number) => self.removals[number as usize] = removal,
            Fate::Passed | Fate::Stays => {
                *fate = Fate::Goes(self.removals.len() as u32);
                self.removals.push(removal);
            }
        }
    }

    fn is_gone(&self, place: u32) -> bool {
        matches!(self.fates[(place - self.first) as usize], Fate::Goes(_))
    }
}

/// A record that waits.
struct Waiting {
    rank: Rank,
    place: u32,
    /// Its number in the store.
    number: u32,
}

/// Records that wait.
pub(super) struct Queue {
    store: Store,
    waiting: Vec<Waiting>,
    judged: Judged,
    /// How many records have each shingle, where that matters.
    common: Option<Common>,
}

impl Queue {
    /// For the lines from `first` on. `spool`: they cannot be read again, so they are put aside.
    pub(super) fn new(first: u32, spool: bool) -> Result<Queue> {
        let spool = if spool { Some(Scratch::create()?) } else { None };
        let judged = Judged { first, fates: Vec::new(), removals: Vec::new(), spool };
        Ok(Queue { store: Store::default(), waiting: Vec::new(), judged, common: None })
    }

    /// Counts the shingles of all records, so that those of templates can be left out.
    pub(super) fn counting(mut self, share: Option<Threshold>) -> Queue {
        self.common = share.map(|share| Common::new(share.value()));
        self
    }

    /// The next line holds no record.
    pub(super) fn pass(&mut self) {
        self.judged.fates.push(Fate::Passed);
    }

    /// The next line holds a record.
    pub(super) fn push(&mut self, item: &Item, prepared: &Prepared, place: u32) -> Result<()> {
        self.judged.fates.push(Fate::Stays);
        if let Some(hit) = item.hit {
            let reason = Reason::Contaminated(hit);
            self.judged.goes(place, Removal { reason, witness: None, share: None });
            return Ok(());
        }
        if let Some(common) = &mut self.common {
            common.count(&prepared.sets[item.set.clone()]);
        }
        let number = self.store.len() as u32;
        self.store.push(Stored::new(ask(item, prepared, place)).bytes)?;
        self.waiting.push(Waiting { rank: item.rank, place, number });
        Ok(())
    }

    /// Puts the lines of a block that begin at `start` aside, where that is wanted.
    pub(super) fn put_aside(&mut self, block: &Block, start: usize) -> Result<()> {
        let Some(spool) = &mut self.judged.spool else { return Ok(()) };
        spool.append(&block.data[start..])?;
        match block.data.last() {
            None | Some(b'\n') => Ok(()),
            Some(_) => spool.append(b"\n"),
        }
    }

    /// Judges all records in the order of their rank, after they were held against all other data.
    pub(super) fn judge(
        mut self,
        decider: &mut Decider,
        mut others: Others,
        places: &Places,
        config: &Config,
    ) -> Result<Judged> {
        self.common.take().into_iter().for_each(|common| decider.leave_out(common));
        let last = config.keep == Keep::Last;
        self.waiting.sort_unstable_by(|a, b| {
            let by_place = if last { b.place.cmp(&a.place) } else { a.place.cmp(&b.place) };
            b.rank.compare(a.rank).then(by_place)
        });
        let mut stored = Stored::default();
        loop {
            let (mut later, mut undecided) = (Vec::new(), others.wait());
            // Nobody stays before it was held against all others.
            let mut full = others.wait();
            for record in std::mem::take(&mut self.waiting) {
                let gone = self.judged.is_gone(record.place);
                // Who goes in any case is asked for an equal one only; words are long, and texts where they count.
                let asked = match gone && !config.verify {
                    true => {
                        self.store.read_start(record.number, HEAD, &mut stored.bytes)?;
                        stored.key_alone(record.place)
                    }
                    false => {
                        self.store.read(record.number, &mut stored.bytes)?;
                        stored.ask(record.place)
                    }
                };
                // Once full, always full: who waits is held against those only that stay before.
                full = full || decider.is_full(config);
                let removal = match (gone, full) {
                    (true, _) => decider.look_for_equal(asked)?,
                    (false, true) => decider.look(asked)?,
                    (false, false) => decider.judge(asked)?,
                };
                if let Some(removal) = removal {
                    self.judged.goes(record.place, removal);
                }
                let stays = !gone && !full && removal.is_none();
                if stays {
                    decider.note(asked, places)?;
                }
                // Who goes for being similar may be equal to one that stays and is not known yet.
                let equal = removal.is_some_and(|removal| removal.reason == Reason::Exact);
                if !stays && !equal {
                    undecided |= !gone && removal.is_none();
                    later.push(record);
                }
            }
            if !undecided || later.is_empty() {
                return Ok(self.judged);
            }
            others.next_portion(decider, config)?;
            self.waiting = later;
        }
    }

    /// Judges the next record by those that are known to stay, where they fill the memory: it goes, or waits.
    pub(super) fn push_judged(
        &mut self,
        decider: &mut Decider,
        item: &Item,
        prepared: &Prepared,
        place: u32,
    ) -> Result<()> {
        let removal = decider.look(ask(item, prepared, place))?;
        match removal {
            Some(removal) if removal.reason == Reason::Exact => {
                self.judged.fates.push(Fate::Stays);
                self.judged.goes(place, removal);
                Ok(())
            }
            _ => {
                self.push(item, prepared, place)?;
                removal.into_iter().for_each(|removal| self.judged.goes(place, removal));
                Ok(())
            }
        }
    }
}

/// Bytes of a key, and of what tells whether there is one.
const HEAD: usize = 17;

/// What a record is judged by, as bytes.
#[derive(Debug, Default)]
pub(super) struct Stored {
    /// The record.
    pub bytes: Vec<u8>,
    bands: Vec<u32>,
    set: Vec<u64>,
}

impl Stored {
    /// The key behind a byte that tells whether there is one; text, bands and set, each behind its length.
    pub(super) fn new(ask: Ask<'_>) -> Stored {
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

    /// The record of bytes that may be anything; none when they are no record.
    pub(super) fn checked(&mut self, place: u32) -> Option<Ask<'_>> {
        let mut rest = self.bytes.get(HEAD..)?;
        for width in [1, 4, 8] {
            let len = u64::from_le_bytes(array(rest.get(..8)?));
            let (part, behind) = rest[8..].split_at_checked(usize::try_from(len).ok()?)?;
            if part.len() % width > 0 {
                return None;
            }
            rest = behind;
        }
        rest.is_empty().then(|| self.ask(place))
    }

    /// The record of bytes that [`new`](Stored::new) made.
    pub(super) fn ask(&mut self, place: u32) -> Ask<'_> {
        let (head, mut rest) = self.bytes.split_at(HEAD);
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
        Ask { place, key: key(head), text, set: &self.set, bands: &self.bands, hit: None }
    }

    /// The record of the first bytes, of which nothing is known but the key.
    fn key_alone(&self, place: u32) -> Ask<'_> {
        Ask { place, key: key(&self.bytes), text: &[], set: &[], bands: &[], hit: None }
    }
}

fn key(head: &[u8]) -> Option<Key> {
    (head[0] == 1).then(|| Key(u128::from_le_bytes(array(&head[1..HEAD]))))
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[..N]);
    array
}
