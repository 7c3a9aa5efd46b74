//! What a run wrote into its journal: what it accepted, rejected and spent, and which examples it left open.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64;

use crate::error::{Error, Result};
use crate::generate::backend::Usage;
use crate::generate::batchfile::{Brought, brought};
use crate::generate::journal::{Tail, Tried, is_outage, spent, tokens};
use crate::generate::reason::Reason;

/// A request of a run: slot, attempt and step.
type Request = (u64, u64, u64);

/// A run as its journal tells it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Run {
    /// Its name in the plan.
    pub name: String,
    /// Examples that are wanted.
    pub wanted: u64,
    /// Examples that were rejected, by reason.
    pub rejected: BTreeMap<String, u64>,
    /// What was paid for, of all runs in the journal.
    pub paid: Paid,
    /// How the run ended; none if nobody was there to write it.
    pub ended: Option<String>,
    /// Answers came by file.
    pub was_brought: bool,
    /// What was brought, by its hash: the same file may be brought twice.
    brought: BTreeSet<u64>,
    accepted: BTreeSet<u64>,
    /// Slots that were begun.
    begun: BTreeSet<u64>,
    /// Requests without an answer, with the kind of fault.
    without: BTreeMap<Request, String>,
    /// What was told since an example was accepted.
    tail: Tail<Told>,
}

/// What a run that goes on may take back.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    /// An example was rejected, for this reason.
    Rejected(String),
    /// A backend left a request unanswered.
    Unanswered(Request),
}

/// What was paid for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Paid {
    /// Answers.
    pub answers: u64,
    /// Answers of which no backend told the tokens.
    pub untold: u64,
    /// Tokens that were sent for them, as far as the backends told.
    pub tokens_in: u64,
    /// Tokens of them, likewise.
    pub tokens_out: u64,
    /// Requests that were paid for and led to no answer.
    pub lost: u64,
    /// Tokens that were sent for them, estimated where the backend did not tell.
    pub lost_in: u64,
    /// Tokens that came until they failed, likewise.
    pub lost_out: u64,
}

impl Run {
    /// Reads a journal. Its last line may be torn, as a machine that fails leaves it.
    pub(super) fn read(path: &Path) -> Result<Run> {
        let name = || path.display().to_string();
        let file = File::open(path).map_err(|source| Error::Open { name: name(), source })?;
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let mut run = Run::default();
        let (mut line, mut number) = (Vec::new(), 0_u64);
        loop {
            line.clear();
            let fail = |source| Error::Read { name: name(), offset: None, source };
            reader.read_until(b'\n', &mut line).map_err(fail)?;
            if !line.ends_with(b"\n") {
                break;
            }
            number += 1;
            let event =
                serde_json::from_slice(&line).ok().filter(|event: &Value| kind(event).is_some());
            match event {
                Some(event) => run.add(&event),
                None => {
                    return Err(Error::Unfit(format!(
                        "{}:{number}: is no line of a journal",
                        name()
                    )));
                }
            }
        }
        match number {
            0 => Err(Error::Unfit(format!("{}: is no journal of chatml-gen", name()))),
            _ => Ok(run),
        }
    }

    /// Adds what a line tells.
    fn add(&mut self, event: &Value) {
        match kind(event) {
            // What was taken before counts for another plan. What was paid for was paid for.
            Some("run") => {
                let paid = std::mem::take(&mut self.paid);
                let (name, wanted) = (text(event, "name"), number(event, "count"));
                *self = Run { name, wanted, paid, ..Run::default() };
            }
            Some("resume") => {
                self.ended = None;
                self.take_back();
            }
            Some("answer" | "brought" | "lost" | "unanswered") => self.add_answer(event),
            Some("accept" | "reject" | "takeover") => self.add_verdict(event),
            Some("end") => self.ended = Some(text(event, "why")),
            _ => {}
        }
    }

    /// Adds what came of a request.
    fn add_answer(&mut self, event: &Value) {
        match kind(event) {
            Some("answer") => {
                // What was adopted was paid for where it stood before.
                if event.get("of").is_none() {
                    self.spend(tokens(event, "usage"));
                }
                self.begun.insert(number(event, "slot"));
                self.without.remove(&request(event));
            }
            Some("brought") => {
                self.was_brought = true;
                let is_new = self.brought.insert(xxh3_64(event.to_string().as_bytes()));
                if let Ok(Brought { said: Ok(_), usage, .. }) = brought(event)
                    && is_new
                {
                    self.spend(usage);
                }
            }
            Some("lost") => {
                let used = spent(event).unwrap_or_default();
                self.paid.lost += 1;
                self.paid.lost_in = self.paid.lost_in.saturating_add(used.input);
                self.paid.lost_out = self.paid.lost_out.saturating_add(used.output);
            }
            _ => {
                self.begun.insert(number(event, "slot"));
                if is_outage(event) {
                    self.tail.fault(tried(event), Told::Unanswered(request(event)));
                }
                self.without.insert(request(event), text(event, "class"));
            }
        }
    }

