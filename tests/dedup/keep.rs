//! Which of a group stays, and that the order of the input does.

use super::ids;
use crate::faults::zstd;
use crate::util::{Folder, asked, chat, dedup, lines};

/// The ids of those that stay of one prompt each: from a file, a pipe and an archive.
#[track_caller]
fn stays(keep: &str, records: &[String]) -> Vec<u64> {
    let folder = Folder::of("chatml-dedup");
    let text = lines(records);
    folder.put("in", &text);
    folder.put("in.zst", zstd(text.as_bytes()));
    let args = ["--by", "prompt", "--keep", keep];
    let by_file = ids(&folder.run(&[&args[..], &["in"]].concat(), ""));
    assert_eq!(ids(&folder.run(&args, &text)), by_file, "a pipe");
    // Standard input that is a file is read twice as well, from where it stands.
    let script = format!("exec $TOOL {} < in", args.join(" "));
    assert_eq!(ids(&folder.shell(&script)), by_file, "a file as standard input");
    folder.put("more", format!("{{\n{text}"));
    let script = format!("{{ read -r; exec $TOOL {}; }} < more", args.join(" "));
    assert_eq!(ids(&folder.shell(&script)), by_file, "the rest of a file");
    assert_eq!(ids(&folder.run(&[&args[..], &["in.zst"]].concat(), "")), by_file, "an archive");
    by_file
}

