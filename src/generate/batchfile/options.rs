//! What was typed.

use std::path::PathBuf;

use clap::Args;

/// Write the requests of a plan to a file, for any carrier
///
/// Each line is a request in the form of OpenAI's batch service: custom_id, method, url, body. Requests are written for
/// the examples that are not accepted yet: with --journal, those that `ingest` has accepted are left out.
#[derive(Args, Debug, Clone)]
#[command(after_help = PROMPTS_EXAMPLES, after_long_help = PROMPTS_EXAMPLES)]
pub struct PromptsOptions {
    /// The plan; - for standard input
    #[arg(value_name = "PLAN", value_hint = clap::ValueHint::FilePath)]
    pub plan: PathBuf,

    /// Write to FILE instead of standard output
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// The journal of earlier answers: what they were accepted for is not asked again
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub journal: Option<PathBuf>,

    /// Use a journal of the plan before it was changed: answers to what is still asked count
    #[arg(long, requires = "journal")]
    pub adopt: bool,

    /// Show the records of FILE to the model as examples of what is wanted; - for standard input
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub seeds: Vec<PathBuf>,

    /// Ask for at most N examples
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,

    /// Use a plan that nobody has approved
    #[arg(short, long)]
    pub yes: bool,

    /// Print nothing but the data, and messages about trouble
    #[arg(short, long)]
    pub quiet: bool,
}

/// Make the data set of answers that a carrier brought
///
/// Reads answers in the form of OpenAI's batch service, or lines of custom_id and text, checks them as `run` does
/// (a judge is not asked), and writes the examples that are accepted. With --journal, answers are kept, and those that
/// were kept before count as well: the output is always the whole data set so far. The exit status is 1 if it has
/// fewer examples than the plan says.
#[derive(Args, Debug, Clone)]
#[command(after_help = INGEST_EXAMPLES, after_long_help = INGEST_EXAMPLES)]
pub struct IngestOptions {
    /// The plan
    #[arg(value_name = "PLAN", value_hint = clap::ValueHint::FilePath)]
    pub plan: PathBuf,

    /// Files of answers, also compressed; standard input if none is given, or for -
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub answers: Vec<PathBuf>,

    /// Write to FILE instead of standard output
    ///
    /// FILE appears when the run has ended, complete; until then an older FILE stays as it is.
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// Keep the answers in FILE, and use those that it holds
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub journal: Option<PathBuf>,

    /// Use a journal of the plan before it was changed: answers to what is still asked count
    #[arg(long, requires = "journal")]
    pub adopt: bool,

    /// Write the examples that were rejected to FILE, as JSON: the reason, the record, the raw answer
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub rejects: Option<PathBuf>,

    /// Repeat none of the records of FILE
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub seeds: Vec<PathBuf>,

    /// Use a plan that nobody has approved
    #[arg(short, long)]
    pub yes: bool,

    /// Print nothing but the data, and messages about trouble
    #[arg(short, long)]
    pub quiet: bool,

    /// Exit with status 0 where it would be 1
    #[arg(long)]
    pub exit_zero: bool,
}

const PROMPTS_EXAMPLES: &str = "\
Examples:
  chatml-gen prompts plan.toml > requests.jsonl
  chatml-gen prompts --journal answers.journal plan.toml > rest.jsonl     what is still missing

Exit status: 0 done; 2 trouble (a plan at fault or not approved, reading, writing).";

const INGEST_EXAMPLES: &str = "\
Examples:
  chatml-gen ingest --journal answers.journal -o data.jsonl plan.toml responses.jsonl
  chatml-gen ingest plan.toml < responses.jsonl.gz > data.jsonl         also zstd and xz

Exit status: 0 all examples are there; 1 fewer, or answers that cannot be read; 2 trouble.";
