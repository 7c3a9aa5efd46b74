//! The one reader of everything that cannot be read from several places at once: pipes, terminals,
//! archives. It runs on a thread of its own and cuts blocks of whole lines.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::Sender;

use memchr::{memchr, memrchr};

use crate::error::{Error, Result};

use super::block::{Block, CUT_KEPT};
use super::input::{Item, Reading};
use super::shared::{BIG_BYTES, Reins, Stock, lengthen};
use super::source::Source;
use super::task::Notice;
use super::unpack::Unpacker;

/// The most that the buffer of a long line grows at once. Above it the buffer does not double, so that less
/// than this is in reserve; the system moves such a buffer without copying it.
const GROWTH_MOST: usize = 16 << 20;

/// The feeder and what it reads.
pub(super) struct Feeder {
    /// The inputs to be streamed, with their numbers and names.
    pub(super) items: Vec<(usize, String, Item)>,
    /// How to read them.
    pub(super) reading: Reading,
    /// Where blocks go.
    pub(super) notices: Sender<Notice>,
    /// Who may hold us back.
    pub(super) reins: Arc<Reins>,
    /// Where buffers come from.
    pub(super) stock: Arc<Stock>,
}

/// The input is no longer wanted.
struct Unwanted;

impl Feeder {
    /// Feeds all inputs, each to its end or to its error.
    pub(super) fn run(mut self) {
        for (input, name, mut item) in std::mem::take(&mut self.items) {
            if !self.reins.wants(input) {
                continue;
            }
            let unpacker = item
                .take(&name)
                .map(|file| Unpacker::new(Source::new(file, item.waits), &self.reading));
            let fed = match unpacker {
                Ok(mut unpacker) => self.feed(input, &name, &mut unpacker),
                Err(error) => Ok(Err(error)),
            };
            if let Ok(Err(error)) = fed {
                let _ = self.notices.send(Notice::Failed(input, error)); // nobody left to tell
            }
        }
    }

    fn feed(
        &self,
        input: usize,
        name: &str,
        unpacker: &mut Unpacker,
    ) -> std::result::Result<Result<()>, Unwanted> {
        let mut cutter =
            Cutter::new(input, self.stock.take(), self.reading.block(), self.reading.limit());
        loop {
            match unpacker.read(cutter.room()) {
                Ok(0) => {
                    if let Some(cut) = cutter.take_cut() {
                        self.send(cut)?;
                    }
                    return self.send(cutter.finish()).map(Ok);
                }
                Ok(read) => {
                    if let Some(block) = cutter.advance(read) {
                        self.send(block)?;
                    }
                    if cutter.is_full()
                        && let Err(source) = self.make_room(&mut cutter)?
                    {
                        let offset = Some(cutter.offset);
                        return Ok(Err(Error::Read { name: name.to_owned(), offset, source }));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.send_lines(&mut cutter)?;
                    let _ = self.notices.send(Notice::Waiting);
                    self.wait(input, unpacker)?;
                }
                Err(error) => {
                    self.send_lines(&mut cutter)?;
                    return Ok(Err(unpacker.explain(name, error)));
                }
            }
        }
    }

    /// Waits for the writer, or for the word that the input is no longer wanted.
    fn wait(&self, input: usize, unpacker: &mut Unpacker) -> std::result::Result<(), Unwanted> {
        // What cannot be waited for is read, and the read tells why.
        let called = unpacker.source().map(|source| source.wait(Some(self.reins.called())));
        if let Some(Ok(true)) = called {
            self.reins.answer();
        }
        if self.reins.wants(input) { Ok(()) } else { Err(Unwanted) }
    }

    fn send(&self, block: Block) -> std::result::Result<(), Unwanted> {
        let wanted = self.reins.acquire(block.input, block.data.len());
        match wanted && self.notices.send(Notice::Block(block)).is_ok() {
            true => Ok(()),
            false => Err(Unwanted),
        }
    }

    fn send_lines(&self, cutter: &mut Cutter) -> std::result::Result<(), Unwanted> {
        match cutter.lines(|| self.stock.take()) {
            Some(block) => self.send(block),
            None => Ok(()),
        }
    }

    /// Sends the whole lines of a full buffer; where there is none, lets the one line in it grow.
    fn make_room(&self, cutter: &mut Cutter) -> std::result::Result<io::Result<()>, Unwanted> {
        match cutter.lines(|| self.stock.take()) {
            Some(block) => self.send(block).map(Ok),
            None => {
                if cutter.next_size() > BIG_BYTES && !self.reins.alone(cutter.input) {
                    return Err(Unwanted);
                }
                Ok(cutter.grow())
            }
        }
    }
}

/// Cuts what was read into blocks of whole lines.
pub(super) struct Cutter {
    input: usize,
    first: bool,
    /// Where `buffer[0]` stands in the decompressed input.
    offset: u64,
    /// As long as there is room; `buffer[..filled]` was read.
    buffer: Vec<u8>,
    filled: usize,
    /// No line feed is in `buffer[..searched]`.
    searched: usize,
    block_bytes: usize,
    /// The longest line.
    limit: usize,
    /// The beginning of a line over the limit whose end was not seen yet.
    cut: Option<Block>,
}

impl Cutter {
    pub(super) fn new(input: usize, buffer: Vec<u8>, block_bytes: usize, limit: usize) -> Cutter {
        let mut cutter = Cutter {
            input,
            first: true,
            offset: 0,
            buffer,
            filled: 0,
            searched: 0,
            block_bytes,
            limit,
            cut: None,
        };
        cutter.buffer.resize(block_bytes, 0);
        cutter
    }

