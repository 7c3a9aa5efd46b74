//! F: tool calls, their arguments and their results.

use std::collections::HashMap;

use crate::record::document::{Document, Kind as Type, Origin};
use crate::record::{Parser, Value};

use super::finding::{Reporter, Words, excerpt, plural, quote};
use super::list::{List, Place, Turn};
use super::profile::{Arguments, Case};
use super::repair::{self, Edit, Level};
use super::roles::Role;
use super::schema::{is_identifier, with_article};
use super::table::{Rule, Severity};
use super::tools::Tools;

/// F001 to F005, F010 to F012, F014 to F017 of a list.
pub fn judge(r: &mut Reporter<'_>, list: &List<'_>, tools: &Tools<'_>, inner: &mut Parser) {
    for turn in &list.turns {
        shape(r, turn, tools, inner);
        if turn.message.has_calls() {
            call_message(r, turn, tools);
        }
        if let Some(id) =
            turn.message.tool_call_id.and_then(|id| id.as_str().map(|text| (id, text)))
        {
            let last =
                list.turns.last().is_some_and(|last| last.message.value == turn.message.value);
            mistral_id(r, id.0, id.1, last, list);
        }
        for call in turn.message.calls() {
            let last =
                list.turns.last().is_some_and(|last| last.message.value == turn.message.value);
            if let Some(id) = call.get("id")
                && let Some(text) = id.as_str()
            {
                mistral_id(r, id, text, last, list);
            }
        }
    }
    duplicate_ids(r, list);
}

/// F001 and what follows for each call.
fn shape(r: &mut Reporter<'_>, turn: &Turn<'_>, tools: &Tools<'_>, inner: &mut Parser) {
    let message = &turn.message;
    let object = message.value;
    let outside = turn.role != Role::Assistant && turn.role != Role::Unknown;
    if let Some((key, calls)) = object.member("tool_calls").filter(|(_, v)| !v.is_null()) {
        if outside {
            r.value(Rule::F001, key, || {
                format!("tool_calls stands in a {} message", turn.role.name())
            });
        } else if !calls.is_array() {
            r.value(Rule::F001, calls, || {
                format!("tool_calls is {}, wanted an array", with_article(calls))
            });
        } else if calls.is_empty() {
            r.value(Rule::F001, calls, || {
                Words::new("tool_calls is empty").advice("remove the key")
            })
            .fix(Level::Safe, || repair::delete_member(key, calls));
        }
        for call in calls.items() {
            one_call(r, call, tools, inner);
        }
    }
    if let Some((key, call)) = object.member("function_call").filter(|(_, v)| !v.is_null()) {
        let string = |name: &str| call.get(name).is_some_and(|v| v.is_string());
        if outside {
            r.value(Rule::F001, key, || {
                format!("function_call stands in a {} message", turn.role.name())
            });
        } else if !call.is_object() || !string("name") || !string("arguments") {
            r.value(Rule::F001, call, || {
                Words::new("function_call is not an object with string name and arguments")
                    .advice("write {\"name\":...,\"arguments\":\"...\"}")
            });
        }
        function(r, call, tools, inner);
    }
}

/// F001 of one element of `tool_calls`, then its function.
fn one_call(r: &mut Reporter<'_>, call: Value<'_>, tools: &Tools<'_>, inner: &mut Parser) {
    if !call.is_object() {
        r.value(Rule::F001, call, || {
            format!("a tool call is {}, wanted an object", with_article(call))
        });
        return;
    }
    let required = r.view.profile.call_keys;
    match call.get("id") {
        Some(id) if !id.is_string() && (!id.is_null() || required.contains(&"id")) => {
            r.value(Rule::F001, id, || format!("id is {}, wanted a string", with_article(id)));
        }
        None if required.contains(&"id") => {
            r.missing(Rule::F001, call, || "the call has no id");
        }
        _ => {}
    }
    match call.get("type") {
        Some(kind) if kind.as_str() != Some("function") => {
            r.value(Rule::F001, kind, || format!("type is {}, wanted \"function\"", excerpt(kind)));
        }
        None if required.contains(&"type") => {
            r.missing(Rule::F001, call, || "the call has no type");
        }
        _ => {}
    }
    match call.get("function") {
        Some(function_value) if function_value.is_object() => {
            function_keys(r, function_value, required);
            function(r, function_value, tools, inner);
        }
        Some(other) => {
            r.value(Rule::F001, other, || {
                format!("function is {}, wanted an object", with_article(other))
            });
        }
        None if required.is_empty() => {}
        None => {
            r.missing(Rule::F001, call, || match call.get("name") {
                Some(_) => "the call has name and arguments but no function object around them",
                None => "the call has no function",
            });
        }
    }
}

