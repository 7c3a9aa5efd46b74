//! A prefix filter over a collection of sets that is complete before the first is asked for.
//!
//! Why the first elements of sets in some order are enough to find all similar ones, and why rare elements have
//! to be first, is told in [`ordered`](super::ordered), whose sets come one by one. Where all are known
//! beforehand it is simpler: elements are counted once, the order is final, and the lists lie one behind the
//! other. In data made from templates all elements of one wording are in the same sets; they share a list, which
//! is read once.
//!
//! Within a list, postings lie by how far along their sets the element stands, so that those are passed over at
//! once behind which too little follows.
//!
//! A set has a *picture* here as well: of two bits that differ, one of the sets has an element that the other
//! lacks. It is kept once for each set and has 128 bits.

use std::collections::HashMap;
use std::ops::Range;

use super::ordered::STEPS;
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

/// A set that has elements of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Posting {
    /// The number of the set.
    pub(super) set: u32,
    /// The place of the first of these elements, behind the step at which it stands.
    place: u32,
}

/// Bits of a place, or of the last one that can be told.
const PLACE: u32 = 26;

impl Posting {
    fn new(set: u32, at: usize, size: usize) -> Posting {
        let step = (at * STEPS / size.max(1)).min(STEPS - 1) as u32;
        Posting { set, place: step << PLACE | (at as u64).min((1 << PLACE) - 1) as u32 }
    }

    /// The place of the first of these elements.
    pub(super) fn at(self) -> usize {
        (self.place & ((1 << PLACE) - 1)) as usize
    }

    /// How far along the set it stands, in steps.
    fn step(self) -> usize {
        (self.place >> PLACE) as usize
    }
}

/// Sets by element. Elements that the same sets have share a list.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// The number of each element.
    elements: HashMap<u64, u32>,
    /// The list of each element by its number.
    list_of: Vec<u32>,
    starts: Vec<usize>,
    pub(super) postings: Vec<Posting>,
}

/// Lists that are being made. Which elements have the same sets is known at any time: those that had the same
/// ones so far stay together only if a further set has all of them or none (partition refinement; Paige, Tarjan,
/// SIAM J. Comput. 1987).
#[derive(Debug, Default)]
pub(super) struct Collected {
    elements: HashMap<u64, u32>,
    list_of: Vec<u32>,
    /// How many elements each list has.
    sizes: Vec<u32>,
    /// The number of an element, and a set that has it.
    postings: Vec<(u32, Posting)>,
    /// The elements of the set in hand, by their lists.
    touched: Vec<(u32, u32)>,
}

/// The list of an element that no earlier set has.
const NONE: u32 = u32::MAX;

impl Collected {
    /// Notes which elements a set of this size has, and at which places. Sets come in the order in which they are
    /// to be named.
    pub(super) fn push(
        &mut self,
        set: u32,
        size: usize,
        elements: impl Iterator<Item = (usize, u64)>,
    ) {
        self.touched.clear();
        for (at, element) in elements {
            let number = *self.elements.entry(element).or_insert(self.list_of.len() as u32);
            if number as usize == self.list_of.len() {
                self.list_of.push(NONE);
            }
            self.postings.push((number, Posting::new(set, at, size)));
            self.touched.push((self.list_of[number as usize], number));
        }
        self.touched.sort_unstable();
        for same in self.touched.chunk_by(|one, other| one.0 == other.0) {
            let count = same.len() as u32;
            match self.sizes.get_mut(same[0].0 as usize) {
                Some(size) if *size == count => continue,
                Some(size) => *size -= count,
                None => {}
            }
            let list = self.sizes.len() as u32;
            self.sizes.push(count);
            same.iter().for_each(|(_, number)| self.list_of[*number as usize] = list);
        }
    }

    /// Puts them into lists.
    pub(super) fn into_lists(self) -> Lists {
        let Collected { elements, list_of, sizes, mut postings, .. } = self;
        let mut last = vec![NONE; sizes.len()];
        // The first element of a list that a set has stands for the others.
        postings.retain_mut(|(number, posting)| {
            *number = list_of[*number as usize];
            std::mem::replace(&mut last[*number as usize], posting.set) != posting.set
        });
        let mut starts = vec![0; sizes.len() + 1];
        postings.iter().for_each(|(list, _)| starts[*list as usize + 1] += 1);
        (1..starts.len()).for_each(|at| starts[at] += starts[at - 1]);
        let mut ends = starts.clone();
        let mut sorted = vec![Posting { set: 0, place: 0 }; postings.len()];
        for (list, posting) in postings {
            let end = &mut ends[list as usize];
            sorted[*end] = posting;
            *end += 1;
        }
        for list in starts.windows(2) {
            sorted[list[0]..list[1]].sort_unstable_by_key(|posting| (posting.step(), posting.set));
        }
        Lists { elements, list_of, starts, postings: sorted }
    }
}

