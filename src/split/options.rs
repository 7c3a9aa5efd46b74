//! What was typed.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::cli::options::{CommonOptions, parse_size};
use crate::similar::By;

use super::amount::{Amount, Grain, Group, Limit, Share};
use super::strata::By as Stratum;

/// Which differences of text do not count when keys are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Normalize {
    /// Every difference counts
    None,
    /// White space does not count
    Space,
    /// Nor do case and Unicode form (NFKC, case folding)
    Case,
    /// Nor does punctuation
    #[default]
    Full,
}

/// How files are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Compress {
    /// Zstandard, level 3
    Zst,
    /// gzip, level 6
    Gz,
}

/// How leaks are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// A line of text for each
    #[default]
    Text,
    /// A line of JSON for each
    Json,
}

/// Split chat data (JSONL) into training, validation and test sets that do not leak
///
/// Records with the same prompt, and whatever else --group ties together, always go to the same part. Which one
/// depends on a seeded hash of the prompt alone, so that records that are added move no others. Records are
/// written byte for byte and in input order.
#[derive(Parser, Debug, Clone)]
#[command(name = "chatml-split", after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub struct Options {
    /// What every tool has.
    #[command(flatten)]
    pub common: CommonOptions,

    /// Share of the records that are set apart for validation, such as 0.1 or 10%
    #[arg(long, value_name = "SHARE", conflicts_with = "parts", help_heading = "Parts")]
    pub val: Option<Share>,

    /// Share of the records that are set apart for a final test
    #[arg(long, value_name = "SHARE", conflicts_with = "parts", help_heading = "Parts")]
    pub test: Option<Share>,

    /// The same for N records; implies --exact
    #[arg(long, value_name = "N", conflicts_with_all = ["parts", "val"], value_parser = parse_count, help_heading = "Parts")]
    pub val_count: Option<u64>,

    /// The same for N records; implies --exact
    #[arg(long, value_name = "N", conflicts_with_all = ["parts", "test"], value_parser = parse_count, help_heading = "Parts")]
    pub test_count: Option<u64>,

    /// Other parts by name and weight, as in train=8,val=1,test=1
    ///
    /// The part that is called train, or else the first, gets what the others leave.
    #[arg(long, value_name = "NAME=WEIGHT", value_delimiter = ',', value_parser = Amount::parse, help_heading = "Parts")]
    pub parts: Vec<Amount>,

    /// Meet the shares as exactly as whole records, and groups of them, allow
    ///
    /// Without it a share holds on average. The input is read twice.
    #[arg(long, help_heading = "Parts")]
    pub exact: bool,

    /// Split each of these kinds of records in the same shares: POINTER, system, turns or language (repeatable)
    ///
    /// Kinds by several are those that agree in all of them. The input is read twice.
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = Stratum::parse, help_heading = "Parts")]
    pub stratify: Vec<Stratum>,

    /// Seed of every choice
    #[arg(long, value_name = "N", default_value = "0", value_parser = parse_seed, help_heading = "Parts")]
    pub seed: u64,

    /// Deal as the run did that wrote this manifest: seed, key, parts and bounds are taken from it
    ///
    /// One pass, also where that run took two. Records of kinds that it did not know are dealt by the shares.
    #[arg(
        long,
        value_name = "MANIFEST",
        conflicts_with_all = ["val", "test", "val_count", "test_count", "parts", "exact", "stratify", "seed", "key", "normalize", "group", "group_file"],
        help_heading = "Parts",
        value_hint = clap::ValueHint::FilePath
    )]
    pub repeat: Option<PathBuf>,

    /// Records that agree in this stay together: prompt, record, messages, first-user, user, system and
    /// others of chatml-dedup --by, or a JSON pointer
    ///
    /// A record that lacks it is dealt by its messages.
    #[arg(long, value_name = "WHAT", default_value = "prompt", value_parser = By::parse, help_heading = "Together")]
    pub key: By,

    /// Differences of text that do not count in the key
    #[arg(
        long,
        value_name = "LEVEL",
        value_enum,
        default_value = "full",
        help_heading = "Together"
    )]
    pub normalize: Normalize,

    /// Keep these together as well: records with the same value at POINTER, or near[=SHARE] (repeatable)
    ///
    /// With `near` those that share 0.8 of their runs of five words, or SHARE, directly or through others. Groups
    /// that have a record in common are one group. The input is read twice, and memory grows with the groups.
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = Group::parse, help_heading = "Together")]
    pub group: Vec<Group>,

    /// With --group near: miss no similar pair; else up to .002 of those just at SHARE are missed
    #[arg(long, help_heading = "Together")]
    pub complete: bool,

    /// Keep together the lines of each group in FILE, as chatml-dedup --clusters writes it (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Together", value_hint = clap::ValueHint::FilePath)]
    pub group_file: Vec<PathBuf>,

    /// Take only so many records, N or a share such as 0.1 or 10%, by chance
    #[arg(long, value_name = "N|SHARE", value_parser = Grain::parse, help_heading = "Which records")]
    pub sample: Option<Grain>,

    /// Take at most N records of each value at POINTER, by chance
    ///
    /// Records without it count as of one value. The input is read twice.
    #[arg(long, value_name = "POINTER=N", value_parser = Limit::parse, help_heading = "Which records")]
    pub limit_per: Option<Limit>,

    /// Bring the records of each part into an order of chance
    ///
    /// In memory up to --memory, else with temporary files. The order depends on the seed and the input alone.
    #[arg(long, help_heading = "Which records")]
    pub shuffle: bool,

    /// Write training_data.jsonl, validation_data.jsonl, test_data.jsonl and manifest.json into DIR
    #[arg(short, long, value_name = "DIR", conflicts_with = "output", help_heading = "Where to", value_hint = clap::ValueHint::DirPath)]
    pub directory: Option<PathBuf>,

    /// Write a part to FILE (repeatable); parts that are not named are not written
    #[arg(long, value_name = "PART=FILE", value_parser = parse_out, conflicts_with_all = ["directory", "output"], help_heading = "Where to")]
    pub out: Vec<(String, PathBuf)>,

    /// Write this part alone, to standard output
    #[arg(long, value_name = "PART", conflicts_with_all = ["directory", "out"], help_heading = "Where to")]
    pub only: Option<String>,

    /// Write all records to standard output, with the name of the part at POINTER
    #[arg(long, value_name = "POINTER", conflicts_with_all = ["directory", "out", "only"], help_heading = "Where to")]
    pub tag: Option<String>,

    /// Write a file for each value at POINTER, named after it
    #[arg(long, value_name = "POINTER", help_heading = "Where to")]
    pub partition_by: Option<String>,

    /// Cut each part into N files of as many records: train-00000-of-00008.jsonl; reads the input twice
    #[arg(long, value_name = "N", conflicts_with = "shard_size", value_parser = clap::value_parser!(u32).range(1..=99_999), help_heading = "Where to")]
    pub shards: Option<u32>,

    /// Cut each part into files of at most this size: 512M before compression, or 100000r records
    #[arg(long, value_name = "SIZE", help_heading = "Where to")]
    pub shard_size: Option<String>,

    /// Compress the files
    #[arg(long, value_name = "FORMAT", value_enum, help_heading = "Where to")]
    pub compress: Option<Compress>,

    /// Write a manifest: seed, bounds, and for each file records, bytes and digest; with -d it is manifest.json
    #[arg(long, value_name = "FILE", help_heading = "Where to", value_hint = clap::ValueHint::FilePath)]
    pub manifest: Option<PathBuf>,

    /// Replace files that exist
    #[arg(short, long, help_heading = "Where to")]
    pub force: bool,

    /// Memory for --shuffle (256M by default) and --partition-by (64M)
    #[arg(long, value_name = "SIZE", value_parser = parse_size, help_heading = "Running")]
    pub memory: Option<u64>,

    /// Deal nothing: look for what a FILE has in common with one before it; status 1 if there is anything
    ///
    /// Equal records, equal keys, and what --group names.
    #[arg(
        long,
        conflicts_with_all = ["val", "test", "val_count", "test_count", "parts", "exact", "stratify", "repeat", "group_file", "sample", "limit_per", "shuffle", "directory", "out", "only", "tag", "manifest", "memory"],
        help_heading = "Leaks"
    )]
    pub check_leak: bool,

    /// With --check-leak: how leaks are told
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        requires = "check_leak",
        help_heading = "Leaks"
    )]
    pub format: Option<Format>,
}

const EXAMPLES: &str = "\
Examples:
  chatml-split --val 0.1 -d out data.jsonl            out/training_data.jsonl, out/validation_data.jsonl
  chatml-split --val 0.1 --group near -d out data.jsonl         similar records stay together
  chatml-split --val-count 500 --stratify /category -d out data.jsonl
  chatml-split --val 0.1 --only val < data.jsonl      one part, as a filter
  chatml-split --sample 1000 data.jsonl | jq .        a thousand records by chance
  chatml-split --check-leak --group near out/training_data.jsonl out/validation_data.jsonl

Exit status: 0 done; 1 lines that could not be used were left out, or --check-leak found something;
2 trouble (usage, reading, writing).";

/// A seed: any whole number of 64 bits.
fn parse_seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("a whole number from 0 to {} is needed", u64::MAX))
}

fn parse_count(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| "a number of records is needed, such as 500".to_owned())
}

fn parse_out(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((part, file)) if !part.is_empty() && !file.is_empty() => {
            Ok((part.to_owned(), PathBuf::from(file)))
        }
        _ => Err("a part and a file are needed, such as val=validation.jsonl".to_owned()),
    }
}
