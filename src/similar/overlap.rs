//! Whether a text holds what a test asks: runs of words that it shares with the items of an evaluation set.
//!
//! Only the evaluation set is indexed, and the training data streams by. Every run of n words of an item is
//! kept exactly, with its place in the item; a text covers the words of an item that lie in runs the text has
//! too. The share of the *item's* words that one text covers is the score, since it is the item that must not
//! be known: a long text that quotes a short question has all of it. An item of fewer than n words is covered
//! when all of it stands in the text. An item of several texts (the turns of a conversation) is covered by all
//! messages of a record together.

use std::collections::BTreeMap;

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
    /// Where its words begin among those of all items.
    start: usize,
    words: u32,
    /// Its texts that have words.
    texts: u32,
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
    seed: u64,
    items: Vec<Item>,
    /// Words of all items.
    words: usize,
    /// Runs by their length: n, and the lengths of texts that are shorter.
    runs: BTreeMap<usize, Buckets<Run>>,
}

/// An item that a record holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Where the item stands, as it was given to [`Overlap::insert`].
    pub place: u32,
    /// Words of the item that are covered.
    pub covered: u32,
    /// Words of the item.
    pub of: u32,
    /// The message that covers them, or the last of those that do.
    pub message: usize,
    /// The first word of it that covers some, and the one behind the last.
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
        Overlap { ngram: ngram.max(1), limit, seed, items: vec![], words: 0, runs: BTreeMap::new() }
    }

    /// Adds an item: its texts, of which each is a place for runs by itself.
    pub fn insert<'t>(&mut self, texts: impl IntoIterator<Item = Text<'t>>, place: u32) {
        let mut shingler = Shingler::new(self.seed);
        let mut hashes = Vec::new();
        let item = self.items.len() as u32;
        let (mut before, mut count) = (0, 0);
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
                runs.insert(Run { hash: *hash, item, at: before + at as u32 });
            }
            before += words.len() as u32;
            count += 1;
        }
        if before > 0 {
            self.items.push(Item { place, start: self.words, words: before, texts: count });
            self.words += before as usize;
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
}

/// What was found of an item so far.
#[derive(Debug, Clone, Copy, Default)]
struct Found {
    /// A run of n words was among it.
    whole_run: bool,
    span: (u32, u32),
}

/// Looks for the items of a set; its buffers are reused from record to record. One for each worker.
#[derive(Debug)]
pub struct Search<'o> {
    set: &'o Overlap,
    shingler: Shingler,
    /// A bit for each word of all items: it is covered.
    covered: Vec<u64>,
    found: Vec<Found>,
    /// Items of which something was found.
    touched: Vec<u32>,
    /// Runs of a text with where each stands first and where last: each is looked up once.
    hashes: Vec<(u64, u32)>,
}

