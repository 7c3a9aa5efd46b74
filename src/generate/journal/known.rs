//! What a journal knows: the answers that need not be asked for again.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::error::{Error, Result};
use crate::generate::backend::{Answer, Class, Id, Usage};

use super::lines::{spent, tokens};
use super::tail::Tail;
use super::{Header, Terms};

/// What came of a request before.
#[derive(Debug, Clone, PartialEq)]
pub enum Past {
    /// This answer.
    Answer(Answer),
    /// None.
    Unanswered {
        /// The kind of fault.
        class: Class,
        /// What happened.
        reason: String,
    },
}

/// Where a line stands, and what it is about.
#[derive(Debug, Clone, Copy)]
struct Spot {
    id: Id,
    offset: u64,
    length: usize,
    /// The plan that it was asked for: how many were in the journal before.
    plan: u32,
    /// A backend left it unanswered for a fault of its own.
    is_outage: bool,
}

/// What became of an example.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Its place.
    pub slot: u64,
    /// How often it was tried before.
    pub attempt: u32,
    /// It was taken.
    pub is_accepted: bool,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict { slot, attempt, is_accepted } = self;
        let verdict = if *is_accepted { "accepted" } else { "rejected" };
        write!(f, "example {slot} (attempt {attempt}) is {verdict}")
    }
}

/// The answers of a journal, by what was asked. Of each answer its place is held, and not its text.
#[derive(Debug)]
pub struct Known {
    path: PathBuf,
    file: Option<File>,
    spots: Mutex<HashMap<u128, VecDeque<Spot>>>,
    /// Where an outage was taken back, what was asked: the run that goes on may ask for the same examples in other words.
    loose: HashMap<Id, u128>,
    /// The digests of the plans in it, in order.
    plans: Vec<String>,
    /// The run is one of this plan: its place in `plans`, or behind them.
    own: u32,
    /// Examples of the last run that were taken or not, as far as a run that goes on comes to the same again.
    verdicts: VecDeque<Verdict>,
    /// Reviews of the last run, likewise.
    reviews: u64,
    terms: Option<Terms>,
    /// Verdicts behind which phrases took over.
    takeover: Option<u64>,
    /// Verdicts of all runs in it, and answers that were brought.
    held: u64,
    was_brought: bool,
    /// Tokens, by the name of the backend; estimated where it did not count.
    spent: BTreeMap<String, Usage>,
}

impl Known {
    /// Nothing.
    pub fn none() -> Known {
        Known {
            path: PathBuf::new(),
            file: None,
            spots: Mutex::default(),
            loose: HashMap::new(),
            plans: Vec::new(),
            own: 0,
            verdicts: VecDeque::new(),
            reviews: 0,
            terms: None,
            takeover: None,
            held: 0,
            was_brought: false,
            spent: BTreeMap::new(),
        }
    }

    /// What the journal at `path` knows. Its lines are whole.
    pub fn read(path: &Path) -> Result<Known> {
        let name = || path.display().to_string();
        let file = File::open(path).map_err(|source| Error::Open { name: name(), source })?;
        let mut reading = Reading::new();
        let mut reader = BufReader::with_capacity(1 << 20, &file);
        let (mut offset, mut line, mut number) = (0, Vec::new(), 0_u64);
        loop {
            line.clear();
            let fail = |source| Error::Read { name: name(), offset: Some(offset), source };
            let length = reader.read_until(b'\n', &mut line).map_err(fail)?;
            if length == 0 {
                break;
            }
            number += 1;
            let event: Value = serde_json::from_slice(&line).map_err(|_| {
                let what = "is no line of a journal; take it out to go on without it";
                Error::Unfit(format!("{}:{number}: {what}", path.display()))
            })?;
            reading.add(&event, offset, length);
            offset += length as u64;
        }
        reading.take_back();
        reading.known.loose = reading.loose();
        reading.spots.retain(|_, of| !of.is_empty());
        let Reading { known, spots, .. } = reading;
        Ok(Known { path: path.to_owned(), file: Some(file), spots: Mutex::new(spots), ..known })
    }

    /// The digest of the plan of the last run in it.
    pub fn plan(&self) -> Option<&str> {
        self.plans.get(self.own as usize).map(String::as_str)
    }

    /// The terms of the last run in it, if it tells them.
    pub fn terms(&self) -> Option<&Terms> {
        self.terms.as_ref()
    }

    /// After how many verdicts phrases took over from the models, if they did.
    pub fn takeover(&self) -> Option<u64> {
        self.takeover
    }

    /// A run begins that goes on with no other one.
    pub(super) fn begin(&mut self, header: &Header) {
        self.enter(&header.plan);
        (self.verdicts, self.reviews, self.takeover) = (VecDeque::new(), 0, None);
        self.loose.clear();
        self.terms.clone_from(&header.terms);
        let spots = self.spots.get_mut().unwrap_or_else(PoisonError::into_inner);
        open_outages(spots);
    }

    /// From now on the run is one of this plan.
    fn enter(&mut self, plan: &str) {
        let known = self.plans.iter().position(|known| known == plan);
        self.own = known.unwrap_or(self.plans.len()) as u32;
        if known.is_none() {
            self.plans.push(plan.to_owned());
        }
    }

