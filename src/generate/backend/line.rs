//! One backend: its requests, one after the other and many at a time, with all that may go wrong.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use super::super::plan::{Pace, Price};
use super::answer::{Answer, GivenUp, Lost, Usage};
use super::asking::{Asking, No, Shared, failed};
use super::backoff::backoff;
use super::breaker::Breaker;
use super::class::{Action, Class};
use super::command::Program;
use super::fault::Fault;
use super::gate::{Closed, Gate};
use super::openai::{Fit, OpenAi};
use super::replay::Cassette;
use super::reply::Reply;
use super::request::Request;
use super::tally::{Counts, Event};

/// The longest wait that a server may ask for. One that asks for more is out for a while (a limit a day), and
/// whoever waits should know it.
const LONGEST_WAIT: Duration = Duration::from_secs(5 * 60);
/// How long there may be no connection: as long as a server takes that is started anew. With the usual 6 retries a port
/// where nobody listens is known within 12 s, with any number of them within 20 s; where not even a refusal comes, each
/// attempt to connect takes up to 10 s of its own.
const DEAD: Duration = Duration::from_secs(15);
/// The shortest wait that is told: who waits so long wants to know why.
const TOLD: Duration = Duration::from_secs(5);
/// Times that a request may be sent again, waits that the server asks for included, if the plan allows no more. Such a
/// wait costs nothing but the time, so it is none of the plan's retries; but more than 10 requests for one answer are a
/// storm.
const ALL_RETRIES: u32 = 9;
/// Tokens of an answer, as long as none was seen and the plan sets no limit.
const EXPECTED: u64 = 500;

/// What answers.
#[derive(Debug)]
pub(super) enum Speaker {
    /// A server.
    OpenAi(Box<OpenAi>),
    /// A program.
    Program(Program),
    /// Recorded answers.
    Replay(Cassette),
}

/// A backend.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) price: Option<Price>,
    pub(super) gate: Gate,
    speaker: Speaker,
    retries: u32,
    breaker: Mutex<Breaker>,
    counts: Mutex<Counts>,
    gone: OnceLock<GivenUp>,
}

impl Line {
    pub(super) fn new(
        name: &str,
        speaker: Speaker,
        pace: &Pace,
        most: usize,
        price: Option<Price>,
    ) -> Line {
        Line {
            name: name.to_owned(),
            price,
            gate: Gate::unknown(pace, most),
            speaker,
            retries: pace.retries,
            breaker: Mutex::default(),
            counts: Mutex::default(),
            gone: OnceLock::new(),
        }
    }

    /// Why the backend is no longer used, if so.
    pub(super) fn gone(&self) -> Option<&GivenUp> {
        self.gone.get()
    }

    /// Does it cost nothing, since nothing is asked?
    pub(super) fn is_recorded(&self) -> bool {
        matches!(self.speaker, Speaker::Replay(_))
    }

    /// What was spent.
    pub(super) fn counts(&self) -> Counts {
        self.lock_counts().clone()
    }

    /// Asks until there is an answer or none can be had. `sent` counts the requests; none is sent again once all is
    /// `spent`.
    pub(super) fn ask(
        &self,
        shared: &Shared,
        request: &Request,
        sent: &mut u32,
        spent: impl Fn() -> bool,
    ) -> Result<Answer, No> {
        if let Speaker::Replay(cassette) = &self.speaker {
            return match cassette.find(request) {
                Ok(reply) => Ok(self.answer(reply, Usage::default(), 0, *sent)),
                Err(reason) => Err(No::Missing(self.reason(Class::Missing, reason))),
            };
        }
        let mut asking = Asking::new(shared, request);
        loop {
            if let Some(gone) = self.gone.get() {
                return Err(No::Gone(gone.clone()));
            }
            if *sent > 0 && spent() {
                return Err(No::Closed(Closed::Over));
            }
            let (result, at, millis) = self.once(shared, request, &mut asking)?;
            *sent += 1;
            let fault = match result {
                Ok(reply) => {
                    self.gate.known();
                    self.gate.success();
                    self.breaker().success();
                    let estimate = taken_for(request, reply.came());
                    return Ok(self.answer(reply, estimate, millis, *sent));
                }
                Err(_) if shared.halt.stopped() => return Err(No::Closed(Closed::Stopped)),
                Err(fault) => fault,
            };
            if fault.class.action() != Action::Terminal {
                self.gate.known();
            }
            asking.begun.get_or_insert(at);
            self.weigh(shared, &fault, at)?;
            match fault.class.action() {
                Action::Adapt => self.adapt(shared, &fault, &mut asking.fit)?,
                Action::Fail => return Err(failed(&fault, *sent)),
                Action::Terminal => return Err(self.give_up(shared, &fault, None)),
                Action::Retry => {
                    self.before_retry(shared, &fault, *sent, &mut asking)?;
                }
            }
        }
    }

