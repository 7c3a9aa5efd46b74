//! What every figure means: one table, from which the manual and `--list-figures` are made.

mod comparison;
mod findings;
mod groups;
mod paths;
mod records;
mod training;

use comparison::COMPARISON;
use findings::FINDINGS;
use records::RECORDS;
use training::TRAINING;

pub use comparison::COMPARED;
pub use groups::GROUPS;
pub use paths::{compared, leads_to_a_figure, names_of, place, refusal, rows_of};

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
    use super::paths::group;
    use super::*;

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
