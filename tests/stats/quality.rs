//! Duplicates, diversity, and signs of bad data.

use serde_json::{Value, json};

use super::{at, has, lines_at, ranked, report};
use crate::util::{chat, stats};

fn answered(question: &str, answer: &str) -> String {
    chat(&[("user", question), ("assistant", answer)])
}

#[test]
fn equal_records_prompts_and_responses() {
    let records = [
        answered("One?", "Yes."),
        r#"{"id":7,"messages":[{"content":"One?","role":"user"},{"content":"Yes.","role":"assistant","weight":1}]}"#.to_owned(),
        answered("One?", "No."),
        answered("Two?", "Yes."),
        answered("One?", "Yes."),
        chat(&[]),
    ];
    let report = report(&["--tokenizer", "none"], &records);
    has(
        &report,
        &[
            ("duplicates.total", json!(5)),
            ("duplicates.count", json!(2)),
            ("duplicates.rate", json!(0.4)),
            ("duplicates.distinct", json!(3)),
            ("duplicates.estimated", json!(false)),
            ("duplicates.largest", json!([{"count": 3, "file": "<stdin>", "line": 1}])),
            ("duplicates.prompts.count", json!(3)),
            ("duplicates.prompts.largest.0.count", json!(4)),
            ("duplicates.responses.count", json!(3)),
            ("duplicates.responses.largest.0", json!({"count": 4, "file": "<stdin>", "line": 1})),
        ],
    );
}

#[test]
fn near_duplicates_of_a_small_dataset_are_all_there() {
    let text = |record: usize, changed: usize| -> String {
        let word =
            |at: usize| if at == changed { "other".to_owned() } else { format!("w{record}x{at}") };
        (0..80).map(|at| word(at) + " ").collect()
    };
    let mut records: Vec<String> =
        (0..8).map(|record| answered("Go on", &text(record, 99))).collect();
    // One word of 80 changes 5 runs of 76: 71 / 81 = .88 of all; the question adds one run to both.
    records.extend((0..4).map(|record| answered("Go on", &text(record, 40))));
    let report = report(&["--tokenizer", "none"], &records);
    has(
        &report,
        &[
            ("duplicates.count", json!(0)),
            ("duplicates.near.rate", json!(4.0 / 12.0)),
            ("duplicates.near.sample", json!(12)),
            ("duplicates.near.one_in", json!(1)),
        ],
    );
}

#[test]
fn diversity_by_hand() {
    // Of the assistant: 5 + 5 words, of which 8 different; pairs 4 + 4, of which 7 different: "red green" twice.
    let records =
        [answered("Go", "Red green blue, one two"), answered("Go", "red GREEN black one three")];
    let report = report(&["--tokenizer", "none"], &records);
    has(
        &report,
        &[
            ("diversity.assistant.messages", json!(2)),
            ("diversity.assistant.distinct_1", json!(0.7)),
            ("diversity.assistant.distinct_2", json!(7.0 / 8.0)),
            ("diversity.assistant.distinct_3", json!(1.0)),
            ("diversity.assistant.self_repetition_4", json!(0.0)),
            ("diversity.assistant.length_variation", json!(0.0)),
            ("diversity.assistant.opening_concentration", json!(1.0)),
            ("diversity.user.distinct_1", json!(0.5)),
            ("diversity.user.openings.top.0", json!({"name": "go", "count": 2, "share": 1.0})),
        ],
    );
    // What one message alone begins with is not listed.
    assert_eq!(ranked(&report, "diversity.assistant.openings"), json!([]));
    assert_eq!(at(&report, "diversity.assistant.openings.distinct"), &json!(2));
}

#[test]
fn texts_of_one_template() {
    let order = |name: &str, number: u32| {
        answered(
            &format!("Please tell me where the parcel {number} for {name} is right now"),
            &format!("answer {number}"),
        )
    };
    let records = [
        order("Anna", 12),
        order("Paul", 7),
        answered("How do I change the chain of an old bicycle?", "So."),
    ];
    let report = report(&["--tokenizer", "none"], &records);
    has(
        &report,
        &[
            ("diversity.user.templated.share", json!(2.0 / 3.0)),
            ("diversity.user.templated.largest_share", json!(2.0 / 3.0)),
            (
                "diversity.user.templated.largest",
                json!([{"count": 2, "file": "<stdin>", "line": 1}]),
            ),
            ("diversity.assistant.templated.share", json!(0.0)),
        ],
    );
}

#[test]
fn signs_with_as_many_lines_as_are_asked_for() {
    let refusal = answered("Tell me a story", "I'm sorry, but I cannot help with that request.");
    let clean = answered("Tell me a story", "Once upon a time there was a fox.");
    let mail = answered("Write to paula.jensen@nordkanal.no please", "Done, it is sent.");
    let records = [&refusal, &clean, &refusal, &mail, &refusal].map(String::as_str);
    for (examples, wanted) in [("0", &[][..]), ("2", &[1, 3]), ("9", &[1, 3, 5])] {
        let report = report(&["--tokenizer", "none", "--examples", examples], &records);
        has(
            &report,
            &[
                ("signs.refusal.count", json!(3)),
                ("signs.refusal.share", json!(0.6)),
                ("signs.email.count", json!(1)),
                ("signs.echo.count", json!(0)),
            ],
        );
        assert_eq!(lines_at(&report, "signs.refusal.at"), wanted);
    }
}

#[test]
fn without_quality_nothing_of_it_is_there() {
    let report = report(&["--no-quality"], &[answered("One?", "Yes.")]);
    for absent in ["duplicates", "diversity", "signs"] {
        assert_eq!(at(&report, absent), &Value::Null);
    }
    assert!(report["not_measured"].to_string().contains("--no-quality"));
}

#[test]
fn no_secret_is_shown() {
    // Put together here, so that no scanner takes this file for a leak.
    let key = format!("AKIA{}", "Q3EGTIFBXNB7D2PZ");
    let mail = "paula.jensen@nordkanal.no";
    let chat =
        chat(&[("system", &format!("The key is {key}")), ("user", mail), ("assistant", &key)]);
    let record = chat.replacen('{', &format!(r#"{{"a":"{mail}","b":"{key}","#), 1);
    let call = record.replace(
        r#""role":"assistant""#,
        &format!(r#""role":"assistant","tool_calls":[{{"function":{{"name":"{key}"}}}}]"#),
    );
    for format in ["text", "json"] {
        let done =
            stats(&["--by", "/a", "--by", "/b", "--format", format], format!("{record}\n{call}\n"));
        done.exits(0).never_says(&key).never_says(mail);
        assert!(done.out().contains("‹key›") && done.out().contains("‹e-mail›"), "{done}");
    }
}
