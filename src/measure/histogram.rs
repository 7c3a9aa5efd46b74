//! How often each length occurs: an exact histogram of whole numbers.
//!
//! It answers what a sketch of quantiles would, exactly, and more: the share over any limit, and how the
//! lengths pack. A dense list of counts serves the lengths that are frequent, a sorted map the few above.

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use super::sum::add;

/// Values below this have a place of their own in a list: no dataset has so many longer texts that the map
/// above it would be felt. 512 KiB at most.
const DENSE: usize = 1 << 16;

/// The most values, and the greatest sum of all, that a histogram is read with. No dataset has so many bytes; with
/// more a sum could overflow.
pub const MOST: u64 = 1 << 56;

/// The percentiles that a summary holds, with their names.
pub const PERCENTILES: [(&str, u32); 9] = [
    ("p1", 1),
    ("p5", 5),
    ("p25", 25),
    ("p50", 50),
    ("p75", 75),
    ("p90", 90),
    ("p95", 95),
    ("p99", 99),
    ("max", 100),
];

/// A histogram of whole numbers.
#[derive(Debug, Clone, Default)]
pub struct Histogram {
    /// Values that were added and not sorted in. A part of a dataset has few, and is made and merged faster
    /// with them as they came.
    fresh: Vec<u32>,
    dense: Vec<u64>,
    far: BTreeMap<u64, u64>,
}

impl Histogram {
    /// Adds a value.
    #[inline]
    pub fn add(&mut self, value: u64) {
        match u32::try_from(value) {
            Ok(value) => self.fresh.push(value),
            Err(_) => *self.far.entry(value).or_default() += 1,
        }
    }

    /// Adds a value several times.
    pub fn add_many(&mut self, value: u64, count: u64) {
        if count > 0 {
            add(self.place(value), count);
        }
    }

    /// Adds all values of another histogram.
    pub fn merge(&mut self, other: &Histogram) {
        self.settle();
        for value in &other.fresh {
            *self.place(u64::from(*value)) += 1;
        }
        for (value, count) in other.sorted_in() {
            add(self.place(value), count);
        }
    }

    fn place(&mut self, value: u64) -> &mut u64 {
        match usize::try_from(value) {
            Ok(value) if value < DENSE => {
                if self.dense.len() <= value {
                    // In steps, since lengths rise slowly to their maximum.
                    self.dense.resize((value + 1).next_power_of_two(), 0);
                }
                &mut self.dense[value]
            }
            _ => self.far.entry(value).or_default(),
        }
    }

    fn settle(&mut self) {
        for value in std::mem::take(&mut self.fresh) {
            *self.place(u64::from(value)) += 1;
        }
    }

    fn sorted_in(&self) -> impl Iterator<Item = (u64, u64)> {
        let dense = self.dense.iter().enumerate().map(|(value, count)| (value as u64, *count));
        dense.chain(self.far.iter().map(|(value, count)| (*value, *count))).filter(|(_, n)| *n > 0)
    }

    /// Every value that occurs, in rising order, with its count.
    pub fn counts(&self) -> Vec<(u64, u64)> {
        let mut all = self.clone();
        all.settle();
        all.sorted_in().collect()
    }

    /// The figures about all values.
    pub fn summary(&self) -> Summary {
        Summary::of(&self.counts())
    }

    /// Are there as many values, and is their sum as great, as there can be in data? Figures are computed of no
    /// others.
    pub fn is_possible(&self) -> bool {
        let (mut all, mut total) = (0u64, 0u64);
        for (value, count) in self.sorted_in() {
            add(&mut all, count);
            add(&mut total, value.saturating_mul(count));
        }
        all <= MOST && total <= MOST
    }

    /// Has it no value?
    pub fn is_empty(&self) -> bool {
        self.fresh.is_empty() && self.sorted_in().next().is_none()
    }
}

impl Serialize for Histogram {
    /// As a list of pairs of value and count.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.counts().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut histogram = Histogram::default();
        for (value, count) in Vec::<(u64, u64)>::deserialize(deserializer)? {
            histogram.add_many(value, count);
        }
        match histogram.is_possible() {
            true => Ok(histogram),
            false => Err(serde::de::Error::custom("a histogram of more values than there can be")),
        }
    }
}

/// Figures about many whole numbers. All are 0 where there is no number.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct Summary {
    /// How many.
    pub count: u64,
    /// Their sum.
    pub total: u64,
    /// The arithmetic mean.
    pub mean: f64,
    /// The standard deviation of the population: the root of the mean squared distance from the mean.
    pub std: f64,
    /// The least.
    pub min: u64,
    /// Percentiles by nearest rank: the least value that at least so many percent of all do not exceed.
    pub p1: u64,
    /// See `p1`.
    pub p5: u64,
    /// See `p1`.
    pub p25: u64,
    /// See `p1`; the median.
    pub p50: u64,
    /// See `p1`.
    pub p75: u64,
    /// See `p1`.
    pub p90: u64,
    /// See `p1`.
    pub p95: u64,
    /// See `p1`.
    pub p99: u64,
    /// The greatest.
    pub max: u64,
}

impl Summary {
    /// The summary of values in rising order, each with its count.
    pub fn of(counts: &[(u64, u64)]) -> Summary {
        let count: u64 = counts.iter().map(|(_, n)| n).sum();
        let [Some((min, _)), Some((max, _))] = [counts.first(), counts.last()] else {
            return Summary::default();
        };
        let total: u128 = counts.iter().map(|(v, n)| u128::from(*v) * u128::from(*n)).sum();
        // Squares of 32 bits, 2^32 of them: 96 bits.
        let squares: u128 =
            counts.iter().map(|(v, n)| u128::from(*v) * u128::from(*v) * u128::from(*n)).sum();
        let n = count as f64;
        let mean = total as f64 / n;
        let spread = u128::from(count).saturating_mul(squares).saturating_sub(total * total);
        let at = |percent: u32| percentile(counts, count, percent);
        Summary {
            count,
            total: u64::try_from(total).unwrap_or(u64::MAX),
            mean,
            std: (spread as f64).sqrt() / n,
            min: *min,
            p1: at(1),
            p5: at(5),
            p25: at(25),
            p50: at(50),
            p75: at(75),
            p90: at(90),
            p95: at(95),
            p99: at(99),
            max: *max,
        }
    }
}

