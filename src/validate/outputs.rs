//! Where a run writes.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::stream::{Inputs, Output};

use super::config::{Config, Mode};

/// Where a run writes; all opened before the first record is read.
pub(super) struct Outputs {
    /// Valid records, or the diff.
    pub records: Output,
    /// Findings, where they are the output; else they go to standard error.
    pub findings: Option<Output>,
    /// Rejected lines, byte for byte.
    pub rejects: Output,
    /// The summary as JSON.
    pub report: Output,
}

impl Outputs {
    /// Opens them; none may be an input or another output.
    pub(super) fn open(config: &Config, inputs: &Inputs) -> Result<Outputs> {
        let named = [&config.output, &config.rejects, &config.report];
        let mut seen: Vec<(PathBuf, String)> = Vec::new();
        for path in named.into_iter().flatten() {
            inputs.refuse_as_output(path)?;
            let name = path.display().to_string();
            let stdout = || config.output.is_none() && Output::is_stdout(path);
            let known = |place| seen.iter().find(|(known, _)| *known == place);
            let place = place(path);
            let other = match place.clone().and_then(known) {
                Some((_, other)) => format!("the output {other}"),
                None if stdout() => "standard output".to_owned(),
                None => {
                    seen.extend(place.map(|place| (place, name)));
                    continue;
                }
            };
            return Err(Error::SameFile { output: name, other });
        }
        let create = |path: &Option<PathBuf>| match path {
            Some(path) => Output::create(path, config.buffering),
            None => Ok(Output::none()),
        };
        let main = match &config.output {
            Some(path) => Output::create(path, config.buffering)?,
            None => {
                inputs.refuse_stdout_as_input()?;
                Output::stdout(config.buffering)
            }
        };
        let (records, findings) = match config.mode {
            Mode::Check => (Output::none(), Some(main)),
            Mode::Filter | Mode::Diff => (main, None),
        };
        let (rejects, report) = (create(&config.rejects)?, create(&config.report)?);
        Ok(Outputs { records, findings, rejects, report })
    }
}

/// Where a file stands or will stand, whatever it is called; none for a device or pipe, which many may
/// write to.
fn place(path: &Path) -> Option<PathBuf> {
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
