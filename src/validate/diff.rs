//! The repairs of an input as a unified diff that `patch` takes.

use crate::cli::terminal::sanitize;
use crate::error::Result;
use crate::stream::Output;

use super::judged::Fate;

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

    /// Adds lines of the input: only those that change are written.
    pub(super) fn piece(
        &mut self,
        output: &mut Output,
        name: &str,
        bytes: &[u8],
        fate: &Fate,
    ) -> Result<()> {
        let lines = line_count(bytes);
        let text: &[u8] = match fate {
            Fate::Kept if unterminated(bytes) => {
                // All lines of the piece but the last stay as they are.
                let last = memchr::memrchr(b'\n', bytes).map_or(0, |end| end + 1);
                (self.old, self.new) = (self.old + lines - 1, self.new + lines - 1);
                return self.hunk(output, name, &bytes[last..], &bytes[last..]);
            }
            Fate::Kept | Fate::Rejected | Fate::Unread => {
                self.old += lines;
                self.new += lines;
                return Ok(());
            }
            Fate::Mended(mended) => &mended.text,
            Fate::Dropped => {
                let mut each = bytes.split_inclusive(|b| *b == b'\n');
                return each.try_for_each(|line| self.hunk(output, name, line, b""));
            }
        };
        self.hunk(output, name, bytes, text)
    }

    /// The lines `old` become the lines `new`, whose last one gets a newline.
    fn hunk(&mut self, output: &mut Output, name: &str, old: &[u8], new: &[u8]) -> Result<()> {
        if !std::mem::replace(&mut self.named, true) {
            // A tab ends a name with blanks in it.
            let name = sanitize(name);
            let tab = if name.contains(' ') { "\t" } else { "" };
            output.write(format!("--- {name}{tab}\n+++ {name}{tab}\n").as_bytes())?;
        }
        let (lines, new_lines) = (line_count(old), line_count(new));
        let from = |start: u64, count: u64| if count == 0 { start } else { start + 1 };
        let (old_from, new_from) = (from(self.old, lines), from(self.new, new_lines));
        let head = format!("@@ -{old_from},{lines} +{new_from},{new_lines} @@\n");
        output.write(head.as_bytes())?;
        write_marked(output, b'-', old)?;
        if unterminated(old) {
            output.write(b"\\ No newline at end of file\n")?;
        }
        write_marked(output, b'+', new)?;
        self.old += lines;
        self.new += new_lines;
        Ok(())
    }
}

fn unterminated(bytes: &[u8]) -> bool {
    bytes.last().is_some_and(|last| *last != b'\n')
}

fn line_count(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64 + u64::from(unterminated(bytes))
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
