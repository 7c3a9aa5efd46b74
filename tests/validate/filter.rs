//! As a filter it writes exactly the valid lines, as they came, and counts every other one.

use std::path::Path;

use serde_json::json;

use crate::util::{BAD, Folder, good, lines, run, validate};

#[test]
fn valid_lines_come_out_as_they_came() {
    let odd = [
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"n":18446744073709551616}"#.to_owned(),
        r#" { "messages" : [ { "content":"a\/\u00e9" , "role":"user" },	{"role":"assistant","content":"é"} ] }  "#.to_owned(),
        format!("{}\r", good("crlf")),
        r#"{"z":1.10,"a":1e2,"n":-0,"messages":[{"role":"user","content":"😀"},{"role":"assistant","content":"\ud83d\ude00"}]}"#.to_owned(),
        format!(r#"{{"id":{},"messages":[{{"role":"user","content":"a"}},{{"role":"assistant","content":"b"}}]}}"#, "9".repeat(400)),
    ];
    let text = lines(&odd);
    validate(&[], &text).exits(0).writes(&text);
    let with_mark = format!("\u{feff}{text}");
    validate(&["-q"], &with_mark).exits(0).writes(&with_mark);
}

#[test]
fn the_last_line_gets_the_newline_it_lacks() {
    validate(&[], good("a")).exits(0).writes(lines(&[good("a")]));
    validate(&[], format!("{}\n{BAD}", good("a"))).exits(1).writes(lines(&[good("a")]));
}

#[test]
fn only_invalid_lines_are_left_out() {
    let text = lines(&[&good("1"), BAD, &good("2"), "{", "", &good("3"), "[]"]);
    let done = validate(&[], text);
    done.exits(1).writes(lines(&[good("1"), good("2"), good("3")]));
    done.says("<stdin>:2:13: error[S003] messages-empty: ");
    done.says("6 records: 3 valid, 3 invalid");
}

#[test]
fn rejects_are_the_other_lines_byte_for_byte() {
    let folder = Folder::new();
    let bad = format!("{BAD}\r");
    let text = lines(&[&good("1"), &bad, "\"\u{1}\"", &good("2")]) + "{\"a\":";
    let done = folder.run(&["--rejects", "bad", "-o", "out", "--report", "report"], &text);
    done.exits(1).writes("");
    assert_eq!(folder.get("out"), lines(&[good("1"), good("2")]).as_bytes());
    assert_eq!(folder.get("bad"), lines(&[&bad, "\"\u{1}\"", "{\"a\":"]).as_bytes());
    let report = folder.json("report");
    assert_eq!(report["records_read"], 5);
    assert_eq!(report["records_written"], 2);
    assert_eq!(report["records_rejected"], 3);
    assert_eq!(folder.names(), ["bad", "out", "report"]);
}

#[test]
fn the_report_counts_everything() {
    let folder = Folder::new();
    let text = lines(&[&good("1"), "", BAD, BAD]);
    let text = text.trim_end_matches('\n');
    folder.put("a", text);
    folder.put("b", good("<s>"));
    folder.run(&["a", "--report", "report", "b", "--profile", "openai,trl"], "").exits(1);
    let report = folder.json("report");
    let keys: Vec<_> = report.as_object().unwrap().keys().map(String::as_str).collect();
    let common = ["schema", "tool", "version", "records_read", "records_written"];
    assert_eq!(keys[..5], common);
    assert_eq!(keys[5..7], ["records_rejected", "seconds"]);
    assert_eq!(report["schema"], 1);
    assert_eq!(report["tool"], "chatml-validate");
    assert_eq!(report["records_read"], 4);
    assert_eq!(report["records_valid"], 2);
    assert_eq!(report["records_rejected"], 2);
    assert_eq!(report["complete"], true);
    assert_eq!(report["blank_lines"], 1);
    assert_eq!(report["bytes"], text.len() + good("<s>").len());
    assert_eq!(report["inputs"], json!(["a", "b"]));
    assert_eq!(report["profiles"], json!(["openai", "trl"]));
    assert_eq!(report["rules"]["S003"]["findings"], 2);
    assert_eq!(report["rules"]["S003"]["records"], 2);
    assert_eq!(report["rules"]["C001"]["name"], "special-token");
    let sum = |key: &str| {
        let rules = report["rules"].as_object().unwrap().values();
        rules.map(|rule| rule[key].as_u64().unwrap()).sum::<u64>()
    };
    for key in ["errors", "warnings", "infos"] {
        assert_eq!(report[key], sum(key), "{key}");
    }
    assert_eq!(sum("findings"), sum("errors") + sum("warnings") + sum("infos"));
}

