//! The same question asked in another way, from tables of what English has more than one wording for.

use crate::generate::draw::Draw;
use crate::generate::prose;

use super::english::{GREETINGS, after, capital, request_end};

/// How to ask for a way, each followed by what is to be done and a question mark.
const WAYS: [&str; 5] =
    ["How do I ", "How can I ", "How should I ", "What do I have to do to ", "What is a way to "];

/// The same as a request.
const WAYS_TOLD: [&str; 3] =
    ["Tell me how to ", "I would like to know how to ", "Please explain how to "];

/// Verbs that begin a request.
const REQUESTS: [&str; 14] = [
    "Write",
    "Explain",
    "List",
    "Describe",
    "Summarize",
    "Translate",
    "Give",
    "Show",
    "Create",
    "Name",
    "Compare",
    "Suggest",
    "Find",
    "Tell",
];

/// Letters from which on a word by itself is the name of something, mostly.
const LEAST_LETTERS: usize = 5;

/// What can stand before any question.
const FRAMES: [&str; 3] = ["Hello! ", "Quick question: ", "I have a question. "];

/// The question asked in another way; none if there is none that fits.
pub(super) fn rephrase(text: &str, draw: &mut Draw) -> Option<String> {
    let text = text.trim();
    let end = request_end(text);
    let (asked, rest) = (&text[..end], &text[end..]);
    let mut others: Vec<String> = Vec::new();
    if rest.is_empty() && is_one_sentence(asked) {
        others.extend(ways(asked));
        others.extend(what_is(asked));
    }
    others.extend(requests(asked, rest.is_empty()));
    // A frame of courtesy is drawn like the others, and is all there is where no wording is known.
    let is_question = asked.ends_with('?');
    let fits = |frame: &&&str| !is_framed(asked) && (is_question || **frame == FRAMES[0]);
    let frames: Vec<&str> = FRAMES.iter().filter(fits).copied().collect();
    others.extend(draw.choose(&frames).map(|frame| framed(frame, asked)));
    if rest.is_empty() && is_one_sentence(asked) && asked.ends_with(['?', '.']) {
        others.push(format!("{asked} Thanks!"));
    }
    others.retain(|other| other != asked && !doubles(text, &format!("{other}{rest}")));
    draw.choose(&others).map(|other| format!("{other}{rest}"))
}

