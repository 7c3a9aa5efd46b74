//! Which paths name a figure, and what is said of one that names none.

use crate::cli::terminal::{QUOTE_BYTES, quote};
use crate::quality::SIGNS;

use super::super::chat::{ROLES, Role};
use super::super::quality::SPEAKERS;
use super::super::schema::TYPES;
use super::{COMPARED, Definition, GROUPS, Group, Report, definitions};

/// The names of a path. One that begins with a slash is a JSON pointer, in which a dot is a dot, and the last.
pub fn names_of(path: &str) -> Vec<&str> {
    let end = path.find("./").unwrap_or(path.len());
    let (names, pointer) = path.split_at(end);
    names.split('.').chain(pointer.strip_prefix('.')).collect()
}

/// A place in a list, as a path names it: in digits alone, and in one way.
pub fn place(name: &str) -> Option<usize> {
    let is_plain = name.bytes().all(|b| b.is_ascii_digit());
    let is_only_way = name == "0" || !name.starts_with('0');
    name.parse().ok().filter(|_| is_plain && is_only_way)
}

/// What is told of a figure that is compared.
const SIDES: [&str; 3] = ["first", "second", "difference"];

/// The figure and what of it a path names that is compared: `figures.records.count.first`. By its place in the list,
/// which is that of what was measured, a condition would be on now this figure and now that.
pub fn compared(path: &str) -> Option<(&'static str, &str)> {
    let (name, side) = path.strip_prefix("figures.")?.rsplit_once('.')?;
    let figure = COMPARED.iter().find(|figure| **figure == name)?;
    SIDES.contains(&side).then_some((figure, side))
}

