//! Group B as far as one line tells: encoding, JSON, keys, numbers, characters, length.

use chatml::rules::judge::{Line, Outcome};
use chatml::rules::settings::Selection;
use chatml::rules::{Finding, Judge, Settings, Severity, across};

use super::marked::{
    answered_by, asked_by, expect, judge_at, severity_everywhere, table, unmark, with_key,
};
use crate::util::{judge, judge_with, said};

const GOOD: &str =
    r#"{"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":"A"}]}"#;

#[track_caller]
fn only(findings: &[Finding]) -> &Finding {
    assert_eq!(findings.len(), 1, "{:?}", said(findings));
    &findings[0]
}

#[track_caller]
fn assert_says(finding: &Finding, words: &[&str]) {
    for word in words {
        assert!(finding.message.contains(word), "{word:?} in: {}", finding.message);
    }
}

/// A good record whose question holds these bytes.
fn asking(bytes: &[u8]) -> Vec<u8> {
    let (before, behind) = GOOD.split_once('Q').unwrap();
    [before.as_bytes(), bytes, behind.as_bytes()].concat()
}

#[test]
fn bytes_that_are_not_utf8_are_found_at_the_first_one_and_counted() {
    for bad in [
        &b"\xff\xfe"[..],    // as in a UTF-16 file
        b"\x80",             // a continuation byte alone
        b"\xc3",             // cut short
        b"\xc0\xaf",         // overlong
        b"\xed\xa0\x80",     // an encoded surrogate
        b"\xed\xbf\xbf",     // the last of these
        b"\xf4\x90\x80\x80", // above U+10FFFF
        b"\xf0\x9f\x98",     // a cut emoji
    ] {
        let line = asking(&[b"caf\xc3\xa9 \xc2\xa71", bad].concat());
        expect("default", &line, &["B003 . E"]);
    }
    let two = expect("default", asking(b"\xc2\xa71\xff a \xff b \xc3"), &["B003 . E"]);
    assert_says(only(&two), &["byte FF is not UTF-8 and 2 such sequences more"]);
    for fine in ["é", "\u{fffe}", "\u{10ffff}", "\u{ed}\u{d7ff}\u{e000}"] {
        let found = judge("default", asking(fine.as_bytes()));
        assert!(said(&found).iter().all(|f| !f.starts_with('B')), "{fine}: {:?}", said(&found));
    }
}

#[test]
fn bad_bytes_outside_of_strings_are_not_utf8_first_of_all() {
    expect("default", b"{\"a\":\xc2\xa71\xff1}", &["B003 . E"]);
    expect("default", b"\xc2\xa71\xff", &["B003 . E"]);
    expect("default", b"not json \xc2\xa71\xfe", &["B003 . E"]);
}

