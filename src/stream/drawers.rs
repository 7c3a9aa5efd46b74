//! Many sequences of bytes that grow at once, in bounded memory: what is sorted into drawers while it passes.
//!
//! A file for each would need as many descriptors, and writes as small as what comes. Here all share a budget
//! of memory, and when it is used up everything goes to one temporary file in one pass, drawer after drawer,
//! with a table of where each begins. So what is known in memory of the file grows with its size alone and
//! not with the number of drawers, and a drawer is read in as many pieces as there were passes.

use std::ops::Range;

use crate::error::{Error, Result};

use super::Scratch;

/// Bytes gathered before a write, and read at once: beyond this larger ones gain nothing.
const PIECE: usize = 256 << 10;
/// Bytes of an entry in the table of a pass.
const ENTRY: usize = size_of::<u64>();

/// Append-only sequences of bytes, numbered from 0 without large gaps, that share a budget of memory and a
/// temporary file without a name.
///
/// Beside the budget they take 32 bytes for each number up to the greatest (96 while that grows), what the
/// allocator adds to each buffer, 16 bytes for each pass to the file, which carries at least an eighth of the
/// budget on average, and, during a pass, 256 KiB and 8 bytes for each number (24 while that grows). There is no
/// file as long as the budget holds everything.
#[derive(Debug)]
pub struct Drawers {
    memory: usize,
    drawers: Vec<Drawer>,
    /// Bytes of memory that the buffers take.
    held: usize,
    file: Option<File>,
}

#[derive(Debug, Clone, Default)]
struct Drawer {
    /// What is not in the file.
    buffer: Vec<u8>,
    /// All bytes.
    bytes: u64,
}

/// What went to the temporary file.
#[derive(Debug)]
struct File {
    scratch: Scratch,
    end: u64,
    passes: Vec<Pass>,
}

/// One writing of what some drawers held: the bytes of each, then a table of where each begins and, behind
/// the last, where it ends.
#[derive(Debug)]
struct Pass {
    first: u32,
    count: u32,
    /// Where the table is.
    table: u64,
}

impl Drawers {
    /// Empty ones that keep up to `memory` bytes out of the file.
    pub fn new(memory: usize) -> Drawers {
        Drawers { memory, drawers: Vec::new(), held: 0, file: None }
    }

    /// Appends to a drawer. Trouble when the disk is full; nothing can be relied on after it.
    pub fn push(&mut self, drawer: u32, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let at = drawer as usize;
        if at >= self.drawers.len() {
            self.drawers.resize(at + 1, Drawer::default());
        }
        if !self.fits(at, bytes.len()) {
            self.write_all()?;
        }
        if !self.fits(at, bytes.len()) {
            // Too much for the whole budget.
            self.drawers[at].bytes += bytes.len() as u64;
            return file(&mut self.file)?.write(drawer, std::iter::once(bytes));
        }
        let Drawer { buffer, bytes: all } = &mut self.drawers[at];
        let before = buffer.capacity();
        buffer.reserve_exact(grown(buffer, bytes.len()) - buffer.len());
        buffer.extend_from_slice(bytes);
        self.held += buffer.capacity() - before;
        *all += bytes.len() as u64;
        Ok(())
    }

    /// Empties all buffers into the file.
    fn write_all(&mut self) -> Result<()> {
        let holds = |drawer: &Drawer| !drawer.buffer.is_empty();
        let Some(first) = self.drawers.iter().position(holds) else { return Ok(()) };
        let end = self.drawers.iter().rposition(holds).map_or(first, |last| last + 1);
        let full = &mut self.drawers[first..end];
        file(&mut self.file)?.write(first as u32, full.iter().map(|drawer| &*drawer.buffer))?;
        full.iter_mut().for_each(|drawer| drawer.buffer = Vec::new());
        self.held = 0;
        Ok(())
    }

