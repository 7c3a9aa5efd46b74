//! Every kind of records is split in the same shares.

use super::{folder, of_kind, part, run, tagged};
use crate::util::{asked, chat};

#[test]
fn each_kind_has_its_share_and_all_together_theirs() {
    let kind = |id: usize| if id.is_multiple_of(10) { "rare" } else { "usual" };
    let records: Vec<String> = (0..400).map(|id| of_kind(id, kind(id))).collect();
    let folder = folder(&records);
    for seed in 0..4 {
        let dealt =
            tagged(&folder, &format!("--val 0.1 --test 0.05 --stratify /category --seed {seed}"));
        for (name, rare, usual) in [("val", 4, 36), ("test", 2, 18)] {
            let ids = part(&dealt, name);
            let count =
                |wanted: &str| ids.iter().filter(|id| kind(**id as usize) == wanted).count();
            assert_eq!((count("rare"), count("usual")), (rare, usual), "{name}");
        }
    }
}

#[test]
fn what_rounding_leaves_goes_to_the_largest_remainders() {
    // 10 kinds of 5: a tenth of each is half a record, and 5 of 50 in all.
    let records: Vec<String> = (0..50).map(|id| of_kind(id, &format!("k{}", id % 10))).collect();
    let done = run(&folder(&records), "--val 0.1 --stratify /category --only val in");
    let kinds: std::collections::BTreeSet<String> =
        done.exits(0).json().iter().map(|row| row["category"].to_string()).collect();
    assert_eq!((done.json().len(), kinds.len()), (5, 5));
    done.says("5 kinds are too few to be in every part");
}

#[test]
fn kinds_are_told_by_system_prompt_turns_or_language() {
    let german =
        "Der schnelle braune Fuchs springt über den faulen Hund und freut sich sehr darüber.";
    let english =
        "The quick brown fox jumps over the lazy dog and is very happy about having done that.";
    let record = |id: usize| {
        let (system, text) =
            if id.is_multiple_of(2) { ("Be brief.", german) } else { ("Be kind.", english) };
        let text = format!("{text} {id}");
        let mut turns =
            vec![("system", system), ("user", text.as_str()), ("assistant", text.as_str())];
        if id.is_multiple_of(4) {
            turns.extend([("user", "And?"), ("assistant", "No.")]);
        }
        chat(&turns)
    };
    let records: Vec<String> = (0..80).map(record).collect();
    let folder = folder(&records);
    let told = |by: &str| {
        run(&folder, &format!("--val 0.5 --stratify {by} -d {} in", by.replace(',', "-"))).err()
    };
    for (by, lines) in [
        ("system", ["Be brief.                20 / 20", "Be kind.                 20 / 20"]),
        ("turns", ["1                        30 / 30", "2                        10 / 10"]),
        ("language", ["German                   20 / 20", "English                  20 / 20"]),
        ("system,turns", ["Be kind. / 1             20 / 20", "Be brief. / 2            10 / 10"]),
    ] {
        let told = told(by);
        assert!(lines.iter().all(|line| told.contains(line)), "{by}: {told}");
    }
}

#[test]
fn what_stays_together_is_of_one_kind() {
    // Pairs of one prompt whose records are of two kinds.
    let records: Vec<String> = (0..40)
        .map(|id| {
            let kind = format!(r#"{{"category":"{}","#, id % 2);
            asked(id, &format!("q{}", id / 2), &format!("a{id}")).replacen('{', &kind, 1)
        })
        .collect();
    let dealt = tagged(&folder(&records), "--val 0.5 --stratify /category");
    assert_eq!(part(&dealt, "val").len(), 20);
    assert!((0..20).all(|pair| dealt[&(2 * pair)] == dealt[&(2 * pair + 1)]));
}

#[test]
fn a_field_with_a_value_of_its_own_for_each_record_is_no_kind() {
    let records: Vec<String> = (0..100_001)
        .map(|id| format!(r#"{{"id":{id},"messages":[{{"role":"user","content":"a"}}]}}"#))
        .collect();
    let done = run(&folder(&records), "--val 0.5 --stratify /id -d out in");
    done.exits(2)
        .says("--stratify has more than 100000 different values; choose a field with fewer");
}
