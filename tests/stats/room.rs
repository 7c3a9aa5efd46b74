//! What a report has room for: nothing of nothing, lists as long as asked for, lines that fit a terminal.

use crate::util::{Folder, chat, lines, stats};

#[test]
fn nothing_is_shown_of_nothing() {
    for format in ["text", "markdown", "info", "html"] {
        for args in [&["--max-tokens", "9"][..], &["--chat-template", "gemma"]] {
            let shown = stats(&[args, &["--format", format]].concat(), "").exits(0).out();
            for share in ["0.0 %", "0.0%", "100 %", "100.0"] {
                assert!(!shown.contains(share), "{format}: {shown}");
            }
        }
    }
    let shown = stats(&["--tokenizer", "none", "--by", "/a"], "{\"messages\":[]}\n").exits(0).out();
    assert!(!shown.contains("Messages\n"), "{shown}");
    // No more of a role that says nothing, nor of tokens that no record has.
    let asked = lines(&[chat(&[("system", "S"), ("user", "Who goes there?")])]);
    for format in ["text", "markdown", "html"] {
        let args = ["--chat-template", "gemma", "--format", format];
        let shown = stats(&args, &asked).exits(2).out();
        assert!(!shown.contains("Diversity of assistant") && !shown.contains("Packed"), "{shown}");
    }
}

#[test]
fn lists_are_as_long_as_asked_for() {
    let with_keys = |n: usize| {
        let keys: String = (0..n).map(|key| format!(r#""key{key:02}":1,"#)).collect();
        chat(&[("user", "Q"), ("assistant", "A")]).replacen('{', &format!("{{{keys}"), 1)
    };
    let keys = |top: &str| {
        let text = stats(&["--top", top], lines(&[with_keys(20)])).exits(0).out();
        let keys = text.split("\nKeys\n").nth(1).unwrap().split("\n\n").next().unwrap();
        keys.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(keys("3").len(), 4);
    assert_eq!(keys("3")[3], "  and 21 more");
    assert_eq!(keys("0").len(), 24);
    assert_eq!(keys("24").len(), 24);
}

#[test]
fn lines_of_the_report_fit_a_terminal_and_line_numbers_are_whole() {
    let folder = Folder::of("chatml-stats");
    let name = "a_name_that_is_as_long_as_names_in_caches_are_wont_to_be_0123456789abcdef.jsonl";
    let silent =
        chat(&[("system", "S"), ("user", "mail to paula.jensen@nordkanal.no"), ("assistant", "")]);
    let long =
        chat(&[("user", "A question of words"), ("assistant", &"An answer of words. ".repeat(50))]);
    let records = vec![silent, long, chat(&[("user", "Q")]), chat(&[("user", "Q")])];
    folder.put(name, lines(&records).repeat(300));
    for template in ["gemma", "chatml"] {
        let args = ["--max-tokens", "60", "--chat-template", template, "--by", "/x", name];
        let text = folder.run(&args, "").exits(0).out();
        let width = |line: &str| unicode_width::UnicodeWidthStr::width(line);
        let wide: Vec<&str> = text.lines().filter(|line| width(line) > 80).collect();
        assert!(wide.is_empty(), "{wide:#?}");
        let cut: Vec<&str> = text.lines().filter(|line| line.contains("jso…")).collect();
        assert!(cut.is_empty(), "{cut:#?}");
        assert!(text.contains("f.jsonl:1"), "{text}");
        assert!(text.lines().all(|line| line.trim_end() == line), "{text}");
    }
}

/// A record for each pair of values.
fn pairs(pairs: impl IntoIterator<Item = (usize, usize)>) -> String {
    let record = chat(&[("user", "Q"), ("assistant", "A")]);
    let with = |(a, b): (usize, usize)| {
        record.replacen('{', &format!(r#"{{"a":"a{a:03}","b":"b{b:03}","#), 1)
    };
    lines(&pairs.into_iter().map(with).collect::<Vec<_>>())
}

const BY_PAIRS: [&str; 7] = ["--tokenizer", "none", "--no-quality", "--by", "/a", "--by", "/b"];

#[test]
fn a_table_of_pairs_says_what_it_does_not_show() {
    let text = pairs((0..20).map(|n| (n, n)));
    let shown = |format: &str, top: &str| {
        stats(&[&BY_PAIRS[..], &["--format", format, "--top", top]].concat(), &text).exits(0).out()
    };
    let out = shown("text", "10");
    assert!(out.contains("  not shown: 15 values of /b, 10 values of /a\n"), "{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    assert!(shown("text", "0").contains("  not shown: 15 values of /b\n"));
    assert!(shown("text", "3").contains("  not shown: 17 values of /b, 17 values of /a\n"));
    assert!(shown("markdown", "0").contains("\nnot shown: 12 values of /b\n"));
    assert!(shown("html", "0").contains("not shown: 8 values of /b<"));
    let few = stats(&BY_PAIRS, pairs([(1, 1), (1, 2)])).exits(0).out();
    assert!(few.contains("By /a and /b\n") && !few.contains("not shown"), "{few}");
    // Where a field has no value there is no table.
    let args = ["--tokenizer", "none", "--no-quality", "--by", "/a", "--by", "/none"];
    let none = stats(&args, pairs([(1, 1)])).exits(0).out();
    assert!(!none.contains("By /a and /none"), "{none}");
}

#[test]
fn pairs_that_found_no_room_are_not_shown_as_none() {
    let text = pairs((0..104).flat_map(|a| (0..104).map(move |b| (a, b))));
    let report = stats(&[&BY_PAIRS[..], &["--top", "0"]].concat(), &text).exits(0).out();
    assert!(report.contains("some pairs of /a and /b: there are too many"), "{report}");
    let table = report.split("By /a and /b\n").nth(1).unwrap();
    let cells: Vec<&str> =
        table.lines().skip(1).take(104).flat_map(|row| row.split_whitespace().skip(1)).collect();
    assert!(cells.contains(&"1") && cells.contains(&"-") && !cells.contains(&"0"), "{table}");
}
