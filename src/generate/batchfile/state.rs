//! What the answers so far have made.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use crate::error::{Error, Result};
use crate::generate::accept::{Checker, Repeats};
use crate::generate::answer;
use crate::generate::example::Example;
use crate::generate::journal::{Journal, OF_ANOTHER_PLAN};
use crate::generate::plan::{Cells, Plan};
use crate::generate::produce::intake::{Candidate, Intake, Outcome, Taken};
use crate::generate::produce::review::Tally;
use crate::generate::produce::schedule::Ticket;
use crate::generate::produce::{delivery::Delivery, maker::dressed};
use crate::generate::prompt::{Prompts, Steering};
use crate::generate::reason::{Reason, Rejection};
use crate::stream::Output;

use super::line::{self, Brought, Mark, Named};

/// The examples that answers were accepted for, and how often each was tried.
pub(super) struct State<'p> {
    plan: &'p Plan,
    cells: &'p Cells,
    prompts: &'p Prompts<'p>,
    checker: Checker<'p>,
    pub intake: Intake,
    accepted: HashSet<u64>,
    /// The next attempt at each example that was tried.
    next: HashMap<u64, u32>,
    /// What was brought before, by what it is for and what it says.
    judged: HashSet<(Named, u64)>,
    /// Answers that were of no use: for examples that are there, or that the plan does not have.
    pub idle: u64,
    /// Answers to what the plan does not ask.
    pub foreign: u64,
}