#[test]
fn quiet_leaves_the_records_and_the_status() {
    let text = lines(&[&good("1"), BAD]);
    let done = validate(&["-q"], &text);
    done.exits(1).writes(lines(&[good("1")]));
    assert_eq!(done.err(), "");
}

#[test]
fn exit_zero_forgives_invalid_records_and_nothing_else() {
    validate(&["--exit-zero"], BAD).exits(0).writes("");
    validate(&["--exit-zero", "no-such-file"], "").exits(2);
    validate(&["--exit-zero", "--no-such-option"], "").exits(2);
}

#[test]
fn fail_fast_passes_on_what_stands_before_the_first_error() {
    let folder = Folder::new();
    let text = lines(&[&good("1"), "", &good("2"), BAD, "", &good("3"), BAD]);
    for block in ["1", "64", "1000000"] {
        let mut command = folder.tool(&["--fail-fast", "--report", "report", "--rejects", "bad"]);
        let done = crate::util::run(
            {
                command.env("CHATML_TEST_BLOCK", block);
                command
            },
            &text,
        );
        done.exits(1).writes(lines(&[good("1"), good("2")]));
        assert_eq!(done.err().matches("error[").count(), 1, "{done}");
        assert_eq!(folder.get("bad"), lines(&[BAD]).as_bytes());
        let report = folder.json("report");
        assert_eq!(report["records_read"], 3);
        assert_eq!(report["records_rejected"], 1);
        assert_eq!(report["blank_lines"], 1);
        assert_eq!(report["bytes"], lines(&[&good("1"), "", &good("2"), BAD]).len());
    }
}

#[test]
fn fail_fast_stops_at_an_error_that_only_other_lines_show() {
    let text = lines(&[&good("1"), "", "", "", &good("2")]);
    for block in ["1", "1000000"] {
        let mut command = Folder::new().tool(&["--fail-fast", "--error", "B010"]);
        command.current_dir("/").env("CHATML_TEST_BLOCK", block);
        let done = crate::util::run(command, &text);
        done.exits(1).writes(lines(&[good("1")])).says("<stdin>:2:1: error[B010]");
        done.says("1 record: 1 valid, 0 invalid");
    }
    // A record of another kind than the first: X003.
    let other = r#"{"prompt":[{"role":"user","content":"a"}]}"#;
    let done = validate(&["--fail-fast"], lines(&[&good("1"), other, &good("2")]));
    // It is about the stream: the record itself is passed on.
    done.exits(1).writes(lines(&[&good("1"), other])).says(":2:1: error[X003]");
}

