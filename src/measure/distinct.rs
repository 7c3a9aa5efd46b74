//! How many different things there are, and how often each occurs: exact up to a limit, a sample above it.
//!
//! This is adaptive sampling (Wegman; Flajolet, Computing 43, 1990). All different keys are held until there
//! are more than the limit; then those whose hash does not begin with a zero bit are forgotten and no longer
//! taken up, then those with less than two zero bits, and so on. What is held is at any time exactly the keys
//! that begin with `level` zeros, each with everything that was said about it, and `level` is the least at
//! which they are few enough. Both depend on the set of all keys alone and not on the order in which they
//! came: merging is exact, which the estimator of a HyperLogLog that remembers its history is not, and unlike
//! registers the sample also tells how often a key occurs and where it was seen first.
//!
//! The estimate of the number of keys is (held keys) * 2^level, its relative standard error about
//! 1.2 / sqrt(limit).

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use super::sum::{add, total};

/// What is known of a key. What two parts know is put together in any order.
pub trait Known: Clone {
    /// Adds what another part knows of the same key.
    fn join(&mut self, other: Self);
}

impl Known for () {
    fn join(&mut self, (): ()) {}
}

/// How often a key occurs and where it was first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Seen<P> {
    /// How often.
    pub count: u64,
    /// The first place.
    pub first: P,
}

impl<P: Ord + Copy> Known for Seen<P> {
    fn join(&mut self, other: Self) {
        add(&mut self.count, other.count);
        self.first = self.first.min(other.first);
    }
}

/// Keys are hashes already.
#[derive(Debug, Clone, Copy, Default)]
pub struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, key: u64) {
        // The first bits of a key of a sample are zeros, and the table looks at the first bits.
        self.0 = key.rotate_left(32);
    }
}

/// A map whose keys are hashes.
pub type HashKeyed<V> = HashMap<u64, V, BuildHasherDefault<AsItIs>>;

/// Different keys with what is known of each. Keys are hashes of 64 well-mixed bits.
#[derive(Debug, Clone)]
pub struct Distinct<V> {
    limit: usize,
    level: u32,
    /// How often a key was added, whether or not it is held.
    total: u64,
    keys: HashKeyed<V>,
}

impl<V: Known> Distinct<V> {
    /// An empty one that holds up to `limit` keys.
    pub fn new(limit: usize) -> Distinct<V> {
        Distinct::at(limit, 0)
    }

    /// An empty one for a part of the data of which another has this level already.
    pub fn at(limit: usize, level: u32) -> Distinct<V> {
        Distinct { limit, level, total: 0, keys: HashKeyed::default() }
    }

    /// Adds a key.
    #[inline]
    pub fn add(&mut self, key: u64, known: V) {
        self.total += 1;
        self.take(key, known);
    }

    #[inline]
    fn take(&mut self, key: u64, known: V) {
        if key.leading_zeros() < self.level {
            return;
        }
        match self.keys.entry(key) {
            std::collections::hash_map::Entry::Occupied(mut at) => at.get_mut().join(known),
            std::collections::hash_map::Entry::Vacant(at) => {
                at.insert(known);
                self.shrink();
            }
        }
    }

    fn shrink(&mut self) {
        while self.keys.len() > self.limit {
            self.raise(self.level + 1);
        }
    }

    fn raise(&mut self, level: u32) {
        if level > self.level {
            self.level = level;
            self.keys.retain(|key, _| key.leading_zeros() >= level);
        }
    }

    /// Adds what another part holds; both have the same limit.
    pub fn merge(&mut self, other: Distinct<V>) {
        add(&mut self.total, other.total);
        self.raise(other.level);
        for (key, known) in other.keys {
            self.take(key, known);
        }
    }

    /// How many leading zeros the held keys have at least; 0: all are held.
    pub fn level(&self) -> u32 {
        self.level
    }

    /// How often keys were added.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The number of different keys: exact at level 0, else an estimate.
    pub fn estimate(&self) -> f64 {
        self.keys.len() as f64 * self.factor()
    }

    /// Is the estimate exact?
    pub fn is_exact(&self) -> bool {
        self.level == 0
    }

    /// How many keys each held one stands for.
    pub fn factor(&self) -> f64 {
        2f64.powi(self.level as i32)
    }