/// F001 of the object under `function`.
fn function_keys(r: &mut Reporter<'_>, function: Value<'_>, required: &[&str]) {
    match function.get("name") {
        Some(name) if !name.is_string() => {
            r.value(Rule::F001, name, || {
                format!("function.name is {}, wanted a string", with_article(name))
            });
        }
        None if required.contains(&"function.name") => {
            r.missing(Rule::F001, function, || "the function of the call has no name");
        }
        _ => {}
    }
    if function.get("arguments").is_none() && required.contains(&"function.arguments") {
        r.missing(Rule::F001, function, || "the function of the call has no arguments");
    }
}

/// F002 to F005, F010, F011, F014 of `{"name", "arguments"}`.
fn function(r: &mut Reporter<'_>, function: Value<'_>, tools: &Tools<'_>, inner: &mut Parser) {
    let name = function.get("name").and_then(|name| name.as_str().map(|text| (name, text)));
    if let Some((value, text)) = name {
        if !is_identifier(text) {
            r.value(Rule::F014, value, || format!("the function name is {}", quote(text)));
        }
        if tools.any() && !tools.has(text) {
            r.value(Rule::F010, value, || format!("{} is not in tools", quote(text)));
        }
    }
    if let Some(arguments) = function.get("arguments") {
        arguments_of(r, arguments, name.map(|(_, text)| text), tools, inner);
    }
}

fn arguments_of(
    r: &mut Reporter<'_>,
    arguments: Value<'_>,
    name: Option<&str>,
    tools: &Tools<'_>,
    inner: &mut Parser,
) {
    let wanted = r.view.profile.arguments;
    match arguments.kind() {
        Type::String => {
            let text = arguments.as_str().unwrap_or_default();
            if wanted == Arguments::Object && r.view.is_on(Rule::F002) {
                text_for_object(r, arguments, text, inner);
            } else {
                text_arguments(r, arguments, text, name, tools, inner);
            }
        }
        Type::Object => {
            if wanted == Arguments::Text {
                r.value(Rule::F002, arguments, || "arguments are an object, wanted a JSON string")
                    .fix(Level::Unsafe, || {
                        let text = String::from_utf8_lossy(arguments.raw());
                        repair::replace_with_string(arguments, &text)
                    });
            }
            tools.check_arguments(r, name, arguments);
        }
        _ if wanted == Arguments::NotRead => {}
        _ => {
            let wanted = match wanted {
                Arguments::Text => "a JSON string",
                Arguments::Object => "an object",
                _ => "a JSON string or an object",
            };
            r.value(Rule::F002, arguments, || {
                format!("arguments are {}, wanted {wanted}", with_article(arguments))
            });
        }
    }
}

/// What the text of string arguments holds.
enum Text {
    NotJson(String),
    Double(String),
    NotObject(String),
    /// An object; whether nothing in it is repeated.
    Object {
        unique: bool,
    },
}

