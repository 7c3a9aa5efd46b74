//! A file for each value.

use super::{folder, ids, of_kind, records, run};
use crate::util::{Folder, asked};

fn names(folder: &Folder, out: &str) -> Vec<String> {
    let entries = folder.path(out).read_dir().unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names.retain(|name| name != "manifest.json");
    names
}

#[test]
fn each_value_has_a_file_named_after_it() {
    let kinds = ["math", "code", "a/b", "..", "", "Math"];
    let mut texts: Vec<String> = (0..60).map(|id| of_kind(id, kinds[id % kinds.len()])).collect();
    texts.push(asked(60, "none", "a"));
    texts.push(asked(61, "null", "a").replacen('{', r#"{"category":null,"#, 1));
    texts.push(asked(62, "number", "a").replacen('{', r#"{"category":5,"#, 1));
    let folder = folder(&texts);
    run(&folder, "--partition-by /category -d out in").exits(0);
    let wanted = [
        "%2E..jsonl",
        "%4Dath.jsonl",
        "%empty.jsonl",
        "%missing.jsonl",
        "5.jsonl",
        "a%2Fb.jsonl",
        "code.jsonl",
        "math.jsonl",
    ];
    assert_eq!(names(&folder, "out"), wanted);
    assert_eq!(ids(&folder.get("out/code.jsonl")), (0..10).map(|n| 6 * n + 1).collect::<Vec<_>>());
    assert_eq!(ids(&folder.get("out/%missing.jsonl")), [60, 61]);
}

#[test]
fn values_are_parted_as_well() {
    let texts: Vec<String> = (0..200).map(|id| of_kind(id, ["x", "y"][id % 2])).collect();
    let folder = folder(&texts);
    run(&folder, "--val 0.2 --exact --stratify /category --partition-by /category --shard-size 50r -d out in").exits(0);
    let wanted = [
        "train-x-00000-of-00002.jsonl",
        "train-x-00001-of-00002.jsonl",
        "train-y-00000-of-00002.jsonl",
        "train-y-00001-of-00002.jsonl",
        "val-x-00000-of-00001.jsonl",
        "val-y-00000-of-00001.jsonl",
    ];
    assert_eq!(names(&folder, "out"), wanted);
    assert_eq!(ids(&folder.get("out/val-x-00000-of-00001.jsonl")).len(), 20);
}

#[test]
fn a_thousand_values_need_few_open_files() {
    let folder = folder(&records(3000));
    let done = folder.shell("ulimit -n 40; $TOOL --partition-by /id --memory 1M -d out in");
    done.exits(0);
    assert_eq!(names(&folder, "out").len(), 3000);
    assert_eq!(ids(&folder.get("out/2999.jsonl")), [2999]);
}

#[test]
fn a_file_that_is_there_is_told_before_all_is_read() {
    let folder = folder(&records(5));
    std::fs::create_dir(folder.path("out")).unwrap();
    folder.put("out/3.jsonl", "old");
    run(&folder, "--partition-by /id -d out in").exits(2).says("out/3.jsonl: already exists");
    assert_eq!(names(&folder, "out"), ["3.jsonl"]);
    std::os::unix::fs::symlink(folder.path("in"), folder.path("out/4.jsonl")).unwrap();
    run(&folder, "--partition-by /id --force -d out in").exits(2).says("is also the input");
    std::fs::remove_file(folder.path("out/4.jsonl")).unwrap();
    folder.put("other", "precious");
    std::os::unix::fs::symlink(folder.path("other"), folder.path("out/4.jsonl")).unwrap();
    run(&folder, "--partition-by /id --force -d out in").exits(0);
    assert_eq!(folder.get("other"), b"precious", "a link is replaced, not followed");
    assert_eq!(ids(&folder.get("out/4.jsonl")), [4]);
}

#[test]
fn a_value_that_is_no_name_is_refused_by_name() {
    let folder = folder(&[of_kind(1, &"v".repeat(500))]);
    let done = run(&folder, "--partition-by /category -d out in");
    done.exits(2).says("/category: the value \"vvvv").says("is too long for the name of a file");
    assert!(!folder.path("out").exists());
}
