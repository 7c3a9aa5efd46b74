//! What was taken before: no example may repeat it.
//!
//! Two examples are equal if what is compared of them is, when white space and case do not count. They are near
//! if they share so many of their runs of five words; which earlier one is meant is found by an index and
//! compared in full, as in chatml-dedup. Where questions are compared, whole conversations are as well: long
//! answers that differ in a word make examples near whose questions are not, and chatml-dedup would find them in
//! the data set.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::generate::plan::{On, Plan};
use crate::generate::records::each_block;
use crate::rules::usable::{Held, Needs, Reader, Record};
use crate::similar::{Conversation, Key, Near, Scheme, Seen};
use crate::stream::Block;

use super::fingerprint::{Fingerprint, Printer, Runs, threshold};
use crate::generate::reason::{Reason, Rejection};

/// Examples that may begin alike however few there are: a share of ten examples is no share.
const FREE_OPENINGS: u64 = 2;

/// The examples that were taken, and the records that must not be repeated.
#[derive(Debug)]
pub struct Repeats {
    seen: Seen,
    near: Option<Near>,
    /// Whole conversations, where `near` knows parts of them. Only of examples that were taken.
    whole: Option<Near>,
    /// Records that were there before the run; the examples are numbered behind them.
    known: u32,
    taken: u32,
    openings: HashMap<Arc<str>, u64>,
    /// Those that several examples have, most frequent first, then by name: there are few of them where there are
    /// many openings, and all are looked at after each batch.
    frequent: BTreeSet<(Reverse<u64>, Arc<str>)>,
    /// Examples that may begin alike.
    most_alike: u64,
}

impl Repeats {
    /// One that knows the records of `dedup.against`.
    pub fn new(plan: &Plan) -> Result<Repeats> {
        let near = || {
            threshold(plan).map(|threshold| Near::new(Scheme::jaccard(threshold, false), threshold))
        };
        let share =
            plan.dedup.max_same_opening.map(|share| (share * plan.count as f64).floor() as u64);
        let mut repeats = Repeats {
            seen: Seen::default(),
            near: near(),
            whole: near().filter(|_| plan.dedup.on == On::User),
            known: 0,
            taken: 0,
            openings: HashMap::new(),
            frequent: BTreeSet::new(),
            most_alike: share.map_or(u64::MAX, |most| most.max(FREE_OPENINGS)),
        };
        if !plan.dedup.against.is_empty() {
            repeats.learn(plan, &plan.dedup.against)?;
        }
        Ok(repeats)
    }

    /// Why the example repeats another, if it does.
    pub fn find(&mut self, print: &Fingerprint) -> Result<Option<Rejection>> {
        if let Some(place) = print.key.and_then(|key| self.seen.find(key).next()) {
            return Ok(Some(self.rejection(Reason::Duplicate, place, String::new())));
        }
        if let Some(near) = &mut self.near
            && let Some(found) = near.find(&print.runs.set, &print.runs.bands)?
        {
            let share = format!("{:.2} of the runs of words", found.similarity());
            return Ok(Some(self.rejection(Reason::NearDuplicate, found.place, share)));
        }
        if let (Some(near), Some(whole)) = (&mut self.whole, &print.whole)
            && let Some(found) = near.find(&whole.set, &whole.bands)?
        {
            let share =
                format!("{:.2} of the runs of words of question and answer", found.similarity());
            return Ok(Some(self.rejection(Reason::NearDuplicate, found.place, share)));
        }
        let opening = print.opening.as_ref();
        let alike =
            opening.and_then(|opening| self.openings.get(opening.as_str())).copied().unwrap_or(0);
        Ok((alike >= self.most_alike).then(|| {
            Rejection::new(
                Reason::Opening,
                format!("\"{} ...\"", opening.map_or("", String::as_str)),
            )
        }))
    }

    /// Notes an example that is taken.
    pub fn insert(&mut self, print: Fingerprint) -> Result<()> {
        let place = self.known.saturating_add(self.taken);
        self.taken = self.taken.saturating_add(1);
        if let Some(opening) = print.opening {
            self.count_opening(opening.into());
        }
        if let (Some(near), Some(whole)) = (&mut self.whole, &print.whole) {
            near.insert(&whole.set, &whole.bands, place)?;
        }
        self.add(print.key, &print.runs, place)
    }

    fn count_opening(&mut self, opening: Arc<str>) {
        let count = self.openings.entry(Arc::clone(&opening)).or_default();
        *count += 1;
        if *count > 1 {
            self.frequent.remove(&(Reverse(*count - 1), Arc::clone(&opening)));
            self.frequent.insert((Reverse(*count), opening));
        }
    }

