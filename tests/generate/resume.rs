//! A run that ends early is gone on with: nothing is lost, nothing stands there twice, and no answer is paid for twice.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::Value;

use super::model::{
    Ledger, asked, backend, best, examples, folder, lines_of, model, moody, number, plan, plan_of,
    records, run, sentence, told, words,
};
use super::server::{Act, Seen, Server, good};
use crate::util::{Dice, Done, Folder, kill};

/// How long something that must come is waited for.
const PATIENCE: Duration = Duration::from_secs(15);

/// A server that answers its best until request `number`, which it tells of and lets wait for ever; what comes behind
/// it is answered again once the test says so.
struct Trap {
    server: Server,
    ledger: Ledger,
    sprung: Receiver<()>,
    open: Sender<()>,
}

impl Trap {
    fn at(number: usize, then: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Trap {
        let ledger = Ledger::default();
        let notes = ledger.clone();
        let (tell, sprung) = channel();
        let (open, opened) = channel();
        let (tell, opened) = (Mutex::new(tell), Mutex::new(opened));
        let server = Server::new(move |at, seen| {
            notes.note(seen);
            if at == number {
                let _ = tell.lock().unwrap().send(());
                let _ = opened.lock().unwrap().recv_timeout(PATIENCE);
                return then(seen);
            }
            answer(seen)
        });
        Trap { server, ledger, sprung, open }
    }
}

/// Most are good; some repeat each other, some are broken.
fn answer(seen: &Seen) -> Act {
    match number(asked(seen)) % 9 {
        0 => good(&examples(&[("Where is it?".into(), "It is on its way.".into())])),
        1 => good("no"),
        _ => good(&best(seen)),
    }
}

/// Starts a run in a folder with this standard output.
fn start(folder: &Folder, more: &str, stdout: Stdio) -> Child {
    let mut command = folder.killable(&words(more));
    command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped()).spawn().unwrap()
}

fn append(folder: &Folder, name: &str) -> File {
    File::options().append(true).create(true).open(folder.path(name)).unwrap()
}

/// Runs to the end with standard output at the end of a file.
pub(super) fn run_onto(folder: &Folder, name: &str, more: &str) -> Done {
    let mut command = folder.tool(&words(more));
    command.stdin(Stdio::null()).stdout(append(folder, name)).stderr(Stdio::piped());
    let shown = format!("{command:?}");
    Done::new(shown, command.spawn().unwrap().wait_with_output().unwrap())
}

/// The texts of the answers in a journal.
fn kept(folder: &Folder, journal: &str) -> HashSet<String> {
    let text = String::from_utf8_lossy(&folder.get(journal)).into_owned();
    let whole = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    whole.filter_map(|line| Some(line.get("text")?.as_str()?.to_owned())).collect()
}

#[test]
fn a_killed_run_goes_on_where_it_was() {
    const COUNT: usize = 40;
    let more = "batch = 10\nmax_candidates = 400";
    let whole = {
        let server = Server::new(|_, seen| answer(seen));
        let folder = folder(&plan(&server.base(), COUNT, more));
        run(&folder, "--no-journal").exits(0).stdout.clone()
    };
    for (at, output) in [(0, "file"), (3, "append"), (17, "pipe"), (31, "append"), (44, "file")] {
        let trap = Trap::at(at, |_| Act::Hang);
        let folder = folder(&plan(&trap.server.base(), COUNT, more));
        let (more, journal, stdout) = match output {
            "file" => ("--concurrency 4 -o out.jsonl", "out.jsonl.journal", Stdio::null()),
            "append" => {
                ("--concurrency 4", "plan.toml.journal", append(&folder, "out.jsonl").into())
            }
            _ => ("--concurrency 4", "plan.toml.journal", Stdio::piped()),
        };
        let mut child = start(&folder, more, stdout);
        trap.sprung.recv_timeout(PATIENCE).unwrap();
        kill(child.id(), Signal::KILL);
        child.wait().unwrap();
        trap.open.send(()).unwrap();
        assert_eq!(folder.path("out.jsonl").exists(), output == "append");
        let before = kept(&folder, journal);
        let seen_before = trap.server.seen().len();
        if at == 17 {
            // As a machine that fails leaves it.
            let bytes = folder.get(journal);
            folder.put(journal, [&bytes[..], b"{\"event\":\"answer\",\"hash\":\"12"].concat());
        }
        if !before.is_empty() {
            run(&folder, more).exits(2).says("--resume");
        }
        let more = format!("{more} --resume");
        let done = match output {
            "append" => run_onto(&folder, "out.jsonl", &more),
            _ => run(&folder, &more),
        };
        done.exits(0);
        let out = if output == "pipe" { done.stdout.clone() } else { folder.get("out.jsonl") };
        assert_eq!(records(&out).len(), COUNT, "killed at {at}: {done}");
        assert_eq!(out, whole, "killed at {at}, to {output}");
        for seen in &trap.server.seen()[seen_before..] {
            let again = before.contains(&best(seen)) && matches!(number(asked(seen)) % 9, 2..);
            assert!(!again, "killed at {at}: {} was paid for", asked(seen));
        }
        assert!(trap.ledger.repeated() <= 4, "killed at {at}: {}", trap.ledger.repeated());
        // What is complete stays so, at no cost.
        let all = trap.server.seen().len();
        if output == "file" {
            run(&folder, &more).exits(0);
            assert_eq!((folder.get("out.jsonl"), trap.server.seen().len()), (whole.clone(), all));
        }
    }
}

