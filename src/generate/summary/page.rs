//! The block as people read it: sections of lines, written as text or as Markdown.

use crate::cli::report::{count, plural};
use crate::cli::terminal::sanitize;

use super::config::{Config, Role};
use super::data::Data;
use super::journal::Run;
use super::reports::{Field, Stats, Verdict};
use super::run::Summary;
use super::words::{name, percent};

const TITLE: &str = "Generated Fine-Tuning Dataset Summary";

/// Slots that are named; more are told by their number.
const NAMED: usize = 10;

/// A part of the block.
pub(super) struct Section {
    title: &'static str,
    /// What stands behind the title.
    note: Option<String>,
    lines: Vec<Line>,
}

/// A line of a section; none of them is escaped, all are harmless.
enum Line {
    /// A point of a list.
    Point(String),
    /// One below the last point.
    Below(String),
    /// A check.
    Check(Verdict, String),
    /// A step, with its number.
    Step(usize, String),
}

/// The block as text.
pub(super) fn text(sections: Vec<Section>) -> String {
    let mut out = format!("{TITLE}\n{}\n", "=".repeat(TITLE.len()));
    for Section { title, note, lines } in sections {
        let note = note.map_or(String::new(), |note| format!(" ({note})"));
        out.push_str(&format!("\n{title}:{note}\n"));
        for line in lines {
            out.push_str(&match line {
                Line::Point(text) => format!("- {text}\n"),
                Line::Below(text) => format!("  - {text}\n"),
                Line::Check(Verdict::Passed, text) => format!("✓ {text}\n"),
                Line::Check(Verdict::Failed, text) => format!("✗ {text}\n"),
                Line::Check(Verdict::NotMade, text) => format!("- not checked: {text}\n"),
                Line::Step(number, text) => format!("{number}. {text}\n"),
            });
        }
    }
    out
}

/// The block as Markdown.
pub(super) fn markdown(sections: Vec<Section>) -> String {
    let mut out = format!("## {TITLE}\n");
    for Section { title, note, lines } in sections {
        let note = note.map_or(String::new(), |note| format!(" ({})", escape(&note)));
        out.push_str(&format!("\n### {title}{note}\n\n"));
        for line in lines {
            out.push_str(&match line {
                Line::Point(text) => format!("- {}\n", escape(&text)),
                Line::Below(text) => format!("  - {}\n", escape(&text)),
                Line::Check(Verdict::Passed, text) => format!("- ✓ {}\n", escape(&text)),
                Line::Check(Verdict::Failed, text) => format!("- ✗ {}\n", escape(&text)),
                Line::Check(Verdict::NotMade, text) => {
                    format!("- not checked: {}\n", escape(&text))
                }
                Line::Step(number, text) => format!("{number}. {}\n", escape(&text)),
            });
        }
    }
    out
}

/// Text such that Markdown shows it as it is: no markup, no HTML.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '@' => out.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '~' | '!' | '$' | '|' | '#' => {
                out.extend(['\\', c])
            }
            c => out.push(c),
        }
    }
    // A bare address becomes a link; this is what makes it one.
    out.replace("://", "&#58;//").replace("www.", "www&#46;")
}

fn section(title: &'static str, lines: Vec<Line>) -> Section {
    Section { title, note: None, lines }
}

fn points(lines: Vec<String>) -> Vec<Line> {
    lines.into_iter().map(Line::Point).collect()
}

fn numbered(steps: &[String]) -> Section {
    let step = |(nth, step): (usize, &String)| Line::Step(nth + 1, step.clone());
    section("Next Steps", steps.iter().enumerate().map(step).collect())
}

/// What there is to tell of a run that has not written its files yet.
pub(super) fn unfinished(config: &Config, run: &Run, steps: &[String]) -> Vec<Section> {
    let none = match config.own_folder() {
        Some(_) => "none yet: a run writes them when it ends by itself",
        None => "none in this folder",
    };
    vec![
        section("Files Created", points(vec![none.to_owned()])),
        section("Generation Run", points(generation(run))),
        numbered(steps),
    ]
}

/// The parts of the block.
pub(super) fn sections(summary: &Summary<'_>) -> Vec<Section> {
    let Summary { config, data, run, checks, steps, .. } = summary;
    let mut sections = vec![
        section("Files Created", points(files(config, data))),
        section("Dataset Statistics", points(statistics(config, data))),
        categories(&summary.fields()),
    ];
    sections.extend(run.map(|run| section("Generation Run", points(generation(run)))));
    let checks = checks.iter().map(|check| Line::Check(check.verdict, check.text.clone()));
    sections.push(section("Quality Assurance", checks.collect()));
    sections.push(numbered(steps));
    sections
}

fn files(config: &Config, data: &Data) -> Vec<String> {
    let mut parts = data.parts.iter();
    let line = |file: &super::config::File| {
        let what = match file.role {
            Role::Info => "metadata and statistics".to_owned(),
            Role::Manifest => "which example is in which file".to_owned(),
            Role::Run => "what the run made and refused".to_owned(),
            Role::Training | Role::Validation => {
                parts.next().map_or(String::new(), |part| examples(&part.stats))
            }
        };
        format!("{} ({what})", sanitize(&file.name))
    };
    config.files.iter().map(line).collect()
}

fn examples(stats: &Stats) -> String {
    let examples = plural(stats.records.count, "example");
    match stats.input.unusable {
        0 => examples,
        n => format!("{examples}, {} that cannot be used", plural(n, "line")),
    }
}

