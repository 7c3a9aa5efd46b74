//! The other tools, as chatml-gen runs them.
//!
//! A data set is divided, described and checked by the very code of chatml-split, chatml-stats and the others. No
//! tool knows another one, so the binary hands them in: each takes its command line, without the name, and ends as
//! it would end by itself.

use std::ffi::OsString;

use crate::cli::exit::Exit;
use crate::error::Result;

/// A tool that takes its command line.
pub type Tool = fn(Vec<OsString>) -> Result<Exit>;

/// The other tools.
#[derive(Debug, Clone, Copy)]
pub struct Neighbours {
    /// chatml-validate.
    pub validate: Tool,
    /// chatml-dedup.
    pub dedup: Tool,
    /// chatml-split.
    pub split: Tool,
    /// chatml-stats.
    pub stats: Tool,
}
