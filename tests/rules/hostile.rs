//! Records that nobody means to write: wrong shapes, torn bytes and huge ones. Nothing panics, the fast
//! way finds what the thorough one finds, repairs leave a record a record, and time grows with length.

use std::time::{Duration, Instant};

use chatml::record::grammar;
use chatml::rules::judge::{Line, Outcome};
use chatml::rules::repair::{self, Level};
use chatml::rules::{Finding, Judge, PROFILES, Profile, Settings, across};
use proptest::prelude::*;
use serde_json::Value;

use super::marked::assert_wording;

/// A dozen records of all kinds, with most of what a record can hold.
const RECORDS: [&str; 14] = [
    r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}"#,
    r#"{"messages":[{"role":"system","content":"S","name":"a"},{"role":"user","content":"Q"},{"role":"assistant","content":"A","weight":1,"refusal":null,"train":true,"loss_weight":0.5}]}"#,
    r#"{"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"x":{"type":"integer"}},"required":["x"],"additionalProperties":false}}}],"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":null,"tool_calls":[{"id":"abcdefghi","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]},{"role":"tool","tool_call_id":"abcdefghi","content":"R"},{"role":"assistant","content":"A"}],"parallel_tool_calls":false}"#,
    r#"{"functions":[{"name":"f","parameters":{}}],"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":"","function_call":{"name":"f","arguments":"{}"}},{"role":"function","name":"f","content":"R"},{"role":"assistant","content":"A"}]}"#,
    r#"{"messages":[{"role":"user","content":[{"type":"text","text":"<image>"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA","detail":"low"}}]},{"role":"assistant","content":[{"type":"refusal","refusal":"No"}]}],"images":["a.png"],"kto_tag":true}"#,
    r#"{"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":"<think>x</think>A","reasoning_content":"r","thinking":[{"type":"text","text":"t"}],"reasoning":""}]}"#,
    r#"{"input":{"messages":[{"role":"user","content":"Q"}],"tools":[]},"preferred_output":[{"role":"assistant","content":"A"}],"non_preferred_completion":[{"role":"assistant","content":"B"}]}"#,
    r#"{"prompt":[{"role":"user","content":"Q"}],"chosen":[{"role":"assistant","content":"A"}],"rejected":[{"role":"assistant","content":"B"}]}"#,
    r#"{"messages":[{"role":"user","content":"Q"}],"chosen":{"role":"assistant","content":"A"},"rejected":{"role":"assistant","content":"B"}}"#,
    r#"{"prompt":[{"role":"user","content":"Q"}],"completion":[{"role":"assistant","content":"A"}],"label":false}"#,
    r#"{"conversations":[{"from":"human","value":"Q"},{"from":"gpt","value":"A"}],"id":7}"#,
    r#"{"messages":"[{\"role\":\"user\",\"content\":\"Q\"},{\"role\":\"assistant\",\"content\":\"A\"}]","tools":"[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]"}"#,
    r#"{"messages":[{"role":"Human","content":"é\ud83d\ude00\u0000 cafÃ© <|im_end|> {{name}} ### Input\u200b"},{"role":"gpt","content":"<|channel|>x<|message|> <tool_call> [[dummy_message]]","weight":"1"},{"role":"developer","content":"  "}]}"#,
    r#"{"schemaVersion":"bedrock","system":[{"text":"S"}],"messages":[{"role":"user","content":[{"text":"Q"}]},{"role":"assistant","content":[{"type":"text","value":"A"}]}],"text":null}"#,
];

/// What stands in the place of a value, one of each type.
const TYPES: [&str; 12] = [
    "null",
    "true",
    "7",
    "-0.5e9",
    "\"\"",
    "\"x\\u0000é\"",
    "[]",
    "[null]",
    "[{}]",
    "{}",
    "{\"a\":1,\"a\":[]}",
    "\"[7]\"",
];

/// Judges by all profiles at once, both ways, and mends what can be mended.
struct Bench<'s> {
    fast: Judge<'s>,
    thorough: Judge<'s>,
}

fn all_profiles(repairs: Option<Level>) -> Settings {
    let profiles: Vec<&'static Profile> = PROFILES.iter().collect();
    let settings = Settings::new(&profiles, &Default::default()).expect("a selection");
    Settings { repairs, ..settings }
}

fn run(judge: &mut Judge<'_>, bytes: &[u8]) -> (Outcome, Vec<Finding>) {
    let at = Line { bytes, terminated: true, first: false, number: 0, offset: 0 };
    let mut findings = Vec::new();
    let outcome = judge.line(at, &mut across::Block::default(), &mut findings);
    (outcome, findings)
}

