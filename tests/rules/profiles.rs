//! What differs from profile to profile in groups B, S and P, typed from the tables of the specification.
//!
//! Columns: default openai azure together fireworks bedrock mistral trl axolotl unsloth llama-factory
//! gemma gemma3 llama3 qwen gpt-oss. `E>W`: the specification says error, the loaders measured a warning.

use super::marked::{answered_by, asked_by, severities, severity_everywhere, with_key};
use crate::util::{judge, said};

const CALL: &str = r#"[{"id":"c","type":"function","function":{"name":"f","arguments":{}}}]"#;
const PNG: &str = "data:image/png;base64,iVBORw0KGgo=";

/// A record whose question has this one part.
fn with_part(part: &str) -> String {
    asked_by(&format!(r#"{{"role":"user","content":[{part}]}}"#))
}

#[test]
fn faults_that_every_target_minds_alike() {
    for (rule, line, letter) in [
        ("S001", r#"{"text":"x"}"#.to_owned(), "E E E E>- E E E E>- E E>- E E E E E E"),
        ("S002", r#"{"messages":7}"#.into(), "E"),
        ("S003", r#"{"messages":[]}"#.into(), "E"),
        ("S004", asked_by("7"), "E"),
        ("S005", asked_by(r#"{"content":"Q"}"#), "E"),
        ("S006", asked_by(r#"{"role":7,"content":"Q"}"#), "E"),
        (
            "S007",
            asked_by(r#"{"role":"narrator","content":"Q"}"#),
            "E E E E E E E E>W E>W E>W E E E E>W E E",
        ),
        ("S008", asked_by(r#"{"role":"User","content":"Q"}"#), "E E E E E E E E E E E E E E>W E E"),
        ("S009", asked_by(r#"{"role":"user"}"#), "E E E E E E E E>W E>W E>W E E>W E>W E>W E>W E"),
        (
            "S010",
            asked_by(r#"{"role":"user","content":null}"#),
            "E E E E E E E E>W E>W E>W E E>W E>W E>W E>W E",
        ),
        (
            "S011",
            asked_by(r#"{"role":"user","content":7}"#),
            "E E E E E E E E>W E E>W E E>W E E>W E E",
        ),
        (
            "S015",
            with_key(r#""conversations":[]"#),
            "E E>W E>W E E E E>W E E>W E>W E>W E>W E>W E>W E>W E>W",
        ),
        ("S017", asked_by(r#"{"role":"user","content":"Q","name":"a b"}"#), "W"),
        ("P001", with_part("7"), "E E E E E E E E>W E>W E>W E E E E E E"),
        ("P002", with_part(r#"{"type":"text"}"#), "E E E E E E E E>W E>W E>W E E E>W E E E"),
        ("P007", with_key(r#""images":7"#), "E"),
    ] {
        severity_everywhere(rule, line, letter);
    }
}

#[test]
fn severities_of_section_4_3() {
    let image = format!(r#"{{"type":"image_url","image_url":{{"url":"{PNG}"}}}}"#);
    let refusal = r#"{"role":"user","content":[{"type":"refusal","refusal":"x"}]}"#;
    for (rule, line, expected) in [
        ("S012", asked_by(r#"{"role":"user","content":""}"#), "W W W W W W E>W W W W W W W W W W"),
        (
            "S013",
            asked_by(r#"{"role":"user","content":"Q","mood":1}"#),
            "I E>W E>W I I E I I I I I W W I I I",
        ),
        ("S014", with_key(r#""id":7"#), "I I I E I E I I I I I I I I I I"),
        (
            "S016",
            asked_by(r#"{"role":"user","content":"Q","name":null}"#),
            "W W>E W>E W W W W W I W W W W W W W",
        ),
        (
            "S016",
            answered_by(r#"{"role":"assistant","content":"A","weight":null}"#),
            "W W>E W>E E W W W W I W W W W W W W",
        ),
        (
            "S016",
            answered_by(r#"{"role":"assistant","content":"A","tool_calls":null}"#),
            "W W>E W>E W W W W W I W W W W E>W W E>W",
        ),
        ("S018", with_key(r#""functions":[]"#), "W W W E W E E W W W W W W W W W"),
        (
            "S018",
            answered_by(
                r#"{"role":"assistant","content":"A","function_call":{"name":"f","arguments":"{}"}}"#,
            ),
            "W W W E W E E W W W W>E W W W>E W W",
        ),
        (
            "S018",
            answered_by(r#"{"role":"function","name":"f","content":"R"}"#),
            "W W W E W E E W W W W>E W W W W>E W",
        ),
        (
            "S019",
            r#"{"messages":"[{\"role\":\"user\",\"content\":\"Q\"}]"}"#.into(),
            "W E E E E E E E - W E E E E E E",
        ),
        ("S019", with_key(r#""tools":"[]""#), "W E E E E E E - - W - - - - - -"),
        (
            "S020",
            answered_by(&format!(r#"{{"role":"assistant","content":null,"tool_calls":{CALL}}}"#)),
            "W - - E W W - W W W - E E I - E>W",
        ),
        (
            "S021",
            answered_by(&format!(r#"{{"role":"assistant","tool_calls":{CALL}}}"#)),
            "I - - E I I - W W W E E E - - -",
        ),
        (
            "P006",
            with_part(r#"{"type":"text","text":"Q"}"#),
            "W W W E W W W E>W E>W E>W E E E>W E E>W E",
        ),
        ("P005", with_part(&[&image[..]; 11].join(",")), "W W - W W W W W W W W W W W W W"),
        (
            "P004",
            answered_by(&format!(r#"{{"role":"assistant","content":[{image}]}}"#)),
            "E E E E E - E>- E>W E>W E>W E E E>W E E>W E",
        ),
        ("P008", asked_by(refusal), "E E E - - - E>- E>W - E>W E E E>W E E>- E"),
    ] {
        severities(rule, line, expected);
    }
}

#[test]
fn content_arrays_of_section_4_1() {
    let line = r#"{"messages":[{"role":"user","content":[{"type":"text","text":"Q"}]},{"role":"assistant","content":[{"type":"text","text":"A"}]}]}"#;
    severities("S011", line, "- - - - - - ->E - - W W E - E W E");
}

#[test]
fn part_types_of_section_4_1() {
    for (part, expected) in [
        (r#"{"type":"text","text":"Q"}"#, "- - - - - - - - - - - - - - - -"),
        (r#"{"type":"image_url","image_url":{}}"#, "- - - - - E ->E - - - - - - - - -"),
        (r#"{"type":"refusal","refusal":"x"}"#, "- - - E E E ->E - E>W - - - - - ->E -"),
        (r#"{"type":"image"}"#, "- E E E E E ->E - - - - - - - - -"),
        (r#"{"type":"input_audio"}"#, "- E>W E>W E E E ->E - - - - - - - ->E -"),
        (r#"{"type":"audio"}"#, "- E>W E>W E E E ->E - - - - - - - ->E -"),
        (r#"{"type":"file"}"#, "- E>W E>W E E E ->E - - - - - - - ->E -"),
        (r#"{"type":"video"}"#, "- E E E E E ->E - - - - - - - - -"),
        (r#"{"type":"thinking"}"#, "E E E E E E E E>W E>W E>W E E E E E E"),
    ] {
        severities("P001", with_part(part), expected);
    }
}

#[test]
fn image_urls_of_section_4_1() {
    for (url, expected) in [
        ("https://x.org/a", "- - - E E - - - - - - - - - - -"),
        (PNG, "- - - - - - - - - - - - - - - -"),
        ("data:image/jpeg;base64,AAAA", "- - - - - - - - - - - - - - - -"),
        ("data:image/webp;base64,AAAA", "- - - - E - - - - - - - - - - -"),
        ("data:image/jpg;base64,AAAA", "E E E E - - E>- E>W E>W E>W E E E>W E E>W E"),
        ("data:image/gif;base64,AAAA", "E E E E E - E>- E>W E>W E>W E E E>W E E>W E"),
    ] {
        let part = format!(r#"{{"type":"image_url","image_url":{{"url":"{url}"}}}}"#);
        severities("P003", with_part(&part), expected);
    }
}

#[test]
fn roles_of_section_3_1() {
    for (role, expected) in [
        ("system", "- - - - - - - - - - - - - - - -"),
        ("user", "- - - - - - - - - - - - - - - -"),
        ("assistant", "- - - - - - - - - - - - - - - -"),
        ("function", "- - - - - - - - - - - - - - - -"),
        ("developer", "- W W E E - E W W W E - E W E -"),
        ("tool", "- - - W - E - - - - - E E - - -"),
    ] {
        severities("S007", asked_by(&format!(r#"{{"role":"{role}","content":"Q"}}"#)), expected);
    }
}

#[test]
fn aliases_of_sections_3_1_and_3_2() {
    for (role, expected) in [
        ("human", "E E E E E E E E - E - E E E>W E E"),
        ("gpt", "E E E E E E E E - E - E E E>W E E"),
        ("Human", "E E E E E E E E E E E E E E>W E E"),
        ("input", "E E E E E E E E E E E E E E>W E E"),
        ("output", "E E E E E E E E E E E E E E>W E E"),
        ("model", "E E E E E E E E E E E E E E>W E E"),
        ("function_call", "E E E E E E E E E E - E E E>W E E"),
        ("observation", "E E E E E E E E>W E>W E>W - E E E>W E E"),
        ("ipython", "E E E E E E E E>W E>W E>W E E E E>W E E"),
        ("USER", "E E E E E E E E E E E E E E>W E E"),
        (" assistant", "E E E E E E E E E E E E E E>W E E"),
        // A known role that the target has not is unknown, not misspelt.
        ("tool", "- - - - - - - - - - - - - - - -"),
        ("Tool", "E E E E E - E E E E E - - E>W E E"),
    ] {
        severities("S008", asked_by(&format!(r#"{{"role":"{role}","content":"Q"}}"#)), expected);
    }
}

#[test]
fn message_keys_of_section_4_2() {
    // Keys of a user message, an assistant's, a tool's: bedrock and gemma know role and content.
    let user = |key: &str| asked_by(&format!(r#"{{"role":"user","content":"Q","{key}":"x"}}"#));
    let assistant =
        |key: &str| answered_by(&format!(r#"{{"role":"assistant","content":"A","{key}":"x"}}"#));
    let tool = |key: &str| answered_by(&format!(r#"{{"role":"tool","content":"R","{key}":"x"}}"#));
    for (line, expected) in [
        (user("name"), "- - - - - E - - - - - W W - - -"),
        (user("train"), "- E>W E>W - - E - - - - - W W - - -"),
        (user("refusal"), "I E>W E>W I I E I I I I I W W I I I"),
        (user("tool_call_id"), "I E>W E>W I I E I I I I I W W I I I"),
        (user("weight"), "- - - - - - - - - - - - - - - -"),
        (user("tool_calls"), "- - - - - - - - - - - - - - - -"),
        (user("text"), "I E>W E>W I I E - I I I I W W I I I"),
        (assistant("name"), "- - - - - E - - - - - W W - - -"),
        (assistant("weight"), "- - - - - E - - - - - W W - - -"),
        (assistant("refusal"), "- - - - - E - - - - - W W - - -"),
        (assistant("tool_calls"), "- - - - - E - - - - - W W - - -"),
        (assistant("function_call"), "- - - - - E - - - - - W W - - -"),
        (assistant("tool_call_id"), "I E>W E>W I I E I I I I I W W I I I"),
        (assistant("loss_weight"), "- E>W E>W - - E - - - - - W W - - -"),
        (assistant("train_detail"), "- E>W E>W - - E - - - - - W W - - -"),
        (assistant("training"), "- E>W E>W - - E - - - - - W W - - -"),
        // R005 tells of a reasoning field where it is on.
        (assistant("reasoning_content"), "- E>W E>W - - E - - - - - - - - - -"),
        (assistant("thinking"), "- E>W E>W - - E - - - - - - - - - -"),
        (tool("tool_call_id"), "- - - - - E - - - - - W W - - -"),
        (tool("name"), "- E>W E>W - - E - - - - - W W - - -"),
    ] {
        severities("S013", line, expected);
    }
}

#[test]
fn record_keys_of_section_4_2() {
    for (key, expected) in [
        ("tools", "- - - - - E - - - - - - - - - -"),
        ("parallel_tool_calls", "- - - E - E - - - - - - - - - -"),
        ("functions", "- - - E - E - - - - - - - - - -"),
        ("input", "- - - - - E - - - - - - - - - -"),
        ("preferred_output", "- - - - - E - - - - - - - - - -"),
        ("preferred_completion", "- - - E - E - - - - - - - - - -"),
        ("kto_tag", "- I I E - E - - - - - - - - - -"),
        ("images", "- I I E - E - - - - - - - - - -"),
        ("chat_template_kwargs", "- I I E - E - - - - - - - - - -"),
        ("system", "- I I E - - - - - - - - - - - -"),
        ("interactions", "I I I E I E - I I I I I I I I I"),
        ("available_tools", "I I I E I E - I I I I I I I I I"),
        ("system_prompt", "I I I E I E - I I I I I I I I I"),
        ("only_last", "I I I E I E - I I I I I I I I I"),
        ("schemaVersion", "I I I E I E I I I I I I I I I I"),
        // Beside messages these are S015.
        ("prompt", "- - - - - - - - - - - - - - - -"),
        ("text", "- - - - - - - ->I - - - ->I ->I ->I ->I ->I"),
    ] {
        severities("S014", with_key(&format!(r#""{key}":[]"#)), expected);
    }
    let completion = r#"{"prompt":[{"role":"user","content":"Q"}],"completion":[{"role":"assistant","content":"A"}]}"#;
    severities("S014", completion, "- I>- I>- E>- - E>- - - - - - - - - - -");
}

#[test]
fn rivals_of_messages_by_target() {
    for (key, expected) in [
        ("text", "E E>W E>W E E E E>W E>- E>W E>W E>W E>- E>- E>- E>- E>-"),
        ("chosen", "- - - - - - - E>W - - - E>W E>W E>W E>W E>W"),
        ("label", "- - - - - - - E - - - E>W E>W E>W E>W E>W"),
        ("interactions", "- - - - - - E>W - - - - - - - - -"),
    ] {
        severities("S015", with_key(&format!(r#""{key}":true"#)), expected);
    }
    let tools = with_key(r#""tools":[],"available_tools":[]"#);
    severities("S015", tools, "- - - - - - E>W - - - - - - - - -");
    let text = answered_by(r#"{"role":"assistant","content":"A","text":"A"}"#);
    severities("S015", text, "- - - - - - E>W - - - - - - - - -");
}

#[test]
fn the_effect_names_the_target_that_refuses() {
    for (profile, words) in [
        ("default", "every loader fails"),
        ("openai", "openai refuses the file"),
        ("azure", "azure refuses the file"),
        ("together", "together refuses the file"),
        ("mistral", "mistral raises"),
        ("llama-factory", "llama-factory drops the record"),
        ("gemma", "gemma template raises"),
    ] {
        let found = judge(profile, asked_by(r#"{"content":"Q"}"#));
        let text = &found.iter().find(|f| f.rule.code() == "S005").expect("S005").message;
        assert!(text.contains(words), "{profile}: {text}");
    }
}

#[test]
fn a_plain_record_pleases_every_target() {
    let line = r#"{"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":"A"},{"role":"user","content":"Q"},{"role":"assistant","content":"A"}]}"#;
    for profile in chatml::rules::PROFILES {
        assert_eq!(said(&judge(profile.name, line)), Vec::<String>::new(), "{}", profile.name);
    }
}
