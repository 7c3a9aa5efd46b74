//! Equal is what says the same, however it is written, in what is to be compared.

use super::kept;
use crate::util::{Folder, asked, chat, dedup, good, lines};

/// A conversation in which every part is a word of its own.
fn parts(system: &str, ask: &str, answer: &str, more: &str, last: &str) -> String {
    chat(&[
        ("system", system),
        ("user", ask),
        ("assistant", answer),
        ("user", more),
        ("assistant", last),
    ])
}

fn are_equal(args: &[&str], one: &str, other: &str) -> bool {
    let done = dedup(args, lines(&[one, other]));
    match done.exits(0).out().lines().count() {
        1 => true,
        2 => false,
        _ => panic!("{done}"),
    }
}

#[test]
fn a_record_goes_only_if_what_is_compared_is_equal() {
    let base = parts("s", "q", "a", "m", "z").replace("]}", r#"],"id":{"x":1}}"#);
    let with = |record: String| record.replace("]}", r#"],"id":{"x":1}}"#);
    // What differs, and by which comparisons the two are not equal.
    let table = [
        (with(parts("S", "q", "a", "m", "z")), "record messages prompt system"),
        (with(parts("s", "Q", "a", "m", "z")), "record messages prompt first-user user"),
        (with(parts("s", "q", "A", "m", "z")), "record messages assistant"),
        (with(parts("s", "q", "a", "M", "z")), "record messages user last-turn"),
        (with(parts("s", "q", "a", "m", "Z")), "record messages assistant response last-turn"),
        (base.replace(r#"{"x":1}"#, r#"{"x":2}"#), "record /id /id/x"),
        (base.replace(r#""id":"#, r#""id2":1,"id":"#), "record"),
        (base.replace('{', "{ "), ""),
    ];
    let all =
        "record messages prompt first-user user assistant response system last-turn /id /id/x";
    for (other, differ) in &table {
        for by in all.split(' ') {
            let wanted = !differ.split(' ').any(|name| name == by);
            assert_eq!(are_equal(&["-q", "--by", by], &base, other), wanted, "{by}: {other}");
        }
    }
}

#[test]
fn by_several_all_have_to_be_equal() {
    let record = |id, tag: &str| asked(id, "q", "a").replace("]}", &format!(r#"],"tag":{tag}}}"#));
    let records = [record(1, "1"), record(2, "2"), record(3, "1"), record(4, "null")];
    assert_eq!(kept(&["--by", "messages"], &records), [1]);
    assert_eq!(kept(&["--by", "messages,/tag"], &records), [1, 2, 4]);
    assert_eq!(kept(&["--by", "/tag", "--by", "user"], &records), [1, 2, 4]);
    assert_eq!(kept(&["--by", "messages,/tag,/id"], &records), [1, 2, 3, 4]);
}

#[test]
fn a_record_that_lacks_what_is_compared_equals_no_other() {
    let records = [
        asked(1, "q", "a"),
        asked(2, "q", "a"),
        chat(&[("user", "only")]).replacen('{', r#"{"id":3,"#, 1),
        chat(&[("user", "only")]).replacen('{', r#"{"id":4,"#, 1),
        chat(&[("assistant", "only")]).replacen('{', r#"{"id":5,"#, 1),
        chat(&[("assistant", "only")]).replacen('{', r#"{"id":6,"#, 1),
    ];
    let all = [1, 2, 3, 4, 5, 6];
    assert_eq!(kept(&["--by", "system"], &records), all);
    assert_eq!(kept(&["--by", "/no/such"], &records), all);
    assert_eq!(kept(&["--by", "response"], &records), [1, 3, 4, 5]);
    assert_eq!(kept(&["--by", "user"], &records), [1, 3, 5, 6]);
    assert_eq!(kept(&["--by", "prompt"], &records), [1, 3, 5, 6]);
    assert_eq!(kept(&["--by", "user,assistant"], &records), [1, 3, 4, 5, 6]);
}

#[test]
fn how_a_record_is_written_does_not_count_and_what_it_says_does() {
    let base = r#"{"messages":[{"role":"user","content":"a\n\u00e9/"},{"role":"assistant","content":"B"}]}"#;
    let same = [
        r#" {"messages" : [ {"content":"a\u000aé\/", "role":"user"},{"role":"assistant","content":"\u0042"}], "n":1.0 } "#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"a\né/"}]},{"role":"assistant","content":"B"}]}"#,
        r#"{"n":2,"messages":[{"role":"user","content":"a\né/","name":null},{"role":"assistant","content":"B","tool_calls":[],"weight":0}]}"#,
    ];
    for other in same {
        assert!(are_equal(&[], base, other), "{other}");
        assert!(are_equal(&[], base, &format!("{other}\r")), "{other}");
    }
    let different = [
        base.replace("user", "system"),
        base.replace("\"B\"", "\"b\""),
        base.replace("\"B\"", "\"B \""),
        base.replace("\"B\"", "null"),
        base.replace("\"B\"", "\"\""),
        base.replace("\"B\"", r#""B","name":"x""#),
        base.replace("\"B\"", r#""B","reasoning_content":"r""#),
        base.replace("\"B\"", r#""B","tool_calls":[{"id":"1"}]"#),
        base.replace("\"B\"", r#"[{"type":"text","text":"B"},{"type":"text","text":""}]"#),
    ];
    for other in &different {
        assert!(!are_equal(&[], base, other), "{other}");
    }
    for (at, one) in different.iter().enumerate() {
        for other in &different[..at] {
            assert!(!are_equal(&[], one, other), "{one}\n{other}");
        }
    }
}

#[test]
fn texts_of_turns_do_not_run_together() {
    let two = |a: &str, b: &str| chat(&[("user", a), ("user", b)]);
    for by in ["messages", "user", "prompt", "record"] {
        assert!(!are_equal(&["--by", by], &two("ab", "c"), &two("a", "bc")), "{by}");
        assert!(!are_equal(&["--by", by], &two("a", ""), &two("", "a")), "{by}");
    }
    assert!(!are_equal(&["--by", "user"], &two("a", "b"), &chat(&[("user", "ab")])));
}

#[test]
fn each_level_of_normalizing_forgives_more() {
    let base = good("Don't stop");
    let table = [
        (r" Don't\t\nstop  ", [false, true, true, true]),
        ("Don't\u{a0}stop", [false, true, true, true]),
        ("don't STOP", [false, false, true, true]),
        ("\u{ff24}on't st\u{ff4f}p", [false, false, true, true]),
        ("don t: stop!", [false, false, false, true]),
        ("dont stop", [false; 4]),
        ("stop don't", [false; 4]),
    ];
    for (text, wanted) in table {
        for (level, wanted) in ["none", "space", "case", "full"].into_iter().zip(wanted) {
            let equal = are_equal(&["--normalize", level], &base, &good(text));
            assert_eq!(equal, wanted, "{level}: {text}");
        }
    }
    // Han has no case, no spaces, and words all the same.
    assert!(are_equal(&["--normalize", "full"], &good("今天天气。"), &good("今天 天气")));
    assert!(!are_equal(&["--normalize", "full"], &good("今天天气"), &good("今天天氣")));
}

#[test]
fn comparing_the_texts_as_well_changes_nothing() {
    let folder = Folder::of("chatml-dedup");
    let text: String =
        (0..400).map(|n| asked(n, &format!("q{}", n * n % 97), "a") + "\n").collect();
    for more in [&[][..], &["--keep", "last"], &["--normalize", "full"], &["--by", "user,/id"]] {
        let run = |verify: &[&str]| {
            let done = folder.run(&[more, verify, &["--removed", "removed"]].concat(), &text);
            (done.exits(0).stdout.clone(), folder.get("removed"))
        };
        assert_eq!(run(&[]), run(&["--verify"]));
    }
}
