//! From the words of a turn to shingles.
//!
//! A shingle is a run of five words ([`crate::record::words`]) within a turn, as a hash of 64 bits; of a turn
//! of fewer words all of them are the one shingle. No shingle crosses the end of a turn, since the seam of
//! every two turns is made by the format and not by a writer.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::mix;

pub use crate::record::words::{Text, decode, each_word, escapes, fold};

/// Words in a shingle: the usual length for near-duplicates of documents; shorter ones make texts of one
/// topic alike, longer ones make a misspelt word count more.
pub const SHINGLE: usize = 5;

/// An odd number that spreads words over 64 bits: 2^64 divided by the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// Finds words and shingles; its buffers are reused from text to text.
#[derive(Debug, Default)]
pub struct Shingler {
    seed: u64,
    folded: String,
    words: Vec<u64>,
}

impl Shingler {
    /// One whose hashes depend on `seed`.
    pub fn new(seed: u64) -> Shingler {
        Shingler { seed, ..Shingler::default() }
    }

    /// Adds the shingles of a turn, in their order, with repetitions.
    pub fn turn(&mut self, text: Text<'_>, shingles: &mut Vec<u64>) {
        shingle(self.words(text), SHINGLE, shingles);
    }

    /// The words of a turn as hashes, in their order.
    pub fn words(&mut self, text: Text<'_>) -> &[u64] {
        fold(text, &mut self.folded);
        self.words.clear();
        let (seed, words) = (self.seed, &mut self.words);
        each_word(&self.folded, |word| words.push(xxh3_64_with_seed(word.as_bytes(), seed)));
        &self.words
    }
}

/// Adds the hash of each run of `length` words; of fewer words all are one run, of none there is none.
pub fn shingle(words: &[u64], length: usize, shingles: &mut Vec<u64>) {
    let combine = |hash: u64, word: &u64| hash.wrapping_mul(SPREAD).wrapping_add(*word);
    if words.len() < length {
        if !words.is_empty() {
            // The length keeps short turns apart from runs of five.
            shingles.push(mix(words.iter().fold(words.len() as u64, combine)));
        }
        return;
    }
    // A polynomial of the words, so that the next run is the last one without its first word.
    let first = SPREAD.wrapping_pow(length as u32 - 1);
    let mut hash = words[..length].iter().fold(0, combine);
    shingles.push(mix(hash));
    for (gone, word) in words.iter().zip(&words[length..]) {
        hash = combine(hash.wrapping_sub(gone.wrapping_mul(first)), word);
        shingles.push(mix(hash));
    }
}

/// Makes a set: sorted, each element once.
pub fn to_set(shingles: &mut Vec<u64>) {
    shingles.sort_unstable();
    shingles.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shingles_are_runs_of_five_words_and_a_short_turn_is_one() {
        let set = |text: &str| {
            let mut shingles = Vec::new();
            Shingler::new(7).turn(Text::Decoded(text), &mut shingles);
            shingles
        };
        assert_eq!(set("").len(), 0);
        assert_eq!((set("a").len(), set("a b c d").len(), set("a b c d e").len()), (1, 1, 1));
        assert_eq!(set("a b c d e f g").len(), 3);
        assert_eq!(
            set("x a b c d e")[1],
            set("a b c d e")[0],
            "a run does not depend on its place"
        );
        assert_ne!(set("a b c d e"), set("b a c d e"));
        assert_ne!(set("a b"), set("b a"));
        assert_eq!(set("a b a b a b a b").len(), 4);
    }
}
