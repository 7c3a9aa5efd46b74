//! A run that cannot make what was asked for says why, and goes no further than it may.

use serde_json::{Value, json};

use super::model::{
    Ledger, asked, backend, best, examples, folder, lines_of, plan, plan_of, records, run, told,
};
use super::server::{Server, error, good};

#[test]
fn the_same_answer_again_and_again_ends_with_what_there_is() {
    let server = Server::new(|_, _| {
        good(&examples(&[("Where is my parcel?".into(), "It is on its way to you.".into())]))
    });
    let folder = folder(&plan(&server.base(), 50, ""));
    let done = run(&folder, "");
    done.exits(1).says("1 of 50").says("duplicate");
    assert_eq!(records(&done.stdout).len(), 1);
    assert!(server.seen().len() <= 150, "{}", server.seen().len());
    run(&folder, "--no-journal --exit-zero").exits(0).says("1 of 50");
}

#[test]
fn answers_that_are_no_json_are_told_by_their_number() {
    let server = Server::new(|_, _| good("I would rather talk about the weather."));
    let folder = folder(&plan(&server.base(), 50, ""));
    let done = run(&folder, "--rejects bad.jsonl");
    done.exits(1).says("0 of 50").says(" unreadable (the last one unreadable: ").writes("");
    let rejects = lines_of(&folder, "bad.jsonl");
    assert!(!rejects.is_empty());
    assert!(rejects.iter().all(|line| line["raw"] == "I would rather talk about the weather."));
}

#[test]
fn a_key_that_is_not_valid_costs_one_request() {
    let server = Server::new(|_, _| error(401, "invalid_api_key", "Incorrect API key"));
    let folder = folder(&plan(&server.base(), 50, ""));
    let done = run(&folder, "-q");
    done.exits(2).says("main").says("401").says("key").writes("");
    assert_eq!(server.seen().len(), 1);
    // Nothing was paid for, so nothing is in the way of the next try.
    run(&folder, "-q").exits(2).says("401");
}

#[test]
fn a_port_where_nobody_listens_is_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    drop(listener);
    let folder = folder(&plan(&base, 50, ""));
    run(&folder, "").exits(2).says("given up").says("start the server").writes("");
}

#[test]
fn a_server_that_fails_closes_no_cell_and_the_run_goes_on_when_it_is_back() {
    // 22 requests of each cell fail in a row: one that were at fault itself would be closed.
    let back = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let works = std::sync::Arc::clone(&back);
    let server =
        Server::new(move |_, seen| match works.load(std::sync::atomic::Ordering::SeqCst) {
            true => good(&best(seen)),
            false => error(500, "", "out of order"),
        });
    let folder = folder(&plan(&server.base(), 66, "max_candidates = 4000\nbatch = 66"));
    let done = run(&folder, "--concurrency 64");
    done.exits(2).says("given up").says("faults in a row").says("--resume");
    back.store(true, std::sync::atomic::Ordering::SeqCst);
    let done = run(&folder, "--concurrency 64 --resume");
    assert_eq!(records(&done.exits(0).stdout).len(), 66);
    done.never_says("gave up on");
}

/// A program that always fails, before a server.
fn bad_before(good: &str) -> String {
    let bad = "[backend.bad]\nkind = \"command\"\ncommand = \"sh -c 'exit 3'\"\n";
    format!("{bad}{}", backend("good", good))
}

#[test]
fn what_a_backend_does_not_answer_the_next_one_does() {
    let server = super::model::model();
    for (count, concurrency) in [(6, 1), (6, 4), (100, 1), (100, 8)] {
        let text = format!(
            "count = {count}\nseed = 5\nbackends = [\"bad\", \"good\"]\n\
             [[axis]]\nname = \"order\"\nkind = \"pattern\"\npattern = \"A-[0-9]{{9}}\"\n{}",
            bad_before(&server.base())
        );
        let folder = folder(&text);
        let before = server.seen().len();
        let done = run(&folder, &format!("--concurrency {concurrency}"));
        assert_eq!(records(&done.exits(0).stdout).len(), count, "{done}");
        assert_eq!(server.seen().len() - before, count);
        done.never_says("gave up on");
        if count == 100 && concurrency == 1 {
            done.says("backend bad given up").says("backend good takes over from bad");
        }
    }
}

