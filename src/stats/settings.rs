//! What was measured, and how: what two parts must agree in to be put together.

use serde::{Deserialize, Serialize};

/// A tokenizer or chat template. Files of one name may hold different things, and one thing may have another
/// name on another machine, so it is the contents that count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// What it was called.
    pub name: String,
    /// A digest of what it holds; none for what the name says all about.
    pub digest: Option<String>,
}

impl Source {
    /// Of this name and this digest.
    pub fn new(name: &str, digest: Option<u128>) -> Source {
        Source { name: name.to_owned(), digest: digest.map(|digest| format!("{digest:032x}")) }
    }

    fn is(&self, other: &Source) -> bool {
        self.digest == other.digest && (self.digest.is_some() || self.name == other.name)
    }

    /// The name, and where the other is a file too or is called the same, as much of the digest as tells them apart.
    fn told(&self, other: Option<&Source>) -> String {
        let is_alike = other.is_some_and(|other| other.digest.is_some() || other.name == self.name);
        match self.digest.as_deref().and_then(|digest| digest.get(..8)) {
            Some(digest) if is_alike => format!("{} (contents {digest})", self.name),
            _ => self.name.clone(),
        }
    }
}

/// What was measured, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// What counts tokens; none: nothing.
    pub tokenizer: Option<Source>,
    /// The chat template through which conversations are counted.
    pub template: Option<Source>,
    /// Control tokens that the template writes and the tokenizer takes for plain text.
    #[serde(default)]
    pub plain: Vec<String>,
    /// The moment that the template was told, in one spelling; none where it does not ask.
    pub template_date: Option<String>,
    /// The length limit in tokens.
    pub max_tokens: Option<u64>,
    /// Pointers to the fields by which records are counted.
    pub by: Vec<String>,
    /// Quality and diversity are measured.
    pub quality: bool,
    /// Languages are guessed.
    pub languages: bool,
    /// Lines that are told of each finding.
    pub examples: usize,
}

impl Settings {
    /// What differs, in words; none if nothing does.
    pub fn differ(&self, other: &Settings) -> Option<String> {
        self.counts_differ(other).or_else(|| {
            let of = |settings: &Settings| settings.examples.to_string();
            told("--examples", of(self), of(other))
        })
    }

    /// The same, but of lists of lines, which are no figures.
    pub fn counts_differ(&self, other: &Settings) -> Option<String> {
        let pairs = [
            ("--tokenizer", &self.tokenizer, &other.tokenizer),
            ("--chat-template", &self.template, &other.template),
        ];
        for (name, one, two) in pairs {
            let same = match (one, two) {
                (Some(one), Some(two)) => one.is(two),
                _ => one.is_none() && two.is_none(),
            };
            if !same {
                let of = |source: &Option<Source>, other: &Option<Source>| {
                    source.as_ref().map_or_else(none, |source| source.told(other.as_ref()))
                };
                return told(name, of(one, two), of(two, one));
            }
        }
        let number = |n: Option<u64>| n.map_or_else(none, |n| n.to_string());
        let date = |settings: &Settings| settings.template_date.clone().unwrap_or_else(none);
        let by = |settings: &Settings| match settings.by.is_empty() {
            true => none(),
            // Quoted: `/a /b` may be one pointer or two.
            false => format!("{:?}", settings.by),
        };
        let pairs = [
            ("--template-date", date(self), date(other)),
            ("--max-tokens", number(self.max_tokens), number(other.max_tokens)),
            ("--by", by(self), by(other)),
            ("quality", self.quality.to_string(), other.quality.to_string()),
            ("--languages", self.languages.to_string(), other.languages.to_string()),
        ];
        pairs.into_iter().find_map(|(name, one, two)| told(name, one, two))
    }
}

fn none() -> String {
    "none".to_owned()
}

/// That it differs, if it does.
fn told(name: &str, one: String, two: String) -> Option<String> {
    (one != two).then(|| format!("{name} is {one} in one and {two} in another"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_the_same_by_what_they_hold_and_built_in_things_by_name() {
        let file = |name, digest| Source::new(name, Some(digest));
        assert!(file("a/tokenizer.json", 7).is(&file("b/tokenizer.json", 7)));
        assert!(!file("tokenizer.json", 7).is(&file("tokenizer.json", 8)));
        assert!(Source::new("o200k_base", None).is(&Source::new("o200k_base", None)));
        assert!(!Source::new("o200k_base", None).is(&Source::new("chars", None)));
        assert!(!Source::new("x", None).is(&file("x", 1)));
    }
}
