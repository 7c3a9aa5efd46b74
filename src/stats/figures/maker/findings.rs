//! The figures about repetition, diversity and signs.

use std::collections::BTreeMap;

use crate::measure::sum::total;
use crate::measure::{Summary, Top};
use crate::quality::SIGNS;

use super::super::super::chat::Role;
use super::super::super::diversity::Diversity;
use super::super::super::duplicates::{COMPARED, Repeats};
use super::super::super::place::Place;
use super::super::super::quality::{Quality, SPEAKERS};
use super::*;

/// Openings whose share is the concentration.
const CONCENTRATED: usize = 10;

impl Maker<'_> {
    pub(super) fn duplicates(&self, quality: &Quality, state: &State) -> Duplicates {
        let [records, prompts, responses] =
            quality.repeats.each_ref().map(|repeats| self.repeats(repeats, state));
        const { assert!(COMPARED.len() == 3) };
        let near = NearFigures {
            rate: quality.near.rate(),
            sample: quality.near.held() as u64,
            one_in: 1 << quality.near.level().min(63),
        };
        Duplicates { records, prompts, responses, near }
    }

    fn repeats(&self, repeats: &Repeats, state: &State) -> RepeatFigures {
        let surplus = repeats.surplus();
        RepeatFigures {
            total: repeats.total(),
            count: surplus.round() as u64,
            rate: if repeats.total() > 0 { surplus / repeats.total() as f64 } else { 0.0 },
            distinct: (repeats.total() as f64 - surplus).round() as u64,
            estimated: !repeats.is_exact(),
            largest: self.largest(repeats, state),
        }
    }

    fn largest(&self, repeats: &Repeats, state: &State) -> Vec<GroupFigures> {
        let mut groups: Vec<(u64, Place)> = repeats
            .held()
            .filter(|(_, seen)| seen.count > 1)
            .map(|(_, seen)| (seen.count, seen.first))
            .collect();
        groups.sort_unstable_by_key(|(count, first)| (std::cmp::Reverse(*count), *first));
        groups.truncate(self.top.min(state.settings.examples));
        let group = |(count, first)| GroupFigures { count, first: at(first, state) };
        groups.into_iter().map(group).collect()
    }

    pub(super) fn diversity(
        &self,
        quality: &Quality,
        state: &State,
    ) -> BTreeMap<&'static str, DiversityFigures> {
        let of = |(at, role): (usize, Role)| {
            let diversity = &quality.diversity[at];
            let words = state.words.with_text(role);
            let skeletons = (&quality.skeletons[at], &quality.templates[at]);
            let figures = self.role(diversity, skeletons, words, state);
            (role.name(), figures)
        };
        SPEAKERS.into_iter().enumerate().map(of).collect()
    }

    fn role(
        &self,
        diversity: &Diversity,
        (skeletons, templates): (&Repeats, &Top),
        words: Summary,
        state: &State,
    ) -> DiversityFigures {
        let openings = diversity.openings.sorted();
        let mut shown = self.ranking(&diversity.openings);
        // What one message begins with is no habit, and may be anything.
        shown.top.retain(|entry| entry.count > 1);
        let frequent = total(openings.iter().take(CONCENTRATED).map(|named| named.count));
        // Of a sample, those that occur once are as many times more in the whole; a frequent one may be missing.
        let once = skeletons.held().filter(|(_, seen)| seen.count == 1).count() as f64;
        let once = once * skeletons.factor() / skeletons.total().max(1) as f64;
        let any = skeletons.total() > 0;
        let most = templates.sorted().first().map_or(0, |named| named.count);
        DiversityFigures {
            messages: diversity.messages,
            values: diversity.values,
            distinct_1: diversity.distinct(1),
            distinct_2: diversity.distinct(2),
            distinct_3: diversity.distinct(3),
            self_repetition_4: diversity.repetition(4),
            self_repetition_10: diversity.repetition(10),
            compression_ratio: diversity.compression(),
            estimated: diversity.runs.iter().any(|runs| !runs.is_exact()),
            openings: shown,
            opening_concentration: share(frequent, diversity.openings.total()),
            length_variation: if words.mean > 0.0 { words.std / words.mean } else { 0.0 },
            templated: Templated {
                share: if any { (1.0 - once).max(0.0) } else { 0.0 },
                largest_share: if most > 1 { share(most, skeletons.total()) } else { 0.0 },
                estimated: !skeletons.is_exact(),
                largest: self.largest(skeletons, state),
            },
        }
    }
}

pub(super) fn signs(quality: &Quality, state: &State) -> BTreeMap<&'static str, SignFigures> {
    let of = SIGNS.iter().zip(&quality.signs).map(|(info, signed)| {
        let Part { count, share } = part(signed.records, state.records);
        (info.name, SignFigures { count, share, at: lines(&signed.at, state) })
    });
    of.collect()
}
