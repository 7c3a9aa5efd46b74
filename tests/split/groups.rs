//! What belongs together stays together.

use std::collections::BTreeMap;

use super::{folder, part, records, run, tagged};
use crate::util::{Dice, Folder, Language, are_alike, asked, families, lines, runs_of};

/// A record of a user in a session.
fn of_user(id: usize, user: &str, session: &str) -> String {
    let more = format!(r#"{{"user":"{user}","session":{session},"#);
    asked(id, &format!("question {id}"), "yes").replacen('{', &more, 1)
}

/// Do these ids always go to one part, over many seeds?
fn stay_together(folder: &Folder, args: &str, ids: &[u64]) -> bool {
    (0..12).all(|seed| {
        let dealt = tagged(folder, &format!("--val 0.5 --seed {seed} {args}"));
        ids.iter().all(|id| dealt[id] == dealt[&ids[0]])
    })
}

#[test]
fn values_of_several_fields_tie_records_together_through_others() {
    let folder = folder(&[
        of_user(0, "ann", "1"),
        of_user(1, "ann", "2"),
        of_user(2, "bob", "2"),
        of_user(3, "cid", "3"),
        of_user(4, "dan", "null"),
        of_user(5, "eve", "null"),
        asked(6, "question 3", "another answer"),
    ]);
    assert!(stay_together(&folder, "--group /user", &[0, 1]));
    assert!(!stay_together(&folder, "--group /user", &[0, 2]));
    assert!(stay_together(&folder, "--group /user --group /session", &[0, 1, 2]));
    assert!(!stay_together(&folder, "--group /session", &[4, 5]), "null ties nothing together");
    assert!(stay_together(&folder, "--group /user", &[3, 6]), "the prompt still does");
}

#[test]
fn a_record_that_is_tied_to_no_other_goes_where_it_goes_without_groups() {
    let records: Vec<String> = (0..200).map(|id| of_user(id, &format!("u{id}"), "null")).collect();
    let folder = folder(&records);
    assert_eq!(tagged(&folder, "--val 0.4 --group /user"), tagged(&folder, "--val 0.4"));
}

#[test]
fn large_groups_are_as_likely_in_each_part() {
    // 40 groups of 25 records: if the least of many hashes decided, all of them were in val.
    let records: Vec<String> =
        (0..1000).map(|id| of_user(id, &format!("u{}", id % 40), "null")).collect();
    let folder = folder(&records);
    let val: usize = (0..5)
        .map(|seed| {
            part(&tagged(&folder, &format!("--val 0.3 --group /user --seed {seed}")), "val").len()
        })
        .sum();
    // 200 groups in all: 5 sigma are 32 groups.
    assert!((28 * 25..=92 * 25).contains(&val), "{val}");
}

#[test]
fn similar_records_stay_together_and_nothing_leaks() {
    let mut dice = Dice::new(5);
    let texts = families(&mut dice, Language::Spaced, 25);
    let records: Vec<String> = texts;
    let folder = folder(&records);
    let sets: Vec<Vec<u64>> = records.iter().map(|record| runs_of(record)).collect();
    for percent in [60, 80] {
        for complete in ["", " --complete"] {
            let out = format!("out{percent}{}", complete.len());
            let args = format!("--val 0.5 --group near=0.{percent}{complete} -d {out} in");
            run(&folder, &args).exits(0);
            let val = folder.get(&format!("{out}/validation_data.jsonl"));
            let val: Vec<&str> = std::str::from_utf8(&val).unwrap().lines().collect();
            assert!(val.len() > 5 && val.len() < records.len() - 5);
            let is_val: Vec<bool> =
                records.iter().map(|record| val.contains(&record.as_str())).collect();
            for one in 0..records.len() {
                for other in 0..one {
                    let leaks = is_val[one] != is_val[other]
                        && are_alike(&sets[one], &sets[other], percent);
                    assert!(!leaks, "{one} and {other} at {percent}{complete}");
                }
            }
            let files = format!("{out}/training_data.jsonl {out}/validation_data.jsonl");
            let check = format!("--check-leak --group near=0.{percent}{complete} {files}");
            run(&folder, &check).exits(0).writes("").says("nothing leaks");
        }
    }
}

#[test]
fn lists_of_groups_are_those_of_chatml_dedup() {
    let folder = folder(&records(30));
    let row = |cluster: u64, line: u64| {
        format!(r#"{{"schema":1,"cluster":{cluster},"file":"in","line":{line},"stays":false}}"#)
    };
    folder.put("groups", lines(&[row(1, 1), row(1, 9), row(1, 17), row(5, 5), row(5, 6)]));
    for args in ["--group-file groups", "--group-file groups --group near"] {
        assert!(stay_together(&folder, args, &[0, 8, 16]), "{args}");
        assert!(stay_together(&folder, args, &[4, 5]), "{args}");
        assert!(!stay_together(&folder, args, &[0, 4]), "{args}");
    }
    // Through a pipe the file has no name.
    let piped = folder
        .run(&["--val", "0.5", "--group-file", "groups", "--tag", "/part"], lines(&records(30)));
    let parts: BTreeMap<u64, String> = piped
        .exits(0)
        .json()
        .into_iter()
        .map(|row| (row["id"].as_u64().unwrap(), row["part"].as_str().unwrap().to_owned()))
        .collect();
    assert_eq!(parts, tagged(&folder, "--val 0.5 --group-file groups"));
    folder.put(
        "others",
        row(1, 1).replace("\"in\"", "\"x\"") + "\n" + &row(1, 2).replace("\"in\"", "\"y\""),
    );
    run(&folder, "--val 0.5 --group-file others -d out in")
        .exits(2)
        .says("names no line of the inputs");
    folder.put("odd", "{}\n");
    run(&folder, "--val 0.5 --group-file odd -d out2 in")
        .exits(2)
        .says("odd:1: \"{}\": wanted an object");
}

#[test]
fn a_group_that_dwarfs_a_part_is_told() {
    let records: Vec<String> =
        (0..100).map(|id| of_user(id, if id < 60 { "all" } else { "x" }, "null")).collect();
    let done = run(&folder(&records), "--val-count 10 --group /user -d out in");
    done.exits(0)
        .says("2 groups of records that stay together; the largest has 60 records, 60.00 %");
    done.says("10 asked for, the nearest that was found")
        .says("the largest group is larger than the part val");
}
