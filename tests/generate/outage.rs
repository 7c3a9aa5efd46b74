//! Models that fail for a while: what was paid for stays, what was not answered is asked again, and phrases take over
//! only where no model is left.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use super::model::{backend, best, folder, model, plan, plan_of, records, run, says, told};
use super::resume::run_onto;
use super::server::{Server, error, good};
use crate::util::Folder;

/// A server that is down, and one that can be told to be up.
fn down_until(up: &Arc<AtomicBool>) -> Server {
    let up = Arc::clone(up);
    Server::new(move |_, seen| match up.load(Ordering::Relaxed) {
        true => good(&best(seen)),
        false => error(500, "internal", "down"),
    })
}

const PHRASES: &str = "[backend.spare]\nkind = \"template\"\n[grammar]\nuser = [\"What is {a} and {b}?\"]\n\
                       assistant = [\"It is {= a + b}.\"]\n[grammar.slots]\na = { min = 1, max = 9999 }\n\
                       b = { min = 1, max = 9999 }\n";

/// Records that the phrases have made.
fn of_phrases(bytes: &[u8]) -> usize {
    let made = records(bytes);
    made.iter().filter(|record| record.to_string().contains("\"content\":\"What is ")).count()
}

#[test]
fn what_an_outage_left_unanswered_is_asked_again_by_a_run_that_goes_on() {
    let is_up = Arc::new(AtomicBool::new(false));
    let (up, maker) = (Arc::clone(&is_up), model());
    let judge = Server::new(move |_, _| match up.load(Ordering::Relaxed) {
        true => says(&json!({"reason": "good", "score": 9}).to_string()),
        false => error(500, "internal", "down"),
    });
    let backends = backend("maker", &maker.base()) + &backend("judge", &judge.base());
    let more = "backends = [\"maker\"]\nmax_candidates = 10\nbatch = 10\n[quality.judge]\nbackend = \"judge\"";
    let folder = folder(&plan_of(10, more, &backends));
    run(&folder, "--journal j").exits(2).writes("").says("10 unanswered");
    is_up.store(true, Ordering::Relaxed);
    let done = run(&folder, "--journal j --resume");
    assert_eq!(records(&done.exits(0).stdout).len(), 10, "{done}");
    let again = run(&folder, "--journal j --resume");
    assert_eq!(again.exits(0).stdout, done.stdout);
    assert_eq!((maker.seen().len(), judge.seen().len()), (10, 20), "answers were paid for twice");
    assert_eq!(told(&folder, "j", "accept").len(), 10);
}

#[test]
fn an_answer_is_used_though_the_model_would_be_shown_something_else_now() {
    let is_up = Arc::new(AtomicBool::new(false));
    let (up, maker) = (Arc::clone(&is_up), model());
    // It fails the third and the fourth, and then all until it is back.
    let judge = Server::new(move |number, _| match number < 3 || up.load(Ordering::Relaxed) {
        true => says(&json!({"reason": "good", "score": 9}).to_string()),
        false => error(500, "internal", "down"),
    });
    let backends = backend("maker", &maker.base()) + &backend("judge", &judge.base());
    let more = "backends = [\"maker\"]\nbatch = 2\nmax_candidates = 8\n[prompt.few_shot]\nmix_own = 2\n[quality.judge]\nbackend = \"judge\"";
    let folder = folder(&plan_of(8, more, &backends));
    run(&folder, "--concurrency 1").exits(2).says("5 while the models failed");
    is_up.store(true, Ordering::Relaxed);
    let done = run(&folder, "--concurrency 1 --resume");
    assert_eq!(records(&done.exits(0).stdout).len(), 8, "{done}");
    // Eight were made before, of which one example has two; the ninth is new.
    assert_eq!((maker.seen().len(), judge.seen().len()), (9, 3 + 5 + 5), "paid for twice");
    let reworded = told(&folder, "plan.toml.journal", "answer");
    assert_eq!(reworded.iter().filter(|line| line.get("of").is_some()).count(), 1);
    run(&folder, "--concurrency 1 --resume").exits(0).writes(&done.stdout);
    assert_eq!(maker.seen().len(), 9);
}

