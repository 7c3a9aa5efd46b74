//! What was typed.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::options::CommonOptions;
use crate::generate::setup::parse_seed;

/// The form of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Markdown: a heading is what is asked about, its section without comments the answer
    Md,
    /// Questions marked by Q:, bold lines or headings with a question mark, and their answers
    Faq,
    /// CSV or TSV with a header; behind a stray quote reading goes on in the next line
    Csv,
    /// A JSON object a line: Alpaca, ShareGPT, or by templates
    Jsonl,
    /// Lines that begin with the name of who speaks, also as captions (WebVTT, SubRip)
    Transcript,
}

/// Turn documents into conversations without a model
///
/// Every answer is text of the document; nothing is invented. Each record tells in metadata where it was taken from.
/// What cannot be used is named with its line and reason, and makes the exit status 1.
#[derive(Args, Debug, Clone)]
#[command(after_help = EXAMPLES, after_long_help = EXAMPLES)]
pub struct Options {
    /// What every tool has.
    #[command(flatten)]
    pub common: CommonOptions,

    /// The form of the documents; else told by the name of each, or by its beginning
    ///
    /// A document is taken for CSV by its beginning if it is a header and a row of as many fields, two or more, and
    /// nothing speaks for another form.
    #[arg(long, value_name = "FORMAT", value_enum, help_heading = "Documents")]
    pub format: Option<Format>,

    /// Take at most N records of each document, the first ones
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Documents")]
    pub max_per_source: Option<u64>,

    /// Markdown and FAQ: make conversations of several turns, of at most N sections or questions in a row; 4 without N
    ///
    /// Sections in a row have the same level and the same heading above them.
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "4", value_parser = clap::value_parser!(u32).range(2..=1000), help_heading = "Documents")]
    pub chain: Option<u32>,

    /// Markdown: ask by the templates in FILE, one a line; {{ heading }}, {{ title }} and {{ parents }} are known
    ///
    /// Blank lines and lines that begin with # are comments. {{ title }} is the first of the headings that a section
    /// stands below, or its own if there is none; {{ parents }} are all of them, and empty if there are none. A template
    /// that uses either is for sections below others, as long as FILE has another for the rest; {% if parents %} ...
    /// {% endif %} makes one of it for both. A heading that is a question is asked as it stands.
    #[arg(short, long, value_name = "FILE", help_heading = "Turns", value_hint = clap::ValueHint::FilePath)]
    pub templates: Option<PathBuf>,

    /// CSV and JSONL: what the user says, such as '{{ question }}'; {{ row["my column"] }} for other names
    ///
    /// A name that is not there is a fault; {{ row["name"] | default("") }} takes what is there of a name that not all
    /// records have.
    #[arg(long, value_name = "TEMPLATE", requires = "assistant", help_heading = "Turns")]
    pub user: Option<String>,

    /// CSV and JSONL: what the assistant says, such as '{{ answer }}'
    #[arg(long, value_name = "TEMPLATE", requires = "user", help_heading = "Turns")]
    pub assistant: Option<String>,

    /// Begin every conversation with this system message
    #[arg(long, value_name = "TEXT", help_heading = "Turns")]
    pub system: Option<String>,

    /// Transcripts: a name of those who ask (repeatable)
    #[arg(long, value_name = "NAME", help_heading = "Turns")]
    pub user_name: Vec<String>,

    /// Transcripts: a name of those who answer (repeatable)
    #[arg(long, value_name = "NAME", help_heading = "Turns")]
    pub assistant_name: Vec<String>,

    /// CSV: the character between fields; else told by a first line such as sep=; or by the header
    #[arg(long, value_name = "CHAR", value_parser = parse_delimiter, help_heading = "Documents")]
    pub delimiter: Option<u8>,

    /// Seed of the choice of wordings
    #[arg(long, value_name = "N", default_value = "0", value_parser = parse_seed, help_heading = "Turns")]
    pub seed: u64,
}

/// One ASCII character, or the escape of a tab.
fn parse_delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        br"\t" => Ok(b'\t'),
        [one] if one.is_ascii() && !matches!(one, b'"' | b'\n' | b'\r') => Ok(*one),
        _ => Err("one character is needed, such as ';'".to_owned()),
    }
}

const EXAMPLES: &str = "\
Examples:
  chatml-gen from docs/*.md > data.jsonl
  chatml-gen from --chain --system 'You know the manual.' manual.md
  chatml-gen from --format faq < faq.txt
  sqlite3 -csv -header help.db 'select question, answer from help' | chatml-gen from
  chatml-gen from --user '{{ question }}' --assistant '{{ answer }}' tickets.csv
  chatml-gen from --user-name Anna --assistant-name Ben --format transcript call.txt

Exit status: 0 done; 1 parts of the documents could not be used; 2 trouble (usage, reading, writing).";
