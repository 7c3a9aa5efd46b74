//! `--memory`: less of it changes nothing but the time.

use crate::util::{Dice, Folder, Language, families, lines};

/// Exact copies, similar texts and ids among each other, in more records than one part has.
fn data() -> String {
    let mut dice = Dice::new(5);
    let mut chats = families(&mut dice, Language::Spaced, 1500);
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
