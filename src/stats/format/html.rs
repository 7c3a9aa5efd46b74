//! One page for a browser: no script, nothing from elsewhere, light and dark, for phones and desktops.

mod charts;
mod data;
mod findings;
mod page;

use crate::cli::report::{bytes, count, plural};

use super::super::compare::Comparison;
use super::super::figures::Figures;
use super::super::phrase::{
    self, charted, compared, measured, near_source, number, percent, variations,
};

use page::{Cell, Page, Tile};

/// The report on one dataset.
pub(super) fn report(figures: &Figures) -> String {
    let intro = vec![figures.input.files.join(", "), format!("{}.", measured(figures))];
    let mut page = Page::new("Dataset statistics", intro);
    overview(&mut page, figures);
    if figures.records.count > 0 {
        sections(&mut page, figures);
    }
    if !figures.not_measured.is_empty() {
        page.section("Not measured");
        page.points(&figures.not_measured);
    }
    page.finish()
}

/// What is known of records. Of none there is nothing to show.
fn sections(page: &mut Page, figures: &Figures) {
    data::lengths(page, figures);
    if let Some(of) = &figures.supervision {
        data::supervision(page, of);
    }
    if let Some(of) = figures.training.as_ref().filter(|of| of.tokens > 0) {
        data::training(page, of);
    }
    data::messages(page, figures);
    data::categories(page, figures);
    data::contents(page, &figures.contents);
    if let Some(of) = &figures.duplicates {
        findings::duplicates(page, of);
    }
    match &phrase::diversity(figures)[..] {
        [] => {}
        roles => findings::diversity(page, roles),
    }
    if let Some(of) = &figures.signs {
        findings::signs(page, of);
    }
    findings::schema(page, &figures.schema);
}

/// The report on how two datasets differ.
pub(super) fn comparison(comparison: &Comparison) -> String {
    let files = |which: &str, files: &[String]| format!("{which}: {}", files.join(", "));
    let intro = vec![files("First", &comparison.first), files("Second", &comparison.second)];
    let mut page = Page::new("Comparison of datasets", intro);
    page.section("Figures");
    let rows: Vec<Vec<Cell>> = comparison
        .figures
        .iter()
        .map(|row| {
            let shown = compared(row).map(Cell::Number);
            [vec![Cell::Name(row.figure.to_owned())], shown.to_vec()].concat()
        })
        .collect();
    page.table("Figures of both", &["Figure", "First", "Second", "Difference"], &rows);
    page.section("Distance of distributions");
    page.note("0: the same; 1: nothing in common.");
    let rows: Vec<Vec<Cell>> = comparison
        .distances
        .iter()
        .map(|(name, distance)| {
            let shown = Cell::Number(phrase::distance(*distance));
            vec![Cell::Name(name.clone()), shown, Cell::Bar(distance.unwrap_or(0.0))]
        })
        .collect();
    page.table("Distance of distributions", &["Of", "Distance", ""], &rows);
    if let Some(overlap) = &comparison.overlap {
        page.section("Of the second in the first");
        let rows: Vec<Vec<Cell>> = overlap
            .iter()
            .map(|(name, of)| {
                let shown = phrase::overlap(of.as_ref()).map(Cell::Number).to_vec();
                let bar = vec![Cell::Bar(of.map_or(0.0, |of| of.share))];
                [vec![Cell::Name((*name).to_owned())], shown, bar].concat()
            })
            .collect();
        page.table("Of the second in the first", &["", "Common", "Share", ""], &rows);
    }
    page.finish()
}

fn overview(page: &mut Page, figures: &Figures) {
    let (input, records) = (&figures.input, &figures.records);
    let (unit, lengths) = charted(figures);
    page.section("Overview");
    let mut tiles = Vec::new();
    let mut tile = |name, value, note| tiles.push(Tile { name, value, note });
    tile("Records", count(records.count), bytes(input.bytes));
    if input.unusable > 0 {
        tile("Not usable", count(input.unusable), "lines left out".to_owned());
    }
    if records.count == 0 {
        return page.tiles(&tiles);
    }
    let per_record = format!("{} a record", number(figures.messages.per_record.mean));
    tile("Messages", count(figures.messages.count), per_record);
    let name = if figures.tokens.is_some() { "Tokens" } else { "Characters" };
    let mean = format!("{} a record", number(lengths.record.mean));
    tile(name, count(lengths.record.total), mean);
    tile("User query", number(lengths.query.mean), format!("{unit}, mean"));
    tile("Assistant response", number(lengths.response.mean), format!("{unit}, mean"));
    if let Some(of) = &figures.supervision {
        tile("Trained tokens", percent(of.share), count(of.trained));
    }
    let single = format!("single-turn {}", percent(records.single_turn.share));
    tile("Multi-turn", percent(records.multi_turn.share), single);
    let system = &figures.system;
    tile("With a system prompt", percent(system.with.share), variations(system));
    if let Some(of) = &figures.duplicates {
        let about = if of.records.estimated { "about " } else { "" };
        let equal = format!("{about}{} beside the first", count(of.records.count));
        tile("Duplicates", percent(of.records.rate), equal);
        tile("Near-duplicates", percent(of.near.rate), near_source(&of.near));
    }
    if let Some(of) = &figures.signs {
        let most = of.iter().filter(|(_, sign)| sign.count > 0).max_by_key(|(_, sign)| sign.count);
        let kinds = of.values().filter(|sign| sign.count > 0).count();
        let note = most
            .map_or(String::new(), |(name, sign)| format!("most: {name}, {}", percent(sign.share)));
        let kinds = if kinds == 0 { "none".to_owned() } else { plural(kinds as u64, "kind") };
        tile("Signs of bad data", kinds, note);
    }
    page.tiles(&tiles);
    let rows: Vec<(&str, String)> = [
        ("Without a user message", records.no_user),
        ("Without messages", records.empty),
        ("Assistant first", records.assistant_first),
        ("Assistant last", records.assistant_last),
    ]
    .into_iter()
    .filter(|(_, part)| part.count > 0)
    .map(|(name, part)| (name, phrase::part(part)))
    .collect();
    page.facts(&rows);
}
