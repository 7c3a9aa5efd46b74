//! What was typed: a command and its options.

use clap::{Parser, Subcommand};

use crate::cli::generate::Generate;

/// Make chat data (JSONL): from a plan, from documents, or from records that are there already
///
/// The way to a data set: `ask` puts the questions and writes a plan, `plan` checks and shows it, `approve` notes
/// that it is wanted, `run` makes exactly as many examples as it says.
#[derive(Parser, Debug, Clone)]
#[command(name = "chatml-gen", subcommand_required = false, arg_required_else_help = true)]
pub struct Options {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Print a shell's completions or the options section of the manual, and do nothing else
    #[arg(long, value_name = "WHAT", value_enum, hide = true)]
    pub generate: Option<Generate>,
}

/// What chatml-gen can do.
#[derive(Subcommand, Debug, Clone)]
pub enum Command {
    /// Ask what is needed and write a plan of the answers
    Ask(Box<super::ask::AskOptions>),

    /// Check a plan and show it: examples by category and cell, checks, requests, tokens, cost
    Plan(Box<super::show::PlanOptions>),

    /// Approve a plan: show it, ask, and note the answer beside it
    Approve(Box<super::show::ApproveOptions>),

    /// Make the examples of an approved plan
    Run(Box<super::produce::Options>),

    /// Write the requests of a plan to a file, for any carrier
    Prompts(Box<super::batchfile::PromptsOptions>),

    /// Make the data set of answers that a carrier brought
    Ingest(Box<super::batchfile::IngestOptions>),

    /// Turn documents into conversations without a model
    From(Box<super::from::Options>),

    /// Make variants of records without a model
    Evolve(Box<super::evolve::Options>),

    /// Damage records in named ways, and write down which
    Corrupt(Box<super::corrupt::Options>),

    /// Sum a data set up: its files, its figures, what was checked, what to do next
    Summary(Box<super::summary::Options>),
}
