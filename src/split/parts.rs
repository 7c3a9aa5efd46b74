//! The parts that data is split into, and where they lie in the range of hashes.
//!
//! Every record has a number `u` of 64 bits, and every part is an interval of these numbers. What is set apart
//! lies at the ends of the range: the test set at the top, all others one above the other at the bottom, and what
//! they leave in between. So a share of the first at the bottom, or of the one at the top, can be enlarged
//! later: the part only grows, by what was in the rest, and the other one stays as it was.

use crate::error::{Error, Result};

use super::amount::{Amount, Share, WHOLE};

/// How much a part shall have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// So many of [`Parts::total`].
    Weight(u64),
    /// So many records.
    Count(u64),
    /// What the others leave.
    Rest,
}

/// A part of the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Its name.
    pub name: String,
    /// How much it shall have.
    pub want: Want,
}

/// All parts. There is always one at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts {
    /// In the order in which they are told.
    pub all: Vec<Part>,
    /// The weight of all together.
    pub total: u64,
    /// The one that gets what the others leave.
    pub rest: usize,
    /// Those at the bottom of the range, from the lowest on.
    pub bottom: Vec<usize>,
    /// The one at its top.
    pub top: Option<usize>,
}

/// Parts, each of which is an open file.
const MOST: usize = 64;

/// The part that is trained on, and so gets what the others leave.
pub(super) const TRAIN: &str = "train";
pub(super) const VAL: &str = "val";
pub(super) const TEST: &str = "test";

/// What all data is called where it is not split.
pub(super) const ALL: &str = "data";

impl Parts {
    /// Nothing is split off.
    pub(super) fn whole() -> Parts {
        let all = vec![Part { name: ALL.to_owned(), want: Want::Rest }];
        Parts { all, total: WHOLE, rest: 0, bottom: Vec::new(), top: None }
    }

    /// Training, validation and test.
    pub(super) fn usual(val: Option<Want>, test: Option<Want>) -> Result<Parts> {
        let held = [(VAL, val), (TEST, test)];
        let held = held.into_iter().filter_map(|(name, want)| Some((name, want?)));
        let part = |(name, want): (&str, Want)| Part { name: name.to_owned(), want };
        Parts::new([(TRAIN, Want::Rest)].into_iter().chain(held).map(part).collect(), WHOLE)
    }

    /// Parts by weight.
    pub(super) fn weighted(amounts: &[Amount]) -> Result<Parts> {
        let rest = amounts.iter().position(|amount| amount.name == TRAIN).unwrap_or(0);
        let total = amounts.iter().try_fold(0u64, |sum, amount| sum.checked_add(amount.weight));
        let total = total.filter(|total| *total > 0);
        let total =
            total.ok_or_else(|| usage("the weights of --parts must add up to something"))?;
        let part = |(at, amount): (usize, &Amount)| Part {
            name: amount.name.clone(),
            want: if at == rest { Want::Rest } else { Want::Weight(amount.weight) },
        };
        Parts::new(amounts.iter().enumerate().map(part).collect(), total)
    }

    /// Parts of which one is the rest.
    pub(super) fn new(all: Vec<Part>, total: u64) -> Result<Parts> {
        let named = |name: &str| all.iter().position(|part| part.name.eq_ignore_ascii_case(name));
        let twice = (0..all.len()).find(|at| named(&all[*at].name) != Some(*at));
        if all.len() > MOST {
            return Err(usage(&format!(
                "at most {MOST} parts; --partition-by writes a file a value"
            )));
        }
        if let Some(at) = twice {
            return Err(usage(&format!("the part {} is named twice", all[at].name)));
        }
        let rest = all.iter().position(|part| part.want == Want::Rest);
        let rest = rest.ok_or_else(|| usage("no part gets what the others leave"))?;
        let weight = |part: &Part| if let Want::Weight(weight) = part.want { weight } else { 0 };
        let sum = all.iter().map(|part| u128::from(weight(part))).sum::<u128>();
        if sum > u128::from(total) {
            return Err(usage("the shares of the parts are more than all of the data"));
        }
        let held: Vec<usize> = (0..all.len()).filter(|at| *at != rest).collect();
        let second = held.get(1).copied().filter(|at| all[*at].name != VAL);
        let top = named(TEST).filter(|at| *at != rest).or(second);
        let bottom = held.into_iter().filter(|at| Some(*at) != top).collect();
        Ok(Parts { all, total, rest, bottom, top })
    }

    /// Is data split at all?
    pub(super) fn is_split(&self) -> bool {
        self.all.len() > 1
    }

    /// The part of that name.
    pub(super) fn named(&self, name: &str) -> Result<usize> {
        let names =
            || self.all.iter().map(|part| part.name.as_str()).collect::<Vec<_>>().join(", ");
        let found = self.all.iter().position(|part| part.name == name);
        found.ok_or_else(|| usage(&format!("no part is called {name}; there are {}", names())))
    }

    /// Is a number of records asked for?
    pub(super) fn has_counts(&self) -> bool {
        self.all.iter().any(|part| matches!(part.want, Want::Count(_)))
    }

