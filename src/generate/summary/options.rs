//! What was typed.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, ValueEnum};

use crate::cli::options::{parse_jobs, parse_line_limit};
use crate::error::{Error, Result};
use crate::similar::Threshold;

/// How the summary is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// The block for a terminal or a text file
    #[default]
    Text,
    /// A section for a dataset card
    #[value(name = "md", alias = "markdown")]
    Markdown,
    /// One JSON object, the stable interface
    Json,
}

/// Sum a data set up: its files, its figures, what was checked, what to do next
///
/// The files are validated, measured and searched for duplicates and leaks by chatml-validate, chatml-stats,
/// chatml-dedup and chatml-split, with their usual settings. A check has a mark only when it was made. Without an
/// operand the data set is that of the current folder.
#[derive(Args, Debug, Clone)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub struct Options {
    /// The folder of a data set, as `run -d` writes it, or files that are trained on
    ///
    /// In a folder, training_data.jsonl is needed; validation_data.jsonl, dataset_info.txt and manifest.json count
    /// if they are there. The files are read several times, so none can be a pipe.
    #[arg(value_name = "DIR|FILE", value_hint = clap::ValueHint::AnyPath)]
    pub operands: Vec<PathBuf>,

    /// What is set apart for validation
    #[arg(long, value_name = "FILE", help_heading = "Input", value_hint = clap::ValueHint::FilePath)]
    pub validation: Option<PathBuf>,

    /// Tell what the run of this journal accepted, rejected and spent, and what it left open
    #[arg(long, value_name = "FILE", help_heading = "Input", value_hint = clap::ValueHint::FilePath)]
    pub journal: Option<PathBuf>,

    /// Treat a line longer than SIZE as an invalid record
    #[arg(long, value_name = "SIZE", default_value = "256M", value_parser = parse_line_limit, help_heading = "Input")]
    pub max_line_bytes: u64,

    /// Judge for these targets, comma-separated; `chatml-validate --list-profiles` shows them
    ///
    /// Without it those of the plan, if the folder holds the report of `chatml-gen run`.
    #[arg(long, value_name = "PROFILES", help_heading = "What to check")]
    pub profile: Option<String>,

    /// Examples are near-duplicates from this share of common runs of five words on
    ///
    /// Without it the share by which `chatml-gen run` compared them, if the folder holds its report, else 0.8.
    #[arg(long, value_name = "SHARE", help_heading = "What to check")]
    pub near: Option<Threshold>,

    /// The longest example that training takes, in tokens: check that none is longer
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "What to check")]
    pub max_tokens: Option<u64>,

    /// Count examples by this field (repeatable)
    ///
    /// A JSON pointer, such as /metadata/topic. Without it the first that most examples have of topic, category,
    /// label, intent, task and type, in /metadata or beside the messages.
    #[arg(long, value_name = "POINTER", help_heading = "What to measure")]
    pub by: Vec<String>,

    /// What counts tokens, as for chatml-stats: o200k_base, cl100k_base, a tokenizer.json or folder, chars, or none
    #[arg(long, value_name = "TOKENIZER", help_heading = "What to measure")]
    pub tokenizer: Option<String>,

    /// How the summary is written
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value = "text",
        help_heading = "Output"
    )]
    pub format: Format,

    /// Write to FILE instead of standard output
    ///
    /// FILE appears when the summary is complete; until then an older FILE stays as it is.
    #[arg(short, long, value_name = "FILE", help_heading = "Output", value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// Write the summary to FILE as well, as JSON, with the seconds that it took
    #[arg(long, value_name = "FILE", help_heading = "Output", value_hint = clap::ValueHint::FilePath)]
    pub report: Option<PathBuf>,

    /// Use N worker threads; 0 means one for each core
    #[arg(short, long, value_name = "N", env = "CHATML_JOBS", hide_env_values = true, value_parser = parse_jobs, help_heading = "Running")]
    pub jobs: Option<usize>,

    /// Print nothing but the summary, and messages about trouble, as always
    #[arg(short, long, help_heading = "Running")]
    pub quiet: bool,

    /// Exit with status 0 where it would be 1
    #[arg(long, help_heading = "Running")]
    pub exit_zero: bool,
}

const EXAMPLES: &str = "\
Examples:
  chatml-gen summary out                              what `chatml-gen run -d out` made
  chatml-gen summary train.jsonl --validation val.jsonl --profile openai,trl
  chatml-gen summary out --by /metadata/topic --max-tokens 4096 --format md >> README.md
  chatml-gen summary out --journal out/journal.jsonl --format json | jq .generation

Exit status: 0 every check that was made has passed; 1 one has failed; 2 trouble (usage, reading, writing).";

/// The options of a command line, for the command that has made the data set.
pub(in crate::generate) fn parse(words: Vec<OsString>) -> Result<Options> {
    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }
    let name = OsString::from("summary");
    match Line::try_parse_from(std::iter::once(name).chain(words)) {
        Ok(line) => Ok(line.options),
        Err(why) => Err(Error::Usage(why.to_string())),
    }
}
