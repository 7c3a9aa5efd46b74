//! B: bytes and JSON of one line.

use std::collections::HashSet;
use std::ops::Range;

use crate::record::parse::{Fault, Masked};
use crate::record::{Document, Value};

use super::finding::{Reporter, Words, plural, quote};
use super::repair::{self, Edit, Level};
use super::schema::with_article;
use super::table::Rule;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A line that is no JSON value: B003, B004, B016, B017.
pub fn fault(r: &mut Reporter<'_>, line: &[u8], terminated: bool, fault: &Fault) {
    match fault {
        Fault::Utf8 { span, count } => {
            r.line(Rule::B003, span.clone(), || {
                let byte = line.get(span.start).copied().unwrap_or_default();
                let more = if *count > 1 {
                    format!(" and {} more", plural(count - 1, "such sequence"))
                } else {
                    String::new()
                };
                format!("byte {byte:02X} is not UTF-8{more}")
            })
            .fix(Level::Unsafe, || replace_ill_formed(line));
        }
        Fault::TooDeep { at, depth } => {
            r.line(Rule::B016, *at..at + 1, || {
                let limit = crate::record::parse::DEPTH_LIMIT;
                format!("{depth} arrays and objects are open at once, wanted at most {limit}")
            });
        }
        Fault::Trailing { at, values } => {
            r.line(Rule::B017, *at..*at, || {
                format!("{values} JSON values stand on the line, wanted one")
            })
            .fix(Level::Unsafe, || split_values(line));
        }
        Fault::Syntax { at, eof, .. } => {
            let hint = hint(line, *at, *eof, terminated);
            r.line(Rule::B004, *at..(at + 1).min(line.len().max(*at)), || {
                let words = Words::new(match hint {
                    Some((what, _)) => format!("{} ({what})", reason(fault, "the line")),
                    None => reason(fault, "the line"),
                });
                match hint {
                    Some((_, advice)) => words.advice(advice),
                    None => words,
                }
            })
            .fix(Level::Unsafe, || match is_comma_behind_object(line, *at) {
                true => vec![Edit::new(*at..line.len(), "")],
                false => Vec::new(),
            });
        }
    }
}

/// A fault in a few words; `whole` names what was read.
pub fn reason(fault: &Fault, whole: &str) -> String {
    match fault {
        Fault::Utf8 { .. } => "not UTF-8".to_owned(),
        Fault::TooDeep { depth, .. } => format!("{depth} levels deep"),
        Fault::Trailing { .. } => "more than one value".to_owned(),
        Fault::Syntax { reason, .. } => match reason.strip_prefix("EOF while parsing ") {
            Some(what) => format!("{whole} ends inside {}", article(what)),
            None => reason.clone(),
        },
    }
}

fn article(what: &str) -> String {
    match what {
        "a value" => what.to_owned(),
        "object" => "an object".to_owned(),
        "list" => "an array".to_owned(),
        what => format!("a {what}"),
    }
}

/// What a broken line looks like, and what to do then.
fn hint(
    line: &[u8],
    at: usize,
    eof: bool,
    terminated: bool,
) -> Option<(&'static str, &'static str)> {
    let rest = &line[at.min(line.len())..];
    if line.trim_ascii() == b"{" {
        return Some(("the file is pretty-printed", "write one object per line, as with: jq -c ."));
    }
    if is_comma_behind_object(line, at) {
        return Some(("a comma follows the object", "delete the comma"));
    }
    if line.starts_with(BOM) {
        return Some((
            "a byte order mark stands in mid-file, as when files are joined",
            "delete the three bytes at the start of the line",
        ));
    }
    if rest.starts_with(b"'") {
        return Some(("single quotes, as python prints a dict", "write it with json.dumps"));
    }
    if [&b"None"[..], b"True", b"False"].iter().any(|word| {
        rest.starts_with(word) || rest.starts_with(&word[1..]) || rest.starts_with(&word[..1])
    }) && word_at(line, at)
    {
        return Some(("a python literal", "write it with json.dumps"));
    }
    if eof && !terminated {
        return Some(("the file is cut off", "get the whole file again"));
    }
    None
}

/// Does `None`, `True` or `False` stand around this byte?
fn word_at(line: &[u8], at: usize) -> bool {
    let letters = |b: &&u8| b.is_ascii_alphabetic();
    let start = at - line[..at].iter().rev().take_while(letters).count();
    let end = at + line[at..].iter().take_while(letters).count();
    matches!(&line[start..end], b"None" | b"True" | b"False")
}

/// Is everything up to `at` one object, and all that follows one comma?
fn is_comma_behind_object(line: &[u8], at: usize) -> bool {
    line.get(at..).is_some_and(|rest| rest.trim_ascii() == b",")
        && line.trim_ascii_start().starts_with(b"{")
        && line[..at].trim_ascii_end().ends_with(b"}")
}

fn replace_ill_formed(line: &[u8]) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut at = 0;
    for chunk in line.utf8_chunks() {
        at += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            edits.push(Edit::new(at..at + chunk.invalid().len(), "\u{fffd}"));
            at += chunk.invalid().len();
        }
    }
    edits
}

