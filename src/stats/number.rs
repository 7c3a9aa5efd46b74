//! The number at a path of a report: what a condition or a comparison names.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::cli::terminal::{QUOTE_BYTES, quote};
use crate::error::{Error, Result};

use super::definitions::{Report, compared, leads_to_a_figure, names_of, place};

/// A report as JSON.
pub(super) fn as_map(report: &impl Serialize) -> Map<String, Value> {
    match serde_json::to_value(report) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    }
}

/// The number at a path of names and list places joined by dots. A count with its share stands for the count. A list
/// stands for nothing: how many are in it is a matter of what is to be told. None: it is a figure of nothing, such as
/// the share of no records, or of a role or a place in a list that these data do not have. An [`Error::Usage`]: there
/// is no such number in any data, or it was not measured.
pub(super) fn number_at(
    figures: &Map<String, Value>,
    report: Report,
    path: &str,
) -> Result<Option<f64>> {
    if let (Report::Comparison, Some((figure, side))) = (report, compared(path)) {
        return compared_number(figures, path, figure, side);
    }
    let names = names_of(path);
    let Some((first, rest)) = names.split_first() else { return Ok(None) };
    let mut at = figures.get(*first).ok_or_else(|| no_figure(path, "the report", figures))?;
    for (depth, name) in rest.iter().enumerate() {
        let way = &names[..=depth];
        let next = match at {
            Value::Object(map) => map.get(*name),
            Value::Array(list) => place(name).and_then(|nth| list.get(nth)),
            // The whole part was left out, or one figure of it is of nothing.
            Value::Null if depth == 0 => return Err(not_measured(path, first)),
            Value::Null => return Ok(None),
            _ => return Err(no_number(path, &format!("{} is one figure", way.join(".")))),
        };
        let Some(next) = next else {
            return match (at, leads_to_a_figure(report, path)) {
                (_, true) => Ok(of_absent(way, &names[depth + 1..])
                    .filter(|_| is_of_something(figures, &names))),
                (Value::Object(map), _) => Err(no_figure(path, &way.join("."), map)),
                _ => Err(no_number(path, &format!("{} is a list", way.join(".")))),
            };
        };
        at = next;
    }
    let number = match at {
        Value::Object(map) if map.contains_key("share") => map.get("count").and_then(Value::as_f64),
        Value::Array(_) => {
            return Err(no_number(path, "it is a list; name its count, or a figure of an entry"));
        }
        Value::Null if rest.is_empty() => return Err(not_measured(path, first)),
        Value::Null => return Ok(None),
        other => other.as_f64(),
    };
    match (number, at) {
        (Some(number), _) => Ok(Some(number).filter(|_| is_of_something(figures, &names))),
        (None, Value::Object(map)) => Err(no_figure(path, path, map)),
        (None, _) => Err(no_number(path, "what is there is no number")),
    }
}

/// What a comparison tells of a figure, wherever that stands in its list.
fn compared_number(
    figures: &Map<String, Value>,
    path: &str,
    figure: &str,
    side: &str,
) -> Result<Option<f64>> {
    let rows = figures.get("figures").and_then(Value::as_array);
    let is_its = |row: &&Value| row.get("figure").and_then(Value::as_str) == Some(figure);
    let row = rows.and_then(|rows| rows.iter().find(is_its));
    let part = figure.split('.').next().unwrap_or_default();
    let row = row.ok_or_else(|| not_measured(path, part))?;
    Ok(row.get(side).and_then(Value::as_f64))
}

/// Lists of counts by name that hold only the names that occur: of any other there are none.
const ONLY_WHAT_OCCURS: [&str; 3] = ["by_role", "idle_by_cause", "types"];

/// The number of what does not occur in the data.
fn of_absent(way: &[&str], rest: &[&str]) -> Option<f64> {
    let is_listed = way.last().is_some_and(|last| ONLY_WHAT_OCCURS.contains(last));
    (is_listed && matches!(rest, [_] | [_, "count" | "total" | "share"])).then_some(0.0)
}

/// Figures that belong together, of something of which there may be none: by a name that only they have, the
/// figure that says of how many they are, and the beginnings of names that hold all the same.
const BASES: [(&str, &str, &[&str]); 7] = [
    ("p50", "count", &["count", "total"]),
    ("by_role", "count", &["count", "empty", "per_record", "turns"]),
    ("distinct_1", "messages", &["messages", "values"]),
    ("rate", "total", &["total", "prompts", "responses", "near"]),
    ("one_in", "sample", &["sample"]),
    ("trained_lost", "tokens", &["tokens", "idle", "refused", "only_calls", "max_tokens"]),
    ("batch_size", "tokens", &["tokens", "epochs", "batch_size"]),
];

