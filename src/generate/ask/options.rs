//! What was typed.

use std::path::PathBuf;

use clap::Args;

/// What `ask` takes.
#[derive(Args, Debug, Clone)]
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
    #[arg(long, value_name = "NAME", conflicts_with_all = ["answers", "set", "defaults", "questions_json"])]
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
