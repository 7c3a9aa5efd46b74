//! A model's own tokenizer, from the `tokenizer.json` of the Hugging Face tokenizers library.

use std::cell::RefCell;
use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::{Map, Value};
use tokenizers::pipeline::{EncodeOptions, Override, PipelineToken, PipelineTokenizer};
use unicode_normalization::{UnicodeNormalization, is_nfc};
use xxhash_rust::xxh3::xxh3_128;

use super::runs::{self, Run};
use super::spelling::{Spelling, Writing};
use super::template::Rendered;
use crate::error::{Error, Result};

/// The largest file that is taken for a `tokenizer.json`. The largest in use have some 40 MB; without a
/// limit, the weights beside it given by mistake would fill the memory before they are refused.
const MAX_FILE_BYTES: u64 = 512 << 20;

/// Text that no vocabulary holds: characters for private use, at the start, inside a word and alone.
const UNKNOWN_TEXT: &str = "\u{f8ff}a\u{10fffd} \u{f8f0}";

/// A tokenizer read from a file.
pub(super) struct ModelFile {
    tokenizer: PipelineTokenizer,
    digest: u128,
    /// Special tokens are ordinary text.
    ordinary: EncodeOptions,
    /// Special tokens are tokens.
    special: EncodeOptions,
    writing: Writing,
    /// Made when places are first asked for, which takes some 50 ms.
    spelling: OnceLock<Spelling>,
}

thread_local! {
    /// The tokens are thrown away, their memory is not.
    static TOKENS: RefCell<Vec<PipelineToken>> = const { RefCell::new(Vec::new()) };
    /// The places of the tokens.
    static PLACES: RefCell<Vec<Range<u32>>> = const { RefCell::new(Vec::new()) };
}

impl ModelFile {
    /// Reads a tokenizer; files written by older versions of the library are understood too.
    ///
    /// A model that has no token for unknown text is refused, since it could not count every text.
    /// Dropout, which makes a tokenizer random for training, is left out.
    pub(super) fn load(path: &Path) -> Result<ModelFile> {
        let name = path.to_string_lossy();
        let unusable = |reason: String| {
            Error::Usage(format!("{name}: not a tokenizer.json that can be used: {reason}"))
        };
        let text = read(path)?;
        let digest = xxh3_128(&text);
        let mut value: Value =
            serde_json::from_slice(&text).map_err(|e| unusable(e.to_string()))?;
        drop(text);
        let writing = Writing::of(&value);
        if let Some(model) = value.get_mut("model").and_then(Value::as_object_mut) {
            model.remove("dropout");
        }
        tokenizers::canonicalize_value(&mut value).map_err(|e| unusable(e.to_string()))?;
        // The library panics over a text that it has no word for.
        if value.pointer("/model/vocab").and_then(Value::as_object).is_some_and(Map::is_empty) {
            return Err(unusable("its vocabulary is empty".to_owned()));
        }
        let text = value.to_string();
        drop(value);
        let tokenizer = tokenizers::from_json(&text).map_err(|e| unusable(e.to_string()))?;
        let ordinary = EncodeOptions {
            add_special_tokens: false,
            encode_special_tokens: true,
            padding: Override::Off,
            truncation: Override::Off,
        };
        let special = EncodeOptions { encode_special_tokens: false, ..ordinary.clone() };
        tokenizer
            .encode_into(UNKNOWN_TEXT, &ordinary, &mut Vec::new())
            .map_err(|e| unusable(e.to_string()))?;
        Ok(ModelFile { tokenizer, digest, ordinary, special, writing, spelling: OnceLock::new() })
    }

    /// See [`Tokenizer::digest`](super::Tokenizer::digest).
    pub(super) fn digest(&self) -> u128 {
        self.digest
    }

    /// See [`Tokenizer::count`](super::Tokenizer::count).
    pub(super) fn count(&self, text: &str) -> usize {
        self.with_tokens(text, &self.ordinary, <[_]>::len).unwrap_or(text.len())
    }

