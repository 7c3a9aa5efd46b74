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
