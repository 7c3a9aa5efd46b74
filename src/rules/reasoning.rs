//! R: thinking tags and reasoning fields.

use std::ops::Range;

use crate::record::Value;
use memchr::memmem;

use crate::record::chat::part_type;
use crate::record::document::Kind as Type;

use super::finding::{Reporter, Words, further};
use super::list::{List, Turn};
use super::repair::{self, Level};
use super::roles::Role;
use super::schema::with_article;
use super::table::Rule;

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// R001 to R007 of a list.
pub fn judge(r: &mut Reporter<'_>, list: &List<'_>) {
    for turn in &list.turns {
        for content in turn.message.texts() {
            tags(r, turn, content);
            harmony(r, content);
        }
        fields(r, turn);
    }
}

/// Offsets of the tags in a text, with whether they open.
fn find_tags(text: &str) -> impl Iterator<Item = (usize, bool)> {
    // Several times as fast as the search of the standard library, which shows in long texts.
    let ends = memmem::find_iter(text.as_bytes(), b"think>");
    ends.filter_map(|at| match &text.as_bytes()[..at] {
        [.., b'<'] => Some((at - 1, true)),
        [.., b'<', b'/'] => Some((at - 2, false)),
        _ => None,
    })
}

/// R001, R002, R007
fn tags(r: &mut Reporter<'_>, turn: &Turn<'_>, content: Value<'_>) {
    let text = content.as_str().unwrap_or_default();
    let mut tags = find_tags(text);
    let Some((first, opens)) = tags.next() else { return };
    let tag = |opens: bool| if opens { OPEN } else { CLOSE };
    if turn.role != Role::Assistant {
        if turn.is_of_another() {
            let severity = r.view.severity(Rule::R002);
            r.within_as(Rule::R002, severity, content, place(content, first, tag(opens)), || {
                let (tag, more) = (tag(opens), further(1 + tags.count()));
                format!("{tag} stands in a {} message{more}", turn.whose())
            });
        }
        return;
    }
    if !opens && tags.next().is_none() {
        let severity = r.view.severity(Rule::R007);
        r.within_as(
            Rule::R007,
            severity,
            content,
            place(content, first, CLOSE),
            || "</think> has no <think>",
        );
        return;
    }
    let mut numbered = find_tags(text).enumerate();
    let wrong = numbered.find(|(index, (_, opens))| *opens == (index % 2 == 1));
    let unclosed = || find_tags(text).last().filter(|(_, opens)| *opens);
    let Some((at, opens)) = wrong.map(|(_, tag)| tag).or_else(unclosed) else { return };
    let severity = r.view.severity(Rule::R001);
    r.within_as(Rule::R001, severity, content, place(content, at, tag(opens)), || {
        match (opens, wrong.is_some()) {
            (true, true) => "<think> stands inside another <think>",
            (true, false) => "<think> is not closed",
            (false, _) => "</think> closes nothing",
        }
    });
}

/// Span in the document of a tag that stands at a byte of a decoded text.
pub fn place(content: Value<'_>, at: usize, tag: &str) -> Range<usize> {
    places(content, std::iter::once(at..at + tag.len())).next().unwrap_or(content.span())
}

/// Spans in the document of spans of a decoded text, none of them empty, in ascending order.
pub fn places<'a>(
    content: Value<'a>,
    spans: impl IntoIterator<Item = Range<usize>> + 'a,
) -> impl Iterator<Item = Range<usize>> + 'a {
    let ends = spans.into_iter().flat_map(|span| [span.start, span.end - 1]);
    let mut written = content.written(ends).map(|written| written.span);
    std::iter::from_fn(move || Some(written.next()?.start..written.next()?.end))
}

/// R006; C001 asks [`harmony_span`] for the same bytes.
fn harmony(r: &mut Reporter<'_>, value: Value<'_>) {
    let Some(span) = harmony_span(value.as_str().unwrap_or_default()) else { return };
    let severity = r.view.severity(Rule::R006);
    let spot = place(value, span.start, "<|channel|>");
    r.within_as(Rule::R006, severity, value, spot, || "the text is raw Harmony markup");
}

/// From the first `<|channel|>` to the end of the last `<|message|>` behind it.
pub fn harmony_span(text: &str) -> Option<Range<usize>> {
    const CHANNEL: &str = "<|channel|>";
    const MESSAGE: &str = "<|message|>";
    let start = memmem::find(text.as_bytes(), CHANNEL.as_bytes())?;
    let message = text[start..].rfind(MESSAGE)?;
    Some(start..start + message + MESSAGE.len())
}

/// The texts of a reasoning field: the string, or the `text` of each part.
pub fn field_texts<'a>(field: Value<'a>) -> impl Iterator<Item = Value<'a>> {
    let parts = field.items().filter_map(|part| part.get("text"));
    [field].into_iter().chain(parts).filter(Value::is_string)
}

/// R003, R004, R005, and R006 of the reasoning fields.
fn fields(r: &mut Reporter<'_>, turn: &Turn<'_>) {
    let message = &turn.message;
    for field in message.reasoning.into_iter().flatten() {
        let good = match field.kind() {
            Type::Null | Type::String => true,
            Type::Array => field.items().all(|part| part_type(part) == Some("text")),
            _ => false,
        };
        if !good {
            r.value(Rule::R004, field, || {
                format!("the reasoning is {}, wanted a string", with_article(field))
            });
        }
        for text in field_texts(field) {
            harmony(r, text);
        }
    }
    let present: Vec<_> = message.reasoning_present().collect();
    if let [(first, _), (second, value), ..] = present[..] {
        r.value(Rule::R003, value, || format!("the message has both {first} and {second}"));
    } else if let [(name, value)] = present[..] {
        let inline = message.texts().any(|t| t.as_str().unwrap_or_default().contains(OPEN));
        if inline {
            r.value(Rule::R003, value, || {
                format!("the message has {name} and <think> in its text")
            });
        }
    }
    for (name, _) in present {
        unsupported(r, turn, name);
    }
}

/// R005
fn unsupported(r: &mut Reporter<'_>, turn: &Turn<'_>, name: &'static str) {
    let profile = r.view.profile;
    if profile.reasoning.contains(&name) {
        return;
    }
    let Some((key, _)) = turn.message.value.member(name) else { return };
    r.value(Rule::R005, key, || {
        let read = match profile.reasoning {
            [] => "no reasoning field".to_owned(),
            fields => format!("only {}", fields.join(" and ")),
        };
        let words = Words::new(format!("{name} is not read: {} reads {read}", profile.name));
        match profile.reasoning {
            [] => words.advice("put the thought into the content if it is to be learned"),
            fields => words.advice(format!("rename it to {}", fields.join(" or "))),
        }
    })
    .fix(Level::Unsafe, || match profile.reasoning {
        [only] if turn.message.value.get(only).is_none() => repair::replace_with_string(key, only),
        _ => Vec::new(),
    });
}
