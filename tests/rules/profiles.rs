//! Profiles: what each target makes of each fault. The letters are the severities as the targets' own loaders,
//! validators and templates were measured; where they differ from the specification, the measurement holds.
//!
//! E error, W warning, I info, - no finding; columns in the order of [`NAMES`].

mod cases;
mod forms;

use std::fs;
use std::process::{Command, Stdio};
use std::sync::Arc;

use chatml::rules::judge::Line;
use chatml::rules::profile::{Arguments, CASES, Case};
use chatml::rules::settings::{Selection, TokenLimit};
use chatml::rules::{Finding, Judge, PROFILES, Profile, Rule, Settings, Severity, across};

use super::marked::{answered_by, asked_by, severities, severity_everywhere, with_key};
use crate::util::{judge, judge_by, judge_with, said};

const NAMES: [&str; 16] = [
    "default",
    "openai",
    "azure",
    "together",
    "fireworks",
    "bedrock",
    "mistral",
    "trl",
    "axolotl",
    "unsloth",
    "llama-factory",
    "gemma",
    "gemma3",
    "llama3",
    "qwen",
    "gpt-oss",
];

/// Severities under profile `default`.
const DEFAULTS: &str = "
    B001 W  B002 E  B003 E  B004 E  B005 E  B006 E  B007 E  B008 E  B009 E  B010 W
    B011 I  B012 I  B013 W  B014 W  B015 W  B016 E  B017 E  B018 W  B019 I  B020 W
    S001 E  S002 E  S003 E  S004 E  S005 E  S006 E  S007 E  S008 E  S009 E  S010 E
    S011 E  S012 W  S013 I  S014 I  S015 E  S016 W  S017 W  S018 W  S019 W  S020 W  S021 I
    P001 E  P002 E  P003 E  P004 E  P005 W  P006 W  P007 E  P008 E
    T001 E  T002 W  T003 E  T004 W  T005 W  T006 I  T007 W  T008 W  T009 -  T010 -
    F001 E  F002 E  F003 E  F004 E  F005 E  F006 E  F007 E  F008 E  F009 E  F010 W
    F011 W  F012 W  F013 E  F014 E  F015 -  F016 -  F017 -
    L001 E  L002 W  L003 E  L004 I  L005 -  L006 W  L007 W
    R001 W  R002 W  R003 W  R004 E  R005 -  R006 E  R007 I
    C001 W  C002 W  C003 W  C004 I  C005 W  C006 I  C007 I
    X001 W  X002 W  X003 E  X004 -  X005 -  X006 -
    Q001 E  Q002 E  Q003 W  Q004 E  Q005 E  Q006 W";

