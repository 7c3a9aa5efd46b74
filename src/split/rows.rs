//! What a run of two passes remembers of every line: 16 bytes in a temporary file.

use crate::error::Result;
use crate::stream::Scratch;

/// What decides about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    /// The number of its key.
    pub u: u64,
    /// Its kind, of those that are split each for itself.
    pub class: u32,
    /// Its value, of those that are limited.
    pub value: u32,
}

impl Row {
    /// A line that holds no record.
    pub(super) const NONE: Row = Row { u: 0, class: u32::MAX, value: u32::MAX };

    fn to_bytes(self) -> [u8; SIZE] {
        let mut bytes = [0; SIZE];
        bytes[..8].copy_from_slice(&self.u.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.class.to_le_bytes());
        bytes[12..].copy_from_slice(&self.value.to_le_bytes());
        bytes
    }

    fn of_bytes(bytes: &[u8]) -> Row {
        let number = |at: usize| {
            let mut number = [0; 4];
            number.copy_from_slice(&bytes[at..at + 4]);
            u32::from_le_bytes(number)
        };
        let u = u64::from(number(0)) | u64::from(number(4)) << 32;
        Row { u, class: number(8), value: number(12) }
    }
}

const SIZE: usize = 16;

/// Rows that are written or read at once: 64 KiB.
const AT_ONCE: usize = 4096;

/// A row for each line, in the order of the input.
#[derive(Debug)]
pub(super) struct Rows {
    file: Scratch,
    written: u64,
    waiting: Vec<u8>,
}

impl Rows {
    /// None yet.
    pub(super) fn create() -> Result<Rows> {
        Ok(Rows { file: Scratch::create()?, written: 0, waiting: Vec::new() })
    }

    /// Adds the row of the next line.
    pub(super) fn push(&mut self, row: Row) -> Result<()> {
        self.waiting.extend_from_slice(&row.to_bytes());
        if self.waiting.len() >= AT_ONCE * SIZE { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        self.file.append(&self.waiting)?;
        self.written += self.waiting.len() as u64;
        self.waiting.clear();
        Ok(())
    }

    /// Puts all rows where they can be read.
    pub(super) fn close(mut self) -> Result<Rows> {
        self.flush()?;
        Ok(self)
    }

    /// The rows from the first on.
    pub(super) fn iter(&self) -> RowsIter<'_> {
        RowsIter { rows: self, at: 0, buffer: Vec::new(), used: 0 }
    }
}

/// The rows of all lines; see [`Rows::iter`].
pub(super) struct RowsIter<'r> {
    rows: &'r Rows,
    at: u64,
    buffer: Vec<u8>,
    used: usize,
}

impl Iterator for RowsIter<'_> {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Result<Row>> {
        if self.used == self.buffer.len() {
            let left = self.rows.written - self.at;
            if left == 0 {
                return None;
            }
            self.buffer.resize(left.min((AT_ONCE * SIZE) as u64) as usize, 0);
            if let Err(error) = self.rows.file.read_at(&mut self.buffer, self.at) {
                return Some(Err(error));
            }
            self.at += self.buffer.len() as u64;
            self.used = 0;
        }
        let row = Row::of_bytes(&self.buffer[self.used..self.used + SIZE]);
        self.used += SIZE;
        Some(Ok(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_in_order() {
        let row = |n: u32| Row { u: u64::from(n) << 33 | 5, class: n, value: !n };
        let mut rows = Rows::create().unwrap();
        let count = 2 * AT_ONCE as u32 + 3;
        (0..count).for_each(|n| rows.push(row(n)).unwrap());
        let rows = rows.close().unwrap();
        for _ in 0..2 {
            assert!(rows.iter().map(Result::unwrap).eq((0..count).map(row)));
        }
        assert_eq!(Rows::create().unwrap().close().unwrap().iter().count(), 0);
    }
}
