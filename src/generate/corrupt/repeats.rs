//! Records that come again, equal or nearly so.

use crate::generate::prose;
use crate::record::text::to_json;
use crate::record::{Message, Value};
use crate::similar::{Conversation, Shingler};

use super::case::{Case, Hand};

/// The share of their runs of five words that a record and its near duplicate have in common at least. Above the .8
/// that chatml-dedup looks for by default, by so much that its signatures miss none: they find .998 of the pairs
/// that lie just at the threshold.
const LIKENESS: f64 = 0.85;

/// Words that are changed at most. One changes up to five runs, so that a record of 100 runs can have one.
const MOST_WORDS: usize = 3;

/// The same line.
pub(super) fn exact(case: &Case<'_>, _: &mut Hand) -> Option<Vec<u8>> {
    Some(case.line.to_vec())
}

/// The line with some words of its longest text changed into others of that text; none if it is so short that it
/// would no longer be alike.
pub(super) fn near(case: &Case<'_>, hand: &mut Hand) -> Option<Vec<u8>> {
    let contents = case.said().into_iter().filter_map(|at| case.messages.get(at)?.content);
    let content = contents.max_by_key(|content| content.as_str().map_or(0, str::len))?;
    let text = content.as_str()?;
    let words = prose::words(text);
    let mut before = Vec::new();
    let of = Conversation::Messages(&case.messages);
    runs(of, Some(case.root), &mut hand.shingler, &mut before);
    for count in (1..=MOST_WORDS).rev() {
        let mut places: Vec<usize> = (0..words.len()).collect();
        hand.draw.shuffle(&mut places);
        places.truncate(count);
        places.sort_unstable();
        let mut changed = String::with_capacity(text.len() + 16);
        let mut copied = 0;
        for word in places.iter().filter_map(|at| words.get(*at)) {
            changed.push_str(&text[copied..word.start]);
            let others: Vec<&str> = words.iter().map(|other| &text[other.clone()]).collect();
            changed.push_str(hand.draw.choose(&others)?);
            copied = word.end;
        }
        changed.push_str(&text[copied..]);
        let line = case.with(content.span(), to_json(&changed).as_bytes());
        if (LIKENESS..1.0).contains(&likeness(&before, &runs_of(&line, hand)?)) {
            return Some(line);
        }
    }
    None
}

/// The set of runs of words that chatml-dedup compares.
pub(super) fn runs(
    of: Conversation<'_>,
    root: Option<Value<'_>>,
    shingler: &mut Shingler,
    set: &mut Vec<u64>,
) {
    let roles = ["user", "assistant"].map(str::to_owned);
    of.shingles(root, &roles, shingler, set);
}

/// The same of a line that was made.
fn runs_of(line: &[u8], hand: &mut Hand) -> Option<Vec<u64>> {
    let mut parser = std::mem::take(&mut hand.parser);
    let set = parser.parse(line, None, |document, _| {
        let list = document.root().get("messages")?;
        let messages: Vec<Message<'_>> = list.items().map(Message::of).collect();
        let mut set = Vec::new();
        let of = Conversation::Messages(&messages);
        runs(of, Some(document.root()), &mut hand.shingler, &mut set);
        Some(set)
    });
    hand.parser = parser;
    set.ok().flatten()
}

/// The share that two sets have in common of all that is in them; nothing is like nothing.
fn likeness(one: &[u64], other: &[u64]) -> f64 {
    let shared = one.iter().filter(|run| other.binary_search(run).is_ok()).count();
    match one.len() + other.len() - shared {
        0 => 0.0,
        all => shared as f64 / all as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_is_the_share_of_all() {
        assert_eq!(likeness(&[1, 2, 3], &[2, 3, 4]), 0.5);
        assert_eq!(
            (likeness(&[], &[]), likeness(&[1], &[]), likeness(&[1], &[1])),
            (0.0, 0.0, 1.0)
        );
    }
}
