//! What each target reads: parts, images, roles, keys, forms of calls, limits.

use super::*;

#[test]
fn content_arrays_of_section_4_1() {
    let line = r#"{"messages":[{"role":"user","content":[{"type":"text","text":"Q"}]},{"role":"assistant","content":"A"}]}"#;
    severities("S011", line, "- - - - - - - - - W E E - E W E");
}

#[test]
fn part_types_of_section_4_1() {
    for (part, expected) in [
        (r#"{"type":"text","text":"Q"}"#, "- - - - - - - - - - - - - - - -"),
        (r#"{"type":"image_url","image_url":{}}"#, "- - - - - E E - - - - - - - - -"),
        (r#"{"type":"refusal","refusal":"x"}"#, "- - - E E E E - W - - - - - E -"),
        (r#"{"type":"image"}"#, "- E E E E E E - - - - - - - - -"),
        (r#"{"type":"input_audio"}"#, "- W W E E E E - - - - - - - E -"),
        (r#"{"type":"audio"}"#, "- W W E E E E - - - - - - - E -"),
        (r#"{"type":"file"}"#, "- W W E E E E - - - - - E - E -"),
        (r#"{"type":"video"}"#, "- E E E E E E - - - - - E - - -"),
        (r#"{"type":"thinking"}"#, "E E E E E E E W W W E E E E E E"),
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
        ("data:image/jpg;base64,AAAA", "E E E E - - - W W W E E W E W E"),
        ("data:image/gif;base64,AAAA", "E E E E E - - W W W E E W E W E"),
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
        ("human", "E E E E E E E E - E - E E W E E"),
        ("gpt", "E E E E E E E E - E - E E W E E"),
        ("Human", "E E E E E E E E E E E E E W E E"),
        ("input", "E E E E E E E E E E E E E W E E"),
        ("output", "E E E E E E E E E E E E E W E E"),
        ("model", "E E E E E E E E E E E - - W E E"),
        ("function_call", "E E E E E E E E E E - E E W E E"),
        ("observation", "E E E E E E E W W W - E E W E E"),
        ("ipython", "E E E E E E E W W W E E E W E E"),
        ("USER", "E E E E E E E E E E E E E W E E"),
        (" assistant", "E E E E E E E E E E E E E W E E"),
        // A known role that the target has not is unknown, not misspelt.
        ("tool", "- - - - - - - - - - - - - - - -"),
        ("Tool", "E E E E E - E E E E E - - W E E"),
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
        (user("train"), "- W W - - E - - - - - W W - - -"),
        (user("refusal"), "I W W I I E I I I I I W W I I I"),
        (user("tool_call_id"), "I W W I I E I I I I I W W I I I"),
        (user("weight"), "- - - - - - - - - - - - - - - -"),
        (user("tool_calls"), "- - - - - - - - - - - - - - - -"),
        (user("text"), "I W W I I E - I I I I W W I I I"),
        (assistant("name"), "- - - - - E - - - - - W W - - -"),
        (assistant("weight"), "- - - - - E - - - - - W W - - -"),
        (assistant("refusal"), "- - - - - E - - - - - W W - - -"),
        (assistant("tool_calls"), "- - - - - E - - - - - W W - - -"),
        (assistant("function_call"), "- - - - - E - - - - - W W - - -"),
        (assistant("tool_call_id"), "I W W I I E I I I I I W W I I I"),
        (assistant("loss_weight"), "- W W - - E - - - - - W W - - -"),
        (assistant("train_detail"), "- W W - - E - - - - - W W - - -"),
        (assistant("training"), "- W W - - E - - - - - W W - - -"),
        // R005 tells of a reasoning field where it is on.
        (assistant("reasoning_content"), "- W W - - E - - - - - - - - - -"),
        (assistant("thinking"), "- W W - - E - - - - - - - - - -"),
        (tool("tool_call_id"), "- - - - - E - - - - - W W - - -"),
        (tool("name"), "- W W - - E - - - - - W W - - -"),
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
        ("text", "- - - - - - - I - - - I I I I I"),
    ] {
        severities("S014", with_key(&format!(r#""{key}":[]"#)), expected);
    }
    let completion = r#"{"prompt":[{"role":"user","content":"Q"}],"completion":[{"role":"assistant","content":"A"}]}"#;
    severities("S014", completion, "- - - - - - - - - - - - - - - -");
}

#[test]
fn rivals_of_messages_by_target() {
    for (key, expected) in [
        ("text", "E W W E E E W - W W W - - - - -"),
        ("chosen", "- - - - - - - W - - - W W W W W"),
        ("label", "- - - - - - - E - - - W W W W W"),
        ("interactions", "- - - - - - W - - - - - - - - -"),
    ] {
        severities("S015", with_key(&format!(r#""{key}":true"#)), expected);
    }
    let tools = with_key(r#""tools":[],"available_tools":[]"#);
    severities("S015", tools, "- - - - - - W - - - - - - - - -");
    let text = answered_by(r#"{"role":"assistant","content":"A","text":"A"}"#);
    severities("S015", text, "- - - - - - W - - - - - - - - -");
}

/// The same as [`severities`] for a line made for each profile.
#[track_caller]
fn severities_of(rule: &str, line: impl Fn(&str) -> String, expected: &str) {
    let of = |profile: &&str| {
        let found = judge(profile, line(profile));
        letter(found.iter().find(|f| f.rule.code() == rule).map(|f| f.severity))
    };
    let got: Vec<_> = NAMES.iter().map(of).collect();
    assert_eq!(got.join(" "), expected, "{rule}: {}", line("default"));
}

#[test]
fn calls_of_section_4_1() {
    let of = |arguments: &str| calling("", &[call("abcdefghi", arguments)], "");
    severities("F002", of(r#""{}""#), "- - - - - - - W - W - - - E E E");
    severities("F002", of("{}"), "- E E E E - E - - - - - - - - -");
    severities("F002", of("7"), "E E E E E - E W E W E - - W E W");
    // What stands first is the call's; that of the tool stays.
    let without = |key: &'static str| {
        move |profile: &str| {
            calling("", &[call("abcdefghi", arguments(profile))], "").replacen(key, "", 1)
        }
    };
    severities_of("F001", without(r#""id":"abcdefghi","#), "E E E E E - E - - - - - - - - -");
    severities_of("F001", without(r#""type":"function","#), "E E E E E - - - - - - - - - - -");
    severities_of("F001", without(r#""name":"f","#), "E E E E E - E W W W E E E E E E");
    let own = |profile: &str| {
        let token = match profile {
            "gemma" | "gemma3" => "<start_of_turn>",
            "llama3" => "<|eot_id|>",
            "qwen" => "<|im_end|>",
            "gpt-oss" => "<|return|>",
            _ => "</s>",
        };
        answering(&format!(r#""content":"{token}""#))
    };
    severities_of("C001", own, "W W W W W W W W W W W E E E E E");
}

#[test]
fn what_some_targets_do_not_read() {
    // A refusal in place of content, a switch that masks, a tool without a type.
    severities(
        "S010",
        answering(r#""content":null,"refusal":"no""#),
        "- - - E - E E W W W E E E E E E",
    );
    severities(
        "L003",
        answering(r#""content":"b","train":false"#),
        "E - - - - - - - - - - - - - - -",
    );
    severities("L003", answering(r#""content":"b","weight":0"#), "E E E E E E E - - - - - - - - -");
    let tool = r#"{"function":{"name":"f","description":"d","parameters":{}}}"#;
    severities(
        "F013",
        with_key(&format!(r#""tools":[{tool}]"#)),
        "- E E - - - - - - - - - - - - -",
    );
    // Beside a whole second format TRL reads one of the two.
    severities("S015", with_key(r#""prompt":"x""#), "E W W E E E W E W W W W W W W W");
    severities(
        "S015",
        with_key(r#""prompt":"x","completion":"y""#),
        "E W W E E E W W W W W W W W W W",
    );
}

#[test]
fn limits_of_section_4_1() {
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
    let many = |count: usize| with_part(&vec![image(PNG); count].join(","));
    severities("P005", many(10), "- - - - - - - - - - - - - - - -");
    severities("P005", many(11), "W W - W W W W W W W W W W W W W");
    severities("P005", many(65), "W W W W W W W W W W W W W W W W");
}
