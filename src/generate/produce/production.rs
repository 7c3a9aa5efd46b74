//! The loop: a batch, what came of it, a look back, the next batch.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::cli::progress::Progress;
use crate::cli::terminal::sanitize;
use crate::error::Result;
use crate::generate::backend::{Carrier, GivenUp, Refusal};
use crate::generate::example::Example;
use crate::generate::plan::{Cells, Plan};
use crate::generate::talk::say;
use crate::stream::{Output, signals};

use super::crew::{Batch, Crew, Host};
use super::ending;
use super::intake::{Intake, Taken};
use super::pause;
use super::review::Coverage;
use super::schedule::{Schedule, Ticket};

/// Reviews on the terminal of a run that makes many batches a second.
const TALKS: Duration = Duration::from_secs(1);

/// How a run ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Ended {
    /// All examples are there.
    Done,
    /// As many were tried as the plan allows.
    Spent,
    /// Likewise, and the last of them while the models failed.
    Outage,
    /// Every cell is closed.
    Closed,
    /// A person said so between two batches.
    Paused,
    /// A signal came.
    Signal(i32),
    /// The models, or what may be spent on them, are at an end.
    Refused(Refusal),
    /// Here the phrases of the plan took over in the run that this one goes on with.
    HandedOver,
}

/// A run that is under way.
pub(super) struct Production<'a> {
    pub plan: &'a Plan,
    pub cells: &'a Cells,
    pub wanted: u64,
    pub schedule: Schedule,
    /// What was taken from the schedule and has not come back, in order.
    pub handed: VecDeque<Ticket>,
    /// What of it the crew does not have yet.
    pub waiting: VecDeque<Batch>,
    /// Verdicts behind which phrases take over, if they did before.
    pub takeover: Option<u64>,
    /// Reviews so far.
    pub reviews: u64,
    /// The budget is spent: since when nothing has come, as far as that was seen, and how it is told.
    pub spent: Option<(Instant, String)>,
    pub intake: Intake,
    pub progress: Progress,
    pub events: Output,
    pub carrier: Option<&'a Carrier>,
    pub quiet: bool,
    pub pauses: bool,
    pub started: Instant,
    /// When a review was told last.
    pub told: Option<Instant>,
    /// Backends of which was said why they are given up.
    pub gone: Vec<String>,
}

