//! What every figure means: one table, from which the manual and `--list-figures` are made.

mod findings;
mod groups;
mod records;
mod training;

use findings::FINDINGS;
use records::RECORDS;
use training::TRAINING;

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

/// All figures, in the order of the report.
pub fn definitions() -> impl Iterator<Item = &'static Definition> {
    [RECORDS, TRAINING, FINDINGS].into_iter().flatten()
}

/// A pattern of names, and the row and the figure of its group that it is from.
type Pattern = (Vec<&'static str>, (&'static str, Option<&'static str>));

/// Every pattern of the table, those of groups written out.
fn patterns() -> impl Iterator<Item = Pattern> {
    let names = |path: &'static str| path.split('.').collect::<Vec<_>>();
    definitions().flat_map(move |row| {
        let own = names(row.path);
        let Some((group, before)) =
            own.split_last().and_then(|(last, rest)| Some((group(last)?, rest)))
        else {
            return vec![(own, (row.path, None))];
        };
        let of = |figure: &Definition| {
            ([before, &names(figure.path)].concat(), (row.path, Some(figure.path)))
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
    let accepts = |(pattern, name): (&&str, &&str)| {
        *pattern == "*" || pattern.split('|').any(|one| one == *name)
    };
    pattern.iter().zip(names).all(accepts)
}

/// The rows that define the figure at a path: one, unless there is no such figure. A figure of a group is told
/// behind its row.
pub fn rows_of(path: &str) -> Vec<(&'static str, Option<&'static str>)> {
    let names: Vec<&str> = path.split('.').collect();
    let fits = |(pattern, _): &Pattern| pattern.len() == names.len() && accepts(pattern, &names);
    patterns().filter(fits).map(|(_, row)| row).collect()
}

/// Is there a figure at the path, or are there figures below it?
pub fn leads_to_a_figure(path: &str) -> bool {
    let names: Vec<&str> = path.split('.').collect();
    patterns().any(|(pattern, _)| pattern.len() >= names.len() && accepts(&pattern, &names))
}

/// The table as text.
pub fn list() -> String {
    let mut out = String::from(HEAD);
    for Definition { path, unit, text } in definitions() {
        out.push_str(&format!("\n{path}{}\n{}", bracketed(unit), wrapped(text)));
    }
    for Group { name, figures } in GROUPS {
        out.push_str(&format!("\n<{name}> is one of these:\n"));
        for Definition { path, unit, text } in *figures {
            out.push_str(&format!("\n<{name}>: {path}{}\n{}", bracketed(unit), wrapped(text)));
        }
    }
    out
}

const HEAD: &str = "\
The figures of chatml-stats by their path in the JSON report, each with its unit.
In a path a|b is either name and * any name or any place of a list, from 0.
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
        assert_eq!(rows_of("input.bytes"), [("input.bytes", None)]);
        let p50 = Some("p1|p5|p25|p50|p75|p90|p95|p99");
        assert_eq!(rows_of("tokens.query.p50"), [("characters|words|tokens.query.<summary>", p50)]);
        for none in ["input", "input.bytes.p50", "tokens.query.p51", "", "tokens.queries.p50"] {
            assert_eq!(rows_of(none), [], "{none}");
        }
        assert!(leads_to_a_figure("duplicates.prompts") && !leads_to_a_figure("duplicates.prompt"));
        assert!(leads_to_a_figure("signs.email") && !leads_to_a_figure("sign.email"));
    }

    #[test]
    fn every_group_is_used_and_every_group_that_is_used_exists() {
        let named =
            |row: &Definition| row.path.split('.').next_back().filter(|end| end.starts_with('<'));
        let used: Vec<&str> = definitions().filter_map(named).collect();
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
