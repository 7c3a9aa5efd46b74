//! Methods of Python's strings, dicts and lists, which templates call as if they were Python.
//!
//! Here are those whose result differs from what Rust's namesakes give, and some that the engine's own
//! collection lacks; that collection has the rest.

use minijinja::value::{Kwargs, Tuple, Value, ValueKind, from_args};
use minijinja::{Error, ErrorKind, State};
use minijinja_contrib::pycompat;

use super::room;

/// Calls a method of a value: what the engine asks for when it knows none of that name.
pub(super) fn call(
    state: &mut State<'_, '_>,
    value: &Value,
    method: &str,
    args: &[Value],
) -> Result<Value, Error> {
    let known = match value.as_str() {
        Some(text) => {
            room::check_method(text, method, args)?;
            of_string(text, method, args)?
        }
        None => of_container(value, method, args)?,
    };
    match known {
        Some(result) => Ok(result),
        None => pycompat::unknown_method_callback(state, value, method, args),
    }
}

fn of_string(text: &str, method: &str, args: &[Value]) -> Result<Option<Value>, Error> {
    Ok(Some(match method {
        "strip" | "lstrip" | "rstrip" => {
            let (chars,): (Option<&str>,) = from_args(args)?;
            Value::from(strip(text, chars, method != "rstrip", method != "lstrip"))
        }
        "split" | "rsplit" => {
            let [separator, most] = arguments(args, ["sep", "maxsplit"])?;
            let most = match most {
                Some(most) => usize::try_from(i64::try_from(most)?).unwrap_or(usize::MAX),
                None => usize::MAX,
            };
            let parts = split(text, separator.as_ref(), most, method == "rsplit")?;
            Value::from(parts.into_iter().map(Value::from).collect::<Vec<Value>>())
        }
        "splitlines" => {
            let [keep] = arguments(args, ["keepends"])?;
            let lines = split_lines(text, keep.is_some_and(|keep| keep.is_true()));
            Value::from(lines.into_iter().map(Value::from).collect::<Vec<Value>>())
        }
        "partition" | "rpartition" => {
            let (separator,): (&str,) = from_args(args)?;
            let found = if method == "partition" {
                text.split_once(separator)
            } else {
                text.rsplit_once(separator)
            };
            let parts = match found {
                Some((before, behind)) => [before, separator, behind],
                None if method == "partition" => [text, "", ""],
                None => ["", "", text],
            };
            Value::from(Tuple::from(parts.map(Value::from)))
        }
        "removeprefix" => {
            let (prefix,): (&str,) = from_args(args)?;
            Value::from(text.strip_prefix(prefix).unwrap_or(text))
        }
        "removesuffix" => {
            let (suffix,): (&str,) = from_args(args)?;
            Value::from(text.strip_suffix(suffix).unwrap_or(text))
        }
        "isspace" => {
            let () = from_args(args)?;
            Value::from(!text.is_empty() && text.chars().all(is_space))
        }
        "index" => {
            let (what,): (&str,) = from_args(args)?;
            let at = text.find(what).ok_or_else(|| unfit("substring not found"))?;
            Value::from(text[..at].chars().count())
        }
        _ => return Ok(None),
    }))
}

fn of_container(value: &Value, method: &str, args: &[Value]) -> Result<Option<Value>, Error> {
    Ok(match (value.kind(), method) {
        (ValueKind::Map | ValueKind::Seq, "copy") => {
            let () = from_args(args)?;
            Some(value.clone())
        }
        (ValueKind::Seq | ValueKind::Iterable, "index") => {
            let (what,): (&Value,) = from_args(args)?;
            let at = value.try_iter()?.position(|item| item == *what);
            Some(Value::from(at.ok_or_else(|| unfit("the list does not hold the value"))?))
        }
        _ => None,
    })
}

/// The arguments of these names, given by place or by name; `None` given counts as not given.
fn arguments<const N: usize>(
    args: &[Value],
    names: [&str; N],
) -> Result<[Option<Value>; N], Error> {
    let (placed, named) = match args.split_last() {
        Some((last, before)) if last.is_kwargs() => (before, Kwargs::try_from(last.clone())?),
        _ => (args, Kwargs::from_iter(std::iter::empty::<(&str, Value)>())),
    };
    if placed.len() > N {
        return Err(Error::from(ErrorKind::TooManyArguments));
    }
    let mut found = [const { None::<Value> }; N];
    for (index, (slot, name)) in found.iter_mut().zip(names).enumerate() {
        let given = match placed.get(index) {
            Some(value) => Some(value.clone()),
            None if named.has(name) => Some(named.get(name)?),
            None => None,
        };
        *slot = given.filter(|value| !value.is_none());
    }
    named.assert_all_used()?;
    Ok(found)
}

/// White space as `str.isspace` has it: the separators of information too, which Unicode leaves out.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// Without these characters (else white space) at its start, its end or both.
pub(super) fn strip<'a>(text: &'a str, chars: Option<&str>, start: bool, end: bool) -> &'a str {
    let goes = |c: char| match chars {
        Some(chars) => chars.contains(c),
        None => is_space(c),
    };
    let text = if start { text.trim_start_matches(goes) } else { text };
    if end { text.trim_end_matches(goes) } else { text }
}

fn split<'a>(
    text: &'a str,
    separator: Option<&Value>,
    most: usize,
    from_end: bool,
) -> Result<Vec<&'a str>, Error> {
    let Some(separator) = separator else {
        return Ok(if from_end { words_from_end(text, most) } else { words(text, most) });
    };
    let separator = separator.as_str().ok_or_else(|| unfit("a string is split at strings only"))?;
    if separator.is_empty() {
        return Err(unfit("empty separator"));
    }
    let parts = most.saturating_add(1);
    if !from_end {
        return Ok(text.splitn(parts, separator).collect());
    }
    let mut found: Vec<&str> = text.rsplitn(parts, separator).collect();
    found.reverse();
    Ok(found)
}

/// Split at runs of white space, at most so often; what is left keeps the white space at its end.
fn words(text: &str, most: usize) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches(is_space);
    while !rest.is_empty() {
        let cut = if found.len() < most { rest.find(is_space) } else { None };
        let (word, behind) = rest.split_at(cut.unwrap_or(rest.len()));
        found.push(word);
        rest = behind.trim_start_matches(is_space);
    }
    found
}

/// The same from the end.
fn words_from_end(text: &str, most: usize) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text.trim_end_matches(is_space);
    while !rest.is_empty() {
        let cut = if found.len() < most { rest.rfind(is_space) } else { None };
        let start = cut.map_or(0, |at| at + rest[at..].chars().next().map_or(0, char::len_utf8));
        found.push(&rest[start..]);
        rest = rest[..cut.unwrap_or(0)].trim_end_matches(is_space);
    }
    found.reverse();
    found
}

fn split_lines(text: &str, keep: bool) -> Vec<&str> {
    let is_end = |c: char| matches!(c, '\n'..='\r' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(is_end).unwrap_or(rest.len());
        let width = if rest[end..].starts_with("\r\n") {
            2
        } else {
            rest[end..].chars().next().map_or(0, char::len_utf8)
        };
        lines.push(&rest[..if keep { end + width } else { end }]);
        rest = &rest[end + width..];
    }
    lines
}

fn unfit(what: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, what.to_owned())
}
