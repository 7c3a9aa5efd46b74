//! Where a text stops being JSON, and what was wanted there.
//!
//! Parsers agree on what is JSON but not on the place of a fault: some name the byte before it, some the
//! end of the token. For a message the place is half of the answer. So this recogniser, which decides
//! nothing, walks the grammar of RFC 8259 byte by byte to the first that no JSON text could have there.

/// The first byte that cannot stand where it does, or the end of a text that ends too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// Its offset; the length of the text when that ends too early.
    pub at: usize,
    /// What could stand there.
    pub wanted: &'static str,
}

/// What may come next.
#[derive(Clone, Copy)]
enum Next {
    Value,
    /// Directly behind `[`.
    ValueOrEnd,
    /// Directly behind `{`.
    KeyOrEnd,
    Key,
    Colon,
    /// Behind an element or member.
    CommaOrEnd,
}

/// Where the text stops being JSON; None when it is JSON.
pub fn stop(text: &[u8]) -> Option<Stop> {
    let mut open: Vec<u8> = Vec::new();
    let mut next = Next::Value;
    let mut at = 0;
    loop {
        at += text[at..].iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r')).count();
        let Some(&byte) = text.get(at) else {
            let whole = open.is_empty() && matches!(next, Next::CommaOrEnd);
            return (!whole).then(|| Stop { at, wanted: wanted(&open, next) });
        };
        let is_end = match open.last() {
            Some(b'{') => byte == b'}',
            Some(_) => byte == b']',
            None => false,
        };
        let after_value = match (next, byte) {
            (Next::ValueOrEnd | Next::KeyOrEnd | Next::CommaOrEnd, _) if is_end => {
                open.pop();
                Ok(at + 1)
            }
            (Next::Value | Next::ValueOrEnd, b'{' | b'[') => {
                open.push(byte);
                next = if byte == b'{' { Next::KeyOrEnd } else { Next::ValueOrEnd };
                at += 1;
                continue;
            }
            (Next::Value | Next::ValueOrEnd, _) => scalar(text, at),
            (Next::Key | Next::KeyOrEnd, b'"') => match string(text, at) {
                Ok(end) => {
                    at = end;
                    next = Next::Colon;
                    continue;
                }
                bad => bad,
            },
            (Next::Colon, b':') => {
                next = Next::Value;
                at += 1;
                continue;
            }
            (Next::CommaOrEnd, b',') if !open.is_empty() => {
                next = if open.last() == Some(&b'{') { Next::Key } else { Next::Value };
                at += 1;
                continue;
            }
            _ => Err(Stop { at, wanted: wanted(&open, next) }),
        };
        match after_value {
            Ok(end) => at = end,
            Err(stop) => return Some(stop),
        }
        next = Next::CommaOrEnd;
    }
}

fn wanted(open: &[u8], next: Next) -> &'static str {
    match (next, open.last()) {
        (Next::Value, _) => "a value",
        (Next::ValueOrEnd, _) => "a value or ]",
        (Next::Key, _) => "a key in double quotes",
        (Next::KeyOrEnd, _) => "a key in double quotes or }",
        (Next::Colon, _) => "a colon",
        (Next::CommaOrEnd, None) => "the end",
        (Next::CommaOrEnd, Some(b'{')) => "a comma or }",
        (Next::CommaOrEnd, Some(_)) => "a comma or ]",
    }
}

/// A string, number or word; returns the offset behind it.
fn scalar(text: &[u8], at: usize) -> Result<usize, Stop> {
    match text[at] {
        b'"' => string(text, at),
        b'-' | b'0'..=b'9' => number(text, at),
        b't' => word(text, at, b"true"),
        b'f' => word(text, at, b"false"),
        b'n' => word(text, at, b"null"),
        _ => Err(Stop { at, wanted: "a value" }),
    }
}

fn word(text: &[u8], at: usize, word: &'static [u8]) -> Result<usize, Stop> {
    for (index, byte) in word.iter().enumerate() {
        if text.get(at + index) != Some(byte) {
            return Err(Stop { at: at + index, wanted: "true, false or null" });
        }
    }
    Ok(at + word.len())
}

fn string(text: &[u8], at: usize) -> Result<usize, Stop> {
    let mut at = at + 1;
    loop {
        match text.get(at) {
            None => return Err(Stop { at, wanted: "the quote that ends the string" }),
            Some(b'"') => return Ok(at + 1),
            Some(b'\\') => at = escape(text, at + 1)?,
            Some(0..0x20) => return Err(Stop { at, wanted: "an escape of this character" }),
            Some(_) => at += 1,
        }
    }
}

/// What follows a backslash.
fn escape(text: &[u8], at: usize) -> Result<usize, Stop> {
    match text.get(at) {
        None => Err(Stop { at, wanted: "the rest of the escape" }),
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 1),
        Some(b'u') => {
            for digit in at + 1..at + 5 {
                if !text.get(digit).is_some_and(u8::is_ascii_hexdigit) {
                    return Err(Stop { at: digit, wanted: "four hex digits" });
                }
            }
            Ok(at + 5)
        }
        Some(_) => Err(Stop { at, wanted: "one of \"\\/bfnrtu behind a backslash" }),
    }
}

fn number(text: &[u8], at: usize) -> Result<usize, Stop> {
    let digits = |at: usize| {
        let len = text[at.min(text.len())..].iter().take_while(|b| b.is_ascii_digit()).count();
        if len == 0 { Err(Stop { at, wanted: "a digit" }) } else { Ok(at + len) }
    };
    let mut at = at + usize::from(text[at] == b'-');
    at = if text.get(at) == Some(&b'0') { at + 1 } else { digits(at)? };
    if text.get(at) == Some(&b'.') {
        at = digits(at + 1)?;
    }
    if let Some(b'e' | b'E') = text.get(at) {
        let sign = usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        at = digits(at + 1 + sign)?;
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_at_the_first_byte_that_no_json_text_could_have() {
        for (text, at, wanted) in [
            (r#"{"a":1,}"#, 7, "a key in double quotes"),
            ("{}x", 2, "the end"),
            ("[1 2]", 3, "a comma or ]"),
            ("[,]", 1, "a value"),
            ("01", 1, "the end"),
            ("[-]", 2, "a digit"),
            ("1.x", 2, "a digit"),
            ("\"\\uZ000\"", 3, "four hex digits"),
            ("\"\\q\"", 2, "one of \"\\/bfnrtu behind a backslash"),
            ("\"x\u{1}\"", 2, "an escape of this character"),
            ("nan", 1, "true, false or null"),
            ("{\"a\":[", 6, "a value or ]"),
            ("", 0, "a value"),
            ("-", 1, "a digit"),
            ("tr", 2, "true, false or null"),
        ] {
            assert_eq!(stop(text.as_bytes()), Some(Stop { at, wanted }), "{text}");
        }
        for text in ["0", " {} ", "[[],{\"a\":[-0.0e+1,\"\\u00e9\\/\"]}]", "null\r"] {
            assert_eq!(stop(text.as_bytes()), None, "{text}");
        }
    }
}
