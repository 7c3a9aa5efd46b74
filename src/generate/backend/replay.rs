//! Recorded answers, by what was asked.
//!
//! A line is one answer: `{"hash":"<32 hexadecimal digits>","text":"..."}`, and `finish`, `usage` with `input` and
//! `output`, `slot`, `attempt`, `step` where they are known. A journal holds such lines among others, which say
//! with another `event` that they are none; a last line that was cut off is passed over. The texts stay in the file:
//! only where each stands is kept.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

use crate::error::{Error, Result as Outcome};
use crate::record::text::sanitize;

use super::answer::Usage;
use super::reply::Reply;
use super::request::{Id, Request, hex};

/// Recorded answers.
#[derive(Debug)]
pub(super) struct Cassette {
    file: File,
    shown: String,
    places: Mutex<HashMap<u128, Vec<Place>>>,
}

/// Where an answer stands.
#[derive(Debug)]
struct Place {
    id: Option<Id>,
    offset: u64,
    length: usize,
    used: bool,
}

/// What is needed of a line to find it again.
#[derive(Deserialize)]
struct Head {
    event: Option<String>,
    hash: Option<String>,
    text: Option<serde::de::IgnoredAny>,
    slot: Option<u64>,
    attempt: Option<u32>,
    step: Option<u32>,
}

/// What is needed of a line as an answer.
#[derive(Deserialize)]
struct Recorded {
    text: String,
    finish: Option<String>,
    usage: Option<Tokens>,
    model: Option<String>,
}

#[derive(Deserialize)]
struct Tokens {
    #[serde(default)]
    input: u64,
    #[serde(default)]
    output: u64,
}

impl Cassette {
    /// The answers of a file.
    pub(super) fn open(path: &Path) -> Outcome<Cassette> {
        let name = sanitize(&path.to_string_lossy()).into_owned();
        let opened = |source| Error::Open { name: name.clone(), source };
        let file = File::open(path).map_err(opened)?;
        let mut reader = BufReader::new(&file);
        let mut places: HashMap<u128, Vec<Place>> = HashMap::new();
        let mut line = Vec::new();
        let mut offset = 0;
        for number in 1_u64.. {
            line.clear();
            let length = reader.read_until(b'\n', &mut line).map_err(|source| Error::Read {
                name: name.clone(),
                offset: Some(offset),
                source,
            })?;
            if length == 0 {
                break;
            }
            match place(&line, offset) {
                Ok(Some((hash, place))) => places.entry(hash).or_default().push(place),
                Ok(None) => {}
                // Whoever was killed while writing leaves half a line behind.
                Err(_) if line.last() != Some(&b'\n') => {}
                Err(reason) => {
                    return Err(Error::Unfit(format!(
                        "{name}:{number}: no recorded answer: {reason}"
                    )));
                }
            }
            offset += length as u64;
        }
        Ok(Cassette { file, shown: name, places: Mutex::new(places) })
    }

    /// The file as it may be shown.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// The answer to this request, or why there is none. Of several answers to the same, that of the same [`Id`] is
    /// taken, else the first that was not; each is given once.
    pub(super) fn find(&self, request: &Request) -> Result<Reply, String> {
        let hash = request.hash();
        let (offset, length) = {
            let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            let none = || format!("no answer is recorded for request {}", hex(hash));
            let places = places.get_mut(&hash).ok_or_else(none)?;
            let same = places.iter().position(|place| !place.used && place.id == Some(request.id));
            let at = same.or_else(|| places.iter().position(|place| !place.used));
            let all = places.len();
            let place = at.and_then(|at| places.get_mut(at)).ok_or_else(|| {
                format!("no answer is left for request {}: all {all} are used", hex(hash))
            })?;
            place.used = true;
            (place.offset, place.length)
        };
        let mut line = vec![0; length];
        let failed = |error: &dyn std::fmt::Display| {
            format!("the answer at byte {offset} cannot be read any more: {error}")
        };
        self.file.read_exact_at(&mut line, offset).map_err(|error| failed(&error))?;
        let recorded: Recorded = serde_json::from_slice(&line).map_err(|error| failed(&error))?;
        let usage = recorded.usage.map(|usage| Usage { input: usage.input, output: usage.output });
        Ok(Reply {
            text: recorded.text,
            finish: recorded.finish,
            usage,
            model: recorded.model,
            ..Reply::default()
        })
    }
}

