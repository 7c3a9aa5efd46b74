//! What makes two records equal: a key of 128 bits over what they say, however they are written.
//!
//! What is compared is brought into one form first, *canonical text*: fields in a fixed order, strings
//! decoded, every piece with its length before it, so that no two different records have the same text. In
//! it the five escapes that nearly all text is written with (`\n`, `\t`, `\r`, `\"`, `\\`) stay escapes and
//! all others are decoded. So the text of a plain line, as the scanner finds it, is canonical as it stands.
//!
//! The key is the xxh3 hash of the canonical text under a seed that nobody can know beforehand, so that no
//! file can be made to bring it down. The text is there for whoever wants to compare it itself.

use std::fmt;

use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::record::Value;

use super::canonical::{canonical, escape};
use super::conversation::{Conversation, media, plain};
use super::words::{self, Text};

/// A key of equality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub u128);

/// What of two records has to be equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// The whole record, whatever the order of its keys.
    Record,
    /// Role, content, name, calls and reasoning of every message.
    Messages,
    /// The messages before the first of the assistant.
    Prompt,
    /// The content of the first user message.
    FirstUser,
    /// The contents of all user messages.
    User,
    /// The contents of all assistant messages.
    Assistant,
    /// The last message of the assistant.
    Response,
    /// The contents of all system and developer messages.
    System,
    /// The last user message and what follows it.
    LastTurn,
    /// The value at a JSON pointer.
    Pointer(String),
}

/// The names of what can be compared, with what they mean. A pointer is the one that is not listed.
pub const BY_NAMES: [(&str, By, &str); 9] = [
    ("record", By::Record, "the whole record, in any order of keys"),
    ("messages", By::Messages, "roles, contents, calls and reasoning of all messages"),
    ("prompt", By::Prompt, "the messages before the first assistant message"),
    ("first-user", By::FirstUser, "the first user content"),
    ("user", By::User, "all user contents"),
    ("assistant", By::Assistant, "all assistant contents"),
    ("response", By::Response, "the last assistant message"),
    ("system", By::System, "all system and developer contents"),
    ("last-turn", By::LastTurn, "the last user message and what follows it"),
];

impl By {
    /// The one of that name, or a JSON pointer.
    pub fn parse(text: &str) -> Result<By, String> {
        if text.starts_with('/') {
            return Ok(By::Pointer(text.to_owned()));
        }
        match BY_NAMES.iter().find(|(name, _, _)| *name == text) {
            Some((_, by, _)) => Ok(by.clone()),
            None => {
                let names: Vec<_> = BY_NAMES.iter().map(|(name, _, _)| *name).collect();
                Err(format!("there are {} and JSON pointers such as /id", names.join(", ")))
            }
        }
    }

    /// Can it be told from the outline of a plain line?
    pub fn is_in_outline(&self) -> bool {
        !matches!(self, By::Record | By::Pointer(_))
    }
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            By::Pointer(pointer) => f.write_str(pointer),
            _ => f.write_str(
                BY_NAMES.iter().find(|(_, by, _)| by == self).map_or("", |(name, _, _)| name),
            ),
        }
    }
}

/// Which differences of text do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Normalize {
    /// Every difference counts.
    #[default]
    None,
    /// White space: a run of it is one space, and none stands at the ends.
    Space,
    /// Case and Unicode form as well (NFKC, case folding).
    Case,
    /// Punctuation as well: only words are left.
    Full,
}

/// Makes the keys of records; its buffers are reused from record to record.
#[derive(Debug)]
pub struct Keyer {
    by: Vec<By>,
    normalize: Normalize,
    seed: u64,
    text: Vec<u8>,
    scratch: String,
}

impl Keyer {
    /// One for keys over all of `by`.
    pub fn new(by: &[By], normalize: Normalize, seed: u64) -> Keyer {
        Keyer { by: by.to_vec(), normalize, seed, text: Vec::new(), scratch: String::new() }
    }

    /// The key of a record, or none where it lacks something that is to be compared: it equals no other.
    ///
    /// `root` is needed for what is not in the outline of a line ([`By::is_in_outline`]).
    pub fn key(&mut self, conversation: Conversation<'_>, root: Option<Value<'_>>) -> Option<Key> {
        self.text.clear();
        let by = std::mem::take(&mut self.by);
        let complete = by.iter().all(|by| self.push(by, conversation, root).is_some());
        self.by = by;
        complete.then(|| Key(xxh3_128_with_seed(&self.text, self.seed)))
    }

