//! The closing block: every number is what the other tools tell by themselves, every mark is of a check that was made.

use serde_json::{Value, json};

use super::{generate, other};
use crate::util::{Done, Folder, lines};

/// A record with a topic.
fn about(topic: &str, question: &str, answer: &str) -> String {
    json!({
        "messages": [
            {"role": "system", "content": "You help."},
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer},
        ],
        "metadata": {"topic": topic},
    })
    .to_string()
}

/// Four clean records.
fn good() -> Vec<String> {
    let follow_up = json!({
        "messages": [
            {"role": "user", "content": "May I pay in cash?"},
            {"role": "assistant", "content": "Yes, at any counter of ours."},
            {"role": "user", "content": "And by card?"},
            {"role": "assistant", "content": "Online only, with any usual card."},
        ],
        "metadata": {"topic": "payment"},
    });
    vec![
        about("shipping", "Where is my parcel now?", "It left the warehouse this morning."),
        about("shipping", "Can you deliver on Sunday?", "Not yet, but on Saturday until noon."),
        about("returns", "The sweater is too small.", "Send it back within thirty days, please."),
        follow_up.to_string(),
    ]
}

/// Runs `summary` with characters for tokens: the vocabulary of a tokenizer takes longer to load than all the rest.
#[track_caller]
fn summary(folder: &Folder, args: &str) -> Done {
    generate(folder, &format!("summary --tokenizer chars {args}"), "")
}

/// A folder with a data set as `run -d` writes it.
fn dataset() -> Folder {
    let folder = Folder::of("chatml-gen");
    std::fs::create_dir(folder.path("out")).unwrap();
    let records = good();
    folder.put("out/training_data.jsonl", lines(&records[..3]));
    folder.put("out/validation_data.jsonl", lines(&records[3..]));
    folder.put("out/dataset_info.txt", "info");
    folder.put("out/manifest.json", "{}");
    folder
}

#[test]
fn the_block_has_the_layout_of_the_template() {
    let wanted = "\
Generated Fine-Tuning Dataset Summary
=====================================

Files Created:
- training_data.jsonl (3 examples)
- validation_data.jsonl (1 example)
- dataset_info.txt (metadata and statistics)
- manifest.json (which example is in which file)

Dataset Statistics:
- Total training examples: 3
- Total validation examples: 1
- Average user query length: 5.6 tokens
- Average assistant response length: 8.2 tokens
- System prompts: 1 variation
- Multi-turn conversations: 25.0%
- Single-turn conversations: 75.0%

Category Distribution: (by /metadata/topic)
- shipping: 2 examples (50.0%)
- payment: 1 example (25.0%)
- returns: 1 example (25.0%)

Quality Assurance:
✓ JSON validation passed
✓ No duplicate examples found
✓ No near-duplicate examples found (0.8 alike or more)
- not checked: diversity (fewer than 100 messages of a role tell little)
✓ All required fields present
✓ No validation example is in the training data, nor one like it
✓ Every example has something to train on
✓ No example is longer than 100 tokens

Next Steps:
1. Review sample examples in out/training_data.jsonl
2. Load dataset into your training framework
3. Adjust hyperparameters based on dataset size (3 examples: 3 epochs in batches of 8 take 3 steps when packed)
4. Monitor training metrics for quality validation
";
    let folder = dataset();
    let done = generate(&folder, "summary --max-tokens 100 out", "");
    done.exits(0);
    assert_eq!((done.out().as_str(), done.err().as_str()), (wanted, ""));
    // Into a file, and of the current folder.
    let mut command = folder.tool(&["summary", "--max-tokens=100", "-o", "block"]);
    command.current_dir(folder.path("out"));
    let done = crate::util::run(command, "");
    done.exits(0);
    assert_eq!((done.out().as_str(), done.err().as_str()), ("", ""));
    let block = String::from_utf8(folder.get("out/block")).unwrap();
    assert_eq!(block, wanted.replace("out/", ""));
    // It may take the place of the description that it names.
    generate(&folder, "summary --max-tokens 100 out -o out/dataset_info.txt", "").exits(0);
    assert_eq!(folder.get("out/dataset_info.txt"), wanted.as_bytes());
}

