//! Repairs: what --fix and --unsafe-fixes change, what they leave alone, and that they end.

use proptest::prelude::*;
use serde_json::Value;

use crate::util::{BAD, Folder, good, lines, validate};

/// Code, record before, record after; the profile when it is not the default.
type Case = (&'static str, &'static str, &'static str, &'static str);

const SAFE: &[Case] = &[
    (
        "S008",
        "default",
        r#"{"messages":[{"role": "User ","content":"a"},{"role":"assistant","content":"b"}]}"#,
        r#"{"messages":[{"role": "user","content":"a"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "S016",
        "default",
        r#"{"messages":[{"role":"user","content":"a", "name" : null},{"tool_calls":null, "role":"assistant","content":"b"}],"n":1.0}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"n":1.0}"#,
    ),
    (
        "S019",
        "default",
        r#"{"messages":"[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}]"}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "P006",
        "default",
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":"\u00e9"}]}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"\u00e9"}]}"#,
    ),
    (
        "P006",
        "default",
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image"}]},{"role":"assistant","content":"\u00e9"},{"role":"user","content":[{"type":"text","text":"c"}]},{"role":"assistant","content":"d"}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image"}]},{"role":"assistant","content":[{"type":"text","text":"\u00e9"}]},{"role":"user","content":[{"type":"text","text":"c"}]},{"role":"assistant","content":[{"type":"text","text":"d"}]}]}"#,
    ),
    (
        "F001",
        "default",
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","tool_calls":[]}]}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "F002",
        "trl",
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]}]}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":{"x":1}}}]}]}"#,
    ),
    (
        "B013",
        "default",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\u{2028}b\"},{\"role\":\"assistant\",\"content\":\"b\"}]}",
        r#"{"messages":[{"role":"user","content":"a\u2028b"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "Q006",
        "default",
        r#"{"input":{"messages":[{"role":"user","content":"a"}]},"preferred_completion":[{"role":"assistant","content":"b"}],"non_preferred_completion":[{"role":"assistant","content":"c"}]}"#,
        r#"{"input":{"messages":[{"role":"user","content":"a"}]},"preferred_output":[{"role":"assistant","content":"b"}],"non_preferred_output":[{"role":"assistant","content":"c"}]}"#,
    ),
];

