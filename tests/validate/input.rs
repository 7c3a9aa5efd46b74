//! The rules about an input as a whole, with the exact line and column, however it is cut into blocks.

use serde_json::Value;

use crate::util::{BAD, Done, Folder, good, lines, run};

/// `CODE LINE:COLUMN` of all findings; the same for blocks of one byte, of some and of many.
#[track_caller]
fn places(text: impl AsRef<[u8]>) -> Vec<String> {
    let whole = check(&text, "1000000").places();
    for block in ["1", "2", "7", "64"] {
        assert_eq!(check(&text, block).places(), whole, "blocks of {block}");
    }
    whole
}

/// Through a file and through a pipe, which must not differ.
#[track_caller]
fn check(text: impl AsRef<[u8]>, block: &str) -> Done {
    let folder = Folder::new();
    folder.put("<stdin>", &text);
    let through = |args: &[&str], stdin: &[u8]| {
        let args = [&["--check", "--format=json", "--ignore=L,T"], args].concat();
        let mut command = folder.tool(&args);
        command.env("CHATML_TEST_BLOCK", block);
        run(command, stdin)
    };
    let file = through(&["<stdin>"], b"");
    assert_eq!(file.places(), through(&[], text.as_ref()).places(), "file and pipe differ: {file}");
    file
}

fn bytes(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

#[test]
fn a_byte_order_mark_is_told_and_the_line_judged() {
    assert_eq!(places(format!("\u{feff}{}\n", good("1"))), ["B001 1:1"]);
    assert_eq!(places(format!("\u{feff}{BAD}\n")), ["B001 1:1", "S003 1:16"]);
    assert_eq!(places("\u{feff}\n"), ["B001 1:1", "B018 null:null"]);
    // Joined files: a mark in the middle is no JSON.
    let text = format!("{}\n\u{feff}{}\n", good("1"), good("2"));
    assert_eq!(places(&text), ["B004 2:1"]);
    assert!(check(&text, "64").out().contains("byte order mark stands in mid-file"));
    // Also what only shows across records counts the three bytes.
    let drift = r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"x":[1,"s"]}"#;
    let column = drift.find("\"s\"").unwrap() + 4;
    assert!(places(format!("\u{feff}{drift}\n")).contains(&format!("X001 1:{column}")));
}

#[test]
fn utf_16_and_32_are_one_finding_for_the_whole_input() {
    let text = lines(&[good("1"), good("2"), good("3")]);
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let wide: Vec<u8> = text.chars().flat_map(|c| (c as u32).to_be_bytes()).collect();
    let array: Vec<u8> = format!("[{text}]").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for input in [
        bytes(&[b"\xff\xfe", &little]),
        bytes(&[b"\xfe\xff", &big]),
        bytes(&[b"\0\0\xfe\xff", &wide]),
        little.clone(),
        big.clone(),
        array,
    ] {
        assert_eq!(places(&input), ["B002 1:1"]);
        let done = check(&input, "1000000");
        done.exits(1);
        let summary = done.json().pop().unwrap();
        assert_eq!(
            (summary["records_read"].clone(), summary["records_rejected"].clone()),
            (1.into(), 1.into())
        );
    }
}

#[test]
fn the_next_input_is_judged_after_one_that_cannot_be() {
    let folder = Folder::new();
    let wide: Vec<u8> =
        lines(&[good("1"), good("2")]).encode_utf16().flat_map(u16::to_le_bytes).collect();
    folder.put("wide", wide);
    folder.put("array", format!("[{},\n{}]\n", good("1"), good("2")));
    folder.put("good", lines(&[&good("1"), BAD]));
    for block in ["1", "1000000"] {
        let mut command = folder.tool(&["wide", "array", "good", "--check", "--format=json"]);
        command.env("CHATML_TEST_BLOCK", block);
        let done = run(command, b"");
        assert_eq!(done.places(), ["B002 1:1", "B005 1:1", "S003 2:13"], "{done}");
        let files: Vec<_> = done.json().iter().map(|f| f["file"].clone()).collect();
        assert_eq!(files[..3], ["wide", "array", "good"]);
        let summary = done.json().pop().unwrap();
        let first_line =
            |name: &str| folder.get(name).iter().position(|b| *b == b'\n').unwrap() + 1;
        let read = first_line("wide") + first_line("array") + folder.get("good").len();
        assert_eq!(summary["bytes"], read, "{done}");
    }
}

