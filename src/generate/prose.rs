//! What in a text is prose, so that its words may be changed.
//!
//! A text of a chat is a mixture: beside words there are code, addresses, numbers, names of files and placeholders,
//! in which one letter changed makes another meaning. So a word counts as one only when nothing speaks against it.

use std::ops::Range;

use crate::record::markdown::{fenced, is_within};
use crate::record::text;

/// Characters that make of the piece between two blanks something that is not to be read as a word: addresses,
/// paths, identifiers, markup, variables, formulas.
const TECHNICAL: &[char] = &[
    '/', '\\', '@', '_', '{', '}', '<', '>', '$', '%', '#', '=', '`', '|', '*', '^', '~', '+', '&',
];

/// The words of the prose in a text, in their order: letters, with apostrophes and hyphens between them.
///
/// No word stands in code, an address, a placeholder or markup; none has a digit, capitals behind its first letter
/// (which names and abbreviations have), or a full stop or colon between letters.
pub(crate) fn words(text: &str) -> Vec<Range<usize>> {
    let closed = closed(text);
    pieces(text).filter(|piece| !touches(&closed, piece)).filter_map(|p| word(text, p)).collect()
}

/// Whether a text is prose: four of five of what stands between blanks are words, which neither code nor figures nor
/// addresses have.
pub(crate) fn is_prose(text: &str) -> bool {
    words(text).len() * 5 >= text::words(text) * 4
}

/// Is it a mark before or behind what is quoted?
pub(crate) fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ab}' | '\u{bb}')
}

/// The pieces between white space.
fn pieces(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let rest = text.get(from..)?;
        let start = from + rest.find(|c: char| !c.is_whitespace())?;
        let piece = &text[start..];
        let end = start + piece.find(char::is_whitespace).unwrap_or(piece.len());
        from = end;
        Some(start..end)
    })
}

/// The word in a piece, without the punctuation around it.
fn word(text: &str, piece: Range<usize>) -> Option<Range<usize>> {
    let whole = &text[piece.clone()];
    if whole.contains(TECHNICAL) {
        return None;
    }
    let core = whole.trim_matches(|c: char| !c.is_alphanumeric());
    let start = piece.start + whole.find(|c: char| c.is_alphanumeric())?;
    let inner = |c: char| c.is_alphabetic() || matches!(c, '\'' | '\u{2019}' | '-');
    let capitals = core.chars().skip(1).any(char::is_uppercase);
    (core.chars().all(inner) && !capitals).then_some(start..start + core.len())
}

fn touches(closed: &[Range<usize>], range: &Range<usize>) -> bool {
    let next = closed.partition_point(|one| one.end <= range.start);
    closed.get(next).is_some_and(|one| one.start < range.end)
}

/// Where no word is looked for: blocks and spans of code, placeholders, tags. In order and apart.
fn closed(text: &str) -> Vec<Range<usize>> {
    let mut closed = fenced(text);
    let blocks = closed.clone();
    let outside = |range: &Range<usize>| !is_within(&blocks, range.start);
    closed.extend(indented(text).filter(&outside));
    closed.extend(spans(text).into_iter().filter(&outside));
    for (open, close) in [("{{", "}}"), ("{%", "%}"), ("<", ">"), ("[", "]")] {
        closed.extend(bracketed(text, open, close).filter(&outside));
    }
    closed.sort_unstable_by_key(|range| (range.start, range.end));
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(closed.len());
    for range in closed {
        match apart.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

/// Lines that start with four blanks or a tab: code in Markdown.
fn indented(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        (line.starts_with("    ") || line.starts_with('\t')).then_some(start..at)
    })
}

/// Spans of code in a line: from a run of backticks to the next one as long.
fn spans(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let runs = runs(line);
        let mut at = 0;
        while let Some(open) = runs.get(at) {
            let same = |run: &Range<usize>| run.len() == open.len();
            match runs[at + 1..].iter().position(same) {
                Some(skip) => {
                    found.push(start + open.start..start + runs[at + 1 + skip].end);
                    at += skip + 2;
                }
                None => at += 1,
            }
        }
        start += line.len();
    }
    found
}

/// The runs of backticks in a line.
fn runs(line: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for at in memchr::memchr_iter(b'`', line.as_bytes()) {
        match runs.last_mut() {
            Some(run) if run.end == at => run.end += 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

/// From each opening mark to the next closing one in its line; what is not closed there is no bracket.
fn bracketed(text: &str, open: &str, close: &str) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let start = from + text.get(from..)?.find(open)?;
            let inside = &text[start + open.len()..];
            let line = inside.find('\n').unwrap_or(inside.len());
            match inside[..line].find(close) {
                Some(skip) => {
                    from = start + open.len() + skip + close.len();
                    return Some(start..from);
                }
                None => from = start + open.len(),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        words(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn words_are_what_nothing_speaks_against() {
        let table: [(&str, &[&str]); 14] = [
            (
                "How do I (really) cancel, please?",
                &["How", "do", "I", "really", "cancel", "please"],
            ),
            ("don\u{2019}t re-send", &["don\u{2019}t", "re-send"]),
            ("see https://a.b/c or mail me@a.b", &["see", "or", "mail"]),
            ("order A-123456 of 3rd May", &["order", "of", "May"]),
            ("run `git push origin` now", &["run", "now"]),
            ("a ``x ` y`` b ` c", &["a", "b", "c"]),
            ("Dear {{ first name }}, <b class> hi [your city]", &["Dear", "hi"]),
            ("the API of openSUSE", &["the", "of"]),
            ("text\n```py\nfor x in y\n```\nend", &["text", "end"]),
            ("text\n    code here\nend", &["text", "end"]),
            ("snake_case a.b c:d $HOME 50% x=1", &[]),
            ("a [b and no end\nof it", &["a", "b", "and", "no", "end", "of", "it"]),
            ("Größe 世界 привет", &["Größe", "世界", "привет"]),
            ("", &[]),
        ];
        for (text, wanted) in table {
            assert_eq!(found(text), wanted, "{text}");
        }
    }

    #[test]
    fn code_and_figures_are_no_prose() {
        assert!(is_prose("You turn the key, and then you push the door."));
        for text in [
            "6, 28, 496, and 8128",
            "import json\ndef get(url): return json.load(open(url))",
            "1- https://a.b/c 2- https://d.e/f",
            "|:d/c/|\"G\" B3/2 A/2 G|Bcd|",
        ] {
            assert!(!is_prose(text), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn words_lie_in_order_and_are_letters(text in "[a-cÄ 世{}<>`\\n\\[\\].'-]{0,60}") {
            let mut end = 0;
            for word in words(&text) {
                proptest::prop_assert!(word.start >= end && word.start < word.end);
                proptest::prop_assert!(text[word.clone()].starts_with(char::is_alphabetic));
                end = word.end;
            }
        }
    }
}
