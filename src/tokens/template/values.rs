//! A record as values of the template engine.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectExt, ObjectRepr, Value};
use minijinja::{Error, State};

use super::json::push_str;
use super::methods;
use crate::record;
use crate::record::Kind;

/// Members from which on an object is looked up by hash; a message has some three.
const MANY: usize = 16;

/// The fields of a message that hold its reasoning, as the transformers library ranks them.
const REASONING: [&str; 3] = ["reasoning_content", "thinking", "reasoning"];

/// The methods of a Python dict that a template may name. An attribute is looked for among them first.
const DICT_METHODS: [&str; 6] = ["copy", "fromkeys", "get", "items", "keys", "values"];

/// A value of a record.
pub(super) fn of(value: record::Value<'_>) -> Value {
    match value.kind() {
        Kind::Null => Value::from(()),
        Kind::Bool(truth) => Value::from(truth),
        Kind::Number => number(value.raw()),
        Kind::String => Value::from(value.as_str().unwrap_or_default()),
        Kind::Array => Value::from_object(value.items().map(of).collect::<Vec<Value>>()),
        Kind::Object => Value::from_object(Members::of(value)),
    }
}

/// A message as `apply_chat_template` hands it on: members that are null are left out, and reasoning
/// stands under every name that templates read it by.
pub(super) fn message(value: record::Value<'_>) -> Value {
    let mut members = Members::of(value);
    if members.entries.iter().any(|(_, member)| member.is_none()) {
        let known = members.entries.into_iter().filter(|(_, member)| !member.is_none());
        members = Members::collect(known);
    }
    if let Some(reasoning) = REASONING.iter().find_map(|name| members.named(name)) {
        let first = (Value::from("thinking"), reasoning.clone());
        members = Members::collect(std::iter::once(first).chain(members.entries));
        members.set("reasoning_content", reasoning);
    }
    Value::from_object(members)
}

/// A number as Python reads it: integers of any size stay exact.
fn number(raw: &[u8]) -> Value {
    let text = str::from_utf8(raw).unwrap_or_default();
    if !text.contains(['.', 'e', 'E', 'N', 'I']) {
        if let Ok(number) = text.parse::<i64>() {
            return Value::from(number);
        }
        if let Ok(number) = text.parse::<i128>() {
            return Value::from(number);
        }
        return Value::from_object(Digits(text.to_owned()));
    }
    Value::from(match text {
        "Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        _ => text.parse::<f64>().unwrap_or(f64::NAN),
    })
}

/// An integer too large to calculate with; it prints as it was written.
#[derive(Debug)]
struct Digits(String);

impl Object for Digits {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A JSON object: a Python dict, in the order of the record.
#[derive(Debug)]
pub(super) struct Members {
    entries: Vec<(Value, Value)>,
    /// Where each key stands, when there are many.
    index: HashMap<Box<str>, usize>,
}

impl Members {
    fn of(object: record::Value<'_>) -> Members {
        let entries = Vec::with_capacity(object.len());
        let mut members = Members { entries, index: HashMap::new() };
        for (key, member) in object.members() {
            members.set(key.as_str().unwrap_or_default(), of(member));
        }
        members
    }

    fn collect(entries: impl Iterator<Item = (Value, Value)>) -> Members {
        let mut members = Members { entries: Vec::new(), index: HashMap::new() };
        for (key, member) in entries {
            members.set(key.as_str().unwrap_or_default(), member);
        }
        members
    }

    /// As in a Python dict: a repeated key keeps its first place and takes the last value.
    fn set(&mut self, key: &str, value: Value) {
        if let Some(at) = self.position(key) {
            self.entries[at].1 = value;
            return;
        }
        if self.entries.len() == MANY {
            for (at, (key, _)) in self.entries.iter().enumerate() {
                self.index.insert(key.as_str().unwrap_or_default().into(), at);
            }
        }
        if self.entries.len() >= MANY {
            self.index.insert(key.into(), self.entries.len());
        }
        self.entries.push((Value::from(key), value));
    }

    fn position(&self, key: &str) -> Option<usize> {
        if self.entries.len() <= MANY {
            self.entries.iter().position(|(name, _)| name.as_str() == Some(key))
        } else {
            self.index.get(key).copied()
        }
    }

    fn named(&self, key: &str) -> Option<Value> {
        self.position(key).map(|at| self.entries[at].1.clone())
    }
}

impl Object for Members {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.named(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        match DICT_METHODS.iter().find(|name| **name == key) {
            Some(name) => {
                let owner = Value::from_dyn_object(self.clone());
                Some(Value::from_object(Method { owner, name }))
            }
            None => self.named(key),
        }
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.mapped_rev_key_value_enumerator(|members| Box::new(members.entries.iter().cloned()))
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.entries.len())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        push_str(&Value::from_dyn_object(self.clone()), &mut text).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

/// A method that was named and not called: true, and nothing else that a template could use.
#[derive(Debug)]
struct Method {
    owner: Value,
    name: &'static str,
}

impl Object for Method {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        methods::call(state, &self.owner, self.name, args)
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<built-in method {} of dict object>", self.name)
    }
}

/// The variables of one rendering.
#[derive(Debug)]
pub(super) struct Variables(pub(super) Vec<(String, Value)>);

impl Object for Variables {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.0.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value.clone())
    }
}
