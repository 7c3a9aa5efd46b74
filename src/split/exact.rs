//! Exact counts: how many records each part gets of each kind, and where the range of hashes is cut for it.
//!
//! A *unit* is what stays together: all records of one number `u`. A part at the bottom takes units from the
//! lowest on until it has its records, the one at the top from the highest on. So a cut is one number, which a
//! later run can take from the manifest. A unit that is too large for what is still missing is passed over, and
//! the next that fits is taken; where the count is missed all the same, the last units are chosen anew so that
//! they come as near as they can. Units passed over are few and are noted beside the cut. What one kind misses or
//! has too many, the next one makes up for.

use std::collections::VecDeque;
use std::iter::Peekable;

use crate::error::Result;

use super::parts::{Cuts, Parts, Want};

/// Units that are passed over for a part of a kind; they are listed in the manifest.
const PASSED_OVER: usize = 100;

/// The last units of a part that are chosen anew where it misses its count. Fewer than 256, which a byte tells apart.
const CHOSEN_ANEW: usize = 200;

/// Records up to which that is tried: sums of so many are looked at, once for each unit.
const LARGEST_CHOICE: usize = 1 << 20;

/// The records of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unit {
    /// The kind of its records.
    pub class: u32,
    /// The number.
    pub u: u64,
    /// Its records.
    pub size: u64,
}

/// The units of records that come in the order of class and number.
pub(super) struct Units<I: Iterator> {
    records: Peekable<I>,
}

impl<I: Iterator<Item = Result<(u32, u64)>>> Units<I> {
    /// Over records as (class, number).
    pub(super) fn new(records: I) -> Units<I> {
        Units { records: records.peekable() }
    }

    /// The next unit, if it is of this class.
    fn of_class(&mut self, class: u32) -> Option<Result<Unit>> {
        let is_of = |next: &Result<(u32, u64)>| match next {
            Ok((other, _)) => *other == class,
            Err(_) => true,
        };
        let u = match self.records.next_if(is_of)? {
            Ok((_, u)) => u,
            Err(error) => return Some(Err(error)),
        };
        let mut size = 1;
        while self
            .records
            .next_if(|next| matches!(next, Ok(other) if *other == (class, u)))
            .is_some()
        {
            size += 1;
        }
        Some(Ok(Unit { class, u, size }))
    }

    /// Passes over what is left of a class.
    fn skip_class(&mut self, class: u32) -> Result<()> {
        while let Some(unit) = self.of_class(class) {
            unit?;
        }
        Ok(())
    }
}

/// How many records of each kind each part shall have: by part, then by kind. The rest is not listed.
///
/// A part's total is its share of all records by largest remainder, or its count; it is divided among the kinds
/// in proportion to their sizes, by largest remainder again. None if more is asked for than there is.
pub(super) fn targets(parts: &Parts, sizes: &[u64]) -> Option<Vec<Vec<u64>>> {
    let all: u64 = sizes.iter().sum();
    let totals = totals(parts, all);
    if totals.iter().try_fold(0u64, |sum, total| sum.checked_add(*total))? > all {
        return None;
    }
    let mut left = sizes.to_vec();
    let share = |total: u64| {
        let weights: Vec<u128> = sizes.iter().map(|size| u128::from(*size)).collect();
        let counts = apportion(total, &weights, &left);
        left.iter_mut().zip(&counts).for_each(|(left, count)| *left -= count);
        counts
    };
    Some(totals.into_iter().map(share).collect())
}

/// How many of `all` records each part shall have; the rest gets 0 here.
fn totals(parts: &Parts, all: u64) -> Vec<u64> {
    let weight = |at: usize| match parts.all[at].want {
        Want::Weight(weight) => u128::from(weight),
        Want::Count(_) | Want::Rest => 0,
    };
    let mut weights: Vec<u128> = (0..parts.all.len()).map(weight).collect();
    let held: u128 = weights.iter().sum();
    // Last, so that it yields where remainders are equal.
    weights.push(u128::from(parts.total) - held);
    let shares = apportion(all, &weights, &vec![all; weights.len()]);
    let total = |(part, share): (&super::parts::Part, u64)| match part.want {
        Want::Weight(_) => share,
        Want::Count(count) => count,
        Want::Rest => 0,
    };
    parts.all.iter().zip(shares).map(total).collect()
}

