//! What an exchange is, as far as its words show it: whether it asks for something, what kind of answer it got. A wish
//! or a further question that is right may still be one that nobody would have behind such an exchange.

use std::sync::LazyLock;

use crate::quality::{Detector, Sign, Signs, Speaker};

use super::asks::{asks, begins, parts, plain, sentences, without_fillers};

/// Beginnings of answers to farewells and thanks, after which nobody goes on.
const FAREWELLS: [&str; 8] = [
    "you're welcome",
    "you are welcome",
    "you're very welcome",
    "you too",
    "the same to you",
    "have a",
    "glad i could",
    "glad to help",
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

/// How answers begin that decline, beside what the signs of refusals know.
const DECLINING: [&str; 8] = [
    "my answer stays no",
    "my answer is no",
    "my answer is still no",
    "my answer remains no",
    "no, i will not",
    "no, i won't",
    "i will not",
    "i won't",
];

/// Questions to the one who answers begin so; those that mean his house are answered with `we`.
const TO_YOU: [&str; 6] = ["do you", "did you", "have you", "are you", "were you", "would you"];

/// Bytes of an answer that are looked at for a refusal, which stands in the first sentences.
const LOOKED_AT: usize = 600;

static DETECTOR: LazyLock<Detector> = LazyLock::new(Detector::without_secrets);

/// Whether an exchange is one that nobody adds anything to: it asked for nothing, it ends the conversation, or it is
/// about the one who answers.
pub(super) fn is_closed(question: &str, answer: &str) -> bool {
    !asks(question)
        || is_farewell(answer)
        || is_about_you(question)
        || is_of_itself(question, answer)
}

/// Whether an answer ends its conversation.
fn is_farewell(answer: &str) -> bool {
    let small = plain(answer);
    begins(&small, &FAREWELLS) || parts(&small)
}

/// Whether an answer talks of the one who gives it, as he was asked to.
fn is_of_itself(question: &str, answer: &str) -> bool {
    let (question, answer) = (plain(question), plain(answer));
    let said = ["yes", "no", "well", "oh"].iter().fold(answer.as_str(), |text, word| {
        let rest = begins(text, &[word]).then(|| &text[word.len()..]);
        rest.map_or(text, |rest| rest.trim_start_matches(|c: char| !c.is_alphanumeric()))
    });
    let asked = sentences(&question).filter(|sentence| sentence.ends_with('?')).last();
    asked.is_some_and(|asked| begins(without_fillers(asked), &TO_YOU)) && begins(said, &["i"])
}

/// Whether an answer does not do what it was asked for, or talks of the model instead.
pub(super) fn is_refusal(answer: &str) -> bool {
    let mut found = Signs::default();
    let start = &answer[..answer.floor_char_boundary(LOOKED_AT)];
    if start.contains("AI language model") || begins(&plain(start), &DECLINING) {
        return true;
    }
    DETECTOR.text(Speaker::Assistant, start, &mut found);
    found.contains(Sign::Refusal) || found.contains(Sign::AsAnAi)
}

/// Whether a question is about the one who answers.
fn is_about_you(question: &str) -> bool {
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
    fn a_farewell_is_known_by_its_words() {
        for (text, wanted) in [
            ("You're welcome! Anything else?", true),
            ("You\u{2019}re welcome.", true),
            ("Goodbye!", true),
            ("You too!", true),
            ("Glad to help. Have a good Sunday!", true),
            ("It is done now. Have a good day.", true),
            ("They have a good view.", false),
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
        assert!(is_refusal("My answer stays no, since it is not safe."));
        assert!(!is_refusal("My answer stays the same: it is 5."));
        assert!(is_of_itself("Did you sleep well?", "I do not sleep, but thanks."));
        assert!(is_of_itself("Hello! Do you eat?", "No, I never do."));
        assert!(!is_of_itself("Do you ship to Norway?", "Yes, we do."));
        assert!(!is_of_itself("Do you know why? Tell me.", "It is the salt."));
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
