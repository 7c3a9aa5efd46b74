//! Everything that was measured of a part of a dataset, or of all of it.
//!
//! A block of lines is measured into a state of its own, and states are merged in input order; a file of
//! another machine is a state too. So there is one way of putting parts together, and it is used all the time.

use serde::{Deserialize, Serialize};

use crate::measure::Histogram;

use super::audit::Audit;
use super::categories::Categories;
use super::contents::Contents;
use super::lengths::Lengths;
use super::place::Shift;
use super::quality::{self, Quality};
use super::schema::Schema;
use super::scripts::Scripts;
use super::shape::Shape;
use super::system::System;

/// What was measured, and how: states are merged only where this is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// What counts tokens; none: nothing.
    pub tokenizer: Option<String>,
    /// The chat template through which conversations are counted.
    pub template: Option<String>,
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
        let or_none = |name: &Option<String>| name.clone().unwrap_or_else(|| "none".to_owned());
        let number = |n: Option<u64>| n.map_or("none".to_owned(), |n| n.to_string());
        let pairs = [
            ("--tokenizer", or_none(&self.tokenizer), or_none(&other.tokenizer)),
            ("--chat-template", or_none(&self.template), or_none(&other.template)),
            ("--max-tokens", number(self.max_tokens), number(other.max_tokens)),
            ("--by", self.by.join(" "), other.by.join(" ")),
            ("quality", self.quality.to_string(), other.quality.to_string()),
            ("--languages", self.languages.to_string(), other.languages.to_string()),
            ("--examples", self.examples.to_string(), other.examples.to_string()),
        ];
        let differs = pairs.into_iter().find(|(_, one, two)| one != two);
        differs.map(|(name, one, two)| format!("{name} is {one} in one and {two} in another"))
    }
}

/// How selective the samples of the whole have become: what they would not take, a part need not hold.
#[derive(Debug, Clone, Copy, Default)]
pub struct Levels {
    system: u32,
    quality: quality::Levels,
}

/// What was measured.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    /// What was measured, and how.
    pub settings: Settings,
    /// Names of the inputs.
    pub files: Vec<String>,
    /// Bytes read, decompressed.
    pub bytes: u64,
    /// Lines read.
    pub lines: u64,
    /// Lines that hold nothing.
    pub blank: u64,
    /// Lines that could not be used.
    pub unusable: u64,
    /// Records measured.
    pub records: u64,
    /// Records whose list of messages is empty.
    pub empty: u64,
    /// Bytes of a record's line.
    pub record_bytes: Histogram,
    /// The shape of conversations.
    pub shape: Shape,
    /// Characters (Unicode scalar values) of texts.
    pub characters: Lengths,
    /// Words of texts.
    pub words: Lengths,
    /// Tokens of texts.
    pub tokens: Option<Lengths>,
    /// System prompts.
    pub system: System,
    /// What is there beside texts.
    pub contents: Contents,
    /// Keys, paths and types.
    pub schema: Schema,
    /// Scripts and languages.
    pub scripts: Scripts,
    /// Categories.
    pub categories: Categories,
    /// What is trained on.
    pub audit: Option<Audit>,
    /// Quality and diversity.
    pub quality: Option<Quality>,
}

impl State {
    /// An empty state.
    pub fn new(settings: &Settings) -> State {
        State::part(settings, Levels::default())
    }

    /// An empty state for a part of the whole that has become so selective.
    pub fn part(settings: &Settings, levels: Levels) -> State {
        let counts_tokens = settings.tokenizer.is_some();
        State {
            settings: settings.clone(),
            files: Vec::new(),
            bytes: 0,
            lines: 0,
            blank: 0,
            unusable: 0,
            records: 0,
            empty: 0,
            record_bytes: Histogram::default(),
            shape: Shape::default(),
            characters: Lengths::default(),
            words: Lengths::default(),
            tokens: counts_tokens.then(Lengths::default),
            system: System::new(levels.system),
            contents: Contents::default(),
            schema: Schema::default(),
            scripts: Scripts::default(),
            categories: Categories::new(&settings.by),
            audit: counts_tokens.then(Audit::default),
            quality: settings.quality.then(|| Quality::at(levels.quality)),
        }
    }

    /// How selective its samples have become.
    pub fn levels(&self) -> Levels {
        Levels {
            system: self.system.distinct.level(),
            quality: self.quality.as_ref().map_or_else(Default::default, Quality::levels),
        }
    }

    /// Adds another part with the same settings; its places are shifted. The names of inputs are the
    /// caller's.
    pub fn merge(&mut self, other: State, shift: Shift<'_>) {
        let examples = self.settings.examples;
        self.bytes += other.bytes;
        self.lines += other.lines;
        self.blank += other.blank;
        self.unusable += other.unusable;
        self.records += other.records;
        self.empty += other.empty;
        self.record_bytes.merge(&other.record_bytes);
        self.shape.merge(other.shape);
        self.characters.merge(&other.characters);
        self.words.merge(&other.words);
        if let (Some(own), Some(other)) = (&mut self.tokens, &other.tokens) {
            own.merge(other);
        }
        self.system.merge(other.system);
        self.contents.merge(other.contents);
        self.schema.merge(other.schema);
        self.scripts.merge(other.scripts);
        self.categories.merge(other.categories);
        if let (Some(own), Some(other)) = (&mut self.audit, other.audit) {
            own.merge(other, shift, examples);
        }
        if let (Some(own), Some(other)) = (&mut self.quality, other.quality) {
            own.merge(other, shift, examples);
        }
    }

    /// Adds the state of other inputs.
    pub fn join(&mut self, other: State) {
        let first = self.files.len() as u32;
        self.files.extend(other.files.iter().cloned());
        let files: Vec<u32> = (first..self.files.len() as u32).collect();
        self.merge(other, Shift { files: &files, lines: 0 });
    }
}
