//! Opening what a run writes: all of it before the first record is read, and never over an input.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::stream::{Buffering, Identities, Inputs, Output};

/// Opens the outputs of a run; none may be an input or another output.
pub struct Opener<'i> {
    inputs: Vec<&'i Inputs>,
    /// Other files that are read.
    others: Identities,
    buffering: Buffering,
    /// Where outputs stand, with their names.
    seen: Vec<(PathBuf, String)>,
    /// Standard output is the main output.
    to_stdout: bool,
}

impl<'i> Opener<'i> {
    /// For a run that reads `inputs`.
    pub fn new(inputs: impl IntoIterator<Item = &'i Inputs>, buffering: Buffering) -> Opener<'i> {
        let inputs = inputs.into_iter().collect();
        let others = Identities::default();
        Opener { inputs, others, buffering, seen: Vec::new(), to_stdout: false }
    }

    /// Likewise, if it reads these files as well.
    #[must_use]
    pub fn and(mut self, others: Identities) -> Opener<'i> {
        self.others = self.others.and(others);
        self
    }

    /// The main output: a file, or standard output. To be opened before the others.
    pub fn main(&mut self, path: Option<&Path>) -> Result<Output> {
        match path {
            Some(path) => self.file(path),
            None => {
                self.to_stdout = true;
                for inputs in &self.inputs {
                    inputs.refuse_stdout_as_input()?;
                }
                Ok(Output::stdout(self.buffering))
            }
        }
    }

    /// Standard output is opened by the caller: no other output may be the same file.
    pub fn leaves_stdout(&mut self) {
        self.to_stdout = true;
    }

    /// An output beside the main one; without a path what is written to it is nowhere.
    pub fn beside(&mut self, path: Option<&Path>) -> Result<Output> {
        path.map_or_else(|| Ok(Output::none()), |path| self.file(path))
    }

    /// Likewise one that is written as things happen.
    pub fn live(&mut self, path: Option<&Path>) -> Result<Output> {
        let Some(path) = path else { return Ok(Output::none()) };
        self.claim(path)?;
        Output::live(path)
    }

    fn file(&mut self, path: &Path) -> Result<Output> {
        self.claim(path)?;
        Output::create(path, self.buffering)
    }

    /// Makes sure that an output that the caller will open is no input and no other output.
    pub fn claim(&mut self, path: &Path) -> Result<()> {
        for inputs in &self.inputs {
            inputs.refuse_as_output(path)?;
        }
        self.others.refuse_as_output(path)?;
        let name = path.display().to_string();
        let place = place(path);
        let known =
            place.as_ref().and_then(|place| self.seen.iter().find(|(known, _)| known == place));
        if let Some((_, other)) = known {
            return Err(Error::SameFile { output: name, other: format!("the output {other}") });
        }
        if self.to_stdout && Output::is_stdout(path) {
            return Err(Error::SameFile { output: name, other: "standard output".to_owned() });
        }
        self.seen.extend(place.map(|place| (place, name)));
        Ok(())
    }
}

/// Where a file stands or will stand, whatever it is called; none for a device or pipe, which many may
/// write to.
pub fn place(path: &Path) -> Option<PathBuf> {
    match std::fs::metadata(path) {
        Ok(metadata) if !metadata.is_file() => None,
        Ok(_) => Some(std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())),
        Err(_) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = std::fs::canonicalize(folder.unwrap_or(Path::new("."))).ok()?;
            Some(folder.join(path.file_name()?))
        }
    }
}
