//! The answer of a chat API, whole or in chunks.
//!
//! Servers add members of their own everywhere, so only what is needed is looked at, and of that only the text and
//! the reason of the end must be what they should be.

use serde::Deserialize;
use serde_json::Value;

use super::answer::Usage;
use super::class::Class;
use super::classify::{Words, classify};
use super::fault::{Fault, said};

/// Most bytes of a text that are read. The longest answers of models are below a megabyte.
pub(super) const BODY_CAP: usize = 8 << 20;
/// What a body has that is the answer of a model, though it cannot be read.
const CHOICES: &str = "\"choices\"";

/// What has come of an answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Reply {
    /// What the model said.
    pub(super) text: String,
    /// Why it ended.
    pub(super) finish: Option<String>,
    /// Tokens.
    pub(super) usage: Option<Usage>,
    /// The model, as the server calls it.
    pub(super) model: Option<String>,
    /// What the model said instead of what was asked.
    pub(super) refusal: String,
    /// Bytes of calls of tools, which nobody asked for but which are paid for.
    pub(super) called: usize,
    /// Anything of an answer was there.
    pub(super) begun: bool,
}

#[derive(Deserialize)]
struct Body {
    choices: Option<Vec<Choice>>,
    usage: Option<Value>,
    model: Option<Value>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    index: Option<Value>,
    message: Option<Message>,
    delta: Option<Message>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<Content>,
    refusal: Option<String>,
    tool_calls: Option<Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    text: Option<String>,
}

impl Reply {
    /// A whole answer.
    pub(super) fn whole(body: &str) -> Result<Reply, Fault> {
        let mut reply = Reply::default();
        let any = reply.take(body).map_err(|fault| match body.contains(CHOICES) {
            // It is broken, and it is an answer all the same.
            true if !reply.begun && fault.class == Class::Garbled => fault.after(body.len()),
            _ => reply.lost(fault),
        })?;
        if !any {
            let reason = format!("an answer without choices: {}", said(body));
            return Err(reply.lost(Fault::new(Class::Garbled, reason)));
        }
        reply.refused()?;
        Ok(reply)
    }

    /// The data of an event of a stream.
    pub(super) fn chunk(&mut self, data: &str) -> Result<(), Fault> {
        self.take(data).map(drop)
    }

    /// The end of a stream: the answer, if it is whole.
    pub(super) fn end(self) -> Result<Reply, Fault> {
        if self.finish.is_none() {
            let reason =
                format!("the stream ended after {} bytes without a reason", self.text.len());
            return Err(self.lost(Fault::new(Class::CutOff, reason)));
        }
        self.refused()?;
        Ok(self)
    }

    fn refused(&self) -> Result<(), Fault> {
        if self.refusal.is_empty() {
            return Ok(());
        }
        let reason = format!("the model refused: {}", said(&self.refusal));
        Err(self.lost(Fault::new(Class::Filtered, reason)))
    }

    /// Bytes that came of what the model made.
    pub(super) fn came(&self) -> usize {
        self.text.len() + self.refusal.len() + self.called
    }

    /// The fault of an answer of which so much came.
    pub(super) fn lost(&self, fault: Fault) -> Fault {
        let came = self.begun.then(|| self.came());
        Fault { usage: self.usage.or(fault.usage), came: fault.came.or(came), ..fault }
    }

    /// Adds what a body or a chunk says. Says whether it had choices.
    fn take(&mut self, json: &str) -> Result<bool, Fault> {
        let garbled = |error: serde_json::Error| {
            Fault::new(
                Class::Garbled,
                format!("not the JSON of a chat API ({error}): {}", said(json)),
            )
        };
        let body: Body = serde_json::from_str(json).map_err(garbled)?;
        if let Some(error) = body.error.filter(|error| !error.is_null()) {
            return Err(in_band(&error));
        }
        if let Some(Value::String(model)) = body.model {
            self.model = Some(model);
        }
        if let Some(usage) = body.usage {
            let count = |name: &str| usage.get(name).and_then(Value::as_u64);
            if let (Some(input), Some(output)) =
                (count("prompt_tokens"), count("completion_tokens"))
            {
                self.usage = Some(Usage { input, output });
            }
        }
        let choices = body.choices.unwrap_or_default();
        let any = !choices.is_empty();
        let first =
            |choice: &Choice| choice.index.as_ref().and_then(Value::as_u64).unwrap_or(0) == 0;
        for choice in choices.into_iter().filter(first).take(1) {
            self.add(choice)?;
        }
        Ok(any)
    }

    fn add(&mut self, choice: Choice) -> Result<(), Fault> {
        self.begun = true;
        if let Some(message) = choice.message.or(choice.delta) {
            match message.content {
                Some(Content::Text(text)) => self.text.push_str(&text),
                Some(Content::Parts(parts)) => {
                    self.text.extend(parts.into_iter().filter_map(|part| part.text));
                }
                None => {}
            }
            self.refusal.push_str(message.refusal.as_deref().unwrap_or_default());
            self.called += message.tool_calls.as_ref().map_or(0, called);
        }
        if self.text.len() + self.refusal.len() > BODY_CAP {
            return Err(too_large());
        }
        self.finish = choice.finish_reason.or(self.finish.take());
        Ok(())
    }
}

