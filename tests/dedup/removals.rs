//! Keys for an engine, and the list of lines that comes back from it.

use std::collections::HashSet;

use super::kept;
use crate::util::{Dice, Folder, Language, asked, dedup, families, good, lines};

fn records() -> Vec<String> {
    (0..60).map(|id| asked(id, &format!("q{}", id * id % 17), &format!("a{}", id % 2))).collect()
}

/// The lines of a text, each cut in two at its first tab.
fn pairs(text: &str) -> Vec<(&str, &str)> {
    text.lines().map(|line| line.split_once('\t').unwrap()).collect()
}

#[test]
fn equal_keys_are_equal_records() {
    let text = lines(&records());
    let plain = dedup(&[], &text).exits(0).out();
    let keyed = dedup(&["--emit-keys"], &text).exits(0).out();
    assert_eq!(keyed, dedup(&["--emit-keys=records"], &text).out(), "a key is that of every run");
    let mut seen = HashSet::new();
    let firsts = pairs(&keyed).into_iter().filter(|(key, _)| seen.insert(*key));
    let first: String = firsts.map(|(_, record)| record.to_owned() + "\n").collect();
    assert_eq!(first, plain);
    assert!(seen.iter().all(|key| key.len() == 32 && key.bytes().all(|b| b.is_ascii_hexdigit())));
    let other = dedup(&["--emit-keys", "--seed", "1"], &text).exits(0).out();
    assert!(pairs(&other).iter().all(|(key, _)| !seen.contains(key)));
}

#[test]
fn a_key_does_not_depend_on_the_way_a_record_is_written() {
    let odd = r#" {"messages":[{"content":"\u0061","role":"user"},{"role":"assistant","content":"Yes"}],"n":1}"#;
    let done = dedup(&["--emit-keys=ids"], lines(&[&good("a"), odd]));
    let out = done.exits(0).out();
    let pairs = pairs(&out);
    assert_eq!(pairs[0].0, pairs[1].0);
    assert_eq!((pairs[0].1, pairs[1].1), ("1", "2"));
    let marked = format!("\u{feff}{}\n", good("a"));
    dedup(&["--emit-keys"], marked).exits(0).writes(format!("{}\t{}\n", pairs[0].0, good("a")));
}

#[test]
fn a_record_that_equals_no_other_has_a_key_of_its_own() {
    let args = ["--emit-keys=ids", "--by", "system", "--id-prefix", "shard7:"];
    let done = dedup(&args, lines(&[&good("a"), "", &good("a")]));
    done.exits(0).writes("-shard7:1\tshard7:1\n-shard7:3\tshard7:3\n");
}

#[test]
fn an_engine_removes_what_the_plain_run_removes() {
    let folder = Folder::of("chatml-dedup");
    let text = lines(&records());
    folder.put("in", &text);
    let out = folder.run(&["--emit-keys=ids", "in"], "").exits(0).out();
    let mut seen = HashSet::new();
    let again = pairs(&out).into_iter().filter(|(key, _)| !seen.insert(*key));
    folder.put("list", again.map(|(_, id)| id.to_owned() + "\n").collect::<String>());
    let plain = folder.run(&["in"], "");
    let args = ["--apply-removals", "list", "in", "--removed", "removed"];
    let applied = folder.run(&args, "");
    applied.exits(0).writes(&plain.stdout);
    let count = |done: &crate::util::Done| {
        done.err().lines().next().map(|l| l.split(" (").next().unwrap().to_owned())
    };
    assert_eq!(count(&applied), count(&plain));
    applied.says("named");
    // What was removed can be removed again, by the list that tells it.
    folder.run(&["--apply-removals", "removed", "in"], "").exits(0).writes(&plain.stdout);
}

#[test]
fn the_list_of_a_run_gives_its_output_again() {
    let folder = Folder::of("chatml-dedup");
    let chats = families(&mut Dice::new(9), Language::Spaced, 30);
    let third = chats.len() / 3;
    folder.put("a", lines(&chats[..third]));
    folder.put("b", lines(&chats[third..2 * third]));
    folder.put("c", lines(&chats[2 * third..]));
    for args in
        [&["--near"][..], &["--near=0.5", "--keep", "longest"], &["--contain"], &["--check"]]
    {
        let plain = folder.run(&[args, &["-q", "--removed", "list", "a", "b", "c"]].concat(), "");
        let applied = folder.run(&["-q", "--apply-removals", "list", "a", "b", "c"], "");
        if args != ["--check"] {
            applied.exits(0).writes(&plain.stdout);
        }
        // File by file as well.
        let each =
            ["a", "b", "c"].map(|f| folder.run(&["-q", "--apply-removals", "list", f], "").out());
        assert_eq!(each.concat(), applied.out());
    }
}

#[test]
fn bands_bring_similar_records_together() {
    let chats = families(&mut Dice::new(10), Language::Spaced, 60);
    let folder = Folder::of("chatml-dedup");
    let done = folder.run(&["--near", "--emit-keys=bands"], lines(&chats));
    let out = done.exits(0).out();
    let mut groups = std::collections::HashMap::<&str, Vec<u64>>::new();
    for (band, id) in pairs(&out) {
        groups.entry(band).or_default().push(id.parse().unwrap());
    }
    let near: HashSet<(u64, u64)> = groups
        .values()
        .flat_map(|ids| ids.iter().flat_map(|a| ids.iter().map(|b| (*a, *b))))
        .collect();
    folder.run(&["--near", "--by", "/no", "--removed", "removed"], lines(&chats)).exits(0);
    let removed = String::from_utf8(folder.get("removed")).unwrap();
    let pairs = removed.lines().map(|row| {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        (row["witness_line"].as_u64().unwrap(), row["line"].as_u64().unwrap())
    });
    let (all, found) =
        pairs.fold((0, 0), |(all, found), pair| (all + 1, found + u64::from(near.contains(&pair))));
    assert!(all > 10 && found * 100 >= all * 98, "{found} of {all}");
    for without in [&[][..], &["--near", "--complete"], &["--near=0.1"]] {
        let done = folder.run(&[&["--emit-keys=bands"], without].concat(), "");
        done.exits(2).says("--emit-keys=bands needs --near");
    }
    for idle in ["--by=prompt", "--normalize=case", "--empty=drop"] {
        let done = folder.run(&["--near", "--emit-keys=bands", idle], "");
        done.exits(2).says("--emit-keys=bands ").says(&idle[..4]);
    }
    let done = folder.run(&["--near", "--emit-keys=ids"], "");
    done.exits(2).says("for those of similar ones: --near --emit-keys=bands");
}