/// Why a path into the list of what is compared is none of [`compared`].
fn refusal_of_compared(path: &str) -> Option<String> {
    if compared(path).is_some() {
        return None;
    }
    let shown = quote(path, QUOTE_BYTES);
    let behind = path.strip_prefix("figures.").unwrap_or_default();
    let is_of = |figure: &&&str| {
        behind.strip_prefix(**figure).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let why = match COMPARED.iter().find(is_of) {
        Some(figure) => format!(
            "of each there is first, second and difference, as in figures.{figure}.difference"
        ),
        None => format!(
            "figures goes by names and not by places, as in figures.{}.difference; it has {}",
            COMPARED[0],
            COMPARED.join(", ")
        ),
    };
    Some(format!("there is no figure of a comparison {shown}; {why}"))
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
pub(super) fn group(name: &str) -> Option<&'static Group> {
    let name = name.strip_prefix('<')?.strip_suffix('>')?;
    GROUPS.iter().find(|group| group.name == name)
}

fn accepts(pattern: &[&str], names: &[&str]) -> bool {
    let accepts = |(depth, (pattern, name)): (usize, (&&str, &&str))| {
        let before = depth.checked_sub(1).and_then(|before| names.get(before)).unwrap_or(&"");
        // A name such as `*` stands for many, and so for none.
        pattern.split('|').any(|one| if one == "*" { is_any(before, name) } else { one == *name })
    };
    pattern.iter().zip(names).enumerate().all(accepts)
}

/// Can `*` be this name, behind that one?
fn is_any(before: &str, name: &str) -> bool {
    match known(before) {
        Some(names) => names.contains(&name),
        None if before == BY_POINTER => name.starts_with('/'),
        None => place(name).is_some(),
    }
}

/// Behind this name stands a pointer of `--by`.
const BY_POINTER: &str = "distances";

/// The names that `*` can be behind this one. None: a place in a list, or a pointer.
fn known(before: &str) -> Option<Vec<&'static str>> {
    match before {
        "by_role" => Some(ROLES.map(Role::name).to_vec()),
        "diversity" => Some(SPEAKERS.map(Role::name).to_vec()),
        "signs" => Some(SIGNS.iter().map(|sign| sign.name).collect()),
        "types" => Some(TYPES.to_vec()),
        _ => None,
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

/// Units of what is no number.
const NO_NUMBERS: [&str; 4] = ["text", "name", "true or false", "JSON pointer"];

fn unit(row: &Definition, figure: Option<&Definition>) -> &'static str {
    figure.map_or(row.unit, |figure| figure.unit)
}

fn is_number((_, (row, figure)): &Pattern) -> bool {
    !NO_NUMBERS.contains(&unit(row, *figure))
}

/// Why a condition on what is at the path makes no sense for any data, with what may have been meant; none where it
/// does. A count with its share stands for the count.
pub fn refusal(report: Report, path: &str) -> Option<String> {
    if report == Report::Comparison && names_of(path).first() == Some(&"figures") {
        return refusal_of_compared(path);
    }
    let shown = quote(path, QUOTE_BYTES);
    let rows = rows_of(report, path);
    let units = rows.iter().map(|(row, figure)| unit(row, *figure));
    if let Some(unit) = units.into_iter().find(|unit| NO_NUMBERS.contains(unit)) {
        return Some(format!("there is no number {shown}; what is there is no number: {unit}"));
    }
    let has = |name: &str| !rows_of(report, &format!("{path}.{name}")).is_empty();
    if !rows.is_empty() || has("count") && has("share") {
        return None;
    }
    let names = names_of(path);
    if leads_to_a_figure(report, path) {
        return Some(format!("there is no number {shown}; {}", what_is_at(report, &names)));
    }
    let leads = |depth: &usize| {
        let before = &names[..*depth];
        patterns(report).any(|(pattern, _)| pattern.len() >= *depth && accepts(&pattern, before))
    };
    let depth = (0..names.len()).rev().find(leads).unwrap_or(0);
    let place = what_is_at(report, &names[..depth]);
    if names.get(depth).is_some_and(|name| name.contains(['*', '|'])) {
        return Some(format!("{shown} stands for several figures; name one: {place}"));
    }
    Some(match report {
        Report::One if leads_to_a_figure(Report::Comparison, path) || compared(path).is_some() => {
            format!("there is no figure {shown} without --compare")
        }
        Report::One => format!("there is no figure {shown}; {place}; --list-figures lists all"),
        Report::Comparison => {
            format!("there is no figure of a comparison {shown}; {place}; --list-figures lists all")
        }
    })
}

/// In words, which names may stand behind these on the way to a number, or how a place in a list is named.
fn what_is_at(report: Report, names: &[&str]) -> String {
    let place = if names.is_empty() { "the report".to_owned() } else { names.join(".") };
    let before = names.last().copied().unwrap_or_default();
    let mut below: Vec<&str> = Vec::new();
    let leads = |of: &Pattern| accepts(&of.0, names) && is_number(of);
    for (pattern, _) in patterns(report).filter(leads) {
        let Some(next) = pattern.get(names.len()) else { continue };
        for name in next.split('|') {
            let all = if name == "*" { known(before).unwrap_or_default() } else { vec![name] };
            below.extend(all);
        }
    }
    let mut seen = std::collections::HashSet::new();
    below.retain(|name| seen.insert(*name));
    match (below.is_empty(), example(report, names)) {
        (false, _) => format!("{place} has {}", below.join(", ")),
        (true, Some(figure)) => {
            format!("{place} is a list; name a figure of an entry, as in {figure}")
        }
        (true, None) if !rows_of(report, &place).is_empty() => format!("{place} is one figure"),
        (true, None) => format!("{place} has no numbers"),
    }
}

/// The first number below these names.
fn example(report: Report, names: &[&str]) -> Option<String> {
    let below = patterns(report)
        .filter(|(pattern, _)| pattern.len() > names.len() && accepts(pattern, names));
    let (pattern, _) = below.into_iter().find(is_number)?;
    let mut path: Vec<&str> = names.to_vec();
    for name in pattern.get(names.len()..)? {
        let first = name.split('|').next().unwrap_or_default();
        let before = path.last().copied().unwrap_or_default();
        let of_many = || known(before).and_then(|names| names.first().copied()).unwrap_or("0");
        path.push(if first == "*" { of_many() } else { first });
    }
    Some(path.join("."))
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
            "scripts.top.+0.share",
            "scripts.top.00.share",
            "scripts.top.-0.share",
            "distances.tokens",
        ] {
            assert!(!leads(path), "{path}");
        }
        let leads = |path| leads_to_a_figure(Report::Comparison, path);
        assert!(leads("distances.tokens") && leads("distances./a.b") && leads("figures.3.first"));
        assert!(!leads("distances.words") && !leads("records.count") && !leads("overlap.chats"));
    }

    #[test]
    fn what_makes_no_condition_is_told_with_what_may_have_been_meant() {
        for (path, told) in [
            ("tokenizer", "there is no number \"tokenizer\"; what is there is no number: text"),
            ("scripts.top.0.name", "what is there is no number: text"),
            ("duplicates.estimated", "what is there is no number: true or false"),
            ("checks.0.verdict", "what is there is no number: name"),
            ("diversity.user.templated.largest.0.file", "what is there is no number: text"),
            ("paths.0.path", "what is there is no number: JSON pointer"),
            ("records", "there is no number \"records\"; records has count, bytes, empty, "),
            ("signs", "signs has refusal, "),
            ("messages.by_role", "messages.by_role has system, "),
            ("paths", "paths is a list; name a figure of an entry, as in paths.0.count"),
            ("training.packing", "as in training.packing.0.limit"),
            ("signs.email.at", "as in signs.email.at.0.line"),
            ("input.files", "input.files has no numbers"),
            ("checks.0", "checks.0 has no numbers"),
            ("schema", "the report has input, records, messages, "),
            ("signs.*", "\"signs.*\" stands for several figures; name one: signs has refusal, "),
            ("signs.*.count", "stands for several figures; name one: signs has refusal, "),
            ("characters|words.record.p50", "name one: the report has input, records, "),
            (
                "paths.*.count",
                "name one: paths is a list; name a figure of an entry, as in paths.0.count",
            ),
            ("records.cuont", "there is no figure \"records.cuont\"; records has count, "),
            ("records.count.x", "records.count is one figure"),
            ("overlap.prompts", "there is no figure \"overlap.prompts\" without --compare"),
            ("distances./a b", "there is no figure \"distances./a b\" without --compare"),
            ("cuont", "there is no figure \"cuont\"; the report has input, records, "),
            ("scripts.top.first.share", "scripts.top is a list; "),
            ("", "the report has input"),
        ] {
            let found = refusal(Report::One, path).unwrap_or_default();
            assert!(found.contains(told), "{path}: {found}");
        }
        for path in
            ["records.count", "signs.email", "scripts.top.0", "messages.by_role.tool", "checks.0"]
        {
            let is_none = refusal(Report::One, path).is_none();
            assert_eq!(is_none, path != "checks.0", "{path}");
        }
        for (path, told) in [
            (
                "records.count",
                "there is no figure of a comparison \"records.count\"; the report has figures, distances, overlap; ",
            ),
            ("distances", "distances has roles, scripts, "),
            ("distances.words", "distances has roles, "),
            ("figures", "as in figures.records.count.difference; it has records.count, "),
            ("figures.10.first", "figures goes by names and not by places, as in figures.records."),
            ("figures.*.first", "by names and not by places"),
            ("figures.records.bytes.first", "it has records.count, "),
            ("figures.duplicates.rate", "as in figures.duplicates.rate.difference"),
            ("figures.duplicates.rate.third", "there is first, second and difference"),
        ] {
            let found = refusal(Report::Comparison, path).unwrap_or_default();
            assert!(found.contains(told), "{path}: {found}");
        }
        for path in ["distances./a b", "figures.records.count.first"] {
            assert_eq!(refusal(Report::Comparison, path), None);
            let told = refusal(Report::One, path).unwrap_or_default();
            assert!(told.contains("without --compare"), "{told}");
        }
    }
}