    /// Sends the request once and counts it. Gives the result, when it was sent and how long it took.
    fn once(
        &self,
        shared: &Shared,
        request: &Request,
        asking: &mut Asking,
    ) -> Result<(Result<Reply, Fault>, Duration, u64), No> {
        let input = Counts::estimate(request.bytes());
        let estimated = input + self.expected();
        let at = self
            .gate
            .enter(&shared.clock, &shared.halt, estimated)
            .map_err(|closed| self.closed(closed))?;
        if let Some(failed) = asking.failed.take() {
            asking.passed = at.saturating_sub(failed);
        }
        let start = Instant::now();
        let result = match &self.speaker {
            Speaker::OpenAi(server) => server.once(request, &mut asking.fit),
            Speaker::Program(program) => program.once(request),
            Speaker::Replay(cassette) => {
                cassette.find(request).map_err(|reason| Fault::new(Class::Missing, reason))
            }
        };
        let millis = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        let used = self.count(shared, &result, request, asking.again > 0);
        self.gate.leave(estimated, used);
        Ok((result, at, millis))
    }

    /// Counts a request that is over. Gives the tokens that it used: of one that was refused before an answer began,
    /// none.
    fn count(
        &self,
        shared: &Shared,
        result: &Result<Reply, Fault>,
        request: &Request,
        again: bool,
    ) -> u64 {
        let (known, came) = match result {
            Ok(reply) => (reply.usage, Some(reply.came())),
            Err(fault) => (fault.usage, fault.came),
        };
        let guess = came.map(|came| taken_for(request, came));
        let used = known.or(guess);
        if let (Err(fault), Some(estimate)) = (result, used) {
            let (backend, class) = (self.name.clone(), fault.class);
            shared.lose(Lost { backend, class, usage: known, estimate });
        }
        let used = used.unwrap_or_default();
        let mut counts = self.lock_counts();
        counts.requests += 1;
        counts.retries += u64::from(again);
        if result.is_ok() {
            counts.answers += 1;
            counts.answered += used.output;
        }
        counts.add(used, known.is_none() && guess.is_some());
        if let Err(fault) = result {
            *counts.faults.entry(fault.class).or_default() += 1;
        }
        used.input + used.output
    }

    /// What it means for a request that the gate is closed.
    fn closed(&self, closed: Closed) -> No {
        match (closed, self.gone.get()) {
            (Closed::Shut, Some(gone)) => No::Gone(gone.clone()),
            (closed, _) => No::Closed(closed),
        }
    }

    /// Lets a fault of a request that was sent at `at` count against the backend.
    fn weigh(&self, shared: &Shared, fault: &Fault, at: Duration) -> Result<(), No> {
        let now = shared.clock.now();
        if fault.class.slows() {
            self.gate.slow_down(at, now);
        }
        if !fault.class.counts() {
            // The server is there and understands, whatever it says of this request.
            self.breaker().success();
            return Ok(());
        }
        let why = self.breaker().fault(fault.class, at, now);
        why.map_or(Ok(()), |why| Err(self.give_up(shared, fault, Some(&why))))
    }

    /// Finds another way to ask, or ends.
    fn adapt(&self, shared: &Shared, fault: &Fault, fit: &mut Fit) -> Result<(), No> {
        let Speaker::OpenAi(server) = &self.speaker else {
            return Err(failed(fault, 1));
        };
        match server.adapt(fault, fit) {
            Some(change) => {
                if let Some(change) = change {
                    shared.tell(Event::Adapted { backend: self.name.clone(), change });
                }
                Ok(())
            }
            None if matches!(fault.class, Class::Parameter | Class::Shape) => {
                Err(self.give_up(shared, fault, None))
            }
            None => Err(failed(fault, 1)),
        }
    }

