//! Where the tokens of a model's own tokenizer stand in a text.
//!
//! The library gives numbers of tokens without places. But every token spells its text, and the texts of
//! all tokens are the whole text in its order, but for what the tokenizer itself changes: blanks added in
//! front or left out. So the tokens are laid along the text. Where that fails, because a normaliser has
//! rewritten letters or a token stands for anything unknown, no places are known.

use std::ops::Range;

use serde_json::Value;
use tokenizers::pipeline::PipelineTokenizer;

/// What every token of a vocabulary spells.
#[derive(Debug)]
pub(super) struct Spelling {
    /// The texts of all tokens, one behind the other.
    bytes: Vec<u8>,
    /// Where the text of each token ends in `bytes`.
    ends: Vec<u32>,
    /// Tokens that take the white space before or behind them, in order.
    greedy: Vec<Greedy>,
    /// Blanks at the edges of a token do not count to its place.
    trim: bool,
}

#[derive(Debug)]
struct Greedy {
    id: u32,
    left: bool,
    right: bool,
}

/// How the texts of tokens are written in the vocabulary, as the `tokenizer.json` says.
#[derive(Debug, Clone)]
pub(super) struct Writing {
    /// One character for each byte, as GPT-2 did.
    byte_level: bool,
    /// `▁` stands for a blank.
    metaspace: bool,
    /// `<0x0A>` stands for a byte.
    byte_fallback: bool,
    /// In front of what continues a word.
    prefix: String,
    /// Behind what ends a word.
    suffix: String,
    trim: bool,
    added: Vec<(u32, String, bool, bool)>,
    tokens: u32,
}

impl Writing {
    /// Reads it from the contents of a `tokenizer.json`.
    pub(super) fn of(file: &Value) -> Writing {
        let part = |name: &str| file.get(name).unwrap_or(&Value::Null);
        let within = ["normalizer", "pre_tokenizer", "decoder"].map(part);
        let has = |kind: &str| within.iter().any(|value| holds_type(value, kind));
        let model = part("model");
        let text = |name: &str| model.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
        let flag =
            |value: &Value, name: &str| value.get(name).and_then(Value::as_bool) == Some(true);
        let added: Vec<_> = part("added_tokens")
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|token| {
                let id = u32::try_from(token.get("id")?.as_u64()?).ok()?;
                let content = token.get("content")?.as_str()?.to_owned();
                Some((id, content, flag(token, "lstrip"), flag(token, "rstrip")))
            })
            .collect();
        let vocabulary = match model.get("vocab") {
            Some(Value::Object(members)) => {
                members.values().filter_map(Value::as_u64).max().map_or(0, |id| id + 1)
            }
            Some(Value::Array(items)) => items.len() as u64,
            _ => 0,
        };
        let most = added.iter().map(|token| u64::from(token.0) + 1).max().unwrap_or(0);
        Writing {
            byte_level: has("ByteLevel"),
            metaspace: !has("ByteLevel"),
            byte_fallback: has("ByteFallback") || flag(model, "byte_fallback"),
            prefix: text("continuing_subword_prefix"),
            suffix: text("end_of_word_suffix"),
            trim: trims(part("post_processor")),
            added,
            tokens: u32::try_from(vocabulary.max(most)).unwrap_or(0).min(MOST_TOKENS),
        }
    }
}

/// Numbers of tokens that are looked at. The largest vocabularies have some 300,000.
const MOST_TOKENS: u32 = 1 << 22;

/// Is there an object of this type in it?
fn holds_type(value: &Value, kind: &str) -> bool {
    match value {
        Value::Object(members) => {
            members.get("type").and_then(Value::as_str) == Some(kind)
                || members.values().any(|value| holds_type(value, kind))
        }
        Value::Array(items) => items.iter().any(|value| holds_type(value, kind)),
        _ => false,
    }
}

/// Does the post-processor take blanks out of the places of tokens? It does unless told not to.
fn trims(post_processor: &Value) -> bool {
    let kind = post_processor.get("type").and_then(Value::as_str);
    match kind {
        Some("ByteLevel" | "RobertaProcessing") => {
            post_processor.get("trim_offsets").and_then(Value::as_bool) != Some(false)
        }
        Some("Sequence") => post_processor
            .get("processors")
            .and_then(Value::as_array)
            .is_some_and(|list| list.iter().any(trims)),
        _ => false,
    }
}

