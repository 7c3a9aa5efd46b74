//! The most frequent of many names.
//!
//! Up to a limit of different names the counts are exact. Over it the rarest are dropped, and what a dropped
//! name had counted is lost if it comes again: the counts are then too low by at most [`Top::error`], and
//! which of the rare names are there depends on the order of the data. It does not depend on how the data is
//! cut into blocks: a part only keeps its names as they came, and the whole counts them one after the other.

use std::borrow::Cow;

use xxhash_rust::xxh3::xxh3_64;

use super::distinct::HashKeyed;
use super::name::beginning;
use super::sum::{add, total};

/// Bytes of a name that are kept; names are told apart by all of their bytes. More than is shown, so that what
/// must not be shown is still known when only its beginning would be.
const KEPT: usize = 400;

/// The most names that any list holds: a limit from a file is none of more.
const MOST: usize = 1 << 20;

/// One name.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Named {
    /// Its beginning.
    pub name: Box<str>,
    /// How often it was counted.
    pub count: u64,
}

/// Counts of names, of which the most frequent are wanted.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(from = "Form", into = "Form")]
pub struct Top {
    limit: usize,
    /// Names that were added and not counted, with their hashes.
    fresh: Vec<(u64, Box<str>)>,
    names: HashKeyed<Named>,
    /// Counts of all names, dropped ones too.
    total: u64,
    /// The most that a count can be too low.
    error: u64,
}

impl Top {
    /// One that holds up to `limit` names, and up to twice as many for a while.
    pub fn new(limit: usize) -> Top {
        Top { limit, fresh: Vec::new(), names: HashKeyed::default(), total: 0, error: 0 }
    }

    /// Adds a name.
    pub fn add(&mut self, name: &str) {
        self.fresh.push((xxh3_64(name.as_bytes()), beginning(name, KEPT).into()));
    }

    /// Counts what was added.
    fn settle(&mut self) {
        for (key, name) in std::mem::take(&mut self.fresh) {
            self.take(key, 1, || name);
        }
    }

    fn take(&mut self, key: u64, count: u64, name: impl FnOnce() -> Box<str>) {
        add(&mut self.total, count);
        let named = self.names.entry(key).or_insert_with(|| Named { name: name(), count: 0 });
        add(&mut named.count, count);
        if self.names.len() > self.limit.saturating_mul(2) {
            self.drop_rarest();
        }
    }

    fn drop_rarest(&mut self) {
        let mut counts: Vec<u64> = self.names.values().map(|named| named.count).collect();
        let (_, least, _) = counts.select_nth_unstable_by(self.limit, |a, b| b.cmp(a));
        let least = *least;
        self.names.retain(|_, named| named.count > least);
        add(&mut self.error, least);
    }

    /// Adds the names of another part that comes behind this one.
    pub fn merge(&mut self, other: Top) {
        self.settle();
        add(&mut self.error, other.error);
        let counted = total(other.names.values().map(|named| named.count));
        add(&mut self.total, other.total - counted.min(other.total));
        for (key, named) in in_order(other.names) {
            self.take(key, named.count, || named.name);
        }
        for (key, name) in other.fresh {
            self.take(key, 1, || name);
        }
    }

    /// All names counted.
    fn settled(&self) -> Cow<'_, Top> {
        let mut top = Cow::Borrowed(self);
        if !self.fresh.is_empty() {
            top.to_mut().settle();
        }
        top
    }

    /// Counts of all names.
    pub fn total(&self) -> u64 {
        self.total.saturating_add(self.fresh.len() as u64)
    }

    /// How much the counts are too low at most; 0: they are exact.
    pub fn error(&self) -> u64 {
        self.settled().error
    }

    /// The names that are held, the most frequent first, equal ones by name.
    pub fn sorted(&self) -> Vec<Named> {
        let mut all: Vec<(u64, Named)> = self.settled().into_owned().names.into_iter().collect();
        all.sort_unstable_by(|(a, x), (b, y)| (y.count, &x.name, a).cmp(&(x.count, &y.name, b)));
        all.into_iter().map(|(_, named)| named).collect()
    }
}

/// Names in the order of their hashes, which does not depend on how the map came to be.
fn in_order(names: HashKeyed<Named>) -> Vec<(u64, Named)> {
    let mut names: Vec<(u64, Named)> = names.into_iter().collect();
    names.sort_unstable_by_key(|(key, _)| *key);
    names
}

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Form {
    limit: usize,
    total: u64,
    error: u64,
    names: Vec<(u64, Named)>,
}

impl From<Form> for Top {
    fn from(form: Form) -> Top {
        let Form { limit, total, error, names } = form;
        let (fresh, limit) = (Vec::new(), limit.min(MOST));
        Top { limit, fresh, names: names.into_iter().collect(), total, error }
    }
}

impl From<Top> for Form {
    fn from(mut top: Top) -> Form {
        top.settle();
        let Top { limit, names, total, error, .. } = top;
        Form { limit, total, error, names: in_order(names) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn under_the_limit_parts_make_the_same_whole(
            names in prop::collection::vec("[a-e]{0,2}", 0..200),
            cut in 0usize..200,
        ) {
            let of = |names: &[String]| {
                let mut top = Top::new(64);
                names.iter().for_each(|name| top.add(name));
                top
            };
            let whole = serde_json::to_string(&of(&names)).unwrap();
            let (one, other) = names.split_at(cut.min(names.len()));
            let mut back = of(other);
            back.merge(of(one));
            prop_assert_eq!(serde_json::to_string(&back).unwrap(), whole);
        }

        #[test]
        fn blocks_make_the_same_whole_however_they_are_cut(
            names in prop::collection::vec(0u8..60, 0..300),
            size in 1usize..50,
        ) {
            let mut whole = Top::new(8);
            names.iter().for_each(|name| whole.add(&name.to_string()));
            let mut parts = Top::new(8);
            for block in names.chunks(size) {
                let mut part = Top::new(8);
                block.iter().for_each(|name| part.add(&name.to_string()));
                parts.merge(part);
            }
            prop_assert_eq!(serde_json::to_string(&parts).unwrap(), serde_json::to_string(&whole).unwrap());
        }

        #[test]
        fn over_the_limit_counts_are_too_low_by_no_more_than_the_error(
            names in prop::collection::vec(0u8..40, 0..400),
        ) {
            let mut top = Top::new(8);
            names.iter().for_each(|name| top.add(&name.to_string()));
            prop_assert!(top.sorted().len() <= 16);
            prop_assert_eq!(top.total(), names.len() as u64);
            for name in 0u8..40 {
                let real = names.iter().filter(|n| **n == name).count() as u64;
                let told = top.sorted().iter().find(|n| *n.name == *name.to_string()).map_or(0, |n| n.count);
                prop_assert!(told <= real && real <= told + top.error());
            }
        }
    }

    #[test]
    fn the_most_frequent_come_first_and_long_names_are_cut_for_showing_only() {
        let mut top = Top::new(8);
        let long = "é ".repeat(200);
        for (name, count) in [("b", 2), ("a", 2), (&*long, 3), (&format!("{long}!"), 1)] {
            (0..count).for_each(|_| top.add(name));
        }
        let sorted: Vec<(usize, u64)> =
            top.sorted().iter().map(|named| (named.name.len(), named.count)).collect();
        assert_eq!(sorted, [(399, 3), (1, 2), (1, 2), (399, 1)]);
        assert_eq!(&*top.sorted()[1].name, "a");
    }
}
