//! What records hold beside plain texts: calls, pictures, reasoning, weights.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::measure::distinct::Known;
use crate::measure::name::short;
use crate::measure::sum::add;
use crate::measure::{Capped, Top};
use crate::record::chat::{IMAGE_PARTS, part_type};
use crate::record::document::Kind;
use crate::record::{Message, Value};

/// Different names of functions, types of parts and so on that are told apart.
const NAMES: usize = 1024;

/// Bytes of a function's name that are looked at.
const LONGEST: usize = 100;

/// Calls of one function.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Calls {
    /// Calls.
    pub calls: u64,
    /// Calls whose result follows in a message of role `tool`.
    pub with_result: u64,
}

impl Known for Calls {
    fn join(&mut self, other: Calls) {
        add(&mut self.calls, other.calls);
        add(&mut self.with_result, other.with_result);
    }
}

/// Counts about what records hold beside plain texts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Contents {
    /// Calls by function.
    pub functions: Capped<Calls>,
    /// Records that have a call.
    pub records_with_calls: u64,
    /// Records that define tools.
    pub records_with_tools: u64,
    /// Content parts by type.
    pub parts: Top,
    /// Messages whose content is a list of parts.
    pub messages_with_parts: u64,
    /// Pictures: parts, and what stands beside the messages.
    pub images: u64,
    /// Messages with reasoning, by field.
    pub reasoning: Top,
    /// Assistant messages by `weight`.
    pub weights: Top,
    /// Messages without a content: absent, null, or blank, and without a call.
    pub empty: u64,
}

impl Default for Contents {
    fn default() -> Contents {
        Contents {
            functions: Capped::new(NAMES),
            records_with_calls: 0,
            records_with_tools: 0,
            parts: Top::new(NAMES),
            messages_with_parts: 0,
            images: 0,
            reasoning: Top::new(NAMES),
            weights: Top::new(NAMES),
            empty: 0,
        }
    }
}

impl Contents {
    /// Counts a record that was parsed; a plain one has nothing of all this.
    pub fn add(&mut self, root: Value<'_>, messages: &[Message<'_>]) {
        let tools = root.get("tools").or_else(|| root.get("functions"));
        self.records_with_tools += u64::from(tools.is_some_and(|t| t.is_array() && !t.is_empty()));
        let calls = messages.iter().any(Message::has_calls);
        self.records_with_calls += u64::from(calls);
        if calls {
            self.add_calls(messages);
        }
        for key in ["images", "image"] {
            self.images += match root.get(key) {
                Some(list) if list.is_array() => list.len() as u64,
                Some(one) if !one.is_null() => 1,
                _ => 0,
            };
        }
        for message in messages {
            self.add_message(message);
        }
    }

    fn add_message(&mut self, message: &Message<'_>) {
        if message.content.is_some_and(|content| content.is_array()) {
            self.messages_with_parts += 1;
        }
        for part in message.parts() {
            let kind = part_type(part).unwrap_or("(none)");
            self.images += u64::from(IMAGE_PARTS.contains(&kind));
            self.parts.add(kind);
        }
        for (field, _) in message.reasoning_present() {
            self.reasoning.add(field);
        }
        if let Some(weight) = message.weight.filter(|weight| weight.kind() == Kind::Number) {
            self.weights.add(&String::from_utf8_lossy(weight.raw()));
        }
        self.empty += u64::from(message.is_content_empty() && !message.has_calls());
    }

    /// A call has its result where a later message of role tool or function names its id, or, of calls without
    /// an id, stands at the same place among those that follow.
    fn add_calls(&mut self, messages: &[Message<'_>]) {
        let is_result = |message: &Message<'_>| {
            let role = message.role.and_then(|role| role.as_str());
            matches!(role, Some("tool" | "function"))
        };
        // From the end, so that what follows is known.
        let (mut following, mut answered) = (0, HashSet::new());
        for message in messages.iter().rev() {
            for (nth, call) in message.calls().enumerate() {
                let id = call.get("id").and_then(|id| id.as_str());
                let result = id.map_or(nth < following, |id| answered.contains(id));
                self.add_call(call.get("function").unwrap_or(call), result);
            }
            if let Some(call) = message.function_call.filter(|call| call.is_object()) {
                self.add_call(call, following > 0);
            }
            match is_result(message) {
                true => {
                    following += 1;
                    answered.extend(message.tool_call_id.and_then(|id| id.as_str()));
                }
                false => following = 0,
            }
        }
    }

    fn add_call(&mut self, function: Value<'_>, with_result: bool) {
        let name = function.get("name").and_then(|name| name.as_str()).unwrap_or("(none)");
        let calls = Calls { calls: 1, with_result: u64::from(with_result) };
        self.functions.add(&short(name, LONGEST), calls);
    }

    /// Adds another part.
    pub fn merge(&mut self, other: Contents) {
        self.functions.merge(other.functions);
        add(&mut self.records_with_calls, other.records_with_calls);
        add(&mut self.records_with_tools, other.records_with_tools);
        self.parts.merge(other.parts);
        add(&mut self.messages_with_parts, other.messages_with_parts);
        add(&mut self.images, other.images);
        self.reasoning.merge(other.reasoning);
        self.weights.merge(other.weights);
        add(&mut self.empty, other.empty);
    }
}
