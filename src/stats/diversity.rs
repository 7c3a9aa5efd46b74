//! How much the texts of one role repeat themselves.

use serde::{Deserialize, Serialize};

use crate::measure::sum::add;
use crate::measure::{Distinct, Excerpt, Top};
use crate::similar::words::shingle;

/// Lengths of the runs of words that are counted: 1 to 3 for distinct-n, 4 and 10 for self-repetition.
pub const RUNS: [usize; 5] = [1, 2, 3, 4, 10];

/// Different runs that are held: the relative standard error of their number is then .01.
const HELD: usize = 1 << 14;

/// Bytes of text that are compressed. Compressors find repetitions within a window of about this size.
const EXCERPT: usize = 1 << 20;

/// The level of compression, as in published figures by zstd.
const ZSTD_LEVEL: i32 = 3;

/// Different openings among which the most frequent are found.
const OPENINGS: usize = 1 << 14;

/// Words of the longest label: `needs a human`. What is longer says something in words of its own.
const LABEL: usize = 3;

/// Characters of the longest label without spaces, in words of two characters each and some to spare.
const UNSPACED_LABEL: usize = 8;

/// What is known of the texts of one role.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Diversity {
    /// Messages with a word.
    pub messages: u64,
    /// Messages that are a label or JSON.
    pub values: u64,
    /// Runs of words, in the order of [`RUNS`].
    pub runs: [Distinct<()>; RUNS.len()],
    /// The first three words.
    pub openings: Top,
    /// Texts for compression.
    pub excerpt: Excerpt,
}

/// How selective the parts of a [`Diversity`] have become; those of the whole spare the workers what would
/// not be taken.
pub type Levels = [u32; RUNS.len() + 1];

impl Diversity {
    /// An empty one.
    pub fn at(levels: Levels) -> Diversity {
        let [runs @ .., excerpt] = levels;
        Diversity {
            messages: 0,
            values: 0,
            runs: runs.map(|level| Distinct::at(HELD, level)),
            openings: Top::new(OPENINGS),
            excerpt: Excerpt::at(EXCERPT, excerpt),
        }
    }

    /// How selective it has become.
    pub fn levels(&self) -> Levels {
        let mut levels = [self.excerpt.level(); RUNS.len() + 1];
        for (level, runs) in levels.iter_mut().zip(&self.runs) {
            *level = runs.level();
        }
        levels
    }

    /// Counts a message. `opening`: its first words, if it has any; `words`: all of them, as a
    /// [`Shingler`](crate::similar::Shingler) without a seed finds them; `found` is a buffer.
    pub fn add(&mut self, text: &str, opening: Option<&str>, words: &[u64], found: &mut Vec<u64>) {
        self.messages += u64::from(!words.is_empty());
        self.values += u64::from(is_value(text, words.len()));
        for (runs, length) in self.runs.iter_mut().zip(RUNS) {
            if words.len() >= length {
                found.clear();
                shingle(words, length, found);
                found.iter().for_each(|run| runs.add(*run, ()));
            }
        }
        opening.into_iter().for_each(|opening| self.openings.add(opening));
        self.excerpt.add(text);
    }

    /// Adds another part.
    pub fn merge(&mut self, other: Diversity) {
        add(&mut self.messages, other.messages);
        add(&mut self.values, other.values);
        self.runs.iter_mut().zip(other.runs).for_each(|(own, other)| own.merge(other));
        self.openings.merge(other.openings);
        self.excerpt.merge(other.excerpt);
    }

    /// Different runs of this length as a share of all; none where there is none.
    pub fn distinct(&self, length: usize) -> Option<f64> {
        self.different(length)
    }

    /// Runs of this length that were there before as a share of all; none where there is none.
    pub fn repetition(&self, length: usize) -> Option<f64> {
        self.different(length).map(|different| 1.0 - different)
    }

    fn different(&self, length: usize) -> Option<f64> {
        let runs = RUNS.iter().position(|run| *run == length).and_then(|at| self.runs.get(at))?;
        let share = || (runs.estimate() / runs.total() as f64).min(1.0);
        (runs.total() > 0).then(share)
    }

    /// Bytes of the excerpt divided by those of its compressed form; 0 where there is no text.
    pub fn compression(&self) -> f64 {
        let texts: Vec<&str> = self.excerpt.texts().collect();
        let text = texts.join("\n");
        match zstd::bulk::compress(text.as_bytes(), ZSTD_LEVEL) {
            Ok(packed) if !text.is_empty() => text.len() as f64 / packed.len() as f64,
            _ => 0.0,
        }
    }
}

/// Is the text a label or JSON, whose form is given? It repeats itself because that is what it is for.
fn is_value(text: &str, words: usize) -> bool {
    let text = text.trim();
    let is_json = || {
        matches!(
            (text.as_bytes().first(), text.as_bytes().last()),
            (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']'))
        ) && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
    };
    // In scripts without spaces a word is a character here.
    let is_unspaced_label = || {
        let ends = |c: char| c.is_whitespace() || "。！？".contains(c);
        text.chars().nth(UNSPACED_LABEL).is_none() && !text.contains(ends)
    };
    words > 0 && (words <= LABEL || is_unspaced_label() || is_json())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_json_are_values() {
        for (text, words, wanted) in [
            ("repair", 1, true),
            ("needs a human", 3, true),
            ("It needs a human.", 4, false),
            ("", 0, false),
            ("...", 0, false),
            (" {\"name\": \"Ada\", \"place\": \"the town hall of Riga\"}\n", 7, true),
            ("[\"one thing\", \"and another thing\"]", 5, true),
            ("{\"name\": \"Ada\", and so on and on", 6, false),
            ("{}", 0, false),
            ("退款申请", 4, true),
            ("需要人工处理", 6, true),
            ("我们会退款。", 5, false),
            ("这个问题需要人工来处理", 11, false),
            ("[Note] this is what I think [of it]", 8, false),
        ] {
            assert_eq!(is_value(text, words), wanted, "{text}");
        }
    }
}
