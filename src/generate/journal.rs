//! The journal: every answer that was paid for, and what became of it.
//!
//! What a run makes depends on its plan and on the answers it gets, and on nothing else. So a run that ended early
//! is resumed by running it again from the start with the answers that are in its journal: what is there is not
//! asked for again, what is not is. There is no other state that could disagree with it.
//!
//! A journal is JSONL, written line by line as things happen. Each line says in `event` what it tells:
//! `run` (a run began: the plan's digest, the tool), `answer` and `unanswered` (what came of a request, named by
//! `hash`, `slot`, `attempt` and `step`), `lost` (what a request used that led to no answer), `accept` and `reject`
//! (what became of an example), `batch` (a review), `brought` (an answer that came by file), `resume` and `end`. An
//! answer that was adopted from another plan stands there again, with the byte `of` which it stood before. The lines
//! of `answer` are what the backend `replay` reads. A line that was cut off in the middle, as a machine that fails
//! leaves it, is taken off when the journal is opened again.

mod known;
mod lines;

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::FlockOperation;
use serde_json::{Value, json};

use crate::cli::json::to_json_line;
use crate::error::{Error, Result};

use super::backend::{Answer, Class, Id, Lost, Usage};
use super::reason::Rejection;

use lines::{answer_line, lost_line, run_line, unanswered_line};

pub use known::{Known, Past};
pub(in crate::generate) use lines::{spent, tokens};

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

/// Who goes on with a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writer {
    /// `run`. If it `adopts`, answers count though the plan has changed since, where the same is asked.
    Run {
        /// `--adopt` was given.
        adopts: bool,
    },
    /// `ingest`.
    Ingest,
}

/// What a run says of itself in the first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The SHA-256 of the plan.
    pub plan: String,
    /// The name in the plan.
    pub name: String,
    /// Examples that are wanted.
    pub count: u64,
}

/// A journal that is written.
#[derive(Debug)]
pub struct Journal {
    pen: Pen,
    /// Verdicts that are in the journal already.
    told: u64,
}

/// Writes into a journal from any thread: whoever got an answer keeps it before anything else happens to it.
#[derive(Debug, Clone, Default)]
pub struct Pen(Option<Arc<Paper>>);

#[derive(Debug)]
struct Paper {
    file: Mutex<File>,
    path: PathBuf,
    sync: Sync,
    /// A line could not be written as a whole: it is the last one.
    fails: AtomicBool,
}

impl Journal {
    /// No journal.
    pub fn none() -> Journal {
        Journal { pen: Pen(None), told: 0 }
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
        if known.was_brought() && writer != Writer::Ingest {
            return unfit(
                "is a journal of `ingest`; `chatml-gen prompts --journal` goes on with it",
            );
        }
        match known.plan() {
            Some(plan) if plan == header.plan => {
                journal.told = known.verdicts();
                journal
                    .pen
                    .write(&json!({"event": "resume", "version": env!("CARGO_PKG_VERSION")}))?;
            }
            None => journal.pen.write(&run_line(header))?,
            Some(_) if writer == (Writer::Run { adopts: true }) => {
                journal.pen.write(&run_line(header))?;
                known.enter(&header.plan);
            }
            Some(_) => {
                let what = "is the journal of another plan, or of this one before it was changed; ";
                let way = match writer {
                    Writer::Run { .. } => "--adopt uses its answers where the same is asked",
                    Writer::Ingest => "name another one",
                };
                return unfit(&format!("{what}{way}"));
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
        let fails = AtomicBool::new(false);
        let paper = Paper { file: Mutex::new(file), path: path.to_owned(), sync, fails };
        Journal { pen: Pen(Some(Arc::new(paper))), told: 0 }
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
            || json!({"event": "accept", "slot": slot, "attempt": attempt, "number": number}),
        )
    }

    /// Keeps why an example was not taken.
    pub fn reject(&mut self, slot: u64, attempt: u32, rejection: &Rejection) -> Result<()> {
        self.verdict(|| {
            json!({
                "event": "reject", "slot": slot, "attempt": attempt, "reason": rejection.reason.name(),
                "detail": rejection.detail,
            })
        })
    }

    /// Keeps a review.
    pub fn batch(&mut self, review: Value) -> Result<()> {
        if self.told == 0 {
            let mut line = json!({"event": "batch"});
            if let (Some(line), Value::Object(review)) = (line.as_object_mut(), review) {
                line.extend(review);
            }
            self.pen.write(&line)?;
        }
        self.pen.to_disk(&[Sync::Batch])
    }

    /// Keeps how the run ended, and hands everything to the disk.
    pub fn end(&mut self, accepted: u64, why: &str) -> Result<()> {
        self.pen.write(&json!({"event": "end", "accepted": accepted, "why": why}))?;
        self.pen.to_disk(&[Sync::Batch, Sync::Each])
    }

    fn verdict(&mut self, line: impl FnOnce() -> Value) -> Result<()> {
        if self.pen.0.is_none() {
            return Ok(());
        }
        match self.told.checked_sub(1) {
            Some(left) => {
                self.told = left;
                Ok(())
            }
            None => self.pen.write(&line()),
        }
    }
}

impl Pen {
    /// Keeps an answer.
    pub fn answer(&self, hash: u128, id: Id, answer: &Answer) -> Result<()> {
        self.write(&answer_line(hash, id, answer))
    }

