//! Data that would make a report lie, leak or last for hours.

use serde_json::{Value, json};

use super::{at, report};
use crate::util::{chat, lines, stats};

const KEY: &str = "AKIAQ3ZT7WKPL5MN2RSD";

fn answered(question: &str, answer: &str) -> String {
    chat(&[("user", question), ("assistant", answer)])
}

/// A token in three parts, longer than any name that is kept.
fn long_token() -> String {
    let part = |seed: &str| seed.repeat(120);
    format!("eyJhbGciOiJIUzI1NiJ9.{}.{}", part("aB3dE"), part("xY7zQ"))
}

#[test]
fn no_secret_is_shown_wherever_it_stands() {
    let token = long_token();
    let with = |text: &str| {
        let record = json!({
            "messages": [
                {"role": "system", "content": text},
                {"role": "user", "content": format!("{text} is my key")},
                {"role": "assistant", "content": "ok"},
            ],
            "cat": text,
            text: 1,
        });
        record.to_string()
    };
    for secret in [KEY, "jane@uni-bonn.de", &token] {
        let records = [with(secret), with(secret)];
        for format in ["text", "json", "markdown", "info", "html"] {
            let done = stats(&["--by", "/cat", "--format", format], lines(&records));
            let shown = done.exits(0).out().to_lowercase();
            let beginning = secret[..secret.len().min(30)].to_lowercase();
            assert!(!shown.contains(&beginning), "{format}: {beginning} in {shown}");
            assert!(!shown.contains("jane uni"), "{format}: {shown}");
        }
    }
}

#[test]
fn long_keys_are_cut_and_stay_different() {
    let record = |n: usize| {
        let key = format!("{}{n}", "k".repeat(5000));
        let mut record: Value = serde_json::from_str(&answered("Q", "A")).unwrap();
        record[key] = 1.into();
        record.to_string()
    };
    let report = report(&["--tokenizer", "none"], &[record(1), record(2)]);
    let paths = at(&report, "paths").as_array().unwrap();
    assert_eq!(paths.len(), 6);
    assert!(paths.iter().all(|path| path["path"].as_str().unwrap().len() < 120));
}

#[test]
fn many_results_and_two_long_lists_take_no_hours() {
    let results: Vec<Value> =
        (0..20_000).map(|_| json!({"role": "tool", "content": "r"})).collect();
    let many: Vec<usize> = (0..50_000).collect();
    let calls = json!([{"id": "c", "function": {"name": "f", "arguments": "{}"}}]);
    let mut messages = vec![json!({"role": "assistant", "content": null, "tool_calls": calls})];
    messages.extend(results);
    let record = json!({"messages": messages, "a": many, "b": many}).to_string();
    let args = ["--tokenizer", "none", "--no-quality", "--by", "/a", "--by", "/b"];
    let report = report(&args, &[record]);
    assert_eq!(at(&report, "contents.calls"), &json!(1));
    assert_eq!(at(&report, "contents.calls_without_result"), &json!(1));
    assert_eq!(at(&report, "categories.0.distinct"), &json!(64));
}

#[test]
fn the_table_of_pairs_tells_what_there_is_of_what_it_shows() {
    let record = |a: &str, b: &str| {
        let mut record: Value = serde_json::from_str(&answered("Q", "A")).unwrap();
        (record["a"], record["b"]) = (a.into(), b.into());
        record.to_string()
    };
    // The pairs of rare values are more than are shown.
    let mut records: Vec<String> = (0..12).map(|n| record("x", &format!("rare{n}"))).collect();
    records.extend([record("y", "top"), record("y", "top"), record("x", "top")]);
    let report = report(&["--by", "/a", "--by", "/b", "--top", "2"], &records);
    let pairs = at(&report, "category_pairs").as_array().unwrap();
    assert!(pairs.contains(&json!({"first": "y", "second": "top", "count": 2})), "{pairs:?}");
    assert!(pairs.contains(&json!({"first": "x", "second": "top", "count": 1})), "{pairs:?}");
}

#[test]
fn a_template_that_refuses_says_why() {
    let folder = crate::util::Folder::of("chatml-stats");
    folder.put("t.jinja", "{{ raise_exception('roles must alternate') if messages }}");
    let done = folder.run(&["--chat-template", "t.jinja"], lines(&[answered("Q", "A")]));
    done.exits(2).says("roles must alternate");
    assert!(done.out().contains("roles must alternate"), "{done}");
}

#[test]
fn a_template_that_leaves_texts_out_is_counted_by_what_it_writes() {
    let folder = crate::util::Folder::of("chatml-stats");
    folder.put("last.jinja", "{{ messages[-1]['content'] }}");
    let record = answered("one two three four five six seven", "eight nine");
    let args = ["--chat-template", "last.jinja", "--max-tokens", "5", "--format", "json"];
    let done = folder.run(&args, lines(&[record]));
    let report = done.exits(0).json().remove(0);
    assert_eq!(at(&report, "supervision.tokens"), at(&report, "tokens.record.total"));
    assert_eq!(at(&report, "supervision.over.count"), &json!(0));
}

#[test]
fn a_gate_on_what_was_not_measured_loses_nothing() {
    let folder = crate::util::Folder::of("chatml-stats");
    let state = folder.run(&["--partial", "--tokenizer", "none"], lines(&[answered("Q", "A")]));
    // Only from the state it is known that there are no tokens.
    let gate = ["--merge", "--gate", "tokens.record.p99 < 5", "-o", "out"];
    folder.run(&gate, state.exits(0).out()).exits(2).says("tokens was not measured");
    assert!(!folder.get("out").is_empty());
}
