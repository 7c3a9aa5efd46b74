//! Reading a regular file from many places at once, without anyone who hands out lines.
//!
//! The file is divided into ranges of the block size. A line belongs to the range it starts in:
//! whoever reads range k looks for the first line that starts in it and reads on past its end until
//! the last one is whole. So the borders of lines are found by the workers, in parallel, and no
//! byte is copied between threads. A range without a line start gives an empty block.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use memchr::{memchr, memrchr};

use super::block::CUT_KEPT;
use super::shared::{BIG_BYTES, Gate, lengthen};

/// Bytes read to find the first line of a range: most lines of chat data are shorter.
const PROBE: usize = 4 << 10;
/// The most that is read at once while looking for it.
const PROBE_MOST: usize = 256 << 10;
/// Bytes read past the end of a range at first, to find the end of its last line.
const BEYOND: usize = 16 << 10;

/// A regular file as ranges.
#[derive(Debug)]
pub(super) struct Ranges {
    /// The file.
    pub(super) file: File,
    /// Where its first line starts.
    pub(super) start: u64,
    /// Its size when it was opened; what is written behind it later is not read.
    pub(super) end: u64,
    /// Bytes in a range; at most `limit`.
    pub(super) block_bytes: usize,
    /// The longest line.
    pub(super) limit: usize,
}

/// The lines of one range.
#[derive(Debug)]
pub(super) struct Range {
    /// Where the first of them starts in the file, counted from `start`.
    pub(super) offset: u64,
    /// The lines.
    pub(super) data: Vec<u8>,
    /// The last one is over the limit, and `data` ends with its beginning.
    pub(super) cut: bool,
    /// Reading failed behind the last whole line in `data`.
    pub(super) error: Option<io::Error>,
}

impl Ranges {
    /// The number of ranges.
    pub(super) fn count(&self) -> u64 {
        (self.end - self.start).div_ceil(self.block_bytes as u64)
    }

    /// Reads range `k` into `buffer`, whose content is of no interest. `number` is the number of
    /// the block at the gate.
    pub(super) fn read(&self, k: u64, buffer: Vec<u8>, gate: &Gate, number: u64) -> Range {
        let low = self.start + k * self.block_bytes as u64;
        let high = self.end.min(low + self.block_bytes as u64);
        let mut range = Range { offset: low - self.start, data: buffer, cut: false, error: None };
        match self.first_line(k, low, high, &mut range.data) {
            Ok(Some(first)) => {
                range.offset = first - self.start;
                self.lines(first, high, &mut range, gate, number);
            }
            Ok(None) => {
                range.offset = high - self.start; // the line that stands here began before
                range.data.clear();
            }
            Err(error) => {
                range.data.clear();
                range.error = Some(error);
            }
        }
        range
    }

    /// Where the first line of `low..high` starts: behind the first line feed from `low - 1` on.
    fn first_line(
        &self,
        k: u64,
        low: u64,
        high: u64,
        buffer: &mut Vec<u8>,
    ) -> io::Result<Option<u64>> {
        if k == 0 {
            return Ok(Some(low));
        }
        let (mut at, mut step) = (low - 1, PROBE);
        while at < high - 1 {
            let wanted = step.min((high - 1 - at) as usize);
            lengthen(buffer, wanted)?;
            let read = read_some(&self.file, &mut buffer[..wanted], at)?;
            if read == 0 {
                return Ok(None);
            }
            if let Some(found) = memchr(b'\n', &buffer[..read]) {
                return Ok(Some(at + found as u64 + 1));
            }
            at += read as u64;
            step = (step * 2).min(PROBE_MOST);
        }
        Ok(None)
    }

    /// Reads from the line start `first` to the end of the line that holds byte `high - 1`.
    fn lines(&self, first: u64, high: u64, range: &mut Range, gate: &Gate, number: u64) {
        let inside = (high - first) as usize;
        let most = (self.end - first) as usize;
        let mut filled = 0;
        let mut wanted = (inside + BEYOND).min(most);
        let mut last_start = None; // of the line that holds byte `high - 1`, once that is read
        loop {
            if wanted > BIG_BYTES && !gate.pass(number) {
                return range.data.clear();
            }
            let searched = filled.max(inside - 1);
            let read = lengthen(&mut range.data, wanted)
                .and_then(|()| fill(&self.file, &mut range.data[..wanted], &mut filled, first));
            if let Err(error) = read {
                let whole = memrchr(b'\n', &range.data[..filled]).map_or(0, |end| end + 1);
                range.data.truncate(whole);
                range.error = Some(error);
                return;
            }
            if filled < wanted {
                let whole = memrchr(b'\n', &range.data[..filled]).map_or(0, |end| end + 1);
                range.data.truncate(whole);
                let what = "the file has become shorter while it was read";
                range.error = Some(io::Error::new(io::ErrorKind::UnexpectedEof, what));
                return;
            }
            let ended = filled == most;
            let start = *last_start.get_or_insert_with(|| {
                let before = &range.data[..filled.min(inside - 1)];
                memrchr(b'\n', before).map_or(0, |end| end + 1)
            });
            let end = range.data.get(searched..filled).and_then(|rest| memchr(b'\n', rest));
            let end = end.map(|end| searched + end);
            if end.unwrap_or(filled) - start > self.limit {
                range.data.truncate(start + CUT_KEPT.min(self.limit));
                range.cut = true;
                return;
            }
            if let Some(end) = end {
                return range.data.truncate(end + 1);
            }
            if ended {
                return range.data.truncate(filled);
            }
            wanted = (wanted + wanted.max(BEYOND)).min(start + self.limit + 1).min(most);
        }
    }
}

/// Reads on from `filled` until the buffer is full or the file ends.
fn fill(file: &File, buffer: &mut [u8], filled: &mut usize, offset: u64) -> io::Result<()> {
    while *filled < buffer.len() {
        match read_some(file, &mut buffer[*filled..], offset + *filled as u64)? {
            0 => break,
            read => *filled += read,
        }
    }
    Ok(())
}

/// One read, again if a signal interrupts it.
fn read_some(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    loop {
        match file.read_at(buffer, offset) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
