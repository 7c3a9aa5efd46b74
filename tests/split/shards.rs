//! Parts in several files.

use std::io::Read as _;

use super::{folder, records, run};
use crate::util::Folder;

/// The shards of a part in order, by name and content.
fn shards(folder: &Folder, out: &str, part: &str) -> Vec<(String, Vec<u8>)> {
    let files = folder
        .path(out)
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = files.filter(|name| name.starts_with(part)).collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), folder.get(&format!("{out}/{name}")))).collect()
}

fn count(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte == b'\n').count()
}

#[test]
fn shards_side_by_side_are_the_part() {
    let folder = folder(&records(1000));
    run(&folder, "--val 0.1 -d whole in").exits(0);
    let whole = folder.get("whole/training_data.jsonl");
    for (out, args) in [
        ("a", "--shards 8"),
        ("b", "--shard-size 100r"),
        ("c", "--shard-size 20K"),
        ("d", "--shards 1"),
    ] {
        run(&folder, &format!("--val 0.1 {args} -d {out} in")).exits(0);
        let shards = shards(&folder, out, "train");
        let text: Vec<u8> = shards.iter().flat_map(|(_, text)| text.clone()).collect();
        assert_eq!(text, whole, "{args}");
        for (at, (name, text)) in shards.iter().enumerate() {
            assert_eq!(*name, format!("train-{at:05}-of-{:05}.jsonl", shards.len()));
            assert!(text.ends_with(b"\n"));
        }
    }
    let sizes = |out: &str| {
        shards(&folder, out, "train").iter().map(|(_, text)| count(text)).collect::<Vec<_>>()
    };
    let (a, b) = (sizes("a"), sizes("b"));
    assert!(a.len() == 8 && a.iter().max().unwrap() - a.iter().min().unwrap() <= 1, "{a:?}");
    assert!(b[..b.len() - 1].iter().all(|size| *size == 100), "{b:?}");
    assert!(shards(&folder, "c", "train").iter().all(|(_, text)| text.len() <= 20 << 10));
}

#[test]
fn there_are_as_many_shards_as_asked_for_even_if_some_are_empty() {
    let folder = folder(&records(3));
    run(&folder, "--shards 5 -d out in").exits(0);
    let shards = shards(&folder, "out", "data");
    assert_eq!(shards.iter().map(|(_, text)| count(text)).collect::<Vec<_>>(), [0, 1, 0, 1, 1]);
}

#[test]
fn a_record_larger_than_a_shard_has_one_of_its_own() {
    let long = crate::util::asked(7, &"x".repeat(5000), "y");
    let folder = folder(&[records(2), vec![long], records(2)].concat());
    run(&folder, "--shard-size 1K -d out in").exits(0);
    let sizes: Vec<usize> =
        shards(&folder, "out", "data").iter().map(|(_, text)| count(text)).collect();
    assert_eq!(sizes, [2, 1, 2]);
}

#[test]
fn shards_of_an_older_run_are_not_mixed_with_new_ones() {
    let folder = folder(&records(10));
    run(&folder, "--shards 3 -d out in").exits(0);
    run(&folder, "--shards 2 --manifest m -d out in")
        .exits(2)
        .says("is a shard of an earlier run; remove it");
    assert_eq!(shards(&folder, "out", "data").len(), 3);
}

#[test]
fn files_can_be_compressed() {
    let folder = folder(&records(2000));
    run(&folder, "--val 0.5 -d plain in").exits(0);
    let plain = folder.get("plain/validation_data.jsonl");
    run(&folder, "--val 0.5 --compress zst -d zst in").exits(0);
    let packed = folder.get("zst/validation_data.jsonl.zst");
    assert_eq!(zstd::decode_all(&packed[..]).unwrap(), plain);
    run(&folder, "--val 0.5 --compress gz --shards 2 -d gz in").exits(0);
    let mut text = Vec::new();
    for (name, packed) in shards(&folder, "gz", "val") {
        assert!(name.ends_with(".jsonl.gz"));
        flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut text).unwrap();
    }
    assert_eq!(text, plain);
}

#[test]
fn hundreds_of_shards_need_few_open_files() {
    let folder = folder(&records(600));
    folder.shell("ulimit -n 40; $TOOL --shard-size 1r -d out in").exits(0);
    assert_eq!(shards(&folder, "out", "data").len(), 600);
}
