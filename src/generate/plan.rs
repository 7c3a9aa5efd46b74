//! The plan: what is to be made, as one file says it and a person approved it.
//!
//! A plan is TOML, or JSON of the same shape. Everything that a run depends on stands in it, and nothing that it
//! does not: how many requests are in flight is a matter of the backend and changes no example.

use std::path::PathBuf;
use std::time::Duration;

use regex::Regex;

use super::node::Node;

mod axes;
mod backends;
mod bindings;
mod cells;
mod check;
mod drawing;
mod files;
mod form;
pub mod keys;
mod lock;
pub mod names;
mod number;
mod order;
mod quota;
mod read;
mod templates;
mod tools;
mod tree;
mod view;

#[cfg(test)]
mod tests;

pub use backends::{address, is_variable};
pub use bindings::Bindings;
pub use cells::{Cell, Cells, Choice};
pub(in crate::generate) use check::nearest;
pub use form::instead as suggestion;
pub use keys::KEYS;
pub use lock::{Approval, approve, digest_of, is_approved, lock_of};
pub use read::digest;
pub use templates::{Template, environment};
pub use tree::parse as parse_tree;

/// A plan that was read and found right.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What the data set is called.
    pub name: String,
    /// Seed of every choice.
    pub seed: u64,
    /// Examples to be accepted.
    pub count: u64,
    /// Examples that are tried at most until then.
    pub max_candidates: u64,
    /// Examples between two reviews, 50 to 100 for a set of several hundred.
    pub batch: usize,
    /// Batches that are asked for before the review of the one before them; 0: each waits for the review.
    pub lookahead: usize,
    /// What the model is to learn.
    pub task: Task,
    /// What it is told about itself.
    pub system: System,
    /// Numbers of user turns with their weights, in ascending order; never empty.
    pub turns: Vec<(u32, f64)>,
    /// What examples differ in.
    pub axes: Vec<Axis>,
    /// How a model is asked for examples.
    pub prompt: Prompt,
    /// The phrases of the backend `template`, as they were written.
    pub grammar: Option<Node>,
    /// Tools that the examples may call, each as the OpenAI format describes it.
    pub tools: Vec<serde_json::Value>,
    /// What counts as a repetition.
    pub dedup: Dedup,
    /// What is refused.
    pub quality: Quality,
    /// Where examples come from, in the order in which they are tried; never empty.
    pub backends: Vec<Backend>,
    /// Backends of which no example is asked: the judge may be one of them.
    pub spare: Vec<Backend>,
    /// What ends a run early.
    pub budget: Budget,
    /// What is written.
    pub output: Output,
    /// SHA-256 of the file, in hex.
    pub digest: String,
    /// SHA-256 of what it says of its examples, in hex: the same for a plan with other backends, another budget or
    /// other comments.
    pub content: String,
    /// The templates of its texts, with where they stand.
    pub templates: Vec<Template>,
    /// Files that what is made depends on; those that hold keys are not among them.
    pub files: Vec<PathBuf>,
    /// The file, as messages name it.
    pub file: String,
    /// Where the file stands: other files are named from there.
    pub folder: PathBuf,
}

/// What the model is to learn.
#[derive(Debug, Clone)]
pub struct Task {
    /// Such as `customer-support`.
    pub kind: String,
    /// The subject matter.
    pub domain: String,
    /// The language of the examples, as prompts name it.
    pub language: String,
    /// The tone of the answers, if one is asked for.
    pub tone: Option<String>,
    /// Least and most words of an answer.
    pub words: (Option<u64>, Option<u64>),
    /// Formats that answers are to have, such as `list` or `code`.
    pub formats: Vec<String>,
    /// What no example may hold.
    pub forbidden: Vec<Regex>,
    /// Share of examples in which the assistant declines or asks back.
    pub negatives: f64,
    /// Share of the user's messages that get slips of the keyboard.
    pub typos: f64,
    /// The profiles of chatml-validate that every example must be valid for.
    pub targets: Vec<String>,
}

