//! `--compare`: how two datasets differ and what both hold.

use serde_json::json;

use super::{at, has};
use crate::util::{Folder, chat, lines};

/// Questions from one number up to another, each with its answer.
fn asked(from: usize, to: usize) -> Vec<String> {
    (from..to)
        .map(|n| {
            let record = chat(&[
                ("user", &format!("Question number {n}?")),
                ("assistant", &format!("Answer {n}.")),
            ]);
            record.replacen(
                '{',
                &format!(r#"{{"cat":"{}","#, if n < 10 { "low" } else { "high" }),
                1,
            )
        })
        .collect()
}

fn folder() -> Folder {
    let folder = Folder::of("chatml-stats");
    folder.put("train", lines(&asked(0, 16)));
    folder.put("valid", lines(&asked(12, 20)));
    folder
}

#[test]
fn figures_distances_and_overlap() {
    let folder = folder();
    let done = folder.run(&["--compare", "--by", "/cat", "--format", "json", "train", "valid"], "");
    let report = done.exits(0).json().remove(0);
    has(
        &report,
        &[
            ("schema", json!(1)),
            ("first", json!(["train"])),
            ("second", json!(["valid"])),
            (
                "figures.0",
                json!({"figure": "records.count", "first": 16.0, "second": 8.0, "difference": -8.0}),
            ),
            ("distances.roles", json!(0.0)),
            ("distances.turns", json!(0.0)),
            ("overlap.records", json!({"count": 4, "share": 0.5, "estimated": false})),
            ("overlap.prompts.count", json!(4)),
            ("overlap.responses.count", json!(4)),
        ],
    );
    // (10, 6) of 16 and (0, 8) of 8: by hand .4375 of what a bit is.
    let (p, q) = ([0.625f64, 0.375], [0.0f64, 1.0]);
    let half = |of: [f64; 2]| -> f64 {
        let middle = |at: usize| (p[at] + q[at]) / 2.0;
        (0..2).filter(|at| of[*at] > 0.0).map(|at| of[at] * (of[at] / middle(at)).log2()).sum()
    };
    let wanted = ((half(p) + half(q)) / 2.0).sqrt();
    let found = report["distances"]["/cat"].as_f64().unwrap();
    assert!((found - wanted).abs() < 1e-9, "{found} {wanted}");
    let same =
        folder.run(&["--compare", "--format", "json", "train", "train"], "").json().remove(0);
    assert_eq!(at(&same, "overlap.records.share"), &json!(1.0));
    assert!(
        same["distances"].as_object().unwrap().values().all(|distance| *distance == json!(0.0))
    );
}

#[test]
fn states_compare_as_the_data_they_are_of() {
    let folder = folder();
    folder
        .shell("$TOOL --partial train > train.state; $TOOL --partial valid > valid.state")
        .exits(0);
    let run = |first: &str, second: &str| {
        folder.run(&["--compare", "--format", "json", first, second], "").exits(0).out()
    };
    let wanted = run("train", "valid");
    assert_eq!(run("train.state", "valid.state"), wanted);
    assert_eq!(run("train.state", "valid"), wanted);
    assert_eq!(run("train", "valid.state"), wanted);
    let done = folder.run(&["--compare", "--no-quality", "train.state", "valid"], "");
    done.exits(2).says(
        "the two were not measured in the same way: quality is true in one and false in another",
    );
}

#[test]
fn one_may_be_standard_input_packed_too() {
    let folder = folder();
    let wanted = folder.run(&["--compare", "train", "valid"], "").exits(0).out();
    let wanted = wanted.replace("train", "<stdin>");
    for packed in
        [lines(&asked(0, 16)).into_bytes(), crate::faults::gzip(lines(&asked(0, 16)).as_bytes())]
    {
        let done = folder.run(&["--compare", "-", "valid"], packed);
        assert_eq!(done.exits(0).out(), wanted);
    }
}

#[test]
fn a_state_may_be_packed_or_come_through_a_pipe() {
    let folder = folder();
    folder
        .shell("$TOOL --partial train > a; $TOOL --partial valid > b; gzip -k a; zstd -q b")
        .exits(0);
    let wanted = folder.run(&["--compare", "train", "valid"], "").exits(0).out();
    for script in [
        "$TOOL --compare a.gz b.zst",
        "cat a | $TOOL --compare - b",
        "gzip -c a | $TOOL --compare - valid",
        "$TOOL --compare <(cat a) <(cat valid)",
        "CHATML_TEST_BLOCK=1 $TOOL --compare <($TOOL --partial train) b",
        "(head -n 9 train | $TOOL --partial; tail -n 7 train | $TOOL --partial) | $TOOL --compare - b",
    ] {
        let done = folder.shell(script);
        // Only what the inputs are called differs.
        let without_names =
            |text: &str| text.lines().skip(3).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(without_names(&done.exits(0).out()), without_names(&wanted), "{script}");
    }
    let behind = "a state behind lines that are none; a FILE of --compare holds either";
    let none = "no state, as --partial writes it on one line, behind states";
    let record = "no state, as --partial writes it on one line, but a record; --partial makes a state of records";
    for (lines, told) in [
        ("cat train a", format!("<stdin>:17: {behind}")),
        ("cat a train", format!("<stdin>:2: {record}")),
        ("cat a; echo; echo x", format!("<stdin>:3: {none}")),
        ("echo x; cat a", format!("<stdin>:2: {behind}")),
        ("echo; cat a; echo; cat train", format!("<stdin>:4: {record}")),
        ("head -n 1 train; echo; cat a; echo x", format!("<stdin>:3: {behind}")),
    ] {
        for block in ["", "CHATML_TEST_BLOCK=1", "CHATML_TEST_BLOCK=3000"] {
            let done = folder.shell(&format!("({lines}) | {block} $TOOL -q --compare - b"));
            assert_eq!(done.exits(2).err(), format!("chatml-stats: {told}\n"), "{block} {lines}");
        }
    }
    // How many lines would be told of each finding is nothing that is compared.
    folder.shell("$TOOL --partial --examples 9 train > c; $TOOL --compare c b").exits(0);
}

#[test]
fn what_a_comparison_does_not_tell_is_refused() {
    let folder = folder();
    for (option, value) in [
        ("--price", "2"),
        ("--epochs", "2"),
        ("--batch-size", "2"),
        ("--top", "2"),
        ("--examples", "2"),
    ] {
        let done = folder.run(&["--compare", option, value, "train", "valid"], "");
        done.exits(2).says("cannot be used with").says(option).says("--compare");
    }
    folder
        .run(&["--compare", "--format", "info", "train", "valid"], "")
        .exits(2)
        .says("--format info has no effect with --compare");
}

#[test]
fn a_field_that_one_of_both_lacks_is_told() {
    let folder = folder();
    folder.put("plain", lines(&[chat(&[("user", "Hi"), ("assistant", "Yes")])]));
    folder
        .run(&["--compare", "--by", "/cat", "train", "plain"], "")
        .exits(0)
        .says("--by /cat: no record of plain has anything there")
        .never_says("of train");
    folder
        .run(&["--compare", "-q", "--by", "/x", "train", "plain"], "")
        .exits(0)
        .never_says("--by");
}

#[test]
fn lines_of_both_that_cannot_be_used_are_put_aside() {
    let folder = Folder::of("chatml-stats");
    folder.put("one", lines(&["nope", &asked(0, 1)[0]]));
    folder.put("two", lines(&[&asked(0, 1)[0], "second"]));
    let done = folder.run(&["--compare", "--rejects", "rejects", "one", "two"], "");
    done.exits(1).says("one:1:2: not JSON").says("two:2:1: not JSON");
    assert_eq!(folder.get("rejects"), b"nope\nsecond\n");
    folder.run(&["--compare", "--exit-zero", "one", "two"], "").exits(0);
}

#[test]
fn two_inputs_are_wanted() {
    let folder = folder();
    for names in [&["train"][..], &["train", "valid", "train"], &[]] {
        folder
            .run(&[&["--compare"], names].concat(), "")
            .exits(2)
            .says("--compare takes two FILEs");
    }
}

#[test]
fn what_is_measured_is_not_said_to_a_comparison_of_two_states() {
    let folder = folder();
    for name in ["train", "valid"] {
        let state = folder.run(&["--partial", "--tokenizer", "chars", name], "").exits(0).out();
        folder.put(&format!("{name}.state"), state);
    }
    let compare = |args: &[&str], files: [&str; 2]| {
        folder.run(&[&["--compare"], args, &files[..]].concat(), "")
    };
    let states = ["train.state", "valid.state"];
    compare(&[], states).exits(0);
    for args in [
        &["--tokenizer", "chars"][..],
        &["--chat-template", "chatml"],
        &["--max-tokens", "9"],
        &["--by", "/cat"],
        &["--languages"],
        &["--no-quality"],
    ] {
        let told = format!("{} has no effect with --compare of two states", args[0]);
        compare(args, states).exits(2).says(&told).writes("");
    }
    compare(&["--tokenizer", "chars"], ["train.state", "valid"]).exits(0);
}

#[test]
fn the_report_of_a_comparison_counts_the_records_of_both() {
    let folder = folder();
    folder.put("bad", "x\n");
    let done = folder.run(&["-q", "--compare", "--report", "r", "train", "bad"], "");
    done.exits(1);
    let report = folder.json("r");
    let keys = ["records_read", "records_written", "records_rejected"];
    let train = String::from_utf8(folder.get("train")).unwrap().lines().count() as u64;
    assert_eq!(keys.map(|key| report[key].as_u64()), [Some(train + 1), Some(0), Some(1)]);
    assert!(report["seconds"].is_number() && report["distances"].is_object());
}
