//! Families, and what is found between parts, against comparing everything with everything.

use proptest::prelude::*;

use super::*;
use crate::similar::Witnesses;
use crate::similar::mix;
use crate::similar::sets::{Match, shared};
use crate::similar::words::to_set;

/// Sets with all that a comparison needs.
struct Records {
    threshold: Threshold,
    complete: bool,
    sets: Vec<Vec<u64>>,
    bands: Vec<Vec<u32>>,
    stored: Vec<Vec<u8>>,
}

impl Records {
    fn new(sets: &[Vec<u64>], threshold: &str, complete: bool) -> Records {
        let threshold = threshold.parse().unwrap();
        let mut sketcher = Scheme::jaccard(threshold, complete).sketcher();
        let mut bands = |set: &Vec<u64>| {
            let mut bands = Vec::new();
            sketcher.iter_mut().for_each(|sketcher| sketcher.bands(set, &mut bands));
            bands
        };
        let stored = |set: &Vec<u64>| set.iter().flat_map(|at| at.to_le_bytes()).collect();
        Records {
            threshold,
            complete: complete || Scheme::jaccard(threshold, false) == Scheme::Complete,
            bands: sets.iter().map(&mut bands).collect(),
            stored: sets.iter().map(stored).collect(),
            sets: sets.to_vec(),
        }
    }

    /// The definition: are two records kin?
    fn kin(&self, one: usize, other: usize) -> Option<Match> {
        let shared = shared(&self.sets[one], &self.stored[other]);
        let short = |at: usize| is_short(self.threshold, self.sets[at].len());
        let mut bands = self.bands[one].iter().zip(&self.bands[other]);
        let of = self.sets[one].len() + self.sets[other].len() - shared;
        let may = self.complete || short(one) || short(other) || bands.any(|(a, b)| a == b);
        (may && self.threshold.is_met(shared, of)).then_some(Match {
            place: other as u32,
            shared,
            of,
        })
    }

    /// The least record of each one's family, by going from kin to kin.
    fn components(&self) -> Vec<u32> {
        let mut names = vec![u32::MAX; self.sets.len()];
        for first in 0..self.sets.len() {
            if names[first] != u32::MAX {
                continue;
            }
            let mut open = vec![first];
            while let Some(one) = open.pop() {
                names[one] = first as u32;
                let news =
                    |other: &usize| names[*other] == u32::MAX && self.kin(one, *other).is_some();
                let news: Vec<usize> = (0..self.sets.len()).filter(news).collect();
                open.extend(news);
            }
        }
        names
    }

    /// Likewise, as they are found when the records come in this order.
    fn families(&self, in_order: impl Iterator<Item = usize>) -> Vec<u32> {
        let mut unions = Unions::default();
        (0..self.sets.len()).for_each(|_| _ = unions.add());
        let mut kin = Kin::new(self.threshold, self.complete);
        for at in in_order {
            kin.push(&self.sets[at], &self.bands[at], at as u32, &mut unions).unwrap();
        }
        kin.unite(&mut unions).unwrap();
        (0..unions.len() as u32).map(|node| unions.root(node)).collect()
    }

    /// What is found of part `true` for each record of part `false`.
    fn found(&self, parts: &[bool]) -> Vec<Option<Match>> {
        let mut witnesses = Witnesses::new(self.threshold, self.complete);
        for at in (0..self.sets.len()).filter(|at| parts[*at]) {
            witnesses.push(&self.sets[at], &self.bands[at], at as u32).unwrap();
        }
        let asked = (0..self.sets.len()).filter(|at| !parts[*at]);
        asked.map(|at| witnesses.find(&self.sets[at], &self.bands[at]).unwrap()).collect()
    }

    /// The same by comparing everything with everything.
    fn found_naively(&self, parts: &[bool]) -> Vec<Option<Match>> {
        let first = |at: usize| {
            let part = (0..self.sets.len()).filter(|other| parts[*other]);
            part.filter_map(|other| self.kin(at, other)).next()
        };
        (0..self.sets.len()).filter(|at| !parts[*at]).map(first).collect()
    }
}

/// Elements of a name.
fn named(name: u64, range: std::ops::Range<u64>) -> impl Iterator<Item = u64> {
    range.map(move |n| mix(name << 32 | n))
}

/// A window of a row of elements, with a few others: every similarity occurs, the empty set, and equal sets.
fn window() -> impl Strategy<Value = Vec<u64>> {
    (0u64..3, 0u64..10, 0u64..60, 0u64..4).prop_map(|(row, from, len, odd)| {
        named(row, from..from + len).chain(named(9, 0..odd)).collect()
    })
}

/// One of a few wordings, a part of it or nearly all, and some elements of its own: crowds that are nearly
/// alike, of lengths around the longest that are short at any threshold.
fn worded() -> impl Strategy<Value = Vec<u64>> {
    (0u64..2, 20u64..120, 0u64..30, 0u64..50).prop_map(|(wording, len, own, name)| {
        named(20 + wording, 0..len).chain(named(40 + name, 0..own)).collect()
    })
}

/// Four parts of which each has three wordings.
fn of_parts() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(0u64..3, 4).prop_map(|parts| {
        let part = |(at, wording): (u64, u64)| named(100 + 10 * at + wording, 0..10 + 5 * at);
        (0..4).zip(parts).flat_map(part).collect()
    })
}

fn sets() -> impl Strategy<Value = Vec<Vec<u64>>> {
    let set = prop_oneof![window(), worded(), of_parts()];
    let sets = prop_oneof![
        prop::collection::vec(set, 0..120),
        prop::collection::vec(worded(), 0..160),
        prop::collection::vec(of_parts(), 0..90),
    ];
    sets.prop_map(|mut sets| {
        sets.iter_mut().for_each(to_set);
        sets
    })
}

