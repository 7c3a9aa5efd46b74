//! What the manifest tells, and a run that is repeated by it.

use xxhash_rust::xxh3::xxh3_128;

use super::{folder, of_kind, part, records, run, tagged};
use crate::util::{asked, lines};

#[test]
fn the_manifest_tells_what_was_read_and_written() {
    let folder = folder(&records(100));
    run(&folder, "--val 0.3 --seed 5 -d out in").exits(0);
    let manifest = folder.json("out/manifest.json");
    assert_eq!(
        (&manifest["tool"], &manifest["seed"], &manifest["key"]),
        (&"chatml-split".into(), &5.into(), &"prompt".into())
    );
    let digest = |bytes: &[u8]| format!("{:032x}", xxh3_128(bytes));
    assert_eq!(manifest["inputs"][0]["xxh3_128"], digest(&folder.get("in")));
    for (at, name) in [(0, "training_data.jsonl"), (1, "validation_data.jsonl")] {
        let (bytes, part) = (folder.get(&format!("out/{name}")), &manifest["parts"][at]);
        let file = &part["files"][0];
        assert_eq!((&file["file"], &file["xxh3_128"]), (&name.into(), &digest(&bytes).into()));
        assert_eq!((&file["bytes"], &part["bytes"]), (&bytes.len().into(), &bytes.len().into()));
        let records = bytes.iter().filter(|byte| **byte == b'\n').count();
        assert_eq!((&file["records"], &part["records"]), (&records.into(), &records.into()));
    }
}

#[test]
fn the_digest_is_that_of_what_stands_in_the_file() {
    let folder = folder(&records(100));
    run(&folder, "--val 0.3 --compress zst --shuffle -d out in").exits(0);
    let file = folder.json("out/manifest.json")["parts"][0]["files"][0].clone();
    let bytes = folder.get("out/training_data.jsonl.zst");
    assert_eq!(file["xxh3_128"], format!("{:032x}", xxh3_128(&bytes)));
    assert_eq!(file["bytes"], bytes.len());
}

#[test]
fn a_later_run_deals_as_the_first_one_did() {
    let kind = |id: usize| ["a", "b", "c"][id % 3];
    let texts: Vec<String> = (0..300).map(|id| of_kind(id, kind(id))).collect();
    let folder = folder(&texts);
    for (at, args) in [
        "--val 0.2",
        "--val-count 33 --test-count 7",
        "--val 0.2 --test 0.1 --stratify /category --seed 9",
        "--parts train=3,x=1,y=1,z=1 --exact --key messages --normalize none",
    ]
    .into_iter()
    .enumerate()
    {
        run(&folder, &format!("{args} -d out{at} in")).exits(0);
        let first = tagged(&folder, args);
        let again = tagged(&folder, &format!("--repeat out{at}/manifest.json"));
        assert_eq!(again, first, "{args}");
        // Without the other records, in one pass.
        let some: Vec<String> = texts.iter().step_by(7).cloned().collect();
        let repeat = format!("out{at}/manifest.json");
        let done = folder.run(&["--repeat", &repeat, "--tag", "/part"], lines(&some));
        for row in done.exits(0).json() {
            assert_eq!(row["part"], first[&row["id"].as_u64().unwrap()], "{args}");
        }
    }
}

#[test]
fn kinds_that_the_first_run_did_not_know_are_dealt_by_the_shares() {
    let texts: Vec<String> = (0..300).map(|id| of_kind(id, "old")).collect();
    let first = folder(&texts);
    run(&first, "--val 0.2 --stratify /category -d out in").exits(0);
    let new: Vec<String> = (0..300).map(|id| of_kind(id, "new")).collect();
    first.put("in", lines(&new));
    let val = part(&tagged(&first, "--repeat out/manifest.json"), "val").len();
    assert!((26..=94).contains(&val), "{val}");
}

#[test]
fn passed_over_groups_are_repeated() {
    let texts: Vec<String> = (0..60)
        .map(|id| asked(id, &format!("q{}", if id < 20 { 0 } else { id }), &format!("a{id}")))
        .collect();
    let folder = folder(&texts);
    for seed in 0..8 {
        let args = format!("--val-count 15 --seed {seed}");
        run(&folder, &format!("{args} -d out{seed} in")).exits(0);
        let again = tagged(&folder, &format!("--repeat out{seed}/manifest.json"));
        assert_eq!(again, tagged(&folder, &args));
    }
}

#[test]
fn what_cannot_be_repeated_is_refused() {
    let folder = folder(&records(20));
    for (at, args) in
        ["--val 0.2 --group near", "--val 0.2 --sample 10", "--val 0.2 --limit-per /id=1"]
            .into_iter()
            .enumerate()
    {
        run(&folder, &format!("{args} -d out{at} in")).exits(0);
        let done = run(&folder, &format!("--repeat out{at}/manifest.json --only val in"));
        done.exits(2).says("cannot be repeated: it had groups, a sample or a limit");
    }
    for (text, says) in [
        ("{", "no JSON; wanted a manifest"),
        ("{}", "no manifest of chatml-split"),
        (
            r#"{"schema":1,"tool":"chatml-split","assignment":99}"#,
            "made by a version that deals otherwise",
        ),
        (r#"{"schema":1,"tool":"chatml-split","assignment":1,"recipe":{"parts":3}}"#, "damaged"),
    ] {
        folder.put("m", text);
        run(&folder, "--repeat m --only val in").exits(2).says(says);
    }
    run(&folder, "--repeat m --val 0.3 --only val in").exits(2).says("cannot be used with");
}
