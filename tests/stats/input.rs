//! What is read: any cut of it, archives, lines that cannot be used, nothing at all.

use serde_json::json;

use super::{at, has};
use crate::faults::{gzip, xz, zstd};
use crate::util::{Dice, Folder, Language, chat, families, lines, run, stats};

/// Records with blank and unusable lines between them.
fn data() -> String {
    let mut text = String::new();
    for (at, record) in families(&mut Dice::new(3), Language::Chinese, 12).into_iter().enumerate() {
        text += &record;
        text += if at % 5 == 0 { "\r\n" } else { "\n" };
        match at % 7 {
            0 => text += "\n",
            3 => text += "{\"messages\":7}\n",
            5 => {
                text += "{\"messages\":[{\"role\":\"user\",\"content\":\"I\u{200b}\u{fffd}\"}],\"cat\":[1,\"b\"]}\n"
            }
            _ => {}
        }
    }
    text
}

const MODES: [&[&str]; 4] = [
    &["--format", "json", "--tokenizer", "chars"],
    &[
        "--format",
        "json",
        "--by",
        "/cat",
        "--chat-template",
        "chatml",
        "--max-tokens",
        "99",
        "--languages",
    ],
    &["--tokenizer", "none", "--no-quality"],
    &["--partial", "--tokenizer", "chars"],
];

#[test]
fn neither_threads_nor_blocks_nor_the_way_of_the_bytes_show() {
    let folder = Folder::of("chatml-stats");
    let text = data();
    folder.put("<stdin>", &text);
    for mode in MODES {
        let with = |block: &str, jobs: &str, name: &str, stdin: &[u8]| {
            let mut command =
                folder.tool(&[mode, &["-j", jobs, "--rejects", "rejects", name]].concat());
            command.env("CHATML_TEST_BLOCK", block);
            let done = run(command, stdin);
            done.exits(1);
            (done.out(), done.err(), folder.get("rejects"))
        };
        let wanted = with("1000000", "1", "<stdin>", b"");
        assert!(!wanted.2.is_empty());
        // Each size with one of the numbers of workers, and the least with all: what matters is that they differ.
        for (block, jobs) in [
            ("1", "1"),
            ("1", "2"),
            ("1", "8"),
            ("2", "2"),
            ("3", "8"),
            ("63", "2"),
            ("64", "1"),
            ("65", "8"),
        ] {
            let how = format!("{mode:?} blocks of {block}, {jobs} jobs");
            assert_eq!(with(block, jobs, "<stdin>", b""), wanted, "{how}");
        }
        for stdin in [
            text.clone().into_bytes(),
            gzip(text.as_bytes()),
            zstd(text.as_bytes()),
            xz(text.as_bytes()),
        ] {
            assert_eq!(with("1000000", "2", "-", &stdin), wanted, "{mode:?} through a pipe");
        }
    }
}

#[test]
fn lines_that_cannot_be_used_are_named_counted_and_put_aside() {
    let good = chat(&[("user", "Hi")]);
    let bad = ["nonsense", "[1]", "{\"x\":1}", "{\"messages\":{}}", "{\"messages\":[1]}"];
    let folder = Folder::of("chatml-stats");
    folder.put("in", lines(&[&good, bad[0], bad[1], "", bad[2], bad[3], bad[4], &good]));
    let done = folder.run(&["--format", "json", "--rejects", "rejects", "in"], "");
    done.exits(1).says("in:2:").says("in:3:").says("in:5:").says("in:6:").says("in:7:");
    done.says("5 lines could not be used and are left out");
    let report = done.json().remove(0);
    has(
        &report,
        &[
            ("input.lines", json!(8)),
            ("input.blank", json!(1)),
            ("input.unusable", json!(5)),
            ("records.count", json!(2)),
        ],
    );
    assert_eq!(folder.get("rejects"), lines(&bad).into_bytes());
    folder.run(&["--exit-zero", "in"], "").exits(0);
    assert_eq!(folder.run(&["-q", "in"], "").exits(1).err(), "");
}

