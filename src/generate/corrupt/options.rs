//! What was typed.

use std::path::PathBuf;

use clap::Args;

use super::kinds::Kind;
use crate::cli::options::{CommonOptions, parse_size};
use crate::generate::setup::{parse_seed, parse_share};

/// Damage records in named ways at a seeded rate, and write down which
///
/// Records that are not damaged are written byte for byte, all in input order. Whether and how a record is damaged
/// depends on its bytes, the seed and the options alone: equal records share their fate, and shards can be damaged
/// one by one; of a record that is near an earlier one no near duplicate is made. The first line is never changed,
/// since readers take it as the model of all others.
#[derive(Args, Debug, Clone)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub struct Options {
    /// What every tool has.
    #[command(flatten)]
    pub common: CommonOptions,

    /// Share of the records that are damaged, such as 0.05 or 5%
    #[arg(long, value_name = "SHARE", default_value = "0.05", value_parser = parse_share, help_heading = "Damage")]
    pub rate: f64,

    /// Damage only in these ways, comma-separated; --list-kinds shows them
    ///
    /// Each as likely as another. Where one does not fit a record, another is drawn.
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = Kind::parse, help_heading = "Damage")]
    pub kinds: Vec<Kind>,

    /// Seed of every choice
    #[arg(long, value_name = "N", default_value = "0", value_parser = parse_seed, help_heading = "Damage")]
    pub seed: u64,

    /// Insert duplicates up to N lines behind their original; 0: right behind it
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(..=1_000_000), help_heading = "Damage")]
    pub spread: u32,

    /// Make huge lines longer than SIZE
    #[arg(long, value_name = "SIZE", default_value = "64K", value_parser = parse_size, help_heading = "Damage")]
    pub huge: u64,

    /// Write a line of JSON for each damaged record to FILE: its line, what was done, and who should find it
    #[arg(long, value_name = "FILE", help_heading = "Damage", value_hint = clap::ValueHint::FilePath)]
    pub truth: Option<PathBuf>,

    /// List the kinds of damage and who finds them, and exit
    #[arg(long, help_heading = "Information")]
    pub list_kinds: bool,
}

const EXAMPLES: &str = "\
Examples:
  chatml-gen corrupt --rate 5% --truth truth.jsonl good.jsonl > bad.jsonl
  chatml-gen corrupt --kinds exact-duplicate,near-duplicate data.jsonl | chatml-dedup --near > /dev/null
  chatml-gen corrupt --rate 1 --kinds lone-surrogate data.jsonl | chatml-validate --check
  chatml-gen corrupt --list-kinds

Exit status: 0 done; 1 a line that was to be damaged holds no conversation, or a line is too long;
2 trouble (usage, reading, writing).";
