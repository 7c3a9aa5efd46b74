//! The report for a terminal: tables and histograms in 80 columns.

mod findings;

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use crate::cli::report::{bytes, count, plural};
use crate::cli::terminal::{Colors, paint, quote, sanitize};
use crate::measure::Summary;

use super::super::audit::{CAUSES, Cause};
use super::super::compare::Comparison;
use super::super::figures::{
    At, ContentFigures, FieldFigures, Figures, LengthFigures, Ranking, Supervision, TrainingFigures,
};
use super::super::phrase::{
    self, charted, compared, diversity, name, number, part, percent, places_in, units, variations,
};
use super::pairs::pairs;
use super::table::{Align, WIDTH, aligned, bar, fit, histogram};

/// Values of the second field that a table of pairs has room for in 80 columns.
const ACROSS: usize = 5;

/// A report that is written section by section.
struct Page {
    out: String,
    colors: Colors,
}

/// The report on one dataset.
pub(super) fn report(figures: &Figures, colors: Colors, top: usize) -> String {
    let mut page = Page { out: String::new(), colors };
    page.overview(figures);
    if figures.records.count == 0 {
        return page.out;
    }
    page.lengths(figures);
    if let Some(supervision) = &figures.supervision {
        page.supervision(supervision);
    }
    if let Some(training) = &figures.training {
        page.training(training);
    }
    for field in &figures.categories {
        page.field(field, figures.tokens.is_some());
    }
    page.pairs(figures);
    page.contents(&figures.contents);
    if let Some(duplicates) = &figures.duplicates {
        page.duplicates(duplicates);
    }
    for (role, diversity) in diversity(figures) {
        page.diversity(role, diversity);
    }
    if let Some(signs) = &figures.signs {
        let found = signs.iter().filter(|(_, sign)| sign.count > 0);
        page.signs(found.map(|(name, sign)| (*name, sign)).collect());
    }
    page.schema(figures, top);
    page.not_measured(figures);
    page.out
}

