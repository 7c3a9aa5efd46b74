//! The table of a plan's keys: what each is called, what it takes, what holds without it, what it means.
//!
//! Unknown keys, wrong types, values out of range, the schema that `plan --schema` prints and the list in the manual
//! all come from here.

use crate::generate::node::Node;

use super::tree;

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Takes {
    /// A table with keys of its own in this list.
    Table,
    /// A list of such tables: `[[axis]]`.
    Tables,
    /// A table of such tables under names of one's own: `[backend.main]`.
    Named,
    /// A whole number from the first to the second.
    Whole(i64, i64),
    /// A number from the first to the second.
    Number(f64, f64),
    /// True or false.
    Bool,
    /// Any text.
    Text,
    /// A name that templates can use: a letter, then letters, digits and `_`.
    Name,
    /// A text with `{{ names }}` in it.
    Template,
    /// The path of a file, from the folder of the plan.
    Path,
    /// A time such as `"120s"` or `"2h"`, or a number of seconds.
    Time,
    /// A size such as `"8M"`, or a number of bytes.
    Size,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A list of texts.
    Texts,
    /// A list of templates.
    Templates,
    /// A list of regular expressions.
    Regexes,
    /// A list of paths.
    Paths,
    /// Numbers of user turns with their weights: `{ "1" = 0.7, "2" = 0.3 }`.
    Turns,
    /// A list of texts; of a tree, a table of such lists.
    Values,
    /// A list of numbers, one for each value; or a table of numbers by value, by group in a tree.
    Weights,
    /// `{ AXIS = "VALUE", weights = ... }`, or a list of these.
    When,
    /// A text, or a list of texts: the words of a command line.
    Words,
    /// A JSON Schema: a table, or JSON in a text.
    Schema,
    /// The phrases of the backend `template`; see the manual for them.
    Grammar,
}

/// What holds where a key is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Otherwise {
    /// It must be written.
    Required,
    /// Nothing.
    Nothing,
    /// This, as TOML.
    Is(&'static str),
    /// This, in words.
    Told(&'static str),
}

/// A key of the plan.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Where it stands: `axis[]` is each table of a list, `backend.*` each table by name.
    pub path: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// What holds without it.
    pub otherwise: Otherwise,
    /// The `kind`s of its table that have it; none: all.
    pub of: &'static [&'static str],
    /// What it means.
    pub about: &'static str,
}

const fn key(path: &'static str, takes: Takes, otherwise: Otherwise, about: &'static str) -> Key {
    Key { path, takes, otherwise, of: &[], about }
}

const fn key_of(
    of: &'static [&'static str],
    path: &'static str,
    takes: Takes,
    otherwise: Otherwise,
    about: &'static str,
) -> Key {
    Key { path, takes, otherwise, of, about }
}

use Otherwise::{Is, Nothing, Required, Told};
use Takes::*;

/// Most examples: the order of the cells takes four bytes for each, 400 MB for so many.
pub const MOST_EXAMPLES: i64 = 100_000_000;

/// User turns of one conversation; the longest real chats have some fifty.
pub const MOST_TURNS: i64 = 50;

const ANY: f64 = 1e15;
const ASKED: &[&str] = &["openai", "command"];
const SERVER: &[&str] = &["openai"];
const PROGRAM: &[&str] = &["command"];
const REPLAY: &[&str] = &["replay"];
const LISTED: &[&str] = &["category", "tree", "file"];
const NUMBER: &[&str] = &["number"];

