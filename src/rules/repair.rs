//! Repairs: the smallest edit of a line's bytes that takes a fault away.
//!
//! A rule that knows a repair attaches its edits to the finding. Applying them changes only the bytes of
//! the value repaired; key order, spacing, number texts and escapes of the rest stay. A repair that would
//! touch bytes of another one waits for the next round, when the line has been judged again.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;

use crate::record::Value;
use crate::record::text::to_json;

use super::table::Rule;

/// How much a repair may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The text to be trained stays the same and nothing is guessed.
    Safe,
    /// Something is dropped or guessed, or the trained text changes.
    Unsafe,
}

/// Bytes of a line and what to write in their place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Edit {
    /// Offsets from the start of the line; empty to insert.
    pub span: Range<usize>,
    /// The new bytes.
    pub text: Vec<u8>,
}

impl Edit {
    /// An edit of these bytes.
    pub fn new(span: Range<usize>, text: impl Into<Vec<u8>>) -> Edit {
        Edit { span, text: text.into() }
    }
}

/// One repair: all of its edits are made, or none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Fix {
    /// How much it does.
    pub level: Level,
    /// What it changes.
    pub edits: Vec<Edit>,
}

/// The repairs made: the rule of each, and how much it did.
pub type Made = Vec<(Rule, Level)>;

/// Makes those of the repairs that do not touch one another, the first found first.
///
/// Returns the new line and the rules whose repair was made; None when there was nothing to make.
pub fn apply<'f>(
    line: &[u8],
    fixes: impl IntoIterator<Item = (Rule, &'f Fix)>,
) -> Option<(Vec<u8>, Made)> {
    // Edits by where they start; those of different repairs do not touch, so that only neighbours can.
    let mut taken: BTreeMap<(usize, usize), &Edit> = BTreeMap::new();
    let mut made = Vec::new();
    for (rule, fix) in fixes {
        let clash = |edit: &Edit| {
            let start = edit.span.start;
            let before = taken.range(..=(start, usize::MAX)).next_back();
            let behind = taken.range((start, 0)..).next();
            before.into_iter().chain(behind).any(|(_, other)| touches(&edit.span, &other.span))
        };
        if fix.edits.iter().any(clash) {
            continue;
        }
        taken.extend(fix.edits.iter().map(|edit| ((edit.span.start, edit.span.end), edit)));
        made.push((rule, fix.level));
    }
    if made.is_empty() {
        return None;
    }
    let mut out = Vec::with_capacity(line.len());
    let mut at = 0;
    for edit in taken.into_values() {
        out.extend_from_slice(&line[at..edit.span.start]);
        out.extend_from_slice(&edit.text);
        at = edit.span.end;
    }
    out.extend_from_slice(&line[at..]);
    Some((out, made))
}

/// Spans that share a byte, or of which one inserts where the other begins.
fn touches(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end || a.start == b.start
}

/// Writes another text in the place of a value.
pub fn replace(value: Value<'_>, text: impl Into<Vec<u8>>) -> Vec<Edit> {
    vec![Edit::new(value.span(), text)]
}

/// Writes a string in the place of a value.
pub fn replace_with_string(value: Value<'_>, text: &str) -> Vec<Edit> {
    replace(value, to_json(text))
}

/// Deletes the member with this key, and the comma that parts it from its neighbour.
pub fn delete_member(key: Value<'_>, value: Value<'_>) -> Vec<Edit> {
    let line = key.document().line;
    vec![Edit::new(with_comma(line, key.span().start..value.span().end), "")]
}

/// Deletes an element of an array, and the comma that parts it from its neighbour.
pub fn delete_item(item: Value<'_>) -> Vec<Edit> {
    vec![Edit::new(with_comma(item.document().line, item.span()), "")]
}

/// Adds a member at the end of an object that has one already.
pub fn add_member(object: Value<'_>, key: &str, value: &str) -> Vec<Edit> {
    let end = object.members().last().map(|(_, last)| last.span().end);
    let insert = |at: usize| Edit::new(at..at, format!(",{}:{value}", to_json(key)));
    end.map(insert).into_iter().collect()
}

/// The span with the comma behind it and the blanks after that, or else the comma before it.
fn with_comma(line: &[u8], span: Range<usize>) -> Range<usize> {
    let blank = |b: &&u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n');
    let behind = line[span.end..].iter().take_while(blank).count() + span.end;
    if line.get(behind) == Some(&b',') {
        let blanks = line[behind + 1..].iter().take_while(blank).count();
        return span.start..behind + 1 + blanks;
    }
    let before = span.start - line[..span.start].iter().rev().take_while(blank).count();
    match before.checked_sub(1).map(|at| (at, line[at])) {
        Some((at, b',')) => at..span.end,
        _ => span,
    }
}

/// Raw JSON of an array of text parts as one string, when all parts are texts.
pub fn joined_texts(content: Value<'_>) -> Option<String> {
    let mut joined = String::new();
    for part in content.items() {
        if crate::record::chat::part_type(part) != Some("text") {
            return None;
        }
        joined.push_str(part.get("text")?.as_str()?);
    }
    Some(joined)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Parser;

    fn delete(line: &str, key: &str) -> String {
        Parser::default()
            .parse(line.as_bytes(), None, |doc, _| {
                let (key, value) = doc.root().member(key).unwrap();
                let edit = &delete_member(key, value)[0];
                let mut out = line.as_bytes().to_vec();
                out.splice(edit.span.clone(), edit.text.clone());
                String::from_utf8(out).unwrap()
            })
            .unwrap()
    }

    #[test]
    fn a_member_goes_with_one_comma_and_the_rest_keeps_its_bytes() {
        let line = r#"{ "a": 1.0 , "b":2,"c" : 3 }"#;
        assert_eq!(delete(line, "a"), r#"{ "b":2,"c" : 3 }"#);
        assert_eq!(delete(line, "b"), r#"{ "a": 1.0 , "c" : 3 }"#);
        assert_eq!(delete(line, "c"), r#"{ "a": 1.0 , "b":2 }"#);
        assert_eq!(delete(r#"{ "a":1 }"#, "a"), "{  }");
        assert_eq!(delete("{\"a\":1\r,\r\"b\":2}", "b"), "{\"a\":1\r}");
    }
}
