//! What was found about the data: repetition, diversity, signs of bad texts, and what keys there are.

use std::collections::BTreeMap;

use crate::cli::report::count;
use crate::quality::Sign;

use super::super::super::figures::{
    At, DiversityFigures, Duplicates, GroupFigures, PathFigures, SignFigures,
};
use super::super::super::phrase::{near_source, percent, percent_of, place};
use super::data::{lines, ranking};
use super::page::{Cell, Page};

pub(super) fn duplicates(page: &mut Page, of: &Duplicates) {
    page.section("Duplicates");
    let all = [("Records", &of.records), ("Prompts", &of.prompts), ("Responses", &of.responses)];
    let rows: Vec<Vec<Cell>> = all
        .iter()
        .map(|(name, of)| {
            let about = if of.estimated { "about " } else { "" };
            let repeated = format!("{about}{} of {}", count(of.count), count(of.total));
            vec![
                Cell::Name((*name).to_owned()),
                Cell::Number(repeated),
                Cell::Number(percent(of.rate)),
                Cell::Bar(of.rate),
            ]
        })
        .collect();
    page.table("Equal ones beside the first of each", &["Equal", "Repeated", "Share", ""], &rows);
    let near = format!("{} ({})", percent(of.near.rate), near_source(&of.near));
    page.facts(&[("Near-duplicates", near)]);
    page.grid(|page| {
        for (title, of) in all {
            groups(page, &format!("{title} repeated most"), &of.largest);
        }
    });
}

fn groups(page: &mut Page, title: &str, groups: &[GroupFigures]) {
    if groups.is_empty() {
        return;
    }
    let rows: Vec<Vec<Cell>> = groups
        .iter()
        .map(|group| vec![Cell::Name(place(&group.first)), Cell::Number(count(group.count))])
        .collect();
    page.beside(|page| {
        page.head(title);
        page.table(title, &["First", "Times"], &rows);
    });
}

/// A figure of diversity: its name, how it is found, and what it means.
type Measure = (&'static str, fn(&DiversityFigures) -> String, &'static str);

const MEASURES: [Measure; 10] = [
    ("Distinct words", |of| percent_of(of.distinct_1), "different words of all"),
    ("Distinct pairs", |of| percent_of(of.distinct_2), "different runs of two words of all"),
    ("Distinct triples", |of| percent_of(of.distinct_3), "different runs of three words of all"),
    (
        "Self-repetition, 4 words",
        |of| percent_of(of.self_repetition_4),
        "runs that were there before",
    ),
    (
        "Self-repetition, 10 words",
        |of| percent_of(of.self_repetition_10),
        "runs that were there before",
    ),
    ("Compression ratio", |of| format!("{:.2}", of.compression_ratio), "higher: more repetition"),
    (
        "Length variation",
        |of| format!("{:.2}", of.length_variation),
        "standard deviation by mean of words",
    ),
    (
        "Ten openings",
        |of| percent(of.opening_concentration),
        "messages that begin with one of the ten most frequent",
    ),
    (
        "Shared templates",
        |of| percent(of.templated.share),
        "records whose first message differs from another's in names and numbers only",
    ),
    ("Largest template", |of| percent(of.templated.largest_share), "records of it"),
];

pub(super) fn diversity(page: &mut Page, roles: &[(&'static str, &DiversityFigures)]) {
    page.section("Diversity");
    let rows: Vec<Vec<Cell>> = MEASURES
        .iter()
        .map(|(name, get, about)| {
            let mut row = vec![Cell::Name((*name).to_owned())];
            row.extend(roles.iter().map(|(_, of)| Cell::Number(get(of))));
            row.push(Cell::Text((*about).to_owned()));
            row
        })
        .collect();
    let mut heads = vec![""];
    heads.extend(roles.iter().map(|(role, _)| *role));
    heads.push("Meaning");
    page.table("Diversity by role", &heads, &rows);
    if roles.iter().any(|(_, of)| of.estimated) {
        page.note("Numbers of different runs are estimates.");
    }
    page.grid(|page| {
        for (role, of) in roles {
            ranking(page, &format!("Openings of {role} messages"), &of.openings);
        }
        for (role, of) in roles {
            groups(page, &format!("Templates of {role} messages"), &of.templated.largest);
        }
    });
}

pub(super) fn signs(page: &mut Page, signs: &BTreeMap<&'static str, SignFigures>) {
    page.section("Signs of bad data");
    let mut found: Vec<_> = signs.iter().filter(|(_, of)| of.count > 0).collect();
    found.sort_by_key(|(name, of)| (std::cmp::Reverse(of.count), **name));
    if found.is_empty() {
        page.note("None found.");
        return;
    }
    let row = |(name, of): (&&'static str, &SignFigures)| {
        let at: &[At] = &of.at;
        vec![
            Cell::Name((*name).to_owned()),
            Cell::Number(count(of.count)),
            Cell::Number(percent(of.share)),
            Cell::Bar(of.share),
            lines(at),
            Cell::Text(Sign::of(name).map_or(String::new(), |sign| sign.info().about.to_owned())),
        ]
    };
    let rows: Vec<Vec<Cell>> = found.into_iter().map(row).collect();
    let heads = ["Sign", "Records", "Share", "", "First lines", "Meaning"];
    page.table("Records with a sign", &heads, &rows);
}

pub(super) fn schema(page: &mut Page, paths: &[PathFigures]) {
    if paths.is_empty() {
        return;
    }
    page.section("Keys");
    let rows: Vec<Vec<Cell>> = paths
        .iter()
        .map(|path| {
            let types: Vec<String> =
                path.types.iter().map(|(name, n)| format!("{name} {}", count(*n))).collect();
            vec![
                Cell::Name(path.path.clone()),
                Cell::Number(count(path.count)),
                Cell::Number(percent(path.null_share)),
                Cell::Text(types.join(", ")),
            ]
        })
        .collect();
    page.long_table("Keys and types", &["Path", "Values", "Null", "Types"], &rows);
}
