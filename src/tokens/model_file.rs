//! A model's own tokenizer, from the `tokenizer.json` of the Hugging Face tokenizers library.

use std::cell::RefCell;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde_json::Value;
use tokenizers::pipeline::{EncodeOptions, Override, PipelineToken, PipelineTokenizer};

use crate::error::{Error, Result};

/// The largest file that is taken for a `tokenizer.json`. The largest in use have some 40 MB; without a
/// limit, the weights beside it given by mistake would fill the memory before they are refused.
const MAX_FILE_BYTES: u64 = 512 << 20;

/// Text that no vocabulary holds: characters for private use, at the start, inside a word and alone.
const UNKNOWN_TEXT: &str = "\u{f8ff}a\u{10fffd} \u{f8f0}";

/// A tokenizer read from a file.
pub(super) struct ModelFile {
    tokenizer: PipelineTokenizer,
    options: EncodeOptions,
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
        let mut value: Value =
            serde_json::from_slice(&text).map_err(|e| unusable(e.to_string()))?;
        drop(text);
        if let Some(model) = value.get_mut("model").and_then(Value::as_object_mut) {
            model.remove("dropout");
        }
        tokenizers::canonicalize_value(&mut value).map_err(|e| unusable(e.to_string()))?;
        let text = value.to_string();
        drop(value);
        let tokenizer = tokenizers::from_json(&text).map_err(|e| unusable(e.to_string()))?;
        let options = EncodeOptions {
            add_special_tokens: false,
            encode_special_tokens: true,
            padding: Override::Off,
            truncation: Override::Off,
        };
        tokenizer
            .encode_into(UNKNOWN_TEXT, &options, &mut Vec::new())
            .map_err(|e| unusable(e.to_string()))?;
        Ok(ModelFile { tokenizer, options })
    }

    /// See [`Tokenizer::count`](super::Tokenizer::count).
    pub(super) fn count(&self, text: &str) -> usize {
        thread_local! {
            /// The tokens are thrown away, their memory is not.
            static TOKENS: RefCell<Vec<PipelineToken>> = const { RefCell::new(Vec::new()) };
        }
        TOKENS.with_borrow_mut(|tokens| {
            tokens.clear();
            match self.tokenizer.encode_into(text, &self.options, tokens) {
                Ok(()) => tokens.len(),
                // Only the length of the text is left as a reason, since `load` tried unknown text.
                Err(_) => text.len(),
            }
        })
    }
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
