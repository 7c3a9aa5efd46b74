use std::fs;
use std::path::PathBuf;

use super::*;
use crate::generate::backend::{Answer, Class, Id, Usage};
use crate::generate::reason::Reason;

fn header(plan: &str) -> Header {
    Header { plan: plan.to_owned(), name: "n".to_owned(), count: 3, terms: None }
}

fn answer(text: &str) -> Answer {
    Answer {
        text: text.to_owned(),
        finish: Some("stop".to_owned()),
        usage: Some(Usage { input: 7, output: 5 }),
        estimate: Usage::default(),
        backend: "main".to_owned(),
        model: None,
        millis: 12,
        requests: 0,
    }
}

fn id(slot: u64) -> Id {
    Id { slot, attempt: 0, step: 0 }
}

fn path() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j");
    (folder, path)
}

#[test]
fn an_answer_is_given_once_and_to_its_own_request() {
    let (_folder, path) = path();
    let journal = Journal::create(&path, &header("p"), Sync::Never).unwrap();
    for (slot, text) in [(1, "one"), (2, "two"), (3, "three")] {
        journal.pen().answer(9, id(slot), &answer(text)).unwrap();
    }
    journal.pen().unanswered(8, id(4), Class::Filtered, "no").unwrap();
    drop(journal);
    let (_journal, known) =
        Journal::resume(&path, &header("p"), Sync::Never, Writer::Run { adopts: false }).unwrap();
    let text = |hash, slot| match known.take(hash, id(slot)).unwrap() {
        Some(Past::Answer(answer)) => answer.text,
        other => format!("{other:?}"),
    };
    assert_eq!(text(9, 2), "two");
    assert_eq!(text(9, 77), "None", "asks the same, but the answer is another's");
    assert_eq!(text(9, 3), "three");
    assert_eq!(text(9, 3), "None");
    assert_eq!(text(9, 1), "one");
    assert_eq!(
        known.take(8, id(4)).unwrap(),
        Some(Past::Unanswered { class: Class::Filtered, reason: "no".to_owned() })
    );
    assert_eq!(known.spent(), Usage { input: 21, output: 15 });
}

#[test]
fn what_an_outage_left_behind_the_last_example_is_open_again() {
    let (_folder, path) = path();
    let resume = || {
        Journal::resume(&path, &header("p"), Sync::Never, Writer::Run { adopts: false }).unwrap()
    };
    let lost = Rejection::plain(Reason::Unanswered);
    let mut journal = Journal::create(&path, &header("p"), Sync::Never).unwrap();
    journal.pen().unanswered(1, id(1), Class::Server, "down").unwrap();
    journal.reject(1, 0, &lost).unwrap();
    journal.accept(2, 0, 1).unwrap();
    for slot in [3, 4] {
        journal.pen().unanswered(slot.into(), id(slot), Class::Server, "down").unwrap();
        journal.reject(slot, 0, &lost).unwrap();
    }
    journal.pen().unanswered(5, id(5), Class::Filtered, "no").unwrap();
    drop(journal);
    let (mut journal, known) = resume();
    let is_known = |known: &Known, slot: u64| known.take(slot.into(), id(slot)).unwrap().is_some();
    assert_eq!([1, 3, 4, 5].map(|slot| is_known(&known, slot)), [true, false, false, true]);
    assert_eq!(journal.told.len(), 2);
    // The run comes to the first two again, and to others behind them.
    journal.reject(1, 0, &lost).unwrap();
    journal.accept(2, 0, 1).unwrap();
    journal.pen().answer(3, id(3), &answer("three")).unwrap();
    journal.accept(3, 0, 2).unwrap();
    drop(journal);
    let (journal, known) = resume();
    assert!(matches!(known.take(3, id(3)).unwrap(), Some(Past::Answer(_))));
    assert_eq!(journal.told.len(), 3);
    assert!(!is_known(&known, 4), "it is open still");
}

#[test]
fn a_torn_last_line_is_taken_off_wherever_it_is_cut() {
    let (_folder, path) = path();
    let journal = Journal::create(&path, &header("p"), Sync::Each).unwrap();
    journal.pen().answer(1, id(1), &answer("a")).unwrap();
    drop(journal);
    let whole = fs::read(&path).unwrap();
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for end in 0..=whole.len() {
        fs::write(&path, &whole[..end]).unwrap();
        let (journal, known) =
            Journal::resume(&path, &header("p"), Sync::Never, Writer::Run { adopts: false })
                .unwrap();
        let found = known.take(1, id(1)).unwrap().is_some();
        assert_eq!(found, end == whole.len(), "cut at {end}");
        assert_eq!(known.plan().is_some(), end >= first, "cut at {end}");
        drop(journal);
        let lines = fs::read_to_string(&path).unwrap();
        assert!(
            lines.ends_with('\n') && lines.lines().all(|line| line.starts_with('{')),
            "{lines}"
        );
    }
}

