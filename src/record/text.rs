//! Text: white space, excerpts for messages, and the way back from a decoded character to its bytes.
//!
//! A terminal obeys the bytes it is sent, and whoever looks at a bad record is exactly the one who meets
//! sequences that set a clipboard or hide text. So what is quoted from data is made visible here, once
//! for all messages.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

/// The most bytes of data that a message quotes: enough to know the place again, and with the
/// location before it still one line of a terminal.
pub const QUOTE_BYTES: usize = 60;

/// Whether `c` acts on a terminal or hides there, instead of showing as itself.
///
/// True for control characters (C0, DEL, C1), bidirectional controls, line and paragraph separators,
/// characters without width (zero-width space and joiners, U+FEFF, soft hyphen, fillers, variation
/// selectors but the two for text and emoji style, tags), the specials block but U+FFFC and U+FFFD, and
/// noncharacters.
///
/// U+200D is among them: an emoji joined of several is shown as its parts with an escape between.
/// Everything else, so every script and every single emoji, is kept.
pub fn is_hazard(c: char) -> bool {
    match c {
        ' '..='~' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => true,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => {
            true
        }
        '\u{180b}'..='\u{180f}' => true,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{3164}' | '\u{ffa0}' | '\u{feff}' => true,
        '\u{fe00}'..='\u{fe0d}' => true,
        '\u{fdd0}'..='\u{fdef}' | '\u{fff0}'..='\u{fffb}' => true,
        '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' => true,
        '\u{e0000}'..='\u{e0fff}' => true,
        _ => u32::from(c) & 0xfffe == 0xfffe,
    }
}

/// `text` with every hazard (see [`is_hazard`]) as a visible escape: `\n`, `\r`, `\t`, else `\u{1b}`.
///
/// For anything from data, file names or arguments that goes to a terminal or into a report for people.
/// The result is one line. A backslash is kept as it is, so the result cannot be read back: `\n` may
/// have been two characters. Borrowed if nothing had to change.
pub fn sanitize(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find(is_hazard) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len() + 16);
    let (clean, rest) = text.split_at(first);
    out.push_str(clean);
    for c in rest.chars() {
        push_visible(&mut out, c);
    }
    Cow::Owned(out)
}

/// `text` in double quotes for a message: at most `max_bytes` bytes of it, cut between characters, with
/// `...` behind the closing quote if it was cut.
///
/// Hazards are escaped as in [`sanitize`], quotes and backslashes with a backslash; the escapes do not
/// count as data. Messages use [`QUOTE_BYTES`].
pub fn quote(text: &str, max_bytes: usize) -> String {
    let end = text.floor_char_boundary(max_bytes);
    let mut out = String::with_capacity(end + 8);
    out.push('"');
    for c in text[..end].chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        push_visible(&mut out, c);
    }
    out.push('"');
    if end < text.len() {
        out.push_str("...");
    }
    out
}

fn push_visible(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        _ if is_hazard(c) => {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
        _ => out.push(c),
    }
}

/// A character that shows nothing and does something: joins, breaks, turns the direction. Not U+200C to
/// U+200F, which scripts and emoji need.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{feff}' | '\u{200b}' | '\u{2060}' | '\u{ad}' | '\u{180e}'
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Is it nothing but Unicode white space? Zero-width characters are not white space.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(char::is_whitespace)
}

/// Raw span of the character that stands at byte `decoded` of the decoded text of a JSON string.
///
/// `raw` is the string as written, quotes included; the answer is relative to its start. A character that
/// was written as an escape (two for a surrogate pair) spans the whole escape.
pub fn raw_span(raw: &[u8], decoded: usize) -> Range<usize> {
    raw_spans(raw, [decoded]).next().unwrap_or(raw.len()..raw.len())
}

