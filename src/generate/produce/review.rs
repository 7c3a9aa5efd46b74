//! What a look back after each batch finds, and what the next batch is told about it.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value, json};

use crate::cli::report::{count, plural};
use crate::cli::terminal::{QUOTE_BYTES, quote};
use crate::generate::accept::Repeats;
use crate::generate::draft::{Draft, Said};
use crate::generate::prompt::Steering;
use crate::generate::reason::{Reason, Rejection};
use crate::measure::distinct::HashKeyed;
use crate::quality::skeleton;

/// Accepted examples of which some are shown to the model: enough for variety, and few to hold.
const OWN: usize = 200;

/// Skeletons that are counted. A set made of templates has few; beyond these a new one is rare by itself.
const SKELETONS: usize = 100_000;

/// Values of axes that lag behind which are named.
const NAMED: usize = 3;

/// Openings that the next batch is told to avoid: a longer list is not read by a model.
const AVOIDED: usize = 12;

/// What was made so far.
#[derive(Debug, Default)]
pub(in crate::generate) struct Tally {
    /// Examples that were judged.
    pub candidates: u64,
    /// Examples that were accepted.
    pub accepted: u64,
    /// The faults of models and of the plan: how many for each reason, and what was said of the last one.
    faults: BTreeMap<Reason, (u64, String)>,
    /// How many were rejected for each reason.
    pub rejected: BTreeMap<Reason, u64>,
    skeletons: HashKeyed<u64>,
    most_alike: u64,
    scratch: String,
    own: Vec<Value>,
}

/// A value of an axis: accepted examples, and how many there are to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::generate) struct Coverage {
    pub axis: String,
    pub value: String,
    pub accepted: u64,
    pub target: u64,
}

impl Tally {
    /// Notes an accepted example. `keep`: it may be shown to the model.
    pub(in crate::generate) fn accept(&mut self, draft: &Draft, keep: bool) {
        self.candidates += 1;
        self.accepted += 1;
        let asked = draft.messages.iter().find_map(|said| match said {
            Said::User(text) => Some(text),
            _ => None,
        });
        if let Some(hash) = asked.and_then(|text| skeleton(text, &mut self.scratch))
            && (self.skeletons.len() < SKELETONS || self.skeletons.contains_key(&hash))
        {
            let alike = self.skeletons.entry(hash).or_default();
            *alike += 1;
            self.most_alike = self.most_alike.max(*alike);
        }
        if keep {
            let messages: Vec<&Said> =
                draft.messages.iter().filter(|said| !matches!(said, Said::System(_))).collect();
            let shown = json!({ "messages": messages });
            // The last ones are held: what was accepted long ago was steered by other reviews.
            match self.own.len() < OWN {
                true => self.own.push(shown),
                false => {
                    let at = self.accepted as usize % OWN;
                    self.own[at] = shown;
                }
            }
        }
    }

    /// Notes a rejected one.
    pub(in crate::generate) fn reject(&mut self, rejection: &Rejection) {
        self.candidates += 1;
        *self.rejected.entry(rejection.reason).or_default() += 1;
        if rejection.is_fault() {
            let (count, last) = self.faults.entry(rejection.reason).or_default();
            *count += 1;
            last.clone_from(&rejection.detail);
        }
    }

    /// The most frequent of the reasons that a plan or a backend is at fault for, and what was said of the last one.
    pub(in crate::generate) fn fault(&self) -> Option<(Reason, &str)> {
        let said = self.faults.iter().filter(|(_, (_, detail))| !detail.is_empty());
        let (reason, (_, detail)) = said.max_by_key(|(_, (count, _))| *count)?;
        Some((*reason, detail))
    }

    /// What the next batch is told.
    pub(in crate::generate) fn steering(&self, repeats: &Repeats) -> Steering {
        let avoid = repeats.crowded_openings().take(AVOIDED).map(str::to_owned);
        Steering { avoid: avoid.collect(), own: self.own.clone() }
    }

    /// Share of the accepted examples whose first question has the most frequent skeleton.
    pub(in crate::generate) fn dominance(&self) -> f64 {
        self.most_alike as f64 / self.accepted.max(1) as f64
    }

    /// Why examples were rejected, most frequent first, such as `4 near_duplicate, 3 opening`.
    pub(in crate::generate) fn reasons(&self) -> String {
        let mut reasons: Vec<_> = self.rejected.iter().collect();
        reasons.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
        let told: Vec<String> = reasons
            .into_iter()
            .map(|(reason, of)| format!("{} {}", count(*of), reason.name()))
            .collect();
        told.join(", ")
    }

