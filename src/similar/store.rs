//! What has to be kept of every record but need not be in memory: an append-only temporary file.
//!
//! The file has no name from the moment it exists, so that nothing is left behind however the run ends. The
//! last few kilobytes stay in memory until there are enough for one write.

use crate::error::Result;
use crate::stream::Scratch;

use super::make_room;

/// Bytes that stay in memory before they are written at once: more save no time, and 64 KiB were a tenth of the
/// memory for some thousand records.
const TAIL: usize = 16 << 10;

/// Byte strings, each found by its number. 8 bytes of memory for each.
#[derive(Debug, Default)]
pub struct Store {
    file: Option<Scratch>,
    /// Where each string ends, counted from the start of the first.
    ends: Vec<u64>,
    /// What is not in the file yet, from `written` on.
    tail: Vec<u8>,
    written: u64,
}

impl Store {
    /// The number of strings.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Is there no string?
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bytes of memory in use.
    pub fn bytes(&self) -> usize {
        self.ends.capacity() * size_of::<u64>() + self.tail.capacity()
    }

    /// Length of string `number` in bytes.
    pub fn size(&self, number: u32) -> usize {
        let (start, end) = self.place(number);
        (end - start) as usize
    }

    /// Adds a string, whose number is the count of those before it. Trouble when the disk is full.
    pub fn push(&mut self, string: impl IntoIterator<Item = u8>) -> Result<()> {
        self.tail.extend(string);
        self.end()
    }

    /// Adds a string of numbers: of 8 bytes, then of 4.
    pub fn push_set(&mut self, set: &[u64], bands: &[u32]) -> Result<()> {
        self.tail.reserve_exact(size_of_val(set) + size_of_val(bands));
        for element in set {
            self.tail.extend_from_slice(&element.to_le_bytes());
        }
        for band in bands {
            self.tail.extend_from_slice(&band.to_le_bytes());
        }
        self.end()
    }

    fn end(&mut self) -> Result<()> {
        make_room(&mut self.ends, 1);
        self.ends.push(self.written + self.tail.len() as u64);
        if self.tail.len() >= TAIL { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        let file = match &self.file {
            Some(file) => file,
            None => self.file.insert(Scratch::create()?),
        };
        file.write_at(&self.tail, self.written)?;
        self.written += self.tail.len() as u64;
        self.tail.clear();
        self.tail.shrink_to(TAIL);
        Ok(())
    }

    /// String `number`, which there must be, in place of what `into` holds.
    pub fn read(&self, number: u32, into: &mut Vec<u8>) -> Result<()> {
        self.read_start(number, usize::MAX, into)
    }

    /// Likewise, of a string longer than that no more than its first `most` bytes.
    pub fn read_start(&self, number: u32, most: usize, into: &mut Vec<u8>) -> Result<()> {
        let (start, end) = self.place(number);
        let end = end.min(start.saturating_add(most as u64));
        into.clear();
        if start >= self.written {
            let at = |offset: u64| (offset - self.written) as usize;
            into.extend_from_slice(&self.tail[at(start)..at(end)]);
            return Ok(());
        }
        // A string is written as a whole, so it lies on one side.
        into.resize((end - start) as usize, 0);
        let Some(file) = &self.file else { return Ok(()) };
        file.read_at(into, start)
    }

    fn place(&self, number: u32) -> (u64, u64) {
        let number = number as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        (start, self.ends[number])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_read_back_from_memory_and_from_the_file() {
        let mut store = Store::default();
        let string = |n: usize| vec![n as u8; n * 7919 % 50_000];
        for n in 0..400 {
            store.push(string(n)).unwrap();
        }
        store.push_set(&[1, u64::MAX], &[2]).unwrap();
        assert!(store.written > 0 && !store.tail.is_empty());
        let mut got = Vec::new();
        for n in (0..400).rev() {
            store.read(n as u32, &mut got).unwrap();
            assert!(got == string(n) && store.size(n as u32) == got.len());
            store.read_start(n as u32, 17, &mut got).unwrap();
            assert!(got == string(n)[..got.len()] && got.len() == store.size(n as u32).min(17));
        }
        store.read(400, &mut got).unwrap();
        assert_eq!(got, [&[1, 0, 0, 0, 0, 0, 0, 0][..], &[255; 8], &[2, 0, 0, 0]].concat());
    }
}
