//! The form in which a model is asked for examples, and the forms in which they come.

use serde_json::{Map, Value, json};

use crate::generate::draft::{Call, Draft, Said};
use crate::generate::reason::{Reason, Rejection};

/// Characters of a word at most, on average: for the bounds of the texts in a schema.
const CHARACTERS: u64 = 12;

/// Characters of a text where the plan sets no bound. Servers that build a grammar of the schema need one: an
/// answer that does not end is lost as a whole.
const MOST_CHARACTERS: u64 = 8000;

/// Names of the two sides where an example is one question and one answer.
const SIDES: [(&str, &str); 6] = [
    ("user", "assistant"),
    ("question", "answer"),
    ("prompt", "response"),
    ("prompt", "completion"),
    ("instruction", "output"),
    ("input", "output"),
];

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Examples, or candidates for one.
    pub count: usize,
    /// Candidates come with their probabilities, and the rarest is to be first.
    pub verbalized: bool,
}

/// Does an example call tools?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tools {
    /// It has none.
    None,
    /// It may.
    Some,
}

/// The JSON schema of an answer with so many examples, each with as many turns at its place in `turns`.
pub fn shape(asked: Asked, turns: &[u32], words: Option<u64>, tools: Tools) -> Value {
    let most = words.map_or(MOST_CHARACTERS, |words| words.saturating_mul(CHARACTERS));
    let text = |most: u64| json!({"type": "string", "minLength": 1, "maxLength": most});
    let mut turn = Map::new();
    turn.insert("user".to_owned(), text(MOST_CHARACTERS));
    if tools == Tools::Some {
        let call = json!({
            "type": "object",
            "properties": {"name": text(64), "arguments": {"type": "object"}, "result": text(MOST_CHARACTERS)},
            "required": ["name", "arguments", "result"],
            "additionalProperties": false,
        });
        turn.insert("calls".to_owned(), json!({"type": "array", "items": call, "maxItems": 4}));
    }
    turn.insert("assistant".to_owned(), text(most));
    let required: Vec<&String> = turn.keys().collect();
    let turn = json!({"type": "object", "required": required, "properties": turn, "additionalProperties": false});
    let (least, most) = (turns.iter().min(), turns.iter().max());
    let turns = json!({"type": "array", "items": turn, "minItems": least, "maxItems": most});
    let mut example = Map::new();
    if asked.verbalized {
        example.insert(
            "probability".to_owned(),
            json!({"type": "number", "minimum": 0, "maximum": 1}),
        );
    }
    example.insert("turns".to_owned(), turns);
    let required: Vec<&String> = example.keys().collect();
    let example = json!({"type": "object", "required": required, "properties": example, "additionalProperties": false});
    json!({
        "type": "object",
        "properties": {
            "examples": {"type": "array", "items": example, "minItems": asked.count, "maxItems": asked.count},
        },
        "required": ["examples"],
        "additionalProperties": false,
    })
}

/// The examples of a value; of candidates the least probable first.
pub(super) fn examples(value: Value, asked: Asked) -> Vec<Result<Draft, Rejection>> {
    let mut items = match value {
        Value::Array(items) if items.iter().all(is_message) => vec![Value::Array(items)],
        Value::Array(items) => items,
        Value::Object(mut entries) => match list(&mut entries) {
            Some(items) => items,
            None => vec![Value::Object(entries)],
        },
        _ => Vec::new(),
    };
    if asked.verbalized {
        let probability =
            |item: &Value| item.get("probability").and_then(Value::as_f64).unwrap_or(1.0);
        items.sort_by(|one, other| probability(one).total_cmp(&probability(other)));
    }
    let missing = asked.count.saturating_sub(items.len());
    let read = items.iter().take(asked.count).map(|item| {
        example(item)
            .ok_or_else(|| Rejection::new(Reason::Unreadable, "an example has another form"))
    });
    let missing = std::iter::repeat_with(|| Err(Rejection::plain(Reason::Missing))).take(missing);
    read.chain(missing).collect()
}

/// The list of examples in an object: what is called so, or its only list of objects.
fn list(entries: &mut Map<String, Value>) -> Option<Vec<Value>> {
    let named = ["examples", "candidates", "data", "dataset", "conversations", "items"]
        .into_iter()
        .find(|name| entries.get(*name).is_some_and(is_list_of_examples))?;
    match entries.remove(named) {
        Some(Value::Array(items)) => Some(items),
        _ => None,
    }
}

/// A list of messages is an example and no list of them.
fn is_list_of_examples(value: &Value) -> bool {
    value.as_array().is_some_and(|items| !items.iter().all(is_message))
}

fn is_message(value: &Value) -> bool {
    (value.get("role").is_some() && value.get("content").is_some())
        || (value.get("from").is_some() && value.get("value").is_some())
}

fn example(value: &Value) -> Option<Draft> {
    let messages = match value {
        Value::Array(messages) if messages.iter().all(is_message) => chat(messages)?,
        Value::Object(entries) => {
            let list = |name: &str| entries.get(name).and_then(Value::as_array);
            match (
                list("turns"),
                list("messages").or(list("conversations")).or(list("conversation")),
            ) {
                (Some(turns), _) => turns.iter().map(turn).collect::<Option<Vec<_>>>()?.concat(),
                (None, Some(messages)) => chat(messages)?,
                (None, None) => turn(value)?,
            }
        }
        _ => return None,
    };
    (!messages.is_empty()).then(|| Draft { messages, ..Draft::default() })
}

/// One turn: the question, calls of tools with what they gave, and the answer.
fn turn(value: &Value) -> Option<Vec<Said>> {
    let text =
        |name: &str| value.get(name).and_then(Value::as_str).map(|text| text.trim().to_owned());
    let sides = |(user, assistant): (&str, &str)| Some((text(user)?, text(assistant)?));
    let (user, assistant) = SIDES.into_iter().find_map(sides)?;
    let mut said = vec![Said::User(user)];
    // A call in a form that is not known must not be lost without a word.
    let written = |name: &str| value.get(name).filter(|calls| !is_nothing(calls));
    if ["tool_calls", "function_call"].into_iter().any(|name| written(name).is_some()) {
        return None;
    }
    if let Some(calls) = written("calls") {
        let calls = calls.as_array()?;
        let mut results = Vec::new();
        let mut made = Vec::new();
        for (at, call) in calls.iter().enumerate() {
            let id = format!("call_{}", at + 1);
            results.push(Said::Result { id: id.clone(), content: as_text(call.get("result")?) });
            let name = call.get("name")?.as_str()?.to_owned();
            made.push(Call { id, name, arguments: call.get("arguments")?.clone() });
        }
        said.push(Said::Calls(made));
        said.extend(results);
    }
    said.push(Said::Assistant(assistant));
    Some(said)
}

/// What stands where nothing is called.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Messages with roles; a system prompt in them is not taken, since the plan has its own.
fn chat(messages: &[Value]) -> Option<Vec<Said>> {
    let mut said = Vec::new();
    for message in messages {
        let of = |one: &str, other: &str| {
            message.get(one).or(message.get(other)).and_then(Value::as_str)
        };
        let content = of("content", "value")?.trim().to_owned();
        match of("role", "from")? {
            "system" => {}
            "user" | "human" => said.push(Said::User(content)),
            "assistant" | "gpt" => said.push(Said::Assistant(content)),
            _ => return None,
        }
    }
    Some(said)
}
