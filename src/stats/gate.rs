//! Conditions on figures, for scripts: `duplicates.rate < 0.01 and tokens.record.p99 <= 4096`.

use serde_json::{Map, Value};

use crate::cli::terminal::{QUOTE_BYTES, quote};
use crate::error::{Error, Result};

use super::definitions::leads_to_a_figure;

/// Does a comparison of two numbers hold?
type Holds = fn(f64, f64) -> bool;

/// How two numbers are compared, as it is written, longer ones first.
const COMPARISONS: [(&str, Holds); 6] = [
    ("<=", |a, b| a <= b),
    (">=", |a, b| a >= b),
    ("==", |a, b| a == b),
    ("!=", |a, b| a != b),
    ("<", |a, b| a < b),
    (">", |a, b| a > b),
];

/// A condition: all of its comparisons hold.
#[derive(Debug, Clone)]
pub struct Gate {
    comparisons: Vec<Comparison>,
}

/// A figure compared with a number.
#[derive(Debug, Clone)]
struct Comparison {
    figure: String,
    sign: &'static str,
    holds: Holds,
    number: f64,
}

impl Gate {
    /// Reads a condition. An [`Error::Usage`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Gate> {
        let comparisons = text.split(" and ").map(Comparison::parse).collect::<Option<_>>();
        comparisons.map(|comparisons| Gate { comparisons }).ok_or_else(|| {
            let text = quote(text, QUOTE_BYTES);
            Error::Usage(format!(
                "--gate {text} is no condition; write a figure, one of < <= > >= == !=, and a number, as in 'duplicates.rate < 0.01'"
            ))
        })
    }

    /// The first figure in it that no report has.
    pub fn unknown(&self) -> Option<&str> {
        let mut figures = self.comparisons.iter().map(|comparison| comparison.figure.as_str());
        figures.find(|figure| !leads_to_a_figure(figure))
    }

    /// What does not hold, in words; nothing where all holds. An [`Error::Usage`] names a figure that is not
    /// there.
    pub fn failures(&self, figures: &Map<String, Value>) -> Result<Vec<String>> {
        let mut failures = Vec::new();
        for comparison in &self.comparisons {
            let Comparison { figure, sign, holds, number } = comparison;
            let found = match is_share_of_nothing(figures, figure) {
                true => 0.0,
                false => number_at(figures, figure)?,
            };
            if is_share_of_nothing(figures, figure) || is_of_nothing(figures, figure) {
                failures.push(format!("{figure}: nothing was measured, wanted {sign} {number}"));
            } else if !holds(found, *number) {
                failures.push(format!("{figure} is {}, wanted {sign} {number}", short(found)));
            }
        }
        Ok(failures)
    }
}

/// At most six digits behind the point, and no zeros at the end.
fn short(number: f64) -> String {
    let text = format!("{number:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Comparison {
    fn parse(text: &str) -> Option<Comparison> {
        let found = COMPARISONS.iter().find_map(|(sign, holds)| {
            let (figure, number) = text.split_once(sign)?;
            Some((figure.trim(), *sign, *holds, number.trim()))
        });
        let (figure, sign, holds, number) = found?;
        let number: f64 = number.parse().ok()?;
        let is_name = |c: char| c.is_alphanumeric() || "._-[]/".contains(c);
        let valid = !figure.is_empty() && figure.chars().all(is_name) && number.is_finite();
        valid.then(|| Comparison { figure: figure.to_owned(), sign, holds, number })
    }
}

/// The number at a path of names and list places joined by dots.
fn number_at(figures: &Map<String, Value>, figure: &str) -> Result<f64> {
    if let Some(why) = not_asked_for(figures, figure) {
        return Err(no_number(figure, why));
    }
    let mut names = figure.split('.');
    let first = names.next().unwrap_or_default();
    let mut at = figures.get(first).ok_or_else(|| no_figure(figure, "the report", figures))?;
    let mut way = vec![first];
    for name in names {
        let next = match at {
            Value::Array(list) => name.parse::<usize>().ok().and_then(|nth| list.get(nth)),
            _ => at.get(name),
        };
        at = next.ok_or_else(|| missing(figure, &way, at))?;
        way.push(name);
    }
    // A count with its share stands for the count, a list for its length.
    let number = match at {
        Value::Object(map) => map.get("count").and_then(Value::as_f64),
        Value::Array(list) => Some(list.len() as f64),
        other => other.as_f64(),
    };
    number.ok_or_else(|| missing(figure, &way, at))
}

/// Figures about what a limit cuts off are none where there is no limit.
fn not_asked_for(figures: &Map<String, Value>, figure: &str) -> Option<&'static str> {
    let name = figure.strip_prefix("supervision.")?.split('.').next()?;
    let is_about_limit = ["over", "over_at", "lost", "trained_lost", "cut_inside", "cut_at"];
    let no_limit = figures.get("supervision")?.get("max_tokens")?.is_null();
    (no_limit && is_about_limit.contains(&name)).then_some("there was no --max-tokens")
}

