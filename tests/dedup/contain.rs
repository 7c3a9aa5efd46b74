//! Contained is what stands in a longer record that stays.

use super::kept;
use crate::util::{
    Dice, Folder, Language, asked, chat, dedup, families, greedy, lines, runs_of, shared,
};

#[test]
fn the_beginning_of_a_longer_conversation_goes() {
    let turns = [
        ("user", "When does the train to Bergen leave?"),
        ("assistant", "At 8:25 in the morning, from platform four."),
        ("user", "And how long does it take then?"),
        ("assistant", "About six and a half hours in all."),
    ];
    let [two, four] = [2, 4].map(|count| chat(&turns[..count]));
    for records in [[&two, &four], [&four, &two]] {
        dedup(&["--contain"], lines(&records)).exits(0).writes(lines(&[&four]));
        dedup(&["--contain=1"], lines(&records)).exits(0).writes(lines(&[&four]));
        dedup(&["--near"], lines(&records)).exits(0).writes(lines(&records));
    }
}

#[test]
fn the_share_is_that_of_the_record_that_goes() {
    let folder = Folder::of("chatml-dedup");
    let long: Vec<String> = (0..60).map(|n| format!("w{n}")).collect();
    // 9 runs of words, 6 of which the long one has.
    let short = format!("{} x y z", long[..10].join(" "));
    let records = [asked(1, "", &short), asked(2, "", &long.join(" "))];
    assert_eq!(kept(&["--contain=0.666666"], &records), [2]);
    assert_eq!(kept(&["--contain=0.666667"], &records), [1, 2]);
    folder.run(&["--contain=0.5", "--removed", "removed"], lines(&records)).exits(0);
    let row = folder.json("removed");
    assert_eq!((&row["reason"], &row["witness_line"]), (&"contained".into(), &2.into()));
    assert_eq!(row["similarity"], 6.0 / 9.0);
    // A long record is not in a short one, however much of that it has.
    assert_eq!(kept(&["--contain=0.1"], &records), [2]);
}

#[test]
fn of_records_that_contain_each_other_the_first_stays() {
    let one = asked(1, "one two three four five six", "");
    let same = asked(2, "ONE, TWO, three four five six!", "");
    assert_eq!(kept(&["--contain"], &[&one, &same]), [1]);
    assert_eq!(kept(&["--contain"], &[&same, &one]), [2]);
}

#[test]
fn what_is_contained_is_what_comparing_each_with_each_finds() {
    for (seed, language) in [(5, Language::Spaced), (6, Language::Chinese)] {
        let mut dice = Dice::new(seed);
        let mut chats = families(&mut dice, language, 50);
        // Some are beginnings of others.
        for at in 0..chats.len() / 2 {
            let mut record: serde_json::Value = serde_json::from_str(&chats[at]).unwrap();
            let answer = record["messages"][1]["content"].as_str().unwrap().to_owned();
            let cut: String = answer.chars().take(1 + dice.below(answer.len())).collect();
            record["messages"][1]["content"] = cut.into();
            chats.insert(dice.below(chats.len()), record.to_string());
        }
        let sets: Vec<Vec<u64>> = chats.iter().map(|chat| runs_of(chat)).collect();
        for percent in [30, 60, 90, 100] {
            let mut order: Vec<usize> = (0..chats.len()).collect();
            order.sort_by_key(|at| std::cmp::Reverse(sets[*at].len())); // stable
            let told = greedy(order, |one, other| {
                let common = shared(&sets[one], &sets[other]);
                common * 100 >= percent * sets[one].len()
            });
            let stay = told.iter().filter(|(_, found)| found.is_none());
            let wanted: String = stay.map(|(at, _)| chats[*at].clone() + "\n").collect();
            let contain = format!("--contain={}", percent as f64 / 100.0);
            let done = dedup(&["-q", &contain], lines(&chats));
            assert!(done.exits(0).stdout == wanted.as_bytes(), "{language:?} at {percent} %");
        }
    }
}
