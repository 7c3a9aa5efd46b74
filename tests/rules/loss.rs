//! L: weights, and whether anything is left to train.

use std::sync::Arc;

use chatml::rules::judge::Line;
use chatml::rules::settings::{Selection, TokenLimit};
use chatml::rules::{Judge, Profile, Settings, across};

use crate::util::{Case, check, judge, said};

#[test]
fn weights_by_the_text_of_the_token() {
    let record = |weight: &str| {
        format!(
            r#"{{"messages":[{{"role":"user","content":"a"}},{{"role":"assistant","content":"b","weight":{weight}}},{{"role":"assistant","content":"b"}}]}}"#
        )
    };
    let l001 = r#"L001 @"weight": /messages/1/weight error"#;
    for (weight, wrong) in [
        ("0", false),
        ("1", false),
        ("true", true),
        ("false", true),
        ("1.0", true),
        ("0.0", true),
        ("-0", true),
        (r#""1""#, true),
        ("0.5", true),
        ("2", true),
        ("[1]", true),
        ("1e0", true),
    ] {
        let line = record(weight);
        let at = line.find(r#""weight":"#).unwrap() + r#""weight":"#.len() + 1;
        let mut wanted = Vec::new();
        if wrong {
            wanted.push(format!("L001 {at} /messages/1/weight error"));
        }
        let found = said(&judge("default", &line));
        assert_eq!(found[1..], wanted, "{weight} {l001}");
        assert!(found[0].starts_with("T008"));
    }
    // Null is padding (S016), not a weight.
    check(
        "default",
        &[Case(
            "null",
            r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","weight":null}]}"#,
            &["S016 @null /messages/1/weight warning"],
        )],
    );
}

#[test]
fn weights_belong_to_the_assistant() {
    let user = r#"{"messages":[{"role":"user","content":"a","weight":1},{"role":"assistant","content":"b"}]}"#;
    let image = r#"{"messages":[{"role":"user","weight":1,"content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}]},{"role":"assistant","content":[{"type":"text","text":"b"}]}]}"#;
    let zero = image.replace(r#""weight":1"#, r#""weight":0"#);
    let at_key = r#"L002 @"weight" /messages/0/weight warning"#;
    check("default", &[Case("L002", user, &[at_key]), Case("image", image, &[at_key])]);
    check(
        "together",
        &[
            Case("no image", user, &[at_key]),
            Case("a weighted image", image, &[r#"L002 @"weight" /messages/0/weight error"#]),
            Case("an image of weight 0", &zero, &[at_key]),
        ],
    );
    check(
        "default",
        &[Case(
            "a message without a role may be the assistant's",
            r#"{"messages":[{"content":"a","weight":1}]}"#,
            &[r#"S005 @{"content" /messages/0 error"#],
        )],
    );
}

#[test]
fn something_must_be_left_to_train() {
    let record = |first: &str, last: &str| {
        format!(
            r#"{{"messages":[{{"role":"user","content":"a"}},{{"role":"assistant",{first}}},{{"role":"user","content":"a"}},{{"role":"assistant",{last}}}]}}"#
        )
    };
    let good = r#""content":"b""#;
    for (profile, last, first_too, alone) in [
        ("default", r#""content":"b","weight":0"#, "L003", "L004 weight"),
        ("default", r#""content":"b","train":false"#, "L003", "L004 train"),
        ("default", r#""content":"b","training":false"#, "L003", "L004 training"),
        ("default", r#""content":"b","loss_weight":0.0"#, "L003", "L004 loss_weight"),
        ("default", r#""content":"b","weight":1,"train":false"#, "L003", "L004 train"),
        ("default", r#""content":"b","weight":1,"loss_weight":0"#, "L003", "L004 loss_weight"),
        ("default", r#""content":"b","train":true,"loss_weight":0.5"#, "", ""),
        ("default", r#""content":"","refusal":"no""#, "", ""),
        ("default", r#""content":"","reasoning":"hm""#, "", ""),
        // Switches that the target does not read.
        ("trl", r#""content":"b","train":false"#, "", ""),
        ("mistral", r#""content":"b","loss_weight":0"#, "", ""),
    ] {
        let found = said(&judge(profile, record(last, last)));
        match first_too {
            "" => assert_eq!(found, [""; 0], "{last}"),
            _ => assert!(
                found.iter().any(|f| f == "L003 13 /messages error")
                    && !found.iter().any(|f| f.starts_with("L004")),
                "{last} {found:?}"
            ),
        }
        let line = record(good, last);
        let found = said(&judge(profile, &line));
        match alone.split_once(' ') {
            None => assert_eq!(found, [""; 0], "{last}"),
            Some((code, key)) => {
                let at = line.find(&format!(r#""{key}":"#)).unwrap() + key.len() + 4;
                assert_eq!(found, [format!("{code} {at} /messages/3/{key} info")], "{last}");
            }
        }
    }
}

#[test]
fn weight_0_has_no_effect_where_it_is_not_read() {
    let record = r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","weight":0}]}"#;
    check("default", &[Case("L003", record, &["L003 @[ /messages error"])]);
    for profile in ["trl", "unsloth", "axolotl", "llama-factory", "llama3", "qwen", "gpt-oss"] {
        let l005 = "L005 @0} /messages/1/weight warning";
        check(profile, &[Case("L005 and not L003", record, &[l005])]);
    }
    let one = record.replace(":0}", ":1}");
    check("trl", &[Case("weight 1", &one, &[])]);
}

#[test]
fn reasons_for_nothing_to_train() {
    let words = |profile: &str, assistants: &[&str]| {
        let all: Vec<_> =
            assistants.iter().map(|rest| format!(r#"{{"role":"assistant",{rest}}}"#)).collect();
        let line = format!(
            r#"{{"messages":[{{"role":"user","content":"a"}},{}]}}"#,
            all.join(r#",{"role":"user","content":"a"},"#)
        );
        let found = judge(profile, &line);
        found.into_iter().find(|f| f.rule.code() == "L003").expect("L003").message
    };
    let zero = r#""content":"b","weight":0"#;
    assert_eq!(
        words("openai", &[zero, zero, zero]),
        "all 3 assistant messages have weight 0; the loss is 0 on this record; \
         give one answer weight 1 and content, or remove the record"
    );
    let starts = |assistants: &[&str], what: &str| {
        let said = words("default", assistants);
        assert!(said.starts_with(&format!("{what}; the loss is 0")), "{said}");
    };
    starts(&[zero], "the only assistant message has weight 0");
    starts(&[r#""content":"b","train":false"#], "the only assistant message is masked");
    starts(&[r#""content":" ""#], "the only assistant message is empty");
    starts(&[zero, r#""content":"""#], "1 of 2 assistant messages are masked and the rest empty");
}

fn with_limit(limit: usize, exact: bool, line: &str) -> Vec<String> {
    let default = Profile::find("default").unwrap();
    let settings = Settings {
        tokens: Some(TokenLimit {
            limit,
            count: Arc::new(|text: &str| text.split_whitespace().count()),
            exact,
        }),
        ..Settings::new(&[default], &Selection::default()).unwrap()
    };
    let at = Line { bytes: line.as_bytes(), terminated: true, first: false, number: 0, offset: 0 };
    let mut findings = Vec::new();
    Judge::new(&settings).line(at, &mut across::Block::default(), &mut findings);
    said(&findings)
}

#[test]
fn tokens_against_the_limit() {
    // 3 a message and 3 for the reply: (3 + 1 + 4) + (3 + 1 + 2) + 3 = 17; the answer starts at 8.
    let line = r#"{"messages":[{"role":"user","content":"one two three four"},{"role":"assistant","content":"five six"}]}"#;
    assert_eq!(with_limit(17, true, line), [""; 0]);
    assert_eq!(with_limit(16, true, line), ["L006 13 /messages warning"]);
    assert_eq!(with_limit(9, true, line), ["L006 13 /messages warning"]);
    let beyond = |severity: &str| {
        let at = line.find(r#"{"role":"assistant""#).unwrap() + 1;
        ["L006 13 /messages warning".to_owned(), format!("L007 {at} /messages/1 {severity}")]
    };
    assert_eq!(with_limit(8, true, line), beyond("error"));
    assert_eq!(with_limit(8, false, line), beyond("warning"));
}

#[test]
fn keys_of_calls_are_not_counted_as_text() {
    let line = r#"{"messages":[{"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":{"b":"c"}}}],"content":"d"},{"role":"user","content":"e"}],"tools":[{"type":"function","function":{"name":"f"}}]}"#;
    // role, id, type, name, c, content; role, content; 3 for each message and the reply.
    let l006 = |found: Vec<String>| found.iter().any(|f| f.starts_with("L006"));
    assert!(!l006(with_limit(6 + 2 + 9, true, line)));
    assert!(l006(with_limit(6 + 2 + 8, true, line)));
}