impl Lists {
    /// The lists in which the sets stand that have one of these elements, each once, with the place of the
    /// first of its elements.
    pub(super) fn of(
        &self,
        elements: impl Iterator<Item = (usize, u64)>,
        into: &mut Vec<(u32, usize)>,
    ) {
        into.clear();
        let known = elements.filter_map(|(at, element)| {
            self.elements.get(&element).map(|number| (self.list_of[*number as usize], at))
        });
        into.extend(known);
        into.sort_unstable();
        into.dedup_by_key(|(list, _)| *list);
        into.sort_unstable_by_key(|(_, at)| *at);
    }

    /// Where the postings of a list lie that stand at a step up to `last`: for each step a part of its own, in
    /// which sets are in order.
    pub(super) fn parts(&self, list: u32, last: usize) -> impl Iterator<Item = Range<usize>> {
        let mut rest = self.starts[list as usize]..self.starts[list as usize + 1];
        std::iter::from_fn(move || {
            let postings = &self.postings[rest.clone()];
            let step = postings.first()?.step();
            let len = postings.partition_point(|posting| posting.step() <= step);
            let part = rest.start..rest.start + len;
            rest.start = part.end;
            (step <= last).then_some(part)
        })
    }

    /// The bytes of memory in use.
    pub(super) fn bytes(&self) -> usize {
        let element = size_of::<(u64, u32)>() + 1;
        self.elements.capacity() * element
            + self.list_of.capacity() * size_of::<u32>()
            + self.starts.capacity() * size_of::<usize>()
            + self.postings.capacity() * size_of::<Posting>()
    }
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
        let mut most = self.size.saturating_sub(at).min(other.size.saturating_sub(there));
        let ([a, b], [c, d]) = (self.picture, other.picture);
        if self.picture != [0, 0] && other.picture != [0, 0] {
            let differ = ((a ^ c).count_ones() + (b ^ d).count_ones()) as usize;
            most = most.min((both - differ) / 2);
        }
        // They share as many at most.
        t.is_met(most, both - most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::similar::mix;
    use crate::similar::words::to_set;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

        #[test]
        fn a_list_names_the_sets_that_have_an_element_and_is_shared_by_those_that_these_have(
            sets in prop::collection::vec(prop::collection::btree_set(0u64..30, 0..12), 0..40)
        ) {
            let mut collected = Collected::default();
            for (number, set) in (0..).zip(&sets) {
                collected.push(number, set.len(), set.iter().copied().enumerate());
            }
            let lists = collected.into_lists();
            let having = |element: u64| -> Vec<u32> {
                let sets = (0..).zip(&sets).filter(|(_, set)| set.contains(&element));
                sets.map(|(number, _)| number).collect()
            };
            let mut found = Vec::new();
            for element in 0..30u64 {
                lists.of([(7, element)].into_iter(), &mut found);
                let wanted = having(element);
                prop_assert_eq!(found.len(), usize::from(!wanted.is_empty()));
                let Some((list, 7)) = found.first() else { continue };
                let parts: Vec<_> = lists.parts(*list, STEPS).collect();
                let mut postings: Vec<Posting> = Vec::new();
                for part in &parts {
                    let part = &lists.postings[part.clone()];
                    prop_assert!(part.is_sorted_by_key(|posting| posting.set));
                    prop_assert!(part.iter().all(|posting| posting.step() == part[0].step()));
                    postings.extend(part);
                }
                let early: usize = lists.parts(*list, 5).map(|part| part.len()).sum();
                prop_assert_eq!(early, postings.iter().filter(|at| at.step() <= 5).count());
                postings.sort_by_key(|posting| posting.set);
                prop_assert_eq!(postings.iter().map(|at| at.set).collect::<Vec<_>>(), wanted.clone());
                let least = (0..30).find(|other| having(*other) == wanted).unwrap();
                for posting in postings {
                    let place = sets[posting.set as usize].iter().position(|at| *at == least);
                    prop_assert_eq!(place, Some(posting.at()));
                }
            }
            lists.of((0..30).map(|element| (element as usize, element)), &mut found);
            let mut different: Vec<_> = (0..30).map(having).filter(|sets| !sets.is_empty()).collect();
            different.sort();
            different.dedup();
            prop_assert_eq!(found.len(), different.len());
            prop_assert!(found.is_sorted_by_key(|(_, at)| *at));
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
