//! Group S, what concerns one message: role, content, keys and name, under the default profile.

use super::marked::{answered_by, asked_by, expect, says, table};
use crate::util::{judge, said};

#[test]
fn a_message_is_an_object_with_a_role_that_is_a_string() {
    table(
        "default",
        &[
            (&asked_by("§1\"Hi\""), "S004 /messages/0 E"),
            (&asked_by("§1null,§2[]"), "S004 /messages/0 E; S004@2 /messages/1 E"),
            (&asked_by(r#"§1{"content":"Q"}"#), "S005 /messages/0 E"),
            (&asked_by(r#"{"role":§1null,"content":"Q"}"#), "S006 /messages/0/role E"),
            (&asked_by(r#"{"role":§11,"content":"Q"}"#), "S006 /messages/0/role E"),
            (&asked_by(r#"{"role":§1["user"],"content":"Q"}"#), "S006 /messages/0/role E"),
        ],
    );
    says("default", &asked_by("§1[]"), &["S004 /messages/0 E"], &["an array, wanted an object"]);
    let null = asked_by(r#"{"role":§1null,"content":"Q"}"#);
    says("default", &null, &["S006 /messages/0/role E"], &["role is null, wanted a string"]);
}

#[test]
fn without_a_role_nothing_is_said_about_the_order_of_turns() {
    // The second list has no user, ends in a user, holds two of them and a result without a call.
    for broken in ["7", "{\"content\":\"x\"}", "{\"role\":1,\"content\":\"x\"}"] {
        for rest in [
            r#"{"role":"user","content":"Q"},{"role":"user","content":"Q"}"#,
            r#"{"role":"assistant","content":"A","weight":0},{"role":"system","content":"S"}"#,
            r#"{"role":"tool","content":"R","tool_call_id":"c"}"#,
        ] {
            let found = said(&judge("default", format!(r#"{{"messages":[{broken},{rest}]}}"#)));
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].starts_with("S00"), "{found:?}");
        }
    }
}

#[test]
fn unknown_roles_and_odd_spellings_are_told_apart() {
    let asked = |role: &str| asked_by(&format!(r#"{{"role":§1{role},"content":"Q"}}"#));
    for (role, code) in [
        ("\"narrator\"", "S007"),
        ("\"\"", "S007"),
        ("\"us er\"", "S007"),
        ("\"\\u200buser\"", "S007"),
        ("\"ＵＳＥＲ\"", "S007"),
        ("\"User\"", "S008"),
        ("\"user \"", "S008"),
        ("\"\\u00a0USER\\n\"", "S008"),
        ("\"human\"", "S008"),
        ("\" Human\"", "S008"),
        ("\"input\"", "S008"),
    ] {
        let found = judge("default", super::marked::unmark(asked(role)).0);
        let codes: Vec<_> = found.iter().map(|f| f.rule.code()).filter(|c| *c != "C004").collect();
        // An unknown role is no user: that the record has none is another fault.
        let wanted = if code == "S007" { vec![code, "T002"] } else { vec![code] };
        assert_eq!(codes, wanted, "{role}");
    }
    says(
        "default",
        &asked("\"User\""),
        &["S008 /messages/0/role E"],
        &["role is \"User\"", "write \"user\""],
    );
    says(
        "default",
        &asked("\"human\""),
        &["S008 /messages/0/role E"],
        &[
            "an alias of user",
            "write \"user\" (axolotl and llama-factory read \"human\" as it stands)",
        ],
    );
    let answer = |role: &str| answered_by(&format!(r#"{{"role":§1"{role}","content":"A"}}"#));
    for alias in ["gpt", "chatgpt", "bing", "bard", "model", "chatbot", "bot", "output", "GPT"] {
        says("default", &answer(alias), &["S008 /messages/1/role E"], &["write \"assistant\""]);
    }
    says(
        "default",
        &answered_by(r#"{"role":§1"Human","content":"x"},{"role":"assistant","content":"A"}"#),
        &["S008 /messages/1/role E", "T006 /messages/1/role I"],
        &["role is \"Human\""],
    );
}

#[test]
fn an_unknown_role_names_what_is_wanted() {
    let line =
        answered_by(r#"{"role":§1"narrator","content":"x"},{"role":"assistant","content":"A"}"#);
    for (profile, wanted) in [
        ("default", "wanted one of developer, system, user, assistant, tool"),
        ("openai", "wanted one of system, user, assistant, tool;"),
        ("together", "wanted one of system, user, assistant;"),
        ("bedrock", "wanted one of user, assistant;"),
        ("gemma", "wanted one of user, assistant;"),
        ("gemma3", "wanted one of user, assistant, system;"),
    ] {
        says(profile, &line, &["S007 /messages/1/role E"], &["role is \"narrator\"", wanted]);
    }
}

#[test]
fn a_misspelt_role_is_judged_as_the_role_it_stands_for() {
    let line = r#"{"messages":[{"role":§1"System","content":"S"},{"role":§2"human","content":"Q"},{"role":§3"gpt","content":"A"}]}"#;
    let expected =
        ["S008 /messages/0/role E", "S008@2 /messages/1/role E", "S008@3 /messages/2/role E"];
    expect("default", line, &expected);
    let calls = r#"{"tools":[{"type":"function","function":{"name":"f"}}],"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":§1"ipython","tool_call_id":"c","content":"R"},{"role":"assistant","content":"A"}]}"#;
    expect("openai", calls, &["S008 /messages/2/role E"]);
    let function_call = answered_by(r#"{"role":§1"function_call","content":"{}"}"#);
    says(
        "default",
        &function_call,
        &["S008 /messages/1/role E"],
        &["write an assistant message with tool_calls"],
    );
}

#[test]
fn an_alias_of_a_role_that_the_target_lacks_is_not_told_to_be_written_so() {
    let line =
        answered_by(r#"{"role":§1"observation","content":"R"},{"role":"assistant","content":"A"}"#);
    let found = judge("gemma", super::marked::unmark(line).0);
    let text = &found.iter().find(|f| f.rule.code() == "S008").expect("S008").message;
    assert!(text.contains("gemma has no such role: use user, assistant"), "{text}");
}

#[test]
fn content_stands_unless_a_call_or_a_refusal_does() {
    let call =
        r#""tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]"#;
    let tools = r#""tools":[{"type":"function","function":{"name":"f"}}]"#;
    let answer = |members: &str| {
        format!(
            r#"{{{tools},"messages":[{{"role":"user","content":"Q"}},§1{{"role":"assistant"{members}}}]}}"#
        )
    };
    let old_call = r#""function_call":{"name":"f","arguments":"{}"}"#;
    let code_of = |members: &str| -> Vec<String> {
        let found = judge("default", super::marked::unmark(answer(members)).0);
        found
            .iter()
            .filter(|f| f.rule.code().starts_with('S'))
            .map(|f| f.rule.code().into())
            .collect()
    };
    assert_eq!(code_of(""), ["S009"]);
    assert_eq!(code_of(",\"tool_calls\":[]"), ["S009"]);
    assert_eq!(code_of(",\"refusal\":null"), ["S009"]);
    assert_eq!(code_of(",\"refusal\":\"No\""), Vec::<String>::new());
    assert_eq!(code_of(&format!(",{call}")), ["S021"]);
    assert_eq!(code_of(&format!(",{call},\"refusal\":\"No\"")), ["S021"]);
    assert_eq!(code_of(&format!(",{old_call}")), ["S021", "S018"]);
    assert_eq!(code_of(",\"content\":null"), ["S010"]);
    assert_eq!(code_of(",\"content\":null,\"refusal\":\"No\""), Vec::<String>::new());
    assert_eq!(code_of(&format!(",\"content\":null,{call}")), ["S020"]);
    assert_eq!(code_of(&format!(",\"content\":null,{old_call}")), ["S020", "S018"]);
    expect("default", answer(&format!(",{call}")), &["S021 /messages/1 I"]);
    let null = answer(&format!(",\"content\":§2null,{call}"));
    expect("default", null, &["S020@2 /messages/1/content W"]);
    table(
        "default",
        &[
            (&asked_by(r#"§1{"role":"user"}"#), "S009 /messages/0 E"),
            (&asked_by(r#"{"role":"user","content":§1null}"#), "S010 /messages/0/content E"),
        ],
    );
}

#[test]
fn content_is_a_string_an_array_or_null() {
    for (content, what) in
        [("7", "a number"), ("true", "a boolean"), ("{\"a\":1}", "an object"), ("0.5", "a number")]
    {
        let line = asked_by(&format!(r#"{{"role":"user","content":§1{content}}}"#));
        says("default", &line, &["S011 /messages/0/content E"], &[what, "wanted a string"]);
    }
    expect(
        "default",
        asked_by(r#"{"role":"user","content":[{"type":"text","text":"Q"}]}"#)
            .replace("\"A\"", "[{\"type\":\"text\",\"text\":\"A\"}]"),
        &[],
    );
}

#[test]
fn empty_content_is_more_than_no_bytes() {
    let asked = |content: &str| asked_by(&format!(r#"{{"role":"user","content":§1{content}}}"#));
    for empty in ["\"\"", "\" \\n\\t\"", "\"\\u00a0\\u3000\\u2003\""] {
        says("default", &asked(empty), &["S012 /messages/0/content W"], &["a user message"]);
    }
    says("default", &asked("\"\""), &["S012 /messages/0/content W"], &["user message is empty"]);
    says("default", &asked("\" \""), &["S012 /messages/0/content W"], &["only white space"]);
    let parts = |text: &str| {
        asked(&format!(r#"[{{"type":"text","text":"{text}"}},{{"type":"text","text":" "}}]"#))
            .replace(r#""content":"A""#, r#""content":[{"type":"text","text":"A"}]"#)
    };
    says("default", &parts(""), &["S012 /messages/0/content W"], &["is empty"]);
    expect("default", parts("x"), &[]);
    // A zero-width space is no white space, and a finding of its own.
    expect(
        "default",
        asked_by(r#"{"role":"user","content":"§1\u200b"}"#),
        &["C004 /messages/0/content I"],
    );
    // One fault, one finding.
    expect(
        "default",
        asked_by(r#"{"role":"user","content":§1[]}"#)
            .replace(r#""content":"A""#, r#""content":[{"type":"text","text":"A"}]"#),
        &["P001 /messages/0/content E"],
    );
}

#[test]
fn an_answer_may_be_empty_beside_a_call_a_refusal_or_a_thought() {
    let tools = r#""tools":[{"type":"function","function":{"name":"f"}}]"#;
    let answer = |members: &str| {
        format!(
            r#"{{{tools},"messages":[{{"role":"user","content":"Q"}},{{"role":"assistant","content":§1"",{members}}}]}}"#
        )
    };
    table(
        "default",
        &[
            (&answer(r#""refusal":"No""#), ""),
            (&answer(r#""reasoning_content":"Hm""#), ""),
            (&answer(r#""thinking":[{"type":"text","text":"Hm"}]"#), ""),
            (
                &answer(
                    r#""tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]"#,
                ),
                "",
            ),
            (
                &answer(r#""reasoning":" ""#).replace("\"messages\":", "\"messages\":§2"),
                "S012 /messages/1/content W; L003@2 /messages E",
            ),
        ],
    );
}

#[test]
fn unknown_keys_of_a_message_are_told_at_the_key() {
    table(
        "default",
        &[
            (
                &asked_by(r#"{"role":"user","content":"Q",§1"id":1,§2"a~/b":null}"#),
                "S013 /messages/0/id I; S013@2 /messages/0/a~0~1b I",
            ),
            (
                &asked_by(r#"{"role":"user","content":"Q",§1"refusal":"x"}"#),
                "S013 /messages/0/refusal I",
            ),
            (
                &asked_by(r#"{"role":"user","content":"Q",§1"refusal":null}"#),
                "S013 /messages/0/refusal I",
            ),
            (
                &asked_by(r#"{"role":"user","content":"Q",§1"tool_call_id":"c"}"#),
                "S013 /messages/0/tool_call_id I",
            ),
            (
                &answered_by(
                    r#"{"role":"assistant","content":"A","refusal":null,"train":true,"training_detail":[],"loss_weight":1}"#,
                ),
                "",
            ),
            // Judged by other rules.
            (
                &asked_by(r#"{"role":"user","content":"Q",§1"weight":1}"#),
                "L002 /messages/0/weight W",
            ),
            (
                &asked_by(r#"{"role":"user","content":"Q",§1"tool_calls":[]}"#),
                "F001 /messages/0/tool_calls E",
            ),
        ],
    );
    let line = asked_by(r#"{"role":"user","content":"Q",§1"mood":1}"#);
    says(
        "default",
        &line,
        &["S013 /messages/0/mood I"],
        &["unknown key \"mood\" in a user message"],
    );
}

#[test]
fn a_result_without_its_id_is_one_fault() {
    let line = |member: &str| {
        format!(
            r#"{{"tools":[{{"type":"function","function":{{"name":"f"}}}}],"messages":[{{"role":"user","content":"Q"}},{{"role":"assistant","content":"","tool_calls":[{{"id":"c","type":"function","function":{{"name":"f","arguments":"{{}}"}}}}]}},§1{{"role":"tool","content":"R"{member}}},{{"role":"assistant","content":"A"}}]}}"#
        )
    };
    expect("default", line(""), &["F007 /messages/2 E"]);
    expect("default", line(",\"tool_call_id\":§2null"), &["F007@2 /messages/2/tool_call_id E"]);
}

#[test]
fn a_name_is_an_identifier_of_at_most_64_bytes() {
    let named =
        |name: &str| asked_by(&format!(r#"{{"role":"user","content":"Q","name":§1{name}}}"#));
    let long = |len: usize| named(&format!("\"{}\"", "n".repeat(len)));
    for bad in ["\"\"", "\"a b\"", "\"é\"", "\"a.b\"", "7", "[]", "\"a\\n\"", "false"] {
        says("default", &named(bad), &["S017 /messages/0/name W"], &["name is ", "wanted 1 to 64"]);
    }
    expect("default", long(65), &["S017 /messages/0/name W"]);
    expect("default", long(64), &[]);
    expect("default", named("\"a_B-9\""), &[]);
}
