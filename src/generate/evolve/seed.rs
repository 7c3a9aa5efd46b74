//! A record as the operations see it, and what they make of it.

use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_128;

use crate::quality::language;
use crate::record::markdown::in_code;

/// One message.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Turn<'r> {
    pub role: &'r str,
    /// Its content, if that is a text.
    pub text: Option<&'r str>,
    /// It calls tools.
    pub calls: bool,
}

/// A record.
#[derive(Debug)]
pub(super) struct Seed<'r> {
    pub turns: Vec<Turn<'r>>,
    /// There are tools, so that words of a question may stand in the arguments of a call.
    pub has_tools: bool,
    /// What is said is English.
    pub is_english: bool,
}

/// What an operation does to a record.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Change {
    /// These messages say something else.
    Texts(Vec<(usize, String)>),
    /// A question and its answer come behind the last message.
    Turns(String, String),
}

/// Words that stand in nearly every English sentence and in few others, each of at most eight letters.
const ENGLISH: [&str; 54] = [
    "the", "is", "are", "to", "how", "what", "do", "does", "my", "i", "you", "and", "of", "for",
    "with", "it", "this", "that", "can", "please", "where", "when", "why", "your", "be", "been",
    "not", "have", "has", "had", "would", "should", "could", "from", "there", "which", "who", "if",
    "we", "they", "their", "our", "but", "about", "into", "write", "make", "get", "use", "need",
    "want", "give", "know", "explain",
];

/// The same as numbers, of which all are compared with a word at once.
const PACKED: [u64; ENGLISH.len()] = {
    let mut all = [0; ENGLISH.len()];
    let mut at = 0;
    while at < all.len() {
        all[at] = packed(ENGLISH[at].as_bytes());
        at += 1;
    }
    all
};

/// A word of at most eight letters as a number, capitals as small letters; 0 for a longer one.
const fn packed(word: &[u8]) -> u64 {
    if word.len() > 8 {
        return 0;
    }
    let (mut number, mut at) = (0, 0);
    while at < word.len() {
        number = number << 8 | word[at].to_ascii_lowercase() as u64;
        at += 1;
    }
    number
}

/// Words that are looked at.
const LOOKED_AT: usize = 200;

/// The last letter of those blocks that have all that words of Latin letters have.
const LATIN_END: char = '\u{24f}';

/// A text of which one word of so many is one of those is taken for English.
const ONE_OF: usize = 5;

/// A text with fewer of them than one of so many is not. Between the two the language is guessed from trigrams, which
/// takes a hundred times as long.
const AT_LEAST_ONE_OF: usize = 20;

impl<'r> Seed<'r> {
    /// The record; its `messages` are objects.
    pub(super) fn of(record: &'r Value) -> Seed<'r> {
        let messages = record["messages"].as_array().map_or(&[][..], Vec::as_slice);
        let turn = |message: &'r Value| Turn {
            role: message["role"].as_str().unwrap_or_default(),
            text: message["content"].as_str().filter(|text| !text.trim().is_empty()),
            calls: !message["tool_calls"].is_null() || !message["function_call"].is_null(),
        };
        let turns: Vec<Turn<'r>> = messages.iter().map(turn).collect();
        let has_tools = !record["tools"].is_null()
            || !record["functions"].is_null()
            || turns.iter().any(|turn| turn.calls);
        let is_english = is_english(&turns);
        Seed { turns, has_tools, is_english }
    }

    /// The places of the messages in which the user says something.
    pub(super) fn questions(&self) -> impl Iterator<Item = (usize, &'r str)> + '_ {
        let asked = self.turns.iter().enumerate().filter(|(_, turn)| turn.role == "user");
        asked.filter_map(|(at, turn)| Some((at, turn.text?)))
    }

    /// All that is not said by the user.
    pub(super) fn answers(&self) -> impl Iterator<Item = &str> {
        self.turns.iter().filter(|turn| turn.role != "user").filter_map(|turn| turn.text)
    }

    /// Is the assistant told what form its answers have, so that one of another form would be wrong?
    pub(super) fn is_bound(&self) -> bool {
        const FORMS: [&str; 8] = [
            "only",
            "nothing",
            "one word",
            "label",
            "json",
            "translat",
            "answer with",
            "reply with",
        ];
        let told = self.turns.iter().filter(|turn| matches!(turn.role, "system" | "developer"));
        told.filter_map(|turn| turn.text).any(|text| {
            let small = text.to_lowercase();
            FORMS.iter().any(|form| small.contains(form))
        })
    }

    /// The answer to the message in this place: the next one, if the assistant says it and calls nothing.
    pub(super) fn answer(&self, question: usize) -> Option<&'r str> {
        let turn = self.turns.get(question + 1)?;
        let is_said = turn.role == "assistant" && !turn.calls;
        turn.text.filter(|_| is_said)
    }
}

