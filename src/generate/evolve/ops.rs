//! The one table of operations.

use clap::ValueEnum;

use crate::generate::draw::{Draw, Purpose};
use crate::generate::typos::{Kept, slipped, typos};

use super::seed::{Change, Seed};
use super::{constrain, deepen, english, formal, rephrase};

/// A way of making a variant. What the help says of them is this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Op {
    /// The last question asks for something that its answer has: a length, a list, code, a word
    Constrain,
    /// One more turn, about what was said; its answer follows from the conversation
    Deepen,
    /// The first question in other words, or in a frame of courtesy
    Rephrase,
    /// Slips of the keyboard in the questions
    Typos,
    /// The questions without contractions and slang
    Formal,
    /// The questions without greetings and courtesy
    Terse,
}

/// All of them, in the order in which they are counted.
pub(super) const OPS: [Op; 6] =
    [Op::Constrain, Op::Deepen, Op::Rephrase, Op::Typos, Op::Formal, Op::Terse];

impl Op {
    /// Its place among [`OPS`].
    pub(super) fn place(self) -> usize {
        self as usize
    }

    /// Does it change the words of a question, or add some that have to be heeded?
    fn changes_words(self) -> bool {
        self != Op::Deepen
    }

    /// Does it go by the whole question, and not only by what is asked in it?
    fn needs_whole(self) -> bool {
        matches!(self, Op::Constrain | Op::Rephrase)
    }

    /// Its name in options and in `metadata.op`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Op::Constrain => "constrain",
            Op::Deepen => "deepen",
            Op::Rephrase => "rephrase",
            Op::Typos => "typos",
            Op::Formal => "formal",
            Op::Terse => "terse",
        }
    }

    /// Whether it knows the words of English alone.
    pub(super) fn needs_english(self) -> bool {
        self != Op::Typos
    }

    /// What it makes of a record under a stream of chance for this record, operation and attempt; none if there is
    /// nothing to do.
    pub(super) fn apply(
        self,
        seed: &Seed<'_>,
        attempt: (u64, u64, u32),
        typo_rate: f64,
    ) -> Option<Change> {
        let (run, record, attempt) = attempt;
        let purpose = if self == Op::Typos { Purpose::Typos } else { Purpose::Change };
        // Operations do not share their draws.
        let place = OPS.iter().position(|op| *op == self).unwrap_or_default() as u32;
        let mut draw = Draw::new(run, record, attempt * OPS.len() as u32 + place, purpose);
        if self.changes_words() && seed.questions().any(|(_, text)| is_of_words(text)) {
            return None;
        }
        if self.needs_whole() && seed.questions().any(|(_, text)| brings_text(text)) {
            return None;
        }
        match self {
            // What the assistant is told to be brief about it does not talk about itself.
            Op::Deepen if seed.is_bound() => None,
            Op::Constrain => constrain::constrain(seed, &mut draw),
            Op::Deepen => deepen::deepen(seed, &mut draw),
            Op::Rephrase => {
                let (at, text) = seed.questions().next().filter(|(at, _)| !seed.is_quoted(*at))?;
                let said = rephrase::rephrase(text, &mut draw)?;
                Some(Change::Texts(vec![(at, said)]))
            }
            // A word that is misspelt here may stand in the arguments of a call.
            Op::Typos if seed.has_tools => None,
            Op::Typos => mistyped(seed, typo_rate, &mut draw),
            Op::Formal => questions(seed, formal::formal),
            Op::Terse => questions(seed, english::terse).and_then(|change| heeded(change, seed)),
        }
    }
}

/// Words of questions that are about their own words: these must stay as they are.
const OF_WORDS: [&str; 34] = [
    "word",
    "letter",
    "sentence",
    "exactly",
    "rewrite",
    "contraction",
    "translate",
    "count",
    "spell",
    "misspel",
    "repeat",
    "proofread",
    "correct",
    "character",
    "typo",
    "mistake",
    "grammar",
    "edit ",
    "paraphrase",
    "rephrase",
    "reword",
    "classify",
    "synonym",
    "antonym",
    "rhyme",
    "anagram",
    "syllable",
    "vowel",
    "meaning",
    "phrase",
    "noun",
    "verb",
    "punctuat",
    "pun ",
];

/// The change but for questions whose courtesy is answered: without its thanks nobody is welcome.
fn heeded(change: Change, seed: &Seed<'_>) -> Option<Change> {
    const ANSWERS: [&str; 5] = ["welcome", "pleasure", "no problem", "don't mention", "glad"];
    let Change::Texts(mut texts) = change else { return Some(change) };
    texts.retain(|(at, _)| {
        let first =
            seed.answer(*at).and_then(|answer| answer.trim().split(['.', '!', '\n']).next());
        let first = first.unwrap_or_default().to_lowercase();
        !ANSWERS.iter().any(|thanks| first.contains(thanks))
    });
    (!texts.is_empty()).then_some(Change::Texts(texts))
}

