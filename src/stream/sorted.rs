//! More pairs of a class and a hash than memory has room for, in order: an external sort.
//!
//! The k-th smallest hash of each class, exactly, without memory for all of them. Runs as large as the memory
//! are sorted and written to a temporary file, 12 bytes a pair; whoever asks merges them, upwards or downwards,
//! as often as needed.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::ops::Range;

use crate::error::Result;

use super::Scratch;

/// Bytes of a pair in the temporary file.
const PACKED: usize = 12;
/// Bytes written at once, and the most that are read of a run at once: beyond this larger ones gain nothing.
const PIECE: usize = (256 << 10) / PACKED * PACKED;
/// The least bytes that are read of a run at once, a page.
const LEAST: usize = (4 << 10) / PACKED * PACKED;

/// As in the file: 12 bytes and not 16.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Pair {
    class: u32,
    high: u32,
    low: u32,
}

impl Pair {
    fn new(class: u32, hash: u64) -> Pair {
        Pair { class, high: (hash >> 32) as u32, low: hash as u32 }
    }

    fn plain(self) -> (u32, u64) {
        (self.class, u64::from(self.high) << 32 | u64::from(self.low))
    }

    fn packed(self) -> [u8; PACKED] {
        let (class, hash) = self.plain();
        let mut packed = [0; PACKED];
        packed[..4].copy_from_slice(&class.to_le_bytes());
        packed[4..].copy_from_slice(&hash.to_le_bytes());
        packed
    }

    fn unpacked(bytes: [u8; PACKED]) -> Pair {
        let [a, b, c, d, hash @ ..] = bytes;
        Pair::new(u32::from_le_bytes([a, b, c, d]), u64::from_le_bytes(hash))
    }
}

/// Takes pairs in any order.
///
/// Beside `memory` it takes 256 KiB while it writes, and 16 bytes for each run in the file, of which each carries
/// two thirds of `memory`. There is no file while they fit.
#[derive(Debug)]
pub struct Sorter {
    /// The most pairs in memory.
    most: usize,
    memory: usize,
    pairs: Vec<Pair>,
    runs: Option<Runs>,
}

#[derive(Debug)]
struct Runs {
    scratch: Scratch,
    places: Vec<Range<u64>>,
}

impl Sorter {
    /// An empty one that takes up to `memory` bytes; those of 85 pairs, 1530, in any case.
    pub fn new(memory: usize) -> Sorter {
        // While the vector doubles there is another beside it, half as large.
        let most = (memory / 3 * 2 / size_of::<Pair>()).max(85);
        Sorter { most, memory, pairs: Vec::new(), runs: None }
    }

    /// Adds a pair. Trouble when the disk is full; nothing can be relied on after it.
    pub fn push(&mut self, class: u32, hash: u64) -> Result<()> {
        if self.pairs.len() == self.pairs.capacity() {
            self.make_room()?;
        }
        self.pairs.push(Pair::new(class, hash));
        Ok(())
    }

    fn make_room(&mut self) -> Result<()> {
        let held = self.pairs.len();
        if held >= self.most {
            return self.write_run();
        }
        // Of most, its half, its quarter and so on the next one, so that the last doubling is one, too.
        let mut next = self.most;
        while next / 2 > held {
            next /= 2;
        }
        self.pairs.reserve_exact(next - held);
        Ok(())
    }

    fn write_run(&mut self) -> Result<()> {
        self.pairs.sort_unstable();
        let runs = match &mut self.runs {
            Some(runs) => runs,
            none => none.insert(Runs { scratch: Scratch::create()?, places: Vec::new() }),
        };
        let start = runs.places.last().map_or(0, |last| last.end);
        let mut end = start;
        let mut bytes = Vec::with_capacity(PIECE.min(self.pairs.len() * PACKED));
        for pairs in self.pairs.chunks(PIECE / PACKED) {
            bytes.clear();
            pairs.iter().for_each(|pair| bytes.extend_from_slice(&pair.packed()));
            runs.scratch.write_at(&bytes, end)?;
            end += bytes.len() as u64;
        }
        runs.places.push(start..end);
        self.pairs.clear();
        Ok(())
    }

