//! `chatml-gen prompts` and `ingest`: requests go out and answers come back by file, whoever carries them.

use serde_json::{Value, json};

use super::model::{asked, best, examples, folder, lines_of, number, plan, records};
use super::server::Seen;
use crate::faults::{gzip, xz, zstd};
use crate::util::{Dice, Done, Folder};

/// What a batch service makes of a line of requests.
fn served(line: &Value) -> String {
    let seen = Seen { path: String::new(), headers: String::new(), body: line["body"].clone() };
    let id = &line["custom_id"];
    // As it happens: some fail, some repeat others, some are cut off, some are no JSON.
    let (text, finish) = match number(asked(&seen)) % 13 {
        0 => return json!({"custom_id": id, "response": null, "error": {"code": "expired", "message": "too late"}}).to_string(),
        1 => return json!({"custom_id": id, "response": {"status_code": 429, "body": {"error": {"message": "slow"}}}}).to_string(),
        2 | 3 => (examples(&[("Where is it?".into(), "It is on its way.".into())]), "stop"),
        4 => (best(&seen), "length"),
        5 => ("no".to_owned(), "stop"),
        _ => (best(&seen), "stop"),
    };
    let body = json!({
        "model": "m-1", "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}],
        "usage": {"prompt_tokens": 12, "completion_tokens": 5},
    });
    json!({"id": "x", "custom_id": id, "response": {"status_code": 200, "body": body}, "error": null}).to_string()
}