    /// Does the budget allow a drawer to grow? While it does, the old buffer and the new one are both there.
    fn fits(&self, at: usize, more: usize) -> bool {
        let buffer = &self.drawers[at].buffer;
        let wanted = grown(buffer, more);
        wanted == buffer.capacity() || self.held + wanted <= self.memory
    }

    /// The bytes of a drawer.
    pub fn bytes(&self, drawer: u32) -> u64 {
        self.drawers.get(drawer as usize).map_or(0, |drawer| drawer.bytes)
    }

    /// The bytes in the temporary file.
    pub fn on_disk(&self) -> u64 {
        self.file.as_ref().map_or(0, |file| file.end)
    }

    /// Takes the bytes of a drawer in order, in pieces of at most 256 KiB that are cut anywhere. Several threads
    /// may read at once.
    pub fn each(&self, drawer: u32, mut take: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let mut piece = Vec::new();
        self.stored(drawer, |scratch, mut range| {
            while !range.is_empty() {
                piece.resize(PIECE.min((range.end - range.start) as usize), 0);
                scratch.read_at(&mut piece, range.start)?;
                take(&piece)?;
                range.start += piece.len() as u64;
            }
            Ok(())
        })?;
        self.buffered(drawer).chunks(PIECE).try_for_each(take)
    }

    /// The bytes of a drawer, in place of what `into` holds. Trouble when there is no memory for them.
    pub fn read(&self, drawer: u32, into: &mut Vec<u8>) -> Result<()> {
        into.clear();
        let bytes = usize::try_from(self.bytes(drawer)).unwrap_or(usize::MAX);
        if into.try_reserve_exact(bytes).is_err() {
            let what = format!("no memory for {} MiB that belong together", bytes >> 20);
            return Err(Error::Unfit(what));
        }
        self.stored(drawer, |scratch, range| {
            let start = into.len();
            into.resize(start + (range.end - range.start) as usize, 0);
            scratch.read_at(&mut into[start..], range.start)
        })?;
        into.extend_from_slice(self.buffered(drawer));
        Ok(())
    }

    fn buffered(&self, drawer: u32) -> &[u8] {
        self.drawers.get(drawer as usize).map_or(&[], |drawer| &drawer.buffer)
    }

    /// Takes the places in the file where bytes of a drawer are, in order.
    fn stored(
        &self,
        drawer: u32,
        mut take: impl FnMut(&Scratch, Range<u64>) -> Result<()>,
    ) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        for pass in &file.passes {
            let Some(row) = drawer.checked_sub(pass.first).filter(|row| *row < pass.count) else {
                continue;
            };
            let mut entries = [0; 2 * ENTRY];
            file.scratch.read_at(&mut entries, pass.table + u64::from(row) * ENTRY as u64)?;
            let [start, end] = entries.as_chunks().0 else { continue };
            take(&file.scratch, u64::from_le_bytes(*start)..u64::from_le_bytes(*end))?;
        }
        Ok(())
    }
}

/// The capacity of a buffer when it has taken so many bytes more.
fn grown(buffer: &Vec<u8>, more: usize) -> usize {
    let wanted = buffer.len() + more;
    let capacity = buffer.capacity();
    if wanted <= capacity { capacity } else { wanted.max(2 * capacity) }
}

fn file(file: &mut Option<File>) -> Result<&mut File> {
    match file {
        Some(file) => Ok(file),
        none => {
            let scratch = Scratch::create()?;
            Ok(none.insert(File { scratch, end: 0, passes: Vec::new() }))
        }
    }
}

