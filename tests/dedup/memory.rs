//! `--memory`: less of it changes nothing but the time.

use crate::util::{Dice, Folder, Language, chat, families, lines};

/// Exact copies, similar texts and ids among each other, in more records than one part has.
fn data() -> String {
    let mut dice = Dice::new(5);
    let mut chats = families(&mut dice, Language::Spaced, 1200);
    for at in 0..chats.len() / 4 {
        chats.push(chats[at * 3].clone());
    }
    let id =
        |(at, chat): (usize, &String)| chat.replacen('{', &format!("{{\"id\":{},", at % 3100), 1);
    lines(&chats.iter().enumerate().map(id).collect::<Vec<_>>())
}

#[test]
fn records_and_reasons_are_the_same_with_little_memory() {
    let folder = Folder::of("chatml-dedup");
    let text = data();
    folder.put("in", &text);
    let modes: [&[&str]; 7] = [
        &[],
        &["--verify", "--normalize", "case"],
        &["--near"],
        &["--near", "--by", "/id"],
        &["--near=0.7", "--complete", "--keep", "longest"],
        &["--contain=0.9"],
        &["--keep", "last", "--annotate", "/stays"],
    ];
    for mode in modes {
        let outputs = |memory: &[&str], input: &[&str], stdin: &str| {
            let files = [
                "-o",
                "out",
                "--removed",
                "removed",
                "--clusters",
                "clusters",
                "--report",
                "report",
            ];
            folder.run(&[mode, memory, &files, input].concat(), stdin).exits(0);
            let report = folder.json("report");
            let counts =
                ["records_read", "records_kept", "removed", "groups", "largest_groups", "bytes"];
            let counts = counts.map(|key| report[key].to_string().replace("<stdin>", "in"));
            let told = ["out", "removed", "clusters"]
                .map(|file| String::from_utf8(folder.get(file)).unwrap().replace("<stdin>", "in"));
            (counts, told)
        };
        let wanted = outputs(&[], &["in"], "");
        for memory in ["1", "5M", "1G"] {
            let got = outputs(&["--memory", memory], &["in"], "");
            assert!(got == wanted, "{mode:?} --memory {memory}");
        }
        let got = outputs(&["--memory", "1"], &[], &text);
        assert!(got == wanted, "{mode:?} --memory 1 of a pipe");
    }
}

#[test]
fn what_waits_is_written_as_it_came() {
    let folder = Folder::of("chatml-dedup");
    // More than a part before the lines that are odd: a mark, returns, a blank line, no newline at the end.
    let many: Vec<String> = (0..1500).map(|n| crate::util::good(&format!("{n}"))).collect();
    folder.put("a", lines(&many));
    let odd = format!(
        "\u{feff}{}\r\n\n{}\nnone\n{}",
        many[3],
        crate::util::good("new"),
        crate::util::good("last")
    );
    folder.put("b", &odd);
    let args = ["a", "b", "--memory", "1", "--rejects", "rejects"];
    let done = folder.run(&args, "");
    let wanted =
        format!("{}{}\n{}\n", lines(&many), crate::util::good("new"), crate::util::good("last"));
    done.exits(1).says("b:4:2: not JSON").writes(wanted);
    assert_eq!(folder.get("rejects"), b"none\n");
    assert_eq!(folder.names(), ["a", "b", "rejects"], "no temporary file is left");
}

#[test]
fn a_part_is_never_so_small_that_it_takes_forever() {
    let many: Vec<String> = (0..5000).map(|n| crate::util::good(&format!("{n}"))).collect();
    let folder = Folder::of("chatml-dedup");
    folder.put("in", lines(&many));
    folder.run(&["--near", "--memory", "1", "in"], "").exits(0).writes(lines(&many));
}