    /// The canonical text of the record whose key was made last.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    fn push(&mut self, by: &By, of: Conversation<'_>, root: Option<Value<'_>>) -> Option<()> {
        let first_answer = of.positions("assistant").next();
        match by {
            By::Record => piece(&mut self.text, b'r', |text| canonical(text, root?)),
            By::Pointer(pointer) => {
                piece(&mut self.text, b'p', |text| canonical(text, root?.at_pointer(pointer)?))
            }
            By::Messages => {
                self.messages(of, 0..of.len())?;
                root.and_then(media).map_or(Some(()), |media| {
                    piece(&mut self.text, b'm', |text| {
                        text.extend_from_slice(media.as_bytes());
                        Some(())
                    })
                })
            }
            By::Prompt => self.messages(of, 0..first_answer.unwrap_or(of.len())),
            By::Response => {
                let last = of.positions("assistant").next_back()?;
                self.messages(of, last..last + 1)
            }
            By::LastTurn => self.messages(of, of.positions("user").next_back()?..of.len()),
            By::FirstUser => {
                let first = of.positions("user").next()?;
                self.contents(of, first..first + 1, |_| true)
            }
            By::User => self.contents(of, 0..of.len(), |role| role == "user"),
            By::Assistant => self.contents(of, 0..of.len(), |role| role == "assistant"),
            By::System => {
                self.contents(of, 0..of.len(), |role| role == "system" || role == "developer")
            }
        }
    }

    fn messages(&mut self, of: Conversation<'_>, range: std::ops::Range<usize>) -> Option<()> {
        if range.is_empty() {
            return None;
        }
        self.text.extend_from_slice(&(range.len() as u64).to_le_bytes());
        for at in range {
            match of {
                Conversation::Outline(..) => piece(&mut self.text, b'R', |text| {
                    text.extend_from_slice(of.role(at).as_bytes());
                    Some(())
                })?,
                Conversation::Messages(messages) => self.value(b'R', messages[at].role)?,
            }
            self.content(of, at)?;
            if let Conversation::Messages(messages) = of {
                let message = &messages[at];
                let [a, b, c] = message.reasoning;
                let others = [
                    message.name,
                    message.tool_calls,
                    message.function_call,
                    message.tool_call_id,
                    message.refusal,
                    a,
                    b,
                    c,
                ];
                for (tag, other) in others.into_iter().enumerate() {
                    if other.is_some_and(|value| {
                        !(value.is_null() || value.is_array() && value.is_empty())
                    }) {
                        self.value(tag as u8, other)?;
                    }
                }
            }
        }
        Some(())
    }

    /// The contents of the messages of some roles; none where there is no such message.
    fn contents(
        &mut self,
        of: Conversation<'_>,
        range: std::ops::Range<usize>,
        wanted: impl Fn(&str) -> bool,
    ) -> Option<()> {
        let start = self.text.len();
        for at in range.filter(|at| wanted(of.role(*at))) {
            self.content(of, at)?;
        }
        let end = self.text.len();
        self.text.extend_from_slice(&((end - start) as u64).to_le_bytes());
        (end > start).then_some(())
    }

    fn content(&mut self, of: Conversation<'_>, at: usize) -> Option<()> {
        match of {
            Conversation::Outline(line, turns) => {
                self.string(Text::Plain(plain(line, &turns[at])));
                Some(())
            }
            Conversation::Messages(messages) => match messages[at].content.map(sole_text) {
                Some(content) if content.is_string() => {
                    self.string(Text::Decoded(content.as_str().unwrap_or_default()));
                    Some(())
                }
                content => self.value(b'C', content),
            },
        }
    }

    fn string(&mut self, string: Text<'_>) {
        let (normalize, scratch) = (self.normalize, &mut self.scratch);
        piece(&mut self.text, b'c', |text| {
            match (normalize, string) {
                (Normalize::None, Text::Plain(plain)) => text.extend_from_slice(plain.as_bytes()),
                (Normalize::None, Text::Decoded(decoded)) => escape(text, decoded),
                (_, Text::Decoded(decoded)) => normalized(text, decoded, normalize, scratch),
                (_, Text::Plain(plain)) => {
                    normalized(text, &words::decode(plain), normalize, scratch)
                }
            }
            Some(())
        });
    }

    /// A value that may be any JSON; a missing one is like null.
    fn value(&mut self, tag: u8, value: Option<Value<'_>>) -> Option<()> {
        piece(&mut self.text, tag, |text| {
            match value {
                Some(value) if tag == b'R' && value.is_string() => {
                    escape(text, value.as_str().unwrap_or_default());
                }
                Some(value) => canonical(text, value)?,
                None => text.extend_from_slice(b"null"),
            }
            Some(())
        })
    }
}

/// A content array of one text part says what its text says.
fn sole_text(content: Value<'_>) -> Value<'_> {
    let mut items = content.items();
    match (items.next(), items.next()) {
        (Some(part), None)
            if part.len() == 2 && crate::record::chat::part_type(part) == Some("text") =>
        {
            part.get("text").filter(Value::is_string).unwrap_or(content)
        }
        _ => content,
    }
}

/// Writes a tag, the length of what `write` writes, and that.
fn piece(
    text: &mut Vec<u8>,
    tag: u8,
    write: impl FnOnce(&mut Vec<u8>) -> Option<()>,
) -> Option<()> {
    text.push(tag);
    let at = text.len();
    text.extend_from_slice(&[0; 8]);
    write(text)?;
    let length = (text.len() - at - 8) as u64;
    text[at..at + 8].copy_from_slice(&length.to_le_bytes());
    Some(())
}

fn normalized(text: &mut Vec<u8>, string: &str, normalize: Normalize, scratch: &mut String) {
    let string = match normalize {
        Normalize::None | Normalize::Space => string,
        Normalize::Case | Normalize::Full => {
            words::fold(Text::Decoded(string), scratch);
            scratch
        }
    };
    let start = text.len();
    if normalize == Normalize::Full {
        words::each_word(string, |word| push_word(text, start, word));
    }
    // A text of nothing but signs is those signs.
    if text.len() == start {
        string.split_whitespace().for_each(|word| push_word(text, start, word));
    }
}

/// Adds a word, behind a space if it is not the first.
fn push_word(text: &mut Vec<u8>, start: usize, word: &str) {
    if text.len() > start {
        text.push(b' ');
    }
    text.extend_from_slice(word.as_bytes());
}

#[cfg(test)]
mod tests {
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

    const CHAT: &str = r#"{"messages":[{"role":"user","content":"a\n\u00e9/"},{"role":"assistant","content":"B"}]}"#;

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
        assert!(!equal(
            "/a,/b",
            r#"{"a":1,"b":23,"messages":[]}"#,
            r#"{"a":12,"b":3,"messages":[]}"#
        ));
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
}
