//! What is known of a data set before anything is concluded.

use std::path::PathBuf;

use super::reports::{Duplicates, Stats, Validation};

/// What the other tools report.
#[derive(Debug, Clone)]
pub(super) struct Data {
    /// The files that hold examples, in their order.
    pub parts: Vec<Part>,
    /// All of them together.
    pub all: Stats,
    /// Those that are trained on.
    pub trained: Stats,
    /// Equal examples of all files.
    pub exact: Duplicates,
    /// Equal and similar ones.
    pub near: Duplicates,
    /// What stands in the training data and is set apart; none if nothing is.
    pub leaks: Option<Leaks>,
}

impl Data {
    /// Lines of all files that are not blank.
    pub(super) fn lines(&self) -> u64 {
        self.parts.iter().map(|part| part.validation.records_read).sum()
    }
}

/// What is known of one file.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub stats: Stats,
    pub validation: Validation,
    /// What chatml-stats puts together.
    pub state: PathBuf,
}

/// Validation examples that the training data holds too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leaks {
    /// With a prompt of the training data.
    pub prompts: u64,
    /// Alike to an example of it.
    pub near: u64,
    /// One or the other.
    pub any: u64,
}