    /// Hands out the verdicts and the number of reviews of the last run, as far as a run that goes on comes to the same
    /// again.
    pub fn verdicts(&mut self) -> (VecDeque<Verdict>, u64) {
        (std::mem::take(&mut self.verdicts), self.reviews)
    }

    /// Is there nothing that a run could go on with?
    pub fn is_empty(&self) -> bool {
        let spots = self.spots.lock().unwrap_or_else(PoisonError::into_inner);
        spots.is_empty() && self.held == 0 && self.spent.is_empty()
    }

    /// Whether models were asked.
    pub fn was_asked(&self) -> bool {
        !self.spots.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Whether answers came by file.
    pub fn was_brought(&self) -> bool {
        self.was_brought
    }

    /// Tokens that were spent on its answers, and on requests that led to none.
    pub fn spent(&self) -> Usage {
        self.spent.values().copied().fold(Usage::default(), sum)
    }

    /// Likewise, by the names of the backends that took them.
    pub fn spent_by(&self) -> impl Iterator<Item = (&str, Usage)> {
        self.spent.iter().map(|(name, usage)| (name.as_str(), *usage))
    }

    /// What came of this very request in an earlier run of the plan. Each is given once.
    ///
    /// Others that asked the same word for word are no reason to give their answer: who asks first depends on chance,
    /// and the run that goes on would differ from the one that was begun.
    pub fn take(&self, hash: u128, id: Id) -> Result<Option<Past>> {
        let own = |spot: &Spot| spot.plan == self.own && spot.id == id;
        self.remove(hash, own).map_or(Ok(None), |spot| self.read_at(spot))
    }

    /// What came of asking the same for another plan, and where it stands: for this very request, or else for the
    /// first. Each is given once; whoever takes it notes it as its own.
    pub fn adopt(&self, hash: u128, id: Id) -> Result<Option<(u64, Past)>> {
        let other = |spot: &Spot| spot.plan != self.own;
        let spot = self
            .remove(hash, |spot| other(spot) && spot.id == id)
            .or_else(|| self.remove(hash, other));
        let Some(spot) = spot else { return Ok(None) };
        Ok(self.read_at(spot)?.map(|past| (spot.offset, past)))
    }

    /// What came of asking for this very example in other words, since an outage came between, and where it stands:
    /// what the model was shown of others has changed, and the plan has not. Given once; whoever takes it notes it as
    /// its own.
    pub fn reworded(&self, id: Id) -> Result<Option<(u64, Past)>> {
        let own = |spot: &Spot| spot.plan == self.own && spot.id == id;
        let Some(spot) = self.loose.get(&id).and_then(|hash| self.remove(*hash, own)) else {
            return Ok(None);
        };
        Ok(self.read_at(spot)?.map(|past| (spot.offset, past)))
    }

    fn remove(&self, hash: u128, fits: impl Fn(&Spot) -> bool) -> Option<Spot> {
        let mut spots = self.spots.lock().unwrap_or_else(PoisonError::into_inner);
        let of = spots.get_mut(&hash)?;
        let at = of.iter().position(fits)?;
        of.remove(at)
    }

    fn read_at(&self, spot: Spot) -> Result<Option<Past>> {
        let Some(file) = &self.file else { return Ok(None) };
        let mut line = vec![0; spot.length];
        let fail = |source| Error::Read {
            name: self.path.display().to_string(),
            offset: Some(spot.offset),
            source,
        };
        file.read_exact_at(&mut line, spot.offset).map_err(fail)?;
        Ok(serde_json::from_slice(&line).ok().and_then(|event| past(&event)))
    }
}

fn sum(one: Usage, other: Usage) -> Usage {
    Usage {
        input: one.input.saturating_add(other.input),
        output: one.output.saturating_add(other.output),
    }
}

fn named(event: &Value) -> Option<(u128, Id)> {
    let number = |name: &str| event.get(name).and_then(Value::as_u64);
    let hash = u128::from_str_radix(event.get("hash")?.as_str()?, 16).ok()?;
    let small = |name: &str| number(name).and_then(|number| u32::try_from(number).ok());
    Some((hash, Id { slot: number("slot")?, attempt: small("attempt")?, step: small("step")? }))
}

/// A journal that is being read.
struct Reading {
    known: Known,
    spots: HashMap<u128, VecDeque<Spot>>,
    /// Verdicts and reviews up to the last example that was accepted.
    settled: (usize, u64),
    /// Requests behind it that a backend left unanswered for a fault of its own: their hashes, and where they stand.
    tail: Tail<(u128, u64)>,
    /// Verdicts were taken back.
    had_outage: bool,
}

impl Reading {
    fn new() -> Reading {
        let (known, spots) = (Known::none(), HashMap::new());
        Reading { known, spots, settled: (0, 0), tail: Tail::default(), had_outage: false }
    }