impl File {
    /// Writes what drawers hold, from number `first` on.
    fn write<'b>(&mut self, first: u32, drawers: impl Iterator<Item = &'b [u8]>) -> Result<()> {
        let mut table = Vec::new();
        let mut gathered = Vec::new();
        let mut written = self.end;
        let mut write = |bytes: &[u8]| -> Result<()> {
            self.scratch.write_at(bytes, written)?;
            written += bytes.len() as u64;
            Ok(())
        };
        let mut end = self.end;
        table.extend_from_slice(&end.to_le_bytes());
        for bytes in drawers {
            end += bytes.len() as u64;
            table.extend_from_slice(&end.to_le_bytes());
            if gathered.len() + bytes.len() > PIECE {
                write(&gathered)?;
                gathered.clear();
            }
            if bytes.len() < PIECE {
                gathered.extend_from_slice(bytes);
            } else {
                write(bytes)?;
            }
        }
        write(&gathered)?;
        write(&table)?;
        let count = (table.len() / ENTRY - 1) as u32;
        self.passes.push(Pass { first, count, table: end });
        self.end = end + table.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(drawers: &Drawers, drawer: u32) -> Vec<u8> {
        let (mut whole, mut pieces) = (vec![1, 2, 3], Vec::new());
        drawers.read(drawer, &mut whole).unwrap();
        let take = |piece: &[u8]| {
            assert!(!piece.is_empty() && piece.len() <= PIECE);
            pieces.extend_from_slice(piece);
            Ok(())
        };
        drawers.each(drawer, take).unwrap();
        assert!(whole == pieces && whole.len() as u64 == drawers.bytes(drawer));
        whole
    }

    proptest! {
        #[test]
        fn equals_a_vector_for_each(
            pushes in prop::collection::vec((0u32..30, 0usize..300), 0..200),
            memory in prop_oneof![Just(0), 1usize..2000, Just(60_000)],
        ) {
            let mut naive = vec![Vec::new(); 32];
            let mut drawers = Drawers::new(memory);
            for (number, (drawer, length)) in pushes.iter().enumerate() {
                let bytes = vec![number as u8; *length];
                drawers.push(*drawer, &bytes).unwrap();
                naive[*drawer as usize].extend(bytes);
                let held: usize = drawers.drawers.iter().map(|drawer| drawer.buffer.capacity()).sum();
                prop_assert!(held == drawers.held && held <= memory);
            }
            for (drawer, bytes) in naive.iter().enumerate() {
                prop_assert_eq!(&of(&drawers, drawer as u32), bytes);
            }
            // Buffers that double, and an old one beside a new one.
            let all: usize = naive.iter().map(Vec::len).sum();
            prop_assert!(drawers.file.is_none() == (drawers.on_disk() == 0));
            prop_assert!(drawers.file.is_none() || 4 * all > memory);
            let passes = drawers.file.map_or(0, |file| file.passes.len());
            prop_assert!(memory < 1000 || passes * memory <= 8 * all + memory);
        }
    }

    #[test]
    fn one_drawer_takes_everything() {
        let mut drawers = Drawers::new(1 << 20);
        let mut naive = Vec::new();
        for (number, length) in [1, 3 << 20, 0, 700_000, 700_000, 1 << 20, 5].iter().enumerate() {
            let bytes = vec![number as u8 + 1; *length];
            drawers.push(0, &bytes).unwrap();
            naive.extend(bytes);
        }
        assert!(of(&drawers, 0) == naive && drawers.on_disk() > 5 << 20);
        assert_eq!(of(&drawers, 1), b"");
    }

    #[test]
    fn a_hundred_thousand_drawers_share_a_mebibyte() {
        const MANY: u32 = 100_000;
        let mut drawers = Drawers::new(1 << 20);
        let text = |round: u32, drawer: u32| format!("{round} of {drawer}, ");
        for round in 0..4 {
            // In another order each time.
            for step in 0..MANY {
                let drawer = step * (7919 + 20 * round) % MANY;
                drawers.push(drawer, text(round, drawer).as_bytes()).unwrap();
            }
        }
        assert!(drawers.held <= 1 << 20);
        for drawer in (0..MANY).step_by(997) {
            let naive: String = (0..4).map(|round| text(round, drawer)).collect();
            assert!(of(&drawers, drawer) == naive.as_bytes(), "{drawer}");
        }
    }
}