impl<'p> State<'p> {
    /// No answer yet.
    pub(super) fn new(
        plan: &'p Plan,
        cells: &'p Cells,
        prompts: &'p Prompts<'p>,
        checker: Checker<'p>,
        delivery: Delivery,
        rejects: Output,
    ) -> Result<State<'p>> {
        let intake = Intake {
            repeats: Repeats::new(plan)?,
            tally: Tally::default(),
            journal: Journal::none(),
            delivery,
            rejects,
            keeps_own: plan.prompt.own_count > 0,
        };
        let (accepted, next, judged) = (HashSet::new(), HashMap::new(), HashSet::new());
        Ok(State {
            plan,
            cells,
            prompts,
            checker,
            intake,
            accepted,
            next,
            judged,
            idle: 0,
            foreign: 0,
        })
    }

    /// Takes the answers that a journal holds, in its order. Trouble if it is one of another plan, unless that `adopts`
    /// them.
    pub(super) fn replay(&mut self, path: &Path, adopts: bool) -> Result<()> {
        let name = path.display().to_string();
        let mut plan = None;
        let file = File::open(path).map_err(|source| Error::Open { name: name.clone(), source })?;
        for (at, text) in BufReader::new(file).split(b'\n').enumerate() {
            let fail = |source| Error::Read { name: name.clone(), offset: None, source };
            let text = text.map_err(fail)?;
            let event: Option<Value> = serde_json::from_slice(&text).ok();
            // The last line may be cut off.
            let Some(event) = event else { continue };
            let unfit = |what: &str| Error::Unfit(format!("{name}:{}: {what}", at + 1));
            match event.get("event").and_then(Value::as_str) {
                Some("brought") => self.take(line::answer(&text).map_err(|why| unfit(&why))?)?,
                Some("answer" | "unanswered") => {
                    return Err(unfit("is of a journal of `run`, which goes on with --resume"));
                }
                Some("run") => plan = event.get("plan").and_then(Value::as_str).map(str::to_owned),
                _ => {}
            }
        }
        match adopts || plan.is_none_or(|plan| plan == self.plan.content) {
            true => Ok(()),
            false => Err(Error::Unfit(format!("{name}: {OF_ANOTHER_PLAN}"))),
        }
    }

    /// Judges an answer.
    pub(super) fn take(&mut self, brought: Brought) -> Result<()> {
        let said = xxh3_64(format!("{:?}", brought.said).as_bytes());
        let fresh = |named: &&Named| {
            named.slot < self.plan.count && !self.judged.contains(&(**named, said))
        };
        let wanted = brought.examples.iter().filter(fresh).count();
        if wanted == 0 {
            self.idle += 1;
            return Ok(());
        }
        let examples: Vec<Example> =
            brought.examples.iter().map(|named| self.example(*named)).collect();
        if let Some(mark) = brought.mark
            && mark != self.mark(&examples)?
        {
            self.foreign += 1;
            return Ok(());
        }
        let outcomes = self.outcomes(&examples, brought)?;
        for (example, outcome) in examples.iter().zip(outcomes) {
            let Example { slot, attempt, cell, .. } = *example;
            let named = Named { attempt, slot };
            if slot >= self.plan.count
                || self.accepted.contains(&slot)
                || self.judged.contains(&(named, said))
            {
                self.idle += 1;
                continue;
            }
            self.judged.insert((named, said));
            let next = self.next.entry(slot).or_default();
            *next = (*next).max(attempt.saturating_add(1));
            if self.intake.take(Ticket { slot, attempt, cell }, outcome)? == Taken::Accepted {
                self.accepted.insert(slot);
            }
        }
        Ok(())
    }

    fn outcomes(&mut self, examples: &[Example], brought: Brought) -> Result<Vec<Outcome>> {
        let nothing = |rejection: Rejection, raw: Option<String>| -> Vec<Outcome> {
            examples.iter().map(|_| Outcome::nothing(rejection.clone(), raw.clone())).collect()
        };
        let (text, finish) = match brought.said {
            Ok(said) => said,
            Err(why) => return Ok(nothing(Rejection::new(Reason::Unanswered, why), None)),
        };
        if finish.as_deref() == Some("length") {
            let cut = Rejection::new(Reason::Truncated, "the answer reached its limit");
            return Ok(nothing(cut, Some(text)));
        }
        let asked = self.prompts.asked(examples);
        let drafts = answer::read(&text, asked, self.plan.quality.strip_think);
        let raw = || Some(text.clone());
        if asked.verbalized {
            let candidates = match examples.first() {
                Some(example) => drafts
                    .into_iter()
                    .map(|draft| self.candidate(example, draft))
                    .collect::<Result<_>>()?,
                None => Vec::new(),
            };
            return Ok(vec![Outcome::of(candidates, raw())]);
        }
        if let [Err(rejection)] = drafts.as_slice() {
            return Ok(nothing(rejection.clone(), raw()));
        }
        let judge =
            |(example, draft)| Ok(Outcome::of(vec![self.candidate(example, draft)?], raw()));
        examples.iter().zip(drafts).map(judge).collect()
    }

    fn candidate(
        &mut self,
        example: &Example,
        draft: std::result::Result<crate::generate::draft::Draft, Rejection>,
    ) -> Result<Candidate> {
        Ok(match draft {
            Err(rejection) => Candidate { draft: None, verdict: Err(rejection) },
            Ok(draft) => {
                let draft =
                    dressed(self.plan, self.prompts, example, draft).map_err(Error::Unfit)?;
                let verdict = self.checker.check(&draft, example.is_negative(), example.turns);
                Candidate { draft: Some(draft), verdict }
            }
        })
    }

    /// The mark of a request for these examples: of what is asked, without what the model is shown of others, which
    /// depends on the answers so far.
    pub(super) fn mark(&self, examples: &[Example]) -> Result<Mark> {
        let request = self.prompts.request(examples, &Steering::default(), false);
        Ok(Mark(request.map_err(Error::Unfit)?.hash() as u32))
    }

    /// What an example is to be.
    fn example(&self, Named { attempt, slot }: Named) -> Example {
        Example::new(self.plan, self.cells, slot, attempt)
    }

    /// Examples that were tried: what a carrier brought no answer to was not.
    pub(super) fn tried(&self) -> u64 {
        let tally = &self.intake.tally;
        let unanswered = tally.rejected.get(&Reason::Unanswered).copied().unwrap_or(0);
        tally.candidates.saturating_sub(unanswered)
    }

    /// Examples that are to be asked for, those that failed before first.
    pub(super) fn open(&self, most: u64) -> Vec<Example> {
        let mut open: Vec<Named> = (0..self.plan.count)
            .filter(|slot| !self.accepted.contains(slot))
            .map(|slot| Named { attempt: self.next.get(&slot).copied().unwrap_or(0), slot })
            .collect();
        open.sort_by(|one, other| other.attempt.cmp(&one.attempt).then(one.slot.cmp(&other.slot)));
        open.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        open.into_iter().map(|named| self.example(named)).collect()
    }
}
