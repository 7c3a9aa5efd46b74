//! Where a run writes.

use crate::cli::outputs::Opener;
use crate::error::Result;
use crate::stream::{Identities, Inputs, Output};

use super::config::{Config, Mode};

/// Where a run writes; all opened before the first record is read.
pub(super) struct Outputs {
    /// Records.
    pub records: Output,
    /// Lines that could not be used, byte for byte.
    pub rejects: Output,
    /// A line of JSON for each removed record.
    pub removed: Output,
    /// A line of JSON for each member of a group.
    pub clusters: Output,
    /// The summary as JSON.
    pub report: Output,
}

impl Outputs {
    /// Opens them; none may be an input or another output.
    pub(super) fn open(config: &Config, inputs: &[&Inputs]) -> Result<Outputs> {
        let list = Identities::of_paths(config.list.as_deref());
        let mut opener = Opener::new(inputs.iter().copied(), config.buffering).and(list);
        let records = match config.mode {
            Mode::Check => Output::none(),
            _ => opener.main(config.output.as_deref())?,
        };
        Ok(Outputs {
            records,
            rejects: opener.beside(config.rejects.as_deref())?,
            removed: opener.beside(config.removed.as_deref())?,
            clusters: opener.beside(config.clusters.as_deref())?,
            report: opener.beside(config.report.as_deref())?,
        })
    }

    fn all(&mut self) -> [&mut Output; 5] {
        let Outputs { records, rejects, removed, clusters, report } = self;
        [records, rejects, removed, clusters, report]
    }

    /// Hands everything to the kernel.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.all().into_iter().try_for_each(Output::flush)
    }

    /// Completes all of them.
    pub(super) fn finish(self) -> Result<()> {
        let Outputs { records, rejects, removed, clusters, report } = self;
        [records, rejects, removed, clusters, report].into_iter().try_for_each(Output::finish)
    }
}
