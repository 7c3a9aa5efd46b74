//! Records that nobody means to write: values in the wrong place, torn bytes, huge lists. Nothing panics, the
//! fast way finds what the thorough one finds, every finding has its place and its words, and a repaired record
//! is a record.

mod lengths;
mod records;

use std::collections::HashSet;
use std::sync::LazyLock;

use chatml::record::grammar;
use chatml::rules::judge::{Line, Outcome};
use chatml::rules::repair::{self, Level};
use chatml::rules::settings::Selection;
use chatml::rules::{Finding, Judge, PROFILES, Profile, Rule, Settings, across};
use proptest::prelude::*;
use serde_json::Value;

use super::marked::assert_wording;
use crate::util::judge_long;

/// Records of all kinds, with most of what a record can hold.
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

/// All profiles at once, as they are.
static PLAIN: LazyLock<Settings> = LazyLock::new(|| all_profiles(&Selection::default()));

/// All profiles at once with every rule on, and what can be mended is.
static MENDING: LazyLock<Settings> = LazyLock::new(|| Settings {
    repairs: Some(Level::Unsafe),
    ..all_profiles(&Selection {
        extend: Rule::all().map(|rule| rule.code().to_owned()).collect(),
        ..Selection::default()
    })
});

fn all_profiles(selection: &Selection) -> Settings {
    let profiles: Vec<&'static Profile> = PROFILES.iter().collect();
    Settings::new(&profiles, selection).expect("a selection")
}

fn run(judge: &mut Judge<'_>, bytes: &[u8]) -> (Outcome, Vec<Finding>) {
    let at = Line { bytes, terminated: true, first: false, number: 0, offset: 0 };
    let mut findings = Vec::new();
    let outcome = judge.line(at, &mut across::Block::default(), &mut findings);
    (outcome, findings)
}

/// Judges both ways.
struct Bench<'s> {
    settings: &'s Settings,
    fast: Judge<'s>,
    thorough: Judge<'s>,
}

impl<'s> Bench<'s> {
    fn new(settings: &'s Settings) -> Bench<'s> {
        Bench { settings, fast: Judge::new(settings), thorough: Judge::thorough(settings) }
    }

    fn judge(&mut self, line: &[u8]) -> (Outcome, Vec<Finding>) {
        let shown = String::from_utf8_lossy(line);
        let fast = run(&mut self.fast, line);
        assert_eq!(fast, run(&mut self.thorough, line), "the two ways differ: {shown}");
        let mut usual = fast.1.clone();
        usual.iter_mut().filter_map(|f| f.fix.as_mut()).for_each(|fix| fix.edits.clear());
        let long = judge_long(self.settings, line);
        assert_eq!(usual, long, "the way of long lines differs: {shown}");
        let mut places = HashSet::new();
        for finding in &fast.1 {
            assert_wording(finding);
            assert!(finding.span.end <= line.len().max(finding.span.start + 1), "{shown}");
            let mut profiles = finding.profiles.clone();
            profiles.dedup();
            assert_eq!(profiles, finding.profiles, "{finding:?} in {shown}");
            let place = (finding.rule, finding.span.start, &finding.pointer, &finding.message);
            assert!(places.insert(place), "twice: {finding:?} in {shown}");
        }
        fast
    }

    /// Judges a line, mends it as often as something can be, at most so often, and judges again.
    fn mend(&mut self, line: &[u8], rounds: usize) {
        let (mut outcome, mut findings) = self.judge(line);
        let mut line = line.to_vec();
        for _ in 0..rounds {
            let Some((mended, _)) = repair::apply(&line, chatml::rules::finding::fixes(&findings))
            else {
                return;
            };
            let after;
            (after, findings) = self.judge(&mended);
            if let Outcome::Record(_) = outcome {
                let (was, is) = (String::from_utf8_lossy(&line), String::from_utf8_lossy(&mended));
                assert!(matches!(after, Outcome::Record(_)), "{was}\nbecame\n{is}");
            }
            (outcome, line) = (after, mended);
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
fn faults_without_number_make_a_thousand_findings() {
    let line = format!(r#"{{"messages":[{}1]}}"#, "1,".repeat(2500));
    let found = crate::util::judge("default", line);
    assert_eq!(found.len(), 1000);
    let last = &found.last().expect("a finding").message;
    assert!(last.contains("wanted an object (and 1501 more in this record); "), "{last}");
}

#[test]
fn every_field_may_have_any_type_be_missing_or_stand_twice() {
    let mut bench = Bench::new(&MENDING);
    for record in RECORDS {
        let value: Value = serde_json::from_str(record).expect("a record");
        let mut all = Vec::new();
        ways(&value, 5, &mut Vec::new(), &mut all);
        for way in &all {
            for change in TYPES.map(Change::Replace).into_iter().chain([Change::Remove]) {
                bench.mend(write(&value, way, &change).as_bytes(), 1);
            }
            bench.mend(write(&value, way, &Change::Repeat("null")).as_bytes(), 1);
        }
    }
}

#[test]
fn judging_by_many_profiles_is_judging_by_each() {
    let mut judge = Judge::new(&PLAIN);
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
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..Default::default() })]

    #[test]
    fn torn_records_are_judged_without_a_panic(
        record in 0..RECORDS.len(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4usize, any::<u8>(), any::<prop::sample::Index>()), 1..5),
    ) {
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
        Bench::new(&PLAIN).judge(&line);
        Bench::new(&MENDING).mend(&line, 3);
        // The place of a fault and the verdict of the parser agree.
        let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&line).is_ok();
        if std::str::from_utf8(&line).is_ok() {
            prop_assert_eq!(grammar::stop(&line).is_none(), is_json);
        }
    }