    /// See [`Tokenizer::count_special`](super::Tokenizer::count_special).
    pub(super) fn count_special(&self, text: &str) -> usize {
        self.with_tokens(text, &self.special, <[_]>::len).unwrap_or(text.len())
    }

    /// Hands on the tokens of a text; None if it is too long, which is the only reason left, since `load`
    /// tried unknown text.
    fn with_tokens<R>(
        &self,
        text: &str,
        options: &EncodeOptions,
        judge: impl FnOnce(&[PipelineToken]) -> R,
    ) -> Option<R> {
        TOKENS.with_borrow_mut(|tokens| {
            tokens.clear();
            self.tokenizer.encode_into(text, options, tokens).ok()?;
            Some(judge(tokens))
        })
    }

    /// See [`Tokenizer::runs`](super::Tokenizer::runs).
    pub(super) fn runs(&self, rendered: &Rendered, runs: &mut Vec<Run>) {
        let text = rendered.text.as_str();
        if rendered.trained.is_empty() {
            return runs::push(runs, self.count_special(text), false);
        }
        let spelling =
            || self.spelling.get_or_init(|| Spelling::of(&self.tokenizer, &self.writing));
        let placed = self.with_tokens(text, &self.special, |tokens| {
            PLACES.with_borrow_mut(|places| {
                let spelling = spelling();
                let ids = || tokens.iter().map(|token| token.id());
                if spelling.place(ids(), text, places) {
                    runs::mask(places.as_slice(), text, &rendered.trained, runs);
                } else if let Some(composed) = composed(rendered)
                    && spelling.place(ids(), &composed.text, places)
                {
                    runs::mask(places.as_slice(), &composed.text, &composed.trained, runs);
                } else {
                    return Err(tokens.len());
                }
                Ok(())
            })
        });
        match placed {
            Some(Ok(())) => {}
            Some(Err(total)) => self.runs_of_pieces(rendered, total, runs),
            None => runs::push(runs, text.len(), false),
        }
    }

    /// Without places: the pieces between marks are counted one by one, and the sum is brought to the
    /// count of the whole text. Exact where no token crosses a mark.
    fn runs_of_pieces(&self, rendered: &Rendered, total: usize, runs: &mut Vec<Run>) {
        let (mut at, mut left) = (0, total);
        let mut piece = |range: Range<usize>, trained: bool, left: &mut usize| {
            let count = rendered.text.get(range).map_or(0, |text| self.count_special(text));
            let count = count.min(*left);
            *left -= count;
            runs::push(runs, count, trained);
        };
        for range in &rendered.trained {
            piece(at..range.start, false, &mut left);
            piece(range.clone(), true, &mut left);
            at = range.end;
        }
        // What the sum lacks goes to the text behind the last mark.
        runs::push(runs, left, false);
    }
}

/// The conversation in Unicode's normalisation form C, which many tokenizers bring text to first. None if
/// that changes nothing, or composes characters across a mark.
fn composed(rendered: &Rendered) -> Option<Rendered> {
    let text = rendered.text.as_str();
    if is_nfc(text) {
        return None;
    }
    let mut composed = Rendered::default();
    let mut at = 0;
    let mut add = |to: usize, out: &mut String| {
        out.extend(text.get(at..to).unwrap_or_default().nfc());
        at = to;
        out.len()
    };
    for range in &rendered.trained {
        let start = add(range.start, &mut composed.text);
        let end = add(range.end, &mut composed.text);
        composed.trained.push(start..end);
    }
    add(text.len(), &mut composed.text);
    is_nfc(&composed.text).then_some(composed)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let name = || path.to_string_lossy().into_owned();
    let file = File::open(path).map_err(|source| Error::Open { name: name(), source })?;
    let mut text = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut text).map_err(|source| Error::Read {
        name: name(),
        offset: None,
        source,
    })?;
    if text.len() as u64 > MAX_FILE_BYTES {
        return Err(Error::Usage(format!("{}: too large for a tokenizer.json", name())));
    }
    Ok(text)
}