#[test]
fn an_outage_replaces_no_file_and_can_be_gone_on_with() {
    let up = Arc::new(AtomicBool::new(false));
    let server = down_until(&up);
    let folder = folder(&plan(&server.base(), 5, ""));
    folder.put("out.jsonl", "an older one\n");
    let done = run(&folder, "-o out.jsonl --concurrency 1");
    done.exits(2).says("15 while the models failed").says("--resume");
    assert_eq!(folder.get("out.jsonl"), b"an older one\n");
    run(&folder, "-d out --concurrency 1").exits(2).says("--resume");
    assert!(!folder.path("out/training_data.jsonl").exists());
    up.store(true, Ordering::Relaxed);
    run(&folder, "-o out.jsonl --resume").exits(0);
    assert_eq!(records(&folder.get("out.jsonl")).len(), 5);
    run(&folder, "-d out --resume").exits(0);
    assert!(folder.path("out/training_data.jsonl").exists());
}

#[test]
fn a_fault_belongs_where_the_verdict_of_its_example_stands() {
    // Three examples come in one request and are judged in one go, before there is a verdict on any of them.
    let is_up = Arc::new(AtomicBool::new(false));
    let (up, maker) = (Arc::clone(&is_up), model());
    let judge = Server::new(move |number, _| match number < 4 || up.load(Ordering::Relaxed) {
        true => says(&json!({"reason": "good", "score": 9}).to_string()),
        false => error(500, "internal", "down"),
    });
    let backends = backend("maker", &maker.base()) + &backend("judge", &judge.base());
    let more = "backends = [\"maker\"]\nbatch = 6\nmax_candidates = 6\n[prompt]\nper_request = 3\n[quality.judge]\nbackend = \"judge\"";
    let folder = folder(&plan_of(6, more, &backends));
    run(&folder, "--concurrency 1").exits(2).says("2 while the models failed");
    is_up.store(true, Ordering::Relaxed);
    let done = run(&folder, "--resume");
    assert_eq!(records(&done.exits(0).stdout).len(), 6, "{done}");
    assert_eq!((maker.seen().len(), judge.seen().len()), (2, 6 + 2));
    run(&folder, "--resume").exits(0).writes(&done.stdout);
}

#[test]
fn what_is_adopted_behind_an_outage_can_be_gone_on_with() {
    let server = Server::new(|number, seen| match number % 4 {
        1 => error(500, "internal", "down"),
        _ => good(&best(seen)),
    });
    let folder = folder(&plan(&server.base(), 12, "batch = 4\nmax_candidates = 60"));
    run(&folder, "--concurrency 1").exits(0);
    let done = run(&folder, "--concurrency 1 --resume --adopt");
    assert_eq!(records(&done.exits(0).stdout).len(), 12);
    let asked = server.seen().len();
    run(&folder, "--resume").exits(0).writes(&done.stdout);
    assert_eq!(server.seen().len(), asked);
}

/// A model that makes three examples and is gone then, until it is back; and phrases behind it.
fn model_that_leaves(up: &Arc<AtomicBool>) -> (Server, Folder) {
    let up = Arc::clone(up);
    let server = Server::new(move |number, seen| match up.load(Ordering::Relaxed) || number < 3 {
        true => good(&best(seen)),
        false => error(404, "", "no such model"),
    });
    let backends = backend("first", &server.base()) + PHRASES;
    let folder = folder(&plan_of(30, "batch = 5", &backends));
    (server, folder)
}

