//! `--pass`: records go on byte for byte.

use crate::util::{Folder, chat, lines, stats};

/// A byte order mark, line endings of both kinds, blank and unusable lines, no line feed at the end.
fn data() -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let record = |text: &str| chat(&[("user", text), ("assistant", "Yes")]);
    let (one, two, three) = (record("1"), record("é \\u00e9"), format!(" {} ", record("3")));
    let all = format!("\u{feff}{one}\r\n\n{two}\n \t\nbad one\r\n{{\"x\":1}}\n{three}");
    (
        all.into_bytes(),
        format!("\u{feff}{one}\r\n{two}\n{three}\n").into_bytes(),
        b"bad one\r\n{\"x\":1}\n".to_vec(),
    )
}

#[test]
fn records_go_on_and_the_report_goes_to_standard_error() {
    let (all, records, rejects) = data();
    for jobs in ["1", "2", "8"] {
        let folder = Folder::of("chatml-stats");
        let done = folder.run(&["--pass", "-j", jobs, "--rejects", "rejects"], &all);
        done.exits(1).writes(&records);
        done.says("<stdin>:5:1: not JSON")
            .says("2 lines could not be used")
            .says("Records\n  records");
        assert_eq!(folder.get("rejects"), rejects);
    }
}

#[test]
fn with_a_report_file_standard_error_has_none() {
    let (all, records, _) = data();
    let folder = Folder::of("chatml-stats");
    let done = folder.run(&["-q", "--pass", "--report", "report", "-o", "out"], &all);
    done.exits(1).writes("").never_says("Records");
    assert_eq!(folder.get("out"), records);
    let report = folder.json("report");
    assert_eq!(
        [&report["records_read"], &report["records_written"], &report["records_rejected"]]
            .map(|n| n.as_u64()),
        [Some(5), Some(3), Some(2)]
    );
    assert_eq!(report["tool"], "chatml-stats");
}

#[test]
fn between_messages_the_report_is_one_line_and_in_its_file_it_is_alone() {
    let (all, ..) = data();
    let folder = Folder::of("chatml-stats");
    let gate = ["--gate", "records.count > 9"];
    let done = folder.run(&[&["--pass", "--format", "json"], &gate[..]].concat(), &all);
    let told = done.exits(1).err();
    let lines: Vec<&str> = told.lines().collect();
    let [.., summary, report, gated] = lines[..] else { panic!("{told}") };
    assert!(summary.starts_with("2 lines could not") && gated.starts_with("gate: "), "{told}");
    let report: serde_json::Value = serde_json::from_str(report).unwrap();
    folder.run(&[&["--pass", "--report", "report"], &gate[..]].concat(), &all).exits(1);
    assert_eq!(folder.json("report")["records"], report["records"]);
}

#[test]
fn a_gate_says_so_after_all_records() {
    let records = lines(&[chat(&[("user", "1")]), chat(&[("user", "2")])]);
    let done = stats(&["--pass", "--gate", "records.count > 2"], &records);
    done.exits(1).writes(&records).says("gate: records.count is 2, wanted > 2");
}

#[test]
fn what_contradicts_it_is_refused() {
    for other in ["--partial", "--merge", "--compare"] {
        stats(&["--pass", other], "").exits(2).says("cannot be used with");
    }
}

#[test]
fn a_report_that_cannot_be_written_to_standard_error_is_trouble() {
    let folder = Folder::of("chatml-stats");
    folder.put("in", lines(&[chat(&[("user", "1")])]));
    for (script, status) in [
        ("$TOOL --pass in >/dev/null 2>/dev/full", 2),
        ("$TOOL --pass in >/dev/null 2>&-", 2),
        ("$TOOL --pass in >/dev/null 2>/dev/null", 0),
        ("$TOOL --pass --report report in >/dev/null 2>&-", 0),
    ] {
        folder.shell(script).exits(status);
    }
}

#[test]
fn a_report_that_nobody_is_told_is_refused() {
    let text = lines(&[chat(&[("user", "1")])]);
    stats(&["-q", "--pass"], &text).exits(2).writes("").says("--pass has no effect with --quiet");
    stats(&["-q", "--pass", "--gate", "records.count == 1"], &text).exits(0).writes(&text);
}
