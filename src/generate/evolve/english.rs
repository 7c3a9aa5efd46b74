//! The same question in other English words: formal, terse.
//!
//! Only what asks is reworded: the first line, up to a colon, and nothing between quotes,
//! since what stands there is material and not a request.

use crate::generate::prose;

/// Contractions and slang, and what is written in full.
const IN_FULL: [(&str, &str); 44] = [
    ("don't", "do not"),
    ("doesn't", "does not"),
    ("didn't", "did not"),
    ("can't", "cannot"),
    ("won't", "will not"),
    ("isn't", "is not"),
    ("aren't", "are not"),
    ("wasn't", "was not"),
    ("weren't", "were not"),
    ("haven't", "have not"),
    ("hasn't", "has not"),
    ("hadn't", "had not"),
    ("couldn't", "could not"),
    ("shouldn't", "should not"),
    ("wouldn't", "would not"),
    ("i'm", "I am"),
    ("you're", "you are"),
    ("we're", "we are"),
    ("they're", "they are"),
    ("i've", "I have"),
    ("you've", "you have"),
    ("we've", "we have"),
    ("they've", "they have"),
    ("i'll", "I will"),
    ("you'll", "you will"),
    ("we'll", "we will"),
    ("they'll", "they will"),
    ("let's", "let us"),
    ("i", "I"),
    ("u", "you"),
    ("ur", "your"),
    ("pls", "please"),
    ("plz", "please"),
    ("thx", "thank you"),
    ("thanks", "thank you"),
    ("gonna", "going to"),
    ("wanna", "want to"),
    ("gotta", "have to"),
    ("gimme", "give me"),
    ("btw", "by the way"),
    ("asap", "as soon as possible"),
    ("hi", "hello"),
    ("hey", "hello"),
    ("info", "information"),
];

/// Behind a contraction these turn the order of words (`don't you`), where the full form would read wrongly.
const PRONOUNS: [&str; 7] = ["i", "you", "he", "she", "it", "we", "they"];

/// Greetings, which a comma or full stop ends.
const GREETINGS: [&str; 9] = [
    "hi there",
    "hello there",
    "good morning",
    "good afternoon",
    "good evening",
    "hi",
    "hello",
    "hey",
    "quick question",
];

/// What goes before a request in words of courtesy.
const COURTESY: [&str; 16] = [
    "could you please ",
    "can you please ",
    "would you please ",
    "could you kindly ",
    "would you kindly ",
    "please could you ",
    "please can you ",
    "i would like you to ",
    "i'd like you to ",
    "i want you to ",
    "i need you to ",
    "please ",
    "kindly ",
    "i have a question. ",
    "i have a question: ",
    "i was wondering: ",
];

/// The same before `how to` and its like.
const WANTING: [&str; 10] = [
    "could you tell me ",
    "can you tell me ",
    "please tell me ",
    "i would like to know ",
    "i'd like to know ",
    "i want to know ",
    "i need to know ",
    "tell me ",
    "do you know ",
    "please explain ",
];

/// What makes sense on its own behind one of those.
const ON_ITS_OWN: [&str; 4] = ["how to ", "where to ", "when to ", "what to "];

/// Courtesy at the end.
const ENDINGS: [&str; 9] = [
    " many thanks in advance",
    " thank you in advance",
    " thanks in advance",
    " thank you very much",
    " many thanks",
    " thank you",
    " thanks",
    ", please",
    " please",
];

/// Where the request ends: with its line, or behind the first colon in it, since what follows is brought along.
pub(super) fn request_end(text: &str) -> usize {
    let line = text.find('\n').unwrap_or(text.len());
    text[..line].find(": ").map_or(line, |at| at + 1)
}

/// The text with a change of what asks in it: of each stretch between quotes in the request.
pub(super) fn in_instruction(text: &str, mut change: impl FnMut(&str) -> String) -> String {
    let end = request_end(text);
    let mut out = String::with_capacity(text.len() + 16);
    for (at, part) in text[..end].split_inclusive(prose::is_quote).enumerate() {
        // Behind an odd number of quotation marks stands what is quoted.
        if at % 2 == 0 { out.push_str(&change(part)) } else { out.push_str(part) }
    }
    out.push_str(&text[end..]);
    out
}

/// The text without contractions and slang, its first letter a capital.
pub(super) fn formal(text: &str) -> String {
    let changed = in_instruction(text, full_words);
    let starts_with_word = prose::words(&changed).first().is_some_and(|word| word.start == 0);
    if starts_with_word { capital(&changed) } else { changed }
}

/// A stretch with its contractions and slang written in full.
fn full_words(part: &str) -> String {
    let words = prose::words(part);
    let mut out = String::with_capacity(part.len() + 16);
    let mut copied = 0;
    for (at, word) in words.iter().enumerate() {
        let as_written = &part[word.clone()];
        let plain = as_written.to_lowercase().replace('\u{2019}', "'");
        let Some((short, full)) = IN_FULL.iter().find(|(short, _)| *short == plain) else {
            continue;
        };
        let next = words.get(at + 1).map(|next| part[next.clone()].to_lowercase());
        let turned =
            short.ends_with("n't") && next.is_some_and(|next| PRONOUNS.contains(&next.as_str()));
        if turned || as_written == *full {
            continue;
        }
        out.push_str(&part[copied..word.start]);
        let is_capital = as_written.starts_with(char::is_uppercase);
        out.push_str(&if is_capital { capital(full) } else { (*full).to_owned() });
        copied = word.end;
    }
    out.push_str(&part[copied..]);
    out
}