    /// Adds what became of an example, or that what became of those before it stays.
    fn add_verdict(&mut self, event: &Value) {
        match kind(event) {
            Some("accept") => {
                self.begun.insert(number(event, "slot"));
                self.accepted.insert(number(event, "slot"));
                self.tail.accept(tried(event));
            }
            Some("reject") => {
                self.begun.insert(number(event, "slot"));
                let reason = text(event, "reason");
                // Of an answer that was to be brought nothing else tells that it failed.
                if self.was_brought && reason == Reason::Unanswered.name() {
                    self.without.insert(request(event), "failed".to_owned());
                } else if self.was_brought {
                    self.without.remove(&request(event));
                }
                self.tail.reject(tried(event), Some(Told::Rejected(reason.clone())));
                *self.rejected.entry(reason).or_default() += 1;
            }
            _ => self.tail.settle(),
        }
    }

    /// A run that goes on asks again for what an outage left behind the last example that was accepted.
    fn take_back(&mut self) {
        for told in self.tail.take_back().0 {
            match told {
                Told::Rejected(reason) => {
                    if let Some(count) = self.rejected.get_mut(&reason) {
                        *count -= 1;
                    }
                }
                Told::Unanswered(request) => drop(self.without.remove(&request)),
            }
        }
        self.rejected.retain(|_, count| *count > 0);
    }

    /// An answer was paid for.
    fn spend(&mut self, usage: Option<Usage>) {
        self.paid.answers += 1;
        self.paid.untold += u64::from(usage.is_none());
        let usage = usage.unwrap_or_default();
        self.paid.tokens_in = self.paid.tokens_in.saturating_add(usage.input);
        self.paid.tokens_out = self.paid.tokens_out.saturating_add(usage.output);
    }

    /// As many examples were accepted as are wanted, or the run ended so: one of a part of its plan.
    pub(super) fn is_done(&self) -> bool {
        self.ended.as_deref() == Some("done") || self.accepted() >= self.wanted
    }

    /// Examples that were accepted.
    pub(super) fn accepted(&self) -> u64 {
        self.accepted.len() as u64
    }

    /// Examples that are wanted and that nothing was done for.
    pub(super) fn not_begun(&self) -> u64 {
        self.wanted.saturating_sub(self.begun.len() as u64)
    }

    /// Slots that were begun and of which none was accepted, in order: with answers to all that was asked, and with
    /// a request that has none.
    pub(super) fn open(&self) -> (Vec<u64>, Vec<u64>) {
        let failed: BTreeSet<u64> = self.without.keys().map(|(slot, ..)| *slot).collect();
        let (unanswered, pending) =
            self.begun.difference(&self.accepted).partition(|slot| failed.contains(slot));
        (pending, unanswered)
    }

    /// Requests without an answer, by the kind of fault.
    pub(super) fn faults(&self) -> BTreeMap<&str, u64> {
        let mut faults = BTreeMap::new();
        self.without.values().for_each(|class| *faults.entry(class.as_str()).or_default() += 1);
        faults
    }
}

fn number(event: &Value, name: &str) -> u64 {
    event.get(name).and_then(Value::as_u64).unwrap_or(0)
}

