//! What becomes of an example that was made: accepted, written, noted; or rejected, with its reason.

use serde_json::{Value, json};

use crate::cli::json::to_json_line;
use crate::error::Result;
use crate::generate::accept::{Judgement, Repeats};
use crate::generate::backend::Class;
use crate::generate::draft::Draft;
use crate::generate::journal::Journal;
use crate::generate::reason::{Reason, Rejection};
use crate::stream::Output;

use super::delivery::Delivery;
use super::review::Tally;
use super::schedule::Ticket;

/// An example that was made, and judged by itself.
#[derive(Debug)]
pub(in crate::generate) struct Candidate {
    /// The conversation; none if the answer held none.
    pub draft: Option<Draft>,
    /// Nothing is wrong with it by itself, or this is.
    pub verdict: std::result::Result<Judgement, Rejection>,
}

/// What came of one ticket: one candidate, or several of which the first that is no repetition counts.
#[derive(Debug)]
pub(in crate::generate) struct Outcome {
    pub candidates: Vec<Candidate>,
    /// The answer of the model as it came, for whoever looks at a rejected example.
    pub raw: Option<String>,
    /// The models failed, which says nothing about the example.
    pub lost: bool,
}

/// What became of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::generate) enum Taken {
    Accepted,
    Rejected,
    /// Rejected, for a fault of the models.
    Lost {
        /// None of them made anything: it is not only the judge that has failed.
        unmade: bool,
    },
}

impl Outcome {
    /// These candidates, of this answer.
    pub(in crate::generate) fn of(candidates: Vec<Candidate>, raw: Option<String>) -> Outcome {
        // Where the model that judges gave no answer, nothing is known about the example.
        let unjudged = |of: &Candidate| {
            matches!(&of.verdict, Err(Rejection { reason: Reason::Unanswered, .. }))
        };
        let lost = !candidates.is_empty() && candidates.iter().all(unjudged);
        Outcome { candidates, raw, lost }
    }

    /// Nothing was made, for this reason.
    pub(in crate::generate) fn nothing(rejection: Rejection, raw: Option<String>) -> Outcome {
        Outcome::of(vec![Candidate { draft: None, verdict: Err(rejection) }], raw)
    }

    /// There is no answer, for a fault of this class.
    pub(in crate::generate) fn unanswered(class: Class, reason: &str) -> Outcome {
        let rejection = Rejection::new(Reason::Unanswered, format!("{}: {reason}", class.name()));
        let lost = class.counts();
        Outcome { lost, ..Outcome::nothing(rejection, None) }
    }
}

/// Takes candidates in order.
pub(in crate::generate) struct Intake {
    pub repeats: Repeats,
    pub tally: Tally,
    pub journal: Journal,
    pub delivery: Delivery,
    pub rejects: Output,
    /// Accepted examples may be shown to the model.
    pub keeps_own: bool,
}

impl Intake {
    /// Takes what came of a ticket.
    pub(in crate::generate) fn take(&mut self, ticket: Ticket, outcome: Outcome) -> Result<Taken> {
        let mut why = None;
        let unmade = outcome.candidates.iter().all(|candidate| candidate.draft.is_none());
        for candidate in outcome.candidates {
            match self.judge(ticket, candidate)? {
                Ok(()) => return Ok(Taken::Accepted),
                Err((rejection, draft)) => {
                    self.keep_rejected(ticket, &rejection, draft.as_ref(), outcome.raw.as_deref())?;
                    // The first reason stands for all: it is that of the candidate that was wanted most.
                    why.get_or_insert(rejection);
                }
            }
        }
        if let Some(rejection) = why {
            self.tally.reject(&rejection);
            self.journal.reject(ticket.slot, ticket.attempt, &rejection)?;
        }
        Ok(if outcome.lost { Taken::Lost { unmade } } else { Taken::Rejected })
    }

    /// Writes and notes a candidate, or says why not.
    fn judge(
        &mut self,
        ticket: Ticket,
        candidate: Candidate,
    ) -> Result<std::result::Result<(), (Rejection, Option<Draft>)>> {
        let Candidate { draft, verdict } = candidate;
        let judgement = match verdict {
            Ok(judgement) => judgement,
            Err(rejection) => return Ok(Err((rejection, draft))),
        };
        if let Some(rejection) = self.repeats.find(&judgement.fingerprint)? {
            return Ok(Err((rejection, draft)));
        }
        // The journal first: what a run that goes on may still change stands behind the last example of the journal,
        // and so behind all that are in the output.
        self.journal.accept(ticket.slot, ticket.attempt, self.tally.accepted + 1)?;
        self.delivery.write(&judgement.line)?;
        self.repeats.insert(judgement.fingerprint)?;
        if let Some(draft) = &draft {
            self.tally.accept(draft, self.keeps_own);
        }
        Ok(Ok(()))
    }

    fn keep_rejected(
        &mut self,
        ticket: Ticket,
        rejection: &Rejection,
        draft: Option<&Draft>,
        raw: Option<&str>,
    ) -> Result<()> {
        if self.rejects.is_none() {
            return Ok(());
        }
        let record =
            draft.map_or(Value::Null, |draft| serde_json::to_value(draft).unwrap_or(Value::Null));
        self.rejects.write(&to_json_line(&json!({
            "slot": ticket.slot, "attempt": ticket.attempt, "reason": rejection.reason.name(),
            "detail": rejection.detail, "record": record, "raw": raw,
        })))
    }
}
