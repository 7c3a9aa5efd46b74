//! A section for a dataset card: tables of Markdown as GitHub and Hugging Face read it.

use std::fmt::Write as _;

use crate::cli::report::{bytes, count, plural};
use crate::cli::terminal::sanitize;
use crate::measure::Summary;

use super::super::compare::Comparison;
use super::super::figures::{
    DiversityFigures, Duplicates, FieldFigures, Figures, Part, SignFigures, Supervision,
};
use super::super::phrase::{
    self, compared, measured, name, near_source, number, percent, percent_of, units, variations,
};
use super::pairs::{Pairs, pairs};
use super::table::fit;

/// Columns of a name from data: a table of a card is about as wide as a page.
const NAME: usize = 60;

/// Values of the second field of a table of pairs: a wider one does not fit the page of a dataset.
const ACROSS: usize = 8;

/// The report on one dataset.
pub(super) fn report(figures: &Figures) -> String {
    let mut out = String::from("## Dataset statistics\n");
    records(&mut out, figures);
    if figures.records.count == 0 {
        out.push_str("\nNo record: nothing was measured.\n");
        return out;
    }
    lengths(&mut out, figures);
    let roles = &figures.messages.by_role;
    let rows =
        roles.iter().map(|(role, of)| vec![escape(role), count(of.count), percent(of.share)]);
    table(&mut out, "Roles", &["Role", "Messages", "Share"], rows.collect());
    for field in &figures.categories {
        category(&mut out, field);
    }
    if let Some(of) = pairs(figures, ACROSS) {
        table_of_pairs(&mut out, &of);
    }
    if let Some(of) = &figures.supervision {
        supervision(&mut out, of);
    }
    if let Some(of) = &figures.duplicates {
        duplicates(&mut out, of);
    }
    match &phrase::diversity(figures)[..] {
        [] => {}
        roles => diversity(&mut out, roles),
    }
    if let Some(signs) = &figures.signs {
        let found = signs.iter().filter(|(_, sign)| sign.count > 0);
        signs_found(&mut out, found.map(|(name, sign)| (*name, sign)).collect());
    }
    head(&mut out, "How it was measured");
    let version = env!("CARGO_PKG_VERSION");
    let _ = writeln!(out, "By chatml-stats {version}. {}.", escape(&measured(figures)));
    if !figures.not_measured.is_empty() {
        out.push_str("\nNot measured:\n\n");
        for what in &figures.not_measured {
            let _ = writeln!(out, "- {}", escape(what));
        }
    }
    out
}

/// The report on how two datasets differ.
pub(super) fn comparison(comparison: &Comparison) -> String {
    let mut out = String::from("## Comparison of datasets\n\n");
    for (which, files) in [("First", &comparison.first), ("Second", &comparison.second)] {
        let files: Vec<String> = files.iter().map(|file| escape(file)).collect();
        let _ = writeln!(out, "- {which}: {}", files.join(", "));
    }
    let rows = comparison.figures.iter().map(|row| {
        let shown = compared(row);
        [vec![escape(row.figure)], shown.to_vec()].concat()
    });
    let heads = ["Figure", "First", "Second", "Difference"];
    table(&mut out, "Figures", &heads, rows.collect());
    let rows = comparison.distances.iter();
    let rows = rows.map(|(name, distance)| vec![escape(name), phrase::distance(*distance)]);
    let title = "Distance of distributions";
    table(&mut out, title, &["Of", "0 the same, 1 nothing in common"], rows.collect());
    if let Some(overlap) = &comparison.overlap {
        let rows = overlap
            .iter()
            .map(|(name, of)| [vec![escape(name)], phrase::overlap(of.as_ref()).to_vec()].concat());
        let heads = ["Of the second", "In the first", "Share"];
        table(&mut out, "Of the second in the first", &heads, rows.collect());
    }
    out
}

/// Text from outside, such that it is nothing but text in a cell of a table: one line, no markup, no HTML, no
/// link.
fn escape(text: &str) -> String {
    let text = sanitize(text);
    let mut out = String::with_capacity(text.len() + 8);
    for (at, c) in text.char_indices() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A bare address becomes a link; these are what makes it one.
            '@' => out.push_str("&#64;"),
            ':' if text.get(at + 1..).is_some_and(|rest| rest.starts_with("//")) => {
                out.push_str("&#58;");
            }
            '.' if text.get(..at).is_some_and(ends_with_www) => out.push_str("&#46;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '~' | '!' | '$' | '|' | '#' => {
                out.extend(['\\', c]);
            }
            c => out.push(c),
        }
    }
    out
}