fn text(event: &Value, name: &str) -> String {
    event.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn request(event: &Value) -> Request {
    (number(event, "slot"), number(event, "attempt"), number(event, "step"))
}

fn tried(event: &Value) -> Tried {
    (number(event, "slot"), number(event, "attempt"))
}

fn kind(event: &Value) -> Option<&str> {
    event.get("event").and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Run> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        std::fs::write(&path, text).unwrap();
        Run::read(&path)
    }

    const RUN: &str =
        "{\"event\":\"run\",\"schema\":1,\"plan\":\"p\",\"name\":\"n\",\"count\":5}\n";

    fn answer(slot: u64, attempt: u64) -> String {
        let usage = r#""usage":{"input":10,"output":3}"#;
        format!(
            "{{\"event\":\"answer\",\"slot\":{slot},\"attempt\":{attempt},\"step\":0,{usage}}}\n"
        )
    }

    fn event(kind: &str, slot: u64, more: &str) -> String {
        format!("{{\"event\":\"{kind}\",\"slot\":{slot},\"attempt\":0,\"step\":0{more}}}\n")
    }

    #[test]
    fn a_slot_is_accepted_pending_unanswered_or_not_begun() {
        let lines = [
            RUN.to_owned(),
            answer(0, 0),
            event("accept", 0, ",\"number\":1"),
            answer(1, 0),
            event("reject", 1, ",\"reason\":\"refusal\""),
            event("unanswered", 2, ",\"class\":\"silence\""),
            event("reject", 2, ",\"reason\":\"unanswered\""),
            "{\"event\":\"end\",\"accepted\":1,\"why\":\"signal\"}\n".to_owned(),
            "{\"event\":\"answer\",\"slot\":4,\"te".to_owned(),
        ];
        let run = read(&lines.concat()).unwrap();
        assert_eq!((run.accepted(), run.not_begun(), run.open()), (1, 2, (vec![1], vec![2])));
        assert_eq!((run.paid.answers, run.paid.tokens_in, run.paid.tokens_out), (2, 20, 6));
        assert_eq!(run.faults().into_iter().collect::<Vec<_>>(), [("silence", 1)]);
        assert_eq!(run.rejected.values().sum::<u64>(), 2);
        assert_eq!(run.ended.as_deref(), Some("signal"));
    }

    #[test]
    fn an_answer_that_came_later_is_an_answer() {
        let lines = [
            RUN.to_owned(),
            event("unanswered", 0, ",\"class\":\"silence\""),
            "{\"event\":\"end\",\"accepted\":0,\"why\":\"backend\"}\n".to_owned(),
            "{\"event\":\"resume\",\"version\":\"0\"}\n".to_owned(),
            answer(0, 0),
        ];
        let run = read(&lines.concat()).unwrap();
        assert_eq!((run.open(), run.faults().len(), run.ended), ((vec![0], vec![]), 0, None));
    }

    #[test]
    fn what_a_run_asks_for_again_is_not_rejected_twice() {
        let unanswered = event("unanswered", 0, ",\"class\":\"server-error\"");
        let reject = event("reject", 0, ",\"reason\":\"unanswered\"");
        let resume = "{\"event\":\"resume\",\"version\":\"0\"}\n".to_owned();
        let run =
            read(&[RUN, &unanswered, &reject, &resume, &unanswered, &reject].concat()).unwrap();
        assert_eq!(run.rejected, BTreeMap::from([("unanswered".to_owned(), 1)]));
        assert_eq!(run.faults(), BTreeMap::from([("server-error", 1)]));
        let accept = event("accept", 1, "");
        let run = read(&[RUN, &unanswered, &reject, &accept, &resume].concat()).unwrap();
        assert_eq!(run.rejected["unanswered"], 1);
        // Without an outage nothing is taken back; with one all is that stands behind the last example.
        let bad = event("reject", 2, ",\"reason\":\"unreadable\"");
        let begun = [RUN, &accept, &bad, &resume].concat();
        assert_eq!(read(&begun).unwrap().rejected["unreadable"], 1);
        let run = read(&[begun, unanswered, reject, resume, bad].concat()).unwrap();
        assert_eq!(run.rejected, BTreeMap::from([("unreadable".to_owned(), 1)]));
        assert!(run.faults().is_empty());
    }

    #[test]
    fn what_was_brought_twice_adopted_or_never_told_is_not_paid_for_again() {
        let brought = |slot: u64, said: &str| {
            format!("{{\"event\":\"brought\",\"custom_id\":\"{slot}a0\",{said}}}\n")
        };
        let failed = brought(1, "\"response\":null,\"error\":{\"message\":\"no\"}");
        let lines = [
            RUN.to_owned(),
            brought(0, "\"text\":\"t\""),
            brought(0, "\"text\":\"t\""),
            failed,
            event("accept", 0, ",\"number\":1"),
            event("reject", 1, ",\"reason\":\"unanswered\""),
        ];
        let run = read(&lines.concat()).unwrap();
        assert_eq!((run.paid.answers, run.paid.untold, run.was_brought), (1, 1, true));
        assert_eq!((run.accepted(), run.open()), (1, (vec![], vec![1])));
        let adopted = answer(0, 0).replace("\"step\"", "\"of\":7,\"step\"");
        let run = read(&[RUN.to_owned(), answer(0, 0), adopted].concat()).unwrap();
        assert_eq!((run.paid.answers, run.paid.tokens_in), (1, 10));
    }

    #[test]
    fn another_plan_begins_anew_and_what_was_paid_stays_paid() {
        let lines = [RUN, &answer(0, 0), &event("accept", 0, ""), RUN].concat();
        let run = read(&lines).unwrap();
        assert_eq!((run.accepted(), run.paid.answers, run.not_begun()), (0, 1, 5));
    }

    #[test]
    fn what_was_estimated_was_not_told_and_what_was_lost_was_paid_for() {
        let estimated = "\"usage\":null,\"estimated\":{\"input\":9,\"output\":4}";
        let untold = event("answer", 0, &format!(",{estimated}"));
        let lost = |used: &str| format!("{{\"event\":\"lost\",\"class\":\"cut-off\",{used}}}\n");
        let told = "\"usage\":{\"input\":1,\"output\":2},\"estimated\":null";
        let lines = [RUN, &untold, &lost(estimated), &lost(told), RUN].concat();
        let run = read(&lines).unwrap();
        assert_eq!(
            (run.paid.answers, run.paid.untold, run.paid.tokens_in, run.paid.tokens_out),
            (1, 1, 0, 0)
        );
        assert_eq!((run.paid.lost, run.paid.lost_in, run.paid.lost_out), (2, 10, 6));
    }

    #[test]
    fn what_is_no_journal_is_named_with_its_line() {
        for text in ["", "{}\n", "{\"event\":\"run\"}\n[1]\n", "x\n"] {
            assert!(matches!(read(text), Err(Error::Unfit(_))), "{text:?}");
        }
    }
}
