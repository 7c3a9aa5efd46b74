//! What was typed.

use std::path::PathBuf;

use clap::Args;

/// What `plan` takes.
#[derive(Args, Debug, Clone)]
pub struct PlanOptions {
    /// The plan, TOML or JSON; - for standard input
    #[arg(value_name = "PLAN", required_unless_present = "schema", value_hint = clap::ValueHint::FilePath)]
    pub plan: Option<PathBuf>,

    /// Show it as JSON, with all cells
    #[arg(long, conflicts_with = "md")]
    pub json: bool,

    /// Show it as Markdown
    #[arg(long)]
    pub md: bool,

    /// Show N requests as they would be sent
    #[arg(long, value_name = "N", default_value = "0", hide_default_value = true, value_parser = clap::value_parser!(u64).range(0..=1000))]
    pub sample: u64,

    /// Print the JSON Schema of a plan's file, and do nothing else
    #[arg(long, conflicts_with_all = ["plan", "json", "md", "sample"])]
    pub schema: bool,
}

/// What `approve` takes.
#[derive(Args, Debug, Clone)]
pub struct ApproveOptions {
    /// The plan, TOML or JSON
    #[arg(value_name = "PLAN", value_hint = clap::ValueHint::FilePath)]
    pub plan: PathBuf,

    /// Approve without asking
    #[arg(short, long)]
    pub yes: bool,
}