#[test]
fn a_journal_whose_last_line_is_cut_off_anywhere_is_gone_on_with() {
    let server = model();
    let folder = folder(&plan(&server.base(), 8, "batch = 4"));
    let whole = run(&folder, "-o out.jsonl").exits(0).status;
    assert!(whole.success());
    let (out, journal) = (folder.get("out.jsonl"), folder.get("out.jsonl.journal"));
    let last_answer =
        journal.windows(16).rposition(|window| window == b"\"event\":\"answer\"").unwrap();
    for cut in [last_answer + 20, last_answer + 1, last_answer - 1, 30, 1, 0] {
        folder.put("out.jsonl.journal", &journal[..cut]);
        run(&folder, "-o out.jsonl --resume").exits(0);
        assert_eq!(folder.get("out.jsonl"), out, "cut at {cut}");
        lines_of(&folder, "out.jsonl.journal");
    }
    folder.put("out.jsonl.journal", "my own notes\n");
    run(&folder, "-o out.jsonl --resume").exits(2).says("is no journal");
    assert_eq!(folder.get("out.jsonl.journal"), b"my own notes\n");
}

#[test]
fn an_interrupted_run_keeps_what_is_under_way_and_says_how_to_go_on() {
    let trap = Trap::at(12, answer);
    let folder = folder(&plan(&trap.server.base(), 30, "batch = 10\nmax_candidates = 300"));
    let child = start(&folder, "--concurrency 3", append(&folder, "out.jsonl").into());
    trap.sprung.recv_timeout(PATIENCE).unwrap();
    kill(child.id(), Signal::INT);
    trap.open.send(()).unwrap();
    let done = Done::new("interrupted".to_owned(), child.wait_with_output().unwrap());
    done.dies_of(2).says("stopped by a signal").says("--resume");
    let asked_for = trap.server.seen().len();
    assert!(asked_for < 30, "{asked_for}");
    assert_eq!(told(&folder, "plan.toml.journal", "answer").len(), asked_for);
    run_onto(&folder, "out.jsonl", "--resume --concurrency 3").exits(0);
    assert_eq!((records(&folder.get("out.jsonl")).len(), trap.ledger.repeated()), (30, 0));
}

#[test]
fn an_interrupted_run_of_phrases_says_that_nothing_was_written() {
    let grammar = "[dedup]\nnear = 0\n[grammar.slots]\nn = { pattern = \"[a-z]{9}\" }\n[grammar]\n\
                   user = \"Where is {n}?\"\nassistant = \"At {n}.\"";
    let folder = Folder::of("chatml-gen");
    folder.put("plan.toml", format!("count = 9_000_000\nmax_candidates = 9_000_000\n{grammar}"));
    for (target, name) in [("-o out.jsonl", "out.jsonl"), ("-d out", "out/training_data.jsonl")] {
        let mut child = start(&folder, target, Stdio::null());
        let mut told = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("batch ") {
            line.clear();
            assert!(told.read_line(&mut line).unwrap() > 0, "{target}: ended before the signal");
        }
        kill(child.id(), Signal::INT);
        let mut rest = String::new();
        told.read_to_string(&mut rest).unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(2), "{rest}");
        let last = format!("stopped by a signal; nothing was written to {}", &target[3..]);
        assert!(rest.contains(&last), "{rest}");
        assert!(!folder.path(name).exists());
    }
    // There is nothing to go on with, and nothing in the way of another run.
    folder.put("plan.toml", format!("count = 5\n{grammar}"));
    run(&folder, "-d out --resume").exits(0);
    assert!(
        folder.path("out/training_data.jsonl").exists()
            && !folder.path("out/journal.jsonl").exists()
    );
}