/// Every key, in the order in which a plan is best written.
pub const KEYS: &[Key] = &[
    key("version", Whole(1, 1), Is("1"), "Form of this file."),
    key("name", Text, Is("\"dataset\""), "What the data set is called."),
    key(
        "seed",
        Whole(0, i64::MAX),
        Is("0"),
        "Seed of every choice: the same plan and seed make the same examples.",
    ),
    key("count", Whole(1, MOST_EXAMPLES), Required, "Examples to be accepted."),
    key(
        "max_candidates",
        Whole(1, i64::MAX),
        Told("3 times count"),
        "Examples that are tried at most until then; the run then ends short, with status 1.",
    ),
    key(
        "batch",
        Whole(1, 1000),
        Is("50"),
        "Examples between two reviews; 50 to 100 for sets of several hundred.",
    ),
    key(
        "lookahead",
        Whole(0, 100),
        Is("1"),
        "Batches that are asked for before the review of the one before them is there; 0: each waits.",
    ),
    key(
        "backends",
        Texts,
        Told("all, as they stand here"),
        "The backends that are tried, in this order, by name.",
    ),
    key("task", Table, Nothing, "What the model is to learn."),
    key(
        "task.type",
        Text,
        Is("\"chat\""),
        "Such as customer-support, classification or code-generation.",
    ),
    key("task.domain", Text, Is("\"\""), "The subject matter."),
    key(
        "task.language",
        Text,
        Is("\"English\""),
        "The language of the examples, as a prompt names it.",
    ),
    key("task.tone", Text, Nothing, "The tone of the answers."),
    key("task.response_length", Table, Nothing, "How long an answer is."),
    key(
        "task.response_length.min_words",
        Whole(0, 1_000_000),
        Nothing,
        "Fewest words of an answer.",
    ),
    key("task.response_length.max_words", Whole(1, 1_000_000), Nothing, "Most words of an answer."),
    key(
        "task.formats",
        Texts,
        Is("[]"),
        "Formats that answers are to have, such as list, table, code or JSON.",
    ),
    key("task.forbidden", Regexes, Is("[]"), "Regular expressions that no example may match."),
    key(
        "task.negatives",
        Number(0.0, 1.0),
        Is("0"),
        "Share of examples in which the assistant declines or asks back; exact, not by chance.",
    ),
    key(
        "task.typos",
        Number(0.0, 1.0),
        Is("0"),
        "Share of the user's messages that get slips of the keyboard.",
    ),
    key(
        "task.targets",
        Texts,
        Is("[]"),
        "Profiles of chatml-validate that every example must be valid for, such as openai or unsloth.",
    ),
    key("system", Table, Nothing, "What the model is told about itself."),
    key(
        "system.mode",
        OneOf(&["none", "fixed", "varied"]),
        Told("by the number of prompts"),
        "No system message, the same in all examples, or one of several in each.",
    ),
    key("system.prompts", Templates, Is("[]"), "The system messages; templates."),
    key("turns", Table, Nothing, "How long a conversation is."),
    key(
        "turns.dist",
        Turns,
        Is("{ \"1\" = 1 }"),
        "Numbers of user turns with their weights; shares are exact, not by chance.",
    ),
    key("axis", Tables, Nothing, "What examples differ in."),
    key(
        "axis[].name",
        Name,
        Required,
        "The name under which templates and grammar find the value.",
    ),
    key(
        "axis[].kind",
        OneOf(&["category", "tree", "pattern", "number", "file"]),
        Is("\"category\""),
        "Values in a list, in groups, of a pattern, in a range, or the lines of a file.",
    ),
    key_of(
        &["category", "tree"],
        "axis[].values",
        Values,
        Nothing,
        "The values: a list; of a tree, a table of lists by group.",
    ),
    key_of(
        &["file"],
        "axis[].path",
        Path,
        Nothing,
        "A file with a value on each line; blank lines and those that begin with # do not count.",
    ),
    key_of(
        &["pattern"],
        "axis[].pattern",
        Text,
        Nothing,
        "A form such as A-[0-9]{6}: characters, [classes], \\d, each with {n}, {n,m} or ?.",
    ),
    key_of(NUMBER, "axis[].min", Number(-ANY, ANY), Nothing, "The least number."),
    key_of(NUMBER, "axis[].max", Number(-ANY, ANY), Nothing, "The greatest number."),
    key_of(NUMBER, "axis[].step", Number(1e-9, ANY), Is("1"), "The distance of two numbers."),
    key(
        "axis[].per_example",
        Bool,
        Told("true for pattern and number, else false"),
        "Draw it for each example by itself, instead of crossing it with the other axes into cells with quotas.",
    ),
    key_of(
        LISTED,
        "axis[].weights",
        Weights,
        Told("all alike"),
        "Weights of the values; 0: never.",
    ),
    key_of(
        LISTED,
        "axis[].when",
        When,
        Nothing,
        "Other weights where an axis before this one has a certain value.",
    ),
    key_of(LISTED, "axis[].cover", Bool, Is("false"), "Every value comes at least once."),
    key_of(
        LISTED,
        "axis[].min_per_value",
        Whole(0, i64::MAX),
        Is("0"),
        "Fewest examples for each value.",
    ),
    key("prompt", Table, Nothing, "How a model is asked for examples."),
    key(
        "prompt.system",
        Template,
        Told("made of the task"),
        "What the model that writes the examples is told about its work; a template.",
    ),
    key(
        "prompt.user_template",
        Template,
        Told("made of task and axes"),
        "What it is asked for an example; a template.",
    ),
    key("prompt.per_request", Whole(1, 50), Is("1"), "Examples asked for in one request."),
    key(
        "prompt.verbalized",
        Bool,
        Is("false"),
        "Ask for candidates with their probabilities and take the rare ones.",
    ),
    key(
        "prompt.turn_by_turn",
        Bool,
        Is("false"),
        "Ask for each turn by itself instead of for the whole conversation.",
    ),
    key("prompt.few_shot", Table, Nothing, "Examples that are shown to the model."),
    key("prompt.few_shot.file", Path, Nothing, "Records to show."),
    key("prompt.few_shot.k", Whole(0, 50), Is("3"), "How many of them at a time."),
    key(
        "prompt.few_shot.mix_own",
        Whole(0, 50),
        Is("0"),
        "How many accepted examples are shown beside them.",
    ),
    key("grammar", Grammar, Nothing, "The phrases of the backend template."),
    key("tool", Tables, Nothing, "A tool that examples may call."),
    key("tool[].name", Text, Required, "Its name: letters, digits, _ and -, at most 64."),
    key("tool[].description", Text, Nothing, "What it does."),
    key(
        "tool[].parameters",
        Schema,
        Is("{ type = \"object\", properties = {} }"),
        "Its arguments as a JSON Schema: a table, or JSON in a text.",
    ),
    key("dedup", Table, Nothing, "What counts as a repetition."),
    key(
        "dedup.on",
        OneOf(&["user", "conversation"]),
        Is("\"user\""),
        "Compare what the user says (and whole conversations, where they are near), or the whole conversation.",
    ),
    key("dedup.exact", Bool, Is("true"), "Equal ones are repetitions."),
    key(
        "dedup.near",
        Number(0.0, 1.0),
        Is("0.8"),
        "So are those with this share of their runs of five words in common; 0: none.",
    ),
    key(
        "dedup.against",
        Paths,
        Is("[]"),
        "Files of records that must not be repeated, such as seeds or older data.",
    ),
    key(
        "dedup.max_same_opening",
        Number(0.0, 1.0),
        Is("0"),
        "Share of the examples that may begin with the same words; 0: any.",
    ),
    key("quality", Table, Nothing, "What is refused."),
    key(
        "quality.strip_think",
        Bool,
        Is("true"),
        "Take out what a model thinks in tags; otherwise an answer with such tags is refused.",
    ),
    key(
        "quality.reject",
        Texts,
        Told("the usual ones"),
        "Reasons for which an example is refused.",
    ),
    key("quality.judge", Table, Nothing, "A model that judges what passed everything else."),
    key("quality.judge.enabled", Bool, Is("true"), "Whether it does."),
    key(
        "quality.judge.backend",
        Text,
        Told("the first backend"),
        "The name of the backend that is asked.",
    ),
    key("quality.judge.min", Number(0.0, 10.0), Is("7"), "The least score, of 10."),
    key(
        "quality.judge.prompt",
        Template,
        Told("the usual question"),
        "What it is asked; a template.",
    ),
    key(
        "backend",
        Named,
        Told("the backend template"),
        "Where examples come from; several are tried in order.",
    ),
    key(
        "backend.*.kind",
        OneOf(&["template", "openai", "command", "replay"]),
        Required,
        "The grammar of this plan, a server that speaks OpenAI's chat API, a program, or recorded answers.",
    ),
    key_of(
        SERVER,
        "backend.*.base_url",
        Text,
        Required,
        "Address of the server without /chat/completions, such as http://127.0.0.1:8080/v1.",
    ),
    key_of(SERVER, "backend.*.model", Text, Required, "The model."),
    key_of(
        SERVER,
        "backend.*.key_env",
        Text,
        Nothing,
        "The environment variable that holds the key; the key itself never stands in a plan.",
    ),
    key_of(SERVER, "backend.*.key_file", Path, Nothing, "A file that holds the key."),
    key_of(
        SERVER,
        "backend.*.structured",
        OneOf(&["auto", "json_schema", "json_object", "prompt"]),
        Is("\"auto\""),
        "How an answer of a certain shape is asked for; auto finds out what the server understands.",
    ),
    key_of(
        SERVER,
        "backend.*.temperature",
        Number(0.0, 10.0),
        Told("the server's own"),
        "Sampling temperature.",
    ),
    key_of(
        SERVER,
        "backend.*.max_tokens",
        Whole(1, 10_000_000),
        Told("the server's own"),
        "Most tokens of an answer.",
    ),
    key_of(
        SERVER,
        "backend.*.finish_ok",
        Texts,
        Is("[\"stop\"]"),
        "Reasons for the end of an answer that are no fault.",
    ),
    key_of(
        SERVER,
        "backend.*.idle_timeout",
        Time,
        Told("120s, 600s on this machine"),
        "Silence on the line after which a request is given up.",
    ),
    key_of(
        PROGRAM,
        "backend.*.command",
        Words,
        Required,
        "The program and its arguments; the prompt is on its standard input, the answer on its standard output.",
    ),
    key_of(
        PROGRAM,
        "backend.*.json",
        Bool,
        Is("false"),
        "Give it the request as JSON instead of the prompt as text.",
    ),
    key_of(PROGRAM, "backend.*.timeout", Time, Is("\"120s\""), "Time for an answer."),
    key_of(PROGRAM, "backend.*.max_bytes", Size, Is("\"8M\""), "Most bytes of an answer."),
    key_of(REPLAY, "backend.*.file", Path, Required, "Recorded answers: a journal."),
    key_of(ASKED, "backend.*.concurrency", Whole(1, 1024), Is("4"), "Requests in flight at most."),
    key_of(ASKED, "backend.*.rpm", Whole(1, i64::MAX), Nothing, "Requests a minute at most."),
    key_of(ASKED, "backend.*.tpm", Whole(1, i64::MAX), Nothing, "Tokens a minute at most."),
    key_of(
        ASKED,
        "backend.*.retries",
        Whole(0, 100),
        Is("6"),
        "Times that a request is sent again after a fault that may pass.",
    ),
    key_of(
        ASKED,
        "backend.*.price",
        Table,
        Nothing,
        "US dollars for a million tokens; without it the cost is unknown, and 0 is a known 0.",
    ),
    key("backend.*.price.in_per_mtok", Number(0.0, 1e6), Required, "Of what is sent."),
    key("backend.*.price.out_per_mtok", Number(0.0, 1e6), Required, "Of what is answered."),
    key("budget", Table, Nothing, "What ends a run early; it can be resumed."),
    key(
        "budget.usd",
        Number(0.0, 1e9),
        Nothing,
        "US dollars; needs the price of every backend that costs.",
    ),
    key("budget.tokens", Whole(1, i64::MAX), Nothing, "Tokens sent and answered."),
    key("budget.wall", Time, Nothing, "Time."),
    key("output", Table, Nothing, "What is written."),
    key(
        "output.meta",
        OneOf(&["none", "inline"]),
        Is("\"none\""),
        "Records tell in `metadata` what they were made from.",
    ),
    key(
        "output.validation",
        Number(0.0, 0.9),
        Is("0"),
        "Share that is set apart for validation; 0.1 to 0.2 is usual.",
    ),
];

/// The key at this path of the table.
pub fn find(path: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.path == path)
}

impl Key {
    /// Its name in the table that it stands in.
    pub fn name(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// The path of the table that it stands in; empty for the top.
    pub fn parent(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(parent, _)| parent)
    }
}

/// The keys of the table at `parent`.
pub fn children(parent: &str) -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(move |key| key.parent() == parent)
}

/// What stands for a key that is not written, from the TOML in the table.
pub fn parsed(usual: &str) -> Option<Node> {
    tree::parse(format!("usual = {usual}").as_bytes()).ok()?.get("usual").cloned()
}
