//! What is counted in records, by hand.

use serde_json::{Value, json};

use super::{at, has, ranked, report};
use crate::util::chat;

/// Six records of every shape.
fn shapes() -> [String; 6] {
    let parts = r#"{"messages":[{"role":"system","content":"Be kind."},{"role":"developer","content":"Now."},
        {"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"x"}},{"type":"text","text":"it"}]},
        {"role":"assistant","content":"Ok."}]}"#;
    [
        chat(&[("system", "Be kind."), ("user", "Hi there"), ("assistant", "Hello!")]),
        chat(&[
            ("user", "Zwölf"),
            ("assistant", "Ja 🙂"),
            ("user", "a\u{a0}b  c"),
            ("assistant", ""),
        ]),
        chat(&[("assistant", "Hello, who is there?"), ("user", "me")]),
        chat(&[]),
        parts.replace('\n', ""),
        chat(&[("narrator", "Once"), ("tool", "7")]),
    ]
}

#[test]
fn roles_turns_and_sequences() {
    let report = report(&["--tokenizer", "none"], &shapes());
    has(
        &report,
        &[
            ("schema", json!(1)),
            ("tool", json!("chatml-stats")),
            ("input.lines", json!(6)),
            ("records.count", json!(6)),
            ("records.empty.count", json!(1)),
            ("records.empty.share", json!(1.0 / 6.0)),
            ("records.single_turn.count", json!(3)),
            ("records.multi_turn.count", json!(1)),
            ("records.no_user.count", json!(2)),
            ("records.assistant_first.count", json!(1)),
            ("records.assistant_last.count", json!(3)),
            ("records.bytes.max", json!(shapes()[4].len())),
            ("records.bytes.min", json!(r#"{"messages":[]}"#.len())),
            ("messages.count", json!(15)),
            ("messages.empty", json!(1)),
            ("messages.by_role.user", json!({"count": 5, "share": 5.0 / 15.0})),
            ("messages.by_role.assistant.count", json!(5)),
            ("messages.by_role.system.count", json!(2)),
            ("messages.by_role.developer.count", json!(1)),
            ("messages.by_role.tool.count", json!(1)),
            ("messages.by_role.unknown.count", json!(1)),
            // 0, 2, 2, 3, 4, 4.
            ("messages.per_record.mean", json!(2.5)),
            ("messages.per_record.std", json!((49.0f64 / 6.0 - 6.25).sqrt())),
            ("messages.per_record.p25", json!(2)),
            ("messages.per_record.p50", json!(2)),
            ("messages.per_record.p75", json!(4)),
            ("messages.per_record.max", json!(4)),
            ("messages.turns.total", json!(5)),
        ],
    );
    let sequences =
        json!([["", 1], ["(U A)x2", 1], ["? T", 1], ["A U", 1], ["S D U A", 1], ["S U A", 1]]);
    assert_eq!(ranked(&report, "records.sequences"), sequences);
}

#[test]
fn characters_and_words() {
    let report = report(&["--tokenizer", "none"], &shapes());
    has(
        &report,
        &[
            // 22, 15, 22, 0, 21, 5.
            ("characters.record.total", json!(85)),
            ("characters.record.p50", json!(15)),
            ("characters.record.p99", json!(22)),
            ("characters.record.min", json!(0)),
            // 8, 5, 6, 2, and 6 for parts with a line feed between.
            ("characters.query.count", json!(5)),
            ("characters.query.total", json!(27)),
            ("characters.query.p50", json!(6)),
            ("characters.query.max", json!(8)),
            // 6, 4, 20, 3; the empty one counts by role only.
            ("characters.response.count", json!(4)),
            ("characters.response.total", json!(33)),
            ("characters.by_role.assistant.count", json!(5)),
            ("characters.by_role.assistant.min", json!(0)),
            ("characters.by_role.developer.total", json!(4)),
            // 5, 6, 5, 0, 6, 2.
            ("words.record.total", json!(24)),
            ("words.response.total", json!(8)),
            ("words.query.max", json!(3)),
        ],
    );
    let bins: Vec<u64> = at(&report, "characters.histograms.query")
        .as_array()
        .unwrap()
        .iter()
        .map(|bin| bin["count"].as_u64().unwrap())
        .collect();
    assert_eq!(bins, [0, 0, 1, 0, 0, 1, 2, 0, 1]);
    assert_eq!(at(&report, "characters.histograms.response.0.count"), &json!(0));
}

#[test]
fn system_prompts() {
    let report = report(&["--tokenizer", "none", "--top", "1"], &shapes());
    has(
        &report,
        &[
            ("system.with.count", json!(2)),
            ("system.without.count", json!(4)),
            ("system.variations", json!(2)),
            ("system.estimated", json!(false)),
            ("system.prompts.distinct", json!(2)),
        ],
    );
    assert_eq!(ranked(&report, "system.prompts"), json!([["Be kind.", 1]]));
}

/// A record of these messages, with this before them.
fn record(before: &str, messages: &str) -> String {
    format!(r#"{{{before}"messages":[{{"role":"user","content":"Go"}},{messages}]}}"#)
}

#[test]
fn calls_and_their_results() {
    let records = [
        record(
            r#""tools":[{"type":"function"}],"#,
            r#"{"role":"assistant","content":null,"tool_calls":[{"id":"1","function":{"name":"f"}},{"id":"2","function":{"name":"g"}}]},
               {"role":"tool","tool_call_id":"1","content":"x"},{"role":"assistant","content":"Done"}"#,
        ),
        record(
            r#""functions":[{"name":"f"}],"#,
            r#"{"role":"assistant","content":null,"function_call":{"name":"f"}},{"role":"function","name":"f","content":"x"}"#,
        ),
        record(
            r#""tools":[],"#,
            r#"{"role":"assistant","tool_calls":[{"function":{"name":"f"}},{"function":{"name":"h"}}]},{"role":"tool","content":"x"}"#,
        ),
    ];
    let records = records.map(|record| record.replace('\n', ""));
    let report = report(&["--tokenizer", "none"], &records);
    has(
        &report,
        &[
            ("contents.with_tools.count", json!(2)),
            ("contents.with_calls.count", json!(3)),
            ("contents.calls", json!(5)),
            ("contents.calls_without_result", json!(2)),
            ("messages.empty", json!(0)),
        ],
    );
    let functions = json!([
        {"name": "f", "calls": 3, "with_result": 3},
        {"name": "g", "calls": 1, "with_result": 0},
        {"name": "h", "calls": 1, "with_result": 0},
    ]);
    assert_eq!(at(&report, "contents.functions"), &functions);
}

#[test]
fn parts_images_reasoning_and_weights() {
    let records = [
        record(
            r#""images":["a.png","b.png"],"#,
            r#"{"role":"user","content":[{"type":"image"},{"type":"text","text":"?"},{"type":"image_url"}]},
               {"role":"assistant","content":"A","weight":0,"reasoning_content":"because"}"#,
        ),
        record(
            "",
            r#"{"role":"assistant","content":"B","weight":1.0,"reasoning":" ","thinking":[]}"#,
        ),
        record("", r#"{"role":"assistant","content":"C","weight":1.0}"#),
    ];
    let records = records.map(|record| record.replace('\n', ""));
    let report = report(&["--tokenizer", "none"], &records);
    has(
        &report,
        &[
            ("contents.messages_with_parts", json!(1)),
            ("contents.images", json!(4)),
            ("contents.reasoning.count", json!(1)),
        ],
    );
    assert_eq!(
        ranked(&report, "contents.parts"),
        json!([["image", 1], ["image_url", 1], ["text", 1]])
    );
    assert_eq!(ranked(&report, "contents.reasoning"), json!([["reasoning_content", 1]]));
    assert_eq!(ranked(&report, "contents.weights"), json!([["1.0", 2], ["0", 1]]));
}

/// Records with categories: one value, several, none.
fn sorted_into_categories() -> [String; 5] {
    let of = |fields: &str, answer: &str| {
        chat(&[("user", "Go"), ("assistant", answer)]).replacen('{', &format!("{{{fields},"), 1)
    };
    [
        of(r#""cat":"a","tags":["x","y","x"]"#, "1"),
        of(r#""cat":"a","tags":["y"]"#, "123"),
        of(r#""cat":"b","tags":[]"#, "1"),
        of(r#""cat":null,"tags":"x""#, "1"),
        of(r#""cat":7,"tags":["z",null]"#, "1"),
    ]
}

#[test]
fn categories_with_lists_and_without_values() {
    let report = report(
        &["--tokenizer", "chars", "--by", "/cat", "--by", "/tags"],
        &sorted_into_categories(),
    );
    has(
        &report,
        &[
            ("categories.0.pointer", json!("/cat")),
            ("categories.0.missing", json!({"count": 1, "share": 0.2})),
            ("categories.0.distinct", json!(3)),
            // 2, 1, 1.
            ("categories.0.entropy", json!(1.5)),
            ("categories.0.evenness", json!(1.5 / 3f64.log2())),
            ("categories.0.gini", json!(2.0 * 9.0 / 12.0 - 4.0 / 3.0)),
            ("categories.0.largest_to_smallest", json!(2.0)),
            (
                "categories.0.values.0",
                json!({
                    "value": "a", "count": 2, "share": 0.4,
                    "messages_mean": 2.0, "characters_mean": 4.0, "tokens_mean": 4.0,
                }),
            ),
            ("categories.0.values.1.value", json!("7")),
            ("categories.0.values.2.value", json!("b")),
            ("categories.1.missing.count", json!(1)),
            ("categories.1.distinct", json!(3)),
            ("categories.1.values.0.value", json!("x")),
            ("categories.1.values.0.count", json!(2)),
            ("categories.1.values.1.count", json!(2)),
            ("categories.1.values.2.count", json!(1)),
        ],
    );
    let pairs = json!([
        {"first": "a", "second": "y", "count": 2},
        {"first": "7", "second": "z", "count": 1},
        {"first": "a", "second": "x", "count": 1},
    ]);
    assert_eq!(at(&report, "category_pairs"), &pairs);
}

#[test]
fn one_category_has_no_negative_entropy() {
    let records = [chat(&[("user", "x")]).replacen('{', r#"{"c":"only","#, 1)];
    let report = report(&["--by", "/c"], &records);
    assert_eq!(at(&report, "categories.0.entropy").to_string(), "0.0");
}

#[test]
fn paths_and_types() {
    let report = report(&["--tokenizer", "none"], &sorted_into_categories());
    let paths = report["paths"].as_array().unwrap();
    let path = |wanted: &str| paths.iter().find(|path| path["path"] == wanted).unwrap();
    let types = json!({"null": 1, "number": 1, "string": 3});
    assert_eq!(
        path("/cat"),
        &json!({"path": "/cat", "count": 5, "null_share": 0.2, "types": types})
    );
    assert_eq!(path("/tags")["types"], json!({"array": 4, "string": 1}));
    assert_eq!(path("/tags/*")["types"], json!({"null": 1, "string": 5}));
    assert_eq!(path("/messages/*/content")["count"], 10);
}

#[test]
fn a_plain_line_is_counted_as_one_that_was_parsed() {
    let mut records: Vec<String> = shapes().to_vec();
    records.extend(sorted_into_categories());
    records.push(r#"{"messages":[{"role":"user","content":"a\n\"\u00e9\ud83d"},{"role":"assistant","content":" \t"}]}"#.to_owned());
    records.push(r#" { "messages" : [ {"content":"x","role":"user"} ] } "#.to_owned());
    let plain = report(&["--tokenizer", "chars"], &records);
    let mut parsed = report(&["--tokenizer", "chars", "--by", "/nothing"], &records);
    parsed["categories"] = json!([]);
    let rest = |report: &Value| report["not_measured"].clone();
    assert_ne!(rest(&plain), rest(&parsed));
    parsed["not_measured"] = rest(&plain);
    assert_eq!(plain, parsed);
}

#[test]
fn scripts_and_languages() {
    let german = "Können Sie mir bitte sagen, wie ich von hier zum Bahnhof komme und wann der nächste Zug fährt?";
    let records = [
        chat(&[
            ("user", german),
            ("assistant", "Gehen Sie geradeaus und biegen Sie an der Ampel links ab."),
        ]),
        chat(&[("user", "你们周日开门吗？"), ("assistant", "开门，十点到六点。 OK")]),
        chat(&[("user", "12?"), ("assistant", "13!")]),
    ];
    let report = report(&["--languages"], &records);
    assert_eq!(ranked(&report, "scripts"), json!([["Han", 1], ["Latin", 1], ["none", 1]]));
    let languages = ranked(&report, "languages");
    assert!(languages.as_array().unwrap().contains(&json!(["German", 1])), "{languages}");
}

#[test]
fn parts_with_a_value_are_texts_as_those_with_a_text() {
    let record = |key: &str| {
        let part = |text: &str| format!(r#"[{{"type":"text","{key}":"{text}"}}]"#);
        let (question, answer) = (part("Who are you?"), part("I am nobody, who are you?"));
        format!(
            r#"{{"messages":[{{"role":"user","content":{question}}},{{"role":"assistant","content":{answer}}}]}}"#
        )
    };
    let [usual, other] = ["text", "value"].map(|key| report(&[], &[record(key)]));
    for part in ["characters", "words", "tokens", "supervision", "diversity", "messages"] {
        assert_eq!(at(&usual, part), at(&other, part), "{part}");
    }
    has(&other, &[("messages.empty", json!(0)), ("words.query.total", json!(3))]);
    for template in ["chatml", "llama3", "gemma", "phi3", "zephyr"] {
        let args = ["--chat-template", template];
        let [usual, other] = ["text", "value"].map(|key| report(&args, &[record(key)]));
        assert_eq!(at(&usual, "supervision"), at(&other, "supervision"), "{template}");
    }
}
