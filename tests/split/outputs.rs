//! Where records are written, and what is refused.

use super::{folder, ids, records, run};
use crate::util::{BAD, Folder, good, lines};

#[test]
fn a_folder_gets_files_with_the_usual_names() {
    let folder = folder(&records(200));
    run(&folder, "--val 0.2 --test 0.2 -d out in").exits(0);
    let mut names: Vec<String> = folder
        .path("out")
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let wanted =
        ["manifest.json", "test_data.jsonl", "training_data.jsonl", "validation_data.jsonl"];
    assert_eq!(names, wanted);
    let mut all: Vec<u64> =
        names[1..].iter().flat_map(|name| ids(&folder.get(&format!("out/{name}")))).collect();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..200));
}

#[test]
fn a_part_can_go_to_any_file_or_nowhere() {
    let folder = folder(&records(100));
    run(&folder, "--val 0.3 --out val=v.jsonl in").exits(0).says("100 records: ");
    assert_eq!(folder.names(), ["in", "v.jsonl"]);
    let only = run(&folder, "--val 0.3 --only val -o o.jsonl in");
    only.exits(0).writes("");
    assert_eq!(folder.get("o.jsonl"), folder.get("v.jsonl"));
    run(&folder, "--val 0.3 --out val=/dev/null --out train=t.jsonl in").exits(0);
    assert_eq!(ids(&folder.get("t.jsonl")).len() + ids(&folder.get("v.jsonl")).len(), 100);
    run(&folder, "--val 0.3 --out test=x in")
        .exits(2)
        .says("no part is called test; there are train, val");
}

#[test]
fn lines_leave_byte_for_byte_and_in_order() {
    let odd = "  {\"messages\":[ {\"role\":\"user\",\"content\":\"\\u00e9 \\ud83d\\ude00\"} ] , \"x\":1.0e5}\t\r\n";
    let text = format!("\u{feff}{odd}\n{}", good("last"));
    let folder = Folder::of("chatml-split");
    let done = folder.run(&["--val", "0", "--only", "train"], &text);
    done.exits(0).writes(format!("{odd}{}\n", good("last")));
}

#[test]
fn a_file_that_exists_is_replaced_on_demand_only() {
    let folder = folder(&records(50));
    folder.put("v.jsonl", "old");
    run(&folder, "--val 0.3 --out val=v.jsonl in")
        .exits(2)
        .says("v.jsonl: already exists; --force replaces it");
    assert_eq!(folder.get("v.jsonl"), b"old");
    run(&folder, "--val 0.3 --out val=v.jsonl --force in").exits(0);
    assert_ne!(folder.get("v.jsonl"), b"old");
    run(&folder, "--val 0.3 -d out in").exits(0);
    let before = folder.get("out/training_data.jsonl");
    run(&folder, "--val 0.3 --seed 1 -d out in").exits(2).says("already exists");
    assert_eq!(folder.get("out/training_data.jsonl"), before);
    run(&folder, "--val 0.3 --seed 1 -f -d out in").exits(0);
    assert_ne!(folder.get("out/training_data.jsonl"), before);
}

#[test]
fn an_output_that_is_an_input_is_refused_even_by_force() {
    let folder = folder(&records(50));
    run(&folder, "--val 0.3 --out val=in --force in").exits(2).says("is also the input in");
    std::fs::create_dir(folder.path("out")).unwrap();
    std::fs::rename(folder.path("in"), folder.path("out/training_data.jsonl")).unwrap();
    let done = run(&folder, "--val 0.3 -d out --force out/training_data.jsonl");
    done.exits(2).says("is also the input");
    std::fs::rename(folder.path("out/training_data.jsonl"), folder.path("out/%missing.jsonl"))
        .unwrap();
    let done = run(&folder, "--partition-by /none -d out --force out/%missing.jsonl");
    done.exits(2).says("is also the input");
    assert_eq!(ids(&folder.get("out/%missing.jsonl")).len(), 50);
    run(&folder, "--val 0.3 --out val=x --out train=./x out/%missing.jsonl")
        .exits(2)
        .says("is also the output");
}

