//! What was typed.

use clap::Args;

use super::ops::Op;
use crate::cli::options::CommonOptions;
use crate::generate::setup::{parse_seed, parse_share};

/// Make variants of records without a model; answers are never changed
///
/// A variant is its seed with metadata.parent, which names the seed, and metadata.op, so that chatml-split --group
/// /metadata/parent keeps a family together. What is made depends on the record, the seed and the options alone.
#[derive(Args, Debug, Clone)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub struct Options {
    /// What every tool has.
    #[command(flatten)]
    pub common: CommonOptions,

    /// Make only these variants, comma-separated; all by default
    ///
    /// All but typos need English texts.
    #[arg(long, value_name = "OPS", value_enum, value_delimiter = ',', help_heading = "Variants")]
    pub op: Vec<Op>,

    /// Make so many variants of each record, as far as there are any
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000), help_heading = "Variants")]
    pub variants: u32,

    /// Share of the words that typos fall on
    #[arg(long, value_name = "SHARE", default_value = "0.1", value_parser = parse_share, help_heading = "Variants")]
    pub typo_rate: f64,

    /// Write each record too, before its variants, with metadata.parent
    ///
    /// Nothing else of it is changed; a record that has a metadata.parent already stays as it is, and its variants
    /// get the same.
    #[arg(long, help_heading = "Variants")]
    pub with_seeds: bool,

    /// Seed of every choice
    #[arg(long, value_name = "N", default_value = "0", value_parser = parse_seed, help_heading = "Variants")]
    pub seed: u64,
}

const EXAMPLES: &str = "\
Examples:
  chatml-gen evolve --variants 3 --with-seeds data.jsonl > more.jsonl
  chatml-gen evolve --op typos --typo-rate 20% data.jsonl
  chatml-gen evolve --with-seeds data.jsonl | chatml-split --val 0.1 --group /metadata/parent -d out

Exit status: 0 done; 1 lines that could not be used were left out; 2 trouble (usage, reading, writing).";
