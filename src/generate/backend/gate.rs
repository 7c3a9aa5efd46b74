//! Who may send now: the requests in flight, the pace, and pauses of a whole backend.
//!
//! How many requests a server takes at a time is not known and changes. So the limit follows what it says: at a
//! sign of too much it falls to seven tenths, after 20 answers it rises by one (as TCP shares a line: additive
//! increase, multiplicative decrease). One lock holds all of it, since whoever asks must know all of it at once.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::super::plan::Pace;
use super::bucket::Bucket;
use super::clock::{Clock, Halt};

/// What remains of the limit at a sign of too much.
const DECREASE: f64 = 0.7;
/// Answers after which it rises by one.
const INCREASE_AFTER: u32 = 20;

/// The way to a backend.
#[derive(Debug)]
pub(super) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
    /// Requests in flight at most, ever.
    most: usize,
}

#[derive(Debug)]
struct State {
    in_flight: usize,
    /// Requests in flight at most, now.
    limit: f64,
    /// Answers since the limit changed.
    answers: u32,
    /// When the limit fell.
    fell: Option<Duration>,
    /// Nothing is sent before.
    not_before: Duration,
    requests: Option<Bucket>,
    tokens: Option<Bucket>,
    /// How much is known of the backend.
    known: Known,
    /// The backend is given up.
    shut: bool,
}

/// How much is known of a backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Nothing: one request is to go ahead of the others.
    Nothing,
    /// It is on its way.
    Asked,
    /// The backend is there, and understands what it is asked.
    Well,
}

/// Why there is no way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed {
    /// The backend was given up.
    Shut,
    /// The run is being stopped.
    Stopped,
    /// What the plan allows is over: its time, or what may be spent.
    Over,
}

impl Gate {
    /// For a backend of this pace, with `most` requests at a time.
    pub(super) fn new(pace: &Pace, most: usize) -> Gate {
        let state = State {
            in_flight: 0,
            limit: most.max(1) as f64,
            answers: 0,
            fell: None,
            not_before: Duration::ZERO,
            requests: pace.rpm.map(Bucket::new),
            tokens: pace.tpm.map(Bucket::new),
            known: Known::Well,
            shut: false,
        };
        Gate { state: Mutex::new(state), changed: Condvar::new(), most: most.max(1) }
    }

    /// The same for a backend of which nothing is known: one request goes ahead, and the others wait for what comes
    /// of it. So a key that is not valid costs one request.
    pub(super) fn unknown(pace: &Pace, most: usize) -> Gate {
        let gate = Gate::new(pace, most);
        gate.lock().known = Known::Nothing;
        gate
    }

    /// The backend is there, and understands what it is asked.
    pub(super) fn known(&self) {
        let mut state = self.lock();
        if state.known != Known::Well {
            state.known = Known::Well;
            self.changed.notify_all();
        }
    }

    /// Waits until a request of about so many tokens may be sent, and takes a slot for it. Gives the time.
    pub(super) fn enter(
        &self,
        clock: &Clock,
        halt: &Halt,
        tokens: u64,
    ) -> Result<Duration, Closed> {
        let mut state = self.lock();
        loop {
            let now = clock.now();
            state.open(halt, now)?;
            if state.in_flight >= state.room() {
                state = self.wait(state, clock, halt, None);
                continue;
            }
            let ready = state.ready();
            if now < ready {
                state = self.wait(state, clock, halt, Some(ready));
                continue;
            }
            state.in_flight += 1;
            if state.known == Known::Nothing {
                state.known = Known::Asked;
            }
            if let Some(bucket) = &mut state.requests {
                bucket.take(now, 1);
            }
            if let Some(bucket) = &mut state.tokens {
                bucket.take(now, tokens);
            }
            if state.in_flight < state.room() {
                // A free slot is told to one waiter only, who may have been one that waits for the time.
                self.changed.notify_one();
            }
            return Ok(now);
        }
    }

    /// Gives the slot back; `real` tokens were used of what was `estimated`.
    pub(super) fn leave(&self, estimated: u64, real: u64) {
        let mut state = self.lock();
        state.in_flight = state.in_flight.saturating_sub(1);
        if let Some(bucket) = &mut state.tokens {
            bucket.correct(estimated, real);
        }
        self.changed.notify_one();
    }

    /// A request was answered.
    pub(super) fn success(&self) {
        let mut state = self.lock();
        state.answers += 1;
        if state.answers >= INCREASE_AFTER && state.limit < self.most as f64 {
            state.answers = 0;
            state.limit = (state.limit.floor() + 1.0).min(self.most as f64);
            self.changed.notify_one();
        }
    }

    /// A sign of too much from a request that was sent at `sent`. Those in flight together give one sign.
    pub(super) fn slow_down(&self, sent: Duration, now: Duration) {
        let mut state = self.lock();
        if state.fell.is_none_or(|fell| sent >= fell) {
            state.fell = Some(now);
            state.answers = 0;
            state.limit = (state.limit * DECREASE).max(1.0);
        }
    }

    /// Nothing is sent to the backend before this time. Says whether it could be sent up to now.
    pub(super) fn hold_until(&self, then: Duration, now: Duration) -> bool {
        let mut state = self.lock();
        let open = state.not_before <= now;
        state.not_before = state.not_before.max(then);
        open
    }

    /// One request waits until this time, outside of the gate.
    pub(super) fn pause(&self, clock: &Clock, halt: &Halt, until: Duration) -> Result<(), Closed> {
        let mut state = self.lock();
        loop {
            let now = clock.now();
            state.open(halt, now)?;
            if now >= until {
                return Ok(());
            }
            state = self.wait(state, clock, halt, Some(until));
        }
    }

    /// The backend is given up: nobody waits for it any more.
    pub(super) fn shut(&self) {
        self.lock().shut = true;
        self.changed.notify_all();
    }