fn ends_with_www(text: &str) -> bool {
    let end = text.get(text.len().saturating_sub(3)..);
    end.is_some_and(|end| end.eq_ignore_ascii_case("www"))
}

fn head(out: &mut String, title: &str) {
    let _ = writeln!(out, "\n### {title}\n");
}

/// A table under a heading, the first column to the left, the others to the right; nothing without a row.
/// `title` and `rows` are escaped.
fn table(out: &mut String, title: &str, heads: &[&str], rows: Vec<Vec<String>>) {
    if rows.is_empty() {
        return;
    }
    head(out, title);
    let mut line = |cells: &[String]| {
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    };
    line(&heads.iter().map(|head| (*head).to_owned()).collect::<Vec<_>>());
    let rule = |nth| if nth == 0 { "---".to_owned() } else { "---:".to_owned() };
    line(&(0..heads.len()).map(rule).collect::<Vec<_>>());
    rows.iter().for_each(|row| line(row));
}

/// Rows of a name with a count and its share.
fn parts(rows: &[(&str, Part)]) -> Vec<Vec<String>> {
    let row = |(name, part): &(&str, Part)| {
        vec![(*name).to_owned(), count(part.count), percent(part.share)]
    };
    rows.iter().map(row).collect()
}

fn records(out: &mut String, figures: &Figures) {
    let (input, of) = (&figures.input, &figures.records);
    let size = vec!["Records".to_owned(), count(of.count), bytes(input.bytes)];
    let mut rows = vec![size];
    if of.count == 0 {
        return table(out, "Records", &["", "Count", "Size"], rows);
    }
    rows.extend(parts(&[("Single-turn", of.single_turn), ("Multi-turn", of.multi_turn)]));
    let unusual = [
        ("Without a user message", of.no_user),
        ("Without messages", of.empty),
        ("Assistant first", of.assistant_first),
    ];
    rows.extend(
        parts(&unusual)
            .into_iter()
            .zip(unusual)
            .filter_map(|(row, (_, part))| (part.count > 0).then_some(row)),
    );
    rows.extend(parts(&[
        ("Assistant last", of.assistant_last),
        ("With a system prompt", figures.system.with),
    ]));
    rows.push(vec!["System prompts".to_owned(), variations(&figures.system), String::new()]);
    if input.unusable > 0 {
        let lines = plural(input.unusable, "line");
        rows.push(vec!["Not usable".to_owned(), lines, String::new()]);
    }
    table(out, "Records", &["", "Count", "Share or size"], rows);
}

fn lengths(out: &mut String, figures: &Figures) {
    let mut rows = Vec::new();
    // Words are the least exact; a card tells of them only where there are no tokens.
    let wanted = |unit: &str| unit != "words" || figures.tokens.is_none();
    for (unit, of) in units(figures).into_iter().filter(|(unit, _)| wanted(unit)) {
        let mut row = |what: &str, of: &Summary| {
            let shown = [of.min, of.p50, of.p95, of.p99, of.max].map(count);
            rows.push([vec![format!("{what}, {unit}"), number(of.mean)], shown.to_vec()].concat());
        };
        row("Record", &of.record);
        row("User query", &of.query);
        row("Assistant response", &of.response);
    }
    table(out, "Lengths", &["Of", "Mean", "Min", "p50", "p95", "p99", "Max"], rows);
}

fn category(out: &mut String, of: &FieldFigures) {
    let rows = of.values.iter().map(|value| {
        let shown = escape(&fit(&name(&value.value), NAME));
        vec![shown, count(value.count), percent(value.share)]
    });
    let mut rows: Vec<Vec<String>> = rows.collect();
    let more = of.more();
    if more > 0 {
        rows.push(vec![
            format!("and {}", plural(more, "other value")),
            String::new(),
            String::new(),
        ]);
    }
    if of.missing.count > 0 {
        rows.extend(parts(&[("(missing)", of.missing)]));
    }
    let title = format!("Categories by {}", escape(&of.pointer));
    table(out, &title, &["Value", "Records", "Share"], rows);
}

fn table_of_pairs(out: &mut String, of: &Pairs) {
    let heads: Vec<String> = of.heads.iter().map(|name| escape(&fit(name, NAME))).collect();
    let heads: Vec<&str> = std::iter::once("").chain(heads.iter().map(String::as_str)).collect();
    let row = |(name, cells): &(String, Vec<String>)| {
        [vec![escape(&fit(name, NAME))], cells.clone()].concat()
    };
    table(out, &escape(&of.title), &heads, of.rows.iter().map(row).collect());
    if let Some(hidden) = &of.hidden {
        let _ = writeln!(out, "\n{}", escape(hidden));
    }
}