/// What a run writes and tells, with the segment that it adds to an index.
fn told(folder: &Folder, args: &[&str], stdin: &str) -> [String; 4] {
    let files = ["-o", "out", "--removed", "removed", "--clusters", "clusters"];
    folder.run(&[args, &files].concat(), stdin).exits(0);
    let segment = std::fs::read(folder.path("index/segment-000002")).unwrap_or_default();
    let _ = std::fs::remove_file(folder.path("index/segment-000002"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("<stdin>", "in");
    let [out, removed, clusters] =
        ["out", "removed", "clusters"].map(|file| text(&folder.get(file)));
    // The checksum at its end is another where the name of the input is.
    [out, removed, clusters, text(&segment[..segment.len().saturating_sub(16)])]
}

#[test]
fn other_data_and_an_index_beyond_memory_change_nothing() {
    let text = data();
    // Every second record is other data, so that records go for both, some for being similar to one of the
    // first portion and equal to one of a later one.
    let part =
        |which: usize| -> String { text.split_inclusive('\n').skip(which).step_by(3).collect() };
    let modes: [&[&str]; 4] = [
        &["--verify"],
        &["--near", "--by", "/id", "--empty", "dedup"],
        &["--near=0.7", "--complete", "--keep", "longest"],
        &["--contain=0.9"],
    ];
    for mode in modes {
        let folder = Folder::of("chatml-dedup");
        let words = |text: &str| {
            text.replacen("\n", "\n{\"messages\":[{\"role\":\"user\",\"content\":\"?\"}]}\n", 1)
        };
        folder.put("old", part(0) + &part(0));
        folder.put("other", words(&part(1)));
        let input = words(&(part(2) + &part(1)[..5000 + part(1)[5000..].find('\n').unwrap() + 1]));
        folder.put("in", &input);
        folder.run(&[mode, &["--index", "index", "old"]].concat(), "").exits(0);
        let others: [&[&str]; 2] =
            [&["--against", "other"], &["--index", "index", "--against", "other"]];
        for other in others {
            let args = [mode, other].concat();
            let wanted = told(&folder, &[&args[..], &["in"]].concat(), "");
            assert!(wanted[1].contains("witness_file\":\"o"), "some go for other data");
            assert!(wanted[1].contains("witness_file\":\"in"), "some go for others of the input");
            let got = told(&folder, &[&args[..], &["in", "--memory", "1"]].concat(), "");
            assert!(got == wanted, "{mode:?} {other:?} --memory 1");
            let args = [&args[..], &["--memory", "1"]].concat();
            assert!(
                told(&folder, &args, &input)[..3] == wanted[..3],
                "{mode:?} {other:?} of a pipe"
            );
        }
    }
}

/// Short records of one wording, too short for a finer picture: those of a family are compared with each other,
/// until it is counted that all have it.
fn of_one_wording() -> Vec<String> {
    let mut dice = Dice::new(3);
    let mut words = |count: usize| dice.words(Language::Spaced, count).join(" ");
    let wording = words(26);
    let families: Vec<String> = (0..50).map(|_| words(8)).collect();
    let own: Vec<String> = (0..2200).map(|_| words(8)).collect();
    let record = |n: usize| {
        chat(&[("user", &wording), ("assistant", &families[n % 50]), ("user", &own[n % 2200])])
    };
    (0..2300).map(record).collect()
}

#[test]
fn an_order_that_is_made_anew_changes_nothing_with_little_memory() {
    let folder = Folder::of("chatml-dedup");
    folder.put("in", lines(&of_one_wording()));
    for mode in [&["--near"][..], &["--near=0.7", "--complete"], &["--near", "--keep", "last"]] {
        let wanted = told(&folder, &[mode, &["in", "--report", "report"]].concat(), "");
        let compared = folder.json("report")["compared"].as_u64().unwrap();
        // A new order is due after 10,000 and some for each record.
        assert!((10_000..100_000).contains(&compared), "{compared} comparisons");
        let got = told(&folder, &[mode, &["in", "--memory", "1"]].concat(), "");
        assert!(got == wanted, "{mode:?}");
    }
}

#[test]
fn memory_that_was_not_kept_is_told() {
    let many: Vec<String> = (0..1500).map(|n| crate::util::good(&format!("{n}"))).collect();
    let run = |memory: &str| crate::util::dedup(&["--memory", memory], lines(&many));
    run("100").exits(0).says("--memory 100 bytes was not kept: 1,000 records held at once took");
    run("15K").exits(0).says("; fewer are never held");
    assert!(!run("1M").exits(0).err().contains("--memory"));
}

#[test]
fn memory_binds_where_a_wording_is_counted_too() {
    let folder = Folder::of("chatml-dedup");
    folder.put("in", lines(&of_one_wording()));
    let held = |memory: &str| {
        let args = ["--near", "--memory", memory, "--report", "report", "in"];
        let done = folder.run(&args, "");
        let report = folder.json("report");
        let memory = &report["memory"];
        let bytes =
            memory["key_bytes"].as_u64().unwrap() + memory["similar_bytes"].as_u64().unwrap();
        (bytes, memory["keys"].as_u64().unwrap(), done.exits(0).err().contains("--memory"))
    };
    // Counted is after the first few hundred records, so that the counters are in what is held.
    let (bytes, records, told) = held("600K");
    assert!(bytes <= 600_000 / 8 * 9 && records > 1000 && !told, "{records} take {bytes}, {told}");
    // No more than a record beyond the fewest, though all lie in one block.
    let (_, records, told) = held("1");
    assert_eq!((records, told), (1000, true));
}