/// Whether a question begins with a greeting, or says already that it is one.
fn is_framed(asked: &str) -> bool {
    const OTHERS: [&str; 5] = ["dear", "greetings", "question", "i have a question", "a question"];
    let is_there = |words: &&str| {
        after(asked, words).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    GREETINGS.iter().chain(&OTHERS).any(is_there)
}

/// A question behind a frame, with a capital behind one that is a sentence.
fn framed(frame: &str, asked: &str) -> String {
    let is_sentence = frame.trim_end().ends_with(['.', '!']);
    let is_word = prose::words(asked).first().is_some_and(|word| word.start == 0);
    match is_sentence && is_word {
        true => format!("{frame}{}", capital(asked)),
        false => format!("{frame}{asked}"),
    }
}

/// Other ways to ask for a way.
fn ways(asked: &str) -> Vec<String> {
    let Some(what) = asked.strip_suffix('?') else { return Vec::new() };
    let known = WAYS.iter().find_map(|way| after(what, way));
    let Some(what) = known.filter(|what| !what.trim().is_empty()) else { return Vec::new() };
    let questions = WAYS.iter().map(|way| format!("{way}{what}?"));
    questions.chain(WAYS_TOLD.iter().map(|way| format!("{way}{what}."))).collect()
}

/// `What is X?` as a question within a question, where X is short and has no clause of its own.
fn what_is(asked: &str) -> Vec<String> {
    let what = asked.strip_suffix('?').and_then(|what| after(what, "What is "));
    let is_simple = |what: &&str| {
        let words: Vec<&str> = what.split_whitespace().collect();
        let clause =
            ["that", "if", "when", "to", "and", "which", "who", "like", "happening", "wrong"];
        // "What is up" and "what is new" are no questions about a thing.
        let is_thing = words.first().is_some_and(|word| {
            let article = ["the", "a", "an", "my", "your", "our", "this", "its", "his", "her"];
            word.chars().count() >= LEAST_LETTERS
                || word.starts_with(char::is_uppercase)
                || words.len() > 1 && article.contains(&word.to_lowercase().as_str())
        });
        is_thing
            && (1..=6).contains(&words.len())
            && !what.contains([',', ';', ':'])
            && !words.iter().any(|word| clause.contains(&word.to_lowercase().as_str()))
    };
    let Some(what) = what.filter(is_simple) else { return Vec::new() };
    ["Can you tell me what {} is?", "Do you know what {} is?", "I would like to know what {} is."]
        .map(|frame| frame.replace("{}", what))
        .to_vec()
}

/// A request with courtesy.
fn requests(asked: &str, is_all: bool) -> Vec<String> {
    let starts = |verb: &&&str| after(asked, verb).is_some_and(|rest| rest.starts_with(' '));
    let Some(verb) = REQUESTS.iter().find(starts) else { return Vec::new() };
    let order = format!("{}{}", verb.to_lowercase(), &asked[verb.len()..]);
    let mut others = vec![format!("Please {order}")];
    if is_all && is_one_sentence(asked) && !asked.ends_with('?') {
        let order = order.trim_end_matches(['.', '!']);
        others.push(format!("Could you {order}?"));
        others.push(format!("I need you to {order}."));
    }
    others
}

/// Words of courtesy of which one is enough.
const COURTESY: [&[&str]; 3] = [
    &["please", "kindly", "could you", "can you", "would you", "need you to"],
    &["thanks", "thank you", "thx"],
    &["hello", "hi", "hey", "greetings", "good morning", "good evening", "good afternoon"],
];

/// Has the new wording courtesy twice of a kind that the text has already?
fn doubles(text: &str, other: &str) -> bool {
    let count = |text: &str, kind: &[&str]| -> usize {
        let small = text.to_lowercase();
        let words: Vec<&str> =
            small.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let times = |phrase: &str| {
            let phrase: Vec<&str> = phrase.split(' ').collect();
            words.windows(phrase.len()).filter(|at| *at == phrase.as_slice()).count()
        };
        kind.iter().map(|phrase| times(phrase)).sum()
    };
    COURTESY.iter().any(|kind| {
        let had = count(text, kind);
        had > 0 && count(other, kind) > had
    })
}

/// No sentence ends before the last one does.
fn is_one_sentence(text: &str) -> bool {
    let inner = text.get(..text.len().saturating_sub(1)).unwrap_or_default();
    !inner.contains('\n') && !inner.contains(['?', '!']) && !inner.contains(". ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::draw::Purpose;

    fn all(text: &str) -> Vec<String> {
        let one = |n| rephrase(text, &mut Draw::new(1, n, 0, Purpose::Change));
        let mut all: Vec<String> = (0..300).filter_map(one).collect();
        all.sort();
        all.dedup();
        all
    }

    #[test]
    fn a_question_has_other_wordings() {
        let found = all("How do I cancel my order?");
        for wanted in [
            "How can I cancel my order?",
            "Tell me how to cancel my order.",
            "Hello! How do I cancel my order?",
            "How do I cancel my order? Thanks!",
        ] {
            assert!(found.iter().any(|one| one == wanted), "{wanted}: {found:?}");
        }
        let found = all("What is the capital of France?");
        assert!(found.contains(&"Can you tell me what the capital of France is?".to_owned()));
        for idiom in ["What is wrong with it?", "What is up?", "What is new?", "What is it?"] {
            assert!(!all(idiom).iter().any(|one| one.contains("tell me")), "{idiom}");
        }
        assert!(all("What is photosynthesis?").iter().any(|one| one.contains("tell me")));
        for brought in ["Correct this. He go home. 3 ft = _____ in.", "Edit the text.\nHe go home."]
        {
            assert!(!all(brought).iter().any(|one| one.contains("Thanks")), "{brought}");
        }
        let found = all("Summarize this text:\n\nA. B.");
        assert!(found.contains(&"Please summarize this text:\n\nA. B.".to_owned()), "{found:?}");
        assert!(found.iter().all(|one| one.ends_with(":\n\nA. B.")), "{found:?}");
        assert_eq!(all("ok"), ["Hello! Ok"]);
        assert_eq!(all("`ok`"), ["Hello! `ok`"]);
    }

    #[test]
    fn courtesy_is_not_doubled() {
        for (text, never) in [
            ("Write a poem about rain, please.", &["please write", "could you", "need you to"][..]),
            ("Explain this please?", &["please explain", "could you"]),
            ("How do I cancel my order, please?", &["please explain"]),
            ("List three rivers. Thank you!", &["thanks"]),
            ("Hi, how does it work?", &["hello"]),
            ("Hello! Tell me more.", &["hello! hello"]),
            ("Hello! What is 40 % of 80?", &["i have a question", "quick question"]),
            ("I have a question. What is it?", &["hello", "quick question"]),
        ] {
            for other in all(text) {
                let small = other.to_lowercase();
                assert!(!never.iter().any(|never| small.contains(never)), "{text}: {other}");
            }
        }
        let found = all("Write a poem about rain.");
        assert!(found.contains(&"Could you write a poem about rain?".to_owned()), "{found:?}");
        assert!(all("How do I cancel my order, please?").len() > 5);
    }
}
