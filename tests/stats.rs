//! chatml-stats as its users meet it: what is counted, how parts are put together, what is said.

mod compare;
mod counts;
mod definitions;
mod format;
mod gates;
mod hostile;
mod input;
mod pass;
mod quality;
mod room;
mod states;
mod supervision;
mod templates;
mod tokens;

use serde_json::{Value, json};

use crate::util::stats;

/// The report on records, all of which can be used.
#[track_caller]
fn report<T: AsRef<str>>(args: &[&str], records: &[T]) -> Value {
    let args = [args, &["--format", "json"]].concat();
    let done = stats(&args, crate::util::lines(records));
    done.exits(0).json().remove(0)
}

/// The figure at a path of names and places.
#[track_caller]
fn at<'v>(report: &'v Value, path: &str) -> &'v Value {
    let pointer = format!("/{}", path.replace('.', "/"));
    report.pointer(&pointer).unwrap_or_else(|| panic!("no {path} in {report}"))
}

/// Are these figures so? A wanted fraction is to be met to six digits.
#[track_caller]
fn has(report: &Value, wanted: &[(&str, Value)]) {
    for (path, wanted) in wanted {
        let found = at(report, path);
        match (found.as_f64(), wanted.as_f64()) {
            (Some(found), Some(number)) => {
                assert!((found - number).abs() < 1e-6, "{path} is {found}, wanted {number}");
            }
            _ => assert_eq!(found, wanted, "{path}"),
        }
    }
}

/// The names of a ranking with their counts.
#[track_caller]
fn ranked(report: &Value, path: &str) -> Value {
    let entries = at(report, path)["top"].as_array().unwrap();
    entries.iter().map(|entry| json!([entry["name"], entry["count"]])).collect()
}

/// The lines that a list names.
#[track_caller]
fn lines_at(report: &Value, path: &str) -> Vec<u64> {
    let entries = at(report, path).as_array().unwrap();
    entries.iter().map(|entry| entry["line"].as_u64().unwrap()).collect()
}
