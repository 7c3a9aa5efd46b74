//! The order in which cells have their turn, and what is dealt along it.
//!
//! Any beginning of the order has of each cell what its share of the beginning is, to within one. It is a schedule of
//! windows: the k-th example of a cell with the share w may come from k/w to (k+1)/w, and of those whose window is
//! open the one that closes first has its turn. Such a schedule always exists, and this rule finds it (proportionate
//! fairness; Baruah and others 1996).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::quota::Digits;

/// The rank of each cell: cells of low rank come before others with the same window, and all values of all axes come
/// round within few ranks. `orders` has for each axis its values in the order in which they come round.
///
/// From a cell one goes on by one step on all axes at once. When that is back where it began, all cells of a coset
/// were met, and it goes on from the first that was not.
pub(super) fn ranks(orders: &[Vec<u32>], cells: &[Digits]) -> Vec<u32> {
    let sizes: Vec<usize> = orders.iter().map(Vec::len).collect();
    let whole: usize = sizes.iter().product();
    let mut met = vec![u32::MAX; whole];
    let mut next = 0;
    for first in 0..whole {
        if met[first] != u32::MAX {
            continue;
        }
        let mut digits = digits(first, &sizes);
        loop {
            met[index(&digits, &sizes)] = next;
            next += 1;
            for (digit, size) in digits.iter_mut().zip(&sizes) {
                *digit = (*digit + 1) % size;
            }
            if index(&digits, &sizes) == first {
                break;
            }
        }
    }
    // Where each value stands in the order of its axis.
    let places: Vec<Vec<usize>> = orders
        .iter()
        .map(|order| {
            let mut places = vec![0; order.len()];
            for (place, value) in order.iter().enumerate() {
                places[*value as usize] = place;
            }
            places
        })
        .collect();
    let rank = |cell: &Digits| {
        let digits: Vec<usize> =
            cell.iter().zip(&places).map(|(digit, places)| places[*digit as usize]).collect();
        met[index(&digits, &sizes)]
    };
    cells.iter().map(rank).collect()
}

fn digits(index: usize, sizes: &[usize]) -> Vec<usize> {
    let mut rest = index;
    let mut digits: Vec<usize> = sizes
        .iter()
        .rev()
        .map(|size| {
            let digit = rest % size;
            rest /= size;
            digit
        })
        .collect();
    digits.reverse();
    digits
}

fn index(digits: &[usize], sizes: &[usize]) -> usize {
    digits.iter().zip(sizes).fold(0, |index, (digit, size)| index * size + digit)
}

/// For each slot its place if all slots were sorted by cell: those of the first cell come first.
pub(super) fn schedule(quotas: &[u64], rank: &[u32]) -> Vec<u32> {
    let count: u64 = quotas.iter().sum();
    let mut starts = Vec::with_capacity(quotas.len());
    let mut start = 0;
    for quota in quotas {
        starts.push(start);
        start += quota;
    }
    // Products of two numbers below 2^32 each.
    let opens = |cell: usize, k: u64| k * count / quotas[cell];
    let closes = |cell: usize, k: u64| ((k + 1) * count).div_ceil(quotas[cell]);
    let mut waiting: BinaryHeap<Reverse<(u64, usize, u64)>> = (0..quotas.len())
        .filter(|cell| quotas[*cell] > 0)
        .map(|cell| Reverse((0, cell, 0)))
        .collect();
    let mut open: BinaryHeap<Reverse<(u64, u32, usize, u64)>> = BinaryHeap::new();
    let mut order = Vec::with_capacity(count as usize);
    for slot in 0..count {
        while waiting.peek().is_some_and(|Reverse((opens, ..))| *opens <= slot) {
            let Some(Reverse((_, cell, k))) = waiting.pop() else { break };
            open.push(Reverse((closes(cell, k), rank[cell], cell, k)));
        }
        // One is always open: more windows have opened than slots have passed.
        let Some(Reverse((_, _, cell, k))) = open.pop() else { break };
        order.push((starts[cell] + k) as u32);
        if k + 1 < quotas[cell] {
            waiting.push(Reverse((opens(cell, k + 1), cell, k + 1)));
        }
    }
    order
}

/// Deals values along places so that all come in exact numbers, and evenly in any stretch of places.
///
/// Each place goes to another by steps of an irrational share of the whole, so that a stretch is spread over the
/// whole (three gaps, Sós 1958); there the values have intervals of their size.
#[derive(Debug, Clone)]
pub(super) struct Deal {
    count: u64,
    step: u64,
    /// Where the interval of each value ends.
    ends: Vec<u64>,
}