#[test]
fn a_name_tells_the_part_of_each_record() {
    let texts = [r#"{"id":1,"meta":{"a":[]},"messages":[{"role":"user","content":"x"}]} "#];
    let done = run(&folder(&texts), "--val 1 --tag /meta/part in");
    done.exits(0).writes(texts[0].replace("[]}", r#"[],"part":"val"}"#) + "\n");
    let done = run(
        &folder(&[r#"{"id":1,"meta":[],"messages":[{"role":"user","content":"x"}]}"#]),
        "--val 1 --tag /meta/part in",
    );
    done.exits(1)
        .writes("")
        .says("in:1:1: something on the way to /meta/part is no object; left out");
    let exact = run(&folder(&records(10)), "--val-count 3 --tag /part in");
    assert_eq!(exact.exits(0).json().iter().filter(|row| row["part"] == "val").count(), 3);
}

#[test]
fn lines_that_cannot_be_used_are_told_kept_aside_and_counted() {
    let texts = [good("a"), BAD.to_owned(), String::new(), "{".to_owned(), good("b")];
    for args in ["--val 0 -d out", "--val-count 1 -d out2", "--shuffle -o all"] {
        let folder = folder(&texts);
        let done = run(&folder, &format!("{args} --rejects bad --report report in"));
        done.exits(1)
            .says("in:2:13: messages is empty; left out")
            .says("in:4:")
            .says("2 lines could not be used");
        assert_eq!(folder.get("bad"), format!("{BAD}\n{{\n").as_bytes());
        let report = folder.json("report");
        assert_eq!(
            (&report["records_read"], &report["records_rejected"], &report["blank_lines"]),
            (&2.into(), &2.into(), &1.into())
        );
        run(
            &folder,
            &format!("{args} --force --exit-zero in")
                .replace("--shuffle -o all --force", "--shuffle"),
        )
        .exits(0);
    }
}

#[test]
fn a_disk_that_is_full_leaves_no_file() {
    let folder = folder(&records(2000));
    for args in [
        "--val 0.5 -d out",
        "--val 0.5 --out val=v.jsonl",
        "--shuffle --val 0.5 -d out",
        "--partition-by /id -d out",
    ] {
        let script = format!("ulimit -f 8; trap '' XFSZ; $TOOL {args} in");
        folder.shell(&script).exits(2).says("File too large");
        let left = folder.path("out").read_dir().map_or(0, Iterator::count);
        assert_eq!((left, folder.path("v.jsonl").exists()), (0, false), "{args}");
    }
    folder.shell("$TOOL --val 0.5 --only val in > /dev/full").exits(2).says("No space left");
}

#[test]
fn an_empty_input_gives_empty_files() {
    let folder = folder(&[""; 0]);
    for args in [
        "--val 0.1 -d a in",
        "--val 0.1 --exact --stratify /x -d b in",
        "--val 0.1 --group near -d c in",
        "--val 0.1 --shuffle --shards 2 -d d in",
    ] {
        run(&folder, args).exits(0);
    }
    assert_eq!(folder.get("a/training_data.jsonl"), b"");
    assert_eq!(folder.get("d/val-00001-of-00002.jsonl"), b"");
    run(&folder, "--val-count 1 -d e in").exits(2).says("more records than there are (0)");
}

#[test]
fn options_that_would_do_nothing_are_refused() {
    let folder = folder(&records(3));
    for (args, says) in [
        ("in", "what shall be set apart?"),
        ("--val 0.1 in", "where shall the parts go?"),
        ("--exact --sample 1 in", "--exact needs parts"),
        ("--group near --sample 1 in", "--group needs parts"),
        ("--val 0.1 --only val --compress zst in", "--compress needs files"),
        ("--val 0.1 --only val --memory 9M in", "--memory needs"),
        ("--val 0.6 --test 0.6 -d out in", "more than all of the data"),
        ("--parts a=1 -d out in", "two parts at least"),
        ("--parts a=1,a=2 -d out in", "named twice"),
        ("--val 0.1 --only dev in", "no part is called dev"),
        ("--val 0.1 --tag part in", "is no JSON pointer"),
        ("--val 0.1 --complete -d out in", "--complete needs --group near"),
        ("--val 0.1 --group near --group near=0.5 -d out in", "only once"),
        ("--val 0.1 -d out --shard-size 0 in", "a size such as 512M"),
        ("--val 0.1 --out val=x --shard-size 5r in", "--directory"),
        ("--check-leak in", "two files at least"),
    ] {
        run(&folder, args).exits(2).says(says);
    }
    assert_eq!(folder.names(), ["in"]);
}

#[test]
fn many_inputs_are_one() {
    let text = lines(&records(100));
    let (one, two) = text.split_at(text.match_indices('\n').nth(40).unwrap().0 + 1);
    let folder = folder(&records(100));
    folder.put("one", one);
    folder.put("two", crate::faults::zstd(two.as_bytes()));
    for args in ["--val 0.3 --only val", "--val-count 20 --only val", "--sample 7", "--shuffle"] {
        let whole = run(&folder, &format!("{args} in")).exits(0).out();
        assert_eq!(run(&folder, &format!("{args} one two")).exits(0).out(), whole, "{args}");
    }
}
