//! How two datasets differ: training and validation data, or one dataset before and after a change.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::measure::Distinct;
use crate::measure::distinct::Known;
use crate::measure::sum::total;

use super::chat::ROLES;
use super::definitions::{COMPARED, Report};
use super::duplicates;
use super::figures::Maker;
use super::number::{as_map, number_at};
use super::state::State;

/// One figure of both.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Its name in the report of one dataset.
    pub figure: &'static str,
    /// Of the first; none where it is of nothing, as below.
    pub first: Option<f64>,
    /// Of the second.
    pub second: Option<f64>,
    /// The second less the first.
    pub difference: Option<f64>,
}

/// What of the second dataset is also in the first.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Overlap {
    /// Different ones of the second that are also in the first.
    pub count: u64,
    /// Of the different ones of the second.
    pub share: f64,
    /// The figures are estimates from a sample.
    pub estimated: bool,
}

/// How two datasets differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The inputs of the first.
    pub first: Vec<String>,
    /// The inputs of the second.
    pub second: Vec<String>,
    /// Figures of both.
    pub figures: Vec<Row>,
    /// Jensen-Shannon distances of distributions: 0 when they are the same, 1 when they have nothing in common;
    /// none where one of them is of nothing.
    pub distances: BTreeMap<String, Option<f64>>,
    /// What both hold, by what is compared, none where one has nothing of it; none when duplicates were not
    /// looked for.
    pub overlap: Option<BTreeMap<&'static str, Option<Overlap>>>,
}

impl Comparison {
    /// Compares two states that were measured in the same way.
    pub fn new(first: &State, second: &State, maker: &Maker<'_>) -> Comparison {
        let figures = [first, second].map(|state| as_map(&maker.figures(state)));
        Comparison {
            first: first.files.clone(),
            second: second.files.clone(),
            figures: rows(&figures),
            distances: distances(first, second),
            overlap: first.quality.as_ref().zip(second.quality.as_ref()).map(|(first, second)| {
                let pairs =
                    duplicates::COMPARED.iter().zip(first.repeats.iter().zip(&second.repeats));
                pairs.map(|((name, _), (first, second))| (*name, overlap(first, second))).collect()
            }),
        }
    }
}

/// The figures of both, but those of parts that were not measured.
fn rows(figures: &[Map<String, Value>; 2]) -> Vec<Row> {
    let row = |figure: &&'static str| {
        let [first, second] = figures.each_ref().map(|of| number_at(of, Report::One, figure).ok());
        let (first, second) = (first?, second?);
        let difference = first.zip(second).map(|(first, second)| second - first);
        Some(Row { figure, first, second, difference })
    };
    COMPARED.iter().filter_map(row).collect()
}

/// Counts by name.
type Counts = BTreeMap<String, u64>;

fn distances(first: &State, second: &State) -> BTreeMap<String, Option<f64>> {
    let roles = |state: &State| -> Counts {
        let counts = ROLES.into_iter().zip(state.shape.by_role);
        counts.map(|(role, count)| (role.name().to_owned(), count)).collect()
    };
    let scripts = |state: &State| -> Counts {
        let names = state.scripts.records.sorted();
        names.into_iter().map(|named| (named.name.to_string(), named.count)).collect()
    };
    let turns = |state: &State| -> Counts {
        let counts = state.shape.turns.counts();
        counts.into_iter().map(|(turns, count)| (turns.to_string(), count)).collect()
    };
    let characters = |state: &State| by_magnitude(&state.characters.record.counts());
    let tokens = |state: &State| {
        by_magnitude(&state.tokens.as_ref().map_or(Vec::new(), |tokens| tokens.record.counts()))
    };
    // Of records without a message nothing is told, though each has a length of 0.
    let has_messages =
        [first, second].iter().all(|state| state.shape.by_role.iter().any(|count| *count > 0));
    let distance =
        |first: &Counts, second: &Counts| has_messages.then(|| distance(first, second)).flatten();
    let mut out: BTreeMap<String, Option<f64>> = [
        ("roles", distance(&roles(first), &roles(second))),
        ("scripts", distance(&scripts(first), &scripts(second))),
        ("turns", distance(&turns(first), &turns(second))),
        ("characters", distance(&characters(first), &characters(second))),
    ]
    .map(|(name, distance)| (name.to_owned(), distance))
    .into();
    if first.tokens.is_some() {
        out.insert("tokens".to_owned(), distance(&tokens(first), &tokens(second)));
    }
    for (one, other) in first.categories.fields.iter().zip(&second.categories.fields) {
        let [one_counts, other_counts] = [one, other].map(|field| -> Counts {
            field.values.iter().map(|(value, of)| (value.to_owned(), of.records)).collect()
        });
        out.insert(one.pointer.clone(), self::distance(&one_counts, &other_counts));
    }
    out
}

