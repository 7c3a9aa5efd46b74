//! What was typed.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// When the journal is handed to the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Fsync {
    /// After every line
    Each,
    /// After every batch
    #[default]
    Batch,
    /// Never
    None,
}

/// Make the examples of an approved plan: exactly as many accepted ones as it says
///
/// Examples are made in batches. After each of them what is there is looked at: what the plan still lacks is made
/// next, and what is used too often is avoided. Every example is valid by the rules of chatml-validate and repeats no
/// other. Answers of models go into a journal at once, and a run that ended early is resumed with --resume without
/// paying for any of them again. The exit status is 1 if fewer examples could be made than the plan says.
#[derive(Args, Debug, Clone)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub struct Options {
    /// The plan; - for standard input
    #[arg(value_name = "PLAN", value_hint = clap::ValueHint::FilePath)]
    pub plan: PathBuf,

    /// Write to FILE instead of standard output
    ///
    /// FILE appears when the run has ended, complete; until then an older FILE stays as it is.
    #[arg(short, long, value_name = "FILE", conflicts_with = "directory", value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// Write the files of a data set into DIR: training_data.jsonl, validation_data.jsonl, dataset_info.txt
    ///
    /// The examples are divided as chatml-split does it, by the share that the plan sets apart for validation, with its
    /// manifest.json, and described as the command summary does it. run.json is the report of the run.
    #[arg(short, long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub directory: Option<PathBuf>,

    /// Replace files of an earlier run in DIR
    #[arg(long, requires = "directory")]
    pub force: bool,

    /// Write the examples that were rejected to FILE, as JSON: the reason, the record, the raw answer
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub rejects: Option<PathBuf>,

    /// Write a summary of the run to FILE, as JSON
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub report: Option<PathBuf>,

    /// Write what happens to FILE as it happens, as JSON lines
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub events: Option<PathBuf>,

    /// Keep the answers of models in FILE
    ///
    /// The default is journal.jsonl in DIR, or the name of the output or of the plan with .journal behind it. A run
    /// that asks no model keeps one only if FILE is given.
    #[arg(long, value_name = "FILE", conflicts_with = "no_journal", value_hint = clap::ValueHint::FilePath)]
    pub journal: Option<PathBuf>,

    /// Keep no answers: a run that ends early has to pay for all of them again
    #[arg(long)]
    pub no_journal: bool,

    /// Go on with the run in the journal
    ///
    /// Answers that are there are judged again and not asked for again. To standard output all examples are written,
    /// unless it is a file that holds the first of them already (`>> FILE`): then only those that are missing.
    #[arg(long)]
    pub resume: bool,

    /// With --resume, begin anew with the answers of the journal, though its plan was another
    ///
    /// An answer counts where the same is asked. Models are asked again where phrases took over from them.
    #[arg(long, requires = "resume")]
    pub adopt: bool,

    /// When the journal is handed to the disk
    #[arg(long, value_name = "WHEN", value_enum, default_value = "batch")]
    pub fsync: Fsync,

    /// Show the records of FILE to the model as examples of what is wanted, and repeat none of them; - for standard
    /// input
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub seeds: Vec<PathBuf>,

    /// Examples between two reviews, in place of the plan's number
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub batch: Option<u32>,

    /// Ask on the terminal after each batch whether to go on
    #[arg(long)]
    pub pause: bool,

    /// Make only the first N examples
    ///
    /// A run that goes on without it makes the others.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,

    /// Run a plan that nobody has approved
    #[arg(short, long)]
    pub yes: bool,

    /// Requests in flight at most, in place of the plan's number
    ///
    /// The examples do not depend on it, unless a model fails in the middle and phrases take over.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub concurrency: Option<u16>,

    /// Use N threads for phrases; 0 means one for each core
    #[arg(short, long, value_name = "N", env = "CHATML_JOBS", hide_env_values = true, value_parser = crate::cli::options::parse_jobs)]
    pub jobs: Option<usize>,

    /// Print nothing but the data, and messages about trouble
    #[arg(short, long)]
    pub quiet: bool,

    /// Show progress on standard error, even if that is not a terminal
    #[arg(long, overrides_with = "no_progress")]
    pub progress: bool,

    /// Show no progress
    #[arg(long, overrides_with = "progress")]
    pub no_progress: bool,

    /// Exit with status 0 where it would be 1
    #[arg(long)]
    pub exit_zero: bool,
}

const EXAMPLES: &str = "\
Examples:
  chatml-gen run -d out plan.toml                     training and validation data, described
  chatml-gen run plan.toml | chatml-dedup --near > data.jsonl
  chatml-gen run --limit 20 --rejects rejected.jsonl -o first.jsonl plan.toml
  chatml-gen run --resume -d out plan.toml            go on where a run has ended

Exit status: 0 all examples are there; 1 fewer, the reason is told; 2 trouble (a plan at fault or
not approved, no backend left, writing).";