fn scored(id: usize, question: &str, score: &str) -> String {
    asked(id, question, &format!("{id}")).replace("]}", &format!(r#"],"m":{{"score":{score}}}}}"#))
}

#[test]
fn the_first_or_the_last_stays_where_it_stands() {
    let records = [("a", 1), ("b", 2), ("a", 3), ("c", 4), ("b", 5), ("a", 6)]
        .map(|(question, id)| asked(id, question, "x"));
    assert_eq!(stays("first", &records), [1, 2, 4]);
    assert_eq!(stays("last", &records), [4, 5, 6]);
}

#[test]
fn the_one_with_the_most_characters_stays() {
    // As many bytes are fewer characters; an escape is one.
    let records = [
        asked(1, "q", "ééé"),
        asked(2, "q", "abcd"),
        asked(3, "q", "\n\n\n"),
        asked(4, "q", "dcba"),
        asked(5, "p", "中中"),
        asked(6, "p", "abcd"),
    ];
    assert_eq!(stays("longest", &records), [2, 6]);
}

#[test]
fn the_one_with_the_most_messages_stays() {
    let turns = |id: usize, more: usize| {
        let turns =
            [&[("user", "q")][..], &[("assistant", "a"), ("user", "z")].repeat(more)].concat();
        chat(&turns).replacen('{', &format!(r#"{{"id":{id},"#), 1)
    };
    assert_eq!(stays("most-turns", &[turns(1, 2), turns(2, 4), turns(3, 4), turns(4, 3)]), [2]);
}

#[test]
fn the_one_with_the_greatest_or_least_number_stays() {
    let scores = ["0.5", "-2", "1e1", "10", "9.75", "\"11\"", "null", "[12]", "1e999"];
    let records: Vec<_> = scores.iter().enumerate().map(|(id, s)| scored(id, "q", s)).collect();
    assert_eq!(stays("max:/m/score", &records), [2]);
    assert_eq!(stays("min:/m/score", &records), [1]);
    // Without a number a record comes last in either direction, and of several the first.
    assert_eq!(stays("max:/m/score", &records[5..]), [5]);
    assert_eq!(stays("min:/m/score", &[&records[6..], &records[..1]].concat()), [0]);
    assert_eq!(stays("max:/no/such", &records), [0]);
}

#[test]
fn of_several_that_are_best_the_first_stays() {
    let records: Vec<_> = (0..9).map(|id| scored(id, ["a", "b", "c"][id % 3], "1")).collect();
    for keep in ["first", "longest", "most-turns", "max:/m/score", "min:/m/score"] {
        assert_eq!(stays(keep, &records), [0, 1, 2], "{keep}");
    }
    assert_eq!(stays("last", &records), [6, 7, 8]);
}

#[test]
fn the_best_stays_of_similar_records_and_nothing_goes_for_one_that_goes() {
    let words = |from: usize| (from..from + 20).map(|n| format!("w{n} ")).collect::<String>();
    // A is like B and B like C; the best is B, then A.
    let records = |scores: [u8; 3]| -> Vec<String> {
        let row = |(at, score): (usize, u8)| {
            asked(at, "", &words(2 * at)).replace("]}", &format!(r#"],"score":{score}}}"#))
        };
        scores.into_iter().enumerate().map(row).collect()
    };
    let kept = |scores| {
        let done = dedup(&["--near=0.7", "--keep", "max:/score"], lines(&records(scores)));
        ids(&done)
    };
    assert_eq!(kept([1, 2, 1]), [1]);
    assert_eq!(kept([2, 1, 2]), [0, 2]);
    assert_eq!(kept([3, 2, 1]), [0, 2]);
    assert_eq!(kept([1, 2, 3]), [0, 2]);
}

#[test]
fn what_is_read_twice_comes_out_byte_for_byte() {
    let folder = Folder::of("chatml-dedup");
    let (a, b) = (asked(1, "a", "x"), asked(2, "b", "x"));
    let odd = r#" {"messages" : [{"content":"\u0063\/","role":"user"}] ,"n":1.10 }	"#;
    folder.put("one", format!("\u{feff}{a}\r\n\n{{bad\n{b}"));
    folder.put("two", format!("\u{feff}{b}\n{odd}\r\n \n{a}"));
    let text = format!("\u{feff}{b}\n{odd}\r\n{a}\n").replace('\u{feff}', "");
    let wanted = [&folder.get("one")[..0], text.as_bytes()].concat();
    let args = ["-q", "--keep", "last", "--rejects", "rejects"];
    folder.run(&[&args[..], &["one", "two"]].concat(), "").exits(1).writes(&wanted);
    assert_eq!(folder.get("rejects"), b"{bad\n");
    let two = folder.get("two");
    folder.run(&[&args[..], &["one", "-"]].concat(), &two).exits(1).writes(&wanted);
    folder.run(&[&args[..], &["one", "/dev/stdin"]].concat(), &two).exits(1).writes(&wanted);
}

#[test]
fn a_choice_that_is_none_is_told() {
    for keep in ["best", "", "max", "max:", "max:score", "min:/", "First"] {
        let done = dedup(&["--keep", keep], "");
        done.exits(2).writes("");
        assert!(done.err().starts_with("chatml-dedup: "), "{done}");
    }
    dedup(&["--keep", "last", "--contain"], "").exits(2);
}

#[test]
fn records_without_a_number_are_told_and_all_of_them_in_other_words() {
    let scored = [scored(1, "q", "1"), asked(2, "q", "x"), scored(3, "q", "2")];
    let args = ["--by", "prompt", "--keep", "max:/m/score"];
    let told = dedup(&args, lines(&scored));
    told.exits(0).says("1 record has no number there (--keep), the last choice of a group");
    assert_eq!(ids(&told), [3]);
    let told = dedup(&["--by", "prompt", "--keep", "max:/nope"], lines(&scored));
    told.exits(0).says("no record has a number there (--keep): of each group the first stays\n");
    assert_eq!(ids(&told), [1]);
}

#[test]
fn an_input_among_the_other_data_is_told() {
    let folder = Folder::of("chatml-dedup");
    folder.put("in", lines(&[asked(1, "a", "x"), asked(2, "b", "y")]));
    folder.put("more", lines(&[asked(3, "c", "z")]));
    std::os::unix::fs::symlink("in", folder.path("soft")).unwrap();
    let words = "in is an input and among the other data: each of its records is found there\n";
    for option in ["--against", "--decontaminate"] {
        folder.run(&["in", "more", option, "soft"], "").says(words);
        let done = folder.run(&["in", option, "more"], "");
        assert!(!done.err().contains("other data:"), "{done}");
    }
}