/// Bytes of what the model made of calls: their names and arguments.
fn called(calls: &Value) -> usize {
    let made =
        |call: &Value, name: &str| call.pointer(name).and_then(Value::as_str).map_or(0, str::len);
    calls
        .as_array()
        .into_iter()
        .flatten()
        .map(|call| made(call, "/function/name") + made(call, "/function/arguments"))
        .sum()
}

/// An answer that is larger than is read.
pub(super) fn too_large() -> Fault {
    Fault::new(Class::TooLarge, format!("an answer of more than {} MiB", BODY_CAP >> 20))
}

/// An error in a body that came with status 200, as routers send it when the model fails behind them.
fn in_band(error: &Value) -> Fault {
    let words = Words::of(error);
    let status =
        error.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok());
    let status = status.filter(|code| (400..600).contains(code)).unwrap_or(500);
    let (class, parameter) = classify(status, &words);
    let reason = format!("an error in the answer: {}", said(&words.message));
    Fault { parameter, ..Fault::new(class, reason) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(chunks: &[&str]) -> Result<Reply, Fault> {
        let mut reply = Reply::default();
        for chunk in chunks {
            reply.chunk(chunk)?;
        }
        reply.end()
    }

    #[test]
    fn a_whole_answer() {
        let reply = Reply::whole(
            r#"{"id":"x","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hi","x":1},
               "finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1},"timings":{}}"#,
        );
        let reply = reply.unwrap();
        assert_eq!((reply.text.as_str(), reply.finish.as_deref()), ("Hi", Some("stop")));
        assert_eq!(reply.usage, Some(Usage { input: 3, output: 1 }));
        assert_eq!(reply.model.as_deref(), Some("m"));
        let parts =
            r#"{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"text":"b"}]}}]}"#;
        assert_eq!(Reply::whole(parts).unwrap().text, "ab");
        let null =
            r#"{"choices":[{"message":{"content":null},"finish_reason":"stop"}],"error":null}"#;
        assert_eq!(Reply::whole(null).unwrap().text, "");
    }

    #[test]
    fn chunks_add_up() {
        let reply = stream(&[
            r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":null}}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"He"},"finish_reason":null}]}"#,
            r#"{"choices":[{"index":1,"delta":{"content":"other"},"finish_reason":"length"}]}"#,
            r#"{"choices":[{"index":0,"delta":{"content":"y"}}],"usage":null}"#,
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            r#"{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}}"#,
        ])
        .unwrap();
        assert_eq!((reply.text.as_str(), reply.finish.as_deref()), ("Hey", Some("stop")));
        assert_eq!(reply.usage, Some(Usage { input: 7, output: 2 }));
    }

    #[test]
    fn what_is_no_answer_is_a_fault() {
        let class = |result: Result<Reply, Fault>| result.unwrap_err().class;
        assert_eq!(class(stream(&[r#"{"choices":[{"delta":{"content":"a"}}]}"#])), Class::CutOff);
        assert_eq!(class(stream(&[])), Class::CutOff);
        assert_eq!(class(stream(&["{\"choices\":[{"])), Class::Garbled);
        assert_eq!(class(stream(&["[]", "7"])), Class::Garbled);
        let number = r#"{"choices":[{"delta":{"content":7}}]}"#;
        assert_eq!(class(stream(&[number])), Class::Garbled);
        for body in ["", "<html>", "{}", r#"{"detail":"x"}"#, r#"{"choices":[]}"#] {
            assert_eq!(class(Reply::whole(body)), Class::Garbled, "{body}");
        }
        let refusal =
            r#"{"choices":[{"message":{"content":null,"refusal":"No."},"finish_reason":"stop"}]}"#;
        assert_eq!(class(Reply::whole(refusal)), Class::Filtered);
    }

    #[test]
    fn what_came_until_a_fault_is_known_and_what_never_began_is_nothing() {
        let came = |chunks: &[&str]| stream(chunks).unwrap_err().came;
        let half = r#"{"choices":[{"delta":{"content":"Hello"}}]}"#;
        assert_eq!(came(&[half]), Some(5));
        assert_eq!(came(&[]), None);
        let call = r#"{"choices":[{"delta":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}},7]}}]}"#;
        assert_eq!(came(&[call]), Some(3));
        let whole = |body: &str| Reply::whole(body).unwrap_err().came;
        let broken = r#"{"choices":[{"message":{"content":"Hel"#;
        assert_eq!(whole(broken), Some(broken.len()));
        for body in ["<html>", "{}", r#"{"error":{"message":"no"}}"#, r#"{"choices":[]}"#] {
            assert_eq!(whole(body), None, "{body}");
        }
        let refusal = r#"{"choices":[{"message":{"refusal":"No."},"finish_reason":"stop"}]}"#;
        assert_eq!(whole(refusal), Some(3));
    }

    #[test]
    fn an_error_in_a_stream_is_of_its_own_class() {
        let class = |error: &str| {
            let chunk = format!(r#"{{"error":{error}}}"#);
            stream(&[&chunk]).unwrap_err().class
        };
        assert_eq!(class(r#"{"code":429,"message":"slow down"}"#), Class::RateLimited);
        assert_eq!(class(r#"{"code":"x","message":"upstream"}"#), Class::Server);
        assert_eq!(class(r#""broken""#), Class::Server);
        assert_eq!(
            class(r#"{"code":400,"message":"maximum context length is 5"}"#),
            Class::Context
        );
    }
}
