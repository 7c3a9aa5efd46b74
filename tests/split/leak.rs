//! What finished files have in common.

use super::{folder, records, run};
use crate::util::{Dice, Folder, Language, are_alike, asked, families, lines, runs_of};

#[test]
fn records_prompts_and_groups_that_are_in_both_are_told() {
    let folder = Folder::of("chatml-split");
    let user = |id: usize, question: &str, user: &str| {
        asked(id, question, &format!("a{id}")).replacen('{', &format!(r#"{{"user":"{user}","#), 1)
    };
    folder.put(
        "train",
        lines(&[user(0, "one", "ann"), user(1, "two", "bob"), user(2, "three", "bob")]),
    );
    folder.put(
        "val",
        lines(&[user(3, "four", "cid"), user(4, "  TWO!", "dan"), user(5, "five", "ann")]),
    );
    folder.put("test", lines(&[user(0, "one", "eve"), user(3, "four", "fay")]));
    let done = run(&folder, "--check-leak train val test");
    done.exits(1).writes(
        "val:2: has the prompt of train:2\n\
         test:1: has the record of train:1\n\
         test:1: has the prompt of train:1\n\
         test:2: has the record of val:1\n\
         test:2: has the prompt of val:1\n",
    );
    done.says("1 record of val leaks from train by prompt");
    let done = run(&folder, "--check-leak --group /user --format json train val");
    let rows = done.exits(1).json();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (&rows[1]["leak"], &rows[1]["line"], &rows[1]["other_line"]),
        (&"/user".into(), &3.into(), &1.into())
    );
    run(&folder, "--check-leak --key messages train val").exits(0).writes("").says("nothing leaks");
    run(&folder, "--check-leak --exit-zero train val").exits(0);
}

#[test]
fn similar_records_are_those_of_a_plain_comparison() {
    let mut dice = Dice::new(11);
    let texts = families(&mut dice, Language::Spaced, 20);
    let (train, val) = texts.split_at(texts.len() / 2);
    let folder = Folder::of("chatml-split");
    folder.put("train", lines(train));
    folder.put("val", lines(val));
    let sets = |texts: &[String]| texts.iter().map(|text| runs_of(text)).collect::<Vec<_>>();
    let (one, other) = (sets(train), sets(val));
    for percent in [70, 90] {
        let wanted: Vec<String> = (1..)
            .zip(&other)
            .filter_map(|(line, set)| {
                let first = one.iter().position(|old| are_alike(old, set, percent))?;
                Some(format!("{line} {}", first + 1))
            })
            .collect();
        let args = format!(
            "--check-leak --group near=0.{percent} --complete --key record --format json train val"
        );
        let rows = run(&folder, &args).json();
        let near = rows.iter().filter(|row| row["leak"] == "near");
        let found: Vec<String> =
            near.map(|row| format!("{} {}", row["line"], row["other_line"])).collect();
        assert_eq!(found, wanted, "{percent}");
        assert!(wanted.len() > 3);
    }
}

#[test]
fn what_is_split_does_not_leak_and_what_is_cut_does() {
    // Ten records to each of ten prompts.
    let texts: Vec<String> =
        (0..100).map(|id| asked(id, &format!("q{}", id % 10), &format!("a{id}"))).collect();
    let folder = folder(&texts);
    run(&folder, "--val 0.4 -d out in").exits(0);
    run(&folder, "--check-leak out/training_data.jsonl out/validation_data.jsonl").exits(0);
    let (head, tail) = (lines(&texts[..70]), lines(&texts[70..]));
    folder.put("head", head);
    folder.put("tail", tail);
    let done = run(&folder, "--check-leak head tail --report report");
    assert_eq!(done.exits(1).out().lines().count(), 30);
    assert_eq!(folder.json("report")["leaks"][0]["records"], 30);
}

#[test]
fn lines_that_cannot_be_used_are_no_secret() {
    let folder = folder(&records(3));
    folder.put("bad", "{\n");
    run(&folder, "--check-leak in bad")
        .exits(1)
        .writes("")
        .says("bad:1:")
        .says("1 line could not be used");
    run(&folder, "--check-leak in missing").exits(2).says("missing: cannot open");
}
