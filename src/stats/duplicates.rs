//! Records that are there more than once: exactly, by hash, and nearly, by a sample of signatures.
//!
//! Near-duplicates are estimated from a sample in which they meet. A record is chosen by one component of its
//! signature: two records that share the part J of their runs of words have that component in common with
//! probability J, so that whoever is chosen brings its near-duplicates along, which a sample of records taken
//! blindly would not. Within the sample, similarity is the share of components in common. A near-duplicate
//! found stands for 1/J, since one of J was to be missed.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::measure::Distinct;
use crate::measure::distinct::{HashKeyed, Seen};
use crate::similar::mix;
use crate::similar::sketch::{Banding, Sketcher};
use crate::similar::words::{SHINGLE, shingle};
use crate::similar::{By, Keyer, Normalize};

use super::place::{Place, Shift};

/// Different records (prompts, responses) that are counted exactly. A dataset of so many chats has some 300 MB.
pub const EXACT: usize = 1 << 17;

/// Signatures in the sample: the standard error of a rate of .1 is then .005. Half a kilobyte each.
const SAMPLE: usize = 4096;

/// Signatures that are held of records with one component in common; of a larger crowd nothing more would be
/// learned.
const CROWD: usize = 64;

/// The similarity from which records are near-duplicates, as in `chatml-dedup --near`.
pub const NEAR: f64 = 0.8;

/// Components of a signature, and how many make a band: as for `chatml-dedup --near=0.8`.
const BANDING: Banding = Banding { bands: 21, rows: 6 };

/// What is compared, with the name that reports have for it.
pub const COMPARED: [(&str, By); 3] =
    [("records", By::Messages), ("prompts", By::Prompt), ("responses", By::Response)];

/// How often the same occurs.
pub type Repeats = Distinct<Seen<Place>>;

/// Moves the places of a part.
pub fn shifted(repeats: Repeats, shift: Shift<'_>) -> Repeats {
    repeats.map(|seen| Seen { first: shift.of(seen.first), ..seen })
}

/// Makes the keys of records; the buffers are reused.
pub struct Keys {
    keyers: Vec<Keyer>,
}

impl Default for Keys {
    /// One of each that is compared. The keys are the same in every run, so that parts can be merged.
    fn default() -> Keys {
        let keyer = |(_, by): &(_, By)| Keyer::new(std::slice::from_ref(by), Normalize::None, 0);
        Keys { keyers: COMPARED.iter().map(keyer).collect() }
    }
}

impl Keys {
    /// The keys of a record in the order of [`COMPARED`]; none for what it lacks.
    pub fn of(
        &mut self,
        conversation: crate::similar::Conversation<'_>,
    ) -> [Option<u64>; COMPARED.len()] {
        let mut keys = [None; COMPARED.len()];
        for (key, keyer) in keys.iter_mut().zip(&mut self.keyers) {
            *key = keyer.key(conversation, None).map(|key| (key.0 >> 64) as u64);
        }
        keys
    }
}

/// Makes signatures; the buffers are reused.
pub struct Signer {
    sketcher: Sketcher,
    set: Vec<u64>,
}

impl Default for Signer {
    /// The signatures are the same in every run, so that parts can be merged.
    fn default() -> Signer {
        Signer { sketcher: Sketcher::new(BANDING), set: Vec::new() }
    }
}

impl Signer {
    /// Begins a record.
    pub fn begin(&mut self) {
        self.set.clear();
    }

    /// Adds a text by its words, as a [`Shingler`](crate::similar::Shingler) without a seed finds them.
    pub fn words(&mut self, words: &[u64]) {
        shingle(words, SHINGLE, &mut self.set);
    }

    /// The signature of all that was added; none for a record without words.
    pub fn end(&mut self) -> Option<Signature> {
        let bins = self.sketcher.signature(&self.set)?;
        let chosen = mix(bins.first()?.wrapping_add(1));
        Some(Signature { chosen, bins: bins.iter().map(|bin| mix(*bin) as u16).collect() })
    }
}

/// The signature of a record.
#[derive(Debug, Clone)]
pub struct Signature {
    /// What it is chosen by: its first component, in all of its bits.
    chosen: u64,
    /// Its components in 16 bits, in which one of 65,536 others looks like it.
    bins: Vec<u16>,
}

/// A sample of signatures in which near-duplicates meet.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Form", into = "Form")]
pub struct Near {
    level: u32,
    held: usize,
    /// By the component that records are chosen by: the signatures with their records' keys, the least first.
    groups: HashKeyed<BTreeMap<u64, Vec<u16>>>,
}

impl Near {
    /// An empty one for a part of the data of which another has this level already.
    pub fn at(level: u32) -> Near {
        Near { level, ..Near::default() }
    }

    /// Adds a record of this key. Equal records are one.
    pub fn add(&mut self, key: u64, signature: Signature) {
        self.take(signature.chosen, key, signature.bins);
    }

    fn take(&mut self, chosen: u64, key: u64, signature: Vec<u16>) {
        if chosen.leading_zeros() < self.level {
            return;
        }
        let group = self.groups.entry(chosen).or_default();
        self.held -= group.len();
        group.insert(key, signature);
        if group.len() > CROWD {
            group.pop_last();
        }
        self.held += group.len();
        while self.held > SAMPLE {
            self.raise(self.level + 1);
        }
    }

    fn raise(&mut self, level: u32) {
        if level > self.level {
            self.level = level;
            self.groups.retain(|chosen, _| chosen.leading_zeros() >= level);
            self.held = self.groups.values().map(BTreeMap::len).sum();
        }
    }

