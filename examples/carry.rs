//! Sends many requests to a server through the carrier of chatml-gen and says what came of them.
//!
//! ```text
//! carry BASE_URL COUNT CONCURRENCY [shape|unbounded]
//! ```
//!
//! `shape` asks for JSON of a bounded shape, `unbounded` for JSON with a string without bound. What is printed is
//! one line of JSON: answers, refusals by kind, the tally, seconds, and the processor time of this process.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chatml::generate::backend::{Carrier, Id, Refusal, Request, Role, Settings, Shape};
use chatml::generate::plan::{Backend, BackendKind, Budget, Pace, Server, Structured};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| words.get(at).and_then(|word| word.parse::<usize>().ok()).unwrap_or(1);
    let (count, concurrency) = (number(1), number(2));
    let kind = words.get(3).map_or("", String::as_str);
    let server = Server {
        base_url: words.first().cloned().unwrap_or_default(),
        model: "m".to_owned(),
        key_env: Some("CARRY_KEY".to_owned()),
        key_file: None,
        structured: Structured::Auto,
        temperature: None,
        max_tokens: Some(if kind == "unbounded" { 300 } else { 32 }),
        body: serde_json::Map::new(),
        finish_ok: vec!["stop".to_owned(), "length".to_owned()],
        idle_timeout: std::env::var("CARRY_IDLE")
            .ok()
            .and_then(|ms| ms.parse().ok())
            .map(Duration::from_millis),
        pace: Pace { concurrency, rpm: None, tpm: None, retries: 6 },
        price: None,
    };
    let backends = [Backend { name: "main".to_owned(), kind: BackendKind::OpenAi(server) }];
    let carrier = Carrier::of(&backends, &Budget::default(), 42, Settings::default()).unwrap();
    let next = AtomicU64::new(0);
    let refusals: Mutex<BTreeMap<String, u64>> = Mutex::default();
    let start = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..carrier.concurrency() {
            scope.spawn(|| {
                loop {
                    let slot = next.fetch_add(1, Ordering::Relaxed);
                    if slot >= count as u64 {
                        return;
                    }
                    let refusal = match carrier.ask(&request(slot, kind)) {
                        Ok(_) => continue,
                        Err(Refusal::Failed { class, reason }) => {
                            format!("{}: {reason}", class.name())
                        }
                        Err(other) => other.to_string(),
                    };
                    *refusals.lock().unwrap().entry(refusal).or_default() += 1;
                }
            });
        }
    });
    let seconds = start.elapsed().as_secs_f64();
    for event in carrier.events() {
        eprintln!("{event}");
    }
    let tally = carrier.tally();
    let faults: BTreeMap<&str, u64> =
        tally.faults.iter().map(|(class, count)| (class.name(), *count)).collect();
    let cpu = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: u64 = cpu
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(11)
        .take(2)
        .filter_map(|word| word.parse::<u64>().ok())
        .sum();
    println!(
        "{}",
        serde_json::json!({
            "answers": tally.answers, "requests": tally.requests, "retries": tally.retries,
            "faults": faults, "refusals": *refusals.lock().unwrap(),
            "tokens": [tally.tokens.input, tally.tokens.output], "seconds": seconds,
            "answers_per_second": tally.answers as f64 / seconds,
            // Linux counts in hundredths of a second.
            "cpu_seconds": ticks as f64 / 100.0,
        })
    );
}

fn request(slot: u64, kind: &str) -> Request {
    let object = |text: serde_json::Value| {
        serde_json::json!({
            "type": "object", "properties": {"a": text}, "required": ["a"],
            "additionalProperties": false,
        })
    };
    let bounded = object(serde_json::json!({"type": "string", "maxLength": 12}));
    let unbounded = object(serde_json::json!({"type": "string"}));
    let shape = match kind {
        "shape" => Some(Shape { name: "thing", schema: bounded }),
        "unbounded" => Some(Shape { name: "thing", schema: unbounded }),
        _ => None,
    };
    let messages = vec![(Role::User, format!("Say something of number {slot}."))];
    Request { id: Id { slot, attempt: 0, step: 0 }, messages, shape, backend: None }
}
