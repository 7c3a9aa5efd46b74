//! From a state to its figures.

mod findings;

use crate::measure::histogram::bins;
use crate::measure::sum::total;
use crate::measure::{Balance, Packing, Top};
use crate::quality::Detector;

use super::super::audit::{Audit, CAUSES};
use super::super::categories::{Category, Field, OTHERS, values_of_pair};
use super::super::chat::{ROLES, Role};
use super::super::config::Training;
use super::super::contents::Calls;
use super::super::lengths::Lengths;
use super::super::place::{Place, Places};
use super::super::schema::{Schema, TYPES};
use super::super::state::State;

use super::*;

/// Bins of a chart up to the 99th percentile.
const BINS: u64 = 20;

/// Sequence lengths that packing is told for when no limit is given: those that are usual.
const USUAL_LIMITS: [u64; 4] = [2048, 4096, 8192, 32_768];

/// Bytes of a name from the data that are shown.
const SHOWN: usize = 160;

/// Makes the figures of a state.
pub struct Maker<'a> {
    top: usize,
    training: Training,
    detector: &'a Detector,
}

impl<'a> Maker<'a> {
    /// One that makes lists of up to `top` entries; `detector` hides what must not be shown.
    pub(in super::super) fn new(
        top: usize,
        training: Training,
        detector: &'a Detector,
    ) -> Maker<'a> {
        Maker { top, training, detector }
    }

    /// All figures of a state.
    pub fn figures(&self, state: &State) -> Figures {
        let records = state.records;
        let part = |count: u64| part(count, records);
        let tokens = state.tokens.as_ref();
        let limit = state.settings.max_tokens;
        Figures {
            input: Input {
                files: state.files.clone(),
                bytes: state.bytes,
                lines: state.lines,
                blank: state.blank,
                unusable: state.unusable,
            },
            records: self.records(state),
            messages: messages(state),
            characters: lengths(&state.characters),
            words: lengths(&state.words),
            tokenizer: state.settings.tokenizer.as_ref().map(|of| of.name.clone()),
            template: state.settings.template.as_ref().map(|of| of.name.clone()),
            tokens: tokens.map(lengths),
            system: SystemFigures {
                with: part(state.system.records),
                without: part(records.saturating_sub(state.system.records)),
                variations: state.system.distinct.estimate().round() as u64,
                estimated: !state.system.distinct.is_exact(),
                prompts: self.ranking(&state.system.top),
            },
            contents: self.contents(state),
            scripts: self.ranking(&state.scripts.records),
            languages: state.settings.languages.then(|| self.ranking(&state.scripts.languages)),
            categories: state.categories.fields.iter().map(|of| self.field(of, records)).collect(),
            category_pairs: self.pairs(state),
            pairs_are_cut: state.categories.pairs.others().is_some(),
            supervision: state
                .audit
                .as_ref()
                .map(|audit| supervision(audit, self.ranking(&audit.refused_why), state)),
            training: tokens.map(|lengths| self.training(&lengths.record.counts(), limit)),
            duplicates: state.quality.as_ref().map(|quality| self.duplicates(quality, state)),
            diversity: state.quality.as_ref().map(|quality| self.diversity(quality, state)),
            signs: state.quality.as_ref().map(|quality| findings::signs(quality, state)),
            schema: self.schema(&state.schema),
            not_measured: not_measured(state),
        }
    }

    fn ranking(&self, top: &Top) -> Ranking {
        let sorted = top.sorted();
        let distinct = sorted.len() as u64;
        let entries = sorted.into_iter().take(self.top).map(|named| Entry {
            name: self.shown(&named.name),
            count: named.count,
            share: share(named.count, top.total()),
        });
        let (count, error) = (top.total(), top.error());
        Ranking { count, distinct, error, top: entries.collect() }
    }

    /// The beginning of a text, without what must not be shown.
    fn shown(&self, text: &str) -> String {
        let masked = self.detector.masked(text);
        masked[..masked.floor_char_boundary(SHOWN)].to_owned()
    }

    fn records(&self, state: &State) -> Records {
        let turns = state.shape.turns.counts();
        let with = |wanted: &dyn Fn(u64) -> bool| {
            let counts = turns.iter().filter(|(turns, _)| wanted(*turns));
            part(counts.map(|(_, count)| count).sum(), state.records)
        };
        Records {
            count: state.records,
            bytes: state.record_bytes.summary(),
            empty: part(state.empty, state.records),
            single_turn: with(&|turns| turns == 1),
            multi_turn: with(&|turns| turns > 1),
            no_user: with(&|turns| turns == 0),
            assistant_first: part(state.shape.first[Role::Assistant as usize], state.records),
            assistant_last: part(state.shape.last[Role::Assistant as usize], state.records),
            sequences: self.ranking(&state.shape.sequences),
        }
    }

    fn contents(&self, state: &State) -> ContentFigures {
        let contents = &state.contents;
        let function = |(name, of): (&str, &Calls)| Function {
            name: self.shown(name),
            calls: of.calls,
            with_result: of.with_result,
        };
        let mut functions: Vec<Function> = contents.functions.iter().map(function).collect();
        functions.extend(contents.functions.others().map(|others| function((OTHERS, others))));
        let calls = total(functions.iter().map(|function| function.calls));
        let with_result = total(functions.iter().map(|function| function.with_result));
        functions.sort_by(|a, b| (b.calls, &a.name).cmp(&(a.calls, &b.name)));
        functions.truncate(self.top);
        ContentFigures {
            with_tools: part(contents.records_with_tools, state.records),
            with_calls: part(contents.records_with_calls, state.records),
            calls,
            calls_without_result: calls.saturating_sub(with_result),
            functions,
            messages_with_parts: contents.messages_with_parts,
            parts: self.ranking(&contents.parts),
            images: contents.images,
            reasoning: self.ranking(&contents.reasoning),
            weights: self.ranking(&contents.weights),
        }
    }

    fn field(&self, field: &Field, records: u64) -> FieldFigures {
        let value = |(value, of): (&str, &Category)| ValueFigures {
            value: self.shown(value),
            count: of.records,
            share: share(of.records, records),
            messages_mean: share(of.messages, of.records),
            characters_mean: share(of.characters, of.records),
            tokens_mean: share(of.tokens, of.records),
        };
        let mut values: Vec<ValueFigures> = self.ranked(field).into_iter().map(value).collect();
        values.extend(field.values.others().map(|others| value((OTHERS, others))));
        // What stands for many values is none.
        let counts: Vec<u64> = field.values.iter().map(|(_, of)| of.records).collect();
        FieldFigures {
            pointer: field.pointer.clone(),
            missing: part(field.missing, records),
            distinct: field.values.len() as u64,
            balance: Balance::of(&counts),
            values,
            has_others: field.values.others().is_some(),
        }
    }

    /// The pairs of the values that the first two fields show.
    fn pairs(&self, state: &State) -> Vec<PairFigures> {
        let [first, second, ..] = &state.categories.fields[..] else { return Vec::new() };
        let [first, second] = [first, second].map(|field| self.ranked(field));
        let at = |ranked: &[(&str, &Category)], value: &str| {
            ranked.iter().position(|(name, _)| *name == value)
        };
        let pair = |(name, count): (&str, &u64)| {
            let (one, other) = values_of_pair(name)?;
            let at = (at(&first, &one)?, at(&second, &other)?);
            let (first, second) = (self.shown(&one), self.shown(&other));
            Some(PairFigures { first, second, count: *count, at })
        };
        let mut pairs: Vec<PairFigures> = state.categories.pairs.iter().filter_map(pair).collect();
        pairs.sort_by(|a, b| (b.count, &a.first, &a.second).cmp(&(a.count, &b.first, &b.second)));
        pairs
    }

    /// The values of a field that are shown, the most frequent first.
    fn ranked<'f>(&self, field: &'f Field) -> Vec<(&'f str, &'f Category)> {
        let mut values: Vec<(&str, &Category)> = field.values.iter().collect();
        values.sort_by(|(a, x), (b, y)| (y.records, a).cmp(&(x.records, b)));
        values.truncate(self.top);
        values
    }

    fn schema(&self, schema: &Schema) -> Vec<PathFigures> {
        let path = |(path, counts): (&str, [u64; TYPES.len()])| {
            let count = total(counts);
            let types = TYPES.into_iter().zip(counts).filter(|(_, count)| *count > 0).collect();
            // Key by key: behind a slash an address is taken for a part of a web address.
            let keys: Vec<_> = path.split('/').map(|key| self.detector.masked(key)).collect();
            let path = keys.join("/");
            PathFigures { path, count, null_share: share(counts[0], count), types }
        };
        schema.paths().into_iter().map(path).collect()
    }

    fn training(&self, counts: &[(u64, u64)], limit: Option<u64>) -> TrainingFigures {
        let Training { epochs, batch_size, price, .. } = self.training;
        let records: u64 = counts.iter().map(|(_, count)| count).sum();
        let limits = limit.map_or(USUAL_LIMITS.to_vec(), |limit| vec![limit]);
        let packing: Vec<Packing> = limits.iter().map(|of| Packing::of(counts, *of)).collect();
        let all: u64 = counts.iter().map(|(length, count)| length * count).sum();
        let lost = limit.and(packing.first()).map_or(0, |packing| packing.lost);
        let tokens = (all - lost).saturating_mul(epochs);
        let packed = limit.and(packing.first()).map(|packing| packing.sequences);
        TrainingFigures {
            epochs,
            batch_size,
            steps: records.div_ceil(batch_size).saturating_mul(epochs),
            steps_packed: packed.map(|n| n.div_ceil(batch_size).saturating_mul(epochs)),
            packing,
            tokens,
            cost: price.map(|price| tokens as f64 / 1e6 * price),
        }
    }
}