#[test]
fn what_is_no_json_is_found_where_parsing_cannot_go_on() {
    table(
        "default",
        &[
            (r#"{"a":1§1"#, "B004 . E"),
            (r#"{"a":§1}"#, "B004 . E"),
            (r#"{"a":1,§1}"#, "B004 . E"),
            (r#"{"a" §11}"#, "B004 . E"),
            (r#"{§1a:1}"#, "B004 . E"),
            (r#"{"a":1}§1]"#, "B004 . E"),
            (r#"{"a":1} §1x"#, "B004 . E"),
            (r#"§1hello"#, "B004 . E"),
            (r#"[1,2§1}"#, "B004 . E"),
            (r#"{"a":"\§1q"}"#, "B004 . E"),
            (r#"{"a":"\u00§1zz"}"#, "B004 . E"),
            (r#"{"a":0§11}"#, "B004 . E"),
            (r#"{"a":tr§1ue1}"#.replace("tr§1ue1", "true§11").as_str(), "B004 . E"),
            (r#"{"a":NaN}§1]"#, "B004 . E"),
            ("{\"a\":\"x§1\u{1}\"}", "B004 . E"),
            ("{\"a\":\"x§1\0\"}", "B004 . E"),
            ("{\"a\":\"x§1\t\"}", "B004 . E"),
            ("§1\u{c}{\"a\":1}", "B004 . E"),
            ("{\"a\":1}§1\u{2028}", "B004 . E"),
            ("{\"a\":1}§1\0", "B004 . E"),
        ],
    );
    severity_everywhere("B004", r#"{"a":}"#, "E");
    severity_everywhere("B003", b"\xff", "E");
}

#[test]
fn the_reason_is_told_in_plain_words() {
    for (line, what) in [
        (r#"{"a":1"#, "the text ends, wanted a comma or }"),
        (r#"{"a":[1"#, "the text ends, wanted a comma or ]"),
        (r#"{"a":"x"#, "the text ends, wanted the quote that ends the string"),
        (r#"{"a":"#, "the text ends, wanted a value"),
        (r#"{"a":1,}"#, "found \"}\", wanted a key in double quotes"),
        ("{\"a\":\"\u{1}\"}", "found \"\\u{1}\", wanted an escape"),
        (r#"{"a" 1}"#, "found \"1\", wanted a colon"),
        (r#"{"a":é}"#, "found \"é\", wanted a value"),
    ] {
        assert_says(only(&expect_line(line)), &[what]);
    }
}

fn expect_line(line: &str) -> Vec<Finding> {
    let found = judge("default", line);
    found.iter().for_each(super::marked::assert_wording);
    found
}

#[test]
fn hints_tell_what_a_broken_line_looks_like() {
    let cases = [
        ("§1{", "pretty-printed", "jq -c ."),
        ("{\"a\":1}§1,", "a comma follows the object", "delete the comma"),
        ("{\"a\":1} §1, ", "a comma follows the object", "delete the comma"),
        ("{§1'a':1}", "single quotes", "json.dumps"),
        ("{\"a\":§1'b'}", "single quotes", "json.dumps"),
        ("{\"a\":§1None}", "python literal", "json.dumps"),
        ("{\"a\":[1,§1True]}", "python literal", "json.dumps"),
        ("{\"a\":§1False,\"b\":1}", "python literal", "json.dumps"),
        ("§1\u{feff}{\"a\":1}", "byte order mark", "delete the three bytes"),
    ];
    for (marked, what, advice) in cases {
        let (line, mut columns) = unmark(marked);
        if marked == "§1{" {
            columns[1] = 2;
        }
        let found = judge("default", &line);
        assert_eq!(said(&found), [format!("B004 {}  error", columns[1])], "{marked}");
        assert_says(only(&found), &[what, advice]);
    }
    for plain in ["{\"a\":1}]", "{\"None\":tru}", "[1,2],", "{\"a\":Nonesuch}", "{\"a\":1,"] {
        let found = judge("default", plain);
        let text = &only(&found).message;
        assert!(text.contains("correct the line"), "no hint for {plain}: {text}");
    }
}

#[test]
fn a_last_line_without_newline_that_ends_too_early_is_cut_off() {
    let (outcome, found) = judge_at(false, false, br#"{"messages":[{"role":"us"#);
    assert_eq!(outcome, Outcome::NotARecord);
    assert_says(only(&found), &["the file is cut off"]);
    let (_, ended) = judge_at(false, true, br#"{"messages":[{"role":"us"#);
    assert!(!only(&ended).message.contains("cut off"));
    let (_, wrong) = judge_at(false, false, br#"{"messages":]"#);
    assert!(!only(&wrong).message.contains("cut off"));
    let (outcome, good) = judge_at(false, false, GOOD.as_bytes());
    assert!(good.is_empty() && matches!(outcome, Outcome::Record(_)));
}

#[test]
fn an_array_that_starts_on_the_first_line_is_the_whole_file() {
    for (line, column) in [
        ("[", 1),
        (" [", 2),
        ("[{\"a\":1},", 1),
        (r#"[{"messages":[]},{"messages":[]}]"#, 1),
        (r#"[{"a":1}]"#, 1),
        ("[1,", 1),
    ] {
        let (outcome, found) = judge_at(true, true, line.as_bytes());
        assert_eq!(said(&found), [format!("B005 {column}  error")], "{line}");
        assert_eq!(outcome, Outcome::ArrayFile, "{line}");
    }
    for (line, code) in [
        (r#"[{"role":"user","content":"Q"}]"#, "B006"),
        (r#"[{"a":1},{"role":"user"}]"#, "B006"),
        ("[]", "B006"),
        ("[1,2]", "B006"),
        ("{\"a\":[", "B004"),
        ("[1}", "B004"),
    ] {
        let (outcome, found) = judge_at(true, true, line.as_bytes());
        assert_eq!(only(&found).rule.code(), code, "{line}");
        assert_eq!(outcome, Outcome::NotARecord, "{line}");
    }
    let (outcome, found) = judge_at(false, true, br#"[{"a":1}]"#);
    assert_eq!((outcome, only(&found).rule.code()), (Outcome::NotARecord, "B006"));
    let (_, found) = judge_at(false, true, b"[{\"a\":1},");
    assert_eq!(only(&found).rule.code(), "B004");
}

#[test]
fn a_line_is_an_object() {
    for line in ["§1[]", "  §1\"text\"", "§17", "§1-0.5e3", "§1null", "§1true", "§1[{\"a\":1}]"]
    {
        expect("default", line, &["B006 . E"]);
    }
    let wrapped = judge("default", r#"[{"role":"user","content":"Q"}]"#);
    assert_says(only(&wrapped), &["the line holds an array", "wrap"]);
    assert!(!only(&judge("default", "[{\"a\":1}]")).message.contains("wrap"));
    severity_everywhere("B006", "[]", "E");
}

#[test]
fn repeated_keys_are_found_once_each_at_the_second_one() {
    table(
        "default",
        &[
            (
                r#"{"messages":[{"role":"user","content":"a",§1"content":"b"},{"role":"assistant","content":"A"}]}"#,
                "B007 /messages/0/content E",
            ),
            (
                r#"{"messages":[{"role":"user","content":"a",§1"c\u006fntent":"b"},{"role":"assistant","content":"A"}]}"#,
                "B007 /messages/0/content E",
            ),
            (&with_key(r#""input":{"x":{"a/b~":1,"b":2,§1"a/b~":3}}"#), "B007 /input/x/a~1b~0 E"),
            (
                &with_key(r#""input":{"a":1,§1"a":2,"a":3,"b":1,§2"b":1}"#),
                "B007 /input/a E; B007@2 /input/b E",
            ),
            (&with_key(r#""input":[{"a":1},{"a":1}]"#), ""),
            (&with_key(r#""input":{"a":1,"A":1,"á":1,"":1}"#), ""),
            (&with_key(r#""input":{"":1,§1"":1}"#), "B007 /input/ E"),
        ],
    );
    let three =
        expect("default", with_key(r#""input":{"a":1,§1"a":2,"a":3}"#), &["B007 /input/a E"]);
    assert_says(only(&three), &["the key \"a\" stands 3 times"]);
    severity_everywhere("B007", r#"{"a":1,"a":2}"#, "E");
}

#[test]
fn the_last_of_repeated_keys_counts() {
    let line = asked_by(r#"{"role":"User","content":null,§1"content":"b",§2"role":"user"}"#);
    expect("default", line, &["B007 /messages/0/content E", "B007@2 /messages/0/role E"]);
    let line = asked_by(r#"{"role":"user","content":"a",§1"content":§2null}"#);
    expect("default", line, &["B007 /messages/0/content E", "S010@2 /messages/0/content E"]);
}

#[test]
fn many_keys_are_compared_as_few_are() {
    let keys: Vec<_> = (0..40).map(|n| format!("\"k{n}\":{n}")).collect();
    let fine = with_key(&format!(r#""input":{{{}}}"#, keys.join(",")));
    expect("default", fine, &[]);
    let line = with_key(&format!(r#""input":{{{},§1"k7":0}}"#, keys.join(",")));
    expect("default", line, &["B007 /input/k7 E"]);
}

#[test]
fn keys_in_json_held_in_strings_are_not_looked_at() {
    let text = r#"[{\"role\":\"user\",\"content\":\"x\",\"content\":\"Q\"},{\"role\":\"assistant\",\"content\":\"A\"}]"#;
    expect("default", format!(r#"{{"messages":§1"{text}"}}"#), &["S019 /messages W"]);
}

#[test]
fn numbers_are_finite_and_nothing_else_is_asked_of_them() {
    table(
        "default",
        &[
            (&with_key(r#""input":{"score":§1NaN}"#), "B008 /input/score E"),
            (
                &with_key(r#""input":[1,§1Infinity,§2-Infinity]"#),
                "B008 /input/1 E; B008@2 /input/2 E",
            ),
            (&with_key(r#""input":["NaN","-Infinity"]"#), ""),
            (
                &with_key(
                    r#""input":[18446744073709551617,-9223372036854775809,-0,1e999,1E-999,0.10000000000000000000001]"#,
                ),
                "",
            ),
            (r#"{"a":n§1an}"#, "B004 . E"),
            (r#"{"a":§1+Infinity}"#, "B004 . E"),
            (r#"{"a":§1inf}"#, "B004 . E"),
        ],
    );
    severity_everywhere("B008", r#"{"a":NaN}"#, "E");
}

#[test]
fn a_number_that_is_not_finite_counts_as_a_number() {
    let line = asked_by(r#"{"role":"user","content":§1NaN}"#);
    expect("default", line, &["B008 /messages/0/content E", "S011 /messages/0/content E"]);
}

#[test]
fn halves_of_surrogate_pairs_are_told_once_a_string() {
    table(
        "default",
        &[
            (&asked_by(r#"{"role":"user","content":"x§1\ud800"}"#), "B009 /messages/0/content E"),
            (&asked_by(r#"{"role":"user","content":"§1\uDFFF"}"#), "B009 /messages/0/content E"),
            (
                &asked_by(r#"{"role":"user","content":"§1\ud83d\ud83d\ude00"}"#),
                "B009 /messages/0/content E",
            ),
            (
                &asked_by(r#"{"role":"user","content":"§1\ude00\ud83d"}"#),
                "B009 /messages/0/content E",
            ),
            (
                &asked_by(r#"{"role":"user","content":"§1\ud83d\u0041"}"#),
                "B009 /messages/0/content E",
            ),
            (&asked_by(r#"{"role":"user","content":"\ud83d\ude00 😀 \\ud800"}"#), ""),
            (&with_key(r#""input":{"§1\ud800":["x"]}"#), "B009 /input/\u{fffd} E"),
            (&with_key(r#""input":["§1\ud800","§2\udc00"]"#), "B009 /input/0 E; B009@2 /input/1 E"),
        ],
    );
    let line = asked_by(r#"{"role":"user","content":"§1\ud800 and \ud800 and \udc00"}"#);
    let found = expect("default", line, &["B009 /messages/0/content E"]);
    assert_says(only(&found), &[r"\ud800 is half of a surrogate pair and 2 more in this string"]);
    severity_everywhere("B009", r#"{"a":"\ud800"}"#, "E");
}

#[test]
fn a_written_replacement_character_beside_half_a_pair_is_still_found() {
    let line = asked_by(r#"{"role":"user","content":"§1\ud800 §2\ufffd"}"#);
    expect("default", line, &["B009 /messages/0/content E", "C002@2 /messages/0/content W"]);
}

#[test]
fn literal_line_separators_are_found_anywhere_in_the_line() {
    table(
        "default",
        &[
            (&asked_by("{\"role\":\"user\",\"content\":\"a§1\u{2028}b\"}"), "B013 . W"),
            (&asked_by("{\"role\":\"user\",\"content\":\"a§1\u{2029}b\"}"), "B013 . W"),
            (&asked_by("{\"role\":\"user\",\"content\":\"a§1\u{85}b\"}"), "B013 . W"),
            (&with_key("\"input\":{\"a§1\u{2028}\":1}"), "B013 . W"),
            (&asked_by(r#"{"role":"user","content":"a\u2028\u2029\u0085b"}"#), ""),
            (&asked_by("{\"role\":\"user\",\"content\":\"a\u{2027}\u{202f}\u{86}b\"}"), ""),
        ],
    );
    let line = asked_by("{\"role\":\"user\",\"content\":\"§1\u{85}b\u{2028}\u{2028}\"}");
    let found = expect("default", line, &["B013 . W"]);
    assert_says(only(&found), &["U+0085", "and 2 more in this line"]);
    severity_everywhere("B013", "{\"a\":\"\u{2028}\"}", "W");
}

#[test]
fn control_characters_are_found_in_string_values() {
    table(
        "default",
        &[
            (
                &asked_by(r#"{"role":"user","content":"a\t\n\r§1\u0000"}"#),
                "B014 /messages/0/content W",
            ),
            (
                &asked_by(r#"{"role":"user","content":"é😀\\§1\u001fb\b\f"}"#),
                "B014 /messages/0/content W",
            ),
            (&asked_by(r#"{"role":"user","content":"§1\b"}"#), "B014 /messages/0/content W"),
            (&asked_by(r#"{"role":"user","content":"a\t\n\r\u0009\u000a\u007f\u0080 "}"#), ""),
            (&with_key(r#""input":{"\u0000":1}"#), ""),
            (
                &with_key(r#""input":[["§1\u0007","§2\u001b[31m"]]"#),
                "B014 /input/0/0 W; B014@2 /input/0/1 W",
            ),
        ],
    );
    let line = asked_by(r#"{"role":"user","content":"§1\u0000\u0001 \u0002"}"#);
    let found = expect("default", line, &["B014 /messages/0/content W"]);
    assert_says(only(&found), &["U+0000", "and 2 more in this string"]);
    severity_everywhere("B014", r#"{"a":"\u0000"}"#, "W");
}

#[test]
fn a_long_line_is_told_beside_what_else_is_wrong() {
    assert_eq!(Settings::default().long_line, 10_485_760);
    let settings = Settings { long_line: 200, ..Settings::default() };
    let judge = |line: String| {
        let at =
            Line { bytes: line.as_bytes(), terminated: true, first: false, number: 0, offset: 0 };
        let mut findings = Vec::new();
        Judge::new(&settings).line(at, &mut across::Block::default(), &mut findings);
        findings
    };
    let fill = |len: usize| {
        let frame = asked_by(r#"{"role":"user","content":""}"#).len();
        asked_by(&format!(r#"{{"role":"user","content":"{}"}}"#, "x".repeat(len - frame)))
    };
    assert_eq!(said(&judge(fill(200))), Vec::<String>::new());
    let found = judge(fill(201));
    assert_eq!(said(&found), ["B015 1  warning"]);
    assert_says(only(&found), &["201 bytes, wanted at most 200"]);
    let broken = format!("{{{}", " ".repeat(200));
    assert_eq!(said(&judge(broken)), ["B015 1  warning", "B004 202  error"]);
}

#[test]
fn depth_128_passes_and_129_does_not() {
    // The record, the member, and arrays.
    let nested = |depth: usize| {
        let arrays = depth - 1;
        with_key(&format!(r#""input":{}{}"#, "[".repeat(arrays), "]".repeat(arrays)))
    };
    expect("default", nested(128), &[]);
    let line = nested(129);
    let column = line.find("[[[").unwrap() + 128;
    let found = judge("default", &line);
    assert_eq!(said(&found), [format!("B016 {column}  error")]);
    assert_says(only(&found), &["129 arrays and objects are open at once, wanted at most 128"]);
    for (open, close, depth) in [("[", "]", 100_000), ("{\"a\":", "}", 5_000), ("[", "", 5_000)] {
        let line = format!("{}1{}", open.repeat(depth), close.repeat(depth));
        let column = 128 * open.len() + 1;
        assert_eq!(said(&judge("default", line)), [format!("B016 {column}  error")]);
    }
    severity_everywhere("B016", nested(129), "E");
    let many = with_key(&format!(r#""input":[{}[]]"#, "[],".repeat(1000)));
    expect("default", many, &[]);
}

#[test]
fn further_values_on_the_line_are_counted() {
    table(
        "default",
        &[
            (r#"{"a":1}§1{"b":2}"#, "B017 . E"),
            (r#"{"a":1}  §1{"b":2}"#, "B017 . E"),
            (r#"{"a":1}§1[]"#, "B017 . E"),
            (r#"1 §12"#, "B017 . E"),
            (r#"null §1"x""#, "B017 . E"),
            (r#"{"a":1}§1{"b":2},"#, "B004 . E"),
            (r#"{"a":1}§1{"b":}"#, "B004 . E"),
            (r#"{"a":1}§1,{"b":2}"#, "B004 . E"),
        ],
    );
    let three = judge("default", format!("{GOOD}{GOOD} {GOOD}"));
    assert_says(only(&three), &["3 JSON values stand on the line, wanted one"]);
    severity_everywhere("B017", "{}{}", "E");
}

#[test]
fn nothing_else_is_judged_on_a_line_that_cannot_be_read() {
    // Each holds a repeated key, NaN, half a pair, a control character and a separator as well.
    let odd = "{\"a\":NaN,\"a\":\"\\ud800\\u0000\u{2028}\"}";
    for (line, code) in [
        ([odd.as_bytes(), b"\xff"].concat(), "B003"),
        ([odd.as_bytes(), b"]"].concat(), "B004"),
        ([b"[".as_slice(), odd.as_bytes(), b"]"].concat(), "B006"),
        ([odd.as_bytes(), odd.as_bytes()].concat(), "B017"),
        (["[".repeat(200).as_bytes(), odd.as_bytes()].concat(), "B016"),
    ] {
        let found = judge("default", &line);
        let codes: Vec<_> = found.iter().map(|f| f.rule.code()).collect();
        if code == "B006" {
            // B006 is found after the rest of the line was read: what the bytes hold is told too.
            assert_eq!(codes.last(), Some(&code));
            assert!(codes.iter().all(|code| code.starts_with('B')), "{codes:?}");
        } else {
            assert_eq!(codes, [code]);
        }
    }
}

#[test]
fn carriage_returns_and_blanks_around_a_record_are_white_space() {
    for line in [format!(" \t{GOOD}"), format!("{GOOD}\r"), format!("{GOOD} \t ")] {
        expect("default", line, &[]);
    }
    let line = GOOD.replace(',', " ,\r ");
    expect("default", line, &[]);
}

#[test]
fn the_user_may_change_what_a_fault_of_the_bytes_counts() {
    let selection = |ignore: &str| Selection { ignore: vec![ignore.into()], ..Default::default() };
    let line = with_key(r#""input":{"a":1,"a":NaN}"#);
    let found = judge_with("default", &selection("B007"), &line);
    assert_eq!(found.iter().map(|f| f.rule.code()).collect::<Vec<_>>(), ["B008"]);
    let warn = Selection { warn: vec!["B008".into()], ..selection("duplicate-key") };
    let found = judge_with("default", &warn, &line);
    assert_eq!(only(&found).severity, Severity::Warning);
}

#[test]
fn a_good_answer_is_left_alone_whatever_its_escapes() {
    expect(
        "default",
        answered_by(r#"{"role":"assistant","content":"\"\\\/\n\u00e9\ud83d\ude00"}"#),
        &[],
    );
}
