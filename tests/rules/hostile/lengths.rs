//! Keys and texts of any length: what is told of them is short.

use chatml::rules::across::{At, LATE, Stream};
use serde_json::{Map, Value};

use super::*;
use crate::util::judge;

/// Far more than all that may be told: a finding holds some hundred bytes of words, an excerpt or two, and
/// of each key on the way to its place a kilobyte.
const LONG: usize = 64 << 10;
const MOST_TOLD: usize = 12 << 10;

/// The value with the string, or key, of this number made long; numbered as they stand in the text.
fn lengthened(value: &Value, number: &mut usize) -> Value {
    match value {
        Value::String(text) => long(text, number).into(),
        Value::Array(items) => items.iter().map(|item| lengthened(item, number)).collect(),
        Value::Object(members) => {
            let mut all = Map::new();
            for (key, member) in members {
                all.insert(long(key, number), lengthened(member, number));
            }
            all.into()
        }
        other => other.clone(),
    }
}

fn long(text: &str, number: &mut usize) -> String {
    let here = *number == 0;
    *number = number.wrapping_sub(1);
    match here {
        true => format!("{text}{}", "/\n~k".repeat(LONG / 4)),
        false => text.to_owned(),
    }
}

#[test]
fn what_is_told_of_a_long_key_or_text_is_short() {
    for record in RECORDS {
        let value: Value = serde_json::from_str(record).expect("a record");
        for which in 0.. {
            let mut number = which;
            let line = lengthened(&value, &mut number).to_string();
            if line.len() < LONG {
                break;
            }
            let at = Line {
                bytes: line.as_bytes(),
                terminated: true,
                first: false,
                number: 0,
                offset: 0,
            };
            let (mut block, mut found) = (across::Block::default(), Vec::new());
            Judge::new(&PLAIN).line(at, &mut block, &mut found);
            // Behind so much data that every path is a new and a late one.
            let at = At { input: "in", line: 1, offset: LATE };
            found.extend(Stream::default().join(block, at, &PLAIN));
            for finding in found {
                let told = finding.message.len() + finding.pointer.len();
                let start: String = finding.message.chars().take(200).collect();
                assert!(told < MOST_TOLD, "{} of {told} bytes: {start}", finding.rule.code());
            }
        }
    }
}

/// A call whose arguments are a text of so many bytes: an object, or one that is cut short.
fn called(bytes: usize, whole: bool) -> String {
    let end = if whole { r#"\"}"# } else { "" };
    let arguments = [r#"{\"a\":\""#, &"b".repeat(bytes), end].concat();
    format!(
        r#"{{"messages":[{{"role":"user","content":"q"}},{{"role":"assistant","content":null,"tool_calls":[{{"id":"c","type":"function","function":{{"name":"f","arguments":"{arguments}"}}}}]}},{{"role":"tool","tool_call_id":"c","content":"r"}},{{"role":"assistant","content":"a"}}]}}"#
    )
}

#[test]
fn json_in_a_string_is_read_up_to_a_length_that_is_told() {
    let words = |bytes, whole| -> Vec<String> {
        let findings = judge("default", called(bytes, whole));
        let of_json = findings.into_iter().filter(|finding| finding.rule.code() == "F003");
        of_json.map(|finding| finding.message).collect()
    };
    assert!(words(10, true).is_empty() && words(15 << 20, true).is_empty());
    assert_eq!(words(10, false).len(), 1);
    let long = words(17 << 20, true);
    assert!(
        long.len() == 1 && long[0].contains("longer than 16 MiB, which is not read"),
        "{long:?}"
    );
    let text = format!(r#"{{"messages":"[\"{}\"]"}}"#, "b".repeat(17 << 20));
    let long: Vec<String> =
        judge("default", text).into_iter().map(|finding| finding.message).collect();
    assert!(
        long.iter().any(|words| words.contains("longer than 16 MiB, which is not read")),
        "{long:?}"
    );
}
