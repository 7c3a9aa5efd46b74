//! What a journal knows: the answers that need not be asked for again.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::error::{Error, Result};
use crate::generate::backend::{Answer, Class, Id, Usage};

/// What came of a request before.
#[derive(Debug, Clone, PartialEq)]
pub enum Past {
    /// This answer.
    Answer(Answer),
    /// None.
    Unanswered {
        /// The kind of fault.
        class: Class,
        /// What happened.
        reason: String,
    },
}

/// Where a line stands, and what it is about.
#[derive(Debug, Clone, Copy)]
struct Spot {
    id: Id,
    offset: u64,
    length: usize,
}

/// The answers of a journal, by what was asked. Of each answer its place is held, and not its text.
#[derive(Debug)]
pub struct Known {
    path: PathBuf,
    file: Option<File>,
    spots: Mutex<HashMap<u128, VecDeque<Spot>>>,
    plan: Option<String>,
    verdicts: u64,
    /// Verdicts of all runs in it, and answers that were brought.
    held: u64,
    spent: Usage,
}

impl Known {
    /// Nothing.
    pub fn none() -> Known {
        Known {
            path: PathBuf::new(),
            file: None,
            spots: Mutex::default(),
            plan: None,
            verdicts: 0,
            held: 0,
            spent: Usage::default(),
        }
    }

    /// What the journal at `path` knows. Its lines are whole.
    pub fn read(path: &Path) -> Result<Known> {
        let name = || path.display().to_string();
        let file = File::open(path).map_err(|source| Error::Open { name: name(), source })?;
        let mut known = Known { path: path.to_owned(), ..Known::none() };
        let mut spots: HashMap<u128, VecDeque<Spot>> = HashMap::new();
        let mut reader = BufReader::with_capacity(1 << 20, &file);
        let (mut offset, mut line, mut number) = (0, Vec::new(), 0_u64);
        loop {
            line.clear();
            let fail = |source| Error::Read { name: name(), offset: Some(offset), source };
            let length = reader.read_until(b'\n', &mut line).map_err(fail)?;
            if length == 0 {
                break;
            }
            number += 1;
            let event: Value = serde_json::from_slice(&line).map_err(|_| {
                Error::Unfit(format!("{}:{number}: is no line of a journal", path.display()))
            })?;
            match event.get("event").and_then(Value::as_str) {
                Some("run") => {
                    known.plan = event.get("plan").and_then(Value::as_str).map(str::to_owned);
                    known.verdicts = 0;
                }
                Some("accept" | "reject") => {
                    known.verdicts += 1;
                    known.held += 1;
                }
                Some("brought") => known.held += 1,
                Some("answer" | "unanswered") => {
                    if let Some(usage) = usage(&event) {
                        known.spent.input = known.spent.input.saturating_add(usage.input);
                        known.spent.output = known.spent.output.saturating_add(usage.output);
                    }
                    if let Some((hash, id)) = named(&event) {
                        spots.entry(hash).or_default().push_back(Spot { id, offset, length });
                    }
                }
                _ => {}
            }
            offset += length as u64;
        }
        known.spots = Mutex::new(spots);
        known.file = Some(file);
        Ok(known)
    }

    /// The digest of the plan of the last run in it.
    pub fn plan(&self) -> Option<&str> {
        self.plan.as_deref()
    }

    /// Examples of the last run that were taken or not.
    pub fn verdicts(&self) -> u64 {
        self.verdicts
    }

    /// Is there nothing that a run could go on with?
    pub fn is_empty(&self) -> bool {
        let spots = self.spots.lock().unwrap_or_else(PoisonError::into_inner);
        spots.is_empty() && self.held == 0
    }

    /// Tokens that were spent on its answers.
    pub fn spent(&self) -> Usage {
        self.spent
    }

    /// What came of asking for `hash`, for this very request or else for the first that asked the same. Each is
    /// given once.
    pub fn take(&self, hash: u128, id: Id) -> Result<Option<Past>> {
        let spot = {
            let mut spots = self.spots.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(of) = spots.get_mut(&hash) else { return Ok(None) };
            let at = of.iter().position(|spot| spot.id == id).unwrap_or(0);
            of.remove(at)
        };
        let (Some(spot), Some(file)) = (spot, &self.file) else { return Ok(None) };
        let mut line = vec![0; spot.length];
        let fail = |source| Error::Read {
            name: self.path.display().to_string(),
            offset: Some(spot.offset),
            source,
        };
        file.read_exact_at(&mut line, spot.offset).map_err(fail)?;
        Ok(serde_json::from_slice(&line).ok().and_then(|event| past(&event)))
    }
}

fn named(event: &Value) -> Option<(u128, Id)> {
    let number = |name: &str| event.get(name).and_then(Value::as_u64);
    let hash = u128::from_str_radix(event.get("hash")?.as_str()?, 16).ok()?;
    let small = |name: &str| number(name).and_then(|number| u32::try_from(number).ok());
    Some((hash, Id { slot: number("slot")?, attempt: small("attempt")?, step: small("step")? }))
}

fn usage(event: &Value) -> Option<Usage> {
    let usage = event.get("usage")?;
    Some(Usage { input: usage.get("input")?.as_u64()?, output: usage.get("output")?.as_u64()? })
}

fn past(event: &Value) -> Option<Past> {
    let text = |name: &str| event.get(name).and_then(Value::as_str).map(str::to_owned);
    if event.get("event")?.as_str()? == "unanswered" {
        return Some(Past::Unanswered {
            class: Class::of(&text("class")?)?,
            reason: text("reason")?,
        });
    }
    Some(Past::Answer(Answer {
        text: text("text")?,
        finish: text("finish"),
        usage: usage(event),
        backend: text("backend")?,
        model: text("model"),
        millis: event.get("millis").and_then(Value::as_u64).unwrap_or(0),
        requests: 0,
    }))
}