#[test]
fn named_lines_go_and_nothing_else() {
    let text = lines(&[&good("1"), &good("2"), &good("1"), &good("3")]);
    let folder = Folder::of("chatml-dedup");
    let apply = |list: &str, args: &[&str]| {
        folder.put("list", list);
        folder.run(&[&["--apply-removals", "list"], args].concat(), &text)
    };
    apply("2\n\n 4 \n4\n99", &[]).exits(0).writes(lines(&[good("1"), good("1")]));
    apply("{\"line\":1}\n", &[]).exits(0).writes(lines(&[good("2"), good("1"), good("3")]));
    apply("", &[]).exits(0).writes(&text);
    folder.put("a", &text);
    let both = apply("{\"file\":\"a\",\"line\":1}\n{\"line\":5}\n", &["a", "-"]);
    both.exits(0).writes(lines(&[
        &good("2"),
        &good("1"),
        &good("3"),
        &good("2"),
        &good("1"),
        &good("3"),
    ]));
    for list in
        ["0", "-1", "1.5", "x", "\"1\"", "{}", "{\"line\":\"1\"}", "{\"file\":1,\"line\":1}", "1 2"]
    {
        let done = apply(&format!("1\n{list}\n"), &[]);
        done.exits(2)
            .writes("")
            .says("list:2: ")
            .says("is no line number and no object with \"line\"");
    }
}

#[test]
fn a_shard_of_which_the_list_names_nothing_is_written_whole() {
    let folder = Folder::of("chatml-dedup");
    let text = lines(&[good("1"), good("2")]);
    folder.put("a", &text);
    folder.put("b", &text);
    let apply = |list: &str, input: &str| {
        folder.put("list", list);
        folder.run(&["--apply-removals", "list", "-o", "out", input], "")
    };
    let rows = "{\"file\":\"a\",\"line\":2}\n";
    apply(rows, "b").exits(0).says("--apply-removals names lines of other files only");
    assert_eq!(folder.get("out"), text.as_bytes());
    assert!(!apply(rows, "a").exits(0).err().contains("--apply-removals"));
    assert_eq!(folder.get("out"), lines(&[good("1")]).as_bytes());
    // Lines that this very data should have and has not, as many as there are.
    let none = "no line that --apply-removals names is there";
    for list in ["3\n", "{\"line\":3}\n", "{\"file\":\"b\",\"line\":3}\n"] {
        apply(&format!("{rows}{list}"), "b").exits(2).says(none);
    }
    apply(&format!("{rows}1\n3\n"), "b").exits(0).says("1 named line of --apply-removals not");
}

#[test]
fn a_line_over_the_limit_does_not_come_out_in_part() {
    let folder = Folder::of("chatml-dedup");
    folder.put("list", "1\n");
    let text = lines(&[&good("1"), &good(&"a".repeat(200)), &good("2")]);
    for args in [&["--apply-removals", "list"][..], &["--emit-keys=ids"], &[], &["--count"]] {
        let done = folder.run(&[&["--max-line-bytes", "150"], args].concat(), &text);
        done.exits(1).says("<stdin>:2:1: the line is longer than 150 bytes");
        assert!(!done.out().contains("aaa"), "{done}");
    }
}

#[test]
fn what_makes_no_sense_together_is_told() {
    for args in [
        ["--emit-keys", "--keep=last"],
        ["--emit-keys", "--check"],
        ["--emit-keys", "--against=x"],
        ["--apply-removals=x", "--near"],
        ["--apply-removals=x", "--emit-keys"],
        ["--apply-removals=x", "--by=messages"],
        ["--apply-removals=x", "--normalize=none"],
        ["--apply-removals=x", "--memory=1G"],
        ["--apply-removals=x", "--verify"],
        ["--apply-removals=x", "--seed=1"],
        ["--emit-keys", "--memory=1G"],
        ["--emit-keys", "--verify"],
        ["--contain", "--complete"],
        ["--near", "--contain"],
        ["--complete", "-q"],
        ["--check", "--count"],
        ["--emit-keys", "--near"],
        ["--emit-keys=ids", "--near=0.9"],
        ["--apply-removals=x", "--clusters=y"],
        ["--by=record", "--normalize=space"],
        ["--by=/id,/x", "--normalize=full"],
        ["--by=nothing", "-q"],
        ["--normalize=all", "-q"],
    ] {
        let done = dedup(&args, "");
        done.exits(2).writes("");
        assert!(done.err().starts_with("chatml-dedup: "), "{done}");
        assert!(!done.err().contains("cannot open"), "{done}");
    }
    for args in
        [["--against", "-", "-"], ["--decontaminate", "-", "-"], ["--apply-removals", "-", "-"]]
    {
        dedup(&args, lines(&[good("a")]))
            .exits(2)
            .writes("")
            .says("- (standard input) can be read only once");
    }
    assert_eq!(kept(&["--against", "/dev/null"], &records()[..1]), [0]);
}