impl<'o> Search<'o> {
    /// A search for the items of `set`.
    pub fn new(set: &'o Overlap) -> Search<'o> {
        Search {
            set,
            shingler: Shingler::new(set.seed),
            covered: vec![0; set.words.div_ceil(64)],
            found: vec![Found::default(); set.items.len()],
            touched: Vec::new(),
            hashes: Vec::new(),
        }
    }

    /// The item that a record holds, given the texts of its messages: the one of which the greatest share is
    /// covered, of several the first.
    ///
    /// A message is taken by itself. Only of an item that has several texts do all messages together cover it.
    pub fn find<'t>(&mut self, texts: impl IntoIterator<Item = (usize, Text<'t>)>) -> Option<Hit> {
        let mut best: Option<Hit> = None;
        let mut better = |hit: Hit| {
            if best.is_none_or(|best| (hit.score(), best.place) > (best.score(), hit.place)) {
                best = Some(hit);
            }
        };
        for (message, text) in texts {
            self.look(text);
            for item in std::mem::take(&mut self.touched) {
                self.hit(item, message).into_iter().for_each(&mut better);
                match self.set.items[item as usize].texts {
                    1 => self.forget(item),
                    // The next message adds to it.
                    _ => self.touched.push(item),
                }
            }
        }
        for item in std::mem::take(&mut self.touched) {
            self.forget(item);
        }
        best
    }

    /// Marks the words of all items that a text covers.
    fn look(&mut self, text: Text<'_>) {
        let words = self.shingler.words(text).to_vec();
        let mut runs_of_text = Vec::new();
        for (length, runs) in self.set.runs.range(..=words.len()) {
            runs_of_text.clear();
            words::shingle(&words, *length, &mut runs_of_text);
            self.hashes.clear();
            self.hashes.extend(runs_of_text.iter().zip(0..).map(|(hash, at)| (*hash, at)));
            self.hashes.sort_unstable();
            let hashes = std::mem::take(&mut self.hashes);
            for same in hashes.chunk_by(|one, other| one.0 == other.0) {
                let (hash, first) = same[0];
                let last = same.last().map_or(first, |last| last.1) + *length as u32;
                for run in runs.near((hash >> 32) as u32).iter().filter(|run| run.hash == hash) {
                    self.mark(run, *length, (first, last));
                }
            }
            self.hashes = hashes;
        }
    }

    fn mark(&mut self, run: &Run, length: usize, span: (u32, u32)) {
        let item = &self.set.items[run.item as usize];
        let start = item.start + run.at as usize;
        for word in start..start + length {
            self.covered[word / 64] |= 1 << (word % 64);
        }
        let found = &mut self.found[run.item as usize];
        *found = match found.span {
            (0, 0) => {
                self.touched.push(run.item);
                Found { whole_run: false, span }
            }
            (first, last) => Found { span: (first.min(span.0), last.max(span.1)), ..*found },
        };
        found.whole_run |= length == self.set.ngram;
    }

    /// The words of an item, as places of bits.
    fn words(&self, item: u32) -> std::ops::Range<usize> {
        let item = &self.set.items[item as usize];
        item.start..item.start + item.words as usize
    }

    fn hit(&self, item: u32, message: usize) -> Option<Hit> {
        let covered =
            self.words(item).filter(|word| self.covered[word / 64] >> (word % 64) & 1 == 1);
        let covered = covered.count() as u32;
        let Item { place, words: of, .. } = self.set.items[item as usize];
        let Found { whole_run, span } = self.found[item as usize];
        let enough = match self.set.limit {
            Limit::Any => whole_run || covered == of,
            Limit::Share(share) => share.is_met(covered as usize, of as usize),
        };
        enough.then_some(Hit { place, covered, of, message, span })
    }

    fn forget(&mut self, item: u32) {
        for word in self.words(item) {
            self.covered[word / 64] &= !(1 << (word % 64));
        }
        self.found[item as usize] = Found::default();
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
        let hit = Search::new(overlap).find([(0, Text::Decoded(text))])?;
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
    fn the_messages_of_a_record_cover_an_item_of_several_texts_together() {
        let mut overlap = Overlap::new(3, Limit::Share("0.9".parse().unwrap()), 1);
        let turns = ["one two three", "four five six", "seven eight nine"].map(Text::Decoded);
        overlap.insert(turns, 1);
        overlap.insert([Text::Decoded("one two three four five six")], 2);
        let mut search = Search::new(&overlap);
        let hit = search.find(turns.into_iter().enumerate()).unwrap();
        assert_eq!((hit.place, hit.covered, hit.of, hit.message), (1, 9, 9, 2));
        assert_eq!(search.find(turns[..2].iter().copied().enumerate()), None);
        assert_eq!(
            search.find(turns[2..].iter().copied().enumerate()),
            None,
            "nothing is left of before"
        );
    }

    #[test]
    fn a_text_that_repeats_itself_costs_no_more_than_its_length() {
        let mut overlap = Overlap::new(3, Limit::Any, 1);
        let item = "ha ".repeat(3000);
        overlap.insert([Text::Decoded(&item)], 1);
        let text = "ha ".repeat(100_000);
        let hit = Search::new(&overlap).find([(0, Text::Decoded(&text))]).unwrap();
        assert_eq!((hit.covered, hit.span), (3000, (0, 100_000)));
    }

    #[test]
    fn the_best_item_is_told() {
        let any = overlap(Limit::Any);
        assert_eq!(find(&any, "one two three hello you").map(|hit| hit.0), Some(20));
    }
}
