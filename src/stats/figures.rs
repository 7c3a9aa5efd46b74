//! The figures of a report, computed from a state: what every format shows.
//!
//! Their names are an interface: the JSON report is this structure as it stands, and a `--gate` names a figure
//! by its path in it. What each figure means stands in the table of [`definitions`](super::definitions).

mod findings;
mod maker;
mod training;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::measure::{Balance, Bin, Summary};

pub use findings::{
    DiversityFigures, Duplicates, GroupFigures, NearFigures, RepeatFigures, SignFigures, Templated,
};
pub use maker::Maker;
pub use training::{Supervision, TrainingFigures};

/// A line of an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct At {
    /// The input.
    pub file: String,
    /// The line in it, from 1.
    pub line: u64,
}

/// A name with how often it was counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// The name, or the beginning of it.
    pub name: String,
    /// How often.
    pub count: u64,
    /// Of all that were counted.
    pub share: f64,
}

/// The most frequent names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranking {
    /// Names counted, each as often as it occurs.
    pub count: u64,
    /// Different names; at least so many where the counts are not exact.
    pub distinct: u64,
    /// How much a count can be too low; 0: all are exact.
    pub error: u64,
    /// The most frequent, first.
    pub top: Vec<Entry>,
}

/// A count with its share of the records.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Part {
    /// How many.
    pub count: u64,
    /// Of all records (or messages, where that is said).
    pub share: f64,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Input {
    /// Names of the inputs.
    pub files: Vec<String>,
    /// Bytes, decompressed.
    pub bytes: u64,
    /// Lines.
    pub lines: u64,
    /// Lines that hold nothing.
    pub blank: u64,
    /// Lines that could not be used.
    pub unusable: u64,
}

/// Records by their shape.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Records {
    /// How many.
    pub count: u64,
    /// Bytes of a record's line.
    pub bytes: Summary,
    /// Without a message.
    pub empty: Part,
    /// With one user message.
    pub single_turn: Part,
    /// With several user messages.
    pub multi_turn: Part,
    /// With no user message.
    pub no_user: Part,
    /// Whose first message that is not of the system is the assistant's.
    pub assistant_first: Part,
    /// Whose last message is the assistant's.
    pub assistant_last: Part,
    /// Sequences of roles.
    pub sequences: Ranking,
}

/// Messages.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Messages {
    /// How many.
    pub count: u64,
    /// Messages a record.
    pub per_record: Summary,
    /// User messages a record.
    pub turns: Summary,
    /// By role; shares of all messages.
    pub by_role: BTreeMap<String, Part>,
    /// Without content and without a call.
    pub empty: u64,
}

/// Lengths in one unit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LengthFigures {
    /// A record.
    pub record: Summary,
    /// A user message that holds text.
    pub query: Summary,
    /// An assistant message that holds text.
    pub response: Summary,
    /// A message, by role.
    pub by_role: BTreeMap<String, Summary>,
    /// How often each length occurs: of a record, a query, a response.
    pub histograms: Histograms,
}

/// Lengths in bins, for charts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Histograms {
    /// Of a record.
    pub record: Vec<Bin>,
    /// Of a user message.
    pub query: Vec<Bin>,
    /// Of an assistant message.
    pub response: Vec<Bin>,
}

/// System prompts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SystemFigures {
    /// Records with one.
    pub with: Part,
    /// Records without one.
    pub without: Part,
    /// Different ones.
    pub variations: u64,
    /// Their number is an estimate.
    pub estimated: bool,
    /// The most frequent.
    pub prompts: Ranking,
}

/// What is there beside texts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContentFigures {
    /// Records that define tools.
    pub with_tools: Part,
    /// Records with a call.
    pub with_calls: Part,
    /// Calls.
    pub calls: u64,
    /// Calls without a result.
    pub calls_without_result: u64,
    /// By function, the most called first.
    pub functions: Vec<Function>,
    /// Messages whose content is a list of parts.
    pub messages_with_parts: u64,
    /// Content parts by type.
    pub parts: Ranking,
    /// Pictures.
    pub images: u64,
    /// Messages with reasoning, by field.
    pub reasoning: Ranking,
    /// Assistant messages by weight.
    pub weights: Ranking,
}