impl Page {
    fn head(&mut self, title: &str) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        let _ = writeln!(self.out, "{}", paint(self.colors.location, title));
    }

    fn rows(&mut self, rows: &[Vec<String>]) {
        self.out.push_str(&aligned(rows, Align::Right));
    }

    /// Names and values, the values to the left.
    fn list(&mut self, rows: &[(&str, String)]) {
        let rows: Vec<Vec<String>> =
            rows.iter().map(|(name, value)| vec![(*name).to_owned(), value.clone()]).collect();
        self.out.push_str(&aligned(&rows, Align::Left));
    }

    /// Names and values, with as many lines of the data behind them as there is room for.
    fn list_with_lines(&mut self, rows: &[(String, String, &[At])]) {
        let wide = rows.iter().map(|(name, ..)| name.width()).max().unwrap_or(0);
        let row = |(name, value, at): &(String, String, &[At])| {
            let room = WIDTH.saturating_sub(wide + value.width() + 6);
            let lines = places_in(at, room);
            let colon = if lines.is_empty() { "" } else { ": " };
            vec![name.clone(), format!("{value}{colon}{lines}")]
        };
        let rows: Vec<Vec<String>> = rows.iter().map(row).collect();
        self.out.push_str(&aligned(&rows, Align::Left));
    }

    fn overview(&mut self, figures: &Figures) {
        let (input, records, messages) = (&figures.input, &figures.records, &figures.messages);
        self.head("Records");
        let mut rows =
            vec![("records", format!("{} in {}", count(records.count), bytes(input.bytes)))];
        let any = records.count > 0;
        for (name, value, is_always_told) in [
            ("single-turn", records.single_turn, any),
            ("multi-turn", records.multi_turn, any),
            ("without a user", records.no_user, false),
            ("without messages", records.empty, false),
            ("assistant first", records.assistant_first, false),
            ("assistant last", records.assistant_last, any),
        ] {
            if value.count > 0 || is_always_told {
                rows.push((name, part(value)));
            }
        }
        if input.unusable > 0 {
            rows.push(("not usable", plural(input.unusable, "line")));
        }
        if input.blank > 0 {
            rows.push(("blank", plural(input.blank, "line")));
        }
        if !any {
            self.list(&rows);
            self.head("Nothing measured");
            return self.note("there is no record");
        }
        let system = &figures.system;
        rows.push(("system prompts", format!("{}, {}", part(system.with), variations(system))));
        self.list(&rows);
        let by_role = messages.by_role.iter().map(|(role, of)| {
            vec![role.clone(), count(of.count), percent(of.share), bar(of.share, 40)]
        });
        let rows: Vec<Vec<String>> = by_role.collect();
        if !rows.is_empty() {
            self.head("Messages");
            self.out.push_str(&aligned(&rows, Align::Left));
        }
        self.ranking("Sequences of roles", &records.sequences);
        if system.variations > 0 {
            self.ranking("System prompts", &system.prompts);
        }
        self.ranking("Scripts", &figures.scripts);
        if let Some(languages) = &figures.languages {
            self.ranking("Languages", languages);
        }
    }

    fn ranking(&mut self, title: &str, ranking: &Ranking) {
        if ranking.top.is_empty() {
            return;
        }
        self.head(title);
        let rows: Vec<Vec<String>> = ranking
            .top
            .iter()
            .map(|entry| {
                vec![fit(&name(&entry.name), WIDTH - 28), count(entry.count), percent(entry.share)]
            })
            .collect();
        self.rows(&rows);
        let more = ranking.distinct.saturating_sub(ranking.top.len() as u64);
        if more > 0 {
            self.note(&format!("and {} more", count(more)));
        }
        if ranking.error > 0 {
            self.note(&format!("counts may be up to {} too low", count(ranking.error)));
        }
    }

    fn note(&mut self, text: &str) {
        let _ = writeln!(self.out, "  {}", paint(self.colors.dim, text));
    }

    fn lengths(&mut self, figures: &Figures) {
        self.head("Lengths");
        let head = ["", "mean", "std", "min", "p5", "p50", "p95", "p99", "max"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        let row = |name: String, of: &Summary| {
            let shown = [of.min, of.p5, of.p50, of.p95, of.p99, of.max].map(count);
            match of.count {
                0 => vec![name, "none".to_owned()],
                _ => [vec![name, number(of.mean), number(of.std)], shown.to_vec()].concat(),
            }
        };
        for (unit, lengths) in units(figures) {
            let LengthFigures { record, query, response, .. } = lengths;
            rows.push(vec![unit.to_owned()]);
            rows.push(row("  record".to_owned(), record));
            rows.push(row("  user query".to_owned(), query));
            rows.push(row("  assistant response".to_owned(), response));
        }
        self.rows(&rows);
        let (unit, lengths) = charted(figures);
        let of = &lengths.histograms;
        for (what, bins) in [("Records", &of.record), ("Assistant responses", &of.response)] {
            if !bins.is_empty() {
                self.head(&format!("{what} by {unit}"));
                self.out.push_str(&histogram(bins));
            }
        }
    }

    fn supervision(&mut self, of: &Supervision) {
        self.head("Supervision");
        let per = &of.per_record;
        let share = percent(of.share);
        // Most rows tell no lines.
        let none: &[At] = &[];
        let row = |name: &str, value: String| (name.to_owned(), value, none);
        let mut rows = vec![
            row(
                "trained tokens",
                format!("{} of {} ({share})", count(of.trained), count(of.tokens)),
            ),
            row(
                "a record",
                format!("{} to {}, median {}", count(per.min), count(per.max), count(per.p50)),
            ),
            row("nothing but trained", part(of.fully)),
            ("nothing to train on".to_owned(), part(of.idle), &of.idle_at[..]),
        ];
        for (cause, (name, words)) in CAUSES.iter().enumerate() {
            let Some(n) = of.idle_by_cause.get(name) else { continue };
            let is_refused = cause == Cause::Refused as usize;
            let at = if is_refused { &of.refused_at[..] } else { none };
            rows.push((format!("  {words}"), count(*n), at));
        }
        if of.only_calls.count > 0 {
            rows.push(row("only calls, not counted", part(of.only_calls)));
        }
        if of.max_tokens.is_some() {
            let lost = format!("{}, {} of them trained", count(of.lost), count(of.trained_lost));
            rows.push(("over the limit".to_owned(), part(of.over), &of.over_at));
            rows.push(("cut in the answer".to_owned(), part(of.cut_inside), &of.cut_at));
            rows.push(row("tokens cut off", lost));
        }
        self.list_with_lines(&rows);
        self.ranking("Why the template refuses", &of.refused_why);
    }

    fn training(&mut self, of: &TrainingFigures) {
        self.head("Packing and training");
        if of.tokens == 0 {
            self.note("no record has tokens: nothing to pack");
            return;
        }
        let head = ["sequence of", "over", "cut off", "packed", "in sequences", "padded"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(of.packing.iter().map(|packing| {
            vec![
                count(packing.limit),
                count(packing.over),
                count(packing.lost),
                percent(packing.efficiency),
                count(packing.sequences),
                percent(packing.padded_efficiency),
            ]
        }));
        self.rows(&rows);
        let epochs = plural(of.epochs, "epoch");
        let packed = of.steps_packed.map_or(String::new(), |n| format!(", packed {}", count(n)));
        let mut rows = vec![
            (
                "steps",
                format!(
                    "{}{packed} ({epochs}, batches of {})",
                    count(of.steps),
                    count(of.batch_size)
                ),
            ),
            ("tokens", format!("{} ({epochs})", count(of.tokens))),
        ];
        if let Some(cost) = of.cost {
            rows.push(("cost", format!("{cost:.2}")));
        }
        self.list(&rows);
    }

    fn field(&mut self, of: &FieldFigures, with_tokens: bool) {
        self.head(&format!("By {}", sanitize(&of.pointer)));
        let rows: Vec<Vec<String>> = of
            .values
            .iter()
            .map(|value| {
                let length = match with_tokens {
                    true => format!("{} tokens", number(value.tokens_mean)),
                    false => format!("{} characters", number(value.characters_mean)),
                };
                let name = fit(&name(&value.value), 30);
                vec![name, count(value.count), percent(value.share), length, bar(value.share, 16)]
            })
            .collect();
        self.out.push_str(&aligned(&rows, Align::Left));
        let more = of.more();
        if more > 0 {
            self.note(&format!("and {} more", plural(more, "value")));
        }
        if of.missing.count > 0 {
            self.note(&format!("missing: {}", part(of.missing)));
        }
        if let Some(balance) = of.balance {
            self.note(&format!(
                "entropy {:.2} bits, evenness {:.2}, Gini {:.2}, largest to smallest {}",
                balance.entropy,
                balance.evenness,
                balance.gini,
                number(balance.largest_to_smallest)
            ));
        }
    }

    fn pairs(&mut self, figures: &Figures) {
        let Some(of) = pairs(figures, ACROSS) else { return };
        self.head(&of.title);
        let heads = of.heads.iter().map(|name| fit(name, 9));
        let mut rows: Vec<Vec<String>> =
            vec![std::iter::once(String::new()).chain(heads).collect()];
        rows.extend(
            of.rows.iter().map(|(name, cells)| [vec![fit(name, 22)], cells.clone()].concat()),
        );
        self.rows(&rows);
        if let Some(hidden) = &of.hidden {
            self.note(hidden);
        }
    }

    fn contents(&mut self, of: &ContentFigures) {
        let mut rows = Vec::new();
        if of.with_tools.count > 0 {
            rows.push(("records with tools", part(of.with_tools)));
        }
        if of.calls > 0 {
            rows.push(("records with calls", part(of.with_calls)));
            let without = count(of.calls_without_result);
            rows.push(("calls", format!("{}, {without} without a result", count(of.calls))));
        }
        if of.images > 0 {
            rows.push(("images", count(of.images)));
        }
        if !rows.is_empty() {
            self.head("Calls and pictures");
            self.list(&rows);
        }
        let rows: Vec<Vec<String>> = of
            .functions
            .iter()
            .map(|function| {
                let results = format!("{} with a result", count(function.with_result));
                vec![fit(&name(&function.name), 40), count(function.calls), results]
            })
            .collect();
        if !rows.is_empty() {
            self.head("Functions");
        }
        self.rows(&rows);
        self.ranking("Content parts", &of.parts);
        self.ranking("Reasoning", &of.reasoning);
        self.ranking("Weights", &of.weights);
    }
}

/// The report on how two datasets differ.
pub(super) fn comparison(comparison: &Comparison, colors: Colors) -> String {
    let mut page = Page { out: String::new(), colors };
    page.head("Compared");
    let names = |files: &[String]| fit(&quote(&files.join(", "), WIDTH), WIDTH - 12);
    page.list(&[("first", names(&comparison.first)), ("second", names(&comparison.second))]);
    page.head("Figures");
    let mut rows = vec![["", "first", "second", "difference"].map(str::to_owned).to_vec()];
    rows.extend(comparison.figures.iter().map(|row| {
        let shown = compared(row);
        [vec![row.figure.to_owned()], shown.to_vec()].concat()
    }));
    page.rows(&rows);
    page.head("Distance of distributions (0 the same, 1 nothing in common)");
    let rows: Vec<Vec<String>> = comparison
        .distances
        .iter()
        .map(|(name, distance)| {
            let bar = bar(distance.unwrap_or(0.0), 30);
            vec![sanitize(name).into_owned(), phrase::distance(*distance), bar]
        })
        .collect();
    page.out.push_str(&aligned(&rows, Align::Left));
    if let Some(overlap) = &comparison.overlap {
        page.head("Of the second in the first");
        let rows: Vec<(&str, String)> = overlap
            .iter()
            .map(|(name, of)| {
                let [common, share] = phrase::overlap(of.as_ref());
                (*name, of.map_or(common.clone(), |_| format!("{common} ({share})")))
            })
            .collect();
        page.list(&rows);
    }
    page.out
}
