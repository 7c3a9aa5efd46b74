//! What was typed.

use std::path::PathBuf;

use clap::Args;

/// Check a plan and show it: examples by category and cell, checks, requests, tokens, cost
///
/// What is wrong with a plan is told with line, key, reason and what may be meant. Nothing is asked of a model.
#[derive(Args, Debug, Clone)]
#[command(after_help = PLAN_EXAMPLES, after_long_help = PLAN_EXAMPLES)]
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

/// Approve a plan: show it, ask, and note the answer beside it
///
/// The note is PLAN with the ending .lock. It holds as long as neither the plan nor a file that it names changes.
#[derive(Args, Debug, Clone)]
#[command(after_help = APPROVE_EXAMPLES, after_long_help = APPROVE_EXAMPLES)]
pub struct ApproveOptions {
    /// The plan, TOML or JSON
    #[arg(value_name = "PLAN", value_hint = clap::ValueHint::FilePath)]
    pub plan: PathBuf,

    /// Approve without asking
    #[arg(short, long)]
    pub yes: bool,
}

const PLAN_EXAMPLES: &str = "\
Examples:
  chatml-gen plan plan.toml
  chatml-gen plan --sample 3 plan.toml                with three requests, word for word
  chatml-gen plan --json plan.toml | jq .requests
  chatml-gen ask --preset extraction | chatml-gen plan -

Exit status: 0 the plan is right; 2 it is not, or trouble.";

const APPROVE_EXAMPLES: &str = "\
Examples:
  chatml-gen approve plan.toml                        asks on the terminal
  chatml-gen approve --yes plan.toml

Exit status: 0 approved; 1 not approved; 2 a plan at fault, or trouble.";
