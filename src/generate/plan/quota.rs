//! Whole quotas from shares: each within one of its share, and so are the sums by each axis.
//!
//! The largest remainder alone is not enough. With fewer examples than cells it would decide by remainders that are
//! all alike, and a value of an axis could go without; so the sums by axis are made whole first, and remainders are
//! handed out where they have room. A value with a least number of examples gets it before shares are made whole.

/// A value's place on each crossed axis.
pub(super) type Digits = Vec<u32>;

/// What quotas are made from.
pub(super) struct Shares<'s> {
    /// Examples in all.
    pub(super) count: u64,
    /// How many values each axis has.
    pub(super) sizes: &'s [usize],
    /// Least examples for each value of an axis.
    pub(super) least: &'s [u64],
    /// The cells that there are.
    pub(super) cells: &'s [Digits],
    /// Their shares, which sum to 1; all above 0.
    pub(super) shares: Vec<f64>,
    /// Which of two cells with equal remainders comes first: the lesser.
    pub(super) rank: &'s [u32],
}

/// A value that cannot have its least number of examples: the axis, the value, how many it would get.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Short {
    pub(super) axis: usize,
    pub(super) value: usize,
    pub(super) got: u64,
}

/// What rounding must not lose: a share of 3 comes out of floating point as 2.9999999996.
const GRAIN: f64 = 1e-7;

/// Rounds of raising values to their least number; each axis can undo a little of what another did.
const ROUNDS: usize = 30;

/// The quotas of the cells, which sum to the count.
pub(super) fn quotas(shares: Shares<'_>) -> Result<Vec<u64>, Short> {
    let mut work = Work::new(shares);
    work.raise();
    work.floors();
    work.hand_out();
    work.swap(true);
    work.swap(false);
    work.short().map_or_else(|| Ok(work.quotas), Err)
}

/// Whole numbers that sum to `count`, in proportion to `weights`: largest remainder, the first of equals.
pub(super) fn largest_remainder(count: u64, weights: &[f64]) -> Vec<u64> {
    let total: f64 = weights.iter().sum();
    if total <= 0.0 {
        return vec![0; weights.len()];
    }
    let exact: Vec<f64> = weights.iter().map(|w| w / total * count as f64).collect();
    let mut whole: Vec<u64> = exact.iter().map(|share| (share + GRAIN).floor() as u64).collect();
    let mut order: Vec<usize> = (0..weights.len()).filter(|at| weights[*at] > 0.0).collect();
    let rest = |at: &usize| exact[*at] - whole[*at] as f64;
    order.sort_by(|a, b| rest(b).total_cmp(&rest(a)).then(a.cmp(b)));
    let left = count.saturating_sub(whole.iter().sum());
    for at in order.into_iter().take(left as usize) {
        whole[at] += 1;
    }
    whole
}

struct Work<'s> {
    of: Shares<'s>,
    /// Shares of the count.
    exact: Vec<f64>,
    quotas: Vec<u64>,
    floors: Vec<u64>,
    /// By axis and value: how many there are to be, and how many there are.
    wanted: Vec<Vec<u64>>,
    got: Vec<Vec<u64>>,
}