#[test]
fn answers_are_kept_though_nobody_reads_the_output() {
    // More than a pipe holds.
    let server = Server::new(|_, seen| {
        let mut dice = Dice::new(number(asked(seen)));
        good(&examples(&[(sentence(&mut dice, 9), sentence(&mut dice, 1500))]))
    });
    let folder = folder(&plan(&server.base(), 30, "batch = 30"));
    let mut child = start(&folder, "--concurrency 4", Stdio::piped());
    let started = std::time::Instant::now();
    let answers = || {
        let text = std::fs::read_to_string(folder.path("plan.toml.journal")).unwrap_or_default();
        text.matches("\"event\":\"answer\"").count()
    };
    while answers() < 30 && started.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(2));
    }
    kill(child.id(), Signal::KILL);
    child.wait().unwrap();
    assert_eq!(answers(), 30, "answers wait for the reader of the output");
    assert_eq!(records(&run(&folder, "--resume").exits(0).stdout).len(), 30);
    assert_eq!(server.seen().len(), 30);
}

#[test]
fn two_runs_do_not_write_one_journal() {
    let trap = Trap::at(2, answer);
    let folder = folder(&plan(&trap.server.base(), 10, "max_candidates = 100"));
    let mut child = start(&folder, "--concurrency 1", Stdio::null());
    trap.sprung.recv_timeout(PATIENCE).unwrap();
    run(&folder, "--resume").exits(2).says("another run is writing it").writes("");
    run(&folder, "").exits(2);
    // The first run may still be writing what it has; nobody else has begun.
    let journal = String::from_utf8(folder.get("plan.toml.journal")).unwrap();
    let begun =
        ["run", "resume"].map(|what| journal.matches(&format!("\"event\":\"{what}\"")).count());
    assert_eq!(begun, [1, 0], "{journal}");
    kill(child.id(), Signal::KILL);
    child.wait().unwrap();
    trap.open.send(()).unwrap();
    run(&folder, "--resume").exits(0);
}

#[test]
fn a_file_that_holds_other_data_is_not_added_to() {
    let server = model();
    let folder = folder(&plan(&server.base(), 5, ""));
    run(&folder, "").exits(0);
    folder.put("other.jsonl", "{\"messages\":[]}\n");
    let done = run_onto(&folder, "other.jsonl", "--resume");
    done.exits(2).says("holds other data");
    assert_eq!(folder.get("other.jsonl"), b"{\"messages\":[]}\n");
}

#[test]
fn a_file_that_holds_more_than_the_run_makes_is_told() {
    let server = model();
    let folder = folder(&plan(&server.base(), 5, ""));
    run_onto(&folder, "data.jsonl", "").exits(0);
    let whole = folder.get("data.jsonl");
    run_onto(&folder, "data.jsonl", "--resume").exits(0);
    run_onto(&folder, "data.jsonl", "--resume --limit 2").exits(0);
    assert_eq!(folder.get("data.jsonl"), whole);
    folder.put("data.jsonl", [&whole[..], b"{}\n"].concat());
    run_onto(&folder, "data.jsonl", "--resume").exits(2).says("3 more bytes behind");
}

