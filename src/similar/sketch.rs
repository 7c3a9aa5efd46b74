//! Signatures of sets: a few numbers that two sets share as often as the sets share elements.
//!
//! The signature is Fast Similarity Sketching (Dahlgaard, Knudsen, Thorup, FOCS 2017, arXiv 1704.04370): each
//! element is thrown into one of k bins, again and again with new randomness, until every bin has caught
//! something; a bin keeps the least of what it caught in the earliest round. Where MinHash hashes every
//! element k times, this takes n + k log k steps, and it is the more exact of the two on short texts, where
//! bins filled by copying (one-permutation hashing) are worst.
//!
//! The bins are grouped into *bands* of r rows. Two records become candidates when all rows of some band
//! agree, which happens to a pair of similarity J with probability 1-(1-J^r)^b. Since every candidate is
//! compared exactly afterwards, bands are chosen for what they must not miss.

use super::mix;
use super::threshold::Threshold;

/// The least share of pairs exactly at the threshold that become candidates. More similar pairs do so more
/// often: at a threshold of .8 (21 bands of 6) .998 of the pairs at .8, .9999 at .85.
const HIT_RATE: f64 = 0.998;

/// The most bands: each costs 8 bytes a record. More rows, which need more bands, make fewer false
/// candidates; these cost time and not truth, so that low thresholds get more bands than high ones.
const MOST_BANDS: [(f64, usize); 2] = [(0.75, 24), (0.0, 48)];

/// An odd number that makes the randomness of each round.
const ROUND: u64 = 0x9e37_79b9_7f4a_7c15;

/// How a signature is cut into bands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Banding {
    /// The number of bands.
    pub bands: usize,
    /// Rows in a band.
    pub rows: usize,
}

impl Banding {
    /// The most rows whose bands are few enough and find `HIT_RATE` of the pairs at the threshold; none at a low
    /// threshold, where even bands of one row would be too many.
    pub fn new(threshold: Threshold) -> Option<Banding> {
        let t = threshold.value();
        let most = MOST_BANDS.iter().find(|(from, _)| t >= *from).map_or(1, |(_, most)| *most);
        let bands = |rows: usize| {
            // More rows than the number 1 can be told from 1-T^r are of no use.
            let miss = 1.0 - t.powi(rows as i32);
            match miss {
                _ if miss <= 0.0 => 1,
                _ if miss >= 1.0 => usize::MAX,
                _ => ((1.0 - HIT_RATE).ln() / miss.ln()).ceil() as usize,
            }
        };
        // Equal sets have equal signatures: at 1 one band would do, and more rows than these gain nothing.
        let rows = (1..=16).rev().find(|rows| bands(*rows) <= most)?;
        Some(Banding { bands: bands(rows), rows })
    }

    /// The probability that a pair of this similarity becomes a candidate.
    pub fn hit_rate(self, similarity: f64) -> f64 {
        1.0 - (1.0 - similarity.powi(self.rows as i32)).powi(self.bands as i32)
    }
}

/// Makes signatures; its buffer is reused from set to set.
#[derive(Debug)]
pub struct Sketcher {
    banding: Banding,
    bins: Vec<u64>,
}

impl Sketcher {
    /// One that makes signatures of this shape.
    pub fn new(banding: Banding) -> Sketcher {
        Sketcher { banding, bins: vec![u64::MAX; banding.bands * banding.rows] }
    }

    /// Adds the hash of each band of the signature of a set; nothing for the empty set. The order and
    /// repetition of the elements do not matter.
    pub fn bands(&mut self, set: &[u64], bands: &mut Vec<u32>) {
        if set.is_empty() {
            return;
        }
        self.sketch(set);
        for band in self.bins.chunks_exact(self.banding.rows) {
            let hash = band.iter().fold(0, |hash, bin| mix(hash ^ bin));
            bands.push((hash >> 32) as u32);
        }
    }

    /// The signature itself, one number a bin: two sets agree in as many as they share elements. None for
    /// the empty set.
    pub fn signature(&mut self, set: &[u64]) -> Option<&[u64]> {
        if set.is_empty() {
            return None;
        }
        self.sketch(set);
        Some(&self.bins)
    }

    /// Throws the elements into the bins. In round i below k each element chooses its bin, in round k + i
    /// all are thrown into bin i, so that no bin stays empty.
    fn sketch(&mut self, set: &[u64]) {
        let count = self.bins.len() as u64;
        self.bins.fill(u64::MAX);
        let mut empty = self.bins.len();
        for round in 0..2 * count {
            let random = (round + 1).wrapping_mul(ROUND);
            for element in set {
                let hash = mix(element.wrapping_add(random));
                let bin = if round < count { ((hash >> 32) * count) >> 32 } else { round - count };
                let bin = &mut self.bins[bin as usize];
                empty -= usize::from(*bin == u64::MAX);
                *bin = (*bin).min(round << 32 | hash & 0xffff_ffff);
            }
            if empty == 0 {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn banding(threshold: &str) -> Banding {
        Banding::new(threshold.parse().unwrap()).unwrap()
    }

    #[test]
    fn bands_find_the_pairs_at_the_threshold() {
        assert_eq!(banding("0.8"), Banding { bands: 21, rows: 6 });
        for t in ["0.13", "0.3", "0.5", "0.6", "0.7", "0.75", "0.8", "0.9", "0.95", "0.99", "1"] {
            let banding = banding(t);
            assert!(banding.hit_rate(t.parse().unwrap()) >= 0.995, "{t}: {banding:?}");
            assert!(banding.bands <= 48, "{t}: {banding:?}");
        }
        for t in ["0.000001", "0.05", "0.1"] {
            assert_eq!(Banding::new(t.parse().unwrap()), None, "{t}");
        }
    }

    #[test]
    fn the_share_of_equal_bins_estimates_the_similarity() {
        // 300 pairs of sets of 100 elements that share 80 of 120.
        let mut sketcher = Sketcher::new(Banding { bands: 21, rows: 6 });
        let mut equal = 0;
        for pair in 0..300u64 {
            let element = |n: u64| mix(pair << 32 | n);
            let one: Vec<u64> = (0..100).map(element).collect();
            let other: Vec<u64> = (20..120).rev().map(element).collect();
            sketcher.sketch(&one);
            let bins = sketcher.bins.clone();
            sketcher.sketch(&other);
            equal += bins.iter().zip(&sketcher.bins).filter(|(a, b)| a == b).count();
        }
        // The standard error of 300 signatures of 126 independent bins is .0025.
        let estimate = equal as f64 / (300.0 * 126.0);
        assert!((estimate - 80.0 / 120.0).abs() < 0.01, "{estimate}");
    }

    #[test]
    fn a_signature_does_not_depend_on_order_and_fills_every_bin() {
        let mut sketcher = Sketcher::new(Banding { bands: 21, rows: 6 });
        for n in [1u64, 2, 5, 126, 1000] {
            let set: Vec<u64> = (0..n).map(mix).collect();
            sketcher.sketch(&set);
            let bins = sketcher.bins.clone();
            assert!(bins.iter().all(|bin| *bin != u64::MAX));
            let again: Vec<u64> = set.iter().rev().chain(&set).copied().collect();
            sketcher.sketch(&again);
            assert_eq!(bins, sketcher.bins);
        }
        let mut bands = Vec::new();
        sketcher.bands(&[], &mut bands);
        assert!(bands.is_empty());
    }
}
