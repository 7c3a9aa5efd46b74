//! Which records have a hash: the index in which candidates are looked up.

use super::buckets::{Buckets, Entry};

/// A hash of 32 bits and the record that has it. Records of another hash with the same bits turn up as
/// candidates that are then found different.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Posting(u64);

impl Entry for Posting {
    /// 768 bytes on average.
    const MOST: usize = 128;

    fn top(self) -> u32 {
        (self.0 >> 32) as u32
    }
}

/// Records by hash.
#[derive(Debug, Default)]
pub struct Postings(Buckets<Posting>);

impl Postings {
    /// Notes that `record` has `hash`.
    pub fn insert(&mut self, hash: u32, record: u32) {
        self.0.insert(Posting(u64::from(hash) << 32 | u64::from(record)));
    }

    /// The records that have `hash`, in the order in which they were noted.
    pub fn find(&self, hash: u32) -> impl Iterator<Item = u32> {
        self.0
            .near(hash)
            .iter()
            .filter(move |posting| posting.top() == hash)
            .map(|posting| posting.0 as u32)
    }

    /// Takes out the records that have `hash`, in the order in which they were noted.
    pub fn remove(&mut self, hash: u32) -> Vec<u32> {
        let removed = self.0.remove(hash, |posting| posting.top() == hash);
        removed.into_iter().map(|posting| posting.0 as u32).collect()
    }

    /// The bytes they take.
    pub fn bytes(&self) -> usize {
        self.0.bytes()
    }
}
