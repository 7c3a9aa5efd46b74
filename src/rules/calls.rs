//! F: tool calls and their arguments.

use crate::record::document::{Document, Kind as Type, Origin};
use crate::record::{Parser, Value};

use super::finding::{Reporter, Words, excerpt, quote};
use super::list::{List, Turn};
use super::profile::{Arguments, Case};
use super::repair::{self, Level};
use super::roles::Role;
use super::schema::{is_identifier, with_article};
use super::table::Rule;
use super::tools::Tools;

/// F001 to F005, F010 to F012, F014 to F017 of a list.
pub fn judge(r: &mut Reporter<'_>, list: &List<'_>, tools: &Tools<'_>, inner: &mut Parser) {
    for (index, turn) in list.turns.iter().enumerate() {
        shape(r, turn, tools, inner);
        if turn.message.has_calls() {
            call_message(r, turn, tools);
        }
        let last = index + 1 == list.turns.len();
        let calls = turn.message.calls().filter_map(|call| call.get("id"));
        for id in turn.message.tool_call_id.into_iter().chain(calls) {
            mistral_id(r, id, last);
        }
    }
}

/// F001 and what follows for each call.
fn shape(r: &mut Reporter<'_>, turn: &Turn<'_>, tools: &Tools<'_>, inner: &mut Parser) {
    let message = &turn.message;
    let object = message.value;
    let outside = turn.is_of_another();
    if let Some((key, calls)) = object.member("tool_calls").filter(|(_, v)| !v.is_null()) {
        if outside {
            r.value_in(Rule::F001, Case::CallsOutside, key, || {
                format!("tool_calls stands in a {} message", turn.whose())
            });
        } else if !calls.is_array() {
            r.value_in(Rule::F001, Case::CallsType, calls, || {
                format!("tool_calls is {}, wanted an array", with_article(calls))
            });
        } else if calls.is_empty() {
            r.value_in(Rule::F001, Case::EmptyCalls, calls, || {
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
            r.value_in(Rule::F001, Case::CallsOutside, key, || {
                format!("function_call stands in a {} message", turn.whose())
            });
        } else if !call.is_object() || !string("name") || !string("arguments") {
            r.value(Rule::F001, call, || {
                Words::new("function_call is not an object with string name and arguments")
                    .advice("write {\"name\":...,\"arguments\":\"...\"}")
            });
        }
        old_function(r, call, tools, inner);
    }
}

/// F001 of one element of `tool_calls`, then its function.
fn one_call(r: &mut Reporter<'_>, call: Value<'_>, tools: &Tools<'_>, inner: &mut Parser) {
    if !call.is_object() {
        r.value_in(Rule::F001, Case::CallsType, call, || {
            format!("a tool call is {}, wanted an object", with_article(call))
        });
        return;
    }
    let required = r.view.profile.call_keys;
    match call.get("id") {
        Some(id) if !id.is_string() && (!id.is_null() || required.contains(&"id")) => {
            r.value_in(Rule::F001, Case::CallId, id, || {
                format!("id is {}, wanted a string", with_article(id))
            });
        }
        None if required.contains(&"id") => {
            r.missing(Rule::F001, call, || "the call has no id");
        }
        _ => {}
    }
    match call.get("type") {
        Some(kind) if kind.as_str() != Some("function") => {
            r.value_in(Rule::F001, Case::CallId, kind, || {
                format!("type is {}, wanted \"function\"", excerpt(kind))
            });
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
            let case = match call.get("name") {
                Some(_) => Case::FlatCall,
                None => Case::NoFunction,
            };
            r.missing_as(Rule::F001, r.case(Rule::F001, case), call, || match call.get("name") {
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
            r.value_in(Rule::F001, Case::CallKey, name, || {
                format!("function.name is {}, wanted a string", with_article(name))
            });
        }
        None if required.contains(&"function.name") => {
            let severity = r.case(Rule::F001, Case::CallKey);
            r.missing_as(Rule::F001, severity, function, || "the function of the call has no name");
        }
        _ => {}
    }
    if function.get("arguments").is_none() && required.contains(&"function.arguments") {
        let severity = r.case(Rule::F001, Case::NoArguments);
        r.missing_as(
            Rule::F001,
            severity,
            function,
            || "the function of the call has no arguments",
        );
    }
}

/// F002 to F005, F010, F011, F014 of `{"name", "arguments"}`.
fn function(r: &mut Reporter<'_>, function: Value<'_>, tools: &Tools<'_>, inner: &mut Parser) {
    let name = function_name(r, function, tools);
    if let Some(arguments) = function.get("arguments") {
        arguments_of(r, arguments, name, tools, inner);
    }
}

/// The same of `function_call`, whose arguments are a string for every target (F001).
fn old_function(r: &mut Reporter<'_>, call: Value<'_>, tools: &Tools<'_>, inner: &mut Parser) {
    let name = function_name(r, call, tools);
    let arguments = call.get("arguments");
    if let Some((arguments, text)) = arguments.and_then(|value| Some((value, value.as_str()?))) {
        text_arguments(r, arguments, text, name, tools, inner);
    }
}

/// F010 and F014 of the name of a call; returns it.
fn function_name<'a>(
    r: &mut Reporter<'_>,
    function: Value<'a>,
    tools: &Tools<'_>,
) -> Option<&'a str> {
    let name = function.get("name")?;
    let text = name.as_str()?;
    if !is_identifier(text) {
        r.value(Rule::F014, name, || format!("the function name is {}", quote(text)));
    }
    if tools.any() && !tools.has(text) {
        r.value(Rule::F010, name, || format!("{} is not in tools", quote(text)));
    }
    Some(text)
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
                text_for_object(r, arguments, text, name, tools, inner);
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
            r.value_in(Rule::F002, Case::BadArguments, arguments, || {
                format!("arguments are {}, wanted {wanted}", with_article(arguments))
            });
        }
    }
}

