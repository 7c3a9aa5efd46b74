//! Profiles: the tables of the specification, typed from it, against what the judge says.

use std::sync::Arc;

use chatml::rules::judge::{Line, Outcome};
use chatml::rules::profile::Arguments;
use chatml::rules::settings::{Selection, TokenLimit};
use chatml::rules::{Finding, Judge, PROFILES, Profile, Rule, Settings, Severity, across};

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

/// Default severities, section 2.
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

/// Table 4.3: the cells in the order of [`NAMES`], a dot for an empty one. What stands there for one case
/// only is in the test of that case.
const DIFFERENCES: &str = "
    B001 W . I E . . E . . . . . . . . .
    B010 W . . E . . E . . . . . . . . .
    B019 I . . E . . E . . . . . . . . .
    S012 W . . . . . E . . . . . . . . .
    S013 I E E . . E . . . . . W W . . .
    S014 I . . E . E . . . . . . . . . .
    S016 W . . . . . . . I . . . . . . .
    S018 W . . E . E E . . . . . . . . .
    S020 W - - E . . - . . . - E E I - E
    S021 I - - E . . - W W W E E E - - -
    P006 W . . E . . . E E E E E E E E E
    T002 W . . . . E . . . . E E E . E .
    T003 E . . W . . . W W W . W W W W W
    T004 W . . . E . . . . . E . E . E E
    T005 W . . . . . E . . . E . E . E E
    T006 I . . E . E W . . . E E E . . .
    T007 W . . . . E . . . . E E E . . .
    T008 W . E E . E . . . . E E E . . .
    T009 - . . . . E . . . . . E . . . .
    T010 - . . . . E . . . . . . . . . .
    F006 E . . W . . . W W W W W W W W W
    F007 E . . W . . . W W W W W W W W W
    F009 E . . W . . . W W W W W W W W W
    F015 - . . . . . E . . . . . . . . .
    F016 - . . . . . E . . . W . . W . W
    F017 - . . . . . . . . . . . . E . W
    L001 E . . . . . . W W W W W W W W W
    L005 - . . . . . . W W W W W W W W W
    L006 W . . . . E . . . . . . . . . .
    R005 - . . W W . W W W W W W W W W W
    X001 W . . . . . . E E E E E E E E E
    X004 - E E E E W . . . . E . . . . .
    X005 - W . W W . . . . . . . . . . .";

fn severity(letter: &str) -> Severity {
    match letter {
        "E" => Severity::Error,
        "W" => Severity::Warning,
        "I" => Severity::Info,
        "-" => Severity::Off,
        _ => panic!("{letter}"),
    }
}

/// The letter of a rule under a profile by the two tables.
fn letter(code: &str, profile: &str) -> &'static str {
    let column = NAMES.iter().position(|name| *name == profile).expect("a profile");
    let rows = DIFFERENCES.lines().map(|row| row.split_whitespace().collect::<Vec<_>>());
    let cell = rows.into_iter().find(|row| row.first() == Some(&code)).map(|row| row[column + 1]);
    let default = || {
        let mut words = DEFAULTS.split_whitespace().skip_while(|word| *word != code);
        words.nth(1).expect("a rule")
    };
    cell.filter(|cell| *cell != ".").unwrap_or_else(default)
}

#[test]
fn every_rule_has_its_severity_under_every_profile() {
    let names: Vec<_> = PROFILES.iter().map(|profile| profile.name).collect();
    assert_eq!(names, NAMES);
    assert_eq!(DEFAULTS.split_whitespace().count(), 2 * Rule::COUNT);
    for rule in Rule::all() {
        assert_eq!(rule.info().default, severity(letter(rule.code(), "default")), "{rule:?}");
        for profile in PROFILES {
            let wanted = severity(letter(rule.code(), profile.name));
            assert_eq!(profile.severity(rule), wanted, "{rule:?} {}", profile.name);
        }
    }
}