impl<'s> Bench<'s> {
    fn new(settings: &'s Settings) -> Bench<'s> {
        Bench { fast: Judge::new(settings), thorough: Judge::thorough(settings) }
    }

    fn judge(&mut self, line: &[u8]) -> (Outcome, Vec<Finding>) {
        let shown = String::from_utf8_lossy(line);
        let fast = run(&mut self.fast, line);
        assert_eq!(fast, run(&mut self.thorough, line), "the two ways differ: {shown}");
        for finding in &fast.1 {
            assert_wording(finding);
            assert!(finding.span.end <= line.len().max(finding.span.start + 1), "{shown}");
            let mut profiles = finding.profiles.clone();
            profiles.dedup();
            assert_eq!(profiles, finding.profiles, "{finding:?} in {shown}");
        }
        fast
    }

    /// Judges a line, mends it as long as something can be, and judges again.
    fn mend(&mut self, line: &[u8]) {
        let mut line = line.to_vec();
        for _ in 0..4 {
            let (outcome, findings) = self.judge(&line);
            let Some((mended, _)) = repair::apply(&line, &findings) else { return };
            let shown = String::from_utf8_lossy(&line);
            if let Outcome::Record(_) = outcome {
                let (after, _) = self.judge(&mended);
                let mended = String::from_utf8_lossy(&mended);
                assert!(matches!(after, Outcome::Record(_)), "{shown}\nbecame\n{mended}");
            }
            line = mended;
        }
    }
}

/// Every value down to that depth: the way to it.
fn ways(value: &Value, depth: usize, way: &mut Vec<String>, out: &mut Vec<Vec<String>>) {
    out.push(way.clone());
    if depth == 0 {
        return;
    }
    let children: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(k, v)| (k.clone(), v)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(n, v)| (n.to_string(), v)).collect(),
        _ => Vec::new(),
    };
    for (name, child) in children {
        way.push(name);
        ways(child, depth - 1, way, out);
        way.pop();
    }
}

/// The record written again with something else at one place.
fn write(value: &Value, way: &[String], change: &Change<'_>) -> String {
    let [name, below @ ..] = way else {
        return match change {
            Change::Replace(text) => (*text).to_owned(),
            _ => value.to_string(),
        };
    };
    let here = below.is_empty();
    let child = |key: &str, child: &Value| match key == name {
        true => write(child, below, change),
        false => child.to_string(),
    };
    let gone = |key: &str| here && key == name && matches!(change, Change::Remove);
    match value {
        Value::Object(members) => {
            let mut out = Vec::new();
            for (key, value) in members.iter().filter(|(key, _)| !gone(key)) {
                out.push(format!("{}:{}", Value::from(key.as_str()), child(key, value)));
                if let (true, Change::Repeat(text)) = (here && key == name, change) {
                    out.push(format!("{}:{text}", Value::from(key.as_str())));
                }
            }
            format!("{{{}}}", out.join(","))
        }
        Value::Array(items) => {
            let mut out = Vec::new();
            for (index, value) in items.iter().enumerate() {
                let key = index.to_string();
                if !gone(&key) {
                    out.push(child(&key, value));
                }
                if let (true, Change::Repeat(_)) = (here && key == *name, change) {
                    out.push(value.to_string());
                }
            }
            format!("[{}]", out.join(","))
        }
        other => other.to_string(),
    }
}