    /// All pairs, in order.
    pub fn finish(mut self) -> Result<Sorted> {
        if self.runs.is_some() && !self.pairs.is_empty() {
            self.write_run()?;
        }
        if self.runs.is_some() {
            self.pairs = Vec::new(); // its memory is for merging now
        }
        self.pairs.sort_unstable();
        Ok(Sorted { pairs: self.pairs, runs: self.runs, memory: self.memory })
    }
}

/// Pairs in order, of which those that are equal are all there.
///
/// In memory, or else in a temporary file, of which each order that is being read holds up to `memory` bytes, or
/// 4 KiB of each run where that is more: with 64 MiB, beyond a tebibyte of pairs. 96 bytes for each run are
/// beside that.
#[derive(Debug)]
pub struct Sorted {
    /// Empty if there are runs.
    pairs: Vec<Pair>,
    runs: Option<Runs>,
    memory: usize,
}

impl Sorted {
    /// The number of pairs.
    pub fn pairs(&self) -> u64 {
        let stored = self.runs.as_ref().and_then(|runs| runs.places.last());
        self.pairs.len() as u64 + stored.map_or(0, |last| last.end / PACKED as u64)
    }

    /// By class, then hash, from the least on. Nothing follows an error.
    pub fn ascending(&self) -> impl Iterator<Item = Result<(u32, u64)>> + '_ {
        let pairs = self.pairs.iter().map(|pair| Ok(pair.plain()));
        pairs.chain(Merge::new(self, Reverse))
    }

    /// Likewise, from the greatest on.
    pub fn descending(&self) -> impl Iterator<Item = Result<(u32, u64)>> + '_ {
        let pairs = self.pairs.iter().rev().map(|pair| Ok(pair.plain()));
        pairs.chain(Merge::new(self, std::convert::identity))
    }
}

/// What the heap of a merge holds: the greatest comes first.
trait Rank: Ord + Copy {
    /// Are runs read from their ends?
    const BACKWARDS: bool;
    fn pair(self) -> Pair;
}

impl Rank for Pair {
    const BACKWARDS: bool = true;
    fn pair(self) -> Pair {
        self
    }
}

impl Rank for Reverse<Pair> {
    const BACKWARDS: bool = false;
    fn pair(self) -> Pair {
        self.0
    }
}

/// Runs that are read side by side.
struct Merge<'s, R> {
    scratch: Option<&'s Scratch>,
    rank: fn(Pair) -> R,
    cursors: Vec<Cursor>,
    /// The next pair of each run that has one, with the run's number.
    heap: BinaryHeap<(R, usize)>,
    /// Have the cursors been started?
    started: bool,
}

impl<'s, R: Rank> Merge<'s, R> {
    fn new(sorted: &'s Sorted, rank: fn(Pair) -> R) -> Merge<'s, R> {
        let places = sorted.runs.as_ref().map_or(&[][..], |runs| &runs.places);
        let each = sorted.memory / places.len().max(1) / PACKED * PACKED;
        let piece = each.clamp(LEAST, PIECE);
        let cursor = |place: &Range<u64>| Cursor::new(place.clone(), piece);
        Merge {
            scratch: sorted.runs.as_ref().map(|runs| &runs.scratch),
            rank,
            cursors: places.iter().map(cursor).collect(),
            heap: BinaryHeap::with_capacity(places.len()),
            started: false,
        }
    }

    fn next_pair(&mut self) -> Result<Option<Pair>> {
        let Some(scratch) = self.scratch else { return Ok(None) };
        if !self.started {
            self.started = true;
            for (run, cursor) in self.cursors.iter_mut().enumerate() {
                let first = cursor.next(scratch, R::BACKWARDS)?;
                self.heap.extend(first.map(|pair| ((self.rank)(pair), run)));
            }
        }
        let Some(mut top) = self.heap.peek_mut() else { return Ok(None) };
        let (pair, run) = (top.0.pair(), top.1);
        match self.cursors[run].next(scratch, R::BACKWARDS)? {
            Some(next) => top.0 = (self.rank)(next),
            None => drop(PeekMut::pop(top)),
        }
        Ok(Some(pair))
    }
}

impl<R: Rank> Iterator for Merge<'_, R> {
    type Item = Result<(u32, u64)>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.next_pair();
        if next.is_err() {
            self.scratch = None;
        }
        next.map(|pair| pair.map(Pair::plain)).transpose()
    }
}

