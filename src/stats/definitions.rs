//! What every figure means: one table, from which the manual and `--list-figures` are made.

mod comparison;
mod findings;
mod groups;
mod records;
mod training;

use crate::quality::SIGNS;

use super::chat::ROLES;
use super::quality::SPEAKERS;
use super::schema::TYPES;

use comparison::COMPARISON;
use findings::FINDINGS;
use records::RECORDS;
use training::TRAINING;

pub use comparison::COMPARED;
pub use groups::GROUPS;

/// A figure, or several that are defined alike.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// Its path in the JSON report: names joined by dots. `a|b` is either name, `*` any name or any place of a
    /// list from 0, and `<group>` at the end any figure of that [`Group`].
    pub path: &'static str,
    /// What it is counted in.
    pub unit: &'static str,
    /// What it is: one sentence or more.
    pub text: &'static str,
}

/// Figures that stand at the end of many paths.
#[derive(Debug, Clone, Copy)]
pub struct Group {
    /// Its name.
    pub name: &'static str,
    /// Its figures. The unit `=` is that of the figure that the group belongs to.
    pub figures: &'static [Definition],
}

const fn row(path: &'static str, unit: &'static str, text: &'static str) -> Definition {
    Definition { path, unit, text }
}

/// What a report is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    /// One dataset.
    One,
    /// How two datasets differ.
    Comparison,
}

/// All figures of a report, in its order.
pub fn definitions(report: Report) -> impl Iterator<Item = &'static Definition> {
    let parts: [&'static [Definition]; 3] = match report {
        Report::One => [RECORDS, TRAINING, FINDINGS],
        Report::Comparison => [COMPARISON, &[], &[]],
    };
    parts.into_iter().flatten()
}

/// The names of a path. One that begins with a slash is a JSON pointer, in which a dot is a dot, and the last.
pub fn names_of(path: &str) -> Vec<&str> {
    let end = path.find("./").unwrap_or(path.len());
    let (names, pointer) = path.split_at(end);
    names.split('.').chain(pointer.strip_prefix('.')).collect()
}

/// A pattern of names, and the row and the figure of its group that it is from.
type Pattern = (Vec<&'static str>, (&'static Definition, Option<&'static Definition>));

/// Every pattern of the table, those of groups written out.
fn patterns(report: Report) -> impl Iterator<Item = Pattern> {
    definitions(report).flat_map(move |row| {
        let own = names_of(row.path);
        let Some((group, before)) =
            own.split_last().and_then(|(last, rest)| Some((group(last)?, rest)))
        else {
            return vec![(own, (row, None))];
        };
        let of = |figure: &'static Definition| {
            ([before, &names_of(figure.path)].concat(), (row, Some(figure)))
        };
        group.figures.iter().map(of).collect()
    })
}

/// The group of `<name>`.
fn group(name: &str) -> Option<&'static Group> {
    let name = name.strip_prefix('<')?.strip_suffix('>')?;
    GROUPS.iter().find(|group| group.name == name)
}

fn accepts(pattern: &[&str], names: &[&str]) -> bool {
    let accepts = |(depth, (pattern, name)): (usize, (&&str, &&str))| {
        let before = depth.checked_sub(1).and_then(|before| names.get(before)).unwrap_or(&"");
        pattern.split('|').any(|one| one == *name || one == "*" && is_any(before, name))
    };
    pattern.iter().zip(names).enumerate().all(accepts)
}

/// Can `*` be this name, behind that one? There names are known, or it is a place in a list.
fn is_any(before: &str, name: &str) -> bool {
    match before {
        "by_role" => ROLES.iter().any(|role| role.name() == name),
        "diversity" => SPEAKERS.iter().any(|role| role.name() == name),
        "signs" => SIGNS.iter().any(|sign| sign.name == name),
        "types" => TYPES.contains(&name),
        "distances" => name.starts_with('/'),
        _ => name.parse::<usize>().is_ok(),
    }
}

/// The rows that define the figure at a path: one, unless there is no such figure. A figure of a group is told
/// behind its row.
pub fn rows_of(
    report: Report,
    path: &str,
) -> Vec<(&'static Definition, Option<&'static Definition>)> {
    let names = names_of(path);
    let fits = |(pattern, _): &Pattern| pattern.len() == names.len() && accepts(pattern, &names);
    patterns(report).filter(fits).map(|(_, row)| row).collect()
}

/// Is there a figure at the path, or are there figures below it?
pub fn leads_to_a_figure(report: Report, path: &str) -> bool {
    let names = names_of(path);
    patterns(report).any(|(pattern, _)| pattern.len() >= names.len() && accepts(&pattern, &names))
}

/// What a figure is counted in that is no number, of those that have one definition.
pub fn no_number(report: Report, path: &str) -> Option<&'static str> {
    let [(row, figure)] = rows_of(report, path)[..] else { return None };
    let unit = figure.map_or(row.unit, |figure| figure.unit);
    ["text", "true or false", "JSON pointer"].contains(&unit).then_some(unit)
}

