//! Where a run writes.

use crate::cli::outputs::Opener;
use crate::error::Result;
use crate::stream::{Inputs, Output};

use super::config::{Config, Mode};

/// Where a run writes; all opened before the first record is read.
pub(super) struct Outputs {
    /// The report, or the state; none: standard error.
    pub main: Option<Output>,
    /// Records that are written on.
    pub records: Output,
    /// Lines that could not be used, byte for byte.
    pub rejects: Output,
    /// The report as JSON.
    pub report: Output,
}

/// Writes all of the report. It is what the run was asked for, wherever it goes: when it is lost, that is trouble.
pub(super) fn write_report(main: Option<Output>, text: &[u8]) -> Result<()> {
    let mut output = main.unwrap_or_else(Output::stderr);
    output.write(text)?;
    output.finish()
}

impl Outputs {
    /// Opens them; none may be an input or another output. Where records are written on, the report goes to
    /// standard error, unless there is one as JSON.
    pub(super) fn open(config: &Config, inputs: &[Inputs]) -> Result<Outputs> {
        let mut opener = Opener::new(inputs, config.buffering).and(config.others.clone());
        let first = opener.main(config.output.as_deref())?;
        let (main, records) = match config.mode {
            Mode::Pass if config.report.is_some() || config.quiet => (Some(Output::none()), first),
            Mode::Pass => (None, first),
            _ => (Some(first), Output::none()),
        };
        Ok(Outputs {
            main,
            records,
            rejects: opener.beside(config.rejects.as_deref())?,
            report: opener.beside(config.report.as_deref())?,
        })
    }
}
