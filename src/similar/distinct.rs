//! The sets of many records, equal ones once, and the signatures of those that are compared by bands.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_128;

use crate::error::Result;

use super::key::Key;
use super::seen::Seen;
use super::store::Store;
use super::{make_room, sets};

/// Sets by number; they lie on disk. About 40 bytes of memory each.
#[derive(Debug, Default)]
pub(super) struct Distinct {
    store: Store,
    seen: Seen,
    bytes: Vec<u8>,
}

/// The number that a set has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    /// It is a new one.
    New(u32),
    /// An equal set has it.
    Known(u32),
}

impl Distinct {
    /// Adds a set, unless an equal one is there.
    pub(super) fn number(&mut self, set: &[u64]) -> Result<Number> {
        let Distinct { store, seen, bytes } = self;
        bytes.clear();
        set.iter().for_each(|element| bytes.extend_from_slice(&element.to_le_bytes()));
        let key = Key(xxh3_128(bytes));
        // Two sets of one key would be made on purpose; they are told apart all the same.
        let mut other = Vec::new();
        for number in seen.find(key).filter(|number| store.size(*number) == bytes.len()) {
            store.read(number, &mut other)?;
            if other == *bytes {
                return Ok(Number::Known(number));
            }
        }
        let number = store.len() as u32;
        seen.insert(key, number);
        store.push_set(set, &[])?;
        Ok(Number::New(number))
    }

    /// The count of sets.
    pub(super) fn len(&self) -> usize {
        self.store.len()
    }

    /// The number of elements of a set.
    pub(super) fn size(&self, number: u32) -> usize {
        self.store.size(number) / size_of::<u64>()
    }

    /// A set, in place of what `into` holds.
    pub(super) fn read(
        &self,
        number: u32,
        into: &mut Vec<u64>,
        buffer: &mut Vec<u8>,
    ) -> Result<()> {
        self.store.read(number, buffer)?;
        into.clear();
        into.extend(sets::elements(buffer));
        Ok(())
    }

    /// How many elements a set shares with one of these.
    pub(super) fn shared(&self, set: &[u64], number: u32, buffer: &mut Vec<u8>) -> Result<usize> {
        self.store.read(number, buffer)?;
        Ok(sets::shared(set, buffer))
    }

    /// The bytes of memory in use.
    pub(super) fn bytes(&self) -> usize {
        self.store.bytes() + self.seen.bytes() + self.bytes.capacity()
    }
}

/// The signatures of sets, each by its row: 4 bytes a band, and 8 more.
#[derive(Debug)]
pub(super) struct Rows {
    bands: usize,
    hashes: Vec<u32>,
    /// Whose they are, in rising order.
    pub(super) numbers: Vec<u32>,
    /// The row of each set.
    row_of: Vec<u32>,
}

/// The row of a set that has none.
const NONE: u32 = u32::MAX;

impl Rows {
    pub(super) fn new(bands: usize) -> Rows {
        Rows { bands, hashes: Vec::new(), numbers: Vec::new(), row_of: Vec::new() }
    }

    /// Adds the bands of the next set.
    pub(super) fn push(&mut self, bands: &[u32], number: u32) {
        make_room(&mut self.hashes, self.bands);
        self.hashes.extend_from_slice(&bands[..bands.len().min(self.bands)]);
        let missing = (number as usize + 1).saturating_sub(self.row_of.len());
        make_room(&mut self.row_of, missing);
        self.row_of.resize(number as usize, NONE);
        self.row_of.push(self.numbers.len() as u32);
        make_room(&mut self.numbers, 1);
        self.numbers.push(number);
        self.hashes.resize(self.numbers.len() * self.bands, 0);
    }

    /// How many bands there are.
    pub(super) fn bands(&self) -> usize {
        self.bands
    }

    /// The bands of a set by its number; none if it has no row.
    pub(super) fn of(&self, number: u32) -> Option<&[u32]> {
        let row = self.row_of.get(number as usize).filter(|row| **row != NONE)?;
        Some(self.row(*row))
    }

