//! Candidates for containment: which earlier records may have nearly all elements of a set, however many more
//! they have.
//!
//! If a set may lack k of its elements in another one, then of any k + 1 of them the other has at least one. So
//! asked for are the k + 1 elements that the fewest records have; of real texts hardly any record has these.
//!
//! In data made from templates even the rarest elements of a record may stand in thousands of others. Their
//! lists lie apart, so that a list is as quick to count as to read. All elements of one wording have the same
//! list, which is read once. And of every record there is a *picture*: four to eight bits for each element, of
//! which every element sets one. A bit that the picture of the asked set has and that of the other lacks is an
//! element that the other lacks, for certain; more than k of them rule it out in some nanoseconds. Candidates are named
//! from the first record on, in portions, so that the rest of a list is not read when one of the first contains
//! the set.

use std::collections::HashMap;

use super::make_room;
use super::ordered;
use super::postings::Postings;
use super::threshold::Threshold;

/// Records that have an element from which on its list lies apart: about as many as lie in a bucket of the
/// common index, which would be searched for nothing by whoever asks for another element.
const MANY: usize = 64;

/// Records of the first portion.
const PORTION: u32 = 64;

/// Each portion is so many times as long as all before it: a longer one is read in vain when one of its first
/// records contains the set, more of them cost time to begin.
const GROWTH: u32 = 3;

/// Records by the elements of their sets.
#[derive(Debug)]
pub(super) struct Containing {
    threshold: Threshold,
    /// Of elements that few records have.
    few: Postings,
    /// Of all others.
    many: HashMap<u32, Vec<u32>>,
    /// The room of all these lists, in records.
    listed: usize,
    pictures: Pictures,
    asked: Asked,
    ranked: Vec<Ranked>,
}

/// How many records have an element, and which is the last of them: so elements of one wording, which have the
/// same list, stand side by side. Then the element as it is looked up.
type Ranked = (usize, u32, u32);

/// What is asked for.
#[derive(Debug, Default)]
struct Asked {
    set: Vec<u64>,
    /// The elements that a record may lack.
    lacking: usize,
    /// Records of rare elements that were not named yet, in falling order.
    few: Vec<u32>,
    /// Elements with long lists, and how many records of each were passed.
    many: Vec<(u32, usize)>,
    /// The pictures of the set that were needed so far, by the logarithm of their words.
    pictures: Vec<Vec<u64>>,
    /// The records before this one were named.
    end: u32,
    /// A bit for each record of a portion: it is to be named.
    marks: Vec<u64>,
}

impl Containing {
    pub(super) fn new(threshold: Threshold) -> Containing {
        Containing {
            threshold,
            few: Postings::default(),
            many: HashMap::new(),
            listed: 0,
            pictures: Pictures::default(),
            asked: Asked::default(),
            ranked: Vec::new(),
        }
    }

    /// Adds the next record.
    pub(super) fn insert(&mut self, set: &[u64], record: u32) {
        self.pictures.push(set);
        for element in set {
            let key = *element as u32;
            match self.many.get_mut(&key) {
                Some(list) => {
                    let room = list.capacity();
                    list.push(record);
                    self.listed += list.capacity() - room;
                }
                None => self.few.insert(key, record),
            }
        }
    }

    /// Begins to look for the records that may contain a set.
    pub(super) fn ask(&mut self, set: &[u64]) {
        self.rank(set);
        let Containing { asked, many, few, .. } = self;
        asked.begin(set, self.threshold);
        for (count, _, key) in &self.ranked {
            match many.get(key) {
                None => asked.few.extend(few.find(*key)),
                Some(list) => {
                    let alike = asked.many.iter().rev().map(|(key, _)| &many[key]);
                    if !alike.take_while(|other| other.len() == *count).any(|other| other == list) {
                        asked.many.push((*key, 0));
                    }
                }
            }
        }
        asked.few.sort_unstable_by(|a, b| b.cmp(a));
    }