/// Lengths in bins, of which two make a doubling: a shift by a tenth shows, and chance does not.
fn by_magnitude(counts: &[(u64, u64)]) -> Counts {
    let mut bins = Counts::new();
    for (length, count) in counts {
        let bin = ((*length + 1) as f64).log2() * 2.0;
        *bins.entry((bin as u64).to_string()).or_default() += count;
    }
    bins
}

/// The Jensen-Shannon distance: the root of the divergence with logarithms to base 2. None if there are no values
/// in one of them.
fn distance(first: &Counts, second: &Counts) -> Option<f64> {
    let totals = [first, second].map(|counts| total(counts.values().copied()) as f64);
    if totals.contains(&0.0) {
        return None;
    }
    let names: std::collections::BTreeSet<&String> = first.keys().chain(second.keys()).collect();
    let mut divergence = 0.0;
    for name in names {
        let share = |counts: &Counts, total: f64| *counts.get(name).unwrap_or(&0) as f64 / total;
        let (p, q) = (share(first, totals[0]), share(second, totals[1]));
        let middle = (p + q) / 2.0;
        for share in [p, q].into_iter().filter(|share| *share > 0.0) {
            divergence += share / 2.0 * (share / middle).log2();
        }
    }
    Some(divergence.clamp(0.0, 1.0).sqrt())
}

/// What of the second is also in the first. Of two samples what both could hold is compared. None if one of them
/// is of nothing.
fn overlap<V: Known, W: Known>(first: &Distinct<V>, second: &Distinct<W>) -> Option<Overlap> {
    if first.held().next().is_none() || second.held().next().is_none() {
        return None;
    }
    let level = first.level().max(second.level());
    let kept = |key: &u64| key.leading_zeros() >= level;
    let known: std::collections::HashSet<u64> =
        first.held().map(|(key, _)| key).filter(kept).collect();
    let keys: Vec<u64> = second.held().map(|(key, _)| key).filter(kept).collect();
    let common = keys.iter().filter(|key| known.contains(key)).count();
    Some(Overlap {
        count: (common as f64 * 2f64.powi(level as i32)) as u64,
        share: if keys.is_empty() { 0.0 } else { common as f64 / keys.len() as f64 },
        estimated: level > 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_is_0_for_the_same_and_1_for_nothing_in_common() {
        let of = |pairs: &[(&str, u64)]| -> Counts {
            pairs.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
        };
        assert_eq!(distance(&of(&[("a", 1), ("b", 3)]), &of(&[("a", 10), ("b", 30)])), Some(0.0));
        assert_eq!(distance(&of(&[("a", 1)]), &of(&[("b", 1)])), Some(1.0));
        assert_eq!(distance(&of(&[]), &of(&[("b", 1)])), None);
        assert_eq!(distance(&of(&[]), &of(&[])), None);
        // By hand: the divergence of (1, 0) and (1/2, 1/2) is 0.311278 bits.
        let half = distance(&of(&[("a", 1)]), &of(&[("a", 1), ("b", 1)])).unwrap();
        assert!((half - 0.311_278f64.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn common_keys_are_counted_where_both_could_hold_them() {
        let of = |keys: std::ops::Range<u64>, limit| {
            let mut distinct: Distinct<()> = Distinct::new(limit);
            keys.for_each(|key| distinct.add(xxhash_rust::xxh3::xxh3_64(&key.to_le_bytes()), ()));
            distinct
        };
        let exact = overlap(&of(0..100, 1000), &of(75..125, 1000));
        assert_eq!(exact, Some(Overlap { count: 25, share: 0.5, estimated: false }));
        assert_eq!(overlap(&of(0..0, 9), &of(0..9, 9)), None);
        assert_eq!(overlap(&of(0..9, 9), &of(0..0, 9)), None);
        let sampled = overlap(&of(0..100_000, 4096), &of(75_000..125_000, 1 << 20)).unwrap();
        assert!(sampled.estimated && (sampled.share - 0.5).abs() < 0.05, "{sampled:?}");
    }
}