fn share(count: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}

fn part(count: u64, of: u64) -> Part {
    Part { count, share: share(count, of) }
}

fn at(place: Place, state: &State) -> At {
    let file = state.files.get(place.file as usize).cloned().unwrap_or_default();
    At { file, line: place.line }
}

fn lines(places: &Places, state: &State) -> Vec<At> {
    places.iter().map(|place| at(place, state)).collect()
}

fn messages(state: &State) -> Messages {
    let shape = &state.shape;
    let count = total(shape.by_role);
    let by_role = ROLES.into_iter().zip(shape.by_role).filter(|(_, count)| *count > 0);
    Messages {
        count,
        per_record: shape.messages.summary(),
        turns: shape.turns.summary(),
        by_role: by_role.map(|(role, n)| (role.name().to_owned(), part(n, count))).collect(),
        empty: state.contents.empty,
    }
}

fn lengths(lengths: &Lengths) -> LengthFigures {
    let by_role = ROLES.into_iter().filter(|role| !lengths.of(*role).is_empty());
    LengthFigures {
        record: lengths.record.summary(),
        query: lengths.with_text(Role::User),
        response: lengths.with_text(Role::Assistant),
        by_role: by_role.map(|role| (role.name().to_owned(), lengths.of(role).summary())).collect(),
        histograms: Histograms {
            record: bins(&lengths.record.counts(), BINS),
            query: bins(&lengths.counts_with_text(Role::User), BINS),
            response: bins(&lengths.counts_with_text(Role::Assistant), BINS),
        },
    }
}

