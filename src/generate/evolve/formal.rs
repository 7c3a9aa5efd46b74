//! The same question in formal English: without contractions and slang, and with capitals where sentences begin.

use std::ops::Range;

use crate::generate::prose;

use super::english::{capital, in_instruction};

/// Contractions and slang, and what is written in full.
const IN_FULL: [(&str, &str); 42] = [
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

/// Words behind which `'s` is a short `is`.
const IS_SHORT: [&str; 10] =
    ["where", "what", "who", "how", "there", "that", "it", "he", "she", "here"];

/// Words between a verb and its participle.
const ADVERBS: [&str; 10] =
    ["just", "already", "never", "always", "ever", "not", "only", "still", "also", "now"];

/// Participles before which `'s` is a short `has`, beside those that end in `ed`.
const AFTER_HAS: [&str; 14] = [
    "got", "been", "had", "gone", "become", "come", "done", "made", "taken", "given", "begun",
    "grown", "left", "lost",
];

/// Words behind which `thanks` begins a clause; behind others it is a thing: `many thanks`.
const BEFORE_THANKS: [&str; 9] = ["and", "but", "ok", "okay", "great", "no", "perfect", "so", "hi"];

/// Words before which only `thanks` is right: `thanks a lot`, `thanks to you`.
const BEHIND_THANKS: [&str; 7] = ["a", "to", "heaps", "loads", "lots", "tons", "be"];

/// The ends of words that end in a full stop within a sentence.
const SHORTENED: [&str; 20] = [
    "etc", "vs", "approx", "no", "nr", "mr", "mrs", "ms", "dr", "st", "ca", "cf", "incl", "excl",
    "max", "min", "hr", "hrs", "fig", "vol",
];

/// The text without contractions and slang, with capitals at the beginnings of its sentences.
pub(super) fn formal(text: &str) -> String {
    let changed = in_instruction(text, |part| sentences(&full_words(part)));
    let starts_with_word = prose::words(&changed).first().is_some_and(|word| word.start == 0);
    if starts_with_word { capital(&changed) } else { changed }
}

/// A stretch with its contractions and slang written in full.
fn full_words(part: &str) -> String {
    let ranges = prose::words(part);
    let plain = |range: &Range<usize>| part[range.clone()].to_lowercase().replace('\u{2019}', "'");
    let words: Vec<String> = ranges.iter().map(plain).collect();
    // Between two words of a clause there is nothing but a blank.
    let is_joined = |at: usize| match (ranges.get(at), ranges.get(at + 1)) {
        (Some(one), Some(next)) => part[one.end..next.start].trim().is_empty(),
        _ => false,
    };
    let mut out = String::with_capacity(part.len() + 16);
    let mut copied = 0;
    for (at, word) in ranges.iter().enumerate() {
        let before = at.checked_sub(1).filter(|at| is_joined(*at));
        let before = before.and_then(|at| words.get(at)).map(String::as_str);
        let reach = (at..).take_while(|at| is_joined(*at)).count();
        let behind = words.get(at + 1..at + 1 + reach).unwrap_or_default();
        let as_written = &part[word.clone()];
        let Some(full) = in_full(&words[at], before, behind).filter(|full| full != as_written)
        else {
            continue;
        };
        out.push_str(&part[copied..word.start]);
        let is_capital = as_written.starts_with(char::is_uppercase);
        out.push_str(&if is_capital { capital(&full) } else { full });
        copied = word.end;
    }
    out.push_str(&part[copied..]);
    out
}

/// What is written in full for a word between those of its clause; none if it stays.
fn in_full(word: &str, before: Option<&str>, behind: &[String]) -> Option<String> {
    let next = behind.first().map_or("", String::as_str);
    if matches!(word, "thanks" | "thx") {
        let begins = before.is_none_or(|before| BEFORE_THANKS.contains(&before));
        let is_verb = begins && !BEHIND_THANKS.contains(&next);
        return Some(if is_verb { "thank you" } else { "thanks" }.to_owned());
    }
    if let Some(start) = word.strip_suffix("'s").filter(|start| IS_SHORT.contains(start)) {
        let verb = behind.iter().find(|word| !ADVERBS.contains(&word.as_str()));
        let verb = verb.map_or("", String::as_str);
        let is_has = AFTER_HAS.contains(&verb) || verb.ends_with("ed");
        // `What's it cost` is a short `does`.
        let asks = matches!(start, "where" | "what" | "who" | "how");
        let is_does = asks && PRONOUNS.contains(&next) && behind.len() > 1;
        return (!is_has && !is_does).then(|| format!("{start} is"));
    }
    let (short, full) = IN_FULL.iter().find(|(short, _)| *short == word)?;
    let is_turned = short.ends_with("n't") && PRONOUNS.contains(&next);
    (!is_turned).then(|| (*full).to_owned())
}

/// A stretch with a capital for each word that begins a sentence behind another one.
fn sentences(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    let mut copied = 0;
    for word in prose::words(part) {
        if ends_sentence(&part[..word.start]) {
            out.push_str(&part[copied..word.start]);
            out.push_str(&capital(&part[word.clone()]));
            copied = word.end;
        }
    }
    out.push_str(&part[copied..]);
    out
}

/// Whether a text ends with a whole sentence and a blank: not in a shortened word, nor in dots that leave words out.
fn ends_sentence(text: &str) -> bool {
    let bare = text.trim_end();
    let last = bare.rsplit(char::is_whitespace).next().unwrap_or_default();
    let Some(said) = last.strip_suffix(['.', '!', '?']).filter(|_| bare.len() < text.len()) else {
        return false;
    };
    if !last.ends_with('.') {
        return true;
    }
    let word = said.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let is_inner = said.trim_end_matches(')').ends_with('.') || word.contains('.');
    let is_letter = word.chars().count() < 2 && !word.starts_with(char::is_numeric);
    !is_inner && !is_letter && !SHORTENED.contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each(table: &[(&str, &str)]) {
        for (text, wanted) in table {
            assert_eq!(formal(text), *wanted);
        }
    }

    #[test]
    fn formal_words_are_written_in_full() {
        each(&[
            ("i can't log in, what's wrong?", "I cannot log in, what is wrong?"),
            ("Don't you ship to Norway?", "Don't you ship to Norway?"),
            (
                "thanks, pls send info asap",
                "Thank you, please send information as soon as possible",
            ),
            ("Fix `don't` and \"don't\" don't", "Fix `don't` and \"don't\" do not"),
            ("Rewrite this:\nI don't know", "Rewrite this:\nI don't know"),
            ("How do I cancel?", "How do I cancel?"),
            ("it\u{2019}s Ok, I\u{2019}m here", "It is Ok, I am here"),
        ]);
    }

    #[test]
    fn thanks_are_written_in_full_where_that_is_english() {
        each(&[
            ("Many thanks, Anna", "Many thanks, Anna"),
            ("Thanks a lot!", "Thanks a lot!"),
            ("many thx", "Many thanks"),
            ("Thanks to you it works.", "Thanks to you it works."),
            ("Please give her my thanks.", "Please give her my thanks."),
            ("Thanks so much, and thanks again.", "Thank you so much, and thank you again."),
            ("Thanks in advance!", "Thank you in advance!"),
        ]);
    }

    #[test]
    fn a_short_is_is_written_in_full_and_a_short_has_is_not() {
        each(&[
            ("Where's my order?", "Where is my order?"),
            ("That's it, and who's there?", "That is it, and who is there?"),
            ("It's been a week.", "It's been a week."),
            ("He's just got it.", "He's just got it."),
            ("It's already arrived.", "It's already arrived."),
            ("What's it cost?", "What's it cost?"),
            ("So where's it, please?", "So where is it, please?"),
            ("Anna's order, the shop's own", "Anna's order, the shop's own"),
        ]);
    }

    #[test]
    fn each_sentence_begins_with_a_capital() {
        each(&[
            ("It is late (m776216). please make sure.", "It is late (m776216). Please make sure."),
            ("is it open? i see. so", "Is it open? I see. So"),
            ("In Oslo, e.g. here, or at 5 p.m. there", "In Oslo, e.g. here, or at 5 p.m. there"),
            ("Say it ... slowly, etc. and so on", "Say it ... slowly, etc. and so on"),
            ("Stop it. npm2 does. `x`. iPhone", "Stop it. npm2 does. `x`. iPhone"),
            ("He said \"go. now\" then", "He said \"go. now\" then"),
        ]);
    }
}
