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
        ("input.unusable == 0 and supervision.idle == 0", ""),
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
        "messages.by_role.assistant.count > 0",
        "messages.by_role.tool.count <= 0",
        "tokens.by_role.user.p50 <= 9",
        "paths.0.count >= 0",
        "scripts.top.0.share >= 0",
        "categories.0.distinct >= 0",
        "duplicates.largest.0.count <= 3",
    ] {
        for text in empty {
            let done = stats(&["-q", "--by", "/a", "--gate", condition], text);
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
fn what_does_not_occur_is_counted_and_has_no_length() {
    let gate = |condition: &str| stats(&["-q", "--gate", condition], data());
    gate("messages.by_role.tool.count <= 0 and messages.by_role.tool.share == 0").exits(0);
    gate("messages.by_role.tool == 0 and tokens.by_role.tool.total == 0").exits(0);
    gate("supervision.idle_by_cause.no_assistant <= 0 and paths.0.types.null == 0").exits(0);
    gate("messages.by_role.tool.count > 0")
        .exits(1)
        .says("messages.by_role.tool.count is 0, wanted > 0");
    for condition in
        ["tokens.by_role.tool.max < 9", "scripts.top.7.share < 1", "paths.99.count > 0"]
    {
        gate(condition).exits(1).says("nothing was measured");
    }
    // In records without a message no role has a share.
    let empty = "{\"messages\":[]}\n";
    stats(&["--gate", "messages.by_role.user.share <= 1"], empty)
        .exits(1)
        .says("nothing was measured");
}

#[test]
fn what_no_data_can_have_is_told_before_anything_is_read() {
    let told = |args: &[&str], condition: &str, told: &str| {
        let absent = [args, &["--gate", condition, "absent", "absent"]].concat();
        stats(&absent, "").exits(2).says(told).never_says("absent");
    };
    for condition in [
        "signs.foo == 0",
        "messages.by_role.human.count > 0",
        "diversity.tool.distinct_1 > 0",
        "paths.0.types.text == 0",
        "scripts.top.first.share < 1",
        "overlap.prompts == 0",
    ] {
        told(&[], condition, "there is no figure \"");
    }
    for condition in ["records.count > 3", "distances.words < 1", "overlap.chats == 0"] {
        told(&["--compare"], condition, "there is no figure of a comparison \"");
    }
    told(&[], "tokenizer == 1", "what is there is no number: text");
    told(&[], "duplicates.estimated == 0", "what is there is no number: true or false");
    told(&[], "checks.0.verdict == 1", "what is there is no number: name");
    told(&[], "signs < 4", "there is no number \"signs\"; signs has refusal, ");
    told(
        &[],
        "signs.* < 4",
        "\"signs.*\" stands for several figures; name one: signs has refusal, ",
    );
    told(&[], "signs.*.count < 4", "stands for several figures");
    told(&[], "checks.*.verdict == 1", "stands for several figures");
    told(&[], "training.packing < 4", "as in training.packing.0.limit");
    told(&[], "recods.count > 1", "the report has input, records, ");
    told(&["--no-quality"], "signs.email == 0", "signs was not measured");
    told(&["--tokenizer", "none"], "tokens.record.p50 > 0", "tokens was not measured");
    told(&[], "supervision.over == 0", "there was no --max-tokens");
    told(&[], "training.cost < 9", "there was no --price");
    told(&[], "languages.top.0.share > .9", "there was no --languages");
    told(&[], "schema == 1", "; the report has input, records, messages, ");
    told(&[], "checks.0 < 1", "checks.0 has no numbers");
    told(&[], "training.packing.+0.limit > 1", "there is no figure \"training.packing.+0.limit\"");
    told(&["--compare"], "figures.10.first < 1", "by names and not by places");
    told(&["--by", "/a"], "categories.1.distinct > 1", "--by was given 1 time");
}

#[test]
fn what_states_were_not_asked_for_is_told_too() {
    let folder = crate::util::Folder::of("chatml-stats");
    folder.put("in", data());
    folder.shell("$TOOL --partial --no-quality --by /a.b in > state").exits(0);
    for (mode, condition, told) in [
        ("--merge state", "signs.email == 0", "signs was not measured"),
        ("--merge state", "supervision.lost == 0", "there was no --max-tokens"),
        ("--merge state", "categories.1.distinct == 0", "--by was given 1 time"),
        ("--compare state state", "overlap.prompts == 0", "overlap was not measured"),
        ("--compare state state", "distances./c == 0", "there was no --by \"/c\""),
    ] {
        folder.shell(&format!("$TOOL -q {mode} --gate '{condition}'")).exits(2).says(told);
    }
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
    folder.put("hollow", lines(&["{\"messages\":[]}", "{\"messages\":[]}"]));
    for condition in [
        "overlap.prompts == 0",
        "overlap.records.share <= 0",
        "distances.turns <= 1",
        "distances.tokens <= 1",
        "distances./a.b <= 1",
        "figures.characters.response.p95.first >= 0 and figures.characters.response.p95.second >= 0",
        "figures.characters.response.p95.difference >= -99",
    ] {
        for files in [
            ["a", "none"],
            ["none", "a"],
            ["none", "none"],
            ["a", "hollow"],
            ["hollow", "a"],
            ["hollow", "hollow"],
        ] {
            let run = |args: &[&str]| {
                folder.run(&[&["--compare", "--by", "/a.b"], args, &files[..]].concat(), "")
            };
            run(&["--gate", condition]).exits(1).says("nothing was measured");
            for format in ["text", "markdown", "html"] {
                run(&["--format", format]).exits(0);
            }
        }
    }
    let done = folder.run(&["--compare", "a", "hollow"], "").exits(0).out();
    assert!(done.contains("prompts    -\n") && done.contains("tokens      -\n"), "{done}");
    folder
        .run(&["--compare", "--gate", "figures.records.count.difference == -1", "a", "hollow"], "")
        .exits(0);
}

#[test]
fn what_cannot_be_told_is_trouble() {
    for (condition, told) in [
        (
            "records.cuont > 3",
            "--gate: there is no figure \"records.cuont\"; records has count, bytes, empty, single_turn, multi_turn, no_user, assistant_first, assistant_last, sequences; --list-figures lists all",
        ),
        ("tokens.record.p98 > 3", "there is no figure"),
        ("records.count", "is no condition"),
        ("records.count > many", "is no condition"),
        ("records.count > inf", "is no condition"),
        ("", "is no condition"),
        ("tokenizer == 3", "there is no number"),
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
    run("overlap.x == 0").exits(2).says("there is no figure of a comparison \"overlap.x\"");
    run("figures.records.count.difference == 0 and figures.duplicates.rate.second > 0.3").exits(0);
    run("figures.records.count.first > 3")
        .exits(1)
        .says("gate: figures.records.count.first is 3, wanted > 3");
    run("figures.0.first == 3").exits(2).says("by names and not by places");
    // The same figure whatever else is measured, and none where it is not.
    let bare = |condition: &str| {
        let args = ["--compare", "--tokenizer", "none", "--gate", condition, "a", "a"];
        folder.run(&args, "")
    };
    bare("figures.duplicates.rate.second > 0.3").exits(0);
    bare("figures.tokens.record.p50.first > 0").exits(2).says("tokens was not measured");
    let by = ["--compare", "--by", "/a.b~1 ü", "--gate", "distances./a.b~1ü <= 1", "a", "a"];
    folder.run(&by, "").exits(2).says("there was no --by");
    let spaced = data().replace("{\"mess", "{\"a and <b\":1,\"mess");
    folder.put("spaced", spaced);
    let gate = "records.count == 1 and distances./a and <b <= 0 and overlap.prompts > 0";
    let with = |gate: &str| {
        folder.run(&["--compare", "--by", "/a and <b", "--gate", gate, "spaced", "spaced"], "")
    };
    with(gate).exits(2).says("there is no figure of a comparison \"records.count\"");
    with(&gate["records.count == 1 and ".len()..]).exits(0);
}

#[test]
fn what_a_comparison_of_records_does_not_measure_is_told_before_all_of_them_are_read() {
    let folder = crate::util::Folder::of("chatml-stats");
    folder.put("a", data());
    folder.put("b", format!("{}nonsense\n", data()));
    folder.shell("$TOOL -q --partial --no-quality a > state").exits(0);
    for (options, condition, told) in [
        ("--no-quality a b", "overlap.prompts == 0", "overlap was not measured"),
        ("--tokenizer none a b", "distances.tokens < 1", "tokens were not measured"),
        ("--by /a a b", "distances./b < 1", "there was no --by \"/b\""),
        // A state is told by its own settings.
        ("state b", "overlap.prompts == 0", "overlap was not measured"),
        ("state state", "overlap.prompts == 0", "overlap was not measured"),
    ] {
        let done = folder.shell(&format!("$TOOL --compare {options} --gate '{condition}' -o out"));
        done.exits(2).says(told).never_says("could not be used");
        assert!(!folder.path("out").exists());
    }
    folder.shell("$TOOL --compare state state --gate 'distances.tokens == 0'").exits(0);
    // So is that a state was measured in another way than what is beside it.
    let told = "not measured in the same way: quality is false in one and true in another";
    folder.shell("$TOOL --compare state b").exits(2).says(told).never_says("could not be used");
    folder.shell("$TOOL --compare b state").exits(2).says(told.split(':').next().unwrap());
}

#[test]
fn of_conversations_without_messages_is_known_how_many_messages_a_role_has() {
    let gate = |condition: &str| stats(&["-q", "--gate", condition], "{\"messages\":[]}\n");
    gate("messages.by_role.tool.count == 0 and messages.by_role.user <= 0").exits(0);
    gate("tokens.by_role.user.count == 0 and messages.count == 0").exits(0);
    gate("messages.by_role.user > 0").exits(1).says("messages.by_role.user is 0, wanted > 0");
    for figure in ["messages.by_role.user.share", "tokens.by_role.user.p50"] {
        gate(&format!("{figure} <= 1")).exits(1).says("nothing was measured");
    }
}
