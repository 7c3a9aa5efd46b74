//! What is told beside the records: who went, why and for whom, and how many.

use serde_json::{Value, json};

use crate::util::{Done, Folder, asked, dedup, lines};

const TEXT: &str = "The train to Bergen leaves at 8:25 from platform 4 and takes six hours or so";

/// Equal, similar and unusable lines.
fn text() -> String {
    let similar = format!("{TEXT}, they say");
    let records = [
        asked(1, "Train?", TEXT),
        asked(2, "Eggs?", "Boil."),
        "".to_owned(),
        asked(3, "Train?", TEXT),
        "{".to_owned(),
        asked(4, "Train?", &similar),
        asked(5, "Eggs?", "Boil."),
        asked(6, "Train?", TEXT),
    ];
    lines(&records)
}

fn rows(folder: &Folder, name: &str) -> Vec<Value> {
    let text = String::from_utf8(folder.get(name)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_removal_is_told_with_the_reason_and_the_record_that_stays() {
    let folder = Folder::of("chatml-dedup");
    let removal = |line: u64, reason: &str, witness: u64, similarity: f64| {
        json!({
            "schema": 1, "file": "<stdin>", "line": line, "reason": reason,
            "witness_file": "<stdin>", "witness_line": witness,
            "similarity": similarity, "cluster": witness,
        })
    };
    folder.run(&["--near=0.5", "--removed", "removed"], text()).exits(1);
    // Of 13 + 1 runs of words two are new.
    let wanted = [
        removal(4, "exact", 1, 1.0),
        removal(6, "near", 1, 14.0 / 16.0),
        removal(7, "exact", 2, 1.0),
        removal(8, "exact", 1, 1.0),
    ];
    assert_eq!(rows(&folder, "removed"), wanted);
    folder.run(&["--by", "prompt", "--keep", "last", "--removed", "removed"], text()).exits(1);
    let wanted = [
        removal(1, "exact", 8, 1.0),
        removal(2, "exact", 7, 1.0),
        removal(4, "exact", 8, 1.0),
        removal(6, "exact", 8, 1.0),
    ];
    assert_eq!(rows(&folder, "removed"), wanted);
}

#[test]
fn every_member_of_a_group_is_told_once() {
    let folder = Folder::of("chatml-dedup");
    for (args, wanted) in [
        (&["--near=0.5"][..], [(1, vec![1, 4, 6, 8]), (2, vec![2, 7])]),
        (&["--by", "prompt", "--keep", "last"], [(8, vec![1, 4, 6, 8]), (7, vec![2, 7])]),
    ] {
        folder.run(&[args, &["--clusters", "clusters"]].concat(), text()).exits(1);
        let rows = rows(&folder, "clusters");
        for (cluster, members) in wanted {
            let of: Vec<&Value> = rows.iter().filter(|row| row["cluster"] == cluster).collect();
            let mut lines: Vec<u64> = of.iter().map(|row| row["line"].as_u64().unwrap()).collect();
            lines.sort_unstable();
            assert_eq!(lines, members, "{args:?}");
            assert!(of.iter().all(|row| row["stays"] == (row["line"] == cluster)));
            assert!(of.iter().all(|row| row["file"] == "<stdin>" && row["schema"] == 1));
        }
        assert_eq!(rows.len(), 6, "a record that stands alone is no group");
    }
}

#[test]
fn lines_of_several_files_are_told_by_file() {
    let folder = Folder::of("chatml-dedup");
    folder.put("a", asked(1, "a", ""));
    folder.put("b", lines(&["", &asked(2, "b", ""), &asked(1, "a", "")]));
    let args = ["a", "b", "a", "--removed", "removed", "--clusters", "clusters"];
    folder.run(&args, "").exits(0).says("group of 3          stays: a:1");
    let places: Vec<String> = rows(&folder, "removed")
        .iter()
        .map(|r| {
            format!(
                "{}:{} {}:{} {}",
                r["file"], r["line"], r["witness_file"], r["witness_line"], r["cluster"]
            )
        })
        .collect();
    assert_eq!(places, [r#""b":3 "a":1 1"#, r#""a":1 "a":1 1"#]);
}

#[test]
fn other_data_is_compared_with_and_never_written() {
    let folder = Folder::of("chatml-dedup");
    let test = lines(&[asked(7, "Eggs?", "Boil."), asked(8, "Eggs?", "Boil.")]);
    folder.put("test", &test);
    folder.put("more", lines(&["", &asked(9, "Train?", TEXT)]));
    for (args, left) in [(&[][..], "4\n"), (&["--near=0.5"], ""), (&["--keep", "last"], "4\n")] {
        let against = ["--against", "test", "--against", "more", "--removed", "removed"];
        let all = [args, &against, &["--clusters", "clusters", "--report", "report"]].concat();
        let done = folder.run(&all, text());
        let ids: String = done.exits(1).json().iter().map(|r| format!("{}\n", r["id"])).collect();
        assert_eq!(ids, left, "{args:?}");
        let removed = rows(&folder, "removed");
        assert_eq!((&removed[0]["file"], &removed[0]["line"]), (&"<stdin>".into(), &1.into()));
        assert_eq!(removed[0]["witness_file"], "more");
        assert_eq!(removed[0]["witness_line"], 2);
        assert_eq!(removed[0]["cluster"], Value::Null);
        assert_eq!(removed[1]["witness_file"], "test");
        assert_eq!(removed[1]["witness_line"], 1);
        assert_eq!(rows(&folder, "clusters"), [json!(null); 0]);
        let report = folder.json("report");
        assert_eq!(report["records_read"], 7, "other data is not counted");
        assert_eq!(report["bytes"], text().len());
    }
    assert_eq!(folder.get("test"), test.as_bytes());
}

#[test]
fn other_data_that_cannot_be_used_is_trouble() {
    for (line, why) in [
        ("{", "not JSON"),
        ("[]", "an array"),
        ("{\"messages\":[]}", "messages is empty"),
        (&asked(1, &"a".repeat(200), ""), "the line is longer than 150 bytes"),
    ] {
        let folder = Folder::of("chatml-dedup");
        folder.put("test", lines(&[&asked(1, "a", ""), "", line]));
        let args = ["--against", "test", "--max-line-bytes", "150", "-o", "out"];
        let done = folder.run(&args, asked(1, "b", ""));
        done.exits(2).writes("").says("chatml-dedup: test:3: ").says(why).says("(--against)");
        assert_eq!(folder.names(), ["test"]);
    }
}

#[test]
fn the_line_of_the_record_that_stays_is_written_into_each_and_the_rest_stays() {
    let odd = r#" { "messages" : [{"content":"\u0061\/","role":"user"}], "n" : 1.10 ,"m":{ "x" : [1, 2] } }	"#;
    let same = r#"{"m":{"group":"old","x":{}},"messages":[{"role":"user","content":"a/"}]}"#;
    let other = r#"{"m":{},"messages":[{"role":"user","content":"b"}]}"#;
    let text = lines(&["", odd, other, same]);
    let with = |line: &str, before: &str, note: &str| {
        let at = line.find(before).unwrap();
        format!("{}{note}{}", &line[..at], &line[at..])
    };
    let marked = r#"{"m":{"group":2,"x":{}},"messages":[{"role":"user","content":"a/"}]}"#;
    let noted = lines(&[
        &with(odd, " } }", r#","group":2"#),
        &with(other, r#"},"messages"#, r#""group":3"#),
        marked,
    ]);
    dedup(&["--annotate", "/m/group"], &text).exits(0).writes(&noted);
    let last = noted.replace("\"group\":2", "\"group\":4");
    dedup(&["--annotate", "/m/group", "--keep", "last"], &text).exits(0).writes(last);
    let deep = lines(&[
        &with(odd, "\t", "").replace("] } }", r#"] },"a":{"b~":{"c/":2}} }"#),
        &with(other, "}]}", "").replace("}]}", r#"}],"a":{"b~":{"c/":3}}}"#),
        &with(same, "}]}", "").replace("}]}", r#"}],"a":{"b~":{"c/":2}}}"#),
    ]);
    dedup(&["--annotate", "/a/b~0/c~1"], &text).exits(0).writes(deep);
}

#[test]
fn a_note_keeps_marks_and_line_endings() {
    let text = format!("\u{feff}{}\r\n\r\n{}", asked(1, "a", ""), asked(2, "a", ""));
    for keep in ["first", "last"] {
        let line = if keep == "first" { 1 } else { 3 };
        let wanted = text.replace("\r\n\r\n", "\r\n").replace("]}", &format!("],\"of\":{line}}}"));
        let args = ["--annotate", "/of", "--keep", keep];
        dedup(&args, &text).exits(0).writes(wanted + "\n");
    }
}

#[test]
fn what_has_no_place_for_a_note_is_left_out_with_the_reason() {
    let folder = Folder::of("chatml-dedup");
    let lines_of = [asked(1, "a", "").replace("]}", r#"],"m":[1]}"#), asked(2, "b", "")];
    let done = folder.run(&["--annotate", "/m/of", "--rejects", "rejects"], lines(&lines_of));
    done.exits(1).says("<stdin>:1:1: something on the way to /m/of is no object; left out");
    assert_eq!(folder.get("rejects"), lines(&lines_of[..1]).as_bytes());
    dedup(&["--annotate", "of"], "").exits(2).says("\"of\" is no JSON pointer");
    dedup(&["--annotate", "/of", "--count"], "").exits(2);
    let done = dedup(&["--annotate", "/of"], lines(&[asked(1, "q", "a"), asked(1, "q", "a")]));
    done.exits(0).says("2 records: 1 would stay, 1 would go");
}

#[test]
fn each_record_stands_behind_the_number_of_those_it_stands_for() {
    let wanted = |counts: [(usize, String); 2]| -> String {
        counts.into_iter().map(|(count, line)| format!("{count:7} {line}\n")).collect()
    };
    let (one, two) = (asked(1, "Train?", TEXT), asked(2, "Eggs?", "Boil."));
    let by_prompt = wanted([(4, one.clone()), (2, two.clone())]);
    let folder = Folder::of("chatml-dedup");
    folder.put("in", text());
    for args in [["--count", "--by", "prompt"], ["--count", "--near=0.5", "-q"]] {
        folder.run(&args, text()).exits(1).writes(&by_prompt);
        folder.run(&[&args[..], &["in"]].concat(), "").exits(1).writes(&by_prompt);
    }
    let last = wanted([(2, asked(5, "Eggs?", "Boil.")), (4, asked(6, "Train?", TEXT))]);
    dedup(&["--count", "--by", "prompt", "--keep", "last"], text()).exits(1).writes(last);
    let marked = format!("\u{feff}{one}\n{one}\n");
    dedup(&["--count"], marked).exits(0).writes(format!("      2 {one}\n"));
}

#[test]
fn a_check_writes_nothing_and_says_by_its_status_whether_there_are_duplicates() {
    let folder = Folder::of("chatml-dedup");
    let twice = lines(&[asked(1, "a", "b"), asked(2, "a", "b")]);
    let args = ["--check", "--removed", "removed", "--report", "report"];
    folder.run(&args, &twice).exits(1).writes("").says("2 records: 1 would stay, 1 would go");
    assert_eq!(rows(&folder, "removed").len(), 1);
    assert_eq!(folder.json("report")["records_written"], 0);
    folder.run(&["--check", "--exit-zero"], &twice).exits(0).writes("");
    folder.run(&["--check", "--by", "/id"], &twice).exits(0).writes("");
    folder.run(&["--check", "--keep", "last"], &twice).exits(1).writes("");
    folder.run(&["--check"], "").exits(0).writes("");
    let alone = "1 line could not be used and is left out: that alone makes the status 1";
    folder.run(&["--check"], "{}").exits(1).says(alone);
    folder.run(&["--check", "--exit-zero"], "{}").exits(0).never_says("that alone");
    folder.run(&["--check"], format!("{twice}{{}}")).exits(1).never_says("that alone");
    folder.run(&[], &twice).exits(0);
    folder.run(&["--check", "-o", "x"], &twice).exits(2).writes("");
}

#[test]
fn the_report_adds_up_in_every_mode() {
    let folder = Folder::of("chatml-dedup");
    folder.put("in", text());
    for args in [
        &[][..],
        &["--near=0.5"],
        &["--near=0.5", "--complete"],
        &["--contain"],
        &["--keep", "last"],
        &["--count"],
        &["--check"],
        &["--annotate", "/x"],
        &["--near", "--annotate", "/x", "--keep", "longest"],
        &["--verify"],
    ] {
        for file in [true, false] {
            let (name, stdin) = if file { ("in", String::new()) } else { ("-", text()) };
            let outs = ["--report", "report", "--removed", "removed", "--rejects", "rejects", name];
            let done = folder.run(&[args, &outs].concat(), stdin);
            let report = folder.json("report");
            let number = |key: &str| report[key].as_u64().unwrap_or_else(|| panic!("{key}"));
            let keys: Vec<_> = report.as_object().unwrap().keys().map(String::as_str).collect();
            let common = ["schema", "tool", "version", "records_read", "records_written"];
            assert_eq!(keys[..5], common);
            assert_eq!(keys[5..7], ["records_rejected", "seconds"]);
            assert_eq!((&report["schema"], &report["tool"]), (&1.into(), &"chatml-dedup".into()));
            let (read, written) = (number("records_read"), number("records_written"));
            let (kept, removed) = (number("records_kept"), number("records_removed"));
            assert_eq!(read, 7);
            assert_eq!(number("records_rejected"), 1);
            assert_eq!(number("blank_lines"), 1);
            assert_eq!(number("bytes"), text().len() as u64, "{args:?}");
            assert_eq!(read, kept + removed + 1);
            let reasons = report["removed"].as_object().unwrap().values();
            assert_eq!(reasons.map(|count| count.as_u64().unwrap()).sum::<u64>(), removed);
            assert_eq!(rows(&folder, "removed").len() as u64, removed);
            assert_eq!(folder.get("rejects"), b"{\n");
            assert_eq!(done.exits(1).out().lines().count() as u64, written, "{args:?}");
            let all = args.contains(&"--annotate");
            let none = args.contains(&"--check");
            assert_eq!(
                written,
                if none {
                    0
                } else if all {
                    kept + removed
                } else {
                    kept
                }
            );
            let groups = report["largest_groups"].as_array().unwrap().iter();
            let members: u64 = groups.map(|group| group["members"].as_u64().unwrap() - 1).sum();
            assert_eq!(members, removed, "{args:?}");
            assert_eq!(number("groups"), 2);
            summary_says(&done, kept, removed);
        }
    }
}

fn summary_says(done: &Done, kept: u64, removed: u64) {
    let [filtered, checked] = [
        format!("{} records: {kept} kept, {removed} removed (", kept + removed),
        format!("{} records: {kept} would stay, {removed} would go (", kept + removed),
    ];
    assert!(done.err().contains(&filtered) || done.err().contains(&checked), "{}", done.err());
    done.says("1 line could not be used and is left out");
}

#[test]
fn records_of_other_data_have_no_group_whatever_the_way() {
    let folder = Folder::of("chatml-dedup");
    folder.put("other", lines(&[&asked(1, "q", "a")]));
    folder.put("in", lines(&[asked(2, "q", "a"), asked(3, "x", "y"), asked(4, "x", "y")]));
    for keep in ["first", "last"] {
        let args = ["-q", "--against", "other", "--keep", keep, "--report", "report", "in"];
        folder.run(&args, "").exits(0);
        let report = folder.json("report");
        assert_eq!(
            (&report["groups"], &report["records_removed"]),
            (&1.into(), &2.into()),
            "{keep}"
        );
        assert_eq!(report["largest_groups"][0]["members"], 2);
    }
}

#[test]
fn annotating_never_writes_over_the_conversation_and_fills_what_is_null() {
    for pointer in ["/messages", "/messages/0/content"] {
        dedup(&["--annotate", pointer], "").exits(2).says("write over the conversation");
    }
    let record = asked(7, "q", "a").replacen('{', "{\"m\": null, ", 1);
    let wanted = record.replace("null", "{\"group\":1}");
    dedup(&["-q", "--annotate", "/m/group"], lines(&[record])).exits(0).writes(lines(&[wanted]));
}

#[test]
fn media_beside_the_messages_tell_records_apart() {
    let record = |image: &str| {
        asked(1, "<image> What is it?", "A cat.").replacen(
            '{',
            &format!("{{\"images\":[\"{image}\"],"),
            1,
        )
    };
    let records = lines(&[record("a.png"), record("b.png"), record("a.png")]);
    let wanted = lines(&[record("a.png"), record("b.png")]);
    dedup(&["-q"], &records).exits(0).writes(&wanted);
    dedup(&["-q", "--near=1"], &records).exits(0).writes(&wanted);
}
