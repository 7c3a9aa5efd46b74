//! What was typed.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use crate::cli::options::{CommonOptions, parse_size};
use crate::similar::{By, NEAR, Threshold};

/// Which differences of text do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Normalize {
    /// Every difference counts
    #[default]
    None,
    /// White space does not count
    Space,
    /// Nor do case and Unicode form (NFKC, case folding)
    Case,
    /// Nor does punctuation
    Full,
}

/// What becomes of records without a word to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Empty {
    /// They go only if they are equal
    #[default]
    Keep,
    /// They are like each other
    Dedup,
    /// They are removed
    Drop,
}

/// What `--emit-keys` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Emit {
    /// KEY, a tab, the record
    Records,
    /// KEY, a tab, the number of the line
    Ids,
    /// With --near, for each band of the signature: KEY, a tab, the number of the line
    Bands,
}

/// Remove equal and similar records from chat data (JSONL)
///
/// Writes one record of every group of equal ones, byte for byte and in input order. Records are equal when
/// their conversations are, however they are written; with --near, those that are similar go as well.
#[derive(Parser, Debug, Clone)]
#[command(name = "chatml-dedup", after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub struct Options {
    /// What every tool has.
    #[command(flatten)]
    pub common: CommonOptions,

    /// What has to be equal: record, messages, prompt, first-user, user, assistant, response, system,
    /// last-turn, or a JSON pointer; of several, joined by commas, all
    ///
    /// A record that lacks it (no system message, nothing at the pointer) equals no other. What stands beside
    /// the messages (ids, tools, scores) counts for `record` and pointers only.
    #[arg(
        long,
        value_name = "WHAT",
        value_delimiter = ',',
        default_value = "messages",
        value_parser = By::parse,
        help_heading = "Equal"
    )]
    pub by: Vec<By>,

    /// Differences of text that do not count
    #[arg(long, value_name = "LEVEL", value_enum, default_value = "none", help_heading = "Equal")]
    pub normalize: Normalize,

    /// Compare the texts as well, not only hashes of 128 bits
    #[arg(long, help_heading = "Equal")]
    pub verify: bool,

    /// Also remove records that share this much of their text with one that stays; 0.8 without SHARE
    ///
    /// The share is that of common runs of five words among all runs of both records (Jaccard similarity);
    /// it is computed, not estimated. The equals sign is needed: --near=0.9.
    #[arg(
        long,
        value_name = "SHARE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = NEAR,
        help_heading = "Similar"
    )]
    pub near: Option<Threshold>,

    /// With --near: miss no similar pair; else up to .002 of those just at SHARE are missed
    #[arg(long, requires = "near", conflicts_with = "contain", help_heading = "Similar")]
    pub complete: bool,

    /// Also remove records of whose text this share stands in a longer record; all of it without SHARE
    ///
    /// A conversation that is the beginning of another one is contained in it. The input is read twice. The
    /// equals sign is needed: --contain=0.9.
    #[arg(
        long,
        value_name = "SHARE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "1",
        conflicts_with_all = ["near", "keep"],
        help_heading = "Similar"
    )]
    pub contain: Option<Threshold>,

    /// Keep records that are similar only in runs of words that more than this share of all have [0.01]
    ///
    /// For data made from templates, of which one record would stand for all. Runs of words in up to 50
    /// records always count. Reads the input twice.
    #[arg(
        long,
        value_name = "SHARE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "0.01",
        conflicts_with_all = ["emit_keys", "apply_removals", "against", "index"],
        help_heading = "Similar"
    )]
    pub template_guard: Option<Threshold>,

    /// Roles whose text --near and --contain compare, joined by commas; user,assistant by default
    #[arg(long, value_name = "ROLES", value_delimiter = ',', help_heading = "Similar")]
    pub roles: Option<Vec<String>>,

    /// What --near and --contain do with records without a word in these roles; keep by default
    #[arg(long, value_name = "WHAT", value_enum, help_heading = "Similar")]
    pub empty: Option<Empty>,

    /// Seed of the signatures, and of the keys that --emit-keys writes
    ///
    /// Keys that are to be brought together need the same.
    #[arg(long, value_name = "N", default_value = "0", value_parser = parse_seed, help_heading = "Similar")]
    pub seed: u64,

    /// Remove records equal or similar to one in FILE, too; FILE is only read (repeatable)
    #[arg(long, value_name = "FILE", help_heading = "Other data", value_hint = clap::ValueHint::FilePath)]
    pub against: Vec<PathBuf>,

    /// Compare with the records that stayed in earlier runs with DIR, too, and add those that stay in this one
    ///
    /// DIR is made by the first run. All runs must compare in the same way. What a run adds, appears when it
    /// has ended well.
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with_all = ["emit_keys", "apply_removals"],
        help_heading = "Other data",
        value_hint = clap::ValueHint::DirPath
    )]
    pub index: Option<PathBuf>,

    /// With --index: add nothing to it
    #[arg(long, requires = "index", help_heading = "Other data")]
    pub index_read_only: bool,

    /// Remove records of which a user message holds an item of this evaluation set (repeatable)
    ///
    /// An item is the user text of a record in FILE, or what --item points to. It is held when runs of
    /// --ngram words of one message cover the --share of its words.
    #[arg(long, value_name = "FILE", help_heading = "Other data", value_hint = clap::ValueHint::FilePath)]
    pub decontaminate: Vec<PathBuf>,

    /// Where the text of an item stands in a record of the evaluation set
    #[arg(long, value_name = "POINTER", requires = "decontaminate", help_heading = "Other data")]
    pub item: Option<String>,

    /// With --decontaminate: words in a run, by default 8
    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=1000),
        help_heading = "Other data"
    )]
    pub ngram: Option<u32>,

    /// With --decontaminate: the share of an item's words that is too much, by default 0.5
    #[arg(long, value_name = "SHARE", help_heading = "Other data")]
    pub share: Option<Threshold>,

    /// With --decontaminate: one common run of words is too much
    #[arg(long, requires = "decontaminate", conflicts_with = "share", help_heading = "Other data")]
    pub any: bool,

    /// Use about SIZE of memory for records that are compared with; beyond it others wait in temporary files
    ///
    /// The output is the same. Every further SIZE takes one more pass over what waits. Beside it, 40 bytes
    /// for each record that waits. At least 1,000 records are held, whatever they take.
    #[arg(long, value_name = "SIZE", value_parser = parse_size, help_heading = "Running")]
    pub memory: Option<u64>,

    /// Which record of a group stays: first, last, longest, most-turns, max:POINTER or min:POINTER
    ///
    /// Of several that are best the first stays. All but `first` read the input twice; what cannot be read
    /// twice is put aside in a temporary file.
    #[arg(long, value_name = "WHICH", default_value = "first", help_heading = "What to do")]
    pub keep: String,

    /// Write no records; exit with status 1 if there is something to remove
    #[arg(short, long, conflicts_with_all = ["output", "count", "annotate"], help_heading = "What to do")]
    pub check: bool,

    /// Write before each record how many it stands for, as `uniq -c` does
    #[arg(long, help_heading = "What to do")]
    pub count: bool,

    /// Remove nothing: write into each record, at POINTER, the line of the record that would stay for it
    ///
    /// Lines are counted through all inputs. A record that would stay bears its own line.
    #[arg(long, value_name = "POINTER", conflicts_with = "count", help_heading = "What to do")]
    pub annotate: Option<String>,

    /// Write keys instead of records, for an engine that brings equal keys together
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "records",
        conflicts_with_all = ["check", "count", "annotate", "against", "decontaminate", "contain", "keep", "memory", "verify"],
        help_heading = "What to do"
    )]
    pub emit_keys: Option<Emit>,

    /// With --emit-keys: written before each line number, to tell shards apart
    #[arg(long, value_name = "TEXT", help_heading = "What to do")]
    pub id_prefix: Option<String>,

    /// Remove the lines that FILE names, by number or as --removed writes them, and no others
    ///
    /// Nothing is compared, and all other lines are written as they are.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["check", "count", "annotate", "against", "contain", "keep", "emit_keys", "near", "decontaminate", "by", "normalize", "verify", "seed", "memory"],
        help_heading = "What to do",
        value_hint = clap::ValueHint::FilePath
    )]
    pub apply_removals: Option<PathBuf>,

    /// Write a line of JSON for each removed record: line, reason, and the record that stays
    #[arg(long, value_name = "FILE", help_heading = "Output", value_hint = clap::ValueHint::FilePath)]
    pub removed: Option<PathBuf>,

    /// Write a line of JSON for each member of a group
    #[arg(long, value_name = "FILE", help_heading = "Output", value_hint = clap::ValueHint::FilePath)]
    pub clusters: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  chatml-dedup data.jsonl > unique.jsonl                    one of each conversation
  chatml-dedup --near data.jsonl > unique.jsonl             one of those that are 0.8 alike
  chatml-dedup --by prompt --keep longest data.jsonl        the longest answer to each prompt
  chatml-dedup --near --against test.jsonl train.jsonl      nothing that is in the test set
  chatml-dedup --near --removed why.jsonl -o unique.jsonl data.jsonl
  chatml-dedup --check data.jsonl && echo no duplicates

Exit status: 0 done; 1 lines that could not be used were left out, or --check found duplicates;
2 trouble (usage, reading, writing).";

/// A seed: any whole number of 64 bits.
fn parse_seed(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("a whole number from 0 to {} is needed", u64::MAX))
}
