//! JSON as Python's `json.dumps` writes it, and values as Python's `str` does.
//!
//! Templates print tools and arguments as JSON, and every blank in it is a token: the engine's own
//! writer, which leaves blanks out and escapes for HTML, would give other counts.

use std::fmt::Write;

use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{Error, ErrorKind};

use super::room::{self, DEPTH_LIMIT};

/// How to write: the arguments of `json.dumps` that templates can give.
struct Style {
    ensure_ascii: bool,
    sort_keys: bool,
    indent: Option<String>,
    item: String,
    key: String,
}

/// The filter `tojson` as the transformers library defines it.
pub(super) fn tojson(value: &Value, args: &[Value], named: &Kwargs) -> Result<String, Error> {
    const NAMES: [&str; 4] = ["ensure_ascii", "indent", "separators", "sort_keys"];
    let mut given = [const { None::<Value> }; 4];
    for (slot, arg) in given.iter_mut().zip(args) {
        *slot = Some(arg.clone());
    }
    for (slot, name) in given.iter_mut().zip(NAMES) {
        if named.has(name) {
            *slot = Some(named.get(name)?);
        }
    }
    named.assert_all_used()?;
    let [ensure_ascii, indent, separators, sort_keys] = given;
    let is_true = |value: Option<Value>| value.is_some_and(|value| value.is_true());
    let indent = match indent {
        None => None,
        Some(indent) if indent.is_none() => None,
        Some(indent) => Some(match indent.as_str() {
            Some(text) => text.to_owned(),
            None => {
                let width = i64::try_from(indent).unwrap_or(0).clamp(0, MOST_INDENT);
                " ".repeat(width as usize)
            }
        }),
    };
    let (item, key) = match separators {
        Some(pair) if !pair.is_none() => {
            (pair.get_item_by_index(0)?.to_string(), pair.get_item_by_index(1)?.to_string())
        }
        _ if indent.is_some() => (",".to_owned(), ": ".to_owned()),
        _ => (", ".to_owned(), ": ".to_owned()),
    };
    let style = Style {
        ensure_ascii: is_true(ensure_ascii),
        sort_keys: is_true(sort_keys),
        indent,
        item,
        key,
    };
    let mut out = String::new();
    style.value(value, 0, &mut out)?;
    Ok(out)
}

/// Blanks for a level that a template can ask for; more is nothing that anyone wants.
const MOST_INDENT: i64 = 64;

impl Style {
    fn value(&self, value: &Value, depth: usize, out: &mut String) -> Result<(), Error> {
        room::take(out.len())?;
        if depth > DEPTH_LIMIT {
            return Err(unfit("nested too deeply for JSON"));
        }
        match value.kind() {
            ValueKind::None => out.push_str("null"),
            ValueKind::Bool => out.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => number(value, Names::Json, out),
            ValueKind::String => self.string(value.as_str().unwrap_or_default(), out),
            ValueKind::Seq | ValueKind::Iterable => {
                room::holds(value.len())?;
                let items: Vec<Value> = value.try_iter()?.collect();
                self.list(&items, ['[', ']'], depth, out, |item, out| {
                    self.value(item, depth + 1, out)
                })?;
            }
            ValueKind::Map => {
                let mut members = Vec::new();
                for key in value.try_iter()? {
                    members.push((key_text(&key)?, value.get_item(&key)?));
                }
                if self.sort_keys {
                    members.sort_by(|a, b| a.0.cmp(&b.0));
                }
                self.list(&members, ['{', '}'], depth, out, |(key, member), out| {
                    self.string(key, out);
                    out.push_str(&self.key);
                    self.value(member, depth + 1, out)
                })?;
            }
            ValueKind::Plain => out.push_str(&value.to_string()),
            kind => return Err(unfit(&format!("a value of type {kind} is no JSON"))),
        }
        Ok(())
    }

    fn list<T>(
        &self,
        items: &[T],
        brackets: [char; 2],
        depth: usize,
        out: &mut String,
        mut write: impl FnMut(&T, &mut String) -> Result<(), Error>,
    ) -> Result<(), Error> {
        out.push(brackets[0]);
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                out.push_str(&self.item);
            }
            self.line(depth + 1, out);
            write(item, out)?;
        }
        if !items.is_empty() {
            self.line(depth, out);
        }
        out.push(brackets[1]);
        Ok(())
    }

    fn line(&self, depth: usize, out: &mut String) {
        if let Some(indent) = &self.indent {
            out.push('\n');
            for _ in 0..depth {
                out.push_str(indent);
            }
        }
    }

    fn string(&self, text: &str, out: &mut String) {
        out.push('"');
        let mut plain = 0;
        for (at, c) in text.char_indices() {
            if matches!(c, ' '..='~') && c != '"' && c != '\\' || !self.ensure_ascii && c > '~' {
                continue;
            }
            out.push_str(&text[plain..at]);
            plain = at + c.len_utf8();
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                c => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        // Writing to a string cannot fail.
                        let _ = write!(out, "\\u{unit:04x}");
                    }
                }
            }
        }
        out.push_str(&text[plain..]);
        out.push('"');
    }
}

