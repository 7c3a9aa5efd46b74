//! The same input gives the same output, findings and report, however the work is cut up and shared.

use std::process::Command;

use serde_json::Value;

use crate::faults::{gzip, xz, zstd};
use crate::util::{BAD, Folder, good, run};

/// What a run gives that must not depend on how it was run.
#[derive(Debug, PartialEq)]
struct Given {
    status: Option<i32>,
    stdout: String,
    stderr: String,
    rejects: String,
    report: Value,
}

/// Some hundred lines, good and bad ones of many lengths, with blank lines and all line endings.
fn text(seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = move |below: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) % below
    };
    let mut text = Vec::new();
    for number in 0..300 {
        let line: Vec<u8> = match next(16) {
            0 => b"".to_vec(),
            1 => b" \t ".to_vec(),
            2 => BAD.into(),
            3 => b"{\"messages\":[{\"role\":\"user\"".to_vec(),
            4 => b"{\"a\":\"\xff\"}".to_vec(),
            5 => good("<|im_start|> \u{200b}").into(),
            6 => format!(r#"{{"prompt":[{{"role":"user","content":"{number}"}}]}}"#).into(),
            7 => format!("{}{}", good("x"), good("y")).into(),
            8 => good("x").replace("Yes", "").into(),
            9 => {
                good("x").replace("}]}", r#","tool_calls":null}],"n":18446744073709551616}"#).into()
            }
            10 => good(&"é".repeat(next(300) as usize)).into(),
            11 => good("x").replace("user", "User").into(),
            _ => good(&"a".repeat(next(120) as usize)).into(),
        };
        text.extend(line);
        text.extend_from_slice(if next(9) == 0 { b"\r\n" } else { b"\n" });
    }
    text.extend_from_slice(b"\n \n{\"cut\":");
    text
}

/// A text without the time that its summary tells: the rest of that line is cut, or of that number.
fn untimed(text: &str) -> String {
    let line = |line: &str| {
        if line.contains(" valid, ") {
            return line.split(" in ").next().unwrap_or_default().to_owned();
        }
        match line.split_once("\"seconds\":") {
            Some((before, behind)) => before.to_owned() + behind.split_once(',').unwrap().1,
            None => line.to_owned(),
        }
    };
    text.lines().map(|text| line(text) + "\n").collect()
}

fn given(folder: &Folder, mut command: Command, block: &str, stdin: &[u8]) -> Given {
    if !block.is_empty() {
        command.env("CHATML_TEST_BLOCK", block);
    }
    command.args(["--rejects", "rejects", "--report", "report"]);
    let done = run(command, stdin);
    let mut report = folder.json("report");
    report["seconds"] = Value::Null;
    report["inputs"] = Value::Null;
    let rejects = folder.get("rejects").escape_ascii().to_string();
    let stdout = untimed(&done.out());
    Given { status: done.status.code(), stdout, stderr: untimed(&done.err()), rejects, report }
}

const MODES: [&[&str]; 6] = [
    &[],
    &["--check"],
    &["--check", "--format", "json", "--profile", "openai,trl"],
    &["--fix", "--unsafe-fixes"],
    &["--diff"],
    &["--fail-fast", "--ignore", "B,S"],
];

#[test]
fn neither_threads_nor_blocks_show() {
    let folder = Folder::new();
    folder.put("<stdin>", text(1));
    for mode in MODES {
        let with = |block: &str, jobs: &str| {
            let command = folder.tool(&[mode, &["-j", jobs, "<stdin>"]].concat());
            given(&folder, command, block, b"")
        };
        let one = with("", "1");
        for (block, jobs) in [
            ("", "2"),
            ("", "8"),
            ("1", "1"),
            ("1", "8"),
            ("2", "2"),
            ("3", "8"),
            ("63", "2"),
            ("64", "1"),
            ("64", "8"),
            ("65", "2"),
            ("4096", "8"),
        ] {
            assert_eq!(with(block, jobs), one, "{mode:?} blocks of {block:?}, {jobs} jobs");
        }
    }
}

#[test]
fn the_way_of_the_bytes_does_not_show() {
    let folder = Folder::new();
    let text = text(2);
    folder.put("<stdin>", &text);
    let wanted = given(&folder, folder.tool(&["<stdin>"]), "", b"");
    for block in ["", "1", "64"] {
        assert_eq!(given(&folder, folder.tool(&[""; 0]), block, &text), wanted, "pipe");
        for packed in [gzip(&text), zstd(&text), xz(&text)] {
            assert_eq!(given(&folder, folder.tool(&["-"]), block, &packed), wanted, "packed pipe");
            folder.put("<stdin>", &packed);
            assert_eq!(given(&folder, folder.tool(&["<stdin>"]), block, b""), wanted, "packed");
        }
    }
}

#[test]
fn a_cut_between_lines_moves_no_record() {
    let folder = Folder::new();
    let text = text(3);
    let whole = given(&folder, folder.tool(&["-q"]), "", &text);
    let starts: Vec<usize> =
        text.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1).collect();
    for parts in [2, 3, 7] {
        let mut names = Vec::new();
        let mut from = 0;
        for part in 1..=parts {
            let to = if part == parts { text.len() } else { starts[starts.len() * part / parts] };
            names.push(format!("{part}"));
            folder.put(&names[part - 1], &text[from..to]);
            from = to;
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let cut = given(&folder, folder.tool(&[&["-q"], &names[..]].concat()), "", b"");
        assert_eq!((cut.stdout, cut.rejects), (whole.stdout.clone(), whole.rejects.clone()));
        for key in ["records_read", "records_written", "records_rejected", "bytes", "blank_lines"] {
            assert_eq!(cut.report[key], whole.report[key], "{key}");
        }
    }
}

#[test]
fn twenty_runs_are_one() {
    let folder = Folder::new();
    let text = text(4);
    let run = || given(&folder, folder.tool(&["-j3"]), "200", &text);
    let first = run();
    for _ in 0..20 {
        assert_eq!(run(), first);
    }
}