/// The rules whose severity is not the same everywhere.
const DIFFERENCES: &str = "
         def opn azu tog fir bed mis trl axo uns lla gem gm3 ll3 qwe gpt
    B001 W   W   I   E   W   W   E   W   W   W   W   W   W   W   W   W
    B010 W   W   W   E   W   W   E   W   W   W   W   W   W   W   W   W
    B019 I   I   I   E   I   I   E   I   I   I   I   I   I   I   I   I
    S007 E   E   E   E   E   E   E   W   W   W   E   E   E   W   E   E
    S008 E   E   E   E   E   E   E   E   E   E   E   E   E   W   E   E
    S009 E   E   E   E   E   E   E   W   W   W   E   W   W   W   W   E
    S010 E   E   E   E   E   E   E   E   W   E   E   W   E   W   W   E
    S011 E   E   E   E   E   E   E   W   E   W   E   E   E   E   E   E
    S012 W   W   W   W   W   W   E   W   W   W   W   W   W   W   W   W
    S013 I   W   W   I   I   E   I   I   I   I   I   W   W   I   I   I
    S014 I   I   I   E   I   E   I   I   I   I   I   I   I   I   I   I
    S015 E   W   W   E   E   E   W   E   W   W   W   W   W   W   W   W
    S016 W   W   W   W   W   W   W   W   I   W   W   W   W   W   W   W
    S018 W   W   W   E   W   E   E   W   W   W   W   W   W   W   W   W
    S020 W   -   -   E   W   W   -   W   W   W   -   E   E   I   -   W
    S021 I   -   -   E   I   I   -   W   W   W   E   E   E   -   -   -
    P001 E   E   E   E   E   E   E   W   W   W   E   E   E   E   E   E
    P002 E   E   E   E   E   E   E   W   W   W   E   E   W   E   E   E
    P003 E   E   E   E   E   E   E   W   W   W   E   E   W   E   W   E
    P004 E   E   E   E   E   E   E   W   E   W   E   E   W   E   W   E
    P006 W   -   -   E   W   W   W   W   W   W   E   E   W   E   W   E
    P008 E   E   E   E   E   E   E   W   W   W   E   E   W   E   E   E
    T002 W   W   W   W   W   E   E   W   W   W   E   E   E   W   E   W
    T003 E   W   W   W   E   E   E   W   W   W   E   W   W   W   W   W
    T004 W   W   W   W   E   W   W   W   W   W   E   W   E   W   E   E
    T005 W   W   W   W   W   W   E   W   W   W   E   W   E   W   E   E
    T006 I   I   I   E   I   E   W   I   I   I   E   E   E   I   I   I
    T007 W   W   W   W   W   E   W   W   W   W   E   E   E   W   W   W
    T008 W   W   E   E   W   E   W   W   W   W   E   E   E   W   W   W
    T009 -   -   -   -   -   E   -   -   -   -   -   E   -   -   -   -
    T010 -   -   -   -   -   E   -   -   -   -   -   -   -   -   -   -
    F001 E   E   E   E   E   E   E   W   E   W   E   E   E   E   E   E
    F002 E   E   E   E   E   E   E   W   E   W   E   E   E   E   E   E
    F003 E   W   W   E   E   E   E   W   E   W   W   E   E   E   E   E
    F004 E   W   W   E   E   E   E   E   E   E   E   E   E   E   E   E
    F005 E   W   W   E   E   E   E   W   W   W   W   E   E   E   E   E
    F006 E   W   W   W   E   E   E   W   W   W   W   W   W   W   W   W
    F007 E   E   E   W   E   E   E   W   W   W   W   W   W   W   W   W
    F008 E   W   W   E   E   E   E   W   W   W   W   E   E   W   W   E
    F009 E   W   W   W   E   E   E   W   W   W   W   W   W   W   W   W
    F013 E   E   E   E   E   E   E   W   W   W   W   E   E   E   E   E
    F014 E   W   W   E   E   E   E   W   W   W   W   E   E   E   E   E
    F015 -   -   -   -   -   -   E   -   -   -   -   -   -   -   -   -
    F016 -   -   -   -   -   -   E   -   -   -   W   -   -   W   -   W
    F017 -   -   -   -   -   -   -   -   -   -   -   -   -   E   -   E
    L001 E   E   E   E   E   E   E   W   W   W   W   W   W   W   W   W
    L005 -   -   -   -   -   -   -   W   W   W   W   W   W   W   W   W
    L006 W   W   W   W   W   E   W   W   W   W   W   W   W   W   W   W
    R004 E   W   W   W   W   W   W   W   W   W   W   W   W   W   W   E
    R005 -   -   -   W   W   -   W   W   W   W   W   W   W   W   W   W
    R006 E   W   W   W   W   W   W   W   W   W   W   W   W   W   W   E
    X004 -   E   E   E   E   W   -   -   -   -   E   -   -   -   -   -
    X005 -   W   -   W   W   -   -   -   -   -   -   -   -   -   -   -
    Q002 E   W   W   E   E   E   E   E   E   E   E   E   E   W   E   E
    Q004 E   E   E   E   E   E   E   E   E   E   E   W   W   W   W   W
    Q005 E   E   E   E   E   E   E   W   E   W   E   W   W   W   W   W
    Q006 W   E   E   W   W   W   W   W   W   W   W   E   E   E   E   E";

