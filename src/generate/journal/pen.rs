//! The pen of a journal: whole lines, from any thread, by one run at a time.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::fs::FlockOperation;
use serde_json::Value;

use crate::cli::json::to_json_line;
use crate::error::{Error, Result};
use crate::generate::backend::{Answer, Class, Id, Lost, Usage};

use super::lines::{answer_line, lost_line, unanswered_line};
use super::{Past, Sync};

/// Writes into a journal from any thread: whoever got an answer keeps it before anything else happens to it.
#[derive(Debug, Clone, Default)]
pub struct Pen(pub(super) Option<Arc<Paper>>);

#[derive(Debug)]
pub(super) struct Paper {
    file: Mutex<File>,
    pub(super) path: PathBuf,
    sync: Sync,
    /// A line could not be written as a whole: it is the last one.
    fails: AtomicBool,
}

impl Pen {
    /// For the journal at `path`, which is open.
    pub(super) fn new(file: File, path: &Path, sync: Sync) -> Pen {
        let fails = AtomicBool::new(false);
        let paper = Paper { file: Mutex::new(file), path: path.to_owned(), sync, fails };
        Pen(Some(Arc::new(paper)))
    }

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

    pub(super) fn write(&self, line: &Value) -> Result<()> {
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
    pub(super) fn to_disk(&self, when: &[Sync]) -> Result<()> {
        let Some(paper) = self.0.as_ref().filter(|paper| when.contains(&paper.sync)) else {
            return Ok(());
        };
        paper.file().sync_data().map_err(|source| paper.fail(source))
    }

    pub(super) fn clear(&self) -> Result<()> {
        let Some(paper) = &self.0 else { return Ok(()) };
        paper.file().set_len(0).map_err(|source| paper.fail(source))
    }

    /// Two runs must not write one journal.
    pub(super) fn lock(&self) -> Result<()> {
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
    pub(super) fn check_start(&self) -> Result<()> {
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
    pub(super) fn cut_torn_line(&self) -> Result<()> {
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
    pub(super) fn file(&self) -> MutexGuard<'_, File> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fail(&self, source: std::io::Error) -> Error {
        Error::Write { name: self.path.display().to_string(), source }
    }
}