fn threshold() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["0.05", "0.5", "0.8", "0.9", "1"])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() })]

    #[test]
    fn families_are_the_components_whatever_the_order(
        sets in sets(),
        threshold in threshold(),
        complete: bool,
        seed: u64,
    ) {
        let records = Records::new(&sets, threshold, complete);
        let wanted = records.components();
        prop_assert_eq!(&records.families(0..sets.len()), &wanted);
        prop_assert_eq!(&records.families((0..sets.len()).rev()), &wanted);
        let mut shuffled: Vec<usize> = (0..sets.len()).collect();
        shuffled.sort_by_key(|at| mix(seed ^ *at as u64));
        prop_assert_eq!(&records.families(shuffled.into_iter()), &wanted);
    }

    #[test]
    fn the_first_of_a_part_is_found_that_comparing_everything_finds(
        sets in sets(),
        threshold in threshold(),
        complete: bool,
        seed: u64,
    ) {
        let records = Records::new(&sets, threshold, complete);
        let parts: Vec<bool> = (0..sets.len()).map(|at| mix(seed ^ at as u64) & 1 == 1).collect();
        prop_assert_eq!(records.found(&parts), records.found_naively(&parts));
    }

    #[test]
    fn between_parts_that_no_family_is_parted_by_nothing_is_found(
        sets in sets(),
        threshold in threshold(),
        complete: bool,
        seed: u64,
    ) {
        let records = Records::new(&sets, threshold, complete);
        let families = records.families(0..sets.len());
        let part = |family: &u32| mix(seed ^ u64::from(*family)) & 1 == 1;
        let parts: Vec<bool> = families.iter().map(part).collect();
        prop_assert!(records.found(&parts).iter().all(Option::is_none));
    }
}

/// Records of 113 elements of which 100 are common to 300 of them (.794), and 150 of these again with 12 of the
/// common ones replaced (.808): a crowd in most bands, in which hardly any two are alike.
fn crowd() -> Vec<Vec<u64>> {
    let record = |n: u64, odd: u64| {
        let own = named(100 + n, 0..13).chain(named(1000 + n, 0..odd));
        let mut set: Vec<u64> = named(1, 0..100 - odd).chain(own).collect();
        to_set(&mut set);
        set
    };
    (0..300).map(|n| record(n, 0)).chain((0..150).map(|n| record(n, 12))).collect()
}

#[test]
fn in_a_crowd_of_one_template_only_kin_are_found() {
    let records = Records::new(&crowd(), "0.8", false);
    let families = records.families(0..450);
    assert_eq!(families, records.components());
    let pairs = (300..450).filter(|at| families[*at] as usize == at - 300).count();
    assert!(pairs > 140, "{pairs}");
    let parts: Vec<bool> = (0..450).map(|at| at < 300).collect();
    assert_eq!(records.found(&parts), records.found_naively(&parts));
    let mut unions = Unions::default();
    let mut kin = Kin::new(records.threshold, false);
    for (set, bands) in records.sets.iter().zip(&records.bands) {
        kin.push(set, bands, unions.add(), &mut unions).unwrap();
    }
    kin.unite(&mut unions).unwrap();
    assert!(kin.compared() < 10 * 450, "{}", kin.compared());
}

#[test]
fn families_of_thousands_cost_a_few_comparisons_a_record() {
    // 60 or 100 elements of which all but 5 are common: short ones, and long ones.
    for (size, complete) in [(45, false), (100, false), (100, true)] {
        let set = |n: u64| {
            let mut set: Vec<u64> = named(1, 0..size - 5).chain(named(2 + n, 0..5)).collect();
            to_set(&mut set);
            set
        };
        let sets: Vec<Vec<u64>> = (0..2000).map(|n| set(n % 1500)).collect();
        let records = Records::new(&sets, "0.8", complete);
        let mut unions = Unions::default();
        let mut kin = Kin::new(records.threshold, complete);
        for (set, bands) in records.sets.iter().zip(&records.bands) {
            kin.push(set, bands, unions.add(), &mut unions).unwrap();
        }
        kin.unite(&mut unions).unwrap();
        assert!((0..2000).all(|node| unions.root(node) == 0));
        assert_eq!(kin.len(), 1500);
        assert!(kin.compared() < 2 * 1500, "{}", kin.compared());
    }
}

#[test]
fn records_can_be_added_when_others_were_united() {
    let sets: Vec<Vec<u64>> = crowd().into_iter().rev().collect();
    let records = Records::new(&sets, "0.8", false);
    let mut unions = Unions::default();
    let (mut kin, mut witnesses) =
        (Kin::new(records.threshold, false), Witnesses::new(records.threshold, false));
    for (at, (set, bands)) in sets.iter().zip(&records.bands).enumerate() {
        kin.push(set, bands, unions.add(), &mut unions).unwrap();
        witnesses.push(set, bands, at as u32).unwrap();
        if at % 150 == 7 {
            kin.unite(&mut unions).unwrap();
            assert_eq!(
                witnesses.find(set, bands).unwrap().map(|found| found.shared <= set.len()),
                Some(true)
            );
        }
    }
    kin.unite(&mut unions).unwrap();
    let families: Vec<u32> = (0..450).map(|node| unions.root(node)).collect();
    assert_eq!(families, records.components());
    assert_eq!(witnesses.find(&[], &[]).unwrap(), None);
}