/// Where a record cannot show the severity of the table, and what is found instead.
const HIDDEN: &[(&str, &str, &str)] = &[
    // T009 takes their place.
    ("T004", "bedrock gemma", "-"),
    ("T005", "bedrock gemma", "-"),
    // Role `tool` is S007 there.
    ("F007", "bedrock gemma gemma3", "-"),
    ("F008", "bedrock gemma gemma3", "-"),
    // They read no calls: any form will do.
    ("F002", "bedrock gemma gemma3", "-"),
    // The part is of a type that is not read: P001.
    ("P003", "bedrock mistral", "-"),
    ("P004", "bedrock mistral", "-"),
    ("P008", "together fireworks bedrock mistral axolotl qwen", "-"),
    // Messages without content are cases of their own by role.
    ("S010", "llama-factory gpt-oss", "W"),
    // No record of that kind is read: S001.
    ("Q002", "bedrock mistral axolotl", "-"),
    ("Q004", "openai azure together fireworks bedrock mistral axolotl llama-factory", "-"),
    ("Q006", "bedrock mistral trl axolotl unsloth llama-factory", "-"),
    // Cases of their own for every end of a prompt.
    ("Q002", "trl unsloth", "W"),
];

fn severity(letter: &str) -> Severity {
    match letter {
        "E" => Severity::Error,
        "W" => Severity::Warning,
        "I" => Severity::Info,
        "-" => Severity::Off,
        _ => panic!("{letter}"),
    }
}

fn letter(severity: Option<Severity>) -> &'static str {
    match severity {
        Some(Severity::Error) => "E",
        Some(Severity::Warning) => "W",
        Some(Severity::Info) => "I",
        _ => "-",
    }
}

/// Code and letters of each row.
fn rows() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    DIFFERENCES.lines().skip(2).map(|row| {
        let mut words = row.split_whitespace();
        (words.next().expect("a code"), words.collect())
    })
}

#[test]
fn every_rule_has_its_severity_under_every_profile() {
    let names: Vec<_> = PROFILES.iter().map(|profile| profile.name).collect();
    assert_eq!(names, NAMES);
    assert_eq!(DEFAULTS.split_whitespace().count(), 2 * Rule::COUNT);
    for rule in Rule::all() {
        let default = DEFAULTS.split_whitespace().skip_while(|word| *word != rule.code()).nth(1);
        let default = default.expect("a rule");
        assert_eq!(rule.info().default, severity(default), "{rule:?}");
        let row = rows().find(|(code, _)| *code == rule.code()).map(|(_, row)| row);
        let row = row.unwrap_or_else(|| vec![default; NAMES.len()]);
        let got: Vec<_> = PROFILES.iter().map(|p| letter(Some(p.severity(rule)))).collect();
        assert_eq!(got, row, "{rule:?}");
    }
}

const ASK: &str = r#"{"role":"user","content":"a"}"#;
const ANSWER: &str = r#"{"role":"assistant","content":"b"}"#;
const SYSTEM: &str = r#"{"role":"system","content":"s"}"#;
const PNG: &str = "data:image/png;base64,iVBORw0KGgo=";

