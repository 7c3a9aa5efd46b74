//! The body of a request, as the chat API of OpenAI has it.

use serde_json::{Map, Value, json};

use super::super::plan::{Server, Structured};
use super::habits::{Manner, Rung};
use super::request::{Request, Role, Shape};

/// What tells a model in words that JSON is wanted.
pub(super) fn in_words(shape: &Shape) -> String {
    format!(
        "Answer with JSON only, without a code fence and without any other words. It must fit this JSON schema:\n{}",
        shape.schema
    )
}

/// The messages as the API has them; `words` are put behind the last one of the user.
pub(super) fn messages(request: &Request, words: Option<&str>) -> Value {
    let last = request.messages.iter().rposition(|(role, _)| *role == Role::User);
    let mut list: Vec<Value> = Vec::with_capacity(request.messages.len() + 1);
    for (at, (role, said)) in request.messages.iter().enumerate() {
        let content = match words {
            Some(words) if Some(at) == last => format!("{said}\n\n{words}"),
            _ => said.clone(),
        };
        list.push(json!({"role": role.name(), "content": content}));
    }
    if let (Some(words), None) = (words, last) {
        list.push(json!({"role": "user", "content": words}));
    }
    Value::Array(list)
}

/// `response_format` of this rung, if it has one.
pub(super) fn response_format(shape: &Shape, rung: Rung) -> Option<Value> {
    match rung {
        Rung::Schema => Some(json!({
            "type": "json_schema",
            "json_schema": {"name": shape.name, "strict": true, "schema": shape.schema},
        })),
        Rung::Object => Some(json!({"type": "json_object"})),
        Rung::Words => None,
    }
}

/// A request as it is sent in this manner, on this rung, with this limit of tokens.
pub(super) fn body(
    request: &Request,
    server: &Server,
    manner: &Manner,
    rung: Rung,
    max_tokens: Option<u64>,
) -> Value {
    let words = request.shape.as_ref().filter(|_| rung > Rung::Schema).map(in_words);
    let mut body = Map::new();
    body.extend(server.body.clone());
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("model", server.model.as_str().into());
    put("messages", messages(request, words.as_deref()));
    if let Some(temperature) = server.temperature.filter(|_| manner.temperature) {
        put("temperature", temperature.into());
    }
    if let Some(most) = max_tokens {
        put(if manner.completion { "max_completion_tokens" } else { "max_tokens" }, most.into());
    }
    if manner.stream {
        put("stream", true.into());
        if manner.stream_options {
            put("stream_options", json!({"include_usage": true}));
        }
    }
    if let Some(format) = request.shape.as_ref().and_then(|shape| response_format(shape, rung)) {
        put("response_format", format);
    }
    Value::Object(body)
}

/// A request as it stands in a file for a batch service: no stream, and JSON asked for as most servers know it.
pub fn batch_body(request: &Request, server: &Server) -> Value {
    let rung = match server.structured {
        Structured::JsonSchema => Rung::Schema,
        Structured::Auto | Structured::JsonObject => Rung::Object,
        Structured::Prompt => Rung::Words,
    };
    body(request, server, &Manner::batch(), rung, server.max_tokens)
}
