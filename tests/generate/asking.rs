//! What a model is asked for, and how its answers become examples.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::model::{
    asked, backend, best, examples, folder, lines_of, model, number, plan, plan_of, records, run,
    says, sentence, wanted,
};
use super::server::{Server, good};
use crate::util::{Dice, Folder};

#[test]
fn seeds_from_standard_input_are_shown_and_not_repeated() {
    let seed = |at: u64| sentence(&mut Dice::new(at), 9);
    // As an editor leaves a file: with a byte order mark, and blank lines.
    let stdin: String = (0..5)
        .map(|at| json!({"messages": [{"role": "system", "content": "SECRET"}, {"role": "user", "content": seed(at)}, {"role": "assistant", "content": "Yes."}]}).to_string() + "\n\n")
        .collect();
    let stdin = format!("\u{feff}{stdin}");
    let server = Server::new(move |number, seen| match number % 3 {
        0 => good(&examples(&[(seed(number as u64 % 5), "It is so.".into())])),
        _ => good(&best(seen)),
    });
    let folder = folder(&plan(&server.base(), 12, "[prompt.few_shot]\nk = 2"));
    let words = "run plan.toml --yes --concurrency 1 --rejects bad.jsonl --seeds -";
    let done = folder.run(&words.split(' ').collect::<Vec<_>>(), &stdin);
    let made = records(&done.exits(0).stdout);
    assert_eq!(made.len(), 12);
    done.says("known");
    let rejected = lines_of(&folder, "bad.jsonl");
    assert!(!rejected.is_empty());
    for line in &rejected {
        let asked = line["record"]["messages"][0]["content"].as_str().unwrap();
        let of = (0..5).find(|at| sentence(&mut Dice::new(*at), 9) == asked).unwrap();
        assert_eq!(line["detail"], format!("like <stdin>:{}", 2 * of + 1));
    }
    for seen in server.seen() {
        let shown =
            (0..5).filter(|at| asked(&seen).contains(&sentence(&mut Dice::new(*at), 9))).count();
        assert_eq!(shown, 2, "{}", asked(&seen));
        assert!(!asked(&seen).contains("SECRET"));
    }
    for record in &made {
        let said = record["messages"][0]["content"].as_str().unwrap();
        assert!((0..5).all(|at| sentence(&mut Dice::new(at), 9) != said), "{said}");
    }
}

#[test]
fn a_repeated_record_is_named_by_file_and_line() {
    let question = |at: u64| sentence(&mut Dice::new(at), 40);
    let record = |at: u64| {
        json!({"messages": [{"role": "user", "content": question(at)}, {"role": "assistant", "content": "Yes."}]})
            .to_string()
    };
    let server = Server::new(move |number, seen| match number {
        0 => good(&examples(&[(question(1), "It is so.".into())])),
        1 => good(&examples(&[(question(3).replacen(' ', ", ", 1), "It is so.".into())])),
        2 => good(&examples(&[(question(4) + " Is it?", "It is so.".into())])),
        _ => good(&best(seen)),
    });
    let folder =
        folder(&plan(&server.base(), 4, "[dedup]\nagainst = [\"old.jsonl\", \"more.jsonl\"]"));
    folder.put("old.jsonl", format!("\u{feff}{}\n\n \n{}", record(0), record(1)));
    folder.put("more.jsonl", format!("\u{feff}\n{}\n{}\n{}\n", record(2), record(3), record(4)));
    run(&folder, "--concurrency 1 --rejects bad.jsonl").exits(0);
    let rejects = lines_of(&folder, "bad.jsonl");
    let details: Vec<&str> = rejects
        .iter()
        .map(|line| {
            assert_eq!(line["reason"], "known");
            line["detail"].as_str().unwrap()
        })
        .collect();
    assert_eq!(details[0], "like old.jsonl:4");
    assert!(details[1].starts_with("like more.jsonl:3"), "{details:?}");
    assert!(
        details[2].starts_with("like more.jsonl:4, 0.") && details[2].ends_with(" of words"),
        "{details:?}"
    );
}

