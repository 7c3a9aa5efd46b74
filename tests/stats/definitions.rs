//! The table of figures and the report are of each other: no figure without a definition, none defined in vain.

use std::collections::BTreeSet;

use chatml::stats::definitions::{COMPARED, GROUPS, Report, definitions, refusal, rows_of};
use serde_json::Value;

use crate::util::{Folder, chat, lines, stats};

/// Data that has everything.
fn data() -> String {
    let of = |fields: &str, record: String| record.replacen('{', &format!("{{{fields},"), 1);
    let story = "Please tell me a short story about 12 old bicycles and their owner right now";
    let tools = r#"{"tools":[{"type":"function"}],"messages":[{"role":"developer","content":"D"},{"role":"user","content":[{"type":"text","text":"x"},{"type":"image_url"}]},{"role":"assistant","tool_calls":[{"id":"1","function":{"name":"f"}}]},{"role":"tool","tool_call_id":"1","content":"y"},{"role":"assistant","content":"z","weight":1,"reasoning":"r"}]}"#;
    let long = "word ".repeat(50);
    lines(&[
        of(
            r#""a":"x","b":"y""#,
            chat(&[
                ("system", "S"),
                ("user", story),
                ("assistant", "I'm sorry, but I cannot help with that."),
            ]),
        ),
        of(
            r#""a":"x","b":"y""#,
            chat(&[
                ("system", "S"),
                ("user", story),
                ("assistant", "I'm sorry, but I cannot help with that."),
            ]),
        ),
        of(
            r#""a":"w","b":["v"]"#,
            chat(&[
                ("user", &story.replace("12", "7")),
                ("assistant", "Gladly: there once was a wheel that turned and turned."),
            ]),
        ),
        chat(&[("user", "x"), ("assistant", &long)]),
        chat(&[("user", &long), ("assistant", "x")]),
        chat(&[("user", "x")]),
        chat(&[("user", "x"), ("assistant", "")]),
        of(r#""untrained":true"#, chat(&[("user", "untrained"), ("assistant", "a")])),
        tools.to_owned(),
    ])
}

/// The paths of everything in the report that has nothing below it.
fn leaves(value: &Value, path: &str, out: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(name, value)| leaves(value, &format!("{path}.{name}"), out))
        }
        Value::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(at, value)| leaves(value, &format!("{path}.{at}"), out));
        }
        _ => drop(out.insert(path[1..].to_owned())),
    }
}

/// The report on data that has everything, through a template that marks and refuses, and without one.
fn paths() -> BTreeSet<String> {
    let folder = Folder::of("chatml-stats");
    folder.put("in", data());
    folder.put(
        "marks.jinja",
        "{% for m in messages %}{% if m.tool_calls %}{{ raise_exception('no') }}{% endif %}\
         {% if m.role == 'assistant' and not untrained and messages[0].content != 'untrained' %}\
         {% generation %}{{ m.content }}{% endgeneration %}{% else %}{{ m.content }}{% endif %}{% endfor %}",
    );
    folder.put("weights", data().replace(r#""content":"a""#, r#""content":"a","weight":0"#));
    let args = [
        "--format",
        "json",
        "--by",
        "/a",
        "--by",
        "/b",
        "--max-tokens",
        "30",
        "--languages",
        "--price",
        "1",
    ];
    let mut paths = BTreeSet::new();
    for more in [&["--chat-template", "marks.jinja", "in"][..], &["weights"]] {
        let mut report = folder.run(&[&args, more].concat(), "").exits(0).json().remove(0);
        for header in ["schema", "tool", "version"] {
            assert!(report.as_object_mut().unwrap().remove(header).is_some(), "{header}");
        }
        leaves(&report, "", &mut paths);
    }
    paths
}

/// The paths that have no definition, or several, and the definitions that no path has.
fn unmatched(report: Report, paths: &BTreeSet<String>) -> (Vec<&str>, BTreeSet<&'static str>) {
    let mut used = BTreeSet::new();
    let mut odd = Vec::new();
    for path in paths {
        let rows = rows_of(report, path);
        if rows.len() != 1 {
            odd.push(path.as_str());
        }
        for (row, figure) in rows {
            used.insert(row.path);
            used.extend(figure.map(|figure| figure.path));
        }
    }
    let groups = GROUPS.iter().flat_map(|group| group.figures);
    let all = definitions(report).chain(groups.filter(|_| report == Report::One));
    (odd, all.map(|row| row.path).filter(|path| !used.contains(path)).collect())
}

#[test]
fn every_figure_has_one_definition_and_every_definition_a_figure() {
    let paths = paths();
    assert!(paths.len() > 500, "{} paths", paths.len());
    assert_eq!(unmatched(Report::One, &paths), (vec![], BTreeSet::new()));
}

#[test]
fn a_comparison_has_definitions_too() {
    let folder = Folder::of("chatml-stats");
    folder.put("in", data());
    let args = ["--compare", "--by", "/a", "--format", "json", "in", "in"];
    let mut report = folder.run(&args, "").exits(0).json().remove(0);
    for header in ["schema", "tool", "version"] {
        assert!(report.as_object_mut().unwrap().remove(header).is_some(), "{header}");
    }
    let figures: Vec<&str> = report["figures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["figure"].as_str().unwrap())
        .collect();
    assert_eq!(figures, COMPARED);
    let mut paths = BTreeSet::new();
    leaves(&report, "", &mut paths);
    assert_eq!(unmatched(Report::Comparison, &paths), (vec![], BTreeSet::new()));
}

#[test]
fn the_list_has_every_row() {
    let list = stats(&["--list-figures"], "").exits(0).out();
    for row in [Report::One, Report::Comparison].into_iter().flat_map(definitions) {
        assert!(
            list.contains(row.path) && (row.unit == "=" || list.contains(row.unit)),
            "{}",
            row.path
        );
    }
    assert!(COMPARED.iter().all(|name| list.contains(name)), "{list}");
    assert!(list.lines().all(|line| line.len() <= 100 || line.contains('|')), "{list}");
}

#[test]
fn a_condition_can_be_on_every_number_of_the_report_and_on_nothing_else() {
    let report = stats(&["--format", "json", "--by", "/a", "--max-tokens", "30"], data());
    let report = report.exits(0).json().remove(0);
    let mut leaves_of = BTreeSet::new();
    leaves(&report, "", &mut leaves_of);
    for path in leaves_of {
        if ["schema", "tool", "version"].contains(&path.as_str()) {
            continue;
        }
        let value = path.split('.').fold(&report, |at, name| match at {
            Value::Array(list) => &list[name.parse::<usize>().unwrap()],
            at => &at[name],
        });
        let why = refusal(Report::One, &path);
        match value {
            Value::Number(_) => assert_eq!(why, None, "{path}"),
            Value::String(_) | Value::Bool(_) => {
                assert!(why.is_some_and(|why| why.contains("is no number")), "{path}");
            }
            _ => {}
        }
    }
}
