//! What goes with a request while it is sent again and again, and what all requests share.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::super::draw::{Draw, Purpose};
use super::answer::{GivenUp, Lost};
use super::class::Class;
use super::clock::{Clock, Halt};
use super::fault::Fault;
use super::gate::Closed;
use super::openai::Fit;
use super::request::Request;
use super::tally::Event;

/// What all backends share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) halt: Halt,
    pub(super) seed: u64,
    pub(super) events: Mutex<Vec<Event>>,
    /// What failed requests used, until someone asks.
    pub(super) lost: Mutex<Vec<Lost>>,
}

/// Events that are kept until someone asks for them; more than that nobody reads.
const EVENTS: usize = 1000;

impl Shared {
    pub(super) fn tell(&self, event: Event) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        if events.len() < EVENTS {
            events.push(event);
        }
    }

    pub(super) fn lose(&self, lost: Lost) {
        self.lost.lock().unwrap_or_else(PoisonError::into_inner).push(lost);
    }
}

/// Why a backend has no answer.
#[derive(Debug)]
pub(super) enum No {
    /// This request gets none.
    Failed { class: Class, reason: String },
    /// The backend is given up.
    Gone(GivenUp),
    /// Nothing is recorded for this request.
    Missing(GivenUp),
    /// The run ends.
    Closed(Closed),
}

/// What a request keeps while it is sent again and again.
pub(super) struct Asking {
    /// How it is asked.
    pub(super) fit: Fit,
    /// Chance in the lengths of waits.
    pub(super) draw: Draw,
    /// Times that it was sent again after a fault that may pass.
    pub(super) again: u32,
    /// Of these, times that the server did not say when.
    pub(super) own: u32,
    /// When it failed the last time without being told how long to wait.
    pub(super) failed: Option<Duration>,
    /// How long it took until it was sent again then.
    pub(super) passed: Duration,
    /// When it failed for the first time.
    pub(super) begun: Option<Duration>,
    /// When it found no connection for the first time since it found one.
    pub(super) apart: Option<Duration>,
}

impl Asking {
    pub(super) fn new(shared: &Shared, request: &Request) -> Asking {
        let id = request.id;
        let attempt = id.attempt.wrapping_mul(0x1_0001).wrapping_add(id.step);
        let draw = Draw::new(shared.seed, id.slot, attempt, Purpose::Jitter);
        Asking {
            fit: Fit::default(),
            draw,
            again: 0,
            own: 0,
            failed: None,
            passed: Duration::ZERO,
            begun: None,
            apart: None,
        }
    }
}

/// The end of a request that failed after so many were sent.
pub(super) fn failed(fault: &Fault, sent: u32) -> No {
    let reason = match sent {
        0 | 1 => fault.reason.clone(),
        many => format!("{} (after {many} requests)", fault.reason),
    };
    No::Failed { class: fault.class, reason }
}