impl<'s> Work<'s> {
    fn new(of: Shares<'s>) -> Work<'s> {
        let exact = of.shares.iter().map(|share| share * of.count as f64).collect();
        let none: Vec<Vec<u64>> = of.sizes.iter().map(|size| vec![0; *size]).collect();
        let (quotas, floors) = (Vec::new(), Vec::new());
        Work { of, exact, quotas, floors, wanted: none.clone(), got: none }
    }

    /// The sums of the exact shares by the values of an axis.
    fn sums(&self, axis: usize) -> Vec<f64> {
        let mut sums = vec![0.0; self.of.sizes[axis]];
        for (digits, share) in self.of.cells.iter().zip(&self.exact) {
            sums[digits[axis] as usize] += share;
        }
        sums
    }

    /// Raises the shares of values that are below their least number, at the cost of the others of their axis.
    fn raise(&mut self) {
        for _ in 0..ROUNDS {
            let mut changed = false;
            for axis in 0..self.of.sizes.len() {
                let sums = self.sums(axis);
                let raised = raised(&sums, self.of.least[axis] as f64);
                changed |= raised.iter().zip(&sums).any(|(a, b)| (a - b).abs() > GRAIN);
                for (digits, share) in self.of.cells.iter().zip(&mut self.exact) {
                    let value = digits[axis] as usize;
                    if sums[value] > 0.0 {
                        *share *= raised[value] / sums[value];
                    }
                }
            }
            if !changed {
                break;
            }
        }
    }

    fn floors(&mut self) {
        self.floors = self.exact.iter().map(|share| (share + GRAIN).floor() as u64).collect();
        self.quotas = self.floors.clone();
        for axis in 0..self.of.sizes.len() {
            self.wanted[axis] = largest_remainder(self.of.count, &self.sums(axis));
            for (digits, quota) in self.of.cells.iter().zip(&self.quotas) {
                self.got[axis][digits[axis] as usize] += quota;
            }
        }
    }

    /// Hands out what the floors leave, by remainder, first where every axis has room for it.
    fn hand_out(&mut self) {
        let mut left = self.of.count.saturating_sub(self.quotas.iter().sum());
        let mut order: Vec<usize> = (0..self.quotas.len()).collect();
        // Remainders that differ by rounding alone are alike, so that the rank decides.
        let rest = |at: usize| ((self.exact[at] - self.floors[at] as f64) / GRAIN).round() as i64;
        order.sort_by_key(|at| (std::cmp::Reverse(rest(*at)), self.of.rank[*at]));
        for most_full in 0..=self.of.sizes.len() {
            order.retain(|at| {
                let digits = &self.of.cells[*at];
                let full = |axis: &usize| {
                    let value = digits[*axis] as usize;
                    self.got[*axis][value] >= self.wanted[*axis][value]
                };
                let take = left > 0 && (0..digits.len()).filter(full).count() <= most_full;
                if take {
                    left -= 1;
                    self.quotas[*at] += 1;
                    for (axis, digit) in digits.iter().enumerate() {
                        self.got[axis][*digit as usize] += 1;
                    }
                }
                !take
            });
        }
    }

    /// Moves single examples between cells that differ in one axis only, from values that have too many to values
    /// that have too few. `within_one`: a cell stays within one of its share; otherwise only what a least number
    /// needs is moved.
    fn swap(&mut self, within_one: bool) {
        let places = self.places();
        for axis in 0..self.of.sizes.len() {
            let stride: usize = self.of.sizes[axis + 1..].iter().product();
            for value in 0..self.of.sizes[axis] {
                let wanted =
                    if within_one { self.wanted[axis][value] } else { self.of.least[axis] };
                for at in 0..self.of.cells.len() {
                    if self.got[axis][value] >= wanted {
                        break;
                    }
                    let from = self.of.cells[at][axis] as usize;
                    let keep =
                        if within_one { self.wanted[axis][from] } else { self.of.least[axis] };
                    let spare = self.got[axis][from] > keep && from != value;
                    if !spare || self.quotas[at] == 0 {
                        continue;
                    }
                    let index = self.index(at) + value * stride - from * stride;
                    let Some(to) = places[index].map(|to| to as usize) else { continue };
                    let fits =
                        self.quotas[at] > self.floors[at] && self.quotas[to] <= self.floors[to];
                    if within_one && !fits {
                        continue;
                    }
                    self.quotas[at] -= 1;
                    self.quotas[to] += 1;
                    self.got[axis][from] -= 1;
                    self.got[axis][value] += 1;
                }
            }
        }
    }

    /// The place of a cell among all combinations.
    fn index(&self, cell: usize) -> usize {
        let digits = self.of.cells[cell].iter().zip(self.of.sizes);
        digits.fold(0, |index, (digit, size)| index * size + *digit as usize)
    }

    /// The cell of each combination that there is.
    fn places(&self) -> Vec<Option<u32>> {
        let mut places = vec![None; self.of.sizes.iter().product()];
        for cell in 0..self.of.cells.len() {
            let index = self.index(cell);
            places[index] = Some(cell as u32);
        }
        places
    }

    fn short(&self) -> Option<Short> {
        for (axis, least) in self.of.least.iter().enumerate() {
            let mut exists = vec![false; self.of.sizes[axis]];
            for digits in self.of.cells {
                exists[digits[axis] as usize] = true;
            }
            let short = (0..exists.len()).find(|v| exists[*v] && self.got[axis][*v] < *least);
            if let Some(value) = short {
                return Some(Short { axis, value, got: self.got[axis][value] });
            }
        }
        None
    }
}

/// The sums with those raised that are above 0 and below `least`, and the others scaled down to make room.
fn raised(sums: &[f64], least: f64) -> Vec<f64> {
    let total: f64 = sums.iter().sum();
    // Each that is raised leaves less for the others, so that the smallest are raised, up to one that needs it not.
    let mut order: Vec<usize> = (0..sums.len()).filter(|at| sums[*at] > 0.0).collect();
    order.sort_by(|a, b| sums[*a].total_cmp(&sums[*b]));
    let mut fixed = vec![false; sums.len()];
    let (mut held, mut free) = (0.0, total);
    let factor =
        |held: f64, free: f64| if free > 0.0 { ((total - held) / free).max(0.0) } else { 1.0 };
    for at in order {
        if sums[at] * factor(held, free) >= least - GRAIN {
            break;
        }
        fixed[at] = true;
        (held, free) = (held + least, free - sums[at]);
    }
    let free: f64 = sums.iter().zip(&fixed).filter(|(_, fixed)| !**fixed).map(|(s, _)| s).sum();
    let factor = factor(held, free);
    sums.iter().zip(&fixed).map(|(sum, fixed)| if *fixed { least } else { sum * factor }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::order;
    use super::*;

    fn all(sizes: &[usize]) -> Vec<Digits> {
        let mut cells = vec![Digits::new()];
        for size in sizes {
            let more = |cell: Digits| {
                (0..*size as u32).map(move |digit| cell.iter().copied().chain([digit]).collect())
            };
            cells = cells.into_iter().flat_map(more).collect();
        }
        cells
    }

    fn sums(sizes: &[usize], cells: &[Digits], quotas: &[u64]) -> Vec<Vec<u64>> {
        let mut sums: Vec<Vec<u64>> = sizes.iter().map(|size| vec![0; *size]).collect();
        for (digits, quota) in cells.iter().zip(quotas) {
            for (axis, digit) in digits.iter().enumerate() {
                sums[axis][*digit as usize] += quota;
            }
        }
        sums
    }

    /// Quotas for the product of weights by axis.
    fn of(count: u64, weights: &[&[f64]], least: &[u64]) -> (Vec<u64>, Vec<Vec<u64>>) {
        let sizes: Vec<usize> = weights.iter().map(|weights| weights.len()).collect();
        let cells = all(&sizes);
        let share = |axis: usize, at: usize| weights[axis][at] / weights[axis].iter().sum::<f64>();
        let product = |digits: &Digits| {
            digits.iter().enumerate().map(|(axis, at)| share(axis, *at as usize)).product()
        };
        let shares = cells.iter().map(product).collect();
        let orders: Vec<Vec<u32>> = sizes.iter().map(|size| (0..*size as u32).collect()).collect();
        let rank = order::ranks(&orders, &cells);
        let quotas =
            quotas(Shares { count, sizes: &sizes, least, cells: &cells, shares, rank: &rank });
        let quotas = quotas.unwrap();
        let sums = sums(&sizes, &cells, &quotas);
        (quotas, sums)
    }

    #[test]
    fn fewer_examples_than_cells_still_cover_every_value() {
        let ten = [1.0; 10];
        let (quotas, sums) = of(100, &[&ten, &[1.0; 3], &[4.0, 2.0, 2.0, 1.0, 1.0]], &[0, 0, 0]);
        assert_eq!(quotas.iter().sum::<u64>(), 100);
        assert_eq!(sums, [vec![10; 10], vec![34, 33, 33], vec![40, 20, 20, 10, 10]]);
        assert!(quotas.iter().all(|quota| *quota <= 2), "{quotas:?}");
    }

    #[test]
    fn a_least_number_is_kept_and_paid_for_by_the_others() {
        let (_, sums) = of(100, &[&[98.0, 1.0, 1.0], &[1.0, 1.0]], &[10, 0]);
        assert_eq!(sums, [vec![80, 10, 10], vec![50, 50]]);
        let (_, sums) = of(12, &[&[90.0, 1.0, 1.0], &[50.0, 1.0, 1.0, 1.0]], &[4, 3]);
        assert_eq!(sums, [vec![4, 4, 4], vec![3, 3, 3, 3]]);
    }

    proptest! {
        #[test]
        fn quotas_sum_to_the_count_and_are_near_their_shares(
            count in 1_u64..3000,
            weights in prop::collection::vec(prop::collection::vec(1_u32..9, 1..6), 1..4),
        ) {
            let weights: Vec<Vec<f64>> =
                weights.iter().map(|w| w.iter().map(|w| f64::from(*w)).collect()).collect();
            let slices: Vec<&[f64]> = weights.iter().map(Vec::as_slice).collect();
            let (quotas, sums) = of(count, &slices, &vec![0; slices.len()]);
            prop_assert_eq!(quotas.iter().sum::<u64>(), count);
            let sizes: Vec<usize> = slices.iter().map(|weights| weights.len()).collect();
            for (digits, quota) in all(&sizes).iter().zip(&quotas) {
                let share: f64 = digits.iter().zip(&slices)
                    .map(|(at, w)| w[*at as usize] / w.iter().sum::<f64>()).product();
                let exact = share * count as f64;
                prop_assert!((*quota as f64 - exact).abs() < 1.0 + GRAIN, "{quota} for {exact}");
            }
            for (sums, weights) in sums.iter().zip(&slices) {
                for (sum, weight) in sums.iter().zip(*weights) {
                    let exact = weight / weights.iter().sum::<f64>() * count as f64;
                    // Whole tables with whole sums on three sides need not exist; they are missed by little.
                    prop_assert!((*sum as f64 - exact).abs() < 3.0, "{sum} for {exact}");
                }
            }
        }

        #[test]
        fn the_smallest_are_raised_as_if_one_were_after_the_other(
            sums in prop::collection::vec(0.0..50.0_f64, 1..40),
            least in 0.0..20.0_f64,
        ) {
            let total: f64 = sums.iter().sum();
            let mut fixed = vec![false; sums.len()];
            let naive: Vec<f64> = loop {
                let held = fixed.iter().filter(|fixed| **fixed).count() as f64 * least;
                let rest = sums.iter().zip(&fixed).filter(|(_, fixed)| !**fixed).map(|(s, _)| s);
                let free: f64 = rest.sum();
                let factor = if free > 0.0 { ((total - held) / free).max(0.0) } else { 1.0 };
                let low = |at: &usize| !fixed[*at] && sums[*at] > 0.0 && sums[*at] * factor < least - GRAIN;
                match (0..sums.len()).find(low) {
                    Some(at) => fixed[at] = true,
                    None => break sums.iter().zip(&fixed)
                        .map(|(sum, fixed)| if *fixed { least } else { sum * factor }).collect(),
                }
            };
            for (one, other) in raised(&sums, least).iter().zip(&naive) {
                prop_assert!((one - other).abs() < 1e-6, "{one} for {other}");
            }
        }

        #[test]
        fn every_value_gets_its_least_number(
            weights in prop::collection::vec(1_u32..1000, 1..8),
            others in prop::collection::vec(1_u32..10, 1..4),
            least in 1_u64..20,
            more in 0_u64..100,
        ) {
            let weights: Vec<f64> = weights.iter().map(|w| f64::from(*w)).collect();
            let others: Vec<f64> = others.iter().map(|w| f64::from(*w)).collect();
            let count = least * weights.len() as u64 + more;
            let (_, sums) = of(count, &[&weights, &others], &[least, 0]);
            prop_assert!(sums[0].iter().all(|sum| *sum >= least), "{sums:?}");
        }
    }
}
