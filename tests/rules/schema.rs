//! Group S, what concerns the record and its lists, under the default profile.

use super::marked::{answered_by, expect, says, table, with_key};
use crate::util::{judge, said};

#[test]
fn a_record_of_no_known_kind_is_told_with_its_likely_format() {
    for (record, words) in [
        (r#"§1{"conversations":[{"from":"human","value":"Q"}]}"#, &["ShareGPT", "conversations"]),
        (r#"§1{"instruction":"Q","input":"","output":"A"}"#, &["Alpaca", "jq"]),
        (r#"§1{"prompt":"Q","completion":"A"}"#, &["prompt/completion text", "jq"]),
        (r#"§1{"text":"Q"}"#, &["raw text", "messages"]),
        (r#"§1{"contents":[{"role":"user","parts":[]}]}"#, &["Gemini", "contents"]),
        (r#"§1{"interactions":[]}"#, &["old Mistral", "rename interactions"]),
        (r#"§1{"chosen_messages":[]}"#, &["LLaMA-Factory v1", "chosen"]),
        (r#"§1{"rejected_messages":[]}"#, &["LLaMA-Factory v1", "rejected"]),
        (r#"§1{"foo":1,"bar":2}"#, &["\"foo\", \"bar\"", "messages"]),
        (r#"  §1{}"#, &["the record is empty", "messages"]),
        (r#"§1{"Messages":[]}"#, &["the keys are \"Messages\"", "messages"]),
    ] {
        says("default", record, &["S001 . E"], words);
    }
}

#[test]
fn a_guess_needs_its_types() {
    for record in [
        r#"{"conversations":"x"}"#,
        r#"{"instruction":"x"}"#,
        r#"{"prompt":"x"}"#,
        r#"{"text":1}"#,
        r#"{"contents":{}}"#,
        r#"{"prompt":["x"],"completion":"y"}"#,
    ] {
        says("default", &format!("§1{record}"), &["S001 . E"], &["the keys are"]);
    }
}

#[test]
fn a_record_of_no_known_kind_is_judged_no_further_but_for_its_bytes_and_characters() {
    let line = r#"§1{"foo":null,"text":"x","tools":null,"functions":[]}"#;
    expect("default", line, &["S001 . E"]);
    let line = r#"§1{"text":"a§2\u0000§3\ufffd"}"#;
    expect("default", line, &["B014@2 /text W", "C002@3 /text W", "S001 . E"]);
}

#[test]
fn keys_of_an_unknown_record_are_shown_to_sixty_bytes() {
    let keys = |n: usize| {
        let keys: Vec<_> = (0..n).map(|k| format!("\"key-of-20-bytes-{k:04}\":1")).collect();
        format!("§1{{{}}}", keys.join(","))
    };
    says("default", &keys(3), &["S001 . E"], &["-0000\", \"", "-0002\"; "]);
    says("default", &keys(10_000), &["S001 . E"], &["-0002\" and 9997 more"]);
    let long = format!("§1{{\"{}\":1}}", "k".repeat(100));
    says("default", &long, &["S001 . E"], &["no key of the record is known"]);
}

#[test]
fn messages_is_an_array_with_something_in_it() {
    table(
        "default",
        &[
            (r#"{"messages":§1null}"#, "S002 /messages E"),
            (r#"{"messages":§1{}}"#, "S002 /messages E"),
            (r#"{"messages":§1"Hi"}"#, "S002 /messages E"),
            (r#"{"messages":§1"{}"}"#, "S002 /messages E"),
            (r#"{"messages":§1"[1,"}"#, "S002 /messages E"),
            (r#"{"messages":§17}"#, "S002 /messages E"),
            (r#"{"messages": §1[ ]}"#, "S003 /messages E"),
            (r#"{"prompt":§1[]}"#, "S003 /prompt E"),
        ],
    );
    says(
        "default",
        r#"{"messages":§1true}"#,
        &["S002 /messages E"],
        &["a boolean, wanted an array"],
    );
}

#[test]
fn the_prompt_of_a_preference_is_a_list_too() {
    let answers = r#""preferred_output":[{"role":"assistant","content":"A"}],"non_preferred_output":[{"role":"assistant","content":"B"}]"#;
    let with = |messages: &str| format!(r#"{{"input":{{"messages":{messages}}},{answers}}}"#);
    table(
        "default",
        &[
            (&with(r#"[{"role":"user","content":"Q"}]"#), ""),
            (&with("§1{}"), "S002 /input/messages E"),
            (&with("§1[]"), "S003 /input/messages E"),
            (&with(r#"[§17,{"role":"user","content":"Q"}]"#), "S004 /input/messages/0 E"),
            (&with(r#"[{"role":"user","content":§1null}]"#), "S010 /input/messages/0/content E"),
        ],
    );
}

#[test]
fn the_answers_of_a_preference_are_lists_too() {
    table(
        "default",
        &[
            (
                r#"{"prompt":[{"role":"user","content":"Q"}],"chosen":[{"role":"assistant","content":§15}],"rejected":[{"role":"assistant","content":"B"}]}"#,
                "S011 /chosen/0/content E",
            ),
            (
                r#"{"messages":[{"role":"user","content":"Q"}],"chosen":{"role":"assistant","content":"A"},"rejected":§1{"role":"assistant"}}"#,
                "S009 /rejected E",
            ),
            (
                r#"{"prompt":[{"role":"user","content":"Q"}],"completion":[{"role":"§1Assistant","content":"A"}]}"#
                    .replace("\"§1A", "§1\"A").as_str(),
                "S008 /completion/0/role E",
            ),
        ],
    );
}

#[test]
fn unknown_keys_of_the_record_are_told_at_the_key() {
    table(
        "default",
        &[
            (&with_key(r#"§1"id":7"#), "S014 /id I"),
            (&with_key(r#"§1"text":null"#), "S014 /text I"),
            (
                &with_key(r#"§1"Messages":null,§2"meta":{"messages":[]}"#),
                "S014 /Messages I; S014@2 /meta I",
            ),
            (
                &with_key(
                    r#""tools":[],"parallel_tool_calls":true,"kto_tag":true,"images":[],"chat_template_kwargs":{},"system":"S""#,
                ),
                "",
            ),
        ],
    );
}

#[test]
fn messages_beside_another_format_is_told_once() {
    for key in ["conversations", "text", "prompt", "completion", "instruction"] {
        let line = with_key(&format!(r#"§1"{key}":"x""#));
        says(
            "default",
            &line,
            &[&format!("S015 /{key} E")],
            &[&format!("messages stands beside {key}")],
        );
        let null = judge("default", with_key(&format!(r#""{key}":null"#)));
        assert!(said(&null).iter().all(|f| !f.contains("S015")));
    }
    let two = with_key(r#"§1"text":"x","prompt":"y""#);
    says("default", &two, &["S015 /text E"], &["beside text, prompt"]);
    expect(
        "default",
        r#"{"messages":§1null,§2"text":"x"}"#,
        &["S014@2 /text I", "S002 /messages E"],
    );
}

#[test]
fn rivals_of_messages_that_only_some_targets_mind() {
    for (key, trl) in [("chosen", "W"), ("rejected", "E"), ("label", "E")] {
        let line = with_key(&format!(r#"§1"{key}":true"#));
        // With chosen TRL takes it as a preference, and does not mind the messages.
        expect("trl", &line, &[&format!("S015 /{key} {trl}")]);
        expect("qwen", &line, &[&format!("S015 /{key} W")]);
        expect("default", &line, &[]);
        expect("axolotl", &line, &[]);
    }
    let tools = r#""tools":[],§1"available_tools":[]"#;
    says(
        "mistral",
        &with_key(tools),
        &["S015 /available_tools W"],
        &["tools stands beside available_tools"],
    );
    says(
        "mistral",
        &with_key(r#"§1"interactions":[]"#),
        &["S015 /interactions W"],
        &["messages stands beside interactions"],
    );
    let text = answered_by(r#"{"role":"assistant","content":"A",§1"text":"A"}"#);
    says("mistral", &text, &["S015 /messages/1/text W"], &["both content and text"]);
    expect(
        "mistral",
        answered_by(r#"{"role":"assistant","text":"A"}"#)
            .replace("\"messages\":", "\"messages\":§1"),
        &["L003 /messages E"],
    );
    expect("default", &text, &["S013 /messages/1/text I"]);
}

#[test]
fn null_padding_is_told_for_optional_keys() {
    for key in [
        "tool_calls",
        "function_call",
        "name",
        "weight",
        "reasoning_content",
        "reasoning",
        "thinking",
        "tool_call_id",
    ] {
        let line = answered_by(&format!(r#"{{"role":"assistant","content":"A","{key}":§1null}}"#));
        says(
            "default",
            &line,
            &[&format!("S016 /messages/1/{key} W")],
            &[&format!("{key} is null")],
        );
    }
    for key in ["tools", "functions", "parallel_tool_calls"] {
        expect("default", with_key(&format!(r#""{key}":§1null"#)), &[&format!("S016 /{key} W")]);
    }
    table(
        "default",
        &[
            (&answered_by(r#"{"role":"assistant","content":"A","refusal":null}"#), ""),
            (&with_key(r#""images":null,"label":null"#).replace(",\"label\":null", ""), ""),
            (
                &with_key(
                    r#""tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"a":§1null,"b":{"type":"object","properties":{"c":§2null}}}}}}]"#,
                ),
                "S016 /tools/0/function/parameters/properties/a W; S016@2 /tools/0/function/parameters/properties/b/properties/c W",
            ),
            (
                &with_key(
                    r#""tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","default":null,"enum":["properties",null]}}}]"#,
                ),
                "",
            ),
        ],
    );
}

#[test]
fn the_old_functions_are_told_wherever_they_stand() {
    let functions = r#"§1"functions":[{"name":"f","parameters":{}}]"#;
    expect("default", with_key(functions), &["S018 /functions W"]);
    let line = r#"{§1"functions":[{"name":"f"}],"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":"",§2"function_call":{"name":"f","arguments":"{}"}},{"role":§3"function","name":"f","content":"R"},{"role":"assistant","content":"A"}]}"#;
    let expected =
        ["S018 /functions W", "S018@2 /messages/1/function_call W", "S018@3 /messages/2/role W"];
    expect("default", line, &expected);
    expect("default", with_key(r#""functions":§1null"#), &["S016 /functions W"]);
}

#[test]
fn lists_held_in_strings_are_told_and_judged_in_their_place() {
    let good =
        r#"[{\"role\":\"user\",\"content\":\"Q\"},{\"role\":\"assistant\",\"content\":\"A\"}]"#;
    table(
        "default",
        &[
            (&format!(r#"{{"messages":§1"{good}"}}"#), "S019 /messages W"),
            (&format!(r#"{{"messages":§1" {good} "}}"#), "S019 /messages W"),
            // All that is inside points at the string, with the way into the decoded value.
            (
                r#"{"messages":§1"[{\"role\":\"user\",\"content\":null},{\"role\":\"assistant\",\"content\":\"A\"}]"}"#,
                "S019 /messages W; S010 /messages/0/content E",
            ),
            (r#"{"messages":§1"[]"}"#, "S019 /messages W; S003 /messages E"),
            (r#"{"messages":§1"[7]"}"#, "S019 /messages W; S004 /messages/0 E"),
            (
                &with_key(r#""tools":§1"[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]""#),
                "S019 /tools W",
            ),
            (&with_key(r#""tools":§1"[7]""#), "S019 /tools W; F013 /tools/0 E"),
            (&with_key(r#""tools":§1"none""#), "F013 /tools E"),
            // What is decoded is JSON, and an array.
            (r#"{"messages":§1"[NaN]"}"#, "S002 /messages E"),
            (r#"{"messages":§1"[\"\\ud800\"]"}"#, "S002 /messages E"),
            (r#"{"messages":§1"[] []"}"#, "S002 /messages E"),
        ],
    );
}

#[test]
fn both_lists_may_be_held_in_strings() {
    let line = r#"{"tools":§1"[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]","messages":§2"[{\"role\":\"user\",\"content\":\"Q\"},{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"g\",\"arguments\":\"{}\"}}]}]"}"#;
    expect(
        "default",
        line,
        &["S019@2 /messages W", "S019 /tools W", "F010@2 /messages/1/tool_calls/0/function/name W"],
    );
}

#[test]
fn the_tools_of_a_preference_may_be_held_in_a_string() {
    let line = r#"{"input":{"messages":[{"role":"user","content":"Q"}],"tools":§1"[{\"type\":\"function\",\"function\":{\"name\":\"f\"}}]"},"preferred_output":[{"role":"assistant","content":"A"}],"non_preferred_output":[{"role":"assistant","content":"B"}]}"#;
    expect("default", line, &["S019 /input/tools W"]);
}
