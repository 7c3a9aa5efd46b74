//! What the data holds: lengths, what is trained on, messages, categories.

use crate::cli::report::{count, plural};
use crate::measure::{Bin, Summary};

use super::super::super::audit::CAUSES;
use super::super::super::figures::{
    At, ContentFigures, FieldFigures, Figures, Part, Ranking, Supervision, TrainingFigures,
};
use super::super::super::phrase::{charted, name, number, part, percent, place, places, units};
use super::super::pairs::pairs as table_of_pairs;
use super::super::table::fit;
use super::charts::{Chart, curve, histogram, range};
use super::page::{Cell, Page};

/// Columns of a name from data that a cell shows.
const NAME: usize = 120;

/// Values of the second field of a table of pairs: the rest would be found by nobody.
const ACROSS: usize = 12;

pub(super) fn lengths(page: &mut Page, figures: &Figures) {
    page.section("Lengths");
    let mut rows = Vec::new();
    for (unit, of) in units(figures) {
        rows.push(vec![Cell::Name(unit.to_owned())]);
        let mut row = |what: &str, of: &Summary| {
            let means = [of.mean, of.std].map(|n| Cell::Number(number(n)));
            let ranks = [of.min, of.p5, of.p50, of.p95, of.p99, of.max];
            let ranks = ranks.map(|n| Cell::Number(count(n)));
            let name = vec![Cell::Name(what.to_owned())];
            rows.push([name, means.to_vec(), ranks.to_vec()].concat());
        };
        row("record", &of.record);
        row("user query", &of.query);
        row("assistant response", &of.response);
    }
    let heads = ["Of", "Mean", "Std", "Min", "p5", "p50", "p95", "p99", "Max"];
    page.table("Lengths", &heads, &rows);
    let (unit, of) = charted(figures);
    let limit = figures.supervision.as_ref().and_then(|of| of.max_tokens);
    let (bins, of_all) = (&of.histograms, of.record.count);
    page.wide_grid(|page| {
        for (id, what, bins, summary) in [
            ("records", "Records", &bins.record, &of.record),
            ("queries", "User queries", &bins.query, &of.query),
            ("responses", "Assistant responses", &bins.response, &of.response),
        ] {
            let title = format!("{what} by {unit}");
            let about = about(what, unit, bins, summary, limit);
            let chart = Chart { id, title: &title, about, unit, bins, limit };
            page.beside(|page| {
                page.raw(&histogram(&chart));
                numbers(page, &title, bins);
            });
        }
        let share = figures.supervision.as_ref().and_then(|of| fitting(of, of_all));
        let title = format!("Records up to a length, {unit}");
        let mut about = format!(
            "Half of the records have up to {} {unit}, 95 % up to {}.",
            count(of.record.p50),
            count(of.record.p95)
        );
        if let (Some(share), Some(limit)) = (share, limit) {
            about.push_str(&format!(
                " {} have up to the limit of {}.",
                percent(share),
                count(limit)
            ));
        }
        let bins = &bins.record;
        let chart = Chart { id: "curve", title: &title, about, unit, bins, limit };
        page.beside(|page| page.raw(&curve(&chart, share)));
    });
    if let Some(limit) = limit.filter(|limit| *limit > of.record.max) {
        page.note(&format!("The limit of {} is beyond the longest record.", count(limit)));
    }
}

/// The share of records up to the limit, of those whose length is known: the others are not in the curve.
fn fitting(of: &Supervision, known: u64) -> Option<f64> {
    of.max_tokens.filter(|_| known > 0).map(|_| 1.0 - of.over.count as f64 / known as f64)
}

/// What a histogram tells in a sentence.
fn about(what: &str, unit: &str, bins: &[Bin], of: &Summary, limit: Option<u64>) -> String {
    let most = bins.iter().max_by_key(|bin| bin.count);
    let most = most.map_or(String::new(), |bin| {
        format!(" Most frequent are {}, with {}.", range(bin), count(bin.count))
    });
    let limit = limit.map_or(String::new(), |limit| format!(" The limit is {}.", count(limit)));
    let (min, max, p50) = (count(of.min), count(of.max), count(of.p50));
    format!("{what} have {min} to {max} {unit}, median {p50}.{most}{limit}")
}

/// The numbers of a chart, for those who want them.
fn numbers(page: &mut Page, title: &str, bins: &[Bin]) {
    if bins.is_empty() {
        return;
    }
    let rows: Vec<Vec<Cell>> = bins
        .iter()
        .map(|bin| vec![Cell::Name(range(bin)), Cell::Number(count(bin.count))])
        .collect();
    page.raw("<details><summary>Numbers</summary>\n");
    page.long_table(title, &["Length", "Count"], &rows);
    page.raw("</details>\n");
}

