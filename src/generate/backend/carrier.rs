//! All backends of a plan: who is asked, who takes over, and when enough is spent.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};

use super::super::plan::{Backend, BackendKind, Budget, Pace, Plan};
use super::answer::{Answer, GivenUp, Lost, Refusal, Usage};
use super::asking::{No, Shared};
use super::class::Class;
use super::clock::{Clock, Halt};
use super::command::Program;
use super::gate::Closed;
use super::keys::Keys;
use super::line::{Line, Speaker};
use super::openai::OpenAi;
use super::replay::Cassette;
use super::request::Request;
use super::tally::{Event, Tally};

/// Most requests at a time, on each backend: each has a thread that waits for it.
const MOST_CONCURRENCY: usize = 256;
/// What recorded answers are asked for at a time: they are there at once, and who is first must not be a matter of
/// chance.
const REPLAY_CONCURRENCY: usize = 1;
/// Prices are for so many tokens.
const PRICED: f64 = 1e6;

/// What a run sets beside its plan.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where keys are looked up.
    pub keys: Keys,
    /// Requests at a time, instead of what the plan says.
    pub concurrency: Option<usize>,
    /// A file of certificates that are trusted instead of those that are built in.
    pub roots: Option<PathBuf>,
    /// Where time comes from.
    pub clock: Clock,
    /// What was spent before, if the run is a resumed one: tokens and US dollars count towards the budget.
    pub spent: Tally,
}

/// Carries requests to the backends of a plan and answers back, from many threads.
#[derive(Debug)]
pub struct Carrier {
    lines: Vec<Line>,
    /// Those before this place are asked in order; the others only by name.
    tried: usize,
    shared: Shared,
    budget: Budget,
    before: Tally,
    concurrency: usize,
    /// The backend that answered last, to say when another one takes over.
    current: Mutex<Option<String>>,
}

impl Carrier {
    /// The backends of a plan that are models, in its order; `template` is none. There may be none at all: then
    /// every request is given up.
    ///
    /// Errors are what a person must put right: an address that is none, a key that is not there, recorded answers
    /// that cannot be read, a budget in dollars without prices.
    pub fn new(plan: &Plan, settings: Settings) -> Result<Carrier> {
        let judge = plan.quality.judge.as_ref().map(|judge| &judge.backend);
        let spare: Vec<Backend> =
            plan.spare.iter().filter(|spare| Some(&spare.name) == judge).cloned().collect();
        Carrier::with_spare((&plan.backends, &spare), &plan.budget, plan.seed, settings)
    }

    /// The same for these backends, this budget and this seed, which the lengths of waits depend on.
    pub fn of(
        backends: &[Backend],
        budget: &Budget,
        seed: u64,
        settings: Settings,
    ) -> Result<Carrier> {
        Carrier::with_spare((backends, &[]), budget, seed, settings)
    }

    /// The same, with backends that are asked only by name.
    fn with_spare(
        (backends, spare): (&[Backend], &[Backend]),
        budget: &Budget,
        seed: u64,
        settings: Settings,
    ) -> Result<Carrier> {
        let (mut lines, mut tried) = (Vec::new(), 0);
        let mut concurrency = 1;
        for (place, backend) in backends.iter().chain(spare).enumerate() {
            let most = |pace: &Pace| {
                settings.concurrency.unwrap_or(pace.concurrency).clamp(1, MOST_CONCURRENCY)
            };
            let Some((line, most)) = line(backend, &settings, most)? else {
                continue;
            };
            concurrency = concurrency.max(most);
            lines.push(line);
            tried += usize::from(place < backends.len());
        }
        let unpriced = |line: &&Line| line.price.is_none() && !line.is_recorded();
        if let (Some(_), Some(line)) = (budget.usd, lines.iter().find(unpriced)) {
            let name = &line.name;
            return Err(Error::Unfit(format!(
                "budget.usd cannot be kept: backend {name} has no price; add price (0 where it costs nothing)"
            )));
        }
        let until = budget.wall.map(|wall| settings.clock.now() + wall);
        let shared = Shared {
            halt: Halt::new(until),
            clock: settings.clock,
            seed,
            events: Mutex::default(),
            lost: Mutex::default(),
        };
        Ok(Carrier {
            lines,
            tried,
            shared,
            budget: budget.clone(),
            before: settings.spent,
            concurrency,
            current: Mutex::default(),
        })
    }

