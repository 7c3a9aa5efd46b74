//! One message of a conversation: its members under their names, borrowed from the line.

use super::document::{Kind, Value};
use super::text;

/// The reasoning fields that targets read, in the order in which they are looked at.
pub const REASONING_FIELDS: [&str; 3] = ["reasoning_content", "reasoning", "thinking"];

/// The parts that stand for a picture.
pub const IMAGE_PARTS: [&str; 2] = ["image_url", "image"];

/// A message: an object of a message list. Of repeated keys the last counts.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// The object itself.
    pub value: Value<'a>,
    /// `role`, whatever its type.
    pub role: Option<Value<'a>>,
    /// `content`, whatever its type.
    pub content: Option<Value<'a>>,
    /// `name`
    pub name: Option<Value<'a>>,
    /// `weight`
    pub weight: Option<Value<'a>>,
    /// `refusal`
    pub refusal: Option<Value<'a>>,
    /// `tool_calls`
    pub tool_calls: Option<Value<'a>>,
    /// `function_call`
    pub function_call: Option<Value<'a>>,
    /// `tool_call_id`
    pub tool_call_id: Option<Value<'a>>,
    /// The fields of [`REASONING_FIELDS`], in that order.
    pub reasoning: [Option<Value<'a>>; 3],
    /// `train` or `training`
    pub train: Option<Value<'a>>,
    /// `loss_weight`
    pub loss_weight: Option<Value<'a>>,
}

impl<'a> Message<'a> {
    /// Reads the members of an object.
    pub fn of(value: Value<'a>) -> Message<'a> {
        let mut message = Message {
            value,
            role: None,
            content: None,
            name: None,
            weight: None,
            refusal: None,
            tool_calls: None,
            function_call: None,
            tool_call_id: None,
            reasoning: [None; 3],
            train: None,
            loss_weight: None,
        };
        for (key, member) in value.members() {
            let slot = match key.as_str().unwrap_or_default() {
                "role" => &mut message.role,
                "content" => &mut message.content,
                "name" => &mut message.name,
                "weight" => &mut message.weight,
                "refusal" => &mut message.refusal,
                "tool_calls" => &mut message.tool_calls,
                "function_call" => &mut message.function_call,
                "tool_call_id" => &mut message.tool_call_id,
                "reasoning_content" => &mut message.reasoning[0],
                "reasoning" => &mut message.reasoning[1],
                "thinking" => &mut message.reasoning[2],
                "train" | "training" => &mut message.train,
                "loss_weight" => &mut message.loss_weight,
                _ => continue,
            };
            *slot = Some(member);
        }
        message
    }

    /// The calls of a non-empty `tool_calls` array.
    pub fn calls(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        self.tool_calls.into_iter().flat_map(|calls| calls.items())
    }

    /// A non-empty `tool_calls` array or a `function_call` object.
    pub fn has_calls(&self) -> bool {
        self.tool_calls.is_some_and(|v| v.is_array() && !v.is_empty())
            || self.function_call.is_some_and(|v| v.is_object())
    }

    /// A `refusal` that is a string.
    pub fn has_refusal(&self) -> bool {
        self.refusal.is_some_and(|v| v.is_string())
    }

    /// The content texts: the string, or the text of each text part.
    pub fn texts(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let whole = self.content.filter(|v| v.is_string());
        let parts = self.content.into_iter().flat_map(|v| v.items()).filter_map(text_of_part);
        whole.into_iter().chain(parts)
    }

    /// The parts of a content array that are objects.
    pub fn parts(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        self.content.into_iter().flat_map(|v| v.items()).filter(Value::is_object)
    }

    /// Absent, null, white space, or an array of only text parts that are all empty.
    pub fn is_content_empty(&self) -> bool {
        let Some(content) = self.content else { return true };
        match content.kind() {
            Kind::Null => true,
            Kind::String => text::is_blank(content.as_str().unwrap_or_default()),
            Kind::Array => content.items().all(|part| {
                text_of_part(part).and_then(|text| text.as_str()).is_some_and(text::is_blank)
            }),
            _ => false,
        }
    }

    /// The reasoning fields that are strings of more than white space or non-empty arrays.
    pub fn reasoning_present(&self) -> impl Iterator<Item = (&'static str, Value<'a>)> + use<'a> {
        REASONING_FIELDS.into_iter().zip(self.reasoning).filter_map(|(name, field)| {
            let field = field?;
            let there = match field.kind() {
                Kind::String => !text::is_blank(field.as_str().unwrap_or_default()),
                Kind::Array => !field.is_empty(),
                _ => false,
            };
            there.then_some((name, field))
        })
    }

    /// Is there a picture part?
    pub fn has_image(&self) -> bool {
        self.parts().any(|part| part_type(part).is_some_and(|t| IMAGE_PARTS.contains(&t)))
    }
}

/// The `type` of a content part, when it is a string.
pub fn part_type<'a>(part: Value<'a>) -> Option<&'a str> {
    part.get("type")?.as_str()
}

/// The text of a part of type `text`, when it is a string: its `text`, or the `value` that LLaMA-Factory's form of
/// parts has in its place.
fn text_of_part<'a>(part: Value<'a>) -> Option<Value<'a>> {
    let is_text = part_type(part) == Some("text");
    let text = is_text.then(|| part.get("text").or_else(|| part.get("value"))).flatten();
    text.filter(|text| text.is_string())
}