/// A newline between the values of a line, in place of the blanks that part them.
fn split_values(line: &[u8]) -> Vec<Edit> {
    let mut values =
        serde_json::Deserializer::from_slice(line).into_iter::<serde::de::IgnoredAny>();
    let mut edits = Vec::new();
    while let Some(Ok(_)) = values.next() {
        let end = values.byte_offset();
        let blank = line[end..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        if end + blank < line.len() {
            edits.push(Edit::new(end..end + blank, "\n"));
        }
    }
    edits
}

/// B006: the line's value is no object.
pub fn not_object(r: &mut Reporter<'_>, root: Value<'_>) {
    r.value(Rule::B006, root, || {
        let words = Words::new(format!("the line holds {}", with_article(root)));
        let messages = !root.is_empty() && root.items().all(|item| item.get("role").is_some());
        if messages { words.advice("wrap the messages: {\"messages\":[...]}") } else { words }
    });
}

/// B007, B008, B009 of a line that was read.
pub fn read(r: &mut Reporter<'_>, document: &Document<'_>, masked: &Masked) {
    for value in document.root().descendants() {
        for (first, second) in repeated_keys(value) {
            r.within_as(Rule::B007, r.view.severity(Rule::B007), second.0, second.0.span(), || {
                format!("the key {} stands twice in this object", quote_key(second.0))
            })
            .fix(Level::Unsafe, || repair::delete_member(first.0, first.1));
        }
    }
    for span in &masked.non_finite {
        let text = String::from_utf8_lossy(&document.line[span.clone()]).into_owned();
        at(r, Rule::B008, document, span, || format!("{text} is not JSON"))
            .fix(Level::Unsafe, || vec![Edit::new(span.clone(), "null")]);
    }
    for span in &masked.lone_surrogates {
        let text = String::from_utf8_lossy(&document.line[span.clone()]).into_owned();
        at(r, Rule::B009, document, span, || format!("{text} is half of a surrogate pair"))
            .fix(Level::Unsafe, || vec![Edit::new(span.clone(), "\\ufffd")]);
    }
}

fn quote_key(key: Value<'_>) -> String {
    quote(key.as_str().unwrap_or_default())
}

/// About bytes of a value: the pointer is that of the innermost value around them.
fn at<'r, 's>(
    r: &'r mut Reporter<'s>,
    rule: Rule,
    document: &Document<'_>,
    span: &Range<usize>,
    words: impl FnOnce() -> String,
) -> super::finding::Report<'r> {
    let around =
        |value: &Value<'_>| value.span().start <= span.start && span.end <= value.span().end;
    let inner = document.root().descendants().filter(around).last().unwrap_or(document.root());
    let severity = r.view.severity(rule);
    r.within_as(rule, severity, inner, span.clone(), words)
}

/// The members of an object whose key stands again further on, each with the next of that key.
fn repeated_keys<'a>(object: Value<'a>) -> Vec<((Value<'a>, Value<'a>), (Value<'a>, Value<'a>))> {
    if !object.is_object() || repeated_key(object).is_none() {
        return Vec::new();
    }
    let mut last = std::collections::HashMap::new();
    let mut repeated = Vec::new();
    for member in object.members() {
        if let Some(before) = last.insert(member.0.as_str(), member) {
            repeated.push((before, member));
        }
    }
    repeated
}

/// Up to this many keys are compared pair by pair, which is faster than hashing them.
const FEW_KEYS: usize = 12;

/// The first key of an object that stood in it before.
pub fn repeated_key(object: Value<'_>) -> Option<Value<'_>> {
    let mut keys = object.members().map(|(key, _)| key);
    if object.len() <= FEW_KEYS {
        return keys.enumerate().find_map(|(index, key)| {
            let mut before = object.members().take(index);
            before.any(|(other, _)| other.as_str() == key.as_str()).then_some(key)
        });
    }
    let mut seen = HashSet::with_capacity(object.len());
    keys.find(|key| !seen.insert(key.as_str()))
}

/// B013: literal separators that are line ends to some readers. Strings hold them, if any.
pub fn separators(r: &mut Reporter<'_>, line: &[u8]) {
    let hits = separator_spans(line);
    let Some(first) = hits.first() else { return };
    r.line(Rule::B013, first.clone(), || {
        let name = separator_code(&line[first.clone()]);
        let more = match hits.len() {
            1 => String::new(),
            all => format!(" and {} more in this line", all - 1),
        };
        format!("a literal U+{} stands in the line{more}", name.to_uppercase())
    })
    .fix(Level::Safe, || {
        let escape = |span: &Range<usize>| {
            Edit::new(span.clone(), format!("\\u{}", separator_code(&line[span.clone()])))
        };
        hits.iter().map(escape).collect()
    });
}

fn separator_spans(line: &[u8]) -> Vec<Range<usize>> {
    let mut hits = Vec::new();
    for at in memchr::memchr2_iter(0xe2, 0xc2, line) {
        match &line[at..] {
            [0xe2, 0x80, 0xa8 | 0xa9, ..] => hits.push(at..at + 3),
            [0xc2, 0x85, ..] => hits.push(at..at + 2),
            _ => {}
        }
    }
    hits
}

fn separator_code(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xe2, 0x80, 0xa8] => "2028",
        [0xe2, 0x80, 0xa9] => "2029",
        _ => "0085",
    }
}

/// B015: a line longer than Arrow readers take. `limit` is the longest that is fine.
pub fn too_long(r: &mut Reporter<'_>, len: usize, limit: usize) {
    if len > limit {
        r.line(Rule::B015, 0..1, || format!("the line has {len} bytes, wanted at most {limit}"));
    }
}