const UNSAFE: &[Case] = &[
    (
        "B004",
        "default",
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]},"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "B007",
        "default",
        r#"{"messages":[{"role":"user","content":"x","content":"a"},{"role":"assistant","content":"b"}]}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "B008",
        "default",
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"x":-Infinity}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"x":null}"#,
    ),
    (
        "B009",
        "default",
        r#"{"messages":[{"role":"user","content":"\ud800a"},{"role":"assistant","content":"b"}]}"#,
        r#"{"messages":[{"role":"user","content":"\ufffda"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "B014",
        "default",
        r#"{"messages":[{"role":"user","content":"a\u0000"},{"role":"assistant","content":"b"}]}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "S001",
        "default",
        r#"{"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}],"id":1}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"id":1}"#,
    ),
    (
        "S001",
        "default",
        r#"{"system":"s\n","conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}]}"#,
        r#"{"messages":[{"role":"system","content":"s\n"},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "S008",
        "default",
        r#"{"messages":[{"role":"human","content":"a"},{"role":"gpt","content":"b"}]}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "S011",
        "llama3",
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},{"role":"assistant","content":"b"}]}"#,
        r#"{"messages":[{"role":"user","content":"ab"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "S012",
        "default",
        r#"{"messages":[{"role":"system","content":" "},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "S013",
        "default",
        r#"{"messages":[{"role":"user","x":1,"content":"a"},{"role":"assistant","content":"b"}]}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "S013",
        "gemma",
        r#"{"messages":[{"role":"user","x":1,"content":"a"},{"role":"assistant","content":"b","weight":0},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","weight":0},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "S014",
        "default",
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"x":{"y":1}}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "S020",
        "default",
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]}]}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]}]}"#,
    ),
    (
        "T003",
        "default",
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "T004",
        "default",
        r#"{"messages":[{"role":"user","content":"a"},{"role":"system","content":"s"},{"role":"assistant","content":"b"}]}"#,
        r#"{"messages":[{"role":"system","content":"s"},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "T005",
        "default",
        r#"{"messages":[{"role":"system","content":"s"},{"role":"system","content":"t"},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
        r#"{"messages":[{"role":"system","content":"s\n\nt"},{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "T006",
        "default",
        r#"{"messages":[{"role":"user","content":"a"},{"role":"user","content":"c"},{"role":"assistant","content":"b"}]}"#,
        r#"{"messages":[{"role":"user","content":"a\n\nc"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "T008",
        "default",
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"assistant","content":"c"}]}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b\n\nc"}]}"#,
    ),
    (
        "F003",
        "default",
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":""}}]}]}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]}]}"#,
    ),
    (
        "F004",
        "default",
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"\"{\\\"x\\\":1}\""}}]}]}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]}]}"#,
    ),
    (
        "F007",
        "default",
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"r"},{"role":"assistant","content":"b"}]}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","content":"r","tool_call_id":"1"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "L001",
        "default",
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","weight":true}]}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b","weight":1}]}"#,
    ),
    (
        "L002",
        "default",
        r#"{"messages":[{"role":"user","weight":0,"content":"a"},{"role":"assistant","content":"b"}]}"#,
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "C003",
        "default",
        r#"{"messages":[{"role":"user","content":"cafÃ©"},{"role":"assistant","content":"b"}]}"#,
        r#"{"messages":[{"role":"user","content":"café"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "C004",
        "default",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\u{200b}b\"},{\"role\":\"assistant\",\"content\":\"b\"}]}",
        r#"{"messages":[{"role":"user","content":"ab"},{"role":"assistant","content":"b"}]}"#,
    ),
    (
        "Q005",
        "default",
        r#"{"prompt":[{"role":"user","content":"a"}],"completion":[{"role":"assistant","content":"b"}],"label":1}"#,
        r#"{"prompt":[{"role":"user","content":"a"}],"completion":[{"role":"assistant","content":"b"}],"label":true}"#,
    ),
];

/// Repairs of one rule alone, so that no other touches the record.
fn fix(code: &str, profile: &str, unsafely: bool, line: &str) -> (Option<String>, Value) {
    let folder = Folder::new();
    let mut args = vec!["--fix", "--select", code, "--profile", profile, "--report", "report"];
    args.extend(unsafely.then_some("--unsafe-fixes"));
    let done = folder.run(&args, format!("{line}\n"));
    let out = done.out();
    (out.strip_suffix('\n').map(str::to_owned), folder.json("report")["repairs"].clone())
}

#[test]
fn safe_repairs_change_what_they_say_and_no_more() {
    for (code, profile, before, after) in SAFE {
        for unsafely in [false, true] {
            let (out, repairs) = fix(code, profile, unsafely, before);
            assert_eq!(out.as_deref(), Some(*after), "{code}");
            assert_eq!(repairs[0]["code"], *code);
            assert_eq!(repairs[0]["level"], "safe", "{code}");
        }
    }
}

#[test]
fn unsafe_repairs_are_made_only_when_asked_for() {
    for (code, profile, before, after) in UNSAFE {
        let (out, repairs) = fix(code, profile, false, before);
        assert!(out.is_none_or(|out| out == *before), "{code}");
        assert_eq!(repairs, Value::Array(vec![]), "{code}");
        let (out, repairs) = fix(code, profile, true, before);
        assert_eq!(out.as_deref(), Some(*after), "{code}");
        assert_eq!(repairs[0]["code"], *code);
        assert_eq!(repairs[0]["level"], "unsafe", "{code}");
    }
}