pub(super) fn supervision(page: &mut Page, of: &Supervision) {
    page.section("Supervision");
    let per = &of.per_record;
    let trained = format!("{} of {} ({})", count(of.trained), count(of.tokens), percent(of.share));
    let range = format!("{} to {}, median {}", count(per.min), count(per.max), count(per.p50));
    let mut rows = vec![
        ("Trained tokens".to_owned(), trained),
        ("A record".to_owned(), range),
        ("Nothing but trained".to_owned(), part(of.fully)),
        ("Nothing to train on".to_owned(), part(of.idle)),
    ];
    let causes =
        CAUSES.iter().filter_map(|(name, words)| Some((words, of.idle_by_cause.get(name)?)));
    rows.extend(causes.map(|(words, n)| (format!("– {words}"), count(*n))));
    if let Some(limit) = of.max_tokens {
        rows.push((format!("Over the limit of {}", count(limit)), part(of.over)));
        rows.push(("Cut in the answer".to_owned(), part(of.cut_inside)));
        let lost = format!("{}, {} of them trained", count(of.lost), count(of.trained_lost));
        rows.push(("Tokens cut off".to_owned(), lost));
    }
    page.facts(&rows);
    let lists: [(&str, Part, &[At]); 4] = [
        ("Over the limit", of.over, &of.over_at),
        ("Cut in the answer", of.cut_inside, &of.cut_at),
        ("Nothing to train on", of.idle, &of.idle_at),
        ("Refused by the chat template", of.refused, &of.refused_at),
    ];
    page.grid(|page| {
        for (title, all, at) in lists.into_iter().filter(|(_, _, at)| !at.is_empty()) {
            page.beside(|page| {
                page.head(title);
                page.points(&at.iter().map(place).collect::<Vec<_>>());
                let more = all.count.saturating_sub(at.len() as u64);
                if more > 0 {
                    page.note(&format!("and {}", plural(more, "more record")));
                }
            });
        }
    });
}

pub(super) fn training(page: &mut Page, of: &TrainingFigures) {
    page.section("Packing and training");
    let heads = ["Sequence of", "Over", "Cut off", "Packed", "Filled", "", "Padded", ""];
    let rows: Vec<Vec<Cell>> = of
        .packing
        .iter()
        .map(|of| {
            let counts = [of.over, of.lost, of.sequences].map(|n| Cell::Number(count(n)));
            let mut row = vec![Cell::Name(plural(of.limit, "token"))];
            row.extend(counts);
            for share in [of.efficiency, of.padded_efficiency] {
                row.extend([Cell::Number(percent(share)), Cell::Bar(share)]);
            }
            row
        })
        .collect();
    page.table("Packing by length of a sequence", &heads, &rows);
    page.note(
        "Packed: sequences that hold several records. Filled: tokens as a share of their room. \
         Padded: the same with a sequence for each record.",
    );
    let epochs = plural(of.epochs, "epoch");
    let packed = of.steps_packed.map_or(String::new(), |n| format!(", packed {}", count(n)));
    let steps = format!("{}{packed} ({epochs}, batches of {})", count(of.steps), of.batch_size);
    let mut rows = vec![("Steps", steps), ("Tokens", format!("{} ({epochs})", count(of.tokens)))];
    if let Some(cost) = of.cost {
        rows.push(("Cost", format!("{cost:.2}")));
    }
    page.facts(&rows);
}

pub(super) fn messages(page: &mut Page, figures: &Figures) {
    page.section("Messages");
    let rows: Vec<Vec<Cell>> = figures
        .messages
        .by_role
        .iter()
        .map(|(role, of)| counted(role, of.count, of.share))
        .collect();
    page.grid(|page| {
        page.beside(|page| {
            page.head("Roles");
            page.table("Messages by role", &["Role", "Messages", "Share", ""], &rows);
        });
        ranking(page, "Sequences of roles", &figures.records.sequences);
        ranking(page, "System prompts", &figures.system.prompts);
        ranking(page, "Scripts", &figures.scripts);
        figures.languages.iter().for_each(|of| ranking(page, "Languages", of));
    });
}

/// A row of a name with its count, its share, and that as a bar.
fn counted(text: &str, records: u64, share: f64) -> Vec<Cell> {
    vec![
        Cell::Name(fit(&name(text), NAME)),
        Cell::Number(count(records)),
        Cell::Number(percent(share)),
        Cell::Bar(share),
    ]
}

