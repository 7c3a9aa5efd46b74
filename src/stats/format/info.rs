//! The layout of a dataset_info.txt: what a generator of training data writes beside its files. Here every
//! line of it is true of the data: a check has a mark only when it was made.

mod steps;

use std::fmt::Write as _;

use crate::cli::report::{count, plural};
use crate::cli::terminal::sanitize;

use super::super::checks::{Check, checks};
use super::super::figures::{FieldFigures, Figures};
use super::super::phrase::{name, number, percent_unspaced, variations};
use steps::steps;

const TITLE: &str = "Generated Fine-Tuning Dataset Summary";

/// The report on one dataset.
pub(super) fn report(figures: &Figures) -> String {
    let mut out = format!("{TITLE}\n{}\n", "=".repeat(TITLE.len()));
    section(&mut out, "Files Created", &files(figures));
    section(&mut out, "Dataset Statistics", &statistics(figures));
    section(&mut out, "Category Distribution", &categories(figures));
    let checks = checks(figures);
    let lines: Vec<String> = checks.iter().map(Check::line).collect();
    section(&mut out, "Quality Assurance", &lines);
    section(&mut out, "Next Steps", &steps(figures, &checks));
    out
}

fn section(out: &mut String, title: &str, lines: &[String]) {
    let _ = writeln!(out, "\n{title}:");
    lines.iter().for_each(|line| out.extend([line.as_str(), "\n"]));
}

/// The inputs. How many examples each of several has is not known.
fn files(figures: &Figures) -> Vec<String> {
    let examples = plural(figures.records.count, "example");
    match &figures.input.files[..] {
        [one] => vec![format!("- {} ({examples})", sanitize(one))],
        files => {
            let mut lines: Vec<String> =
                files.iter().map(|file| format!("- {}", sanitize(file))).collect();
            lines.push(format!("- {examples} in all"));
            lines
        }
    }
}

fn statistics(figures: &Figures) -> Vec<String> {
    let records = &figures.records;
    let (unit, lengths) = match &figures.tokens {
        Some(tokens) => ("tokens", tokens),
        None => ("words", &figures.words),
    };
    let mut lines = vec![format!("- Total training examples: {}", count(records.count))];
    if records.count == 0 {
        return lines;
    }
    lines.extend([
        format!("- Average user query length: {} {unit}", number(lengths.query.mean)),
        format!("- Average assistant response length: {} {unit}", number(lengths.response.mean)),
        format!("- System prompts: {}", variations(&figures.system)),
        format!("- Multi-turn conversations: {}", percent_unspaced(records.multi_turn.share)),
        format!("- Single-turn conversations: {}", percent_unspaced(records.single_turn.share)),
    ]);
    if records.no_user.count > 0 {
        let share = percent_unspaced(records.no_user.share);
        lines.push(format!("- Conversations without a user message: {share}"));
    }
    lines
}

fn categories(figures: &Figures) -> Vec<String> {
    let several = figures.categories.len() > 1;
    let mut lines = Vec::new();
    for field in &figures.categories {
        if several {
            lines.push(format!("- By {}:", sanitize(&field.pointer)));
        }
        let indent = if several { "  " } else { "" };
        lines.extend(values(field).into_iter().map(|line| format!("{indent}- {line}")));
    }
    if lines.is_empty() {
        lines.push(
            "- not measured: no field was named with --by, such as --by /category".to_owned(),
        );
    }
    lines
}

fn values(of: &FieldFigures) -> Vec<String> {
    let line = |name: &str, records: u64, share: f64| {
        format!("{name}: {} ({})", plural(records, "example"), percent_unspaced(share))
    };
    let mut lines: Vec<String> =
        of.values.iter().map(|value| line(&name(&value.value), value.count, value.share)).collect();
    let more = of.more();
    if more > 0 {
        // Without a share: a record with a list counts under each of its values.
        lines.push(plural(more, "other value"));
    }
    if of.missing.count > 0 {
        let nowhere = format!("(no {})", sanitize(&of.pointer));
        lines.push(line(&nowhere, of.missing.count, of.missing.share));
    }
    lines
}
