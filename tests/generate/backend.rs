//! Models as backends, against a server that plays their faults. Time is virtual: waits are counted, not waited for.

mod adapt;
mod faults;
mod limits;
mod order;
mod programs;

use std::time::Duration;

use chatml::generate::backend::{
    Answer, Carrier, Class, Clock, GivenUp, Id, Keys, Refusal, Request, Role, Settings, Shape,
};
use chatml::generate::plan::{Backend, BackendKind, Budget, Pace, Server as Planned, Structured};

use super::server::Server;

const PACE: Pace = Pace { concurrency: 4, rpm: None, tpm: None, retries: 6 };

/// A server of a plan.
fn planned(base_url: &str) -> Planned {
    Planned {
        base_url: base_url.to_owned(),
        model: "m".to_owned(),
        key_env: Some("KEY".to_owned()),
        key_file: None,
        structured: Structured::Auto,
        temperature: Some(0.5),
        max_tokens: Some(100),
        body: serde_json::Map::new(),
        finish_ok: vec!["stop".to_owned()],
        idle_timeout: Some(Duration::from_secs(5)),
        pace: PACE,
        price: None,
    }
}

fn backend(name: &str, server: Planned) -> Backend {
    Backend { name: name.to_owned(), kind: BackendKind::OpenAi(server) }
}

/// A carrier with these backends and its clock, which is virtual.
fn carrier_of(backends: &[Backend], budget: &Budget) -> (Carrier, Clock) {
    let clock = Clock::virtual_time();
    let keys = Keys::given(&[("KEY", "sk-secret-1")]);
    let settings = Settings { keys, clock: clock.clone(), ..Settings::default() };
    (Carrier::of(backends, budget, 7, settings).unwrap(), clock)
}

/// A carrier with this server alone.
fn carrier(server: &Server) -> (Carrier, Clock) {
    carrier_of(&[backend("main", planned(&server.base()))], &Budget::default())
}

fn request(slot: u64) -> Request {
    let messages =
        vec![(Role::System, "Be brief.".to_owned()), (Role::User, "Say something.".to_owned())];
    Request { id: Id { slot, attempt: 0, step: 0 }, messages, shape: None, backend: None }
}

fn shaped(slot: u64) -> Request {
    let schema = serde_json::json!({"type": "object", "properties": {"a": {"type": "string"}}});
    Request { shape: Some(Shape { name: "thing", schema }), ..request(slot) }
}

#[track_caller]
fn given_up(result: Result<Answer, Refusal>) -> GivenUp {
    match result {
        Err(Refusal::GivenUp(given_up)) => given_up,
        other => panic!("not given up: {other:?}"),
    }
}

#[track_caller]
fn failed(result: Result<Answer, Refusal>) -> (Class, String) {
    match result {
        Err(Refusal::Failed { class, reason }) => (class, reason),
        other => panic!("not failed: {other:?}"),
    }
}