/// The longest text that is read as JSON within a line: it takes a copy, and so memory that no limit on lines bounds.
/// A longer one counts as no JSON.
pub(super) const LONGEST_INNER: usize = 16 << 20;

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
    if text.len() > LONGEST_INNER {
        return Text::NotJson("they are longer than 16 MiB, which is not read".to_owned());
    }
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
        Err(fault) => Text::NotJson(fault.to_string()),
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
            let reader = match r.view.profile {
                profile if profile.is_default() => "the model learns".to_owned(),
                profile => format!("{} trains", profile.name),
            };
            r.value(Rule::F004, arguments, || {
                Words::new("arguments are a JSON string inside a JSON string")
                    .effect(format!("{reader} the extra quotes and backslashes"))
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

/// F002 of a string where the target wants an object; F011 of the object in it.
fn text_for_object(
    r: &mut Reporter<'_>,
    arguments: Value<'_>,
    text: &str,
    name: Option<&str>,
    tools: &Tools<'_>,
    inner: &mut Parser,
) {
    let read = read_text(arguments, text, inner, |document| {
        tools.check_arguments(r, name, document.root());
    });
    let clean = matches!(read, Text::Object { unique: true });
    let severity = match read {
        Text::Object { .. } => r.view.severity(Rule::F002),
        _ if text.contains(['"', '\\']) => r.view.severity(Rule::F002),
        _ => r.case(Rule::F002, Case::BadArguments),
    };
    r.value_as(Rule::F002, severity, arguments, || "arguments are a JSON string, wanted an object")
        .fix(Level::Safe, || if clean { repair::replace(arguments, text) } else { Vec::new() });
}

/// F012, F016, F017 of an assistant message with calls.
fn call_message(r: &mut Reporter<'_>, turn: &Turn<'_>, tools: &Tools<'_>) {
    let message = &turn.message;
    let calls = message.tool_calls.filter(|v| v.is_array() && !v.is_empty());
    let at = calls.or(message.function_call).unwrap_or(message.value);
    if tools.missing() {
        r.value(Rule::F012, at, || "the message calls a tool, and the record has no tools");
    }
    let answers = turn.role == Role::Assistant && !message.is_content_empty();
    if let Some(content) = message.content.filter(|_| answers) {
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

/// F015. Every place of an id has a finding of its own, and the new id is made from the old one, so that
/// calls and results still have the same.
fn mistral_id(r: &mut Reporter<'_>, id: Value<'_>, last: bool) {
    let Some(text) = id.as_str() else { return };
    let fits = text.len() == 9 && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if fits || (text == "null" && last) {
        return;
    }
    r.value(Rule::F015, id, || format!("the id is {}", quote(text)))
        .fix(Level::Unsafe, || repair::replace_with_string(id, &nine_characters(text)));
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
