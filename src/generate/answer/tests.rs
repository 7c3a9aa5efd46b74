use serde_json::json;

use super::*;
use crate::generate::draft::Said;

const ONE: Asked = Asked { count: 1, verbalized: false };

fn user(draft: &Draft) -> &str {
    match &draft.messages[0] {
        Said::User(text) => text,
        other => panic!("{other:?}"),
    }
}

fn reasons(text: &str, asked: Asked) -> Vec<String> {
    let told = |one: Result<Draft, Rejection>| match one {
        Ok(draft) => user(&draft).to_owned(),
        Err(rejection) => rejection.reason.name().to_owned(),
    };
    read(text, asked, true).into_iter().map(told).collect()
}

#[test]
fn every_usual_form_of_an_example_is_read() {
    let pair = r#"{"user":"q","assistant":"a"}"#;
    for text in [
        pair.to_owned(),
        format!(r#"{{"examples":[{{"turns":[{pair}]}}]}}"#),
        format!(r#"{{"examples":[{pair}]}}"#),
        format!("[{pair}]"),
        r#"{"question":"q","answer":"a"}"#.to_owned(),
        r#"{"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}"#.to_owned(),
        r#"[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]"#.to_owned(),
        r#"{"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a"}]}"#.to_owned(),
        format!("Sure! Here is the JSON:\n```json\n{pair}\n```\nHope it helps."),
        format!("<think>I could write {{\"user\": 1}}</think>\n{pair}"),
        format!("a thought without its start</think>{pair}"),
        format!("As [asked] for {{name}}: {pair}"),
    ] {
        let read = read(&text, ONE, true);
        assert_eq!(read.len(), 1, "{text}");
        let draft = read[0].as_ref().unwrap_or_else(|wrong| panic!("{text}: {wrong:?}"));
        assert_eq!(draft.messages, [Said::User("q".into()), Said::Assistant("a".into())], "{text}");
    }
}

#[test]
fn what_is_cut_off_is_never_mended() {
    let whole = r#"{"examples":[{"user":"q","assistant":"a"}]}"#;
    for end in 1..whole.len() {
        assert_eq!(reasons(&whole[..end], ONE), ["unreadable"], "{}", &whole[..end]);
    }
    assert_eq!(reasons("", ONE), ["unreadable"]);
    assert_eq!(reasons("I would rather not.", ONE), ["unreadable"]);
    assert_eq!(reasons("<think>and so on", ONE), ["truncated"]);
}

#[test]
fn fewer_examples_than_asked_for_are_missing_and_more_are_not_taken() {
    let list = r#"[{"user":"1","assistant":"a"},{"nothing":0},{"user":"3","assistant":"c"}]"#;
    let asked = |count| Asked { count, verbalized: false };
    assert_eq!(reasons(list, asked(4)), ["1", "unreadable", "3", "missing"]);
    assert_eq!(reasons(list, asked(1)), ["1"]);
    let lines = "{\"user\":\"1\",\"assistant\":\"a\"}\n{\"user\":\"2\",\"assistant\":\"b\"}\n";
    assert_eq!(reasons(lines, asked(2)), ["1", "2"]);
}

#[test]
fn of_candidates_the_rarest_is_first() {
    let list = json!({"candidates": [
        {"probability": 0.6, "user": "usual", "assistant": "a"},
        {"probability": 0.1, "user": "rare", "assistant": "a"},
    ]});
    assert_eq!(reasons(&list.to_string(), Asked { count: 2, verbalized: true }), ["rare", "usual"]);
}

#[test]
fn calls_come_before_the_answer_and_have_results() {
    let text = json!({"turns": [{
        "user": "q",
        "calls": [{"name": "f", "arguments": {"x": 1}, "result": {"y": 2}}],
        "assistant": "a",
    }]});
    let draft = read(&text.to_string(), ONE, true).remove(0).unwrap();
    assert!(matches!(&draft.messages[1], Said::Calls(calls) if calls[0].name == "f"));
    assert_eq!(
        draft.messages[2],
        Said::Result { id: "call_1".into(), content: "{\"y\":2}".into() }
    );
    assert_eq!(draft.messages.len(), 4);
}

#[test]
fn a_call_in_another_form_is_not_lost_without_a_word() {
    let turn = |more: serde_json::Value| {
        let mut turn = json!({"user": "q", "assistant": "a"});
        turn.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        read(&json!({"turns": [turn]}).to_string(), ONE, true).remove(0).is_ok()
    };
    let call = json!({"name": "f", "arguments": {}, "result": 1});
    for calls in [
        json!({"calls": call}),
        json!({"calls": "f()"}),
        json!({"tool_calls": [call]}),
        json!({"function_call": call}),
    ] {
        assert!(!turn(calls.clone()), "{calls}");
    }
    for none in [
        json!({"calls": null}),
        json!({"calls": []}),
        json!({"tool_calls": []}),
        json!({"calls": ""}),
    ] {
        assert!(turn(none.clone()), "{none}");
    }
}

#[test]
fn the_schema_bounds_every_text_and_list() {
    let shape = shape(Asked { count: 3, verbalized: true }, &[1, 2], Some(100), Tools::Some);
    let example = &shape["properties"]["examples"];
    assert_eq!((&example["minItems"], &example["maxItems"]), (&json!(3), &json!(3)));
    let turns = &example["items"]["properties"]["turns"];
    assert_eq!((&turns["minItems"], &turns["maxItems"]), (&json!(1), &json!(2)));
    assert_eq!(turns["items"]["properties"]["assistant"]["maxLength"], json!(1200));
    assert_eq!(example["items"]["required"], json!(["probability", "turns"]));
}

#[test]
fn a_plain_answer_is_its_text_without_thoughts() {
    assert_eq!(said(" <think>hm</think> Yes. ", true).unwrap(), "Yes.");
    assert_eq!(said("<think>hm</think> Yes.", false).unwrap(), "<think>hm</think> Yes.");
    assert_eq!(said("<think>hm", true).unwrap_err().reason, Reason::Truncated);
    assert_eq!(said(" \n", true).unwrap_err().reason, Reason::Unreadable);
}