    /// The review as a person reads it: one line.
    pub(in crate::generate) fn line(
        &self,
        batch: u64,
        wanted: u64,
        repeats: &Repeats,
        coverage: &[Coverage],
    ) -> String {
        let mut line = format!(
            "batch {}: {} of {} accepted",
            count(batch),
            count(self.accepted),
            count(wanted)
        );
        let rejected: u64 = self.rejected.values().sum();
        if rejected > 0 {
            line += &format!("; {} rejected: {}", count(rejected), self.reasons());
        }
        if let Some((opening, times)) = repeats.openings().next() {
            let share = percent(times, self.accepted);
            line += &format!("; {share} begin {}", quote(opening, QUOTE_BYTES));
        }
        if self.most_alike > 1 {
            line += &format!("; one skeleton in {}", percent(self.most_alike, self.accepted));
        }
        let behind = behind(coverage, self.accepted);
        if !behind.is_empty() {
            let told: Vec<String> = behind
                .iter()
                .take(NAMED)
                .map(|of| {
                    let value = quote(&of.value, QUOTE_BYTES);
                    format!("{} {value} ({} of {})", of.axis, count(of.accepted), count(of.target))
                })
                .collect();
            let more = behind.len().saturating_sub(NAMED);
            let more = if more > 0 {
                format!(" and {}", plural(more as u64, "more value"))
            } else {
                String::new()
            };
            line += &format!("; behind: {}{more}", told.join(", "));
        }
        line
    }

    /// The review as events and journals tell it.
    pub(in crate::generate) fn json(
        &self,
        batch: u64,
        wanted: u64,
        repeats: &Repeats,
        coverage: &[Coverage],
    ) -> Value {
        let rejected: Map<String, Value> = self
            .rejected
            .iter()
            .map(|(reason, of)| (reason.name().to_owned(), (*of).into()))
            .collect();
        let near = self.rejected.get(&Reason::NearDuplicate).copied().unwrap_or(0);
        let openings: Vec<Value> = repeats
            .openings()
            .take(5)
            .map(|(text, times)| json!({"text": text, "count": times}))
            .collect();
        let behind: Vec<Value> = behind(coverage, self.accepted)
            .into_iter()
            .map(|of| json!({"axis": of.axis, "value": of.value, "accepted": of.accepted, "target": of.target}))
            .collect();
        json!({
            "batch": batch, "candidates": self.candidates, "accepted": self.accepted, "wanted": wanted,
            "rejected": rejected, "near_duplicate_rate": rate(near, self.candidates), "openings": openings,
            "template_dominance": self.dominance(), "behind": behind,
        })
    }
}

/// The values that lag behind most: that have less of their target than the whole set has, by one example or more.
fn behind(coverage: &[Coverage], accepted: u64) -> Vec<Coverage> {
    // The targets of each axis make up the whole set.
    let mut whole: HashMap<&str, u64> = HashMap::new();
    for of in coverage {
        *whole.entry(&of.axis).or_default() += of.target;
    }
    let due = |of: &Coverage| {
        of.target as f64 * rate(accepted, whole.get(of.axis.as_str()).copied().unwrap_or(0))
    };
    let mut behind: Vec<Coverage> =
        coverage.iter().filter(|of| (of.accepted as f64) + 1.0 < due(of)).cloned().collect();
    behind.sort_by(|one, other| {
        let share = |of: &Coverage| of.accepted as f64 / due(of).max(1.0);
        share(one).total_cmp(&share(other))
    });
    behind
}

fn rate(part: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

fn percent(part: u64, of: u64) -> String {
    format!("{:.0}%", rate(part, of) * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_the_most_frequent_faults_is_told_and_few_points_are_none() {
        let mut tally = Tally::default();
        let reject = |tally: &mut Tally, times: u64, rejection: &Rejection| {
            (0..times).for_each(|_| tally.reject(rejection));
            tally.fault().map(|(reason, said)| (reason, said.to_owned()))
        };
        let few = Rejection::new(Reason::Judge, "2 points: so it is");
        assert_eq!(reject(&mut tally, 5, &few), None);
        let unjudged = Rejection::unjudged("no");
        let told = Some((Reason::Judge, "the judge gave no points: no".to_owned()));
        assert_eq!(reject(&mut tally, 2, &unjudged), told);
        assert_eq!(reject(&mut tally, 1, &few), told);
        let broken = Rejection::new(Reason::Unreadable, "cut");
        assert_eq!(
            reject(&mut tally, 3, &broken),
            Some((Reason::Unreadable, "cut".to_owned())),
            "few points count for nothing here"
        );
        assert_eq!(reject(&mut tally, 4, &Rejection::plain(Reason::Missing)).unwrap().1, "cut");
    }
}