/// Answers to all lines, in an order of chance, some twice.
fn carried(requests: &[Value], order: u64) -> String {
    let mut dice = Dice::new(order);
    let mut lines: Vec<String> = requests.iter().map(served).collect();
    lines.extend(requests.iter().step_by(3).map(served));
    for end in (1..lines.len()).rev() {
        lines.swap(end, dice.below(end + 1));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[track_caller]
fn generate(folder: &Folder, words: &str, stdin: &str) -> Done {
    folder.run(&words.split(' ').collect::<Vec<_>>(), stdin)
}

#[test]
fn a_data_set_comes_by_file_in_as_many_rounds_as_it_takes() {
    for together in [1, 3] {
        let more = format!("[prompt]\nper_request = {together}");
        let plan = plan("http://127.0.0.1:9/v1", 40, &more) + "structured = \"json_schema\"\n";
        let folder = folder(&plan);
        let mut before: Vec<Value> = Vec::new();
        for round in 1.. {
            // The service fails by the words of a request in six of thirteen: 40 examples take more than 20 rounds once
            // in a hundred thousand wordings.
            assert!(round < 21, "no end");
            let words = "prompts plan.toml --yes --journal journal.jsonl -o requests.jsonl";
            generate(&folder, words, "").exits(0).says("request");
            let requests = lines_of(&folder, "requests.jsonl");
            let wanted: usize = requests
                .iter()
                .map(|line| line["custom_id"].as_str().unwrap().split('-').count() - 1)
                .sum();
            assert_eq!(wanted, 40 - before.len(), "only what is missing is asked for");
            let ingest = "ingest plan.toml --yes --rejects bad.jsonl -o data.jsonl --journal";
            // Another order of the answers makes the same of them.
            let mut outcome = Vec::new();
            for order in [7, 8] {
                let copy = format!("copy{order}.jsonl");
                if round > 1 {
                    std::fs::copy(folder.path("journal.jsonl"), folder.path(&copy)).unwrap();
                }
                let done =
                    generate(&folder, &format!("{ingest} {copy}"), &carried(&requests, order));
                outcome.push((done.status, folder.get("data.jsonl"), folder.get("bad.jsonl")));
                std::fs::remove_file(folder.path(&copy)).unwrap();
            }
            assert_eq!(outcome[0], outcome[1], "round {round}");
            let done =
                generate(&folder, &format!("{ingest} journal.jsonl"), &carried(&requests, 9));
            let made = records(&folder.get("data.jsonl"));
            assert_eq!(folder.get("data.jsonl"), outcome[0].1);
            assert_eq!(made[..before.len()], before, "what was there stays as it was");
            let complete = made.len() == 40;
            done.exits(if complete { 0 } else { 1 });
            before = made;
            if complete {
                assert!(round > 1, "the service is too good");
                break;
            }
            done.says("of 40 examples").says("prompts --journal");
        }
        // All is there: nothing more is asked for, and the same comes of no answers at all.
        generate(&folder, "prompts plan.toml --yes --journal journal.jsonl", "")
            .exits(0)
            .writes("");
        let all = folder.get("data.jsonl");
        generate(&folder, "ingest plan.toml --yes -q --journal journal.jsonl", "")
            .exits(0)
            .writes(&all);
        // The journal tells what became of the examples, each once.
        let events = lines_of(&folder, "journal.jsonl");
        let accepted = events.iter().filter(|event| event["event"] == "accept").count();
        assert_eq!((accepted, &events.last().unwrap()["why"]), (40, &json!("done")));
        let told =
            generate(&folder, "summary data.jsonl --exit-zero --journal journal.jsonl", "").out();
        for line in ["Accepted: 40\n", "Not begun: 0\n", "Ended: done\n"] {
            assert!(told.contains(line), "{told}");
        }
    }
}

#[test]
fn an_answer_that_failed_first_counts_when_it_comes() {
    let folder = folder(&plan("http://127.0.0.1:9/v1", 4, ""));
    generate(&folder, "prompts plan.toml --yes -q -o requests.jsonl", "").exits(0);
    let requests = lines_of(&folder, "requests.jsonl");
    let failed = |line: &Value| {
        json!({"custom_id": line["custom_id"], "response": null, "error": {"message": "no"}})
            .to_string()
    };
    let good = |line: &Value| {
        let seen = Seen { path: String::new(), headers: String::new(), body: line["body"].clone() };
        json!({"custom_id": line["custom_id"], "text": best(&seen)}).to_string()
    };
    let all = |make: &dyn Fn(&Value) -> String| {
        requests.iter().map(|line| make(line) + "\n").collect::<String>()
    };
    // In one file, in both orders, and in two rounds.
    let (bad, fine) = (all(&failed), all(&good));
    let first = generate(&folder, "ingest plan.toml --yes", &format!("{bad}{fine}"));
    assert_eq!(records(&first.exits(0).stdout).len(), 4);
    generate(&folder, "ingest plan.toml --yes", &format!("{fine}{bad}"))
        .exits(0)
        .writes(&first.stdout);
    generate(&folder, "ingest plan.toml --yes --journal j.jsonl", &bad)
        .exits(1)
        .writes("")
        .says("4 unanswered");
    // The same file again is no other try.
    generate(&folder, "ingest plan.toml --yes --journal j.jsonl", &bad)
        .exits(1)
        .says("4 rejected (4 unanswered), 4 answers of no use");
    generate(&folder, "ingest plan.toml --yes --journal j.jsonl", &fine)
        .exits(0)
        .writes(&first.stdout);
}

#[test]
fn answers_may_begin_with_a_byte_order_mark_and_what_is_left_out_is_named_unless_that_is_unwanted()
{
    let folder = folder(&plan("http://127.0.0.1:9/v1", 4, ""));
    generate(&folder, "prompts plan.toml --yes -q -o requests.jsonl", "").exits(0);
    let good = |line: &Value| {
        let seen = Seen { path: String::new(), headers: String::new(), body: line["body"].clone() };
        json!({"custom_id": line["custom_id"], "text": best(&seen)}).to_string() + "\n"
    };
    let lines: Vec<String> = lines_of(&folder, "requests.jsonl").iter().map(good).collect();
    folder.put("a", format!("\u{feff}{}", lines[..2].concat()));
    folder.put("b", format!("\u{feff}{}no\n", lines[2..].concat()));
    folder.put("c", format!("\u{feff}{}", lines[2..].concat()));
    let whole =
        generate(&folder, "ingest plan.toml --yes --journal j.jsonl a c", "").exits(0).out();
    assert_eq!(records(whole.as_bytes()).len(), 4);
    generate(&folder, "ingest plan.toml --yes --journal j.jsonl a", "").exits(0).writes(&whole);
    generate(&folder, "ingest plan.toml --yes a b", "")
        .exits(1)
        .says("b:3:1: is no JSON; left out")
        .says("1 line could not be used and is left out");
    let quiet = generate(&folder, "ingest plan.toml --yes -q a b", "");
    assert_eq!(String::from_utf8_lossy(&quiet.exits(1).stderr), "");
}

#[test]
fn of_several_answers_the_first_that_can_be_used_counts() {
    let folder = folder(&plan("http://127.0.0.1:9/v1", 4, ""));
    generate(&folder, "prompts plan.toml --yes -q -o requests.jsonl", "").exits(0);
    let requests = lines_of(&folder, "requests.jsonl");
    let garbage =
        |line: &Value| json!({"custom_id": line["custom_id"], "text": "garbage"}).to_string();
    let good = |line: &Value| {
        let seen = Seen { path: String::new(), headers: String::new(), body: line["body"].clone() };
        json!({"custom_id": line["custom_id"], "text": best(&seen)}).to_string()
    };
    let all = |make: &dyn Fn(&Value) -> String| {
        requests.iter().map(|line| make(line) + "\n").collect::<String>()
    };
    // In one file, in both orders, and in two rounds.
    let (bad, fine) = (all(&garbage), all(&good));
    let first = generate(&folder, "ingest plan.toml --yes", &format!("{bad}{fine}"));
    assert_eq!(records(&first.exits(0).stdout).len(), 4);
    generate(&folder, "ingest plan.toml --yes", &format!("{fine}{bad}"))
        .exits(0)
        .writes(&first.stdout);
    generate(&folder, "ingest plan.toml --yes --journal j.jsonl", &bad).exits(1);
    generate(&folder, "ingest plan.toml --yes --journal j.jsonl", &fine)
        .exits(0)
        .writes(&first.stdout);
}

#[test]
fn lines_that_are_no_answers_are_told_and_the_rest_is_used() {
    let folder = folder(&plan("http://127.0.0.1:9/v1", 3, ""));
    generate(&folder, "prompts plan.toml --yes -q -o requests.jsonl", "").exits(0);
    let requests = lines_of(&folder, "requests.jsonl");
    for line in &requests {
        assert_eq!(
            (&line["method"], &line["url"]),
            (&json!("POST"), &json!("/v1/chat/completions"))
        );
        assert_eq!(line["body"]["model"], "m");
        assert!(line["body"].get("stream").is_none_or(|stream| *stream == false), "{line}");
    }
    let texts = requests.iter().map(|line| {
        let seen = Seen { path: String::new(), headers: String::new(), body: line["body"].clone() };
        json!({"custom_id": line["custom_id"], "text": best(&seen)}).to_string() + "\n"
    });
    let stdin = format!(
        "{{\"custom_id\": \"9a\u{1b}[31m\", \"text\": \"\"}}\n\nno\n{}",
        texts.collect::<String>()
    );
    let done = generate(&folder, "ingest plan.toml --yes", &stdin);
    assert_eq!(records(&done.exits(1).stdout).len(), 3, "{done}");
    done.says("<stdin>:1:1").never_says("\u{1b}");
}

#[test]
fn compressed_answers_are_read_as_those_that_are_not() {
    let folder = folder(&plan("http://127.0.0.1:9/v1", 4, ""));
    generate(&folder, "prompts plan.toml --yes -q -o requests.jsonl", "").exits(0);
    let answers = carried(&lines_of(&folder, "requests.jsonl"), 3);
    let plain = generate(&folder, "ingest plan.toml --yes", &answers);
    assert!(!plain.stdout.is_empty(), "{plain}");
    let (first, rest) = answers.split_at(answers.find('\n').unwrap() + 1);
    for pack in [gzip, zstd, xz] {
        folder.put("all", pack(answers.as_bytes()));
        folder.put("first", pack(first.as_bytes()));
        folder.put("rest", rest);
        for files in ["all", "first rest"] {
            let done = generate(&folder, &format!("ingest plan.toml --yes {files}"), "");
            assert_eq!((&done.stdout, done.status), (&plain.stdout, plain.status), "{done}");
        }
        let packed = pack(answers.as_bytes());
        let done = folder.run(&["ingest", "plan.toml", "--yes"], &packed);
        assert_eq!(done.stdout, plain.stdout);
        folder.put("torn", &packed[..packed.len() / 2]);
        generate(&folder, "ingest plan.toml --yes torn", "").exits(2).says("torn").writes("");
    }
}

#[test]
fn a_journal_of_another_plan_or_of_a_run_is_refused() {
    let folder = folder(&plan("http://127.0.0.1:9/v1", 3, ""));
    generate(&folder, "ingest plan.toml --yes --journal j.jsonl", "").exits(1);
    folder.put("plan.toml", plan("http://127.0.0.1:9/v1", 4, ""));
    generate(&folder, "ingest plan.toml --yes --journal j.jsonl", "")
        .exits(2)
        .says("another plan")
        .writes("");
    generate(&folder, "prompts plan.toml --yes --journal j.jsonl", "")
        .exits(2)
        .says("another plan")
        .writes("");
    let server = super::model::model();
    folder.put("plan.toml", plan(&server.base(), 3, ""));
    super::model::run(&folder, "--journal run.jsonl").exits(0);
    generate(&folder, "prompts plan.toml --yes --journal run.jsonl", "")
        .exits(2)
        .says("--resume")
        .writes("");
    generate(&folder, "ingest plan.toml --yes --journal run.jsonl", "").exits(2).says("--resume");
}

#[test]
fn what_is_asked_for_needs_approval_and_a_server_to_name() {
    let folder = folder(&plan("http://127.0.0.1:9/v1", 3, ""));
    generate(&folder, "prompts plan.toml", "").exits(2).says("approve").writes("");
    generate(&folder, "ingest plan.toml", "").exits(2).says("approve").writes("");
    folder.put("plan.toml", plan("http://127.0.0.1:9/v1", 3, "[prompt]\nturn_by_turn = true"));
    generate(&folder, "prompts plan.toml --yes", "").exits(2).says("turn_by_turn");
}

#[test]
fn a_journal_is_no_output_and_no_run_goes_on_with_it() {
    let folder = folder(&plan("http://127.0.0.1:9/v1", 4, "max_candidates = 6"));
    generate(&folder, "prompts plan.toml --yes --journal j -o requests.jsonl", "")
        .exits(0)
        .says("4 requests for 4 examples; j is not there yet");
    let requests = lines_of(&folder, "requests.jsonl");
    let bad = |line: &Value| json!({"custom_id": line["custom_id"], "text": "garbage"}).to_string();
    let answers: String = requests.iter().map(|line| bad(line) + "\n").collect();
    for output in ["-o", "--rejects"] {
        let words = format!("ingest plan.toml --yes --journal j {output} j");
        generate(&folder, &words, &answers).exits(2).says("j");
        assert!(!folder.path("j").exists() || !folder.get("j").starts_with(b"{\"messages"));
    }
    folder.put("answers", &answers);
    let shell = "$TOOL ingest plan.toml --yes --journal j answers >> j";
    folder.shell(shell).exits(2).says("j: is also standard output");
    std::fs::remove_file(folder.path("j")).unwrap();
    let asked = String::from_utf8(folder.get("requests.jsonl")).unwrap();
    generate(&folder, "ingest plan.toml --yes --journal j", &asked)
        .exits(1)
        .says("<stdin>:1:1: is a request, and no answer to one");
    generate(&folder, "ingest plan.toml --yes --journal j", &answers).exits(1).writes("");
    let done = generate(&folder, "run plan.toml --yes --resume --journal j", "");
    done.exits(2).says("is a journal of `ingest`; `chatml-gen prompts --journal` goes on with it");
    // Two more may be tried, then no more.
    let done = generate(&folder, "prompts plan.toml --yes --journal j", "");
    assert_eq!(done.exits(0).json().len(), 2);
    let more: String = done.json().iter().map(|line| bad(line) + "\n").collect();
    generate(&folder, "ingest plan.toml --yes --journal j", &more).exits(1);
    generate(&folder, "prompts plan.toml --yes --journal j", "")
        .exits(1)
        .writes("")
        .says("as many were tried as max_candidates allows (6)");
}

#[test]
fn a_journal_of_a_run_is_left_as_it_is() {
    let server = super::model::model();
    let folder = folder(&plan(&server.base(), 3, ""));
    generate(&folder, "run plan.toml --yes --journal j.jsonl -o data.jsonl", "").exits(0);
    let before = folder.get("j.jsonl");
    for more in ["", " --adopt"] {
        let ingest = format!("ingest plan.toml --yes --journal j.jsonl{more}");
        generate(&folder, &ingest, "").exits(2).says("is a journal of `run`");
        assert_eq!(folder.get("j.jsonl"), before);
    }
}

#[test]
fn an_answer_to_what_another_plan_asked_is_none() {
    let base = "http://127.0.0.1:9/v1";
    let folder = folder(&plan(base, 6, ""));
    generate(&folder, "prompts plan.toml --yes -q -o requests.jsonl", "").exits(0);
    let answer = |line: &Value| {
        let seen = Seen { path: String::new(), headers: String::new(), body: line["body"].clone() };
        json!({"custom_id": line["custom_id"], "text": best(&seen)}).to_string() + "\n"
    };
    let answers: String = lines_of(&folder, "requests.jsonl").iter().map(answer).collect();
    folder.put("answers.jsonl", &answers);
    let ingest = "ingest plan.toml answers.jsonl --yes --journal j.jsonl -o data.jsonl";
    generate(&folder, ingest, "").exits(0);
    // Two of three topics are others now, and nobody asks for what was asked of these.
    let changed = plan(base, 6, "").replace("\"returns\", \"delivery\"", "\"boats\", \"cars\"");
    folder.put("plan.toml", &changed);
    let none = "2 of 6 examples, 4 answers to requests that the plan does not make";
    generate(&folder, "ingest plan.toml answers.jsonl --yes", "").exits(1).says(none);
    generate(&folder, ingest, "").exits(2).says("--adopt");
    let prompts = "prompts plan.toml --yes --journal j.jsonl -o rest.jsonl";
    generate(&folder, prompts, "").exits(2).says("--adopt");
    generate(&folder, &format!("{prompts} --adopt"), "").exits(0).says("4 requests for 4 examples");
    generate(&folder, &format!("{ingest} --adopt"), "").exits(1).says("2 of 6 examples");
    let rest: String = lines_of(&folder, "rest.jsonl").iter().map(answer).collect();
    folder.put("answers.jsonl", rest);
    generate(&folder, ingest, "").exits(0);
    let whole = folder.get("data.jsonl");
    assert_eq!(records(&whole).len(), 6);
    generate(&folder, ingest, "").exits(0);
    assert_eq!(folder.get("data.jsonl"), whole);
    // Other limits, prices and comments ask the same.
    folder.put("plan.toml", format!("# again\n{changed}max_tokens = 99\n"));
    generate(&folder, ingest, "").exits(0);
    assert_eq!(folder.get("data.jsonl"), whole);
}