/// The most frequent names, as one thing within a grid; nothing without a name.
pub(super) fn ranking(page: &mut Page, title: &str, of: &Ranking) {
    if of.top.is_empty() {
        return;
    }
    let rows: Vec<Vec<Cell>> =
        of.top.iter().map(|entry| counted(&entry.name, entry.count, entry.share)).collect();
    page.beside(|page| {
        page.head(title);
        page.table(title, &["", "Count", "Share", ""], &rows);
        let more = of.distinct.saturating_sub(of.top.len() as u64);
        if more > 0 {
            page.note(&format!("and {} more", count(more)));
        }
        if of.error > 0 {
            page.note(&format!("counts may be up to {} too low", count(of.error)));
        }
    });
}

pub(super) fn categories(page: &mut Page, figures: &Figures) {
    if figures.categories.is_empty() {
        return;
    }
    page.section("Categories");
    for field in &figures.categories {
        category(page, field, figures.tokens.is_some());
    }
    pairs(page, figures);
}

fn category(page: &mut Page, of: &FieldFigures, with_tokens: bool) {
    page.head(&format!("By {}", of.pointer));
    let rows: Vec<Vec<Cell>> = of
        .values
        .iter()
        .map(|value| {
            let mean = if with_tokens { value.tokens_mean } else { value.characters_mean };
            let mut row = counted(&value.value, value.count, value.share);
            row.insert(3, Cell::Number(number(mean)));
            row
        })
        .collect();
    let unit = if with_tokens { "Tokens a record" } else { "Characters a record" };
    if !rows.is_empty() {
        let caption = format!("Records by {}", of.pointer);
        page.table(&caption, &["Value", "Records", "Share", unit, ""], &rows);
    }
    let more = of.more();
    if more > 0 {
        page.note(&format!("and {} more", plural(more, "value")));
    }
    if of.missing.count > 0 {
        page.note(&format!("missing: {}", part(of.missing)));
    }
    if let Some(of) = of.balance {
        page.note(&format!(
            "entropy {:.2} bits, evenness {:.2}, Gini {:.2}, largest to smallest {}",
            of.entropy,
            of.evenness,
            of.gini,
            number(of.largest_to_smallest)
        ));
    }
}

fn pairs(page: &mut Page, figures: &Figures) {
    let Some(of) = table_of_pairs(figures, ACROSS) else { return };
    let row = |(name, cells): &(String, Vec<String>)| {
        let cells = cells.iter().cloned().map(Cell::Number);
        std::iter::once(Cell::Name(fit(name, NAME))).chain(cells).collect()
    };
    let rows: Vec<Vec<Cell>> = of.rows.iter().map(row).collect();
    let heads: Vec<String> = of.heads.iter().map(|name| fit(name, NAME)).collect();
    let heads: Vec<&str> = std::iter::once("").chain(heads.iter().map(String::as_str)).collect();
    page.head(&of.title);
    page.table(&of.title, &heads, &rows);
    if let Some(hidden) = &of.hidden {
        page.note(hidden);
    }
}

pub(super) fn contents(page: &mut Page, of: &ContentFigures) {
    let mut rows = Vec::new();
    if of.with_tools.count > 0 {
        rows.push(("Records with tools", part(of.with_tools)));
    }
    if of.calls > 0 {
        rows.push(("Records with calls", part(of.with_calls)));
        let without = count(of.calls_without_result);
        rows.push(("Calls", format!("{}, {without} without a result", count(of.calls))));
    }
    if of.images > 0 {
        rows.push(("Images", count(of.images)));
    }
    let rankings =
        [("Content parts", &of.parts), ("Reasoning", &of.reasoning), ("Weights", &of.weights)];
    if rows.is_empty() && rankings.iter().all(|(_, of)| of.top.is_empty()) {
        return;
    }
    page.section("Calls, pictures, reasoning");
    if !rows.is_empty() {
        page.facts(&rows);
    }
    page.grid(|page| {
        if !of.functions.is_empty() {
            let row = |of: &super::super::super::figures::Function| {
                let counts = [of.calls, of.with_result].map(|n| Cell::Number(count(n)));
                [vec![Cell::Name(fit(&name(&of.name), NAME))], counts.to_vec()].concat()
            };
            let rows: Vec<Vec<Cell>> = of.functions.iter().map(row).collect();
            page.beside(|page| {
                page.head("Functions");
                page.table("Calls by function", &["Function", "Calls", "With a result"], &rows);
            });
        }
        rankings.into_iter().for_each(|(title, of)| ranking(page, title, of));
    });
}

/// Lines for a cell of a table.
pub(super) fn lines(at: &[At]) -> Cell {
    Cell::Text(places(at))
}
