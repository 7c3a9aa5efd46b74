//! A record goes if one of its user messages holds enough of an item of the evaluation set.

use serde_json::json;

use super::ids;
use crate::faults::gzip;
use crate::util::{Done, Folder, asked, chat, lines};

fn words(from: usize, count: usize) -> String {
    (from..from + count).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ")
}

/// An item of 20 words, and a short one.
fn folder() -> Folder {
    let folder = Folder::of("chatml-dedup");
    let short = chat(&[("user", "Name the capital of Mongolia."), ("assistant", "Ulaanbaatar")]);
    folder.put("items", lines(&[&chat(&[("user", &words(0, 20))]), "", &short]));
    folder
}

fn run(folder: &Folder, args: &[&str], records: &[String]) -> Done {
    let args = [&["--decontaminate", "items", "--removed", "removed"], args].concat();
    folder.run(&args, lines(records))
}

/// Records that have so many words of the item, side by side.
fn with(counts: &[usize]) -> Vec<String> {
    counts.iter().map(|n| asked(*n, &format!("Tell me: {} and so on", words(0, *n)), "")).collect()
}

#[test]
fn half_of_the_words_of_an_item_are_too_many() {
    let folder = folder();
    let records = with(&[7, 8, 9, 10, 11, 20]);
    assert_eq!(ids(&run(&folder, &[], &records)), [7, 8, 9]);
    assert_eq!(ids(&run(&folder, &["--share", "0.4"], &records)), [7]);
    assert_eq!(ids(&run(&folder, &["--share", "0.41"], &records)), [7, 8]);
    assert_eq!(ids(&run(&folder, &["--share", "1"], &records)), [7, 8, 9, 10, 11]);
}

#[test]
fn only_runs_of_words_count() {
    let folder = folder();
    let spread = |runs: &[(usize, usize)]| {
        let runs: Vec<String> = runs.iter().map(|(from, count)| words(*from, *count)).collect();
        vec![asked(1, &runs.join(" then "), "")]
    };
    // Two runs of seven are nothing, one of eight is not half, two of eight are 16 of 20.
    assert_eq!(ids(&run(&folder, &[], &spread(&[(0, 7), (10, 7)]))), [1]);
    assert_eq!(ids(&run(&folder, &[], &spread(&[(0, 8)]))), [1]);
    assert_eq!(ids(&run(&folder, &[], &spread(&[(12, 8), (0, 8)]))), [0; 0]);
    assert_eq!(folder.json("removed")["score"], 0.8);
    // What is there twice counts once.
    assert_eq!(ids(&run(&folder, &[], &spread(&[(0, 8), (0, 8), (1, 8)]))), [1]);
    assert_eq!(ids(&run(&folder, &["--ngram", "7"], &spread(&[(0, 7), (10, 7)]))), [0; 0]);
    assert_eq!(ids(&run(&folder, &["--ngram", "1"], &spread(&[(3, 1), (5, 1)]))), [1]);
}

#[test]
fn one_run_is_too_much_if_that_was_asked_for() {
    let folder = folder();
    assert_eq!(ids(&run(&folder, &["--any"], &with(&[7, 8]))), [7]);
    assert_eq!(folder.json("removed")["score"], 0.4);
    assert_eq!(ids(&run(&folder, &["--any", "--ngram", "13"], &with(&[12, 13]))), [12]);
    folder.run(&["--any"], "").exits(2);
    run(&folder, &["--any", "--share", "0.5"], &[]).exits(2);
}

#[test]
fn a_short_item_has_to_be_there_as_a_whole() {
    let folder = folder();
    let records = [
        asked(1, "please NAME the capital of Mongolia!", ""),
        asked(2, "name the capital of", "mongolia"),
        asked(3, "name the big capital of Mongolia", ""),
        asked(4, "", "name the capital of Mongolia"),
    ];
    for args in [&[][..], &["--any"], &["--share", "1"]] {
        assert_eq!(ids(&run(&folder, args, &records)), [2, 3, 4]);
    }
}

#[test]
fn message_words_item_and_score_are_told() {
    let folder = folder();
    folder.put("more", lines(&["", &chat(&[("user", &words(100, 10))])]));
    let turns = [("user", "no"), ("assistant", "no"), ("user", &*format!("a b {}", words(100, 9)))];
    let done = run(&folder, &["--decontaminate", "more"], &[asked(1, "x", ""), chat(&turns)]);
    assert_eq!(ids(&done), [1]);
    done.says("2 records: 1 kept, 1 removed").says("contaminated 1");
    let wanted = json!({
        "schema": 1, "file": "<stdin>", "line": 2, "reason": "contaminated",
        "pointer": "/messages/2/content", "words": [2, 11],
        "item_file": "more", "item_line": 2, "score": 0.9,
    });
    assert_eq!(folder.json("removed"), wanted);
}

#[test]
fn the_text_of_an_item_can_stand_anywhere() {
    let folder = Folder::of("chatml-dedup");
    let item = json!({"task": {"question": words(0, 20)}, "messages": 1}).to_string();
    folder.put("items", gzip(lines(&[item]).as_bytes()));
    assert_eq!(ids(&run(&folder, &["--item", "/task/question"], &with(&[9, 10]))), [9]);
}

#[test]
fn what_is_contaminated_never_stands_for_another() {
    let folder = folder();
    let dirty = asked(1, &words(0, 20), "a");
    let records = [dirty.clone(), asked(2, "x", "a"), dirty, asked(3, "x", "a")];
    for more in [&[][..], &["--near"], &["--keep", "last"], &["--count"]] {
        let done = run(&folder, &[more, &["--report", "report"]].concat(), &records);
        assert_eq!(done.exits(0).out().lines().count(), 1, "{done}");
        let removed = &folder.json("report")["removed"];
        assert_eq!(*removed, json!({"contaminated": 2, "exact": 1}));
    }
    run(&folder, &["--check"], &records[..1]).exits(1).writes("");
}

#[test]
fn a_fault_of_the_evaluation_set_is_trouble() {
    let good = chat(&[("user", "a")]);
    let only = chat(&[("assistant", "a")]);
    let table = [
        ("{", &[][..], "items:2: not JSON: "),
        (
            "{\"question\":\"a\"}",
            &[],
            "items:2: no user message; say with --item where the text stands",
        ),
        (&only, &[], "items:2: no user message"),
        (
            &good,
            &["--item", "/messages/0/role/x"],
            "items:1: no text at /messages/0/role/x (--item)",
        ),
        (&good, &["--item", "/messages"], "items:1: no text at /messages (--item)"),
        (&good, &["--item", "question"], "\"question\" is no JSON pointer"),
    ];
    for (line, args, text) in table {
        let folder = Folder::of("chatml-dedup");
        folder.put("items", lines(&[&good, line]));
        let done = run(&folder, &[args, &["-o", "out"]].concat(), &with(&[1]));
        done.exits(2).writes("").says(text);
        assert_eq!(folder.names(), ["items"]);
    }
    let folder = Folder::of("chatml-dedup");
    let done = run(&folder, &["--decontaminate", "no"], &[]);
    done.exits(2).says("cannot open: No such file or directory");
}
