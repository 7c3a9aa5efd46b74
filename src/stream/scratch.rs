//! Temporary files without a name: whatever happens to the process, nothing is left of them. And with one, for
//! those that others are to open.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

use super::signals;

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

/// A name in a folder for a file that shall be gone in the end. Neither a failure nor a signal leaves it behind.
#[derive(Debug)]
pub struct Interim(PathBuf);

impl Interim {
    /// A hidden name that begins and ends so. Nothing stands there yet.
    pub fn name_in(folder: &Path, prefix: &str, suffix: &str) -> io::Result<Interim> {
        let name =
            || tempfile::Builder::new().prefix(prefix).suffix(suffix).make_in(folder, |_| Ok(()));
        let named = signals::create_temporary(name)?;
        Ok(Interim(named.into_temp_path().keep().map_err(io::Error::from)?))
    }

    /// Where the file may stand.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Interim {
    fn drop(&mut self) {
        signals::settle_temporary(&self.0, || {
            let _ = std::fs::remove_file(&self.0); // it may never have been there
        });
    }
}

fn cannot_write(source: io::Error) -> Error {
    Error::Write { name: name(), source }
}

/// What it is called in messages.
fn name() -> String {
    format!("a temporary file in {}", std::env::temp_dir().display())
}
