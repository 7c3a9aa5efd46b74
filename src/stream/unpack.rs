//! Unpacking: gzip, zstd and xz by their first bytes, everything else as it is.
//!
//! All three read concatenated members, and none takes a cut or damaged archive for its end. What
//! is unpacked is not looked at again: an archive in an archive stays one. Other packed formats are
//! known, so that one is trouble with the way out and not a fault in every line.

use std::io::{self, BufRead, Read};

use crate::error::Error;

use super::decode::Decoder;
use super::input::Reading;
use super::source::{Foreign, Format, Source};

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
    Packed(Box<Packed>),
    /// What is not read.
    Foreign(&'static Foreign),
    /// A decoder could not be made.
    Broken,
}

/// An archive that is being unpacked.
struct Packed {
    source: Source,
    decoder: Decoder,
    /// The decoder may hold more than there was room for in the last call.
    full: bool,
    /// Damage met behind the bytes that were handed out last.
    damage: Option<io::Error>,
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
            Stage::Packed(packed) => Some(&mut packed.source),
            Stage::Foreign(_) | Stage::Broken => None,
        }
    }

    /// What an error of [`read`](Read::read) means: trouble of the system, or a damaged archive.
    pub(super) fn explain(&mut self, name: &str, error: io::Error) -> Error {
        let name = name.to_owned();
        let format = match &self.stage {
            Stage::Foreign(foreign) => return foreign.error(name),
            Stage::Packed(packed) => Some(packed.decoder.format()),
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
        let decoder = match format {
            None => {
                self.stage = Stage::Plain(source);
                return Ok(());
            }
            Some(Format::Foreign(foreign)) => {
                self.stage = Stage::Foreign(foreign);
                return Ok(());
            }
            Some(Format::Gzip) => Decoder::gzip(),
            Some(Format::Zstd) => Decoder::zstd(self.window_log_max)?,
            Some(Format::Xz) => Decoder::xz(self.window_log_max)?,
        };
        let packed = Packed { source, decoder, full: false, damage: None };
        self.stage = Stage::Packed(Box::new(packed));
        Ok(())
    }
}

impl Read for Unpacker {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.recognise()?;
        match &mut self.stage {
            Stage::Unknown(source) | Stage::Plain(source) => source.read(into),
            Stage::Packed(packed) => packed.read(into),
            Stage::Foreign(_) => Err(io::ErrorKind::Unsupported.into()),
            Stage::Broken => Err(io::ErrorKind::OutOfMemory.into()),
        }
    }
}

impl Read for Packed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if let Some(damage) = self.damage.take() {
            return Err(damage);
        }
        loop {
            let held = std::mem::take(&mut self.full);
            let input = if held { &[] } else { self.source.fill_buf()? };
            let end = !held && input.is_empty();
            let step = self.decoder.step(input, into);
            self.source.consume(step.read);
            if step.written > 0 {
                self.full = step.written == into.len();
                self.damage = step.damage;
                return Ok(step.written);
            }
            match step.damage {
                Some(damage) => return Err(damage),
                None if end && self.decoder.may_end() => return Ok(0),
                None if end => return Err(io::ErrorKind::UnexpectedEof.into()),
                None if step.read == 0 && !held => {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, "corrupt data"));
                }
                None => {}
            }
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
        plain(format, &text).map_or(text, str::to_owned)
    }
}

/// What a library says in words of its own, in plain ones.
fn plain(format: &str, text: &str) -> Option<&'static str> {
    Some(match (format, text) {
        // The beginning of the first was seen before there was a decoder.
        ("zstd", "Unknown frame descriptor") => "what follows the last frame is not zstd data",
        ("zstd", "Data corruption detected") | ("xz", "lzma data error") => "corrupt data",
        ("zstd", "Restored data doesn't match checksum") => "the checksum does not match",
        ("zstd", "Dictionary mismatch") => {
            "it was packed with a dictionary; unpack it first with `zstd -dc -D`"
        }
        ("xz", "invalid options") => "it was packed in a way that is not known; unpack it first",
        _ => return None,
    })
}
