//! A question that asks for what its answer has anyway.

use crate::generate::draw::Draw;
use crate::generate::prose;
use crate::record::markdown::{fenced, is_within};
use crate::record::text::words;

use super::english::signature;
use super::fit::{is_closed, is_refusal, is_writing, names, wants_no_list};
use super::seed::{Change, Seed};

/// Shorter words are hardly ever what an answer is about.
const LEAST_LETTERS: usize = 7;

/// Nobody limits the words of shorter answers, which hardly have more than one form.
const LEAST_LIMITED: usize = 8;

/// In shorter answers nobody expects a list or a second paragraph.
const LEAST_PROSE: usize = 30;

/// Words of questions that say already how long the answer is to be, or what it is made of.
const OF_FORM: [&str; 16] = [
    "short",
    "brief",
    "concise",
    "long",
    "paragraph",
    "page",
    "list",
    "bullet",
    "number",
    "step",
    "summar",
    "essay",
    "article",
    "tweet",
    "headline",
    "title",
];

/// Adds to the last question that has an answer something that this answer satisfies. Nothing, where nobody would ask
/// for a form: behind a farewell, a refusal, what is about the one who answers, and behind a signature.
pub(super) fn constrain(seed: &Seed<'_>, draw: &mut Draw) -> Option<Change> {
    let answered = seed.questions().filter_map(|(at, text)| Some((at, text, seed.answer(at)?)));
    let (at, question, answer) = answered.last()?;
    if is_closed(question, answer) || is_refusal(answer) || is_signed(question) {
        return None;
    }
    let constraint = draw.choose(&satisfied(question, answer)).cloned()?;
    let is_short = question.ends_with(['.', '?', '!']) && !question.contains('\n');
    let between = if is_short { " " } else { "\n\n" };
    Some(Change::Texts(vec![(at, format!("{question}{between}{constraint}"))]))
}

/// Whether a message ends with the name of the one who sent it: words of a signature, or a last line of a few words
/// that no mark ends.
fn is_signed(question: &str) -> bool {
    const MOST_WORDS: usize = 6;
    let (above, last) = question.trim().rsplit_once('\n').unwrap_or_default();
    let is_name = |line: &str| !line.ends_with(['.', '?', '!', ':']) && words(line) <= MOST_WORDS;
    signature(question).is_some() || !above.is_empty() && is_name(last)
}

/// What an answer has, as sentences that ask for it, as far as the question does not ask for such a thing already.
fn satisfied(question: &str, answer: &str) -> Vec<String> {
    let mut all = Vec::new();
    let (numbered, items) = (numbered(answer), items(answer));
    let (count, has_form) = (words(answer), names(question, &OF_FORM));
    let has_code = !fenced(answer).is_empty();
    let is_prose = !has_code && prose::is_prose(answer);
    if is_prose && !has_form && count >= LEAST_LIMITED {
        all.push(format!("Use at most {} words.", round_up(count)));
    }
    // A list within a text of another form is not what was asked for.
    let may_list = !wants_no_list(question);
    let is_most = |points: usize| may_list && points > 1 && points * 2 >= items.lines;
    if items.bullets == 0 && is_most(numbered.len()) {
        all.push(format!("Answer with a numbered list of {} points.", numbered.len()));
    }
    if numbered.is_empty() && is_most(items.bullets) {
        all.push("Answer with a bulleted list.".to_owned());
    }
    if has_code {
        all.push("Put the code in a code block.".to_owned());
    }
    let is_long = is_prose && count >= LEAST_PROSE;
    if is_long && !has_form && may_list {
        if !items.any && !names(question, &["one"]) && answer.lines().all(is_of_sentences) {
            all.push("Answer without lists.".to_owned());
        }
        if !answer.trim().contains('\n') {
            all.push("Answer in one paragraph.".to_owned());
        }
    }
    if is_prose && is_writing(question) {
        let word = key_word(question, answer);
        all.extend(word.map(|word| format!("Use the word \"{word}\".")));
    }
    all
}

/// Whether a line ends as a sentence does, and none of those that stand below each other as lists do.
fn is_of_sentences(line: &str) -> bool {
    let line = line.trim_end().trim_end_matches(['"', '\'', ')', '\u{201d}', '\u{2019}']);
    line.is_empty() || line.ends_with(['.', '!', '?'])
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
    /// Lines that are not blank.
    lines: usize,
}