/// The tables as text.
pub fn list() -> String {
    let mut out = String::from(HEAD);
    let put = |out: &mut String, row: &Definition| {
        let Definition { path, unit, text } = row;
        out.push_str(&format!("\n{path}{}\n{}", bracketed(unit), wrapped(text)));
    };
    definitions(Report::One).for_each(|row| put(&mut out, row));
    for Group { name, figures } in GROUPS {
        out.push_str(&format!("\n<{name}> is one of these:\n"));
        for Definition { path, unit, text } in *figures {
            out.push_str(&format!("\n<{name}>: {path}{}\n{}", bracketed(unit), wrapped(text)));
        }
    }
    out.push_str(HEAD_OF_COMPARISON);
    definitions(Report::Comparison).for_each(|row| put(&mut out, row));
    out.push_str(&format!("\nThe figures that are compared:\n{}", wrapped(&COMPARED.join(", "))));
    out
}

const HEAD: &str = "\
The figures of chatml-stats by their path in the JSON report, each with its unit.
In a path a|b is either name and * any name or any place of a list, from 0.
";

const HEAD_OF_COMPARISON: &str = "
With --compare the report has these in their place.
";

fn bracketed(unit: &str) -> String {
    match unit {
        "" => String::new(),
        "=" => " [as the figure]".to_owned(),
        _ => format!(" [{unit}]"),
    }
}

/// Bytes of a line in the list.
const WIDTH: usize = 78;

fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut width = 0;
    for word in text.split(' ') {
        if width == 0 || width + 1 + word.len() > WIDTH {
            out.push_str(if width == 0 { "  " } else { "\n  " });
            width = 2;
        } else {
            out.push(' ');
            width += 1;
        }
        out.push_str(word);
        width += word.len();
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_by_its_row_and_by_that_of_its_group() {
        let rows = |path| -> Vec<(&str, Option<&str>)> {
            let rows = rows_of(Report::One, path).into_iter();
            rows.map(|(row, figure)| (row.path, figure.map(|figure| figure.path))).collect()
        };
        assert_eq!(rows("input.bytes"), [("input.bytes", None)]);
        let p50 = Some("p1|p5|p25|p50|p75|p90|p95|p99");
        assert_eq!(rows("tokens.query.p50"), [("characters|words|tokens.query.<summary>", p50)]);
        for none in ["input", "input.bytes.p50", "tokens.query.p51", "", "tokens.queries.p50"] {
            assert_eq!(rows(none), [], "{none}");
        }
    }

    #[test]
    fn names_that_are_known_are_the_only_ones() {
        let leads = |path| leads_to_a_figure(Report::One, path);
        for path in [
            "duplicates.prompts",
            "signs.email",
            "messages.by_role.tool.count",
            "messages.by_role.unknown",
            "diversity.user.distinct_1",
            "paths.12.types.null",
            "scripts.top.0.share",
        ] {
            assert!(leads(path), "{path}");
        }
        for path in [
            "duplicates.prompt",
            "sign.email",
            "signs.emial",
            "signs.0.count",
            "messages.by_role.human.count",
            "diversity.tool.distinct_1",
            "paths.0.types.text",
            "scripts.top.first.share",
            "distances.tokens",
        ] {
            assert!(!leads(path), "{path}");
        }
        let leads = |path| leads_to_a_figure(Report::Comparison, path);
        assert!(leads("distances.tokens") && leads("distances./a.b") && leads("figures.3.first"));
        assert!(!leads("distances.words") && !leads("records.count") && !leads("overlap.chats"));
    }

    #[test]
    fn what_is_no_number_is_known() {
        let unit = |path| no_number(Report::One, path);
        assert_eq!(unit("tokenizer"), Some("text"));
        assert_eq!(unit("scripts.top.0.name"), Some("text"));
        assert_eq!(unit("duplicates.estimated"), Some("true or false"));
        assert_eq!((unit("records.count"), unit("records")), (None, None));
    }

    #[test]
    fn every_figure_that_is_compared_is_one_of_a_dataset() {
        for figure in COMPARED {
            assert_eq!(rows_of(Report::One, figure).len(), 1, "{figure}");
        }
    }

    #[test]
    fn every_group_is_used_and_every_group_that_is_used_exists() {
        let named =
            |row: &Definition| row.path.split('.').next_back().filter(|end| end.starts_with('<'));
        let used: Vec<&str> = definitions(Report::One).filter_map(named).collect();
        assert!(used.iter().all(|name| group(name).is_some()), "{used:?}");
        for Group { name, .. } in GROUPS {
            assert!(used.contains(&format!("<{name}>").as_str()), "{name}");
        }
    }

    #[test]
    fn no_line_of_the_list_is_too_long_for_a_terminal() {
        let list = list();
        assert!(list.lines().filter(|line| line.starts_with("  ")).all(|line| line.len() <= WIDTH));
    }
}