/// How the three floats are called that are no numbers.
#[derive(Clone, Copy)]
enum Names {
    Json,
    Python,
}

fn number(value: &Value, names: Names, out: &mut String) {
    if value.is_integer() {
        let _ = write!(out, "{value}");
        return;
    }
    let float = f64::try_from(value.clone()).unwrap_or(f64::NAN);
    let words = match names {
        Names::Json => ["NaN", "Infinity", "-Infinity"],
        Names::Python => ["nan", "inf", "-inf"],
    };
    if float.is_nan() {
        out.push_str(words[0]);
    } else if float.is_infinite() {
        out.push_str(words[if float > 0.0 { 1 } else { 2 }]);
    } else {
        push_float(float, out);
    }
}

/// A finite float as Python's `repr` writes it. Rust takes the same shortest digits and changes to
/// exponents at the same sizes, but writes them without sign and leading zero.
fn push_float(float: f64, out: &mut String) {
    let text = format!("{float:?}");
    match text.split_once('e') {
        None => out.push_str(&text),
        Some((digits, exponent)) => {
            let (sign, exponent) = match exponent.strip_prefix('-') {
                Some(exponent) => ('-', exponent),
                None => ('+', exponent),
            };
            let digits = digits.strip_suffix(".0").unwrap_or(digits);
            let _ = write!(out, "{digits}e{sign}{exponent:0>2}");
        }
    }
}

fn key_text(key: &Value) -> Result<String, Error> {
    let mut out = String::new();
    match key.kind() {
        ValueKind::String => out.push_str(key.as_str().unwrap_or_default()),
        ValueKind::Number => number(key, Names::Json, &mut out),
        ValueKind::Bool => out.push_str(if key.is_true() { "true" } else { "false" }),
        ValueKind::None => out.push_str("null"),
        kind => return Err(unfit(&format!("a key of type {kind} is no JSON"))),
    }
    Ok(out)
}

fn unfit(what: &str) -> Error {
    Error::new(ErrorKind::BadSerialization, what.to_owned())
}

/// Adds a value as Python's `str` gives it: what `{{ value }}` prints.
pub(super) fn push_str(value: &Value, out: &mut String) -> Result<(), Error> {
    match value.kind() {
        ValueKind::String => out.push_str(value.as_str().unwrap_or_default()),
        ValueKind::Undefined => {}
        _ => push_repr(value, 0, out)?,
    }
    Ok(())
}

/// Adds a value as Python's `repr` gives it: what stands inside a printed list.
fn push_repr(value: &Value, depth: usize, out: &mut String) -> Result<(), Error> {
    room::take(out.len())?;
    if depth > DEPTH_LIMIT {
        out.push_str("...");
        return Ok(());
    }
    match value.kind() {
        ValueKind::Number => number(value, Names::Python, out),
        ValueKind::Seq | ValueKind::Iterable if value.len().is_some() => {
            let brackets = if value.is_tuple() { ['(', ')'] } else { ['[', ']'] };
            out.push(brackets[0]);
            let mut count = 0;
            for item in value.try_iter().into_iter().flatten() {
                if count > 0 {
                    out.push_str(", ");
                }
                count += 1;
                push_repr(&item, depth + 1, out)?;
            }
            if count == 1 && value.is_tuple() {
                out.push(',');
            }
            out.push(brackets[1]);
        }
        ValueKind::Map => {
            out.push('{');
            for (index, key) in value.try_iter().into_iter().flatten().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                push_repr(&key, depth + 1, out)?;
                out.push_str(": ");
                let member = value.get_item(&key).unwrap_or_default();
                push_repr(&member, depth + 1, out)?;
            }
            out.push('}');
        }
        ValueKind::Undefined => out.push_str("Undefined"),
        // Strings are quoted as Python quotes them; `None`, `True` and `False` are as they print.
        ValueKind::String => {
            let _ = write!(out, "{value:?}");
        }
        _ => {
            let _ = write!(out, "{value}");
        }
    }
    Ok(())
}