pub(super) fn items(text: &str) -> Items {
    let closed = fenced(text);
    let (mut items, mut at) = (Items { bullets: 0, any: false, lines: 0 }, 0);
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if is_within(&closed, start) {
            continue;
        }
        let bare = line.trim_start();
        let bullet = ["- ", "* ", "+ ", "\u{2022} "].iter().any(|mark| bare.starts_with(mark));
        items.bullets += usize::from(bullet);
        items.lines += usize::from(!bare.is_empty());
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

/// The longest word of the answer's prose that the question has not, the first of equal ones. Not one in capitals, and
/// none of the forms of verbs and adverbs, which nobody asks for by themselves.
fn key_word(question: &str, answer: &str) -> Option<String> {
    let asked = question.to_lowercase();
    let letters = |word: &str| word.chars().count();
    let candidates = prose::words(answer).into_iter().map(|range| &answer[range]);
    let candidates = candidates.filter(|word| {
        letters(word) >= LEAST_LETTERS
            && word.starts_with(char::is_lowercase)
            && !["ly", "ed", "ing"].iter().any(|end| word.ends_with(end))
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
        let list = "Do this:\n1. Open the settings\n2. Choose cancellation\nAnd it is done.";
        let asked = satisfied("Describe how I cancel.", list);
        let wanted = [
            "Use at most 20 words.",
            "Answer with a numbered list of 2 points.",
            "Use the word \"cancellation\".",
        ];
        assert_eq!(asked, wanted);
        let code = satisfied("Code?", "Is this it?\n```py\nx = 1\n```\n- a\n- b");
        assert_eq!(code, ["Answer with a bulleted list.", "Put the code in a code block."]);
    }

    #[test]
    fn nobody_asks_for_what_the_question_says_or_the_answer_could_not_have_otherwise() {
        let prose = "The sea is wide and the sky above it is wider than all that. ".repeat(3);
        let sea = |question: &str| satisfied(question, prose.trim()).join(" ");
        let all = "Use at most 50 words. Answer without lists. Answer in one paragraph.";
        assert_eq!(sea("How large is the sea?"), all);
        assert_eq!(sea("Give me a short paragraph about the sea"), "");
        assert_eq!(sea("Write a poem about the land"), "Use at most 50 words.");
        let list = "1. The sea is wide.\n2. The sky is wider.";
        let listed = "Answer with a numbered list of 2 points.".to_owned();
        assert!(satisfied("Which is wide?", list).contains(&listed));
        assert!(!satisfied("Write a blog post about the sea", list).contains(&listed));
        let recipe = format!("- an egg\n- salt\n{list}\n3. So is the land.");
        assert_eq!(satisfied("How do I make it?", &recipe), [""; 0]);
        let budget = "Food is eight hundred\nRent is more than two thousand dollars\n".repeat(4);
        assert_eq!(satisfied("What does it cost?", &budget), ["Use at most 50 words."]);
        for short in ["6, 28, 496, and 8128", "This is false."] {
            assert_eq!(satisfied("Which of them?", short), [""; 0]);
        }
        let mixed = "Some words.\n\nMore words of it.\n\nStill more.\n1. a\n2. b";
        assert_eq!(satisfied("How?", mixed), ["Use at most 20 words."]);
        for (answer, wanted) in [
            ("It was hastily repeated and overturning Organizations", None),
            ("The stepmother is jealous", Some("stepmother")),
        ] {
            assert_eq!(key_word("", answer).as_deref(), wanted);
        }
    }

    #[test]
    fn chatter_and_refusals_get_no_constraint() {
        let change = |question: &str, answer: &str| {
            let record = serde_json::json!({"messages": [
                {"role": "user", "content": question},
                {"role": "assistant", "content": answer},
            ]});
            let purpose = crate::generate::draw::Purpose::Change;
            constrain(&Seed::of(&record), &mut Draw::new(0, 0, 0, purpose))
        };
        assert!(
            change("How does it work?", "You turn the key, and then you push the door.").is_some()
        );
        assert_eq!(change("Who created you?", "Some people did."), None);
        assert_eq!(change("Have a nice day!", "You too!"), None);
        assert_eq!(
            change("I lost my book today.", "You can read nearly all of them on a screen."),
            None
        );
        assert_eq!(change("Time flies! That was all.", "You're welcome!"), None);
        let turn = "You turn the key, and then you push the door.";
        for signed in ["Jonas, a rather cross customer", "Best,\nJonas"] {
            assert_eq!(change(&format!("How does it work?\n\n{signed}"), turn), None);
        }
        assert_eq!(change("How does it work? Best, Jonas", turn), None);
        assert!(change("I have a door.\nHow does it work?", turn).is_some());
        assert_eq!(change("Others do it, too.", turn), None);
        assert_eq!(change("Did you sleep well?", "I do not sleep, as you know by now."), None);
        assert_eq!(change("Can you order it?", "I'm sorry, but I cannot do that."), None);
    }

    #[test]
    fn a_list_of_any_kind_is_no_answer_without_lists() {
        let words = "one two three four five six seven eight nine ten ".repeat(3);
        let words = format!("{}.", words.trim());
        let without = "Answer without lists.".to_owned();
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
            "    x = 1.",
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
        fn the_number_of_words_is_never_too_small(answer in "([a-z]{1,9}[.?]?[ \\n]|- |[0-9]\\. ){12,60}[a-z]{8}(or){9}") {
            let all = satisfied("Describe it", &answer);
            let is_word = |asked: &String| asked.starts_with("Use the word");
            proptest::prop_assert!(!prose::is_prose(&answer) || all.iter().any(is_word), "{:?}", all);
            for asked in all {
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
