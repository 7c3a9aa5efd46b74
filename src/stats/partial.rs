//! States as text: what `--partial` writes and `--merge` reads.
//!
//! A state is one line of JSON, in which what was measured is packed: samples by hash are long as text. Several
//! lines may stand in one file, so that the outputs of many machines can be joined by `cat`. Equal states are
//! equal bytes.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use crate::cli::json::to_json_line;
use crate::cli::terminal::sanitize;
use crate::error::{Error, Result};
use crate::stream::{self, Block, Flow, Inputs, Sink};

use super::config::Config;
use super::state::State;

/// The version of the form. It grows with every change of what is in a state.
const FORM: u32 = 1;

/// How a line with a state begins.
const BEGINNING: &[u8] = br#"{"tool":"chatml-stats","form":"#;

/// The level of compression: a higher one makes states hardly smaller, since hashes are most of them.
const ZSTD_LEVEL: i32 = 3;

/// The most that a packed state may take when it is unpacked: some times of what the largest state takes, whose
/// samples are all full.
const LARGEST: u64 = 256 << 20;

#[derive(Serialize, Deserialize)]
struct Line {
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
    Ok(to_json_line(&Line { tool: "chatml-stats".to_owned(), form: FORM, state }))
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
    let line: Line = serde_json::from_slice(line).map_err(|error| cannot(&error))?;
    if line.form != FORM {
        return Err(format!("a state of form {}, wanted {FORM}; use one version", line.form));
    }
    let packed = BASE64_STANDARD.decode(line.state).map_err(|error| cannot(&error))?;
    let mut text = Vec::new();
    let unpacked = zstd::stream::read::Decoder::new(&packed[..]);
    unpacked
        .and_then(|unpacked| unpacked.take(LARGEST).read_to_end(&mut text))
        .map_err(|error| cannot(&error))?;
    serde_json::from_slice(&text).map_err(|error| cannot(&error))
}

/// Does the file begin with a state? A pipe does not, since it would be gone.
pub(super) fn is_state(path: &Path) -> bool {
    let is_file = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    let mut begin = vec![0; BEGINNING.len()];
    is_file
        && File::open(path).is_ok_and(|mut file| file.read_exact(&mut begin).is_ok())
        && begin == BEGINNING
}

/// Reads all states of the inputs and puts them together.
pub(super) fn read(inputs: Inputs, config: &Config) -> Result<State> {
    let names = inputs.names().to_vec();
    let mut sink = Join { config, names: &names, lines: 0, whole: None };
    // One thread: it is parsing that takes the time, and the order of states is that of the lines.
    stream::run(inputs, 1, || (), |(), _| (), &mut sink)?;
    sink.whole.ok_or_else(|| {
        Error::Unfit(format!("{}: no state, as --partial writes it", sanitize(&names.join(", "))))
    })
}

struct Join<'r> {
    config: &'r Config,
    names: &'r [String],
    lines: u64,
    whole: Option<State>,
}

impl Sink<()> for Join<'_> {
    fn accept(&mut self, block: &Block, (): ()) -> Result<Flow> {
        if block.first {
            self.lines = 0;
        }
        for line in block.lines() {
            self.lines += 1;
            if line.bytes.trim_ascii().is_empty() {
                continue;
            }
            let unfit = |why: String| {
                let name = sanitize(&self.names[block.input]);
                Error::Unfit(format!("{name}:{}: {why}", self.lines))
            };
            if line.cut {
                let limit = self.config.reading.max_line_bytes;
                return Err(unfit(format!(
                    "the line is longer than {limit} bytes (--max-line-bytes)"
                )));
            }
            if !line.bytes.starts_with(BEGINNING) {
                return Err(unfit("no state, as --partial writes it".to_owned()));
            }
            let state = parse(line.bytes).map_err(unfit)?;
            match &mut self.whole {
                None => self.whole = Some(state),
                Some(whole) => match whole.settings.differ(&state.settings) {
                    Some(why) => return Err(unfit(format!("not measured in the same way: {why}"))),
                    None => whole.join(state),
                },
            }
        }
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        Ok(())
    }
}
