//! The same input gives the same output, findings and report, however the work is cut up and shared.

use serde_json::Value;

use crate::faults::{gzip, xz, zstd};
use crate::util::{BAD, Dice, Folder, Language, TOOLS, families, good, run};

/// What a run gives that must not depend on how it was run.
struct Given {
    status: Option<i32>,
    stdout: String,
    stderr: String,
    rejects: String,
    removed: String,
    clusters: String,
    report: Value,
}

impl Given {
    /// Is all of it the same? If not, the first line that differs is told.
    #[track_caller]
    fn is(&self, wanted: &Given, how: &str) {
        assert_eq!(self.status, wanted.status, "{how}");
        let report = |given: &Given| serde_json::to_string_pretty(&given.report).unwrap();
        let (mine, others) = (report(self), report(wanted));
        for (name, one, other) in [
            ("records", &self.stdout, &wanted.stdout),
            ("rejects", &self.rejects, &wanted.rejects),
            ("removals", &self.removed, &wanted.removed),
            ("groups", &self.clusters, &wanted.clusters),
            ("messages", &self.stderr, &wanted.stderr),
            ("report", &mine, &others),
        ] {
            let differ = one.lines().zip(other.lines()).find(|(one, other)| one != other);
            assert!(one == other, "{name} differ, {how}: {differ:#?}");
        }
    }
}

