//! What was spent and what happened.

use std::collections::BTreeMap;
use std::time::Duration;

use super::answer::{GivenUp, Usage};
use super::class::Class;

/// What was spent so far, on all backends together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    /// Requests sent.
    pub requests: u64,
    /// Of these, requests that were sent again after a fault.
    pub retries: u64,
    /// Whole answers.
    pub answers: u64,
    /// Faults by their kind.
    pub faults: BTreeMap<Class, u64>,
    /// Tokens, those before this run included.
    pub tokens: Usage,
    /// Are some of them estimated, since the server does not count?
    pub estimated: bool,
    /// US dollars, those before this run included; none if a price is not known.
    pub usd: Option<f64>,
    /// Requests under way.
    pub in_flight: usize,
}

/// What happened beside answers, for the person who waits.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A backend is no longer used.
    GivenUp(GivenUp),
    /// Requests go to another backend.
    Fallback {
        /// The one that was used.
        from: String,
        /// The one that is used.
        to: String,
    },
    /// A server is asked otherwise from now on.
    Adapted {
        /// The backend.
        backend: String,
        /// How.
        change: String,
    },
    /// A server asked to wait, and nothing is sent to it for so long.
    Waiting {
        /// The backend.
        backend: String,
        /// How long.
        wait: Duration,
        /// The kind of fault.
        class: Class,
    },
}

impl std::fmt::Display for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Event::GivenUp(given_up) => given_up.fmt(f),
            Event::Fallback { from, to } => write!(f, "backend {to} takes over from {from}"),
            Event::Adapted { backend, change } => write!(f, "backend {backend}: {change}"),
            Event::Waiting { backend, wait, class } => {
                let seconds = wait.as_secs_f64();
                write!(f, "backend {backend}: {}, asked to wait {seconds:.1} s", class.name())
            }
        }
    }
}

/// What one backend has spent.
#[derive(Debug, Clone, Default)]
pub(super) struct Counts {
    pub(super) requests: u64,
    pub(super) retries: u64,
    pub(super) answers: u64,
    pub(super) faults: BTreeMap<Class, u64>,
    pub(super) tokens: Usage,
    /// Tokens of whole answers.
    pub(super) answered: u64,
    pub(super) estimated: bool,
}

impl Counts {
    /// Tokens of an answer, for which the server's count is missing: four bytes are a token, more or less.
    pub(super) fn estimate(bytes: usize) -> u64 {
        (bytes as u64).div_ceil(4)
    }

    /// Adds tokens that were used.
    pub(super) fn add(&mut self, usage: Usage, estimated: bool) {
        self.tokens.input += usage.input;
        self.tokens.output += usage.output;
        self.estimated |= estimated;
    }
}