/// Figures that belong together, of something of which there may be none: by a name that only they have, the
/// figure that says of how many they are, and the beginnings of names that hold all the same.
const BASES: [(&str, &str, &[&str]); 6] = [
    ("p50", "count", &["count", "total"]),
    ("distinct_1", "messages", &["messages"]),
    ("rate", "total", &["total", "prompts", "responses", "near"]),
    ("one_in", "sample", &["sample"]),
    ("trained_lost", "tokens", &["tokens", "idle", "refused", "only_calls", "max_tokens"]),
    ("batch_size", "tokens", &["tokens", "epochs", "batch_size"]),
];

/// Is it a share of runs of words of which the data have none?
fn is_share_of_nothing(figures: &Map<String, Value>, figure: &str) -> bool {
    let mut names = figure.split('.');
    let role = (names.next() == Some("diversity")).then_some(()).and_then(|()| names.next());
    let of_role = role.and_then(|role| figures.get("diversity")?.get(role));
    let found = names.next().and_then(|name| of_role?.get(name));
    found.is_some_and(Value::is_null) && names.next().is_none()
}

/// Is it a figure of nothing, such as the share of no records? That is no answer, and so no condition holds.
fn is_of_nothing(figures: &Map<String, Value>, figure: &str) -> bool {
    let names: Vec<&str> = figure.split('.').collect();
    let is_zero = |value: Option<&Value>| value.and_then(Value::as_f64) == Some(0.0);
    let records = figures.get("records").and_then(|records| records.get("count"));
    let counted = matches!(names[..], ["input", ..] | ["records"] | ["records", "count"]);
    // The first figure of a comparison are the records of both.
    let both = figures.get("figures").and_then(|rows| rows.get(0));
    let none_of_one =
        ["first", "second"].iter().any(|of| is_zero(both.and_then(|row| row.get(of))));
    if is_zero(records) && !counted || none_of_one && names.first() != Some(&"figures") {
        return true;
    }
    let mut at = figures.get(names.first().copied().unwrap_or_default());
    for name in names.iter().skip(1) {
        let Some(Value::Object(map)) = at else { break };
        let of_nothing = BASES.iter().any(|(mark, base, but)| {
            let holds_all_the_same = but.iter().any(|begin| name.starts_with(begin));
            map.contains_key(*mark) && is_zero(map.get(*base)) && !holds_all_the_same
        });
        if of_nothing {
            return true;
        }
        at = map.get(*name);
    }
    false
}

fn missing(figure: &str, way: &[&str], at: &Value) -> Error {
    let place = way.join(".");
    let has = match at {
        Value::Null => "was not measured".to_owned(),
        Value::Object(map) => return no_figure(figure, &place, map),
        Value::Array(list) => format!("has entries 0 to {}", list.len().saturating_sub(1)),
        _ => "is one figure".to_owned(),
    };
    no_number(figure, &format!("{place} {has}"))
}

fn no_figure(figure: &str, place: &str, map: &Map<String, Value>) -> Error {
    let names: Vec<&str> = map.keys().map(String::as_str).collect();
    no_number(figure, &format!("{place} has {}", names.join(", ")))
}

fn no_number(figure: &str, why: &str) -> Error {
    Error::Usage(format!("--gate: there is no number {}; {why}", quote(figure, QUOTE_BYTES)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn failures(condition: &str) -> std::result::Result<Vec<String>, String> {
        let figures = json!({
            "duplicates": {"rate": 0.25, "prompts": {"count": 3}},
            "packing": [{"limit": 10}],
            "tokens": null,
        });
        let gate = Gate::parse(condition).map_err(|error| error.to_string())?;
        gate.failures(figures.as_object().unwrap()).map_err(|error| error.to_string())
    }

    #[test]
    fn conditions_hold_or_say_what_was_found() {
        for holds in [
            "duplicates.rate < 0.3",
            "duplicates.rate<=0.25",
            "duplicates.rate == 0.25 and duplicates.prompts != 4",
            "packing.0.limit >= 1e1",
            "packing > 0",
        ] {
            assert_eq!(failures(holds), Ok(vec![]), "{holds}");
        }
        assert_eq!(
            failures("duplicates.rate < 0.01 and packing.0.limit > 10"),
            Ok(vec![
                "duplicates.rate is 0.25, wanted < 0.01".to_owned(),
                "packing.0.limit is 10, wanted > 10".to_owned(),
            ])
        );
    }

    #[test]
    fn what_is_no_condition_is_refused_with_what_there_is() {
        for wrong in ["", "duplicates.rate", "< 1", "duplicates.rate < x", "a b < 1", "x < nan"] {
            assert!(failures(wrong).unwrap_err().contains("is no condition"), "{wrong}");
        }
        let table = [
            ("duplicate.rate < 1", "the report has duplicates, packing, tokens"),
            ("duplicates.x < 1", "duplicates has rate, prompts"),
            ("packing.7 < 1", "packing has entries 0 to 0"),
            ("tokens.total < 1", "tokens was not measured"),
        ];
        for (wrong, reason) in table {
            let error = failures(wrong).unwrap_err();
            assert!(error.contains(reason), "{wrong}: {error}");
        }
    }
}
