//! What cannot be used is named, counted and put aside byte for byte, and the next line is fine.

use crate::util::{Folder, asked, dedup, good, lines};

/// Lines that hold no conversation, with what is said of them.
const UNUSABLE: [(&str, &str); 17] = [
    ("{", ":2: not JSON: the text ends"),
    (r#"{"messages":[{"role":"user","content":"a"}"#, ":43: not JSON: "),
    (r#"{"messages":[{"role":"user","content":"\x"}]}"#, ":41: not JSON: "),
    (r#"{"messages":[]}{"messages":[]}"#, ":16: not JSON: more than one value"),
    ("nonsense", ":2: not JSON: "),
    (r#"[{"role":"user","content":"a"}]"#, ":1: an array, wanted an object; one record a line"),
    ("17", ":1: not an object"),
    ("\"text\"", ":1: not an object"),
    (r#"{"messages":"x"}"#, ":13: messages is no array"),
    (r#"{"messages":null}"#, ":13: messages is no array"),
    (r#"{"messages":[]}"#, ":13: messages is empty"),
    (r#"{"messages":["a"]}"#, ":13: messages holds something that is no object"),
    ("{}", ":1: the record has no messages; name a field with --by /FIELD, or use --by record"),
    (r#"{"conversations":[{"from":"human","value":"a"}]}"#, ":1: the record is ShareGPT"),
    (r#"{"instruction":"a","output":"b"}"#, ":1: the record is Alpaca"),
    (r#"{"prompt":"a","completion":"b"}"#, ":1: the record is prompt/completion text"),
    (
        r#"{"prompt":[{"role":"user","content":"a"}],"chosen":[],"rejected":[]}"#,
        ":1: the record is TRL preference and has no messages; name a field with --by /FIELD, or use --by record",
    ),
];

const MODES: [&[&str]; 7] = [
    &[],
    &["--near"],
    &["--contain"],
    &["--keep", "last"],
    &["--count"],
    &["--annotate", "/x"],
    &["--emit-keys=ids"],
];

/// What the summary says where no record goes.
fn all_stay(mode: &[&str], records: usize) -> String {
    match mode.first() {
        Some(&"--annotate") => format!("{records} records: {records} would stay, 0 would go"),
        _ => format!("{records} records: {records} kept, 0 removed"),
    }
}

#[test]
fn an_unusable_line_is_named_and_the_next_one_is_fine() {
    for (line, why) in UNUSABLE {
        for mode in MODES {
            let folder = Folder::of("chatml-dedup");
            let text = lines(&[&good("1"), line, &good("2")]);
            let done = folder.run(&[mode, &["--rejects", "rejects"]].concat(), &text);
            done.exits(1).says(&all_stay(mode, 2));
            assert_eq!(done.out().lines().count(), 2, "{done}");
            done.says(&format!("<stdin>:2{why}")).says("; left out\n");
            done.says("1 line could not be used and is left out\n");
            assert_eq!(folder.get("rejects"), lines(&[line]).as_bytes());
        }
    }
}

#[test]
fn rejects_are_the_other_lines_byte_for_byte() {
    let folder = Folder::of("chatml-dedup");
    let mut text = Vec::new();
    let mut rejects = Vec::new();
    for (line, _) in UNUSABLE {
        let bad = [line.as_bytes(), b" \t\r\n"].concat();
        text.extend_from_slice(&bad);
        rejects.extend_from_slice(&bad);
        text.extend_from_slice(lines(&["", &good("same")]).as_bytes());
    }
    text.extend_from_slice(b"{\"a\":\"\xff\x00\"}\n\xff");
    rejects.extend_from_slice(b"{\"a\":\"\xff\x00\"}\n\xff\n");
    for keep in ["first", "last"] {
        let args = ["--keep", keep, "--rejects", "rejects", "--report", "report"];
        let done = folder.run(&args, &text);
        done.exits(1)
            .writes(lines(&[good("same")]))
            .says("19 lines could not be used and are left out");
        assert_eq!(
            folder.get("rejects").escape_ascii().to_string(),
            rejects.escape_ascii().to_string()
        );
        let report = folder.json("report");
        assert_eq!(report["records_rejected"], 19);
        assert_eq!(report["records_read"], 19 + 17);
        assert_eq!(report["blank_lines"], 17);
    }
    folder.run(&["-q", "--exit-zero"], &text).exits(0).writes(lines(&[good("same")]));
}

#[test]
fn a_file_of_another_format_is_told_in_some_lines_and_a_number() {
    let text = lines(&vec![r#"{"text":"a"}"#; 1000]);
    let done = dedup(&[], &text);
    done.exits(1).writes("").says("1,000 lines could not be used and are left out");
    assert_eq!(done.err().matches("; left out\n").count(), 20);
    let done = dedup(&["-q"], &text);
    assert_eq!(done.exits(1).err(), "");
    // It needs no messages to be compared as a whole.
    dedup(&["--by", "record"], &text).exits(0).writes(lines(&[r#"{"text":"a"}"#]));
    dedup(&["--by", "/text"], &text).exits(0).writes(lines(&[r#"{"text":"a"}"#]));
}

#[test]
fn what_comes_out_is_what_came_in() {
    let odd = [
        r#"{"messages":[{"role":"user","content":"a"}],"n":18446744073709551616,"x":1.10,"y":1e2,"z":-0}"#.to_owned(),
        r#" { "messages" : [ { "content":"a\/\u00e9" , "role":"user" },	{"role":"assistant","content":"é"} ] }  "#.to_owned(),
        format!("{}\r", good("crlf")),
        r#"{"messages":[{"role":"user","content":"😀"},{"role":"assistant","content":"\ud83d\ude00"}]}"#.to_owned(),
        r#"{"messages":[{"role":"user","content":null}],"messages":[{"role":"tool","content":["x"]}]}"#.to_owned(),
    ];
    let text = lines(&odd);
    for mode in [&[][..], &["--near"], &["--contain"], &["--keep", "last"], &["--by", "record"]] {
        dedup(mode, &text).exits(0).writes(&text);
        let marked = format!("\u{feff}{text}");
        dedup(mode, &marked).exits(0).writes(&marked);
    }
}

#[test]
fn line_endings_marks_and_blank_lines_make_no_difference_of_records() {
    let folder = Folder::of("chatml-dedup");
    let a = good("a");
    folder.put("one", format!("\u{feff}{a}\r\n\r\n \t\n{a}\n"));
    folder.put("two", format!("\u{feff}{a}\r\n{}", good("b")));
    let wanted = format!("\u{feff}{a}\r\n{}\n", good("b"));
    folder.run(&["--report", "report", "one", "two"], "").exits(0).writes(&wanted);
    assert_eq!(folder.json("report")["blank_lines"], 2);
    // A mark of a further input does not come into the middle.
    let other = format!("{}\n", good("c"));
    folder.put("three", format!("\u{feff}{other}"));
    for keep in ["first", "last"] {
        let done = folder.run(&["--keep", keep, "two", "three"], "");
        assert_eq!(done.exits(0).out().matches('\u{feff}').count(), 1, "{done}");
    }
}

#[test]
fn the_last_line_gets_the_newline_it_lacks() {
    for mode in [&[][..], &["--keep", "last"], &["--near"]] {
        dedup(mode, good("a")).exits(0).writes(lines(&[good("a")]));
        let text = format!("{}\n{}", good("a"), good("b"));
        dedup(mode, &text).exits(0).writes(text + "\n");
    }
    let folder = Folder::of("chatml-dedup");
    folder.put("a", good("a"));
    folder.put("b", good("b"));
    folder.run(&["a", "b"], "").exits(0).writes(lines(&[good("a"), good("b")]));
    folder.run(&["--keep", "last", "a", "b"], "").exits(0).writes(lines(&[good("a"), good("b")]));
}

#[test]
fn no_records_are_no_trouble() {
    for text in ["", "\n", " \t\r\n\n", "\u{feff}", "\u{feff}\n"] {
        for mode in MODES {
            dedup(mode, text).exits(0).writes("").says(&all_stay(mode, 0));
        }
    }
}

#[test]
fn a_line_over_the_limit_is_named_and_the_next_one_is_fine() {
    let folder = Folder::of("chatml-dedup");
    let long = good(&"a".repeat(9000));
    let (one, two) = (asked(1, "a", "x"), asked(2, "a", "x"));
    for last in ["", "\n"] {
        let text = format!("{one}\n{long}\n{two}\n{long}{last}");
        for (keep, stays) in [("first", &one), ("last", &two)] {
            for block in ["", "1", "64", "4096"] {
                let args =
                    ["--keep", keep, "--max-line-bytes", "4K", "--rejects", "r", "--report", "s"];
                let mut command = folder.tool(&args);
                if !block.is_empty() {
                    command.env("CHATML_TEST_BLOCK", block);
                }
                let done = crate::util::run(command, &text);
                done.exits(1).writes(lines(&[stays]));
                for line in [2, 4] {
                    done.says(&format!(
                        "<stdin>:{line}:1: the line is longer than 4096 bytes (--max-line-bytes); left out, also of the rejects\n"
                    ));
                }
                assert_eq!(folder.get("r"), b"");
                let report = folder.json("s");
                assert_eq!(report["records_rejected"], 2);
                assert_eq!(report["bytes"], text.len());
            }
        }
    }
}

#[test]
fn deep_and_wide_records_are_compared_or_told() {
    let deep = |depth: usize| {
        let value = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        good("a").replacen('{', &format!("{{\"x\":{value},"), 1)
    };
    for by in ["messages", "record"] {
        let done =
            dedup(&["--by", by], lines(&[&deep(127), &deep(127), &deep(100_000), &good("b")]));
        done.exits(1).writes(lines(&[&deep(127), &good("b")])).says("<stdin>:3:");
    }
    let keys: String = (0..5_000).map(|key| format!("\"k{key}\":1,")).collect();
    let turns = r#"{"role":"user","content":"a"},"#.repeat(5_000);
    let wide = [
        good("1").replacen('{', &format!("{{{keys}"), 1),
        good("1").replacen('[', &format!("[{turns}"), 1),
    ];
    dedup(&["--by", "record"], lines(&[&wide[0], &wide[1], &wide[0]]))
        .exits(0)
        .writes(lines(&wide));
    dedup(&["--near"], lines(&[&wide[1], &wide[1]])).exits(0).writes(lines(&wide[1..]));
}

#[test]
fn a_file_of_another_form_is_told_once() {
    let table = [
        ("[\n  {\n", "the file is one JSON array"),
        ("{\n \"messages\": []\n}\n", "the file is pretty-printed"),
        ("\u{feff}[\n{}\n]\n", "the file is one JSON array"),
    ];
    for (text, what) in table {
        let done = dedup(&[], text);
        done.exits(1).says(&format!("<stdin>:1:1: {what}")).never_says("<stdin>:2").writes("");
    }
    let utf16: Vec<u8> = crate::util::good("1").encode_utf16().flat_map(u16::to_le_bytes).collect();
    dedup(&[], &utf16).exits(1).says("<stdin>:1:1: the file is UTF-16");
    dedup(&[], [b"\xff\xfe", &utf16[..]].concat()).exits(1).says("<stdin>:1:1: the file is UTF-16");
}