#[test]
fn nothing_and_blank_lines_only() {
    for (text, blank) in [("", 0), ("\n \n\t\r\n", 3)] {
        for format in ["text", "json"] {
            stats(&["--format", format], text).exits(0);
        }
        let report = stats(&["--format", "json", "--by", "/cat", "--max-tokens", "9"], text)
            .json()
            .remove(0);
        has(
            &report,
            &[
                ("input.blank", json!(blank)),
                ("records.count", json!(0)),
                ("records.empty.share", json!(0.0)),
                ("characters.record.mean", json!(0.0)),
                ("duplicates.rate", json!(0.0)),
                ("training.steps", json!(0)),
                ("diversity.user.distinct_1", json!(null)),
            ],
        );
        let state = stats(&["--partial"], text).exits(0).out();
        stats(&["--merge"], state).exits(0);
        assert!(!at(&report, "categories.0").as_object().unwrap().contains_key("entropy"));
    }
}

#[test]
fn a_line_over_the_limit_is_named_and_the_next_one_counts() {
    let long = chat(&[("user", &"x".repeat(500))]);
    let text = lines(&[chat(&[("user", "1")]), long, chat(&[("user", "2")])]);
    for block in ["1", "64", "4096"] {
        let folder = Folder::of("chatml-stats");
        let mut command = folder.tool(&["--max-line-bytes", "200", "--format", "json"]);
        command.env("CHATML_TEST_BLOCK", block);
        let done = run(command, &text);
        done.exits(1).says("<stdin>:2").says("200 bytes");
        has(
            &done.json().remove(0),
            &[
                ("records.count", json!(2)),
                ("input.unusable", json!(1)),
                ("input.lines", json!(3)),
                ("input.bytes", json!(text.len())),
            ],
        );
    }
}

#[test]
fn an_output_is_no_input() {
    let folder = Folder::of("chatml-stats");
    let text = lines(&[chat(&[("user", "1")])]);
    folder.put("in", &text);
    for option in ["-o", "--report", "--rejects"] {
        folder.run(&["in", option, "in"], "").exits(2).says("in");
        assert_eq!(folder.get("in"), text.as_bytes(), "{option}");
    }
    folder.run(&["in", "absent"], "").exits(2).says("absent: ");
    folder.run(&["in", "-o", "same", "--report", "same"], "").exits(2).says("same");
}

#[test]
fn what_a_terminal_obeys_is_never_shown_raw() {
    let hostile = "\u{1b}[2J\u{7}\r\u{202e}\u{200b}\u{9b}31m";
    let record =
        chat(&[("system", hostile), ("user", hostile), ("assistant", hostile), (hostile, hostile)]);
    let record =
        record.replacen('{', &format!("{{\"a\":{},", serde_json::to_string(hostile).unwrap()), 1);
    let folder = Folder::of("chatml-stats");
    let name = "in\u{1b}[2J";
    folder.put(name, lines(&[&record, &record, "x"]));
    for args in
        [&["--by", "/a"][..], &["--by", "/a", "--by", "/messages/0/content"], &["--compare", name]]
    {
        let done = folder.run(&[args, &[name]].concat(), "");
        for text in [done.exits(1).out(), done.err()] {
            let bad =
                |c: char| c != '\n' && (c.is_control() || chatml::cli::terminal::is_hazard(c));
            assert_eq!(text.chars().find(|c| bad(*c)), None, "{args:?}: {}", text.escape_debug());
        }
    }
}

#[test]
fn files_are_one_stream_and_lines_are_counted_in_each() {
    let folder = Folder::of("chatml-stats");
    let refusal =
        chat(&[("user", "Tell me"), ("assistant", "I'm sorry, but I cannot help with that.")]);
    folder.put("a", lines(&["", &refusal]));
    folder.put("b", lines(&[&refusal]));
    folder.put("names", "a\0b\0");
    for args in [&["a", "b"][..], &["--files0-from", "names"]] {
        let report =
            folder.run(&[&["--format", "json"], args].concat(), "").exits(0).json().remove(0);
        has(
            &report,
            &[
                ("input.files", json!(["a", "b"])),
                ("records.count", json!(2)),
                ("signs.refusal.at", json!([{"file": "a", "line": 2}, {"file": "b", "line": 1}])),
                ("duplicates.largest", json!([{"count": 2, "file": "a", "line": 2}])),
            ],
        );
    }
}

