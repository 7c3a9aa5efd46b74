//! Where a record goes depends on its key, the seed and the shares alone.

use super::{folder, ids, part, records, run, tagged};
use crate::util::{asked, lines};

/// These must never change: who splits the same data again, after an upgrade or on another machine, would
/// otherwise mix what was trained on with what it is tested on.
#[test]
fn the_assignment_is_that_of_all_versions() {
    let folder = folder(&records(60));
    let dealt = tagged(&folder, "--val 0.2 --test 0.1");
    assert_eq!(part(&dealt, "val"), GOLDEN_VAL);
    assert_eq!(part(&dealt, "test"), GOLDEN_TEST);
    let other = tagged(&folder, "--val 0.2 --test 0.1 --seed 1");
    assert_eq!(part(&other, "val"), GOLDEN_VAL_OF_SEED_1);
    assert_eq!(run(&folder, "--sample 5 in").out().lines().count(), 5);
    assert_eq!(ids(&run(&folder, "--sample 5 in").stdout), GOLDEN_SAMPLE);
    assert_eq!(ids(&run(&folder, "--shuffle in").stdout)[..8], GOLDEN_ORDER);
}

const GOLDEN_VAL: [u64; 10] = [3, 7, 9, 22, 23, 26, 37, 42, 45, 51];
const GOLDEN_TEST: [u64; 8] = [0, 1, 8, 18, 25, 33, 48, 50];
const GOLDEN_VAL_OF_SEED_1: [u64; 10] = [1, 4, 7, 15, 31, 42, 46, 47, 51, 57];
const GOLDEN_SAMPLE: [u64; 5] = [16, 21, 22, 34, 56];
const GOLDEN_ORDER: [u64; 8] = [58, 20, 16, 59, 14, 6, 34, 33];

