//! The repairs of an input as a unified diff that `patch` takes.

use crate::error::Result;
use crate::stream::Output;

use super::block::Fate;

/// Where a diff stands: lines of the old and of the new file so far.
#[derive(Debug, Default)]
pub(super) struct Diff {
    old: u64,
    new: u64,
    named: bool,
}

impl Diff {
    /// Starts the next input.
    pub(super) fn new_input(&mut self) {
        *self = Diff::default();
    }

    /// Adds lines of the input: only mended and dropped ones are written.
    pub(super) fn piece(
        &mut self,
        output: &mut Output,
        name: &str,
        bytes: &[u8],
        fate: &Fate,
    ) -> Result<()> {
        let lines = line_count(bytes);
        let text: &[u8] = match fate {
            Fate::Kept | Fate::Rejected => {
                self.old += lines;
                self.new += lines;
                return Ok(());
            }
            Fate::Mended(text) => text,
            Fate::Dropped => b"",
        };
        if !std::mem::replace(&mut self.named, true) {
            output.write(format!("--- {name}\n+++ {name}\n").as_bytes())?;
        }
        let new_lines = line_count(text);
        let from = |start: u64, count: u64| if count == 0 { start } else { start + 1 };
        let (old, new) = (from(self.old, lines), from(self.new, new_lines));
        output.write(format!("@@ -{old},{lines} +{new},{new_lines} @@\n").as_bytes())?;
        write_marked(output, b'-', bytes)?;
        write_marked(output, b'+', text)?;
        self.old += lines;
        self.new += new_lines;
        Ok(())
    }
}

fn line_count(bytes: &[u8]) -> u64 {
    let ended = bytes.last().is_none_or(|last| *last == b'\n');
    memchr::memchr_iter(b'\n', bytes).count() as u64 + u64::from(!ended)
}

fn write_marked(output: &mut Output, mark: u8, lines: &[u8]) -> Result<()> {
    for line in lines.split_inclusive(|b| *b == b'\n') {
        let ended = line.ends_with(b"\n");
        let mut marked = Vec::with_capacity(line.len() + 2);
        marked.push(mark);
        marked.extend_from_slice(line);
        if !ended {
            marked.push(b'\n');
        }
        output.write(&marked)?;
    }
    Ok(())
}
