//! What is trained on, what a limit cuts off, how records pack: by hand, a character being a token.

use serde_json::json;

use super::{has, lines_at, report};
use crate::util::{Folder, chat, lines, stats};

fn records() -> [String; 9] {
    let marked = |mark: &str, answer: &str| {
        format!(
            r#"{{"messages":[{{"role":"user","content":"x"}},{{"role":"assistant","content":"{answer}",{mark}}}]}}"#
        )
    };
    [
        chat(&[("user", "12345"), ("assistant", "12345")]),
        chat(&[("user", "1234567890"), ("assistant", "123")]),
        chat(&[("user", "12345678"), ("assistant", "12345")]),
        chat(&[("user", "x")]),
        chat(&[("user", "x"), ("assistant", "")]),
        marked(r#""weight":0"#, "y"),
        chat(&[("assistant", "abc")]),
        marked(r#""train":false"#, "ab"),
        chat(&[("assistant", "12"), ("user", "1234567890123")]),
    ]
}

#[test]
fn every_cause_and_the_limit() {
    let report = report(&["--tokenizer", "chars", "--max-tokens", "10"], &records());
    has(
        &report,
        &[
            ("supervision.max_tokens", json!(10)),
            ("supervision.tokens", json!(61)),
            ("supervision.trained", json!(18)),
            ("supervision.share", json!(18.0 / 61.0)),
            ("supervision.per_record.max", json!(5)),
            ("supervision.per_record.p50", json!(2)),
            ("supervision.fully.count", json!(1)),
            ("supervision.over.count", json!(3)),
            ("supervision.lost", json!(11)),
            ("supervision.trained_lost", json!(6)),
            ("supervision.cut_inside.count", json!(1)),
            ("supervision.idle.count", json!(5)),
            ("supervision.idle.share", json!(5.0 / 9.0)),
            (
                "supervision.idle_by_cause",
                json!({"no_assistant": 1, "empty_assistant": 1, "not_trained": 2, "cut": 1}),
            ),
            ("supervision.refused.count", json!(0)),
        ],
    );
    assert_eq!(lines_at(&report, "supervision.over_at"), [2, 3, 9]);
    assert_eq!(lines_at(&report, "supervision.cut_at"), [3]);
    assert_eq!(lines_at(&report, "supervision.idle_at"), [2, 4, 5]);
}

#[test]
fn without_a_limit_nothing_is_cut() {
    let report = report(&["--tokenizer", "chars", "--examples", "9"], &records());
    has(
        &report,
        &[
            ("supervision.max_tokens", json!(null)),
            ("supervision.over.count", json!(0)),
            ("supervision.lost", json!(0)),
            ("training.steps_packed", json!(null)),
            ("training.packing.0.limit", json!(2048)),
            ("training.packing.3.limit", json!(32768)),
        ],
    );
    assert_eq!(lines_at(&report, "supervision.idle_at"), [4, 5, 6, 8]);
}

#[test]
fn packing_steps_and_cost() {
    let args = [
        "--tokenizer",
        "chars",
        "--max-tokens",
        "10",
        "--price",
        "2",
        "--batch-size",
        "4",
        "--epochs",
        "2",
    ];
    let report = report(&args, &records());
    // Cut to 10: four full ones, and 3 + 3 + 2 + 1 + 1.
    has(
        &report,
        &[
            ("training.packing.0.limit", json!(10)),
            ("training.packing.0.sequences", json!(5)),
            ("training.packing.0.efficiency", json!(1.0)),
            ("training.packing.0.padded_efficiency", json!(50.0 / 90.0)),
            ("training.packing.0.over", json!(3)),
            ("training.packing.0.lost", json!(11)),
            ("training.steps", json!(6)),
            ("training.steps_packed", json!(4)),
            ("training.tokens", json!(100)),
            ("training.cost", json!(0.0002)),
        ],
    );
}

#[test]
fn a_template_that_marks_nothing_and_weights_under_one_without_marks() {
    let folder = Folder::of("chatml-stats");
    folder.put(
        "marks.jinja",
        "{% for m in messages %}{% if m.role == 'model' %}{% generation %}{{ m.content }}{% endgeneration %}\
         {% else %}{{ m.content }}{% endif %}{% endfor %}",
    );
    folder.put("plain.jinja", "{% for m in messages %}{{ m.content }}{% endfor %}");
    let cause = |template: &str, record: &str| {
        let args = ["--format", "json", "--chat-template", template];
        let report = folder.run(&args, lines(&[record])).exits(0).json().remove(0);
        report["supervision"]["idle_by_cause"].clone()
    };
    let answered = chat(&[("user", "Hi"), ("assistant", "Hello")]);
    assert_eq!(cause("marks.jinja", &answered), json!({"not_marked": 1}));
    assert_eq!(cause("plain.jinja", &answered), json!({}));
    let weightless = answered.replace(r#""Hello""#, r#""Hello","weight":0"#);
    assert_eq!(cause("plain.jinja", &weightless), json!({"not_trained": 1}));
}

#[test]
fn an_answer_of_calls_only_is_no_fault() {
    let record = r#"{"messages":[{"role":"user","content":"Weather?"},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]}]}"#;
    let silent = chat(&[("user", "Weather?"), ("assistant", "")]);
    let report = super::report(&[], &[record, &silent]);
    has(
        &report,
        &[
            ("supervision.idle.count", json!(1)),
            ("supervision.idle_by_cause", json!({"empty_assistant": 1})),
            ("supervision.only_calls", json!({"count": 1, "share": 0.5})),
        ],
    );
    let shown = |format: &str| stats(&["--format", format], lines(&[record])).exits(0).out();
    assert!(shown("text").contains("only calls, not counted  1 (100.0 %)"), "{}", shown("text"));
    assert!(
        shown("info").contains("✓ Every example has something to train on"),
        "{}",
        shown("info")
    );
    // A template with marks tells how many tokens they are; a weight of 0 leaves them out.
    let folder = Folder::of("chatml-stats");
    folder.put(
        "t.jinja",
        "{% for m in messages %}{% generation %}{{ m.tool_calls }}{% endgeneration %}{% endfor %}",
    );
    let args = ["--chat-template", "t.jinja", "--format", "json"];
    let marked = folder.run(&args, lines(&[record])).exits(0).json().remove(0);
    has(
        &marked,
        &[("supervision.only_calls.count", json!(0)), ("supervision.idle.count", json!(0))],
    );
    let left_out = record.replace("\"content\":null", "\"content\":null,\"weight\":0");
    has(&super::report(&[], &[left_out]), &[("supervision.idle_by_cause.not_trained", json!(1))]);
}

#[test]
fn text_and_info_agree_on_what_has_nothing_to_train_on() {
    let records = lines(&[
        chat(&[("system", "S"), ("user", "Q"), ("assistant", "A")]),
        chat(&[("user", "Q")]),
        chat(&[("user", "Q"), ("assistant", "A")]),
    ]);
    let args = |format| ["--chat-template", "gemma", "--format", format];
    let text = stats(&args("text"), &records).exits(0).out();
    assert!(text.contains("nothing to train on             2 (66.7 %): <stdin>:1, 2\n"), "{text}");
    assert!(text.contains("    refused by the chat template  1: <stdin>:1\n"), "{text}");
    let info = stats(&args("info"), &records).exits(0).out();
    assert!(info.contains("✗ Examples with nothing to train on: 2, first <stdin>:1\n"), "{info}");
}
