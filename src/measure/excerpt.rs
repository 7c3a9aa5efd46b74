//! A part of many texts that stands for all of them, chosen by their hashes.
//!
//! For what has to look at text as a whole, such as compression. Which texts are in it depends on what texts
//! there are and not on their order: those whose hash begins with enough zero bits that all of them fit.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// Bytes of a text that are taken in: else the longest ones would be all that there is.
const LONGEST: usize = 16 << 10;

/// Different texts of up to so many bytes together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Excerpt {
    budget: usize,
    level: u32,
    bytes: usize,
    texts: BTreeMap<u64, String>,
}

impl Excerpt {
    /// An empty one of up to `budget` bytes, for a part of the data of which another has this level already.
    pub fn at(budget: usize, level: u32) -> Excerpt {
        Excerpt { budget, level, bytes: 0, texts: BTreeMap::new() }
    }

    /// Adds a text.
    pub fn add(&mut self, text: &str) {
        let key = xxh3_64(text.as_bytes());
        if key.leading_zeros() >= self.level && !self.texts.contains_key(&key) {
            self.take(key, text[..text.floor_char_boundary(LONGEST)].to_owned());
        }
    }

    fn take(&mut self, key: u64, text: String) {
        if key.leading_zeros() < self.level {
            return;
        }
        let length = text.len();
        if self.texts.insert(key, text).is_none() {
            self.bytes = self.bytes.saturating_add(length);
        }
        while self.bytes > self.budget {
            self.raise(self.level + 1);
        }
    }

    fn raise(&mut self, level: u32) {
        if level > self.level {
            self.level = level;
            self.texts.retain(|key, _| key.leading_zeros() >= level);
            self.bytes = self.texts.values().map(String::len).sum();
        }
    }

    /// Adds another part.
    pub fn merge(&mut self, other: Excerpt) {
        self.raise(other.level);
        other.texts.into_iter().for_each(|(key, text)| self.take(key, text));
    }

    /// One of 2^level texts is in it.
    pub fn level(&self) -> u32 {
        self.level
    }

    /// The texts in an order that is always the same.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.values().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_in_any_order_make_the_same_whole(
            texts in prop::collection::vec("[ab]{0,9}", 0..60),
            cut in 0usize..60,
            budget in 0usize..90,
        ) {
            let of = |texts: &[String]| {
                let mut excerpt = Excerpt::at(budget, 0);
                texts.iter().for_each(|text| excerpt.add(text));
                excerpt
            };
            let whole = serde_json::to_string(&of(&texts)).unwrap();
            let (one, other) = texts.split_at(cut.min(texts.len()));
            let mut back = of(other);
            back.merge(of(one));
            prop_assert_eq!(serde_json::to_string(&back).unwrap(), whole);
            prop_assert!(back.texts().map(str::len).sum::<usize>() <= budget);
        }
    }
}
