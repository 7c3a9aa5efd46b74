//! What came of a request: an answer, or why there is none.

use std::fmt;

use super::class::Class;

/// Tokens of a request and its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// What was sent.
    pub input: u64,
    /// What was answered.
    pub output: u64,
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What the model said; may be empty.
    pub text: String,
    /// Why it ended, in the words of the server, if it says so.
    pub finish: Option<String>,
    /// Tokens, if the server counts them.
    pub usage: Option<Usage>,
    /// What they are taken for if it does not: estimated from the texts; nothing for a recorded answer.
    pub estimate: Usage,
    /// The backend that answered, by its name in the plan.
    pub backend: String,
    /// The model, as the server calls it.
    pub model: Option<String>,
    /// Time of the request that was answered, from sending it to the end of the answer.
    pub millis: u64,
    /// Requests that were sent until this answer was there, on all backends; 0 for a recorded one.
    pub requests: u32,
}

/// What a request used that led to no answer: a stream that was cut, an answer that is not taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Lost {
    /// The backend that was asked.
    pub backend: String,
    /// Why there is no answer.
    pub class: Class,
    /// Tokens, if the server counted them.
    pub usage: Option<Usage>,
    /// What they are taken for if it did not.
    pub estimate: Usage,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// This request gets none; others may get theirs.
    Failed {
        /// The kind of fault.
        class: Class,
        /// What happened, in words that are fit for a terminal.
        reason: String,
    },
    /// No backend that could answer is left: the run ends and can be resumed.
    GivenUp(GivenUp),
    /// What the plan allows is spent, in these words: the run ends and can be resumed.
    Budget(String),
    /// The run is being stopped.
    Stopped,
}

/// Why a backend is no longer used. Shown, it says what happened, what was tried and what to do, and nothing
/// secret.
#[derive(Debug, Clone, PartialEq)]
pub struct GivenUp {
    /// Its name in the plan; several if all of them are gone.
    pub backend: String,
    /// The kind of fault.
    pub class: Class,
    /// What happened and what was tried.
    pub tried: String,
    /// What to do.
    pub advice: String,
}

impl fmt::Display for GivenUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "backend {} given up: {}; {}", self.backend, self.tried, self.advice)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Failed { class, reason } => write!(f, "{}: {reason}", class.name()),
            Refusal::GivenUp(given_up) => given_up.fmt(f),
            Refusal::Budget(words) => f.write_str(words),
            Refusal::Stopped => f.write_str("stopped"),
        }
    }
}