#[test]
fn who_asks_the_same_as_others_gets_its_own_answer_again() {
    // Every request reads alike, and each answer is another one.
    let texts = |from: u64| {
        move |at: usize, _: &Seen| {
            let mut dice = Dice::new(from + at as u64);
            good(&examples(&[(sentence(&mut dice, 9), sentence(&mut dice, 12))]))
        }
    };
    let server = Server::new(texts(0));
    let alike =
        |count: usize| format!("count = {count}\nseed = 5\n{}", backend("main", &server.base()));
    let folder = folder(&alike(12));
    run_onto(&folder, "data.jsonl", "--concurrency 1").exits(0);
    let whole = folder.get("data.jsonl");
    // The answer to the last request but two was lost: whoever asks for it must not take that of another.
    let journal = String::from_utf8(folder.get("plan.toml.journal")).unwrap();
    let lost: String = journal
        .lines()
        .filter(|line| !line.contains("\"event\":\"answer\"") || !line.contains("\"slot\":9,"))
        .map(|line| format!("{line}\n"))
        .collect();
    assert!(lost.len() < journal.len());
    folder.put("plan.toml.journal", lost);
    run(&folder, "--resume --concurrency 8 -o again.jsonl --journal plan.toml.journal").exits(0);
    let (before, again) = (records(&whole), records(&folder.get("again.jsonl")));
    let same = before.iter().zip(&again).filter(|(one, other)| one == other).count();
    assert_eq!((same, server.seen().len()), (11, 13));
}

#[test]
fn a_journal_is_a_cassette() {
    let server = moody();
    let more = "batch = 10\nmax_candidates = 300\n[prompt]\nper_request = 2";
    let folder = folder(&plan(&server.base(), 30, more));
    let first = run(&folder, "--journal tape.jsonl");
    first.exits(0);
    drop(server);
    folder.put(
        "plan.toml",
        plan_of(30, more, "[backend.main]\nkind = \"replay\"\nfile = \"tape.jsonl\"\n"),
    );
    run(&folder, "--no-journal").exits(0).writes(&first.stdout);
    folder.put(
        "plan.toml",
        plan_of(31, more, "[backend.main]\nkind = \"replay\"\nfile = \"tape.jsonl\"\n"),
    );
    run(&folder, "--no-journal").exits(2).says("record");
}

#[test]
fn a_folder_gets_all_files_of_a_data_set() {
    let server = model();
    let folder = folder(&plan(&server.base(), 40, "[output]\nvalidation = 0.15"));
    let done = run(&folder, "-d data");
    done.exits(0).says("40 of 40 examples");
    let lines = |name: &str| records(&folder.get(&format!("data/{name}"))).len();
    assert_eq!((lines("training_data.jsonl"), lines("validation_data.jsonl")), (34, 6));
    let info = String::from_utf8(folder.get("data/dataset_info.txt")).unwrap();
    assert!(info.contains("34 examples"), "{info}");
    let manifest = folder.json("data/manifest.json");
    assert_eq!(manifest["tool"], "chatml-split");
    assert_eq!(manifest["inputs"][0]["name"], "the accepted examples in their order");
    let names = || {
        let mut names: Vec<String> = std::fs::read_dir(folder.path("data"))
            .unwrap()
            .map(|file| file.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    let all = [
        "dataset_info.txt",
        "journal.jsonl",
        "manifest.json",
        "run.json",
        "training_data.jsonl",
        "validation_data.jsonl",
    ];
    assert_eq!(names(), all);
    let before = folder.get("data/training_data.jsonl");
    run(&folder, "-d data")
        .exits(2)
        .says("data/journal.jsonl: holds answers of an earlier run")
        .says("--force");
    assert_eq!((folder.get("data/training_data.jsonl"), server.seen().len()), (before.clone(), 40));
    run(&folder, "-d data --force").exits(2).says("--resume");
    run(&folder, "-d data --force --resume").exits(0);
    assert_eq!((folder.get("data/training_data.jsonl"), server.seen().len()), (before.clone(), 40));
    assert_eq!(names(), all);
}

#[test]
fn a_folder_that_was_begun_is_gone_on_with() {
    let server = model();
    let of = |budget: &str| {
        plan(
            &server.base(),
            40,
            &format!("batch = 10\n[output]\nvalidation = 0.1\n[budget]\ntokens = {budget}"),
        )
    };
    let folder = folder(&of("300"));
    run(&folder, "-d data --concurrency 1").exits(1).says("--resume");
    folder.put("plan.toml", of("30000"));
    run(&folder, "-d data --resume --adopt").exits(0);
    let lines = |name: &str| records(&folder.get(&format!("data/{name}"))).len();
    assert_eq!((lines("training_data.jsonl"), lines("validation_data.jsonl")), (36, 4));
    assert_eq!(server.seen().len(), 40);
}