    /// Adds another part.
    pub fn merge(&mut self, other: Near) {
        self.raise(other.level);
        for (chosen, group) in other.groups {
            group.into_iter().for_each(|(key, signature)| self.take(chosen, key, signature));
        }
    }

    /// How rarely a record is chosen: one of 2^level.
    pub fn level(&self) -> u32 {
        self.level
    }

    /// Records in the sample.
    pub fn held(&self) -> usize {
        self.held
    }

    /// The share of different records that would be removed because one that stays is similar.
    pub fn rate(&self) -> f64 {
        let mut all: Vec<(&u64, &Vec<u16>)> = self.groups.values().flatten().collect();
        all.sort_unstable_by_key(|(key, _)| **key);
        let mut stay: HashMap<(usize, &[u16]), Vec<&[u16]>> = HashMap::new();
        let mut removed = 0.0;
        for (_, signature) in &all {
            let bands = || signature.chunks_exact(BANDING.rows).enumerate();
            let candidates = bands().filter_map(|band| stay.get(&band)).flatten();
            let best = candidates.map(|other| similarity(signature, other)).fold(0.0, f64::max);
            if best >= NEAR {
                removed += if self.level == 0 { 1.0 } else { 1.0 / best };
            } else {
                for band in bands() {
                    let others = stay.entry(band).or_default();
                    if others.len() < CROWD {
                        others.push(signature);
                    }
                }
            }
        }
        if all.is_empty() { 0.0 } else { (removed / all.len() as f64).min(1.0) }
    }
}

/// The share of components in common.
fn similarity(one: &[u16], other: &[u16]) -> f64 {
    let common = one.iter().zip(other).filter(|(a, b)| a == b).count();
    common as f64 / one.len().max(1) as f64
}

#[derive(Clone, Serialize, Deserialize)]
struct Form {
    level: u32,
    /// What chooses, the record, its signature in hexadecimal digits.
    records: Vec<(u64, u64, String)>,
}

impl From<Form> for Near {
    fn from(form: Form) -> Near {
        let mut near = Near::at(form.level);
        for (chosen, key, digits) in form.records {
            let component = |at: usize| u16::from_str_radix(digits.get(at..at + 4)?, 16).ok();
            let signature = (0..digits.len()).step_by(4).map_while(component).collect();
            near.take(chosen, key, signature);
        }
        near
    }
}

impl From<Near> for Form {
    fn from(near: Near) -> Form {
        let digits =
            |signature: Vec<u16>| signature.iter().map(|bin| format!("{bin:04x}")).collect();
        let of = |(chosen, group): (u64, BTreeMap<u64, Vec<u16>>)| {
            group.into_iter().map(move |(key, signature)| (chosen, key, digits(signature)))
        };
        let mut records: Vec<_> = near.groups.into_iter().flat_map(of).collect();
        records.sort_unstable();
        Form { level: near.level, records }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::similar::{Shingler, Text};
    use proptest::prelude::*;

    /// A text of 60 words, of which the number of the record decides, and one that is changed.
    fn text(record: u64, changed: u64) -> String {
        let word = |at: u64| match at == changed % 60 && changed > 0 {
            true => format!("changed{changed} "),
            false => format!("{:x} ", mix(record * 1000 + at) >> 44),
        };
        (0..60).map(word).collect()
    }

    fn near(texts: impl IntoIterator<Item = String>) -> Near {
        let (mut near, mut signer) = (Near::default(), Signer::default());
        let mut shingler = Shingler::new(0);
        for text in texts {
            signer.begin();
            signer.words(shingler.words(Text::Decoded(&text)));
            let key = xxhash_rust::xxh3::xxh3_64(text.as_bytes());
            signer.end().into_iter().for_each(|signature| near.add(key, signature));
        }
        near
    }

    #[test]
    fn the_rate_is_that_of_the_records_that_would_go() {
        assert_eq!(near([]).rate(), 0.0);
        let different = near((1..200).map(|record| text(record, 0)));
        assert_eq!(different.rate(), 0.0);
        // One word in 60 changes 5 runs of 56: J = 51 / 61 = .84.
        let pairs = near((1..200).flat_map(|record| [text(record, 0), text(record, 30)]));
        assert!((pairs.rate() - 0.5).abs() < 0.1, "{}", pairs.rate());
    }

    #[test]
    fn a_sample_has_the_rate_of_the_whole() {
        let of = |records: std::ops::Range<u64>| {
            near(records.flat_map(|record| [text(record, 0), text(record, (record % 2) * 30)]))
        };
        let sample = of(1..6000);
        assert!(sample.level() > 0 && sample.held() <= SAMPLE);
        // Every second record has a near-duplicate: a third of the different ones would go.
        assert!((sample.rate() - 1.0 / 3.0).abs() < 0.06, "{}", sample.rate());
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 16, ..Default::default() })]

        #[test]
        fn parts_in_any_order_make_the_same_whole(
            records in prop::collection::vec((0u64..30, 0u64..3), 0..80),
            cut in 0usize..80,
        ) {
            let texts: Vec<String> = records.iter().map(|(r, c)| text(*r, c * 20)).collect();
            let whole = serde_json::to_string(&near(texts.clone())).unwrap();
            let (one, other) = texts.split_at(cut.min(texts.len()));
            let mut back = near(other.to_vec());
            back.merge(near(one.to_vec()));
            prop_assert_eq!(serde_json::to_string(&back).unwrap(), whole.clone());
            let read: Near = serde_json::from_str(&whole).unwrap();
            prop_assert_eq!(serde_json::to_string(&read).unwrap(), whole);
        }
    }
}