#[test]
fn one_array_as_the_file_is_one_finding() {
    let record = good("1");
    for text in [
        format!("[{record},{record}]\n"),
        format!("[{record}]"),
        format!("[\n{record},\n{record}\n]\n"),
        format!("  [ {record},\n{record}]"),
        "[\n".to_owned(),
        "[".to_owned(),
        format!("[\n  {}\n", "{\n".repeat(5)),
    ] {
        let column = text.find('[').unwrap() + 1;
        assert_eq!(places(&text), [format!("B005 1:{column}")], "{text}");
    }
    let text = format!("\u{feff}[{record}]\n");
    assert_eq!(places(text), ["B001 1:1", "B005 1:4"]);
    // Blank lines before it do not hide it.
    assert_eq!(places(format!("\n \n [\n{record}\n]\n")), ["B010 1:1", "B005 3:2"]);
    assert_eq!(places(format!("\n[{record}]\n")), ["B010 1:1", "B005 2:1"]);
}

#[test]
fn one_array_of_messages_a_line_is_not_an_array_file() {
    let list = r#"[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]"#;
    let text = lines(&[list, list, "[]", "[1]"]);
    assert_eq!(places(&text), ["B006 1:1", "B006 2:1", "B006 3:1", "B006 4:1"]);
    assert!(check(&text, "64").out().contains(r#"{\"messages\":[...]}"#));
}

#[test]
fn a_pretty_printed_file_is_told_once() {
    let pretty = "{\n  \"messages\": [\n    {\n      \"role\": \"user\"\n    }\n  ]\n}\n";
    for text in
        [pretty.repeat(9), pretty.repeat(9).replace('\n', "\r\n"), format!("\u{feff}{pretty}")]
    {
        let mut found = places(&text);
        found.retain(|place| !place.starts_with("B001") && !place.starts_with("B012"));
        let column = if text.starts_with('\u{feff}') { 5 } else { 2 };
        assert_eq!(found, [format!("B004 1:{column}")], "{text}");
        let done = check(&text, "64");
        assert!(done.out().contains("pretty-printed"), "{done}");
        let summary = done.json().pop().unwrap();
        let rules = &summary["rules"];
        let count = |code: &str| rules[code]["findings"].as_u64().unwrap_or(0);
        assert_eq!(count("B004") + count("B006"), text.lines().count() as u64, "{done}");
    }
    let done = crate::util::validate(&["--check"], pretty.repeat(9));
    assert!(done.out().contains("B004 invalid-json: "), "{done}");
    done.never_says("--per-rule-limit");
}

#[test]
fn blank_lines_before_a_record_and_behind_the_last_differ() {
    let one = &good("1");
    let (empty, blank): (&str, &str) = ("", " \t\r");
    assert_eq!(places(lines(&[one, empty, one])), ["B010 2:1"]);
    assert_eq!(places(lines(&[empty, one])), ["B010 1:1"]);
    assert_eq!(places(lines(&[one, empty])), ["B019 2:1"]);
    assert_eq!(places(lines(&[one, "", "", ""])), ["B019 2:1"]);
    assert_eq!(
        places(lines(&["", "", one, "", one, "", ""])),
        ["B010 1:1", "B010 4:1", "B019 6:1"]
    );
    assert_eq!(places(lines(&[one, blank, one])), ["B010 2:1", "B020 2:3"]);
    assert_eq!(places(format!("{one}\n\n ")), ["B019 2:1", "B011 3:1"]);
    let done = check(lines(&["", "", one, "", "", ""]), "1");
    assert!(done.out().contains("2 blank lines stand before a record"), "{done}");
    assert!(done.out().contains("3 blank lines end the input"), "{done}");
    assert_eq!(done.json().pop().unwrap()["blank_lines"], 5);
    // A form feed is not white space to JSON.
    assert_eq!(places(lines(&[one, "\u{c}"])), ["B004 2:1"]);
}

#[test]
fn blank_lines_keep_to_their_input() {
    let folder = Folder::new();
    folder.put("a", lines(&[good("1").as_str(), ""]));
    folder.put("b", lines(&["", good("1").as_str()]));
    folder.put("c", lines(&["", ""]));
    let done = folder.run(&["--check", "--format=json", "a", "b", "c"], "");
    assert_eq!(done.places(), ["B019 2:1", "B010 1:1"], "{done}");
    assert_eq!(done.json().pop().unwrap()["blank_lines"], 4);
}

#[test]
fn a_missing_final_newline_is_told_at_the_last_byte() {
    let one = good("1");
    assert_eq!(places(&one), [format!("B011 1:{}", one.len())]);
    assert_eq!(places(format!("{one}\n{one}")), [format!("B011 2:{}", one.len())]);
    assert_eq!(places(format!("{one}\n{{\"mess")), ["B011 2:6", "B004 2:7"]);
    assert!(check(format!("{one}\n{{\"mess"), "1").out().contains("the file is cut off"));
    let folder = Folder::new();
    folder.put("a", &one);
    folder.put("b", &one);
    let done = folder.run(&["--check", "--format=json", "a", "b"], "");
    assert_eq!(done.places().len(), 2, "{done}");
}

#[test]
fn line_endings_are_told_once_an_input() {
    let one = good("1");
    let end = one.len() + 1;
    assert_eq!(places(format!("{one}\r\n{one}\r\n")), [format!("B012 1:{end}")]);
    let text = format!("{one}\r\n{one}\n{one}\r\n{one}\n");
    assert_eq!(places(text), [format!("B012 1:{end}"), format!("B020 2:{end}")]);
    assert_eq!(places(format!("{one}\n{one}\n{one}\r\n{one}\r\n")), [format!("B020 3:{end}")]);
    // An unterminated last line has no ending to compare.
    let text = format!("{one}\r\n{one}");
    assert_eq!(places(text), [format!("B012 1:{end}"), format!("B011 2:{}", end - 1)]);
    let text = format!("\u{feff}{one}\r\n");
    assert_eq!(places(text), ["B001 1:1".to_owned(), format!("B012 1:{}", end + 3)]);
    assert_eq!(places("\r\n\n"), ["B012 1:1", "B020 2:1", "B018 null:null"]);
    // A CR alone ends no line.
    let text = format!("{one}\r{one}\n");
    assert_eq!(places(text), [format!("B017 1:{}", end + 1)]);
}

#[test]
fn all_inputs_without_a_record_are_empty() {
    let folder = Folder::new();
    folder.put("a", "");
    folder.put("b", "\n");
    let done = folder.run(&["--check", "--format=json", "a", "b"], "");
    assert_eq!(done.places(), ["B018 null:null"], "{done}");
    assert_eq!(done.json()[0]["file"], "all inputs");
    folder.put("c", BAD);
    let done = folder.run(&["--check", "--format=json", "a", "c", "b"], "");
    assert!(!done.out().contains("B018"), "{done}");
}

#[test]
fn a_line_over_the_limit_is_told_and_the_next_one_judged() {
    let long = format!("{{\"text\":\"{}\"}}", "a".repeat(5000));
    for limit in ["100", "4096", "5000"] {
        for (text, bad_line) in [
            (lines(&[&good("1"), &long, &good("2"), BAD]), 4),
            (lines(&[long.as_str(), BAD]), 2),
            (lines(&[good("1").as_str(), BAD]) + &long, 2),
        ] {
            let mut reports = Vec::new();
            for block in ["1", "64", "1000000"] {
                for piped in [false, true] {
                    let folder = Folder::new();
                    folder.put("in", &text);
                    let mut args =
                        vec!["--max-line-bytes", limit, "--rejects", "bad", "--report=report"];
                    args.extend((!piped).then_some("in"));
                    let mut command = folder.tool(&args);
                    command.env("CHATML_TEST_BLOCK", block);
                    let done = run(command, if piped { text.as_bytes() } else { b"" });
                    let kept: Vec<_> =
                        text.lines().filter(|line| line.starts_with("{\"messages\":[{")).collect();
                    done.exits(1).writes(lines(&kept));
                    let long_line = text.lines().position(|line| line == long).unwrap() + 1;
                    done.says(&format!(":{long_line}:1: error[B015] line-too-long"));
                    done.says(&format!(":{bad_line}:13: error[S003]"));
                    assert_eq!(folder.get("bad"), lines(&[BAD]).as_bytes());
                    let mut report = folder.json("report");
                    assert_eq!(report["records_read"], text.lines().count());
                    assert_eq!(report["records_rejected"], 2);
                    assert_eq!(report["bytes"], text.len(), "{block} {piped}");
                    (report["seconds"], report["inputs"]) = (Value::Null, Value::Null);
                    reports.push(report);
                }
            }
            assert!(reports.iter().all(|report| *report == reports[0]));
        }
    }
}

#[test]
fn no_output_replaces_the_tokenizer_or_the_list_of_inputs() {
    let folder = Folder::new();
    folder.put("data", format!("{}\n", good("Hi")));
    let model = serde_json::json!({"type": "WordLevel", "vocab": {"?": 0}, "unk_token": "?"});
    folder.put("tokenizer.json", serde_json::json!({"model": model}).to_string());
    folder.put("list", "data\0");
    let args = ["--max-tokens", "9", "--tokenizer", "tokenizer.json", "--files0-from", "list"];
    folder.run(&args, "").exits(0);
    for name in ["tokenizer.json", "list"] {
        let before = folder.get(name);
        for output in ["-o", "--report", "--rejects"] {
            folder.run(&[&args[..], &[output, name]].concat(), "").exits(2).says(name);
            assert!(folder.get(name) == before, "{output} {name}");
        }
    }
}
