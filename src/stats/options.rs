//! What is typed.

use clap::{Parser, ValueEnum};

use crate::cli::options::CommonOptions;

/// How the report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Tables and histograms for a terminal
    #[default]
    Text,
    /// One JSON object, the stable interface
    Json,
    /// A section for a dataset card
    Markdown,
    /// The layout of a dataset_info.txt
    Info,
    /// One page for a browser, with charts
    Html,
}

/// Measure chat data (JSONL) before paying for its training
///
/// One pass tells how much there is and of what: lengths, roles, categories, tokens, what is trained on and what
/// a length limit cuts off, repetitions, and signs of bad data, with the lines where they are. The report goes to
/// standard output.
#[derive(Parser, Debug, Clone)]
#[command(name = "chatml-stats", after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub struct Options {
    /// What every tool has.
    #[command(flatten)]
    pub common: CommonOptions,

    /// What counts tokens: o200k_base, cl100k_base, a model's tokenizer.json or folder, chars, or none [default: o200k_base]
    ///
    /// `chars` takes each character for a token. `none` leaves out everything about tokens and is several times
    /// faster.
    #[arg(long, value_name = "TOKENIZER", help_heading = "Tokens")]
    pub tokenizer: Option<String>,

    /// Count conversations as the model sees them: through this chat template
    ///
    /// A built-in name (see the manual), a file, or the folder of a model. Without it the tokens of a record are
    /// those of its texts, without what stands around them.
    #[arg(long, value_name = "TEMPLATE", help_heading = "Tokens")]
    pub chat_template: Option<String>,

    /// The date that a chat template writes into its prompt, as 2026-01-31; by default the day of the run, in UTC
    #[arg(long, value_name = "DATE", requires = "chat_template", help_heading = "Tokens")]
    pub template_date: Option<String>,

    /// What the chat template is told as its bos_token
    ///
    /// By default what the tokenizer_config.json says that lies beside the template, or else beside the tokenizer.
    #[arg(long, value_name = "TEXT", requires = "chat_template", help_heading = "Tokens")]
    pub bos_token: Option<String>,

    /// What the chat template is told as its eos_token; by default as --bos-token
    #[arg(long, value_name = "TEXT", requires = "chat_template", help_heading = "Tokens")]
    pub eos_token: Option<String>,

    /// The longest record that training takes, in tokens: tell what is cut off
    #[arg(long, value_name = "N", value_parser = |text: &str| parse_count(text, 4096), help_heading = "Training")]
    pub max_tokens: Option<u64>,

    /// Passes over the data [default: 3]
    #[arg(long, value_name = "N", value_parser = |text: &str| parse_count(text, 3), help_heading = "Training")]
    pub epochs: Option<u64>,

    /// Sequences a step [default: 8]
    #[arg(long, value_name = "N", value_parser = |text: &str| parse_count(text, 8), help_heading = "Training")]
    pub batch_size: Option<u64>,

    /// The price of a million tokens: tell the cost of all passes
    #[arg(long, value_name = "PRICE", value_parser = parse_price, help_heading = "Training")]
    pub price: Option<f64>,

    /// Tell how records are spread over the values of this field (repeatable)
    ///
    /// A JSON pointer, such as /category. The first two are also told in pairs.
    #[arg(long, value_name = "POINTER", help_heading = "What to measure")]
    pub by: Vec<String>,

    /// Guess the language of each record
    #[arg(long, help_heading = "What to measure")]
    pub languages: bool,

    /// Leave out quality and diversity: repetitions, openings, templates, signs of bad data
    #[arg(long, help_heading = "What to measure")]
    pub no_quality: bool,

    /// Lines that are told of each finding [default: 3]
    #[arg(long, value_name = "N", value_parser = parse_examples, help_heading = "What to tell")]
    pub examples: Option<u16>,

    /// Entries of each list; 0 means all that are known [default: 10]
    #[arg(long, value_name = "N", value_parser = parse_top, help_heading = "What to tell")]
    pub top: Option<usize>,

    /// How the report is written [default: text]
    #[arg(long, value_name = "FORMAT", value_enum, help_heading = "What to tell")]
    pub format: Option<Format>,

    /// Exit with status 1 unless this holds, such as 'duplicates.rate < 0.01' (repeatable)
    ///
    /// The name of a figure as in the JSON report, one of < <= > >= == !=, and a number. Conditions are joined by
    /// `and`.
    #[arg(long, value_name = "CONDITION", help_heading = "What to do")]
    pub gate: Vec<String>,

    /// Write the records on to standard output, byte for byte; the report goes to standard error
    ///
    /// With --report it goes only there, as JSON; on standard error it stands between messages, in any --format. Lines
    /// that could not be used are left out.
    #[arg(long, conflicts_with_all = ["partial", "merge", "compare"], help_heading = "What to do")]
    pub pass: bool,

    /// Write what was measured in a form that --merge reads, instead of a report
    #[arg(long, conflicts_with_all = ["compare", "gate", "format"], help_heading = "What to do")]
    pub partial: bool,

    /// Read what --partial wrote instead of records, and put it together
    ///
    /// What is measured is said to --partial; here it is refused.
    #[arg(long, conflicts_with = "compare", help_heading = "What to do")]
    pub merge: bool,

    /// Measure the two FILEs each and tell how they differ, such as training and validation data
    ///
    /// Either may be what --partial wrote.
    #[arg(
        long,
        conflicts_with_all = ["price", "epochs", "batch_size", "top", "examples"],
        help_heading = "What to do"
    )]
    pub compare: bool,

    /// List the figures with their definitions, and do nothing else
    #[arg(long, help_heading = "What to do", conflicts_with_all = ["gate", "pass", "partial", "merge", "compare"])]
    pub list_figures: bool,
}

/// What counts tokens where nothing is said.
const TOKENIZER: &str = "o200k_base";

impl Options {
    /// What counts tokens, as it is called.
    pub fn counter(&self) -> &str {
        self.tokenizer.as_deref().unwrap_or(TOKENIZER)
    }
}

/// A number from 1; `example` is a usual one.
fn parse_count(text: &str, example: u32) -> Result<u64, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("a whole number from 1 is needed, such as {example}")),
    }
}

fn parse_top(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "a whole number is needed, such as 20; 0 means all".to_owned())
}

fn parse_examples(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| format!("a whole number from 0 to {} is needed, such as 5", u16::MAX))
}

fn parse_price(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(price) if (0.0..=MOST_PRICE).contains(&price) => Ok(price),
        _ => Err("a number from 0 to 1000000 is needed, such as 2.5".to_owned()),
    }
}

/// Dollars for a million tokens, as plans of chatml-gen have it: a dollar a token is far above every price list, and
/// costs stay numbers.
const MOST_PRICE: f64 = 1e6;

const EXAMPLES: &str = "\
Examples:
  chatml-stats data.jsonl                                   everything, as text
  chatml-stats --tokenizer none --no-quality data.jsonl     counts and lengths only, fastest
  chatml-stats --max-tokens 4096 --chat-template chatml data.jsonl
  chatml-stats --by /category --format html -o report.html data.jsonl
  chatml-stats --gate 'duplicates.rate < 0.01' -q data.jsonl > stats.txt || exit
  chatml-stats --compare training_data.jsonl validation_data.jsonl
  chatml-validate data.jsonl | chatml-stats --pass --report stats.json | chatml-split -d out
  for part in part.*; do chatml-stats --partial $part; done | chatml-stats --merge

Exit status: 0 done; 1 lines that could not be used were left out, or a --gate does not hold;
2 trouble (usage, reading, writing).";