    /// The same keys with something else known of each.
    pub fn map<W>(self, mut of: impl FnMut(V) -> W) -> Distinct<W> {
        let Distinct { limit, level, total, keys } = self;
        let keys = keys.into_iter().map(|(key, known)| (key, of(known))).collect();
        Distinct { limit, level, total, keys }
    }

    /// The keys that are held, in no order.
    pub fn held(&self) -> impl Iterator<Item = (u64, &V)> {
        self.keys.iter().map(|(key, known)| (*key, known))
    }
}

impl<P: Ord + Copy> Distinct<Seen<P>> {
    /// How many of those added are there beside the first of each key: exact at level 0, else an estimate.
    ///
    /// There are two ways to estimate it. The surplus of the held keys is right when there are few
    /// repetitions, but misses a key that makes up half of the data and was not held; total less different
    /// keys is off by the error of the latter, whatever there is. The first is taken unless the second
    /// contradicts it by more than four standard errors.
    pub fn surplus(&self) -> f64 {
        let held = total(self.keys.values().map(|seen| seen.count.saturating_sub(1)));
        let by_held = held as f64 * self.factor();
        if self.is_exact() {
            return by_held;
        }
        let by_total = (self.total as f64 - self.estimate()).max(0.0);
        let error = self.factor() * (self.keys.len() as f64).sqrt();
        if (by_held - by_total).abs() > 4.0 * error { by_total } else { by_held }
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Form<V> {
    limit: usize,
    level: u32,
    total: u64,
    keys: Vec<(u64, V)>,
}

impl<V: Known + Serialize> Serialize for Distinct<V> {
    /// With the keys in order, so that equal states are equal texts.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut keys: Vec<(u64, V)> = self.keys.iter().map(|(key, v)| (*key, v.clone())).collect();
        keys.sort_unstable_by_key(|(key, _)| *key);
        let (limit, level, total) = (self.limit, self.level, self.total);
        Form { limit, level, total, keys }.serialize(serializer)
    }
}

impl<'de, V: Known + Deserialize<'de>> Deserialize<'de> for Distinct<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Form { limit, level, total, keys } = Form::deserialize(deserializer)?;
        let mut distinct = Distinct::at(limit, level.min(64));
        keys.into_iter().for_each(|(key, known)| distinct.take(key, known));
        distinct.total = total;
        Ok(distinct)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use xxhash_rust::xxh3::xxh3_64;

    fn of(items: &[(u16, u32)], limit: usize) -> Distinct<Seen<u32>> {
        let mut distinct = Distinct::new(limit);
        for (item, place) in items {
            distinct.add(xxh3_64(&item.to_le_bytes()), Seen { count: 1, first: *place });
        }
        distinct
    }

    proptest! {
        #[test]
        fn parts_in_any_order_make_the_same_whole(
            items in prop::collection::vec((0u16..200, any::<u32>()), 0..400),
            cut in 0usize..400,
            limit in 1usize..60,
        ) {
            let whole = serde_json::to_string(&of(&items, limit)).unwrap();
            let (one, other) = items.split_at(cut.min(items.len()));
            let mut back = of(other, limit);
            back.merge(of(one, limit));
            prop_assert_eq!(&serde_json::to_string(&back).unwrap(), &whole);
            let read: Distinct<Seen<u32>> = serde_json::from_str(&whole).unwrap();
            prop_assert_eq!(serde_json::to_string(&read).unwrap(), whole);
        }

        #[test]
        fn under_the_limit_all_is_exact(items in prop::collection::vec((0u16..50, 0u32..9), 0..200)) {
            let distinct = of(&items, 64);
            let names: std::collections::BTreeSet<u16> = items.iter().map(|(item, _)| *item).collect();
            prop_assert_eq!(distinct.estimate(), names.len() as f64);
            prop_assert_eq!(distinct.surplus(), (items.len() - names.len()) as f64);
        }
    }

    #[test]
    fn a_sample_tells_the_number_within_its_error() {
        let mut distinct: Distinct<Seen<u64>> = Distinct::new(4096);
        for n in 0u64..200_000 {
            let key = if n % 2 == 0 { 7 } else { n };
            distinct.add(xxh3_64(&key.to_le_bytes()), Seen { count: 1, first: n });
        }
        assert!(!distinct.is_exact());
        assert!((distinct.estimate() / 100_000.0 - 1.0).abs() < 0.06, "{}", distinct.estimate());
        // Half of all is one key, held or not.
        assert!((distinct.surplus() / 100_000.0 - 1.0).abs() < 0.06, "{}", distinct.surplus());
    }
}
