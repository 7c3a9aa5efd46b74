//! X: what shows only across records.

use chatml::rules::across::{At, Block, LATE, MAX_PATHS, Stream};
use chatml::rules::judge::Line;
use chatml::rules::settings::Selection;
use chatml::rules::{Finding, Judge, Profile, Settings};

/// A block of these lines, judged fast or thoroughly.
fn block(settings: &Settings, lines: &[&str], fast: bool) -> Block {
    let mut judge = if fast { Judge::new(settings) } else { Judge::thorough(settings) };
    let mut block = Block::default();
    let mut offset = 0;
    for (number, line) in lines.iter().enumerate() {
        let bytes = line.as_bytes();
        let number = number as u64;
        let at = Line { bytes, terminated: true, first: number == 0, number, offset };
        judge.line(at, &mut block, &mut Vec::new());
        offset += bytes.len() as u64 + 1;
    }
    block
}

/// Finds what shows across inputs, each a list of lines, split into blocks of at most `size` lines. Lines
/// count from 1 in their input.
fn found(profile: &str, inputs: &[&[&str]], size: usize, start: u64, fast: bool) -> Vec<Finding> {
    let (profile, asked) = profile.split_once('+').unwrap_or((profile, ""));
    let extend = asked.split('+').filter(|code| !code.is_empty()).map(str::to_owned).collect();
    let selection = Selection { extend, ..Default::default() };
    let settings = Settings::new(&[Profile::find(profile).unwrap()], &selection).unwrap();
    let mut stream = Stream::default();
    let mut all = Vec::new();
    let mut offset = start;
    for (index, lines) in inputs.iter().enumerate() {
        let input = ["a.jsonl", "b.jsonl"][index];
        for (nth, part) in lines.chunks(size).enumerate() {
            let line = (nth * size) as u64;
            let mut findings =
                stream.join(block(&settings, part, fast), At { input, line, offset }, &settings);
            findings.iter_mut().for_each(|f| f.line += line + 1);
            all.extend(findings);
            offset += part.iter().map(|line| line.len() as u64 + 1).sum::<u64>();
        }
    }
    all
}

/// `CODE LINE COLUMN POINTER SEVERITY`
fn said(findings: &[Finding]) -> Vec<String> {
    let tell = |f: &Finding| {
        let (code, severity) = (f.rule.code(), f.severity.name());
        format!("{code} {} {} {} {severity}", f.line, f.span.start + 1, f.pointer)
    };
    findings.iter().map(tell).collect()
}

/// The findings, which must be the same for every size of block, fast and thorough. `profile` may be
/// followed by rules to turn on, each behind a plus.
fn check(profile: &str, inputs: &[&[&str]], start: u64, wanted: &[&str]) -> Vec<Finding> {
    let first = found(profile, inputs, 100, start, true);
    assert_eq!(said(&first), wanted);
    for size in [1, 2, 3] {
        for fast in [true, false] {
            let other = found(profile, inputs, size, start, fast);
            assert_eq!(said(&other), wanted, "blocks of {size}, fast: {fast}");
            let words = |all: &[Finding]| all.iter().map(|f| f.message.clone()).collect::<Vec<_>>();
            assert_eq!(words(&first), words(&other));
        }
    }
    first
}

const PLAIN: &str =
    r#"{"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]}"#;
const PARTS: &str = r#"{"messages":[{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":[]}]}"#;

