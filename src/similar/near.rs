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

    /// Adds a record that stays. A set without elements is never found again.
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
        let most = (set.len() as f64 / self.threshold.value()) as usize + 1;
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
        self.is_ordered.push(by_order);
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
mod tests {
    use super::*;
    use crate::similar::mix;
    use crate::similar::sets::shared;
    use crate::similar::words::to_set;
    use proptest::prelude::*;

    /// Which of the sets are removed, and for which.
    fn run(sets: &[Vec<u64>], scheme: Scheme, threshold: Threshold) -> Vec<Option<u32>> {
        let mut near = Near::new(scheme, threshold);
        let mut sketcher = scheme.sketcher();
        let mut keys = Vec::new();
        let one = |(place, set): (usize, &Vec<u64>)| {
            keys.clear();
            if let Some(sketcher) = &mut sketcher {
                sketcher.bands(set, &mut keys);
            }
            let found = near.find(set, &keys).unwrap().map(|found| found.place);
            if found.is_none() {
                near.insert(set, &keys, place as u32).unwrap();
            }
            found
        };
        sets.iter().enumerate().map(one).collect()
    }

    /// Everything compared with everything.
    fn naive(sets: &[Vec<u64>], contain: bool, threshold: Threshold) -> Vec<Option<u32>> {
        let mut kept: Vec<usize> = Vec::new();
        let mut removed = Vec::new();
        for (at, set) in sets.iter().enumerate() {
            let found = kept.iter().copied().find(|other| {
                let shared = set.iter().filter(|element| sets[*other].contains(element)).count();
                let of = if contain { set.len() } else { set.len() + sets[*other].len() - shared };
                threshold.is_met(shared, of)
            });
            if found.is_none() {
                kept.push(at);
            }
            removed.push(found.map(|at| at as u32));
        }
        removed
    }

