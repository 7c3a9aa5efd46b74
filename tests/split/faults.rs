//! What goes wrong around a run: signals, outputs that take nothing, inputs that are cut off. No part has a file then.

use std::io::Write as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{folder, records};
use crate::faults::gzip;
use crate::util::{Done, Folder, kill, lines};

/// Ways of writing files, each into `out` or `v.jsonl`.
const WAYS: [&str; 8] = [
    "--val 0.5 -d out",
    "--val-count 3 -d out",
    "--val 0.5 --shards 3 -d out",
    "--val 0.5 --shard-size 1r --compress gz -d out",
    "--val 0.5 --shuffle -d out",
    "--val 0.5 --group near -d out",
    "--partition-by /id -d out",
    "--val 0.5 --out val=v.jsonl --manifest m.json",
];

/// Ways of writing to standard output.
const FILTERS: [&str; 5] = [
    "--val 0.5 --only val",
    "--val 0.5 --tag /part",
    "--sample 5",
    "--shuffle",
    "--limit-per /id=1",
];

/// All files that are in the folder, and in `out`, but for these.
fn left(folder: &Folder, known: &[&str]) -> Vec<String> {
    let inside = folder.path("out").read_dir().into_iter().flatten().flatten();
    let mut names: Vec<String> =
        inside.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.extend(folder.names());
    names.retain(|name| name != "out" && !known.contains(&name.as_str()));
    names
}

/// Files that the process has open in the folder, with or without a name.
fn open_files(folder: &Folder, child: &Child) -> usize {
    let open =
        std::fs::read_dir(format!("/proc/{}/fd", child.id())).into_iter().flatten().flatten();
    let paths = open.filter_map(|entry| std::fs::read_link(entry.path()).ok());
    paths.filter(|path| path.starts_with(folder.path(""))).count()
}

/// Waits until something is so.
fn wait_until(is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !is_so() && Instant::now() < end {
        std::thread::yield_now();
    }
}

/// A run that waits for more records on standard input.
fn waiting(folder: &Folder, args: &str, records: &[String]) -> (Child, std::process::ChildStdin) {
    let args: Vec<&str> = args.split(' ').collect();
    let mut command = folder.killable(&[&args[..], &["-q", "--report", "report"]].concat());
    let command = command.env("TMPDIR", folder.path("")).stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(lines(records).as_bytes()).unwrap();
    (child, pipe)
}

#[test]
fn a_signal_in_the_middle_leaves_no_file() {
    let signals = [Signal::TERM, Signal::INT, Signal::HUP];
    for (at, args) in WAYS.into_iter().enumerate() {
        for (records, signal) in
            [(records(3), signals[at % 3]), (records(3000), signals[(at + 1) % 3])]
        {
            let folder = Folder::of("chatml-split");
            let (mut child, pipe) = waiting(&folder, args, &records);
            wait_until(|| open_files(&folder, &child) >= 2);
            kill(child.id(), signal);
            let output = child.wait().unwrap();
            drop(pipe);
            use std::os::unix::process::ExitStatusExt as _;
            assert_eq!(output.signal(), Some(signal.as_raw()), "{args}");
            assert_eq!(left(&folder, &[]), [""; 0], "{args}");
        }
    }
}

#[test]
fn a_signal_removes_shards_that_have_names_already() {
    let folder = Folder::of("chatml-split");
    let (mut child, pipe) = waiting(&folder, "--val 0.5 --shard-size 1r -d out", &records(3000));
    wait_until(|| left(&folder, &[]).len() > 50);
    assert!(left(&folder, &[]).len() > 50);
    kill(child.id(), Signal::TERM);
    assert!(!child.wait().unwrap().success());
    drop(pipe);
    assert_eq!(left(&folder, &[]), [""; 0]);
}

#[test]
fn an_output_that_takes_nothing_is_trouble() {
    let folder = folder(&records(50));
    for args in FILTERS.into_iter().chain(["--check-leak in in"]) {
        let args = if args.ends_with(" in") { args.to_owned() } else { format!("{args} in") };
        for (where_to, why) in
            [("> /dev/full", "No space left on device"), (">&-", "Bad file descriptor")]
        {
            let done = folder.shell(&format!("exec $TOOL {args} {where_to}"));
            done.exits(2).says(&format!("chatml-split: standard output: write error: {why}"));
        }
    }
    for args in ["--out val=/dev/full", "-d one --manifest /dev/full", "-d two --report /dev/full"]
    {
        let done = folder.run(&format!("--val 0.5 {args} in").split(' ').collect::<Vec<_>>(), "");
        done.exits(2).says("chatml-split: /dev/full: write error: No space left on device");
    }
}

#[test]
fn a_closed_output_does_not_matter_where_nothing_is_written() {
    let folder = folder(&records(50));
    folder.shell("exec $TOOL --val 0.5 -d out in >&-").exits(0);
    assert_eq!(left(&folder, &["in"]).len(), 3);
    folder.shell("exec $TOOL --val 0 --only val in >&-").exits(0);
}

#[test]
fn a_reader_that_went_away_ends_the_run_by_signal() {
    let folder = folder(&records(20_000));
    for args in FILTERS {
        let done = folder
            .shell(&format!("$TOOL -q {args} in | head -n 1 | wc -l; echo ${{PIPESTATUS[0]}}"));
        let few = args.contains("--sample");
        done.exits(0).writes(if few { "1\n0\n" } else { "1\n141\n" });
    }
}

#[test]
fn an_archive_that_is_cut_off_gives_no_files() {
    let text = lines(&records(2000));
    let packed = gzip(text.as_bytes());
    for at in [packed.len() / 2, packed.len() - 1] {
        for args in WAYS {
            for input in ["in", "< in"] {
                let folder = Folder::of("chatml-split");
                folder.put("in", &packed[..at]);
                let done: Done = folder.shell(&format!("$TOOL -q {args} --report report {input}"));
                done.exits(2).says(&format!(
                    "damaged gzip data at compressed byte {at}: the file ends too early"
                ));
                assert_eq!(left(&folder, &["in"]), [""; 0], "{args}");
            }
        }
    }
}

#[test]
fn inputs_that_cannot_be_read_are_trouble() {
    let folder = folder(&records(3));
    for args in WAYS.into_iter().chain(FILTERS) {
        folder
            .shell(&format!("exec $TOOL {args} in none"))
            .exits(2)
            .says("none: cannot open: No such file");
        folder.shell(&format!("exec $TOOL {args} <&-")).exits(2).says("<stdin>: read error");
        assert_eq!(left(&folder, &["in"]), [""; 0], "{args}");
    }
}
