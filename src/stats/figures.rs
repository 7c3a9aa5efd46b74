//! The figures of a report, computed from a state: what every format shows.
//!
//! Their names are an interface: the JSON report is this structure as it stands, and a `--gate` names a figure
//! by its path in it. What each figure means stands in the table of [`definitions`](super::definitions).

mod maker;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::measure::{Balance, Bin, Packing, Summary};

pub use maker::Maker;

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

/// What is trained on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Supervision {
    /// The limit in tokens.
    pub max_tokens: Option<u64>,
    /// Tokens of all records.
    pub tokens: u64,
    /// Trained tokens of all records.
    pub trained: u64,
    /// Trained tokens of all.
    pub share: f64,
    /// Trained tokens a record.
    pub per_record: Summary,
    /// Records with nothing but trained tokens.
    pub fully: Part,
    /// Records with nothing to train on.
    pub idle: Part,
    /// These by cause.
    pub idle_by_cause: BTreeMap<&'static str, u64>,
    /// The first lines of these.
    pub idle_at: Vec<At>,
    /// Records whose answers are only calls, the tokens of which are not known.
    pub only_calls: Part,
    /// Records over the limit.
    pub over: Part,
    /// The first lines of these.
    pub over_at: Vec<At>,
    /// Tokens behind the limit.
    pub lost: u64,
    /// Trained tokens behind the limit.
    pub trained_lost: u64,
    /// Records cut within what is trained on.
    pub cut_inside: Part,
    /// The first lines of these.
    pub cut_at: Vec<At>,
    /// Records that the chat template refuses.
    pub refused: Part,
    /// The first lines of these.
    pub refused_at: Vec<At>,
    /// Why they are refused.
    pub refused_why: Ranking,
}

/// How records fill sequences, and what training takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrainingFigures {
    /// Passes over the data.
    pub epochs: u64,
    /// Sequences a step.
    pub batch_size: u64,
    /// By limit.
    pub packing: Vec<Packing>,
    /// Steps of all passes with a sequence for each record.
    pub steps: u64,
    /// Steps of all passes when packed to the limit.
    pub steps_packed: Option<u64>,
    /// Tokens of all passes, records cut to the limit.
    pub tokens: u64,
    /// What these cost.
    pub cost: Option<f64>,
}

/// How often the same occurs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RepeatFigures {
    /// What was compared.
    pub total: u64,
    /// Beside the first of each.
    pub count: u64,
    /// Of all that was compared.
    pub rate: f64,
    /// Different ones.
    pub distinct: u64,
    /// The figures are estimates from a sample.
    pub estimated: bool,
    /// The most frequent.
    pub largest: Vec<GroupFigures>,
}

/// A group of the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupFigures {
    /// Its members.
    pub count: u64,
    /// The first of them.
    #[serde(flatten)]
    pub first: At,
}

/// Equal and similar records.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Duplicates {
    /// Equal records.
    #[serde(flatten)]
    pub records: RepeatFigures,
    /// Equal prompts.
    pub prompts: RepeatFigures,
    /// Equal last answers.
    pub responses: RepeatFigures,
    /// Similar records.
    pub near: NearFigures,
}

/// Similar records, by estimate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct NearFigures {
    /// Of the different records, those of which a similar one stays.
    pub rate: f64,
    /// Records in the sample.
    pub sample: u64,
    /// One of so many records is in it.
    pub one_in: u64,
}

/// How much texts of one role repeat themselves.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DiversityFigures {
    /// Messages with a word.
    pub messages: u64,
    /// Different words of all.
    pub distinct_1: f64,
    /// Different runs of two words of all.
    pub distinct_2: f64,
    /// Of three words.
    pub distinct_3: f64,
    /// Runs of four words that were there before, of all.
    pub self_repetition_4: f64,
    /// Of ten words.
    pub self_repetition_10: f64,
    /// Bytes of a sample divided by those of its compressed form.
    pub compression_ratio: f64,
    /// The numbers of different runs are estimates.
    pub estimated: bool,
    /// First three words.
    pub openings: Ranking,
    /// The share of the messages that begin with one of the ten most frequent openings.
    pub opening_concentration: f64,
    /// Standard deviation of the words of a message, divided by their mean.
    pub length_variation: f64,
    /// Records whose first message has the skeleton of another record's.
    pub templated: Templated,
}

/// Texts made of one template.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Templated {
    /// Records that share a skeleton, of those with a text.
    pub share: f64,
    /// Records of the most frequent skeleton, of those with a text.
    pub largest_share: f64,
    /// The figures are estimates from a sample.
    pub estimated: bool,
    /// The most frequent.
    pub largest: Vec<GroupFigures>,
}

/// Records with a sign.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignFigures {
    /// How many.
    pub count: u64,
    /// Of all records.
    pub share: f64,
    /// The first lines of these.
    pub at: Vec<At>,
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
