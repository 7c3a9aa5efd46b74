//! Records made up from the keys and texts that rules know.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

const KEYS: &[&str] = &[
    "messages",
    "role",
    "content",
    "tool_calls",
    "function_call",
    "function",
    "functions",
    "name",
    "arguments",
    "id",
    "type",
    "tools",
    "parameters",
    "properties",
    "required",
    "tool_call_id",
    "weight",
    "train",
    "refusal",
    "reasoning",
    "thinking",
    "text",
    "image_url",
    "url",
    "prompt",
    "completion",
    "chosen",
    "rejected",
    "label",
    "input",
    "preferred_output",
    "system",
    "é/~",
    "non_preferred_completion",
    "conversations",
    "from",
    "value",
    "images",
    "kto_tag",
];

const TEXTS: &[&str] = &[
    "",
    " ",
    "user",
    "assistant",
    "system",
    "tool",
    "function",
    "User ",
    "gpt",
    "f",
    "c1",
    "null",
    "{}",
    "{\"f\":1}",
    "\"{\\\"a\\\":1}\"",
    "[{\"role\":\"user\",\"content\":\"a\"}]",
    "{",
    "0",
    "<think>",
    "a</think>",
    "<|channel|>é<|message|>",
    "<|im_end|>",
    "{{name}}",
    "{{é",
    "{{",
    "é{{ a",
    "\u{200b}é\u{fffd}",
    "Ã©â€™",
    "â",
    "ð",
    "\u{0}\u{1f}",
    "### Input:",
    "user :",
    "text",
    "image_url",
    "data:image/png;base64,AA==",
    "data:é",
    "[[dummy_message]]",
    "😀\u{2028}",
    "<image>",
    "abcdefghi",
    "object",
    "string",
];

fn text() -> impl Strategy<Value = Value> {
    prop::sample::select(TEXTS).prop_map(Value::from)
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => text(),
        1 => prop::sample::select(vec![json!(null), json!(true), json!(false), json!(0), json!(1.0)]),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(KEYS), inner), 0..5).prop_map(object),
        ]
    })
}

fn object(members: Vec<(&str, Value)>) -> Value {
    Value::Object(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}

/// A call as it should be, or with one member of it replaced by anything.
fn call() -> impl Strategy<Value = Value> {
    (prop::sample::select(KEYS), any_value(), prop::sample::select(TEXTS), any::<bool>()).prop_map(
        |(key, odd, text, spoil)| {
            let mut call =
                json!({"id": text, "type": "function", "function": {"name": "f", "arguments": text}});
            if spoil && let Some(call) = call.as_object_mut() {
                call.insert(key.to_owned(), odd.clone());
            } else if key < "f" {
                call["function"]["arguments"] = odd;
            }
            call
        },
    )
}

fn message() -> impl Strategy<Value = Value> {
    let role = prop_oneof![
        6 => prop::sample::select(vec!["user", "assistant", "assistant", "system", "tool"])
            .prop_map(Value::from),
        1 => any_value(),
    ];
    let content = prop_oneof![3 => text(), 1 => any_value()];
    let rest = prop::collection::vec((prop::sample::select(KEYS), any_value()), 0..2);
    let calls = prop::option::of(prop::collection::vec(call(), 0..3));
    (role, content, rest, calls).prop_map(|(role, content, rest, calls)| {
        let mut message = Map::new();
        message.insert("role".into(), role);
        message.insert("content".into(), content);
        message.extend(rest.into_iter().map(|(key, value)| (key.to_owned(), value)));
        if let Some(calls) = calls {
            message.insert("tool_calls".into(), calls.into());
        }
        Value::Object(message)
    })
}

/// A record: lists under keys that hold lists, most of their messages nearly good.
pub(super) fn record() -> impl Strategy<Value = String> {
    let list = || {
        prop_oneof![
            5 => prop::collection::vec(message(), 0..5).prop_map(Value::from),
            1 => any_value(),
        ]
    };
    let lists = prop::sample::subsequence(
        vec!["messages", "prompt", "completion", "chosen", "rejected", "preferred_output"],
        0..3,
    );
    let rest = prop::collection::vec((prop::sample::select(KEYS), any_value()), 0..3);
    (lists, list(), list(), rest, any::<bool>()).prop_map(|(keys, first, second, rest, as_text)| {
        let mut record = Map::new();
        for (key, list) in keys.into_iter().zip([first, second]) {
            let list = if as_text { Value::from(list.to_string()) } else { list };
            record.insert(key.to_owned(), list);
        }
        record.extend(rest.into_iter().map(|(key, value)| (key.to_owned(), value)));
        Value::Object(record).to_string()
    })
}