/// Shares whose multiples spread best: of the golden section, and of the silver one for what is dealt beside it.
pub(super) const GOLDEN: f64 = 0.618_033_988_749_894_9;
pub(super) const SILVER: f64 = 0.414_213_562_373_095_1;

impl Deal {
    /// Deals values in these numbers.
    pub(super) fn new(quotas: &[u64], share: f64) -> Deal {
        let count: u64 = quotas.iter().sum();
        let near = ((count as f64 * share).round() as u64).clamp(1, count.max(1));
        let coprime = |step: &u64| gcd(*step, count) == 1;
        let step = (near..=count).find(coprime).or_else(|| (1..near).rev().find(coprime));
        let mut end = 0;
        let ends = quotas
            .iter()
            .map(|quota| {
                end += quota;
                end
            })
            .collect();
        Deal { count, step: step.unwrap_or(1), ends }
    }

    /// The value at a place.
    pub(super) fn at(&self, place: u64) -> usize {
        if self.count == 0 {
            return 0;
        }
        let spread = (u128::from(place) * u128::from(self.step)) % u128::from(self.count);
        self.ends.partition_point(|end| u128::from(*end) <= spread)
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_of_all_axes_come_round_in_few_ranks() {
        let cells: Vec<Digits> = (0..4)
            .flat_map(|a| (0..3).flat_map(move |b| (0..2).map(move |c| vec![a, b, c])))
            .collect();
        let rank = ranks(&[vec![0, 1, 2, 3], vec![0, 1, 2], vec![0, 1]], &cells);
        let mut order: Vec<usize> = (0..cells.len()).collect();
        order.sort_by_key(|cell| rank[*cell]);
        let first: Vec<&Digits> = order.iter().take(4).map(|cell| &cells[*cell]).collect();
        assert_eq!(first, [&[0, 0, 0], &[1, 1, 1], &[2, 2, 0], &[3, 0, 1]]);
        let mut sorted = rank.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..24).collect::<Vec<u32>>());
    }

    #[test]
    fn an_axis_comes_round_in_its_own_order() {
        let cells: Vec<Digits> = (0..4).map(|value| vec![value]).collect();
        assert_eq!(ranks(&[vec![2, 0, 3, 1]], &cells), [1, 3, 0, 2]);
    }

    proptest! {
        #[test]
        fn every_beginning_is_balanced_to_within_one(
            quotas in prop::collection::vec(0_u64..40, 1..12),
        ) {
            let count: u64 = quotas.iter().sum();
            let rank: Vec<u32> = (0..quotas.len() as u32).collect();
            let order = schedule(&quotas, &rank);
            prop_assert_eq!(order.len() as u64, count);
            let mut sorted = order.clone();
            sorted.sort_unstable();
            prop_assert_eq!(sorted, (0..count as u32).collect::<Vec<u32>>());
            let mut ends = Vec::new();
            for quota in &quotas {
                ends.push(ends.last().copied().unwrap_or(0) + quota);
            }
            let mut got = vec![0_u64; quotas.len()];
            for (slot, place) in order.iter().enumerate() {
                got[ends.partition_point(|end| *end <= u64::from(*place))] += 1;
                for (got, quota) in got.iter().zip(&quotas) {
                    let lag = *got as i64 * count as i64 - (slot as i64 + 1) * *quota as i64;
                    prop_assert!(lag.unsigned_abs() < count, "{got} of {quota} after {slot}");
                }
            }
        }

        #[test]
        fn what_is_dealt_comes_in_exact_numbers_and_evenly(
            quotas in prop::collection::vec(0_u64..60, 1..5),
            from in 0_u64..200,
        ) {
            let count: u64 = quotas.iter().sum();
            for share in [GOLDEN, SILVER] {
                let deal = Deal::new(&quotas, share);
                let mut got = vec![0_u64; quotas.len()];
                for place in 0..count {
                    got[deal.at(place)] += 1;
                }
                prop_assert_eq!(&got, &quotas);
                // A stretch of a third has of each value about a third.
                let mut got = vec![0_u64; quotas.len()];
                for place in 0..count / 3 {
                    got[deal.at((from + place) % count)] += 1;
                }
                for (got, quota) in got.iter().zip(&quotas) {
                    let exact = *quota as f64 / 3.0;
                    prop_assert!((*got as f64 - exact).abs() < 8.0, "{got} for {exact}");
                }
            }
        }
    }
}
