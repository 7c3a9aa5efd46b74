//! Where a record goes: is it taken at all, and to which part?

use std::collections::{HashMap, HashSet};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::amount::Grain;
use super::block::seed_of;
use super::config::Config;
use super::exact::Class;
use super::families::Families;
use super::parts::{Cuts, Parts};
use super::rows::Row;

/// The end of the range of numbers.
pub(super) const END: u128 = 1 << 64;

/// A number of chance for the record of an index, for one purpose.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(purpose: &str, seed: u64) -> Chance {
        Chance(seed_of(purpose, seed))
    }

    /// The number; records are counted from 0.
    pub(super) fn of(self, index: u64) -> u64 {
        xxh3_64_with_seed(&index.to_le_bytes(), self.0)
    }
}

/// All that is known about where records go.
pub(super) struct Dealer {
    parts: Parts,
    /// For kinds of which no more is known.
    cuts: Cuts,
    /// By the number of the kind.
    classes: Vec<Class>,
    passed_over: HashSet<(u32, u64)>,
    /// By the number of a kind in the rows: the one by which it is known. Empty: the same.
    ranks: Vec<u32>,
    /// The kind that counts for all records of a number that are of several.
    mixed: HashMap<u64, u32>,
    families: Option<Families>,
    sampled: Chance,
    /// Records whose number of chance is below this are in the sample.
    sample: u128,
    limited: Chance,
    /// The same for each value that is limited; empty: none is.
    limits: Vec<u128>,
}

impl Dealer {
    /// By what is known before any record is read.
    pub(super) fn new(config: &Config) -> Dealer {
        let recipe = config.recipe.as_ref();
        let mut dealer = Dealer {
            cuts: recipe.map_or_else(|| config.parts.cuts(), |recipe| recipe.cuts.clone()),
            parts: config.parts.clone(),
            classes: Vec::new(),
            passed_over: HashSet::new(),
            ranks: Vec::new(),
            mixed: HashMap::new(),
            families: None,
            sampled: Chance::new("sample", config.seed),
            sample: match config.sample {
                Some(Grain::Share(share)) => share.of_range(),
                Some(Grain::Count(_)) | None => END,
            },
            limited: Chance::new("limit", config.seed),
            limits: Vec::new(),
        };
        if let Some(recipe) = recipe {
            dealer.set_classes(recipe.classes.clone());
            dealer.set_mixed(recipe.mixed.clone());
        }
        dealer
    }

    /// With what of the sample is left when counts are known.
    pub(super) fn set_sample(&mut self, sample: u128) {
        self.sample = sample;
    }

    /// With the limits of all values.
    pub(super) fn set_limits(&mut self, limits: Vec<u128>) {
        self.limits = limits;
    }

    /// With the groups of all records.
    pub(super) fn set_families(&mut self, families: Option<Families>) {
        self.families = families;
    }

    /// With the numbers by which kinds are known.
    pub(super) fn set_ranks(&mut self, ranks: Vec<u32>) {
        self.ranks = ranks;
    }

    /// With a kind for each number that has several.
    pub(super) fn set_mixed(&mut self, mixed: HashMap<u64, u32>) {
        self.mixed = mixed;
    }

    /// With the cuts of kinds of which no more is known.
    pub(super) fn set_cuts(&mut self, cuts: Cuts) {
        self.cuts = cuts;
    }

    /// With the cuts of all kinds.
    pub(super) fn set_classes(&mut self, classes: Vec<Class>) {
        self.passed_over = (0..)
            .zip(&classes)
            .flat_map(|(at, class)| class.passed_over.iter().map(move |u| (at, *u)))
            .collect();
        self.classes = classes;
    }

    /// The chance by which a value's records are chosen.
    pub(super) fn limited(&self, index: u64) -> u64 {
        self.limited.of(index)
    }

    /// The chance by which the sample is chosen.
    pub(super) fn sampled(&self, index: u64) -> u64 {
        self.sampled.of(index)
    }

    /// Is the record taken?
    pub(super) fn takes(&self, row: &Row, index: u64) -> bool {
        let limit = self.limits.get(row.value as usize).copied().unwrap_or(END);
        let within = limit == END || u128::from(self.limited(index)) < limit;
        within && (self.sample == END || u128::from(self.sampled(index)) < self.sample)
    }

    /// The number of what the record stays together with.
    pub(super) fn unit(&self, row: &Row) -> u64 {
        self.families.as_ref().map_or(row.u, |families| families.unit(row.u))
    }

    /// The kind of a record.
    pub(super) fn own_class(&self, row: &Row) -> u32 {
        self.ranks.get(row.class as usize).copied().unwrap_or(row.class)
    }

    /// The kind that counts for all that it stays together with.
    pub(super) fn class(&self, row: &Row, unit: u64) -> u32 {
        self.mixed.get(&unit).copied().unwrap_or_else(|| self.own_class(row))
    }

    /// The part of a record; none: it is not taken. Records are counted from 0.
    pub(super) fn part(&self, row: &Row, index: u64) -> Option<usize> {
        self.takes(row, index).then(|| {
            let unit = self.unit(row);
            let class = self.class(row, unit);
            if self.passed_over.contains(&(class, unit)) {
                return self.parts.rest;
            }
            let cuts = self.classes.get(class as usize).map_or(&self.cuts, |class| &class.cuts);
            self.parts.part(cuts, unit)
        })
    }

    /// The kind of each number that has several.
    pub(super) fn mixed(&self) -> &HashMap<u64, u32> {
        &self.mixed
    }

    /// The cuts of all kinds that are known.
    pub(super) fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The cuts of all others.
    pub(super) fn cuts(&self) -> &Cuts {
        &self.cuts
    }

    /// The groups of all records.
    pub(super) fn families(&self) -> Option<&Families> {
        self.families.as_ref()
    }
}
