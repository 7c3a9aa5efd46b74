//! What is under way at once, what is spent, and how it ends.

use std::sync::mpsc;
use std::time::Duration;

use chatml::generate::backend::{Carrier, Class, Clock, Keys, Refusal, Settings, Usage};
use chatml::generate::plan::{Budget, Pace, Price};

use super::super::server::{Act, Server, error, events, good};
use super::{PACE, backend, carrier, carrier_of, planned, request};

#[test]
fn never_more_requests_at_once_than_the_plan_says_and_as_many() {
    let server = Server::new(|_, _| {
        std::thread::sleep(Duration::from_millis(3)); // so that requests meet
        good("Good.")
    });
    let mut many = planned(&server.base());
    many.pace.concurrency = 6;
    let (carrier, _) = carrier_of(&[backend("main", many)], &Budget::default());
    assert_eq!(carrier.concurrency(), 6);
    std::thread::scope(|scope| {
        for worker in 0..20 {
            let carrier = &carrier;
            scope.spawn(move || {
                for round in 0..5 {
                    assert_eq!(carrier.ask(&request(worker * 5 + round)).unwrap().text, "Good.");
                }
            });
        }
    });
    assert_eq!((server.most(), server.seen().len()), (6, 100));
    let tally = carrier.tally();
    assert_eq!((tally.answers, tally.in_flight, tally.tokens.output), (100, 0, 500));
}

#[test]
fn the_run_may_say_otherwise_but_not_without_bound() {
    let server = Server::new(|_, _| good("Good."));
    let backends = [backend("main", planned(&server.base()))];
    for (asked, got) in [(Some(1), 1), (Some(0), 1), (Some(100_000), 256), (None, 4)] {
        let settings =
            Settings { concurrency: asked, keys: Keys::given(&[]), ..Settings::default() };
        let carrier = Carrier::of(&backends, &Budget::default(), 1, settings).unwrap();
        assert_eq!(carrier.concurrency(), got);
    }
}

#[test]
fn requests_a_minute_are_kept() {
    let server = Server::new(|_, _| good("Good."));
    let mut slow = planned(&server.base());
    slow.pace = Pace { rpm: Some(30), ..PACE };
    let (carrier, clock) = carrier_of(&[backend("main", slow)], &Budget::default());
    for slot in 0..4 {
        carrier.ask(&request(slot)).unwrap();
    }
    assert_eq!(clock.now().as_secs(), 6, "two seconds between two");
}

#[test]
fn a_budget_of_tokens_ends_the_run() {
    let server = Server::new(|_, _| good("Good."));
    let backends = [backend("main", planned(&server.base()))];
    let budget = Budget { tokens: Some(30), ..Budget::default() };
    let (carrier, _) = carrier_of(&backends, &budget);
    assert!(carrier.ask(&request(0)).is_ok());
    assert!(carrier.ask(&request(1)).is_ok());
    let words = "the budget of 30 tokens is spent: raise budget.tokens in the plan".to_owned();
    assert_eq!(carrier.ask(&request(2)), Err(Refusal::Budget(words)));
    assert_eq!(server.seen().len(), 2);
    // What was spent before a run is resumed counts.
    let settings = Settings { spent: carrier.tally(), ..Settings::default() };
    let carrier = Carrier::of(&backends, &budget, 7, settings).unwrap();
    assert!(matches!(carrier.ask(&request(3)), Err(Refusal::Budget(_))));
}

#[test]
fn nothing_is_sent_again_beyond_the_budget() {
    let server = Server::new(|_, _| Act::Stream {
        data: events("Good.", "stop").into_iter().take(2).collect(),
        whole: true,
    });
    let backends = [backend("main", planned(&server.base()))];
    let budget = Budget { tokens: Some(1), ..Budget::default() };
    let (carrier, _) = carrier_of(&backends, &budget);
    assert!(matches!(carrier.ask(&request(0)), Err(Refusal::Budget(_))));
    assert_eq!(server.seen().len(), 1);
    let lost = carrier.lost();
    // 23 bytes were sent, and 5 came.
    assert_eq!((lost.len(), lost[0].class, lost[0].usage), (1, Class::CutOff, None));
    assert_eq!(lost[0].estimate, Usage { input: 6, output: 2 });
    assert!(
        carrier.tally().estimated && carrier.tally().usd.is_none() && carrier.lost().is_empty()
    );
}

