//! Writing a value into a record so that a pointer leads to it: where in its bytes, and what around it.
//!
//! All other bytes of the line stay as they are.

use std::ops::Range;

use super::Value;
use super::text::to_json;

/// An edit of the bytes of a line that puts a value in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insertion {
    /// What the value takes the place of, counted from the start of the record.
    pub span: Range<usize>,
    /// What is written before the value.
    pub before: String,
    /// What is written behind it.
    pub behind: String,
}

/// Where a value is written so that `pointer` leads to it: in place of the value that is there, or as the
/// last member of the deepest object on the way. None when something on the way is no object.
pub fn place(root: Value<'_>, pointer: &str) -> Option<Insertion> {
    let tokens: Vec<String> = pointer
        .split('/')
        .skip(1)
        .map(|token| token.replace("~1", "/").replace("~0", "~"))
        .collect();
    let mut at = root;
    for (depth, token) in tokens.iter().enumerate() {
        if at.is_null() {
            // Nothing is there yet.
            let before: String =
                tokens[depth..].iter().map(|token| format!("{{{}:", to_json(token))).collect();
            return Some(Insertion {
                span: at.span(),
                before,
                behind: "}".repeat(tokens.len() - depth),
            });
        }
        if !at.is_object() {
            return None;
        }
        match at.get(token) {
            Some(value) => at = value,
            None => return Some(member(at, &tokens[depth..])),
        }
    }
    Some(Insertion { span: at.span(), before: String::new(), behind: String::new() })
}

/// A new last member of an object: an object in an object for each further token.
fn member(object: Value<'_>, tokens: &[String]) -> Insertion {
    let end = object.span().end - 1;
    let last =
        object.members().last().map_or(object.span().start + 1, |(_, value)| value.span().end);
    let comma = if object.is_empty() { "" } else { "," };
    let keys: Vec<String> = tokens.iter().map(|token| format!("{}:", to_json(token))).collect();
    Insertion {
        span: last.min(end)..last.min(end),
        before: format!("{comma}{}", keys.join("{")),
        behind: "}".repeat(tokens.len() - 1),
    }
}

impl Insertion {
    /// The line with a value, which is JSON, in it; `start` is where the record starts in the line.
    pub fn write(&self, line: &[u8], start: usize, value: &str) -> Vec<u8> {
        let (from, to) = (start + self.span.start, start + self.span.end);
        [
            &line[..from],
            self.before.as_bytes(),
            value.as_bytes(),
            self.behind.as_bytes(),
            &line[to..],
        ]
        .concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Parser;

    fn inserted(line: &str, pointer: &str) -> Option<String> {
        let insertion = Parser::default()
            .parse(line.as_bytes(), None, |document, _| place(document.root(), pointer))
            .unwrap()?;
        Some(String::from_utf8(insertion.write(line.as_bytes(), 0, "7")).unwrap())
    }

    #[test]
    fn the_rest_of_the_line_stays_as_it_was() {
        let table = [
            (r#"{"a" : 1 }"#, "/c", Some(r#"{"a" : 1,"c":7 }"#)),
            (r#"{ }"#, "/c", Some(r#"{"c":7 }"#)),
            (r#"{"c":"old","d":2}"#, "/c", Some(r#"{"c":7,"d":2}"#)),
            (r#"{"m":{"x":[1]}}"#, "/m/c", Some(r#"{"m":{"x":[1],"c":7}}"#)),
            (r#"{"m":{}}"#, "/m/a/b", Some(r#"{"m":{"a":{"b":7}}}"#)),
            (r#"{"m":{}}"#, "/m~1~0", Some(r#"{"m":{},"m/~":7}"#)),
            (r#"{"m": null}"#, "/m/c/d", Some(r#"{"m": {"c":{"d":7}}}"#)),
            (r#"{"m":[1]}"#, "/m/c", None),
        ];
        for (line, pointer, wanted) in table {
            assert_eq!(inserted(line, pointer).as_deref(), wanted, "{line} {pointer}");
        }
    }
}
