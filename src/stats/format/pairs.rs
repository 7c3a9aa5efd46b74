//! Records by the values of two fields, as a table with room for some of them.

use crate::cli::report::{count, plural};
use crate::cli::terminal::sanitize;

use super::super::figures::{FieldFigures, Figures};
use super::super::phrase::{NOTHING, name};

/// A table of the most frequent values of two fields. What comes from data is made harmless, not escaped.
pub(super) struct Pairs {
    pub title: String,
    /// Values of the second field.
    pub heads: Vec<String>,
    /// Values of the first field, each with its records by those of the second.
    pub rows: Vec<(String, Vec<String>)>,
    /// How many values are not in the table, if there are any.
    pub hidden: Option<String>,
}

/// The table with up to `across` values of the second field; none where there are no two fields with values.
pub(super) fn pairs(figures: &Figures, across: usize) -> Option<Pairs> {
    let [first, second, ..] = &figures.categories[..] else { return None };
    let across = second.named().len().min(across);
    if across == 0 || first.named().is_empty() {
        return None;
    }
    let cell = |at: (usize, usize)| {
        let found = figures.category_pairs.iter().find(|pair| pair.at == at);
        match found.map(|pair| pair.count) {
            None if figures.pairs_are_cut => NOTHING.to_owned(),
            found => count(found.unwrap_or(0)),
        }
    };
    let row = |(nth, value): (usize, &super::super::figures::ValueFigures)| {
        (name(&value.value), (0..across).map(|column| cell((nth, column))).collect())
    };
    let hidden: Vec<String> = [(second, across), (first, first.named().len())]
        .into_iter()
        .filter_map(|(field, shown)| hidden(field, shown))
        .collect();
    Some(Pairs {
        title: format!("By {} and {}", sanitize(&first.pointer), sanitize(&second.pointer)),
        heads: second.named().iter().take(across).map(|value| name(&value.value)).collect(),
        rows: first.named().iter().enumerate().map(row).collect(),
        hidden: (!hidden.is_empty()).then(|| format!("not shown: {}", hidden.join(", "))),
    })
}

/// How many values of a field there are beside those that are shown.
fn hidden(field: &FieldFigures, shown: usize) -> Option<String> {
    let more = field.distinct.saturating_sub(shown as u64) + u64::from(field.has_others);
    let least = if field.has_others { "at least " } else { "" };
    let pointer = sanitize(&field.pointer);
    (more > 0).then(|| format!("{least}{} of {pointer}", plural(more, "value")))
}
