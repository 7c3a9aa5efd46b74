//! Files that a plan names: found from its folder, and readable when it is checked.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The largest file of values that is read: some millions of them.
const MOST_BYTES: u64 = 64 << 20;

/// The files of a plan.
pub(super) struct Files {
    folder: PathBuf,
    /// Those that what is made depends on, in the order in which they are named.
    pub(super) named: Vec<PathBuf>,
}

impl Files {
    pub(super) fn new(folder: &Path) -> Files {
        Files { folder: folder.to_owned(), named: Vec::new() }
    }

    /// Where the file stands.
    pub(super) fn place(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    /// The bytes of a file that what is made depends on.
    pub(super) fn read(&mut self, path: &Path) -> Result<Vec<u8>, String> {
        let place = self.readable(path)?;
        let file = File::open(&place).map_err(|error| reason(&error))?;
        let mut bytes = Vec::new();
        // A device may never end.
        file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| reason(&error))?;
        match bytes.len() as u64 > MOST_BYTES {
            true => Err("is larger than 64 MiB, which no list of values is".to_owned()),
            false => Ok(bytes),
        }
    }

    /// Makes sure that a file that what is made depends on can be read.
    pub(super) fn readable(&mut self, path: &Path) -> Result<PathBuf, String> {
        let place = self.secret(path)?;
        if !self.named.contains(&place) {
            self.named.push(place.clone());
        }
        Ok(place)
    }

    /// Likewise for one that must not be noted, such as that of a key.
    pub(super) fn secret(&self, path: &Path) -> Result<PathBuf, String> {
        let place = self.place(path);
        let metadata = fs::metadata(&place).map_err(|error| reason(&error))?;
        if metadata.is_dir() {
            return Err("is a folder".to_owned());
        }
        // A pipe is opened once, by whoever reads it.
        if metadata.is_file() {
            File::open(&place).map_err(|error| reason(&error))?;
        }
        Ok(place)
    }

    /// What to do about one that cannot be read.
    pub(super) fn advice(&self) -> &'static str {
        "files are named from the folder of the plan"
    }
}

fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error ").next().unwrap_or(&text).to_owned()
}
