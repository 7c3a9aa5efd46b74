//! The lines of a journal that tell what was asked and what came of it.

use serde_json::{Value, json};

use crate::generate::backend::{Answer, Class, Id, Lost, Usage, hex};

use super::{Header, SCHEMA};

pub(super) fn answer_line(hash: u128, id: Id, answer: &Answer) -> Value {
    let (usage, estimated) = used(answer.usage, answer.estimate);
    json!({
        "event": "answer", "hash": hex(hash), "slot": id.slot, "attempt": id.attempt, "step": id.step,
        "backend": answer.backend, "model": answer.model, "finish": answer.finish, "usage": usage,
        "estimated": estimated, "millis": answer.millis, "text": answer.text,
    })
}

pub(super) fn unanswered_line(hash: u128, id: Id, class: Class, reason: &str) -> Value {
    json!({
        "event": "unanswered", "hash": hex(hash), "slot": id.slot, "attempt": id.attempt, "step": id.step,
        "class": class.name(), "reason": reason,
    })
}

pub(super) fn run_line(header: &Header) -> Value {
    let mut line = json!({
        "event": "run", "schema": SCHEMA, "tool": "chatml-gen", "version": env!("CARGO_PKG_VERSION"),
        "plan": header.plan, "name": header.name, "count": header.count,
    });
    if let (Some(line), Some(terms)) = (line.as_object_mut(), &header.terms) {
        line.insert("batch".to_owned(), terms.batch.into());
        line.insert("inputs".to_owned(), terms.inputs.clone().into());
        line.insert("asks".to_owned(), terms.asks.into());
    }
    line
}

pub(super) fn lost_line(lost: &Lost) -> Value {
    let (usage, estimated) = used(lost.usage, lost.estimate);
    json!({
        "event": "lost", "backend": lost.backend, "class": lost.class.name(), "usage": usage,
        "estimated": estimated,
    })
}

/// What a line says was spent: as it was counted, or else as it was estimated.
pub(in crate::generate) fn spent(event: &Value) -> Option<Usage> {
    tokens(event, "usage").or_else(|| tokens(event, "estimated"))
}

/// Tokens under a key of a line.
pub(in crate::generate) fn tokens(event: &Value, name: &str) -> Option<Usage> {
    let usage = event.get(name)?;
    Some(Usage { input: usage.get("input")?.as_u64()?, output: usage.get("output")?.as_u64()? })
}

/// Tokens as the server told them, or else as they are estimated: never both.
fn used(usage: Option<Usage>, estimate: Usage) -> (Value, Value) {
    let tokens = |of: Usage| json!({"input": of.input, "output": of.output});
    match usage {
        Some(usage) => (tokens(usage), Value::Null),
        None => (Value::Null, tokens(estimate)),
    }
}
