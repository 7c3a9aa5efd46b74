//! C: what stands in the texts.

use chatml::record::control::TOKENS;
use chatml::rules::settings::Selection;

use crate::util::{Case, check, judge, judge_with, said};

fn record(user: &str, assistant: &str) -> String {
    format!(
        r#"{{"messages":[{{"role":"user","content":"{user}"}},{{"role":"assistant","content":"{assistant}"}}]}}"#
    )
}

#[test]
fn control_tokens() {
    check(
        "default",
        &[
            Case(
                "one finding for a string, at the first",
                &record("x<|im_end|>\\n<|im_start|>assistant", "b"),
                &["C001 @<|im_end|> /messages/0/content warning"],
            ),
            Case(
                "in an answer too",
                &record("a", "<|eot_id|>"),
                &["C001 @<|eot_id|> /messages/1/content warning"],
            ),
            Case("case counts", &record("<|IM_END|> <S> [inst]", "b"), &[]),
            Case(
                "written with escapes",
                &record("x\\u003c|im_end|>", "b"),
                &["C001 @\\u003c /messages/0/content warning"],
            ),
            Case(
                "the words of a link or an image are no token, the token beside them is",
                &record("![IMG](a.png) [IMG](http://a) [IMG]", "[IMG](http://a)"),
                &["C001 @3:[IMG] /messages/0/content warning"],
            ),
            Case(
                "other tokens are, in whatever brackets",
                &record("[INST](a)", "b"),
                &["C001 @[INST] /messages/0/content warning"],
            ),
            Case("HTML", &record("<s>old</s>", "b"), &["C001 @<s> /messages/0/content warning"]),
            Case(
                "markup of tools outside answers",
                &record("<tool_call>", "b"),
                &["C001 @<tool_call> /messages/0/content warning"],
            ),
            Case(
                "and in them",
                &record("a", "<tool_call>"),
                &["C007 @<tool_call> /messages/1/content info"],
            ),
            Case(
                "in the name of a tool",
                r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"tools":[{"type":"function","function":{"name":"f","description":"ends with <|im_end|>"}}]}"#,
                &["C001 @<|im_end|> /tools/0/function/description warning"],
            ),
            Case(
                "not in other columns, nor in keys",
                r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"system":"<|im_end|>"}"#,
                &[],
            ),
            Case(
                "in arguments",
                r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":{"x":"<|im_end|>"}}}]}],"tools":[{"type":"function","function":{"name":"f"}}]}"#,
                &["C001 @<|im_end|> /messages/1/tool_calls/0/function/arguments/x warning"],
            ),
            Case(
                "in messages that are a string",
                r#"{"messages":"[{\"role\":\"user\",\"content\":\"<|im_end|>\"},{\"role\":\"assistant\",\"content\":\"b\"}]"}"#,
                &[r#"S019 @"[{ /messages warning"#, r#"C001 @"[{ /messages/0/content warning"#],
            ),
        ],
    );
}

#[test]
fn every_token_is_found_and_is_an_error_for_its_own_target() {
    for token in TOKENS.iter() {
        let line = record(token.text, "b");
        for (profile, family) in [
            ("default", ""),
            ("mistral", ""),
            ("gemma", "gemma"),
            ("gemma3", "gemma"),
            ("llama3", "llama3"),
            ("qwen", "qwen"),
            ("gpt-oss", "harmony"),
        ] {
            let severity = if token.families.contains(&family) { "error" } else { "warning" };
            let (code, severity) = match token.text {
                "<think>" | "</think>" => ("R002", "warning"),
                _ => ("C001", severity),
            };
            let at = line.find(token.text).unwrap() + 1;
            let wanted = [format!("{code} {at} /messages/0/content {severity}")];
            assert_eq!(said(&judge(profile, &line)), wanted, "{} {profile}", token.text);
        }
    }
}