#[test]
fn verdicts_that_were_told_are_not_told_again() {
    let (_folder, path) = path();
    let tell = |journal: &mut Journal, count: u64| {
        for number in 0..count {
            match number % 2 {
                0 => journal.accept(number, 0, number + 1).unwrap(),
                _ => journal.reject(number, 0, &Rejection::plain(Reason::Duplicate)).unwrap(),
            }
        }
    };
    let mut journal = Journal::create(&path, &header("p"), Sync::Batch).unwrap();
    tell(&mut journal, 3);
    drop(journal);
    let (mut journal, _) =
        Journal::resume(&path, &header("p"), Sync::Batch, Writer::Run { adopts: false }).unwrap();
    tell(&mut journal, 5);
    drop(journal);
    assert_eq!(Known::read(&path).unwrap().verdicts().0.len(), 5);
}

#[test]
fn another_plan_needs_consent_and_an_existing_journal_a_decision() {
    let (_folder, path) = path();
    drop(Journal::create(&path, &header("p"), Sync::Never).unwrap());
    let journal = Journal::create(&path, &header("p"), Sync::Never);
    journal.expect("one that holds nothing yet").pen().answer(1, id(1), &answer("a")).unwrap();
    let again = Journal::create(&path, &header("p"), Sync::Never).unwrap_err().to_string();
    assert!(again.contains("--resume"), "{again}");
    let other = Journal::resume(&path, &header("q"), Sync::Never, Writer::Run { adopts: false })
        .unwrap_err()
        .to_string();
    assert!(other.contains("--adopt"), "{other}");
    let ingest = Writer::Ingest { adopts: false };
    let other = Journal::resume(&path, &header("q"), Sync::Never, ingest).unwrap_err();
    assert!(other.to_string().contains("is a journal of `run`"), "{other}");
    let (journal, _) =
        Journal::resume(&path, &header("q"), Sync::Never, Writer::Run { adopts: true }).unwrap();
    let locked = Journal::resume(&path, &header("q"), Sync::Never, Writer::Run { adopts: true })
        .unwrap_err()
        .to_string();
    assert!(locked.contains("another run"), "{locked}");
    drop(journal);
    assert_eq!(Known::read(&path).unwrap().plan(), Some("q"));
}

#[test]
fn a_run_does_not_go_on_with_what_was_brought() {
    let (_folder, path) = path();
    let mut journal = Journal::create(&path, &header("p"), Sync::Never).unwrap();
    journal.brought(b"{\"custom_id\":\"0a0\",\"text\":\"t\"}").unwrap();
    drop(journal);
    let before = fs::read_to_string(&path).unwrap();
    for adopts in [false, true] {
        let writer = Writer::Run { adopts };
        let error = Journal::resume(&path, &header("p"), Sync::Never, writer).unwrap_err();
        assert!(error.to_string().contains("is a journal of `ingest`"), "{error}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), before);
    assert!(
        Journal::resume(&path, &header("p"), Sync::Never, Writer::Ingest { adopts: false }).is_ok()
    );
}

#[test]
fn what_is_no_journal_is_left_alone() {
    let (_folder, path) = path();
    fs::write(&path, "not a journal\n").unwrap();
    let wrong = Journal::resume(&path, &header("p"), Sync::Never, Writer::Run { adopts: false })
        .unwrap_err()
        .to_string();
    assert!(wrong.ends_with("j: is no journal of chatml-gen"), "{wrong}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "not a journal\n");
}

#[test]
fn an_answer_of_another_plan_is_adopted_once_and_stays_with_who_adopted_it() {
    let (_folder, path) = path();
    let journal = Journal::create(&path, &header("p"), Sync::Never).unwrap();
    journal.pen().answer(9, id(1), &answer("one")).unwrap();
    journal.pen().answer(9, id(2), &answer("two")).unwrap();
    drop(journal);
    let text = |past: Option<Past>| match past {
        Some(Past::Answer(answer)) => answer.text,
        other => format!("{other:?}"),
    };
    let (journal, known) =
        Journal::resume(&path, &header("q"), Sync::Never, Writer::Run { adopts: true }).unwrap();
    assert_eq!(known.take(9, id(2)).unwrap(), None, "the plan has not asked for it");
    let (of, past) = known.adopt(9, id(7)).unwrap().unwrap();
    journal.pen().adopted(9, id(7), of, &past).unwrap();
    assert_eq!(text(Some(past)), "one");
    drop((journal, known));
    let (_journal, known) =
        Journal::resume(&path, &header("q"), Sync::Never, Writer::Run { adopts: false }).unwrap();
    assert_eq!(text(known.adopt(9, id(1)).unwrap().map(|(_, past)| past)), "two");
    assert_eq!(known.adopt(9, id(1)).unwrap(), None, "the other one is that of request 7");
    assert_eq!(text(known.take(9, id(7)).unwrap()), "one");
    assert_eq!(known.spent(), Usage { input: 14, output: 10 }, "paid for once");
}

#[test]
fn nothing_is_written_behind_half_a_line() {
    let (_folder, path) = path();
    let journal = Journal::create(&path, &header("p"), Sync::Never).unwrap();
    journal.pen().answer(1, id(1), &answer("a")).unwrap();
    // What is only read cannot be written, as a disk that is full cannot.
    let paper = journal.pen.0.as_ref().unwrap();
    let broken = std::mem::replace(&mut *paper.file(), File::open(&path).unwrap());
    journal.pen().answer(1, id(2), &answer("b")).unwrap_err();
    *paper.file() = broken;
    let why = journal.pen().answer(1, id(3), &answer("c")).unwrap_err().to_string();
    assert!(why.contains("could not be"), "{why}");
    drop(journal);
    assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);
}
