//! What the options mean.

use super::ops::{OPS, Op};
use super::options::Options;
use crate::error::Result;
use crate::generate::setup::Setup;
use crate::stream::Reading;

/// The least that a block is made to hold, however many variants there are of each record.
const LEAST_BLOCK: usize = 16 << 10;

/// A run, resolved.
#[derive(Debug, Clone)]
pub(super) struct Config {
    pub setup: Setup,
    /// What is made, in the order of the table.
    pub ops: Vec<Op>,
    pub variants: usize,
    pub typo_rate: f64,
    pub with_seeds: bool,
    pub seed: u64,
}

impl Config {
    pub(super) fn new(options: &Options) -> Result<Config> {
        let mut setup = Setup::new(&options.common)?;
        let variants = options.variants as usize;
        // What a block becomes is held until it is written.
        let usual = setup.reading.block_bytes;
        let block_bytes = usual.min((usual / variants).max(LEAST_BLOCK));
        setup.reading = Reading { block_bytes, ..setup.reading };
        let asked = |op: &Op| options.op.is_empty() || options.op.contains(op);
        Ok(Config {
            setup,
            ops: OPS.into_iter().filter(asked).collect(),
            variants,
            typo_rate: options.typo_rate,
            with_seeds: options.with_seeds,
            seed: options.seed,
        })
    }
}