/// The text without greeting and courtesy around its request.
pub(super) fn terse(text: &str) -> String {
    let end = request_end(text);
    let (mut asked, rest) = (text[..end].trim_start(), &text[end..]);
    let mut is_order = false;
    loop {
        let before = asked;
        asked = without_greeting(asked);
        if let Some(order) = COURTESY.iter().find_map(|start| after(asked, start)) {
            (asked, is_order) = (order, true);
        }
        let own = |rest: &&str| ON_ITS_OWN.iter().any(|start| after(rest, start).is_some());
        if let Some(how) = WANTING.iter().find_map(|start| after(asked, start).filter(own)) {
            asked = how;
        }
        if asked.len() == before.len() {
            break;
        }
    }
    let mut asked = without_ending(asked);
    // What remains of `could you please ...?` is no question.
    if is_order && rest.is_empty() {
        asked = asked.trim_end_matches('?').to_owned();
    }
    if asked.trim().is_empty() || asked == text[..end] {
        return text.to_owned();
    }
    format!("{}{rest}", capital(&asked))
}

/// What stands behind these words at the start, in any case.
pub(super) fn after<'t>(text: &'t str, start: &str) -> Option<&'t str> {
    let head = text.get(..start.len())?;
    head.eq_ignore_ascii_case(start).then(|| &text[start.len()..])
}

fn without_greeting(text: &str) -> &str {
    let greeted = GREETINGS.iter().find_map(|greeting| after(text, greeting));
    let rest = greeted.and_then(|rest| rest.strip_prefix([',', '!', '.', ':']));
    rest.map_or(text, str::trim_start)
}

fn without_ending(text: &str) -> String {
    let mut text = text.trim_end();
    loop {
        let bare = text.trim_end_matches(['.', '!']);
        let asks = bare.trim_end_matches('?');
        let found = ENDINGS.iter().find_map(|ending| {
            let at = asks.len().checked_sub(ending.len())?;
            asks.get(at..)?.eq_ignore_ascii_case(ending).then_some(at)
        });
        let Some(at) = found else { return text.to_owned() };
        let kept = asks[..at].trim_end();
        let mark = &bare[asks.len()..];
        if !mark.is_empty() && !kept.ends_with(['?', '.', '!']) {
            return format!("{kept}{mark}");
        }
        text = kept;
    }
}

/// The text with its first letter a capital.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::draw::{Draw, Purpose};
    use crate::generate::evolve::rephrase::rephrase;

    #[test]
    fn formal_words_are_written_in_full() {
        let table = [
            ("i can't log in, what's wrong?", "I cannot log in, what's wrong?"),
            ("Don't you ship to Norway?", "Don't you ship to Norway?"),
            (
                "thanks, pls send info asap",
                "Thank you, please send information as soon as possible",
            ),
            ("Fix `don't` and \"don't\" don't", "Fix `don't` and \"don't\" do not"),
            ("Rewrite this:\nI don't know", "Rewrite this:\nI don't know"),
            ("How do I cancel?", "How do I cancel?"),
            ("it\u{2019}s Ok, I\u{2019}m here", "It\u{2019}s Ok, I am here"),
        ];
        for (text, wanted) in table {
            assert_eq!(formal(text), wanted);
        }
    }

    #[test]
    fn terse_words_leave_the_request() {
        let table = [
            ("Hi there! Could you please cancel my order? Thanks!", "Cancel my order"),
            ("Could you tell me how to reset it?", "How to reset it?"),
            ("Can you ship to Norway?", "Can you ship to Norway?"),
            ("Please translate this:\n\nPlease, thanks", "Translate this:\n\nPlease, thanks"),
            ("Where is my order, please?", "Where is my order?"),
            ("Hello, where is it?", "Where is it?"),
            ("Hello", "Hello"),
            ("Do you know him?", "Do you know him?"),
            ("Thank you", "Thank you"),
            ("Please", "Please"),
        ];
        for (text, wanted) in table {
            assert_eq!(terse(text), wanted);
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_quoted_and_what_stands_below_stays(
            asked in "[A-Za-z' ,?]{0,40}",
            quoted in "[a-z' ]{0,20}",
            below in "[a-z' \\n]{0,20}",
            n in 0_u64..100,
        ) {
            let text = format!("{asked} \"{quoted}\" {asked}\n\n{below}");
            let said = rephrase(&text, &mut Draw::new(1, n, 0, Purpose::Change));
            for other in [formal(&text), terse(&text), said.unwrap_or(text.clone())] {
                proptest::prop_assert!(other.contains(&format!("\"{quoted}\"")), "{}", other);
                proptest::prop_assert!(other.trim().ends_with(below.trim()), "{}", other);
            }
        }
    }
}