    /// The intervals by weight alone.
    pub(super) fn cuts(&self) -> Cuts {
        let weight = |at: usize| match self.all[at].want {
            Want::Weight(weight) => weight,
            Want::Count(_) | Want::Rest => 0,
        };
        self.cuts_of(weight, self.total)
    }

    /// The intervals of parts that have these shares of a total, which is not 0.
    pub(super) fn cuts_of(&self, weight: impl Fn(usize) -> u64, total: u64) -> Cuts {
        let end = |weight: u64| (u128::from(weight) << 64) / u128::from(total.max(1));
        let (mut sum, mut start) = (0, 0);
        let mut bottom = Vec::with_capacity(self.bottom.len());
        for at in &self.bottom {
            sum += weight(*at);
            let part = start..end(sum);
            start = part.end;
            bottom.push((!part.is_empty()).then(|| (part.end - 1) as u64));
        }
        let top = self.top.map(weight).filter(|weight| *weight > 0);
        Cuts { bottom, top: top.and_then(|weight| u64::try_from(end(total - weight)).ok()) }
    }

    /// The part of a number.
    pub(super) fn part(&self, cuts: &Cuts, u: u64) -> usize {
        let below = cuts.bottom.iter().position(|last| last.is_some_and(|last| u <= last));
        match (below, cuts.top) {
            (Some(at), _) => self.bottom.get(at).copied().unwrap_or(self.rest),
            (None, Some(first)) if u >= first => self.top.unwrap_or(self.rest),
            _ => self.rest,
        }
    }
}

/// Where the range of numbers is cut.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Cuts {
    /// The last number of each part at the bottom; none: it has nothing.
    pub bottom: Vec<Option<u64>>,
    /// The first number of the part at the top.
    pub top: Option<u64>,
}

/// A share as what a part shall have.
pub(super) fn share(share: Share) -> Want {
    Want::Weight(share.0)
}

fn usage(what: &str) -> Error {
    Error::Usage(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn usual(val: u64, test: u64) -> Parts {
        Parts::usual(Some(Want::Weight(val)), Some(Want::Weight(test))).unwrap()
    }

    fn name(parts: &Parts, u: u64) -> &str {
        &parts.all[parts.part(&parts.cuts(), u)].name
    }

    #[test]
    fn validation_is_at_the_bottom_and_test_at_the_top() {
        let parts = usual(WHOLE / 4, WHOLE / 4);
        let quarter = 1u64 << 62;
        let table = [
            (0, VAL),
            (quarter - 1, VAL),
            (quarter, TRAIN),
            (3 * quarter - 1, TRAIN),
            (3 * quarter, TEST),
            (u64::MAX, TEST),
        ];
        for (u, part) in table {
            assert_eq!(name(&parts, u), part, "{u}");
        }
        let alone = Parts::usual(None, Some(Want::Weight(WHOLE / 4))).unwrap();
        assert_eq!((name(&alone, 0), name(&alone, 3 * quarter)), (TRAIN, TEST));
    }

    #[test]
    fn nothing_and_everything_are_shares() {
        for u in [0, 1, u64::MAX] {
            assert_eq!(name(&usual(0, 0), u), TRAIN);
            assert_eq!(name(&usual(WHOLE, 0), u), VAL);
            assert_eq!(name(&usual(0, WHOLE), u), TEST);
            assert_ne!(name(&usual(WHOLE / 3, WHOLE - WHOLE / 3), u), TRAIN);
        }
        assert!(Parts::usual(Some(Want::Weight(WHOLE)), Some(Want::Weight(1))).is_err());
    }

    #[test]
    fn weights_are_shares_of_their_sum() {
        let amounts = |text: &str| -> Vec<Amount> {
            text.split(',').map(|text| Amount::parse(text).unwrap()).collect()
        };
        let parts = Parts::weighted(&amounts("a=1,b=1,train=2")).unwrap();
        let quarter = 1u64 << 62;
        assert_eq!([0, quarter, 3 * quarter].map(|u| name(&parts, u)), ["a", "train", "b"]);
        assert!(Parts::weighted(&amounts("a=1,a=1")).is_err());
        assert!(Parts::weighted(&amounts("a=0,b=0")).is_err());
        let parts = Parts::weighted(&amounts("a=1,b=1,c=1,d=1")).unwrap();
        assert_eq!((parts.rest, parts.bottom, parts.top), (0, vec![1, 3], Some(2)));
    }

    proptest! {
        #[test]
        fn a_share_that_grows_takes_from_the_rest_alone(
            val in 0..WHOLE / 2, test in 0..WHOLE / 4, more in 0..WHOLE / 4, u: u64,
        ) {
            let before = usual(val, test);
            for (after, grown) in [(usual(val + more, test), VAL), (usual(val, test + more), TEST)] {
                let (old, new) = (name(&before, u), name(&after, u));
                prop_assert!(old == new || old == TRAIN && new == grown);
            }
        }
    }
}
