//! Finding an earlier record that is alike, exactly.
//!
//! An index names candidates; every candidate is compared with its whole set of shingles. What the index may
//! miss depends on the [`Scheme`]; what is found is always true. Of several that are alike the one that was
//! added first is the answer, so that the answer does not depend on how candidates were found.
//!
//! Where a band is common to many records, as in data made from templates, comparing all of them would take
//! time that grows with the square of their number. These records are found by their rarest elements instead
//! (`ordered`), by which none is missed.
//!
//! For containment, a record of any length may hold another one: `contain` finds these by rare elements as well.
//!
//! Only records that stay are added. So whoever asks for each record in turn, and adds those for which
//! nothing was found, removes a record only where one like it stays: no chains of A like B like C that end
//! with A far from C, and a cluster of a hundred thousand equal records costs one comparison each.

use std::collections::HashSet;

use crate::error::Result;

use super::contain::Containing;
use super::make_room;
use super::ordered::Ordered;
use super::postings::Postings;
use super::sets::{Match, Sets, is_short};
use super::sketch::{Banding, Sketcher};
use super::threshold::Threshold;

/// How candidates are found, and what it means to be alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// Jaccard similarity, by the bands of a signature: .998 of the pairs at the threshold, and more of the
    /// more similar ones. 8 bytes a band and record; short sets by a prefix filter, every pair.
    Bands(Banding),
    /// Jaccard similarity, by a prefix filter: every pair. 16 bytes for each of the (1-T)n+1 first elements.
    Complete,
    /// The share of the asked record's set that lies in the other: every pair. 9 bytes for each element.
    Contain,
}

impl Scheme {
    /// How Jaccard similarity is found at this threshold. `complete`: no pair may be missed.
    pub fn jaccard(threshold: Threshold, complete: bool) -> Scheme {
        let banding = Banding::new(threshold).filter(|_| !complete);
        banding.map_or(Scheme::Complete, Scheme::Bands)
    }

    /// What makes the bands of sets; one for each worker.
    pub fn sketcher(self) -> Option<Sketcher> {
        match self {
            Scheme::Bands(banding) => Some(Sketcher::new(banding)),
            Scheme::Complete | Scheme::Contain => None,
        }
    }

    /// Appends what an index needs of the bands of a set: of a set so short that all that are alike are found by
    /// their elements, as many zeros. That halves the time of short texts, most of which goes into signatures.
    pub fn sign(
        self,
        threshold: Threshold,
        sketcher: &mut Sketcher,
        set: &[u64],
        bands: &mut Vec<u32>,
    ) {
        match self {
            Scheme::Bands(banding) if is_short(threshold, longest(threshold, set.len())) => {
                bands.resize(bands.len() + if set.is_empty() { 0 } else { banding.bands }, 0);
            }
            _ => sketcher.bands(set, bands),
        }
    }
}

/// The greatest length that a set can have that is similar to one of this length, or one more.
fn longest(threshold: Threshold, len: usize) -> usize {
    (len as f64 / threshold.value()) as usize + 1
}

/// An index of records that stay.
#[derive(Debug)]
pub struct Near {
    sets: Sets,
    found_by: FoundBy,
    candidates: Vec<u32>,
}

/// What names candidates.
#[derive(Debug)]
enum FoundBy {
    Similarity(Similarity),
    Containment(Containing),
}

/// Records by the bands of their signatures, and by the first of their elements.
#[derive(Debug)]
struct Similarity {
    threshold: Threshold,
    /// Records by each band; no bands with [`Scheme::Complete`].
    bands: Vec<Postings>,
    /// Bands of which so many records have the same that these are in `ordered` instead.
    crowded: HashSet<(usize, u32)>,
    ordered: Ordered,
    /// Which records are in `ordered`.
    is_ordered: Vec<bool>,
}

/// Records with one band in common from which on they are found by their rarest elements. Below, comparing
/// all of them costs less than looking for better ones.
const CROWD: usize = 32;

impl Near {
    /// An empty index.
    pub fn new(scheme: Scheme, threshold: Threshold) -> Near {
        let similarity = |bands: usize| {
            FoundBy::Similarity(Similarity {
                threshold,
                bands: (0..bands).map(|_| Postings::default()).collect(),
                crowded: HashSet::new(),
                ordered: Ordered::new(threshold),
                is_ordered: Vec::new(),
            })
        };
        let found_by = match scheme {
            Scheme::Bands(banding) => similarity(banding.bands),
            Scheme::Complete => similarity(0),
            Scheme::Contain => FoundBy::Containment(Containing::new(threshold)),
        };
        Near { sets: Sets::new(scheme, threshold), found_by, candidates: Vec::new() }
    }

    /// The record added first that is alike. `bands` are the set's, by the scheme's sketcher.
    pub fn find(&mut self, set: &[u64], bands: &[u32]) -> Result<Option<Match>> {
        self.find_where(set, bands, |_| Ok(true))
    }

