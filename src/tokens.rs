//! Exact token counts, as the models count.
//!
//! What a record costs and whether it fits is said in tokens, and estimates by characters are wrong by
//! half in other languages than English. So text is really tokenised: for OpenAI's models with the two
//! vocabularies built into the program, for every other model with the `tokenizer.json` that is
//! published beside its weights.
//!
//! Text from a record is ordinary text for [`Tokenizer::count`]. `<|endoftext|>` in a message is counted as the characters
//! it consists of: a loader that took it for the control token would let data steer the model, and one
//! that raises an error would fail on the very documentation of it. What a model is trained on is the
//! conversation as its [`template`] writes it, and there special tokens are what they are:
//! [`Tokenizer::runs`] counts them, and says which tokens are trained on.

mod model_file;
mod places;
mod runs;
mod spelling;
pub mod template;

use std::path::{Path, PathBuf};

use self::model_file::ModelFile;
use self::template::Rendered;
use crate::error::{Error, Result};

pub use self::runs::Run;

/// The vocabularies built in, by the names that OpenAI gave them.
pub const BUILT_IN: [&str; 2] = ["o200k_base", "cl100k_base"];

/// Counts tokens; to be loaded once and shared by all threads.
#[derive(Debug)]
pub struct Tokenizer {
    name: String,
    kind: Kind,
}

enum Kind {
    BuiltIn(&'static tiktoken::CoreBpe),
    File(Box<ModelFile>),
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Kind::BuiltIn(_) => "BuiltIn",
            Kind::File(_) => "File",
        })
    }
}

impl Tokenizer {
    /// Loads the tokenizer that `spec` names: one of [`BUILT_IN`], else the path of a `tokenizer.json`
    /// or of a directory that holds one.
    ///
    /// Loading takes time that can be felt, so it is for when tokens are known to be
    /// counted. A built-in vocabulary is loaded once in a process, however often this is called.
    ///
    /// [`Error::Usage`] if `spec` is neither, or if the file describes no tokenizer that can count every
    /// text; [`Error::Open`] and [`Error::Read`] if it cannot be read.
    pub fn load(spec: &str) -> Result<Tokenizer> {
        let kind = if let Some(bpe) = built_in(spec) {
            Kind::BuiltIn(bpe)
        } else if let Some(path) = file_of(spec) {
            Kind::File(Box::new(ModelFile::load(&path)?))
        } else {
            return Err(Error::Usage(format!(
                "unknown tokenizer '{spec}': give {} or the path of a tokenizer.json",
                BUILT_IN.join(", ")
            )));
        };
        Ok(Tokenizer { name: spec.to_owned(), kind })
    }

    /// The name it was loaded by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A digest of the file it was read from; none for a built-in vocabulary, of which the name says all.
    pub fn digest(&self) -> Option<u128> {
        match &self.kind {
            Kind::BuiltIn(_) => None,
            Kind::File(file) => Some(file.digest()),
        }
    }

    /// How many tokens `text` is, as ordinary text: special tokens in it are counted as the characters
    /// they are written with, and none are added around it.
    ///
    /// Text with the usual breaks (spaces, digits, punctuation) takes no memory to speak of. A piece
    /// without any is merged as a whole and takes some 30 bytes for each of its bytes: measured, 10 MB
    /// of one letter take 0.3 GB and 3 to 7 seconds, growing with n log n. A text of 4 GiB or more
    /// counts as its number of bytes with a `tokenizer.json`.
    pub fn count(&self, text: &str) -> usize {
        match &self.kind {
            Kind::BuiltIn(bpe) => bpe.count(text),
            Kind::File(file) => file.count(text),
        }
    }

    /// How many tokens a rendered conversation is, as a model sees it: the special tokens of the
    /// vocabulary that stand in the text are one token each, and none are added around it.
    ///
    /// A special token that a message spells is one too. Trainers tokenise the rendered text in this way.
    pub fn count_special(&self, text: &str) -> usize {
        match &self.kind {
            Kind::BuiltIn(bpe) => bpe.count_with_special_tokens(text),
            Kind::File(file) => file.count_special(text),
        }
    }

    /// The tokens of [`count_special`](Self::count_special) in the order of the text, by whether they are
    /// trained on. Replaces what `out` holds; neighbours in it differ in `trained`.
    ///
    /// The whole text is tokenised; where a mark stands inside a token, the token is decided as the
    /// transformers library decides for `return_assistant_tokens_mask`. Only for a `tokenizer.json` that
    /// rewrites letters of the text, or has no token for one, the pieces between marks are counted.
    pub fn runs(&self, rendered: &Rendered, out: &mut Vec<Run>) {
        out.clear();
        match &self.kind {
            Kind::BuiltIn(bpe) => places::runs(bpe, &self.name, rendered, out),
            Kind::File(file) => file.runs(rendered, out),
        }
    }
}

fn built_in(name: &str) -> Option<&'static tiktoken::CoreBpe> {
    if BUILT_IN.contains(&name) { tiktoken::get_encoding(name) } else { None }
}

/// The folder of the model whose tokenizer `spec` names; none for a built-in vocabulary.
pub fn model_folder(spec: &str) -> Option<PathBuf> {
    file(spec)?.parent().map(Path::to_owned)
}

/// The file that is read for this tokenizer; none for a built-in vocabulary.
pub fn file(spec: &str) -> Option<PathBuf> {
    file_of(spec).filter(|_| !BUILT_IN.contains(&spec))
}

/// The file that `spec` means. A name without any mark of a path that is no file is a misspelt name.
fn file_of(spec: &str) -> Option<PathBuf> {
    let path = Path::new(spec);
    if path.is_dir() {
        Some(path.join("tokenizer.json"))
    } else if path.exists() || spec.contains('/') || spec.ends_with(".json") {
        Some(path.to_owned())
    } else {
        None
    }
}

#[cfg(test)]
mod tests;