fn supervision(audit: &Audit, refused_why: Ranking, state: &State) -> Supervision {
    let part = |count: u64| part(count, state.records);
    let per_record = audit.trained.summary();
    let causes = CAUSES.iter().zip(audit.idle).filter(|(_, count)| *count > 0);
    Supervision {
        max_tokens: state.settings.max_tokens,
        tokens: audit.tokens,
        trained: per_record.total,
        share: share(per_record.total, audit.tokens),
        per_record,
        fully: part(audit.fully),
        idle: part(total(audit.idle)),
        idle_by_cause: causes.map(|((name, _), count)| (*name, count)).collect(),
        idle_at: lines(&audit.idle_at, state),
        only_calls: part(audit.only_calls),
        over: part(audit.over),
        over_at: lines(&audit.over_at, state),
        lost: audit.lost,
        trained_lost: audit.trained_lost,
        cut_inside: part(audit.cut_inside),
        cut_at: lines(&audit.cut_at, state),
        refused: part(audit.refused),
        refused_at: lines(&audit.refused_at, state),
        refused_why,
    }
}

fn not_measured(state: &State) -> Vec<String> {
    let settings = &state.settings;
    let mut out = Vec::new();
    let mut say = |what: &str| out.push(what.to_owned());
    match (&settings.tokenizer, &settings.template) {
        (None, _) => say("tokens, supervision, training: --tokenizer is none"),
        (Some(_), None) => say("what stands around the texts in the prompt: no --chat-template"),
        _ => {}
    }
    if !settings.plain.is_empty() {
        say("the template's control tokens as such: the tokenizer does not know them");
    }
    if settings.tokenizer.is_some() && settings.max_tokens.is_none() {
        say("what a length limit cuts off: no --max-tokens");
    }
    if !settings.quality {
        say("quality and diversity: --no-quality");
    }
    if !settings.languages {
        say("languages: no --languages");
    }
    if settings.by.is_empty() {
        say("categories: no --by");
    }
    for field in state.categories.fields.iter().filter(|field| field.values.others().is_some()) {
        say(&format!("some values of {}: there are too many", field.pointer));
    }
    if let ([one, other, ..], Some(_)) =
        (&state.categories.fields[..], state.categories.pairs.others())
    {
        say(&format!("some pairs of {} and {}: there are too many", one.pointer, other.pointer));
    }
    if state.schema.is_cut() {
        say("some JSON paths: there are too many");
    }
    out
}
