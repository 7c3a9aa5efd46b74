//! What is tried again, what is not, and how long is waited.

use std::net::TcpListener;
use std::time::Duration;

use chatml::generate::backend::{Class, Event, Usage};
use chatml::generate::plan::{Budget, Server as Planned};

use super::super::server::{Act, Server, at_once, ended, error, events, good, with};
use super::{backend, carrier, carrier_of, failed, given_up, planned, request};

#[test]
fn an_answer_is_asked_for_as_a_stream_and_read_as_whatever_comes() {
    for act in [good("Hello!"), at_once("Hello!", "stop")] {
        let server = Server::script(vec![act]);
        let (carrier, _) = carrier(&server);
        let answer = carrier.ask(&request(0)).unwrap();
        assert_eq!((answer.text.as_str(), answer.finish.as_deref()), ("Hello!", Some("stop")));
        assert_eq!((answer.backend.as_str(), answer.model.as_deref()), ("main", Some("m-1")));
        assert_eq!((answer.usage, answer.requests), (Some(Usage { input: 12, output: 5 }), 1));
        let seen = server.seen().remove(0);
        assert_eq!(seen.path, "/v1/chat/completions");
        assert!(seen.headers.contains("Bearer sk-secret-1"));
        let wanted = serde_json::json!({
            "model": "m",
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Say something."},
            ],
            "temperature": 0.5, "max_tokens": 100,
            "stream": true, "stream_options": {"include_usage": true},
        });
        assert_eq!(seen.body, wanted);
    }
}

#[test]
fn what_else_the_plan_asks_for_stands_in_each_request() {
    let server = Server::script(vec![Act::Stream { data: events("Hello!", "stop"), whole: true }]);
    let mut asked = planned(&server.base());
    asked.body = serde_json::Map::from_iter([("top_p".to_owned(), 0.9.into())]);
    let (carrier, _) = carrier_of(&[backend("main", asked)], &Budget::default());
    carrier.ask(&request(0)).unwrap();
    let seen = server.seen().remove(0).body;
    assert_eq!((&seen["top_p"], &seen["model"]), (&0.9.into(), &"m".into()));
}

