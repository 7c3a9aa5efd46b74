//! How the person begins a conversation that is made turn by turn.
//!
//! The first question is all that a model is asked for, and the examples of a cell ask for it in the same words: a
//! model at a low temperature would give the same one again and again, and all but the first were refused. So each
//! example draws what moves its person, and each attempt draws anew.

use crate::generate::draw::Draw;

/// What is the matter with the person.
const MOVED: [&str; 14] = [
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
];

/// How the message goes about it.
const SAYS: [&str; 12] = [
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

/// What stands in it beside the matter itself: nothing, or a detail.
const DETAIL: [&str; 10] = [
    "no detail that is not needed",
    "a place",
    "a time of day or of the year",
    "a thing that the person uses",
    "somebody whom the person knows",
    "what the person does for a living",
    "an earlier answer that did not help",
    "how often it has happened",
    "what the person would like best",
    "how much the person knows of it",
];

/// One of ten thousand ways to begin.
pub(super) fn opening(draw: &mut Draw) -> String {
    let mut one = |of: &[&'static str]| draw.choose(of).copied().unwrap_or_default();
    let (moved, says) = (one(&MOVED), one(&SAYS));
    format!(
        "the person {moved}; the message {says}, {}, and mentions {}.",
        one(&LONG),
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
        let slots: HashSet<String> = (0..200).map(|slot| one(slot, 0)).collect();
        assert!(slots.len() > 190, "{}", slots.len());
        let attempts: HashSet<String> = (0..20).map(|attempt| one(3, attempt)).collect();
        assert!(attempts.len() > 18, "{}", attempts.len());
        assert_eq!(one(3, 1), one(3, 1));
    }
}