    /// Requests that are worth being under way at a time: as many threads should ask. At most 256.
    pub fn concurrency(&self) -> usize {
        self.concurrency
    }

    /// Is there a backend that could be asked?
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Is a backend left that makes examples? One that only judges is none.
    pub fn has_maker(&self) -> bool {
        self.lines.iter().take(self.tried).any(|line| line.gone().is_none())
    }

    /// Asks, and comes back with an answer or with the reason why there is none. What a backend leaves unanswered for
    /// a fault of its own is asked of the next: whether it will be given up is known only later. Waits as long as that
    /// takes; to be called from as many threads as [`Carrier::concurrency`] says.
    pub fn ask(&self, request: &Request) -> std::result::Result<Answer, Refusal> {
        let mut without: Vec<GivenUp> = Vec::new();
        let mut failed = None;
        let mut sent = 0;
        let wanted = |(place, line): &(usize, &Line)| match &request.backend {
            Some(name) => *name == line.name,
            None => *place < self.tried,
        };
        for (_, line) in self.lines.iter().enumerate().filter(wanted) {
            if let Some(words) = self.spent() {
                return Err(Refusal::Budget(words));
            }
            if let Some(gone) = line.gone() {
                without.push(gone.clone());
                continue;
            }
            match line.ask(&self.shared, request, &mut sent, || self.spent().is_some()) {
                Ok(answer) => {
                    self.note(line, request);
                    return Ok(answer);
                }
                Err(No::Failed { class, reason }) => {
                    let refusal = Refusal::Failed { class, reason };
                    if !class.counts() {
                        return Err(refusal);
                    }
                    failed = Some(refusal);
                }
                Err(No::Gone(why) | No::Missing(why)) => without.push(why),
                Err(No::Closed(Closed::Over)) => {
                    let words = self.spent().unwrap_or_else(|| self.time_is_over());
                    return Err(Refusal::Budget(words));
                }
                Err(No::Closed(_)) => return Err(Refusal::Stopped),
            }
        }
        Err(failed.unwrap_or_else(|| Refusal::GivenUp(together(without, request))))
    }

    /// Ends the run in peace: nothing new is sent, waits end at once, what is under way is answered.
    pub fn close(&self) {
        self.shared.halt.close();
        self.lines.iter().for_each(|line| line.gate.wake());
    }

    /// Ends the run at once: waits end, requests under way are broken off, programs are killed.
    pub fn stop(&self) {
        self.shared.halt.stop();
        self.lines.iter().for_each(Line::stop);
    }

    /// What was spent.
    pub fn tally(&self) -> Tally {
        let mut tally = Tally { in_flight: 0, ..self.before.clone() };
        let nothing = Usage::default();
        let mut usd = self.before.usd.or((self.before.tokens == nothing).then_some(0.0));
        for line in &self.lines {
            let counts = line.counts();
            tally.requests += counts.requests;
            tally.retries += counts.retries;
            tally.answers += counts.answers;
            tally.tokens.input += counts.tokens.input;
            tally.tokens.output += counts.tokens.output;
            tally.estimated |= counts.estimated;
            tally.in_flight += line.gate.in_flight();
            for (class, count) in counts.faults {
                *tally.faults.entry(class).or_default() += count;
            }
            let cost = line.price.map(|price| {
                let input = counts.tokens.input as f64 * price.input;
                (input + counts.tokens.output as f64 * price.output) / PRICED
            });
            let unknown = cost.is_none() && counts.tokens != nothing;
            usd = if unknown { None } else { usd.map(|usd| usd + cost.unwrap_or(0.0)) };
        }
        tally.usd = usd;
        tally
    }

