//! Text in strings: white space, and the way back from a decoded character to its bytes in the line.

/// Is it nothing but Unicode white space? Zero-width characters are not white space.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

/// Raw span of the character that stands at byte `decoded` of the decoded text of a JSON string.
///
/// `raw` is the string as written, quotes included; the answer is relative to its start. A character that
/// was written as an escape (two for a surrogate pair) spans the whole escape.
pub fn raw_span(raw: &[u8], decoded: usize) -> std::ops::Range<usize> {
    let mut at = 1;
    let mut seen = 0;
    while at + 1 < raw.len() {
        let (raw_len, text_len) = step(&raw[at..]);
        if seen + text_len > decoded {
            return at..at + raw_len;
        }
        seen += text_len;
        at += raw_len;
    }
    at..at
}

/// Raw and decoded length of the character at the start of `raw`.
fn step(raw: &[u8]) -> (usize, usize) {
    if raw[0] != b'\\' {
        let len = match raw[0] {
            0x00..=0x7f => 1,
            0x80..=0xdf => 2,
            0xe0..=0xef => 3,
            _ => 4,
        };
        return (len.min(raw.len()), len);
    }
    if raw.get(1) != Some(&b'u') {
        return (2, 1);
    }
    match code_unit(raw, 2) {
        Some(0..=0x7f) => (6, 1),
        Some(0x80..=0x7ff) => (6, 2),
        Some(0xd800..=0xdbff) if matches!(code_unit(raw, 8), Some(0xdc00..=0xdfff)) => (12, 4),
        _ => (6, 3),
    }
}

fn code_unit(raw: &[u8], at: usize) -> Option<u16> {
    u16::from_str_radix(std::str::from_utf8(raw.get(at..at + 4)?).ok()?, 16).ok()
}

/// A text as a JSON string, quotes included, with the fewest escapes that JSON asks for.
pub fn to_json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_span_follows_escapes() {
        let raw = r#""a\né\u00e9\ud83d\ude00中x""#.as_bytes();
        let decoded = "a\néé😀中x";
        let spans: Vec<_> = decoded
            .char_indices()
            .map(|(at, _)| String::from_utf8_lossy(&raw[raw_span(raw, at)]).into_owned())
            .collect();
        assert_eq!(spans, ["a", "\\n", "é", "\\u00e9", "\\ud83d\\ude00", "中", "x"]);
    }

    #[test]
    fn zero_width_is_not_blank() {
        assert!(is_blank(" \u{a0}\u{3000}\n"));
        assert!(!is_blank("\u{200b}"));
    }
}