#[test]
fn a_run_that_goes_on_keeps_to_the_phrases_that_took_over() {
    let up = Arc::new(AtomicBool::new(false));
    let (server, folder) = model_that_leaves(&up);
    run_onto(&folder, "data.jsonl", "--concurrency 1 --limit 12").exits(0).says("take over");
    let begun = folder.get("data.jsonl");
    assert_eq!((records(&begun).len(), of_phrases(&begun)), (12, 9));
    up.store(true, Ordering::Relaxed);
    let asked = server.seen().len();
    for concurrency in ["1", "8"] {
        let more = format!("--resume --concurrency {concurrency}");
        run_onto(&folder, "data.jsonl", &more).exits(0).says("as they did before");
        let whole = folder.get("data.jsonl");
        assert_eq!((records(&whole).len(), of_phrases(&whole)), (30, 27));
        assert!(whole.starts_with(&begun) && server.seen().len() == asked);
    }
    let journal = "plan.toml.journal";
    let numbers = |event| told(&folder, journal, event).len();
    assert_eq!((numbers("accept"), numbers("takeover"), numbers("batch")), (30, 1, 6));
    // Whoever wants the model's examples after all has what was paid for.
    let done = run(&folder, "--resume --adopt");
    assert_eq!((of_phrases(&done.exits(0).stdout), server.seen().len() - asked), (0, 27));
    let again = run(&folder, "--resume");
    assert_eq!(again.exits(0).stdout, done.stdout);
}

#[test]
fn phrases_that_took_over_are_missed_by_name() {
    let (server, folder) = model_that_leaves(&Arc::default());
    run_onto(&folder, "data.jsonl", "--concurrency 1 --limit 12").exits(0);
    let begun = folder.get("data.jsonl");
    let first = backend("first", &server.base());
    let without = PHRASES.replace("[backend.spare]\nkind = \"template\"\n", "");
    for (backends, words) in [
        ("backends = [\"spare\", \"first\"]\n", "put models first again"),
        ("", "phrases that took over"),
    ] {
        let phrases = if backends.is_empty() { &without } else { PHRASES };
        let more = format!("{backends}batch = 5");
        folder.put("plan.toml", plan_of(30, &more, &(first.clone() + phrases)));
        run_onto(&folder, "data.jsonl", "--resume").exits(2).says(words);
    }
    assert_eq!(folder.get("data.jsonl"), begun);
    // Fewer candidates than were tried until then are no matter.
    folder.put("plan.toml", plan_of(30, "batch = 5\nmax_candidates = 30", &(first + PHRASES)));
    run_onto(&folder, "data.jsonl", "--resume").exits(0);
    assert_eq!(records(&folder.get("data.jsonl")).len(), 30);
}

#[test]
fn phrases_do_not_depend_on_how_many_asked_a_model_that_was_down() {
    let made = |first: &str, concurrency: usize| {
        let folder =
            folder(&plan_of(30, "batch = 5\nmax_candidates = 90", &(first.to_owned() + PHRASES)));
        let done = run(&folder, &format!("--concurrency {concurrency}"));
        done.exits(0).stdout.clone()
    };
    let alone = made("", 1);
    let server = down_until(&Arc::default());
    for concurrency in [1, 3, 8] {
        assert_eq!(made(&backend("first", &server.base()), concurrency), alone, "{concurrency}");
    }
}

#[test]
fn phrases_do_not_take_over_where_only_the_judge_is_gone() {
    let (maker, judge) = (model(), Server::new(|_, _| error(401, "", "who are you?")));
    let backends = backend("maker", &maker.base()) + &backend("judge", &judge.base()) + PHRASES;
    let more = "backends = [\"maker\", \"spare\"]\n[quality.judge]\nbackend = \"judge\"";
    let folder = folder(&plan_of(30, more, &backends));
    run(&folder, "--concurrency 1").exits(2).writes("").says("--resume").never_says("take over");
    // Nor where it fails all of a small run.
    let judge = down_until(&Arc::default());
    let backends = backend("maker", &maker.base()) + &backend("judge", &judge.base()) + PHRASES;
    folder.put("plan.toml", plan_of(3, more, &backends));
    let done = run(&folder, "--concurrency 1 --journal j");
    done.exits(2).says("9 while the models failed").never_says("take over");
}