enum Change<'t> {
    Replace(&'t str),
    Remove,
    Repeat(&'t str),
}

#[test]
fn every_field_may_have_any_type_be_missing_or_stand_twice() {
    let plain = all_profiles(None);
    let mending = all_profiles(Some(Level::Unsafe));
    let (mut judge, mut mend) = (Bench::new(&plain), Bench::new(&mending));
    for record in RECORDS {
        let value: Value = serde_json::from_str(record).expect("a record");
        let mut all = Vec::new();
        ways(&value, 5, &mut Vec::new(), &mut all);
        for way in &all {
            let mut lines: Vec<_> =
                TYPES.iter().map(|text| write(&value, way, &Change::Replace(text))).collect();
            lines.push(write(&value, way, &Change::Remove));
            lines.push(write(&value, way, &Change::Repeat("null")));
            for line in lines {
                judge.judge(line.as_bytes());
                mend.mend(line.as_bytes());
            }
        }
    }
}

#[test]
fn judging_by_many_profiles_is_judging_by_each() {
    let settings = all_profiles(None);
    let mut judge = Judge::new(&settings);
    for record in RECORDS {
        let (_, all) = run(&mut judge, record.as_bytes());
        for profile in PROFILES {
            let place = |f: &Finding| (f.rule, f.span.start, f.span.end, f.pointer.clone());
            let mut alone: Vec<_> =
                crate::util::judge(profile.name, record).iter().map(place).collect();
            let of_it = all.iter().filter(|f| f.profiles.contains(&profile.name));
            let mut joined: Vec<_> = of_it.map(place).collect();
            alone.sort();
            joined.sort();
            assert_eq!(alone, joined, "{}: {record}", profile.name);
        }
    }
}

/// Bytes that mean something to one reader or another.
const SPLICES: [&[u8]; 24] = [
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"NaN",
    b"-Infinity",
    b"\\ud800",
    b"\\u0000",
    b"\xff",
    b"\xc3",
    b"\xe2\x80\xa8",
    b"\xef\xbb\xbf",
    b"null",
    b"1e999",
    b"{{a}}",
    b"<|im_end|>",
    b"\"weight\":0,",
    b"\xf0\x9f\x98\x80",
    b"<think>",
    b"\r",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..Default::default() })]

    #[test]
    fn torn_records_are_judged_without_a_panic(
        record in 0..RECORDS.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4usize, any::<u8>(), any::<prop::sample::Index>()), 1..5),
    ) {
        thread_local! {
            static SETTINGS: &'static (Settings, Settings) =
                Box::leak(Box::new((all_profiles(None), all_profiles(Some(Level::Unsafe)))));
        }
        let settings = SETTINGS.with(|settings| *settings);
        let mut line = RECORDS[record].as_bytes().to_vec();
        for (at, kind, byte, other) in edits {
            if line.is_empty() {
                break;
            }
            let at = at.index(line.len());
            match kind {
                0 => line[at] = byte,
                1 => drop(line.remove(at)),
                2 => drop(line.splice(at..at, SPLICES[other.index(SPLICES.len())].iter().copied())),
                _ => {
                    let end = (at + other.index(12)).min(line.len());
                    line.drain(at..end);
                }
            }
        }
        line.retain(|byte| *byte != b'\n');
        Bench::new(&settings.0).judge(&line);
        Bench::new(&settings.1).mend(&line);
        // The place of a fault and the verdict of the parser agree.
        let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&line).is_ok();
        if std::str::from_utf8(&line).is_ok() {
            prop_assert_eq!(grammar::stop(&line).is_none(), is_json);
        }
    }
}

/// Judges a line by all profiles and says how long that took.
fn time(line: &str) -> (usize, Duration) {
    let settings = all_profiles(None);
    let mut judge = Judge::new(&settings);
    let start = Instant::now();
    let (_, findings) = run(&mut judge, line.as_bytes());
    (findings.len(), start.elapsed())
}

#[test]
fn time_grows_with_length_and_not_with_its_square() {
    const MANY: usize = 10_000;
    let many = |one: &dyn Fn(usize) -> String| -> String {
        (0..MANY).map(one).collect::<Vec<_>>().join(",")
    };
    let message = r#"{"role":"user","content":""}"#;
    let image = r#"{"type":"image_url","image_url":{"url":"x"}}"#;
    let call = r#"{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}"#;
    for (name, line) in [
        ("keys", format!("{{{}}}", many(&|n| format!("\"k{n}\":{n}")))),
        ("one key", format!("{{{}}}", many(&|_| "\"a\":1".into()))),
        ("keys twice", format!("{{{}}}", many(&|n| format!("\"k{}\":1", n / 2)))),
        (
            "record keys",
            format!("{{\"messages\":[{message}],{}}}", many(&|n| format!("\"k{n}\":NaN"))),
        ),
        (
            "message keys",
            format!(
                "{{\"messages\":[{{\"role\":\"user\",{}}}]}}",
                many(&|n| format!("\"k{n}\":null"))
            ),
        ),
        ("messages", format!("{{\"messages\":[{}]}}", many(&|_| message.into()))),
        ("no messages", format!("{{\"messages\":[{}]}}", many(&|n| n.to_string()))),
        (
            "parts",
            format!(
                "{{\"messages\":[{{\"role\":\"user\",\"content\":[{}]}}]}}",
                many(&|_| image.into())
            ),
        ),
        ("halves", format!("{{\"messages\":[{}]}}", many(&|_| "\"\\ud800\"".into()))),
        ("controls", format!("{{\"messages\":[{}]}}", many(&|_| "\"\\u0000\"".into()))),
        ("one long text", format!("{{\"text\":\"{}\"}}", "\\u0000\\ud800".repeat(MANY))),
        ("values", many(&|_| "{}".into()).replace(',', " ")),
        ("text messages", format!("{{\"messages\":\"[{}]\"}}", many(&|_| "{}".into()))),
        (
            "calls",
            format!(
                "{{\"messages\":[{{\"role\":\"assistant\",\"tool_calls\":[{}]}}]}}",
                many(&|_| call.into())
            ),
        ),
    ] {
        let (findings, took) = time(&line);
        assert!(findings > 0, "{name}");
        assert!(took < Duration::from_secs(10), "{name}: {findings} findings took {took:?}");
    }
}