fn statistics(config: &Config, data: &Data) -> Vec<String> {
    let Stats { records, words, tokens, system, .. } = &data.all;
    let mut lines = vec![format!("Total training examples: {}", count(data.trained.records.count))];
    if config.of(Role::Validation).next().is_some() {
        let apart = records.count.saturating_sub(data.trained.records.count);
        lines.push(format!("Total validation examples: {}", count(apart)));
    }
    if records.count == 0 {
        return lines;
    }
    let (unit, lengths) = tokens.as_ref().map_or(("words", words), |tokens| ("tokens", tokens));
    let mean = |length: &super::reports::Length| match length.mean {
        Some(mean) => format!("{mean:.1} {unit}"),
        None => "-".to_owned(),
    };
    let about = if system.estimated { "about " } else { "" };
    lines.extend([
        format!("Average user query length: {}", mean(&lengths.query)),
        format!("Average assistant response length: {}", mean(&lengths.response)),
        format!("System prompts: {about}{}", plural(system.variations, "variation")),
        format!("Multi-turn conversations: {}", percent(records.multi_turn.share)),
        format!("Single-turn conversations: {}", percent(records.single_turn.share)),
    ]);
    if records.no_user.count > 0 {
        lines.push(format!(
            "Conversations without a user message: {}",
            percent(records.no_user.share)
        ));
    }
    lines
}

fn categories(fields: &[&Field]) -> Section {
    let title = "Category Distribution";
    let (note, lines) = match fields {
        [] => {
            let none =
                "not counted: no field was found; name one with --by, such as --by /category";
            (None, vec![Line::Point(none.to_owned())])
        }
        [one] => {
            let lines = values(one).into_iter().map(Line::Point).collect();
            (Some(format!("by {}", sanitize(&one.pointer))), lines)
        }
        several => {
            let lines = several.iter().flat_map(|field| {
                let head = Line::Point(format!("By {}:", sanitize(&field.pointer)));
                std::iter::once(head).chain(values(field).into_iter().map(Line::Below))
            });
            (None, lines.collect())
        }
    };
    Section { title, note, lines }
}

fn values(of: &Field) -> Vec<String> {
    let line = |name: &str, records: u64, share: f64| {
        format!("{name}: {} ({})", plural(records, "example"), percent(share))
    };
    let mut lines: Vec<String> =
        of.values.iter().map(|value| line(&name(&value.value), value.count, value.share)).collect();
    let more = of.distinct.saturating_sub(of.values.len() as u64);
    if more > 0 {
        // Without a share: an example with a list counts under each of its values.
        lines.push(plural(more, "other value"));
    }
    if of.missing.count > 0 {
        let nowhere = format!("(no {})", sanitize(&of.pointer));
        lines.push(line(&nowhere, of.missing.count, of.missing.share));
    }
    lines
}

/// What became of a run.
fn generation(run: &Run) -> Vec<String> {
    let rejected: u64 = run.rejected.values().sum();
    let ended = match run.ended.as_deref() {
        Some(why) => name(why),
        None => "no end was written: it was cut off, or it is still running".to_owned(),
    };
    let mut lines = vec![
        format!("Run: {}, {} wanted", name(&run.name), plural(run.wanted, "example")),
        format!("Accepted: {}", count(run.accepted())),
        format!(
            "Rejected: {}{}",
            count(rejected),
            listed(run.rejected.iter().map(|(name, n)| (name.as_str(), *n)))
        ),
    ];
    if run.paid.answers > 0 {
        let tokens = format!(
            ", {} tokens sent and {} answered",
            count(run.paid.tokens_in),
            count(run.paid.tokens_out)
        );
        let tokens = match run.paid.untold {
            0 => tokens,
            untold if untold == run.paid.answers => "; of their tokens nothing was told".to_owned(),
            untold => format!("{tokens}; of the tokens of {} nothing was told", count(untold)),
        };
        lines.push(format!("Spent: {}{tokens}", plural(run.paid.answers, "answer")));
    }
    if run.paid.lost > 0 {
        lines.push(format!(
            "Lost: {} paid for and not answered, about {} tokens sent and {} answered",
            plural(run.paid.lost, "request"),
            count(run.paid.lost_in),
            count(run.paid.lost_out)
        ));
    }
    let (pending, unanswered) = run.open();
    lines.push(format!("Pending, begun and none accepted: {}", slots(&pending)));
    lines.push(format!("Unanswered: {}{}", slots(&unanswered), listed(run.faults().into_iter())));
    lines.push(format!("Not begun: {}", count(run.not_begun())));
    lines.push(format!("Ended: {ended}"));
    lines
}

/// Names with their numbers in brackets, the most frequent first; nothing for none.
fn listed<'n>(of: impl Iterator<Item = (&'n str, u64)>) -> String {
    let mut of: Vec<_> = of.collect();
    of.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let of: Vec<String> =
        of.into_iter().map(|(text, n)| format!("{} {}", name(text), count(n))).collect();
    if of.is_empty() { String::new() } else { format!(" ({})", of.join(", ")) }
}

/// How many slots, and the first of them by their numbers.
fn slots(slots: &[u64]) -> String {
    let named: Vec<String> = slots.iter().take(NAMED).map(u64::to_string).collect();
    match slots.len() {
        0 => "0".to_owned(),
        n if n > NAMED => format!(
            "{}: slots {} and {} more",
            count(n as u64),
            named.join(", "),
            count((n - NAMED) as u64)
        ),
        n => format!("{n}: slot{} {}", if n == 1 { "" } else { "s" }, named.join(", ")),
    }
}