/// Faults that may pass, by the class that they must be found to be.
fn passing() -> Vec<(Act, Class)> {
    let cut = |keep: usize| events("Hello!", "stop").into_iter().take(keep).collect::<Vec<_>>();
    let mut bad = cut(2);
    bad.push("{\"choices\":[{\"delta\":".to_owned());
    bad.push("[DONE]".to_owned());
    let mut bad_late = cut(3);
    bad_late.extend(["oops".to_owned(), "[DONE]".to_owned()]);
    let mut no_reason = cut(2);
    no_reason.push("[DONE]".to_owned());
    let say = |body: &[u8]| Act::Say(200, vec![], body.to_vec());
    vec![
        (error(500, "internal", "boom"), Class::Server),
        (Act::Say(502, vec![], b"<html>".to_vec()), Class::Server),
        (error(503, "overloaded", "later"), Class::Overloaded),
        (error(408, "", ""), Class::Busy),
        (error(409, "", ""), Class::Busy),
        (error(429, "rate_limit_exceeded", "slow down"), Class::RateLimited),
        (Act::Stream { data: cut(2), whole: true }, Class::CutOff),
        (Act::Stream { data: no_reason, whole: true }, Class::CutOff),
        (Act::Stream { data: vec![], whole: true }, Class::CutOff),
        (Act::Stream { data: cut(2), whole: false }, Class::Dropped),
        (Act::Stream { data: bad, whole: true }, Class::Garbled),
        (Act::Stream { data: bad_late, whole: true }, Class::Garbled),
        (Act::Hang, Class::Dropped),
        (Act::Half, Class::Dropped),
        (say(b"{malformed json: <<<chaos>>>"), Class::Garbled),
        (say(b"\xff\xfe"), Class::Garbled),
        (say(b""), Class::Garbled),
        (say(br#"{"error":{"code":502,"message":"upstream"}}"#), Class::Server),
    ]
}

#[test]
fn what_may_pass_is_asked_again_after_a_wait_and_never_accepted() {
    for (number, (act, class)) in passing().into_iter().enumerate() {
        let server = Server::script(vec![act]);
        let (carrier, clock) = carrier(&server);
        let answer = carrier.ask(&request(number as u64)).unwrap();
        assert_eq!((answer.text.as_str(), answer.requests), ("Good.", 2), "{number}");
        let tally = carrier.tally();
        assert_eq!(tally.faults.into_iter().collect::<Vec<_>>(), [(class, 1)], "{number}");
        assert_eq!((tally.requests, tally.retries, tally.answers), (2, 1, 1));
        let waited = clock.now();
        let least = Duration::from_millis(250);
        assert!(waited >= least && waited <= 2 * least, "{number}: {waited:?}");
    }
}

#[test]
fn a_stream_must_be_whole_to_its_last_byte() {
    for keep in 0..=4 {
        let data = events("Hello!", "stop").into_iter().take(keep).collect();
        let server = Server::script(vec![Act::Stream { data, whole: false }]);
        let (carrier, _) = carrier(&server);
        assert_eq!(carrier.ask(&request(0)).unwrap().text, "Good.");
        assert_eq!(carrier.tally().faults.get(&Class::Dropped), Some(&1));
    }
    // Behind the mark of the end nothing is missed.
    let server = Server::script(vec![Act::Stream { data: events("Hello!", "stop"), whole: false }]);
    let (carrier, _) = carrier(&server);
    assert_eq!(carrier.ask(&request(0)).unwrap().text, "Hello!");
}

#[test]
fn a_server_that_does_not_mark_the_end_is_known_after_two_streams() {
    let unmarked = || {
        let data = events("Hello!", "stop").into_iter().take(4).collect();
        Act::Stream { data, whole: true }
    };
    let server = Server::new(move |_, _| unmarked());
    let (carrier, _) = carrier(&server);
    assert_eq!([0, 1].map(|slot| carrier.ask(&request(slot)).unwrap().requests), [3, 1]);
    // Of one that marks it a stream without the mark is cut off.
    let server =
        Server::new(move |number, _| if number % 2 == 0 { good("Good.") } else { unmarked() });
    let (carrier, _) = super::carrier(&server);
    assert_eq!(
        [0, 1, 2, 3].map(|slot| carrier.ask(&request(slot)).unwrap().requests),
        [1, 2, 2, 2]
    );
    assert_eq!(carrier.tally().faults.get(&Class::CutOff), Some(&3));
}

#[test]
fn waits_that_the_server_asks_for_are_none_of_the_retries() {
    let told = || with(429, &[("retry-after", "1")], "", "");
    let mut acts: Vec<Act> = (0..6).flat_map(|_| [told(), error(500, "", "")]).take(9).collect();
    let server = Server::script(acts);
    let (carrier, _) = carrier(&server);
    assert_eq!(carrier.ask(&request(0)).unwrap().requests, 10);
    acts = (0..10).map(|_| told()).collect();
    let server = Server::script(acts);
    let (carrier, clock) = super::carrier(&server);
    let gone = given_up(carrier.ask(&request(0)));
    assert_eq!(gone.class, Class::RateLimited);
    assert!(gone.tried.contains("sent 10 times in 9 s, more are never tried"), "{gone}");
    assert_eq!((server.seen().len(), clock.now().as_secs()), (10, 9));
    let server = Server::new(|_, _| error(429, "", ""));
    let (carrier, _) = super::carrier(&server);
    let gone = given_up(carrier.ask(&request(0)));
    assert!(gone.tried.contains("sent 7 times in "), "{gone}");
    assert!(gone.tried.contains(" s, as often as retries = 6 allows"), "{gone}");
}

#[test]
fn a_server_that_keeps_the_connection_open_holds_no_answer_back() {
    let server = Server::new(|_, _| Act::Linger(events("Hello!", "stop")));
    // Whoever waited for the end would wait here for good.
    let idle_timeout = Some(Duration::from_secs(3600));
    let patient = Planned { idle_timeout, ..planned(&server.base()) };
    let (carrier, _) = carrier_of(&[backend("main", patient)], &Budget::default());
    for slot in 0..5 {
        let answer = carrier.ask(&request(slot)).unwrap();
        assert_eq!((answer.text.as_str(), answer.requests), ("Hello!", 1));
    }
    assert!(carrier.tally().faults.is_empty());
}

#[test]
fn a_connection_that_was_kept_and_is_dead_is_no_fault() {
    let server = Server::script(vec![good("One."), Act::Hang, good("Two."), Act::Hang, Act::Hang]);
    let (carrier, clock) = carrier(&server);
    let texts = [0, 1].map(|slot| carrier.ask(&request(slot)).unwrap().text);
    assert_eq!((texts, server.seen().len()), (["One.".to_owned(), "Two.".to_owned()], 3));
    assert_eq!((carrier.tally().requests, clock.now()), (2, Duration::ZERO));
    // One that was just made and is dead is one.
    assert_eq!(carrier.ask(&request(2)).unwrap().requests, 2);
    assert_eq!(server.seen().len(), 6);
}

#[test]
fn silence_ends_a_request_and_it_is_asked_again() {
    let server = Server::script(vec![Act::Stall]);
    let mut slow = planned(&server.base());
    slow.idle_timeout = Some(Duration::from_millis(30));
    let (carrier, _) = carrier_of(&[backend("main", slow)], &Budget::default());
    assert_eq!(carrier.ask(&request(0)).unwrap().requests, 2);
    assert_eq!(carrier.tally().faults.get(&Class::Silence), Some(&1));
}

#[test]
fn the_server_says_how_long_to_wait() {
    let date = "Sun, 06 Nov 1994 08:49:37 GMT";
    let later = "Sun, 06 Nov 1994 08:50:07 GMT";
    type Headers<'a> = &'a [(&'static str, &'a str)];
    let table: [(u16, Headers<'_>, f64); 5] = [
        (429, &[("retry-after", "2")], 2.0),
        (429, &[("Retry-After", "9"), ("retry-after-ms", "1500")], 1.5),
        (503, &[("retry-after", "3")], 3.0),
        (429, &[("retry-after", later), ("date", date)], 30.0),
        (429, &[("retry-after", "0")], 0.0),
    ];
    for (status, headers, seconds) in table {
        let server = Server::script(vec![with(status, headers, "", "")]);
        let (carrier, clock) = carrier(&server);
        assert_eq!(carrier.ask(&request(0)).unwrap().requests, 2);
        assert_eq!(clock.now(), Duration::from_secs_f64(seconds));
        let told = carrier.events().iter().any(|event| matches!(event, Event::Waiting { .. }));
        assert_eq!(told, seconds > 5.0);
    }
}

#[test]
fn a_wait_of_hours_is_not_waited_for() {
    let server = Server::script(vec![with(429, &[("retry-after", "7200")], "", "daily limit")]);
    let (carrier, clock) = carrier(&server);
    let given_up = given_up(carrier.ask(&request(0)));
    assert_eq!(given_up.class, Class::RateLimited);
    assert!(given_up.to_string().contains("the server asks to wait 120 minutes"), "{given_up}");
    assert_eq!(clock.now(), Duration::ZERO);
}

#[test]
fn what_does_not_pass_is_asked_once_and_told_without_secrets() {
    let quota = "You exceeded your current quota, please check your plan";
    let moved = vec![("location", "http://127.0.0.1:1/".to_owned())];
    let table = [
        (
            error(401, "invalid_api_key", "Incorrect API key provided: sk-se*****1"),
            Class::Unauthorized,
        ),
        (error(403, "", "no access for sk-secret-1"), Class::Forbidden),
        (error(404, "model_not_found", "The model `m` does not exist"), Class::NotFound),
        (error(429, "insufficient_quota", quota), Class::Quota),
        (error(402, "", "pay"), Class::Quota),
        (error(400, "", "messages: wrong"), Class::Refused),
        (error(422, "", "messages: wrong"), Class::Refused),
        (Act::Say(301, moved, vec![]), Class::Redirect),
    ];
    for (act, class) in table {
        let server = Server::script(vec![act]);
        let base = server.base().replace("http://", "http://user-1:pass-1@") + "?key=abc-1";
        let (carrier, clock) = carrier_of(&[backend("main", planned(&base))], &Budget::default());
        let given_up = given_up(carrier.ask(&request(0)));
        assert_eq!((given_up.class, server.seen().len()), (class, 1));
        assert_eq!(clock.now(), Duration::ZERO, "it is known at once");
        let message = format!("{given_up} {:?} {carrier:?}", carrier.events());
        for secret in ["sk-", "user-1", "pass-1", "abc-1"] {
            assert!(!message.contains(secret), "{secret} in {message}");
        }
        assert!(given_up.to_string().contains("(1 request, none answered)"), "{given_up}");
        // Nobody asks again.
        assert!(carrier.ask(&request(1)).is_err());
        assert_eq!(server.seen().len(), 1);
    }
}

#[test]
fn a_dead_port_is_known_within_the_stated_time() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let dead = backend("main", planned(&format!("http://127.0.0.1:{port}/v1")));
    let (carrier, clock) = carrier_of(&[dead], &Budget::default());
    let given_up = given_up(carrier.ask(&request(0)));
    assert_eq!(given_up.class, Class::Connect);
    assert!(clock.now() < Duration::from_secs(12), "{:?}", clock.now());
    let message = given_up.to_string().to_lowercase();
    assert!(message.contains("connection refused") && message.contains("7 requests"), "{message}");
    assert!(message.contains("start the server"), "{message}");
    // However often the plan says.
    let mut stubborn = planned(&format!("http://127.0.0.1:{port}/v1"));
    stubborn.pace.retries = 1000;
    let (carrier, clock) = carrier_of(&[backend("main", stubborn)], &Budget::default());
    assert!(carrier.ask(&request(0)).is_err());
    assert!(clock.now() < Duration::from_secs(19), "{:?}", clock.now());
}

#[test]
fn retries_are_used_up() {
    let server = Server::new(|_, _| error(500, "", "boom"));
    let (carrier, clock) = carrier(&server);
    let (class, reason) = failed(carrier.ask(&request(0)));
    assert_eq!((class, server.seen().len()), (Class::Server, 7));
    assert_eq!(reason, "HTTP status 500: \"boom\" (after 7 requests)");
    // Half a second, doubled six times, and of each at least half.
    assert!(clock.now() >= Duration::from_secs_f64(15.75), "{:?}", clock.now());
    // Others are tried, but not for ever.
    failed(carrier.ask(&request(1)));
    let given_up = given_up(carrier.ask(&request(2)));
    assert!(given_up.to_string().contains("20 faults in a row"), "{given_up}");
    assert_eq!(server.seen().len(), 20);
}

#[test]
fn what_is_too_large_is_not_read() {
    let huge = "x".repeat((8 << 20) + 1);
    for act in [at_once(&huge, "stop"), ended(&huge, "stop")] {
        let server = Server::script(vec![act]);
        let (carrier, _) = carrier(&server);
        let (class, reason) = failed(carrier.ask(&request(0)));
        assert_eq!((class, reason.as_str()), (Class::TooLarge, "an answer of more than 8 MiB"));
    }
}
