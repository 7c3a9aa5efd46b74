//! The same question in terse English, and what in a question is its request.
//!
//! Only what asks is reworded: the first line, up to a colon, and nothing between quotes,
//! since what stands there is material and not a request.

use crate::generate::prose;

/// Greetings, which a comma or full stop ends.
pub(super) const GREETINGS: [&str; 9] = [
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

/// Courtesy at the end, the longer words first.
const ENDINGS: [&str; 14] = [
    " many thanks in advance",
    " thank you in advance",
    " thanks in advance",
    " thank you very much",
    " thank you so much",
    " thanks so much",
    " thanks a lot",
    " thanks again",
    " many thanks",
    " thank you",
    " thanks",
    ", please",
    " please",
    " pls",
];

/// Words behind which those are what is talked of: `how do I say thank you`.
const NEEDS_MORE: [&str; 12] =
    ["say", "says", "said", "to", "of", "a", "my", "the", "with", "and", "or", "no"];

/// What stands above or before the name in a signature.
const SIGNED: [&str; 16] = [
    "best",
    "all the best",
    "best regards",
    "best wishes",
    "kind regards",
    "warm regards",
    "regards",
    "cheers",
    "many thanks",
    "thanks",
    "thank you",
    "sincerely",
    "yours sincerely",
    "yours faithfully",
    "yours",
    "greetings",
];

/// A name in a signature has no more words.
const LONGEST_NAME: usize = 3;

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

/// The text without greeting and courtesy around its request, and without a signature right behind it.
pub(super) fn terse(text: &str) -> String {
    let end = request_end(text);
    // Behind a colon a signature is that of a text which is brought along.
    let signed = signature(text).filter(|at| !text[..end].ends_with(':') && *at <= end);
    let (end, whole) = signed.map_or((end, text), |at| (at, &text[..at]));
    let (mut asked, rest) = (whole[..end].trim_start(), &whole[end..]);
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
    let is_same = signed.is_none() && asked == text[..end];
    if is_same || !asked.contains(char::is_alphanumeric) {
        return text.to_owned();
    }
    if rest.trim().is_empty() {
        asked.truncate(asked.trim_end_matches(OPEN).len());
    }
    format!("{}{rest}", capital(&asked))
}

/// Where a signature at the end begins, behind the end of a sentence or of a line: words such as `Best`, a comma or a
/// line break, and a name.
pub(super) fn signature(text: &str) -> Option<usize> {
    let bare = text.trim_end().trim_end_matches(['.', '!']);
    let at = bare.rfind([',', '\n'])?;
    let name: Vec<&str> = bare[at + 1..].split_whitespace().collect();
    let is_name = |word: &&str| {
        word.starts_with(char::is_uppercase)
            && word.chars().all(|c| c.is_alphabetic() || matches!(c, '.' | '-' | '\''))
    };
    if name.is_empty() || name.len() > LONGEST_NAME || !name.iter().all(is_name) {
        return None;
    }
    let before = bare[..at].trim_end().trim_end_matches(',');
    SIGNED.iter().find_map(|words| {
        let start = before.len().checked_sub(words.len())?;
        let is_there = before.get(start..)?.eq_ignore_ascii_case(words);
        let said = &before[..start];
        let ends =
            said.trim_end().ends_with(['.', '!', '?']) && said.ends_with(char::is_whitespace);
        (is_there && (ends || said.ends_with('\n'))).then(|| said.trim_end().len())
    })
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

/// What no sentence ends in.
const OPEN: [char; 6] = [',', ';', '-', '\u{2013}', '\u{2014}', ' '];

/// The text without courtesy at its end, and with the mark that closed it.
fn without_ending(text: &str) -> String {
    let mut text = text.trim_end().to_owned();
    loop {
        let said = text.trim_end_matches(['.', '!', '?']);
        let found = ENDINGS.iter().find_map(|ending| {
            let at = said.len().checked_sub(ending.len())?;
            said.get(at..)?.eq_ignore_ascii_case(ending).then_some(at)
        });
        let Some(at) = found else { return text };
        let last = said[..at].rsplit(' ').next().unwrap_or_default().to_lowercase();
        if NEEDS_MORE.contains(&last.as_str()) {
            return text;
        }
        let kept = said[..at].trim_end_matches(OPEN);
        let is_closed = kept.ends_with(['?', '.', '!']);
        text = format!("{kept}{}", if is_closed { "" } else { &text[said.len()..] });
    }
}

/// The text with its first letter a capital.
pub(super) fn capital(text: &str) -> String {
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
    use crate::generate::evolve::formal::formal;
    use crate::generate::evolve::rephrase::rephrase;

    #[test]
    fn terse_words_leave_the_request() {
        let table = [
            ("Hi there! Could you please cancel my order? Thanks!", "Cancel my order"),
            ("Could you tell me how to reset it?", "How to reset it?"),
            ("Can you ship to Norway?", "Can you ship to Norway?"),
            ("Please translate this:\n\nPlease, thanks", "Translate this:\n\nPlease, thanks"),
            ("Where is my order, please?", "Where is my order?"),
            ("Hello, where is it?", "Where is it?"),
            ("Hello, where is it,", "Where is it"),
            ("Good to know, thanks!", "Good to know!"),
            ("That helps a lot, thank you.", "That helps a lot."),
            ("That helps, thanks a lot!", "That helps!"),
            ("Cancel it, please.", "Cancel it."),
            ("No thanks.", "No thanks."),
            ("How do I say thank you?", "How do I say thank you?"),
            ("Hi, where is it? Best, Henrik", "Where is it?"),
            ("The parcel is late.\n\nCheers,\nKofi A. Mensah", "The parcel is late."),
            ("Where is it? Thanks, Anna", "Where is it?"),
            ("Answer this: Where is it?\nBest, Henrik", "Answer this: Where is it?\nBest, Henrik"),
            ("Which is best, Oslo", "Which is best, Oslo"),
            ("Cheers, Kofi", "Cheers, Kofi"),
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