    fn set() -> impl Strategy<Value = Vec<u64>> {
        // A window of a row of elements, with some of them others: every similarity occurs.
        (0u64..4, 0u64..8, 1u64..30, prop::collection::vec(0u64..40, 0..4)).prop_map(
            |(row, from, len, odd)| {
                let mut set: Vec<u64> = (from..from + len).map(|n| mix(row << 32 | n)).collect();
                set.extend(odd.into_iter().map(|n| mix(1 << 50 | n)));
                to_set(&mut set);
                set
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

        #[test]
        fn the_complete_schemes_find_what_comparing_everything_finds(
            sets in prop::collection::vec(set(), 0..60),
            threshold in prop::sample::select(vec!["0.1", "0.5", "0.8", "0.9", "1"]),
        ) {
            let threshold = threshold.parse().unwrap();
            prop_assert_eq!(run(&sets, Scheme::Complete, threshold), naive(&sets, false, threshold));
            prop_assert_eq!(run(&sets, Scheme::Contain, threshold), naive(&sets, true, threshold));
        }

        #[test]
        fn bands_find_what_is_alike_and_shares_a_band_or_is_short_whatever_else_is_there(
            sets in prop::collection::vec(long_set(), 0..120),
            threshold in prop::sample::select(vec!["0.5", "0.8", "0.95"]),
        ) {
            let threshold: Threshold = threshold.parse().unwrap();
            let scheme = Scheme::jaccard(threshold, false);
            prop_assert_eq!(run(&sets, scheme, threshold), twin(&sets, threshold));
            prop_assert_eq!(run(&sets, Scheme::Complete, threshold), naive(&sets, false, threshold));
        }
    }

    /// What bands find by their contract: the first that stays, is alike, and is short or shares a band.
    fn twin(sets: &[Vec<u64>], threshold: Threshold) -> Vec<Option<u32>> {
        let scheme = Scheme::jaccard(threshold, false);
        let mut sketcher = scheme.sketcher().unwrap();
        let mut signed: Vec<(Vec<u32>, Vec<u8>)> = Vec::new();
        for set in sets {
            let mut bands = Vec::new();
            sketcher.bands(set, &mut bands);
            signed.push((bands, set.iter().flat_map(|element| element.to_le_bytes()).collect()));
        }
        let mut kept: Vec<usize> = Vec::new();
        let mut removed = Vec::new();
        for (at, set) in sets.iter().enumerate() {
            let found = kept.iter().copied().find(|other| {
                let shared = shared(set, &signed[*other].1);
                let alike = threshold.is_met(shared, set.len() + sets[*other].len() - shared);
                let mut bands = signed[at].0.iter().zip(&signed[*other].0);
                alike
                    && (bands.any(|(one, other)| one == other)
                        || is_short(threshold, sets[*other].len()))
            });
            if found.is_none() {
                kept.push(at);
            }
            removed.push(found.map(|at| at as u32));
        }
        removed
    }

    #[test]
    fn members_of_a_crowd_are_found_as_they_are_without_one() {
        // 100 of 113 elements are common to 400 records (.794); of these, 200 come again with 12 of the common
        // ones replaced (.808), so that some share no other bands than those of the crowd.
        let threshold: Threshold = "0.8".parse().unwrap();
        let record = |n: u64, odd: u64| {
            let common = (0..100 - odd).map(mix);
            let own = (0..13).map(|at| mix(1 << 40 | n << 8 | at));
            let other = (0..odd).map(|at| mix(1 << 50 | n << 8 | at));
            let mut set: Vec<u64> = common.chain(own).chain(other).collect();
            to_set(&mut set);
            set
        };
        let again = (0..200).map(|n| record(n, 12));
        let sets: Vec<Vec<u64>> = (0..400).map(|n| record(n, 0)).chain(again).collect();
        let scheme = Scheme::jaccard(threshold, false);
        let found = run(&sets, scheme, threshold);
        assert!(found.iter().filter(|found| found.is_some()).count() >= 195);
        assert_eq!(found, twin(&sets, threshold));
        let mut near = Near::new(scheme, threshold);
        let mut sketcher = scheme.sketcher().unwrap();
        for (place, set) in sets[..400].iter().enumerate() {
            let mut bands = Vec::new();
            sketcher.bands(set, &mut bands);
            near.insert(set, &bands, place as u32).unwrap();
        }
        let FoundBy::Similarity(similarity) = &near.found_by else { panic!("by bands") };
        assert!(similarity.crowded.len() > 10, "{} crowds", similarity.crowded.len());
    }

    /// A set of one of two wordings, some elements of its own, and some of the wording missing: crowds that are
    /// nearly alike, of lengths around the longest that are short.
    fn long_set() -> impl Strategy<Value = Vec<u64>> {
        (0u64..2, 40u64..110, 0u64..40, 0u64..1000).prop_map(|(wording, len, own, seed)| {
            let common = (0..len).map(|n| mix(wording << 32 | n));
            let own = (0..own).map(|n| mix(1 << 40 | (seed % 50) << 20 | n));
            let mut set: Vec<u64> = common.chain(own).collect();
            to_set(&mut set);
            set
        })
    }

    #[test]
    fn bands_find_equal_sets_always_and_pairs_at_the_threshold_nearly_always() {
        let threshold: Threshold = "0.8".parse().unwrap();
        let mut sets = Vec::new();
        for pair in 0..1000u64 {
            let mut window = |from: u64, to: u64| {
                let mut set: Vec<u64> = (from..to).map(|n| mix(pair << 32 | n)).collect();
                to_set(&mut set);
                sets.push(set);
            };
            // 80 of 90 + 90 - 80.
            window(0, 90);
            window(10, 100);
            window(0, 90);
        }
        let found = run(&sets, Scheme::jaccard(threshold, false), threshold);
        let at = |which: usize| found.iter().skip(which).step_by(3).filter(|f| f.is_some()).count();
        assert_eq!((at(0), at(2)), (0, 1000));
        assert!(at(1) >= 990, "{}", at(1));
    }

    #[test]
    fn a_cluster_of_equal_records_costs_one_comparison_each() {
        let threshold: Threshold = "0.8".parse().unwrap();
        let scheme = Scheme::jaccard(threshold, false);
        let (mut near, mut sketcher) = (Near::new(scheme, threshold), scheme.sketcher().unwrap());
        let mut set: Vec<u64> = (0..50).map(mix).collect();
        to_set(&mut set);
        let mut keys = Vec::new();
        sketcher.bands(&set, &mut keys);
        near.insert(&set, &keys, 0).unwrap();
        for _ in 0..10_000 {
            assert!(near.find(&set, &keys).unwrap().is_some());
        }
        assert_eq!(near.compared(), 10_000);
    }

    #[test]
    fn records_of_one_template_are_told_apart_without_comparing_each_with_each() {
        // 28 of 40 elements are common to all, and 6 are those of one of 50 families.
        let threshold: Threshold = "0.8".parse().unwrap();
        let sets: Vec<Vec<u64>> = (0..8000u64)
            .map(|n| {
                let common = (0..28).map(mix);
                let family = (0..6).map(|at| mix(1 << 40 | (n % 50) << 8 | at));
                let own = (0..6).map(|at| mix(1 << 50 | (n % 7900) << 8 | at));
                let mut set: Vec<u64> = common.chain(family).chain(own).collect();
                to_set(&mut set);
                set
            })
            .collect();
        let scheme = Scheme::jaccard(threshold, false);
        let mut near = Near::new(scheme, threshold);
        let mut sketcher = scheme.sketcher().unwrap();
        let mut found = 0;
        for (place, set) in sets.iter().enumerate() {
            let mut bands = Vec::new();
            sketcher.bands(set, &mut bands);
            match near.find(set, &bands).unwrap() {
                Some(_) => found += 1,
                None => near.insert(set, &bands, place as u32).unwrap(),
            }
        }
        assert_eq!(found, 100);
        assert!(near.compared() < 40 * sets.len() as u64, "{}", near.compared());
    }
}