impl<'a> Production<'a> {
    /// One that has begun nothing yet, of phrases.
    pub(super) fn new(
        plan: &'a Plan,
        cells: &'a Cells,
        wanted: u64,
        intake: Intake,
        takeover: Option<u64>,
    ) -> Production<'a> {
        let quotas = cells.all().iter().map(|cell| cell.quota);
        // What was tried until then was allowed, whatever the plan says now.
        let most = plan.max_candidates.max(takeover.unwrap_or(0));
        Production {
            plan,
            cells,
            wanted,
            schedule: Schedule::new(plan.count, wanted, most, quotas),
            handed: VecDeque::new(),
            waiting: VecDeque::new(),
            takeover,
            reviews: 0,
            spent: None,
            intake,
            progress: Progress::new(Some(false), None),
            events: Output::none(),
            carrier: None,
            quiet: false,
            pauses: false,
            started: Instant::now(),
            told: None,
            gone: Vec::new(),
        }
    }

    /// Makes examples until there are enough of them or no more can be made.
    pub(super) fn run(&mut self, crew: &mut dyn Crew) -> Result<Ended> {
        let mut open = 0_usize;
        let mut sizes = VecDeque::new();
        loop {
            while open <= self.plan.lookahead {
                let batch = self.batch();
                if batch.tickets.is_empty() {
                    break;
                }
                sizes.push_back(batch.tickets.len());
                self.waiting.push_back(batch);
                open += 1;
            }
            let Some(size) = sizes.pop_front() else { break };
            if let Some(ended) = self.take(crew, size)? {
                return Ok(ended);
            }
            open -= 1;
            self.reviews += 1;
            self.review(self.reviews)?;
            if self.schedule.is_done() {
                break;
            }
            if self.pauses && !pause::goes_on()? {
                return Ok(signals::caught().map_or(Ended::Paused, Ended::Signal));
            }
        }
        Ok(match (self.schedule.is_done(), self.schedule.is_spent()) {
            (true, _) => Ended::Done,
            (false, true) if self.schedule.lost_lately() > 0 => Ended::Outage,
            (false, true) => Ended::Spent,
            (false, false) => Ended::Closed,
        })
    }

    /// Has what was under way when the budget was spent been waited for long enough?
    pub(super) fn is_overdue(&self) -> bool {
        let is_late = |(since, _): &(Instant, String)| since.elapsed() >= ending::PATIENCE;
        let is_asked = || self.carrier.is_some_and(|carrier| carrier.tally().in_flight > 0);
        self.spent.as_ref().is_some_and(is_late) && is_asked()
    }

    /// Are all examples of the plan wanted, and not only the first ones?
    pub(super) fn is_whole(&self) -> bool {
        self.wanted == self.plan.count
    }

    fn batch(&mut self) -> Batch {
        let cells = self.cells;
        let tickets = self.schedule.batch(self.plan.batch, |slot| cells.cell_of(slot));
        let example = |ticket: &Ticket| Example {
            slot: ticket.slot,
            attempt: ticket.attempt,
            cell: ticket.cell,
            turns: cells.turns_of(ticket.slot),
            bindings: cells.bindings(self.plan, ticket.cell, ticket.slot, ticket.attempt),
        };
        let examples = tickets.iter().map(example).collect();
        self.handed.extend(&tickets);
        let steering = Arc::new(self.intake.tally.steering(&self.intake.repeats));
        Batch { tickets, examples, steering }
    }

    /// Takes what came of a batch of `size` tickets.
    fn take(&mut self, crew: &mut dyn Crew, size: usize) -> Result<Option<Ended>> {
        let mut taken = 0;
        while taken < size && !self.schedule.is_done() {
            self.feed(crew, size - taken)?;
            if self.takeover == Some(self.intake.tally.candidates) {
                return Ok(Some(Ended::HandedOver));
            }
            let Some(made) = crew.take(self)? else { break };
            let made = match made {
                Ok(made) => made,
                Err(Refusal::Stopped) if let Some(signal) = signals::caught() => {
                    return Ok(Some(Ended::Signal(signal)));
                }
                Err(Refusal::Stopped) if let Some((_, words)) = &self.spent => {
                    return Ok(Some(Ended::Refused(Refusal::Budget(words.clone()))));
                }
                Err(refusal) => return Ok(Some(Ended::Refused(refusal))),
            };
            for (ticket, outcome) in made {
                // Of a request that asked for several, some may be more than are wanted now.
                if self.schedule.is_done() {
                    break;
                }
                taken += 1;
                self.handed.pop_front();
                match self.intake.take(ticket, outcome)? {
                    Taken::Accepted => self.schedule.accept(ticket),
                    Taken::Rejected if self.schedule.reject(ticket) => {
                        self.tell_closed(ticket.cell)?;
                    }
                    Taken::Rejected => {}
                    Taken::Lost { unmade } => self.schedule.lose(ticket, unmade),
                }
            }
            self.show();
            // Whoever waits to be written has come.
            if let Some((since, _)) = &mut self.spent {
                *since = Instant::now();
            }
        }
        Ok(None)
    }

    /// Hands the crew what waits: where each request costs, no more than can be of use. `left` tickets of the batch in
    /// hand have not come back.
    fn feed(&mut self, crew: &mut dyn Crew, left: usize) -> Result<()> {
        let together = crew.together();
        while !self.waiting.is_empty() && (together.is_none() || self.is_more_of_use(left)) {
            let Some(batch) = self.waiting.front_mut() else { break };
            crew.submit(batch.split(together.unwrap_or(usize::MAX)))?;
            if batch.tickets.is_empty() {
                self.waiting.pop_front();
            }
        }
        Ok(())
    }

    /// Is more wanted than what is under way can make? Behind a batch after which a person is asked nothing is.
    fn is_more_of_use(&self, left: usize) -> bool {
        let waiting: usize = self.waiting.iter().map(|batch| batch.tickets.len()).sum();
        let under_way = (self.handed.len() - waiting) as u64;
        let tally = &self.intake.tally;
        tally.accepted + under_way < self.wanted
            && self.takeover.is_none_or(|takeover| tally.candidates + under_way < takeover)
            && (!self.pauses || under_way < left as u64)
    }

    fn review(&mut self, number: u64) -> Result<()> {
        self.intake.delivery.flush()?;
        let due = self.told.is_none_or(|told| told.elapsed() >= TALKS) || self.schedule.is_done();
        let talks = !self.quiet && (due || self.carrier.is_some());
        let writes = self.intake.journal.path().is_some() || !self.events.is_none();
        if !talks && !writes {
            return Ok(());
        }
        let coverage = self.coverage();
        let Intake { tally, repeats, .. } = &self.intake;
        if talks {
            self.told = Some(Instant::now());
            let line = tally.line(number, self.wanted, repeats, &coverage);
            self.progress.clear();
            say(&line);
        }
        if writes {
            let review =
                self.intake.tally.json(number, self.wanted, &self.intake.repeats, &coverage);
            self.tell("batch", review.clone())?;
            self.intake.journal.batch(review)?;
        }
        Ok(())
    }

    /// How far each value of each axis is.
    pub(super) fn coverage(&self) -> Vec<Coverage> {
        let mut coverage: Vec<Coverage> = Vec::new();
        let mut places: HashMap<(&str, &str), usize> = HashMap::new();
        for (cell, (accepted, quota, _)) in self.cells.all().iter().zip(self.schedule.cells()) {
            for (axis, value) in cell.named(self.plan) {
                let place = *places.entry((axis, value)).or_insert(coverage.len());
                match coverage.get_mut(place) {
                    Some(of) => {
                        of.accepted += accepted;
                        of.target += quota;
                    }
                    None => coverage.push(Coverage {
                        axis: axis.to_owned(),
                        value: value.to_owned(),
                        accepted,
                        target: quota,
                    }),
                }
            }
        }
        coverage
    }

    /// The phrases of the plan make what models have not made, since these are `gone`, or since they did so in the run
    /// that this one goes on with.
    pub(super) fn hand_over(&mut self, gone: Option<&GivenUp>) -> Result<()> {
        self.tell_events()?;
        let words = match gone {
            _ if self.takeover.is_some() => {
                "from here on the phrases of the plan make the examples, as they did before; --adopt would ask the \
                 models again"
                    .to_owned()
            }
            None => "no model has answered; the phrases of the plan take over".to_owned(),
            Some(gone) if self.was_told(gone) => {
                "no model is left; the phrases of the plan take over".to_owned()
            }
            Some(gone) => format!("{gone}; the phrases of the plan take over"),
        };
        if self.takeover.take().is_none() {
            self.intake.journal.takeover()?;
        }
        self.schedule.hand_over(std::mem::take(&mut self.handed));
        self.waiting.clear();
        self.progress.clear();
        // Not even --quiet hides that examples come from elsewhere than the plan says first.
        say(&sanitize(&words));
        self.tell("backend", json!({"what": words}))
    }
}

impl Host for Production<'_> {
    fn idle(&mut self) -> Result<bool> {
        self.tell_events()?;
        self.show();
        if self.spent.is_none()
            && let Some(words) = self.carrier.and_then(Carrier::spent)
        {
            self.spent = Some((Instant::now(), words));
        }
        Ok(signals::caught().is_none() && !self.is_overdue())
    }
}
