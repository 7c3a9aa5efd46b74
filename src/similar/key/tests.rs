use super::*;
use crate::record::scan::Scanner;
use crate::record::{Message, Parser};
use proptest::prelude::*;

fn keyer(by: &str, normalize: Normalize) -> Keyer {
    let by: Vec<By> = by.split(',').map(|by| By::parse(by).unwrap()).collect();
    Keyer::new(&by, normalize, 1)
}

/// The key by the way of the parser.
fn parsed(keyer: &mut Keyer, line: &str) -> Option<Key> {
    Parser::default()
        .parse(line.as_bytes(), None, |doc, _| {
            let list = doc.root().get("messages").unwrap();
            let messages: Vec<Message<'_>> = list.items().map(Message::of).collect();
            keyer.key(Conversation::Messages(&messages), Some(doc.root()))
        })
        .unwrap()
}

fn equal(by: &str, one: &str, other: &str) -> bool {
    let mut keyer = keyer(by, Normalize::None);
    let (one, other) = (parsed(&mut keyer, one), parsed(&mut keyer, other));
    one.is_some() && one == other
}

const CHAT: &str =
    r#"{"messages":[{"role":"user","content":"a\n\u00e9/"},{"role":"assistant","content":"B"}]}"#;

#[test]
fn how_a_record_is_written_does_not_count() {
    let same = [
        r#"{"id":7, "messages" : [ {"content":"a\u000aé\/", "role":"user"} , {"role":"assistant","content":"B","tool_calls":null,"weight":1}]}"#,
        r#"{"messages":[{"role":"user","content":[{"type":"text","text":"a\né/"}]},{"role":"assistant","content":"B","tool_calls":[]}]}"#,
    ];
    for other in same {
        assert!(equal("messages", CHAT, other), "{other}");
    }
    let different = [
        CHAT.replace("user", "system"),
        CHAT.replace("\"B\"", "\"b\""),
        CHAT.replace("\"B\"", "\"B\",\"name\":\"x\""),
        CHAT.replace("\"B\"", "null"),
        CHAT.replacen('{', "{\"images\":[\"a.png\"],", 1),
        CHAT.replace("\"B\"", "[\"B\"]"),
        CHAT.replace("\"B\"", "\"B\",\"reasoning_content\":\"r\""),
    ];
    for other in different {
        assert!(!equal("messages", CHAT, &other), "{other}");
    }
}

#[test]
fn pieces_do_not_run_together() {
    let two = |a: &str, b: &str| {
        format!(
            r#"{{"messages":[{{"role":"user","content":"{a}"}},{{"role":"user","content":"{b}"}}]}}"#
        )
    };
    for by in ["messages", "user", "prompt"] {
        assert!(!equal(by, &two("ab", "c"), &two("a", "bc")), "{by}");
        assert!(equal(by, &two("ab", "c"), &two("ab", "c")), "{by}");
    }
    assert!(!equal("/a,/b", r#"{"a":1,"b":23,"messages":[]}"#, r#"{"a":12,"b":3,"messages":[]}"#));
}

#[test]
fn each_choice_looks_at_its_part_only() {
    let chat = |system: &str, q: &str, a: &str, last: &str| {
        format!(
            r#"{{"messages":[{{"role":"system","content":"{system}"}},{{"role":"user","content":"{q}"}},{{"role":"assistant","content":"{a}"}},{{"role":"user","content":"more"}},{{"role":"assistant","content":"{last}"}}],"id":{{"x":1}}}}"#
        )
    };
    let base = chat("s", "q", "a", "z");
    // What changes, and the choices that then find no equality.
    let table = [
        (chat("S", "q", "a", "z"), "record messages prompt system"),
        (chat("s", "Q", "a", "z"), "record messages prompt first-user user"),
        (chat("s", "q", "A", "z"), "record messages assistant"),
        (chat("s", "q", "a", "Z"), "record messages assistant response last-turn"),
        (base.replace(r#"{"x":1}"#, r#"{"x":2}"#), "record /id/x"),
    ];
    for (other, differ) in table {
        for by in BY_NAMES.iter().map(|(name, _, _)| *name).chain(["/id/x"]) {
            assert_eq!(
                !equal(by, &base, &other),
                differ.split(' ').any(|d| d == by),
                "{by}: {other}"
            );
        }
    }
    assert!(!equal("system,/no", &base, &base), "what is not there equals nothing");
    assert!(!equal("system", CHAT, CHAT), "what is not there equals nothing");
}

#[test]
fn normalizing_takes_away_what_it_says() {
    let chat = |text: &str| {
        format!(
            r#"{{"messages":[{{"role":"user","content":"{text}"}},{{"role":"assistant","content":"A"}}]}}"#
        )
    };
    let base = chat("Don't stop");
    let table = [
        (chat(r" Don't\t\nstop "), [false, true, true, true]),
        (chat("don't STOP"), [false, false, true, true]),
        (chat("Ｄon't stop"), [false, false, true, true]),
        (chat("don t: stop!"), [false, false, false, true]),
        (chat("dont stop"), [false; 4]),
    ];
    let mut full = keyer("messages", Normalize::Full);
    assert_ne!(
        parsed(&mut full, &chat("+-*")),
        parsed(&mut full, &chat("???")),
        "signs are not nothing"
    );
    let levels = [Normalize::None, Normalize::Space, Normalize::Case, Normalize::Full];
    for (other, wanted) in table {
        let got = levels.map(|level| {
            let mut keyer = keyer("messages", level);
            parsed(&mut keyer, &base) == parsed(&mut keyer, &other)
        });
        assert_eq!(got, wanted, "{other}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_outline_of_a_plain_line_gives_the_key_of_the_parsed_line(
        texts in prop::collection::vec(("[a-zA-Z \\\\\"\n\té中]{1,12}x", 0usize..3), 1..6),
        by in prop::sample::select(vec!["messages", "prompt", "first-user", "user", "assistant", "response", "system", "last-turn", "user,system"]),
        normalize in prop::sample::select(vec![Normalize::None, Normalize::Space, Normalize::Case, Normalize::Full]),
    ) {
        let role = |at: usize| ["system", "user", "assistant"][at];
        let messages: Vec<_> = texts
            .iter()
            .map(|(text, at)| serde_json::json!({"role": role(*at), "content": text}))
            .collect();
        let line = serde_json::json!({ "messages": messages }).to_string();
        let mut keyer = keyer(by, normalize);
        let mut scanner = Scanner::new(&[]);
        if let Some(outline) = scanner.outline(line.as_bytes()) {
            let key = keyer.key(Conversation::Outline(line.as_bytes(), outline.turns), None);
            prop_assert_eq!(key, parsed(&mut keyer, &line));
        }
    }
}