#[test]
fn a_data_set_without_validation_data_is_told_to_have_none() {
    let folder = dataset();
    std::fs::remove_file(folder.path("out/validation_data.jsonl")).unwrap();
    let out = summary(&folder, "out").exits(0).out();
    assert!(!out.contains("validation_data.jsonl") && !out.contains("Total validation"), "{out}");
    assert!(
        out.contains("- not checked: leaks into the validation data (there is none)\n"),
        "{out}"
    );
    assert!(out.contains(". Set 10 to 20% apart for validation: chatml-split --val 0.1 "), "{out}");
    let of_file = summary(&folder, "out/training_data.jsonl").exits(0).out();
    assert!(of_file.contains("- out/training_data.jsonl (3 examples)\n"), "{of_file}");
}

/// The report of a run on the files `t` and `v`.
#[track_caller]
fn report(folder: &Folder, args: &str, status: i32) -> Value {
    let args = format!("summary --format json {args} t --validation v");
    generate(folder, &args, "").exits(status).json().remove(0)
}

/// The verdict of a check.
#[track_caller]
fn verdict(report: &Value, check: &str) -> (String, Option<u64>) {
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|one| one["check"] == check).unwrap();
    (check["verdict"].as_str().unwrap().to_owned(), check["found"].as_u64())
}

#[test]
fn each_fault_fails_its_check_and_no_other() {
    let long =
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho";
    let near = about("x", long, &format!("{long} sigma tau upsilon phi chi psi omega"));
    let other = near.replace("psi omega", "psi last");
    let first = good().remove(0);
    let unanswered = r#"{"messages":[{"role":"user","content":"Why is that so?"}]}"#.to_owned();
    type Case<'c> = (&'c str, Vec<String>, Vec<String>, &'c [&'c str]);
    let cases: [Case<'_>; 6] = [
        ("broken", vec!["{\"messages\":".to_owned()], vec![], &["json"]),
        ("twice", vec![first.clone()], vec![], &["duplicates"]),
        ("alike", vec![near.clone(), other.clone()], vec![], &["near_duplicates"]),
        ("unanswered", vec![unanswered], vec![], &["required_fields", "trained"]),
        ("leaks", vec![], vec![first], &["duplicates", "leaks"]),
        ("leaks alike", vec![near], vec![other], &["near_duplicates", "leaks"]),
    ];
    let folder = Folder::of("chatml-gen");
    for (name, training, validation, wanted) in cases {
        let records = good();
        folder.put("t", lines(&[&records[..3], &training].concat()));
        folder.put("v", lines(&[&records[3..], &validation].concat()));
        let report = report(&folder, "--tokenizer chars", 1);
        let checks = report["checks"].as_array().unwrap().iter();
        let failed = checks
            .filter(|check| check["verdict"] == "failed")
            .map(|check| check["check"].as_str().unwrap());
        assert_eq!(failed.collect::<Vec<_>>(), wanted, "{name}");
        assert_eq!(report["passed"], false);
        let text = summary(&folder, "--exit-zero t --validation v").exits(0).out();
        assert_eq!(text.matches("\n✗ ").count(), wanted.len(), "{name}: {text}");
    }
}