#[test]
fn an_option_without_effect_is_refused_with_what_is_in_its_way() {
    let folder = Folder::of("chatml-stats");
    folder.put("in", lines(&[chat(&[("user", "Hi"), ("assistant", "Yes")])]));
    for (line, told) in [
        ("--partial --format json in", "'--partial' cannot be used with '--format"),
        ("--partial --price 2 in", "--price has no effect with --partial"),
        ("--partial --epochs 2 in", "--epochs has no effect with --partial"),
        ("--partial --batch-size 2 in", "--batch-size has no effect with --partial"),
        ("--partial --top 2 in", "--top has no effect with --partial"),
        ("--pass --report r --format html in", "--format has no effect with --pass and --report"),
    ] {
        folder.shell(&format!("$TOOL {line}")).exits(2).says(told).writes("");
    }
    // Where they have one, they are taken.
    folder.shell("$TOOL --partial --price 200000 --report r in > s").exits(0);
    assert!(folder.json("r")["training"]["cost"].as_f64().unwrap() > 1.0);
    let merged = folder.shell("$TOOL --merge --price 1000000 --epochs 1 --format json s");
    let report = merged.exits(0).json().remove(0);
    assert_eq!(report["training"]["cost"].as_f64(), report["training"]["tokens"].as_f64());
    folder
        .shell("$TOOL --partial --tokenizer none in > t; $TOOL --merge --price 1 t")
        .exits(2)
        .says("have no effect: the states hold no tokens");
}