#[test]
fn what_concerns_lines_is_mended_for_the_whole_input() {
    let folder = Folder::new();
    let text = format!("\u{feff}{}\r\n\r\n{}\r\r\n\n{}\n \n", good("1"), good("2"), good("3"));
    let done = folder.run(&["--fix", "--report", "report"], text.trim_end_matches(['\n', ' ']));
    done.exits(0).writes(lines(&[good("1"), good("2"), good("3")]));
    assert!(!done.err().contains('['), "{done}");
    done.says("repaired B001 bom").says("repaired B010 blank-line");
    let report = folder.json("report");
    let count = |code: &str| {
        let all = report["repairs"].as_array().unwrap();
        all.iter().find(|repair| repair["code"] == code).map(|repair| repair["count"].clone())
    };
    for (code, number) in [("B001", 1), ("B010", 2), ("B011", 1), ("B012", 2)] {
        assert_eq!(count(code), Some(number.into()), "{code}");
    }
    assert_eq!(report["records_repaired"], 2);
}

#[test]
fn what_is_ignored_is_not_mended() {
    let text = format!("\u{feff}{}\r\n{}\r\n", good("1"), good("2"));
    validate(&["--fix", "--ignore", "B001,B012"], &text).exits(0).writes(&text);
    let padded = good("1").replace("}]}", r#","name":null}]}"#) + "\r\n";
    let mended = format!("{}\r\n", good("1"));
    validate(&["--fix", "--ignore", "B012"], padded).exits(0).writes(mended);
}

#[test]
fn a_line_of_several_values_becomes_several_lines_that_are_counted() {
    let folder = Folder::new();
    let text = format!("{} {}{}\n{BAD}\n", good("1"), good("2"), good("3"));
    let done = folder.run(&["--fix", "--unsafe-fixes", "--report", "report"], text);
    done.exits(1).writes(lines(&[good("1"), good("2"), good("3")]));
    let report = folder.json("report");
    assert_eq!(report["records_read"], 4);
    assert_eq!(report["records_written"], 3);
    assert_eq!(report["records_rejected"], 1);
    assert_eq!(report["records_repaired"], 1);
}

#[test]
fn a_record_that_stays_invalid_is_rejected_as_it_was() {
    let folder = Folder::new();
    // A null key that can be mended, and no answer, which cannot.
    let text = r#"{"messages":[{"role":"user","name":null,"content":"a"}]}"#.to_owned() + "\r\n";
    let args = ["--fix", "--unsafe-fixes", "--rejects", "bad", "--report", "report"];
    let done = folder.run(&args, &text);
    done.exits(1).writes("").says("S016").says("T001");
    assert_eq!(folder.get("bad"), text.as_bytes());
    let report = folder.json("report");
    assert_eq!(
        (report["repairs"].clone(), report["records_repaired"].clone()),
        (Value::Array(vec![]), 0.into())
    );
}

#[test]
fn a_repaired_record_is_judged_again() {
    let record =
        r#"{"messages":[{"role":"Assistant","content":"a"},{"role":"User","content":"b"}]}"#;
    let done = validate(&["--fix"], record);
    done.exits(1).writes("").says("T003");
}

#[test]
fn a_repair_that_would_bring_an_error_is_not_made() {
    // The only answer is empty: without it nothing would be left to learn.
    let record =
        r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":""}]}"#;
    let done = validate(&["--fix", "--unsafe-fixes", "--ignore", "L003"], record);
    done.exits(0).writes(format!("{record}\n")).says("S012");
}

#[test]
fn a_system_that_is_no_text_is_not_guessed_at() {
    let record = r#"{"system":["s"],"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}]}"#;
    validate(&["--fix", "--unsafe-fixes"], record).exits(1).writes("").says("S001");
}

#[test]
fn a_diff_has_status_1_when_there_is_something_to_repair() {
    let padded = good("1").replace("}]}", r#","name":null}]}"#) + "\n";
    validate(&["--diff"], &padded).exits(1).says("1 record: 1 valid, 0 invalid");
    validate(&["--diff", "--exit-zero"], &padded).exits(0);
    validate(&["--fix"], &padded).exits(0);
}

#[test]
fn the_diff_is_what_patch_needs() {
    let folder = Folder::new();
    let padded = good("1").replace("}]}", r#","name":null}]}"#);
    let text = format!("\u{feff}{}\n\n\n{padded}\n{BAD}\n{}\n{padded}", good("1"), good("2"));
    folder.put("in put", &text);
    folder.put("last", lines(&[good("1")]) + &good("2"));
    let done = folder.run(&["--diff", "in put", "last", "--rejects", "bad"], "");
    done.exits(1);
    assert_eq!(folder.get("bad"), lines(&[BAD]).as_bytes());
    assert!(done.out().starts_with("--- in put\t\n+++ in put\t\n@@ -1,1 +1,1 @@\n"), "{done}");
    let wanted = lines(&[good("1"), good("1"), BAD.to_owned(), good("2"), good("1")]);
    if std::process::Command::new("patch").arg("--version").output().is_ok() {
        folder.put("diff", &done.stdout);
        folder.shell("patch --binary -p0 < diff").exits(0);
        assert_eq!(String::from_utf8(folder.get("in put")).unwrap(), wanted);
        assert_eq!(folder.get("last"), lines(&[good("1"), good("2")]).as_bytes());
    }
    // Nothing to mend, nothing written; the input stays.
    folder.run(&["--diff"], good("1") + "\n").exits(0).writes("");
}

#[test]
fn a_diff_leaves_a_line_alone_that_was_not_read() {
    let long = format!("{{\"text\":\"{}\"}}\n", "a".repeat(5000));
    validate(&["--diff", "--max-line-bytes=4097"], &long).exits(1).writes("");
}

/// Records bent in one or two places, among them many that repairs are for.
fn mutated() -> impl Strategy<Value = String> {
    let base = prop::sample::select(
        SAFE.iter().chain(UNSAFE).flat_map(|(_, _, a, b)| [*a, *b]).collect::<Vec<_>>(),
    );
    let pieces = prop::sample::select(vec![
        "",
        " ",
        "\r",
        "null",
        "[]",
        "{}",
        "\"\"",
        "user",
        "assistant",
        "\"name\":null,",
        ",",
        "}",
        "\\ud800",
        "\\u0000",
        "NaN",
        "\u{200b}",
        "Ã©",
        "system",
        "tool",
        "[",
        "1.0",
        "\u{2028}",
        "\u{feff}",
    ]);
    let cut = (any::<prop::sample::Index>(), 0usize..12, pieces);
    (base, prop::collection::vec(cut, 0..3), prop::sample::select(vec!["\n", "\r\n", "\n\n", ""]))
        .prop_map(|(base, cuts, end)| {
            let mut text = base.to_owned();
            for (at, len, piece) in cuts {
                let bound = |mut at: usize| {
                    while !text.is_char_boundary(at) {
                        at -= 1;
                    }
                    at
                };
                let at = bound(at.index(text.len() + 1));
                let end = bound((at + len).min(text.len()));
                text.replace_range(at..end.max(at), piece);
            }
            text + end
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn repairs_end_after_one_run(records in prop::collection::vec(mutated(), 20), unsafely: bool) {
        // Each line by itself is what is promised; records of other kinds than the first are left out.
        let text: String = records.concat();
        let mut args = vec!["--fix", "-q", "--ignore", "X003"];
        args.extend(unsafely.then_some("--unsafe-fixes"));
        let once = validate(&args, &text);
        let twice = validate(&args, &once.stdout);
        prop_assert_eq!(once.out(), twice.out());
        prop_assert_eq!(twice.status.code(), Some(0), "{}", twice);
    }

    #[test]
    fn repairs_lose_no_valid_record(records in prop::collection::vec(mutated(), 20), unsafely: bool) {
        let folder = Folder::new();
        let text: String = records.concat();
        folder.run(&["-q", "--ignore", "X003", "--report", "plain"], &text);
        let mut args = vec!["--fix", "-q", "--ignore", "X003", "--report", "fixed"];
        args.extend(unsafely.then_some("--unsafe-fixes"));
        folder.run(&args, &text);
        let (plain, fixed) = (folder.json("plain"), folder.json("fixed"));
        let count = |report: &Value, key: &str| report[key].as_u64().unwrap();
        prop_assert!(count(&plain, "records_written") <= count(&fixed, "records_written"));
        for report in [plain, fixed] {
            let sum = count(&report, "records_written") + count(&report, "records_rejected");
            prop_assert_eq!(count(&report, "records_read"), sum);
        }
    }
}
