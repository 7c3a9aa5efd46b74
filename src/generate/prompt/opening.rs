//! How the person begins a conversation.
//!
//! The examples of a cell are asked for in the same words: a model at a low temperature would give the same one
//! again and again, and all but the first were refused. So each example draws what moves its person, and each
//! attempt draws anew. What is drawn says how the first message is put and never what it is about: that is the
//! plan's, and where the two do not agree the plan counts.

use crate::generate::draw::Draw;

/// What is the matter with the person.
const MOVED: [&str; 20] = [
    "is in a hurry",
    "has tried something already and tells what came of it",
    "asks for somebody else",
    "is not sure of the right words for it",
    "has read something that does not fit together",
    "wants to be sure before doing it",
    "has a deadline and names it",
    "comes back to it after a long time",
    "has a small budget or little time for it",
    "is curious and has no problem at all",
    "has two things in mind and asks about one of them",
    "is a little annoyed",
    "has just found out about it",
    "has to explain it to others afterwards",
    "does it for the first time",
    "was told something else by somebody",
    "has done it often, but not like this",
    "has put it off for weeks",
    "wants a second opinion",
    "is in good spirits",
];

/// How the message goes about it.
const SAYS: [&str; 16] = [
    "comes straight to the point",
    "tells first what happened, then asks",
    "asks first and gives the reason afterwards",
    "gives an example",
    "says what it is for",
    "says what must not happen",
    "names a number or a date that matters",
    "asks for the next step only",
    "compares two possibilities",
    "says what is known and what is not",
    "asks whether a guess of its own is right",
    "describes one concrete case",
    "begins with a verb",
    "begins with what is wanted in the end",
    "begins with a short greeting",
    "ends with the question",
];

/// How long it is.
const LONG: [&str; 6] = [
    "in one short sentence",
    "in one sentence",
    "in two sentences",
    "in three sentences",
    "in a few words, as in a chat",
    "in a short paragraph",
];

/// The words that it is put in.
const WORDS: [&str; 8] = [
    "in plain words",
    "in careful words",
    "in the words of somebody who knows the field",
    "in the words of somebody who is new to it",
    "as one types in passing",
    "as one writes a letter",
    "as one speaks to a colleague",
    "in words that are easy to picture",
];

/// What stands in it beside the matter itself: nothing, or a detail.
const DETAIL: [&str; 24] = [
    "no detail that is not needed",
    "a place",
    "a time of day",
    "a time of the year",
    "a thing that the person uses",
    "somebody whom the person knows",
    "what the person does for a living",
    "an earlier answer that did not help",
    "how often it has happened",
    "what the person would like best",
    "how much the person knows of it",
    "a size or a quantity",
    "something that was different before",
    "what the person has at hand",
    "what has been ruled out already",
    "who else is concerned",
    "how the person came upon it",
    "what it would be good for",
    "something that is missing",
    "a rule that has to be kept",
    "what others do about it",
    "something that surprised the person",
    "what comes after it",
    "why it matters today",
];

/// One of some three hundred thousand ways to begin: of a thousand examples of one cell, two or three share theirs
/// with another.
pub(super) fn opening(draw: &mut Draw) -> String {
    let mut one = |of: &[&'static str]| draw.choose(of).copied().unwrap_or_default();
    let (moved, says) = (one(&MOVED), one(&SAYS));
    let (long, words) = (one(&LONG), one(&WORDS));
    format!(
        "the person {moved}; the message {says}, {long} and {words}, and mentions {}.",
        one(&DETAIL)
    )
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::generate::draw::Purpose;

    #[test]
    fn examples_begin_in_ways_of_their_own_and_so_do_attempts() {
        let one = |slot, attempt| opening(&mut Draw::new(7, slot, attempt, Purpose::Opening));
        let slots: HashSet<String> = (0..1000).map(|slot| one(slot, 0)).collect();
        assert!(slots.len() > 990, "{}", slots.len());
        let attempts: HashSet<String> = (0..20).map(|attempt| one(3, attempt)).collect();
        assert!(attempts.len() > 18, "{}", attempts.len());
        assert_eq!(one(3, 1), one(3, 1));
    }
}