/// Tasks whose right answer can be made of slots: a label, a record, a call.
const OF_SLOTS: [&str; 6] =
    ["classification", "extraction", "tool-use", "routing", "structured-output", "lookup"];

impl Task {
    /// Is the answer free text, for which phrases of a grammar are no substitute?
    pub fn is_free_form(&self) -> bool {
        !OF_SLOTS.contains(&self.kind.as_str())
    }
}

/// What the model is told about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum System {
    /// Nothing.
    None,
    /// The same in all examples: a template.
    Fixed(String),
    /// One of these in each: templates.
    Varied(Vec<String>),
}

/// What examples differ in.
#[derive(Debug, Clone)]
pub struct Axis {
    /// The name under which templates find the value.
    pub name: String,
    /// The values.
    pub values: Values,
    /// Drawn for each example by itself; otherwise crossed with the other axes into cells with quotas.
    pub per_example: bool,
    /// Weights of listed values, as many as these.
    pub weights: Vec<f64>,
    /// Other weights where an axis before this one has a certain value.
    pub when: Vec<When>,
    /// Least examples for each value.
    pub min_per_value: u64,
}

/// The values of an axis.
#[derive(Debug, Clone)]
pub enum Values {
    /// Listed.
    List(Vec<String>),
    /// Listed under groups: `(group, value)`. A template finds the group as NAME`_group`.
    Tree(Vec<(String, String)>),
    /// Texts of a form such as `A-[0-9]{6}`.
    Pattern(Pattern),
    /// Numbers from the first to the second in steps of the third.
    Number {
        /// The least.
        min: f64,
        /// The greatest.
        max: f64,
        /// The distance of two.
        step: f64,
    },
}

/// A form that texts are drawn from: literal characters and classes, each repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern(pub Vec<Piece>);

/// A part of a [`Pattern`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// One of these characters; one alone is itself.
    pub of: Vec<char>,
    /// Least and most times.
    pub times: (u32, u32),
}

/// Weights under a condition.
#[derive(Debug, Clone, PartialEq)]
pub struct When {
    /// The name of an axis before this one.
    pub axis: String,
    /// Its value; of a tree, the group or the value.
    pub value: String,
    /// The weights then.
    pub weights: Vec<f64>,
}

/// How a model is asked for examples.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// What the model is told about its task: a template; none: made from the plan.
    pub system: Option<String>,
    /// What it is asked for an example: a template; none: made from the plan.
    pub user: Option<String>,
    /// Examples asked for in one request.
    pub per_request: usize,
    /// Ask for candidates with their probabilities and take the rare ones.
    pub verbalized: bool,
    /// Ask for each turn by itself, the person's and the assistant's, instead of for the whole conversation.
    pub turn_by_turn: bool,
    /// Tell the model a way to begin that is drawn for each example and attempt.
    pub vary: bool,
    /// A file with records to show as examples.
    pub shots: Option<PathBuf>,
    /// How many of these are shown.
    pub shot_count: usize,
    /// How many accepted examples are shown beside them.
    pub own_count: usize,
}

/// What counts as a repetition.
#[derive(Debug, Clone)]
pub struct Dedup {
    /// Compare the whole conversation, or only what the user says.
    pub on: On,
    /// Equal ones are repetitions.
    pub exact: bool,
    /// So are those with this share of their runs of words in common, if any.
    pub near: Option<f64>,
    /// Files of records that must not be repeated.
    pub against: Vec<PathBuf>,
    /// Share of the examples that may begin with the same words.
    pub max_same_opening: Option<f64>,
}

/// What of a conversation is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// All messages.
    Conversation,
    /// The messages of the user.
    User,
}

