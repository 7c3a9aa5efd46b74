//! Similar is who shares enough runs of words with one that stays, exactly.

use super::kept;
use crate::util::{
    Dice, Folder, Language, are_alike, asked, chat, dedup, families, greedy, lines, runs_of, shared,
};

/// Words of a row, `from` on.
fn words(from: usize, count: usize) -> String {
    (from..from + count).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_pair_exactly_at_the_threshold_is_similar() {
    // 9 runs of five words each, 8 of them common: 8 of 10.
    let records = [asked(1, "", &words(0, 13)), asked(2, "", &words(1, 13))];
    assert_eq!(kept(&["--near"], &records), [1]);
    assert_eq!(kept(&["--near=0.8"], &records), [1]);
    assert_eq!(kept(&["--near=.800000"], &records), [1]);
    assert_eq!(kept(&["--near=0.800001"], &records), [1, 2]);
    assert_eq!(kept(&["--near=1"], &records), [1, 2]);
    // 2 of 3, which no decimal number is.
    let records = [asked(1, "", &words(0, 6)), asked(2, "", &words(0, 7))];
    assert_eq!(kept(&["--near=0.666666"], &records), [1]);
    assert_eq!(kept(&["--near=0.666667"], &records), [1, 2]);
    for wrong in ["0", "1.1", "-1", "80", "80%", "", "nan", "0.8888888"] {
        dedup(&[&format!("--near={wrong}")], "").exits(2).writes("");
    }
}

#[test]
fn a_record_goes_only_for_one_that_stays() {
    // A is like B and B like C, and A is not like C.
    let [a, b, c] = [0, 2, 4].map(|from| asked(from, "", &words(from, 20)));
    assert_eq!(kept(&["--near=0.7"], &[&a, &b, &c]), [0, 4]);
    assert_eq!(kept(&["--near=0.7"], &[&b, &a, &c]), [2]);
    assert_eq!(kept(&["--near=0.7"], &[&a, &c, &b]), [0, 4]);
    assert_eq!(kept(&["--near=0.7", "--complete"], &[&a, &b, &c]), [0, 4]);
}

#[test]
fn the_first_of_those_that_stay_is_named() {
    let folder = Folder::of("chatml-dedup");
    let records = [0, 4, 2].map(|from| asked(from, "", &words(from, 20)));
    folder.run(&["--near=0.7", "--removed", "removed"], lines(&records)).exits(0);
    let row = folder.json("removed");
    assert_eq!((&row["line"], &row["witness_line"]), (&3.into(), &1.into()));
    // 14 of 18 runs.
    assert_eq!(row["similarity"], 14.0 / 18.0);
}

#[test]
fn only_the_wanted_roles_are_compared() {
    let long = words(0, 40);
    let with = |id: usize, role: &str, text: &str| {
        chat(&[(role, text), ("assistant", &long)]).replacen('{', &format!(r#"{{"id":{id},"#), 1)
    };
    let other = words(500, 40);
    let system = [with(1, "system", "one two"), with(2, "system", &other)];
    assert_eq!(kept(&["--near"], &system), [1]);
    assert_eq!(kept(&["--near", "--roles", "user,assistant,system"], &system), [1, 2]);
    let user = [with(1, "user", "one two"), with(2, "user", &other)];
    assert_eq!(kept(&["--near"], &user), [1, 2]);
    assert_eq!(kept(&["--near", "--roles", "assistant"], &user), [1]);
    assert_eq!(kept(&["--near", "--roles", "tool"], &user), [1, 2]);
}

#[test]
fn records_without_words_go_only_as_it_was_said() {
    let records = [
        asked(1, "", ""),
        asked(2, "...", "!"),
        asked(3, "?", ""),
        asked(4, "", ""),
        asked(5, "a", ""),
    ];
    assert_eq!(kept(&["--near"], &records), [1, 2, 3, 5]);
    assert_eq!(kept(&["--near", "--empty", "keep"], &records), [1, 2, 3, 5]);
    assert_eq!(kept(&["--near", "--empty", "dedup"], &records), [1, 5]);
    assert_eq!(kept(&["--near", "--empty", "drop"], &records), [5]);
    assert_eq!(kept(&["--contain", "--empty", "drop"], &records), [5]);
    assert_eq!(kept(&["--near", "--empty", "dedup", "--keep", "last"], &records), [4, 5]);
}

#[test]
fn case_form_and_punctuation_are_no_difference_of_words() {
    let text = "Straße Don't “stop” café one two three four five six";
    let same = "STRASSE - don't; stop: CAFE\u{301} one, two; three (four) ﬁve six";
    let same = same.replace("ﬁve", "\u{ff46}ive");
    assert_eq!(kept(&["--near=1"], &[asked(1, "", text), asked(2, "", &same)]), [1]);
}

#[test]
fn each_character_of_chinese_is_a_word() {
    let one = "今天天气很好我们一起去公园散步吧";
    let other = "昨天股票市场大幅下跌投资者很担心";
    assert_eq!(kept(&["--near=0.1"], &[asked(1, "", one), asked(2, "", other)]), [1, 2]);
    // One of 16 characters more: 12 runs of five of 13.
    let more = format!("{one}。 好！");
    assert_eq!(kept(&["--near=0.92"], &[asked(1, "", one), asked(2, "", &more)]), [1]);
    assert_eq!(kept(&["--near=0.93"], &[asked(1, "", one), asked(2, "", &more)]), [1, 2]);
    for text in ["사과는 맛있고 바나나는 달다", "きょうはいい天気ですね", "วันนี้อากาศดี"]
    {
        let records = [asked(1, text, one), asked(2, text, other), asked(3, text, one)];
        assert_eq!(kept(&["--near=0.9", "--by", "/id"], &records), [1, 2], "{text}");
    }
}

#[test]
fn no_run_of_words_crosses_the_end_of_a_turn() {
    // The seam would be common to all that ends and begins alike.
    let one = chat(&[("user", "a b c d"), ("assistant", "e f g h")]);
    let joined = chat(&[("user", "a b c d e f g h")]);
    let done = dedup(&["--near=0.000001"], lines(&[&one, &joined]));
    assert_eq!(done.exits(0).out().lines().count(), 2, "{done}");
    // The same turns in another order are the same set.
    let swapped = chat(&[("user", "e f g h"), ("assistant", "a b c d")]);
    dedup(&["--near=1"], lines(&[&one, &swapped])).exits(0).writes(lines(&[one]));
}

/// Which records go, by comparing each with each.
fn naive(chats: &[String], percent: usize) -> Vec<(usize, Option<usize>)> {
    let sets: Vec<Vec<u64>> = chats.iter().map(|chat| runs_of(chat)).collect();
    greedy(0..chats.len(), |one, other| {
        chats[one] == chats[other] || are_alike(&sets[one], &sets[other], percent)
    })
}

fn those_that_stay(chats: &[String], told: &[(usize, Option<usize>)]) -> String {
    let stay = told.iter().filter(|(_, found)| found.is_none());
    stay.map(|(at, _)| chats[*at].clone() + "\n").collect()
}

#[test]
fn the_complete_search_is_that_of_comparing_each_with_each() {
    for language in [Language::Spaced, Language::Chinese] {
        let chats = families(&mut Dice::new(1), language, 80);
        for percent in [10, 30, 50, 70, 80, 90, 95, 100] {
            let wanted = those_that_stay(&chats, &naive(&chats, percent));
            let near = format!("--near={}", percent as f64 / 100.0);
            let done = dedup(&["-q", &near, "--complete"], lines(&chats));
            assert!(done.exits(0).stdout == wanted.as_bytes(), "{language:?} at {percent} %");
        }
    }
}

#[test]
fn the_usual_search_removes_nothing_wrongly_and_misses_next_to_nothing() {
    for (seed, language) in [(2, Language::Spaced), (3, Language::Chinese)] {
        let chats = families(&mut Dice::new(seed), language, 120);
        let sets: Vec<Vec<u64>> = chats.iter().map(|chat| runs_of(chat)).collect();
        for percent in [50, 80, 90] {
            let folder = Folder::of("chatml-dedup");
            let near = format!("--near={}", percent as f64 / 100.0);
            let done = folder.run(&["-q", &near, "--removed", "removed"], lines(&chats));
            done.exits(0);
            let mut stays = vec![true; chats.len()];
            let removed = String::from_utf8(folder.get("removed")).unwrap();
            let mut rows = Vec::new();
            for row in removed.lines() {
                let row: serde_json::Value = serde_json::from_str(row).unwrap();
                let at = |key: &str| row[key].as_u64().unwrap() as usize - 1;
                let (line, witness) = (at("line"), at("witness_line"));
                stays[line] = false;
                let common = shared(&sets[line], &sets[witness]);
                let all = sets[line].len() + sets[witness].len() - common;
                assert_eq!(row["similarity"], common as f64 / all as f64, "{row}");
                assert!(are_alike(&sets[line], &sets[witness], percent), "{row}");
                rows.push((line, witness));
            }
            assert!(rows.iter().all(|(line, witness)| stays[*witness] && witness < line));
            let there: String = (0..chats.len())
                .filter(|at| stays[*at])
                .map(|at| chats[at].clone() + "\n")
                .collect();
            assert!(done.stdout == there.as_bytes());
            // Missed: it stays, and one before it that stays is like it.
            let missed = (0..chats.len()).filter(|at| {
                let before = (0..*at).filter(|other| stays[*other]);
                stays[*at]
                    && before.into_iter().any(|other| are_alike(&sets[*at], &sets[other], percent))
            });
            let missed = missed.count();
            assert!(missed * 100 <= rows.len(), "{missed} missed, {} found", rows.len());
            assert!(rows.len() > chats.len() / 20, "{} of {}", rows.len(), chats.len());
        }
    }
}

#[test]
fn a_shared_template_makes_no_duplicates() {
    // One system prompt, one opening, one closing line: 24 of 44 words are everybody's.
    let opening =
        "Hello and welcome, I am your assistant today. How can I help you with your request";
    let closing = "Is there anything else that I can do";
    let mut dice = Dice::new(4);
    let records: Vec<String> = (0..300)
        .map(|id| {
            let own = dice.words(Language::Spaced, 20).join(" ");
            asked(id, opening, &format!("{own}. {closing}"))
        })
        .collect();
    assert_eq!(kept(&["-q", "--near"], &records).len(), 300);
    assert_eq!(kept(&["-q", "--near", "--complete"], &records).len(), 300);
}

#[test]
fn the_guard_keeps_what_is_alike_in_the_wording_of_a_template_only() {
    let wording = "please read the report of the quarter below and tell me in plain words what matters most in it \
                   for somebody who has no time and does not know our company at all thank you so much";
    let record =
        |id: usize| asked(id, &format!("{wording} report number n{id} of m{id}"), "gladly");
    let mut records: Vec<String> = (0..80).map(record).collect();
    records.extend((0..3).map(|id| record(id).replacen(&format!("\"id\":{id}"), "\"id\":99", 1)));
    let plain = kept(&["--near"], &records);
    assert_eq!(plain, [0]);
    let guarded = kept(&["--near", "--template-guard"], &records);
    assert_eq!(guarded, (0..80).collect::<Vec<u64>>(), "copies go all the same");
    // What fewer than 50 records have counts in any case.
    assert_eq!(kept(&["--near", "--template-guard"], &records[..40]), [0]);
}

/// Long records of one wording, each with some words of its own: some are alike, most nearly.
fn crowd(dice: &mut Dice) -> Vec<String> {
    let wording = dice.words(Language::Spaced, 200);
    let one = |_| {
        let mut words = wording.clone();
        for _ in 0..2 + dice.below(6) {
            let at = dice.below(words.len());
            words[at] = dice.word(Language::Spaced);
        }
        chat(&[("user", "Tell me."), ("assistant", &words.join(" "))])
    };
    (0..150).map(one).collect()
}

#[test]
fn in_a_crowd_of_nearly_similar_records_none_goes_wrongly_and_next_to_none_is_missed() {
    let chats = crowd(&mut Dice::new(11));
    for percent in [70, 80, 90] {
        let wanted = naive(&chats, percent);
        let goes = wanted.iter().filter(|(_, found)| found.is_some()).count();
        let near = format!("--near={}", percent as f64 / 100.0);
        let all = dedup(&["-q", &near, "--complete"], lines(&chats));
        assert!(all.exits(0).stdout == those_that_stay(&chats, &wanted).as_bytes(), "{percent} %");
        let usual = dedup(&["-q", &near], lines(&chats));
        let missed = usual.exits(0).out().lines().count().abs_diff(chats.len() - goes);
        assert!(missed <= 1, "{missed} of {goes} at {percent} %");
    }
}

#[test]
fn what_stays_stays_whichever_is_kept() {
    let chats = families(&mut Dice::new(12), Language::Spaced, 40);
    for keep in ["first", "last", "longest"] {
        for near in ["--near=0.5", "--near=0.8"] {
            let args = ["-q", near, "--keep", keep];
            let once = dedup(&args, lines(&chats)).exits(0).out();
            dedup(&args, &once).exits(0).writes(&once);
            assert!(once.lines().count() < chats.len());
        }
    }
}

#[test]
fn no_seed_changes_what_is_similar() {
    let chats = families(&mut Dice::new(13), Language::Spaced, 40);
    let complete =
        |seed| dedup(&["-q", "--near", "--complete", "--seed", seed], lines(&chats)).out();
    let wanted = complete("0");
    for seed in ["1", "18446744073709551615"] {
        assert_eq!(complete(seed), wanted);
        let usual = dedup(&["-q", "--near", "--seed", seed], lines(&chats)).out();
        assert!(usual.lines().count().abs_diff(wanted.lines().count()) <= 1);
    }
}

#[test]
fn what_is_like_other_data_goes() {
    let folder = Folder::of("chatml-dedup");
    let [a, b, c] = [0, 2, 4].map(|from| asked(from, "", &words(from, 20)));
    // B is like both, and nothing that is only read is written.
    folder.put("test", lines(&[&b, &c]));
    let done = folder.run(
        &["--near=0.7", "--against", "test", "--removed", "removed"],
        lines(&[&a, &asked(9, "x", "y")]),
    );
    done.exits(0).writes(lines(&[asked(9, "x", "y")]));
    let row = folder.json("removed");
    assert_eq!((&row["witness_file"], &row["witness_line"]), (&"test".into(), &1.into()));
}

#[test]
fn what_is_like_any_record_of_other_data_goes() {
    let folder = Folder::of("chatml-dedup");
    let [a, b, c] = [0, 2, 4].map(|from| asked(from, "", &words(from, 20)));
    // B is like A, which is no reason to forget it: C is like B only.
    for test in [[&a, &b], [&b, &a]] {
        folder.put("test", lines(&test));
        folder.run(&["--near=0.7", "--against", "test"], lines(&[&c])).exits(0).writes("");
    }
}