    #[test]
    fn any_record_is_judged_and_repaired(line in records::record()) {
        let mut bench = Bench::new(&MENDING);
        let (outcome, findings) = bench.judge(line.as_bytes());
        prop_assert!(matches!(outcome, Outcome::Record(_)));
        let value: Value = serde_json::from_str(&line).unwrap();
        for f in &findings {
            prop_assert!(line.get(f.span.clone()).is_some_and(|text| !text.is_empty()), "{f:?}");
            // What lies in a string of JSON has a pointer of its own.
            let in_text = f.pointer.starts_with("/messages/") || f.pointer.starts_with("/tools/")
                || f.pointer.contains("/arguments/");
            prop_assert!(in_text || value.pointer(&f.pointer).is_some(), "{f:?}");
        }
        bench.mend(line.as_bytes(), 5);
    }
}

#[test]
fn words_hold_no_odd_characters_and_no_long_quotes() {
    let long = "x".repeat(200);
    let odd =
        r"a\n\t\u202e\u009b\u200b<|im_end|><think>{{name}}éééééééééééééééééééééééééééééééééééééé";
    for text in [long.as_str(), odd] {
        let call = |rest: &str| {
            format!(
                r#"{{"messages":[{{"role":"user","name":"{text}","content":"{text}"}},{{"role":"assistant","content":"{text}","weight":"{text}","{text}":1,"tool_calls":[{{"id":"{text}","type":"{text}","function":{{"name":"{text}","arguments":{{"{text}":1}}}}}},{{"id":"{text}"}}]}},{{"role":"{text}","weight":1,"content":"</think>{text}"}},{{"role":"tool","tool_call_id":"{text}","content":"r"}}],"tools":[{{"type":"function","function":{{"name":"{text}","parameters":{{"required":["{text}"],"type":"{text}"}}}}}},{{"type":"{text}"}},{{"function":{{"name":"{text}"}}}}]{rest}}}"#
            )
        };
        let more = format!(r#","{text}":["{text}"],"label":["{text}"],"kto_tag":"{text}""#);
        for line in [call(""), call(&more), format!(r#"{{"{text}":1}}"#)] {
            for view in &MENDING.views {
                let settings = Settings { views: vec![view.clone()], ..Settings::default() };
                let (_, findings) = Bench::new(&settings).judge(line.as_bytes());
                assert!(!findings.is_empty());
                for Finding { message, .. } in findings {
                    assert!(!message.contains('\u{202e}'), "{message:?}");
                    assert!(!message.contains(&"x".repeat(61)), "{message}");
                    assert!(!message.contains(&"é".repeat(31)), "{message}");
                }
            }
        }
    }
}

/// Lines of so many of something, of which a careless rule would compare everything with everything.
fn huge(many: usize) -> Vec<(&'static str, String)> {
    let list = |item: &dyn Fn(usize) -> String| (0..many).map(item).collect::<Vec<_>>().join(",");
    let each = |item: &str| vec![item; many].join(",");
    let chat = |messages: &str| format!(r#"{{"messages":[{messages}]}}"#);
    let asked = |answer: &str| {
        chat(&format!(r#"{{"role":"user","content":"a"}},{{"role":"assistant",{answer}}}"#))
    };
    let call = |id: &str, arguments: &str| {
        format!(
            r#"{{"id":"{id}","type":"function","function":{{"name":"f","arguments":{arguments}}}}}"#
        )
    };
    let result = |id: &str| format!(r#"{{"role":"tool","tool_call_id":"{id}","content":"r"}}"#);
    let tool = |name: &str, parameters: &str| {
        format!(r#"{{"type":"function","function":{{"name":"{name}","parameters":{parameters}}}}}"#)
    };
    let with = |calls: &str, results: &str, tools: &str| {
        format!(
            r#"{{"messages":[{{"role":"user","content":"a"}},{{"role":"assistant","content":"","tool_calls":[{calls}]}},{results}],"tools":[{tools}]}}"#
        )
    };
    let calls = list(&|n| call(&format!("c{n}"), "{}"));
    vec![
        ("keys", format!("{{{}}}", list(&|n| format!("\"k{n}\":{n}")))),
        ("one key", format!("{{{}}}", each("\"a\":1"))),
        ("keys twice", format!("{{{}}}", list(&|n| format!("\"k{}\":1", n / 2)))),
        (
            "record keys",
            chat("").replace("[]", &format!("[7],{}", list(&|n| format!("\"k{n}\":NaN")))),
        ),
        (
            "message keys",
            asked(&format!(r#""content":"b",{}"#, list(&|n| format!("\"k{n}\":null")))),
        ),
        ("messages", chat(&each(r#"{"role":"user","content":""}"#))),
        ("no messages", chat(&list(&|n| n.to_string()))),
        (
            "system messages",
            chat(&list(&|n| {
                format!(r#"{{"role":"system","content":"\ufffd<|im_end|>{n}","weight":"1"}}"#)
            })),
        ),
        ("text messages", format!(r#"{{"messages":"[{}]"}}"#, each("{}"))),
        (
            "parts",
            chat(&format!(
                r#"{{"role":"user","content":[{}]}}"#,
                each(r#"{"type":"image_url","image_url":{"url":"x"}}"#)
            )),
        ),
        ("halves", chat(&each(r#""\ud800""#))),
        ("controls", chat(&each(r#""\u0000""#))),
        ("one long text", format!(r#"{{"text":"{}"}}"#, r"\u0000\ud800".repeat(many))),
        (
            "hits in a text",
            asked(&format!(r#""content":"{}""#, "\u{200b}\\u0001<think>é{{{Ã©".repeat(many))),
        ),
        ("values", vec!["{}"; many].join(" ")),
        (
            "calls of one id",
            chat(&format!(r#"{{"role":"assistant","tool_calls":[{}]}}"#, each(&call("c", "7")))),
        ),
        (
            "results in the other order",
            with(&calls, &list(&|n| result(&format!("c{}", many - 1 - n))), &tool("f", "{}")),
        ),
        (
            "results of other calls",
            with(
                &calls,
                &list(&|n| result(&format!("d{n}"))),
                &list(&|n| tool(&format!("g{n}"), "[]")),
            ),
        ),
        (
            "results without an id",
            with(&calls, &each(r#"{"role":"tool","content":"r"}"#), &tool("f", "{}")),
        ),
        (
            "one id for all",
            with(&each(&call("c", "7")), &each(&result("c")), &each(&tool("f", "{}"))),
        ),
        (
            "arguments against parameters",
            with(
                &call("c", &format!("{{{}}}", list(&|n| format!(r#""a{n}":1"#)))),
                &result("c"),
                &tool(
                    "f",
                    &format!(
                        r#"{{"properties":{{{}}},"required":[{}]}}"#,
                        list(&|n| format!(r#""b{n}":{{}}"#)),
                        list(&|n| format!(r#""b{n}""#))
                    ),
                ),
            ),
        ),
        (
            "a prompt with two answers",
            format!(
                r#"{{"prompt":[{{"role":"assistant","content":"","tool_calls":[{calls}]}},{{"role":"user","content":"a"}}],"chosen":[{{"role":"assistant","content":"b"}}],"rejected":[{{"role":"assistant","content":"c"}}]}}"#
            ),
        ),
    ]
}

/// What is found grows with the record, and not with its square: findings and their bytes are counted.
#[test]
fn findings_grow_with_the_record() {
    let mut bench = Bench::new(&PLAIN);
    let mut size = |line: &str| {
        let (_, findings) = bench.judge(line.as_bytes());
        let bytes = findings.iter().map(|f| f.message.len() + f.pointer.len() + f.profiles.len());
        (findings.len(), bytes.sum::<usize>())
    };
    for ((name, small), (_, large)) in huge(100).into_iter().zip(huge(200)) {
        let ((few, few_bytes), (many, many_bytes)) = (size(&small), size(&large));
        assert!(few > 0 && many <= 2 * few, "{name}: {few} findings, then {many}");
        assert!(many_bytes <= 2 * few_bytes + 10 * many, "{name}: {few_bytes}, then {many_bytes}");
    }
}

/// No time is asserted: what takes the square of these lengths shows by not coming to an end.
#[test]
fn huge_records_are_judged_and_repaired() {
    let mistral = Profile::find("mistral").expect("a profile");
    let settings = Settings {
        repairs: Some(Level::Unsafe),
        ..Settings::new(&[mistral], &Selection::default()).expect("settings")
    };
    let mut judge = Judge::new(&settings);
    for (name, line) in huge(20_000) {
        let (outcome, findings) = run(&mut judge, line.as_bytes());
        assert!(!findings.is_empty(), "{name}");
        if let Some((mended, _)) =
            repair::apply(line.as_bytes(), chatml::rules::finding::fixes(&findings))
        {
            assert_eq!(run(&mut judge, &mended).0, outcome, "{name}");
        }
    }
}
