//! The journal: every answer that was paid for, and what became of it.
//!
//! What a run makes depends on its plan and on the answers it gets, and on nothing else. So a run that ended early
//! is resumed by running it again from the start with the answers that are in its journal: what is there is not
//! asked for again, what is not is. There is no other state that could disagree with it.
//!
//! A journal is JSONL, written line by line as things happen. Each line says in `event` what it tells:
//! `run` (a run began: a digest of the plan, the tool), `answer` and `unanswered` (what came of a request, named by
//! `hash`, `slot`, `attempt` and `step`), `lost` (what a request used that led to no answer), `accept` and `reject`
//! (what became of an example), `takeover` (from here on phrases make the examples), `batch` (a review), `brought` (an
//! answer that came by file), `resume` and `end`. An
//! answer that was adopted from another plan stands there again, with the byte `of` which it stood before. The lines
//! of `answer` are what the backend `replay` reads. A line that was cut off in the middle, as a machine that fails
//! leaves it, is taken off when the journal is opened again.

mod known;
mod lines;
mod pen;
mod tail;

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::path::Path;

use serde_json::{Value, json};

use crate::error::{Error, Result};

use super::reason::Rejection;

use lines::run_line;

pub(in crate::generate) use known::is_outage;
pub use known::{Known, Past, Verdict};
pub(in crate::generate) use lines::{spent, tokens};
pub use pen::Pen;
pub(in crate::generate) use tail::{Tail, Tried};

/// The version of the format. It grows when a key goes or changes its meaning, not when one is added.
pub const SCHEMA: u64 = 1;

/// When a journal is handed to the disk, beside at the end. A process that is killed loses nothing either way; a
/// machine that loses its power may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    /// After every line.
    Each,
    /// After every batch.
    Batch,
    /// Never.
    Never,
}

/// What is said of a journal with another plan.
pub(in crate::generate) const OF_ANOTHER_PLAN: &str = "is the journal of another plan, or of this one before it was \
                                                       changed; --adopt uses its answers where the same is asked";

/// Who goes on with a journal. One that `adopts` begins anew with its answers, though the plan has changed since: they
/// count where the same is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// `run`.
    Run {
        /// `--adopt` was given.
        adopts: bool,
    },
    /// `ingest`.
    Ingest {
        /// `--adopt` was given.
        adopts: bool,
    },
}

/// What a run says of itself in the first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// A digest of what the plan says of its examples.
    pub plan: String,
    /// The name in the plan.
    pub name: String,
    /// Examples that are wanted.
    pub count: u64,
    /// What else the run depends on; none where all answers are judged anew.
    pub terms: Option<Terms>,
}

/// What a run depends on beside its plan and its answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Examples between two reviews.
    pub batch: u64,
    /// Whether that was asked for. Otherwise it is as before.
    pub is_batch_asked: bool,
    /// A digest of the files that are read; empty if there are none.
    pub inputs: String,
    /// Models make the examples, and not phrases, as long as there are some.
    pub asks: bool,
}

impl Terms {
    /// Why a run on these terms cannot go on with one on others.
    fn differ(&self, earlier: &Terms) -> Option<String> {
        if self.is_batch_asked && self.batch != earlier.batch {
            return Some(format!(
                "is of a run in batches of {}; leave --batch out to go on with it",
                earlier.batch
            ));
        }
        if self.asks != earlier.asks {
            let (before, now) = match earlier.asks {
                true => ("models", "phrases"),
                false => ("phrases", "models"),
            };
            return Some(format!(
                "is of a run that began with {before}, and backends of the plan now begins with {now}; put {before} first \
                 again, or --adopt begins anew"
            ));
        }
        (self.inputs != earlier.inputs).then(|| {
            "is of a run with other --seeds, or a file that the plan names has changed since; give the same, or \
             --adopt uses its answers where the same is asked"
                .to_owned()
        })
    }
}

/// A journal that is written.
#[derive(Debug)]
pub struct Journal {
    pen: Pen,
    /// Verdicts that are in the journal already: the run comes to the same.
    told: VecDeque<Verdict>,
    /// Reviews that are in it already.
    reviewed: u64,
}

impl Journal {
    /// No journal.
    pub fn none() -> Journal {
        Journal { pen: Pen::default(), told: VecDeque::new(), reviewed: 0 }
    }

    /// A new one; trouble if the file is there, unless it holds no answers and no verdicts yet: a run that could not
    /// begin leaves such a journal.
    pub fn create(path: &Path, header: &Header, sync: Sync) -> Result<Journal> {
        let name = path.display().to_string();
        let file = OpenOptions::new().read(true).append(true).create_new(true).open(path);
        let file = match file {
            Ok(file) => file,
            Err(source) if source.kind() == std::io::ErrorKind::AlreadyExists => {
                let (journal, known) = Journal::open(path, sync)?;
                if known.is_empty() {
                    journal.pen.clear()?;
                    journal.pen.write(&run_line(header))?;
                    return Ok(journal);
                }
                let what = "is there already, with answers of an earlier run; --resume goes on with it, or remove it";
                return Err(Error::Unfit(format!("{name}: {what}")));
            }
            Err(source) => return Err(Error::Create { name, source }),
        };
        let journal = Journal::on(file, path, sync);
        journal.pen.lock()?;
        journal.pen.write(&run_line(header))?;
        Ok(journal)
    }

