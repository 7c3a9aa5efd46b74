//! The obvious scanner: serde_json and plain string code, straight from the promises of
//! [`Outline`](super::Outline). Exact where the scanner may refuse too much. For tests and fuzzing.

use super::{LONGEST, PlainRole, Turn};

/// The turns of a plain, clean line, or `None` for any other.
pub fn outline_naive(line: &[u8], tokens: &[&str]) -> Option<Vec<Turn>> {
    if line.len() > LONGEST {
        return None;
    }
    let text = std::str::from_utf8(line).ok()?;
    serde_json::from_str::<serde_json::Value>(text).ok()?;
    if text.contains(['\u{2028}', '\u{2029}', '\u{85}']) {
        return None;
    }
    // From here on the line is known to be JSON, so the cursor only has to follow it.
    let mut cursor = Cursor { text, at: 0 };
    cursor.skip("{")?;
    cursor.skip("\"messages\"")?;
    cursor.skip(":")?;
    cursor.skip("[")?;
    let mut turns = Vec::new();
    loop {
        turns.push(cursor.turn(tokens)?);
        if cursor.skip(",").is_none() {
            break;
        }
    }
    cursor.skip("]")?;
    cursor.skip("}")?;
    cursor.white();
    (cursor.at == text.len()).then_some(turns)
}

struct Cursor<'l> {
    text: &'l str,
    at: usize,
}

impl<'l> Cursor<'l> {
    fn white(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    fn skip(&mut self, piece: &str) -> Option<()> {
        self.white();
        self.text[self.at..].starts_with(piece).then(|| self.at += piece.len())
    }

    /// A string: the offset of its quote, and what stands between the quotes.
    fn string(&mut self) -> Option<(usize, &'l str)> {
        self.skip("\"")?;
        let start = self.at;
        let mut escaped = false;
        for (offset, byte) in self.text[start..].bytes().enumerate() {
            if escaped {
                escaped = false;
            } else if byte == b'\\' {
                escaped = true;
            } else if byte == b'"' {
                self.at = start + offset + 1;
                return Some((start - 1, &self.text[start..start + offset]));
            }
        }
        None
    }

    fn turn(&mut self, tokens: &[&str]) -> Option<Turn> {
        self.skip("{")?;
        let object = self.at as u32 - 1;
        let (mut role, mut content) = (None, None);
        for member in 0..2 {
            if member == 1 {
                self.skip(",")?;
            }
            let (_, key) = self.string()?;
            self.skip(":")?;
            let value = self.string()?;
            match key {
                "role" if role.is_none() => role = Some(value),
                "content" if content.is_none() => content = Some(value),
                _ => return None,
            }
        }
        self.skip("}")?;
        let (role_at, role) = role?;
        let (content_at, content) = content?;
        let role = match role {
            "system" => PlainRole::System,
            "user" => PlainRole::User,
            "assistant" => PlainRole::Assistant,
            _ => return None,
        };
        if !escapes_are_plain(content) {
            return None;
        }
        let decoded: String = serde_json::from_str(&format!("\"{content}\"")).ok()?;
        if decoded.trim().is_empty() || !is_clean_naive(&decoded, tokens) {
            return None;
        }
        Some(Turn {
            role,
            object,
            role_at: role_at as u32,
            content_at: content_at as u32,
            content_len: content.len() as u32,
        })
    }
}

fn escapes_are_plain(raw: &str) -> bool {
    let mut chars = raw.chars();
    while let Some(char) = chars.next() {
        if char == '\\' && !matches!(chars.next(), Some('n' | 't' | 'r' | '"' | '\\')) {
            return false;
        }
    }
    true
}

/// Whether no content rule has anything to say about this decoded text.
pub fn is_clean_naive(text: &str, tokens: &[&str]) -> bool {
    let odd = |char: char| {
        matches!(char,
            '\u{FFFD}' | '\u{FEFF}' | '\u{200B}' | '\u{2060}' | '\u{AD}' | '\u{180E}'
            | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
            | '\u{2028}' | '\u{2029}' | '\u{85}')
            || char < ' ' && !matches!(char, '\t' | '\n' | '\r')
    };
    !text.contains(odd)
        && !tokens.iter().any(|token| text.contains(token))
        && !text.contains("{{")
        && text != "[[dummy_message]]"
        && !is_misread(text)
        && !starts_like_template(text)
}

fn starts_like_template(text: &str) -> bool {
    let text = text.trim_start().to_ascii_lowercase();
    if let Some(rest) = text.strip_prefix("###") {
        let word = rest.trim_start();
        let words = ["instruction", "input", "response", "system", "user", "human", "assistant"];
        return word.len() < rest.len()
            && words.iter().any(|name| {
                word.strip_prefix(name).is_some_and(|rest| {
                    !rest.starts_with(|next: char| next.is_alphanumeric() || next == '_')
                })
            });
    }
    ["system", "user", "assistant", "human", "gpt"]
        .iter()
        .any(|name| text.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with(':')))
}

/// Whether 2 to 4 characters in a row, written in Windows-1252, are one UTF-8 sequence with a first
/// byte C2, C3, E2, EF or F0.
fn is_misread(text: &str) -> bool {
    let bytes: Vec<Option<u8>> = text.chars().map(windows_1252).collect();
    (2..=4).any(|len| {
        bytes.windows(len).any(|run| {
            let Some(run) = run.iter().copied().collect::<Option<Vec<u8>>>() else { return false };
            matches!(run[0], 0xC2 | 0xC3 | 0xE2 | 0xEF | 0xF0)
                && std::str::from_utf8(&run).is_ok_and(|text| text.chars().count() == 1)
        })
    })
}

/// The byte that Windows-1252 writes `char` with. The five bytes it leaves undefined stand for the
/// control characters of the same value.
fn windows_1252(char: char) -> Option<u8> {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž',
        '\u{8F}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}',
        'ž', 'Ÿ',
    ];
    match u32::from(char) {
        code @ (0..=0x7F | 0xA0..=0xFF) => u8::try_from(code).ok(),
        _ => HIGH.iter().position(|&high| high == char).map(|nth| 0x80 + nth as u8),
    }
}