/// A record of these messages.
fn chat(messages: &str) -> String {
    format!(r#"{{"messages":[{messages}]}}"#)
}

/// A record whose question has this one part.
fn with_part(part: &str) -> String {
    asked_by(&format!(r#"{{"role":"user","content":[{part}]}}"#))
}

/// A record whose answer has these members.
fn answering(members: &str) -> String {
    answered_by(&format!(r#"{{"role":"assistant",{members}}}"#))
}

fn image(url: &str) -> String {
    format!(r#"{{"type":"image_url","image_url":{{"url":"{url}"}}}}"#)
}

/// Arguments in the form that the target reads.
fn arguments(profile: &str) -> &'static str {
    match Profile::find(profile).expect("a profile").arguments {
        Arguments::Object => "{}",
        _ => r#""{}""#,
    }
}

fn call(id: &str, arguments: &str) -> String {
    format!(
        r#"{{"id":"{id}","type":"function","function":{{"name":"f","arguments":{arguments}}}}}"#
    )
}

/// A record that asks, gets an answer with these members, the last of them these calls, and goes on.
fn calling(members: &str, calls: &[String], rest: &str) -> String {
    format!(
        r#"{{"messages":[{ASK},{{"role":"assistant"{members},"tool_calls":[{}]}}{rest}],"tools":[{{"type":"function","function":{{"name":"f","description":"d","parameters":{{}}}}}}]}}"#,
        calls.join(",")
    )
}

/// A prompt that ends in this message, in the form of preference data that the target reads.
fn prompt(profile: &str, end: &str) -> String {
    let [bad, prompt] = [ANSWER.replace('b', "c"), format!("[{ASK},{end}]")];
    match profile {
        "openai" | "azure" | "together" | "fireworks" => format!(
            r#"{{"input":{{"messages":{prompt}}},"preferred_output":[{ANSWER}],"non_preferred_output":[{bad}]}}"#
        ),
        "llama-factory" => {
            format!(r#"{{"messages":{prompt},"chosen":{ANSWER},"rejected":{bad}}}"#)
        }
        _ => format!(r#"{{"prompt":{prompt},"chosen":[{ANSWER}],"rejected":[{bad}]}}"#),
    }
}

/// A record that triggers a rule under each profile that judges it; none for rules about inputs.
fn trigger(code: &str, profile: &str) -> Option<String> {
    let call_of =
        |arguments: &str| calling(r#","content":"""#, &[call("abcdefghi", arguments)], "");
    let one = || vec![call("abcdefghi", arguments(profile))];
    let two = |other: &str| [one(), vec![call(other, arguments(profile))]].concat();
    let empty = r#","content":"""#;
    let old_call = |arguments: &str| {
        answering(&format!(
            r#""content":"b","function_call":{{"name":"f","arguments":{arguments}}}"#
        ))
    };
    Some(match code {
        "S007" => asked_by(r#"{"role":"narrator","content":"a"}"#),
        "S008" => asked_by(r#"{"role":"User","content":"a"}"#),
        "S009" => chat(&format!(r#"{{"role":"system"}},{ASK},{ANSWER}"#)),
        "S010" => chat(&format!(r#"{{"role":"system","content":null}},{ASK},{ANSWER}"#)),
        "S011" => asked_by(r#"{"role":"user","content":{}}"#),
        "S012" => chat(&format!(r#"{ASK},{{"role":"assistant","content":""}},{ASK},{ANSWER}"#)),
        "S013" => asked_by(r#"{"role":"user","content":"a","zzz":1}"#),
        "S014" => with_key(r#""zzz":1"#),
        "S015" => with_key(r#""conversations":[]"#),
        "S016" => answering(r#""content":"b","reasoning_content":null"#),
        "S018" => with_key(r#""functions":[{"name":"f"}]"#),
        "S020" => calling(r#","content":null"#, &one(), ""),
        "S021" => calling("", &one(), ""),
        "P001" => with_part("7"),
        "P002" => with_part(r#"{"type":"text"}"#),
        "P003" => with_part(&image("data:image/gif;base64,AAAA")),
        "P004" => answering(&format!(r#""content":[{}]"#, image(PNG))),
        "P006" => with_part(r#"{"type":"text","text":"a"}"#),
        "P008" => with_part(r#"{"type":"refusal","refusal":"x"}"#),
        "T002" => chat(&format!("{SYSTEM},{ANSWER}")),
        "T003" => chat(&format!("{ASK},{ANSWER},{ASK}")),
        "T004" => chat(&format!("{ASK},{SYSTEM},{ANSWER}")),
        "T005" => chat(&format!("{SYSTEM},{SYSTEM},{ASK},{ANSWER}")),
        "T006" => chat(&format!("{ASK},{ASK},{ANSWER}")),
        "T007" => chat(&format!("{ANSWER},{ASK},{ANSWER}")),
        "T008" => chat(&format!("{ASK},{ANSWER},{ANSWER}")),
        "T009" => chat(&format!("{SYSTEM},{ASK},{ANSWER}")),
        "T010" => chat(ANSWER),
        "F001" => answering(
            r#""content":"b","tool_calls":[{"id":"abcdefghi","type":"function","function":"f"}]"#,
        ),
        "F002" => call_of(match Profile::find(profile).expect("a profile").arguments {
            Arguments::Text => "{}",
            Arguments::Object => r#""{}""#,
            _ => "7",
        }),
        "F003" => old_call(r#""{""#),
        "F004" => old_call(r#""\"{}\"""#),
        "F005" => old_call(r#""7""#),
        "F006" => calling(empty, &two("abcdefghi"), ""),
        "F007" => calling(empty, &one(), &format!(r#",{{"role":"tool","content":"r"}},{ANSWER}"#)),
        "F008" => chat(&format!(
            r#"{ASK},{ANSWER},{{"role":"tool","tool_call_id":"abcdefghi","content":"r"}},{ANSWER}"#
        )),
        "F009" => calling(empty, &one(), &format!(",{ASK},{ANSWER}")),
        "F013" => with_key(r#""tools":[{"type":"function"}]"#),
        "F014" => with_key(
            r#""tools":[{"type":"function","function":{"name":"a b","description":"d","parameters":{}}}]"#,
        ),
        "F015" => calling(empty, &[call("call_1", arguments(profile))], ""),
        "F016" => calling(r#","content":"b""#, &one(), ""),
        "F017" => calling(empty, &two("abcdefghj"), ""),
        "L001" => answering(r#""content":"b","weight":2"#),
        "L005" => answering(r#""content":"b","weight":0"#),
        "L006" => answering(r#""content":"b""#),
        "R004" => answering(r#""content":"b","thinking":5"#),
        "R005" if profile == "together" => answering(r#""content":"b","thinking":"t""#),
        "R005" => answering(r#""content":"b","reasoning":"t""#),
        "R006" => answering(r#""content":"<|channel|>x<|message|>y""#),
        "Q002" => prompt(profile, SYSTEM),
        "Q004" => format!(r#"{{"chosen":[{ANSWER}],"rejected":[{ANSWER}]}}"#),
        "Q005" => with_key(r#""kto_tag":7"#),
        "Q006" => prompt("openai", ASK).replace("preferred_output", "preferred_completion"),
        _ => return None,
    })
}

fn judge_counted(profile: &str, line: &str, exact: bool) -> Vec<Finding> {
    let profile = Profile::find(profile).expect("a profile");
    let count = Arc::new(|text: &str| text.len());
    let settings = Settings {
        tokens: Some(TokenLimit { limit: 1, count, exact }),
        ..Settings::new(&[profile], &Selection::default()).expect("settings")
    };
    let at = Line { bytes: line.as_bytes(), terminated: true, first: false, number: 0, offset: 0 };
    let mut findings = Vec::new();
    Judge::new(&settings).line(at, &mut across::Block::default(), &mut findings);
    findings
}

/// What shows only across several lines.
fn judge_together(profile: &str, lines: &str) -> Vec<Finding> {
    let profile = Profile::find(profile).expect("a profile");
    let settings = Settings::new(&[profile], &Selection::default()).expect("settings");
    let mut block = across::Block::default();
    for (number, line) in (0..).zip(lines.lines()) {
        let bytes = line.as_bytes();
        let at = Line { bytes, terminated: true, first: number == 0, number, offset: 0 };
        Judge::new(&settings).line(at, &mut block, &mut Vec::new());
    }
    let at = across::At { input: "-", line: 0, offset: 0 };
    across::Stream::default().join(block, at, &settings)
}

#[test]
fn a_record_that_triggers_a_rule_gets_that_severity() {
    let mut untried = Vec::new();
    for (code, row) in rows() {
        let mut got = Vec::new();
        for profile in NAMES {
            let Some(line) = trigger(code, profile) else { continue };
            let found = match code {
                "L006" => judge_counted(profile, &line, false),
                _ => judge(profile, &line),
            };
            let mut found = found.iter().filter(|f| f.rule.code() == code).map(|f| f.severity);
            let first = found.next();
            assert!(found.all(|severity| Some(severity) == first), "{code} {profile}: {line}");
            got.push(letter(first));
        }
        let shown = |(name, letter): (&&str, &&'static str)| {
            let of_it = |(rule, profiles, _): &&(&str, &str, &str)| {
                *rule == code && profiles.split(' ').any(|profile| profile == *name)
            };
            HIDDEN.iter().find(of_it).map_or(*letter, |(_, _, letter)| *letter)
        };
        match got.len() {
            0 => untried.push(code),
            _ => {
                let wanted: Vec<_> = NAMES.iter().zip(&row).map(shown).collect();
                assert_eq!(got.join(" "), wanted.join(" "), "{code}");
            }
        }
    }
    // X005 takes more records than a test can write; the others are below.
    assert_eq!(untried, ["B001", "B010", "B019", "X004", "X005"]);
}

#[test]
fn an_input_that_triggers_a_rule_gets_that_severity() {
    let folder = tempfile::TempDir::new().unwrap();
    let [lines, none] = ["lines", "none"].map(|name| folder.path().join(name));
    let good = chat(&format!("{ASK},{ANSWER}"));
    fs::write(&lines, format!("\u{feff}{good}\n\n{good}\n\n")).unwrap();
    fs::write(&none, "{}\n").unwrap();
    for (code, row) in rows().filter(|(code, _)| ["B001", "B010", "B019", "X004"].contains(code)) {
        for (profile, wanted) in NAMES.iter().zip(row) {
            let output = Command::new(env!("CARGO_BIN_EXE_chatml-validate"))
                .args(["--check", "--profile", profile])
                .arg(if code == "X004" { &none } else { &lines })
                .stdin(Stdio::null())
                .output()
                .unwrap();
            let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
            let said = |name: &str| text.contains(&format!("{name}[{code}]"));
            let severities = [("error", "E"), ("warning", "W"), ("info", "I")];
            let got = severities.into_iter().find(|(name, _)| said(name));
            assert_eq!(got.map_or("-", |(_, letter)| letter), wanted, "{code} {profile}: {text}");
        }
    }
}

#[test]
fn faults_that_every_target_minds_alike() {
    for (rule, line, letter) in [
        ("S002", r#"{"messages":7}"#.to_owned(), "E"),
        ("S003", r#"{"messages":[]}"#.into(), "E"),
        ("S004", asked_by("7"), "E"),
        ("S005", asked_by(r#"{"content":"Q"}"#), "E"),
        ("S006", asked_by(r#"{"role":7,"content":"Q"}"#), "E"),
        ("S017", asked_by(r#"{"role":"user","content":"Q","name":"a b"}"#), "W"),
        ("P007", with_key(r#""images":7"#), "E"),
        ("T001", chat(ASK), "E"),
        (
            "F010",
            calling(r#","content":"""#, &[call("c", "{}").replace("\"f\"", "\"g\"")], ""),
            "W",
        ),
        ("F012", answering(r#""content":"","function_call":{"name":"f","arguments":"{}"}"#), "W"),
        ("L002", asked_by(r#"{"role":"user","content":"Q","weight":1}"#), "W"),
        ("L003", answering(r#""content":"""#), "E"),
        ("R001", answering(r#""content":"<think>""#), "W"),
        ("C001", answering(r#""content":"</s>""#), "W"),
    ] {
        severity_everywhere(rule, line, letter);
    }
}

/// A record of a kind that the target does not read is S001, and nothing below it is judged.
#[test]
fn kinds_of_record() {
    let bad = r#"{"role":"assistant","content":7,"zzz":1}"#;
    for (line, expected) in [
        (chat(&format!("{ASK},{bad}")), "- - - - - - - - - - - - - - - -"),
        (
            format!(r#"{{"messages":[{ASK}],"chosen":{bad},"rejected":{ANSWER}}}"#),
            "- E E E E E E E E E - - - - - -",
        ),
        (prompt("openai", bad), "- - - - - E E E E E E - - - - -"),
        (prompt("trl", bad), "- E E E E E E - E - E - - - - -"),
        (
            format!(r#"{{"prompt":[{ASK}],"completion":[{bad}]}}"#),
            "- E E E E E E - E - E - - - - -",
        ),
        (r#"{"text":"x"}"#.into(), "E E E - E E E - E - E E E E E E"),
        (r#"{"prompt":"x","completion":"y"}"#.into(), "E E E - E E E - E - E E E E E E"),
        (r#"{"instruction":"x","output":"y"}"#.into(), "E E E E E E E E E E E E E E E E"),
        (r#"{"conversations":[]}"#.into(), "E E E E E E E E E E E E E E E E"),
    ] {
        severities("S001", &line, expected);
        for (profile, letter) in NAMES.iter().zip(expected.split(' ')) {
            let found = said(&judge(profile, &line));
            assert_eq!(found == ["S001 1  error"], letter == "E", "{profile}: {line}");
        }
    }
}

#[test]
fn a_plain_record_pleases_every_target() {
    let line = r#"{"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":"A"},{"role":"user","content":"Q"},{"role":"assistant","content":"A"}]}"#;
    for profile in chatml::rules::PROFILES {
        assert_eq!(said(&judge(profile.name, line)), Vec::<String>::new(), "{}", profile.name);
    }
}

#[test]
fn several_profiles_make_one_finding_with_the_worst_severity() {
    let by = |profiles: &[&str], line: &str| judge_by(profiles, &Selection::default(), line);
    let line = chat(&format!("{ASK},{ASK},{ANSWER}"));
    let found = by(&["default", "openai", "gemma", "mistral"], &line);
    assert_eq!(said(&found), ["T006 52 /messages/1/role error"]);
    assert_eq!(found[0].profiles, ["default", "openai", "gemma", "mistral"]);
    assert!(found[0].message.contains("gemma template raises or loses text"));

    // Only those that object are named.
    let line = answering(r#""content":"b","reasoning":"t""#);
    let found = by(&["default", "together", "trl", "qwen"], &line);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].profiles, ["trl", "qwen"]);

    // Faults at one place stay apart, and each profile is named once.
    let line = calling(r#","content":null"#, &[call("abcdefghi", r#""{}""#)], "")
        .replace(r#""id":"abcdefghi","type":"function","#, "");
    let found = by(&["openai", "azure", "mistral"], &line);
    let shown: Vec<_> = found
        .iter()
        .map(|f| (f.message.split(';').next().unwrap_or_default(), f.profiles.as_slice()))
        .collect();
    assert_eq!(
        shown,
        [
            ("the call has no id", &["openai", "azure", "mistral"][..]),
            ("the call has no type", &["openai", "azure"]),
        ]
    );
}

#[test]
fn effects_name_the_target_that_refuses() {
    let effect = |selection: &Selection, profile: &str, line: &str, code: &str| {
        let found = judge_with(profile, selection, line);
        let finding = found.into_iter().find(|f| f.rule.code() == code).expect(code);
        finding.message.split("; ").nth(1).unwrap_or_default().to_owned()
    };
    let none = Selection::default();
    for (profile, words) in [
        ("default", "every loader fails"),
        ("openai", "openai refuses the file"),
        ("azure", "azure refuses the file"),
        ("together", "together refuses the file"),
        ("mistral", "mistral raises"),
        ("llama-factory", "llama-factory drops the record or stops"),
        ("gemma", "gemma template raises or loses text"),
    ] {
        let found = effect(&none, profile, &asked_by(r#"{"content":"Q"}"#), "S005");
        assert!(found.starts_with(words), "{profile}: {found}");
    }
    let line = chat(&format!("{ASK},{ASK},{ANSWER}"));
    assert_eq!(effect(&none, "together", &line, "T006"), "together refuses the file");
    assert!(effect(&none, "default", &line, "T006").starts_with("together, bedrock, gemma"));
    // A warning for the one target that the table names.
    let padded = answering(r#""content":"b","tool_calls":null"#);
    assert_eq!(effect(&none, "gpt-oss", &padded, "S016"), "gpt-oss may refuse it");
    assert!(effect(&none, "qwen", &padded, "S016").starts_with("it is padding"));
    // What the user made an error the target does not refuse for that.
    let strict = Selection { error: vec!["T006".into()], ..Default::default() };
    assert!(effect(&strict, "openai", &line, "T006").starts_with("together, bedrock, gemma"));
}