#[test]
fn a_field_is_named_once() {
    let told = "--by \"/a b\" is given twice; leave out one of them";
    stats(&["--by", "/a b", "--by", "/c", "--by", "/a b", "absent"], "").exits(2).says(told);
    for (by, told) in [
        (
            "a",
            "--by \"a\" is no JSON pointer, which begins with / and names one value, as /category does; is \"/a\" meant?\n",
        ),
        (".meta.source", "is \"/meta/source\" meant?"),
        ("/a~b", "--by \"/a~b\" is no JSON pointer, in which ~ is written ~0; is \"/a~0b\" meant?"),
        ("/a~", "is \"/a~0\" meant?"),
        ("a~b", "is \"/a~0b\" meant?"),
        ("~", "is \"/~0\" meant?"),
        // Nothing is proposed that names nothing.
        ("$.messages[*].role", "names one value, as /category does\n"),
        ("$", "names one value, as /category does\n"),
        ("", "names one value, as /category does\n"),
        ("a..b", "names one value, as /category does\n"),
    ] {
        stats(&["--by", by, "absent"], "").exits(2).says(told);
    }
    let record = chat(&[("user", "Q")]).replacen('{', r#"{"a~b":"x","/":"y","#, 1);
    let args = ["--tokenizer", "none", "--by", "/a~0b", "--by", "/~1"];
    stats(&args, lines(&[record])).exits(0).never_says("no record has");
}

#[test]
fn the_list_of_figures_reads_and_writes_nothing_else() {
    assert!(stats(&["--list-figures", "-q"], "").exits(0).out().contains("records.count"));
    for (args, told) in [
        (&["--gate", "x"][..], "'--list-figures' cannot be used with '--gate <CONDITION>'"),
        (&["--merge"], "cannot be used with"),
        (&["in"], "--list-figures reads no file, but \"in\" is given"),
        (&["--files0-from", "in"], "--list-figures reads no file, but \"in\" is given"),
        (&["-o", "out"], "--output has no effect with --list-figures"),
        (&["--report", "out"], "--report has no effect with --list-figures"),
        (&["--format", "json"], "--format has no effect with --list-figures"),
        (&["--by", "/a"], "--by has no effect with --list-figures"),
        (&["--tokenizer", "nope"], "--tokenizer has no effect with --list-figures"),
        (&["--chat-template", "nope"], "--chat-template has no effect with --list-figures"),
        (&["--top", "3"], "--top has no effect with --list-figures"),
        (&["--price", "3"], "--price has no effect with --list-figures"),
    ] {
        stats(&[&["--list-figures"], args].concat(), "").exits(2).says(told).writes("");
    }
}

#[test]
fn a_wrong_value_is_told_with_a_right_one() {
    for (option, value, told) in [
        ("--price", "cheap", "a number from 0 to 1000000 is needed, such as 2.5"),
        ("--price", "-1", "a number from 0 to 1000000 is needed, such as 2.5"),
        ("--price", "inf", "a number from 0 to 1000000 is needed, such as 2.5"),
        ("--price", "1e300", "a number from 0 to 1000000 is needed, such as 2.5"),
        ("--epochs", "0", "a whole number from 1 is needed, such as 3"),
        ("--batch-size", "2.5", "a whole number from 1 is needed, such as 8"),
        ("--max-tokens", "4k", "a whole number from 1 is needed, such as 4096"),
        ("--top", "all", "a whole number is needed, such as 20; 0 means all"),
        ("--examples", "70000", "a whole number from 0 to 65535 is needed, such as 5"),
    ] {
        let done = stats(&[&format!("{option}={value}")], "");
        done.exits(2).says(told).says(option).never_says("literal").never_says("invalid digit");
    }
}

#[test]
fn a_field_that_no_record_has_is_told_with_one_that_is_near() {
    let record = |keys: &str| chat(&[("user", "Q"), ("assistant", "A")]).replacen('{', keys, 1);
    let told = |by: &str, keys: &str| {
        let args = ["--tokenizer", "none", "--by", by];
        stats(&args, lines(&[record(keys)])).exits(0).err()
    };
    let keys = r#"{"category":"a","meta":{"source":"b"},"#;
    let near = |by: &str, key: &str| {
        assert_eq!(
            told(by, keys),
            format!("--by {by}: no record has anything there; {key} is near\n")
        );
    };
    near("/categry", "/category");
    near("/Category", "/category");
    near("/meta/sorce", "/meta/source");
    let wanted = "--by /x: no record has anything there; there is /category, /meta, /meta/source\n";
    assert_eq!(told("/x", keys), wanted);
    assert_eq!(told("/x", "{"), "--by /x: no record has anything there\n");
    assert_eq!(told("/category", keys), "");
    let quiet = stats(&["-q", "--by", "/x"], lines(&[record(keys)]));
    assert_eq!(quiet.exits(0).err(), "");
}

#[test]
fn how_many_lines_more_cannot_be_used_than_are_named_is_said() {
    let bad = |n: usize| stats(&["--tokenizer", "none"], lines(&vec!["[1]"; n])).exits(1).err();
    assert!(bad(20).ends_with("20 lines could not be used and are left out\n"), "{}", bad(20));
    let wanted = "23 lines could not be used and are left out (3 more than are named here)\n";
    assert!(bad(23).ends_with(wanted), "{}", bad(23));
}

#[test]
fn other_values_of_lists_have_no_share() {
    let record = chat(&[("user", "Q"), ("assistant", "A")]);
    let tagged = |tags: &str| record.replacen('{', &format!(r#"{{"tags":[{tags}],"#), 1);
    let records = lines(&[tagged(r#""a","b","c""#), tagged(r#""a","b""#)]);
    let info = stats(&["--by", "/tags", "--top", "1", "--format", "info"], records).exits(0).out();
    assert!(info.contains("\n- 2 other values\n"), "{info}");
}

#[test]
fn no_output_replaces_what_the_run_reads() {
    let folder = Folder::of("chatml-stats");
    let record = lines(&[chat(&[("user", "Hi"), ("assistant", "Yes")])]);
    folder.put("data", &record);
    std::fs::create_dir(folder.path("m")).unwrap();
    let model = json!({"type": "WordLevel", "vocab": {"?": 0}, "unk_token": "?"});
    folder.put("m/tokenizer.json", json!({"model": model}).to_string());
    folder.put("m/tokenizer_config.json", r#"{"bos_token":"<s>"}"#);
    folder.put("m/chat_template.jinja", "{{ bos_token }}{{ messages }}");
    folder.put("list", "data\0");
    let given: &[&[&str]] = &[
        &["--tokenizer", "m", "data"],
        &["--tokenizer", "m/tokenizer.json", "--chat-template", "chatml", "data"],
        &["--tokenizer", "m", "--chat-template", "m", "--files0-from", "list"],
        &["--tokenizer", "chars", "--chat-template", "m/chat_template.jinja", "data"],
        &["--tokenizer", "chars", "--chat-template", "m", "data"],
    ];
    let read: &[&[&str]] = &[
        &["m/tokenizer.json", "data"],
        &["m/tokenizer.json", "m/tokenizer_config.json"],
        &["m/tokenizer.json", "m/chat_template.jinja", "m/tokenizer_config.json", "list"],
        &["m/chat_template.jinja", "m/tokenizer_config.json"],
        &["m/chat_template.jinja", "m/tokenizer_config.json"],
    ];
    for (args, read) in given.iter().zip(read) {
        folder.run(args, "").exits(0);
        for name in *read {
            let before = folder.get(name);
            for output in ["-o", "--report", "--rejects"] {
                let done = folder.run(&[*args, &[output, name]].concat(), "");
                done.exits(2).says(name);
                assert!(folder.get(name) == before, "{args:?} {output} {name}");
            }
        }
    }
}
