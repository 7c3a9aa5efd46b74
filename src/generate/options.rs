//! What was typed: a command and its options.

use clap::{Parser, Subcommand};

use crate::cli::generate::Generate;

/// Make chat data (JSONL): from a plan, from documents, or from records that are there already
///
/// The way to a data set: `ask` puts the questions and writes a plan, `plan` checks and shows it, `approve` notes
/// that it is wanted, `run` makes exactly as many examples as it says, `summary` closes with what was checked. Nothing
/// but models that a plan names needs a network or a key: the ready plans of `ask --preset` do without.
#[derive(Parser, Debug, Clone)]
#[command(
    name = "chatml-gen",
    subcommand_required = false,
    arg_required_else_help = true,
    after_help = EXAMPLES,
    after_long_help = EXAMPLES
)]
pub struct Options {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Print a shell's completions or the options section of the manual, and do nothing else
    #[arg(long, value_name = "WHAT", value_enum, hide = true)]
    pub generate: Option<Generate>,
}

/// What chatml-gen can do; each command's options say what it is.
#[derive(Subcommand, Debug, Clone)]
#[allow(missing_docs)] // a text here would take the place of the command's own in its help
pub enum Command {
    Ask(Box<super::ask::AskOptions>),
    Plan(Box<super::show::PlanOptions>),
    Approve(Box<super::show::ApproveOptions>),
    Run(Box<super::produce::Options>),
    Prompts(Box<super::batchfile::PromptsOptions>),
    Ingest(Box<super::batchfile::IngestOptions>),
    From(Box<super::from::Options>),
    Evolve(Box<super::evolve::Options>),
    Corrupt(Box<super::corrupt::Options>),
    Summary(Box<super::summary::Options>),
}

const EXAMPLES: &str = "\
Examples:
  chatml-gen ask > plan.toml                          on the terminal; --preset NAME: a ready plan
  chatml-gen plan plan.toml                           what it would make, and at what cost
  chatml-gen approve plan.toml && chatml-gen run -d out plan.toml
  chatml-gen summary out
  chatml-gen from docs/*.md > data.jsonl
  chatml-gen corrupt --truth truth.jsonl data.jsonl | chatml-validate --check

Exit status: 0 done; 1 done, but the answer is no (fewer examples than the plan says, lines that
could not be used, a check that failed); 2 trouble (usage, a plan at fault, no backend, reading,
writing).";