/// Divides `total` in proportion to weights by largest remainder, no more than `most` each; the first of equal
/// remainders comes first. The sum is `total`, unless all have the most that they can.
fn apportion(total: u64, weights: &[u128], most: &[u64]) -> Vec<u64> {
    let sum = weights.iter().sum::<u128>().max(1);
    let ideal = |weight: &u128| u128::from(total) * weight;
    let mut counts: Vec<u64> = weights
        .iter()
        .zip(most)
        .map(|(weight, most)| ((ideal(weight) / sum) as u64).min(*most))
        .collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(ideal(&weights[*at]) % sum));
    let mut missing = total - counts.iter().sum::<u64>();
    while missing > 0 {
        let before = missing;
        for at in order.iter().copied().filter(|at| weights[*at] > 0) {
            if missing > 0 && counts[at] < most[at] {
                counts[at] += 1;
                missing -= 1;
            }
        }
        if missing == before {
            break;
        }
    }
    counts
}

/// Where one kind is cut.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Class {
    /// Its cuts.
    pub cuts: Cuts,
    /// Units within the cuts that belong to the rest.
    pub passed_over: Vec<u64>,
}

/// Cuts every kind so that the parts get their targets. `ascending` and `descending` give all records in the
/// order of class and number, and in the opposite one.
pub(super) fn cut(
    parts: &Parts,
    targets: &[Vec<u64>],
    classes: usize,
    ascending: impl Iterator<Item = Result<(u32, u64)>>,
    descending: impl Iterator<Item = Result<(u32, u64)>>,
) -> Result<Vec<Class>> {
    let mut cut: Vec<Class> = vec![Class::default(); classes];
    let target = |part: usize, class: usize| targets[part].get(class).copied().unwrap_or(0);
    let mut units = Units::new(ascending);
    let mut debts = vec![Debt::default(); parts.bottom.len()];
    for (at, class) in cut.iter_mut().enumerate() {
        let mut waiting = Vec::new();
        for (part, debt) in parts.bottom.iter().zip(&mut debts) {
            let wanted = debt.add(target(*part, at));
            let taken = fill(&mut units, at as u32, &mut waiting, wanted, |_| true)?;
            debt.pay(taken.count);
            class.cuts.bottom.push(taken.last);
            class.passed_over.extend(taken.passed_over);
        }
        units.skip_class(at as u32)?;
    }
    let Some(top) = parts.top else { return Ok(cut) };
    let mut units = Units::new(descending);
    let mut debt = Debt::default();
    for (at, class) in cut.iter_mut().enumerate().rev() {
        let below = class.cuts.bottom.iter().flatten().max().copied();
        let free = |unit: Unit| below.is_none_or(|below| unit.u > below);
        let wanted = debt.add(target(top, at));
        let taken = fill(&mut units, at as u32, &mut Vec::new(), wanted, free)?;
        debt.pay(taken.count);
        class.cuts.top = taken.last;
        class.passed_over.extend(taken.passed_over);
        units.skip_class(at as u32)?;
    }
    Ok(cut)
}

/// Records that a part should have from the kinds so far, less those that it has.
#[derive(Debug, Clone, Copy, Default)]
struct Debt(i128);

impl Debt {
    /// With the next kind's target; how many to take now.
    fn add(&mut self, target: u64) -> u64 {
        self.0 += i128::from(target);
        u64::try_from(self.0.max(0)).unwrap_or(u64::MAX)
    }

    fn pay(&mut self, count: u64) {
        self.0 -= i128::from(count);
    }
}

/// What a part takes of a kind.
struct Taken {
    /// The records.
    count: u64,
    /// The number of the last unit that was taken.
    last: Option<u64>,
    /// Those before it that were not.
    passed_over: Vec<u64>,
}