#[test]
fn a_program_that_always_fails_closes_no_cell_and_ends_the_run() {
    let bad = bad_before("http://127.0.0.1:9/v1");
    let bad = bad.split("[backend.good]").next().unwrap();
    let done = run(&folder(&plan_of(100, "", bad)), "--concurrency 1");
    done.exits(2).says("backend bad given up").says("20 faults in a row").never_says("gave up on");
    let done = run(&folder(&plan_of(5, "", bad)), "--concurrency 1");
    done.exits(2).says("0 of 5 examples").says("as many were tried as max_candidates allows (15)");
    done.says("the last 15 while the models failed; go on with --resume");
}

#[test]
fn no_more_are_tried_than_the_plan_allows() {
    let server = Server::new(|number, seen| match number % 2 {
        0 => good(&best(seen)),
        _ => good("no"),
    });
    let folder = folder(&plan(&server.base(), 30, "max_candidates = 40"));
    let done = run(&folder, "--concurrency 1");
    done.exits(1).says("max_candidates").says("20 of 30").says("20 unreadable");
    assert_eq!((records(&done.stdout).len(), server.seen().len()), (20, 40));
}

#[test]
fn what_a_cell_lacks_is_made_of_the_others() {
    let server = Server::new(|_, seen| match asked(seen).contains("topic: gifts") {
        true => good("no"),
        false => good(&best(seen)),
    });
    let folder =
        folder(&plan(&server.base(), 60, "max_candidates = 200\n[output]\nmeta = \"inline\""));
    let done = run(&folder, "--report report.json --events events.jsonl");
    done.exits(0).says("gave up on topic gifts: 20 rejected in a row");
    done.says("1 value short of what the plan gives: topic gifts 0 of 20");
    let made = records(&done.stdout);
    assert_eq!(made.len(), 60);
    let of =
        |topic: &str| made.iter().filter(|record| record["metadata"]["topic"] == topic).count();
    assert_eq!((of("gifts"), of("returns"), of("delivery")), (0, 30, 30));
    let report = folder.json("report.json");
    let coverage = |value: &str| -> Value {
        report["coverage"]
            .as_array()
            .unwrap()
            .iter()
            .find(|of| of["value"] == value)
            .unwrap()
            .clone()
    };
    assert_eq!(
        coverage("gifts"),
        json!({"axis": "topic", "value": "gifts", "accepted": 0, "target": 20})
    );
    assert!(told(&folder, "events.jsonl", "closed")[0]["cell"].as_str().unwrap().contains("gifts"));
}

#[test]
fn a_budget_ends_the_run_and_more_of_it_goes_on() {
    let (server, ledger) = (Ledger::default(), Ledger::default());
    let notes = ledger.clone();
    drop(server);
    // Each answer costs 17 tokens.
    let server = Server::new(move |_, seen| {
        notes.note(seen);
        good(&best(seen))
    });
    for (limit, enough) in [
        ("tokens = 300", "tokens = 30000"),
        ("usd = 0.0003", "usd = 1.0"),
        ("wall = \"0.0001s\"", "wall = \"1h\""),
    ] {
        let of =
            |budget: &str| plan(&server.base(), 40, &format!("batch = 10\n[budget]\n{budget}"));
        let folder = folder(&of(limit));
        let done = run(&folder, "--concurrency 2");
        done.exits(1).says("of 40 examples").says("--resume");
        let first = records(&done.stdout).len();
        assert!(first < 40, "{done}");
        assert!(limit.starts_with("wall") || first > 5, "{done}");
        // The budget of a plan that was spent is spent.
        let again = run(&folder, "--concurrency 2 --resume");
        assert!(limit.starts_with("wall") || again.status.code() == Some(1), "{again}");
        folder.put("plan.toml", of(enough));
        let done = run(&folder, "--resume");
        assert_eq!(records(&done.exits(0).stdout).len(), 40);
    }
    assert_eq!(ledger.repeated(), 80, "each of three runs asks the same 40 once");
}
