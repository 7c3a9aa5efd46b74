//! Everything that was measured of a part of a dataset, or of all of it.
//!
//! A block of lines is measured into a state of its own, and states are merged in input order; a file of
//! another machine is a state too. So there is one way of putting parts together, and it is used all the time.

use serde::{Deserialize, Serialize};

use crate::measure::Histogram;
use crate::measure::histogram::MOST;
use crate::measure::sum::add;

use super::audit::Audit;
use super::categories::Categories;
use super::contents::Contents;
use super::lengths::Lengths;
use super::place::Shift;
use super::quality::{self, Quality};
use super::schema::Schema;
use super::scripts::Scripts;
use super::settings::Settings;
use super::shape::Shape;
use super::system::System;

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
        add(&mut self.bytes, other.bytes);
        add(&mut self.lines, other.lines);
        add(&mut self.blank, other.blank);
        add(&mut self.unusable, other.unusable);
        add(&mut self.records, other.records);
        add(&mut self.empty, other.empty);
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

    /// Are its counts such that a dataset can have them? A file may hold others, of which no figures are computed.
    pub fn is_possible(&self) -> bool {
        let counts = [self.bytes, self.lines, self.blank, self.unusable, self.records, self.empty];
        let lengths = [Some(&self.characters), Some(&self.words), self.tokens.as_ref()];
        let of_lengths = lengths.into_iter().flatten();
        let histograms = of_lengths.flat_map(|of| of.by_role.iter().chain([&of.record]));
        let others = [&self.record_bytes, &self.shape.messages, &self.shape.turns];
        let trained = self.audit.iter().map(|audit| &audit.trained);
        counts.iter().all(|count| *count <= MOST)
            && histograms.chain(others).chain(trained).all(Histogram::is_possible)
    }

    /// Adds the state of other inputs.
    pub fn join(&mut self, other: State) {
        let first = self.files.len() as u32;
        self.files.extend(other.files.iter().cloned());
        let files: Vec<u32> = (first..self.files.len() as u32).collect();
        self.merge(other, Shift { files: &files, lines: 0 });
    }
}
