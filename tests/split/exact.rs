//! Exact counts.

use super::{folder, part, records, run, tagged};
use crate::util::{asked, lines};

#[test]
fn counts_are_met_and_shares_rounded() {
    let folder = folder(&records(1000));
    for (args, val, test) in [
        ("--val-count 137", 137, 0),
        ("--val 0.1 --exact", 100, 0),
        ("--val 0.1 --test 0.05 --exact", 100, 50),
        ("--val 0.0004 --exact", 0, 0),
        ("--val 0.0006 --exact", 1, 0),
        ("--val-count 1000", 1000, 0),
        ("--val-count 400 --test 0.5", 400, 500),
        ("--val-count 0 --test-count 3", 0, 3),
    ] {
        let dealt = tagged(&folder, args);
        assert_eq!((part(&dealt, "val").len(), part(&dealt, "test").len()), (val, test), "{args}");
    }
}

#[test]
fn more_than_there_is_cannot_be_asked_for() {
    let folder = folder(&records(10));
    let done = run(&folder, "--val-count 8 --test-count 3 -d out in");
    done.exits(2).says("the parts ask for more records than there are (10)");
    assert!(!folder.path("out").exists(), "nothing is written");
}

#[test]
fn the_exact_parts_are_nearly_those_of_the_shares() {
    let folder = folder(&records(2000));
    let (by_chance, exact) = (tagged(&folder, "--val 0.2"), tagged(&folder, "--val 0.2 --exact"));
    let moved = by_chance.iter().filter(|(id, name)| exact[*id] != **name).count();
    assert_eq!(moved, part(&by_chance, "val").len().abs_diff(400), "only what has to move");
}

#[test]
fn groups_that_are_too_large_are_passed_over_so_that_counts_are_met() {
    // 30 records with one prompt, 40 pairs, 20 alone.
    let prompt = |id: usize| match id {
        0..30 => 0,
        30..110 => id / 2,
        _ => id,
    };
    let records: Vec<String> =
        (0..130).map(|id| asked(id, &format!("q{}", prompt(id)), &format!("a{id}"))).collect();
    let folder = folder(&records);
    for seed in 0..10 {
        let dealt = tagged(&folder, &format!("--val-count 25 --test-count 10 --seed {seed}"));
        assert_eq!((part(&dealt, "val").len(), part(&dealt, "test").len()), (25, 10), "{seed}");
        for (id, name) in &dealt {
            let mut same =
                dealt.iter().filter(|(other, _)| prompt(**other as usize) == prompt(*id as usize));
            assert!(same.all(|(_, other)| other == name), "{id} is not with its own");
        }
    }
}

#[test]
fn a_count_that_groups_do_not_allow_is_missed_by_as_little_as_can_be() {
    let records: Vec<String> =
        (0..40).map(|id| asked(id, &format!("q{}", id / 4), &format!("a{id}"))).collect();
    let folder = folder(&records);
    for (count, reached) in [(4, 4), (5, 4), (7, 8), (40, 40)] {
        let done = run(&folder, &format!("--val-count {count} --only val in"));
        assert_eq!(done.exits(0).out().lines().count(), reached, "{count}");
        let told = format!("{count} asked for, the nearest that was found");
        assert_eq!(done.err().contains(&told), count != reached, "{done}");
    }
}

#[test]
fn what_cannot_be_read_twice_is_put_aside() {
    let folder = folder(&records(500));
    let from_file = run(&folder, "--val-count 77 --only val in").exits(0).out();
    let text = lines(&records(500));
    let piped = folder.run(&["--val-count", "77", "--only", "val"], text.trim_end());
    assert_eq!(piped.exits(0).out(), from_file);
}
