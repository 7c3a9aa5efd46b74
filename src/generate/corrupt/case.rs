//! A record that is to be damaged, and what damages it.

use std::ops::Range;

use crate::generate::draw::Draw;
use crate::record::document::Document;
use crate::record::text::raw_span;
use crate::record::{Message, Parser, Value};
use crate::rules::kind::Kind;
use crate::similar::Shingler;

/// A record: its line, and where everything stands in it.
pub(super) struct Case<'a> {
    /// The line without its line ending.
    pub line: &'a [u8],
    /// The record.
    pub root: Value<'a>,
    /// The list of messages.
    pub list: Value<'a>,
    /// The messages; there is at least one.
    pub messages: Vec<Message<'a>>,
}

/// What damages records; its parts are reused.
pub(super) struct Hand {
    /// The stream of chance for this record.
    pub draw: Draw,
    /// For looking at what was made.
    pub parser: Parser,
    pub shingler: Shingler,
}

impl<'a> Case<'a> {
    /// The record of a document; none and why if it holds no conversation.
    pub(super) fn of(line: &'a [u8], document: &'a Document<'a>) -> Result<Case<'a>, &'static str> {
        let root = document.root();
        if !root.is_object() || Kind::of(root) != Kind::Chat {
            return Err("no chat record");
        }
        let list = root.get("messages").filter(Value::is_array).ok_or("messages is no array")?;
        let messages: Vec<_> = list.items().filter(Value::is_object).map(Message::of).collect();
        if messages.is_empty() || messages.len() < list.len() {
            return Err("messages is empty or holds something that is no object");
        }
        Ok(Case { line, root, list, messages })
    }

    /// The line with these bytes in place of a span.
    pub(super) fn with(&self, span: Range<usize>, bytes: &[u8]) -> Vec<u8> {
        [&self.line[..span.start], bytes, &self.line[span.end..]].concat()
    }

    /// The role of a message, if it is a string.
    pub(super) fn role(&self, at: usize) -> Option<&'a str> {
        self.messages.get(at)?.role?.as_str()
    }

    /// The places of the messages with a text that a person or the model says: of users and assistants, a string
    /// that is not blank, and no calls beside it.
    pub(super) fn said(&self) -> Vec<usize> {
        let speaks = |at: &usize| {
            let message = &self.messages[*at];
            matches!(self.role(*at), Some("user" | "assistant"))
                && message.content.is_some_and(|content| content.is_string())
                && !message.is_content_empty()
                && message.tool_calls.is_none()
                && message.function_call.is_none()
                && message.refusal.is_none()
        };
        (0..self.messages.len()).filter(speaks).collect()
    }

    /// The content of one of the messages that [`said`](Case::said) lists, by chance.
    pub(super) fn some_text(&self, hand: &mut Hand) -> Option<Value<'a>> {
        let at = *hand.draw.choose(&self.said())?;
        self.messages.get(at)?.content
    }

    /// Where a character of some text begins in the line, by chance.
    pub(super) fn some_place(&self, hand: &mut Hand) -> Option<usize> {
        let text = self.some_text(hand)?;
        let decoded = text.as_str()?;
        let near = hand.draw.below(decoded.len());
        let at = raw_span(text.raw(), decoded.floor_char_boundary(near)).start;
        Some(text.span().start + at)
    }

    /// The line with these bytes within some text.
    pub(super) fn in_a_text(&self, hand: &mut Hand, bytes: &[u8]) -> Option<Vec<u8>> {
        let at = self.some_place(hand)?;
        Some(self.with(at..at, bytes))
    }

    /// The line with a member, written as JSON, as the last of the record.
    pub(super) fn with_member(&self, member: &[u8]) -> Vec<u8> {
        let last = self.root.members().last();
        let at = last.map_or(self.root.span().start + 1, |(_, value)| value.span().end);
        let comma: &[u8] = if self.root.is_empty() { b"" } else { b"," };
        self.with(at..at, &[comma, member].concat())
    }
}
