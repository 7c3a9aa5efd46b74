//! JSON that the tools write themselves: findings, reports, statistics.
//!
//! JSON lets most characters stand in a string as they are, so a program that prints its findings as
//! JSON passes on whatever a record held, to the terminal of the one who looks. Here every hazard of
//! [`terminal::is_hazard`](crate::cli::terminal::is_hazard) is written as a `\u` escape. Any parser
//! gives the same text back. Records never come this way: they leave byte for byte as they came.

use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::terminal::is_hazard;

/// Appends `text` to `out` as a JSON string in quotes, every hazard escaped.
pub fn json_string(out: &mut String, text: &str) {
    let mut bytes = Vec::with_capacity(text.len() + 2);
    // Neither a Vec nor a string can fail to be written; what arrives is UTF-8 as it was.
    let _ = text.serialize(&mut Serializer::with_formatter(&mut bytes, AsciiSafe));
    out.push_str(&String::from_utf8_lossy(&bytes));
}

/// `value` as one line of compact JSON with a newline behind it, every hazard in a string escaped.
///
/// The value must be one that JSON can hold: the keys of its maps are strings, and its own `Serialize`
/// does not fail. Another gives the line `null`.
pub fn to_json_line<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut line = Vec::with_capacity(256);
    if value.serialize(&mut Serializer::with_formatter(&mut line, AsciiSafe)).is_err() {
        line.clear();
        line.extend_from_slice(b"null");
    }
    line.push(b'\n');
    line
}

/// A formatter for [`serde_json::Serializer`]: compact, with every hazard in a string escaped.
///
/// Characters beyond ASCII that are no hazard stay as they are.
#[derive(Clone, Copy, Debug, Default)]
pub struct AsciiSafe;

impl Formatter for AsciiSafe {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|&(_, c)| is_hazard(c)) {
            writer.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &str) -> String {
        let mut out = String::new();
        json_string(&mut out, text);
        out
    }

    #[test]
    fn strips_escape_sequences_from_json() {
        assert_eq!(string("a\u{1b}[2J\u{7f}\u{9b}"), r#""a\u001b[2J\u007f\u009b""#);
    }

    #[test]
    fn strips_bidi_and_tags_from_json() {
        assert_eq!(string("\u{202e}\u{e0041}"), r#""\u202e\udb40\udc41""#);
    }

    #[test]
    fn keeps_legitimate_text() {
        assert_eq!(string("Grüße \"世界\" \\ \n👍"), r#""Grüße \"世界\" \\ \n👍""#);
    }

    #[test]
    fn every_character_comes_back() {
        let all: String = ('\0'..=char::MAX).collect();
        let line = to_json_line(&all);
        let text = std::str::from_utf8(&line).unwrap();
        assert!(!text.trim_end().chars().any(is_hazard));
        assert_eq!(serde_json::from_str::<String>(text).unwrap(), all);
    }

    #[test]
    fn a_line_is_one_line_and_keys_are_escaped_too() {
        let value = serde_json::json!({"k\u{1b}\n": ["a\nb", 1, 2.5, null]});
        assert_eq!(to_json_line(&value), b"{\"k\\u001b\\n\":[\"a\\nb\",1,2.5,null]}\n");
    }

    #[test]
    fn what_json_cannot_hold_is_null() {
        let map = std::collections::BTreeMap::from([((1, 2), 3)]);
        assert_eq!(to_json_line(&map), b"null\n");
    }
}