/// Values from `from` to `to`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Bin {
    /// The least.
    pub from: u64,
    /// The greatest.
    pub to: u64,
    /// How many there are.
    pub count: u64,
}

/// Bins of equal width for a chart: up to `most` of them reach to the 99th percentile, and what is above it is in
/// one more. Their width is 1, 2 or 5 times a power of ten. Of values in rising order, each with its count.
pub fn bins(counts: &[(u64, u64)], most: u64) -> Vec<Bin> {
    let all: u64 = counts.iter().map(|(_, n)| n).sum();
    let Some((max, _)) = counts.last() else { return Vec::new() };
    let p99 = percentile(counts, all, 99);
    let widths = (0..19).flat_map(|power| [1, 2, 5].map(|width| width * 10u64.pow(power)));
    let width = widths.into_iter().find(|width| p99 / width < most).unwrap_or(u64::MAX);
    let whole = p99 / width + 1;
    let mut bins: Vec<Bin> = (0..whole)
        .map(|nth| Bin { from: nth * width, to: (nth + 1) * width - 1, count: 0 })
        .collect();
    if *max >= whole * width {
        bins.push(Bin { from: whole * width, to: *max, count: 0 });
    }
    for (value, count) in counts {
        let nth = (value / width).min(whole) as usize;
        bins[nth].count += count;
    }
    bins
}

/// The least value that at least `percent` of the `count` values do not exceed.
fn percentile(counts: &[(u64, u64)], count: u64, percent: u32) -> u64 {
    let rank = (u128::from(count) * u128::from(percent)).div_ceil(100).max(1);
    let mut below = 0u128;
    for (value, n) in counts {
        below += u128::from(*n);
        if below >= rank {
            return *value;
        }
    }
    counts.last().map_or(0, |(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The obvious version, over a sorted list.
    fn naive(values: &[u64]) -> Summary {
        let mut values = values.to_vec();
        values.sort_unstable();
        let n = values.len();
        if n == 0 {
            return Summary::default();
        }
        let at = |percent: usize| values[(percent * n).div_ceil(100).max(1) - 1];
        let total: u64 = values.iter().sum();
        let mean = total as f64 / n as f64;
        let squares: f64 = values.iter().map(|v| (*v as f64 - mean).powi(2)).sum();
        Summary {
            count: n as u64,
            total,
            mean,
            std: (squares / n as f64).sqrt(),
            min: values[0],
            p1: at(1),
            p5: at(5),
            p25: at(25),
            p50: at(50),
            p75: at(75),
            p90: at(90),
            p95: at(95),
            p99: at(99),
            max: values[n - 1],
        }
    }

    fn histogram(values: &[u64]) -> Histogram {
        let mut histogram = Histogram::default();
        values.iter().for_each(|value| histogram.add(*value));
        histogram
    }

    fn value() -> impl Strategy<Value = u64> {
        prop_oneof![0u64..20, 65_530u64..65_545, 0u64..(1 << 33)]
    }

    proptest! {
        #[test]
        fn the_summary_is_that_of_the_sorted_list(values in prop::collection::vec(value(), 0..300)) {
            let (found, wanted) = (histogram(&values).summary(), naive(&values));
            prop_assert!((found.std - wanted.std).abs() <= 1e-6 * wanted.mean.max(1.0));
            prop_assert_eq!(Summary { std: 0.0, ..found }, Summary { std: 0.0, ..wanted });
        }

        #[test]
        fn parts_in_any_grouping_make_the_same_whole(
            values in prop::collection::vec(value(), 0..100),
            cuts in prop::collection::vec(0usize..100, 2),
        ) {
            let whole = histogram(&values);
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (values.len() + 1)).collect();
            cuts.sort_unstable();
            let parts = [&values[..cuts[0]], &values[cuts[0]..cuts[1]], &values[cuts[1]..]].map(histogram);
            let mut back = parts[2].clone();
            back.merge(&parts[0]);
            back.merge(&parts[1]);
            prop_assert_eq!(back.counts(), whole.counts());
            let text = serde_json::to_string(&back).unwrap();
            prop_assert_eq!(&text, &serde_json::to_string(&whole).unwrap());
            let read: Histogram = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read.counts(), whole.counts());
        }
    }

    #[test]
    fn bins_are_round_and_hold_everything() {
        assert_eq!(bins(&[], 10), []);
        assert_eq!(bins(&[(3, 2)], 10).last(), Some(&Bin { from: 3, to: 3, count: 2 }));
        let counts: Vec<(u64, u64)> = (0..1000).map(|v| (v, 1)).chain([(123_456, 1)]).collect();
        let bins = bins(&counts, 12);
        assert_eq!(bins[0], Bin { from: 0, to: 99, count: 100 });
        assert_eq!(bins.len(), 11);
        assert_eq!(bins[10], Bin { from: 1000, to: 123_456, count: 1 });
    }

    #[test]
    fn percentiles_are_values_that_occur() {
        let summary = histogram(&[10, 20]).summary();
        assert_eq!([summary.p1, summary.p50, summary.p75, summary.max], [10, 10, 20, 20]);
        assert_eq!((summary.mean, summary.std), (15.0, 5.0));
    }
}
