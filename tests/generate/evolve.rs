//! Variants of records: the answers stay, the families are known, and everything is valid.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{generate, other};
use crate::util::{Done, Folder, asked, lines, run};

const OPS: [&str; 6] = ["constrain", "deepen", "rephrase", "typos", "formal", "terse"];

/// Records to make variants of: with ids and without, with metadata, of several turns, with tools, not in English.
fn seeds() -> Vec<String> {
    let list = "Do this:\n1. Open the settings\n2. Choose cancellation\n3. Confirm";
    vec![
        asked(1, "Hi, can't I cancel my order? Please tell me how to do it, thanks", list),
        json!({"metadata": {"id": "b", "x": 1.50}, "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "How do I reset my password?"},
            {"role": "assistant", "content": "Open the settings and choose a new password."},
            {"role": "user", "content": "Could you please write a script for that?"},
            {"role": "assistant", "content": "Sure:\n```sh\npasswd\nexit\n```\nThat is all."},
        ]})
        .to_string(),
        json!({"messages": [
            {"role": "user", "content": "Is there a blender in stock?"},
            {"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function",
                "function": {"name": "stock", "arguments": "{\"item\":\"blender\"}"}}]},
            {"role": "tool", "tool_call_id": "c1", "content": "3"},
            {"role": "assistant", "content": "Yes, there are three of them."},
        ], "tools": [{"type": "function", "function": {"name": "stock",
            "parameters": {"type": "object", "properties": {"item": {"type": "string"}}}}}]})
        .to_string(),
        asked(
            4,
            "Wie setze ich mein Passwort zurück, wenn ich es vergessen habe?",
            "Öffne die Einstellungen und wähle ein neues Passwort.",
        ),
    ]
}

fn folder() -> Folder {
    let folder = Folder::of("chatml-gen");
    folder.put("in", lines(&seeds()));
    folder
}

/// The answers of a record in order, and what stands before the first message of a user.
fn answers(record: &Value) -> Vec<Value> {
    let messages = record["messages"].as_array().unwrap().iter();
    messages.filter(|message| message["role"] != "user").cloned().collect()
}

#[test]
fn every_operation_keeps_the_answers_and_makes_valid_records() {
    let folder = folder();
    let seeds: Vec<Value> =
        seeds().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    for op in OPS {
        let done = generate(&folder, &format!("evolve --op {op} --variants 4 -o out in"), "");
        done.exits(0).says("4 records: ");
        let made = Done::new(
            String::new(),
            std::process::Command::new("cat").arg(folder.path("out")).output().unwrap(),
        )
        .json();
        assert!(!made.is_empty(), "{op}: {done}");
        for variant in &made {
            assert_eq!(variant["metadata"]["op"], op);
            assert_eq!(variant["id"], Value::Null);
            let parent = variant["metadata"]["parent"].as_str().unwrap();
            let of = seeds.iter().find(|seed| match parent {
                "1" | "4" => seed["id"].as_u64() == parent.parse().ok(),
                "b" => seed["metadata"]["id"] == "b",
                _ => seed["tools"].is_array(),
            });
            let of = of.unwrap_or_else(|| panic!("no seed {parent}"));
            let (old, new) = (answers(of), answers(variant));
            assert_eq!(new[..old.len()], old, "{op}");
            assert_eq!(new.len() - old.len(), usize::from(op == "deepen"));
            assert_ne!(of["messages"], variant["messages"]);
            assert!(op != "typos" || of["tools"].is_null(), "a call may hold the word");
        }
        let different: BTreeSet<String> = made.iter().map(|v| v["messages"].to_string()).collect();
        assert_eq!(different.len(), made.len(), "{op}");
        other(&folder, "chatml-validate", "--check --ignore S014 out").exits(0);
    }
}

