//! One more turn, whose answer follows from the conversation: about what was asked, or about the last answer.
//!
//! Such turns teach a model to look back. They add no knowledge, and are worth a small share of a data set.

use crate::generate::draw::Draw;
use crate::record::markdown::fenced;

use super::constrain::{items, numbered};
use super::fit::{is_closed, wants_no_list};
use super::seed::{Change, Seed};

/// Fewer messages everybody knows the number of.
const LEAST_COUNTED: usize = 3;

/// Longer questions nobody quotes.
const LONGEST_QUOTE: usize = 200;

/// A question about what was said, with its answer; none if the conversation does not end with an answer in words,
/// or with an exchange that nobody goes on from, or there is nothing to ask about.
pub(super) fn deepen(seed: &Seed<'_>, draw: &mut Draw) -> Option<Change> {
    let last = seed.turns.last().filter(|turn| turn.role == "assistant" && !turn.calls)?.text?;
    // A message that is a picture asks for what is made of it.
    let asked = seed.questions().last().map_or("?", |(_, text)| text);
    if is_closed(asked, last) {
        return None;
    }
    let (question, answer) = draw.choose(&follow_ups(seed, last, draw.clone())).cloned()?;
    Some(Change::Turns(question, answer))
}

fn follow_ups(seed: &Seed<'_>, last: &str, mut draw: Draw) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let questions: Vec<&str> = seed.questions().map(|(_, text)| text.trim()).collect();
    // A message that is a picture, or nothing at all, is a message too, and may have been the first.
    let asked = seed.turns.iter().filter(|turn| turn.role == "user").count();
    let questions = if questions.len() == asked { questions } else { Vec::new() };
    // Nobody has forgotten the only question that was asked.
    let is_first = |text: &&&str| is_quotable(text) && text.ends_with('?') && questions.len() > 1;
    if let Some(first) = questions.first().filter(is_first) {
        all.push((
            "What was my first question again?".to_owned(),
            format!("Your first question was: \"{first}\""),
        ));
    }
    if questions.len() >= LEAST_COUNTED {
        all.push((
            "How many messages did I send you before this one?".to_owned(),
            format!("You sent {} messages before this one.", questions.len()),
        ));
    }
    // Of two lists nobody knows which is meant.
    let is_list = items(last).bullets == 0 && !questions.last().is_some_and(|q| wants_no_list(q));
    let points = if is_list { numbered(last) } else { Vec::new() };
    if points.len() > 1 {
        let at = draw.below(points.len());
        // Who asked for so many does not count them.
        if !questions.last().is_some_and(|asked| names_number(asked, points.len())) {
            all.push((
                "How many points does your list have?".to_owned(),
                format!("The list has {} points.", points.len()),
            ));
        }
        if let Some(point) = points.get(at).filter(|point| !point.is_empty() && is_tight(last)) {
            all.push((
                format!("Can you repeat only point {}?", at + 1),
                format!("{}. {point}", at + 1),
            ));
        }
    }
    if let Some(block) = only_code(last) {
        all.push(("Please show me only the code.".to_owned(), block.to_owned()));
    }
    all
}

/// The one block of code in a text, with its fences, if there is something beside it.
fn only_code(text: &str) -> Option<&str> {
    let blocks = fenced(text);
    let [code] = blocks.as_slice() else { return None };
    // The closing fence is the line behind the range; one that is not closed reaches to the end.
    let closing = text[code.end..].lines().next()?;
    let block = &text[code.start..code.end + closing.len()];
    (block.trim() != text.trim() && block.lines().count() > 2).then_some(block)
}

/// Whether a text can stand between quotes on one line: it has none, and no mark of a picture or its like.
fn is_quotable(text: &str) -> bool {
    text.len() <= LONGEST_QUOTE && !text.contains(['\n', '"', '<', '{'])
}

