//! Many small entries found by hash, with little memory beside the entries themselves.
//!
//! A table with open addressing is between a half and a quarter empty, and doubles by holding old and new at
//! once. At 21 entries a record that is too much. Here entries lie in buckets chosen by the first bits of the
//! hash; a bucket is searched from end to end, which for some dozens of entries side by side costs little more
//! than the one access to memory that any table pays, and it grows by a sixteenth of its length. When buckets
//! have become long, each is divided in two by one more bit, one after the other.
//!
//! Which bucket a hash belongs to depends on a random number of the run: nobody can make a file of which all
//! entries meet in one bucket. What is found does not depend on it.

use std::hash::{BuildHasher, RandomState};

/// An entry that begins with a hash.
pub trait Entry: Copy {
    /// The longest buckets in entries, on average: what is searched stays below a kilobyte.
    const MOST: usize;

    /// The first 32 bits of the hash. Entries of equal hash have equal ones.
    fn top(self) -> u32;
}

/// Entries in buckets.
#[derive(Debug)]
pub struct Buckets<E> {
    /// Mixed into hashes, so that nobody knows beforehand how they spread.
    salt: u32,
    /// Bits of the mixture that choose the bucket.
    bits: u32,
    buckets: Vec<Vec<E>>,
    len: usize,
}

/// More bits than these would leave none to tell entries apart.
const MOST_BITS: u32 = 28;

/// A bucket grows by this part of its length, at least by two entries.
const GROWTH: usize = 16;

impl<E: Entry> Default for Buckets<E> {
    fn default() -> Self {
        let salt = RandomState::new().hash_one(0) as u32;
        Buckets { salt, bits: 0, buckets: vec![Vec::new()], len: 0 }
    }
}

impl<E: Entry> Buckets<E> {
    /// The number of entries.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Is there no entry?
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes that the entries take, with what is in reserve on average (half of what a bucket grows by) and
    /// what the allocator adds to each bucket. It depends on the entries only and not on the salt.
    pub fn bytes(&self) -> usize {
        let header = size_of::<Vec<E>>() + size_of::<usize>();
        (self.len + self.len / (2 * GROWTH)) * size_of::<E>() + self.buckets.len() * header
    }

    /// The bytes that are really held, counted bucket by bucket.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        let header = size_of::<Vec<E>>() + size_of::<usize>();
        self.buckets.iter().map(|bucket| bucket.capacity() * size_of::<E>() + header).sum()
    }

    /// All entries whose hash may be the one that begins with `top`, in the order of their insertion.
    pub fn near(&self, top: u32) -> &[E] {
        &self.buckets[self.place(top)]
    }

    /// Loads what [`near`](Buckets::near) gives for each of these. The accesses to memory overlap here, which they do
    /// not where each is followed by a search: 300,000 short texts of a few phrases take .77 of the time.
    pub fn fetch(&self, tops: &[u32]) {
        let loaded = tops.iter().fold(0, |loaded, top| {
            let bucket = self.near(*top);
            let ends = bucket.first().zip(bucket.get(bucket.len() / 2));
            loaded ^ ends.map_or(0, |(first, middle)| first.top() ^ middle.top())
        });
        std::hint::black_box(loaded);
    }

    /// Adds an entry.
    pub fn insert(&mut self, entry: E) {
        if self.len >= E::MOST << self.bits && self.bits < MOST_BITS {
            self.divide();
        }
        let place = self.place(entry.top());
        let bucket = &mut self.buckets[place];
        if bucket.len() == bucket.capacity() {
            bucket.reserve_exact((bucket.len() / GROWTH).max(2));
        }
        bucket.push(entry);
        self.len += 1;
    }

    /// Takes out those of the entries [`near`](Buckets::near) `top` that are wanted.
    pub fn remove(&mut self, top: u32, wanted: impl Fn(E) -> bool) -> Vec<E> {
        let place = self.place(top);
        let bucket = std::mem::take(&mut self.buckets[place]);
        let (removed, rest) = bucket.into_iter().partition::<Vec<E>, _>(|entry| wanted(*entry));
        self.buckets[place] = rest;
        self.len -= removed.len();
        removed
    }

    fn place(&self, top: u32) -> usize {
        // A shift by all bits is none for the processor.
        if self.bits == 0 { 0 } else { (self.spread(top) >> (32 - self.bits)) as usize }
    }

    /// The 32-bit finalizer of MurmurHash3 (Appleby, public domain), a bijection, behind the salt.
    fn spread(&self, top: u32) -> u32 {
        let mut x = top ^ self.salt;
        x = (x ^ x >> 16).wrapping_mul(0x85eb_ca6b);
        x = (x ^ x >> 13).wrapping_mul(0xc2b2_ae35);
        x ^ x >> 16
    }

    fn divide(&mut self) {
        let bit = 31 - self.bits;
        let mut buckets = Vec::with_capacity(self.buckets.len() * 2);
        for bucket in std::mem::take(&mut self.buckets) {
            let (ones, zeros) =
                bucket.into_iter().partition::<Vec<E>, _>(|e| self.spread(e.top()) >> bit & 1 == 1);
            for mut half in [zeros, ones] {
                half.shrink_to_fit();
                buckets.push(half);
            }
        }
        self.bits += 1;
        self.buckets = buckets;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Entry for u32 {
        const MOST: usize = 8;

        fn top(self) -> u32 {
            self.wrapping_mul(0x9e37_79b1)
        }
    }

    #[test]
    fn every_entry_is_found_again_in_the_order_of_insertion() {
        let mut buckets = Buckets::default();
        for n in (0..5000u32).chain(0..5000) {
            buckets.insert(n);
        }
        assert_eq!(buckets.len(), 10_000);
        for n in 0..5000u32 {
            let found: Vec<_> = buckets.near(n.top()).iter().filter(|e| **e == n).collect();
            assert_eq!(found.len(), 2);
        }
        assert!(buckets.buckets.iter().all(|bucket| bucket.len() < 64));
        for n in 0..5000u32 {
            let (once, again) = buckets.near(n.top()).split_at(buckets.near(n.top()).len() / 2);
            assert!(once == again && once.is_sorted(), "{once:?} {again:?}");
        }
    }

    /// An entry whose hash is itself.
    #[derive(Clone, Copy)]
    struct Crafted(u32);

    impl Entry for Crafted {
        const MOST: usize = 8;

        fn top(self) -> u32 {
            self.0
        }
    }

    #[test]
    fn crafted_hashes_do_not_meet_in_one_bucket() {
        let crafted: [fn(u32) -> u32; 3] = [|n| n, |n| n << 16, |n| n << 8 | 0xff00_00ff];
        for craft in crafted {
            let mut buckets = Buckets::default();
            (0..50_000).for_each(|n| buckets.insert(Crafted(craft(n))));
            let longest = buckets.buckets.iter().map(Vec::len).max().unwrap();
            assert!(longest < 200, "{longest}");
        }
    }

    #[test]
    fn entries_of_one_hash_do_not_divide_without_end() {
        let mut buckets = Buckets::default();
        for _ in 0..10_000 {
            buckets.insert(7u32);
        }
        assert_eq!(buckets.near(7u32.top()).len(), 10_000);
        assert!(buckets.buckets.len() <= 10_000 / 4);
    }
}