    /// A line, and where it stands.
    fn add(&mut self, event: &Value, offset: u64, length: usize) {
        match event.get("event").and_then(Value::as_str) {
            Some("run") => {
                self.known.enter(event.get("plan").and_then(Value::as_str).unwrap_or_default());
                self.known.verdicts.clear();
                (self.known.reviews, self.known.takeover) = (0, None);
                self.known.terms = terms(event);
                self.had_outage = false;
                open_outages(&mut self.spots);
                self.settle();
            }
            Some("resume") => self.take_back(),
            Some(kind @ ("accept" | "reject")) => {
                let is_accepted = kind == "accept";
                self.known.held += 1;
                let Some(verdict) = verdict(event, is_accepted) else { return };
                self.known.verdicts.push_back(verdict);
                let tried = (verdict.slot, verdict.attempt.into());
                if is_accepted {
                    self.tail.accept(tried);
                    self.settled = (self.known.verdicts.len(), self.known.reviews);
                } else {
                    self.tail.reject(tried, None);
                }
            }
            Some("takeover") => {
                self.known.takeover = Some(self.known.verdicts.len() as u64);
                self.settle();
            }
            Some("batch") => self.known.reviews += 1,
            Some("brought") => {
                self.known.held += 1;
                self.known.was_brought = true;
            }
            Some("lost") => self.spend(event),
            Some(kind @ ("answer" | "unanswered")) => {
                self.spend(event);
                let Some((hash, id)) = named(event) else { return };
                let of = self.spots.entry(hash).or_default();
                if let Some(adopted) = event.get("of").and_then(Value::as_u64) {
                    of.retain(|spot| spot.offset != adopted);
                }
                let is_outage = kind == "unanswered" && is_outage(event);
                of.push_back(Spot { id, offset, length, plan: self.known.own, is_outage });
                if is_outage {
                    self.tail.fault((id.slot, id.attempt.into()), (hash, offset));
                }
            }
            _ => {}
        }
    }

    fn settle(&mut self) {
        self.settled = (self.known.verdicts.len(), self.known.reviews);
        self.tail.settle();
    }

    fn spend(&mut self, event: &Value) {
        if let Some(usage) = spent(event) {
            let name = event.get("backend").and_then(Value::as_str).unwrap_or_default();
            let spent = self.known.spent.entry(name.to_owned()).or_default();
            *spent = sum(*spent, usage);
        }
    }

    /// Takes back what a run does that goes on: what an outage has left unanswered, and the verdicts of it.
    fn take_back(&mut self) {
        let (outage, is_outage) = self.tail.take_back();
        if is_outage {
            self.had_outage = true;
            self.known.verdicts.truncate(self.settled.0);
            self.known.reviews = self.settled.1;
        }
        for (hash, offset) in outage {
            if let Some(of) = self.spots.get_mut(&hash) {
                of.retain(|spot| spot.offset != offset);
            }
        }
    }

    /// Answers of the run that may be asked for in other words, by their requests.
    fn loose(&self) -> HashMap<Id, u128> {
        let own = |spot: &&Spot| self.had_outage && spot.plan == self.known.own && !spot.is_outage;
        let of = |(hash, of): (&u128, &VecDeque<Spot>)| {
            let ids: Vec<_> = of.iter().filter(own).map(|spot| (spot.id, *hash)).collect();
            ids
        };
        self.spots.iter().flat_map(of).collect()
    }
}

/// A run begins that goes on with no other one: what backends left unanswered for a fault of their own is open.
fn open_outages(spots: &mut HashMap<u128, VecDeque<Spot>>) {
    spots.values_mut().for_each(|of| of.retain(|spot| !spot.is_outage));
}

/// Says a line that a backend was at fault, and not what it was asked?
pub(in crate::generate) fn is_outage(event: &Value) -> bool {
    let class = event.get("class").and_then(Value::as_str).and_then(Class::of);
    class.is_some_and(Class::counts)
}

fn verdict(event: &Value, is_accepted: bool) -> Option<Verdict> {
    let number = |name: &str| event.get(name).and_then(Value::as_u64);
    let attempt = u32::try_from(number("attempt")?).ok()?;
    Some(Verdict { slot: number("slot")?, attempt, is_accepted })
}

fn terms(event: &Value) -> Option<Terms> {
    let inputs = event.get("inputs")?.as_str()?.to_owned();
    let (batch, asks) = (event.get("batch")?.as_u64()?, event.get("asks")?.as_bool()?);
    Some(Terms { batch, is_batch_asked: false, inputs, asks })
}

fn past(event: &Value) -> Option<Past> {
    let text = |name: &str| event.get(name).and_then(Value::as_str).map(str::to_owned);
    if event.get("event")?.as_str()? == "unanswered" {
        return Some(Past::Unanswered {
            class: Class::of(&text("class")?)?,
            reason: text("reason")?,
        });
    }
    Some(Past::Answer(Answer {
        text: text("text")?,
        finish: text("finish"),
        usage: tokens(event, "usage"),
        estimate: tokens(event, "estimated").unwrap_or_default(),
        backend: text("backend")?,
        model: text("model"),
        millis: event.get("millis").and_then(Value::as_u64).unwrap_or(0),
        requests: 0,
    }))
}
