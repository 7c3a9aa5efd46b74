//! Whether a message asks for something, as far as its words show it.
//!
//! What is no question by its mark is one only where something speaks for it: a verb that tells what to do, a wish, a
//! thing that is named. One request less is better than a wish behind what nobody asked for.

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

/// Beginnings of sentences with which people part.
const PARTINGS: [&str; 11] = [
    "bye",
    "goodbye",
    "good bye",
    "good night",
    "see you",
    "take care",
    "have a good",
    "have a great",
    "have a nice",
    "have a lovely",
    "have a wonderful",
];

/// Words before the first one of a sentence that says something.
const FILLERS: [&str; 13] = [
    "well",
    "ok",
    "okay",
    "alright",
    "all right",
    "and",
    "so",
    "now",
    "then",
    "but",
    "also",
    "oh",
    "please",
];

/// How sentences begin that tell something: with what is told of, and with nothing that asks.
const TELLING: [&str; 28] = [
    "i",
    "i'm",
    "i've",
    "i'd",
    "i'll",
    "my",
    "we",
    "we're",
    "we've",
    "our",
    "it",
    "it's",
    "that",
    "that's",
    "this",
    "these",
    "those",
    "others",
    "they",
    "they're",
    "he",
    "she",
    "you",
    "there",
    "there's",
    "here",
    "nothing",
    "everything",
];

/// Words by which a sentence that tells something asks for something nevertheless.
const WISHES: [&str; 12] = [
    "please",
    "pls",
    "help me",
    "tell me",
    "show me",
    "need",
    "want",
    "would like",
    "i'd like",
    "would love",
    "looking for",
    "wondering",
];

/// The same, where the one who writes tells of himself: `I wonder how`.
const WONDERED: [&str; 5] = ["how", "what", "which", "where", "why"];

/// How sentences begin that are questions, without their mark too.
const QUESTIONS: [&str; 24] = [
    "how", "what", "who", "why", "where", "which", "whose", "whom", "can", "could", "would",
    "will", "should", "is", "are", "was", "were", "does", "did", "do", "has", "may", "when", "any",
];

/// Verbs that begin a request.
const VERBS: [&str; 96] = [
    "add",
    "advise",
    "analyze",
    "analyse",
    "answer",
    "arrange",
    "ask",
    "assign",
    "book",
    "brainstorm",
    "build",
    "calculate",
    "cancel",
    "categorize",
    "change",
    "check",
    "choose",
    "classify",
    "come up",
    "compare",
    "complete",
    "compose",
    "compute",
    "construct",
    "contrast",
    "convert",
    "correct",
    "create",
    "decide",
    "define",
    "describe",
    "design",
    "determine",
    "develop",
    "devise",
    "discuss",
    "draft",
    "draw",
    "edit",
    "estimate",
    "evaluate",
    "examine",
    "expand",
    "explain",
    "extract",
    "fill",
    "find",
    "finish",
    "fix",
    "follow",
    "format",
    "generate",
    "get",
    "give",
    "go through",
    "guess",
    "help",
    "highlight",
    "identify",
    "imagine",
    "implement",
    "improve",
    "include",
    "invent",
    "let",
    "list",
    "make",
    "match",
    "name",
    "order",
    "organize",
    "outline",
    "pick",
    "plan",
    "predict",
    "prepare",
    "propose",
    "provide",
    "rank",
    "read",
    "recommend",
    "remove",
    "replace",
    "report",
    "send",
    "share",
    "show",
    "simplify",
    "solve",
    "sort",
    "specify",
    "state",
    "suggest",
    "summarize",
    "tell",
    "write",
];

/// Verbs of statements, of which a request without a verb of its own (`best hotels in Rome`) has none.
const STATING: [&str; 22] = [
    "is", "are", "was", "were", "am", "be", "do", "does", "did", "have", "has", "had", "will",
    "would", "can", "could", "should", "may", "might", "must", "went", "got",
];

