//! `--gate`: a condition that holds, one that does not, one that cannot be told.

use crate::util::{chat, lines, stats};

fn data() -> String {
    let record = chat(&[("user", "Hi"), ("assistant", "Hello world")]);
    lines(&[&record, &record, &chat(&[("user", "Bye"), ("assistant", "So long, and take care")])])
}

#[test]
fn what_holds_and_what_does_not() {
    for (condition, told) in [
        ("records.count == 3", ""),
        ("duplicates.rate < 0.5 and tokens.record.max <= 10", ""),
        ("input.files == 1 and supervision.idle == 0", ""),
        ("duplicates.rate < 0.01", "gate: duplicates.rate is 0.333333, wanted < 0.01\n"),
        (
            "records.count > 3 and words.record.max >= 99",
            "gate: records.count is 3, wanted > 3\ngate: words.record.max is 6, wanted >= 99\n",
        ),
    ] {
        let done = stats(&["-q", "--gate", condition], data());
        done.exits(i32::from(!told.is_empty()));
        assert_eq!(done.err(), told, "{condition}");
        assert!(done.out().contains("Records"), "the report is there all the same");
        stats(&["-q", "--exit-zero", "--gate", condition], data()).exits(0);
    }
    let two = ["-q", "--gate", "records.count == 3", "--gate", "records.count == 4"];
    stats(&two, data()).exits(1).says("wanted == 4");
}

#[test]
fn what_cannot_be_told_is_trouble() {
    for (condition, told) in [
        (
            "records.cuont > 3",
            "--gate: there is no figure \"records.cuont\"; --list-figures lists them",
        ),
        ("tokens.record.p98 > 3", "there is no figure"),
        ("records.count", "is no condition"),
        ("records.count > many", "is no condition"),
        ("records.count > inf", "is no condition"),
        ("", "is no condition"),
        ("tokenizer == 3", "there is no number"),
        (
            "tokens.record == 3 and tokens.by_role.tool.max > 1",
            "tokens.by_role has assistant, user",
        ),
    ] {
        let done = stats(&["-q", "--gate", condition], data());
        done.exits(2).says(told);
    }
    let done = stats(&["-q", "--tokenizer", "none", "--gate", "tokens.record.max < 9"], data());
    done.exits(2).says("tokens was not measured");
}

#[test]
fn a_comparison_has_gates_too() {
    let folder = crate::util::Folder::of("chatml-stats");
    folder.put("a", data());
    let run = |condition: &str| folder.run(&["--compare", "--gate", condition, "a", "a"], "");
    run("distances.tokens < 0.1").exits(0);
    run("overlap.prompts.share == 0")
        .exits(1)
        .says("gate: overlap.prompts.share is 1, wanted == 0");
    run("overlap.x == 0").exits(2).says("overlap has prompts, records, responses");
}
