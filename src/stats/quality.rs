//! What makes synthetic data fail: repetition, templates, and signs of bad texts.

use serde::{Deserialize, Serialize};

use crate::measure::distinct::Seen;
use crate::measure::sum::add;
use crate::measure::{Distinct, Top};
use crate::quality::{Detector, SIGNS, Signs, Speaker, opening, skeleton};
use crate::rules::usable::Record;
use crate::similar::{Shingler, Text};

use super::chat::{Chat, Role, conversation};
use super::diversity::{self, Diversity};
use super::duplicates::{COMPARED, EXACT, Keys, Near, Repeats, Signer, shifted};
use super::place::{Place, Places, Shift};

/// The roles whose texts are looked at for diversity.
pub const SPEAKERS: [Role; 2] = [Role::User, Role::Assistant];

/// Different skeletons that are counted exactly.
const SKELETONS: usize = 1 << 16;

/// Bytes of a text in which its first words are looked for.
const BEGINNING: usize = 2048;

/// Skeletons among which the most frequent is found.
const TEMPLATES: usize = 4096;

/// Texts with one sign.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Signed {
    /// Records that have it.
    pub records: u64,
    /// The first lines of these.
    pub at: Places,
}

/// How selective the samples have become.
#[derive(Debug, Clone, Copy, Default)]
pub struct Levels {
    repeats: [u32; COMPARED.len()],
    near: u32,
    skeletons: [u32; SPEAKERS.len()],
    diversity: [diversity::Levels; SPEAKERS.len()],
}

/// Counts about quality and diversity.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Quality {
    /// Equal records, prompts and responses.
    pub repeats: [Repeats; COMPARED.len()],
    /// Similar records.
    pub near: Near,
    /// Texts of users and of assistants, in the order of [`SPEAKERS`].
    pub diversity: [Diversity; SPEAKERS.len()],
    /// Skeletons of the first message with a word of each of [`SPEAKERS`] in a record.
    pub skeletons: [Repeats; SPEAKERS.len()],
    /// The most frequent of these skeletons, by hash: one that is very frequent may not be in a sample.
    pub templates: [Top; SPEAKERS.len()],
    /// By sign, in the order of [`SIGNS`].
    pub signs: Vec<Signed>,
}

impl Quality {
    /// An empty one.
    pub fn at(levels: Levels) -> Quality {
        Quality {
            repeats: levels.repeats.map(|level| Distinct::at(EXACT, level)),
            near: Near::at(levels.near),
            diversity: levels.diversity.map(Diversity::at),
            skeletons: levels.skeletons.map(|level| Distinct::at(SKELETONS, level)),
            templates: [Top::new(TEMPLATES), Top::new(TEMPLATES)],
            signs: vec![Signed::default(); SIGNS.len()],
        }
    }

    /// How selective its samples have become.
    pub fn levels(&self) -> Levels {
        Levels {
            repeats: self.repeats.each_ref().map(Distinct::level),
            near: self.near.level(),
            skeletons: self.skeletons.each_ref().map(Distinct::level),
            diversity: self.diversity.each_ref().map(Diversity::levels),
        }
    }

    /// Adds another part.
    pub fn merge(&mut self, other: Quality, shift: Shift<'_>, examples: usize) {
        for (own, other) in self.repeats.iter_mut().zip(other.repeats) {
            own.merge(shifted(other, shift));
        }
        for (own, other) in self.skeletons.iter_mut().zip(other.skeletons) {
            own.merge(shifted(other, shift));
        }
        for (own, other) in self.templates.iter_mut().zip(other.templates) {
            own.merge(other);
        }
        self.near.merge(other.near);
        for (own, other) in self.diversity.iter_mut().zip(other.diversity) {
            own.merge(other);
        }
        for (own, other) in self.signs.iter_mut().zip(other.signs) {
            add(&mut own.records, other.records);
            own.at.merge(&other.at, shift, examples);
        }
    }
}

/// Looks at records; the buffers are reused from record to record.
pub struct Examiner<'c> {
    detector: &'c Detector,
    keys: Keys,
    signer: Signer,
    shingler: Shingler,
    runs: Vec<u64>,
    scratch: String,
    examples: usize,
}

impl<'c> Examiner<'c> {
    /// One that notes up to `examples` lines of each sign.
    pub fn new(detector: &'c Detector, examples: usize) -> Examiner<'c> {
        Examiner {
            detector,
            keys: Keys::default(),
            signer: Signer::default(),
            shingler: Shingler::new(0),
            runs: Vec::new(),
            scratch: String::new(),
            examples,
        }
    }

    /// Counts a record.
    pub fn add(&mut self, quality: &mut Quality, record: &Record<'_>, chat: &Chat, place: Place) {
        let keys = self.keys.of(conversation(record));
        for (repeats, key) in quality.repeats.iter_mut().zip(keys) {
            key.into_iter().for_each(|key| repeats.add(key, Seen { count: 1, first: place }));
        }
        self.signer.begin();
        for at in 0..chat.len() {
            if let Some(beside) = conversation(record).beside(at) {
                self.signer.words(self.shingler.words(Text::Decoded(&beside)));
            }
        }
        let mut signs = Signs::NONE;
        let mut query = None;
        let mut first_answer = true;
        let mut seen = [false; SPEAKERS.len()];
        for (role, text) in chat.messages() {
            self.detector.text(speaker(role), text, &mut signs);
            let Some(at) = SPEAKERS.iter().position(|speaker| *speaker == role) else { continue };
            let words = self.shingler.words(Text::Decoded(text));
            self.signer.words(words);
            // What must not be shown is known by its form, which an opening has no more.
            let beginning = self.detector.masked(&text[..text.floor_char_boundary(BEGINNING)]);
            let opening = opening(&beginning, &mut self.scratch);
            quality.diversity[at].add(text, opening, words, &mut self.runs);
            // A message that only calls something has no text to be made of a template.
            let is_first = !words.is_empty() && !std::mem::replace(&mut seen[at], true);
            if is_first && let Some(key) = skeleton(text, &mut self.scratch) {
                quality.skeletons[at].add(key, Seen { count: 1, first: place });
                quality.templates[at].add(&format!("{key:016x}"));
            }
            match (role, query) {
                (Role::Assistant, Some(query)) => {
                    self.detector.pair(query, text, std::mem::take(&mut first_answer), &mut signs);
                }
                (Role::User, _) => query = Some(text),
                _ => {}
            }
        }
        if let (Some(key), Some(signature)) = (keys[0], self.signer.end()) {
            quality.near.add(key, signature);
        }
        for sign in signs.iter() {
            let signed = &mut quality.signs[sign as usize];
            signed.records += 1;
            signed.at.push(place, self.examples);
        }
    }
}

fn speaker(role: Role) -> Speaker {
    match role {
        Role::System | Role::Developer => Speaker::System,
        Role::User => Speaker::User,
        Role::Assistant => Speaker::Assistant,
        Role::Tool | Role::Function | Role::Unknown => Speaker::Other,
    }
}