    /// Waits before the request is sent again, if it may be.
    fn before_retry(
        &self,
        shared: &Shared,
        fault: &Fault,
        sent: u32,
        asking: &mut Asking,
    ) -> Result<(), No> {
        let now = shared.clock.now();
        asking.again += 1;
        match fault.wait {
            Some(wait) if wait > LONGEST_WAIT => {
                let why = format!("the server asks to wait {} minutes", wait.as_secs() / 60);
                return Err(self.give_up(shared, fault, Some(&why)));
            }
            Some(wait) => {
                // All who are told to wait together are told once.
                if self.gate.hold_until(now + wait, now) && wait >= TOLD {
                    let (backend, class) = (self.name.clone(), fault.class);
                    shared.tell(Event::Waiting { backend, wait, class });
                }
            }
            None => asking.own += 1,
        }
        let apart = *asking.apart.get_or_insert(now);
        if fault.class != Class::Connect {
            asking.apart = None;
        } else if now.saturating_sub(apart) >= DEAD {
            let why = format!("no connection for {} s", DEAD.as_secs());
            return Err(self.give_up(shared, fault, Some(&why)));
        }
        let all = if self.retries == 0 { 0 } else { self.retries.max(ALL_RETRIES) };
        if asking.own > self.retries || asking.again > all {
            return Err(match fault.class {
                Class::Connect | Class::RateLimited => {
                    let why = self.tried(asking, now);
                    self.give_up(shared, fault, Some(&why))
                }
                _ => failed(fault, sent),
            });
        }
        let wait = match fault.wait {
            Some(_) => Duration::ZERO,
            None => {
                asking.failed = Some(now);
                backoff(fault.class, asking.own, asking.passed, &mut asking.draw)
            }
        };
        let paused = self.gate.pause(&shared.clock, &shared.halt, now + wait);
        paused.map_err(|closed| self.closed(closed))
    }

    /// The rule by which a request is not sent again.
    fn tried(&self, asking: &Asking, now: Duration) -> String {
        let seconds = now.saturating_sub(asking.begun.unwrap_or(now)).as_secs_f64().ceil();
        match (self.retries, asking.own > self.retries) {
            (0, _) => "retries = 0, so it was not sent again".to_owned(),
            (most, true) => format!(
                "a request was sent {} times in {seconds} s, as often as retries = {most} allows",
                asking.again
            ),
            (_, false) => {
                format!(
                    "a request was sent {} times in {seconds} s, more are never tried",
                    asking.again
                )
            }
        }
    }

    /// Gives the backend up for this fault; `why` says more. The first to do so says the reason for all.
    fn give_up(&self, shared: &Shared, fault: &Fault, why: Option<&str>) -> No {
        let counts = self.counts();
        let requests = match counts.requests {
            1 => "1 request".to_owned(),
            many => format!("{many} requests"),
        };
        let answers = match counts.answers {
            0 => "none".to_owned(),
            some => format!("{some} of them"),
        };
        let why = why.map(|why| format!("; {why}")).unwrap_or_default();
        let tried = format!("{}{why} ({requests}, {answers} answered)", fault.reason);
        let given_up = self.reason(fault.class, tried);
        if self.gone.set(given_up.clone()).is_ok() {
            shared.tell(Event::GivenUp(given_up.clone()));
        }
        self.gate.shut();
        No::Gone(self.gone.get().cloned().unwrap_or(given_up))
    }

    fn reason(&self, class: Class, tried: String) -> GivenUp {
        let place = match &self.speaker {
            Speaker::OpenAi(server) => server.shown(),
            Speaker::Program(program) => program.shown(),
            Speaker::Replay(cassette) => cassette.shown(),
        };
        GivenUp {
            backend: self.name.clone(),
            class,
            tried: format!("{place}: {tried}"),
            advice: class.advice().to_owned(),
        }
    }

    /// Breaks off what is under way, for good, and lets everyone who waits know.
    pub(super) fn stop(&self) {
        match &self.speaker {
            Speaker::OpenAi(server) => server.stop(),
            Speaker::Program(program) => program.stop(),
            Speaker::Replay(_) => {}
        }
        self.gate.wake();
    }

    /// Tokens that an answer is expected to have: as many as the answers before it had.
    fn expected(&self) -> u64 {
        let counts = self.lock_counts();
        match (counts.answered.checked_div(counts.answers), &self.speaker) {
            (Some(mean), _) => mean,
            (None, Speaker::OpenAi(server)) => server.expected().unwrap_or(EXPECTED),
            (None, _) => EXPECTED,
        }
    }

    fn answer(&self, reply: Reply, estimate: Usage, millis: u64, requests: u32) -> Answer {
        Answer {
            text: reply.text,
            finish: reply.finish,
            usage: reply.usage,
            estimate,
            backend: self.name.clone(),
            model: reply.model,
            millis,
            requests,
        }
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The tokens of a request, and of so much of an answer, where nobody counts them.
fn taken_for(request: &Request, came: usize) -> Usage {
    Usage { input: Counts::estimate(request.bytes()), output: Counts::estimate(came) }
}
