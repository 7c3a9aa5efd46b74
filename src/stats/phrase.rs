//! What several reports say in the same words, and their numbers. What comes from data is made harmless here, not escaped.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::cli::report::{count, plural};
use crate::cli::terminal::sanitize;

use super::compare::{Overlap, Row};
use super::figures::{
    At, DiversityFigures, Figures, LengthFigures, NearFigures, Part, SystemFigures,
};

/// A share as percent: `12.3 %`. What is not nothing is not shown as nothing, and what is not all not as all.
pub(super) fn percent(share: f64) -> String {
    match share * 100.0 {
        some if some > 0.0 && some < 0.05 => "<0.1 %".to_owned(),
        most if (99.95..100.0).contains(&most) => ">99.9 %".to_owned(),
        percent => format!("{percent:.1} %"),
    }
}

/// The same as a dataset_info.txt has it, and the checks in it: `12.3%`.
pub(super) fn percent_unspaced(share: f64) -> String {
    percent(share).replace(' ', "")
}

/// A share as percent, or a dash where it is one of nothing.
pub(super) fn percent_of(share: Option<f64>) -> String {
    share.map_or_else(|| "-".to_owned(), percent)
}

/// A number with as many digits as are of use: none behind the point from 100 on, else one or two.
pub(super) fn number(value: f64) -> String {
    match value.abs() {
        n if n >= 100.0 => {
            let sign = if value < 0.0 { "-" } else { "" };
            format!("{sign}{}", count(n.round() as u64))
        }
        n if n >= 10.0 || n == n.trunc() && n >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// A count with its share.
pub(super) fn part(part: Part) -> String {
    format!("{} ({})", count(part.count), percent(part.share))
}

/// A line of an input.
pub(super) fn place(at: &At) -> String {
    format!("{}:{}", sanitize(&at.file), at.line)
}

/// Lines, the name of a file only where it changes.
pub(super) fn places(at: &[At]) -> String {
    let mut out = String::new();
    let mut file = None;
    for at in at {
        if !out.is_empty() {
            out.push_str(", ");
        }
        match file == Some(&at.file) {
            true => out.push_str(&at.line.to_string()),
            false => out.push_str(&place(at)),
        }
        file = Some(&at.file);
    }
    out
}

/// As many of the lines as fit into `room` columns, at least the first. Of a long name the end is shown, for which the
/// other lines leave half of the room, and a line number is never cut.
pub(super) fn places_in(at: &[At], room: usize) -> String {
    let Some(first) = at.first() else { return String::new() };
    let name = place(first);
    let behind = |shown: usize| {
        let more = if shown < at.len() { ", …" } else { "" };
        let all = places(at.get(..shown).unwrap_or_default());
        format!("{}{more}", all.get(name.len()..).unwrap_or_default())
    };
    let fits = |text: &String| text.width() <= room.saturating_sub(name.width()).max(room / 2);
    let behind = (1..=at.len()).rev().map(behind).find(fits).unwrap_or_default();
    format!("{}{behind}", place_in(first, room.saturating_sub(behind.width())))
}

/// A line of an input in `room` columns, if the number has room in them.
pub(super) fn place_in(at: &At, room: usize) -> String {
    let whole = place(at);
    if whole.width() <= room {
        return whole;
    }
    let number = format!(":{}", at.line);
    let name = sanitize(&at.file);
    let mut left = room.saturating_sub(number.width() + 1);
    let mut from = name.len();
    for (place, c) in name.char_indices().rev() {
        let Some(rest) = left.checked_sub(c.width().unwrap_or(0)) else { break };
        (left, from) = (rest, place);
    }
    format!("…{}{number}", name.get(from..).unwrap_or_default())
}

/// How many different system prompts there are.
pub(super) fn variations(of: &SystemFigures) -> String {
    let about = if of.estimated { "about " } else { "" };
    format!("{about}{}", plural(of.variations, "variation"))
}

/// What the share of near-duplicates was estimated from.
pub(super) fn near_source(of: &NearFigures) -> String {
    match of.one_in {
        1 => "estimated from signatures".to_owned(),
        n => format!("estimated from a sample of {}, one in {n}", count(of.sample)),
    }
}

/// The unit of charts, with the lengths in it: tokens, or characters where no tokens were counted.
pub(super) fn charted(figures: &Figures) -> (&'static str, &LengthFigures) {
    match &figures.tokens {
        Some(tokens) => ("tokens", tokens),
        None => ("characters", &figures.characters),
    }
}

/// Lengths in every unit that was measured.
pub(super) fn units(figures: &Figures) -> Vec<(&'static str, &LengthFigures)> {
    let mut units = vec![("characters", &figures.characters), ("words", &figures.words)];
    units.extend(figures.tokens.as_ref().map(|tokens| ("tokens", tokens)));
    units
}

/// Diversity by role, of the roles that say anything.
pub(super) fn diversity(figures: &Figures) -> Vec<(&'static str, &DiversityFigures)> {
    let roles = figures.diversity.iter().flatten().filter(|(_, of)| of.messages > 0);
    roles.map(|(role, of)| (*role, of)).collect()
}

/// A name from data as it is shown: harmless, and something to see where there is nothing.
pub(super) fn name(text: &str) -> String {
    if text.is_empty() { "(empty)".to_owned() } else { sanitize(text).into_owned() }
}

/// What counted tokens, and through what.
pub(super) fn measured(figures: &Figures) -> String {
    match (&figures.tokenizer, &figures.template) {
        (None, _) => "Tokens were not counted".to_owned(),
        (Some(tokenizer), None) => {
            format!("Tokens of the texts by {}", sanitize(tokenizer))
        }
        (Some(tokenizer), Some(template)) => format!(
            "Tokens by {}, of conversations as the template {} writes them",
            sanitize(tokenizer),
            sanitize(template)
        ),
    }
}

/// Figures that are shares of a whole, by the last part of their name.
const SHARES: [&str; 3] = ["share", "rate", "distinct_2"];

/// What stands where nothing was measured.
pub(super) const NOTHING: &str = "-";

/// A figure of two datasets and how they differ: shares in percent and in percentage points.
pub(super) fn compared(row: &Row) -> [String; 3] {
    let Row { figure, first, second, difference } = *row;
    let sign = if difference > Some(0.0) { "+" } else { "" };
    let last = figure.rsplit('.').next().unwrap_or_default();
    let nothing = || NOTHING.to_owned();
    if SHARES.contains(&last) {
        let points = difference.map(|of| format!("{sign}{:.2} points", of * 100.0));
        let shown = |of: Option<f64>| of.map_or_else(nothing, percent);
        return [shown(first), shown(second), points.unwrap_or_else(nothing)];
    }
    let is_whole = [first, second].into_iter().flatten().all(|of| of.fract() == 0.0);
    let shown = |value: Option<f64>| match value {
        None => nothing(),
        Some(value) if is_whole && value < 0.0 => format!("-{}", count(-value as u64)),
        Some(value) if is_whole => count(value as u64),
        Some(value) => number(value),
    };
    [shown(first), shown(second), format!("{sign}{}", shown(difference))]
}

/// A distance of distributions.
pub(super) fn distance(distance: Option<f64>) -> String {
    distance.map_or_else(|| NOTHING.to_owned(), |distance| format!("{distance:.3}"))
}

/// What is in common, and its share.
pub(super) fn overlap(overlap: Option<&Overlap>) -> [String; 2] {
    let Some(of) = overlap else { return [NOTHING, NOTHING].map(str::to_owned) };
    let about = if of.estimated { "about " } else { "" };
    [format!("{about}{}", count(of.count)), percent(of.share)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_compared_in_their_own_unit() {
        let of = |figure, first: f64, second: f64| {
            let (first, second, difference) = (Some(first), Some(second), Some(second - first));
            compared(&Row { figure, first, second, difference })
        };
        assert_eq!(of("records.count", 1200.0, 1000.0), ["1,200", "1,000", "-200"]);
        assert_eq!(of("duplicates.rate", 0.25, 0.5), ["25.0 %", "50.0 %", "+25.00 points"]);
        assert_eq!(of("messages.turns.mean", 1.5, 2.0), ["1.50", "2.0", "+0.50"]);
        for figure in ["duplicates.rate", "messages.turns.mean"] {
            let row = Row { figure, first: None, second: Some(0.0), difference: None };
            assert_eq!([compared(&row)[0].as_str(), &compared(&row)[2]], ["-", "-"], "{figure}");
        }
    }

    #[test]
    fn a_line_number_is_never_cut() {
        let at = |line| At { file: "data/世界/training_data.jsonl".to_owned(), line };
        assert_eq!(place_in(&at(7), 40), "data/世界/training_data.jsonl:7");
        assert_eq!(place_in(&at(1_234_567), 24), "…ning_data.jsonl:1234567");
        assert_eq!(place_in(&at(1_234_567), 2), "…:1234567");
        assert_eq!(places_in(&[at(7), at(8), at(9)], 40), "data/世界/training_data.jsonl:7, 8, 9");
        assert_eq!(places_in(&[at(7), at(8), at(9)], 36), "…ta/世界/training_data.jsonl:7, 8, 9");
        assert_eq!(places_in(&[at(7), at(800_000), at(900_000)], 20), "…ing_data.jsonl:7, …");
        assert_eq!(places_in(&[], 20), "");
    }

    #[test]
    fn the_name_of_a_file_stands_where_it_changes() {
        let at = |file: &str, line| At { file: file.to_owned(), line };
        assert_eq!(places(&[at("a", 1), at("a", 2), at("b\n", 3)]), "a:1, 2, b\\n:3");
    }

    #[test]
    fn few_are_not_none_and_most_are_not_all() {
        let shown = [0.0, 1e-6, 0.0005, 0.5, 0.9996, 1.0].map(percent);
        assert_eq!(shown, ["0.0 %", "<0.1 %", "0.1 %", "50.0 %", ">99.9 %", "100.0 %"]);
    }

    #[test]
    fn numbers_have_digits_that_are_of_use() {
        let shown = [0.0, 0.123, 5.0, 12.34, 1234.5, -1234.5].map(number);
        assert_eq!(shown, ["0.00", "0.12", "5.0", "12.3", "1,235", "-1,235"]);
    }
}
