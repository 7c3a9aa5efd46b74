//! What an exchange is, as far as its words show it: whether it asks for something, what kind of answer it got. A wish
//! or a further question that is right may still be one that nobody would have behind such an exchange.

use std::sync::LazyLock;

use crate::quality::{Detector, Sign, Signs, Speaker};
use crate::record::text::words;

/// Beginnings of messages that ask for nothing: farewells, thanks, greetings, consent.
const CLOSINGS: [&str; 22] = [
    "thank",
    "thanks",
    "thx",
    "bye",
    "goodbye",
    "good night",
    "have a",
    "see you",
    "take care",
    "ok",
    "okay",
    "great",
    "perfect",
    "cool",
    "nice",
    "hello",
    "hi",
    "hey",
    "good morning",
    "yes",
    "no",
    "sounds good",
];

/// Beginnings of answers to farewells and thanks, after which nobody goes on.
const FAREWELLS: [&str; 10] = [
    "you're welcome",
    "you are welcome",
    "you're very welcome",
    "you too",
    "the same to you",
    "goodbye",
    "bye",
    "have a",
    "take care",
    "glad i could",
];

/// Words of questions about the one who answers.
const ABOUT_YOU: [&str; 15] = [
    "are you",
    "about you",
    "were you",
    "your name",
    "yourself",
    "made you",
    "makes you",
    "created you",
    "developed you",
    "trained you",
    "taught you",
    "built you",
    "call you",
    "you called",
    "do you call",
];

/// Verbs that begin a request for a text.
const WRITING: [&str; 5] = ["write", "describe", "compose", "draft", "summarize"];

/// Texts of forms that have no lists; a list in one is none of them.
const WITHOUT_LISTS: [&str; 20] = [
    "story", "stories", "poem", "song", "lyric", "rap", "metaphor", "simile", "haiku", "letter",
    "email", "speech", "dialog", "joke", "slogan", "blog", "post", "essay", "article", "script",
];

/// How messages begin that tell something, and words by which they ask for something nevertheless.
const TELLING: [&str; 8] = ["i", "i'm", "i've", "my", "we", "it", "that", "this"];
const ASKING: [&str; 9] =
    ["need", "want", "would", "look", "help", "please", "how", "what", "which"];

/// Bytes of an answer that are looked at for a refusal, which stands in the first sentences.
const LOOKED_AT: usize = 600;

static DETECTOR: LazyLock<Detector> = LazyLock::new(Detector::without_secrets);

/// Whether a text begins with one of these, and the word ends there.
fn begins(text: &str, with: &[&str]) -> bool {
    let is_end = |rest: &str| !rest.starts_with(char::is_alphanumeric);
    with.iter().any(|start| text.strip_prefix(start).is_some_and(is_end))
}

/// Whether a message asks for something, so that a wish for the form of the answer can stand behind it.
pub(super) fn asks(question: &str) -> bool {
    const LEAST_WORDS: usize = 3;
    let small = question.trim().to_lowercase();
    let is_thanks =
        |sentence: &str| ["thank you", "thanks"].iter().any(|thanks| sentence.contains(thanks));
    let mut sentences = small.split(['.', '!', '\n']).filter(|sentence| words(sentence) > 0);
    small.contains('?')
        || words(&small) >= LEAST_WORDS
            && !begins(&small, &CLOSINGS)
            && (!begins(&small, &TELLING) || names(&small, &ASKING))
            && !sentences.all(is_thanks)
}

/// Whether an answer ends its conversation.
pub(super) fn is_farewell(answer: &str) -> bool {
    begins(&answer.trim().to_lowercase().replace('\u{2019}', "'"), &FAREWELLS)
}

/// Whether an answer does not do what it was asked for, or talks of the model instead.
pub(super) fn is_refusal(answer: &str) -> bool {
    let mut found = Signs::default();
    let start = &answer[..answer.floor_char_boundary(LOOKED_AT)];
    if start.contains("AI language model") {
        return true;
    }
    DETECTOR.text(Speaker::Assistant, start, &mut found);
    found.contains(Sign::Refusal) || found.contains(Sign::AsAnAi)
}

/// Whether a question is about the one who answers.
pub(super) fn is_about_you(question: &str) -> bool {
    let small = question.to_lowercase();
    ABOUT_YOU.iter().any(|words| small.contains(words))
}

/// Whether a request wants a text to be written.
pub(super) fn is_writing(question: &str) -> bool {
    let small = question.trim().to_lowercase();
    let frames = ["please ", "could you ", "can you ", "please "];
    let bare =
        frames.iter().fold(small.as_str(), |text, frame| text.strip_prefix(frame).unwrap_or(text));
    begins(bare, &WRITING)
}

/// Whether a question wants a text of a form that has no lists.
pub(super) fn wants_no_list(question: &str) -> bool {
    names(question, &WITHOUT_LISTS)
}

/// Whether a text names one of these words, or one that begins so.
pub(super) fn names(text: &str, of: &[&str]) -> bool {
    let small = text.to_lowercase();
    let mut all = small.split(|c: char| !c.is_alphanumeric());
    all.any(|word| of.iter().any(|start| word.starts_with(start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_farewell_asks_for_nothing() {
        for (text, wanted) in [
            ("How do I cancel it?", true),
            ("Write a poem about rain", true),
            ("Okay, and how long does it take?", true),
            ("That helped, thank you. Now show me the second one.", true),
            ("Have a nice day!", false),
            ("Thank you so much for all your help.", false),
            ("That's very kind, thank you for your help!", false),
            ("Bye", false),
            ("I lost my book today.", false),
            ("I need a new book", true),
            ("Highlight the main points", true),
        ] {
            assert_eq!(asks(text), wanted, "{text}");
        }
        for (text, wanted) in [
            ("You're welcome! Anything else?", true),
            ("You\u{2019}re welcome.", true),
            ("Goodbye!", true),
            ("You too!", true),
            ("Byelaws are rules of a town.", false),
        ] {
            assert_eq!(is_farewell(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_refused_or_about_the_model_is_known() {
        assert!(is_refusal("I'm sorry, but I don't have the capability to order a pizza."));
        assert!(is_refusal("As an AI, I have no access to prices."));
        assert!(is_refusal("I am sorry, but I am an AI language model."));
        assert!(!is_refusal("The capability is there."));
        assert!(is_about_you("Who created you?") && is_about_you("Please tell me your name."));
        assert!(!is_about_you("Can you order a pizza for me?"));
    }

    #[test]
    fn requests_are_known_by_their_verbs() {
        assert!(is_writing("Please describe the sea.") && is_writing("Could you please write it?"));
        assert!(!is_writing("Writers of Rome?") && !is_writing("Who wrote it?"));
        assert!(
            names("A short, clear text", &["brief", "short"]) && !names("In kshort", &["short"])
        );
    }
}
