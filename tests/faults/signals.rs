//! Signals: death by the one that came, whole lines, no temporary file, the older output in its place.

use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::util::{Folder, TOOLS, binary, good, kill};

const FATAL: [Signal; 3] = [Signal::TERM, Signal::INT, Signal::HUP];

fn text(records: usize) -> String {
    (0..records).map(|number| good(&number.to_string()) + "\n").collect()
}

#[test]
fn a_signal_leaves_whole_lines_that_are_right() {
    for tool in TOOLS {
        let folder = Folder::of(tool);
        let text = text(200_000);
        folder.put("in", &text);
        for (index, moment) in
            [0usize, 1, 1000, 300_000, 700_000, 2_000_000, 4_000_000].into_iter().enumerate()
        {
            let signal = FATAL[index % 3];
            let mut command = folder.killable(&["-j2", "in"]);
            let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
            let mut out = child.stdout.take().unwrap();
            let mut got = vec![0; moment];
            out.read_exact(&mut got).unwrap();
            if moment == 0 {
                wait_until_it_watches(child.id());
            }
            kill(child.id(), signal);
            out.read_to_end(&mut got).unwrap();
            assert_eq!(
                child.wait().unwrap().signal(),
                Some(signal.as_raw()),
                "after {moment} bytes"
            );
            assert!(text.as_bytes().starts_with(&got), "{moment}");
            assert!(
                got.last().is_none_or(|last| *last == b'\n'),
                "half a line after {moment} bytes"
            );
        }
    }
}

/// Until the process has its thread for signals.
fn wait_until_it_watches(id: u32) {
    let end = Instant::now() + Duration::from_secs(10);
    let tasks = || std::fs::read_dir(format!("/proc/{id}/task")).map_or(9, |tasks| tasks.count());
    while tasks() < 2 && Instant::now() < end {
        std::thread::yield_now();
    }
}

/// Files in a folder that a process has open, with or without a name.
fn open_in(folder: &Folder, id: u32) -> usize {
    let open = std::fs::read_dir(format!("/proc/{id}/fd")).into_iter().flatten().flatten();
    let paths = open.filter_map(|entry| std::fs::read_link(entry.path()).ok());
    paths.filter(|path| path.starts_with(folder.path(""))).count()
}

/// Does the file system have files without a name? Then even SIGKILL leaves nothing.
fn can_be_nameless(folder: &Folder) -> bool {
    use rustix::fs::{Mode, OFlags, open};
    open(folder.path(""), OFlags::RDWR | OFlags::TMPFILE, Mode::RUSR).is_ok()
}

#[test]
fn a_signal_leaves_an_older_output_and_no_other_file() {
    let files = ["-o", "out", "--rejects", "rejects", "--report", "report", "-q"];
    let cases: [(&str, &[&str]); 6] = [
        ("chatml-validate", &[]),
        ("chatml-dedup", &[]),
        ("chatml-dedup", &["--near", "--removed", "removed"]),
        ("chatml-dedup", &["--keep", "last"]),
        ("chatml-stats", &["--tokenizer", "none"]),
        ("chatml-stats", &["--tokenizer", "none", "--pass"]),
    ];
    for (tool, more) in cases {
        for (index, records) in [0, 1, 100, 20_000].into_iter().enumerate() {
            let folder = Folder::of(tool);
            folder.put("out", "old");
            let signal = match can_be_nameless(&folder) {
                true => [Signal::TERM, Signal::INT, Signal::HUP, Signal::KILL][index],
                false => FATAL[index % 3],
            };
            let mut command = folder.killable(&[&files, more].concat());
            let command = command.env("TMPDIR", folder.path("")).stdin(Stdio::piped());
            let mut child = command.spawn().unwrap();
            let mut pipe = child.stdin.take().unwrap();
            pipe.write_all(text(records).as_bytes()).unwrap();
            let end = Instant::now() + Duration::from_secs(10);
            while open_in(&folder, child.id()) < 3 && Instant::now() < end {
                std::thread::yield_now(); // its temporary files are there
            }
            kill(child.id(), signal);
            let status = child.wait().unwrap();
            assert_eq!(status.signal(), Some(signal.as_raw()), "{more:?}, {records} records");
            assert_eq!(folder.get("out"), b"old");
            assert_eq!(folder.names(), ["out"], "{more:?}, {records} records");
        }
    }
}

#[test]
fn a_signal_ends_a_run_that_nobody_reads() {
    for tool in TOOLS {
        let folder = Folder::of(tool);
        folder.put("in", text(60_000));
        for signal in FATAL {
            let mut child = folder.killable(&["in"]).stdout(Stdio::piped()).spawn().unwrap();
            let mut out = child.stdout.take().unwrap();
            out.read_exact(&mut [0]).unwrap(); // it writes, and the pipe is soon full
            kill(child.id(), signal);
            let status = child.wait().unwrap();
            assert_eq!(status.signal(), Some(signal.as_raw()));
        }
    }
}

#[test]
fn an_ignored_signal_stays_ignored() {
    for tool in TOOLS {
        let folder = Folder::of(tool);
        let mut command = Command::new("bash");
        command.args(["-c", "trap '' HUP; exec \"$0\" -q", binary(tool)]);
        command.current_dir(folder.path("")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (mut pipe, mut out) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        for name in ["1", "2"] {
            let line = good(name) + "\n";
            pipe.write_all(line.as_bytes()).unwrap();
            let mut got = vec![0; line.len()];
            out.read_exact(&mut got).unwrap();
            kill(child.id(), Signal::HUP);
        }
        drop(pipe);
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn a_status_line_comes_on_request() {
    for tool in TOOLS {
        let folder = Folder::of(tool);
        let mut command = folder.tool(&[""; 0]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (mut pipe, mut out) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        for (name, signal) in [("1", Some(Signal::USR1)), ("2", None)] {
            let line = good(name) + "\n";
            pipe.write_all(line.as_bytes()).unwrap();
            let mut got = vec![0; line.len()];
            out.read_exact(&mut got).unwrap();
            if let Some(signal) = signal {
                kill(child.id(), signal);
            }
        }
        drop(pipe);
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(text.contains(", 2 records, "), "{text}");
        assert_eq!(output.status.code(), Some(0));
    }
}