/// Is it a figure of something? The share of no records is no answer, and so no condition on it holds.
fn is_of_something(figures: &Map<String, Value>, names: &[&str]) -> bool {
    let is_zero = |value: Option<&Value>| value.and_then(Value::as_f64) == Some(0.0);
    let records = figures.get("records").and_then(|records| records.get("count"));
    if is_zero(records) && !matches!(names, ["input", ..] | ["records", "count"]) {
        return false;
    }
    let Some((first, rest)) = names.split_first() else { return false };
    let mut at = figures.get(*first);
    for (depth, name) in rest.iter().enumerate() {
        let Some(Value::Object(map)) = at else { break };
        // How often a name occurs is known where nothing does.
        let behind = &rest[depth + 1..];
        if ONLY_WHAT_OCCURS.contains(name) && matches!(behind, [_] | [_, "count"]) {
            return true;
        }
        let is_of_nothing = BASES.iter().any(|(mark, base, but)| {
            let holds_all_the_same = but.iter().any(|begin| name.starts_with(begin));
            map.contains_key(*mark) && is_zero(map.get(*base)) && !holds_all_the_same
        });
        if is_of_nothing {
            return false;
        }
        at = map.get(*name);
    }
    true
}

fn not_measured(path: &str, part: &str) -> Error {
    no_number(path, &format!("{part} was not measured"))
}

fn no_figure(path: &str, place: &str, map: &Map<String, Value>) -> Error {
    let names: Vec<&str> = map.keys().map(String::as_str).collect();
    no_number(path, &format!("{place} has {}", names.join(", ")))
}

/// That a condition cannot be judged, and why.
pub(super) fn no_number(path: &str, why: &str) -> Error {
    Error::Usage(format!("--gate: there is no number {}; {why}", quote(path, QUOTE_BYTES)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn number(path: &str) -> std::result::Result<Option<f64>, String> {
        let figures = json!({
            "records": {"count": 3},
            "messages": {"count": 4, "by_role": {"user": {"count": 4, "share": 1.0}}},
            "tokens": {
                "record": {"count": 0, "p50": 0, "total": 0},
                "by_role": {"user": {"count": 4, "p50": 7}},
            },
            "training": {"packing": [{"limit": 10}]},
            "paths": [{"types": {"string": 1}}],
            "diversity": {"user": {"messages": 1, "distinct_1": 0.5, "distinct_3": null}},
            "categories": [{"distinct": 0}],
            "signs": null,
        });
        number_at(figures.as_object().unwrap(), Report::One, path)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_number_is_found_or_is_of_nothing() {
        for (path, wanted) in [
            ("records.count", Some(3.0)),
            ("messages.by_role.user", Some(4.0)),
            ("training.packing.0.limit", Some(10.0)),
            // What does not occur is counted, and has no length.
            ("messages.by_role.tool", Some(0.0)),
            ("messages.by_role.tool.count", Some(0.0)),
            ("messages.by_role.tool.share", Some(0.0)),
            ("tokens.by_role.tool.count", Some(0.0)),
            ("tokens.by_role.tool.total", Some(0.0)),
            ("tokens.by_role.tool.p50", None),
            ("paths.0.types.null", Some(0.0)),
            ("tokens.record.total", Some(0.0)),
            ("tokens.record.p50", None),
            ("diversity.user.distinct_3", None),
            ("categories.0.entropy", None),
            ("training.packing.7.limit", None),
            ("paths.1.count", None),
        ] {
            assert_eq!(number(path), Ok(wanted), "{path}");
        }
    }

    #[test]
    fn what_no_data_have_is_an_error_with_what_there_is() {
        for (path, reason) in [
            ("message.count", "the report has records, messages, tokens"),
            ("messages.cuont", "messages has count, by_role"),
            ("messages.by_role.toll", "messages.by_role has user"),
            ("signs.email", "signs was not measured"),
            ("signs", "signs was not measured"),
            ("records.count.x", "records.count is one figure"),
            ("paths.x", "paths is a list"),
            ("training.packing", "it is a list"),
            ("records", "records has count"),
            ("tokens.record", "tokens.record has count, p50"),
        ] {
            let error = number(path).unwrap_err();
            assert!(error.contains(reason), "{path}: {error}");
        }
    }
}