#[test]
fn types_of_a_path() {
    let n = |value: &str| PLAIN.replace("]}", &format!(r#"],"n":{value}}}"#));
    let (one, text, null, other) = (n("1"), n(r#""x""#), n("null"), n("2"));
    let x001 = |line: u64, severity: &str| format!("X001 {line} 84 /n {severity}");
    assert_eq!(&text[83..84], "\"");
    let lines: [&str; 6] = [PLAIN, &null, &one, &other, &text, &text];
    let all = check("default", &[&lines], 0, &[&x001(5, "warning")]);
    assert_eq!(
        all[0].message.split(';').next(),
        Some("/n is a string here, a number since line 3")
    );
    check("trl", &[&lines], 0, &[&x001(5, "warning")]);
    // In another input its name is given.
    let all = check("default", &[&[&one], &[PLAIN, &text]], 0, &[&x001(2, "warning")]);
    assert!(
        all[0].message.contains(r#"a number since line 1 of "a.jsonl";"#),
        "{}",
        all[0].message
    );
    // A plain line counts like any other; each type once.
    let wanted = [r#"X001 2 39 /messages/0/content warning"#];
    let all = check("default", &[&[PLAIN, PARTS, PARTS, PLAIN]], 0, &wanted);
    assert_eq!(
        all[0].message.split(';').next(),
        Some("/messages/*/content is an array here, a string since line 1")
    );
    check("default", &[&[PARTS, PARTS, PLAIN]], 0, &["X001 3 39 /messages/0/content warning"]);
    check("default", &[&[&one, &other, &null]], 0, &[]);
}

#[test]
fn content_in_two_forms_is_no_drift_where_both_are_read() {
    let place = "39 /messages/0/content warning";
    for profile in ["openai", "azure"] {
        for lines in [[PLAIN, PARTS, PLAIN], [PARTS, PLAIN, PARTS]] {
            check(profile, &[&lines], 0, &[]);
            // Nor is the second form late.
            check(profile, &[&lines], LATE - lines[0].len() as u64 - 1, &[]);
        }
        // Any other type, or any other path, is still one.
        let number = PLAIN.replace("\"a\"", "7");
        let wanted = [format!("X001 2 {place}"), format!("X001 3 {place}")];
        check(profile, &[&[PLAIN, &number, PARTS]], 0, &[&wanted[0], &wanted[1]]);
        let [text, list] =
            ["\"s\"", "[]"].map(|n| PLAIN.replace("]}", &format!(r#"],"content":{n}}}"#)));
        check(profile, &[&[&text, &list]], 0, &["X001 2 90 /content warning"]);
    }
    // The trainers read through Arrow, which has one type for a column.
    for profile in ["default", "trl", "together", "qwen"] {
        check(profile, &[&[PLAIN, PARTS]], 0, &[&format!("X001 2 {place}")]);
    }
    let profiles = ["openai", "trl"].map(|name| Profile::find(name).unwrap());
    let settings = Settings::new(&profiles, &Selection::default()).unwrap();
    let at = At { input: "-", line: 0, offset: 0 };
    let all = Stream::default().join(block(&settings, &[PLAIN, PARTS], true), at, &settings);
    assert_eq!((all.len(), &all[0].profiles[..]), (1, &["trl"][..]));
}

#[test]
fn late_columns() {
    let tools = PLAIN.replace("]}", r#"],"tools":[{"type":"function","function":{"name":"f"}}]}"#);
    let more = tools.replace(r#""name":"f""#, r#""name":"f","strict":true"#);
    let padded = PLAIN.replace("]}", r#"],"tools":null}"#);
    // The first line reaches up to the byte before the bound.
    let start = LATE - PLAIN.len() as u64 - 1;
    let at = |line: &str, text: &str| line.find(text).unwrap() + 1;
    let column = at(&tools, r#"[{"type":"function""#);
    check(
        "default",
        &[&[PLAIN, &padded, &tools, &more]],
        start,
        &[
            &format!("X002 3 {column} /tools warning"),
            &format!("X002 4 {} /tools/0/function/strict warning", at(&more, "true")),
        ],
    );
    // Early enough: nothing.
    check("default", &[&[PLAIN, &tools, &tools]], 0, &[]);
    // The bound is that of the value, not of its line.
    let value = column as u64 - 1;
    check(
        "default",
        &[&[&tools]],
        LATE - value - 1,
        &[&format!("X002 1 {} /tools/0 warning", column + 1)],
    );
    // A second type of a known path is late too.
    let text = tools.replace(r#"[{"type":"function","function":{"name":"f"}}]"#, r#""[]""#);
    check(
        "default",
        &[&[&tools, &text]],
        LATE - tools.len() as u64 - 1,
        &[&format!("X001 2 {column} /tools warning"), &format!("X002 2 {column} /tools warning")],
    );
}

#[test]
fn the_same_line_number_of_another_input_is_another_line() {
    let outer = PLAIN.replace("]}", r#"],"x":{"a":1}}"#);
    let inner = PLAIN.replace("]}", r#"],"x":{"b":1}}"#);
    let column = outer.find(r#"{"a""#).unwrap() + 1;
    check(
        "default",
        &[&[&outer], &[&inner]],
        LATE,
        &[
            "X002 1 13 /messages warning",
            &format!("X002 1 {column} /x warning"),
            &format!("X002 1 {} /x/b warning", column + 5),
        ],
    );
}

#[test]
fn kinds_of_record() {
    let prompt = r#"{"prompt":[{"role":"user","content":"a"}]}"#;
    let text = r#"{"text":"a"}"#;
    let all = check(
        "default",
        &[&[PLAIN, prompt, PARTS.replace("[]", "\"b\"").as_str(), text, prompt]],
        0,
        &["X003 2 1  error", "X001 3 39 /messages/0/content warning", "X003 4 1  error"],
    );
    assert_eq!(
        all[0].message.split(';').next(),
        Some("the record is prompt-completion, the first one is chat (line 1)")
    );
    check("default", &[&[PLAIN, PARTS]], 0, &["X001 2 39 /messages/0/content warning"]);
    // What is of no known kind is S001: it is no measure, and is not measured, wherever a block ends.
    let unknown = r#"{"foo":1}"#;
    let all =
        check("default", &[&[unknown, PLAIN, unknown, prompt, unknown]], 0, &["X003 4 1  error"]);
    assert!(all[0].message.contains("the first one is chat (line 2);"), "{}", all[0].message);
    // What is no record has no kind.
    check("default", &[&["[1]", "{", PLAIN]], 0, &[]);
}

#[test]
fn repeated_lines() {
    let spaced = format!("  {PLAIN}\t ");
    let other = PLAIN.replace("\"a\"", "\"c\"");
    check("default", &[&[PLAIN, &other, &spaced], &[PLAIN]], 0, &[]);
    let all = check(
        "default+X006",
        &[&[PLAIN, &other, &spaced], &[PLAIN]],
        0,
        &["X006 3 1  warning", "X006 1 1  warning"],
    );
    assert!(all[0].message.starts_with("the same as line 1;"));
    assert!(all[1].message.starts_with(r#"the same as line 1 of "a.jsonl";"#));
}

#[test]
fn the_bound_on_paths_is_told_once() {
    let many = |from: usize| {
        let keys: Vec<_> = (from..from + MAX_PATHS).map(|n| format!(r#""k{n}":1"#)).collect();
        PLAIN.replace("]}", &format!(r#"],"x":{{{}}}}}"#, keys.join(",")))
    };
    let (first, second) = (many(0), many(MAX_PATHS));
    for (lines, size) in [(&[PLAIN, &first, PLAIN][..], 10), (&[&first, &second], 1)] {
        let all = found("default", &[lines], size, 0, true);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].rule.code(), "X001");
        assert!(all[0].message.starts_with("more than 100000 different paths; "));
    }
}

#[test]
fn several_profiles_make_one_finding() {
    let profiles = ["default", "trl"].map(|name| Profile::find(name).unwrap());
    let settings = Settings::new(&profiles, &Selection::default()).unwrap();
    let mut stream = Stream::default();
    let at = At { input: "-", line: 0, offset: 0 };
    let all = stream.join(block(&settings, &[PLAIN, PARTS], true), at, &settings);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].profiles, ["default", "trl"]);
    assert_eq!(all[0].severity.name(), "warning");
}
