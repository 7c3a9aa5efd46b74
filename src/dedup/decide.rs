//! Which record goes: each is judged against those that stay, and joins them if nothing speaks against it.
//!
//! In which order records are judged is the caller's choice, and decides who stays of a group: in the order
//! of the input it is the first, from the best to the worst it is the best. In either case a record goes only
//! where a record that stays is equal or similar to it.

use std::sync::Arc;

use crate::error::Result;
use crate::similar::common::Common;
use crate::similar::overlap::Hit;
use crate::similar::store::Store;
use crate::similar::{Guarded, Key, Scheme, Seen};

use super::config::{Config, Empty, Similar};
use super::index::Growing;
use super::places::Places;

/// What a record is judged by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask<'a> {
    /// Where it stands.
    pub place: u32,
    /// None: it equals no other.
    pub key: Option<Key>,
    /// The text of the key, where that is compared.
    pub text: &'a [u8],
    /// Its set.
    pub set: &'a [u64],
    /// The bands of its signature.
    pub bands: &'a [u32],
    /// An item of the evaluation set stands in it.
    pub hit: Option<Hit>,
}

/// Why a record goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reason {
    /// One that stays is equal.
    Exact,
    /// One that stays is similar.
    Near,
    /// One that stays has all of it, or enough.
    Contained,
    /// It has no words.
    Empty,
    /// It holds an item of the evaluation set.
    Contaminated(Hit),
    /// It was named beforehand.
    Named,
}

impl Reason {
    /// Its name in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Reason::Exact => "exact",
            Reason::Near => "near",
            Reason::Contained => "contained",
            Reason::Empty => "empty",
            Reason::Contaminated(..) => "contaminated",
            Reason::Named => "named",
        }
    }
}

/// That a record goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Removal {
    /// Why.
    pub reason: Reason,
    /// The record that stays.
    pub witness: Option<u32>,
    /// Common and all elements.
    pub share: Option<(usize, usize)>,
}

/// The records that stay, so far.
pub(super) struct Decider {
    empty_policy: Empty,
    similar: Option<Similar>,
    contain: bool,
    seen: Seen,
    /// The texts of keys with the places of their records, where texts are compared.
    texts: Option<(Store, Vec<u32>)>,
    near: Option<Guarded>,
    /// The first record without words.
    empty: Option<u32>,
    text: Vec<u8>,
    /// Where the records that stay are noted for later runs.
    segment: Option<Growing>,
    /// Shingles that do not count.
    common: Option<Arc<Common>>,
    /// Whole sets that were compared in parts that are done.
    compared: u64,
    /// The most that a part took that is done.
    most: Memory,
}

/// What the records take that are held for comparison.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Memory {
    /// All bytes, with those of texts.
    pub bytes: u64,
    pub keys: u64,
    pub key_bytes: u64,
    /// Records in the index of similar ones.
    pub sets: u64,
    pub set_bytes: u64,
}

/// Records that stay in one part at least, whatever memory they take: with fewer the passes would not end.
pub(super) const PART: u64 = 1000;

impl Decider {
    pub(super) fn new(config: &Config) -> Decider {
        let contain = |similar: Similar| similar.scheme == Scheme::Contain;
        Decider {
            empty_policy: config.empty,
            similar: config.similar,
            contain: config.similar.is_some_and(contain),
            seen: Seen::default(),
            texts: config.verify.then(Default::default),
            near: config.similar.map(|similar| empty_index(similar, None)),
            empty: None,
            text: Vec::new(),
            segment: None,
            common: None,
            compared: 0,
            most: Memory::default(),
        }
    }

    /// Why the record goes; none: it stays, and others are judged against it.
    pub(super) fn judge(&mut self, ask: Ask<'_>) -> Result<Option<Removal>> {
        let removal = self.look(ask)?;
        if removal.is_none() {
            self.insert(ask)?;
        }
        Ok(removal)
    }

    /// Why the record goes, as far as the records tell that are known to stay; it does not join them.
    pub(super) fn look(&mut self, ask: Ask<'_>) -> Result<Option<Removal>> {
        let bare = |reason| Removal { reason, witness: None, share: None };
        if let Some(hit) = ask.hit {
            return Ok(Some(bare(Reason::Contaminated(hit))));
        }
        if let Some(removal) = self.look_for_equal(ask)? {
            return Ok(Some(removal));
        }
        let Some(near) = &mut self.near else { return Ok(None) };
        if ask.set.is_empty() {
            return Ok(match (self.empty_policy, self.empty) {
                (Empty::Drop, _) => Some(bare(Reason::Empty)),
                (Empty::Dedup, Some(_)) => {
                    Some(Removal { witness: self.empty, ..bare(Reason::Empty) })
                }
                (Empty::Dedup, None) | (Empty::Keep, _) => None,
            });
        }
        let reason = if self.contain { Reason::Contained } else { Reason::Near };
        let found = near.find(ask.set, ask.bands)?;
        Ok(found.map(|found| Removal {
            reason,
            witness: Some(found.place),
            share: Some((found.shared, found.of)),
        }))
    }

