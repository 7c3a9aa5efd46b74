//! Conversations made by dice, and what is true of them by comparing everything with everything.

use chatml::similar::words::{Shingler, Text, to_set};

/// A record of these turns: role and content.
pub(crate) fn chat(turns: &[(&str, &str)]) -> String {
    let turns = turns.iter().map(|(role, content)| {
        format!(r#"{{"role":"{role}","content":{}}}"#, serde_json::to_string(content).unwrap())
    });
    format!(r#"{{"messages":[{}]}}"#, turns.collect::<Vec<_>>().join(","))
}

/// A question and an answer, behind an id.
pub(crate) fn asked(id: usize, question: &str, answer: &str) -> String {
    let chat = chat(&[("user", question), ("assistant", answer)]);
    chat.replacen('{', &format!(r#"{{"id":{id},"#), 1)
}

/// Numbers that look like chance and are the same in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// A number below another one.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % limit
    }

    /// One word of a language of some thousand.
    pub(crate) fn word(&mut self, language: Language) -> String {
        match language {
            Language::Spaced => format!("w{}", self.below(4000)),
            Language::Chinese => {
                char::from_u32(0x4e00 + self.below(4000) as u32).unwrap().to_string()
            }
        }
    }

    /// So many words.
    pub(crate) fn words(&mut self, language: Language, count: usize) -> Vec<String> {
        (0..count).map(|_| self.word(language)).collect()
    }
}

/// How words are told from each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Language {
    /// By spaces.
    Spaced,
    /// Each character is one.
    Chinese,
}

impl Language {
    /// A text of these words.
    pub(crate) fn join(self, words: &[String]) -> String {
        words.join(if self == Language::Spaced { " " } else { "" })
    }
}

/// Questions with answers of many lengths, each in some versions with more and more words replaced, dropped
/// and added, in no order.
pub(crate) fn families(dice: &mut Dice, language: Language, count: usize) -> Vec<String> {
    let mut chats = Vec::new();
    for _ in 0..count {
        let length = 8 + dice.below(150);
        let question = dice.words(language, 3 + length / 8);
        let mut answer = dice.words(language, length);
        for _ in 0..1 + dice.below(5) {
            let text = language.join(&answer);
            chats.push(chat(&[("user", &language.join(&question)), ("assistant", &text)]));
            for _ in 0..dice.below(1 + answer.len() / 25 + 1) {
                let at = dice.below(answer.len());
                match dice.below(3) {
                    0 => answer[at] = dice.word(language),
                    1 if answer.len() > 8 => drop(answer.remove(at)),
                    _ => answer.insert(at, dice.word(language)),
                }
            }
        }
    }
    for at in (1..chats.len()).rev() {
        chats.swap(at, dice.below(at + 1));
    }
    chats
}

/// The set of runs of words of all turns.
pub(crate) fn runs<'t>(turns: impl IntoIterator<Item = &'t str>) -> Vec<u64> {
    let (mut shingler, mut set) = (Shingler::new(0), Vec::new());
    turns.into_iter().for_each(|turn| shingler.turn(Text::Decoded(turn), &mut set));
    to_set(&mut set);
    set
}

/// The runs of words of the user and assistant turns of a record.
pub(crate) fn runs_of(line: &str) -> Vec<u64> {
    let record: serde_json::Value = serde_json::from_str(line).unwrap();
    let turns = record["messages"].as_array().unwrap().iter();
    let turns = turns.filter(|turn| turn["role"] == "user" || turn["role"] == "assistant");
    runs(turns.map(|turn| turn["content"].as_str().unwrap()))
}

/// Elements that two sets share.
pub(crate) fn shared(one: &[u64], other: &[u64]) -> usize {
    one.iter().filter(|element| other.binary_search(element).is_ok()).count()
}

/// Have two sets this share, in percent, of all their elements in common? Nothing is like nothing.
pub(crate) fn are_alike(one: &[u64], other: &[u64], percent: usize) -> bool {
    let shared = shared(one, other);
    let all = one.len() + other.len() - shared;
    all > 0 && 100 * shared >= percent * all
}

/// Which records stay: each, in this order, unless one that stays already is like it.
///
/// Told for each record in the order of the input, with the one that it goes for.
pub(crate) fn greedy(
    order: impl IntoIterator<Item = usize>,
    is_like: impl Fn(usize, usize) -> bool,
) -> Vec<(usize, Option<usize>)> {
    let mut stay = Vec::new();
    let mut told = Vec::new();
    for at in order {
        let found = stay.iter().copied().find(|other| is_like(at, *other));
        if found.is_none() {
            stay.push(at);
        }
        told.push((at, found));
    }
    told.sort_unstable();
    told
}
