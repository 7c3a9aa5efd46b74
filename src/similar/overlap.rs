//! Whether a text holds what a test asks: runs of words that it shares with the items of an evaluation set.
//!
//! Only the evaluation set is indexed, and the training data streams by. Every run of n words of an item is
//! kept exactly, with its place in the item; a text covers the words of an item that lie in runs the text has
//! too. The share of the *item's* words that one text covers is the score, since it is the item that must not
//! be known: a long text that quotes a short question has all of it. An item of fewer than n words is covered
//! when all of it stands in the text.

use std::collections::BTreeMap;
use std::ops::Range;

use super::buckets::{Buckets, Entry};
use super::threshold::Threshold;
use super::words::{self, Shingler, Text};

/// A run of words of an item.
#[derive(Debug, Clone, Copy)]
struct Run {
    hash: u64,
    item: u32,
    at: u32,
}

impl Entry for Run {
    /// 768 bytes on average.
    const MOST: usize = 48;

    fn top(self) -> u32 {
        (self.hash >> 32) as u32
    }
}

/// An item of the evaluation set.
#[derive(Debug, Clone)]
struct Item {
    place: u32,
    words: u32,
}

/// How much a text has to cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// This share of the words of an item.
    Share(Threshold),
    /// Any run of n words, or all of a shorter item.
    Any,
}

/// The items of an evaluation set, to be looked for in texts.
#[derive(Debug)]
pub struct Overlap {
    ngram: usize,
    limit: Limit,
    shingler_seed: u64,
    items: Vec<Item>,
    /// Runs by their length: n, and the lengths of the items that are shorter.
    runs: BTreeMap<usize, Buckets<Run>>,
}

/// An item that a text holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Where the item stands, as it was given to [`Overlap::insert`].
    pub place: u32,
    /// Words of the item that are covered.
    pub covered: u32,
    /// Words of the item.
    pub of: u32,
    /// The first covered word of the text, and the one behind the last.
    pub span: (u32, u32),
}

impl Hit {
    /// The share of the item's words.
    pub fn score(self) -> f64 {
        f64::from(self.covered) / f64::from(self.of.max(1))
    }
}

impl Overlap {
    /// An empty set; runs have `ngram` words, at least 1.
    pub fn new(ngram: usize, limit: Limit, seed: u64) -> Overlap {
        Overlap {
            ngram: ngram.max(1),
            limit,
            shingler_seed: seed,
            items: vec![],
            runs: BTreeMap::new(),
        }
    }

