//! Unpacking: gzip, zstd and xz by their first bytes, everything else as it is.
//!
//! All three read concatenated members, and none takes a cut or damaged archive for its end. What
//! is unpacked is not looked at again: an archive in an archive stays one. Other packed formats are
//! known, so that one is trouble with the way out and not a fault in every line.

use std::io::{self, Read};

use flate2::bufread::MultiGzDecoder;
use liblzma::bufread::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};

use crate::error::Error;

use super::input::Reading;
use super::source::{Foreign, Format, Source};

/// Bytes asked of a decoder at once. Where it meets damage it forgets what it unpacked in that
/// call, so less is lost before the damage; 32 KiB cost no time against 1 MiB.
const STEP: usize = 32 << 10;
/// What the xz decoder needs besides its dictionary, amply.
const XZ_OVERHEAD: u64 = 16 << 20;

/// The decompressed bytes of one input. Like its [`Source`], it returns `WouldBlock` rather than
/// wait.
pub(super) struct Unpacker {
    stage: Stage,
    decompress: bool,
    window_log_max: u32,
}

enum Stage {
    /// Not enough was read to tell the format.
    Unknown(Source),
    Plain(Source),
    Gzip(Box<MultiGzDecoder<Source>>),
    Zstd(Box<zstd::stream::read::Decoder<'static, Source>>),
    Xz(Box<XzDecoder<Source>>),
    /// What is not read.
    Foreign(&'static Foreign),
    /// A decoder could not be made.
    Broken,
}

impl Unpacker {
    pub(super) fn new(source: Source, reading: &Reading) -> Unpacker {
        Unpacker {
            stage: Stage::Unknown(source),
            decompress: reading.decompress,
            window_log_max: reading.window_log_max,
        }
    }

    /// The stored bytes below.
    pub(super) fn source(&mut self) -> Option<&mut Source> {
        match &mut self.stage {
            Stage::Unknown(source) | Stage::Plain(source) => Some(source),
            Stage::Gzip(decoder) => Some(decoder.get_mut()),
            Stage::Zstd(decoder) => Some(decoder.get_mut()),
            Stage::Xz(decoder) => Some(decoder.get_mut()),
            Stage::Foreign(_) | Stage::Broken => None,
        }
    }

    /// What an error of [`read`](Read::read) means: trouble of the system, or a damaged archive.
    pub(super) fn explain(&mut self, name: &str, error: io::Error) -> Error {
        let name = name.to_owned();
        let format = match self.stage {
            Stage::Foreign(foreign) => return foreign.error(name),
            Stage::Gzip(_) => Some("gzip"),
            Stage::Zstd(_) => Some("zstd"),
            Stage::Xz(_) => Some("xz"),
            Stage::Unknown(_) | Stage::Plain(_) | Stage::Broken => None,
        };
        let window_log_max = self.window_log_max;
        let source = self.source();
        let offset = source.as_ref().map(|source| source.taken());
        let trouble = source.and_then(Source::trouble);
        match (trouble, format) {
            (None, Some(format)) => {
                let reason = reason(format, &error, window_log_max);
                Error::Damaged { name, format, offset: offset.unwrap_or(0), reason }
            }
            (trouble, _) => Error::Read { name, offset, source: trouble.unwrap_or(error) },
        }
    }

    fn recognise(&mut self) -> io::Result<()> {
        let Stage::Unknown(source) = &mut self.stage else { return Ok(()) };
        let format = if self.decompress { source.sniff()? } else { None };
        let Stage::Unknown(source) = std::mem::replace(&mut self.stage, Stage::Broken) else {
            return Ok(());
        };
        self.stage = match format {
            None => Stage::Plain(source),
            Some(Format::Foreign(foreign)) => Stage::Foreign(foreign),
            Some(Format::Gzip) => Stage::Gzip(Box::new(MultiGzDecoder::new(source))),
            Some(Format::Zstd) => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(source)?;
                decoder.window_log_max(self.window_log_max)?;
                Stage::Zstd(Box::new(decoder))
            }
            Some(Format::Xz) => {
                let memory = (1 << self.window_log_max.min(62)) + XZ_OVERHEAD;
                let stream = Stream::new_stream_decoder(memory, CONCATENATED)?;
                Stage::Xz(Box::new(XzDecoder::new_stream(source, stream)))
            }
        };
        Ok(())
    }
}

impl Read for Unpacker {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.recognise()?;
        let step = into.len().min(STEP);
        match &mut self.stage {
            Stage::Unknown(source) | Stage::Plain(source) => source.read(into),
            Stage::Gzip(decoder) => decoder.read(&mut into[..step]),
            Stage::Zstd(decoder) => decoder.read(&mut into[..step]),
            Stage::Xz(decoder) => decoder.read(&mut into[..step]),
            Stage::Foreign(_) => Err(io::ErrorKind::Unsupported.into()),
            Stage::Broken => Err(io::ErrorKind::OutOfMemory.into()),
        }
    }
}

/// A decoder's complaint in words that help.
fn reason(format: &str, error: &io::Error, window_log_max: u32) -> String {
    let text = error.to_string();
    let limit = match window_log_max {
        0..=9 => "1 KiB".to_owned(),
        10..=19 => format!("{} KiB", 1 << (window_log_max - 10)),
        _ => format!("{} MiB", 1u64 << (window_log_max - 20).min(62)),
    };
    if error.kind() == io::ErrorKind::UnexpectedEof {
        "the file ends too early".to_owned()
    } else if format == "zstd" && text.contains("too much memory") {
        format!(
            "it needs a window over the limit of {limit}; unpack it first with \
             `zstd -dc --long=31`"
        )
    } else if format == "xz" && text.contains("memory") {
        format!("it needs a dictionary over the limit of {limit}; unpack it first with `xz -dc`")
    } else {
        text
    }
}
