//! How records fill the sequences of a training run, from their lengths alone.
//!
//! Packing puts several records into one sequence of the limit's length. The rule is best-fit decreasing: the
//! records by falling length, each into the fullest sequence that has room for it. A trainer packs within
//! batches and does slightly worse. A record over the limit is cut to it.

use std::collections::BTreeMap;

/// How records fill sequences of one length.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Packing {
    /// The length of a sequence in tokens.
    pub limit: u64,
    /// Sequences with several records in one.
    pub sequences: u64,
    /// Tokens as a share of the room in these sequences; 0 where there are none.
    pub efficiency: f64,
    /// The same with a sequence for each record, padded to the limit.
    pub padded_efficiency: f64,
    /// Records over the limit.
    pub over: u64,
    /// Tokens that the cut loses.
    pub lost: u64,
}

impl Packing {
    /// Of records by length in rising order, each with its count; `limit` is at least 1. Empty records take
    /// no room.
    pub fn of(counts: &[(u64, u64)], limit: u64) -> Packing {
        let limit = limit.max(1);
        let cut = |length: u64| u128::from(length.min(limit));
        let tokens: u128 = counts.iter().map(|(v, n)| cut(*v) * u128::from(*n)).sum();
        let over = counts.iter().filter(|(v, _)| *v > limit);
        let records: u64 = counts.iter().map(|(_, n)| n).sum();
        let sequences = sequences(counts, limit);
        let share = |room: u64| match room {
            0 => 0.0,
            _ => tokens as f64 / (room as f64 * limit as f64),
        };
        Packing {
            limit,
            sequences,
            efficiency: share(sequences),
            padded_efficiency: share(records),
            over: over.clone().map(|(_, n)| n).sum(),
            lost: over.map(|(v, n)| (v - limit) * n).sum(),
        }
    }
}

/// Records of one length at a time: all sequences with the same room are one entry.
fn sequences(counts: &[(u64, u64)], limit: u64) -> u64 {
    let mut rooms: BTreeMap<u64, u64> = BTreeMap::new();
    let mut sequences = 0;
    for (length, count) in counts.iter().rev().filter(|(length, _)| *length > 0) {
        let (length, mut left) = ((*length).min(limit), *count);
        while left > 0 {
            let fullest = rooms.range(length..).next().map(|(room, n)| (*room, *n));
            let (room, n) = fullest.unwrap_or_else(|| {
                // As many new ones as will be filled, each with as many of this length as go in.
                let new = left.div_ceil(limit / length);
                sequences += new;
                rooms.insert(limit, new);
                (limit, new)
            });
            let fit = room / length;
            let filled = n.min(left / fit);
            rooms.remove(&room);
            let mut put = |room: u64, n: u64| {
                if n > 0 && room > 0 {
                    *rooms.entry(room).or_default() += n;
                }
            };
            put(room - filled.min(1) * fit * length, filled);
            left -= filled * fit;
            let mut rest = n - filled;
            if rest > 0 && left > 0 {
                put(room - left.min(fit) * length, 1);
                left -= left.min(fit);
                rest -= 1;
            }
            put(room, rest);
        }
    }
    sequences
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One record at a time.
    fn naive(lengths: &[u64], limit: u64) -> u64 {
        let mut lengths: Vec<u64> = lengths.iter().map(|length| (*length).min(limit)).collect();
        lengths.sort_unstable_by(|a, b| b.cmp(a));
        let mut rooms: Vec<u64> = Vec::new();
        for length in lengths.into_iter().filter(|length| *length > 0) {
            match rooms.iter_mut().filter(|room| **room >= length).min() {
                Some(room) => *room -= length,
                None => rooms.push(limit - length),
            }
        }
        rooms.len() as u64
    }

    proptest! {
        #[test]
        fn by_length_and_one_by_one_give_the_same(
            lengths in prop::collection::vec(0u64..40, 0..120),
            limit in 1u64..50,
        ) {
            let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
            lengths.iter().for_each(|length| *counts.entry(*length).or_default() += 1);
            let counts: Vec<(u64, u64)> = counts.into_iter().collect();
            prop_assert_eq!(sequences(&counts, limit), naive(&lengths, limit));
        }
    }

    #[test]
    fn the_cut_is_counted() {
        let packing = Packing::of(&[(10, 2), (50, 1), (120, 1)], 100);
        assert_eq!((packing.sequences, packing.over, packing.lost), (2, 1, 20));
        assert_eq!(packing.efficiency, 170.0 / 200.0);
        assert_eq!(packing.padded_efficiency, 170.0 / 400.0);
        assert_eq!(Packing::of(&[], 100).sequences, 0);
    }
}
