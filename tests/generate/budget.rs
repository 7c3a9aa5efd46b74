//! What a run may spend holds for all of its parts, and what was paid for nothing counts as well.

use serde_json::{Value, json};

use super::model::{best, folder, plan, plan_of, run, told};
use super::server::{Act, Seen, Server, error, events};

/// A whole answer of a server that counts no tokens.
fn untold(seen: &Seen) -> Act {
    let message = json!({"role": "assistant", "content": best(seen)});
    let body = json!({"choices": [{"message": message, "finish_reason": "stop"}]});
    Act::Say(200, vec![], body.to_string().into_bytes())
}

/// The tokens of the lines of a journal that are estimated.
fn estimated(lines: &[Value]) -> u64 {
    let of = |line: &Value, name: &str| line["estimated"][name].as_u64().unwrap();
    lines.iter().map(|line| of(line, "input") + of(line, "output")).sum()
}

#[test]
fn what_is_estimated_counts_when_the_run_goes_on() {
    let server = Server::new(|_, seen| untold(seen));
    for budget in ["tokens = 1000", "usd = 0.001"] {
        let folder = folder(&plan(&server.base(), 40, &format!("batch = 10\n[budget]\n{budget}")));
        let before = server.seen().len();
        let done = run(&folder, "--concurrency 1");
        done.exits(1).says("is spent").says("--resume");
        let asked = server.seen().len() - before;
        assert!((2..40).contains(&asked), "{asked}");
        let answers = told(&folder, "plan.toml.journal", "answer");
        assert!(answers.iter().all(|answer| answer["usage"].is_null()));
        assert!((1000..2000).contains(&estimated(&answers)), "{}", estimated(&answers));
        for _ in 0..2 {
            let again = run(&folder, "--concurrency 1 --resume");
            again.exits(1).says("is spent").writes(&done.stdout);
        }
        assert_eq!(server.seen().len() - before, asked, "{budget}: nothing was left to spend");
    }
    // Nobody is paid twice for what another plan has asked.
    let of = |top: &str| plan(&server.base(), 8, &format!("{top}\n[budget]\ntokens = 2000000"));
    let folder = folder(&of(""));
    run(&folder, "").exits(0);
    let spent = estimated(&told(&folder, "plan.toml.journal", "answer"));
    folder.put("plan.toml", of("name = \"another\""));
    run(&folder, "--resume --adopt").exits(0);
    assert_eq!(estimated(&told(&folder, "plan.toml.journal", "answer")), spent);
}

#[test]
fn what_was_used_is_told_once_and_as_it_is_when_all_has_come_back() {
    let server = Server::new(|_, seen| untold(seen));
    let folder = folder(&plan(&server.base(), 40, "batch = 10\n[budget]\nusd = 0.001"));
    let spent = "examples: the budget of $0.001 is spent";
    let done = run(&folder, "--concurrency 4 -o a.jsonl --journal a");
    done.exits(1)
        .says(&format!("{spent}: raise budget.usd in the plan; go on with --resume"))
        .says(" requests, ")
        .never_says("used");
    // Without a last line the sentence says it, of all requests.
    let asked = server.seen().len();
    let done = run(&folder, "--concurrency 4 -q -o b.jsonl --journal b");
    let requests = server.seen().len() - asked;
    let figures = estimated(&told(&folder, "b", "answer"));
    assert_eq!(told(&folder, "b", "answer").len(), requests);
    done.exits(1)
        .says(&format!("{spent}: raise budget.usd in the plan ({requests} requests, "))
        .says(&format!(", ${:.4}); go on with", figures as f64 / 1e6));
}

/// The first events of an answer, without its counts, and what becomes of the connection.
fn cut(seen: &Seen, whole: bool) -> Act {
    let mut data = events(&best(seen), "stop");
    data.truncate(2);
    Act::Stream { data, whole }
}

/// A whole answer without its counts that ended for this reason.
fn ended(seen: &Seen, finish: &str) -> Act {
    let mut data = events(&best(seen), finish);
    data.remove(3);
    Act::Stream { data, whole: true }
}

/// More than is read.
fn huge() -> Act {
    let mut body = b"{\"choices\": [{\"message\": {\"content\": \"".to_vec();
    body.resize(9 << 20, b'x');
    body.extend(b"\"}, \"finish_reason\": \"stop\"}]}");
    Act::Say(200, vec![], body)
}

/// What becomes of a request.
type Play = fn(&Seen) -> Act;

/// What happens to answers that are paid for and that nobody can use.
const LOST: [(&str, Play); 6] = [
    ("too-large", |_| huge()),
    ("cut-off", |seen| cut(seen, true)),
    ("connection-lost", |seen| cut(seen, false)),
    ("filtered", |seen| ended(seen, "content_filter")),
    ("ended", |seen| ended(seen, "tool_calls")),
    ("truncated", |seen| ended(seen, "length")),
];

#[test]
fn what_is_paid_for_and_not_answered_counts() {
    for (class, act) in LOST {
        let server = Server::new(move |_, seen| act(seen));
        let more = "max_candidates = 400\n[budget]\ntokens = 1000";
        let folder = folder(&plan(&server.base(), 40, more));
        let done = run(&folder, "--concurrency 1");
        done.exits(1).says("the budget of 1000 tokens is spent").never_says(" 0 tokens sent");
        let asked = server.seen().len();
        assert!((1..20).contains(&asked), "{class}: {asked}");
        let lost = told(&folder, "plan.toml.journal", "lost");
        assert!(lost.len() == asked && estimated(&lost) >= 1000, "{class}: {lost:?}");
        assert!(lost.iter().all(|lost| lost["class"] == class && lost["backend"] == "main"));
        run(&folder, "--concurrency 1 --resume").exits(1).says("is spent");
        assert_eq!(server.seen().len(), asked, "{class}: nothing was left to spend");
        // Nobody throws away what was paid for.
        run(&folder, "").exits(2).says("--resume");
        folder.put("plan.toml", plan(&server.base(), 1, "").replace("price = ", "# "));
        let done = run(&folder, "--concurrency 1 --no-journal");
        done.says("cost unknown").never_says("$0");
    }
}

#[test]
fn what_a_program_has_written_until_it_fails_counts() {
    for command in ["seq 100000", "sh -c 'echo much; exit 3'"] {
        let program = format!(
            "[backend.main]\nkind = \"command\"\ncommand = \"{command}\"\nmax_bytes = \"8K\"\n"
        );
        let more = "max_candidates = 400\n[budget]\ntokens = 1000";
        let folder = folder(&plan_of(40, more, &program));
        let done = run(&folder, "--concurrency 1");
        done.exits(1).says("the budget of 1000 tokens is spent").says("cost unknown");
        run(&folder, "--concurrency 1 --resume").exits(1).says("is spent").says("0 requests");
    }
}

#[test]
fn what_is_refused_before_an_answer_begins_costs_nothing() {
    for status in [401, 429, 500] {
        let server = Server::new(move |_, _| error(status, "", "no"));
        let folder = folder(&plan(&server.base(), 9, "[budget]\ntokens = 1"));
        let done = run(&folder, "--concurrency 1");
        done.says("0 tokens sent and 0 answered, $0.0000").never_says("is spent");
        assert!(told(&folder, "plan.toml.journal", "lost").is_empty());
    }
}
