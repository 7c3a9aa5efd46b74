//! T: the order of turns.

use chatml::rules::Severity;
use chatml::rules::roles::Role;
use chatml::rules::settings::Selection;
use proptest::prelude::*;

use crate::util::{Case, check, judge, judge_with, said, said_of};

/// A record of these roles; `extra` stands in the first message and sends the line to the parser.
fn record(roles: &str, extra: &str) -> String {
    let messages: Vec<_> = roles
        .split_whitespace()
        .enumerate()
        .map(|(index, role)| {
            let extra = if index == 0 { extra } else { "" };
            format!(r#"{{"role":"{role}","content":"text {index}"{extra}}}"#)
        })
        .collect();
    format!(r#"{{"messages":[{}]}}"#, messages.join(","))
}

/// What `CODE INDEX SEVERITY` (or `CODE list SEVERITY`) is as `said` tells it.
fn told(record: &str, fault: &str) -> String {
    let [code, place, severity] = fault.split(' ').collect::<Vec<_>>()[..] else {
        panic!("{fault}")
    };
    let Ok(index) = place.parse::<usize>() else {
        return format!("{code} 13 /messages {severity}");
    };
    let (at, key) = record.match_indices(r#""role":"#).nth(index).expect("the message");
    format!("{code} {} /messages/{index}/role {severity}", at + key.len() + 1)
}

#[test]
fn order_of_roles() {
    for (profile, roles, faults) in [
        ("default", "user assistant", &[][..]),
        ("default", "system user assistant user assistant", &[]),
        ("default", "user", &["T001 list error"]),
        ("default", "system user", &["T001 list error"]),
        ("default", "system assistant", &["T002 list warning"]),
        ("default", "assistant assistant", &["T002 list warning", "T008 1 warning"]),
        ("default", "user assistant user", &["T003 2 error"]),
        ("default", "user assistant system", &["T003 2 error", "T004 2 warning"]),
        ("default", "user system assistant", &["T004 1 warning"]),
        ("default", "system user system assistant", &["T004 2 warning", "T005 2 warning"]),
        ("default", "user assistant system user assistant", &["T004 2 warning"]),
        ("default", "system developer user assistant", &[]),
        ("default", "developer system user assistant", &[]),
        ("default", "system system user assistant", &["T005 1 warning", "T006 1 info"]),
        ("default", "system developer system user assistant", &["T005 2 warning"]),
        ("default", "developer developer user assistant", &["T006 1 info"]),
        ("default", "user user assistant", &["T006 1 info"]),
        ("default", "user user user assistant", &["T006 1 info", "T006 2 info"]),
        ("default", "user system user assistant", &["T004 1 warning"]),
        ("default", "assistant user assistant", &["T007 0 warning"]),
        ("default", "system assistant user assistant", &["T007 1 warning"]),
        ("default", "developer system assistant user assistant", &["T007 2 warning"]),
        ("default", "user assistant assistant", &["T008 2 warning"]),
        ("gemma", "system user assistant", &["T009 0 error"]),
        ("gemma", "system developer user assistant", &["T009 0 error", "T009 1 error"]),
        // T009 takes the place of T004 and T005.
        ("gemma", "system user system assistant", &["T009 0 error", "T009 2 error"]),
        ("gemma3", "system user assistant", &[]),
        ("bedrock", "user system assistant", &["T009 1 error"]),
        ("bedrock", "assistant", &["T002 list error", "T010 list error"]),
        ("bedrock", "user assistant", &[]),
        ("default", "assistant", &["T002 list warning"]),
    ] {
        let plain = record(roles, "");
        let wanted: Vec<_> = faults.iter().map(|fault| told(&plain, fault)).collect();
        assert_eq!(said(&judge(profile, &plain)), wanted, "{profile}: {roles}");
        // The same of a line that has to be parsed.
        let parsed = record(roles, r#","n":0"#);
        let wanted: Vec<_> = faults.iter().map(|fault| told(&parsed, fault)).collect();
        assert_eq!(said_of("T", &judge(profile, &parsed)), wanted, "{profile}: {roles}");
    }
}

#[test]
fn a_user_directly_after_a_result_lacks_the_answer() {
    let record = |between: &str| {
        format!(
            r#"{{"messages":[{{"role":"user","content":"a"}},{{"role":"assistant","content":"","tool_calls":[{{"id":"c1","type":"function","function":{{"name":"f","arguments":"{{}}"}}}}]}},{{"role":"tool","tool_call_id":"c1","content":"r"}},{between}{{"role":"user","content":"b"}},{{"role":"assistant","content":"c"}}],"tools":[{{"type":"function","function":{{"name":"f"}}}}]}}"#
        )
    };
    let bad = record("");
    check(
        "default",
        &[Case(
            "T006 (b), not F009",
            &bad,
            &[r#"T006 @"user","content":"b" /messages/3/role info"#],
        )],
    );
    let good = record(r#"{"role":"assistant","content":"r"},"#);
    check("default", &[Case("an answer between", &good, &[])]);
}

#[test]
fn roles_are_judged_as_what_they_stand_for() {
    check(
        "default",
        &[
            Case(
                "no cascade of T001 from a spelling",
                r#"{"messages":[{"role":"User","content":"a"},{"role":"gpt","content":"b"}]}"#,
                &[
                    r#"S008 @"User" /messages/0/role error"#,
                    r#"S008 @"gpt" /messages/1/role error"#,
                ],
            ),
            Case(
                "an unknown role is none of the known",
                r#"{"messages":[{"role":"narrator","content":"a"},{"role":"assistant","content":"b"}]}"#,
                &[r#"S007 @"narrator" /messages/0/role error"#, "T002 @[ /messages warning"],
            ),
            Case(
                "nor the last to answer",
                r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"narrator","content":"c"}]}"#,
                &[
                    r#"S007 @"narrator" /messages/2/role error"#,
                    r#"T003 @"narrator" /messages/2/role error"#,
                ],
            ),
            Case(
                "S004: nothing is said about order",
                r#"{"messages":[{"role":"user","content":"a"},7]}"#,
                &["S004 @7 /messages/1 error"],
            ),
            Case(
                "S005: nothing is said about order",
                r#"{"messages":[{"role":"user","content":"a"},{"content":"b"}]}"#,
                &[r#"S005 @{"content":"b" /messages/1 error"#],
            ),
            Case(
                "S006: nothing is said about order",
                r#"{"messages":[{"role":null,"content":"a"}]}"#,
                &["S006 @null /messages/0/role error"],
            ),
            Case("S002: nothing else", r#"{"messages":{}}"#, &["S002 @2:{ /messages error"]),
            Case("S003: nothing else", r#"{"messages":[]}"#, &["S003 @[ /messages error"]),
            Case(
                "T001 takes the place of T003 and L003",
                r#"{"messages":[{"role":"user","content":"a"}]}"#,
                &["T001 @[ /messages error"],
            ),
        ],
    );
}

#[test]
fn a_prompt_is_judged_by_order_and_not_by_its_end() {
    check(
        "default",
        &[
            Case(
                "no T001, T003 or T010 of a prompt, nor any T of an answer",
                r#"{"prompt":[{"role":"user","content":"a"}],"completion":[{"role":"assistant","content":"b"}]}"#,
                &[],
            ),
            Case(
                "order within a prompt",
                r#"{"prompt":[{"role":"assistant","content":"x"},{"role":"user","content":"a"},{"role":"user","content":"a"}],"completion":[{"role":"assistant","content":"b"}]}"#,
                &[
                    r#"T007 @"assistant" /prompt/0/role warning"#,
                    r#"T006 @2:"user" /prompt/2/role info"#,
                ],
            ),
            Case(
                "answers of several messages have no order",
                r#"{"chosen":[{"role":"user","content":"a"},{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"rejected":[{"role":"user","content":"a"},{"role":"user","content":"a"},{"role":"assistant","content":"c"}]}"#,
                &[],
            ),
            Case(
                "messages beside chosen and rejected are a prompt",
                r#"{"messages":[{"role":"user","content":"a"}],"chosen":{"role":"assistant","content":"b"},"rejected":{"role":"assistant","content":"c"}}"#,
                &[],
            ),
        ],
    );
}

#[test]
fn words_name_the_last_speaker() {
    let of = |role: &str| {
        let line = record(&format!("user assistant {role}"), "");
        let found = judge_with(
            "default",
            &Selection { select: vec!["T003".into()], ..Default::default() },
            line,
        );
        found[0].message.split(';').next().unwrap_or_default().to_owned()
    };
    assert_eq!(of("user"), "the last message is from user");
    assert_eq!(of("narrator"), "the last message is of an unknown role");
}

/// T by its definition, message by message and without a thought of speed.
fn naive(roles: &[Role], unsupported: bool) -> Vec<(&'static str, Option<usize>)> {
    use Role::*;
    let mut faults = Vec::new();
    let system = |role: &Role| matches!(role, System | Developer);
    if roles.iter().all(|role| *role != Assistant) {
        faults.push(("T001", None));
    } else if *roles.last().unwrap() != Assistant {
        faults.push(("T003", Some(roles.len() - 1)));
    }
    let lead = roles.iter().position(|role| !system(role)).unwrap_or(roles.len());
    if roles.iter().all(|role| *role != User) {
        faults.push(("T002", None));
    } else if roles[lead] == Assistant {
        faults.push(("T007", Some(lead)));
    }
    for (index, role) in roles.iter().enumerate() {
        if system(role) && unsupported {
            faults.push(("T009", Some(index)));
        } else if system(role) {
            if index > lead {
                faults.push(("T004", Some(index)));
            }
            if *role == System && roles[..index].contains(&System) {
                faults.push(("T005", Some(index)));
            }
        }
        let Some(before) = index.checked_sub(1).map(|at| roles[at]) else { continue };
        if before == *role && (system(role) || *role == User)
            || *role == User && matches!(before, Tool | Function)
        {
            faults.push(("T006", Some(index)));
        }
        if before == Assistant && *role == Assistant {
            faults.push(("T008", Some(index)));
        }
    }
    if roles.len() < 2 {
        faults.push(("T010", None));
    }
    faults
}

proptest! {
    #[test]
    fn outline_parser_and_definition_agree(
        roles in prop::collection::vec(
            prop::sample::select(vec![Role::System, Role::User, Role::Assistant]), 1..9),
        profile in prop::sample::select(vec!["default", "gemma", "bedrock"]),
    ) {
        let names: Vec<_> = roles.iter().map(|role| role.name()).collect();
        let line = record(&names.join(" "), "");
        // `judge` holds the outline against the parser.
        let selection = Selection {
            select: vec!["T".into(), "T010".into()],
            ..Default::default()
        };
        let found = judge_with(profile, &selection, &line);
        let found: Vec<_> = found
            .iter()
            .map(|f| (f.rule.code(), f.pointer.split('/').nth(2).map(|at| at.parse().unwrap())))
            .collect();
        prop_assert_eq!(found, naive(&roles, profile != "default"));
    }

    #[test]
    fn order_follows_the_definition_for_all_roles(
        roles in prop::collection::vec(
            prop::sample::select(vec![
                Role::System, Role::Developer, Role::User, Role::Assistant,
                Role::Tool, Role::Function, Role::Unknown,
            ]), 1..9),
        unsupported: bool,
    ) {
        let mut found = Vec::new();
        let texts = chatml::rules::turns::SystemTexts { unsupported, only_one: false };
        chatml::rules::turns::order(&roles, true, texts, &mut |rule, index, _| {
            found.push((rule.code(), index));
        });
        prop_assert_eq!(found, naive(&roles, unsupported));
    }
}

#[test]
fn t010_counts_under_any_profile_when_asked() {
    let selection = Selection { extend: vec!["T010".into()], ..Default::default() };
    let found = judge_with("default", &selection, record("assistant", ""));
    let severities: Vec<_> = found.iter().map(|f| (f.rule.code(), f.severity)).collect();
    assert_eq!(severities, [("T002", Severity::Warning), ("T010", Severity::Error)]);
}

/// The record after its unsafe repairs, made until none is left.
fn mended(profile: &str, selection: &str, line: &str) -> String {
    use chatml::rules::judge::Line;
    use chatml::rules::{Judge, Profile, Settings, across, repair};
    let selection = Selection { select: vec![selection.into()], ..Default::default() };
    let settings = Settings {
        repairs: Some(repair::Level::Unsafe),
        ..Settings::new(&[Profile::find(profile).unwrap()], &selection).unwrap()
    };
    let mut bytes = line.as_bytes().to_vec();
    for _ in 0..10 {
        let at = Line { bytes: &bytes, terminated: true, first: false, number: 0, offset: 0 };
        let mut findings = Vec::new();
        Judge::new(&settings).line(at, &mut across::Block::default(), &mut findings);
        let Some((line, _)) = repair::apply(&bytes, chatml::rules::finding::fixes(&findings))
        else {
            break;
        };
        bytes = line;
    }
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn repairs_of_the_order() {
    let message = |role: &str, text: &str| format!(r#"{{"role":"{role}","content":"{text}"}}"#);
    let list = |messages: &[(&str, &str)]| {
        let all: Vec<_> = messages.iter().map(|(role, text)| message(role, text)).collect();
        format!(r#"{{"messages":[{}]}}"#, all.join(","))
    };
    let (s, u, a) = (("system", "s"), ("user", "u"), ("assistant", "a"));
    for (profile, rule, before, after) in [
        ("default", "T003", list(&[u, a, u, u]), list(&[u, a])),
        // In their order, behind those that lead.
        (
            "default",
            "T004",
            list(&[s, u, ("system", "1"), a, ("system", "2")]),
            list(&[s, ("system", "1"), ("system", "2"), u, a]),
        ),
        (
            "default",
            "T005",
            list(&[s, ("system", "t"), u, a]),
            list(&[("system", r"s\n\nt"), u, a]),
        ),
        ("default", "T006", list(&[u, ("user", "v"), u, a]), list(&[("user", r"u\n\nv\n\nu"), a])),
        ("default", "T008", list(&[u, a, a]), list(&[u, ("assistant", r"a\n\na")])),
        ("gemma", "T009", list(&[s, u, a]), list(&[("user", r"s\n\nu"), a])),
        ("bedrock", "T009", list(&[s, u, a]), list(&[u, a]).replace("]}", r#"],"system":"s"}"#)),
        ("bedrock", "T009", list(&[s, s, u, a]), list(&[s, s, u, a])),
    ] {
        assert_eq!(mended(profile, rule, &before), after, "{profile} {rule}");
    }
}
