//! Records in an order of chance, whatever their size.
//!
//! Every record has a number of chance that depends on the seed and its place in the input alone, and the order
//! is that of the numbers. Records are scattered to buckets by the first bits of their numbers, and the buckets
//! are sorted one after the other: so the order does not depend on memory, buckets or threads, it is uniform, and
//! equal records do not stand together as with a hash of their text.

use crate::error::Result;
use crate::stream::Drawers;

use super::deal::Chance;

/// Buckets, by the first bits: with 256 MiB of memory one has to be read twice from 130 GB on.
const BITS: u32 = 10;

/// Bytes before each record: its number, where it goes, and its length.
const HEAD: usize = 20;

/// Records on their way into an order of chance.
pub(super) struct Shuffle {
    chance: Chance,
    drawers: Drawers,
    /// Bytes that are sorted at once.
    memory: u64,
}

impl Shuffle {
    /// One that takes about `memory` bytes: a quarter for what waits, and half for what is sorted. The rest is for
    /// what is read and written (2 GiB of chats took 279 MiB of 256 with half for each).
    pub(super) fn new(seed: u64, memory: u64) -> Shuffle {
        Shuffle {
            chance: Chance::new("shuffle", seed),
            drawers: Drawers::new(usize::try_from(memory / 4).unwrap_or(usize::MAX)),
            memory: memory / 2,
        }
    }

    /// Adds the record of this index, which goes to `way`.
    pub(super) fn push(&mut self, index: u64, way: u32, line: &[u8]) -> Result<()> {
        let number = self.chance.of(index);
        let drawer = (number >> (u64::BITS - BITS)) as u32;
        let mut head = [0; HEAD];
        head[..8].copy_from_slice(&number.to_le_bytes());
        head[8..12].copy_from_slice(&way.to_le_bytes());
        head[12..].copy_from_slice(&(line.len() as u64).to_le_bytes());
        self.drawers.push(drawer, &head)?;
        self.drawers.push(drawer, line)
    }

    /// Hands all records out in their order: where each goes, and its line.
    pub(super) fn each(&self, mut take: impl FnMut(u32, &[u8]) -> Result<()>) -> Result<()> {
        let width = 1u128 << (u64::BITS - BITS);
        for drawer in 0..1u32 << BITS {
            // A bucket that is larger than memory is read several times, each time for a part of its numbers.
            let parts = u128::from(self.drawers.bytes(drawer).div_ceil(self.memory.max(1)));
            let start = width * u128::from(drawer);
            for part in 0..parts {
                let from = start + width * part / parts;
                let to = start + width * (part + 1) / parts;
                self.sorted(drawer, from..to, &mut take)?;
            }
        }
        Ok(())
    }

    /// Hands out the records of a bucket whose numbers are in the range.
    fn sorted(
        &self,
        drawer: u32,
        range: std::ops::Range<u128>,
        take: &mut impl FnMut(u32, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let mut entries = Entries::default();
        self.drawers.each(drawer, |chunk| {
            entries.feed(chunk, &range);
            Ok(())
        })?;
        // As they were added, where numbers are equal.
        entries.found.sort_by_key(|entry| entry.number);
        for entry in &entries.found {
            take(entry.way, &entries.bytes[entry.at..entry.at + entry.length])?;
        }
        Ok(())
    }
}

/// A record of a bucket.
struct Entry {
    number: u64,
    way: u32,
    /// Where its line stands.
    at: usize,
    length: usize,
}

/// Records read from chunks that end anywhere.
#[derive(Default)]
struct Entries {
    found: Vec<Entry>,
    /// The lines of those that were found.
    bytes: Vec<u8>,
    /// The beginning of an entry's head.
    head: Vec<u8>,
    /// Bytes of the current line that are to come, and whether it was found.
    left: usize,
    kept: bool,
}

impl Entries {
    fn feed(&mut self, mut chunk: &[u8], range: &std::ops::Range<u128>) {
        while !chunk.is_empty() {
            if self.left > 0 {
                let (line, rest) = chunk.split_at(self.left.min(chunk.len()));
                if self.kept {
                    self.bytes.extend_from_slice(line);
                }
                self.left -= line.len();
                chunk = rest;
                continue;
            }
            let (head, rest) = chunk.split_at((HEAD - self.head.len()).min(chunk.len()));
            self.head.extend_from_slice(head);
            chunk = rest;
            if self.head.len() == HEAD {
                self.begin(range);
            }
        }
    }

    /// The head of an entry is there.
    fn begin(&mut self, range: &std::ops::Range<u128>) {
        let word = |at: usize| {
            let mut word = [0; 4];
            word.copy_from_slice(&self.head[at..at + 4]);
            u32::from_le_bytes(word)
        };
        let number = u64::from(word(0)) | u64::from(word(4)) << 32;
        let (way, length) = (word(8), word(12) as usize | (word(16) as usize) << 32);
        self.head.clear();
        (self.left, self.kept) = (length, range.contains(&u128::from(number)));
        if self.kept {
            self.found.push(Entry { number, way, at: self.bytes.len(), length });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shuffled(count: u64, memory: u64) -> Vec<u64> {
        let mut shuffle = Shuffle::new(7, memory);
        for index in 0..count {
            shuffle.push(index, index as u32 % 3, format!("{index}\n").as_bytes()).unwrap();
        }
        let mut order = Vec::new();
        shuffle
            .each(|way, line| {
                let index: u64 = std::str::from_utf8(line).unwrap().trim_end().parse().unwrap();
                assert_eq!(u64::from(way), index % 3);
                order.push(index);
                Ok(())
            })
            .unwrap();
        order
    }

    #[test]
    fn the_order_is_a_permutation_that_memory_does_not_change() {
        let order = shuffled(20_000, 64 << 20);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..20_000));
        for memory in [500, 10_000, 300_000] {
            assert_eq!(shuffled(20_000, memory), order, "{memory}");
        }
    }

    #[test]
    fn every_place_is_as_likely_for_every_record() {
        // Where the first of ten records ends, over a thousand seeds: 100 times each, give or take 5 sigma.
        let mut places = [0; 10];
        for seed in 0..1000 {
            let chance = Chance::new("shuffle", seed);
            places[(1..10).filter(|other| chance.of(*other) < chance.of(0)).count()] += 1;
        }
        assert!(places.iter().all(|count| (53..=147).contains(count)), "{places:?}");
    }
}
