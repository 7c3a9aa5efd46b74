//! From what is known of all records to where each of them goes.
//!
//! Each step needs what the one before has decided: which records a limit on their value leaves, which of these a
//! sample takes, and how the parts are cut so that they get their counts. All of them read the rows of all
//! records once or twice; what has to be in order is sorted outside of memory.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::stream::{Sorted, Sorter};

use super::amount::Grain;
use super::config::Config;
use super::deal::{Dealer, END};
use super::exact::{cut, targets};
use super::families::Families;
use super::rows::{Row, Rows};
use super::tally::Tally;

/// Memory for sorting numbers: some runs of a million each, whatever the size of the data.
const SORTING: usize = 16 << 20;

/// What was gathered of all records.
pub(super) struct Gathered {
    pub rows: Rows,
    /// The numbers by which kinds are known, by those in the rows.
    pub ranks: Vec<u32>,
    /// Values that are limited.
    pub values: usize,
    pub families: Option<Families>,
}

/// Decides for all records; `tally` is told what the parts shall have.
pub(super) fn plan(config: &Config, gathered: &mut Gathered, tally: &mut Tally) -> Result<Dealer> {
    let Gathered { rows, ranks, values, families } = gathered;
    let (rows, kinds) = (&*rows, ranks.len());
    let families = families.take();
    let mut dealer = Dealer::new(config);
    dealer.set_ranks(std::mem::take(ranks));
    dealer.set_families(families.map(Families::settled).transpose()?);
    if let Some(limit) = &config.limit {
        let sorted = sort(rows, |row, index| Some((row.value, dealer.limited(index))))?;
        let limits = lowest(&sorted, limit.most, *values)?;
        dealer.set_limits(limits);
    }
    if let Some(Grain::Count(count)) = config.sample {
        let number =
            |row: &Row, index| dealer.takes(row, index).then(|| (0, dealer.sampled(index)));
        let sample = lowest(&sort(rows, number)?, count, 1)?;
        dealer.set_sample(sample.first().copied().unwrap_or(END));
    }
    if config.exact {
        let mixed = mixed(&dealer, rows, kinds)?;
        dealer.set_mixed(mixed);
        cut_parts(config, rows, &mut dealer, kinds, tally)?;
    }
    Ok(dealer)
}

/// What makes an error of the counts that are asked for.
fn too_many(records: u64) -> Error {
    Error::Unfit(format!("the parts ask for more records than there are ({records})"))
}

/// Hands each record with its index to `take`.
fn each(rows: &Rows, mut take: impl FnMut(&Row, u64) -> Result<()>) -> Result<()> {
    let mut index = 0;
    for row in rows.iter() {
        let row = row?;
        if row != Row::NONE {
            take(&row, index)?;
            index += 1;
        }
    }
    Ok(())
}

/// The numbers of all records that have one, in order.
fn sort(rows: &Rows, number: impl Fn(&Row, u64) -> Option<(u32, u64)>) -> Result<Sorted> {
    let mut sorter = Sorter::new(SORTING);
    each(rows, |row, index| match number(row, index) {
        Some((class, number)) => sorter.push(class, number),
        None => Ok(()),
    })?;
    sorter.finish()
}

/// For each class where its lowest `count` numbers end.
fn lowest(sorted: &Sorted, count: u64, classes: usize) -> Result<Vec<u128>> {
    let mut ends = vec![END; classes];
    let (mut class, mut seen) = (None, 0);
    for number in sorted.ascending() {
        let (of, number) = number?;
        seen = if class == Some(of) { seen + 1 } else { 0 };
        class = Some(of);
        // The first that is too many.
        if seen == count {
            ends[of as usize] = u128::from(number);
        }
    }
    Ok(ends)
}

/// Units whose records are of several kinds: the one with the least number counts for all.
fn mixed(dealer: &Dealer, rows: &Rows, kinds: usize) -> Result<HashMap<u64, u32>> {
    let mut mixed = HashMap::new();
    if kinds < 2 {
        return Ok(mixed);
    }
    // In the order of unit, then kind.
    let number = |row: &Row, index| {
        let unit = dealer.unit(row);
        let number = ((unit >> 32) as u32, unit << 32 | u64::from(dealer.own_class(row)));
        dealer.takes(row, index).then_some(number)
    };
    let mut last: Option<(u64, u32)> = None;
    for number in sort(rows, number)?.ascending() {
        let (high, low) = number?;
        let (unit, class) = (u64::from(high) << 32 | low >> 32, low as u32);
        match last {
            Some((before, first)) if before == unit => {
                if first != class {
                    mixed.insert(unit, first);
                }
            }
            _ => last = Some((unit, class)),
        }
    }
    Ok(mixed)
}

/// Cuts the parts so that they get their counts.
fn cut_parts(
    config: &Config,
    rows: &Rows,
    dealer: &mut Dealer,
    kinds: usize,
    tally: &mut Tally,
) -> Result<()> {
    let mut sizes = vec![0; kinds.max(1)];
    let number = |row: &Row, index| {
        let unit = dealer.unit(row);
        dealer.takes(row, index).then(|| (dealer.class(row, unit), unit))
    };
    let sorted = sort(rows, number)?;
    for number in sorted.ascending() {
        sizes[number?.0 as usize] += 1;
    }
    let targets = targets(&config.parts, &sizes).ok_or_else(|| too_many(sizes.iter().sum()))?;
    let classes =
        cut(&config.parts, &targets, sizes.len(), sorted.ascending(), sorted.descending())?;
    dealer.set_classes(classes);
    let totals: Vec<u64> = targets.iter().map(|kinds| kinds.iter().sum()).collect();
    if config.parts.has_counts() {
        // For kinds that a later run meets: the share that the counts are of all records.
        dealer.set_cuts(config.parts.cuts_of(|part| totals[part], sizes.iter().sum()));
    }
    tally.targets = Some(totals);
    Ok(())
}

/// How many records each part gets.
pub(super) fn totals(config: &Config, rows: &Rows, dealer: &Dealer) -> Result<Vec<u64>> {
    let mut totals = vec![0; config.parts.all.len()];
    each(rows, |row, index| {
        dealer.part(row, index).into_iter().for_each(|part| totals[part] += 1);
        Ok(())
    })?;
    Ok(totals)
}
