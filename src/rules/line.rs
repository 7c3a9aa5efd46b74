//! B: bytes and JSON of one line.

use std::collections::HashSet;
use std::ops::Range;

use crate::record::fault::Fault;
use crate::record::lexer::Half;
use crate::record::parse::Masked;
use crate::record::{Document, Value};

use super::finding::{Reporter, Words, plural, quote, times};
use super::repair::{self, Edit, Level};
use super::schema::with_article;
use super::table::Rule;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A line that is no JSON value: B003, B004, B016, B017.
pub fn fault(r: &mut Reporter<'_>, line: &[u8], terminated: bool, fault: &Fault) {
    let most = r.most_edits();
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
            .fix(Level::Unsafe, || replace_ill_formed(line, most));
        }
        Fault::TooDeep { at, depth } => {
            r.line(Rule::B016, *at..at + 1, || {
                let limit = crate::record::parse::DEPTH_LIMIT;
                format!("{depth} arrays and objects are open at once, wanted at most {limit}")
            });
        }
        Fault::TooMany { .. } | Fault::NoMemory { .. } => {
            r.line(Rule::B016, 0..1, || {
                Words::new(fault.to_string())
                    .effect("the memory to judge it is bounded")
                    .advice("split the record")
            });
        }
        Fault::Trailing { at, values } => {
            r.line(Rule::B017, *at..at + 1, || {
                format!("{values} JSON values stand on the line, wanted one")
            })
            .fix(Level::Unsafe, || split_values(line, most));
        }
        Fault::Syntax { at, eof, .. } => {
            let hint = hint(line, *at, *eof, terminated);
            r.line(Rule::B004, *at..(at + 1).min(line.len().max(*at)), || {
                let words = Words::new(match hint {
                    Some((what, _)) => format!("{fault} ({what})"),
                    None => fault.to_string(),
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
    if line.trim_ascii_start().starts_with(b"<|") {
        return Some(("raw chat markup", "write the turns as messages"));
    }
    if starts_with_literal(rest) {
        return Some(("a python literal", "write it with json.dumps"));
    }
    if opens_a_word(line, at) {
        return Some(("perhaps an unescaped quote in a text", "write \\\" inside a string"));
    }
    if eof && !terminated {
        return Some(("the file is cut off", "get the whole file again"));
    }
    None
}

/// Does a word stand where a string has just ended?
fn opens_a_word(line: &[u8], at: usize) -> bool {
    let is_word = line.get(at).is_some_and(|b| b.is_ascii_alphabetic() || *b >= 0x80);
    is_word && line[..at].trim_ascii_end().ends_with(b"\"")
}

/// Does a word of python start here?
fn starts_with_literal(rest: &[u8]) -> bool {
    let is_letter = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let word = rest.split(|b| !is_letter(b)).next();
    matches!(word, Some(b"None" | b"True" | b"False"))
}

/// Is everything up to `at` one object, and all that follows one comma?
fn is_comma_behind_object(line: &[u8], at: usize) -> bool {
    line.get(at..).is_some_and(|rest| rest.trim_ascii() == b",")
        && line.trim_ascii_start().starts_with(b"{")
        && line[..at].trim_ascii_end().ends_with(b"}")
}

fn replace_ill_formed(line: &[u8], most: usize) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut at = 0;
    for chunk in line.utf8_chunks() {
        if edits.len() == most {
            break;
        }
        at += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            edits.push(Edit::new(at..at + chunk.invalid().len(), "\u{fffd}"));
            at += chunk.invalid().len();
        }
    }
    edits
}

/// A newline between the values of a line, in place of the blanks that part them.
fn split_values(line: &[u8], most: usize) -> Vec<Edit> {
    let mut values =
        serde_json::Deserializer::from_slice(line).into_iter::<serde::de::IgnoredAny>();
    let mut edits = Vec::new();
    while edits.len() < most
        && let Some(Ok(_)) = values.next()
    {
        let end = values.byte_offset();
        let blank = line[end..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        if end + blank < line.len() {
            edits.push(Edit::new(end..end + blank, "\n"));
        }
    }
    edits
}

/// B006: the line's value is no object; it may be the messages of one.
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
        repeated_keys(r, value);
    }
    for span in &masked.non_finite {
        let text = String::from_utf8_lossy(&document.line[span.clone()]);
        r.value(Rule::B008, document.at(span.start), || format!("{text} is not JSON"))
            .fix(Level::Unsafe, || vec![Edit::new(span.clone(), "null")]);
    }
    for halves in masked
        .lone_surrogates
        .chunk_by(|a, b| document.at(a.span.start) == document.at(b.span.start))
    {
        lone_surrogates(r, document, halves);
    }
}

/// B009: the halves of surrogate pairs in one string.
fn lone_surrogates(r: &mut Reporter<'_>, document: &Document<'_>, halves: &[Half]) {
    let Some(first) = halves.first() else { return };
    let severity = r.view.severity(Rule::B009);
    let string = document.at(first.span.start);
    r.within_as(Rule::B009, severity, string, first.span.clone(), || {
        let text = String::from_utf8_lossy(&first.written);
        let more = match halves.len() {
            1 => String::new(),
            all => format!(" and {} more in this string", all - 1),
        };
        format!("{text} is half of a surrogate pair{more}")
    })
    .fix(Level::Unsafe, || {
        halves.iter().map(|half| Edit::new(half.span.clone(), "\\ufffd")).collect()
    });
}

/// B007: one finding for each key that is repeated, at the second one.
fn repeated_keys(r: &mut Reporter<'_>, object: Value<'_>) {
    if !object.is_object() || repeated_key(object).is_none() {
        return;
    }
    let mut members: Vec<_> = object.members().collect();
    members.sort_by_key(|(key, _)| key.as_str());
    let mut same: Vec<_> = members
        .chunk_by(|(a, _), (b, _)| a.as_str() == b.as_str())
        .filter(|same| same.len() > 1)
        .collect();
    same.sort_by_key(|same| same[1].0.span().start);
    for same in same {
        r.value(Rule::B007, same[1].0, || {
            let count = match same.len() {
                2 => "twice".to_owned(),
                count => times(count),
            };
            let key = quote(same[0].0.as_str().unwrap_or_default());
            format!("the key {key} stands {count} in this object")
        })
        .fix(Level::Unsafe, || {
            let dropped = &same[..same.len() - 1];
            dropped.iter().flat_map(|(key, value)| repair::delete_member(*key, *value)).collect()
        });
    }
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

/// The literal separators of a line that are line ends to some readers: the first, and how many there are.
pub struct Separators {
    first: Range<usize>,
    code: &'static str,
    count: usize,
}

impl Separators {
    /// Those of a line, if it has any.
    pub fn of(line: &[u8]) -> Option<Separators> {
        let first = separator_spans(line).next()?;
        let code = separator_code(&line[first.clone()]);
        Some(Separators { first, code, count: separator_spans(line).count() })
    }
}

/// B013: literal separators. Strings hold them, if any. `line` is looked at for a repair only.
pub fn separators(r: &mut Reporter<'_>, found: &Separators, line: &[u8]) {
    let most = r.most_edits();
    r.line(Rule::B013, found.first.clone(), || {
        let more = match found.count {
            1 => String::new(),
            all => format!(" and {} more in this line", all - 1),
        };
        format!("a literal U+{} stands in the line{more}", found.code.to_uppercase())
    })
    .fix(Level::Safe, || {
        let escape = |span: Range<usize>| {
            let text = format!("\\u{}", separator_code(&line[span.clone()]));
            Edit::new(span, text)
        };
        separator_spans(line).map(escape).take(most).collect()
    });
}

fn separator_spans(line: &[u8]) -> impl Iterator<Item = Range<usize>> {
    memchr::memchr2_iter(0xe2, 0xc2, line).filter_map(|at| match &line[at..] {
        [0xe2, 0x80, 0xa8 | 0xa9, ..] => Some(at..at + 3),
        [0xc2, 0x85, ..] => Some(at..at + 2),
        _ => None,
    })
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