    /// Lets everyone who waits see that something has changed.
    pub(super) fn wake(&self) {
        drop(self.lock());
        self.changed.notify_all();
    }

    /// Requests in flight.
    pub(super) fn in_flight(&self) -> usize {
        self.lock().in_flight
    }

    /// Requests in flight at most, now.
    #[cfg(test)]
    pub(super) fn limit(&self) -> usize {
        self.lock().limit as usize
    }

    /// Waits for a change, until `then` at most.
    fn wait<'a>(
        &self,
        state: MutexGuard<'a, State>,
        clock: &Clock,
        halt: &Halt,
        then: Option<Duration>,
    ) -> MutexGuard<'a, State> {
        let timed = then.map(|then| halt.bound(then));
        if timed.is_some_and(|then| clock.skip_to(then)) {
            return state;
        }
        let then = timed.unwrap_or_else(|| halt.bound(Duration::MAX));
        if then == Duration::MAX || clock.is_virtual() {
            return self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let left = then.saturating_sub(clock.now());
        self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn open(&self, halt: &Halt, now: Duration) -> Result<(), Closed> {
        if halt.closed() {
            Err(Closed::Stopped)
        } else if halt.over(now) {
            Err(Closed::Over)
        } else if self.shut {
            Err(Closed::Shut)
        } else {
            Ok(())
        }
    }

    /// Requests in flight at most, now.
    fn room(&self) -> usize {
        match self.known {
            Known::Nothing => 1,
            Known::Asked => 0,
            Known::Well => self.limit as usize,
        }
    }

    /// When the next request may be sent.
    fn ready(&self) -> Duration {
        [&self.requests, &self.tokens]
            .into_iter()
            .flatten()
            .map(Bucket::ready)
            .fold(self.not_before, Duration::max)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    const PACE: Pace = Pace { concurrency: 8, rpm: None, tpm: None, retries: 6 };

    fn at(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    #[test]
    fn the_limit_falls_at_signs_of_too_much_and_rises_with_answers() {
        let gate = Gate::new(&PACE, 10);
        gate.slow_down(at(1.0), at(2.0));
        assert_eq!(gate.limit(), 7);
        gate.slow_down(at(1.5), at(2.5));
        assert_eq!(gate.limit(), 7, "sent before the limit fell");
        for _ in 0..19 {
            gate.success();
        }
        assert_eq!(gate.limit(), 7);
        gate.success();
        assert_eq!(gate.limit(), 8);
        for second in 3..20 {
            gate.slow_down(at(f64::from(second)), at(f64::from(second)));
        }
        assert_eq!(gate.limit(), 1, "one request is always allowed");
        for _ in 0..20 * 9 {
            gate.success();
        }
        assert_eq!(gate.limit(), 10);
        gate.success();
        assert_eq!(gate.limit(), 10, "never more than the plan says");
    }

    #[test]
    fn requests_and_tokens_are_spaced() {
        let pace = Pace { rpm: Some(60), tpm: Some(6000), ..PACE };
        let (gate, clock, halt) = (Gate::new(&pace, 8), Clock::virtual_time(), Halt::new(None));
        let mut times = Vec::new();
        for tokens in [50, 300, 10, 10] {
            times.push(gate.enter(&clock, &halt, tokens).unwrap().as_secs_f64());
            gate.leave(tokens, tokens);
        }
        assert_eq!(times, [0.0, 1.0, 4.0, 5.0]);
    }

    #[test]
    fn a_pause_of_the_backend_holds_everyone() {
        let (gate, clock, halt) = (Gate::new(&PACE, 8), Clock::virtual_time(), Halt::new(None));
        assert!(gate.hold_until(at(7.0), at(0.0)));
        assert!(!gate.hold_until(at(3.0), at(0.0)), "it is held already, and longer");
        assert_eq!(gate.enter(&clock, &halt, 0), Ok(at(7.0)));
    }

    #[test]
    fn never_more_in_flight_than_the_limit_and_everyone_gets_through() {
        let (gate, clock, halt) = (Gate::new(&PACE, 3), Clock::default(), Halt::new(None));
        let (now, most, done) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    for round in 0..50 {
                        gate.enter(&clock, &halt, 1).unwrap();
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        std::thread::yield_now();
                        now.fetch_sub(1, Ordering::SeqCst);
                        gate.leave(1, 1);
                        if round % 10 == 0 {
                            let then = clock.now() + Duration::from_micros(50);
                            gate.hold_until(then, clock.now());
                            gate.pause(&clock, &halt, then).unwrap();
                        }
                        done.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!((most.into_inner(), done.into_inner()), (3, 800));
        assert_eq!(gate.in_flight(), 0);
    }

    #[test]
    fn waiting_ends_when_there_is_nothing_to_wait_for() {
        let (gate, clock, halt) = (Gate::new(&PACE, 1), Clock::default(), Halt::new(None));
        gate.enter(&clock, &halt, 0).unwrap();
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| gate.enter(&clock, &halt, 0));
            let pauses = scope.spawn(|| gate.pause(&clock, &halt, at(3600.0)));
            gate.shut();
            assert_eq!(waits.join().unwrap(), Err(Closed::Shut));
            assert_eq!(pauses.join().unwrap(), Err(Closed::Shut));
        });
        halt.close();
        assert_eq!(gate.enter(&clock, &halt, 0), Err(Closed::Stopped));
        let over = Halt::new(Some(at(5.0)));
        let (gate, clock) = (Gate::new(&PACE, 1), Clock::virtual_time());
        assert_eq!(gate.pause(&clock, &over, at(10.0)), Err(Closed::Over));
        assert_eq!(clock.now(), at(5.0), "no longer than the plan allows");
    }
}
