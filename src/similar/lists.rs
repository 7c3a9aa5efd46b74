//! A prefix filter over a collection of sets that is complete before the first is asked for.
//!
//! Why the first elements of sets in some order are enough to find all similar ones, and why rare elements have
//! to be first, is told in [`ordered`](super::ordered), whose sets come one by one. Where all are known
//! beforehand it is simpler: elements are counted once, the order is final, and the index is two flat lists.
//!
//! A set has a *picture* here as well: of two bits that differ, one of the sets has an element that the other
//! lacks. It is kept once for each set and has 128 bits.

use std::ops::Range;

use super::mix;
use super::threshold::Threshold;

/// The most counters of elements: 16 MiB. Elements that share one look more frequent than they are, which costs
/// a little time and no truth.
const COUNTERS: usize = 1 << 23;

/// The longest sets that have a picture: of longer ones most bits would be set.
const PICTURED: usize = 250;

/// How often the elements of a collection occur: the order in which they stand.
#[derive(Debug, Default)]
pub(super) struct Order {
    counts: Vec<u16>,
}

/// An element, behind the number of its occurrences.
pub(super) type Ranked = (u16, u64);

impl Order {
    /// None has occurred yet, and about `elements` will.
    pub(super) fn new(elements: usize) -> Order {
        Order { counts: vec![0; elements.next_power_of_two().min(COUNTERS)] }
    }

    /// Counts the elements of a set.
    pub(super) fn count(&mut self, set: &[u64]) {
        let counters = self.counts.len();
        for element in set {
            let count = &mut self.counts[*element as usize % counters];
            *count = count.saturating_add(1);
        }
    }

    /// The `first` elements of a set, in place of what `into` holds. An occurrence more may be told than there
    /// was, never one less.
    pub(super) fn rank(&self, set: &[u64], first: usize, into: &mut Vec<Ranked>) {
        let counters = self.counts.len();
        into.clear();
        into.extend(
            set.iter().map(|element| (self.counts[*element as usize % counters], *element)),
        );
        if first < into.len() {
            into.select_nth_unstable(first);
            into.truncate(first);
        }
        into.sort_unstable();
    }

    pub(super) fn bytes(&self) -> usize {
        self.counts.capacity() * size_of::<u16>()
    }
}

/// A set that has an element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Posting {
    /// The number of the set.
    pub(super) set: u32,
    /// At which place it has the element, or a place before.
    pub(super) at: u16,
    /// Some bits of the element.
    tag: u16,
}

/// Sets by element. Elements that fall into one list are told apart by 16 bits, so that now and then a set is
/// named that has not the element.
#[derive(Debug, Default)]
pub(super) struct Lists {
    bits: u32,
    starts: Vec<usize>,
    pub(super) postings: Vec<Posting>,
}

/// Postings on their way into lists.
#[derive(Debug, Default)]
pub(super) struct Collected(Vec<(u32, Posting)>);

impl Collected {
    /// Notes that a set has an element at a place. Sets come in the order in which they are to be named.
    pub(super) fn push(&mut self, element: u64, set: u32, at: usize) {
        let (hash, tag) = hash(element);
        let at = u16::try_from(at).unwrap_or(u16::MAX);
        self.0.push((hash, Posting { set, at, tag }));
    }

    /// Puts them into lists of two on average.
    pub(super) fn into_lists(self) -> Lists {
        let bits = (self.0.len() / 2).next_power_of_two().ilog2().clamp(1, 31);
        let list = |hash: u32| (hash >> (32 - bits)) as usize;
        let mut starts = vec![0; (1 << bits) + 1];
        self.0.iter().for_each(|(hash, _)| starts[list(*hash) + 1] += 1);
        (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
        let mut ends = starts.clone();
        let mut postings = vec![Posting { set: 0, at: 0, tag: 0 }; self.0.len()];
        for (hash, posting) in self.0 {
            let end = &mut ends[list(hash)];
            postings[*end] = posting;
            *end += 1;
        }
        Lists { bits, starts, postings }
    }
}

impl Lists {
    /// Where the postings of an element lie, among those of others.
    pub(super) fn range(&self, element: u64) -> Range<usize> {
        if self.postings.is_empty() {
            return 0..0;
        }
        let list = (hash(element).0 >> (32 - self.bits)) as usize;
        self.starts[list]..self.starts[list + 1]
    }

