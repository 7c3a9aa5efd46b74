//! What the options mean.

use std::path::PathBuf;

use super::kinds::{Finder, KINDS, Kind};
use super::options::Options;
use crate::error::{Error, Result};
use crate::generate::setup::Setup;

/// The longest line that can be asked for as huge: what it stands for shows at any limit, and memory is not the
/// question here.
const MOST_HUGE: u64 = 64 << 20;

/// A run, resolved.
#[derive(Debug, Clone)]
pub(super) struct Config {
    pub setup: Setup,
    /// Records whose hash is below this are damaged; 2^64 is all.
    pub bound: u128,
    /// In these ways.
    pub kinds: Vec<Kind>,
    pub seed: u64,
    /// Lines that may come between a record and its duplicate.
    pub spread: u32,
    /// Huge lines are longer than this.
    pub huge: usize,
    pub truth: Option<PathBuf>,
}

impl Config {
    pub(super) fn new(options: &Options) -> Result<Config> {
        if options.huge > MOST_HUGE {
            return Err(Error::Usage("--huge: at most 64M".to_owned()));
        }
        let all = || (0..KINDS.len()).map(Kind::at).collect();
        let mut kinds: Vec<Kind> = options.kinds.clone();
        kinds.sort_unstable();
        kinds.dedup();
        Ok(Config {
            setup: Setup::new(&options.common)?,
            // Exact where it matters: 0 is none, 1 is all.
            bound: (options.rate * 2_f64.powi(64)) as u128,
            kinds: if kinds.is_empty() { all() } else { kinds },
            seed: options.seed,
            spread: options.spread,
            huge: usize::try_from(options.huge).unwrap_or(usize::MAX),
            truth: options.truth.clone(),
        })
    }

    /// Are near duplicates made?
    pub(super) fn makes_near(&self) -> bool {
        self.bound > 0 && self.kinds.iter().any(|kind| kind.row().finder == Finder::Near)
    }
}
