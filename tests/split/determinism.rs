//! The same bytes come out however the work is cut up and shared.

use serde_json::Value;

use super::of_kind;
use crate::faults::{gzip, xz, zstd};
use crate::util::{BAD, Dice, Folder, Language, families, good, run};

/// What a run gives that must not depend on how it was run: its status, its rejects and report, and every file by
/// name, the manifest among them.
#[derive(Debug, PartialEq)]
struct Given {
    status: Option<i32>,
    stdout: String,
    report: Value,
    files: Vec<(String, Vec<u8>)>,
}

/// Good and bad lines of many lengths, equal and similar ones, with blank lines and all line endings.
fn text() -> Vec<u8> {
    let mut text = Vec::new();
    let similar = families(&mut Dice::new(3), Language::Spaced, 30);
    for (at, line) in similar.iter().enumerate() {
        let kind = of_kind(at, ["a", "b", "c d"][at % 3]);
        let long = good(&"é".repeat(at * 7 % 90));
        let odd = [BAD, "", " \t", "{\"messages\":[", "[]"][at % 5];
        for line in [line, &kind, &long, odd] {
            text.extend_from_slice(line.as_bytes());
            text.extend_from_slice(if at % 4 == 0 { b"\r\n" } else { b"\n" });
        }
    }
    text
}

const WAYS: [&str; 10] = [
    "--val 0.3 --test 0.2 -d out",
    "--val-count 9 --test 0.1 --stratify /category,turns -d out",
    "--val 0.3 --group near=0.6 --group /category -d out",
    "--val 0.3 --group near --complete --exact --shards 3 -d out",
    "--val 0.3 --shuffle --memory 1M --compress zst --shard-size 900 -d out",
    "--sample 20 --limit-per /category=9 -d out",
    "--sample 0.4 --val 0.5 --partition-by /category -d out",
    "--val 0.3 --tag /part",
    "--val 0.3 --max-line-bytes 150 --key first-user -d out",
    "--val 0.3 --key /id --normalize none --only train",
];

fn given(args: &str, block: &str, name: &str, file: &[u8], stdin: &[u8]) -> Given {
    let folder = Folder::of("chatml-split");
    folder.put("<stdin>", file);
    let words = args.split(' ').chain(["-q", "--rejects", "rejects", "--report", "report"]);
    let mut command = folder.tool(&words.chain(name.split(' ')).collect::<Vec<_>>());
    if !block.is_empty() {
        command.env("CHATML_TEST_BLOCK", block);
    }
    let done = run(command, stdin);
    let mut report = folder.json("report");
    report["seconds"] = Value::Null;
    let mut files = vec![("rejects".to_owned(), folder.get("rejects"))];
    for entry in folder.path("out").read_dir().into_iter().flatten() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let bytes = folder.get(&format!("out/{name}"));
        files.push((name, bytes));
    }
    files.sort();
    Given { status: done.status.code(), stdout: done.out(), report, files }
}

#[test]
fn neither_threads_nor_blocks_nor_the_way_of_the_bytes_show() {
    let text = text();
    for args in WAYS {
        let one = given(args, "", "-j1 <stdin>", &text, b"");
        assert_eq!(one.status, Some(1), "{args}");
        assert!(one.files.iter().any(|(_, bytes)| !bytes.is_empty()));
        let ways: [(&str, &str, &[u8], &[u8]); 9] = [
            ("", "-j2 <stdin>", &text, b""),
            ("1", "-j2 <stdin>", &text, b""),
            ("63", "-j8 <stdin>", &text, b""),
            ("64", "-j1 <stdin>", &text, b""),
            ("65", "-j2 -", b"", &text),
            ("", "-j2 -", b"", &text),
            ("64", "-j2 <stdin>", &gzip(&text), b""),
            ("", "-j2 -", b"", &zstd(&text)),
            ("63", "-j1 <stdin>", &xz(&text), b""),
        ];
        for (block, name, file, stdin) in ways {
            let other = given(args, block, name, file, stdin);
            assert!(other == one, "{args} {name}, blocks of {block:?}: {other:?}\n{one:?}");
        }
    }
}

#[test]
fn a_cut_between_lines_moves_no_record() {
    let text = text();
    let ends: Vec<usize> =
        (1..).zip(&text).filter(|(_, b)| **b == b'\n').map(|(at, _)| at).collect();
    let cuts = [0, ends[7], ends[30], ends[31], text.len()];
    for args in WAYS.into_iter().filter(|args| !args.contains("--max-line-bytes")) {
        let whole = given(args, "", "<stdin>", &text, b"");
        let folder = Folder::of("chatml-split");
        for (at, cut) in cuts.windows(2).enumerate() {
            folder.put(&format!("{at}"), &text[cut[0]..cut[1]]);
        }
        let words = args.split(' ').chain(["-q", "0", "1", "2", "3"]).collect::<Vec<_>>();
        let done = folder.run(&words, "");
        assert_eq!(done.status.code(), Some(1), "{done}");
        assert_eq!(done.out(), whole.stdout, "{args}");
        for (name, bytes) in whole.files.iter().filter(|(name, _)| name.contains("jsonl")) {
            assert!(folder.get(&format!("out/{name}")) == *bytes, "{args}: {name} differs");
        }
    }
}
