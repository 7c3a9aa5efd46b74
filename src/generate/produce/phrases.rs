//! Makes examples of the phrases of a grammar.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use rayon::ThreadPool;
use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::generate::accept::Checker;
use crate::generate::backend::Refusal;
use crate::generate::draw::{Draw, Purpose};
use crate::generate::example::Example;
use crate::generate::grammar::Grammar;
use crate::generate::plan::Plan;
use crate::generate::prompt::Prompts;
use crate::generate::reason::{Reason, Rejection};
use crate::stream::signals;

use super::crew::{Batch, Crew, Host, Made};
use super::intake::{Candidate, Outcome};
use super::maker::dressed;

/// Examples that a worker makes at a time: some microseconds each, so that handing them over costs little.
const TOGETHER: usize = 32;

/// The phrases of a grammar, spoken by several workers.
pub(super) struct Phrases<'a> {
    plan: &'a Plan,
    prompts: &'a Prompts<'a>,
    grammar: &'a Grammar,
    pool: ThreadPool,
    checkers: Vec<Mutex<Checker<'a>>>,
    made: VecDeque<Made>,
}

impl<'a> Phrases<'a> {
    /// `checker` makes what judges examples, once for each of `jobs` workers.
    pub(super) fn new(
        plan: &'a Plan,
        prompts: &'a Prompts<'a>,
        grammar: &'a Grammar,
        jobs: usize,
        checker: impl Fn() -> Checker<'a>,
    ) -> Result<Phrases<'a>> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build();
        let pool =
            pool.map_err(|why| Error::Unfit(format!("cannot start {jobs} workers: {why}")))?;
        let checkers = (0..jobs).map(|_| Mutex::new(checker())).collect();
        Ok(Phrases { plan, prompts, grammar, pool, checkers, made: VecDeque::new() })
    }

    fn outcome(&self, example: &Example, checker: &mut Checker<'_>) -> Result<Outcome> {
        let Phrases { plan, prompts, grammar, .. } = self;
        let draw = |purpose| Draw::new(plan.seed, example.slot, example.attempt, purpose);
        let values: Vec<&str> = example.bindings.iter().map(|(_, value)| value).collect();
        let draft = match grammar.draft(&values, example.turns, &mut draw(Purpose::Grammar)) {
            Ok(draft) => draft,
            Err(why) => return Ok(Outcome::nothing(Rejection::new(Reason::Unreadable, why), None)),
        };
        let draft = dressed(plan, prompts, example, draft).map_err(Error::Unfit)?;
        let verdict = checker.check(&draft, example.is_negative(), example.turns);
        Ok(Outcome::of(vec![Candidate { draft: Some(draft), verdict }], None))
    }
}

impl Crew for Phrases<'_> {
    fn together(&self) -> Option<usize> {
        None
    }

    fn submit(&mut self, batch: Batch) -> Result<()> {
        let this = &*self;
        let chunk = |examples: &[Example]| -> Result<Vec<Outcome>> {
            let place = rayon::current_thread_index().unwrap_or(0) % this.checkers.len().max(1);
            let Some(checker) = this.checkers.get(place) else { return Ok(Vec::new()) };
            let mut checker = checker.lock().unwrap_or_else(PoisonError::into_inner);
            examples.iter().map(|example| this.outcome(example, &mut checker)).collect()
        };
        let outcomes: Result<Vec<Vec<Outcome>>> =
            this.pool.install(|| batch.examples.par_chunks(TOGETHER).map(chunk).collect());
        let made = batch.tickets.into_iter().zip(outcomes?.into_iter().flatten()).collect();
        self.made.push_back(Ok(made));
        Ok(())
    }

    fn take(&mut self, host: &mut dyn Host) -> Result<Option<Made>> {
        host.idle()?;
        if signals::caught().is_some() {
            return Ok(Some(Err(Refusal::Stopped)));
        }
        Ok(self.made.pop_front())
    }
}
