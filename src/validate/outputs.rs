//! Where a run writes.

use crate::cli::outputs::Opener;
use crate::error::Result;
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
        let mut opener = Opener::new([inputs], config.buffering).and(config.others.clone());
        let main = opener.main(config.output.as_deref())?;
        let rejects = opener.beside(config.rejects.as_deref())?;
        let report = opener.beside(config.report.as_deref())?;
        let (records, findings) = match config.mode {
            Mode::Check => (Output::none(), Some(main)),
            Mode::Filter | Mode::Diff => (main, None),
        };
        Ok(Outputs { records, findings, rejects, report })
    }
}
