//! The stored bytes of one streamed input, with a look before every wait.
//!
//! A read that would wait for a writer returns [`WouldBlock`](io::ErrorKind::WouldBlock) instead.
//! So the reader above, even behind a decoder in the middle of a member, gets the chance to hand on
//! the lines it has before it waits, and can be told to stop while it waits.

use std::fs::File;
use std::io::{self, BufRead, PipeReader, Read};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::error::Error;

/// Stored bytes read at once for a decoder.
const READ_BYTES: usize = 64 << 10;
/// The capacity asked for on pipes: 16 times the usual, so that writer and reader take turns less
/// often.
const PIPE_BYTES: usize = 1 << 20;
/// Bytes that tell every format from the others.
pub(super) const MAGIC_BYTES: usize = 6;

/// A format of stored bytes other than plain text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Gzip,
    Zstd,
    Xz,
    /// One that is known and not read.
    Foreign(&'static Foreign),
}

/// A format that is known by its first bytes and not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Foreign {
    magic: &'static [u8],
    /// With its article, if it wants one.
    pub(super) name: &'static str,
    pub(super) way_out: &'static str,
}

const FOREIGN: [Foreign; 4] = [
    Foreign { magic: b"BZh", name: "bzip2", way_out: "pipe in the output of `bzip2 -dc FILE`" },
    Foreign {
        magic: b"\x04\x22\x4d\x18",
        name: "lz4",
        way_out: "pipe in the output of `lz4 -dc FILE`",
    },
    Foreign {
        magic: b"PK\x03\x04",
        name: "a zip archive",
        way_out: "pipe in the output of `unzip -p FILE`",
    },
    Foreign { magic: b"PAR1", name: "parquet", way_out: "convert it to JSON lines first" },
];

impl Foreign {
    /// The trouble with an input of this format.
    pub(super) fn error(&self, name: String) -> Error {
        Error::Foreign { name, format: self.name, way_out: self.way_out }
    }
}

/// The format of an input by its first bytes. JSON can begin with none of these.
pub(super) fn format_of(start: &[u8]) -> Option<Format> {
    match start {
        [0x1f, 0x8b, ..] => Some(Format::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Format::Zstd),
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Format::Zstd), // a skippable frame
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some(Format::Xz),
        _ => FOREIGN.iter().find(|f| start.starts_with(f.magic)).map(Format::Foreign),
    }
}

/// Whether more bytes could make `start` the beginning of an input in some format.
fn may_become_packed(start: &[u8]) -> bool {
    const FULL: [&[u8]; 3] = [&[0x1f, 0x8b], &[0x28, 0xb5, 0x2f, 0xfd], b"\xfd7zXZ\0"];
    let skippable = match start {
        [] => true,
        [first, rest @ ..] => (0x50..=0x5f).contains(first) && [0x2a, 0x4d, 0x18].starts_with(rest),
    };
    let foreign = || FOREIGN.iter().map(|foreign| foreign.magic);
    skippable || FULL.into_iter().chain(foreign()).any(|magic| magic.starts_with(start))
}

/// Asks for a larger pipe; one that stays as it is works as well.
pub(super) fn widen(file: &File) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = rustix::pipe::fcntl_setpipe_size(file, PIPE_BYTES);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = (file, PIPE_BYTES);
}

/// The stored bytes of one input.
#[derive(Debug)]
pub(super) struct Source {
    file: File,
    /// Reading may have to wait for a writer.
    waits: bool,
    /// Bytes read ahead, for sniffing and for decoders: `buffer[at..filled]` is unread.
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    /// Stored bytes handed on.
    taken: u64,
    /// The system's error, which a decoder may have dressed up as its own.
    trouble: Option<io::Error>,
}

impl Source {
    pub(super) fn new(file: File, waits: bool) -> Source {
        Source { file, waits, buffer: vec![], at: 0, filled: 0, taken: 0, trouble: None }
    }

    /// The format of the input, once enough of its beginning was read to tell.
    pub(super) fn sniff(&mut self) -> io::Result<Option<Format>> {
        loop {
            let start = &self.buffer[self.at..self.filled];
            if let Some(format) = format_of(start) {
                return Ok(Some(format));
            }
            if start.len() >= MAGIC_BYTES || !may_become_packed(start) || !self.read_ahead()? {
                return Ok(None);
            }
        }
    }

    /// Stored bytes handed on so far.
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }

    /// The system's error behind the last failure, if it was one.
    pub(super) fn trouble(&mut self) -> Option<io::Error> {
        self.trouble.take()
    }

    /// Waits until there is something to read, or `call` becomes readable; true if that was it.
    pub(super) fn wait(&self, call: Option<&PipeReader>) -> io::Result<bool> {
        let mut watched = vec![PollFd::new(&self.file, PollFlags::IN)];
        if let Some(call) = call {
            watched.push(PollFd::new(call, PollFlags::IN));
        }
        match poll(&mut watched, None) {
            Ok(_) | Err(Errno::INTR) => {
                Ok(watched.get(1).is_some_and(|call| !call.revents().is_empty()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Reads more behind what is read ahead; false at the end of the input.
    fn read_ahead(&mut self) -> io::Result<bool> {
        if self.at == self.filled {
            (self.at, self.filled) = (0, 0);
        }
        self.buffer.resize(READ_BYTES, 0);
        let read = self.pull(None)?;
        self.filled += read;
        Ok(read > 0)
    }

    /// One read from the system, into `into` or behind what is read ahead.
    fn pull(&mut self, into: Option<&mut [u8]>) -> io::Result<usize> {
        if self.waits && !ready(self.file.as_fd()) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let into = into.unwrap_or(&mut self.buffer[self.filled..]);
        match read_once(&self.file, into) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => {
                let kind = error.kind();
                self.trouble = Some(error);
                Err(kind.into())
            }
            result => result,
        }
    }
}

/// One `read`, again if a signal interrupts it.
fn read_once(mut file: &File, into: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(into) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Whether a read would return at once: with data, the end, or an error.
fn ready(fd: BorrowedFd<'_>) -> bool {
    let mut watched = [PollFd::from_borrowed_fd(fd, PollFlags::IN)];
    // What cannot be polled is read: that never waits forever, or tells the error.
    !matches!(
        poll(&mut watched, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })),
        Ok(0) | Err(Errno::INTR)
    )
}

impl Read for Source {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let ahead = self.filled - self.at;
        let read = if ahead > 0 {
            let read = ahead.min(into.len());
            into[..read].copy_from_slice(&self.buffer[self.at..self.at + read]);
            self.at += read;
            read
        } else {
            self.pull(Some(into))?
        };
        self.taken += read as u64;
        Ok(read)
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.filled {
            self.read_ahead()?;
        }
        Ok(&self.buffer[self.at..self.filled])
    }

    fn consume(&mut self, bytes: usize) {
        self.at += bytes;
        self.taken += bytes as u64;
    }
}
