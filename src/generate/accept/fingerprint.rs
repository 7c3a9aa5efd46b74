//! What an example is compared by with others.

use xxhash_rust::xxh3::xxh3_128;

use crate::generate::draft::{Call, Draft, Said};
use crate::generate::plan::{On, Plan};
use crate::quality::opening;
use crate::similar::sketch::Sketcher;
use crate::similar::words::{decode, to_set};
use crate::similar::{Conversation, Key, Scheme, Shingler, Text, Threshold};

/// The seed of chatml-dedup. With another one a pair just at the threshold could be missed here, once in some
/// hundred times, and be found there.
const SEED: u64 = 0;

/// What an example is compared by with others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// Equal examples have the same.
    pub key: Option<Key>,
    /// The runs of words of what is compared.
    pub runs: Runs,
    /// Those of the whole conversation, where only a part of it is compared.
    pub whole: Option<Runs>,
    /// How the user begins.
    pub opening: Option<String>,
}

/// Runs of words, as chatml-dedup finds them in the record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Runs {
    /// As a set.
    pub set: Vec<u64>,
    /// The bands of their signature, as far as they matter.
    pub bands: Vec<u32>,
}

/// The share at which examples are near, if the plan asks for one.
pub(super) fn threshold(plan: &Plan) -> Option<Threshold> {
    plan.dedup.near.and_then(|share| format!("{share}").parse().ok())
}

/// Makes fingerprints.
pub(super) struct Printer {
    on: On,
    exact: bool,
    shingler: Shingler,
    /// None: nothing is compared by its runs of words.
    near: Option<(Scheme, Threshold, Option<Sketcher>)>,
    openings: bool,
    text: String,
    scratch: String,
}

impl Printer {
    /// One for what the plan compares.
    pub(super) fn new(plan: &Plan) -> Printer {
        let near = threshold(plan).map(|threshold| {
            let scheme = Scheme::jaccard(threshold, false);
            (scheme, threshold, scheme.sketcher())
        });
        Printer {
            on: plan.dedup.on,
            exact: plan.dedup.exact,
            shingler: Shingler::new(SEED),
            near,
            openings: plan.dedup.max_same_opening.is_some(),
            text: String::new(),
            scratch: String::new(),
        }
    }

    /// That of an example.
    pub(super) fn print(&mut self, draft: &Draft) -> Fingerprint {
        let mut print = Fingerprint::default();
        let mut answers = Vec::new();
        self.text.clear();
        for said in &draft.messages {
            let calls;
            let (content, asked) = match said {
                Said::User(content) => (content, true),
                Said::Assistant(content) => (content, false),
                Said::Calls(list) => {
                    calls = beside(list);
                    (&calls, false)
                }
                Said::System(_) | Said::Result { .. } => continue,
            };
            let counts = asked || self.on == On::Conversation;
            if self.exact && counts {
                push_normal(content, &mut self.text);
            }
            if self.near.is_some() {
                let set = if counts { &mut print.runs.set } else { &mut answers };
                self.shingler.turn(Text::Decoded(content), set);
            }
        }
        if self.exact {
            print.key = Some(key(&self.text));
        }
        if self.near.is_some() && self.on == On::User {
            answers.extend_from_slice(&print.runs.set);
            let mut whole = Runs { set: answers, bands: Vec::new() };
            self.finish(&mut whole);
            print.whole = Some(whole);
        }
        self.finish(&mut print.runs);
        if self.openings {
            let first = draft.messages.iter().find_map(|said| match said {
                Said::User(content) => Some(content),
                _ => None,
            });
            print.opening =
                first.and_then(|text| opening(text, &mut self.scratch)).map(str::to_owned);
        }
        print
    }

    /// That of a record that was there before the run: what of it examples must not repeat.
    pub(super) fn known(&mut self, conversation: Conversation<'_>) -> Fingerprint {
        let mut print = Fingerprint::default();
        self.text.clear();
        for at in 0..conversation.len() {
            match (self.on, conversation.role(at)) {
                (_, "user") | (On::Conversation, "assistant") => {}
                _ => continue,
            }
            let beside = conversation.beside(at);
            let beside = beside.iter().map(|text| Text::Decoded(text));
            for content in conversation.texts(at).chain(beside) {
                self.shingler.turn(content, &mut print.runs.set);
                match content {
                    Text::Plain(plain) => push_normal(&decode(plain), &mut self.text),
                    Text::Decoded(content) => push_normal(content, &mut self.text),
                }
            }
        }
        self.finish(&mut print.runs);
        print.key = Some(key(&self.text));
        print
    }

    fn finish(&mut self, runs: &mut Runs) {
        to_set(&mut runs.set);
        if let Some((scheme, threshold, Some(sketcher))) = &mut self.near {
            scheme.sign(*threshold, sketcher, &runs.set, &mut runs.bands);
        }
    }
}

/// What calls hold, in the words by which a record with them is compared ([`Conversation::beside`]).
fn beside(calls: &[Call]) -> String {
    calls.iter().map(|call| format!("{} {} ", call.name, call.arguments)).collect()
}

/// The key of these texts: equal ones have the same where white space and case do not count.
pub fn key_of<'t>(texts: impl IntoIterator<Item = &'t str>) -> Key {
    let mut text = String::new();
    texts.into_iter().for_each(|content| push_normal(content, &mut text));
    key(&text)
}

/// Appends what is compared of a text: its words in small letters with one space between.
fn push_normal(content: &str, text: &mut String) {
    for word in content.split_whitespace() {
        match word.is_ascii() {
            true => {
                let start = text.len();
                text.push_str(word);
                text[start..].make_ascii_lowercase();
            }
            false => text.extend(word.chars().flat_map(char::to_lowercase)),
        }
        text.push(' ');
    }
    // Where one message ends and the next begins counts.
    text.push('\n');
}

/// The key of what [`push_normal`] made.
fn key(text: &str) -> Key {
    Key(xxh3_128(text.as_bytes()))
}