impl Spelling {
    /// Spells every token of a tokenizer.
    pub(super) fn of(tokenizer: &PipelineTokenizer, writing: &Writing) -> Spelling {
        let mut spelling = Spelling {
            bytes: Vec::new(),
            ends: Vec::new(),
            greedy: Vec::new(),
            trim: writing.trim,
        };
        let mut added: Vec<_> = writing.added.iter().collect();
        added.sort_by_key(|token| token.0);
        for id in 0..writing.tokens {
            match added.binary_search_by_key(&id, |token| token.0) {
                Ok(at) => {
                    let (_, content, left, right) = added[at];
                    spelling.bytes.extend_from_slice(content.as_bytes());
                    if *left || *right {
                        spelling.greedy.push(Greedy { id, left: *left, right: *right });
                    }
                }
                Err(_) => {
                    for token in tokenizer.decode_tokens(&[id], false) {
                        writing.spell(&token, &mut spelling.bytes);
                    }
                }
            }
            spelling.ends.push(u32::try_from(spelling.bytes.len()).unwrap_or(u32::MAX));
        }
        spelling
    }

    fn text(&self, id: u32) -> Option<&[u8]> {
        let end = *self.ends.get(id as usize)? as usize;
        let start = match id {
            0 => 0,
            _ => *self.ends.get(id as usize - 1)? as usize,
        };
        self.bytes.get(start..end)
    }

    /// Lays tokens along the text and gives the place of each. False if they do not fit.
    pub(super) fn place(
        &self,
        ids: impl Iterator<Item = u32>,
        text: &str,
        spans: &mut Vec<Range<u32>>,
    ) -> bool {
        let bytes = text.as_bytes();
        spans.clear();
        let mut at = 0;
        for id in ids {
            let Some(mut token) = self.text(id) else { return false };
            if token.is_empty() {
                return false;
            }
            let before = at;
            if !bytes[at..].starts_with(token) {
                // White space that belongs to no token, or a blank that stands before the first letter
                // of a token and not in the text.
                let skipped = at + blanks(text, at);
                match token.strip_prefix(b" ") {
                    _ if bytes[skipped..].starts_with(token) => at = skipped,
                    Some(rest) if bytes[at..].starts_with(rest) => token = rest,
                    Some(rest) if bytes[skipped..].starts_with(rest) => {
                        at = skipped;
                        token = rest;
                    }
                    _ => return false,
                }
            }
            let (mut start, mut end) = (at, at + token.len());
            at = end;
            if token.is_empty() {
                // A blank by itself that is not in the text stands where the next character stands.
                end +=
                    text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            }
            if let Ok(found) = self.greedy.binary_search_by_key(&id, |greedy| greedy.id) {
                if self.greedy[found].left {
                    start = before;
                }
                if self.greedy[found].right {
                    end += blanks(text, end);
                    at = end;
                }
            } else if self.trim {
                // Nothing is left of a token of blanks.
                let solid = |byte: &u8| *byte != b' ';
                let left = token.iter().position(solid).unwrap_or(token.len());
                let right = token.iter().rev().position(solid).unwrap_or(0);
                start += left;
                end = (end - right).max(start);
            }
            let place = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
            spans.push(place(start)..place(end));
        }
        blanks(text, at) == text.len() - at
    }
}

/// Bytes of white space from there on; none inside a character.
fn blanks(text: &str, at: usize) -> usize {
    text.get(at..).map_or(0, |rest| rest.len() - rest.trim_start().len())
}

impl Writing {
    /// Adds what a token of the model spells.
    fn spell(&self, token: &str, out: &mut Vec<u8>) {
        if self.byte_level {
            for c in token.chars() {
                match byte_of(c) {
                    Some(byte) => out.push(byte),
                    None => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                }
            }
            return;
        }
        if self.byte_fallback
            && let Some(hex) = token.strip_prefix("<0x").and_then(|rest| rest.strip_suffix('>'))
            && let Ok(byte) = u8::from_str_radix(hex, 16)
        {
            out.push(byte);
            return;
        }
        let token = match &self.prefix {
            prefix if prefix.is_empty() => token,
            prefix => token.strip_prefix(prefix.as_str()).unwrap_or(token),
        };
        let token = match &self.suffix {
            suffix if suffix.is_empty() => token,
            suffix => token.strip_suffix(suffix.as_str()).unwrap_or(token),
        };
        if self.metaspace {
            out.extend_from_slice(token.replace('\u{2581}', " ").as_bytes());
        } else {
            out.extend_from_slice(token.as_bytes());
        }
    }
}

/// The byte that a character of a byte-level vocabulary stands for: printable Latin-1 for itself, the
/// characters from U+0100 for the other 68 bytes in turn.
fn byte_of(c: char) -> Option<u8> {
    let printable = |code: u32| matches!(code, 0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff);
    let code = u32::from(c);
    if code < 0x100 {
        return if printable(code) { u8::try_from(code).ok() } else { None };
    }
    OTHERS.get(usize::try_from(code - 0x100).ok()?).copied()
}

/// The bytes that are no printable Latin-1, in order.
const OTHERS: [u8; 68] = {
    let mut bytes = [0; 68];
    let (mut byte, mut count) = (0, 0);
    while byte < 0x100 {
        if byte < 0x21 || (byte > 0x7e && byte < 0xa1) || byte == 0xad {
            bytes[count] = byte as u8;
            count += 1;
        }
        byte += 1;
    }
    bytes
};