/// Takes units until the target is met. `waiting` are units that were read already; those that are read and
/// stand behind the last that is taken wait for the next part.
fn fill<I: Iterator<Item = Result<(u32, u64)>>>(
    units: &mut Units<I>,
    class: u32,
    waiting: &mut Vec<Unit>,
    target: u64,
    free: impl Fn(Unit) -> bool,
) -> Result<Taken> {
    let mut queue = std::mem::take(waiting).into_iter();
    // The last units that were looked at, in order, and whether they are taken.
    let mut seen: VecDeque<(Unit, bool)> = VecDeque::new();
    let (mut count, mut passed_over, mut last) = (0, Vec::new(), None);
    let mut over = 0;
    while count < target && over < PASSED_OVER {
        let next = queue.next().map(Ok).or_else(|| units.of_class(class));
        let Some(unit) = next.transpose()?.filter(|unit| free(*unit)) else { break };
        let fits = count + unit.size <= target;
        if fits {
            count += unit.size
        } else {
            over += 1
        }
        seen.push_back((unit, fits));
        if seen.len() > CHOSEN_ANEW
            && let Some((old, taken)) = seen.pop_front()
        {
            if taken { last = Some(old.u) } else { passed_over.push(old.u) }
        }
    }
    if count < target {
        let fixed = count - taken_of(&seen);
        choose(&mut seen, target - fixed);
        count = fixed + taken_of(&seen);
    }
    let behind = seen.iter().rposition(|(_, taken)| *taken).map_or(0, |at| at + 1);
    // Where none of the last is taken, those before them that are not may not be passed over.
    waiting.extend(seen.drain(behind..).map(|(unit, _)| unit).chain(queue));
    for (unit, taken) in seen {
        if taken { last = Some(unit.u) } else { passed_over.push(unit.u) }
    }
    Ok(Taken { count, last, passed_over })
}

/// The records of those that are taken.
fn taken_of(seen: &VecDeque<(Unit, bool)>) -> u64 {
    seen.iter().filter(|(_, taken)| *taken).map(|(unit, _)| unit.size).sum()
}

