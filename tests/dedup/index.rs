//! `--index`: a portion after the other gives what all at once gives.

use std::fs;

use crate::util::{Dice, Folder, Language, asked, families, good, lines};

const MODES: [&[&str]; 4] = [
    &[],
    &["--near"],
    &["--near=0.7", "--complete", "--verify"],
    &["--by", "prompt", "--normalize", "full"],
];

#[test]
fn portions_give_the_records_that_all_data_gives() {
    let mut chats = families(&mut Dice::new(9), Language::Chinese, 150);
    chats.extend_from_within(..40);
    for mode in MODES {
        let folder = Folder::of("chatml-dedup");
        let all = folder.run(mode, lines(&chats)).exits(0).out();
        let mut portions = String::new();
        for (at, portion) in chats.chunks(chats.len() / 3).enumerate() {
            let name = format!("day{at}");
            folder.put(&name, lines(portion));
            let args = [mode, &["--index", "index", "--removed", "removed", &name]].concat();
            portions += &folder.run(&args, "").exits(0).out();
            let removed = String::from_utf8(folder.get("removed")).unwrap();
            assert_eq!(
                removed.contains("\"witness_file\":\"day0\""),
                at == 0 || !removed.is_empty()
            );
        }
        assert_eq!(portions, all, "{mode:?}");
    }
}

#[test]
fn the_witness_of_an_earlier_run_is_named_by_its_file_and_line() {
    let folder = Folder::of("chatml-dedup");
    folder.put("old", lines(&["", &good("1"), "", &good("2")]));
    folder.run(&["-q", "--index", "index", "old"], "").exits(0);
    folder.put("new", lines(&[good("2"), good("3")]));
    let args = ["-q", "--index", "index", "--removed", "removed", "new"];
    folder.run(&args, "").exits(0).writes(lines(&[good("3")]));
    let row = folder.json("removed");
    assert_eq!(
        (row["witness_file"].as_str(), row["witness_line"].as_u64()),
        (Some("old"), Some(4))
    );
    assert_eq!(row["cluster"], serde_json::Value::Null, "its group is not in this run");
}

#[test]
fn nothing_is_added_by_a_look_or_by_a_run_that_fails() {
    let folder = Folder::of("chatml-dedup");
    folder.run(&["-q", "--index", "index"], lines(&[good("1")])).exits(0);
    let segments = || fs::read_dir(folder.path("index")).unwrap().count();
    assert_eq!(segments(), 1);
    folder.run(&["-q", "--index", "index", "--check"], lines(&[good("1")])).exits(1);
    folder.run(&["-q", "--index", "index", "--index-read-only"], lines(&[good("2")])).exits(0);
    folder.put("in", lines(&[good("3")]));
    folder.shell("exec $TOOL -q --index index in > /dev/full").exits(2).says("No space left");
    folder.put("cut.gz", &crate::faults::gzip(lines(&[good("3")]).as_bytes())[..20]);
    folder.run(&["--index", "index", "cut.gz"], "").exits(2);
    assert_eq!(segments(), 1);
    folder.run(&["-q", "--index", "index"], lines(&[good("1")])).exits(0).writes("");
    assert_eq!(segments(), 1, "a run of which no record stays adds no segment");
}

#[test]
fn an_index_that_was_made_otherwise_is_refused() {
    let folder = Folder::of("chatml-dedup");
    folder.run(&["-q", "--near", "--index", "index"], lines(&[asked(1, "q", "a")])).exits(0);
    let table = [
        (
            &["--near=0.9"][..],
            "--near=0.8 without --complete, this run has --near=0.9 without --complete",
        ),
        (
            &["--near", "--complete"],
            "--near=0.8 without --complete, this run has --near=0.8 --complete",
        ),
        (&["--contain"], "--near=0.8 without --complete, this run has --contain=1"),
        (&[], "--near=0.8 without --complete, this run has neither --near nor --contain"),
        (&["--near", "--by", "user,/id"], "--by messages, this run has --by user,/id"),
        (&["--near", "--normalize", "space"], "--normalize none, this run has --normalize space"),
        (&["--near", "--seed", "7"], "--seed 0, this run has --seed 7"),
        (&["--near", "--roles", "user"], "--roles user,assistant, this run has --roles user"),
        (&["--near", "--verify"], "no --verify, this run has --verify"),
    ];
    for (args, what) in table {
        let done = folder.run(&[args, &["--index", "index"]].concat(), lines(&[good("1")]));
        done.exits(2).says(&format!("index/segment-000001: was made with {what}; use")).writes("");
    }
}

#[test]
fn a_damaged_or_foreign_index_is_refused_and_left_alone() {
    let folder = Folder::of("chatml-dedup");
    let records: Vec<_> = (0..20).map(|n| good(&format!("{n}"))).collect();
    folder.run(&["-q", "--near", "--index", "index"], lines(&records)).exits(0);
    let whole = folder.get("index/segment-000001");
    let refused = |bytes: &[u8], says: &str| {
        folder.put("index/segment-000001", bytes);
        folder
            .run(&["--near", "--index", "index"], lines(&[good("x")]))
            .exits(2)
            .says(says)
            .writes("");
        assert_eq!(folder.get("index/segment-000001"), bytes);
        assert_eq!(fs::read_dir(folder.path("index")).unwrap().count(), 1);
    };
    for at in (0..whole.len()).step_by(97) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        refused(&bytes, "index/segment-000001: ");
        refused(&whole[..at], "index/segment-000001: ");
    }
    refused(&[&whole[..], b"more"].concat(), "damaged");
    refused(b"{}\n", "is no segment of an index");
    folder.put("index/segment-000001", &whole);
    folder.run(&["--near", "--index", "index"], lines(&[good("1")])).exits(0).writes("");
    fs::create_dir(folder.path("other")).unwrap();
    folder.put("other/letter.txt", "Dear");
    folder.run(&["--index", "other"], "").exits(2).says("other: is no index: it holds letter.txt");
    folder.put("file", "");
    folder.run(&["--index", "file"], "").exits(2).says("file");
}

#[test]
fn a_file_that_is_no_segment_is_not_taken_for_one() {
    let folder = Folder::of("chatml-dedup");
    folder.run(&["-q", "--index", "index"], lines(&[good("1")])).exits(0);
    let segment = folder.get("index/segment-000001");
    folder.put("index/segment-000001.bak", &segment);
    let done = folder.run(&["--index", "index"], lines(&[good("2")]));
    done.exits(2).says("index: is no index: it holds segment-000001.bak");
    assert_eq!(folder.get("index/segment-000001"), segment);
    fs::remove_file(folder.path("index/segment-000001.bak")).unwrap();
    // The number is what counts, not the name; what a killed run left is cleared away.
    fs::rename(folder.path("index/segment-000001"), folder.path("index/segment-999999")).unwrap();
    folder.put("index/.chatml-x.tmp", "half");
    for name in ["2", "3"] {
        folder.run(&["-q", "--index", "index"], lines(&[good("1"), good(name)])).exits(0);
    }
    let mut names: Vec<_> =
        fs::read_dir(folder.path("index")).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["segment-1000000", "segment-1000001", "segment-999999"]);
    folder
        .run(&["--index", "none", "--index-read-only"], "")
        .exits(2)
        .says("none: cannot open")
        .says("No such file or directory");
}
