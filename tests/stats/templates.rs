//! What a chat template is given, what it may do, and what is said of it.

use serde_json::json;

use super::has;
use crate::util::{Done, Folder, chat, lines};

/// A run with this template and characters as tokens.
fn through(template: &str, args: &[&str], records: &[String]) -> Done {
    let folder = Folder::of("chatml-stats");
    folder.put("t.jinja", template);
    let args = [&["--tokenizer", "chars", "--chat-template", "t.jinja"], args].concat();
    folder.run(&args, lines(records))
}

#[test]
fn a_template_sees_what_the_transformers_library_hands_on() {
    // A member of a message that is null is left out there; deeper ones and what the record lacks are None.
    let record = r#"{"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":null,"tool_calls":[{"function":{"name":null}}]}]}"#;
    for holds in [
        "messages[1].content is not defined",
        "messages[1].tool_calls[0].function.name is none",
        "tools is defined and tools is none",
        "documents is defined and documents is none",
        "add_generation_prompt is false",
    ] {
        let template = format!("{{% if messages and {holds} %}}{{{{ '1234567' }}}}{{% endif %}}");
        let done = through(&template, &["--format", "json"], &[record.to_owned()]);
        has(&done.exits(0).json()[0], &[("tokens.record.total", json!(7))]);
    }
}

#[test]
fn a_template_that_never_ends_is_stopped_and_its_record_named() {
    let good = chat(&[("user", "Hi"), ("assistant", "Yes")]);
    let record = chat(&[("user", "grow"), ("assistant", "Yes")]);
    for endless in [
        "{% set n = namespace(s='x') %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}",
        "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
    ] {
        let grow = "messages[0].content == 'grow'";
        let template = format!("x{{% if {grow} %}}{endless}{{% endif %}}");
        let done = through(&template, &["--format", "json"], &[good.clone(), record.clone()]);
        let report = done.exits(0).json().remove(0);
        has(
            &report,
            &[
                ("tokens.record.total", json!(1)),
                ("supervision.refused_at", json!([{"file": "<stdin>", "line": 2}])),
            ],
        );
        let why = report["supervision"]["refused_why"]["top"][0]["name"].as_str().unwrap();
        assert!(why.contains("does more for a record than a template may"), "{why}");
    }
}