    /// What happened since this was asked the last time.
    pub fn events(&self) -> Vec<Event> {
        std::mem::take(&mut *self.shared.events.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What requests without an answer have used since this was asked the last time.
    pub fn lost(&self) -> Vec<Lost> {
        std::mem::take(&mut *self.shared.lost.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The words for a budget that is spent, if it is. How much was used is known only when all that is under way has
    /// come back.
    pub fn spent(&self) -> Option<String> {
        if self.shared.halt.over(self.shared.clock.now()) {
            return Some(self.time_is_over());
        }
        if self.budget.usd.is_none() && self.budget.tokens.is_none() {
            return None;
        }
        let tally = self.tally();
        let tokens = tally.tokens.input + tally.tokens.output;
        match (self.budget.tokens, self.budget.usd, tally.usd) {
            (Some(most), _, _) if tokens >= most => Some(format!(
                "the budget of {most} tokens is spent: raise budget.tokens in the plan"
            )),
            (_, Some(most), Some(usd)) if usd >= most => {
                Some(format!("the budget of ${most} is spent: raise budget.usd in the plan"))
            }
            _ => None,
        }
    }

    fn time_is_over(&self) -> String {
        let seconds = self.budget.wall.unwrap_or_default().as_secs();
        format!("the time that the plan allows, {seconds} s, is over")
    }

    /// Tells when another backend than before has answered, for one that is given up. One that is asked by name takes
    /// nothing over.
    fn note(&self, line: &Line, request: &Request) {
        if request.backend.is_some() || line.is_recorded() {
            return;
        }
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.as_deref() == Some(&line.name) {
            return;
        }
        let asked = |other: &&Line| !other.is_recorded();
        let earlier = || self.lines.iter().take_while(|other| other.name != line.name);
        if earlier().filter(asked).any(|other| other.gone().is_none()) {
            // It helps out, and the one before it is asked again.
            return;
        }
        *current = Some(line.name.clone());
        if let Some(from) = earlier().filter(|other| other.gone().is_some()).last() {
            let (from, to) = (from.name.clone(), line.name.clone());
            self.shared.tell(Event::Fallback { from, to });
        }
    }
}

/// The line of a backend and the requests it takes at a time; none if it is no model.
fn line(
    backend: &Backend,
    settings: &Settings,
    most: impl Fn(&Pace) -> usize,
) -> Result<Option<(Line, usize)>> {
    let name = backend.name.as_str();
    let (speaker, pace, price) = match &backend.kind {
        BackendKind::Template => return Ok(None),
        BackendKind::OpenAi(server) => {
            let speaker = OpenAi::new(
                name,
                server,
                &settings.keys,
                settings.roots.as_deref(),
                most(&server.pace),
            )?;
            (Speaker::OpenAi(Box::new(speaker)), server.pace.clone(), server.price)
        }
        BackendKind::Command(program) => {
            let speaker = Speaker::Program(Program::new(name, program)?);
            (speaker, program.pace.clone(), program.price)
        }
        BackendKind::Replay(path) => {
            let pace = Pace { concurrency: REPLAY_CONCURRENCY, rpm: None, tpm: None, retries: 0 };
            (Speaker::Replay(Cassette::open(path)?), pace, None)
        }
    };
    let most = most(&pace);
    Ok(Some((Line::new(name, speaker, &pace, most, price), most)))
}

/// One reason out of those of all backends.
fn together(mut without: Vec<GivenUp>, request: &Request) -> GivenUp {
    match (without.pop(), without.is_empty()) {
        (Some(last), true) => last,
        (Some(last), false) => {
            without.push(last.clone());
            let join = |part: fn(&GivenUp) -> &String, between: &str| {
                without.iter().map(|one| part(one).as_str()).collect::<Vec<_>>().join(between)
            };
            GivenUp {
                backend: join(|one| &one.backend, ", "),
                class: last.class,
                tried: join(|one| &one.tried, "; "),
                advice: last.advice,
            }
        }
        (None, _) => GivenUp {
            backend: request.backend.clone().unwrap_or_else(|| "of any model".to_owned()),
            class: Class::Missing,
            tried: "the plan has no such backend".to_owned(),
            advice: "add one to the plan".to_owned(),
        },
    }
}
