//! What a chat template is given, what it may do, and what is said of it.

use serde_json::json;

use super::{at, has};
use crate::util::{Done, Folder, chat, lines, stats};

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
        // What would fill all memory is told before it is made.
        "{{ ('ab' * 99999).replace('a', 'b' * 99999) }}",
        "{{ ('b' * 99999).join(['a'] * 99999) }}",
        "{{ (['b' * 99999] * 99999)|join }}",
        "{{ '{:>99999999999}'.format(5) }}",
        "{{ '{:.99999999999999999999f}'.format(5.0) }}",
        "{{ ('{0}' * 99999).format('b' * 99999) }}",
        "{{ ('%s' * 99999)|format(*(['b' * 99999] * 99999)) }}",
        "{{ ('%(a)s' * 99999)|format(a='b' * 99999) }}",
        "{{ '%999999999999d'|format(5) }}",
        "{{ ('{a}' * 99999).format(a='b' * 99999) }}",
        "{% set n = namespace(s=[1]) %}{% for i in range(40) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s|tojson }}",
        "{% set n = namespace(s=[1]) %}{% for i in range(30) %}{% set n.s = n.s + n.s %}{% endfor %}{{ n.s|tojson }}",
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

#[test]
fn control_tokens_that_the_tokenizer_does_not_know_are_told() {
    let record = lines(&[chat(&[("user", "Hi"), ("assistant", "Yes")])]);
    let told =
        "the chat template chatml writes <|im_start|> and <|im_end|>, plain text for o200k_base";
    let args = ["--chat-template", "chatml", "--format", "json"];
    let done = stats(&args, &record);
    assert_eq!(done.exits(0).err().matches(told).count(), 1, "{}", done.err());
    let noted = "control tokens as such: the tokenizer does not know them";
    assert!(at(&done.json()[0], "not_measured").to_string().contains(noted));
    assert_eq!(stats(&[&args[..], &["-q"]].concat(), &record).exits(0).err(), "");
    let folder = Folder::of("chatml-stats");
    let part =
        folder.run(&["-q", "--chat-template", "chatml", "--partial"], &record).exits(0).out();
    let whole = folder.run(&["--merge", "--format", "json"], part).exits(0).json().remove(0);
    assert!(at(&whole, "not_measured").to_string().contains(noted));
    // A tokenizer that knows them, and templates whose models write their roles in letters.
    let token = |id: u32, text: &str| json!({"id": id, "content": text, "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false});
    let model = json!({"type": "WordLevel", "vocab": {"?": 0}, "unk_token": "?"});
    let tokens = [token(1, "<|im_start|>"), token(2, "<|im_end|>")];
    let tokenizer = json!({"version": "1.0", "added_tokens": tokens, "model": model});
    folder.put("tokenizer.json", tokenizer.to_string());
    let silent: [&[&str]; 3] = [
        &["--chat-template", "chatml", "--tokenizer", "tokenizer.json"],
        &["--chat-template", "chatml", "--tokenizer", "chars"],
        &["--chat-template", "zephyr"],
    ];
    for args in silent {
        folder.run(args, &record).exits(0).never_says("plain text");
    }
}

#[test]
fn a_template_that_renders_no_record_is_trouble_with_its_reason() {
    let record = chat(&[("user", "Hi"), ("assistant", "Yes")]);
    let two = [record.clone(), record.clone()];
    let long = "A reason that is told in full, however long it may be. ".repeat(4);
    let template =
        format!("{{{{ bos_token }}}}{{{{ messages }}}}{{{{ raise_exception('{long}') }}}}");
    let done = through(&template, &[], &two);
    done.exits(2).says(&format!("renders no record: refused by the template: {long}"));
    done.says("; nothing defines bos_token (--bos-token, --eos-token)");
    assert!(done.out().contains("Records"), "the report is there all the same");
    through(&template, &["--bos-token", "<s>"], &two).exits(2).never_says("--bos-token");
    // One that is rendered is enough, and a part of the data may have none.
    let template = "{% if messages[0].content == 'Hi' %}{{ raise_exception('no') }}{% endif %}";
    through(template, &[], &[record.clone(), chat(&[("user", "x")])]).exits(0);
    through(template, &["--partial"], &two).exits(0);
    through(template, &[], &[]).exits(0);
}

#[test]
fn states_of_one_moment_are_alike_and_a_template_that_asks_for_none_has_none() {
    let folder = Folder::of("chatml-stats");
    folder.put("in", lines(&[chat(&[("user", "Go"), ("assistant", "Gone")])]));
    let merge = |template: &str, dates: [&str; 2]| {
        folder.put("t.jinja", format!("{{{{ messages[0].content }}}}{template}"));
        let part = |date| format!("$TOOL -q --partial --chat-template t.jinja {date} in");
        folder.shell(&format!("({}; {}) | $TOOL -q --merge", part(dates[0]), part(dates[1])))
    };
    let dates = ["--template-date 2026-11-23", "--template-date 2026-11-24"];
    let asks = "{% if strftime_now is defined %}{{ strftime_now('%F %T') }}{% endif %}";
    for template in ["", "{# strftime_now('%F') #}", "{{ 'strftime_now' }}"] {
        merge(template, dates).exits(0);
        merge(template, [dates[0], ""]).exits(0);
    }
    for other in ["2026-11-23T00:00", "2026-11-23T00:00:00"] {
        merge(asks, [dates[0], &format!("--template-date {other}")]).exits(0);
    }
    for (other, told) in [("2026-11-24", "2026-11-24"), ("2026-11-23T07:05", "2026-11-23T07:05:00")]
    {
        let done = merge(asks, [dates[0], &format!("--template-date {other}")]);
        done.exits(2).says(&format!("--template-date is 2026-11-23 in one and {told} in another"));
    }
}
