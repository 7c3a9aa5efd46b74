use super::*;
use crate::similar::mix;
use crate::similar::sets::shared;
use crate::similar::words::to_set;
use proptest::prelude::*;

/// Which of the sets are removed, and for which.
fn run(sets: &[Vec<u64>], scheme: Scheme, threshold: Threshold) -> Vec<Option<u32>> {
    run_by(sets, scheme, threshold, |sketcher, set, bands| sketcher.bands(set, bands))
}

/// Likewise, with bands that `sign` makes.
fn run_by(
    sets: &[Vec<u64>],
    scheme: Scheme,
    threshold: Threshold,
    mut sign: impl FnMut(&mut Sketcher, &[u64], &mut Vec<u32>),
) -> Vec<Option<u32>> {
    let mut near = Near::new(scheme, threshold);
    let mut sketcher = scheme.sketcher();
    let mut keys = Vec::new();
    let one = |(place, set): (usize, &Vec<u64>)| {
        keys.clear();
        if let Some(sketcher) = &mut sketcher {
            sign(sketcher, set, &mut keys);
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
        let signed = run_by(&sets, scheme, threshold, |sketcher, set, bands| {
            scheme.sign(threshold, sketcher, set, bands);
        });
        prop_assert_eq!(signed, twin(&sets, threshold));
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

#[test]
fn a_set_without_elements_is_no_ones_candidate_and_is_not_put_in_order() {
    let threshold: Threshold = "0.8".parse().unwrap();
    let mut near = Near::new(Scheme::jaccard(threshold, false), threshold);
    near.insert(&[], &[], 0).unwrap();
    near.insert(&[1, 2], &[0; 21], 1).unwrap();
    assert_eq!(near.find(&[], &[]).unwrap(), None);
    let Near { sets, found_by: FoundBy::Similarity(similarity), .. } = &mut near else {
        unreachable!("the scheme is one of similarity");
    };
    similarity.ordered.reorder(sets).unwrap();
    assert_eq!(near.find(&[1, 2], &[0; 21]).unwrap().map(|found| found.place), Some(1));
}

#[test]
fn sets_without_elements_do_not_shift_the_others() {
    // Long sets of which many share a band, so that they are put in order one by one.
    let set = |n: u64| -> Vec<u64> {
        let mut set: Vec<u64> = (0..200).map(mix).collect();
        set.extend((0..20).map(|at| mix(n << 32 | at | 1 << 60)));
        to_set(&mut set);
        set
    };
    for scheme in [Scheme::jaccard("0.95".parse().unwrap(), false), Scheme::Contain] {
        let threshold: Threshold = "0.95".parse().unwrap();
        let mut sets: Vec<Vec<u64>> = (0..300).map(set).collect();
        for at in (0..300).step_by(7) {
            sets.insert(at, Vec::new());
        }
        let known = sets.len();
        sets.extend((0..300).map(set));
        let found = run(&sets, scheme, threshold);
        let first = |set: &Vec<u64>| sets.iter().position(|other| other == set);
        for (at, set) in sets.iter().enumerate().skip(known) {
            assert_eq!(found[at].map(|place| place as usize), first(set), "{at}");
        }
    }
}
