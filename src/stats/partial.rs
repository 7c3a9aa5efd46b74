//! States as text: what `--partial` writes and `--merge` reads.
//!
//! A state is one line of JSON, in which what was measured is packed: samples by hash are long as text. Several
//! lines may stand in one file, so that the outputs of many machines can be joined by `cat`. Equal states are
//! equal bytes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use memchr::memmem;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::cli::json::to_json_line;
use crate::cli::terminal::sanitize;
use crate::error::{Error, Result};
use crate::stream::{self, Block, Flow, Inputs, Sink};

use super::config::Config;
use super::state::State;

/// The version of the form. It grows with every change of what is in a state or of what that means.
const FORM: u32 = 4;

/// How a line with a state begins, with white space between these or without.
const BEGINNING: [&[u8]; 7] =
    [b"{", b"\"tool\"", b":", b"\"chatml-stats\"", b",", b"\"form\"", b":"];

/// The tool that it names.
const TOOL: &str = "chatml-stats";

/// What is said of a line that is none.
const NO_STATE: &str = "no state, as --partial writes it on one line";

/// What is said of a state among records.
pub(super) const STATE: &str = "a state, as --partial writes it; --merge reads it";

/// What some programs put before a text, also in the midst of files that were joined.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// The level of compression: a higher one makes states hardly smaller, since hashes are most of them.
const ZSTD_LEVEL: i32 = 3;

/// The most that a packed state may take when it is unpacked: some times of what the largest state takes, whose
/// samples are all full.
const LARGEST: u64 = 256 << 20;

#[derive(Serialize, Deserialize)]
struct Packed {
    tool: String,
    form: u32,
    /// The state as JSON, compressed with zstd, in base64.
    state: String,
}

/// The state as a line.
pub(super) fn write(state: &State) -> Result<Vec<u8>> {
    let trouble =
        |error: std::io::Error| Error::Unfit(format!("the state cannot be packed: {error}"));
    let text = serde_json::to_vec(state).map_err(|error| trouble(error.into()))?;
    let packed = pack(&text).map_err(trouble)?;
    let state = BASE64_STANDARD.encode(packed);
    Ok(to_json_line(&Packed { tool: TOOL.to_owned(), form: FORM, state }))
}

/// Compressed with a checksum, by which a state that was damaged is known.
fn pack(text: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut packer = zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL)?;
    packer.include_checksum(true)?;
    packer.write_all(text)?;
    packer.finish()
}

/// The state of a line that begins like one; why not, in words.
fn parse(line: &[u8]) -> std::result::Result<State, String> {
    let cannot = |error: &dyn std::fmt::Display| format!("a state that cannot be read: {error}");
    let line: Packed = serde_json::from_slice(unmarked(line)).map_err(|error| cannot(&error))?;
    if line.form != FORM {
        let (form, whose) = (line.form, if line.form < FORM { "an older" } else { "a newer" });
        return Err(format!(
            "a state of form {form}, wanted {FORM}: it is of {whose} version; make all states by one version"
        ));
    }
    let packed = BASE64_STANDARD.decode(line.state).map_err(|error| cannot(&error))?;
    let mut text = Vec::new();
    let unpacked = zstd::stream::read::Decoder::new(&packed[..]);
    unpacked.and_then(|unpacked| unpacked.take(LARGEST).read_to_end(&mut text)).map_err(
        |error| match error.kind() {
            ErrorKind::UnexpectedEof => cannot(&"it ends too early"),
            _ => cannot(&"it is damaged"),
        },
    )?;
    serde_json::from_slice(&text).map_err(|error| cannot(&error))
}

/// The line without a mark of the byte order.
fn unmarked(line: &[u8]) -> &[u8] {
    line.strip_prefix(BOM).unwrap_or(line)
}

/// Does the line hold nothing?
pub(super) fn is_blank(line: &[u8]) -> bool {
    unmarked(line).trim_ascii().is_empty()
}

/// Is the line a state, whole or damaged? Other programs may have spelled it in another way.
pub(super) fn is_state(line: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Head<'a> {
        #[serde(borrow)]
        tool: Cow<'a, str>,
        #[serde(rename = "form")]
        _form: IgnoredAny,
        #[serde(rename = "state")]
        _state: IgnoredAny,
    }
    let line = unmarked(line);
    // Without the name of the tool, which may be spelled in escapes, there is no need to parse.
    let may_be_one =
        || memmem::find(line, TOOL.as_bytes()).is_some() || memchr::memchr(b'\\', line).is_some();
    let is_one = || object(line).is_some_and(|head: Head<'_>| head.tool == TOOL);
    begins_with(line, &BEGINNING) || may_be_one() && is_one()
}