#[test]
fn operations_share_the_variants_and_other_languages_get_typos() {
    let folder = folder();
    let done = generate(&folder, "evolve --variants 12 --report report in", "");
    done.exits(0).says("1 record not taken for English");
    let mut ops: BTreeMap<String, u64> = BTreeMap::new();
    for row in done.json() {
        let op = row["metadata"]["op"].as_str().unwrap().to_owned();
        assert!(row["metadata"]["parent"] != "4" || op == "typos");
        *ops.entry(op).or_default() += 1;
    }
    assert_eq!(ops.len(), 6, "{ops:?}");
    let report = folder.json("report");
    assert_eq!(
        report["ops"],
        serde_json::to_value(&ops)
            .unwrap()
            .as_object()
            .map(|map| {
                Value::Object(OPS.iter().map(|op| ((*op).to_owned(), map[*op].clone())).collect())
            })
            .unwrap()
    );
    assert_eq!(report["variants"].as_u64().unwrap() + report["missing"].as_u64().unwrap(), 48);
    assert_eq!(report["records_written"], report["variants"]);
}

#[test]
fn seeds_stand_before_their_variants_and_stay_as_they_were() {
    let folder = Folder::of("chatml-gen");
    let mut text = lines(&seeds());
    text.push_str(r#"{ "metadata" : {"parent":"p"}, "messages":[{"role":"user","content":"How do I go?"},{"role":"assistant","content":"By bus."}] }"#);
    let done = folder.run(&["evolve", "--with-seeds"], &text);
    let out = done.exits(0).out();
    let mut seeds = text.lines();
    for line in out.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        if row["metadata"]["op"].is_null() {
            let parent = row["metadata"]["parent"].to_string();
            let added =
                [format!(",\"parent\":{parent}"), format!(",\"metadata\":{{\"parent\":{parent}}}")];
            let bare = added.iter().fold(line.to_owned(), |line, added| line.replace(added, ""));
            assert_eq!(bare, seeds.next().unwrap());
        }
    }
    assert_eq!(seeds.next(), None);
    assert!(out.contains(text.lines().last().unwrap()), "a seed of a known family is not touched");
}

#[test]
fn a_split_keeps_families_together() {
    let folder = Folder::of("chatml-gen");
    let seed = |at| {
        asked(at, &format!("How do I open door number {at} of the house?"), "You turn the key.")
    };
    folder.put("in", lines(&(0..60).map(seed).collect::<Vec<_>>()));
    generate(&folder, "evolve --with-seeds --variants 2 -o all in", "").exits(0);
    other(&folder, "chatml-split", "--val 0.3 --group /metadata/parent --tag /part -o tagged all")
        .exits(0);
    let mut parts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in String::from_utf8(folder.get("tagged")).unwrap().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let part = row["part"].to_string();
        parts.entry(row["metadata"]["parent"].to_string()).or_default().insert(part);
    }
    assert_eq!(parts.len(), 60);
    assert!(parts.values().all(|parts| parts.len() == 1));
    assert!(parts.values().flatten().collect::<BTreeSet<_>>().len() == 2);
}

#[test]
fn what_cannot_be_used_is_named_and_left_out() {
    let folder = Folder::of("chatml-gen");
    let text =
        "{\"a\n\n{\"messages\":[],\"metadata\":\"x\"}\n{\"messages\":7}\n{\"messages\":[]}\n";
    let done = folder.run(&["evolve", "--rejects", "rejects", "--with-seeds"], text);
    done.exits(1).says("<stdin>:1:").says("<stdin>:3:1: metadata is no object; left out");
    done.says("<stdin>:4:13: messages is no array").says("3 lines could not be used");
    assert_eq!(
        folder.get("rejects"),
        text.lines()
            .filter(|line| !line.is_empty() && *line != "{\"messages\":[]}")
            .map(|line| format!("{line}\n"))
            .collect::<String>()
            .into_bytes()
    );
    generate(&folder, "evolve --op shorter in", "").exits(2).says("shorter");
    generate(&folder, "evolve --variants 0 in", "").exits(2);
}

#[test]
fn neither_threads_nor_blocks_show() {
    let text = lines(&seeds()).repeat(5);
    let one = |block: &str, jobs: &str| {
        let mut command = Folder::of("chatml-gen").tool(&[
            "evolve",
            "--variants",
            "3",
            "--with-seeds",
            "-q",
            "-j",
            jobs,
        ]);
        command.current_dir("/").env("CHATML_TEST_BLOCK", block);
        run(command, &text).exits(0).out()
    };
    let wanted = one("100000", "1");
    for (block, jobs) in [("1", "2"), ("63", "8"), ("64", "1"), ("65", "2")] {
        assert_eq!(one(block, jobs), wanted, "{block} {jobs}");
    }
}

