//! What goes wrong where data, lists and names are made to go wrong.

use super::{folder, ids, of_kind, part, records, run, tagged};
use crate::util::{Folder, asked, lines};

/// Prompts that come in two kinds each.
fn of_two_kinds() -> Vec<String> {
    let record = |id: usize| {
        asked(id, &format!("q{}", id / 2), &format!("a{id}")).replacen(
            '{',
            &format!(r#"{{"category":"k{}","#, id % 2),
            1,
        )
    };
    (0..400).map(record).collect()
}

#[test]
fn prompts_of_several_kinds_are_repeated_as_they_were_dealt() {
    let folder = folder(&of_two_kinds());
    let args = "--val 0.3 --test 0.1 --stratify /category";
    run(&folder, &format!("{args} -d a in")).exits(0);
    let first = tagged(&folder, args);
    assert_eq!(tagged(&folder, "--repeat a/manifest.json"), first);
    run(&folder, "--repeat a/manifest.json -d b in").exits(0);
    let files = ["training", "validation", "test"].map(|name| format!("b/{name}_data.jsonl"));
    run(&folder, &format!("--check-leak {}", files.join(" "))).exits(0).says("nothing leaks");
}

#[test]
fn a_repeated_run_may_take_two_passes() {
    let texts: Vec<String> =
        (0..300).map(|id| of_kind(id, ["a", "b", "c", "d"][id * id % 4])).collect();
    let folder = folder(&texts);
    run(&folder, "--val 0.3 --stratify /category -d a in").exits(0);
    let reversed: Vec<String> = texts.into_iter().rev().collect();
    folder.put("in", lines(&reversed));
    run(&folder, "--repeat a/manifest.json --shards 1 -d b in").exits(0);
    let sorted = |name: &str| {
        let mut ids = ids(&folder.get(name));
        ids.sort_unstable();
        ids
    };
    let shard = sorted("b/val-00000-of-00001.jsonl");
    assert_eq!(shard, sorted("a/validation_data.jsonl"));
}

#[test]
fn the_order_of_the_input_decides_nothing() {
    let mut texts = of_two_kinds();
    texts.extend((400..430).map(|id| of_kind(id, &format!("rare{}", id % 10))));
    let args = "--val 0.15 --test 0.15 --stratify /category";
    let forwards = tagged(&folder(&texts), args);
    texts.reverse();
    assert_eq!(tagged(&folder(&texts), args), forwards);
}

#[test]
fn no_two_outputs_are_one() {
    let text = |id: usize, value: &str| {
        asked(id, &format!("q{id}"), "a").replacen('{', &format!(r#"{{"v":"{value}","#), 1)
    };
    let texts: Vec<String> = (0..40).map(|id| text(id, ["x-c", "c", "rej"][id % 3])).collect();
    let folder = folder(&texts);
    run(&folder, "--parts train=1,train-x=1 --partition-by /v -d out in").exits(0);
    let files = folder.path("out").read_dir().unwrap().map(|entry| entry.unwrap().path());
    let all: usize = files
        .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .map(|path| std::fs::read_to_string(path).unwrap().lines().count())
        .sum();
    assert_eq!(all, 40);
    std::fs::create_dir(folder.path("p")).unwrap();
    for beside in ["--rejects", "--report", "--manifest"] {
        let done = run(&folder, &format!("--partition-by /v -d p -f {beside} p/rej.jsonl in"));
        done.exits(2).says("p/rej.jsonl: is also another output");
        assert_eq!(folder.path("p").read_dir().unwrap().count(), 0, "{beside}");
    }
    run(&folder, "--parts a=1,A=1 -d q in").exits(2).says("the part A is named twice");
    run(&folder, "--val 0.5 --out val=/dev/stdout --out train=- in")
        .exits(2)
        .says("two parts cannot both");
}

#[test]
fn lists_and_manifests_that_are_read_are_not_written_over() {
    let folder = folder(&records(20));
    let list = r#"{"cluster":1,"file":"in","line":1}"#.to_owned() + "\n";
    folder.put("list", &list);
    run(&folder, "--val 0.5 --group-file list --out val=list -f in")
        .exits(2)
        .says("is also the input list");
    folder.put("names", b"in\0in");
    for args in
        ["--val 0.5 --out val=names -f", "--val 0.5 --only val -o names", "--check-leak -o names"]
    {
        run(&folder, &format!("{args} --files0-from names"))
            .exits(2)
            .says("is also the input names");
    }
    assert_eq!(folder.get("names"), b"in\0in");
    run(&folder, "--val 0.5 -d a in").exits(0);
    let manifest = folder.get("a/manifest.json");
    run(&folder, "--repeat a/manifest.json -d a -f in").exits(2).says("is also the input");
    run(&folder, "--repeat a/manifest.json --only val --rejects a/manifest.json in").exits(2);
    assert_eq!((folder.get("list"), folder.get("a/manifest.json")), (list.into_bytes(), manifest));
}

#[test]
fn a_manifest_leads_nowhere_else() {
    let folder = folder(&records(20));
    run(&folder, "--parts a=1,b=1 -d out in").exits(0);
    let manifest = String::from_utf8(folder.get("out/manifest.json")).unwrap();
    for name in ["../evil", "/tmp/evil", "", ".hidden"] {
        folder.put("m", manifest.replace(r#""name": "a""#, &format!(r#""name": "{name}""#)));
        run(&folder, "--repeat m -d tr in").exits(2).says("damaged");
    }
    assert!(!folder.path("tr").exists(), "no folder is left for nothing");
}

#[test]
fn counts_of_many_kinds_are_met_together() {
    // 100 kinds of ten pairs: each alone can only have an even number.
    let record = |id: usize| {
        asked(id, &format!("q{}", id / 2), &format!("a{id}")).replacen(
            '{',
            &format!(r#"{{"category":"k{}","#, id / 20),
            1,
        )
    };
    let texts: Vec<String> = (0..2000).map(record).collect();
    let folder = folder(&texts);
    for (args, wanted) in [
        ("--val-count 300", 300),
        ("--val-count 100", 100),
        ("--val 0.15", 300),
        ("--val 0.05", 100),
    ] {
        let dealt = tagged(&folder, &format!("{args} --stratify /category"));
        assert_eq!(part(&dealt, "val").len(), wanted, "{args}");
    }
    let done = run(&folder, "--val 0.1505 --exact -d out in");
    done.exits(0).says("301 asked for, the nearest that was found");
    assert_eq!(folder.json("out/manifest.json")["parts"][1]["target"], 301);
}

#[test]
fn records_without_key_or_messages_are_apart() {
    let texts: Vec<String> = (0..200).map(|n| format!(r#"{{"y":{n}}}"#)).collect();
    let folder = folder(&texts);
    let done = run(&folder, "--key /id --val-count 50 --only val in");
    assert_eq!(done.exits(0).out().lines().count(), 50);
    folder.put("one", "{\"y\":1}\n");
    folder.put("two", "{\"y\":2}\n");
    run(&folder, "--check-leak --key /id one two").exits(0).says("nothing leaks");
    run(&folder, "--check-leak --key /id one in")
        .exits(1)
        .writes("in:2: has the record of one:1\n");
}

#[test]
fn what_is_typed_reaches_no_terminal_raw() {
    let folder = Folder::of("chatml-split");
    let text =
        asked(1, "q", "a").replacen('{', "{\"\u{1b}[31mg\":1,", 1).replace('\u{1b}', "\\u001b");
    folder.put("in", lines(&[text]));
    let done = folder.run(&["--check-leak", "--group", "/\u{1b}[31mg", "in", "in"], "");
    assert!(done.exits(1).out().contains("31mg") && !done.out().contains('\u{1b}'), "{done}");
}

#[test]
fn shards_of_another_run_are_not_left_beside_new_ones() {
    let folder = folder(&records(30));
    run(&folder, "--shards 3 -d out in").exits(0);
    let done = run(&folder, "--shards 2 -f -d out in");
    done.exits(2).says("is a shard of an earlier run; remove it");
    run(&folder, "--shards 3 --seed 1 -f -d out in").exits(0);
    assert_eq!(folder.path("out").read_dir().unwrap().count(), 4);
}

#[test]
fn rows_of_other_files_are_told() {
    let folder = folder(&records(9));
    folder.put("list", "{\"cluster\":1,\"file\":\"in\",\"line\":1}\n{\"cluster\":1,\"file\":\"./in\",\"line\":2}\n");
    let done = run(&folder, "--val 0.5 --group-file list --only val in");
    done.exits(0).says("list: 1 row of other files than the inputs; not used");
}

#[test]
fn the_last_line_needs_no_line_feed() {
    let folder = folder(&records(30));
    folder.put("in", lines(&records(30)).trim_end());
    run(&folder, "--val-count 9 -d file in").exits(0);
    folder.shell("$TOOL --val-count 9 -d stdin < in").exits(0);
    folder.shell("cat in | $TOOL --val-count 9 -d pipe").exits(0);
    let parts = |out: &str| {
        folder.json(&format!("{out}/manifest.json"))["parts"]
            .to_string()
            .replace(&format!("{out}/"), "")
    };
    assert_eq!(parts("file"), parts("stdin"));
    assert_eq!(parts("file"), parts("pipe"));
    let manifest = folder.json("file/manifest.json");
    assert_eq!(manifest["parts"][0]["bytes"], manifest["parts"][0]["files"][0]["bytes"]);
}

#[test]
fn messages_are_not_replaced_by_a_name() {
    let folder = folder(&records(3));
    for pointer in ["/messages", "/messages/0/part"] {
        run(&folder, &format!("--val 0.5 --tag {pointer} in"))
            .exits(2)
            .says("--tag would replace messages");
    }
}

#[test]
fn a_report_that_cannot_be_written_leaves_nothing() {
    let folder = folder(&records(30));
    run(&folder, "--val 0.5 -d out --report /dev/full in").exits(2).says("/dev/full: write error");
    assert!(!folder.path("out").exists());
}

#[test]
fn files_of_an_earlier_run_are_not_left_beside_new_ones() {
    let folder = folder(&records(60));
    run(&folder, "--val 0.2 --test 0.2 -d out in").exits(0);
    let done = run(&folder, "--val 0.2 -f -d out in");
    done.exits(2).says(
        "out/test_data.jsonl: is of the earlier run in this folder, and would stay; remove it",
    );
    std::fs::remove_file(folder.path("out/test_data.jsonl")).unwrap();
    run(&folder, "--val 0.2 -f -d out in").exits(0);
    run(&folder, "--val 0.2 -f --shards 2 -d out in").exits(2).says("would stay; remove it");
}

#[test]
fn an_input_of_which_nothing_can_be_used_replaces_nothing() {
    let folder = folder(&records(20));
    run(&folder, "--val 0.5 -d out in").exits(0);
    let before = folder.get("out/training_data.jsonl");
    folder.put("bad", "[\n");
    run(&folder, "--val 0.5 -f -d out bad")
        .exits(2)
        .says("no line could be used, so no file is written");
    assert_eq!(folder.get("out/training_data.jsonl"), before);
}

#[test]
fn fields_that_no_record_has_are_told() {
    let folder = folder(&records(20));
    let done = run(&folder, "--val 0.5 --group /nope,/id --only val in");
    done.exits(0).says("no record has /nope (--group)").never_says("no record has /id");
    done.says("0 groups of records that stay together");
}

#[test]
fn a_part_that_gets_nothing_is_told() {
    let texts: Vec<String> = (0..50).map(|id| asked(id, "The same?", &format!("a{id}"))).collect();
    let folder = folder(&texts);
    run(&folder, "--val 0.001 --exact -d out in").exits(0).says("the part val is empty");
}

#[test]
fn kinds_that_come_later_get_the_share_that_the_counts_were() {
    let old: Vec<String> = (0..400).map(|id| of_kind(id, "old")).collect();
    let folder = folder(&old);
    run(&folder, "--val-count 100 --stratify /category -d out in").exits(0);
    folder.put("in", lines(&(0..400).map(|id| of_kind(id, "new")).collect::<Vec<_>>()));
    let val = part(&tagged(&folder, "--repeat out/manifest.json"), "val").len();
    assert!((57..=143).contains(&val), "{val}");
}

#[test]
fn the_name_of_a_file_tells_how_it_is_compressed() {
    let folder = folder(&records(9));
    run(&folder, "--val 0.5 --out val=v.jsonl --compress zst in").exits(2).says("it ends in .zst");
    run(&folder, "--val 0.5 --out val=v.jsonl.gz in").exits(2).says("without --compress gz");
    run(&folder, "--val 0.5 --out val=v.jsonl.gz --compress gz in").exits(0);
    assert_eq!(folder.names(), ["in", "v.jsonl.gz"]);
}

#[test]
fn a_file_that_is_replaced_keeps_who_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder(&records(9));
    run(&folder, "--val 0.5 -d out in").exits(0);
    let path = folder.path("out/training_data.jsonl");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    run(&folder, "--val 0.5 -f -d out in").exits(0);
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}