/// The members of an object. Serde's own reading takes a list of values for them as well.
fn object<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Option<T> {
    line.trim_ascii_start().starts_with(b"{").then(|| serde_json::from_slice(line).ok())?
}

/// Is the line a record, which `--partial` takes?
fn is_record(line: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Head {
        #[serde(rename = "messages")]
        _messages: Vec<HashMap<String, IgnoredAny>>,
    }
    object::<Head>(unmarked(line)).is_some()
}

/// Does it begin with these, but for white space?
fn begins_with(line: &[u8], pieces: &[&[u8]]) -> bool {
    let mut rest = line;
    pieces.iter().all(|piece| {
        let found = rest.trim_ascii_start().strip_prefix(*piece);
        rest = found.unwrap_or_default();
        found.is_some()
    })
}

/// Reads all states of the inputs and puts them together.
pub(super) fn read(inputs: Inputs, config: &Config) -> Result<State> {
    let names = sanitize(&inputs.names().join(", ")).into_owned();
    let mut join = Join::new(inputs.names(), config.reading.max_line_bytes);
    // One thread: it is parsing that takes the time, and the order of states is that of the lines.
    stream::run(inputs, 1, || (), |(), _| (), &mut join)?;
    let whole = join.finish()?;
    whole.ok_or_else(|| Error::Unfit(format!("{names}: {NO_STATE}")))
}

/// Puts states together as they are read.
pub(super) struct Join {
    names: Vec<String>,
    max_line_bytes: usize,
    lines: u64,
    whole: Option<State>,
}

impl Join {
    /// Of inputs with these names.
    pub(super) fn new(names: &[String], max_line_bytes: usize) -> Join {
        Join { names: names.to_vec(), max_line_bytes, lines: 0, whole: None }
    }

    /// Reads a block of states, before which there were so many lines.
    pub(super) fn read(&mut self, block: &Block, before: u64) -> Result<()> {
        for (at, line) in block.lines().enumerate() {
            self.line(line).map_err(|why| self.wrong(block, before + at as u64, &why))?;
        }
        Ok(())
    }

    /// Trouble if a block of lines that are no states stands behind states.
    pub(super) fn refuse_others(&self, block: &Block, before: u64) -> Result<()> {
        if self.whole.is_none() {
            return Ok(());
        }
        let mut lines = block.lines().enumerate();
        let other = lines.find_map(|(at, line)| Some((at, self.no_state(line)?)));
        other.map_or(Ok(()), |(at, why)| Err(self.wrong(block, before + at as u64, &why)))
    }

    /// That something is wrong with a line, from 0.
    pub(super) fn wrong(&self, block: &Block, line: u64, why: &str) -> Error {
        let name = self.names.get(block.input).map_or("", String::as_str);
        Error::Unfit(format!("{}:{}: {why}", sanitize(name), line + 1))
    }

    /// What is said of a line that is no state; none of one that is, or holds nothing.
    fn no_state(&self, line: stream::Line<'_>) -> Option<String> {
        if line.cut {
            let limit = self.max_line_bytes;
            return Some(format!("the line is longer than {limit} bytes (--max-line-bytes)"));
        }
        if is_blank(line.bytes) || is_state(line.bytes) {
            return None;
        }
        let behind = if self.whole.is_some() { ", behind states" } else { "" };
        Some(match is_record(line.bytes) {
            true => format!("{NO_STATE}, but a record; --partial makes a state of records"),
            false => format!("{NO_STATE}{behind}"),
        })
    }

    /// What all states are together; none if there was none.
    pub(super) fn finish(self) -> Result<Option<State>> {
        let Some(whole) = self.whole else { return Ok(None) };
        match whole.is_possible() {
            true => Ok(Some(whole)),
            false => {
                let names = sanitize(&self.names.join(", ")).into_owned();
                Err(Error::Unfit(format!("{names}: states of more than there can be")))
            }
        }
    }

    fn line(&mut self, line: stream::Line<'_>) -> std::result::Result<(), String> {
        if let Some(why) = self.no_state(line) {
            return Err(why);
        }
        if is_blank(line.bytes) {
            return Ok(());
        }
        let state = parse(line.bytes)?;
        match &mut self.whole {
            None => self.whole = Some(state),
            Some(whole) => match whole.settings.differ(&state.settings) {
                Some(why) => return Err(format!("not measured in the same way: {why}")),
                None => whole.join(state),
            },
        }
        Ok(())
    }
}

impl Sink<()> for Join {
    fn accept(&mut self, block: &Block, (): ()) -> Result<Flow> {
        if block.first {
            self.lines = 0;
        }
        self.read(block, self.lines)?;
        self.lines += block.lines().count() as u64;
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        Ok(())
    }
}