/// Reads the text of string arguments; `found` sees the parsed object.
fn read_text(
    arguments: Value<'_>,
    text: &str,
    inner: &mut Parser,
    found: impl FnOnce(&Document<'_>),
) -> Text {
    let span = arguments.document().place(arguments.span());
    let origin = Origin { span, pointer: arguments.pointer() };
    let read = inner.parse(text.as_bytes(), Some(origin), |document, masked| {
        if !masked.non_finite.is_empty() {
            return Text::NotJson("it holds NaN or Infinity".to_owned());
        }
        let root = document.root();
        match root.kind() {
            Type::Object => {
                found(document);
                let unique = root.descendants().all(|v| super::line::repeated_key(v).is_none());
                Text::Object { unique }
            }
            Type::String => Text::Double(root.as_str().unwrap_or_default().to_owned()),
            _ => Text::NotObject(with_article(root)),
        }
    });
    match read {
        Ok(Text::Double(within)) => {
            let object = Parser::default()
                .parse(within.as_bytes(), None, |d, _| d.root().is_object() || d.root().is_array());
            match object {
                Ok(true) => Text::Double(within),
                _ => Text::NotObject("a string".to_owned()),
            }
        }
        Ok(other) => other,
        Err(_) if text.is_empty() => Text::NotJson("it is empty".to_owned()),
        Err(fault) => Text::NotJson(super::line::reason(&fault)),
    }
}

/// F003, F004, F005, F011 of arguments that are a string.
fn text_arguments(
    r: &mut Reporter<'_>,
    arguments: Value<'_>,
    text: &str,
    name: Option<&str>,
    tools: &Tools<'_>,
    inner: &mut Parser,
) {
    match read_text(arguments, text, inner, |document| {
        tools.check_arguments(r, name, document.root());
    }) {
        Text::Object { .. } => {}
        Text::NotJson(why) => {
            r.value(Rule::F003, arguments, || format!("arguments are not JSON: {why}")).fix(
                Level::Unsafe,
                || match text {
                    "" => repair::replace(arguments, "\"{}\""),
                    _ => Vec::new(),
                },
            );
        }
        Text::Double(within) => {
            r.value(Rule::F004, arguments, || {
                Words::new("arguments are a JSON string inside a JSON string")
                    .advice(format!("write the object once: {}", once(&within)))
            })
            .fix(Level::Unsafe, || repair::replace_with_string(arguments, &within));
        }
        Text::NotObject(what) => {
            r.value(Rule::F005, arguments, || {
                format!("arguments parse to {what}, wanted an object")
            });
        }
    }
}

/// An encoded object as an example, or a word for one that is too long to show.
fn once(within: &str) -> String {
    const SHOWN: usize = 40;
    match within.len() {
        0..SHOWN => quote(within),
        _ => "\"{...}\"".to_owned(),
    }
}

/// F002 of a string where the target wants an object.
fn text_for_object(r: &mut Reporter<'_>, arguments: Value<'_>, text: &str, inner: &mut Parser) {
    let clean = matches!(read_text(arguments, text, inner, |_| ()), Text::Object { unique: true });
    r.value(Rule::F002, arguments, || "arguments are a JSON string, wanted an object")
        .fix(Level::Safe, || if clean { repair::replace(arguments, text) } else { Vec::new() });
}

/// F012, F016, F017 of an assistant message with calls.
fn call_message(r: &mut Reporter<'_>, turn: &Turn<'_>, tools: &Tools<'_>) {
    let message = &turn.message;
    let calls = message.tool_calls.filter(|v| v.is_array() && !v.is_empty());
    let at = calls.or(message.function_call).unwrap_or(message.value);
    if !tools.any() {
        r.value(Rule::F012, at, || "the message calls a tool, and the record has no tools");
    }
    if let Some(content) = message.content.filter(|_| !message.is_content_empty()) {
        let thinking = message.reasoning_present().any(|(name, _)| name == "thinking");
        let severity = match thinking {
            true => r.case(Rule::F016, Case::ThinkingWithCalls),
            false => r.view.severity(Rule::F016),
        };
        r.value_as(Rule::F016, severity, content, || "the message has both content and tool calls");
    }
    if let Some(calls) = calls.filter(|calls| calls.len() > 1) {
        r.value(Rule::F017, calls, || format!("the message makes {} calls", calls.len()));
    }
}

/// F015
fn mistral_id(r: &mut Reporter<'_>, id: Value<'_>, text: &str, last: bool, list: &List<'_>) {
    let fits = text.len() == 9 && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if fits || (text == "null" && last) {
        return;
    }
    r.value(Rule::F015, id, || format!("the id is {}", quote(text)))
        .fix(Level::Unsafe, || rename_id(list, text, &nine_characters(text)));
}

/// Nine letters and digits made from an id, the same each time.
fn nine_characters(id: &str) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rest = xxhash_rust::xxh3::xxh3_64(id.as_bytes());
    let mut out = String::new();
    for _ in 0..9 {
        out.push(DIGITS[(rest % 62) as usize] as char);
        rest /= 62;
    }
    out
}

/// Writes another id in all calls and results of a list that have this one.
fn rename_id(list: &List<'_>, old: &str, new: &str) -> Vec<Edit> {
    let results = list.turns.iter().filter_map(|turn| turn.message.tool_call_id);
    let calls = list.turns.iter().flat_map(|turn| turn.message.calls()).filter_map(|c| c.get("id"));
    results
        .chain(calls)
        .filter(|id| id.as_str() == Some(old))
        .flat_map(|id| repair::replace_with_string(id, new))
        .collect()
}

/// F006
fn duplicate_ids(r: &mut Reporter<'_>, list: &List<'_>) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (index, turn) in list.turns.iter().enumerate() {
        for call in turn.message.calls() {
            let Some(id) = call.get("id") else { continue };
            let Some(text) = id.as_str() else { continue };
            if r.view.profile.null_ids && text == "null" {
                continue;
            }
            let count = seen.entry(text).or_insert(0);
            *count += 1;
            let count = *count;
            if count > 1 {
                r.value(Rule::F006, id, || format!("the id {} was used before", quote(text)))
                    .fix(Level::Unsafe, || new_id(list, index, id, text, count));
            }
        }
    }
}

