//! The decoders, one call at a time: what a call unpacked counts also when it met damage.
//!
//! A reader that returns an error forgets what it wrote in that call, and up to a whole buffer of good lines
//! with it. So the decoders are driven here, where their own counts say what was written.

use std::io;

use flate2::{Decompress, FlushDecompress, Status};
use liblzma::stream::{Action, Status as XzStatus, Stream};
use zstd::stream::raw::{DParameter, Decoder as Unzstd, Operation};
use zstd::zstd_safe::{InBuffer, OutBuffer};

/// What the xz decoder needs besides its dictionary, amply.
const XZ_OVERHEAD: u64 = 16 << 20;
/// The largest window of a gzip member, as a power of two.
const GZIP_WINDOW_LOG: u8 = 15;

/// What a stream of xz begins with.
const STREAM: [u8; 6] = *b"\xfd7zXZ\0";

/// Zeros behind a stream of xz come in fours, as the format has it.
const PADDING: u8 = 4;

/// What a member of gzip begins with: the magic number, and deflate, the only method there is.
const MEMBER: [u8; 3] = [0x1f, 0x8b, 8];

/// Bytes of the header of a block of zstd.
const BLOCK_HEADER: usize = 3;

/// A decoder of concatenated members.
pub(super) enum Decoder {
    Gzip(Gunzip),
    Zstd {
        decoder: Unzstd<'static>,
        /// Bytes up to the end of the header or block that comes next; 0 between frames.
        wanted: usize,
    },
    Xz(Unxz),
}

/// What one call did.
pub(super) struct Step {
    /// Bytes of the input that were used.
    pub(super) read: usize,
    /// Bytes that were unpacked, also before an error.
    pub(super) written: usize,
    /// The damage that was met.
    pub(super) damage: Option<io::Error>,
}

impl Decoder {
    pub(super) fn gzip() -> Decoder {
        let member = Decompress::new_gzip(GZIP_WINDOW_LOG);
        Decoder::Gzip(Gunzip { member, place: Place::Member })
    }

    pub(super) fn zstd(window_log_max: u32) -> io::Result<Decoder> {
        let mut decoder = Unzstd::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(window_log_max))?;
        Ok(Decoder::Zstd { decoder, wanted: 1 })
    }

    pub(super) fn xz(window_log_max: u32) -> io::Result<Decoder> {
        let memory = (1 << window_log_max.min(62)) + XZ_OVERHEAD;
        let stream = Stream::new_stream_decoder(memory, 0)?;
        Ok(Decoder::Xz(Unxz { stream, memory, place: XzPlace::Stream }))
    }

    /// `gzip`, `zstd` or `xz`.
    pub(super) fn format(&self) -> &'static str {
        match self {
            Decoder::Gzip(_) => "gzip",
            Decoder::Zstd { .. } => "zstd",
            Decoder::Xz(_) => "xz",
        }
    }

    /// Unpacks some of `input` into `output`.
    ///
    /// Nothing read and nothing written means that there is nothing more to be had from this input.
    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        match self {
            Decoder::Gzip(gunzip) => gunzip.step(input, output),
            Decoder::Zstd { decoder, wanted } => {
                if *wanted == 0 {
                    let begun = if input.is_empty() { Ok(()) } else { decoder.reinit() };
                    if input.is_empty() || begun.is_err() {
                        return Step { read: 0, written: 0, damage: begun.err() };
                    }
                    *wanted = 1;
                }
                // One block at a time, as a call says nothing of the blocks before a damaged one. What it
                // wants of a block goes to the end of the next one's header.
                let most = if *wanted > BLOCK_HEADER { *wanted - BLOCK_HEADER } else { *wanted };
                let mut from = InBuffer::around(&input[..input.len().min(most)]);
                let mut to = OutBuffer::around(output);
                let result = decoder.run(&mut from, &mut to);
                let (read, written) = (from.pos(), to.pos());
                *wanted = *result.as_ref().unwrap_or(wanted);
                Step { read, written, damage: result.err() }
            }
            Decoder::Xz(unxz) => unxz.step(input, output),
        }
    }

    /// Whether the input may end here.
    pub(super) fn may_end(&self) -> bool {
        match self {
            Decoder::Gzip(gunzip) => matches!(gunzip.place, Place::Behind(0) | Place::Zeros),
            Decoder::Zstd { wanted, .. } => *wanted == 0,
            Decoder::Xz(unxz) => matches!(unxz.place, XzPlace::Behind { zeros: 0, seen: 0 }),
        }
    }
}