/// So many lines and two, good and bad ones of many lengths, equal and similar ones, with blank lines and all
/// line endings.
fn text(seed: u64, lines: usize) -> Vec<u8> {
    let mut dice = Dice::new(seed);
    let mut similar = families(&mut dice, Language::Spaced, 30).into_iter();
    let mut next = |below: usize| dice.below(below);
    let mut text = Vec::new();
    for number in 0..lines {
        let line: Vec<u8> = match next(22) {
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
            10 => good(&"é".repeat(next(300))).into(),
            11 => good("x").replace("user", "User").into(),
            12..17 => similar.next().unwrap_or_default().into(),
            _ => good(&"a".repeat(next(120))).into(),
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
        if [" valid, ", " kept, ", " would stay, "].iter().any(|words| line.contains(words)) {
            return line.split(" in ").next().unwrap_or_default().to_owned();
        }
        match line.split_once("\"seconds\":") {
            Some((before, behind)) => before.to_owned() + behind.split_once(',').unwrap().1,
            None => line.to_owned(),
        }
    };
    text.lines().map(|text| line(text) + "\n").collect()
}

/// Runs with blocks of this size and looks at all that comes of it.
fn given(folder: &Folder, tool: &str, args: &[&str], block: &str, stdin: &[u8]) -> Given {
    let outputs = match tool {
        "chatml-dedup" => &["--removed", "removed", "--clusters", "clusters"][..],
        _ => &[],
    };
    let common = ["--rejects", "rejects", "--report", "report"];
    let mut command = folder.tool(&[args, &common, outputs].concat());
    if !block.is_empty() {
        command.env("CHATML_TEST_BLOCK", block);
    }
    let done = run(command, stdin);
    let mut report = folder.json("report");
    report["seconds"] = Value::Null;
    report["inputs"] = Value::Null;
    let text = |name: &str| match folder.path(name).exists() {
        true => folder.get(name).escape_ascii().to_string().replace("\\n", "\n"),
        false => String::new(),
    };
    Given {
        status: done.status.code(),
        stdout: untimed(&done.out()),
        stderr: untimed(&done.err()),
        rejects: text("rejects"),
        removed: text("removed"),
        clusters: text("clusters"),
        report,
    }
}

/// The ways of working of a tool.
fn modes(tool: &str) -> &'static [&'static [&'static str]] {
    match tool {
        "chatml-validate" => &[
            &[],
            &["--check"],
            &["--check", "--format", "json", "--profile", "openai,trl"],
            &["--fix", "--unsafe-fixes"],
            &["--diff"],
            &["--fail-fast", "--ignore", "B,S"],
        ],
        _ => &[
            &[],
            &["--near=0.6", "--max-line-bytes", "200"],
            &["--near", "--complete", "--keep", "longest"],
            &["--contain=0.7"],
            &["--keep", "last", "--verify", "--max-line-bytes", "200"],
            &["--near=0.6", "--count", "--by", "user"],
            &["--annotate", "/group"],
            &["--annotate", "/group", "--keep", "most-turns"],
            &["--emit-keys"],
            &["--near=0.6", "--emit-keys=bands"],
            &["--near", "--against", "other", "--decontaminate", "items", "--any"],
        ],
    }
}

/// A folder with an input, and with other data for those who compare.
fn folder(tool: &str, seed: u64, lines: usize) -> (Folder, Vec<u8>) {
    let (folder, text) = (Folder::of(tool), text(seed, lines));
    let chats = families(&mut Dice::new(seed), Language::Spaced, 30);
    folder.put("other", chats[..10].join("\n"));
    folder.put("items", chats[10..20].join("\n"));
    folder.put("<stdin>", &text);
    (folder, text)
}

#[test]
fn neither_threads_nor_blocks_show() {
    for tool in TOOLS {
        let (folder, _) = folder(tool, 1, 100);
        for mode in modes(tool) {
            let with = |block: &str, jobs: &str| {
                given(&folder, tool, &[mode, &["-j", jobs, "<stdin>"][..]].concat(), block, b"")
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
                let how = format!("{mode:?} blocks of {block:?}, {jobs} jobs");
                with(block, jobs).is(&one, &how);
            }
        }
    }
}

#[test]
fn the_way_of_the_bytes_does_not_show() {
    for tool in TOOLS {
        let (folder, text) = folder(tool, 2, 200);
        let packed = [gzip(&text), zstd(&text), xz(&text)];
        for mode in modes(tool).iter().filter(|mode| tool == "chatml-dedup" || mode.is_empty()) {
            folder.put("<stdin>", &text);
            let with = |name: &str, block: &str, stdin: &[u8]| {
                given(&folder, tool, &[mode, &[name][..]].concat(), block, stdin)
            };
            let wanted = with("<stdin>", "", b"");
            for block in ["", "1", "64"] {
                with("-", block, &text).is(&wanted, &format!("{mode:?} pipe"));
            }
            for packed in &packed {
                with("-", "", packed).is(&wanted, &format!("{mode:?} packed pipe"));
                folder.put("<stdin>", packed);
                with("<stdin>", "64", b"").is(&wanted, &format!("{mode:?} packed"));
            }
        }
    }
}

#[test]
fn a_cut_between_lines_moves_no_record() {
    for tool in TOOLS {
        let (folder, text) = folder(tool, 3, 300);
        let ends = text.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1);
        let starts: Vec<usize> = ends.collect();
        for mode in modes(tool).iter().filter(|mode| tool == "chatml-dedup" || mode.is_empty()) {
            let whole = given(&folder, tool, &[mode, &["-q"][..]].concat(), "", &text);
            for parts in [2, 3, 7] {
                let mut names: Vec<String> = Vec::new();
                let mut from = 0;
                for part in 1..=parts {
                    let last = part == parts;
                    let to = if last { text.len() } else { starts[starts.len() * part / parts] };
                    names.push(format!("{part}"));
                    folder.put(&names[part - 1], &text[from..to]);
                    from = to;
                }
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let args = [mode, &["-q"][..], &names].concat();
                let cut = given(&folder, tool, &args, "", b"");
                assert_eq!(
                    (&cut.stdout, &cut.rejects),
                    (&whole.stdout, &whole.rejects),
                    "{mode:?}"
                );
                assert_eq!(cut.removed.lines().count(), whole.removed.lines().count());
                for key in [
                    "records_read",
                    "records_written",
                    "records_rejected",
                    "bytes",
                    "blank_lines",
                    "removed",
                    "groups",
                    "memory",
                ] {
                    assert_eq!(cut.report[key], whole.report[key], "{mode:?}: {key}");
                }
            }
        }
    }
}

#[test]
fn twenty_runs_are_one() {
    for tool in TOOLS {
        let (folder, text) = folder(tool, 4, 300);
        for mode in modes(tool).iter().take(3) {
            let run = || given(&folder, tool, &[mode, &["-j3"][..]].concat(), "200", &text);
            let first = run();
            for _ in 0..if mode.is_empty() { 20 } else { 5 } {
                run().is(&first, &format!("{mode:?}"));
            }
        }
    }
}
