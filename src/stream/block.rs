//! The unit of work: a run of whole lines of one input.
//!
//! Workers get blocks and not lines because handing over one line costs more than judging it.

use memchr::memchr;

/// Bytes that are kept of a line longer than [`max_line_bytes`](super::Reading::max_line_bytes):
/// enough to name it in a message, and the same number whatever the block size, so that output does
/// not depend on it.
pub(super) const CUT_KEPT: usize = 4096;

/// A run of whole lines of one input. The blocks of an input, in order, are its decompressed bytes,
/// except for what is left out of cut lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Which input, counted from 0 in the order of the command line.
    pub input: usize,
    /// The first block of its input.
    pub first: bool,
    /// The last block of its input. An input that is empty is one block, first and last.
    pub last: bool,
    /// Where `data[0]` stands in the decompressed input.
    pub offset: u64,
    /// Whole lines; only the last line of an input may lack its line feed.
    pub data: Vec<u8>,
    /// The last line in `data` is longer than the limit: only its beginning is here.
    pub cut: bool,
}

impl Block {
    /// The lines of the block, in order.
    pub fn lines(&self) -> Lines<'_> {
        self.lines_from(0)
    }

    /// The lines from the one on that starts at this byte.
    pub fn lines_from(&self, start: usize) -> Lines<'_> {
        Lines { data: &self.data, at: start, cut: self.cut }
    }
}

/// One line of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// The line without its line feed; a carriage return before it is still there.
    pub bytes: &'a [u8],
    /// Where the line starts in the data of its block.
    pub start: usize,
    /// Where the line ends in the data of its block, past the line feed if there is one.
    pub end: usize,
    /// The line ended with a line feed. Always false for a cut line, whose end is not kept.
    pub terminated: bool,
    /// The line is longer than the limit and `bytes` holds only its beginning.
    pub cut: bool,
}

/// The lines of a block; see [`Block::lines`].
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    data: &'a [u8],
    at: usize,
    cut: bool,
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let start = self.at;
        let rest = self.data.get(start..).filter(|rest| !rest.is_empty())?;
        let line = match memchr(b'\n', rest) {
            Some(length) => Line {
                bytes: &rest[..length],
                start,
                end: start + length + 1,
                terminated: true,
                cut: false,
            },
            None => {
                Line { bytes: rest, start, end: self.data.len(), terminated: false, cut: self.cut }
            }
        };
        self.at = line.end;
        Some(line)
    }
}