#[test]
fn all_numbers_are_those_of_the_tools() {
    let folder = Folder::of("chatml-gen");
    let mut records = super::records(60);
    let again = records[7].clone();
    records.extend([again, "{".to_owned(), r#"{"messages":[]}"#.to_owned()]);
    folder.put("t", lines(&records));
    folder.put("v", lines(&[&records[3], &records[12], &good()[3]]));
    let found = report(&folder, "--by /metadata/topic --report whole", 1);
    let tool = |name: &str, args: &str| {
        other(&folder, name, &format!("-q --report report {args}"));
        folder.json("report")
    };
    let stats = tool("chatml-stats", "--by /metadata/topic -o /dev/null t v");
    let alone = tool("chatml-stats", "-o /dev/null t");
    let told = &found["statistics"];
    for (own, figure) in [
        ("query_length_mean", "/tokens/query/mean"),
        ("response_length_mean", "/tokens/response/mean"),
        ("system_prompt_variations", "/system/variations"),
        ("multi_turn_share", "/records/multi_turn/share"),
        ("single_turn_share", "/records/single_turn/share"),
        ("tokenizer", "/tokenizer"),
    ] {
        assert_eq!(Some(&told[own]), stats.pointer(figure), "{own}");
    }
    assert_eq!(told["training_examples"], alone["records"]["count"]);
    assert_eq!(told["validation_examples"], 3);
    assert_eq!(found["files"][0]["unusable"], alone["input"]["unusable"]);
    let field = &found["categories"][0];
    assert_eq!(field["values"][0]["count"], stats["categories"][0]["values"][0]["count"]);
    assert_eq!(field["missing"], stats["categories"][0]["missing"]);
    let exact = tool("chatml-dedup", "--check t v");
    assert_eq!(verdict(&found, "duplicates").1, exact["records_removed"].as_u64());
    let near = tool("chatml-dedup", "--check --near t v");
    assert_eq!(
        verdict(&found, "near_duplicates").1,
        Some(near["removed"]["near"].as_u64().unwrap_or(0))
    );
    let leaks = tool("chatml-split", "--check-leak --group near -o /dev/null t v");
    let most = leaks["leaks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|leak| leak["records"].as_u64().unwrap())
        .max();
    assert_eq!((verdict(&found, "leaks").1, most), (Some(2), Some(2)));
    let diversity = stats["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["check"] == "diversity")
        .unwrap();
    assert_eq!(json!(verdict(&found, "diversity").0), diversity["verdict"]);
    // The report is the same object, with the seconds.
    let mut whole = folder.json("whole");
    assert!(whole.as_object_mut().unwrap().remove("seconds").unwrap().is_number());
    assert_eq!(whole, found);
}

#[test]
fn an_example_that_leaks_from_several_files_leaks_once() {
    let folder = Folder::of("chatml-gen");
    let records = good();
    folder.put("t", lines(&records[..2]));
    folder.put("u", lines(&records[..2]));
    folder.put("v", lines(&records[1..]));
    let args = "--format json t u --validation v";
    let report = summary(&folder, args).exits(1).json().remove(0);
    assert_eq!(verdict(&report, "leaks"), ("failed".to_owned(), Some(1)));
    assert_eq!(report["statistics"]["training_examples"], 4);
    assert_eq!(report["statistics"]["validation_examples"], 3);
    let steps = report["next_steps"].to_string();
    assert!(steps.contains("chatml-dedup -o unique.jsonl --against v t u"), "{steps}");
}

#[test]
fn lines_that_are_no_conversation_pass_no_check() {
    let folder = Folder::of("chatml-gen");
    let answer = |text: &str| json!([{"role": "assistant", "content": text}]);
    let choice = json!({
        "prompt": [{"role": "user", "content": "Why?"}], "chosen": answer("So."), "rejected": answer("No."),
    });
    for (line, why) in [
        (choice.to_string(), "✗ Lines that hold no conversation: 1\n"),
        (
            "{\"text\":\"a\"}".to_owned(),
            "✗ Required fields missing or malformed: S001 missing-messages in 1 line\n",
        ),
    ] {
        folder.put("t", lines(&[line]));
        let out = summary(&folder, "t").exits(1).out();
        assert!(
            out.contains("- t (0 examples, 1 line that cannot be used)\n") && out.contains(why),
            "{out}"
        );
        assert!(
            out.contains("1. Find the incomplete examples: chatml-validate --check t\n"),
            "{out}"
        );
    }
}

#[test]
fn diversity_is_judged_as_chatml_stats_judges_it() {
    let folder = Folder::of("chatml-gen");
    let alike: Vec<String> = (0..120)
        .map(|n| {
            about(
                "x",
                &format!("What is the price of item {n}?"),
                &format!("It costs {} euros.", n * 7),
            )
        })
        .collect();
    folder.put("t", lines(&alike));
    let out = summary(&folder, "t").exits(1).out();
    let info = other(&folder, "chatml-stats", "--format info t").exits(0).out();
    let of = |text: &str| text.lines().find(|line| line.contains("Diversity")).unwrap().to_owned();
    assert!(of(&out).starts_with("✗ Diversity check failed: "));
    assert_eq!(of(&out), of(&info));
    assert!(out.contains("Add examples that begin in other ways"), "{out}");
}

#[test]
fn the_field_to_count_by_is_the_one_that_most_examples_have() {
    let folder = Folder::of("chatml-gen");
    let of = |more: Value| {
        let mut record: Value = serde_json::from_str(&good()[0]).unwrap();
        record.as_object_mut().unwrap().remove("metadata");
        record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        record.to_string()
    };
    let pointer = |records: &[Value]| {
        folder.put("t", lines(&records.iter().cloned().map(of).collect::<Vec<_>>()));
        let report = summary(&folder, "--exit-zero --format json t").exits(0).json().remove(0);
        report["categories"][0]["pointer"].clone()
    };
    let both = json!({"category": "a", "metadata": {"label": "b"}});
    assert_eq!(pointer(std::slice::from_ref(&both)), "/metadata/label");
    assert_eq!(pointer(&[both, json!({"category": "a"})]), "/category");
    assert_eq!(pointer(&[json!({})]), Value::Null);
    let out = summary(&folder, "t").exits(0).out();
    assert!(out.contains("- not counted: no field was found"), "{out}");
    folder.put("t", lines(&good()));
    let out = summary(&folder, "--by /metadata/topic --by /none t").exits(0).out();
    assert!(out.contains("\n- By /metadata/topic:\n  - shipping: 2 examples (50.0%)\n"), "{out}");
    assert!(out.contains("\n- By /none:\n  - (no /none): 4 examples (100.0%)\n"), "{out}");
}

#[test]
fn strips_what_is_hostile_from_names() {
    let folder = Folder::of("chatml-gen");
    let topic = "\u{1b}[2J\u{202e}x\n✓ all is well\r| <b>*a* `b`";
    folder.put("t", lines(&[about(topic, "Why is that?", "Because it is so.")]));
    for format in ["text", "md", "json"] {
        let out = summary(&folder, &format!("--format {format} t")).exits(0).out();
        assert!(!out.chars().any(|c| c != '\n' && chatml::cli::terminal::is_hazard(c)), "{out:?}");
        assert!(
            !(out.contains("\n✓ all is well") || format == "md" && out.contains("<b>")),
            "{out}"
        );
    }
    // A name that a shell would read otherwise is in no command.
    std::fs::rename(folder.path("t"), folder.path("$(id)\nx")).unwrap();
    let done = folder.run(&["summary", "$(id)\nx"], "");
    done.exits(0);
    assert!(done.out().contains("--val 0.1 -d DIR FILE\n"), "{}", done.out());
}

#[test]
fn a_journal_tells_what_was_accepted_rejected_spent_and_left() {
    let folder = dataset();
    let answer = |slot: u64| {
        json!({"event": "answer", "hash": "0a", "slot": slot, "attempt": 0, "step": 0, "usage": {"input": 100, "output": 20}, "text": "t"}).to_string()
    };
    let mut journal = vec![
        json!({"event": "run", "schema": 1, "plan": "p", "name": "shop", "count": 6}).to_string(),
    ];
    for slot in 0..5 {
        journal.push(match slot {
            4 => json!({"event": "unanswered", "hash": "0b", "slot": 4, "attempt": 0, "step": 0, "class": "rate_limit", "reason": "r"}).to_string(),
            slot => answer(slot),
        });
        journal.push(match slot {
            0 => {
                json!({"event": "reject", "slot": 0, "attempt": 0, "reason": "refusal"}).to_string()
            }
            4 => json!({"event": "reject", "slot": 4, "attempt": 0, "reason": "unanswered"})
                .to_string(),
            slot => {
                json!({"event": "accept", "slot": slot, "attempt": 0, "number": slot}).to_string()
            }
        });
    }
    journal.push(json!({"event": "end", "accepted": 3, "why": "budget"}).to_string());
    folder.put("journal", lines(&journal));
    let out = summary(&folder, "out --journal journal").exits(1).out();
    let wanted = "
Generation Run:
- Run: shop, 6 examples wanted
- Accepted: 3
- Rejected: 2 (refusal 1, unanswered 1)
- Spent: 4 answers, 400 tokens sent and 80 answered
- Pending, begun and none accepted: 1: slot 0
- Unanswered: 1: slot 4 (rate_limit 1)
- Not begun: 1
- Ended: budget
";
    assert!(out.contains(wanted), "{out}");
    assert!(out.contains("\n✗ 3 of 6 examples of the run accepted\n"), "{out}");
    assert!(
        out.contains(
            "chatml-gen run --resume --journal journal PLAN (with the output of that run)\n"
        ),
        "{out}"
    );
    let args = "out --journal journal --format json --exit-zero";
    let report = summary(&folder, args).exits(0).json().remove(0);
    assert_eq!(report["generation"]["pending_slots"], json!([0]));
    assert_eq!(report["generation"]["unanswered_slots"], json!([4]));
    folder.put("journal", "{\"a\":1}\n");
    summary(&folder, "out --journal journal").exits(2).says("journal:1: is no line of a journal");
}

#[test]
fn of_a_run_that_has_not_ended_the_journal_tells() {
    let folder = Folder::of("chatml-gen");
    std::fs::create_dir(folder.path("out")).unwrap();
    let events = [
        json!({"event": "run", "schema": 1, "name": "shop", "plan": "p", "count": 6}),
        json!({"event": "answer", "slot": 0, "attempt": 0, "step": 0, "usage": {"input": 9, "output": 2}}),
        json!({"event": "accept", "slot": 0, "attempt": 0, "number": 0}),
        json!({"event": "end", "accepted": 1, "why": "signal"}),
    ];
    folder.put("out/journal.jsonl", lines(&events.map(|event| event.to_string())));
    generate(&folder, "summary out", "").exits(2).says(
        "out: holds no training_data.jsonl yet, but the journal of a run; how far that is tells `chatml-gen summary` \
         with --journal journal.jsonl in that folder",
    );
    let out = summary(&folder, "--journal out/journal.jsonl out").exits(1).out();
    assert!(out.contains("\nFiles Created:\n- none yet: "), "{out}");
    assert!(out.contains("\n- Accepted: 1\n") && out.contains("\n- Ended: signal\n"), "{out}");
    assert!(out.ends_with(" missing: chatml-gen run --resume -d out PLAN\n"), "{out}");
    let report = summary(&folder, "--journal out/journal.jsonl out --format json --exit-zero");
    let report = report.exits(0).json().remove(0);
    assert_eq!((&report["passed"], &report["files"]), (&json!(false), &json!([])));
    folder.put("whole.jsonl", lines(&good()));
    let whole = summary(&folder, "whole.jsonl --format json --exit-zero").json().remove(0);
    let keys = |of: &Value| of.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&report), keys(&whole));
    assert_eq!(report["generation"]["accepted"], 1);
    let done = folder.get("out/journal.jsonl").to_vec();
    let done = String::from_utf8(done).unwrap().replace("\"signal\"", "\"done\"");
    folder.put("out/journal.jsonl", &done);
    let out = summary(&folder, "--journal out/journal.jsonl out").exits(1).out();
    assert!(out.ends_with("chatml-gen run --resume -d out PLAN\n"), "{out}");
    std::fs::remove_file(folder.path("out/journal.jsonl")).unwrap();
    folder.put("journal", done);
    let told = summary(&folder, "--journal journal out");
    told.exits(2)
        .writes("")
        .says("the run of journal is done")
        .says("name the file or folder that it wrote");
}

#[test]
fn what_cannot_be_summed_up_is_refused() {
    let folder = dataset();
    folder.put("t", lines(&good()));
    std::fs::create_dir(folder.path("empty")).unwrap();
    for (args, why) in [
        ("summary", "there is no training_data.jsonl in this folder"),
        ("summary empty", "empty: holds no training_data.jsonl"),
        ("summary absent", "absent: cannot open"),
        ("summary -", "write standard input to a file first"),
        ("summary t out", "a folder has to be the only operand"),
        ("summary out --validation t", "--validation belongs to files"),
        ("summary /dev/null", "write a pipe to a file first"),
        ("summary t -o t", "t: is also"),
        ("summary t --by topic", "is no JSON pointer"),
        ("summary t --profile nonsense", "nonsense"),
        ("summary t --tokenizer absent", "absent"),
        ("summary t --near 2", "a share above 0"),
    ] {
        let done = generate(&folder, args, "");
        done.exits(2).says(why);
        assert_eq!(done.out(), "", "{args}");
    }
    folder.put("t", "");
    let out = summary(&folder, "t").exits(1).out();
    assert!(
        out.contains("✗ There is no example\n") && out.contains("1. Give a file with examples\n"),
        "{out}"
    );
}