    /// Likewise, where it goes in any case and only an equal record could tell why better.
    pub(super) fn look_for_equal(&mut self, ask: Ask<'_>) -> Result<Option<Removal>> {
        let witness = self.equal(ask)?;
        Ok(witness.map(|place| Removal {
            reason: Reason::Exact,
            witness: Some(place),
            share: None,
        }))
    }

    /// Forgets the records that stay, all of which every other record has been judged against.
    pub(super) fn next_part(&mut self) {
        (self.compared, self.most) = (self.compared(), self.most());
        self.seen = Seen::default();
        self.texts = self.texts.is_some().then(Default::default);
        self.near = self.similar.map(|similar| empty_index(similar, self.common.clone()));
    }

    /// Lets no record go for the shingles of a template alone. To be called before the first record comes.
    pub(super) fn leave_out(&mut self, common: Common) {
        self.common = Some(Arc::new(common));
        self.near = self.similar.map(|similar| empty_index(similar, self.common.clone()));
    }

    /// The record that stays and is equal.
    fn equal(&mut self, ask: Ask<'_>) -> Result<Option<u32>> {
        let Some(key) = ask.key else { return Ok(None) };
        let Some((texts, places)) = &self.texts else { return Ok(self.seen.find(key).next()) };
        for number in self.seen.find(key) {
            texts.read(number, &mut self.text)?;
            if self.text == ask.text {
                return Ok(Some(places[number as usize]));
            }
        }
        Ok(None)
    }

    /// Lets a record join those that stay.
    pub(super) fn insert(&mut self, ask: Ask<'_>) -> Result<()> {
        match &mut self.near {
            Some(_) if ask.set.is_empty() => {
                self.empty.get_or_insert(ask.place);
            }
            Some(near) => near.insert(ask.set, ask.bands, ask.place)?,
            None => {}
        }
        let Some(key) = ask.key else { return Ok(()) };
        match &mut self.texts {
            None => self.seen.insert(key, ask.place),
            Some((texts, places)) => {
                self.seen.insert(key, texts.len() as u32);
                texts.push(ask.text.iter().copied())?;
                places.push(ask.place);
            }
        }
        Ok(())
    }

    fn memory(&self) -> Memory {
        let (keys, key_bytes) = (self.seen.len() as u64, self.seen.bytes() as u64);
        let near = self.near.as_ref().map(|near| (near.near().len() as u64, near.bytes() as u64));
        let (sets, set_bytes) = near.unwrap_or_default();
        let texts = self.texts.as_ref();
        let texts = texts.map_or(0, |(store, places)| store.bytes() + size_of_val(&**places));
        let bytes = key_bytes + set_bytes + texts as u64;
        Memory { bytes, keys, key_bytes, sets, set_bytes }
    }

    /// What was held at once at the most.
    pub(super) fn most(&self) -> Memory {
        self.most.max(self.memory())
    }

    /// Notes records that stay from now on in the index.
    pub(super) fn note_in(&mut self, segment: Growing) {
        self.segment = Some(segment);
    }

    /// Notes a record that stays for later runs.
    pub(super) fn note(&mut self, ask: Ask<'_>, places: &Places) -> Result<()> {
        match &mut self.segment {
            Some(segment) => segment.push(ask, places.line(ask.place)),
            None => Ok(()),
        }
    }

    /// Completes the index.
    pub(super) fn finish(self) -> Result<()> {
        self.segment.map_or(Ok(()), Growing::finish)
    }

    /// Do the records that stay take more memory than they may?
    pub(super) fn is_full(&self, config: &Config) -> bool {
        config.memory.is_some_and(|most| {
            let held = self.memory();
            held.bytes > most && held.keys.max(held.sets) >= PART
        })
    }

    /// Whole sets that were compared.
    pub(super) fn compared(&self) -> u64 {
        self.compared + self.near.as_ref().map_or(0, |near| near.near().compared())
    }
}

fn empty_index(similar: Similar, common: Option<Arc<Common>>) -> Guarded {
    Guarded::new(similar.scheme, similar.threshold, common)
}
