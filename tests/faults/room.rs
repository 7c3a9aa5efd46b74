//! Too little room, in memory or on disk: bounded use, and a message where it is not enough.

use std::io::{Read as _, Write as _};
use std::process::Stdio;

use crate::util::{BAD, Folder, TOOLS, dedup, good, lines, run};

use super::gzip;

#[test]
fn a_long_run_of_short_lines_takes_no_memory() {
    let folder = Folder::new();
    // 64 MiB of records and of faults, of which only some are shown.
    let chunk = gzip(lines(&vec![good("1"); 1000]).repeat(10).as_bytes());
    let bad = gzip(lines(&vec![BAD; 10_000]).as_bytes());
    folder.put("in.gz", [chunk.repeat(20), bad.repeat(3)].concat());
    let done = folder.shell("ulimit -v 1000000; exec $TOOL -j2 -q in.gz | wc -l");
    done.exits(0).writes("200000\n");
}

#[test]
fn a_line_without_memory_for_it_is_trouble_and_no_crash() {
    for tool in TOOLS {
        let folder = Folder::of(tool);
        std::fs::File::create(folder.path("in")).unwrap().set_len(200 << 20).unwrap();
        for input in ["in", "< in", "- < in"] {
            let script = format!("ulimit -v 180000; exec $TOOL -j2 -c {input}");
            folder.shell(&script).exits(2).says("no memory for a line of");
        }
    }
}

#[test]
fn a_long_line_is_held_once() {
    let folder = Folder::new();
    let text = "a text with\\n\\u00e9scapes ".repeat(1_000_000);
    let long = format!("{{\"messages\":[],\"id\":\"{text}\"}}\n");
    let record = lines(&[good("1")]);
    let mut child = folder
        .tool(&["-j2"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all((long.clone() + &record).as_bytes()).unwrap();
    // The record comes out while the input is still open; so the process can be looked at.
    let mut got = vec![0; record.len()];
    child.stdout.as_mut().unwrap().read_exact(&mut got).unwrap();
    assert_eq!(got, record.as_bytes());
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: usize = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak << 10 < long.len() + (32 << 20), "{peak} kB beside {}", long.len() >> 10);
    drop(pipe);
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn a_line_of_too_many_values_is_told() {
    let folder = Folder::new();
    let plain = r#"{"role":"user","content":"a"},{"role":"assistant","content":"b"}"#;
    let messages = |count: usize| vec![plain; count / 2].join(",");
    let numbers = "0,".repeat(399_990);
    let text = [
        format!("{{\"messages\":[{}]}}\n", messages(120_000)),
        format!("{{\"messages\":[{}],\"id\":1}}\n", messages(120_000)),
        format!("{{\"messages\":[{plain}],\"ids\":[{numbers}0]}}\n"),
        good("1"),
    ];
    folder.put("in", text.concat());
    let done = folder.run(&["-j2", "in"], b"");
    done.exits(1).says("in:2:1: error[B016]").says("wanted at most 400000");
    done.says("in:3:1: error[B016]").says("4 records: 2 valid, 2 invalid");
}

/// Different records with so many different words that what is kept of them goes to disk.
fn large() -> String {
    let words = |from: u32| (from..from + 130_000).map(|n| format!("{n} ")).collect::<String>();
    (0..5).map(|n| good(&words(n * 130_000)) + "\n").collect()
}

#[test]
fn a_temporary_file_that_cannot_be_made_is_trouble() {
    let folder = Folder::of("chatml-dedup");
    folder.put("in", large());
    folder.put("out", "old");
    for args in ["--near in", "--verify in", "--near --keep last in", "--keep last"] {
        let script =
            format!("export TMPDIR=no/such; cat in | $TOOL {args} -o out; exit ${{PIPESTATUS[1]}}");
        let wanted = "chatml-dedup: a temporary file in no/such: cannot create: No such file";
        folder.shell(&script).exits(2).says(wanted);
        assert_eq!(folder.get("out"), b"old");
        assert_eq!(folder.names(), ["in", "out"]);
    }
}

#[test]
fn a_full_disk_under_a_temporary_file_is_trouble() {
    let folder = Folder::of("chatml-dedup");
    folder.put("in", large());
    for args in ["--near in", "--verify in", "--count"] {
        // 2 MiB; the records themselves go to a pipe.
        let script = format!(
            "export TMPDIR=$PWD; ulimit -f 2048; cat in | $TOOL -q {args} | cat; exit ${{PIPESTATUS[1]}}"
        );
        let done = folder.shell(&script);
        done.exits(2).says("chatml-dedup: a temporary file in ").says(": File too large\n");
        let input = folder.get("in");
        assert!(input.starts_with(&done.stdout) && !done.stdout.ends_with(b"}"), "{}", done.err());
        assert_eq!(folder.names(), ["in"]);
    }
}

#[test]
fn a_run_leaves_no_temporary_file() {
    let folder = Folder::of("chatml-dedup");
    let text = large();
    for args in [&["--near", "--keep", "last"][..], &["--verify"]] {
        let mut command = folder.tool(args);
        let done = run(
            {
                command.env("TMPDIR", folder.path(""));
                command
            },
            &text,
        );
        assert_eq!(done.exits(0).stdout.iter().filter(|b| **b == b'\n').count(), 5);
        assert_eq!(folder.names(), [""; 0]);
    }
}

#[test]
fn many_records_take_little_memory() {
    let folder = Folder::of("chatml-dedup");
    let record = |n: usize| good(&format!("{n} and {} and a few words more", n * 7919)) + "\n";
    let text: String = (0..5_000).map(record).collect();
    folder.put("in", &text);
    for args in ["", "--near", "--near --complete", "--keep last", "--contain"] {
        let done = folder.shell(&format!("ulimit -v 400000; exec $TOOL -j1 -q {args} in"));
        assert!(done.exits(0).stdout == text.as_bytes(), "{args}");
    }
    // The same record again and again takes no more than once.
    folder.put("in.gz", gzip(lines(&vec![good("1"); 1000]).as_bytes()).repeat(30));
    let done = folder.shell("ulimit -v 400000; exec $TOOL -j1 -q --near --report report in.gz");
    done.exits(0).writes(lines(&[good("1")]));
    assert_eq!(folder.json("report")["memory"]["keys"], 1);
    let done = dedup(&["-q"], lines(&vec![BAD; 1000]));
    done.exits(1).writes("");
    assert_eq!(done.err(), "");
}