#[test]
fn a_budget_of_dollars_needs_prices() {
    let server = Server::new(|_, _| good("Good."));
    let budget = Budget { usd: Some(0.00002), ..Budget::default() };
    let mut priced = planned(&server.base());
    let unpriced = [backend("main", priced.clone())];
    let error = Carrier::of(&unpriced, &budget, 1, Settings::default()).unwrap_err().to_string();
    assert!(error.contains("backend main has no price"), "{error}");
    priced.price = Some(Price { input: 0.5, output: 2.0 });
    let (carrier, _) = carrier_of(&[backend("main", priced)], &budget);
    assert_eq!(carrier.tally().usd, Some(0.0));
    assert!(carrier.ask(&request(0)).is_ok());
    let usd = carrier.tally().usd.unwrap();
    assert!((usd - 0.000_016).abs() < 1e-12, "{usd}");
    assert!(carrier.ask(&request(1)).is_ok());
    assert!(matches!(carrier.ask(&request(2)), Err(Refusal::Budget(_))));
}

#[test]
fn an_unknown_price_is_unknown() {
    let server = Server::new(|_, _| good("Good."));
    let (carrier, _) = carrier(&server);
    assert_eq!(carrier.tally().usd, Some(0.0), "nothing was spent yet");
    carrier.ask(&request(0)).unwrap();
    assert_eq!(carrier.tally().usd, None);
}

#[test]
fn the_time_of_the_plan_ends_waits() {
    let wait = super::super::server::with(429, &[("retry-after", "200")], "", "");
    let server = Server::script(vec![wait]);
    let budget = Budget { wall: Some(Duration::from_secs(60)), ..Budget::default() };
    let (carrier, clock) = carrier_of(&[backend("main", planned(&server.base()))], &budget);
    let words = "the time that the plan allows, 60 s, is over".to_owned();
    assert_eq!(carrier.ask(&request(0)), Err(Refusal::Budget(words)));
    assert_eq!((clock.now().as_secs(), server.seen().len()), (60, 1));
}

/// A server that answers the first request and never another, with a channel that tells of each of these.
fn silent() -> (Server, mpsc::Receiver<()>) {
    let (tell, told) = mpsc::channel();
    let server = Server::new(move |number, _| {
        if number == 0 {
            return good("Good.");
        }
        let _ = tell.send(());
        Act::Stall
    });
    (server, told)
}

#[test]
fn stopping_breaks_off_what_is_under_way() {
    let (server, told) = silent();
    let mut patient = planned(&server.base());
    patient.idle_timeout = None;
    let settings = Settings { clock: Clock::default(), ..Settings::default() };
    let backends = [backend("main", patient)];
    let carrier = Carrier::of(&backends, &Budget::default(), 1, settings).unwrap();
    assert!(carrier.ask(&request(8)).is_ok());
    std::thread::scope(|scope| {
        let asked: Vec<_> = (0..6)
            .map(|slot| {
                scope.spawn({
                    let c = &carrier;
                    move || c.ask(&request(slot))
                })
            })
            .collect();
        for _ in 0..4 {
            told.recv().unwrap();
        }
        assert_eq!(carrier.tally().in_flight, 4);
        carrier.stop();
        for thread in asked {
            assert_eq!(thread.join().unwrap(), Err(Refusal::Stopped));
        }
    });
    assert_eq!(carrier.ask(&request(9)), Err(Refusal::Stopped));
    assert_eq!(server.seen().len(), 5);
}

#[test]
fn one_request_goes_ahead_so_that_a_wrong_key_costs_one() {
    for (status, sent) in [(401, 1), (404, 1), (500, 8)] {
        let server = Server::new(move |_, _| error(status, "", ""));
        let mut many = planned(&server.base());
        many.pace = Pace { concurrency: 8, retries: 0, ..PACE };
        let (carrier, _) = carrier_of(&[backend("main", many)], &Budget::default());
        std::thread::scope(|scope| {
            (0..8).for_each(|slot| drop(scope.spawn(move_ask(&carrier, slot))));
        });
        assert_eq!(server.seen().len(), sent, "{status}");
    }
}

fn move_ask(carrier: &Carrier, slot: u64) -> impl FnOnce() + '_ {
    move || assert!(carrier.ask(&request(slot)).is_err())
}

#[test]
fn closing_lets_what_is_under_way_be_answered() {
    let (tell, told) = mpsc::channel();
    let (go, wait) = mpsc::channel::<()>();
    let wait = std::sync::Mutex::new(wait);
    let server = Server::new(move |_, _| {
        let _ = tell.send(());
        let _ = wait.lock().unwrap().recv();
        good("Good.")
    });
    let (carrier, _) = carrier(&server);
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| carrier.ask(&request(0)));
        told.recv().unwrap();
        carrier.close();
        assert_eq!(carrier.ask(&request(1)), Err(Refusal::Stopped));
        drop(go);
        assert_eq!(asked.join().unwrap().unwrap().text, "Good.");
    });
}