    /// The bands of a row.
    pub(super) fn row(&self, row: u32) -> &[u32] {
        let start = row as usize * self.bands;
        &self.hashes[start..start + self.bands]
    }

    /// The rows with one of their bands, in its order; those that have the same one in their own order.
    pub(super) fn sorted(&self, band: usize) -> Vec<(u32, u32)> {
        let keyed = (0..self.numbers.len() as u32).map(|row| (self.row(row)[band], row));
        let mut sorted: Vec<(u32, u32)> = keyed.collect();
        sorted.sort_unstable();
        sorted
    }

    /// The bytes of memory in use.
    pub(super) fn bytes(&self) -> usize {
        (self.hashes.capacity() + self.numbers.capacity() + self.row_of.capacity())
            * size_of::<u32>()
    }
}

/// Pairs of a hash and a row in their order, with a directory by the first bits of the hash: about 9 bytes each.
#[derive(Debug)]
pub(super) struct Directory {
    sorted: Vec<(u32, u32)>,
    bits: u32,
    /// Where the pairs begin that have these bits or greater ones.
    starts: Vec<usize>,
}

/// Pairs of the same first bits: a cache line of them.
const TOGETHER: usize = 8;

impl Directory {
    pub(super) fn new(sorted: Vec<(u32, u32)>) -> Directory {
        let bits = (sorted.len() / TOGETHER).max(2).ilog2();
        let start = |bits_of: usize| {
            sorted.partition_point(|(hash, _)| ((hash >> (32 - bits)) as usize) < bits_of)
        };
        let starts = (0..=1 << bits).map(start).collect();
        Directory { sorted, bits, starts }
    }

    /// The pairs of a hash.
    pub(super) fn find(&self, hash: u32) -> Range<usize> {
        let bits = (hash >> (32 - self.bits)) as usize;
        let first = self.starts[bits];
        let together = &self.sorted[first..self.starts[bits + 1]];
        let start = together.partition_point(|pair| pair.0 < hash);
        let end = start + together[start..].partition_point(|pair| pair.0 == hash);
        first + start..first + end
    }

    /// All pairs.
    pub(super) fn pairs(&self) -> &[(u32, u32)] {
        &self.sorted
    }

    /// The bytes of memory in use.
    pub(super) fn bytes(&self) -> usize {
        self.sorted.capacity() * size_of::<(u32, u32)>()
            + self.starts.capacity() * size_of::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_sets_have_one_number() {
        let mut distinct = Distinct::default();
        let sets: [&[u64]; 4] = [&[1, 2], &[1], &[], &[1 << 40, 2]];
        for (number, set) in (0..).zip(sets) {
            assert_eq!(distinct.number(set).unwrap(), Number::New(number));
        }
        for (number, set) in (0..).zip(sets) {
            assert_eq!(distinct.number(set).unwrap(), Number::Known(number));
        }
        let (mut set, mut buffer) = (Vec::new(), Vec::new());
        distinct.read(3, &mut set, &mut buffer).unwrap();
        assert_eq!((set, distinct.len()), (vec![1 << 40, 2], 4));
        assert_eq!((distinct.size(3), distinct.shared(&[2, 3], 0, &mut buffer).unwrap()), (2, 1));
    }

    #[test]
    fn a_directory_finds_the_pairs_of_a_hash_and_no_others() {
        for (count, shift) in [(0u32, 0), (1, 31), (9, 3), (1000, 20), (5000, 0)] {
            let mut pairs: Vec<(u32, u32)> =
                (0..count).map(|row| ((row / 3) << shift, row)).collect();
            pairs.sort_unstable();
            let directory = Directory::new(pairs.clone());
            for hash in (0..count).map(|n| n << shift).chain([u32::MAX, 7]) {
                let wanted: Vec<_> = pairs.iter().filter(|pair| pair.0 == hash).collect();
                let found: Vec<_> = directory.pairs()[directory.find(hash)].iter().collect();
                assert_eq!(found, wanted, "{hash}");
            }
        }
    }
}