/// Likewise for prompts of several messages and scripts, and for other keys.
#[test]
fn the_assignment_of_other_prompts_and_keys_is_that_of_all_versions() {
    let prompts = [
        r#"{"role":"system","content":"Sei kurz."},{"role":"user","content":"Wie heißt die Straße?"}"#,
        r#"{"role":"user","content":"日本の首都はどこですか。"}"#,
        r#"{"role":"user","content":"मुझे एक कहानी सुनाओ"}"#,
        r#"{"role":"user","content":"\u00c9tude \ud83d\ude00 & \"x\""}"#,
        r#"{"role":"user","content":[{"type":"text","text":"What is in it?"},{"type":"image_url","image_url":{"url":"http://x/1.png"}}]}"#,
        r#"{"role":"user","content":null}"#,
        r#"{"role":"developer","content":"a\n\tb"},{"role":"user","content":"c"},{"role":"user","content":"d"}"#,
        r#"{"role":"user","content":"","name":"ann"}"#,
    ];
    let record = |(id, prompt): (usize, &str)| {
        format!(r#"{{"id":{id},"messages":[{prompt},{{"role":"assistant","content":"a{id}"}}]}}"#)
    };
    let records: Vec<String> = prompts.into_iter().enumerate().map(record).collect();
    let folder = folder(&records);
    let dealt = |key: &str| {
        let digits = (0..8).map(|seed| {
            let val =
                part(&tagged(&folder, &format!("--val 0.5 --seed {seed} --key {key}")), "val");
            format!("{:02x}", val.iter().fold(0, |bits, id| bits | 1 << id))
        });
        digits.collect::<String>()
    };
    let wanted = [
        ("prompt", "2492b70e9af3006c"),
        ("messages", "9cce478156f69fb3"),
        ("record", "564f4e981f36aec7"),
        ("first-user", "e6a910e5cdadc713"),
        ("/id", "8ce361b9045e9cba"),
    ];
    let found: Vec<(&str, String)> = wanted.iter().map(|(key, _)| (*key, dealt(key))).collect();
    assert_eq!(found, wanted.map(|(key, bits)| (key, bits.to_owned())));
}

#[test]
fn a_record_goes_where_it_goes_in_any_other_data() {
    let all = folder(&records(2000));
    let dealt = tagged(&all, "--val 0.3 --test 0.2");
    let mut few: Vec<String> = records(2000).into_iter().step_by(50).collect();
    few.reverse();
    for (id, name) in tagged(&folder(&few), "--val 0.3 --test 0.2") {
        assert_eq!(dealt[&id], name, "{id}");
    }
}

#[test]
fn a_share_that_grows_adds_and_takes_nothing_away() {
    let folder = folder(&records(2000));
    let before = tagged(&folder, "--val 0.1 --test 0.1");
    for (args, grown) in [("--val 0.2 --test 0.1", "val"), ("--val 0.1 --test 0.2", "test")] {
        let after = tagged(&folder, args);
        for (id, old) in &before {
            assert!(after[id] == *old || old == "train" && after[id] == grown, "{id}: {old}");
        }
        assert!(part(&after, grown).len() > part(&before, grown).len());
    }
}

#[test]
fn shares_hold_on_average() {
    let folder = folder(&records(10_000));
    for seed in 0..3 {
        let dealt = tagged(&folder, &format!("--val 0.1 --test 0.05 --seed {seed}"));
        // 5 sigma of the binomial distribution: 5 * sqrt(n p (1 - p)).
        assert!((850..=1150).contains(&part(&dealt, "val").len()));
        assert!((391..=609).contains(&part(&dealt, "test").len()));
    }
}

#[test]
fn equal_prompts_stay_together_however_they_are_written() {
    let prompts =
        ["What is it?", "  what IS it ", "What is it?!", "WHAT\nis it", "ｗｈａｔ is it?"];
    for seed in 0..20 {
        let records: Vec<String> =
            (0..).zip(prompts).map(|(id, prompt)| asked(id, prompt, &format!("a{id}"))).collect();
        let dealt = tagged(&folder(&records), &format!("--val 0.5 --seed {seed}"));
        assert!(part(&dealt, "val").len().is_multiple_of(prompts.len()), "{dealt:?}");
    }
    let records: Vec<String> =
        (0..).zip(prompts).map(|(id, prompt)| asked(id, prompt, "a")).collect();
    let folder = folder(&records);
    let apart = (0..20).any(|seed| {
        let dealt = tagged(&folder, &format!("--val 0.5 --normalize none --seed {seed}"));
        !part(&dealt, "val").len().is_multiple_of(prompts.len())
    });
    assert!(apart, "--normalize none tells them apart");
}

#[test]
fn the_key_decides_what_stays_together() {
    let pair = |answer: &str, user: usize| {
        asked(0, "The same?", answer).replacen('{', &format!(r#"{{"user":{user},"#), 1)
    };
    let texts = [pair("One.", 1), pair("Two.", 1)];
    let folder = folder(&texts);
    let together = |key: &str| {
        (0..20).all(|seed| {
            let args = format!("--val 0.5 --seed {seed} --key {key} --tag /part in");
            let rows = run(&folder, &args).exits(0).json();
            rows[0]["part"] == rows[1]["part"]
        })
    };
    assert!(together("prompt") && together("first-user") && together("/user"));
    assert!(!together("messages") && !together("record"));
}

#[test]
fn a_record_without_the_key_is_dealt_by_its_messages() {
    let folder = folder(&records(40));
    let done = run(&folder, "--val 0.5 --key /nowhere --only val in");
    done.exits(0).says("40 records lack /nowhere (--key); dealt by the whole conversation");
    assert!((5..35).contains(&ids(&done.stdout).len()));
}

#[test]
fn parts_can_have_any_names_and_weights() {
    let folder = folder(&records(3000));
    let dealt = tagged(&folder, "--parts train=8,dev=1,eval=1");
    for name in ["dev", "eval"] {
        assert!((215..=385).contains(&part(&dealt, name).len()), "{name}");
    }
    let one = run(&folder, "--parts a=0,b=1 --only b in");
    assert_eq!(ids(&one.exits(0).stdout).len(), 3000);
}

#[test]
fn the_only_part_is_that_of_all_parts() {
    let folder = folder(&records(300));
    let dealt = tagged(&folder, "--val 0.2 --test 0.2");
    for name in ["train", "val", "test"] {
        let done = run(&folder, &format!("--val 0.2 --test 0.2 --only {name} in"));
        assert_eq!(ids(&done.exits(0).stdout), part(&dealt, name));
    }
    // A filter can run over shards of the data.
    let text = lines(&records(300));
    let (first, second) = text.split_at(text.match_indices('\n').nth(120).unwrap().0 + 1);
    let halves = [first, second].map(|half| {
        folder.run(&["--val", "0.2", "--test", "0.2", "--only", "test"], half).exits(0).out()
    });
    assert_eq!(ids(halves.concat().as_bytes()), part(&dealt, "test"));
}