/// Chooses of these units those whose records come nearest to the target: below it, if both are as near.
fn choose(seen: &mut VecDeque<(Unit, bool)>, target: u64) {
    let smallest = seen.iter().filter(|(_, taken)| !taken).map(|(unit, _)| unit.size).min();
    let Some(most) = smallest.and_then(|smallest| target.checked_add(smallest)) else { return };
    let Ok(most) = usize::try_from(most) else { return };
    if most > LARGEST_CHOICE {
        return;
    }
    // By sum, the unit by which it was reached first; sums that need no unit have none.
    let mut reached: Vec<Option<u8>> = vec![None; most + 1];
    for (at, (unit, _)) in (0..).zip(seen.iter()) {
        let Ok(size) = usize::try_from(unit.size) else { continue };
        for sum in (size..=most).rev() {
            let before = sum - size;
            if reached[sum].is_none() && (before == 0 || reached[before].is_some_and(|by| by < at))
            {
                reached[sum] = Some(at);
            }
        }
    }
    let target = target as usize;
    let sums = (0..=most).filter(|sum| *sum == 0 || reached[*sum].is_some());
    let Some(mut sum) = sums.min_by_key(|sum| (sum.abs_diff(target), *sum)) else { return };
    seen.iter_mut().for_each(|(_, taken)| *taken = false);
    while sum > 0 {
        let Some(at) = reached[sum] else { return };
        let (unit, taken) = &mut seen[usize::from(at)];
        *taken = true;
        sum -= unit.size as usize;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::amount::WHOLE;
    use proptest::prelude::*;

    fn parts(val: Option<Want>, test: Option<Want>) -> Parts {
        Parts::usual(val, test).unwrap()
    }

    #[test]
    fn totals_are_shares_by_largest_remainder() {
        let tenth = Some(Want::Weight(WHOLE / 10));
        let twentieth = Some(Want::Weight(WHOLE / 20));
        let table = [
            (tenth, twentieth, 100, vec![vec![10], vec![5]]),
            (tenth, twentieth, 10, vec![vec![1], vec![1]]),
            (tenth, twentieth, 7, vec![vec![1], vec![0]]),
            (tenth, None, 0, vec![vec![0]]),
            (Some(Want::Count(3)), tenth, 20, vec![vec![3], vec![2]]),
        ];
        for (val, test, all, wanted) in table {
            assert_eq!(targets(&parts(val, test), &[all]).unwrap()[1..], wanted, "{all}");
        }
        assert!(targets(&parts(Some(Want::Count(3)), None), &[2]).is_none());
    }

    proptest! {
        #[test]
        fn every_kind_gets_its_share_give_or_take_a_record(
            sizes in proptest::collection::vec(0..200u64, 1..12), val in 0..WHOLE / 2, test in 0..WHOLE / 2,
        ) {
            let parts = parts(Some(Want::Weight(val)), Some(Want::Weight(test)));
            let targets = targets(&parts, &sizes).unwrap();
            let all: u64 = sizes.iter().sum();
            for (part, weight) in [(1, val), (2, test)] {
                let total: u64 = targets[part].iter().sum();
                prop_assert!((total as f64 - all as f64 * weight as f64 / WHOLE as f64).abs() < 1.0);
                for (size, target) in sizes.iter().zip(&targets[part]) {
                    let ideal = *size as f64 * total as f64 / (all.max(1)) as f64;
                    prop_assert!((*target as f64 - ideal).abs() <= 2.0, "{target} of {size}");
                }
            }
            for (at, size) in sizes.iter().enumerate() {
                prop_assert!(targets[1][at] + targets[2][at] <= *size);
            }
        }

        #[test]
        fn a_count_is_missed_by_as_little_as_the_units_allow(
            sizes in proptest::collection::vec(1..9u64, 0..14), target in 0..60u64,
        ) {
            let sums = (0..1u32 << sizes.len()).map(|chosen| {
                (0..sizes.len()).filter(|at| chosen >> at & 1 == 1).map(|at| sizes[at]).sum::<u64>()
            });
            let nearest = sums.map(|sum| sum.abs_diff(target)).min().unwrap();
            let records = (0..).zip(&sizes).flat_map(|(u, size)| vec![(0, u); *size as usize]);
            let mut units = Units::new(records.map(Ok));
            let mut waiting = Vec::new();
            let taken = fill(&mut units, 0, &mut waiting, target, |_| true).unwrap();
            prop_assert_eq!(taken.count.abs_diff(target), nearest);
            let own = (0..).zip(&sizes).filter(|(u, _)| Some(*u) <= taken.last && !taken.passed_over.contains(u));
            prop_assert_eq!(own.map(|(_, size)| size).sum::<u64>(), taken.count);
            prop_assert!(waiting.iter().all(|unit| Some(unit.u) > taken.last));
        }

        #[test]
        fn units_are_cut_to_their_counts(
            sizes in proptest::collection::vec((1..5u64, 0..2u32), 1..60), val in 0..40u64, test in 0..40u64,
        ) {
            // Units with numbers 10, 20, ... of two kinds, and at least 40 of one record in each.
            let units = sizes.iter().copied().chain((0..80).map(|at| (1, at % 2)));
            let units: Vec<Unit> =
                (1..).zip(units).map(|(at, (size, class))| Unit { class, u: 10 * at, size }).collect();
            let mut records: Vec<(u32, u64)> = units
                .iter()
                .flat_map(|unit| vec![(unit.class, unit.u); unit.size as usize])
                .collect();
            records.sort_unstable();
            let parts = parts(Some(Want::Count(val)), Some(Want::Count(test)));
            let count = |class: u32| records.iter().filter(|(of, _)| *of == class).count() as u64;
            let targets = targets(&parts, &[count(0), count(1)]).unwrap();
            let descending = records.iter().rev().copied().map(Ok);
            let classes = cut(&parts, &targets, 2, records.iter().copied().map(Ok), descending).unwrap();
            for class in 0..2 {
                let cuts = &classes[class as usize];
                let part = |u: u64| match cuts.passed_over.contains(&u) {
                    true => parts.rest,
                    false => parts.part(&cuts.cuts, u),
                };
                for (name, at) in [("val", 1), ("test", 2)] {
                    let got = records.iter().filter(|(of, u)| *of == class && part(*u) == at).count();
                    prop_assert_eq!(got as u64, targets[at][class as usize], "{} of {}", name, class);
                }
            }
        }
    }
}