    /// Likewise, among the records that `accept` takes, which is asked for the number of one that is alike.
    pub(super) fn find_where(
        &mut self,
        set: &[u64],
        bands: &[u32],
        mut accept: impl FnMut(u32) -> Result<bool>,
    ) -> Result<Option<Match>> {
        let Near { sets, found_by, candidates } = self;
        match found_by {
            FoundBy::Similarity(similarity) => {
                candidates.clear();
                let by_order = similarity.candidates(set, bands, candidates);
                candidates.sort_unstable();
                candidates.dedup();
                let before = sets.compared;
                let found = sets.first(set, bands, candidates, |_| true, &mut accept)?;
                if by_order && similarity.ordered.note(sets.compared - before) {
                    similarity.ordered.reorder(sets)?;
                }
                Ok(found)
            }
            FoundBy::Containment(containing) => {
                containing.ask(set);
                let mut found = None;
                while found.is_none() && containing.next(candidates) {
                    let may = |number| containing.may_contain(number);
                    found = sets.first(set, bands, candidates, may, &mut accept)?;
                }
                Ok(found)
            }
        }
    }

    /// Adds a record that stays. A set without elements, which has no bands either, is never found again.
    pub fn insert(&mut self, set: &[u64], bands: &[u32], place: u32) -> Result<()> {
        let number = self.sets.push(set, bands, place)?;
        match &mut self.found_by {
            FoundBy::Similarity(similarity) => similarity.insert(set, bands, number, &self.sets),
            FoundBy::Containment(containing) => {
                containing.insert(set, number);
                Ok(())
            }
        }
    }

    /// Records that were added.
    pub fn len(&self) -> usize {
        self.sets.len()
    }

    /// Was none added?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Comparisons of whole sets so far.
    pub fn compared(&self) -> u64 {
        self.sets.compared
    }

    /// The bytes of memory in use; the sets lie on disk.
    pub fn bytes(&self) -> usize {
        let index = match &self.found_by {
            FoundBy::Similarity(similarity) => similarity.bytes(),
            FoundBy::Containment(containing) => containing.bytes(),
        };
        index + self.sets.bytes()
    }
}

impl Similarity {
    /// Adds the records that may be alike. True: some of them were found by order.
    fn candidates(&mut self, set: &[u64], bands: &[u32], candidates: &mut Vec<u32>) -> bool {
        // Of the lengths that a similar set can have, the least and the greatest.
        let least = self.threshold.least_of(set.len());
        let most = longest(self.threshold, set.len());
        let by_order = match self.bands.is_empty() {
            true => true,
            false => {
                let crowds = !is_short(self.threshold, most) && self.of_bands(bands, candidates);
                crowds || is_short(self.threshold, least)
            }
        };
        if by_order {
            self.ordered.candidates(set, candidates);
        }
        by_order
    }

    /// Records that share a band. True: there are more, in a crowd.
    fn of_bands(&mut self, bands: &[u32], candidates: &mut Vec<u32>) -> bool {
        let mut crowds = false;
        for (at, (index, band)) in self.bands.iter().zip(bands).enumerate() {
            if !self.crowded.is_empty() && self.crowded.contains(&(at, *band)) {
                crowds = true;
            } else {
                candidates.extend(index.find(*band));
            }
        }
        crowds
    }

    fn insert(&mut self, set: &[u64], bands: &[u32], number: u32, sets: &Sets) -> Result<()> {
        let by_order = self.bands.is_empty() || is_short(self.threshold, set.len());
        make_room(&mut self.is_ordered, 1);
        // Records are numbered, so one that is never found takes its place.
        self.is_ordered.push(by_order || set.is_empty());
        if set.is_empty() {
            return Ok(());
        }
        if by_order {
            self.ordered.insert(set, number);
            return Ok(());
        }
        for (at, band) in bands.iter().enumerate() {
            self.insert_band(at, *band, number, sets)?;
        }
        Ok(())
    }

    fn insert_band(&mut self, at: usize, band: u32, number: u32, sets: &Sets) -> Result<()> {
        if self.crowded.contains(&(at, band)) {
            return self.order(number, sets);
        }
        self.bands[at].insert(band, number);
        if self.bands[at].find(band).nth(CROWD).is_none() {
            return Ok(());
        }
        self.crowded.insert((at, band));
        for number in self.bands[at].remove(band) {
            self.order(number, sets)?;
        }
        Ok(())
    }

    /// Makes a record one of those that are found by their rarest elements.
    fn order(&mut self, number: u32, sets: &Sets) -> Result<()> {
        if !std::mem::replace(&mut self.is_ordered[number as usize], true) {
            let mut set = Vec::new();
            sets.read(number, &mut set)?;
            self.ordered.insert(&set, number);
        }
        Ok(())
    }

    fn bytes(&self) -> usize {
        let bands: usize = self.bands.iter().map(Postings::bytes).sum();
        let crowds = self.crowded.len() * 2 * size_of::<(usize, u32)>();
        bands + crowds + self.ordered.bytes() + self.is_ordered.capacity()
    }
}

#[cfg(test)]
mod tests;