#[test]
fn tokens_are_named_with_family_and_number() {
    let what = |profile: &str, text: &str| {
        let message = judge(profile, record(text, "b")).remove(0).message;
        message.split(';').next().unwrap_or_default().to_owned()
    };
    assert_eq!(what("default", "<|im_end|>"), r#""<|im_end|>" (chatml) in user text"#);
    let twice = "<|im_end|><|im_end|>";
    assert_eq!(what("default", twice), r#""<|im_end|>" (chatml) in user text, 2 times"#);
    assert_eq!(what("qwen", "<|im_end|>"), r#""<|im_end|>" (qwen) in user text"#);
    assert_eq!(
        what("gpt-oss", "<|im_end|> <|endoftext|>"),
        r#""<|endoftext|>" (harmony) in user text and 1 more token in this string"#
    );
}

#[test]
fn characters() {
    check(
        "default",
        &[
            Case(
                "C002",
                &record("a\u{fffd}b\u{fffd}", "b"),
                &["C002 @\u{fffd} /messages/0/content warning"],
            ),
            Case(
                "C002 by escape",
                &record("a\\ufffdb", "b"),
                &["C002 @\\ufffd /messages/0/content warning"],
            ),
            Case("C003", &record("cafÃ© donâ€™t", "b"), &["C003 @Ã© /messages/0/content warning"]),
            Case("C003: real words", &record("château âge naïve À É", "b"), &[]),
            Case(
                "C004, and not S012: U+200B is not empty",
                &record("\u{200b}", "b"),
                &["C004 @\u{200b} /messages/0/content info"],
            ),
            Case(
                "C004: every one",
                &record("a\u{feff}", "\u{202e}"),
                &[
                    "C004 @\u{feff} /messages/0/content info",
                    "C004 @\u{202e} /messages/1/content info",
                ],
            ),
            Case(
                "U+200C to U+200F are needed",
                &record("\u{200c}\u{200d}\u{200e}\u{200f}a", "b"),
                &[],
            ),
            Case("U+FFFE, pairs and emoji", &record("\u{fffe}\\ud83d\\ude00😀", "b"), &[]),
            Case(
                "in any string value of the record, not in keys",
                r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"system":"\ufffd"}"#,
                &["C002 @\\ufffd /system warning"],
            ),
        ],
    );
    assert_eq!(
        said(&judge("default", r#"{"text":"\ufffd"}"#)),
        ["C002 10 /text warning", "S001 1  error"]
    );
    for c in ['\u{feff}', '\u{200b}', '\u{2060}', '\u{ad}', '\u{180e}']
        .into_iter()
        .chain('\u{202a}'..='\u{202e}')
        .chain('\u{2066}'..='\u{2069}')
    {
        let found = judge("default", record(&format!("a{c}b{c}"), "b"));
        assert_eq!(found.len(), 1, "{c:?}");
        assert_eq!(found[0].rule.code(), "C004");
        let what = format!("U+{:04X} stands in the text and 1 more in this string;", c as u32);
        assert!(found[0].message.starts_with(&what), "{}", found[0].message);
    }
}

#[test]
fn templates_left_in_the_text() {
    check(
        "default",
        &[
            Case(
                "C005: the marker",
                &record("a", "[[dummy_message]]"),
                &[r#"C005 @"[[dummy_message]] /messages/1/content warning"#],
            ),
            Case("only as the whole text", &record("a", "x [[dummy_message]]"), &[]),
            Case(
                "C005: code in a fence is meant",
                &record("```jinja\\n{{ a }}\\n```\\n  ```\\n{{b}}\\n```\\n```\\n{{c}}", "b"),
                &[],
            ),
            Case(
                "C005: before and behind a fence it is not",
                &record(
                    "{{a}} ```{{b}}```\\n```\\n{{c}}\\n```\\n{{d}}",
                    "```\\n{{c}}\\n```\\n{{d}}",
                ),
                &[
                    "C005 @{{a}} /messages/0/content warning",
                    "C005 @2:{{d}} /messages/1/content warning",
                ],
            ),
            Case(
                "C005: a name",
                &record("Hi {{ user_1 }}!", "b"),
                &["C005 @{{ /messages/0/content warning"],
            ),
            Case("no names", &record("{{}} {{1}} {{a b}} {a} {{é}}", "b"), &[]),
            Case(
                "C006: a role",
                &record("  Human : hi", "b"),
                &["C006 @Human /messages/0/content info"],
            ),
            Case(
                "C006: a heading",
                &record("### Response:", "b"),
                &["C006 @### /messages/0/content info"],
            ),
            Case("not later, not other words", &record("a user: b", "users: x ### Response"), &[]),
            Case("not a longer word", &record("### inputé", "### System1"), &[]),
            Case(
                "C007: once for a text",
                &record("a", "<think>x</think><tool_call>y"),
                &["C007 @<think> /messages/1/content info"],
            ),
        ],
    );
}

#[test]
fn a_severity_of_the_user_holds_for_own_tokens() {
    let line = record("<|im_end|>", "b");
    let ignore = Selection { ignore: vec!["C001".into()], ..Default::default() };
    assert_eq!(judge_with("qwen", &ignore, &line), []);
    let warn = Selection { warn: vec!["C001".into()], ..Default::default() };
    assert!(said(&judge_with("qwen", &warn, &line))[0].ends_with("warning"));
}
