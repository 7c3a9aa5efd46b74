//! The differences from real loaders that are meant: the table itself, and what it says the tool does.

use std::collections::BTreeSet;

use chatml::rules::{Profile, Severity};

use crate::util::judge;

const TABLE: &str = include_str!("data/oracle_differences.tsv");

/// The rows without comments and column names, each with its line number.
fn rows() -> impl Iterator<Item = (usize, Vec<&'static str>)> {
    TABLE
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line))
        .filter(|(_, line)| !line.starts_with('#') && !line.starts_with("profile\t"))
        .map(|(number, line)| (number, line.split('\t').collect()))
}

#[test]
fn every_row_is_whole_and_stands_once() {
    let mut seen = BTreeSet::new();
    for (number, cells) in rows() {
        let [profile, kind, mutation, reason] = cells[..] else {
            panic!("line {number}: {} columns, wanted four", cells.len());
        };
        assert!(Profile::find(profile).is_some(), "line {number}: no profile {profile}");
        assert!(matches!(kind, "accept" | "reject"), "line {number}: kind {kind}");
        assert!(!mutation.is_empty() && mutation.trim() == mutation, "line {number}: mutation");
        assert!(reason.len() >= 20 && reason.trim() == reason, "line {number}: reason {reason:?}");
        assert!(seen.insert((profile, kind, mutation)), "line {number}: stands twice");
    }
    assert!(seen.len() > 100, "only {} rows", seen.len());
}

/// A row of the table, the code of the error that the tool finds (none: it accepts), and a record.
struct Claim(&'static str, &'static str, Option<&'static str>, &'static str);

#[test]
fn the_tool_does_what_the_table_says() {
    let claims = [
        Claim(
            "openai",
            "role_developer",
            None,
            r#"{"messages":[{"role":"developer","content":"Be brief"},{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}"#,
        ),
        Claim(
            "openai",
            "json_dup_key_content",
            Some("B007"),
            r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"No","content":"Yes"}]}"#,
        ),
        Claim(
            "openai",
            "weight_all_zero",
            Some("L003"),
            r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello","weight":0}]}"#,
        ),
        Claim(
            "openai",
            "image_bad_mime",
            Some("P003"),
            r#"{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/tiff;base64,SUkq"}}]},{"role":"assistant","content":"A dog"}]}"#,
        ),
        Claim(
            "openai",
            "pref_empty_output",
            Some("Q001"),
            r#"{"input":{"messages":[{"role":"user","content":"Hi"}]},"preferred_output":[],"non_preferred_output":[{"role":"assistant","content":"No"}]}"#,
        ),
        Claim(
            "together",
            "tools_unused",
            None,
            r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}],"tools":[{"type":"function","function":{"name":"clock","description":"The time","parameters":{"type":"object","properties":{}}}}]}"#,
        ),
        Claim(
            "together",
            "json_lone_surrogate",
            Some("B009"),
            r#"{"messages":[{"role":"user","content":"Hi \udc00"},{"role":"assistant","content":"Hello"}]}"#,
        ),
        Claim(
            "together",
            "weight_true",
            Some("L001"),
            r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello","weight":true}]}"#,
        ),
        Claim(
            "mistral",
            "weight_1.0",
            Some("L001"),
            r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello","weight":1.0}]}"#,
        ),
        Claim(
            "mistral",
            "turns_last_system",
            Some("T003"),
            r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"},{"role":"system","content":"Be brief"}]}"#,
        ),
        Claim(
            "trl",
            "json_nan",
            Some("B008"),
            r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}],"grade":NaN}"#,
        ),
        Claim(
            "trl",
            "json_trailing_comma",
            Some("B004"),
            r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}],}"#,
        ),
        Claim(
            "trl",
            "role_upper",
            Some("S008"),
            r#"{"messages":[{"role":"USER","content":"Hi"},{"role":"assistant","content":"Hello"}]}"#,
        ),
        Claim(
            "trl",
            "role_null",
            Some("S006"),
            r#"{"messages":[{"role":null,"content":"Hi"},{"role":"assistant","content":"Hello"}]}"#,
        ),
        Claim(
            "trl",
            "content_number",
            None,
            r#"{"messages":[{"role":"system","content":7},{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}"#,
        ),
        Claim(
            "axolotl",
            "parts_two_texts",
            None,
            r#"{"messages":[{"role":"user","content":[{"type":"text","text":"6 * 7?"},{"type":"text","text":"Only the number"}]},{"role":"assistant","content":"42"}]}"#,
        ),
        Claim(
            "axolotl",
            "parts_object_not_array",
            Some("S011"),
            r#"{"messages":[{"role":"user","content":{"type":"text","text":"Hi"}},{"role":"assistant","content":"Hello"}]}"#,
        ),
        Claim(
            "axolotl",
            "args_double_encoded",
            Some("F004"),
            r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"clock","arguments":"\"{\\\"zone\\\":1}\""}}]}],"tools":[{"type":"function","function":{"name":"clock"}}]}"#,
        ),
        Claim(
            "llama-factory",
            "role_human_gpt",
            None,
            r#"{"messages":[{"role":"human","content":"Hi"},{"role":"gpt","content":"Hello"}]}"#,
        ),
        Claim(
            "llama-factory",
            "turns_last_tool",
            Some("T003"),
            r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"clock","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"noon"}],"tools":[{"type":"function","function":{"name":"clock"}}]}"#,
        ),
        Claim(
            "gemma",
            "turns_only_user",
            Some("T001"),
            r#"{"messages":[{"role":"user","content":"Hi"}]}"#,
        ),
        Claim(
            "gemma3",
            "content_object",
            Some("S011"),
            r#"{"messages":[{"role":"user","content":{"text":"Hi"}},{"role":"assistant","content":"Hello"}]}"#,
        ),
        Claim(
            "llama3",
            "parts_empty_array",
            Some("S011"),
            r#"{"messages":[{"role":"user","content":[]},{"role":"assistant","content":"Hello"}]}"#,
        ),
        Claim(
            "qwen",
            "calls_object",
            Some("F001"),
            r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"","tool_calls":{"function":{"name":"clock","arguments":{}}}},{"role":"assistant","content":"Noon"}]}"#,
        ),
        Claim(
            "gpt-oss",
            "control_endoftext_user",
            Some("C001"),
            r#"{"messages":[{"role":"user","content":"Hi <|endoftext|>"},{"role":"assistant","content":"Hello"}]}"#,
        ),
        Claim(
            "gpt-oss",
            "message_empty_object",
            Some("S005"),
            r#"{"messages":[{"role":"user","content":"Hi"},{},{"role":"assistant","content":"Hello"}]}"#,
        ),
    ];
    let mut wrong = Vec::new();
    for Claim(profile, mutation, wanted, record) in claims {
        let kind = if wanted.is_some() { "reject" } else { "accept" };
        if !rows().any(|(_, cells)| cells.starts_with(&[profile, kind, mutation])) {
            wrong.push(format!("{profile} {kind} {mutation} is not in the table"));
        }
        let findings = judge(profile, record);
        let errors: Vec<_> = findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| finding.rule.code())
            .collect();
        if wanted.map_or(!errors.is_empty(), |code| !errors.contains(&code)) {
            wrong.push(format!("{profile} {mutation}: wanted {wanted:?}, found {errors:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
