//! R: thinking tags and reasoning fields.

use crate::util::{Case, check, judge, said};

/// A record whose user says `question` and whose assistant message has these members.
fn record(question: &str, answer: &str) -> String {
    format!(
        r#"{{"messages":[{{"role":"user","content":"{question}"}},{{"role":"assistant",{answer}}}]}}"#
    )
}

/// The R findings of an answer, C007 left out, as `CODE TEXT-FROM-COLUMN SEVERITY`.
fn of_answer(text: &str) -> Vec<String> {
    let line = record("a", &format!(r#""content":"{text}""#));
    let found = judge("default", &line);
    let shown = found.iter().filter(|f| f.rule.code() != "C007").map(|f| {
        assert_eq!(f.pointer, "/messages/1/content");
        let rest = line[f.span.start..].split('"').next().unwrap_or_default();
        format!("{} {rest} {}", f.rule.code(), f.severity.name())
    });
    shown.collect()
}

#[test]
fn tags_alternate() {
    for (text, wanted) in [
        ("b", &[][..]),
        ("<think>x</think>b", &[]),
        ("<think>x</think>b<think>y</think>c", &[]),
        ("<think>x", &["R001 <think>x warning"]),
        ("<think>x</think><think>y", &["R001 <think>y warning"]),
        ("<think>x<think>y</think>", &["R001 <think>y</think> warning"]),
        ("x</think>y</think>", &["R001 </think>y</think> warning"]),
        ("<think>x</think>y</think>z", &["R001 </think>z warning"]),
        ("x</think>b", &["R007 </think>b info"]),
        ("</think>a<think>", &["R001 </think>a<think> warning"]),
        ("<Think>x", &[]),
        ("think>", &[]),
    ] {
        assert_eq!(of_answer(text), wanted, "{text}");
    }
}

#[test]
fn tags_outside_answers() {
    check(
        "default",
        &[
            Case(
                "R002 once for a string, and not C001",
                &record("x <think> y </think>", r#""content":"b""#),
                &["R002 @<think> /messages/0/content warning"],
            ),
            Case(
                "behind an escape",
                &record(r"\u00e9\n</think>", r#""content":"b""#),
                &["R002 @</think> /messages/0/content warning"],
            ),
            Case(
                "in a part",
                r#"{"messages":[{"role":"user","content":[{"type":"text","text":"<think>"}]},{"role":"assistant","content":[{"type":"text","text":"b"}]}]}"#,
                &["R002 @<think> /messages/0/content/0/text warning"],
            ),
            Case("in no content text", &record("a", r#""content":"b","name":"a""#), &[]),
        ],
    );
    let found = judge("default", record("<think> <think>", r#""content":"b""#));
    assert!(
        found[0].message.starts_with("<think> stands in a user message and 1 more in this string;")
    );
}

#[test]
fn reasoning_fields() {
    check(
        "default",
        &[
            Case("one field", &record("a", r#""content":"b","thinking":"c""#), &[]),
            Case(
                "two fields",
                &record("a", r#""content":"b","thinking":"c","reasoning":"d""#),
                &[r#"R003 @"c" /messages/1/thinking warning"#],
            ),
            Case(
                "an empty one does not count",
                &record("a", r#""content":"b","thinking":" ","reasoning":"d""#),
                &[],
            ),
            Case(
                "a field and a tag",
                &record("a", r#""content":"<think>x</think>b","reasoning":"d""#),
                &[
                    r#"R003 @"d" /messages/1/reasoning warning"#,
                    "C007 @<think> /messages/1/content info",
                ],
            ),
            Case(
                "R004: a number",
                &record("a", r#""content":"b","reasoning":5"#),
                &["R004 @5 /messages/1/reasoning error"],
            ),
            Case(
                "R004: parts that are no texts",
                &record("a", r#""content":"b","thinking":[{"type":"image"}]"#),
                &[r#"R004 @[{"type" /messages/1/thinking error"#],
            ),
            Case(
                "text parts",
                &record("a", r#""content":"b","thinking":[{"type":"text","text":"c"}]"#),
                &[],
            ),
            Case(
                "null is padding",
                &record("a", r#""content":"b","reasoning_content":null"#),
                &["S016 @null /messages/1/reasoning_content warning"],
            ),
        ],
    );
}

#[test]
fn fields_that_a_target_does_not_read() {
    let line = |field: &str| record("a", &format!(r#""content":"b","{field}":"c""#));
    for (profile, read) in [
        ("together", &["reasoning", "reasoning_content"][..]),
        ("fireworks", &["reasoning_content"]),
        ("mistral", &[]),
        ("trl", &["reasoning_content", "thinking"]),
        ("axolotl", &["reasoning_content"]),
        ("unsloth", &["reasoning_content", "thinking"]),
        ("llama-factory", &[]),
        ("gemma", &[]),
        ("gemma3", &[]),
        ("llama3", &[]),
        ("qwen", &["reasoning_content"]),
        ("gpt-oss", &["thinking"]),
    ] {
        for field in ["reasoning_content", "reasoning", "thinking"] {
            let line = line(field);
            let r005 = format!(r#"R005 @"{field}" /messages/1/{field} warning"#);
            let wanted = if read.contains(&field) { vec![] } else { vec![r005.as_str()] };
            check(profile, &[Case("R005", &line, &wanted)]);
        }
    }
    // Where R005 is off, S013 tells of the field instead.
    for (profile, severity) in [("openai", "warning"), ("azure", "warning"), ("bedrock", "error")] {
        let s013 = format!(r#"S013 @"thinking" /messages/1/thinking {severity}"#);
        check(profile, &[Case("S013", &line("thinking"), &[&s013])]);
    }
    let advice = |profile: &str, field: &str| {
        let message = judge(profile, line(field)).remove(0).message;
        message.rsplit("; ").next().unwrap_or_default().to_owned()
    };
    assert_eq!(advice("qwen", "thinking"), "rename it to reasoning_content");
    assert_eq!(advice("trl", "reasoning"), "rename it to reasoning_content or thinking");
    assert!(advice("llama3", "reasoning").starts_with("put the thought into the content"));
}

#[test]
fn harmony_markup() {
    let raw =
        "<|channel|>analysis<|message|>x<|end|><|start|>assistant<|channel|>final<|message|>b";
    check(
        "default",
        &[
            Case(
                "R006, and no C001 for its tokens",
                &record("a", &format!(r#""content":"{raw}""#)),
                &["R006 @<|channel|> /messages/1/content error"],
            ),
            Case(
                "C001 for the tokens behind it",
                &record("a", r#""content":"<|channel|>x<|message|>b<|end|>""#),
                &[
                    "R006 @<|channel|> /messages/1/content error",
                    "C001 @<|end|> /messages/1/content warning",
                ],
            ),
            Case(
                "the other order is two tokens",
                &record("a", r#""content":"<|message|>x<|channel|>""#),
                &["C001 @<|message|> /messages/1/content warning"],
            ),
            Case(
                "in a reasoning field",
                &record("a", r#""content":"b","thinking":"<|channel|>x<|message|>""#),
                &["R006 @<|channel|> /messages/1/thinking error"],
            ),
            Case(
                "in a part of one",
                &record(
                    "a",
                    r#""content":"b","thinking":[{"type":"text","text":"<|channel|>x<|message|>"}]"#,
                ),
                &["R006 @<|channel|> /messages/1/thinking/0/text error"],
            ),
            Case(
                "R006 looks at no other string, so C001 does",
                &record("a", r#""content":"b","name":"<|channel|>x<|message|>""#),
                &[
                    r#"S017 @"<|channel|> /messages/1/name warning"#,
                    "C001 @<|channel|> /messages/1/name warning",
                ],
            ),
        ],
    );
    assert!(
        said(&judge("gpt-oss", record("<|message|>", r#""content":"b""#)))[0].ends_with("error")
    );
}
