//! Who is asked, who takes over, and recorded answers.

use std::io::Write as _;

use chatml::generate::backend::{Carrier, Class, Keys, Settings, hex};
use chatml::generate::plan::{Backend, BackendKind, Budget};

use super::super::server::{Server, error, good};
use super::{backend, carrier_of, failed, given_up, planned, request};

#[test]
fn the_next_backend_takes_over_when_one_is_given_up() {
    let (first, second) =
        (Server::new(|_, _| error(401, "", "")), Server::new(|_, _| good("Second.")));
    let backends =
        [backend("first", planned(&first.base())), backend("second", planned(&second.base()))];
    let (carrier, _) = carrier_of(&backends, &Budget::default());
    let answer = carrier.ask(&request(0)).unwrap();
    assert_eq!((answer.backend.as_str(), answer.requests), ("second", 2));
    carrier.ask(&request(1)).unwrap();
    assert_eq!((first.seen().len(), second.seen().len()), (1, 2));
    let told: Vec<String> = carrier.events().iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("backend first given up: "), "{told:?}");
    assert_eq!(told[1], "backend second takes over from first");
}

#[test]
fn what_a_backend_leaves_unanswered_is_asked_of_the_next() {
    let (first, second) =
        (Server::new(|_, _| error(500, "", "")), Server::new(|_, _| good("Second.")));
    let mut bad = planned(&first.base());
    bad.pace.retries = 0;
    let backends = [backend("first", bad.clone()), backend("second", planned(&second.base()))];
    let (carrier, _) = carrier_of(&backends, &Budget::default());
    for slot in 0..30 {
        assert_eq!(carrier.ask(&request(slot)).unwrap().text, "Second.");
    }
    assert_eq!((first.seen().len(), second.seen().len()), (20, 30));
    let told: Vec<String> = carrier.events().iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("backend first given up: "), "{told:?}");
    assert_eq!(told[1], "backend second takes over from first");
    // What is wrong with the request alone would be wrong for all.
    let filters = Server::new(|_, _| super::super::server::ended("x", "content_filter"));
    let backends =
        [backend("first", planned(&filters.base())), backend("second", planned(&second.base()))];
    let (carrier, _) = carrier_of(&backends, &Budget::default());
    assert_eq!(failed(carrier.ask(&request(0))).0, Class::Filtered);
    // Nobody is left, and the first is not given up yet.
    let gone = Server::new(|_, _| error(401, "", ""));
    let backends = [backend("first", bad), backend("second", planned(&gone.base()))];
    let (carrier, _) = carrier_of(&backends, &Budget::default());
    assert_eq!(failed(carrier.ask(&request(0))).0, Class::Server);
}

#[test]
fn all_that_were_tried_are_named_when_none_is_left() {
    let (first, second) =
        (Server::new(|_, _| error(401, "", "")), Server::new(|_, _| error(404, "", "")));
    let backends =
        [backend("first", planned(&first.base())), backend("second", planned(&second.base()))];
    let (carrier, _) = carrier_of(&backends, &Budget::default());
    let all = given_up(carrier.ask(&request(0)));
    assert_eq!((all.backend.as_str(), all.class), ("first, second", Class::NotFound));
    assert!(
        all.tried.contains("HTTP status 401") && all.tried.contains("HTTP status 404"),
        "{all}"
    );
}

#[test]
fn a_request_may_want_one_backend() {
    let (first, second) = (Server::new(|_, _| good("First.")), Server::new(|_, _| good("Second.")));
    let backends =
        [backend("first", planned(&first.base())), backend("second", planned(&second.base()))];
    let (carrier, _) = carrier_of(&backends, &Budget::default());
    let mut wanted = request(0);
    wanted.backend = Some("second".to_owned());
    assert_eq!(carrier.ask(&wanted).unwrap().text, "Second.");
    assert_eq!(carrier.ask(&request(0)).unwrap().text, "First.");
    assert!(carrier.events().is_empty());
    wanted.backend = Some("third".to_owned());
    assert!(given_up(carrier.ask(&wanted)).to_string().contains("no such backend"));
    let template = Backend { name: "phrases".to_owned(), kind: BackendKind::Template };
    let (carrier, _) = carrier_of(&[template], &Budget::default());
    assert!(carrier.is_empty());
    given_up(carrier.ask(&request(0)));
}

fn recorded(lines: &[String]) -> (tempfile::NamedTempFile, Backend) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    for line in lines {
        writeln!(file, "{line}").unwrap();
    }
    let kind = BackendKind::Replay(file.path().to_owned());
    (file, Backend { name: "tape".to_owned(), kind })
}

#[test]
fn recorded_answers_come_first_and_what_is_missing_is_asked() {
    let hash = hex(request(0).hash());
    let (_file, tape) = recorded(&[
        r#"{"event":"run"}"#.to_owned(),
        format!(
            r#"{{"event":"answer","slot":0,"attempt":0,"step":0,"hash":"{hash}","text":"Taped."}}"#
        ),
    ]);
    let server = Server::new(|_, _| good("Asked."));
    let backends = [tape.clone(), backend("main", planned(&server.base()))];
    // No price is needed for what is not asked.
    let (carrier, _) = carrier_of(&backends, &Budget { usd: None, ..Budget::default() });
    let answer = carrier.ask(&request(0)).unwrap();
    assert_eq!((answer.text.as_str(), answer.backend.as_str()), ("Taped.", "tape"));
    assert_eq!((answer.requests, carrier.tally().requests), (0, 0));
    assert_eq!(carrier.ask(&request(1)).unwrap().text, "Asked.");
    let (carrier, _) = carrier_of(&[tape], &Budget { usd: Some(1.0), ..Budget::default() });
    assert!(carrier.ask(&request(0)).is_ok());
    let missing = given_up(carrier.ask(&request(1)));
    assert_eq!(missing.class, Class::Missing);
    assert!(missing.to_string().contains(&hash), "{missing}");
}

#[test]
fn a_key_that_is_missing_is_named_unless_the_server_is_this_machine() {
    let mut far = planned("https://api.example/v1");
    let settings = || Settings { keys: Keys::given(&[]), ..Settings::default() };
    let of = |server| Carrier::of(&[backend("main", server)], &Budget::default(), 1, settings());
    let error = of(far.clone()).unwrap_err().to_string();
    assert!(error.contains("the environment variable KEY is not set"), "{error}");
    far.key_env = None;
    far.key_file = Some("/nonexistent/key".into());
    assert!(of(far.clone()).unwrap_err().to_string().contains("/nonexistent/key"));
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"sk-one two\n").unwrap();
    far.key_file = Some(file.path().to_owned());
    let error = of(far).unwrap_err().to_string();
    assert!(error.contains("must be one word") && !error.contains("sk-one"), "{error}");

    let server = Server::new(|_, _| good("Good."));
    let carrier = of(planned(&server.base())).unwrap();
    carrier.ask(&request(0)).unwrap();
    assert!(!server.seen()[0].headers.to_lowercase().contains("authorization"));
}
