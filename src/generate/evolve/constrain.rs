//! A question that asks for what its answer has anyway.

use crate::generate::draw::Draw;
use crate::generate::prose;
use crate::record::markdown::{fenced, is_within};
use crate::record::text::words;

use super::seed::{Change, Seed};

/// Shorter words are hardly ever what an answer is about.
const LEAST_LETTERS: usize = 7;

/// Adds to the last question that has an answer something that this answer satisfies.
pub(super) fn constrain(seed: &Seed<'_>, draw: &mut Draw) -> Option<Change> {
    let answered = seed.questions().filter_map(|(at, text)| Some((at, text, seed.answer(at)?)));
    let (at, question, answer) = answered.last()?;
    if !asks(question) {
        return None;
    }
    let constraint = draw.choose(&satisfied(question, answer)).cloned()?;
    let is_short = question.ends_with(['.', '?', '!']) && !question.contains('\n');
    let between = if is_short { " " } else { "\n\n" };
    Some(Change::Texts(vec![(at, format!("{question}{between}{constraint}"))]))
}

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

/// Whether a message asks for something, so that a wish for the form of the answer can stand behind it.
fn asks(question: &str) -> bool {
    const LEAST_WORDS: usize = 3;
    let small = question.trim().to_lowercase();
    let closes = CLOSINGS.iter().any(|start| {
        small.strip_prefix(start).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    });
    small.contains('?') || words(&small) >= LEAST_WORDS && !closes
}

/// What an answer has, as sentences that ask for it.
fn satisfied(question: &str, answer: &str) -> Vec<String> {
    let mut all = vec![format!("Use at most {} words.", round_up(words(answer)))];
    let (numbered, items) = (numbered(answer), items(answer));
    match numbered.len() {
        0 | 1 => {}
        count => all.push(format!("Answer with a numbered list of {count} points.")),
    }
    if numbered.is_empty() && items.bullets > 1 {
        all.push("Answer with a bulleted list.".to_owned());
    }
    match fenced(answer).is_empty() {
        true if !items.any && words(answer) > 20 => {
            all.push("Answer without lists and without code blocks.".to_owned());
        }
        true => {}
        false => all.push("Put the code in a code block.".to_owned()),
    }
    if !answer.trim().contains('\n') && words(answer) > 20 {
        all.push("Answer in one paragraph.".to_owned());
    }
    if !answer.contains('?') {
        all.push("Do not ask me anything back.".to_owned());
    }
    all.extend(key_word(question, answer).map(|word| format!("Use the word \"{word}\".")));
    all
}

/// The next round number: of tens, from 100 on of fifties.
fn round_up(count: usize) -> usize {
    let step = if count < 100 { 10 } else { 50 };
    count.max(1).div_ceil(step) * step
}

/// The points of a list that is numbered from 1 in order, all of the lines that begin with a number; else nothing.
pub(super) fn numbered(text: &str) -> Vec<&str> {
    let mut points = Vec::new();
    let closed = fenced(text);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if is_within(&closed, start) {
            continue;
        }
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        let rest = &line[digits..];
        let Some(said) = rest.strip_prefix(". ").or_else(|| rest.strip_prefix(") ")) else {
            continue;
        };
        if digits == 0 {
            continue;
        }
        if line[..digits].parse() != Ok(points.len() + 1) {
            return Vec::new();
        }
        points.push(said.trim());
    }
    points
}

/// What stands outside of blocks of code and looks like a list.
pub(super) struct Items {
    /// Lines that begin with the mark of a list without numbers.
    pub bullets: usize,
    /// A line that may be taken for a part of a list, or for code: a mark, a number or a letter of one begins it, or
    /// it is indented.
    any: bool,
}

pub(super) fn items(text: &str) -> Items {
    let closed = fenced(text);
    let (mut items, mut at) = (Items { bullets: 0, any: false }, 0);
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if is_within(&closed, start) {
            continue;
        }
        let bare = line.trim_start();
        let bullet = ["- ", "* ", "+ ", "\u{2022} "].iter().any(|mark| bare.starts_with(mark));
        items.bullets += usize::from(bullet);
        items.any |= bullet || is_marked(bare) || line.starts_with([' ', '\t']);
    }
    items
}

