//! What a server does not understand is asked otherwise; what a model cannot do is told.

use chatml::generate::backend::Class;
use chatml::generate::plan::{Budget, Structured};
use serde_json::Value;

use super::super::server::{Act, Seen, Server, ended, error, good};
use super::{backend, carrier, carrier_of, failed, given_up, planned, request, shaped};

fn format_of(seen: &Seen) -> &str {
    seen.body["response_format"]["type"].as_str().unwrap_or("none")
}

#[test]
fn the_ladder_of_structured_output_is_remembered() {
    let server = Server::new(|_, seen: &Seen| match format_of(seen) {
        "none" => good("{}"),
        other => error(400, "", &format!("response_format {other} is not supported")),
    });
    let (carrier, _) = carrier(&server);
    assert_eq!(carrier.ask(&shaped(0)).unwrap().requests, 3);
    assert_eq!(carrier.ask(&shaped(1)).unwrap().requests, 1, "it is known by now");
    let seen = server.seen();
    let formats: Vec<&str> = seen.iter().map(format_of).collect();
    assert_eq!(formats, ["json_schema", "json_object", "none", "none"]);
    let schema = &seen[0].body["response_format"]["json_schema"];
    assert_eq!((schema["name"].as_str(), schema["strict"].as_bool()), (Some("thing"), Some(true)));
    let said = |at: usize| seen[at].body["messages"][1]["content"].as_str().unwrap().to_owned();
    assert_eq!(said(0), "Say something.");
    assert!(said(1).contains("Answer with JSON only") && said(3).contains(r#"{"type":"object""#));
    let told: Vec<String> = carrier.events().iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].contains("json_schema is not understood: json_object is used"), "{told:?}");
}

#[test]
fn a_plan_that_wants_one_way_gets_no_other() {
    let server = Server::new(|_, _| error(400, "", "response_format is not supported"));
    let mut strict = planned(&server.base());
    strict.structured = Structured::JsonSchema;
    let (carrier, _) = carrier_of(&[backend("main", strict)], &Budget::default());
    assert_eq!(given_up(carrier.ask(&shaped(0))).class, Class::Refused);
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn parameters_that_are_not_understood_are_left_out_or_replaced() {
    let server = Server::new(|_, seen: &Seen| {
        let has = |name: &str| seen.body.get(name).is_some();
        if has("stream_options") {
            error(422, "", "body.stream_options: extra inputs are not permitted")
        } else if has("max_tokens") {
            error(400, "", "'max_tokens' is not supported, use 'max_completion_tokens'")
        } else if has("temperature") {
            error(400, "", "Unsupported value: 'temperature' does not support 0.5")
        } else {
            good("Good.")
        }
    });
    let (carrier, _) = carrier(&server);
    assert_eq!(carrier.ask(&request(0)).unwrap().requests, 4);
    assert_eq!(carrier.ask(&request(1)).unwrap().requests, 1);
    let last = server.seen().pop().unwrap().body;
    assert_eq!(last["max_completion_tokens"], 100);
    assert_eq!(last["stream"], true);
    assert_eq!(carrier.events().len(), 3);
}

#[test]
fn a_parameter_that_is_never_right_ends_it() {
    let server = Server::new(|_, _| error(400, "", "stream_options must be an object"));
    let (carrier, _) = carrier(&server);
    let given_up = given_up(carrier.ask(&request(0)));
    assert_eq!((given_up.class, server.seen().len()), (Class::Parameter, 2));
}

const PEG: &str = "The model produced output that does not match the expected peg-native format";

#[test]
fn a_structured_answer_that_is_cut_gets_more_room_and_then_another_way() {
    let server = Server::new(|_, seen: &Seen| match format_of(seen) {
        "json_schema" => error(500, "", PEG),
        _ => good("{}"),
    });
    let (carrier, _) = carrier(&server);
    assert_eq!(carrier.ask(&shaped(0)).unwrap().requests, 3);
    let most: Vec<Value> =
        server.seen().iter().map(|seen| seen.body["max_tokens"].clone()).collect();
    assert_eq!(most, [100, 200, 200]);
    // After three of these the others do not begin there any more.
    carrier.ask(&shaped(1)).unwrap();
    carrier.ask(&shaped(2)).unwrap();
    assert_eq!(carrier.ask(&shaped(3)).unwrap().requests, 1);
    assert_eq!(carrier.events().len(), 1);
    // Without a shape it is a fault of the server like others.
    let server = Server::script(vec![error(500, "", PEG)]);
    let (carrier, _) = super::carrier(&server);
    assert_eq!(carrier.ask(&request(0)).unwrap().requests, 2);
    assert_eq!(carrier.tally().faults.get(&Class::Server), Some(&1));
}

#[test]
fn an_answer_that_is_cut_gets_twice_the_room_once() {
    let server = Server::script(vec![ended("Half", "length"), good("The whole.")]);
    let (carrier, _) = carrier(&server);
    let answer = carrier.ask(&request(0)).unwrap();
    assert_eq!((answer.text.as_str(), answer.requests), ("The whole.", 2));

    let server = Server::new(|_, _| ended("Half", "length"));
    let (carrier, _) = super::carrier(&server);
    let (class, reason) = failed(carrier.ask(&request(0)));
    assert_eq!((class, server.seen().len()), (Class::Truncated, 2));
    assert_eq!(reason, "the answer was cut at 5 tokens");
    assert_eq!(carrier.tally().tokens.output, 10, "what was cut was paid for");

    // The server does not allow that much: the answer stays cut, and the backend is none the worse.
    let refused = error(400, "", "max_tokens is too large: 200");
    let server = Server::script(vec![ended("Half", "length"), refused]);
    let (carrier, _) = super::carrier(&server);
    assert_eq!(failed(carrier.ask(&request(0))).0, Class::Truncated);
    assert!(carrier.ask(&request(1)).is_ok());
}

#[test]
fn the_plan_says_which_ends_are_none_to_complain_of() {
    let server = Server::new(|_, _| ended("Half", "length"));
    let mut lenient = planned(&server.base());
    lenient.finish_ok.push("length".to_owned());
    let (carrier, _) = carrier_of(&[backend("main", lenient)], &Budget::default());
    assert_eq!(carrier.ask(&request(0)).unwrap().finish.as_deref(), Some("length"));

    let server = Server::new(|_, _| ended("Half", "tool_calls"));
    let (carrier, _) = super::carrier(&server);
    let (class, reason) = failed(carrier.ask(&request(0)));
    assert_eq!((class, reason.as_str()), (Class::Ended, "the answer ended with \"tool_calls\""));
}

#[test]
fn what_is_wrong_with_one_request_alone_leaves_the_others() {
    let table: [(Act, Class); 4] = [
        (error(400, "context_length_exceeded", "maximum context length is 5"), Class::Context),
        (error(413, "", "too large"), Class::Context),
        (error(400, "content_filter", "filtered"), Class::Filtered),
        (ended("", "content_filter"), Class::Filtered),
    ];
    for (act, class) in table {
        let server = Server::script(vec![act]);
        let (carrier, _) = carrier(&server);
        assert_eq!(failed(carrier.ask(&request(0))).0, class);
        assert_eq!(server.seen().len(), 1);
        assert!(carrier.ask(&request(1)).is_ok());
    }
}