    /// The next records that may contain the set, in their order, in place of what `candidates` holds: all that
    /// do and others. False: there are no more.
    pub(super) fn next(&mut self, candidates: &mut Vec<u32>) -> bool {
        let Containing { asked, many, pictures, .. } = self;
        let Asked { few, many: lists, marks, end, .. } = asked;
        candidates.clear();
        if few.is_empty() && lists.is_empty() {
            return false;
        }
        let start = *end;
        let portion = start.saturating_mul(GROWTH).max(PORTION);
        *end = start.saturating_add(portion).min(pictures.starts.len() as u32);
        marks.clear();
        marks.resize((*end - start).div_ceil(64) as usize, 0);
        let mut mark = |record: u32| {
            let at = record - start;
            marks[(at / 64) as usize] |= 1 << (at % 64);
        };
        while let Some(record) = few.pop_if(|record| *record < *end) {
            mark(record);
        }
        lists.retain_mut(|(key, passed)| {
            let list = &many[key];
            while let Some(record) = list.get(*passed).filter(|record| **record < *end) {
                *passed += 1;
                mark(*record);
            }
            *passed < list.len()
        });
        for (at, marks) in marks.iter_mut().enumerate() {
            while *marks > 0 {
                candidates.push(start + 64 * at as u32 + marks.trailing_zeros());
                *marks &= *marks - 1;
            }
        }
        true
    }

    /// Does the picture of a record leave it open whether it contains the set?
    pub(super) fn may_contain(&mut self, record: u32) -> bool {
        !self.asked.is_ruled_out(self.pictures.of(record))
    }

    /// Puts the elements of which a record that contains the set must have one into `ranked`: those that the
    /// fewest records have.
    fn rank(&mut self, set: &[u64]) {
        self.ranked.clear();
        for element in set {
            let key = *element as u32;
            let list = self.many.get(&key).map(|list| (list.len(), list.last().copied()));
            let (count, last) = list.unwrap_or_else(|| {
                let found = self.few.find(key).take(MANY + 1);
                found.fold((0, None), |(count, _), record| (count + 1, Some(record)))
            });
            if count == MANY + 1 && list.is_none() {
                let list = self.few.remove(key);
                self.listed += list.capacity();
                self.many.insert(key, list);
            }
            self.ranked.push((count, last.unwrap_or_default(), key));
        }
        let first = ordered::prefix(self.threshold, set.len());
        if first < self.ranked.len() {
            self.ranked.select_nth_unstable(first);
            self.ranked.truncate(first);
        }
        self.ranked.sort_unstable();
    }

    /// The bytes of memory in use.
    pub(super) fn bytes(&self) -> usize {
        let entry = size_of::<(u32, Vec<u32>)>() + size_of::<usize>();
        let lists = self.listed * size_of::<u32>();
        self.few.bytes() + self.many.capacity() * entry + lists + self.pictures.bytes()
    }
}

impl Asked {
    fn begin(&mut self, set: &[u64], threshold: Threshold) {
        self.set.clear();
        self.set.extend(set);
        self.lacking = set.len() - threshold.least_of(set.len()).min(set.len());
        self.few.clear();
        self.many.clear();
        self.pictures.iter_mut().for_each(Vec::clear);
        self.end = 0;
    }

    /// Does the picture of another set show that it lacks too many elements?
    fn is_ruled_out(&mut self, other: &[u64]) -> bool {
        let at = other.len().ilog2() as usize;
        if self.pictures.len() <= at {
            self.pictures.resize(at + 1, Vec::new());
        }
        if self.pictures[at].is_empty() {
            self.pictures[at].resize(other.len(), 0);
            paint(&self.set, &mut self.pictures[at]);
        }
        let mut lacking = 0;
        self.pictures[at].iter().zip(other).any(|(mine, other)| {
            lacking += (mine & !other).count_ones() as usize;
            lacking > self.lacking
        })
    }
}

/// The pictures of all records.
#[derive(Debug, Default)]
struct Pictures {
    words: Vec<u64>,
    /// Where each begins.
    starts: Vec<usize>,
}

impl Pictures {
    fn push(&mut self, set: &[u64]) {
        let start = self.words.len();
        let end = start + set.len().div_ceil(16).next_power_of_two();
        make_room(&mut self.starts, 1);
        self.starts.push(start);
        make_room(&mut self.words, end - start);
        self.words.resize(end, 0);
        paint(set, &mut self.words[start..]);
    }

    fn of(&self, record: u32) -> &[u64] {
        let at = record as usize;
        let end = self.starts.get(at + 1).copied().unwrap_or(self.words.len());
        &self.words[self.starts[at]..end]
    }

    fn bytes(&self) -> usize {
        (self.words.capacity() + self.starts.capacity()) * size_of::<u64>()
    }
}

