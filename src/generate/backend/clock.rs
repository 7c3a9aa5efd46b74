//! Time, as waiting needs it; and the end of waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Where time comes from.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    Real(Instant),
    /// Nanoseconds that were waited for.
    Virtual(Arc<AtomicU64>),
}

impl Default for Clock {
    fn default() -> Clock {
        Clock(Source::Real(Instant::now()))
    }
}

impl Clock {
    /// A clock that stands still until someone waits, and then is there at once: for tests. All clones are one clock.
    pub fn virtual_time() -> Clock {
        Clock(Source::Virtual(Arc::default()))
    }

    /// Time since the clock was made.
    pub fn now(&self) -> Duration {
        match &self.0 {
            Source::Real(start) => start.elapsed(),
            Source::Virtual(nanos) => Duration::from_nanos(nanos.load(Ordering::SeqCst)),
        }
    }

    /// Does time go by only for those who wait?
    pub(super) fn is_virtual(&self) -> bool {
        matches!(self.0, Source::Virtual(_))
    }

    /// Lets virtual time be at least `then`. Says whether it is virtual; real time goes by itself.
    pub(super) fn skip_to(&self, then: Duration) -> bool {
        match &self.0 {
            Source::Real(_) => false,
            Source::Virtual(nanos) => {
                let then = u64::try_from(then.as_nanos()).unwrap_or(u64::MAX);
                nanos.fetch_max(then, Ordering::SeqCst);
                true
            }
        }
    }
}

/// What ends all waiting: the person, or the time that the plan allows.
#[derive(Debug)]
pub(super) struct Halt {
    /// Nothing new is sent.
    closed: AtomicBool,
    /// What is under way is broken off as well.
    stopped: AtomicBool,
    /// When the time of the plan is over.
    until: Option<Duration>,
}

impl Halt {
    pub(super) fn new(until: Option<Duration>) -> Halt {
        Halt { closed: AtomicBool::new(false), stopped: AtomicBool::new(false), until }
    }

    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }

    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.close();
    }

    pub(super) fn closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    pub(super) fn stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// Is the time of the plan over?
    pub(super) fn over(&self, now: Duration) -> bool {
        self.until.is_some_and(|until| now >= until)
    }

    /// The time until which one may wait that would wait until `then`.
    pub(super) fn bound(&self, then: Duration) -> Duration {
        self.until.map_or(then, |until| then.min(until))
    }
}
