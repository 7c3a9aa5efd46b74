//! What `--compare` tells in place of the figures of one dataset.

use super::{Definition, row};

/// The figures of one dataset that are compared, by their paths.
pub const COMPARED: [&str; 21] = [
    "records.count",
    "records.multi_turn.share",
    "messages.per_record.mean",
    "messages.turns.mean",
    "system.with.share",
    "system.variations",
    "characters.query.mean",
    "characters.query.p95",
    "characters.response.mean",
    "characters.response.p95",
    "tokens.record.mean",
    "tokens.record.p50",
    "tokens.record.p95",
    "tokens.record.max",
    "supervision.share",
    "supervision.idle.share",
    "contents.with_calls.share",
    "duplicates.rate",
    "duplicates.near.rate",
    "diversity.assistant.distinct_2",
    "diversity.assistant.compression_ratio",
];

/// Figures about two datasets.
pub(super) const COMPARISON: &[Definition] = &[
    row("first|second.*", "text", "The inputs of the first and of the second, as they were named."),
    row(
        "figures.*.figure",
        "text",
        "A figure of one dataset, by its path; those of a part that was not measured are left out. Which are compared is listed below.",
    ),
    row(
        "figures.*.first|second",
        "as the figure",
        "Its value in the first and in the second; null: it is of nothing there, as the mean of no texts is. A condition calls it by the figure and not by its place: figures.records.count.first.",
    ),
    row("figures.*.difference", "as the figure", "second - first; null where either is."),
    row(
        "distances.roles|scripts|turns|characters|tokens|*",
        "0 to 1",
        "How far two distributions are apart: of messages by role, and of records by script, by user messages, by characters, by tokens (as in characters.record and tokens.record), and by the value of each --by, under its pointer. The Jensen-Shannon distance, the root of the divergence with logarithms to base 2: 0 when they are the same, 1 when they have nothing in common. Lengths are taken in bins of which two make a doubling. Null where the first or the second has nothing to compare: no message, or no value.",
    ),
    row(
        "overlap.records|prompts|responses.count",
        "=",
        "Different ones of the second that are also in the first: equal as in duplicates. Null as a whole where the first or the second has none.",
    ),
    row(
        "overlap.records|prompts|responses.share",
        "0 to 1",
        "count / the different ones of the second.",
    ),
    row(
        "overlap.records|prompts|responses.estimated",
        "true or false",
        "False: exact up to 131,072 different ones in each. True: from those that the samples of both could hold.",
    ),
];