/// Whether a text begins with one of these, and the word ends there.
pub(super) fn begins(text: &str, with: &[&str]) -> bool {
    let is_end = |rest: &str| !rest.starts_with(char::is_alphanumeric);
    with.iter().any(|start| text.strip_prefix(start).is_some_and(is_end))
}

/// A text in small letters and plain apostrophes.
pub(super) fn plain(text: &str) -> String {
    text.trim().to_lowercase().replace('\u{2019}', "'")
}

/// The sentences of a text that have words.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = &str> {
    let all = text.split_inclusive(['.', '!', '?', '\n']).map(str::trim);
    all.filter(|sentence| sentence.contains(char::is_alphanumeric))
}

/// A sentence without the words before what it says.
pub(super) fn without_fillers(mut sentence: &str) -> &str {
    let is_filler = |text: &str| FILLERS.iter().find(|word| begins(text, &[word])).copied();
    while let Some(word) = is_filler(sentence) {
        sentence = sentence[word.len()..].trim_start_matches(|c: char| !c.is_alphanumeric());
    }
    sentence
}

/// Whether a text has one of these words or groups of words.
fn has_words(text: &str, of: &[&str]) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '\'';
    of.iter().any(|words| {
        text.match_indices(words).any(|(at, found)| {
            !text[..at].ends_with(is_part) && !text[at + found.len()..].starts_with(is_part)
        })
    })
}

/// Whether people part with one of the sentences of a text.
pub(super) fn parts(text: &str) -> bool {
    sentences(text).any(|sentence| begins(without_fillers(sentence), &PARTINGS))
}

/// Whether a message asks for something, so that a wish for the form of the answer can stand behind it.
pub(super) fn asks(question: &str) -> bool {
    /// Longer messages may speak of a farewell in one of their sentences.
    const MOST_PARTING: usize = 30;
    const LEAST_WORDS: usize = 3;
    let small = plain(question);
    let count = words(&small);
    let is_over = match small.contains('?') || count > MOST_PARTING {
        true => sentences(&small).last().is_some_and(parts),
        false => parts(&small),
    };
    if is_over {
        return false;
    }
    let is_thanks =
        |sentence: &str| ["thank you", "thanks"].iter().any(|thanks| sentence.contains(thanks));
    small.contains('?')
        || count >= LEAST_WORDS
            && !begins(&small, &CLOSINGS)
            && sentences(&small).any(|sentence| !is_thanks(sentence) && is_request(sentence))
}

/// Whether a sentence without a question mark, in small letters, asks for something: by a verb that tells what to do,
/// as a question, by a wish, or as a mere thing without a mark at its end.
fn is_request(sentence: &str) -> bool {
    let bare = without_fillers(sentence);
    if begins(bare, &VERBS) || has_words(sentence, &["please", "pls"]) {
        return true;
    }
    if begins(bare, &TELLING) {
        let is_own = begins(bare, &["i", "i'm", "i've", "i'd", "my", "we"]);
        let is_known = begins(bare, &["i know", "i see", "we know"]);
        return is_own && has_words(bare, &WISHES)
            || is_own && !is_known && has_words(bare, &WONDERED);
    }
    let is_marked = bare.ends_with(['.', '!']);
    if begins(bare, &QUESTIONS) && !begins(bare, &["what a", "what an"]) {
        return !(is_marked && begins(bare, &["when", "do", "any"]));
    }
    has_words(bare, &WISHES) || !is_marked && !has_words(bare, &STATING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_farewell_and_a_statement_ask_for_nothing() {
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
            ("The printer is broken, please help.", true),
            ("I wonder how it works.", true),
            ("best hotels in Rome", true),
            ("what is the capital of France", true),
            ("Have a look: how does it work? See it?", true),
            ("Well, that was all right. Bye.", false),
            ("How does it work? Well, good night!", false),
            ("Others do it, too.", false),
            ("Alright, that is all I wanted.", false),
            ("The parcel came on Monday.", false),
            ("What a nice day!", false),
        ] {
            assert_eq!(asks(text), wanted, "{text}");
        }
    }
}
