//! What was found about the data: repetition, diversity, signs of bad texts, and what keys there are.

use unicode_width::UnicodeWidthStr;

use crate::cli::report::count;
use crate::cli::terminal::sanitize;

use super::super::super::figures::{
    DiversityFigures, Duplicates, Figures, PathFigures, RepeatFigures, SignFigures,
};
use super::super::super::phrase::{near_source, percent, percent_of, place_in, places_in};
use super::super::table::{Align, WIDTH, aligned, fit};
use super::Page;

impl Page {
    pub(super) fn duplicates(&mut self, of: &Duplicates) {
        self.head("Duplicates");
        let rows =
            [("records", &of.records), ("prompts", &of.prompts), ("responses", &of.responses)];
        let mut rows: Vec<(&str, String)> = rows.map(|(name, of)| (name, repeats(of))).to_vec();
        let source = near_source(&of.near);
        rows.push(("near-duplicates", format!("{} ({source})", percent(of.near.rate))));
        self.list(&rows);
    }

    pub(super) fn diversity(&mut self, role: &str, of: &DiversityFigures) {
        self.head(&format!("Diversity of {role} messages"));
        let about = if of.estimated { " (estimated)" } else { "" };
        let templated = &of.templated;
        let template = templated.largest.first().map_or(String::new(), |group| {
            format!("; most {}, first {}", count(group.count), place_in(&group.first, 20))
        });
        self.list(&[
            ("distinct words", format!("{}{about}", percent_of(of.distinct_1))),
            (
                "distinct pairs",
                format!(
                    "{}, of three words {}",
                    percent_of(of.distinct_2),
                    percent_of(of.distinct_3)
                ),
            ),
            (
                "self-repetition",
                format!(
                    "{} of 4 words, {} of 10",
                    percent_of(of.self_repetition_4),
                    percent_of(of.self_repetition_10)
                ),
            ),
            ("compression ratio", format!("{:.2}", of.compression_ratio)),
            ("length variation", format!("{:.2} (std / mean of words)", of.length_variation)),
            ("shared templates", format!("{} of records{template}", percent(templated.share))),
            ("ten openings", format!("{} of messages", percent(of.opening_concentration))),
        ]);
        self.ranking(&format!("Openings of {role} messages"), &of.openings);
    }

    pub(super) fn signs(&mut self, signs: Vec<(&str, &SignFigures)>) {
        self.head("Signs of bad data");
        if signs.is_empty() {
            self.note("none found");
            return;
        }
        let mut signs = signs;
        signs.sort_by_key(|(name, sign)| (std::cmp::Reverse(sign.count), *name));
        let wide = |cell: &dyn Fn(&(&str, &SignFigures)) -> usize| {
            signs.iter().map(cell).max().unwrap_or(0)
        };
        let taken = wide(&|(name, _)| name.len())
            + wide(&|(_, sign)| count(sign.count).len())
            + wide(&|(_, sign)| percent(sign.share).len());
        let room = WIDTH.saturating_sub(taken + 8);
        let rows: Vec<Vec<String>> = signs
            .iter()
            .map(|(name, sign)| {
                let lines = places_in(&sign.at, room);
                vec![(*name).to_owned(), count(sign.count), percent(sign.share), lines]
            })
            .collect();
        self.out.push_str(&aligned(&rows, Align::Left));
    }

    /// The paths with the most values, in their order.
    pub(super) fn schema(&mut self, figures: &Figures, top: usize) {
        self.head("Keys");
        let mut paths: Vec<&PathFigures> = figures.schema.iter().collect();
        paths.sort_by_key(|path| std::cmp::Reverse(path.count));
        let more = paths.len().saturating_sub(top);
        paths.truncate(top);
        paths.sort_by(|a, b| a.path.cmp(&b.path));
        let rows: Vec<Vec<String>> = paths
            .iter()
            .map(|path| {
                let types: Vec<String> =
                    path.types.iter().map(|(name, n)| format!("{name} {}", count(*n))).collect();
                vec![fit(&sanitize(&path.path), 40), fit(&types.join(", "), 34)]
            })
            .collect();
        self.out.push_str(&aligned(&rows, Align::Left));
        if more > 0 {
            self.note(&format!("and {} more", count(more as u64)));
        }
    }

    pub(super) fn not_measured(&mut self, figures: &Figures) {
        if !figures.not_measured.is_empty() {
            self.head("Not measured");
            for what in &figures.not_measured {
                self.note(&sanitize(what));
            }
        }
    }
}

fn repeats(of: &RepeatFigures) -> String {
    let about = if of.estimated { "about " } else { "" };
    let (n, total, rate) = (count(of.count), count(of.total), percent(of.rate));
    let mut text = format!("{about}{n} of {total} ({rate})");
    if let Some(group) = of.largest.first() {
        text.push_str(&format!("; most {}, first ", count(group.count)));
        let room = WIDTH.saturating_sub(text.width() + "near-duplicates".len() + 4);
        text.push_str(&place_in(&group.first, room));
    }
    text
}
