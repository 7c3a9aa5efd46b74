//! Tokens of texts and of whole conversations.

use serde_json::json;

use super::{at, has, report};
use crate::util::{Folder, chat, lines, stats};

/// Texts with their tokens in o200k_base and cl100k_base, counted by Python's tiktoken.
const KNOWN: [(&str, u64, u64); 8] = [
    ("", 0, 0),
    ("Hello world", 2, 2),
    ("antidisestablishmentarianism", 6, 6),
    ("2 + 2 = 4", 7, 7),
    ("お誕生日おめでとう", 8, 9),
    ("Zwölf 🙂", 3, 5),
    // A control token in a text is the text that it is.
    ("<|endoftext|>", 7, 7),
    ("<|im_start|>", 6, 6),
];

#[test]
fn known_strings() {
    for (text, o200k, cl100k) in KNOWN {
        let records = [chat(&[("user", text), ("assistant", "Hello world")])];
        for (tokenizer, wanted) in [("o200k_base", o200k), ("cl100k_base", cl100k)] {
            let report = report(&["--tokenizer", tokenizer], &records);
            has(
                &report,
                &[
                    ("tokenizer", json!(tokenizer)),
                    ("tokens.by_role.user.max", json!(wanted)),
                    ("tokens.record.total", json!(wanted + 2)),
                    ("tokens.response.p50", json!(2)),
                    ("supervision.trained", json!(2)),
                ],
            );
        }
    }
}

#[test]
fn characters_as_tokens_and_none() {
    let records = [chat(&[("user", "Zwölf 🙂"), ("assistant", "é")])];
    let report_ = report(&["--tokenizer", "chars"], &records);
    has(&report_, &[("tokenizer", json!("chars")), ("tokens.record.total", json!(8))]);
    assert_eq!(at(&report_, "tokens.record"), at(&report_, "characters.record"));
    let none = report(&["--tokenizer", "none"], &records);
    for absent in ["tokenizer", "tokens", "supervision", "training"] {
        assert!(none[absent].is_null(), "{absent}");
    }
    let not = none["not_measured"].to_string();
    assert!(not.contains("--tokenizer is none"), "{not}");
}

