//! What is read of the reports of the other tools. A report that lacks something of it is trouble, never a 0.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A count with its share of the examples.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(super) struct Part {
    pub count: u64,
    pub share: f64,
}

/// The report of chatml-stats.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Stats {
    pub input: Input,
    pub records: Records,
    pub words: Lengths,
    pub tokenizer: Option<String>,
    pub tokens: Option<Lengths>,
    pub system: System,
    pub categories: Vec<Field>,
    pub training: Option<Training>,
    pub checks: Vec<Checked>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Input {
    /// Lines that could not be measured.
    pub unusable: u64,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Records {
    pub count: u64,
    pub single_turn: Part,
    pub multi_turn: Part,
    pub no_user: Part,
}

/// Lengths in one unit.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Lengths {
    pub query: Length,
    pub response: Length,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Length {
    pub mean: Option<f64>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct System {
    pub variations: u64,
    pub estimated: bool,
}

/// Examples by the values of a field.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Field {
    pub pointer: String,
    pub missing: Part,
    /// Different values, of which `values` are the most frequent.
    pub distinct: u64,
    pub values: Vec<OfValue>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct OfValue {
    pub value: String,
    pub count: u64,
    pub share: f64,
}

/// What training takes.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Training {
    pub tokens: u64,
    pub epochs: u64,
    pub batch_size: u64,
    pub steps: u64,
    pub steps_packed: Option<u64>,
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    Passed,
    Failed,
    NotMade,
}

impl Verdict {
    /// Its name in the JSON form.
    pub(super) fn name(self) -> &'static str {
        match self {
            Verdict::Passed => "passed",
            Verdict::Failed => "failed",
            Verdict::NotMade => "not_made",
        }
    }
}

/// A check of chatml-stats.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Checked {
    pub check: String,
    pub verdict: Verdict,
    pub text: String,
}

/// The report of chatml-validate.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Validation {
    pub records_read: u64,
    pub profiles: Vec<String>,
    pub rules: BTreeMap<String, OfRule>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct OfRule {
    pub name: String,
    pub records: u64,
    pub errors: u64,
}

/// The report of chatml-dedup.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Duplicates {
    /// Records that would be removed, by reason.
    pub removed: BTreeMap<String, u64>,
    /// The largest groups, by the record that would stay.
    pub largest_groups: Vec<Group>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Group {
    pub file: String,
    pub line: u64,
}

/// A line of what `chatml-split --check-leak` finds.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Leak {
    /// What is the same: `record`, `prompt`, or `near` where it is alike.
    pub leak: String,
    /// The file that is later on the command line.
    pub file: String,
    pub line: u64,
}