    /// Adds an item: its texts, of which each is a place for runs by itself.
    pub fn insert<'t>(&mut self, texts: impl IntoIterator<Item = Text<'t>>, place: u32) {
        let mut shingler = Shingler::new(self.shingler_seed);
        let mut hashes = Vec::new();
        let number = self.items.len() as u32;
        let mut before = 0;
        for text in texts {
            let words = shingler.words(text);
            if words.is_empty() {
                continue;
            }
            let length = words.len().min(self.ngram);
            hashes.clear();
            words::shingle(words, length, &mut hashes);
            let runs = self.runs.entry(length).or_default();
            for (at, hash) in hashes.iter().enumerate() {
                runs.insert(Run { hash: *hash, item: number, at: before + at as u32 });
            }
            before += words.len() as u32;
        }
        if before > 0 {
            self.items.push(Item { place, words: before });
        }
    }

    /// The number of items that have words.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Has no item words?
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The item that a text covers best, if it covers enough of one; of several the first.
    pub fn find(&self, shingler: &mut Shingler, text: Text<'_>) -> Option<Hit> {
        let mut found: BTreeMap<u32, Vec<(Range<u32>, u32)>> = BTreeMap::new();
        let words = shingler.words(text).to_vec();
        let mut hashes = Vec::new();
        for (length, runs) in self.runs.range(..=words.len()) {
            hashes.clear();
            words::shingle(&words, *length, &mut hashes);
            for (at, hash) in hashes.iter().enumerate() {
                let top = (hash >> 32) as u32;
                for run in runs.near(top).iter().filter(|run| run.hash == *hash) {
                    let covered = run.at..run.at + *length as u32;
                    found.entry(run.item).or_default().push((covered, at as u32));
                }
            }
        }
        let hits = found.into_iter().filter_map(|(item, runs)| {
            let whole_run = runs.iter().any(|(covered, _)| covered.len() == self.ngram);
            let hit = self.hit(&self.items[item as usize], runs);
            let enough = match self.limit {
                Limit::Any => whole_run || hit.covered == hit.of,
                Limit::Share(share) => share.is_met(hit.covered as usize, hit.of as usize),
            };
            enough.then_some(hit)
        });
        hits.reduce(|best, hit| if hit.score() > best.score() { hit } else { best })
    }

    fn hit(&self, item: &Item, mut runs: Vec<(Range<u32>, u32)>) -> Hit {
        let first = runs.iter().map(|(_, at)| *at).min().unwrap_or(0);
        let last = runs.iter().map(|(covered, at)| at + covered.len() as u32).max().unwrap_or(0);
        runs.sort_unstable_by_key(|(covered, _)| covered.start);
        let (mut covered, mut end) = (0, 0);
        for (run, _) in runs {
            covered += run.end.saturating_sub(run.start.max(end));
            end = end.max(run.end);
        }
        Hit { place: item.place, covered, of: item.words, span: (first, last) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn overlap(limit: Limit) -> Overlap {
        let mut overlap = Overlap::new(3, limit, 1);
        overlap.insert([Text::Decoded("one two three four five six")], 10);
        overlap.insert([Text::Decoded("Hello, you!")], 20);
        overlap.insert([Text::Decoded("...")], 30);
        overlap
    }

    fn find(overlap: &Overlap, text: &str) -> Option<(u32, u32, u32, (u32, u32))> {
        let hit = overlap.find(&mut Shingler::new(1), Text::Decoded(text))?;
        Some((hit.place, hit.covered, hit.of, hit.span))
    }

    #[test]
    fn the_share_is_that_of_the_items_words() {
        let half = overlap(Limit::Share("0.5".parse().unwrap()));
        assert_eq!(half.len(), 2);
        assert_eq!(find(&half, "say ONE two three and four five"), Some((10, 3, 6, (1, 4))));
        assert_eq!(find(&half, "x one two three four y"), Some((10, 4, 6, (1, 5))));
        assert_eq!(find(&half, "four five six, one two three"), Some((10, 6, 6, (0, 6))));
        assert_eq!(
            find(&half, "one two, three; one two three"),
            Some((10, 3, 6, (0, 6))),
            "words count once"
        );
        let most = overlap(Limit::Share("0.6".parse().unwrap()));
        assert_eq!(find(&most, "one two three"), None);
        assert_eq!(find(&overlap(Limit::Any), "one two three"), Some((10, 3, 6, (0, 3))));
    }

    #[test]
    fn a_short_item_has_to_be_there_as_a_whole() {
        let any = overlap(Limit::Any);
        assert_eq!(find(&any, "and hello you there"), Some((20, 2, 2, (1, 3))));
        assert_eq!(find(&any, "hello there you"), None);
        assert_eq!(find(&any, "hello"), None);
        assert_eq!(find(&any, ""), None);
    }

    #[test]
    fn a_short_turn_of_a_longer_item_is_no_item() {
        let mut overlap = Overlap::new(3, Limit::Any, 1);
        overlap.insert([Text::Decoded("one two three four"), Text::Decoded("yes")], 1);
        assert_eq!(find(&overlap, "yes"), None);
        assert_eq!(find(&overlap, "yes one two three"), Some((1, 4, 5, (0, 4))));
    }

    #[test]
    fn the_best_item_is_told() {
        let any = overlap(Limit::Any);
        assert_eq!(find(&any, "one two three hello you").map(|hit| hit.0), Some(20));
    }
}