/// A new id for the n-th call with the same id, and for the result of it that follows.
fn new_id(list: &List<'_>, index: usize, id: Value<'_>, old: &str, count: usize) -> Vec<Edit> {
    let new = format!("{old}_{count}");
    let same_message = list.turns[index]
        .message
        .calls()
        .filter(|call| call.get("id").is_some_and(|other| other.as_str() == Some(old)));
    let before = same_message.take_while(|call| call.get("id") != Some(id)).count();
    let results = list.turns[index + 1..].iter().take_while(|turn| turn.role.is_result());
    let result = results
        .filter_map(|turn| turn.message.tool_call_id)
        .filter(|result| result.as_str() == Some(old))
        .nth(before);
    let mut edits = repair::replace_with_string(id, &new);
    edits.extend(result.into_iter().flat_map(|r| repair::replace_with_string(r, &new)));
    edits
}

/// A call without a result so far.
struct OpenCall<'a> {
    id: Option<&'a str>,
    value: Value<'a>,
    /// Index of its message.
    turn: usize,
}

/// F007, F008 and F009: pairs results with calls over the turns of one conversation.
///
/// `turns` may run over several lists: a prompt and its answer.
pub fn pair(r: &mut Reporter<'_>, turns: &[Turn<'_>]) {
    let mut open: Vec<OpenCall<'_>> = Vec::new();
    for (index, turn) in turns.iter().enumerate() {
        let message = &turn.message;
        if turn.role.is_result() {
            result(r, turn, &mut open);
            continue;
        }
        close(r, &mut open);
        if turn.role == Role::Assistant && message.has_calls() {
            let function = message.function_call.filter(|call| call.is_object());
            let calls = message.calls().filter(|call| call.is_object());
            open.extend(calls.chain(function).map(|value| OpenCall {
                id: value.get("id").and_then(|id| id.as_str()),
                value,
                turn: index,
            }));
        }
    }
    open.retain(|call| call.turn + 1 != turns.len());
    close(r, &mut open);
}

fn close(r: &mut Reporter<'_>, open: &mut Vec<OpenCall<'_>>) {
    for call in open.drain(..) {
        r.value(Rule::F009, call.value, || match call.id {
            Some(id) => format!("the call {} has no result", quote(id)),
            None => "the call has no result".to_owned(),
        });
    }
}

/// F007 and F008 of one result; takes its call off the list.
fn result(r: &mut Reporter<'_>, turn: &Turn<'_>, open: &mut Vec<OpenCall<'_>>) {
    let message = &turn.message;
    let id = message.tool_call_id.and_then(|id| id.as_str());
    if id.is_none() && turn.role == Role::Tool {
        let only = match &open[..] {
            [call] => call.id,
            _ => None,
        };
        let place = message.tool_call_id.filter(|id| !id.is_null());
        let words = || "the tool result has no tool_call_id string";
        match place {
            Some(place) => r.value(Rule::F007, place, words),
            None => r.missing(Rule::F007, message.value, words),
        }
        .fix(Level::Unsafe, || match (only, message.value.member("tool_call_id")) {
            (Some(id), Some((_, old))) => repair::replace_with_string(old, id),
            (Some(id), None) => {
                let text = crate::record::text::to_json(id);
                repair::add_member(message.value, "tool_call_id", &text)
            }
            (None, _) => Vec::new(),
        });
    }
    let position = match id {
        None => (!open.is_empty()).then_some(0),
        Some(id) => open
            .iter()
            .position(|call| call.id == Some(id))
            .or_else(|| open.iter().position(|call| call.id.is_none())),
    };
    match position {
        Some(at) => drop(open.remove(at)),
        None => {
            let at = message.tool_call_id.unwrap_or(message.value);
            r.value(Rule::F008, at, || match (id, open.len()) {
                (Some(id), 1..) => {
                    format!("{} is none of {}", quote(id), plural(open.len(), "open call"))
                }
                _ => "the tool result follows no open call".to_owned(),
            });
        }
    }
}

/// The turns to pair: a conversation by itself, or each answer behind its prompt.
pub fn conversations<'a>(lists: &[List<'a>]) -> Vec<Vec<Turn<'a>>> {
    let prompt = lists.iter().find(|list| list.place == Place::Prompt);
    let broken = prompt.is_some_and(|list| list.broken);
    let answers = lists.iter().filter(|list| list.place != Place::Prompt);
    let mut all: Vec<Vec<Turn<'a>>> = answers
        .filter(|list| !list.broken && !broken)
        .map(|list| {
            let before = prompt.filter(|_| list.place == Place::Answer);
            before.iter().flat_map(|p| &p.turns).chain(&list.turns).copied().collect()
        })
        .collect();
    if all.is_empty() {
        all.extend(prompt.filter(|_| !broken).map(|list| list.turns.clone()));
    }
    all
}
