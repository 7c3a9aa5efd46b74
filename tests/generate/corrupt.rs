//! Records damaged in named ways: every way is found by who should find it, and the truth says where.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::Value;

use super::{generate, other, records};
use crate::faults::{gzip, xz, zstd};
use crate::util::{Done, Folder, good, lines, run};

/// A folder with clean records in `in`.
fn folder(count: usize) -> Folder {
    let folder = Folder::of("chatml-gen");
    folder.put("in", lines(&records(count)));
    folder
}

/// Rows of JSON in a file.
#[track_caller]
fn rows(folder: &Folder, name: &str) -> Vec<Value> {
    let text = folder.get(name);
    let text = std::str::from_utf8(&text).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The names of all kinds, as the tool lists them, with whoever finds them.
fn kinds() -> Vec<(String, String)> {
    let done = generate(&Folder::of("chatml-gen"), "corrupt --list-kinds", "");
    let kind = |line: &str| {
        let cells: Vec<&str> = line.split("  ").filter(|cell| !cell.is_empty()).collect();
        (cells[0].to_owned(), cells[2].trim().to_owned())
    };
    done.exits(0).out().lines().map(kind).collect()
}

/// The codes that chatml-validate gives for each line of `bad`.
#[track_caller]
fn found_by_validate(folder: &Folder) -> BTreeMap<u64, BTreeSet<String>> {
    let args = "--check --format json --per-rule-limit 0 --long-line 64K bad";
    let mut found: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
    for row in other(folder, "chatml-validate", args).json() {
        if let Some(line) = row["line"].as_u64() {
            found.entry(line).or_default().insert(row["code"].as_str().unwrap().to_owned());
        }
    }
    found
}

/// The lines that chatml-dedup takes out of `bad`, with the lines that they go for.
#[track_caller]
fn found_by_dedup(folder: &Folder, near: bool) -> BTreeMap<u64, u64> {
    let near = if near { "--near --complete " } else { "" };
    other(folder, "chatml-dedup", &format!("{near}--removed removed -o /dev/null bad"));
    let row = |row: Value| (row["line"].as_u64().unwrap(), row["witness_line"].as_u64().unwrap());
    rows(folder, "removed").into_iter().map(row).collect()
}

/// The line at which the fault of a row of the truth is told.
fn place(row: &Value) -> u64 {
    row["told_at"].as_u64().or(row["line"].as_u64()).unwrap()
}

#[test]
fn every_kind_is_found_with_its_line_and_nothing_else_is() {
    let folder = folder(300);
    let kinds = kinds();
    assert!(kinds.len() >= 27);
    folder.put("bad", folder.get("in"));
    assert!(found_by_validate(&folder).is_empty(), "the input is not clean");
    for (kind, finder) in kinds {
        let args = format!("corrupt --rate 0.2 --kinds {kind} --truth truth -o bad in");
        generate(&folder, &args, "").exits(0);
        let truth = rows(&folder, "truth");
        assert!(truth.len() >= 5, "{kind}: {}", truth.len());
        assert!(truth.iter().all(|row| row["kind"] == *kind && row["schema"] == 1));
        match finder.split(' ').next().unwrap() {
            "chatml-dedup" => {
                let of = |row: &Value| (row["line"].as_u64().unwrap(), row["of"].as_u64().unwrap());
                let told: BTreeMap<u64, u64> = truth.iter().map(of).collect();
                assert_eq!(found_by_dedup(&folder, finder.contains("--near")), told, "{kind}");
                // Nothing else is wrong with them.
                assert_eq!(found_by_validate(&folder), BTreeMap::new(), "{kind}");
            }
            code => {
                assert!(truth.iter().all(|row| row["code"] == code), "{kind}");
                let found = found_by_validate(&folder);
                let lines: BTreeSet<u64> = found.keys().copied().collect();
                let places: BTreeSet<u64> = truth.iter().map(place).collect();
                assert_eq!(lines, places, "{kind}");
                for (line, codes) in found {
                    assert!(codes.contains(code), "{kind} at {line}: {codes:?}");
                }
            }
        }
    }
}

/// Texts of which each is like the one before, and soon no longer like the first.
fn chain(count: usize) -> Vec<String> {
    let word =
        |start: &str, at: usize| format!("{start}{}{}", ["en", "in"][at % 2], "o".repeat(at / 2));
    let mut words: Vec<String> = (0..120).map(|at| word("b", at)).collect();
    let link = |at: usize| {
        words[at * 17 % 120] = word("d", at);
        words[at * 29 % 120] = word("f", at);
        good(&words.join(" "))
    };
    (0..count).map(link).collect()
}

#[test]
fn what_comes_again_nearly_is_found_where_records_are_near_each_other_before() {
    let folder = Folder::of("chatml-gen");
    folder.put("in", lines(&chain(60)));
    let args = "corrupt --rate 1 --kinds near-duplicate --truth truth --report report -o bad in";
    let done = generate(&folder, args, "");
    let truth = rows(&folder, "truth");
    let alone = rows(&folder, "report")[0]["near_already"].as_u64().unwrap();
    assert!(truth.len() > 5 && alone > 20, "{} and {alone}", truth.len());
    done.exits(0)
        .says(&format!("{alone} more records did not come again, being near earlier ones"));
    let found = found_by_dedup(&folder, true);
    let missed = truth.iter().filter(|row| !found.contains_key(&row["line"].as_u64().unwrap()));
    assert_eq!(missed.count(), 0);
}

#[test]
fn the_first_line_that_stays_as_it_is_counts_as_it_is() {
    let folder = Folder::of("chatml-gen");
    // All are like the first, which is to lose its messages in half of the seeds.
    let words = |at: usize| {
        (0..120)
            .map(move |n| if n == at { "other".to_owned() } else { format!("w{}", "o".repeat(n)) })
    };
    let records: Vec<String> =
        (0..6).map(|at| good(&words(20 * at).collect::<Vec<_>>().join(" "))).collect();
    folder.put("in", lines(&records));
    let mut spared = 0;
    for seed in 0..12 {
        let args = format!(
            "corrupt --rate 1 --kinds near-duplicate,missing-messages --seed {seed} --truth truth --report report -o bad in"
        );
        generate(&folder, &args, "").exits(0);
        let found = found_by_dedup(&folder, true);
        let truth = rows(&folder, "truth");
        let near = truth.iter().filter(|row| row["kind"] == "near-duplicate");
        let missed = near.filter(|row| !found.contains_key(&row["line"].as_u64().unwrap())).count();
        assert_eq!(missed, 0, "seed {seed}");
        spared += rows(&folder, "report")[0]["spared"].as_u64().unwrap();
    }
    assert!(spared >= 3, "{spared}");
}

#[test]
fn all_kinds_at_once_are_found() {
    let folder = folder(400);
    generate(&folder, "corrupt --rate 0.7 --seed 3 --truth truth --report report -o bad in", "")
        .exits(0)
        .says("400 records: ");
    let truth = rows(&folder, "truth");
    let (found, removed) = (found_by_validate(&folder), found_by_dedup(&folder, true));
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for row in &truth {
        let line = row["line"].as_u64().unwrap();
        match (row["code"].as_str(), row["of"].as_u64()) {
            (Some(code), None) => {
                let codes = found.get(&place(row));
                assert!(codes.is_some_and(|codes| codes.contains(code)), "{row}: {codes:?}");
            }
            (None, Some(of)) => assert_eq!(removed.get(&line), Some(&of), "{row}"),
            _ => panic!("{row}"),
        }
        *counts.entry(row["kind"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    let report = folder.json("report");
    assert_eq!(report["damaged"], truth.len());
    assert_eq!(report["kinds"], serde_json::to_value(&counts).unwrap());
    assert_eq!(report["records_written"], folder.get("bad").split(|b| *b == b'\n').count() - 1);
    assert_eq!(counts.len(), kinds().len(), "not all kinds were drawn: {counts:?}");
}

/// What the lines of the output are that the truth does not name, and those of the input that were not changed.
fn rest(input: &[u8], output: &[u8], truth: &[Value]) -> (Vec<u8>, Vec<u8>) {
    let number = |row: &Value, key: &str| row[key].as_u64().unwrap();
    let told: BTreeSet<u64> = truth.iter().map(|row| number(row, "line")).collect();
    let changed = truth.iter().filter(|row| row["of"].is_null());
    let changed: BTreeSet<u64> = changed.map(|row| number(row, "input_line")).collect();
    let without = |text: &[u8], out: &BTreeSet<u64>| {
        let lines = (1..).zip(text.split_inclusive(|byte| *byte == b'\n'));
        lines
            .filter(|(number, _)| !out.contains(number))
            .flat_map(|(_, line)| line.to_vec())
            .collect()
    };
    (without(output, &told), without(input, &changed))
}

/// A run over some bytes: what came of it, the truth, and what else must not depend on how it was run.
fn corrupted(
    args: &str,
    block: &str,
    name: &str,
    file: &[u8],
    stdin: &[u8],
) -> (Done, Vec<u8>, Value) {
    let folder = Folder::of("chatml-gen");
    folder.put("<stdin>", file);
    let args = format!("corrupt {args} --truth truth --report report --rejects rejects {name}");
    let mut command = folder.tool(&args.split(' ').collect::<Vec<_>>());
    if !block.is_empty() {
        command.env("CHATML_TEST_BLOCK", block);
    }
    let done = run(command, stdin);
    let mut report = folder.json("report");
    report["seconds"] = Value::Null;
    (done, [folder.get("truth"), folder.get("rejects")].concat(), report)
}

/// Records, blank lines, lines of other things, and a last one without its end.
fn mixed() -> Vec<u8> {
    let mut text = Vec::new();
    for (at, record) in records(80).iter().enumerate() {
        let odd = ["", "{\"messages\":[", "[1]", "{\"messages\":[]}", " \t"][at % 5];
        text.extend_from_slice(format!("{record}\n{odd}\n").as_bytes());
    }
    text.extend_from_slice(good("é".repeat(300).as_str()).as_bytes());
    text
}

#[test]
fn neither_threads_nor_blocks_nor_the_way_of_the_bytes_show() {
    let text = mixed();
    for args in [
        "--rate 0.4",
        "--rate 1 --seed 9 --spread 3",
        "--rate 0.5 --max-line-bytes 700 --kinds exact-duplicate",
    ] {
        let (done, told, report) = corrupted(args, "", "-j1 <stdin>", &text, b"");
        done.exits(1);
        let ways: [(&str, &str, &[u8], &[u8]); 7] = [
            ("1", "-j2 <stdin>", &text, b""),
            ("63", "-j8 <stdin>", &text, b""),
            ("64", "-j1 -", b"", &text),
            ("", "-j2 -", b"", &text),
            ("64", "-j2 <stdin>", &gzip(&text), b""),
            ("", "-j2 -", b"", &zstd(&text)),
            ("65", "-j1 <stdin>", &xz(&text), b""),
        ];
        for (block, name, file, stdin) in ways {
            let (other, others_told, others_report) = corrupted(args, block, name, file, stdin);
            assert!(other.stdout == done.stdout, "{args} {name} {block}: {other}");
            assert_eq!(
                (others_told, others_report),
                (told.clone(), report.clone()),
                "{args} {name}"
            );
            assert_eq!(other.err(), done.err());
        }
    }
}

#[test]
fn a_cut_between_files_changes_nothing() {
    let text = lines(&records(60));
    let cut = text.match_indices('\n').nth(20).unwrap().0 + 1;
    let whole = Folder::of("chatml-gen");
    whole.put("in", &text);
    let args = "corrupt --rate 0.5 --truth truth";
    let one = generate(&whole, &format!("{args} in"), "");
    let parts = Folder::of("chatml-gen");
    parts.put("a", &text[..cut]);
    parts.put("b", format!("\u{feff}{}", &text[cut..]));
    let two = generate(&parts, &format!("{args} a b"), "");
    two.exits(0).writes(&one.stdout);
    assert_eq!(parts.get("truth"), whole.get("truth"));
}

#[test]
fn what_holds_no_conversation_is_named_and_stays() {
    let folder = Folder::of("chatml-gen");
    let text = lines(&[good("a"), "{\"messages\":[".to_owned(), "[]".to_owned(), "".to_owned()]);
    let done = folder.run(
        &["corrupt", "--rate", "1", "--kinds", "near-duplicate", "--rejects", "rejects"],
        &text,
    );
    done.exits(1)
        .writes(&text)
        .says("<stdin>:2:14: not JSON")
        .says("not damaged")
        .never_says("left out");
    done.says("2 lines to be damaged hold no conversation and stayed as they were");
    // Too short for a near duplicate.
    done.says("1 more record stayed whole");
    assert_eq!(folder.get("rejects"), b"{\"messages\":[\n[]\n");
    folder.run(&["corrupt", "--rate", "1", "--exit-zero"], &text).exits(0);
}

#[test]
fn the_first_line_stays_and_a_mark_before_it_too() {
    let folder = Folder::of("chatml-gen");
    let text = format!("\u{feff}{}", lines(&[good("a"), good("b")]));
    let done = folder.run(&["corrupt", "--rate", "1", "--kinds", "crlf"], &text);
    done.exits(0).writes(format!("\u{feff}{}\n{}\r\n", good("a"), good("b")));
    done.says("the first line was to be damaged too; it stays");
    let twice = folder
        .run(&["corrupt", "--rate", "1", "--kinds", "exact-duplicate", "--spread", "0"], &text);
    let (a, b) = (good("a"), good("b"));
    twice.exits(0).writes(format!("\u{feff}{a}\n{a}\n{b}\n{b}\n"));
}

#[test]
fn trouble_is_told() {
    let folder = Folder::of("chatml-gen");
    folder.put("in", lines(&[good("a")]));
    generate(&folder, "corrupt --rate 2 in", "").exits(2).says("a share from 0 to 1 is needed");
    generate(&folder, "corrupt --kinds bomb in", "")
        .exits(2)
        .says("no such kind; there are bad-json, ");
    generate(&folder, "corrupt --truth in in", "").exits(2).says("is also the input");
    generate(&folder, "corrupt --truth out -o out in", "").exits(2).says("is also the output");
    generate(&folder, "corrupt --huge 1G in", "").exits(2).says("--huge: at most 64M");
    generate(&folder, "corrupt missing", "").exits(2).says("cannot open");
    let empty = generate(&folder, "corrupt --rate 1 -", "");
    empty.exits(0).writes("").says("0 records: 0 damaged");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..Default::default() })]

    #[test]
    fn what_is_not_damaged_comes_out_byte_for_byte_and_in_order(
        picks in prop::collection::vec(0_usize..9, 0..60),
        rate in prop::sample::select(vec!["0", "0.3", "1"]),
        seed in 0_u64..1000,
        spread in prop::sample::select(vec![0_u32, 2, 100]),
    ) {
        let clean = records(7);
        let line = |(at, pick): (usize, &usize)| match pick {
            7 => String::new(),
            8 => "{ no record".to_owned(),
            _ => format!(" {}", clean[*pick].replacen("About", &format!("About n{at}"), 1)),
        };
        let text = lines(&picks.iter().enumerate().map(line).collect::<Vec<_>>());
        let folder = Folder::of("chatml-gen");
        let args = format!("corrupt -q --rate {rate} --seed {seed} --spread {spread} --truth truth");
        let done = generate(&folder, &args, &text);
        let truth = rows(&folder, "truth");
        let (left, kept) = rest(text.as_bytes(), &done.stdout, &truth);
        prop_assert_eq!(String::from_utf8_lossy(&left), String::from_utf8_lossy(&kept));
        if rate == "0" {
            prop_assert!(truth.is_empty());
        }
    }
}
