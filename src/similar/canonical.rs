//! JSON and text written in one way only, so that what says the same is the same.

use crate::record::{Kind, Value};

/// A string with the five plain escapes.
pub(super) fn escape(text: &mut Vec<u8>, string: &str) {
    let mut rest = string.as_bytes();
    while let Some(at) = rest.iter().position(|b| matches!(b, b'\n' | b'\t' | b'\r' | b'"' | b'\\'))
    {
        text.extend_from_slice(&rest[..at]);
        text.push(b'\\');
        text.push(match rest[at] {
            b'\n' => b'n',
            b'\t' => b't',
            b'\r' => b'r',
            same => same,
        });
        rest = &rest[at + 1..];
    }
    text.extend_from_slice(rest);
}

/// A value as JSON text that depends on nothing but what it says: keys sorted, of repeated keys the last.
pub(super) fn canonical(text: &mut Vec<u8>, value: Value<'_>) -> Option<()> {
    match value.kind() {
        Kind::Null | Kind::Bool(_) | Kind::Number => text.extend_from_slice(value.raw()),
        Kind::String => {
            text.push(b'"');
            escape(text, value.as_str()?);
            text.push(b'"');
        }
        Kind::Array => {
            text.push(b'[');
            for item in value.items() {
                canonical(text, item)?;
                text.push(b',');
            }
            text.push(b']');
        }
        Kind::Object => {
            let mut members: Vec<_> =
                value.members().map(|(key, value)| (key.as_str(), value)).collect();
            // Stable, so that the last of equal keys stays last.
            members.sort_by_key(|(key, _)| *key);
            text.push(b'{');
            for (at, (key, member)) in members.iter().enumerate() {
                if members.get(at + 1).is_none_or(|(next, _)| next != key) {
                    text.push(b'"');
                    escape(text, (*key)?);
                    text.extend_from_slice(b"\":");
                    canonical(text, *member)?;
                    text.push(b',');
                }
            }
            text.push(b'}');
        }
    }
    Some(())
}