/// Sets the bit of each element in a picture of a power of two of words.
fn paint(set: &[u64], picture: &mut [u64]) {
    let mask = picture.len() - 1;
    for element in set {
        let bit = (element >> 32) as usize;
        picture[bit >> 6 & mask] |= 1 << (bit & 63);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::similar::mix;
    use crate::similar::near::{Near, Scheme};
    use crate::similar::words::to_set;
    use proptest::prelude::*;

    fn shared(one: &[u64], other: &[u64]) -> usize {
        one.iter().filter(|element| other.binary_search(element).is_ok()).count()
    }

    /// A set of parts, each of some wordings, with some elements of its own and a few missing.
    fn of_parts(parts: &[u64], length: u64, own: u64, missing: u64) -> Vec<u64> {
        let part = |(at, wording): (usize, &u64)| {
            let name = (at as u64) << 40 | wording << 20;
            (0..length).map(move |n| mix(name | n))
        };
        let parts = parts.iter().enumerate().flat_map(part).skip(missing as usize);
        let mut set: Vec<u64> = parts.chain((0..own % 4).map(|n| mix(own << 44 | n))).collect();
        to_set(&mut set);
        set
    }

    fn sets() -> impl Strategy<Value = Vec<Vec<u64>>> {
        let parts = prop::collection::vec(0u64..3, 1..4);
        let set = (parts, 4u64..30, 0u64..400, 0u64..6);
        prop::collection::vec(
            set.prop_map(|(p, len, own, gone)| of_parts(&p, len, own, gone)),
            0..400,
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

        #[test]
        fn the_first_that_contains_a_set_is_found_among_many_of_the_same_wording(
            sets in sets(),
            largest_first: bool,
            threshold in prop::sample::select(vec!["0.3", "0.7", "0.9", "1"]),
        ) {
            let threshold: Threshold = threshold.parse().unwrap();
            let mut sets = sets;
            if largest_first {
                sets.sort_by_key(|set| std::cmp::Reverse(set.len()));
            }
            let mut near = Near::new(Scheme::Contain, threshold);
            let mut stay: Vec<usize> = Vec::new();
            for (at, set) in sets.iter().enumerate() {
                let wanted = stay.iter().copied()
                    .find(|other| threshold.is_met(shared(set, &sets[*other]), set.len()));
                let found = near.find(set, &[]).unwrap();
                prop_assert_eq!(found.map(|found| found.place as usize), wanted);
                // Every third stays in any case, as other data does, so that lists get long.
                if wanted.is_none() || at % 3 > 0 {
                    near.insert(set, &[], at as u32).unwrap();
                    stay.push(at);
                }
            }
        }
    }

    #[test]
    fn records_of_the_same_few_parts_are_told_apart_without_comparing_each_with_each() {
        let threshold: Threshold = "0.9".parse().unwrap();
        let mut near = Near::new(Scheme::Contain, threshold);
        for n in 0..4096u64 {
            let set = of_parts(&[n % 8, n / 8 % 8, n / 64 % 8, n / 512], 16, 0, 0);
            assert_eq!(near.find(&set, &[]).unwrap(), None);
            near.insert(&set, &[], n as u32).unwrap();
        }
        // Each has a part in common with some 1,700 others.
        assert!(near.compared() < 10 * 4096, "{}", near.compared());
    }

    #[test]
    fn of_many_that_contain_a_set_only_the_first_are_looked_at() {
        let mut containing = Containing::new(Threshold::ONE);
        for n in 0..5000 {
            containing.insert(&of_parts(&[0, n], 30, 0, 0), n as u32);
        }
        let (mut candidates, mut named) = (Vec::new(), Vec::new());
        containing.ask(&of_parts(&[0], 30, 0, 0));
        assert!(containing.next(&mut candidates));
        assert_eq!(candidates, (0..PORTION).collect::<Vec<_>>());
        assert_eq!(containing.asked.many.len(), 1, "all lists are the same");
        while !candidates.is_empty() {
            named.append(&mut candidates);
            containing.next(&mut candidates);
        }
        assert_eq!(named, (0..5000).collect::<Vec<_>>());
        containing.insert(&of_parts(&[0], 30, 0, 0), 5000);
        let room: usize = containing.many.values().map(Vec::capacity).sum();
        assert_eq!((containing.listed, room >= 30 * 5001), (room, true));
    }
}