/// The hash and place of the answer in a line; none if the line is another one.
fn place(line: &[u8], offset: u64) -> Result<Option<(u128, Place)>, String> {
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    let head: Head = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    if head.event.is_some_and(|event| event != "answer") {
        return Ok(None);
    }
    let hash = head.hash.ok_or("no hash")?;
    let digits = hash.len() == 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    let hash = u128::from_str_radix(&hash, 16).ok().filter(|_| digits);
    let hash = hash.ok_or("the hash must have 32 hexadecimal digits")?;
    head.text.ok_or("no text")?;
    let id = match (head.slot, head.attempt, head.step) {
        (Some(slot), attempt, step) => {
            Some(Id { slot, attempt: attempt.unwrap_or(0), step: step.unwrap_or(0) })
        }
        _ => None,
    };
    Ok(Some((hash, Place { id, offset, length: line.len(), used: false })))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::super::request::Role;
    use super::*;

    fn asked(slot: u64) -> Request {
        let messages = vec![(Role::User, "Hi".to_owned())];
        Request { id: Id { slot, attempt: 0, step: 0 }, messages, shape: None, backend: None }
    }

    fn cassette(lines: &str) -> Outcome<Cassette> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(lines.as_bytes()).unwrap();
        Cassette::open(file.path())
    }

    #[test]
    fn answers_of_the_same_request_go_to_their_own_first_and_once() {
        let hash = hex(asked(0).hash());
        let answers = cassette(&format!(
            "{{\"event\":\"run\",\"plan\":\"x\"}}\n\n\
             {{\"event\":\"answer\",\"slot\":0,\"attempt\":0,\"step\":0,\"hash\":\"{hash}\",\"text\":\"a\"}}\n\
             {{\"hash\":\"{hash}\",\"text\":\"b\",\"finish\":\"stop\",\"usage\":{{\"input\":3,\"output\":1}}}}\n\
             {{\"event\":\"answer\",\"slot\":2,\"hash\":\"{hash}\",\"text\":\"ü\"}}\n\
             {{\"event\":\"answer\",\"slot\":3,\"hash\":\"{hash}\",\"te"
        ))
        .unwrap();
        let text = |slot: u64| answers.find(&asked(slot)).map(|reply| reply.text);
        assert_eq!(text(2).as_deref(), Ok("ü"));
        assert_eq!(text(2).as_deref(), Ok("a"));
        let reply = answers.find(&asked(9)).unwrap();
        assert_eq!((reply.text.as_str(), reply.finish.as_deref()), ("b", Some("stop")));
        assert_eq!(reply.usage, Some(Usage { input: 3, output: 1 }));
        assert!(text(0).unwrap_err().contains("all 3 are used"));
        let other = Request { messages: vec![], ..asked(0) };
        assert!(answers.find(&other).unwrap_err().starts_with("no answer is recorded"));
    }

    #[test]
    fn a_line_that_is_no_answer_is_named() {
        for (lines, reason) in [
            ("{}\n", ":1: no recorded answer: no hash"),
            (
                "\n{\"hash\":\"12\",\"text\":\"\"}\n",
                ":2: no recorded answer: the hash must have 32",
            ),
            (&format!("{{\"hash\":\"{}\"}}\n", "0".repeat(32)), ":1: no recorded answer: no text"),
            ("x\n", ":1: no recorded answer: expected value"),
        ] {
            let error = cassette(lines).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
        assert!(Cassette::open(Path::new("/nonexistent/x")).is_err());
    }
}
