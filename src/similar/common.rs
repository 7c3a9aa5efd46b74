//! Which shingles are the wording of a template: those that far too many records have.
//!
//! Data made from a template can be alike in its wording and different in all that matters. Who wants such
//! records to stay asks for their similarity without the wording. How many records have a shingle is counted
//! in a table of hashed counters: two shingles that share a counter look more common than they are, which
//! spares a record now and then and never costs one.

use std::collections::HashSet;

use xxhash_rust::xxh3::xxh3_64;

/// Counters: 64 MiB. Ten million records of forty shingles add 24 to each on average, far below any limit that
/// matters then.
const COUNTERS: usize = 1 << 24;

/// A shingle that fewer records have is not common, however few there are in all.
const LEAST: u64 = 50;

/// How many records have each shingle.
#[derive(Debug)]
pub struct Common {
    share: f64,
    counts: Vec<u32>,
    /// Hashes of the sets that were counted: copies of one record are no template.
    sets: HashSet<u64>,
}

impl Common {
    /// Shingles are common that more than this share of the records have, and more than 50.
    pub fn new(share: f64) -> Common {
        Common { share, counts: vec![0; COUNTERS], sets: HashSet::new() }
    }

    /// Counts the shingles of a record.
    pub fn count(&mut self, set: &[u64]) {
        let bytes: Vec<u8> = set.iter().flat_map(|element| element.to_le_bytes()).collect();
        if self.sets.insert(xxh3_64(&bytes)) {
            for element in set {
                let count = &mut self.counts[*element as usize % COUNTERS];
                *count = count.saturating_add(1);
            }
        }
    }

    /// The most records that may have a shingle that is not common.
    pub fn limit(&self) -> u64 {
        LEAST.max((self.share * self.sets.len() as f64) as u64)
    }

    /// Do more records have it?
    pub fn has(&self, element: u64, limit: u64) -> bool {
        u64::from(self.counts[element as usize % COUNTERS]) > limit
    }
}