#[test]
fn a_lone_surrogate_is_one_character_as_all_readers_see_it() {
    let records = [r#"{"messages":[{"role":"user","content":"a\ud83db"}]}"#];
    let report = report(&[], &records);
    has(&report, &[("characters.record.total", json!(3)), ("words.record.total", json!(1))]);
}

#[test]
fn a_text_of_one_character_400_kb_long() {
    for c in ["a", " ", "字", "\n"] {
        let text = c.repeat(400_000 / c.len());
        let report =
            report(&["--max-tokens", "100"], &[chat(&[("user", &text), ("assistant", &text)])]);
        has(
            &report,
            &[
                ("characters.query.max", json!(text.chars().count())),
                ("supervision.over.count", json!(1)),
                ("supervision.idle_by_cause.cut", json!(1)),
            ],
        );
    }
}

#[test]
fn a_conversation_through_chatml() {
    // Counted by Python's tiktoken: <|im_start|> is six tokens in o200k_base and <|im_end|> with its line feed
    // five and `>\n`, which the answer's last character shares.
    let records = [chat(&[("user", "Hi"), ("assistant", "Hello world")])];
    let report = report(&["--chat-template", "chatml"], &records);
    has(
        &report,
        &[
            ("template", json!("chatml")),
            ("tokens.record.total", json!(31)),
            ("tokens.query.total", json!(1)),
            ("tokens.response.total", json!(2)),
            ("supervision.tokens", json!(31)),
            ("supervision.trained", json!(8)),
        ],
    );
}

const WITHOUT_MARKS: &str = "{% for message in messages %}<{{ message.content }}>{% endfor %}";

#[test]
fn a_template_without_marks() {
    let folder = Folder::of("chatml-stats");
    folder.put("t.jinja", WITHOUT_MARKS);
    let records = lines(&[chat(&[("user", "12345"), ("assistant", "123")])]);
    let args = [
        "--format",
        "json",
        "--tokenizer",
        "chars",
        "--chat-template",
        "t.jinja",
        "--max-tokens",
        "10",
    ];
    let report = folder.run(&args, records).exits(0).json().remove(0);
    // 12 characters: 4 that are taken to stand before the texts, 5, and 3, of which 1 is left.
    has(
        &report,
        &[
            ("tokens.record.total", json!(12)),
            ("tokens.response.total", json!(3)),
            ("supervision.trained", json!(3)),
            ("supervision.lost", json!(2)),
            ("supervision.trained_lost", json!(2)),
            ("supervision.cut_inside.count", json!(1)),
        ],
    );
}

#[test]
fn a_record_that_the_template_refuses_is_told_and_has_no_tokens() {
    let call = r#"{"messages":[{"role":"user","content":"Go"},{"role":"assistant","tool_calls":[{"function":{"name":"f"}}]}]}"#;
    let records = [chat(&[("user", "Hi"), ("assistant", "Hello world")]), call.to_owned()];
    let report = report(&["--chat-template", "chatml", "--by", "/messages/0/content"], &records);
    has(
        &report,
        &[
            ("supervision.refused", json!({"count": 1, "share": 0.5})),
            ("supervision.refused_at", json!([{"file": "<stdin>", "line": 2}])),
            ("tokens.record.count", json!(1)),
            ("supervision.idle.count", json!(1)),
            ("supervision.idle_by_cause.refused", json!(1)),
            ("categories.0.values.0.tokens_mean", json!(0.0)),
        ],
    );
}

#[test]
fn what_does_not_load_is_named_with_the_reason() {
    let folder = Folder::of("chatml-stats");
    folder.put("tokenizer.json", "{\"model\":");
    folder.put("t.jinja", "{% for %}");
    folder.put("in", "");
    for (args, reason) in [
        (&["--tokenizer", "nothing"][..], "unknown tokenizer 'nothing'"),
        (&["--tokenizer", "absent/tokenizer.json"], "absent/tokenizer.json"),
        (&["--tokenizer", "tokenizer.json"], "tokenizer.json"),
        (&["--chat-template", "nothing"], "unknown chat template 'nothing'"),
        (&["--chat-template", "absent.jinja"], "absent.jinja"),
        (&["--chat-template", "t.jinja"], "t.jinja"),
    ] {
        let done = folder.run(&[args, &["in"]].concat(), "");
        done.exits(2).says("chatml-stats: ").says(reason).writes("");
    }
}

#[test]
fn what_needs_tokens_is_refused_without() {
    for (option, value) in [
        ("--max-tokens", "9"),
        ("--chat-template", "chatml"),
        ("--price", "1"),
        ("--epochs", "2"),
        ("--batch-size", "2"),
    ] {
        let done = stats(&["--tokenizer", "none", option, value], "");
        done.exits(2).says(&format!("{option} has no effect with --tokenizer none"));
    }
}

const WITH_TOKENS: &str =
    "{{ bos_token }}{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}";

#[test]
fn special_tokens_come_from_options_or_from_the_model() {
    let folder = Folder::of("chatml-stats");
    let record = lines(&[chat(&[("user", "a"), ("assistant", "b")])]);
    folder.put("t.jinja", WITH_TOKENS);
    let count = |args: &[&str]| {
        let base = ["--chat-template", "t.jinja", "--tokenizer", "chars", "--format", "json"];
        let done = folder.run(&[&base, args].concat(), &record);
        let total = at(&done.exits(0).json()[0], "tokens.record.total").as_u64().unwrap();
        (total, done.err())
    };
    // Nothing defines them: said, unless nothing is to be said.
    let (total, told) = count(&[]);
    assert_eq!(total, 2);
    let wanted =
        "the chat template t.jinja asks for bos_token and eos_token, which nothing defines";
    assert!(told.starts_with(wanted), "{told}");
    assert_eq!(count(&["-q"]), (2, String::new()));
    assert_eq!(count(&["--bos-token", "<s>", "--eos-token", "</s>"]), (13, String::new()));
    assert!(count(&["--bos-token", "<s>"]).1.contains("asks for eos_token, which"));
    // What lies beside the template counts, and what is typed before it.
    folder.put("tokenizer_config.json", r#"{"bos_token": "<B>", "eos_token": {"content": "E"}}"#);
    assert_eq!(count(&[]), (7, String::new()));
    assert_eq!(count(&["--eos-token", "END"]), (11, String::new()));
}

#[test]
fn a_template_is_told_the_special_tokens_of_the_tokenizer() {
    let folder = Folder::of("chatml-stats");
    folder.shell("mkdir model templates").exits(0);
    folder.put("templates/t.jinja", WITH_TOKENS);
    let model = json!({"type": "WordLevel", "vocab": {"[UNK]": 0}, "unk_token": "[UNK]"});
    let tokenizer =
        json!({"version": "1.0", "pre_tokenizer": {"type": "Whitespace"}, "model": model});
    folder.put("model/tokenizer.json", tokenizer.to_string());
    folder.put("model/tokenizer_config.json", r#"{"bos_token": "B ", "eos_token": " E "}"#);
    let record = lines(&[chat(&[("user", "a"), ("assistant", "b")])]);
    let args = ["--tokenizer", "model", "--chat-template", "templates/t.jinja"];
    let done = folder.run(&[&args[..], &["--format", "json"]].concat(), record);
    assert_eq!(at(&done.exits(0).json()[0], "tokens.record.total"), &json!(5));
    assert_eq!(done.err(), "");
}

#[test]
fn what_is_no_chat_template_is_refused() {
    let folder = Folder::of("chatml-stats");
    folder.put("notes.txt", "Notes on templates: {{ name }}");
    let done = folder.run(&["--chat-template", "notes.txt"], "");
    done.exits(2).says("notes.txt: is no chat template: nothing in it asks for messages");
    let done = folder.run(&["--chat-template", "chatml", "--bos-token", "<s>"], "");
    done.exits(2).says("--bos-token has no effect with --chat-template chatml");
    folder.run(&["--bos-token", "<s>"], "").exits(2).says("--chat-template");
    for template in ["llama3", "gemma", "phi3", "zephyr"] {
        let done = folder.run(&["--tokenizer", "chars", "--chat-template", template], "");
        assert_eq!(done.exits(0).err(), "", "{template}");
    }
}

#[test]
fn built_in_templates_write_the_texts_of_parts_and_nothing_else() {
    let chat = |part: &str| {
        lines(&[format!(
            r#"{{"messages":[{{"role":"user","content":[{{"type":"text","text":"q"}},{part}]}},{{"role":"assistant","content":"a"}}]}}"#
        )])
    };
    let tokens = |template: &str, part: &str| {
        let done = stats(&["-q", "--format", "json", "--chat-template", template], chat(part));
        done.exits(0).json()[0]["tokens"]["record"]["total"].clone()
    };
    for template in ["chatml", "gemma", "llama3", "phi3", "zephyr"] {
        let empty = tokens(template, r#"{"type":"text","text":""}"#);
        let path = r#"{"type":"image","value":"/a/long/path/to/some/picture/of/the/day.png"}"#;
        let url = r#"{"type":"image_url","image_url":{"url":"http://a/long/path.png"}}"#;
        assert!(empty.is_number(), "{template}: {empty}");
        assert_eq!(
            (tokens(template, path), tokens(template, url)),
            (empty.clone(), empty.clone()),
            "{template}"
        );
        assert_ne!(
            tokens(template, r#"{"type":"text","value":"one two three"}"#),
            empty,
            "{template}"
        );
    }
}