fn supervision(out: &mut String, of: &Supervision) {
    let mut rows = vec![
        vec!["Tokens".to_owned(), count(of.tokens), String::new()],
        vec!["Trained tokens".to_owned(), count(of.trained), percent(of.share)],
    ];
    rows.extend(parts(&[("Records with nothing to train on", of.idle)]));
    if let Some(limit) = of.max_tokens {
        let over = format!("Records over {} tokens", count(limit));
        rows.extend(parts(&[(&over, of.over), ("Records cut in the answer", of.cut_inside)]));
        let lost = if of.tokens == 0 { 0.0 } else { of.lost as f64 / of.tokens as f64 };
        rows.push(vec!["Tokens cut off".to_owned(), count(of.lost), percent(lost)]);
    }
    if of.refused.count > 0 {
        rows.extend(parts(&[("Records that the template refuses", of.refused)]));
    }
    table(out, "Supervision", &["", "Count", "Share"], rows);
}

fn duplicates(out: &mut String, of: &Duplicates) {
    let all = [("Records", &of.records), ("Prompts", &of.prompts), ("Responses", &of.responses)];
    let mut rows: Vec<Vec<String>> = all
        .iter()
        .map(|(name, of)| {
            let about = if of.estimated { "about " } else { "" };
            let shown = [format!("{about}{}", count(of.count)), percent(of.rate)];
            [vec![(*name).to_owned()], shown.to_vec()].concat()
        })
        .collect();
    let near = format!("Near-duplicates ({})", near_source(&of.near));
    rows.push(vec![near, String::new(), percent(of.near.rate)]);
    table(out, "Duplicates", &["Repeated", "Count", "Share"], rows);
}

fn diversity(out: &mut String, roles: &[(&str, &DiversityFigures)]) {
    type Get = fn(&DiversityFigures) -> String;
    let figures: [(&str, Get); 6] = [
        ("Distinct words", |of| percent_of(of.distinct_1)),
        ("Distinct pairs of words", |of| percent_of(of.distinct_2)),
        ("Runs of ten words that repeat", |of| percent_of(of.self_repetition_10)),
        ("Compression ratio", |of| format!("{:.2}", of.compression_ratio)),
        ("Records that share a template", |of| percent(of.templated.share)),
        ("Messages with one of ten openings", |of| percent(of.opening_concentration)),
    ];
    let row = |(name, get): &(&str, Get)| {
        let mut row = vec![(*name).to_owned()];
        row.extend(roles.iter().map(|(_, of)| get(of)));
        row
    };
    let heads: Vec<&str> = std::iter::once("").chain(roles.iter().map(|(role, _)| *role)).collect();
    table(out, "Diversity", &heads, figures.iter().map(row).collect());
}

fn signs_found(out: &mut String, mut signs: Vec<(&str, &SignFigures)>) {
    signs.sort_by_key(|(name, sign)| (std::cmp::Reverse(sign.count), *name));
    if signs.is_empty() {
        head(out, "Signs of bad data");
        out.push_str("None found.\n");
    }
    let row =
        |(name, of): &(&str, &SignFigures)| vec![escape(name), count(of.count), percent(of.share)];
    let rows = signs.iter().map(row).collect();
    table(out, "Signs of bad data", &["Sign", "Records", "Share"], rows);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_data_is_nothing_but_text() {
        let table = [
            ("a|b", r"a\|b"),
            ("`x` *y* _z_", r"\`x\` \*y\* \_z\_"),
            ("<img src=x>&amp;", "&lt;img src=x&gt;&amp;amp;"),
            ("![p](//h)", r"\!\[p\](//h)"),
            ("a\nb\u{1b}", r"a\\nb\\u\{1b\}"),
            ("http://h www.h a@b", "http&#58;//h www&#46;h a&#64;b"),
            ("a.b: c", "a.b: c"),
            ("é.WWW.h", "é.WWW&#46;h"),
        ];
        for (text, wanted) in table {
            assert_eq!(escape(text), wanted);
        }
    }

    #[test]
    fn a_table_without_rows_is_left_out() {
        let mut out = String::new();
        table(&mut out, "Nothing", &["a", "b"], Vec::new());
        assert_eq!(out, "");
        table(&mut out, "Some", &["a", "b"], vec![vec!["x".to_owned(), "1".to_owned()]]);
        assert_eq!(out, "\n### Some\n\n| a | b |\n| --- | ---: |\n| x | 1 |\n");
    }
}
