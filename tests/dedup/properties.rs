//! For any small file the tool does what the plain definition says, however often it is run.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::util::{Folder, are_alike, greedy, run, runs, shared};

/// A line: its bytes without the line ending, and what it holds.
#[derive(Debug, Clone)]
struct Sample {
    line: String,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    Blank,
    Unusable,
    Record { turns: Vec<(&'static str, String)>, score: Option<i64> },
}

/// Few texts that share most of their words, and some without words, so that equal, similar, contained
/// and different ones abound.
fn text() -> impl Strategy<Value = String> {
    let window = (0usize..3, 0usize..4, 6usize..16, prop::option::of(0usize..14)).prop_map(
        |(row, from, count, odd)| {
            let word = |n: usize| match odd == Some(n) {
                true => "odd".to_owned(),
                false => format!("w{row}x{n}"),
            };
            (from..from + count).map(word).collect::<Vec<_>>().join(" ")
        },
    );
    prop_oneof![
        6 => window,
        1 => prop::sample::select(vec!["", "...", "A b", "a\tB", "今天天气很好我们去", "今天天气很好我们走"])
            .prop_map(str::to_owned),
    ]
}

/// One of the ways to write the same record.
fn spelled(turns: &[(&'static str, String)], score: Option<i64>, way: usize) -> String {
    let json = |text: &str| serde_json::to_string(text).unwrap();
    let turn = |(role, text): &(&str, String)| match way {
        1 => format!(r#"{{ "content" : {} , "role":"{role}"}}"#, json(text)),
        2 => format!(r#"{{"role":"{role}","content":[{{"type":"text","text":{}}}]}}"#, json(text)),
        3 => {
            let escaped: String = text.encode_utf16().map(|c| format!("\\u{c:04x}")).collect();
            format!(r#"{{"role":"{role}","name":null,"content":"{escaped}"}}"#)
        }
        _ => format!(r#"{{"role":"{role}","content":{}}}"#, json(text)),
    };
    let turns: Vec<String> = turns.iter().map(turn).collect();
    let score = score.map_or(String::new(), |score| format!(r#","score":{score}"#));
    format!(r#"{{"messages":[{}]{score}}}"#, turns.join(","))
}

fn sample() -> impl Strategy<Value = Sample> {
    let turn = (prop::sample::select(vec!["user", "user", "assistant", "system"]), text());
    let record = (prop::collection::vec(turn, 1..4), prop::option::of(-3i64..4), 0usize..4)
        .prop_map(|(turns, score, way)| Sample {
            line: spelled(&turns, score, way),
            what: What::Record { turns, score },
        });
    let blank = prop::sample::select(vec!["", " ", "\t "])
        .prop_map(|line| Sample { line: line.to_owned(), what: What::Blank });
    let unusable = prop::sample::select(vec!["{", "[]", "{}", r#"{"messages":[]}"#, "\u{e9}"])
        .prop_map(|line| Sample { line: line.to_owned(), what: What::Unusable });
    prop_oneof![12 => record, 1 => blank, 1 => unusable]
}

/// A file: records come again, as they are and with another line ending.
fn file() -> impl Strategy<Value = Vec<Sample>> {
    prop::collection::vec((sample(), prop::option::of(any::<prop::sample::Index>())), 0..30)
        .prop_map(|samples| {
            let mut lines: Vec<Sample> = Vec::new();
            for (sample, again) in samples {
                match again {
                    Some(at) if !lines.is_empty() => lines.push(at.get(&lines).clone()),
                    _ => lines.push(sample),
                }
            }
            lines
        })
}

fn bytes<'s>(lines: impl IntoIterator<Item = &'s Sample>) -> String {
    lines.into_iter().map(|sample| format!("{}\n", sample.line)).collect()
}

/// What makes a record go.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Like {
    Equal,
    /// Or this similar, in percent.
    Near(usize),
    /// Or contained by this share, in percent.
    Contained(usize),
}

impl Like {
    fn args(self) -> Vec<String> {
        let share = |percent: usize| format!("{}", percent as f64 / 100.0);
        match self {
            Like::Equal => vec![],
            Like::Near(percent) => vec![format!("--near={}", share(percent)), "--complete".into()],
            Like::Contained(percent) => vec![format!("--contain={}", share(percent))],
        }
    }
}

/// The lines that stay.
fn stay<'s>(lines: &'s [Sample], like: Like, keep: &str) -> Vec<&'s Sample> {
    let record = |at: usize| match &lines[at].what {
        What::Record { turns, score } => Some((turns, *score)),
        _ => None,
    };
    let set = |at: usize| {
        let turns = record(at).into_iter().flat_map(|(turns, _)| turns);
        runs(turns.filter(|(role, _)| *role != "system").map(|(_, text)| text.as_str()))
    };
    let sets: Vec<Vec<u64>> = (0..lines.len()).map(set).collect();
    let rank = |at: usize| -> i64 {
        let (turns, score) = record(at).unwrap();
        match keep {
            "first" => 0,
            "last" => at as i64,
            "longest" => turns.iter().map(|(_, text)| text.chars().count() as i64).sum(),
            "most-turns" => turns.len() as i64,
            "max:/score" => score.unwrap_or(i64::MIN),
            "min:/score" => score.map_or(i64::MIN, |score| -score),
            _ => sets[at].len() as i64,
        }
    };
    let mut order: Vec<usize> = (0..lines.len()).filter(|at| record(*at).is_some()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(rank(*at))); // stable
    let told = greedy(order, |one, other| {
        let equal = record(one).unwrap().0 == record(other).unwrap().0;
        equal
            || match like {
                Like::Equal => false,
                Like::Near(percent) => are_alike(&sets[one], &sets[other], percent),
                Like::Contained(percent) => {
                    let common = 100 * shared(&sets[one], &sets[other]);
                    common > 0 && common >= percent * sets[one].len()
                }
            }
    });
    told.into_iter().filter(|(_, found)| found.is_none()).map(|(at, _)| &lines[at]).collect()
}

const KEEPS: [&str; 6] = ["first", "last", "longest", "most-turns", "max:/score", "min:/score"];

/// What removes, and which stays; the one that contains the others does not leave the choice.
fn what() -> impl Strategy<Value = (Like, &'static str)> {
    let percent = || prop::sample::select(vec![10usize, 30, 50, 66, 80, 90, 100]);
    prop_oneof![
        prop::sample::select(KEEPS.to_vec()).prop_map(|keep| (Like::Equal, keep)),
        (percent(), prop::sample::select(KEEPS.to_vec()))
            .prop_map(|(t, keep)| (Like::Near(t), keep)),
        percent().prop_map(|t| (Like::Contained(t), "largest")),
    ]
}

fn args(like: Like, keep: &str) -> Vec<String> {
    let keep = (keep != "largest").then(|| format!("--keep={keep}"));
    like.args().into_iter().chain(keep).collect()
}

/// Runs over a file in a folder; what stays, and the report.
fn dedup(args: &[String], text: &str, file: bool) -> (String, serde_json::Value) {
    let folder = Folder::of("chatml-dedup");
    folder.put("in", text);
    let name = if file { "in" } else { "-" };
    let more = ["-q", "--exit-zero", "--report", "report", name].map(str::to_owned);
    let done = run(folder.tool(&[args, &more].concat()), if file { "" } else { text });
    (done.exits(0).out(), folder.json("report"))
}

fn few() -> ProptestConfig {
    ProptestConfig { cases: 60, failure_persistence: None, ..Default::default() }
}

proptest! {
    #![proptest_config(few())]

    #[test]
    fn what_stays_is_what_comparing_each_with_each_leaves(lines in file(), (like, keep) in what(), from_file: bool) {
        let wanted = bytes(stay(&lines, like, keep));
        let (found, report) = dedup(&args(like, keep), &bytes(&lines), from_file);
        prop_assert_eq!(&found, &wanted, "{:?} {}", like, keep);
        let number = |key: &str| report[key].as_u64().unwrap() as usize;
        let count = |wanted: fn(&What) -> bool| lines.iter().filter(|s| wanted(&s.what)).count();
        let unusable = count(|what| matches!(what, What::Unusable));
        prop_assert_eq!(number("records_rejected"), unusable);
        prop_assert_eq!(number("blank_lines"), count(|what| matches!(what, What::Blank)));
        prop_assert_eq!(number("records_kept"), wanted.lines().count());
        prop_assert_eq!(
            number("records_read"),
            number("records_kept") + number("records_removed") + unusable
        );
    }

    #[test]
    fn what_stays_stays(lines in file(), (like, keep) in what()) {
        let once = dedup(&args(like, keep), &bytes(&lines), true).0;
        let again = dedup(&args(like, keep), &once, true).0;
        prop_assert_eq!(once, again, "{:?} {}", like, keep);
    }

    #[test]
    fn the_usual_search_is_the_complete_one_on_short_records(lines in file(), percent in 80usize..=100) {
        // All of these have so few runs of words that no signature is needed.
        let near = vec![format!("--near={}", percent as f64 / 100.0)];
        let found = dedup(&near, &bytes(&lines), true).0;
        prop_assert_eq!(found, bytes(stay(&lines, Like::Near(percent), "first")));
    }

    #[test]
    fn what_comes_out_stood_in_the_input_in_that_order(lines in file(), (like, keep) in what()) {
        let found = dedup(&args(like, keep), &bytes(&lines), false).0;
        let mut rest = lines.iter();
        for line in found.lines() {
            prop_assert!(rest.any(|sample| sample.line == line), "{}", line);
        }
        // And it is one of each.
        let all: BTreeSet<&str> = found.lines().collect();
        prop_assert_eq!(all.len(), found.lines().count());
    }
}