#[test]
fn records_with_tools_that_get_no_typos_are_counted_and_told() {
    let folder = Folder::of("chatml-gen");
    let text = lines(&seeds());
    let done = generate(&folder, "evolve --op typos --report r.json", &text);
    done.exits(0).says("1 record with tools got no typos");
    assert_eq!(folder.json("r.json")["without_typos"], 1);
    let done = generate(&folder, "evolve --op formal", &text);
    assert!(!done.exits(0).err().contains("with tools"), "{done}");
}

#[test]
fn why_a_record_got_fewer_variants_is_told_and_reported() {
    let folder = Folder::of("chatml-gen");
    let text = lines(&[
        asked(
            1,
            "How do I open the door?",
            "You turn the key, and then you push as hard as you can.",
        ),
        asked(2, "Have a nice day!", "You too!"),
        asked(3, "Wie öffne ich die Tür, wenn sie klemmt?", "Du drehst den Schlüssel und drückst."),
    ]);
    let args = "evolve --op constrain,deepen --variants 2 --report r.json";
    let done = generate(&folder, args, &text);
    done.exits(0)
        .says("3 records got fewer than was asked for; 5 variants not made:")
        .says("  constrain    nothing to change in 1, no other variant of 1\n")
        .says("  deepen       nothing to change in 2\n")
        .says("1 record not taken for English");
    assert_eq!(done.json().len(), 1);
    let report = folder.json("r.json");
    let (short, none) =
        (&report["short"], |op: &str| report["short"]["nothing_to_change"][op].clone());
    assert_eq!((&short["records"], &short["other_language"]), (&json!(3), &json!(1)));
    assert_eq!((none("constrain"), none("deepen"), none("typos")), (json!(1), json!(2), json!(0)));
    assert_eq!(short["nothing_more"]["constrain"], 1);
    let done = generate(
        &folder,
        "evolve --op rephrase --report r.json",
        lines(&[asked(1, "How?", "So.")]),
    );
    assert!(!done.exits(0).err().contains("fewer"), "{done}");
    assert_eq!(folder.json("r.json")["short"]["records"], 0);
}

#[test]
fn nobody_goes_on_behind_a_farewell_or_limits_a_refusal() {
    let folder = Folder::of("chatml-gen");
    let turns = |question: &str, answer: &str| {
        json!({"messages": [
            {"role": "user", "content": "How do I open the door of the house?"},
            {"role": "assistant", "content": "You turn the key."},
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer},
        ]})
        .to_string()
    };
    let text = lines(&[
        turns("That was kind, thank you!", "You're welcome! Have a nice day."),
        turns("Can you open it for me?", "I'm sorry, but I can't help with that door of yours."),
    ]);
    generate(&folder, "evolve --op constrain", &text).exits(0).writes("");
    let done = generate(&folder, "evolve --op deepen", &text);
    let parents: Vec<Value> = done.exits(0).json();
    assert_eq!(parents.len(), 1, "{done}");
    assert_eq!(parents[0]["messages"][2]["content"], "Can you open it for me?");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10, failure_persistence: None, ..Default::default() })]

    #[test]
    fn every_variant_has_a_parent_that_is_there(
        questions in prop::collection::vec("(How do I |Please |Hi, |What is )?[a-z \"'`.,?\\n]{1,60}", 1..8),
        seed in 0_u64..100,
    ) {
        let records = questions.iter().enumerate().map(|(id, question)| asked(id, question, "This is the answer.\n1. a\n2. b"));
        let text = lines(&records.collect::<Vec<_>>());
        let folder = Folder::of("chatml-gen");
        let done = generate(&folder, &format!("evolve --variants 5 --seed {seed}"), &text);
        for row in done.exits(0).json() {
            let parent: usize = row["metadata"]["parent"].as_str().unwrap().parse().unwrap();
            prop_assert!(parent < questions.len());
            prop_assert_eq!(&row["messages"][1]["content"], "This is the answer.\n1. a\n2. b");
            let is_deep = row["metadata"]["op"] == "deepen";
            prop_assert_eq!(row["messages"][0]["content"] == questions[parent].as_str(), is_deep);
        }
    }
}