/// Whether a text names this number, in digits or as a word.
fn names_number(text: &str, number: usize) -> bool {
    const WORDS: [&str; 11] = [
        "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    ];
    let small = text.to_lowercase();
    let mut words = small.split(|c: char| !c.is_alphanumeric());
    let named = number.checked_sub(2).and_then(|at| WORDS.get(at));
    words.any(|word| word.parse() == Ok(number) || named.is_some_and(|named| word == *named))
}

/// Whether each point of the numbered list is all on its line: nothing stands indented, nothing right below a point
/// that is no point, and nothing between two points.
fn is_tight(text: &str) -> bool {
    let is_point = |line: &str| {
        let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
        rest.len() < line.len() && rest.starts_with([')', '.'])
    };
    let lines: Vec<&str> = text.lines().collect();
    let points: Vec<usize> = (0..lines.len()).filter(|at| is_point(lines[*at])).collect();
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return false };
    let blank = |line: &str| line.trim().is_empty();
    let between = lines[*first..*last].iter().all(|line| is_point(line) || blank(line));
    between
        && lines.get(last + 1).is_none_or(|line| blank(line))
        && !lines.iter().any(|line| line.starts_with([' ', '\t']) && !blank(line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::evolve::seed::Turn;

    fn asked<'t>(turns: &[(&'t str, &'t str)]) -> Vec<(String, String)> {
        let turn =
            |(role, text): &(&'t str, &'t str)| Turn { role, text: Some(text), calls: false };
        let seed =
            Seed { turns: turns.iter().map(turn).collect(), has_tools: false, is_english: true };
        let draw = Draw::new(0, 0, 0, crate::generate::draw::Purpose::Change);
        follow_ups(&seed, turns.last().unwrap().1, draw)
    }

    #[test]
    fn the_answers_follow_from_what_was_said() {
        let all = asked(&[
            ("user", "How?"),
            ("assistant", "So."),
            ("user", "And then?"),
            ("assistant", "So."),
            ("user", "And then?"),
            ("assistant", "1. Wait\n2. Go"),
        ]);
        let wanted = [
            ("What was my first question again?", "Your first question was: \"How?\""),
            (
                "How many messages did I send you before this one?",
                "You sent 3 messages before this one.",
            ),
            ("How many points does your list have?", "The list has 2 points."),
        ];
        for (at, (question, answer)) in wanted.iter().enumerate() {
            assert_eq!((all[at].0.as_str(), all[at].1.as_str()), (*question, *answer));
        }
        assert!(["1. Wait", "2. Go"].contains(&all[3].1.as_str()));
    }

    #[test]
    fn nobody_asks_what_cannot_be_told_or_was_just_said() {
        let asks = |turns: &[(&'static str, &'static str)], what: &str| {
            asked(turns).iter().any(|(question, _)| question.contains(what))
        };
        assert!(!asks(&[("user", "How?"), ("assistant", "So.")], "first question"));
        let two =
            [("user", "Go on."), ("assistant", "So."), ("user", "And?"), ("assistant", "So.")];
        assert!(!asks(&two, "first question") && !asks(&two, "How many messages"));
        let picture =
            [("user", "<image>Who?"), ("assistant", "He."), ("user", "And?"), ("assistant", "So.")];
        assert!(!asks(&picture, "first question"));
        for wanted in ["Give me two ways", "Name 2 ways"] {
            assert!(!asks(&[("user", wanted), ("assistant", "1. Wait\n2. Go")], "How many points"));
        }
        assert!(asks(
            &[("user", "Name 20 ways"), ("assistant", "1. Wait\n2. Go")],
            "How many points"
        ));
        assert!(!asks(&[("user", "Tell me a joke"), ("assistant", "1. Wait\n2. Go")], "oint"));
        let lists = [("user", "How?"), ("assistant", "- an egg\n- salt\n\n1. Mix\n2. Bake")];
        assert!(!asks(&lists, "points"));
    }

    #[test]
    fn nobody_goes_on_behind_a_farewell() {
        let change = |question: &str, answer: &str| {
            let record = serde_json::json!({"messages": [
                {"role": "user", "content": "How does it work?"},
                {"role": "assistant", "content": "You turn the key."},
                {"role": "user", "content": question},
                {"role": "assistant", "content": answer},
            ]});
            let purpose = crate::generate::draw::Purpose::Change;
            deepen(&Seed::of(&record), &mut Draw::new(0, 0, 0, purpose))
        };
        assert!(change("And then?", "You push the door.").is_some());
        assert_eq!(change("Have a nice day!", "I hope so."), None);
        let glad = "Glad to help. Have a good Sunday!";
        assert_eq!(change("Alright, that is all I wanted.", glad), None);
        assert_eq!(change("How do I thank you?", glad), None);
        assert_eq!(change("Alright, that is all I wanted.", "It is done."), None);
        assert_eq!(change("Did you sleep well?", "I do not sleep."), None);
        assert_eq!(change("Is that all? Then thanks!", "You're welcome!"), None);
    }

    #[test]
    fn a_point_that_goes_on_below_its_line_is_not_repeated() {
        let repeats = |list: &str| {
            let all = asked(&[("user", "\"How\""), ("assistant", list)]);
            all.iter().any(|(question, _)| question.starts_with("Can you repeat"))
        };
        assert!(repeats("So:\n\n1. Wait\n\n2. Go\n\nDone."));
        for list in ["1. Wait\n\nLong.\n\n2. Go", "1. Wait\n2. Go\nand on", "1. Wait\n   on\n2. Go"]
        {
            assert!(!repeats(list), "{list}");
        }
    }

    #[test]
    fn messages_without_text_are_counted_and_may_be_the_first() {
        let text = |role, text| Turn { role, text, calls: false };
        let turns = vec![
            text("user", None),
            text("assistant", Some("A cat.")),
            text("user", Some("And now?")),
            text("assistant", Some("Still a cat.")),
        ];
        let seed = Seed { turns, has_tools: false, is_english: true };
        let draw = Draw::new(0, 0, 0, crate::generate::draw::Purpose::Change);
        assert_eq!(follow_ups(&seed, "Still a cat.", draw), []);
    }

    #[test]
    fn code_is_repeated_with_its_fences() {
        let all = asked(&[("user", "Say \"x\""), ("assistant", "Here:\n```py\nx = 1\n```\nDone.")]);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].1, "```py\nx = 1\n```");
        assert!(asked(&[("user", "\n\""), ("assistant", "```py\nx = 1\n```")]).is_empty());
        assert!(asked(&[("user", "\n\""), ("assistant", "a\n```py\nx = 1")]).is_empty());
    }
}