/// A record of these messages.
fn chat(messages: &str) -> String {
    format!(r#"{{"messages":[{messages}]}}"#)
}

fn asked(answer: &str) -> String {
    chat(&format!(r#"{{"role":"user","content":"a"}},{{"role":"assistant",{answer}}}"#))
}

/// A record that asks and gets an answer with calls of these ids, arguments in the profile's form.
fn calls(profile: &str, content: &str, ids: &[&str], rest: &str) -> String {
    let arguments = match Profile::find(profile).expect("a profile").arguments {
        Arguments::Object => "{}",
        _ => r#""{}""#,
    };
    let calls: Vec<_> = ids
        .iter()
        .map(|id| {
            format!(
                r#"{{"id":"{id}","type":"function","function":{{"name":"f","arguments":{arguments}}}}}"#
            )
        })
        .collect();
    format!(
        r#"{{"messages":[{{"role":"user","content":"a"}},{{"role":"assistant"{content},"tool_calls":[{}]}}{rest}],"tools":[{{"type":"function","function":{{"name":"f","description":"d","parameters":{{}}}}}}]}}"#,
        calls.join(",")
    )
}

/// A record that triggers a rule under each profile that judges it.
fn trigger(code: &str, profile: &str) -> Option<String> {
    const A: &str = r#"{"role":"assistant","content":"b"}"#;
    const U: &str = r#"{"role":"user","content":"a"}"#;
    const S: &str = r#"{"role":"system","content":"s"}"#;
    let empty = r#","content":"""#;
    Some(match code {
        "S012" => chat(&format!(r#"{{"role":"user","content":""}},{A}"#)),
        "S013" => chat(&format!(r#"{{"role":"user","content":"a","zzz":1}},{A}"#)),
        "S014" => chat(&format!("{U},{A}")).replace("]}", r#"],"zzz":1}"#),
        "S016" => chat(&format!(r#"{{"role":"user","content":"a","name":null}},{A}"#)),
        "S018" => chat(&format!("{U},{A}")).replace("]}", r#"],"functions":[{"name":"f"}]}"#),
        "S020" => calls(profile, r#","content":null"#, &["abcdefghi"], ""),
        "S021" => calls(profile, "", &["abcdefghi"], ""),
        "P006" => {
            chat(&format!(r#"{{"role":"user","content":[{{"type":"text","text":"a"}}]}},{A}"#))
        }
        "T002" => chat(&format!("{S},{A}")),
        "T003" => chat(&format!("{U},{A},{U}")),
        "T004" => chat(&format!("{U},{S},{A}")),
        "T005" => chat(&format!("{S},{S},{U},{A}")),
        "T006" => chat(&format!("{U},{U},{A}")),
        "T007" => chat(&format!("{A},{U},{A}")),
        "T008" => chat(&format!("{U},{A},{A}")),
        "T009" => chat(&format!("{S},{U},{A}")),
        "T010" => chat(A),
        "F006" => calls(profile, empty, &["abcdefghi", "abcdefghi"], ""),
        "F007" => calls(
            profile,
            empty,
            &["abcdefghi"],
            &format!(r#",{{"role":"tool","content":"r"}},{A}"#),
        ),
        "F009" => calls(profile, empty, &["abcdefghi"], &format!(",{U},{A}")),
        "F015" => calls(profile, empty, &["call_1"], ""),
        "F016" => calls(profile, r#","content":"b""#, &["abcdefghi"], ""),
        "F017" => calls(profile, empty, &["abcdefghi", "abcdefghj"], ""),
        "L001" => asked(r#""content":"b","weight":2"#),
        "L005" => asked(r#""content":"b","weight":0"#),
        "L006" => asked(r#""content":"b""#),
        "R005" if profile == "together" => asked(r#""content":"b","thinking":"t""#),
        "R005" => asked(r#""content":"b","reasoning":"t""#),
        _ => return None,
    })
}

fn judge_counted(profile: &str, line: &str) -> Vec<Finding> {
    let profile = Profile::find(profile).expect("a profile");
    let count = Arc::new(|text: &str| text.len());
    let settings = Settings {
        tokens: Some(TokenLimit { limit: 1, count, exact: false }),
        ..Settings::new(&[profile], &Selection::default()).expect("settings")
    };
    let at = Line { bytes: line.as_bytes(), terminated: true, first: false, number: 0, offset: 0 };
    let mut findings = Vec::new();
    Judge::new(&settings).line(at, &mut across::Block::default(), &mut findings);
    findings
}

#[test]
fn a_record_that_triggers_a_rule_gets_that_severity() {
    let mut seen = 0;
    for code in DIFFERENCES.lines().filter_map(|row| row.split_whitespace().next()) {
        for profile in NAMES {
            let Some(line) = trigger(code, profile) else { continue };
            seen += 1;
            let found = match code {
                "L006" => judge_counted(profile, &line),
                _ => judge(profile, &line),
            };
            let found: Vec<_> =
                found.iter().filter(|f| f.rule.code() == code).map(|f| f.severity).collect();
            let wanted = match (code, profile) {
                // T009 takes their place.
                ("T004" | "T005", "bedrock" | "gemma") => Severity::Off,
                // The result's role is S007 here.
                ("F007", "bedrock" | "gemma" | "gemma3") => Severity::Off,
                _ => severity(letter(code, profile)),
            };
            let wanted: Vec<_> = Some(wanted)
                .into_iter()
                .filter(|s| *s != Severity::Off)
                .cycle()
                .take(found.len().max(1))
                .collect();
            assert_eq!(found, wanted, "{code} {profile}: {line}");
        }
    }
    assert_eq!(seen, 16 * 27);
}

/// The severity of a rule's finding about a line under each profile, as letters.
fn letters(code: &str, line: impl Fn(&str) -> String) -> String {
    let letter = |profile: &&str| {
        let found = judge(profile, line(profile));
        match found.iter().find(|f| f.rule.code() == code).map(|f| f.severity) {
            Some(Severity::Error) => "E",
            Some(Severity::Warning) => "W",
            Some(Severity::Info) => "I",
            _ => "-",
        }
    };
    NAMES.iter().map(letter).collect()
}

#[test]
fn cells_of_one_case_only() {
    let with = |answer: &str| {
        let line = asked(answer);
        move |_: &str| line.clone()
    };
    //                                                         dOAtfbmtauLggl qg
    assert_eq!(letters("S016", with(r#""content":"b","weight":null"#)), "WWWEWWWWIWWWWWWW");
    assert_eq!(letters("S016", with(r#""content":"b","tool_calls":null"#)), "WWWWWWWWIWWWWEWE");
    let text = r#"{"messages":"[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}]"}"#;
    assert_eq!(letters("S019", |_| text.to_owned()), "WEEEEEEE-WEEEEEE");
    let tools = asked(r#""content":"b""#).replace("]}", r#"],"tools":"[]"}"#);
    assert_eq!(letters("S019", |_| tools.clone()), "WEEEEEE--W------");
    let thought =
        |profile: &str| calls(profile, r#","content":"b","thinking":"t""#, &["abcdefghi"], "");
    assert_eq!(letters("F016", thought), "------E---W--W-E");
    let own = |profile: &str| {
        let token = match profile {
            "gemma" | "gemma3" => "<start_of_turn>",
            "llama3" => "<|eot_id|>",
            "qwen" => "<|im_end|>",
            "gpt-oss" => "<|return|>",
            _ => "</s>",
        };
        asked(&format!(r#""content":"{token}""#))
    };
    assert_eq!(letters("C001", own), "WWWWWWWWWWWEEEEE");
    let prompt = |end: &str| {
        let line = format!(
            r#"{{"prompt":[{{"role":"user","content":"a"}},{{"role":"{end}","content":"p"}}],"completion":[{{"role":"assistant","content":"b"}}]}}"#
        );
        move |_: &str| line.clone()
    };
    assert_eq!(letters("Q002", prompt("assistant")), "EEEEEEEIIIEIIIII");
    assert_eq!(letters("Q002", prompt("system")), "EEEEEEEEEEEEEEEE");
    assert_eq!(letters("Q002", prompt("user")), "----------------");
}

#[test]
fn form_of_calls() {
    let of = |arguments: &str| {
        let line = calls("openai", "", &["abcdefghi"], "").replace(r#""{}""#, arguments);
        move |_: &str| line.clone()
    };
    assert_eq!(letters("F002", of(r#""{}""#)), "-------E-E---EEE");
    assert_eq!(letters("F002", of("{}")), "-EEEE-E---------");
    assert_eq!(letters("F002", of("7")), "EEEEE-EEEEE--EEE");
    let without = |key: &str| {
        let key = key.to_owned();
        move |profile: &str| calls(profile, "", &["abcdefghi"], "").replace(&key, "")
    };
    assert_eq!(letters("F001", without(r#""id":"abcdefghi","#)), "EEEEE-E---------");
    // Of the call; that of the tool stays.
    assert_eq!(letters("F001", without(r#","type":"function""#)), "EEEEE-----------");
    assert_eq!(
        letters("F001", |profile| calls(profile, "", &["abcdefghi"], "").replacen(
            r#""name":"f","#,
            "",
            1
        )),
        "EEEEE-EEEEEEEEEE"
    );
}

#[test]
fn weight_and_limits() {
    assert_eq!(letters("L003", |_| asked(r#""content":"b","weight":0"#)), "EEEEEEE---------");
    for (name, images, records, most, bytes) in [
        ("default", 10, 0, None, None),
        ("openai", 10, 10, Some(50_000), None),
        ("azure", 64, 10, None, None),
        ("together", 10, 1, None, Some(53_794_465_382)),
        ("fireworks", 10, 3, Some(3_000_000), None),
        ("bedrock", 10, 32, None, None),
        ("mistral", 10, 0, None, None),
        ("trl", 10, 0, None, None),
        ("llama-factory", 10, 1, None, None),
    ] {
        let profile = Profile::find(name).unwrap();
        let limits =
            (profile.max_images, profile.min_records, profile.max_records, profile.max_bytes);
        assert_eq!(limits, (images, records, most, bytes), "{name}");
        assert_eq!(profile.max_records_of_images, name == "openai" || name == "azure", "{name}");
    }
}

#[test]
fn several_profiles_make_one_finding_with_the_worst_severity() {
    let by = |profiles: &[&str], line: &str| judge_by(profiles, &Selection::default(), line);
    let line = trigger("T006", "default").unwrap();
    let found = by(&["default", "openai", "gemma", "mistral"], &line);
    assert_eq!(said(&found), ["T006 52 /messages/1/role error"]);
    assert_eq!(found[0].profiles, ["default", "openai", "gemma", "mistral"]);
    assert!(found[0].message.contains("gemma template raises or loses text"));

    // Only those that object are named.
    let line = asked(r#""content":"b","reasoning":"t""#);
    let found = by(&["default", "together", "trl", "qwen"], &line);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].profiles, ["trl", "qwen"]);

    // Faults at one place stay apart, and each profile is named once.
    let line = calls("openai", r#","content":null"#, &["abcdefghi"], "")
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

    // All at once: what each says alone, by the fast way and the thorough one.
    for code in DIFFERENCES.lines().filter_map(|row| row.split_whitespace().next()) {
        let Some(line) = trigger(code, "default") else { continue };
        let all = by(&NAMES, &line);
        for profile in NAMES {
            let alone: Vec<_> =
                judge(profile, &line).iter().map(|f| (f.rule, f.span.clone())).collect();
            let mut named: Vec<_> = all
                .iter()
                .filter(|f| f.profiles.contains(&profile))
                .map(|f| (f.rule, f.span.clone()))
                .collect();
            let mut alone = alone;
            alone.sort_by_key(|(rule, span)| (*rule, span.start));
            named.sort_by_key(|(rule, span)| (*rule, span.start));
            assert_eq!(alone, named, "{code} {profile}");
        }
    }
}

#[test]
fn effects_name_the_target_that_refuses() {
    let effect = |selection: &Selection, profile: &str, line: &str, code: &str| {
        let found = judge_with(profile, selection, line);
        let finding = found.into_iter().find(|f| f.rule.code() == code).expect(code);
        finding.message.split("; ").nth(1).unwrap_or_default().to_owned()
    };
    let none = Selection::default();
    let line = trigger("T006", "default").unwrap();
    assert_eq!(effect(&none, "together", &line, "T006"), "together refuses the file");
    assert!(effect(&none, "default", &line, "T006").starts_with("together, bedrock, gemma"));
    // What the user made an error the target does not refuse for that.
    let strict = Selection { error: vec!["T006".into()], ..Default::default() };
    assert!(effect(&strict, "openai", &line, "T006").starts_with("together, bedrock, gemma"));
}
