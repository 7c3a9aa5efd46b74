//! What a heading is about, and whether it asks.

use std::borrow::Cow;

/// What a heading is about: without its number, and without a name for links behind it.
pub(super) fn topic_of(heading: &str) -> &str {
    let heading = match heading.rfind('{').filter(|_| heading.ends_with('}')) {
        Some(open) if heading[open + 1..].starts_with(['#', '.']) => heading[..open].trim_end(),
        _ => heading,
    };
    let number =
        heading.len() - heading.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    let (number, rest) = heading.split_at(number);
    let rest = rest.strip_prefix(')').unwrap_or(rest);
    // A number alone may be a year.
    let is_number = number.starts_with(|c: char| c.is_ascii_digit())
        && (number.contains('.') || heading[number.len()..].starts_with(')'));
    match is_number && rest.starts_with(' ') && !rest.trim().is_empty() {
        true => rest.trim(),
        false => heading,
    }
}

/// A heading with a question mark if it is a question: one that begins as questions do, verb included.
pub(super) fn as_question(heading: &str) -> Cow<'_, str> {
    const ASKED: [&str; 8] = ["how", "why", "when", "where", "what", "which", "who", "whom"];
    const VERBS: [&str; 14] = [
        "do", "does", "did", "can", "could", "should", "would", "will", "must", "may", "is", "are",
        "was", "were",
    ];
    let mut words = heading.split_whitespace().map(str::to_lowercase);
    let is = |word: Option<String>, list: &[&str]| word.is_some_and(|word| list.contains(&&*word));
    // "What is new" tells something.
    let asks = is(words.next(), &ASKED) && is(words.next(), &VERBS) && words.nth(1).is_some();
    match asks && heading.ends_with(char::is_alphanumeric) {
        true => Cow::Owned(format!("{heading}?")),
        false => Cow::Borrowed(heading),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_of_a_heading_are_no_part_of_the_question() {
        for (heading, wanted) in [
            ("3.2. Setup {#setup}", "Setup"),
            ("3.2 Setup", "Setup"),
            ("3) Setup", "Setup"),
            ("2024 in review", "2024 in review"),
            ("1.", "1."),
            ("Sets {a}", "Sets {a}"),
            ("How do I reset it", "How do I reset it?"),
            ("What is new", "What is new"),
            ("How the engine works", "How the engine works"),
        ] {
            assert_eq!(as_question(topic_of(heading)), wanted);
        }
    }
}