#[test]
fn what_is_about_the_stream_is_an_error_and_rejects_no_record() {
    let folder = Folder::new();
    let other = r#"{"prompt":[{"role":"user","content":"a"}]}"#;
    let text = lines(&[&good("1"), &good("2"), other, &good("3")]);
    let again = lines(&[good("1"), good("1")]);
    let drift = lines(&[r#"],"n":1}"#, r#"],"n":"1"}"#].map(|end| good("1").replace("]}", end)));
    for (code, text) in [("X003", text), ("X006", again), ("X001", drift)] {
        let args = ["--error", code, "--rejects", "bad", "--report", "report"];
        let done = folder.run(&args, &text);
        done.exits(1).writes(&text).says(&format!("error[{code}]")).says("0 invalid");
        assert_eq!(folder.get("bad"), b"");
        let report = folder.json("report");
        assert_eq!(report["records_written"], report["records_read"]);
        assert_eq!(report["records_rejected"], 0);
        assert_eq!(report["errors"], 1);
    }
}

#[test]
fn a_document_of_findings_has_no_words_around_it() {
    let text = lines(&[&good("1"), BAD]);
    let done = validate(&["--format", "json"], &text);
    done.exits(1).writes(lines(&[good("1")]));
    let err = done.err();
    let all: Vec<_> = err
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect(line)["type"].clone())
        .collect();
    assert_eq!(all, ["finding", "summary"]);
    let done = validate(&["--format", "sarif"], &text);
    done.exits(1).writes(lines(&[good("1")]));
    serde_json::from_str::<serde_json::Value>(&done.err()).expect("one document");
    validate(&["--format", "github"], &text).exits(1).says("2 records: 1 valid, 1 invalid");
}

#[test]
fn standard_output_can_be_named() {
    let folder = Folder::new();
    for name in ["-", "/dev/stdout"] {
        folder.run(&["-o", name], lines(&[&good("1"), BAD])).exits(1).writes(lines(&[good("1")]));
        // Also where it is a file, which keeps what stood in it.
        folder.put("out", "old\n");
        folder.put("in", good("1"));
        folder.shell(&format!("$TOOL in -o {name} >> out")).exits(0);
        assert_eq!(
            folder.get("out"),
            ["old".to_owned(), good("1"), String::new()].join("\n").as_bytes()
        );
    }
    assert_eq!(folder.names(), ["in", "out"]);
}

#[test]
fn what_cannot_be_read_never_counts_as_valid() {
    // Only one rule is asked for; the line that nobody can read is told all the same.
    for bad in ["{", "[]", "{}{}", "\"\\ud8", "nonsense"] {
        let done = validate(&["--select", "T001"], lines(&[&good("1"), bad]));
        done.exits(1).writes(lines(&[good("1")]));
    }
    let wide: Vec<u8> = good("a").encode_utf16().flat_map(u16::to_le_bytes).collect();
    validate(&["--select", "T001"], &wide).exits(1).writes("").says("B002");
    validate(&["--select", "T001"], format!("[{}]", good("a"))).exits(1).writes("").says("B005");
    // An array that is to be let through is judged line by line.
    validate(&["--warn", "B005"], "[\n{}\n]\n").exits(1).writes("");
    // Not to be told of it does not make it a record.
    validate(&["--ignore", "B"], "[\nnonsense\n").exits(1).writes("");
}

#[test]
fn a_mark_of_a_further_input_does_not_come_into_the_middle() {
    let folder = Folder::new();
    let marked = format!("\u{feff}{}\n", good("a"));
    folder.put("a", &marked);
    folder.run(&["a", "a"], "").exits(0).writes(format!("{marked}{}\n", good("a")));
}

#[test]
fn findings_of_a_check_go_where_they_are_sent() {
    let folder = Folder::new();
    folder.run(&["--check", "-o", "found"], "{}\n").exits(1).writes("");
    assert!(String::from_utf8_lossy(&folder.get("found")).starts_with("<stdin>:1:1: error[S001]"));
}

#[test]
fn several_files_are_one_stream() {
    let folder = Folder::new();
    folder.put("a", good("a"));
    folder.put("b", lines(&[BAD, &good("b")]));
    folder.put("empty", "");
    let done = folder.run(&["a", "empty", "-", "b"], lines(&[good("in")]));
    done.exits(1).writes(lines(&[good("a"), good("in"), good("b")])).says("b:1:13: error[S003]");
    folder.run(&["-", "-"], "").exits(2).says("only once");
    folder.run(&["a", "--", "-x"], "").exits(2).says("-x: cannot open: No such file");
}

#[test]
fn names_can_come_from_a_list() {
    let folder = Folder::new();
    folder.put("a b", lines(&[good("a")]));
    folder.put("c\nd", lines(&[good("c")]));
    folder.put("list", b"a b\0c\nd\0");
    let all = lines(&[good("a"), good("c")]);
    folder.run(&["--files0-from", "list"], "").exits(0).writes(&all);
    folder.run(&["--files0-from=-"], b"a b\0c\nd").exits(0).writes(&all);
    folder.run(&["--files0-from=list", "x"], "").exits(2).says("--files0-from");
    folder.run(&["--files0-from=-"], b"-\0").exits(2).says("no FILE");
    folder.run(&["--files0-from=-"], b"a b\0\0").exits(2).says("file name 2 is empty");
}

#[test]
fn an_empty_list_of_names_is_an_empty_input() {
    let folder = Folder::new();
    folder.put("list", "");
    // Standard input is not read in its place.
    folder.run(&["--files0-from", "list"], good("a")).exits(0).writes("").says("B018");
}

#[test]
fn archives_are_unpacked_unless_told_otherwise() {
    let folder = Folder::new();
    let text = lines(&[good("a"), good("b")]);
    let packed = crate::faults::gzip(text.as_bytes());
    folder.put("a.jsonl.gz", &packed);
    folder.run(&["a.jsonl.gz"], "").exits(0).writes(&text);
    folder.run(&[], &packed).exits(0).writes(&text);
    folder.run(&["--no-decompress"], &packed).exits(1).writes("").says("B003");
}

#[test]
fn a_format_that_is_not_read_is_trouble_with_the_way_out() {
    for (magic, words) in [
        (
            &b"BZh91AY&SY"[..],
            "looks like bzip2, which is not read; pipe in the output of `bzip2 -dc",
        ),
        (
            b"\x04\x22\x4d\x18d@\xa7",
            "looks like lz4, which is not read; pipe in the output of `lz4 -dc",
        ),
        (
            b"PK\x03\x04\x14\0",
            "looks like a zip archive, which is not read; pipe in the output of `unzip",
        ),
        (b"PAR1\x15\x04", "looks like parquet, which is not read; convert it to JSON lines"),
    ] {
        let folder = Folder::new();
        let packed = [magic, &b"\n\xff\n{".repeat(100)].concat();
        folder.put("in", &packed);
        folder.put("ok", lines(&[good("a")]));
        // A file is refused before there is any output.
        let done = folder.run(&["ok", "in", "-o", "out"], "");
        done.exits(2).writes("").says(&format!("chatml-validate: in: {words}"));
        assert_eq!(done.err().lines().count(), 1, "{done}");
        assert_eq!(folder.names(), ["in", "ok"]);
        folder.shell("$TOOL < in").exits(2).writes("").says(&format!("<stdin>: {words}"));
        folder
            .shell(
                "head -c 3 in > one; tail -c +4 in > two; { cat one; sleep 0.1; cat two; } | $TOOL",
            )
            .exits(2)
            .writes("")
            .says(&format!("<stdin>: {words}"));
        folder.run(&["--no-decompress", "in"], "").exits(1).says("B003");
    }
    // What only begins like one is judged.
    for start in ["P", "PK", "PAR", "BZ", "\u{4}"] {
        validate(&[], start).exits(1).says("B004");
    }
}

#[test]
fn two_names_of_one_output_are_one_output() {
    let folder = Folder::new();
    let text = lines(&[good("a")]);
    folder.put("a", &text);
    std::fs::create_dir_all(folder.path("new")).unwrap();
    for (one, other) in [("x", "x"), ("x", "./x"), ("new/../x", "x")] {
        let done = folder.run(&["-o", one, "--rejects", other], &text);
        done.exits(2).says("is also the output");
        assert!(!folder.path("x").exists());
    }
    folder.shell("$TOOL a --rejects x > x").exits(2).says("x: is also standard output");
    // A device may be written to by all.
    folder.run(&["-o", "/dev/null", "--rejects", "/dev/null", "--report=/dev/null"], BAD).exits(1);
    let null = std::fs::metadata("/dev/null").unwrap();
    assert!(!null.is_file());
}

#[test]
fn an_output_takes_the_place_of_an_older_one_and_keeps_its_mode() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let path = folder.put("out", "old");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("out", folder.path("link")).unwrap();
    folder.run(&["-o", "link"], good("a")).exits(0).writes("");
    assert_eq!(folder.get("out"), lines(&[good("a")]).as_bytes());
    assert!(std::fs::symlink_metadata(folder.path("link")).unwrap().is_symlink());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(folder.names(), ["link", "out"]);
}