/// gzip: members, and then perhaps zeros, with which tapes are filled up.
pub(super) struct Gunzip {
    member: Decompress,
    place: Place,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Member,
    /// Behind a member, and so many bytes of the beginning of the next one.
    Behind(usize),
    /// In the zeros behind the last one.
    Zeros,
}

impl Gunzip {
    /// Begins the next member, of which [`MEMBER`] was read.
    fn begin(&mut self, output: &mut [u8]) -> io::Result<()> {
        self.member = Decompress::new_gzip(GZIP_WINDOW_LOG);
        self.place = Place::Member;
        self.member.decompress(&MEMBER, output, FlushDecompress::None)?;
        Ok(())
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        match (self.place, input.first()) {
            (Place::Member, _) => {}
            (_, None) => return Step { read: 0, written: 0, damage: None },
            (Place::Behind(0) | Place::Zeros, Some(0)) => {
                self.place = Place::Zeros;
                let read = input.iter().take_while(|byte| **byte == 0).count();
                return Step { read, written: 0, damage: None };
            }
            // Byte by byte: they may come so, and a few bytes of something else are no cut member.
            (Place::Behind(seen), Some(byte)) if MEMBER.get(seen) == Some(byte) => {
                self.place = Place::Behind(seen + 1);
                let damage = if seen + 1 == MEMBER.len() { self.begin(output).err() } else { None };
                return Step { read: 1, written: 0, damage };
            }
            _ => {
                let what = "what follows the last member is not gzip data";
                let damage = Some(io::Error::new(io::ErrorKind::InvalidData, what));
                return Step { read: 0, written: 0, damage };
            }
        }
        let (read, written) = (self.member.total_in(), self.member.total_out());
        let result = self.member.decompress(input, output, FlushDecompress::None);
        if let Ok(Status::StreamEnd) = result {
            self.place = Place::Behind(0);
        }
        let damage = result.err().map(|error| {
            // Of damage within the data the words depend on the size of the buffers.
            let known = |what: &&str| what.contains("header") || what.contains("check");
            let what = error.message().filter(known).unwrap_or("corrupt data").to_owned();
            io::Error::new(io::ErrorKind::InvalidData, what)
        });
        Step {
            read: (self.member.total_in() - read) as usize,
            written: (self.member.total_out() - written) as usize,
            damage,
        }
    }
}

/// xz: streams, and zeros behind each of them.
pub(super) struct Unxz {
    stream: Stream,
    /// The most memory that decoding may take.
    memory: u64,
    place: XzPlace,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum XzPlace {
    Stream,
    /// Behind a stream: zeros, counted modulo [`PADDING`], and so many bytes of the beginning of the next.
    Behind {
        zeros: u8,
        seen: usize,
    },
}

impl Unxz {
    /// Begins the next stream, of which [`STREAM`] was read.
    fn begin(&mut self) -> io::Result<()> {
        self.stream = Stream::new_stream_decoder(self.memory, 0)?;
        self.place = XzPlace::Stream;
        self.stream.process(&STREAM, &mut [], Action::Run)?;
        Ok(())
    }

    fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        let XzPlace::Behind { zeros, seen } = self.place else { return self.unpack(input, output) };
        let Some(byte) = input.first() else { return Step { read: 0, written: 0, damage: None } };
        // Byte by byte: they may come so, and a few bytes of something else are no cut stream.
        let damage = if *byte == 0 && seen == 0 {
            self.place = XzPlace::Behind { zeros: (zeros + 1) % PADDING, seen };
            None
        } else if zeros == 0 && STREAM.get(seen) == Some(byte) {
            self.place = XzPlace::Behind { zeros, seen: seen + 1 };
            if seen + 1 == STREAM.len() { self.begin().err() } else { None }
        } else {
            let what = "what follows the last stream is not xz data";
            let damage = Some(io::Error::new(io::ErrorKind::InvalidData, what));
            return Step { read: 0, written: 0, damage };
        };
        Step { read: 1, written: 0, damage }
    }

    fn unpack(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        let (read, written) = (self.stream.total_in(), self.stream.total_out());
        let result = self.stream.process(input, output, Action::Run);
        if let Ok(XzStatus::StreamEnd) = result {
            self.place = XzPlace::Behind { zeros: 0, seen: 0 };
        }
        Step {
            read: (self.stream.total_in() - read) as usize,
            written: (self.stream.total_out() - written) as usize,
            damage: result.err().map(io::Error::from),
        }
    }
}