/// A place in a run.
struct Cursor {
    /// What was not read yet.
    rest: Range<u64>,
    /// The most bytes read at once.
    most: usize,
    /// What was read but not handed out yet is the part of it in `ahead`.
    piece: Vec<u8>,
    ahead: Range<usize>,
}

impl Cursor {
    fn new(rest: Range<u64>, most: usize) -> Cursor {
        Cursor { rest, most, piece: Vec::new(), ahead: 0..0 }
    }

    fn next(&mut self, scratch: &Scratch, backwards: bool) -> Result<Option<Pair>> {
        if self.ahead.is_empty() && !self.read(scratch, backwards)? {
            return Ok(None);
        }
        let number = if backwards { self.ahead.next_back() } else { self.ahead.next() };
        let (pairs, _) = self.piece.as_chunks();
        Ok(number.and_then(|number| pairs.get(number)).map(|pair| Pair::unpacked(*pair)))
    }

    /// Reads the next piece; no if there is none.
    fn read(&mut self, scratch: &Scratch, backwards: bool) -> Result<bool> {
        let bytes = (self.rest.end - self.rest.start).min(self.most as u64);
        self.piece.resize(bytes as usize, 0);
        let at = if backwards { self.rest.end - bytes } else { self.rest.start };
        scratch.read_at(&mut self.piece, at)?;
        match backwards {
            true => self.rest.end -= bytes,
            false => self.rest.start += bytes,
        }
        self.ahead = 0..self.piece.len() / PACKED;
        Ok(bytes > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sorted(pairs: &[(u32, u64)], memory: usize) -> Sorted {
        let mut sorter = Sorter::new(memory);
        for (class, hash) in pairs {
            sorter.push(*class, *hash).unwrap();
            assert!(sorter.pairs.capacity() <= sorter.most);
        }
        sorter.finish().unwrap()
    }

    fn hashes() -> impl Strategy<Value = u64> {
        prop_oneof![0u64..9, any::<u64>(), Just(u64::MAX), Just(1 << 32), Just(u64::MAX >> 32)]
    }

    proptest! {
        #[test]
        fn equals_a_sort_in_memory(
            mut pairs in prop::collection::vec((prop_oneof![0u32..3, any::<u32>()], hashes()), 0..700),
            memory in prop_oneof![Just(0), 1500usize..6000, Just(1 << 20)],
        ) {
            let sorted = sorted(&pairs, memory);
            prop_assert_eq!(sorted.pairs(), pairs.len() as u64);
            prop_assert_eq!(sorted.runs.is_some(), pairs.len() > Sorter::new(memory).most);
            pairs.sort();
            let up: Vec<_> = sorted.ascending().map(Result::unwrap).collect();
            prop_assert_eq!(&up, &pairs);
            pairs.reverse();
            for _ in 0..2 {
                let down: Vec<_> = sorted.descending().map(Result::unwrap).collect();
                prop_assert_eq!(&down, &pairs);
            }
        }
    }

    #[test]
    fn the_memory_of_a_vector_that_doubles_stays_below_the_budget() {
        for memory in [2000, 4097, 65_536, 99_999] {
            let mut sorter = Sorter::new(memory);
            let mut before = 0;
            for number in 0..10_000 {
                sorter.push(0, number).unwrap();
                let now = sorter.pairs.capacity();
                let both = if now == before { now } else { now + before };
                assert!(both * size_of::<Pair>() <= memory, "{both} of {memory}");
                before = now;
            }
            assert_eq!(sorter.finish().unwrap().pairs(), 10_000);
        }
    }

    #[test]
    fn pieces_share_the_budget() {
        let mut state = 1u64;
        let mut pairs = Vec::new();
        for _ in 0..30_000 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            pairs.push(((state >> 60) as u32, state));
        }
        let memory = 60_000;
        let sorted = sorted(&pairs, memory);
        let mut merge = Merge::<Pair>::new(&sorted, std::convert::identity);
        pairs.sort_unstable_by(|one, other| other.cmp(one));
        for pair in pairs {
            assert_eq!(merge.next().unwrap().unwrap(), pair);
            let held: usize = merge.cursors.iter().map(|cursor| cursor.piece.capacity()).sum();
            assert!(held <= memory, "{held}");
        }
        assert!(merge.next().is_none() && merge.next().is_none());
    }
}
