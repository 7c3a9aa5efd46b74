//! Temporary files without a name: whatever happens to the process, nothing is left of them.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt;

use crate::error::{Error, Result};

/// A file in the folder for temporary files (`TMPDIR`) that has no name from the moment it exists.
#[derive(Debug)]
pub struct Scratch(File);

impl Scratch {
    /// An empty one.
    pub fn create() -> Result<Scratch> {
        let fail = |source| Error::Create { name: name(), source };
        tempfile::tempfile().map(Scratch).map_err(fail)
    }

    /// Writes behind what was appended before.
    pub fn append(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.write_all(bytes).map_err(cannot_write)
    }

    /// Writes at an offset.
    pub fn write_at(&self, bytes: &[u8], offset: u64) -> Result<()> {
        self.0.write_all_at(bytes, offset).map_err(cannot_write)
    }

    /// Reads as many bytes as there is room for, which must have been written.
    pub fn read_at(&self, into: &mut [u8], offset: u64) -> Result<()> {
        let fail = |source| Error::Read { name: name(), offset: Some(offset), source };
        self.0.read_exact_at(into, offset).map_err(fail)
    }

    /// The file, to be read from its start.
    pub fn into_file(self) -> File {
        self.0
    }
}

fn cannot_write(source: io::Error) -> Error {
    Error::Write { name: name(), source }
}

/// What it is called in messages.
fn name() -> String {
    format!("a temporary file in {}", std::env::temp_dir().display())
}
