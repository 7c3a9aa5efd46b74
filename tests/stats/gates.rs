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
fn nothing_measured_is_no_answer() {
    let empty = ["", "\n\n"];
    for condition in [
        "duplicates.rate < 0.01",
        "signs.email == 0",
        "supervision.idle == 0",
        "tokens.record.p99 <= 4096",
        "diversity.user.distinct_1 > 0",
        "training.packing.0.efficiency >= 0",
    ] {
        for text in empty {
            let done = stats(&["-q", "--gate", condition], text);
            let figure = condition.split(' ').next().unwrap();
            done.exits(1).says(&format!("gate: {figure}: nothing was measured, wanted "));
        }
    }
    for text in empty {
        stats(&["--gate", "records.count == 0 and input.unusable == 0"], text).exits(0);
    }
    // Of records without an answer there is no length of an answer; how many there are is known.
    let asked = lines(&[chat(&[("user", "Hi")])]);
    let gate = |condition: &str, text: &str| stats(&["-q", "--gate", condition], text);
    gate("tokens.response.p99 <= 4096", &asked).exits(1).says("nothing was measured");
    gate("duplicates.responses.rate < 0.1", &asked).exits(1).says("nothing was measured");
    gate("diversity.assistant.compression_ratio < 4", &asked).exits(1).says("nothing was measured");
    gate("tokens.response.count == 0 and duplicates.rate == 0", &asked).exits(0);
}

#[test]
fn a_template_that_refuses_every_record_passes_no_gate() {
    let record = chat(&[("system", "S"), ("user", "Hi"), ("assistant", "Yes")]);
    let gate = |condition: &str| {
        stats(&["-q", "--chat-template", "gemma", "--gate", condition], lines(&[&record]))
    };
    for condition in ["tokens.record.p99 < 9", "supervision.share >= 0", "training.steps < 9"] {
        gate(condition).exits(2).says("nothing was measured").says("renders no record");
    }
    gate("supervision.idle == 0").exits(2).says("gate: supervision.idle is 1, wanted == 0");
    gate("supervision.refused == 1 and duplicates.rate == 0").exits(2).never_says("gate:");
}

#[test]
fn shares_of_runs_of_words_are_nothing_where_no_text_is_so_long() {
    let text = lines(&[chat(&[("user", "one two"), ("assistant", "one two three")])]);
    let gate = |condition: &str| stats(&["-q", "--gate", condition], &text);
    for figure in [
        "diversity.user.distinct_3",
        "diversity.user.self_repetition_4",
        "diversity.assistant.self_repetition_4",
        "diversity.assistant.self_repetition_10",
    ] {
        for condition in [format!("{figure} >= 0"), format!("{figure} <= 1")] {
            let done = gate(&condition);
            done.exits(1).says(&format!("gate: {figure}: nothing was measured, wanted "));
        }
    }
    gate("diversity.user.distinct_2 == 1 and diversity.assistant.distinct_3 == 1").exits(0);
    let report = stats(&["--format", "json"], &text).json().remove(0);
    let user = &report["diversity"]["user"];
    assert!(user["distinct_3"].is_null() && user["self_repetition_4"].is_null(), "{user}");
    let shown = stats(&[], &text).out();
    assert!(
        shown.contains("of three words -") && shown.contains("- of 4 words, - of 10"),
        "{shown}"
    );
    for format in ["markdown", "html"] {
        stats(&["--format", format], &text).exits(0);
    }
    let none = stats(&["--no-quality", "--gate", "diversity.user.distinct_3 > 0"], &text);
    none.exits(2).says("was not measured");
}

#[test]
fn what_a_limit_cuts_off_is_nothing_without_a_limit() {
    for figure in ["over", "lost", "trained_lost", "cut_inside.share"] {
        let condition = format!("supervision.{figure} == 0");
        stats(&["-q", "--gate", &condition], data()).exits(2).says("there was no --max-tokens");
        stats(&["-q", "--max-tokens", "99", "--gate", &condition], data()).exits(0);
    }
}

#[test]
fn a_comparison_with_nothing_passes_no_gate() {
    let folder = crate::util::Folder::of("chatml-stats");
    folder.put("a", data());
    folder.put("none", "");
    for condition in ["overlap.prompts == 0", "distances.turns <= 1"] {
        for files in [["a", "none"], ["none", "a"], ["none", "none"]] {
            let done = folder.run(&[&["--compare", "--gate", condition], &files[..]].concat(), "");
            done.exits(1).says("nothing was measured");
        }
    }
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
