//! Q: preference and prompt-completion records.

use crate::util::{Case, check, judge};

const QUESTION: &str = r#"{"role":"user","content":"q"}"#;
const GOOD: &str = r#"{"role":"assistant","content":"good"}"#;
const BAD: &str = r#"{"role":"assistant","content":"bad"}"#;

fn openai(prompt: &str, preferred: &str, other: &str) -> String {
    format!(
        r#"{{"input":{{"messages":[{prompt}]}},"preferred_output":{preferred},"non_preferred_output":{other}}}"#
    )
}

fn list(message: &str) -> String {
    format!("[{message}]")
}

#[test]
fn openai_form() {
    let good = openai(QUESTION, &list(GOOD), &list(BAD));
    let both = format!("[{GOOD},{BAD}]");
    check(
        "default",
        &[
            Case("good", &good, &[]),
            Case("no input", &good.replace("input", "system"), &["Q001 @{  error"]),
            Case(
                "two parts missing are two faults",
                r#"{"preferred_output":[{"role":"assistant","content":"good"}]}"#,
                &["Q001 @{  error", "Q001 @{  error"],
            ),
            Case(
                "input is a list",
                &good.replace(&format!(r#"{{"messages":[{QUESTION}]}}"#), "[1]"),
                &["Q001 @[1] /input error"],
            ),
            Case(
                "input without messages",
                &good.replace(r#""messages""#, r#""parallel""#),
                &[r#"Q001 @{"parallel" /input error"#],
            ),
            Case(
                "two messages",
                &openai(QUESTION, &both, &list(BAD)),
                &[r#"Q001 @[{"role":"assistant" /preferred_output error"#],
            ),
            Case(
                "no message",
                &openai(QUESTION, &list(GOOD), "[]"),
                &["Q001 @[] /non_preferred_output error"],
            ),
            Case(
                "not a list",
                &openai(QUESTION, &list(GOOD), BAD),
                &[r#"Q001 @2:{"role":"assistant" /non_preferred_output error"#],
            ),
            Case(
                "a user's",
                &openai(QUESTION, &list(GOOD), &list(QUESTION)),
                &[r#"Q001 @2:[{"role":"user" /non_preferred_output error"#],
            ),
            Case(
                "Q001, and so neither Q002 nor Q003, Q005 and Q006",
                &openai(&format!("{QUESTION},{GOOD}"), &both, &both)
                    .replace("preferred_output", "preferred_completion")
                    .replace(r#""preferred"#, r#""kto_tag":1,"preferred"#),
                &[
                    r#"Q001 @[{"role":"assistant" /preferred_completion error"#,
                    r#"Q001 @2:[{"role":"assistant" /non_preferred_completion error"#,
                ],
            ),
            Case(
                "Q002",
                &openai(&format!("{QUESTION},{GOOD}"), &list(GOOD), &list(BAD)),
                &[r#"Q002 @"assistant" /input/messages/1/role error"#],
            ),
            Case(
                "Q003: neither spacing nor key order nor escapes count",
                &openai(
                    QUESTION,
                    &list(GOOD),
                    r#"[{ "content":"g\u006fod", "role": "assistant"}]"#,
                ),
                &["Q003 @3:[{ /non_preferred_output warning"],
            ),
            Case(
                "Q006",
                &good.replace(r#""preferred_output"#, r#""preferred_completion"#),
                &[r#"Q006 @"preferred_completion" /preferred_completion warning"#],
            ),
            Case(
                "an answer by another spelling of its role is one",
                &openai(QUESTION, &list(&GOOD.replace("assistant", "Assistant")), &list(BAD)),
                &[r#"S008 @"Assistant" /preferred_output/0/role error"#],
            ),
            Case(
                "S002",
                &good.replace(&format!("[{QUESTION}]"), "{}"),
                &["S002 @{}} /input/messages error"],
            ),
            Case("S003", &openai("", &list(GOOD), &list(BAD)), &["S003 @[] /input/messages error"]),
        ],
    );
}

#[test]
fn trl_form() {
    let trl = |prompt: &str, chosen: &str, rejected: &str| match prompt {
        "" => format!(r#"{{"chosen":{chosen},"rejected":{rejected}}}"#),
        prompt => format!(r#"{{"prompt":{prompt},"chosen":{chosen},"rejected":{rejected}}}"#),
    };
    let question = list(QUESTION);
    let with = |answer: &str| format!("[{QUESTION},{answer}]");
    check(
        "default",
        &[
            Case("with a prompt", &trl(&question, &list(GOOD), &list(BAD)), &[]),
            Case("with the prompt in both", &trl("", &with(GOOD), &with(BAD)), &[]),
            Case("strings", r#"{"prompt":"q","chosen":"a","rejected":"b"}"#, &[]),
            Case("strings without a prompt", r#"{"chosen":"a","rejected":"b"}"#, &[]),
            Case("no rejected", r#"{"prompt":"q","chosen":"a"}"#, &["Q001 @{  error"]),
            Case("no chosen", r#"{"rejected":"b"}"#, &["Q001 @{  error"]),
            Case(
                "different types",
                &trl("", r#""a""#, &list(BAD)),
                &[r#"Q001 @[{"role /rejected error"#],
            ),
            Case(
                "another type of prompt",
                &trl(r#""q""#, &list(GOOD), &list(BAD)),
                &[r#"Q001 @"q" /prompt error"#],
            ),
            Case("an empty answer", &trl(&question, "[]", &list(BAD)), &["Q001 @[] /chosen error"]),
            Case(
                "an answer from a user",
                &trl(&question, &list(GOOD), &list(r#"{"role":"user","content":"u"}"#)),
                &[r#"Q001 @2:{"role":"user" /rejected/0 error"#],
            ),
            Case(
                "Q002",
                &trl(&with(GOOD), &list(GOOD), &list(BAD)),
                &[r#"Q002 @"assistant" /prompt/1/role error"#],
            ),
            Case(
                "Q003",
                &trl(&question, &list(GOOD), &list(GOOD)),
                &[r#"Q003 @2:[{"role":"assistant" /rejected warning"#],
            ),
            Case(
                "Q003 of strings",
                r#"{"chosen":"a","rejected":"a"}"#,
                &[r#"Q003 @2:"a" /rejected warning"#],
            ),
            Case(
                "Q004: nothing before the answer",
                &trl("", &list(GOOD), &list(BAD)),
                &[r#"Q004 @2:[{"role":"assistant" /rejected error"#],
            ),
            Case(
                "Q004: different questions",
                &trl("", &with(GOOD), &with(BAD).replace(r#""q""#, r#""r""#)),
                &[r#"Q004 @2:[{"role":"user" /rejected error"#],
            ),
            Case(
                "Q004: of different length",
                &trl("", &with(GOOD), &list(BAD)),
                &[r#"Q004 @[{"role":"assistant" /rejected error"#],
            ),
        ],
    );
    let ends_in_answer = trl(&with(GOOD), &list(GOOD), &list(BAD));
    let system = trl(r#"[{"role":"system","content":"s"}]"#, &list(GOOD), &list(BAD));
    let end = |severity: &str| format!(r#"Q002 @"assistant" /prompt/1/role {severity}"#);
    for profile in ["trl", "unsloth", "llama3", "qwen", "gpt-oss"] {
        check(profile, &[Case("Q002", &ends_in_answer, &[&end("info")])]);
    }
    // Gemma's templates refuse an answer behind an answer.
    for profile in ["gemma", "gemma3"] {
        check(profile, &[Case("Q002", &ends_in_answer, &[&end("error")])]);
    }
    for (profile, severity) in [("trl", "warning"), ("gpt-oss", "error")] {
        let found = judge(profile, &system);
        let q002: Vec<_> = found.iter().filter(|f| f.rule.code() == "Q002").collect();
        assert_eq!(q002.len(), 1, "{profile}");
        assert_eq!(q002[0].severity.name(), severity, "{profile}");
    }
    // Targets that do not read pairs of this form, whatever is in them.
    for profile in ["openai", "axolotl", "llama-factory"] {
        check(profile, &[Case("S001 alone", &ends_in_answer, &["S001 @{  error"])]);
    }
}

#[test]
fn llama_factory_form() {
    let of = |chosen: &str, rejected: &str| {
        format!(r#"{{"messages":[{QUESTION}],"chosen":{chosen},"rejected":{rejected}}}"#)
    };
    check(
        "default",
        &[
            Case("good", &of(GOOD, BAD), &[]),
            Case(
                "Q001",
                &of(GOOD, r#"{"role":"user","content":"u"}"#),
                &[r#"Q001 @2:{"role":"user" /rejected error"#],
            ),
            Case("Q003", &of(GOOD, GOOD), &[r#"Q003 @2:{"role":"assistant" /rejected warning"#]),
            Case(
                "Q002",
                &of(GOOD, BAD).replacen(r#""user""#, r#""system""#, 1),
                &["T002 @[ /messages warning", r#"Q002 @"system" /messages/0/role error"#],
            ),
        ],
    );
}

#[test]
fn prompts_and_labels() {
    let of = |rest: &str| format!(r#"{{"prompt":[{QUESTION}]{rest}}}"#);
    let completion = format!(r#","completion":[{GOOD}]"#);
    check(
        "default",
        &[
            Case("alone", &of(""), &[]),
            Case("with a completion", &of(&completion), &[]),
            Case("with a label", &of(&format!(r#"{completion},"label":true"#)), &[]),
            Case("1", &of(&format!(r#"{completion},"label":1"#)), &["Q005 @1 /label error"]),
            Case(
                "null",
                &of(&format!(r#"{completion},"label":null"#)),
                &["Q005 @null /label error"],
            ),
            Case(
                "a result at the end of the prompt is fine",
                &format!(
                    r#"{{"prompt":[{QUESTION},{{"role":"assistant","content":"","tool_calls":[{{"id":"c","type":"function","function":{{"name":"f","arguments":"{{}}"}}}}]}},{{"role":"tool","tool_call_id":"c","content":"r"}}]{completion},"tools":[{{"type":"function","function":{{"name":"f"}}}}]}}"#
                ),
                &[],
            ),
            Case(
                "Q002",
                &of("").replace("user", "system"),
                &["T002 @[ /prompt warning", r#"Q002 @"system" /prompt/0/role error"#],
            ),
            Case("S003", r#"{"prompt":[]}"#, &["S003 @[ /prompt error"]),
            Case(
                "a label of a chat",
                &format!(r#"{{"messages":[{QUESTION},{GOOD}],"label":"true"}}"#),
                &[r#"Q005 @"true" /label error"#],
            ),
            Case(
                "kto_tag anywhere",
                r#"{"chosen":"a","rejected":"b","label":7,"kto_tag":0}"#,
                &["Q005 @0 /kto_tag error"],
            ),
        ],
    );
}
