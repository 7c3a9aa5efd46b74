//! Numbers and names as they stand in the block.

use crate::cli::terminal::sanitize;

/// A share as percent: `12.3%`.
pub(super) fn percent(share: f64) -> String {
    match share * 100.0 {
        some if some > 0.0 && some < 0.05 => "<0.1%".to_owned(),
        most if (99.95..100.0).contains(&most) => ">99.9%".to_owned(),
        percent => format!("{percent:.1}%"),
    }
}

/// A name from data as it is shown: harmless, and something to see where there is nothing.
pub(super) fn name(text: &str) -> String {
    if text.is_empty() { "(empty)".to_owned() } else { sanitize(text).into_owned() }
}

/// Whether a shell takes the text for one word and nothing else. What it would read otherwise is not repeated in
/// something that people copy into one.
pub(super) fn is_plain(text: &str) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
    !text.is_empty() && !text.starts_with('-') && text.chars().all(safe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_little_is_not_nothing_and_most_is_not_all() {
        let table = [
            (0.0, "0.0%"),
            (0.0004, "<0.1%"),
            (0.0005, "0.1%"),
            (0.125, "12.5%"),
            (0.9996, ">99.9%"),
            (1.0, "100.0%"),
        ];
        for (share, text) in table {
            assert_eq!(percent(share), text);
        }
    }

    #[test]
    fn only_a_word_that_a_shell_leaves_alone_is_plain() {
        for plain in ["a", "out/training_data.jsonl", "a-b.c"] {
            assert!(is_plain(plain), "{plain}");
        }
        for other in ["", "-a", "a b", "$(id)", "a;b", "é", "a\nb"] {
            assert!(!is_plain(other), "{other:?}");
        }
    }
}