impl Seed<'_> {
    /// Whether another message says the same words as this one, as one does that tells what was asked: it would be wrong
    /// once these are others.
    pub(super) fn is_quoted(&self, place: usize) -> bool {
        let said = self.turns.get(place).and_then(|turn| turn.text).map(str::trim);
        let others = self.turns.iter().enumerate().filter(|(at, _)| *at != place);
        said.is_some_and(|said| {
            let finder = memchr::memmem::Finder::new(said);
            others.filter_map(|(_, turn)| turn.text).any(|text| {
                finder.find_iter(text.as_bytes()).any(|at| {
                    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
                    let (before, behind) = (&text[..at], &text[at + said.len()..]);
                    !letter(before.chars().next_back()) && !letter(behind.chars().next())
                })
            })
        })
    }
}

/// Whether users and assistants speak English.
fn is_english(turns: &[Turn<'_>]) -> bool {
    let said = turns.iter().filter(|turn| matches!(turn.role, "user" | "assistant"));
    let texts: Vec<&str> = said.filter_map(|turn| turn.text).collect();
    // What stands in code says nothing about the language around it.
    let prose = texts.iter().flat_map(|text| {
        let mut in_code = in_code(text);
        let mut at = 0;
        text.split_inclusive('\n').filter(move |line| {
            let start = at;
            at += line.len();
            !in_code(start)
        })
    });
    let words = prose.flat_map(|line| line.split(|c: char| !c.is_alphabetic()));
    let (mut known, mut all) = (0, 0);
    for word in words.filter(|word| !word.is_empty()).take(LOOKED_AT) {
        // Where words are not parted by blanks each letter may be one.
        all += word.chars().filter(|c| *c > LATIN_END).count().max(1);
        known += usize::from(PACKED.contains(&packed(word.as_bytes())));
    }
    match known {
        0 => false,
        _ if known * ONE_OF >= all => true,
        _ if known * AT_LEAST_ONE_OF < all => false,
        _ => language(texts.iter().copied()) == Some("English"),
    }
}

/// What names the family of a record: its `metadata.parent` if it is a variant itself, else its `id` or
/// `metadata.id`, else the hash of its line.
pub(super) fn parent(record: &Value, line: &[u8]) -> String {
    let named = [&record["metadata"]["parent"], &record["id"], &record["metadata"]["id"]];
    let name = |value: &&Value| match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    named.iter().find_map(name).unwrap_or_else(|| format!("{:032x}", xxh3_128(line)))
}

/// The record with a change, as a line. Its id, which stays the seed's, goes; `metadata` tells both.
pub(super) fn variant(record: &Value, change: Change, parent: &str, op: &str) -> Option<Vec<u8>> {
    let mut made = record.as_object()?.clone();
    made.shift_remove("id");
    let messages = made.get_mut("messages")?.as_array_mut()?;
    match change {
        Change::Texts(texts) => {
            for (at, text) in texts {
                messages.get_mut(at)?.as_object_mut()?.insert("content".to_owned(), text.into());
            }
        }
        Change::Turns(question, answer) => {
            for (role, content) in [("user", question), ("assistant", answer)] {
                messages.push(serde_json::json!({"role": role, "content": content}));
            }
        }
    }
    let metadata = made.entry("metadata").or_insert(Value::Null);
    if metadata.is_null() {
        *metadata = Value::Object(Map::new());
    }
    let metadata = metadata.as_object_mut()?;
    metadata.shift_remove("id");
    metadata.insert("parent".to_owned(), parent.into());
    metadata.insert("op".to_owned(), op.into());
    let mut line = serde_json::to_vec(&made).ok()?;
    line.push(b'\n');
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_family_is_named_by_what_the_record_is_called() {
        let table = [
            (json!({"id": 7}), "7"),
            (json!({"id": "a", "metadata": {"id": "b"}}), "a"),
            (json!({"metadata": {"id": "b"}}), "b"),
            (json!({"id": "a", "metadata": {"parent": "p"}}), "p"),
        ];
        for (record, wanted) in table {
            assert_eq!(parent(&record, b""), wanted, "{record}");
        }
        let nameless = parent(&json!({"id": ""}), b"line");
        assert!(nameless.len() == 32 && nameless != parent(&json!({}), b"another"));
    }

    #[test]
    fn english_is_told_from_other_languages_and_from_nothing() {
        let english =
            |text: &str| is_english(&[Turn { role: "user", text: Some(text), calls: false }]);
        assert!(english("How do I reset my password?"));
        assert!(english("What is the capital of France and how many people live there today?"));
        assert!(!english("Wie setze ich mein Passwort zurück, wenn ich es vergessen habe?"));
        assert!(english("Write it.\n```py\nfoo(bar, baz, qux, quux, corge, grault, garply)\n```"));
        assert!(!english(
            "请用 Python 写一个程序, this is the example: 找到并显示两个文本字符串之间的最长公共子串。"
        ));
        assert!(ENGLISH.iter().all(|word| is_english(&[Turn {
            role: "user",
            text: Some(word),
            calls: false
        }])));
        assert!(
            !english("thethethe")
                && !english("")
                && !english("ls -la")
                && !english("请问怎么退货")
                && !is_english(&[])
        );
    }
}
