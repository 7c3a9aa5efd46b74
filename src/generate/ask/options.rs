//! What was typed.

use std::path::PathBuf;

use clap::Args;

/// Ask what is needed and write a plan of the answers
///
/// The questions are put on the terminal, so that standard output can be a file; what --answers or --set has answered
/// is not asked. The plan has comments and is meant to be edited.
#[derive(Args, Debug, Clone)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub struct AskOptions {
    /// Answers that are there already: TOML or JSON, { id: answer }; - for standard input
    ///
    /// What is answered is not asked again.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub answers: Option<PathBuf>,

    /// Answer a question, as in --set count=600 (repeatable)
    #[arg(long, value_name = "ID=ANSWER")]
    pub set: Vec<String>,

    /// Take the usual answer of every question that has one, instead of asking
    #[arg(short, long)]
    pub defaults: bool,

    /// Print the questions that are still open as JSON, and write no plan
    ///
    /// For a program that asks on someone's behalf and comes back with --answers.
    #[arg(long, conflicts_with_all = ["output", "defaults"])]
    pub questions_json: bool,

    /// Write a ready plan instead of asking; --list-presets shows them
    ///
    /// --set changes its name, count, typos, tone, negatives and validation; all else is changed in the plan.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["answers", "defaults", "questions_json"])]
    pub preset: Option<String>,

    /// List the ready plans
    #[arg(long, conflicts_with_all = ["answers", "set", "defaults", "questions_json", "preset", "output"])]
    pub list_presets: bool,

    /// Write to FILE instead of standard output
    #[arg(short, long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub output: Option<PathBuf>,

    /// Replace FILE if it exists
    #[arg(long, requires = "output")]
    pub force: bool,
}

const EXAMPLES: &str = "\
Examples:
  chatml-gen ask > plan.toml
  chatml-gen ask --preset customer-support > plan.toml
  chatml-gen ask --preset classification --set count=2000 -o plan.toml
  chatml-gen ask --questions-json --set task=classification > questions.json
  chatml-gen ask --defaults --answers answers.toml -o plan.toml

Exit status: 0 a plan was written; 2 trouble (usage, an answer is missing or wrong, no terminal,
writing).";