/// Calls of a function.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Calls.
    pub calls: u64,
    /// Calls whose result follows.
    pub with_result: u64,
}

/// What stands at a JSON path.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PathFigures {
    /// The path; `*` is every element of a list.
    pub path: String,
    /// Values.
    pub count: u64,
    /// Values that are null, of all.
    pub null_share: f64,
    /// Values by type.
    pub types: BTreeMap<&'static str, u64>,
}

/// Records by the values of a field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldFigures {
    /// The JSON pointer.
    pub pointer: String,
    /// Records that have nothing there.
    pub missing: Part,
    /// Different values.
    pub distinct: u64,
    /// How even the distribution is.
    #[serde(flatten)]
    pub balance: Option<Balance>,
    /// The values, the most frequent first.
    pub values: Vec<ValueFigures>,
    /// The last of these stands for all values that found no room.
    #[serde(skip)]
    pub has_others: bool,
}

impl FieldFigures {
    /// The values that are told each by itself.
    pub fn named(&self) -> &[ValueFigures] {
        let others = usize::from(self.has_others);
        self.values.get(..self.values.len().saturating_sub(others)).unwrap_or_default()
    }

    /// How many values are known and not told.
    pub fn more(&self) -> u64 {
        self.distinct.saturating_sub(self.named().len() as u64)
    }
}

/// Records with one value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ValueFigures {
    /// The value.
    pub value: String,
    /// Records.
    pub count: u64,
    /// Of all records.
    pub share: f64,
    /// Messages a record.
    pub messages_mean: f64,
    /// Characters a record.
    pub characters_mean: f64,
    /// Tokens a record.
    pub tokens_mean: f64,
}

/// Records by the values of two fields.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairFigures {
    /// Value of the first field.
    pub first: String,
    /// Value of the second.
    pub second: String,
    /// Records.
    pub count: u64,
    /// The places of both in the lists of values of their fields.
    #[serde(skip)]
    pub at: (usize, usize),
}

/// All figures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Figures {
    /// What was read.
    pub input: Input,
    /// Records by their shape.
    pub records: Records,
    /// Messages.
    pub messages: Messages,
    /// Lengths in characters.
    pub characters: LengthFigures,
    /// Lengths in words.
    pub words: LengthFigures,
    /// What counted tokens.
    pub tokenizer: Option<String>,
    /// What conversations were counted through.
    pub template: Option<String>,
    /// Lengths in tokens.
    pub tokens: Option<LengthFigures>,
    /// System prompts.
    pub system: SystemFigures,
    /// What is there beside texts.
    pub contents: ContentFigures,
    /// Records by the script of most of their letters.
    pub scripts: Ranking,
    /// Records by language.
    pub languages: Option<Ranking>,
    /// Records by the values of fields.
    pub categories: Vec<FieldFigures>,
    /// Records by the values of the first two fields, the most frequent first.
    pub category_pairs: Vec<PairFigures>,
    /// Some pairs found no room: one that is not there is not known.
    #[serde(skip)]
    pub pairs_are_cut: bool,
    /// What is trained on.
    pub supervision: Option<Supervision>,
    /// What training takes.
    pub training: Option<TrainingFigures>,
    /// Equal and similar records.
    pub duplicates: Option<Duplicates>,
    /// Diversity by role.
    pub diversity: Option<BTreeMap<&'static str, DiversityFigures>>,
    /// Records with signs of bad texts, by sign.
    pub signs: Option<BTreeMap<&'static str, SignFigures>>,
    /// Keys, paths and types. The name `schema` is that of the version of the report.
    #[serde(rename = "paths")]
    pub schema: Vec<PathFigures>,
    /// What was not measured, and why.
    pub not_measured: Vec<String>,
}
