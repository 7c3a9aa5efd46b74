//! What was typed.

use clap::{Parser, ValueEnum};

use crate::cli::options::{CommonOptions, parse_size};
use crate::rules::Severity;

/// The form in which findings are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// One line a finding, for people and editors
    #[default]
    Text,
    /// One JSON object a line, the last one a summary
    Json,
    /// Workflow commands that GitHub shows beside the line
    Github,
    /// One SARIF 2.1.0 document
    Sarif,
}

/// The least severity of findings that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum MinSeverity {
    /// All findings
    #[default]
    Info,
    /// Warnings and errors
    Warning,
    /// Errors only
    Error,
}

impl From<MinSeverity> for Severity {
    fn from(least: MinSeverity) -> Severity {
        match least {
            MinSeverity::Info => Severity::Info,
            MinSeverity::Warning => Severity::Warning,
            MinSeverity::Error => Severity::Error,
        }
    }
}

/// Check chat fine-tuning data (JSONL) line by line
///
/// Reads records, one JSON object a line, and writes those without an error, byte for byte, to standard
/// output. What is wrong with the others goes to standard error, with line, column and reason. With
/// --check it writes no records, and the findings are the output.
#[derive(Parser, Debug, Clone)]
#[command(
    name = "chatml-validate",
    after_help = EXAMPLES,
    after_long_help = EXAMPLES
)]
pub struct Options {
    /// What every tool has.
    #[command(flatten)]
    pub common: CommonOptions,

    /// Write no records; write the findings to standard output
    #[arg(short, long, help_heading = "What to do")]
    pub check: bool,

    /// Repair what can be repaired without changing the text to be trained
    ///
    /// A repair changes the fewest bytes it can; the rest of the line stays as it was. A repaired record
    /// is judged again before it is written.
    #[arg(long, help_heading = "What to do")]
    pub fix: bool,

    /// With --fix: also make repairs that drop or guess something, or change the text to be trained
    #[arg(long, help_heading = "What to do")]
    pub unsafe_fixes: bool,

    /// Write the repairs as a diff instead of writing the records; implies --fix
    ///
    /// Exit status 1 also when there is something to repair.
    #[arg(long, help_heading = "What to do")]
    pub diff: bool,

    /// Stop at the first error
    #[arg(long, help_heading = "What to do")]
    pub fail_fast: bool,

    /// Judge for these targets, comma-separated; --list-profiles shows them
    ///
    /// With several, a record is judged by each, and a finding names those that object.
    #[arg(
        short,
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        default_value = "default",
        help_heading = "Rules"
    )]
    pub profile: Vec<String>,

    /// Judge only these rules: codes (S003), prefixes (S), names (messages-empty) or ALL
    ///
    /// A rule that is off is turned on by its code or name, not by a prefix. A line that cannot be read
    /// is an error whatever is selected.
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = "Rules")]
    pub select: Vec<String>,

    /// Judge these rules too
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = "Rules")]
    pub extend_select: Vec<String>,

    /// Do not judge these rules
    ///
    /// Where a selection names the rule more narrowly, it is judged: `--ignore S --select S003`.
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = "Rules")]
    pub ignore: Vec<String>,

    /// Make these rules errors
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = "Rules")]
    pub error: Vec<String>,

    /// Make these rules warnings
    #[arg(long, value_name = "RULES", value_delimiter = ',', help_heading = "Rules")]
    pub warn: Vec<String>,

    /// Make every warning an error
    #[arg(long, help_heading = "Rules")]
    pub strict: bool,

    /// Make an input without records an error
    #[arg(long, help_heading = "Rules")]
    pub require_nonempty: bool,

    /// Report records of more than N tokens (rules L006, L007)
    #[arg(long, value_name = "N", value_parser = parse_size, help_heading = "Rules")]
    pub max_tokens: Option<u64>,

    /// Count tokens exactly: o200k_base, cl100k_base, or a tokenizer.json
    ///
    /// Without it, tokens are estimated from the length of the text. With it, L007 is an error.
    #[arg(long, value_name = "NAME|FILE", requires = "max_tokens", help_heading = "Rules")]
    pub tokenizer: Option<String>,

    /// Report lines longer than SIZE (rule B015)
    #[arg(long, value_name = "SIZE", default_value = "10M", value_parser = parse_size, help_heading = "Rules")]
    pub long_line: u64,

    /// How to write findings
    ///
    /// With --check, --quiet silences the text form only: a document that was asked for is data.
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value = "text",
        help_heading = "Findings"
    )]
    pub format: Format,

    /// Write no findings below this severity; all are counted
    #[arg(
        long,
        value_name = "SEVERITY",
        value_enum,
        default_value = "info",
        help_heading = "Findings"
    )]
    pub min_severity: MinSeverity,

    /// Write at most N findings; all are counted
    #[arg(long, value_name = "N", help_heading = "Findings")]
    pub max_findings: Option<u64>,

    /// Write at most N findings of each rule; 0 writes all
    ///
    /// By default 20 in text and GitHub form; JSON and SARIF are not cut.
    #[arg(long, value_name = "N", help_heading = "Findings")]
    pub per_rule_limit: Option<u64>,

    /// Show the place in the line under each finding (the default on a terminal)
    #[arg(long, overrides_with = "no_show_source", help_heading = "Findings")]
    pub show_source: bool,

    /// Do not show the place in the line
    #[arg(long, overrides_with = "show_source", help_heading = "Findings")]
    pub no_show_source: bool,

    /// List the rules with their severity under --profile, and exit; with --format json as JSON
    #[arg(long, help_heading = "Information")]
    pub list_rules: bool,

    /// Explain a rule, and exit; with --profile as these targets take it, with --format json as JSON
    #[arg(long, value_name = "RULE", help_heading = "Information")]
    pub explain: Option<String>,

    /// List the profiles, and exit; with --format json as JSON
    #[arg(long, help_heading = "Information")]
    pub list_profiles: bool,
}

const EXAMPLES: &str = "\
Examples:
  chatml-validate --check train.jsonl                       what is wrong with it?
  chatml-validate train.jsonl > valid.jsonl                 keep the valid records
  chatml-validate --profile openai,trl --check train.jsonl  will these targets take it?
  chatml-validate --fix -o fixed.jsonl --rejects bad.jsonl train.jsonl
  zstd -dc dump.zst | chatml-validate | jq -r '.messages[0].content'

Exit status: 0 no error found; 1 at least one error; 2 trouble (usage, reading, writing).";
