//! What is known by name, for as many names as there is room for.
//!
//! For what has few names, such as categories and keys, and may have millions where data is not what it should
//! be. When there are too many, those of the least hashes stay, whole, and all others are one. So it does not
//! depend on the order or on the cuts of the data what stays: a name that is among the least of all was never
//! among the others of a part.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::distinct::Known;
use super::sum::add;

impl Known for u64 {
    fn join(&mut self, other: u64) {
        add(self, other);
    }
}

impl<const N: usize> Known for [u64; N] {
    fn join(&mut self, other: [u64; N]) {
        self.iter_mut().zip(other).for_each(|(own, other)| add(own, other));
    }
}

/// What is known by name.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Capped<V> {
    limit: usize,
    /// By the hash of the name.
    held: BTreeMap<u64, (String, V)>,
    /// What is known of all other names together.
    others: Option<V>,
}

impl<V: Known> Capped<V> {
    /// An empty one with room for `limit` names.
    pub fn new(limit: usize) -> Capped<V> {
        Capped { limit, held: BTreeMap::new(), others: None }
    }

    /// Adds what is known of a name.
    pub fn add(&mut self, name: &str, known: V) {
        self.add_ranked(name, 0, known);
    }

    /// The same for a name that stays before all of a higher rank; a name has always the same.
    pub fn add_ranked(&mut self, name: &str, rank: u8, known: V) {
        let key = u64::from(rank) << 56 | xxh3_64(name.as_bytes()) >> 8;
        match self.held.get_mut(&key) {
            Some((_, own)) => own.join(known),
            None => self.insert(key, name.to_owned(), known),
        }
    }

    fn insert(&mut self, key: u64, name: String, known: V) {
        let is_full = self.held.len() >= self.limit;
        if is_full && self.held.last_key_value().is_none_or(|(last, _)| key > *last) {
            return self.leave(known);
        }
        self.held.insert(key, (name, known));
        if is_full && let Some((_, (_, known))) = self.held.pop_last() {
            self.leave(known);
        }
    }

    fn leave(&mut self, known: V) {
        match &mut self.others {
            Some(others) => others.join(known),
            None => self.others = Some(known),
        }
    }

    /// Adds what another part knows; both have the same limit.
    pub fn merge(&mut self, other: Capped<V>) {
        for (key, (name, known)) in other.held {
            match self.held.get_mut(&key) {
                Some((_, own)) => own.join(known),
                None => self.insert(key, name, known),
            }
        }
        other.others.into_iter().for_each(|others| self.leave(others));
    }

    /// The names that are held, in no order that means anything, with what is known of each.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.held.values().map(|(name, known)| (name.as_str(), known))
    }

    /// What is known of all other names together, if there are any.
    pub fn others(&self) -> Option<&V> {
        self.others.as_ref()
    }

    /// The number of names that are held.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Is nothing known?
    pub fn is_empty(&self) -> bool {
        self.held.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_in_any_order_make_the_same_whole(
            names in prop::collection::vec("[a-f]{0,2}", 0..200),
            cut in 0usize..200,
            limit in 1usize..30,
        ) {
            let of = |names: &[String]| {
                let mut capped = Capped::new(limit);
                names.iter().for_each(|name| capped.add(name, 1));
                capped
            };
            let whole = of(&names);
            let (one, other) = names.split_at(cut.min(names.len()));
            let mut back = of(other);
            back.merge(of(one));
            prop_assert_eq!(serde_json::to_string(&back).unwrap(), serde_json::to_string(&whole).unwrap());
            prop_assert!(whole.len() <= limit);
            for (name, count) in whole.iter() {
                prop_assert_eq!(*count, names.iter().filter(|other| *other == name).count() as u64);
            }
            let held: u64 = whole.iter().map(|(_, count)| count).sum();
            prop_assert_eq!(held + whole.others().copied().unwrap_or(0), names.len() as u64);
        }
    }
}