/// Whether a line begins as points of lists do in any hand: `1.`, `2)`, `a)`, `(b)`, `iv.`, a dash, a row of a table.
fn is_marked(line: &str) -> bool {
    if line.starts_with(['\u{2022}', '\u{2013}', '\u{2014}', '\u{b7}', '\u{25e6}', '|']) {
        return true;
    }
    let line = line.trim_start_matches(['(', '*', '_']);
    let mark = line.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let is_number = line[..mark].bytes().all(|byte| byte.is_ascii_digit());
    let is_letter = mark == 1 || line[..mark].bytes().all(|byte| b"ivxIVX".contains(&byte));
    let behind = &line[mark..];
    let is_dashed = is_number && behind.trim_start().starts_with(['-', '\u{2013}']);
    mark > 0 && (is_dashed || (is_number || is_letter) && behind.starts_with(['.', ')', ':']))
}

/// The longest word of the answer's prose that the question has not, the first of equal ones.
fn key_word(question: &str, answer: &str) -> Option<String> {
    let asked = question.to_lowercase();
    let letters = |word: &str| word.chars().count();
    let candidates = prose::words(answer).into_iter().map(|range| &answer[range]);
    let candidates = candidates.filter(|word| {
        letters(word) >= LEAST_LETTERS
            && word.chars().all(char::is_alphabetic)
            && !asked.contains(&word.to_lowercase())
    });
    let first_longest = |best: &'_ str, word: &'_ str| letters(best) >= letters(word);
    candidates
        .reduce(|best, word| if first_longest(best, word) { best } else { word })
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_what_the_answer_has() {
        let list = "Do this:\n1. Open the settings\n2. Choose cancellation\nDone.";
        let asked = satisfied("How do I cancel?", list);
        let wanted = [
            "Use at most 10 words.",
            "Answer with a numbered list of 2 points.",
            "Do not ask me anything back.",
            "Use the word \"cancellation\".",
        ];
        assert_eq!(asked, wanted);
        let code = satisfied("Code?", "Is this it?\n```py\nx = 1\n```\n- a\n- b");
        assert_eq!(
            code,
            [
                "Use at most 20 words.",
                "Answer with a bulleted list.",
                "Put the code in a code block."
            ]
        );
    }

    #[test]
    fn a_farewell_asks_for_nothing() {
        for (text, wanted) in [
            ("How do I cancel it?", true),
            ("Write a poem about rain", true),
            ("Okay, and how long does it take?", true),
            ("Have a nice day!", false),
            ("Thank you so much for all your help.", false),
            ("Bye", false),
            ("Highlight the main points", true),
        ] {
            assert_eq!(asks(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_list_of_any_kind_is_no_answer_without_lists() {
        let words = "one two three four five six seven eight nine ten ".repeat(3);
        let without = "Answer without lists and without code blocks.".to_owned();
        assert!(satisfied("", &words).contains(&without));
        for list in [
            "1. a\n1. b",
            "2. a\n3. b",
            "  1. a\n  2. b",
            "a) x\nb) y",
            "1- x\n2- y",
            "1 - x",
            "(i) x",
            "\u{2013} x",
            "| a | b |",
            "    x = 1",
            "1. a\n2. b\n\n1. c",
        ] {
            let answer = format!("{words}\n{list}");
            assert!(!satisfied("", &answer).contains(&without), "{list}");
        }
    }

    #[test]
    fn what_stands_in_code_is_no_list() {
        let answer = "Use this:\n```yaml\n- a\n- b\n```";
        assert!(!satisfied("", answer).contains(&"Answer with a bulleted list.".to_owned()));
    }

    #[test]
    fn a_numbered_list_counts_from_one() {
        assert_eq!(numbered("1. a\n2. b\n\n3) c"), ["a", "b", "c"]);
        assert_eq!(numbered("1. a\n1. b"), [""; 0]);
        assert_eq!(numbered("2024. a"), [""; 0]);
        assert_eq!(numbered("```\n1. a\n2. b\n```"), [""; 0]);
        assert_eq!((round_up(0), round_up(10), round_up(11), round_up(101)), (10, 10, 20, 150));
    }

    proptest::proptest! {
        #[test]
        fn the_number_of_words_is_never_too_small(answer in "[a-z.?\\n0-9 -]{1,200}") {
            for asked in satisfied("", &answer) {
                if let Some(rest) = asked.strip_prefix("Use at most ") {
                    let most: usize = rest.split(' ').next().unwrap().parse().unwrap();
                    proptest::prop_assert!(answer.split_whitespace().count() <= most);
                }
                if let Some(rest) = asked.strip_prefix("Use the word \"") {
                    proptest::prop_assert!(answer.contains(rest.trim_end_matches("\".")));
                }
            }
        }
    }
}
