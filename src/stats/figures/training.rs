//! What is trained on, and what training takes.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::measure::{Packing, Summary};

use super::{At, Part, Ranking};

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