#[test]
fn a_wrong_command_line_is_told_with_the_way_out() {
    let table: &[(&[&str], &str)] = &[
        (&["--profile", "opanai"], "no profile \"opanai\"; there are default, openai,"),
        (&["--select", "Z001"], "no rule, prefix or name \"Z001\"; --list-rules shows them"),
        (&["--ignore", "no-such"], "\"no-such\"; --list-rules shows them"),
        (&["--explain", "Z001"], "no rule \"Z001\"; --list-rules shows them"),
        (&["--unsafe-fixes"], "--unsafe-fixes needs --fix or --diff"),
        (
            &["--check", "--fix"],
            "--check repairs nothing; use --diff to see the repairs, or drop --check\n",
        ),
        (&["--check", "--diff"], "--check writes findings and --diff repairs; leave out one"),
        (&["--check", "--fix", "--diff"], "leave out one"),
        (&["--tokenizer", "o200k_base"], "--max-tokens"),
        (&["--max-tokens", "9", "--tokenizer", "no-such"], "no-such"),
        (&["--max-line-bytes", "0"], "at least 1 byte"),
        (&["-j", "x"], "a number from 0 to 1024 is needed"),
        (&["--chek"], "--check"),
    ];
    for (args, text) in table {
        let done = validate(args, "");
        done.exits(2).says(text).writes("");
        assert!(done.err().starts_with("chatml-validate: "), "{done}");
    }
}

#[test]
fn a_wrong_value_in_the_environment_is_told_by_the_name_of_its_variable() {
    let with = |value: &str, args: &[&str]| {
        let folder = Folder::new();
        let mut command = folder.tool(args);
        command.env("CHATML_JOBS", value);
        run(command, good("a"))
    };
    for value in ["many", "-1", "2000", "a\u{1b}[2J\nb"] {
        let done = with(value, &[]);
        done.exits(2).writes("").says("for 'CHATML_JOBS': a number from 0 to 1024 is needed\n");
        done.never_says("--jobs").never_says("\u{1b}");
    }
    with("many", &["-j", "x"]).exits(2).says("for '--jobs <N>'").never_says("CHATML_JOBS");
    with("many", &["-j", "2"]).exits(0);
    with("", &[]).exits(0);
}

#[test]
fn a_missing_file_is_told_before_anything_is_written() {
    let folder = Folder::new();
    folder.put("a", lines(&[good("a")]));
    let done = folder.run(&["a", "missing", "-o", "out"], "");
    done.exits(2).writes("");
    assert_eq!(done.err(), "chatml-validate: missing: cannot open: No such file or directory\n");
    assert!(!Path::new(&folder.path("out")).exists());
}