    /// How many examples that were taken begin so, most frequent first, then by name; no opening of a single one.
    pub fn openings(&self) -> impl Iterator<Item = (&str, u64)> {
        self.frequent.iter().map(|(Reverse(count), opening)| (&**opening, *count))
    }

    /// Openings of which no more are taken, or soon: the plan's avoid list.
    pub fn crowded_openings(&self) -> impl Iterator<Item = &str> {
        // Half of what is allowed: a model that is told in time can still do otherwise.
        let from = self.most_alike.div_ceil(2).max(FREE_OPENINGS);
        self.openings().take_while(move |(_, count)| *count >= from).map(|(text, _)| text)
    }

    fn add(&mut self, key: Option<Key>, runs: &Runs, place: u32) -> Result<()> {
        if let Some(key) = key {
            self.seen.insert(key, place);
        }
        match &mut self.near {
            Some(near) => near.insert(&runs.set, &runs.bands, place),
            None => Ok(()),
        }
    }

    fn rejection(&self, reason: Reason, place: u32, detail: String) -> Rejection {
        match place.checked_sub(self.known) {
            Some(taken) => {
                let like = format!("like example {}", u64::from(taken) + 1);
                let detail = if detail.is_empty() { like } else { format!("{like}, {detail}") };
                Rejection { reason, detail }
            }
            None => Rejection { reason: Reason::Known, detail },
        }
    }

    /// Reads files of records that must not be repeated; a line that holds none is trouble.
    pub fn learn(&mut self, plan: &Plan, files: &[PathBuf]) -> Result<()> {
        let mut learner = Learner::new(plan);
        let mut number = 0;
        each_block(files, |block, name| {
            number = if block.first { 0 } else { number };
            for line in learner.block(block) {
                number += 1;
                match line {
                    Ok(None) => {}
                    Ok(Some(print)) => {
                        let place = self.known;
                        self.known = place.saturating_add(1);
                        self.add(print.key, &print.runs, place)?;
                    }
                    Err(why) => return Err(Error::Unfit(format!("{name}:{number}: {why}"))),
                }
            }
            Ok(())
        })
    }
}

/// Makes fingerprints of records that were read.
struct Learner {
    reader: Reader,
    printer: Printer,
}

/// What a line gave: a fingerprint, nothing, or why it cannot be used.
type Line = std::result::Result<Option<Fingerprint>, String>;

impl Learner {
    fn new(plan: &Plan) -> Learner {
        Learner {
            reader: Reader::new(Needs { messages: true, only_texts: true }),
            printer: Printer::new(plan),
        }
    }

    fn block(&mut self, block: &Block) -> Vec<Line> {
        let Learner { reader, printer } = self;
        let mut found = Vec::new();
        reader.lines(block, |_, held| {
            found.push(match held {
                Held::Blank => Ok(None),
                Held::TooLong => Err("the line is too long".to_owned()),
                Held::Unusable(_, why) => Err(why),
                Held::Record(record) => {
                    let conversation = match record {
                        Record::Plain(line, turns) => Conversation::Outline(line, turns),
                        Record::Parsed(_, messages, _) => Conversation::Messages(messages),
                    };
                    Ok(Some(printer.known(conversation)))
                }
            });
        });
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn openings_are_ranked_as_if_they_were_counted_anew(said in prop::collection::vec("[a-d]", 0..40)) {
            let mut repeats = Repeats {
                seen: Seen::default(),
                near: None,
                whole: None,
                known: 0,
                taken: 0,
                openings: HashMap::new(),
                frequent: BTreeSet::new(),
                most_alike: 9,
            };
            for opening in &said {
                let print = Fingerprint { opening: Some(opening.clone()), ..Fingerprint::default() };
                repeats.insert(print).unwrap();
            }
            let count = |name: &str| said.iter().filter(|said| *said == name).count() as u64;
            let mut counted: Vec<_> = ["a", "b", "c", "d"].map(|name| (name, count(name))).to_vec();
            counted.retain(|(_, count)| *count > 1);
            counted.sort_by_key(|(name, count)| (Reverse(*count), *name));
            prop_assert_eq!(repeats.openings().collect::<Vec<_>>(), counted.clone());
            let crowded = counted.iter().filter(|(_, count)| *count >= 5).map(|(name, _)| *name);
            prop_assert!(repeats.crowded_openings().eq(crowded));
        }
    }
}