/// Is a question about the words that it is put in?
fn is_of_words(text: &str) -> bool {
    let small = text.to_lowercase();
    // A password is no word.
    let begins = |at: usize| !small[..at].ends_with(char::is_alphanumeric);
    let is_there = |word: &str| small.match_indices(word).any(|(at, _)| begins(at));
    OF_WORDS.iter().any(|word| is_there(word))
}

/// Does a question bring a text along?
fn brings_text(text: &str) -> bool {
    text.contains([':', '"', '“', '`'])
}

/// The questions with slips at this rate, and with one at least if a word can have one.
fn mistyped(seed: &Seed<'_>, rate: f64, draw: &mut Draw) -> Option<Change> {
    let mut kept = Kept::default();
    seed.answers().for_each(|answer| kept.keep(answer));
    let typed = questions(seed, |text| {
        english::in_instruction(text, |part| typos(part, &kept, rate, draw))
    });
    typed.or_else(|| {
        let mut left = 1;
        questions(seed, |text| {
            english::in_instruction(text, |part| {
                let typed =
                    if left > 0 { slipped(part, &kept, 0.0, draw) } else { part.to_owned() };
                left -= usize::from(typed != part);
                typed
            })
        })
    })
}

/// The questions that say something else when they are changed; none if none does. One that is told again later
/// stays as it is.
fn questions(seed: &Seed<'_>, mut change: impl FnMut(&str) -> String) -> Option<Change> {
    let free = seed.questions().filter(|(at, _)| !seed.is_quoted(*at));
    let changed = free.map(|(at, text)| (at, text, change(text)));
    let changed: Vec<(usize, String)> =
        changed.filter(|(_, old, new)| old != new).map(|(at, _, new)| (at, new)).collect();
    (!changed.is_empty()).then_some(Change::Texts(changed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_the_answer_needs_stay() {
        let change = |op: Op, asked: &str, answer: &str| {
            let record = serde_json::json!({"messages": [
                {"role": "user", "content": asked},
                {"role": "assistant", "content": answer},
            ]});
            (0..40).find_map(|n| op.apply(&Seed::of(&record), (0, n, 0), 1.0))
        };
        for (op, asked, answer) in [
            (Op::Terse, "Thank you!", "You're welcome!"),
            (Op::Terse, "That did it, thanks", "Glad I could help."),
            (Op::Typos, "Find the misspelling in the hospical of our town", "hospical -> hospital"),
            (Op::Typos, "Count the number of characters in this line", "35"),
            (Op::Typos, "Italy", "A country in the south of Europe."),
            (Op::Formal, "Which of these is a pun you can't miss", "The second."),
            (Op::Constrain, "Have a nice day!", "The same to you."),
        ] {
            assert_eq!(change(op, asked, answer), None, "{asked}");
        }
        let Some(Change::Texts(texts)) =
            change(Op::Typos, "Summarize the following\nEverything changes", "Nothing stays.")
        else {
            panic!("the request may be mistyped");
        };
        assert!(texts[0].1.ends_with("\nEverything changes"), "{texts:?}");
    }

    #[test]
    fn a_question_that_has_a_word_to_mistype_gets_a_slip() {
        let record = |asked: &str, answer: &str| {
            serde_json::json!({"messages": [
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": "Hello"},
                {"role": "user", "content": asked},
                {"role": "assistant", "content": answer},
            ]})
        };
        let long = "The parcel is on its way to you, and it comes tomorrow.";
        for number in 0..40 {
            let typed = |asked: &str, answer: &str| {
                Op::Typos.apply(&Seed::of(&record(asked, answer)), (0, number, 0), 0.0)
            };
            let Some(Change::Texts(texts)) = typed("Where is the parcel: \"parcel one\"?", long)
            else {
                panic!("an answer of its own words does not keep them");
            };
            assert!(texts.len() == 1 && texts[0].0 == 2, "{texts:?}");
            assert!(texts[0].1.ends_with(": \"parcel one\"?"), "{texts:?}");
            assert_eq!(typed("Is it a parcel", "parcel"), None);
        }
    }

    #[test]
    fn a_question_that_is_told_again_stays_as_it_is() {
        let record = |last: &str| {
            serde_json::json!({"messages": [
                {"role": "user", "content": "How do I cancel my plan?"},
                {"role": "assistant", "content": "Open the settings and press the button there."},
                {"role": "user", "content": "What did I ask you?"},
                {"role": "assistant", "content": last},
            ]})
        };
        let rephrased = |record: &serde_json::Value| {
            Op::Rephrase.apply(&Seed::of(record), (0, 0, 0), 0.1).is_some()
        };
        assert!(!rephrased(&record("You asked: \"How do I cancel my plan?\"")));
        assert!(rephrased(&record("Something about a plan.")));
    }
}