    /// Where to read to. Never empty.
    pub(super) fn room(&mut self) -> &mut [u8] {
        &mut self.buffer[self.filled..]
    }

    /// Notes that `read` bytes were put at the beginning of the room. Returns a cut line when its
    /// end was seen.
    pub(super) fn advance(&mut self, read: usize) -> Option<Block> {
        self.filled += read;
        self.cut.as_ref()?;
        let end = memchr(b'\n', &self.buffer[..self.filled]);
        let gone = end.map_or(self.filled, |end| end + 1);
        self.buffer.copy_within(gone..self.filled, 0);
        self.filled -= gone;
        self.offset += gone as u64;
        if end.is_some() { self.cut.take() } else { None }
    }

    /// There is no room.
    pub(super) fn is_full(&self) -> bool {
        self.filled == self.buffer.len()
    }

    /// The whole lines read so far, if there are any.
    pub(super) fn lines(&mut self, spare: impl FnOnce() -> Vec<u8>) -> Option<Block> {
        if self.cut.is_some() {
            return None;
        }
        let Some(end) = memrchr(b'\n', &self.buffer[self.searched..self.filled]) else {
            self.searched = self.filled;
            return None;
        };
        let end = self.searched + end + 1;
        let tail = self.filled - end;
        let mut rest = spare();
        rest.resize(self.block_bytes.max(tail + 1), 0);
        rest[..tail].copy_from_slice(&self.buffer[end..self.filled]);
        let mut data = std::mem::replace(&mut self.buffer, rest);
        data.truncate(end);
        self.filled = tail;
        self.searched = tail;
        let block = self.block(data);
        self.offset += end as u64;
        Some(block)
    }

    /// The size of the buffer after [`grow`](Cutter::grow).
    pub(super) fn next_size(&self) -> usize {
        (self.buffer.len() + self.buffer.len().min(GROWTH_MOST)).min(self.limit + 1)
    }

    /// Makes room for one long line; one over the limit is cut.
    pub(super) fn grow(&mut self) -> io::Result<()> {
        if self.filled <= self.limit {
            let size = self.next_size();
            return lengthen(&mut self.buffer, size);
        }
        let head = self.buffer[..CUT_KEPT.min(self.limit)].to_vec();
        let mut block = self.block(head);
        block.cut = true;
        self.cut = Some(block);
        self.offset += self.filled as u64;
        (self.filled, self.searched) = (0, 0);
        // Never shorter than a usual read, so that the rest of the line is passed over quickly.
        self.buffer.truncate(self.block_bytes);
        self.buffer.shrink_to_fit();
        Ok(())
    }

    /// The beginning of a cut line that the input ends in.
    pub(super) fn take_cut(&mut self) -> Option<Block> {
        self.cut.take()
    }

    /// What is left at the end of the input: its last block.
    pub(super) fn finish(mut self) -> Block {
        let mut data = std::mem::take(&mut self.buffer);
        data.truncate(self.filled);
        let mut block = self.block(data);
        block.last = true;
        block
    }

    fn block(&mut self, data: Vec<u8>) -> Block {
        let first = std::mem::replace(&mut self.first, false);
        Block { input: self.input, first, last: false, offset: self.offset, data, cut: false }
    }
}
