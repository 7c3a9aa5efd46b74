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
    /// Where they stand.
    places: Places,
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
            places: Places::default(),
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
        let (reason, like) = match place.checked_sub(self.known) {
            Some(taken) => (reason, format!("like example {}", u64::from(taken) + 1)),
            None => (Reason::Known, format!("like {}", self.places.told(place))),
        };
        let detail = if detail.is_empty() { like } else { format!("{like}, {detail}") };
        Rejection { reason, detail }
    }

    /// Calls a file that was read by another name, as one whose own says nothing to a reader.
    pub fn rename(&mut self, file: &str, name: &str) {
        let files = self.places.files.iter_mut().filter(|of| *of == file);
        files.for_each(|of| name.clone_into(of));
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
                        self.places.note(place, name, number);
                        self.add(print.key, &print.runs, place)?;
                    }
                    Err(why) => return Err(Error::Unfit(format!("{name}:{number}: {why}"))),
                }
            }
            Ok(())
        })
    }
}

/// Where records stand, by their places among all: in a file that has a record on each line one note does for all.
#[derive(Debug, Default)]
struct Places {
    files: Vec<String>,
    /// Records that stand on lines one behind the other: the first place, the file, and the line of the first.
    stretches: Vec<(u32, usize, u64)>,
    /// The line after the last one.
    next: u64,
}

impl Places {
    /// Notes that the next record stands in this line, from 1.
    fn note(&mut self, place: u32, file: &str, line: u64) {
        let is_same = self.files.last().is_some_and(|last| last == file);
        if !is_same {
            self.files.push(file.to_owned());
        }
        if !is_same || line != self.next {
            self.stretches.push((place, self.files.len() - 1, line));
        }
        self.next = line + 1;
    }

    /// The file and line of a record.
    fn told(&self, place: u32) -> String {
        let behind = self.stretches.partition_point(|(first, ..)| *first <= place);
        let stretch = behind.checked_sub(1).and_then(|at| self.stretches.get(at));
        let told = stretch.and_then(|(first, file, line)| {
            Some(format!("{}:{}", self.files.get(*file)?, line + u64::from(place - first)))
        });
        told.unwrap_or_else(|| "a record that was there before".to_owned())
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
        fn the_line_of_every_record_is_known(lines in prop::collection::vec((0..3_u64, 0..4_usize), 0..40)) {
            let (mut places, mut wanted, mut line, mut of) = (Places::default(), Vec::new(), 0, 0);
            for (blank, file) in lines {
                // A file is not gone back to.
                line = if file == 0 && line > 0 { 1 } else { line + 1 + blank / 2 };
                of += usize::from(line == 1);
                let name = format!("f{of}");
                places.note(wanted.len() as u32, &name, line);
                wanted.push(format!("{name}:{line}"));
            }
            let told: Vec<String> = (0..wanted.len() as u32).map(|at| places.told(at)).collect();
            prop_assert_eq!(told, wanted);
        }

        #[test]
        fn openings_are_ranked_as_if_they_were_counted_anew(said in prop::collection::vec("[a-d]", 0..40)) {
            let mut repeats = Repeats {
                seen: Seen::default(),
                near: None,
                whole: None,
                known: 0,
                places: Places::default(),
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