/// What is refused.
#[derive(Debug, Clone)]
pub struct Quality {
    /// Take out what a model thinks in tags; otherwise an answer with such tags is refused.
    pub strip_think: bool,
    /// Reasons for which an example is refused, by name.
    pub reject: Vec<String>,
    /// A model that judges what passed everything else.
    pub judge: Option<Judge>,
}

/// A model as a judge.
#[derive(Debug, Clone, PartialEq)]
pub struct Judge {
    /// The name of the backend.
    pub backend: String,
    /// The least score, of 10.
    pub min: f64,
    /// What is asked of it: a template; none: the usual question.
    pub prompt: Option<String>,
}

/// Where examples come from.
#[derive(Debug, Clone)]
pub struct Backend {
    /// Its name in the plan.
    pub name: String,
    /// What it is.
    pub kind: BackendKind,
}

/// What a backend is.
#[derive(Debug, Clone)]
pub enum BackendKind {
    /// The phrases of the plan.
    Template,
    /// A server that speaks the chat API of OpenAI.
    OpenAi(Server),
    /// A program: the prompt on its standard input, the answer on its standard output.
    Command(Program),
    /// Recorded answers.
    Replay(PathBuf),
}

/// A server that speaks the chat API of OpenAI.
#[derive(Debug, Clone)]
pub struct Server {
    /// Address without `/chat/completions`.
    pub base_url: String,
    /// The model.
    pub model: String,
    /// The environment variable that holds the key.
    pub key_env: Option<String>,
    /// A file that holds the key.
    pub key_file: Option<PathBuf>,
    /// How an answer of a certain shape is asked for.
    pub structured: Structured,
    /// Sampling temperature; none: the server's own.
    pub temperature: Option<f64>,
    /// Most tokens of an answer; none: the server's own.
    pub max_tokens: Option<u64>,
    /// What else each request asks of the server, beside what the tool writes itself.
    pub body: serde_json::Map<String, serde_json::Value>,
    /// Reasons for the end of an answer that are no fault.
    pub finish_ok: Vec<String>,
    /// Silence on the line after which a request is given up; none: 120 s, 600 s on the same machine.
    pub idle_timeout: Option<Duration>,
    /// Limits of pace.
    pub pace: Pace,
    /// Prices, if they are known.
    pub price: Option<Price>,
}

/// How an answer of a certain shape is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Structured {
    /// The best that the server understands, found out once.
    Auto,
    /// `response_format` with a JSON schema.
    JsonSchema,
    /// `response_format` that wants any JSON object.
    JsonObject,
    /// Words alone.
    Prompt,
}

/// Limits of pace.
#[derive(Debug, Clone, PartialEq)]
pub struct Pace {
    /// Requests in flight at most.
    pub concurrency: usize,
    /// Requests a minute.
    pub rpm: Option<u64>,
    /// Tokens a minute.
    pub tpm: Option<u64>,
    /// Times that a request is sent again after a fault that may pass.
    pub retries: u32,
}

/// US dollars for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    /// Of what is sent.
    pub input: f64,
    /// Of what is answered.
    pub output: f64,
}

/// A program as a backend.
#[derive(Debug, Clone)]
pub struct Program {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// Where it runs: the folder of the plan; empty: where the tool runs.
    pub folder: PathBuf,
    /// It gets the request as JSON instead of the prompt as text.
    pub json: bool,
    /// Time for an answer.
    pub timeout: Duration,
    /// Most bytes of an answer.
    pub max_bytes: usize,
    /// Limits of pace.
    pub pace: Pace,
    /// Prices, if they are known.
    pub price: Option<Price>,
}

/// What ends a run early; it can be resumed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Budget {
    /// US dollars.
    pub usd: Option<f64>,
    /// Tokens sent and answered.
    pub tokens: Option<u64>,
    /// Time.
    pub wall: Option<Duration>,
}

/// What is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Records tell in `metadata` what they were made from.
    pub metadata: bool,
    /// Share that is set apart for validation.
    pub validation: f64,
}