#[test]
fn points_of_another_scale_are_no_points() {
    let maker = model();
    let judge = Server::new(|_, _| says(&json!({"reason": "good", "score": 40}).to_string()));
    let backends = backend("maker", &maker.base()) + &backend("judge", &judge.base());
    let more =
        "backends = [\"maker\"]\nmax_candidates = 3\n[quality.judge]\nbackend = \"judge\"\nmin = 7";
    let folder = folder(&plan_of(3, more, &backends));
    let why = "the judge gave no points: its score is no number from 0 to 10: \"40\"";
    run(&folder, "--rejects bad.jsonl")
        .exits(1)
        .writes("")
        .says(&format!("rejected were 3 judge (the last one judge: {why})"));
    let rejects = lines_of(&folder, "bad.jsonl");
    assert!(rejects.iter().all(|line| line["detail"] == why), "{rejects:?}");
    assert_eq!(rejects.len(), 3);
}

#[test]
fn points_may_be_text_and_may_come_without_a_reason() {
    let maker = model();
    let judge = Server::new(|number, _| {
        let score = if number == 0 { "0" } else { "9" };
        says(&json!({"reason": "", "score": score}).to_string())
    });
    let backends = backend("maker", &maker.base()) + &backend("judge", &judge.base());
    let more = "backends = [\"maker\"]\n[quality.judge]\nbackend = \"judge\"\nmin = 7";
    let folder = folder(&plan_of(3, more, &backends));
    let done = run(&folder, "--concurrency 1 --rejects bad.jsonl");
    assert_eq!(records(&done.exits(0).stdout).len(), 3);
    let rejects = lines_of(&folder, "bad.jsonl");
    assert_eq!((rejects.len(), &rejects[0]["detail"]), (1, &json!("0 points")));
}

#[test]
fn slips_of_the_keyboard_come_into_what_models_write_too() {
    let said = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&said);
    let server = Server::new(move |_, seen| {
        let about = sentence(&mut Dice::new(number(asked(seen))), 9).to_lowercase();
        let question = format!("tell me something {about}");
        notes.lock().unwrap().push(question.clone());
        good(&examples(&[(question, "Yes, of course.".into())]))
    });
    let folder = folder(&plan(&server.base(), 20, "[dedup]\nnear = 0\n[task]\ntypos = 1.0"));
    let made = records(&run(&folder, "").exits(0).stdout);
    let said = said.lock().unwrap();
    let asked = made.iter().map(|record| record["messages"][0]["content"].as_str().unwrap());
    assert!(asked.clone().all(|asked| !said.iter().any(|said| said == asked)), "{made:?}");
    assert_eq!(asked.count(), 20);
    assert!(made.iter().all(|record| record["messages"][1]["content"] == "Yes, of course."));
}

#[test]
fn a_judge_that_makes_no_examples_is_asked_by_its_name() {
    let maker = model();
    let judge = Server::new(|_, seen| {
        let score = if number(asked(seen)).is_multiple_of(3) { 2 } else { 9 };
        says(&json!({"reason": "so it is", "score": score}).to_string())
    });
    let backends = backend("maker", &maker.base()) + &backend("judge", &judge.base());
    let more = "backends = [\"maker\"]\nmax_candidates = 100\n[quality.judge]\nbackend = \"judge\"\nmin = 7";
    let folder = folder(&plan_of(20, more, &backends));
    let done = run(&folder, "--rejects bad.jsonl");
    assert_eq!(records(&done.exits(0).stdout).len(), 20);
    let rejects = lines_of(&folder, "bad.jsonl");
    assert!(!rejects.is_empty());
    assert!(
        rejects
            .iter()
            .all(|line| line["reason"] == "judge" && line["detail"] == "2 points: so it is")
    );
    assert_eq!(judge.seen().len(), maker.seen().len());
    assert!(
        judge
            .seen()
            .iter()
            .all(|seen| !seen.body["messages"][0]["content"].as_str().unwrap().contains("About"))
    );
}

