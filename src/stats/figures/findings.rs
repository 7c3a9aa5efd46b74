//! What was found about the data: repetition, diversity, signs of bad texts.

use serde::Serialize;

use super::{At, Ranking};

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
    /// Messages that are a label or JSON.
    pub values: u64,
    /// Different words of all; none without a word, as below without a run of so many.
    pub distinct_1: Option<f64>,
    /// Different runs of two words of all.
    pub distinct_2: Option<f64>,
    /// Of three words.
    pub distinct_3: Option<f64>,
    /// Runs of four words that were there before, of all.
    pub self_repetition_4: Option<f64>,
    /// Of ten words.
    pub self_repetition_10: Option<f64>,
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