    /// An earlier one to go on with, and what it knows. A file that is not there is a new journal.
    pub fn resume(
        path: &Path,
        header: &Header,
        sync: Sync,
        writer: Writer,
    ) -> Result<(Journal, Known)> {
        if !path.exists() {
            return Ok((Journal::create(path, header, sync)?, Known::none()));
        }
        let (mut journal, mut known) = Journal::open(path, sync)?;
        let unfit = |what: &str| Err(Error::Unfit(format!("{}: {what}", path.display())));
        if known.was_brought() && !matches!(writer, Writer::Ingest { .. }) {
            return unfit(
                "is a journal of `ingest`; `chatml-gen prompts --journal` goes on with it",
            );
        }
        if known.was_asked() && matches!(writer, Writer::Ingest { .. }) {
            return unfit("is a journal of `run`, which goes on with --resume");
        }
        let (Writer::Run { adopts } | Writer::Ingest { adopts }) = writer;
        match known.plan() {
            None => journal.pen.write(&run_line(header))?,
            Some(_) if adopts => {
                journal.pen.write(&run_line(header))?;
                known.begin(header);
            }
            Some(plan) if plan == header.plan => {
                let terms = header.terms.as_ref().zip(known.terms());
                if let Some(why) = terms.and_then(|(terms, earlier)| terms.differ(earlier)) {
                    return unfit(&why);
                }
                (journal.told, journal.reviewed) = known.verdicts();
                journal
                    .pen
                    .write(&json!({"event": "resume", "version": env!("CARGO_PKG_VERSION")}))?;
            }
            Some(_) => {
                return unfit(OF_ANOTHER_PLAN);
            }
        }
        Ok((journal, known))
    }

    /// One that is there, and what it knows.
    fn open(path: &Path, sync: Sync) -> Result<(Journal, Known)> {
        let fail = |source| Error::Open { name: path.display().to_string(), source };
        let file = OpenOptions::new().read(true).append(true).open(path).map_err(fail)?;
        let journal = Journal::on(file, path, sync);
        journal.pen.lock()?;
        journal.pen.check_start()?;
        journal.pen.cut_torn_line()?;
        Ok((journal, Known::read(path)?))
    }

    /// Where it is; none if nothing is kept.
    pub fn path(&self) -> Option<&Path> {
        self.pen.0.as_ref().map(|paper| paper.path.as_path())
    }

    /// One more who writes into it.
    pub fn pen(&self) -> Pen {
        self.pen.clone()
    }

    fn on(file: File, path: &Path, sync: Sync) -> Journal {
        Journal { pen: Pen::new(file, path, sync), ..Journal::none() }
    }

    /// Keeps an answer that a carrier brought, as the line that it came in: an object, which gets another `event`.
    pub fn brought(&mut self, line: &[u8]) -> Result<()> {
        let mut event = json!({"event": "brought"});
        if let (Some(event), Ok(Value::Object(line))) =
            (event.as_object_mut(), serde_json::from_slice(line))
        {
            event.extend(line.into_iter().filter(|(name, _)| name != "event"));
        }
        self.pen.write(&event)
    }

    /// Keeps that an example was taken, the `number`-th from 1.
    pub fn accept(&mut self, slot: u64, attempt: u32, number: u64) -> Result<()> {
        self.verdict(
            Verdict { slot, attempt, is_accepted: true },
            || json!({"event": "accept", "slot": slot, "attempt": attempt, "number": number}),
        )
    }

    /// Keeps why an example was not taken.
    pub fn reject(&mut self, slot: u64, attempt: u32, rejection: &Rejection) -> Result<()> {
        self.verdict(Verdict { slot, attempt, is_accepted: false }, || {
            json!({
                "event": "reject", "slot": slot, "attempt": attempt, "reason": rejection.reason.name(),
                "detail": rejection.detail,
            })
        })
    }

    /// Keeps that phrases make what models have not made.
    pub fn takeover(&mut self) -> Result<()> {
        self.pen.write(&json!({"event": "takeover"}))
    }

    /// Keeps a review.
    pub fn batch(&mut self, review: Value) -> Result<()> {
        match self.reviewed.checked_sub(1) {
            Some(left) => self.reviewed = left,
            None => {
                let mut line = json!({"event": "batch"});
                if let (Some(line), Value::Object(review)) = (line.as_object_mut(), review) {
                    line.extend(review);
                }
                self.pen.write(&line)?;
            }
        }
        self.pen.to_disk(&[Sync::Batch])
    }

    /// Keeps how the run ended, and hands everything to the disk.
    pub fn end(&mut self, accepted: u64, why: &str) -> Result<()> {
        self.pen.write(&json!({"event": "end", "accepted": accepted, "why": why}))?;
        self.pen.to_disk(&[Sync::Batch, Sync::Each])
    }

    /// Writes a verdict, unless it is there. Trouble if another one is: what was written would no longer be so.
    fn verdict(&mut self, verdict: Verdict, line: impl FnOnce() -> Value) -> Result<()> {
        let Some(path) = self.path() else { return Ok(()) };
        let name = path.display().to_string();
        match self.told.pop_front() {
            None => self.pen.write(&line()),
            Some(told) if told == verdict => Ok(()),
            Some(told) => Err(Error::Unfit(format!(
                "{name}: says {told}, and now {verdict}: this version of the tool, or a file that it reads, judges \
                 otherwise; --adopt uses the answers and judges all of them anew"
            ))),
        }
    }
}

#[cfg(test)]
mod tests;