    pub(super) fn bytes(&self) -> usize {
        self.starts.capacity() * size_of::<usize>()
            + self.postings.capacity() * size_of::<Posting>()
    }
}

impl Posting {
    /// May it be one of this element?
    pub(super) fn is_of(self, element: u64) -> bool {
        self.tag == hash(element).1
    }
}

/// What chooses the list of an element, and what tells it from others there.
fn hash(element: u64) -> (u32, u16) {
    let hash = mix(element);
    ((hash >> 32) as u32, hash as u16)
}

/// What is known of a set without reading it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outline {
    pub(super) size: usize,
    picture: [u64; 2],
}

impl Outline {
    pub(super) fn new(set: &[u64]) -> Outline {
        let mut picture = [0, 0];
        if set.len() <= PICTURED {
            set.iter().for_each(|element| {
                picture[(element >> 38 & 1) as usize] |= 1 << (element >> 32 & 63)
            });
        }
        Outline { size: set.len(), picture }
    }

    /// May the two be similar, if the first element that they share stands at these places?
    pub(super) fn may_be_alike(
        self,
        at: usize,
        other: Outline,
        there: usize,
        t: Threshold,
    ) -> bool {
        let both = self.size + other.size;
        let needed = t.least_shared(both);
        let ([a, b], [c, d]) = (self.picture, other.picture);
        let differ = ((a ^ c).count_ones() + (b ^ d).count_ones()) as usize;
        let drawn = self.picture != [0, 0] && other.picture != [0, 0];
        needed + at <= self.size
            && needed + there <= other.size
            && !(drawn && differ + 2 * needed > both)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::similar::words::to_set;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

        #[test]
        fn every_posting_is_found_in_the_order_in_which_it_came(
            elements in prop::collection::vec(0u64..50, 0..300)
        ) {
            let mut collected = Collected::default();
            for (set, element) in elements.iter().enumerate() {
                collected.push(mix(*element), set as u32, set * 1000);
            }
            let lists = collected.into_lists();
            for element in 0..50u64 {
                let found: Vec<usize> = lists.postings[lists.range(mix(element))]
                    .iter()
                    .filter(|posting| posting.is_of(mix(element)))
                    .map(|posting| posting.set as usize)
                    .collect();
                let wanted = elements.iter().enumerate().filter(|(_, other)| **other == element);
                prop_assert_eq!(found, wanted.map(|(set, _)| set).collect::<Vec<_>>());
            }
            let exact = |(set, posting): (usize, &Posting)| {
                posting.set as usize == set || usize::from(posting.at) <= posting.set as usize * 1000
            };
            prop_assert!(lists.postings.iter().enumerate().all(exact));
        }

        #[test]
        fn an_outline_never_rules_out_what_is_alike(
            one in prop::collection::vec(0u64..60, 1..60),
            other in prop::collection::vec(0u64..60, 1..60),
            threshold in prop::sample::select(vec!["0.3", "0.5", "0.8", "1"]),
        ) {
            let threshold: Threshold = threshold.parse().unwrap();
            let set = |elements: &[u64]| {
                let mut set: Vec<u64> = elements.iter().map(|element| mix(*element)).collect();
                to_set(&mut set);
                set
            };
            let (one, other) = (set(&one), set(&other));
            let first = |at: &usize| other.contains(&one[*at]);
            let shared = (0..one.len()).filter(first).count();
            let alike = threshold.is_met(shared, one.len() + other.len() - shared);
            if let (Some(at), true) = ((0..one.len()).find(first), alike) {
                let there = other.iter().position(|element| *element == one[at]).unwrap();
                let (one, other) = (Outline::new(&one), Outline::new(&other));
                prop_assert!(one.may_be_alike(at, other, there, threshold));
                prop_assert!(other.may_be_alike(there, one, at, threshold));
            }
        }
    }

    #[test]
    fn rare_elements_are_first() {
        let mut order = Order::new(100);
        order.count(&[1, 2, 3, 4]);
        order.count(&[1, 3, 4]);
        order.count(&[1, 4]);
        let mut ranked = Vec::new();
        order.rank(&[1, 2, 3, 5], 3, &mut ranked);
        assert_eq!(ranked, [(0, 5), (1, 2), (2, 3)]);
        order.rank(&[1], 3, &mut ranked);
        assert_eq!(ranked, [(3, 1)]);
    }
}