#[test]
fn a_conversation_can_be_made_turn_by_turn() {
    let server = Server::new(|_, seen| {
        let body = seen.body["messages"].to_string();
        says(&sentence(&mut Dice::new(number(&body)), 9))
    });
    let folder = folder(&plan(
        &server.base(),
        6,
        "[turns]\ndist = { \"2\" = 1 }\n[prompt]\nturn_by_turn = true\n[system]\nprompts = [\"Be kind.\"]",
    ));
    let done = run(&folder, "");
    let made = records(&done.exits(0).stdout);
    assert_eq!((made.len(), server.seen().len()), (6, 24));
    let roles = |record: &Value| -> Vec<String> {
        record["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|said| said["role"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(
        made.iter()
            .all(|record| roles(record) == ["system", "user", "assistant", "user", "assistant"])
    );
}

#[test]
fn first_questions_of_a_cell_are_asked_for_in_different_words() {
    // The same words have the same answer, and there is nothing but the topic to tell examples apart.
    let server = Server::new(|_, seen| {
        let body = seen.body["messages"].to_string();
        says(&sentence(&mut Dice::new(number(&body)), 9))
    });
    let folder = folder(&format!(
        "count = 30\nmax_candidates = 60\n[prompt]\nturn_by_turn = true\n[[axis]]\nname = \"topic\"\nvalues = [\"a\", \"b\"]\n{}",
        backend("main", &server.base())
    ));
    let one = run(&folder, "--concurrency 1 --no-journal");
    assert_eq!(records(&one.exits(0).stdout).len(), 30);
    run(&folder, "--concurrency 32 --no-journal").exits(0).writes(&one.stdout);
}

#[test]
fn conversations_of_a_cell_are_asked_for_in_different_words() {
    // What is answered depends on the words of the request alone, as at a temperature of 0.
    let server = Server::new(|_, seen| {
        let mut dice = Dice::new(number(&seen.body["messages"].to_string()));
        let mut pair = || (sentence(&mut dice, 9), sentence(&mut dice, 9));
        good(&examples(&(0..wanted(seen)).map(|_| pair()).collect::<Vec<_>>()))
    });
    let base = server.base();
    for own in ["", "user_template = \"About bicycles.\"", "per_request = 3"] {
        let folder = folder(&plan_of_one_cell(&base, own));
        let one = run(&folder, "--concurrency 1 --no-journal");
        assert_eq!(records(&one.exits(0).stdout).len(), 30, "{own}: {one}");
        run(&folder, "--concurrency 32 --no-journal").exits(0).writes(&one.stdout);
        // The journal answers what was asked before, word for word.
        run(&folder, "-o kept.jsonl").exits(0);
        let before = server.seen().len();
        run(&folder, "-o kept.jsonl --resume --force").exits(0);
        assert_eq!(server.seen().len(), before, "{own}");
        assert_eq!(folder.get("kept.jsonl"), one.stdout);
    }
    // Words of its own are all that such a plan asks with.
    let folder = folder(&plan_of_one_cell(&base, "vary = false"));
    run(&folder, "--no-journal").exits(1).says("1 of 30");
    assert!(!asked(&server.seen()[server.seen().len() - 1]).contains("first message"));
}

/// Thirty examples with nothing to tell them apart.
fn plan_of_one_cell(base: &str, prompt: &str) -> String {
    let main = backend("main", base);
    format!("count = 30\nmax_candidates = 60\nlookahead = 0\n[prompt]\n{prompt}\n{main}")
}

#[test]
fn of_several_candidates_the_rare_ones_are_taken_first() {
    let server = Server::new(|_, seen| {
        let mut dice = Dice::new(number(asked(seen)));
        let one = |probability: f64, dice: &mut Dice| json!({"probability": probability, "turns": [{"user": format!("P{} {}", (probability * 10.0) as u8, sentence(dice, 9)), "assistant": sentence(dice, 9)}]});
        assert_eq!(wanted(seen), 3);
        good(
            &json!({"examples": [one(0.7, &mut dice), one(0.1, &mut dice), one(0.4, &mut dice)]})
                .to_string(),
        )
    });
    let folder = folder(&plan(&server.base(), 8, "[prompt]\nper_request = 3\nverbalized = true"));
    let made = records(&run(&folder, "").exits(0).stdout);
    assert_eq!((made.len(), server.seen().len()), (8, 8));
    assert!(
        made.iter()
            .all(|record| record["messages"][0]["content"].as_str().unwrap().starts_with("P1 "))
    );
}

#[test]
fn calls_are_checked_against_the_schemas_of_the_tools() {
    let server = Server::new(|number, seen| {
        let mut dice = Dice::new(self::number(asked(seen)));
        let (tool, arguments) = match number % 4 {
            0 => ("stock", json!({"item": 7})),
            1 => ("stock", json!({})),
            2 => ("stocks", json!({"item": "hat"})),
            _ => ("stock", json!({"item": "hat"})),
        };
        let calls = json!([{"name": tool, "arguments": arguments, "result": "3"}]);
        good(&json!({"examples": [{"turns": [{"user": sentence(&mut dice, 9), "calls": calls, "assistant": sentence(&mut dice, 9)}]}]}).to_string())
    });
    let more = "max_candidates = 100\n[[tool]]\nname = \"stock\"\nparameters = { type = \"object\", properties = { item = { type = \"string\" } }, required = [\"item\"] }";
    let folder = folder(&plan(&server.base(), 6, more));
    let done = run(&folder, "--concurrency 1 --rejects bad.jsonl");
    let made = records(&done.exits(0).stdout);
    assert_eq!(made.len(), 6);
    for record in &made {
        let call = &record["messages"][1]["tool_calls"][0]["function"];
        assert_eq!(
            (&call["name"], &call["arguments"]),
            (&json!("stock"), &json!("{\"item\":\"hat\"}"))
        );
        assert_eq!(record["tools"][0]["function"]["name"], "stock");
    }
    let rejects = lines_of(&folder, "bad.jsonl");
    assert_eq!(rejects.len(), 18);
    assert!(rejects.iter().all(|line| line["reason"] == "invalid"), "{rejects:?}");
}

#[test]
fn a_program_can_answer() {
    let script = "#!/bin/sh\ncat > last\nn=$(sed -n 's/.*A-\\([0-9]*\\).*/\\1/p' last | head -n 1)\n\
        printf '{\"examples\":[{\"turns\":[{\"user\":\"Where is %s now, please tell me?\",\"assistant\":\"Number %s is here.\"}]}]}' \"$n\" \"$n\"\n";
    let folder = folder(&plan_of(
        6,
        "[dedup]\nnear = 0.9",
        "[backend.main]\nkind = \"command\"\ncommand = [\"sh\", \"answer.sh\"]\nconcurrency = 1\n",
    ));
    folder.put("answer.sh", script);
    let done = run(&folder, "");
    assert_eq!(records(&done.exits(0).stdout).len(), 6);
}

#[test]
fn a_program_runs_in_the_folder_of_the_plan() {
    let folder = Folder::of("chatml-gen");
    std::fs::create_dir(folder.path("below")).unwrap();
    folder.put(
        "below/plan.toml",
        plan_of(1, "", "[backend.a]\nkind = \"command\"\ncommand = \"./give answer\"\n"),
    );
    folder.put("below/answer", examples(&[("What is near?".into(), "The next folder is.".into())]));
    folder.put("below/give", "#!/bin/sh\ncat \"$1\"\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(folder.path("below/give"), mode).unwrap();
    for (place, name) in [("", "below/plan.toml"), ("below", "plan.toml")] {
        let mut command = std::process::Command::new(crate::util::binary("chatml-gen"));
        command.current_dir(folder.path(place)).args(["run", name, "--yes", "--no-journal"]);
        let done = crate::util::run(command, "");
        assert_eq!(records(&done.exits(0).stdout).len(), 1);
    }
}

#[test]
fn the_form_of_an_answer_is_none() {
    // Who sees it may give it back.
    let form = examples(&[("...".into(), "...".into())]);
    let half = examples(&[("What is it?".into(), " \u{2026}".into())]);
    let server = Server::new(move |number, seen| match number {
        0 => good(&form),
        1 => good(&half),
        _ => good(&best(seen)),
    });
    let folder = folder(&plan(&server.base(), 3, ""));
    let done = run(&folder, "--concurrency 1");
    assert_eq!(records(&done.exits(0).stdout).len(), 3);
    done.says("2 rejected: 2 placeholder");
}