/// [`raw_span`] of several bytes, of which none stands before the one before it: one pass for all.
pub fn raw_spans(
    raw: &[u8],
    decoded: impl IntoIterator<Item = usize>,
) -> impl Iterator<Item = Range<usize>> {
    let mut at = 1;
    let mut seen = 0;
    decoded.into_iter().map(move |wanted| {
        while at + 1 < raw.len() {
            let (raw_len, text_len) = step(&raw[at..]);
            if seen + text_len > wanted {
                return at..at + raw_len;
            }
            seen += text_len;
            at += raw_len;
        }
        at..at
    })
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

/// The character of the escape that `raw` starts with, and its bytes there; half of a surrogate pair is
/// U+FFFD.
pub fn unescape(raw: &[u8]) -> (char, usize) {
    let len = step(raw).0.min(raw.len());
    let c = match raw.get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => {
            let units = [code_unit(raw, 2), code_unit(raw, 8).filter(|_| len == 12)];
            let decoded = char::decode_utf16(units.into_iter().flatten()).next();
            decoded.and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        other => other.copied().unwrap_or(b'\\').into(),
    };
    (c, len)
}

fn code_unit(raw: &[u8], at: usize) -> Option<u16> {
    u16::from_str_radix(std::str::from_utf8(raw.get(at..at + 4)?).ok()?, 16).ok()
}

/// A text as a JSON string, quotes included, with the fewest escapes that JSON asks for.
pub fn to_json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Appends what a JSON string says to `out`, of which the text between the quotes is given as it is written,
/// with no escapes but the five of plain lines: `\n`, `\t`, `\r`, `\"` and `\\`.
pub fn unescape_plain(plain: &str, out: &mut String) {
    let mut rest = plain;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        out.push(match rest.as_bytes().get(at + 1) {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'"') => '"',
            _ => '\\',
        });
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    out.push_str(rest);
}

/// The number of words: runs of characters that are no white space (Unicode `White_Space`).
pub fn words(text: &str) -> usize {
    let bytes = text.as_bytes();
    if !text.is_ascii() && has_wide_space(bytes) {
        return text.split_whitespace().count();
    }
    // Each word begins at the start or behind white space. In chunks whose sum fits into a byte, so that
    // many bytes are compared at once.
    let is_space = |byte: u8| byte == b' ' || byte.wrapping_sub(b'\t') < 5;
    let begins = bytes.first().is_some_and(|first| !is_space(*first));
    let (before, here) =
        (&bytes[..bytes.len().saturating_sub(1)], bytes.get(1..).unwrap_or_default());
    let in_chunk = |(before, here): (&[u8], &[u8])| {
        let pairs = before.iter().zip(here);
        let begin = |(before, here): (&u8, &u8)| u8::from(is_space(*before) & !is_space(*here));
        usize::from(pairs.map(begin).sum::<u8>())
    };
    let chunks = before.chunks(255).zip(here.chunks(255));
    usize::from(begins) + chunks.map(in_chunk).sum::<usize>()
}

/// Is there white space beyond ASCII in this text?
fn has_wide_space(text: &[u8]) -> bool {
    let starts =
        memchr::memchr3_iter(0xC2, 0xE1, 0xE2, text).chain(memchr::memchr_iter(0xE3, text));
    starts.into_iter().any(|at| {
        matches!(
            text[at..],
            [0xC2, 0x85 | 0xA0, ..]
                | [0xE1, 0x9A, 0x80, ..]
                | [0xE2, 0x80, 0x80..=0x8A | 0xA8 | 0xA9 | 0xAF, ..]
                | [0xE2, 0x81, 0x9F, ..]
                | [0xE3, 0x80, 0x80, ..]
        )
    })
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

    proptest::proptest! {
        #[test]
        fn words_are_those_between_white_space(
            text in "[ab \\t\\n\\u{b}\\u{85}\\u{a0}\\u{1680}\\u{2003}\\u{2028}\\u{202f}\\u{205f}\\u{3000}é–、]{0,600}"
        ) {
            proptest::prop_assert_eq!(words(&text), text.split_whitespace().count());
        }

        #[test]
        fn plain_escapes_are_read_as_json_reads_them(text in "[a\\\\\"\\n\\t\\ré]{0,40}") {
            let written = serde_json::to_string(&text).unwrap();
            let mut read = String::new();
            unescape_plain(&written[1..written.len() - 1], &mut read);
            proptest::prop_assert_eq!(read, text);
        }
    }
}