    /// Keeps that a request has no answer.
    pub fn unanswered(&self, hash: u128, id: Id, class: Class, reason: &str) -> Result<()> {
        self.write(&unanswered_line(hash, id, class, reason))
    }

    /// Keeps what a request has used that led to no answer.
    pub fn lost(&self, lost: &Lost) -> Result<()> {
        self.write(&lost_line(lost))
    }

    /// Keeps that what stands at byte `of`, which another plan asked for, is what came of this request. Its tokens
    /// were counted there.
    pub fn adopted(&self, hash: u128, id: Id, of: u64, past: &Past) -> Result<()> {
        let mut line = match past {
            Past::Answer(answer) => {
                let unpaid = Answer { usage: None, estimate: Usage::default(), ..answer.clone() };
                answer_line(hash, id, &unpaid)
            }
            Past::Unanswered { class, reason } => unanswered_line(hash, id, *class, reason),
        };
        if let Some(line) = line.as_object_mut() {
            line.insert("of".to_owned(), of.into());
        }
        self.write(&line)
    }

    fn write(&self, line: &Value) -> Result<()> {
        let Some(paper) = &self.0 else { return Ok(()) };
        let mut file = paper.file();
        if paper.fails.load(Ordering::Relaxed) {
            let what = "what was to be written before could not be";
            return Err(paper.fail(std::io::Error::other(what)));
        }
        if let Err(source) = file.write_all(&to_json_line(line)) {
            // Whatever was written of it must not run into the line of somebody who is luckier.
            paper.fails.store(true, Ordering::Relaxed);
            return Err(paper.fail(source));
        }
        match paper.sync {
            Sync::Each => file.sync_data().map_err(|source| paper.fail(source)),
            Sync::Batch | Sync::Never => Ok(()),
        }
    }

    /// Hands everything to the disk, if that is to be done then.
    fn to_disk(&self, when: &[Sync]) -> Result<()> {
        let Some(paper) = self.0.as_ref().filter(|paper| when.contains(&paper.sync)) else {
            return Ok(());
        };
        paper.file().sync_data().map_err(|source| paper.fail(source))
    }

    fn clear(&self) -> Result<()> {
        let Some(paper) = &self.0 else { return Ok(()) };
        paper.file().set_len(0).map_err(|source| paper.fail(source))
    }

    /// Two runs must not write one journal.
    fn lock(&self) -> Result<()> {
        let Some(paper) = &self.0 else { return Ok(()) };
        match rustix::fs::flock(&*paper.file(), FlockOperation::NonBlockingLockExclusive) {
            Err(rustix::io::Errno::WOULDBLOCK) => {
                Err(Error::Unfit(format!("{}: another run is writing it", paper.path.display())))
            }
            // A file system without locks is no reason not to run.
            _ => Ok(()),
        }
    }

    /// What is no journal is not touched.
    fn check_start(&self) -> Result<()> {
        const START: &[u8] = b"{\"event\":";
        let Some(paper) = &self.0 else { return Ok(()) };
        let fail =
            |source| Error::Read { name: paper.path.display().to_string(), offset: None, source };
        let mut start = Vec::new();
        Read::by_ref(&mut *paper.file())
            .take(START.len() as u64)
            .read_to_end(&mut start)
            .map_err(fail)?;
        match START.starts_with(&start) {
            true => Ok(()),
            false => {
                Err(Error::Unfit(format!("{}: is no journal of chatml-gen", paper.path.display())))
            }
        }
    }

    /// Takes off what stands behind the last line feed.
    fn cut_torn_line(&self) -> Result<()> {
        const STEP: u64 = 64 << 10;
        let Some(paper) = &self.0 else { return Ok(()) };
        let mut file = paper.file();
        let fail = |source| paper.fail(source);
        let length = file.metadata().map_err(fail)?.len();
        let mut end = length;
        let whole = loop {
            let start = end.saturating_sub(STEP);
            let mut part = Vec::new();
            file.seek(SeekFrom::Start(start)).map_err(fail)?;
            Read::by_ref(&mut *file).take(end - start).read_to_end(&mut part).map_err(fail)?;
            match memchr::memrchr(b'\n', &part) {
                Some(at) => break start + at as u64 + 1,
                None if start == 0 => break 0,
                None => end = start,
            }
        };
        if whole < length { file.set_len(whole).map_err(fail) } else { Ok(()) }
    }
}

impl Paper {
    fn file(&self) -> MutexGuard<'_, File> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fail(&self, source: std::io::Error) -> Error {
        Error::Write { name: self.path.display().to_string(), source }
    }
}

#[cfg(test)]
mod tests;
