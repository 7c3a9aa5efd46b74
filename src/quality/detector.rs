//! The one that looks for all signs.

use std::borrow::Cow;
use std::ops::Range;

use crate::record::markdown;

use super::census::Census;
use super::phrases::Phrases;
use super::signs::{Sign, Signs, Speaker};
use super::{ending, markers, pair, repetition, secrets};

/// Finds signs. Built once; workers share it.
#[derive(Debug)]
pub struct Detector {
    phrases: Phrases,
    /// Personal data and secrets are looked for.
    secrets: bool,
}

impl Default for Detector {
    fn default() -> Detector {
        Detector::new()
    }
}

impl Detector {
    /// Builds the automatons, which takes some milliseconds.
    pub fn new() -> Detector {
        Detector { phrases: Phrases::new(), secrets: true }
    }

    /// One that looks for no personal data and no secrets, which takes a fifth of the time.
    pub fn without_secrets() -> Detector {
        Detector { secrets: false, ..Detector::new() }
    }

    /// Adds the signs of one text. What is looked for depends on who speaks ([`Sign::is_for`]); of a user's turn
    /// that a model wrote everything is to be looked for, so judge it as the assistant's.
    pub fn text(&self, speaker: Speaker, text: &str, found: &mut Signs) {
        self.with(speaker, text, Census::of(text), found);
    }

    fn with(&self, speaker: Speaker, text: &str, census: Census, found: &mut Signs) {
        markers::look(speaker, text, census, found);
        if self.secrets {
            secrets::each(text, census, |sign, _| found.insert(sign));
        }
        if speaker == Speaker::Assistant {
            self.phrases.look(text, found);
            let fenced = match census.has(Census::FENCE) {
                true => markdown::fenced(text),
                false => Vec::new(),
            };
            let ends_in_code = fenced.last().is_some_and(|block| block.end == text.len());
            found.insert_if(Sign::Truncated, !ends_in_code && ending::is_cut(text));
            let repeats = prose(text, &fenced).any(repetition::is_repeated);
            found.insert_if(Sign::Repetition, repeats);
        }
    }

    /// Adds the signs of a query and the response to it.
    ///
    /// `first`: nothing was said before, but by the system. Only such a query is compared by topic, since a
    /// later one ("make it shorter, and less formal") speaks of what it does not name.
    pub fn pair(&self, query: &str, response: &str, first: bool, found: &mut Signs) {
        pair::look(query, response, first, found);
    }

    /// The text as it may be shown: secrets and personal data replaced by what they are, such as `‹e-mail›`.
    pub fn masked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut spans: Vec<(usize, usize, &str)> = Vec::new();
        secrets::each(text, Census::of(text), |sign, span| {
            spans.push((span.start, span.end, sign.info().mask.unwrap_or(sign.name())));
        });
        if spans.is_empty() {
            return Cow::Borrowed(text);
        }
        spans.sort_unstable();
        let mut masked = String::with_capacity(text.len());
        let mut shown = 0;
        for (start, end, mask) in spans {
            if start >= shown {
                masked.push_str(&text[shown..start]);
                masked.push('‹');
                masked.push_str(mask);
                masked.push('›');
            }
            shown = shown.max(end);
        }
        masked.push_str(&text[shown..]);
        Cow::Owned(masked)
    }
}

/// What stands between the blocks of code.
fn prose<'t>(text: &'t str, fenced: &[Range<usize>]) -> impl Iterator<Item = &'t str> {
    let starts = std::iter::once(0).chain(fenced.iter().map(|block| block.end));
    let ends = fenced.iter().map(|block| block.start).chain(std::iter::once(text.len()));
    starts.zip(ends).map(|(start, end)| &text[start..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names(speaker: Speaker, text: &str) -> Vec<&'static str> {
        let mut found = Signs::NONE;
        Detector::new().text(speaker, text, &mut found);
        found.iter().map(Sign::name).collect()
    }

    #[test]
    fn all_signs_of_a_text_are_found_at_once_and_a_clean_text_has_none() {
        let bad = "Sure! Write to jane@uni-bonn.de or call 415-208-7643, [Your Name]\u{fffd}\nUser: ok\n```py\nx";
        let wanted = [
            "filler-opening",
            "role-marker",
            "placeholder",
            "unclosed-fence",
            "replacement",
            "email",
            "phone",
        ];
        assert_eq!(names(Speaker::Assistant, bad), wanted);
        assert_eq!(names(Speaker::User, bad), ["replacement", "email", "phone"]);
        for clean in [
            "Paris is the capital of France.",
            "```py\nfor x in range(10):\n    print(x)\n```",
            "東京は日本の首都です。",
            "",
        ] {
            assert_eq!(names(Speaker::Assistant, clean), [""; 0], "{clean}");
        }
    }

    #[test]
    fn code_that_repeats_itself_is_no_repetition_and_prose_behind_it_is() {
        let code = format!("```\n{}```\n", "null, null,\n".repeat(50));
        assert!(names(Speaker::Assistant, &code).is_empty());
        let text = format!("{code}{}", "I am sorry about it. ".repeat(20));
        assert_eq!(names(Speaker::Assistant, &text), ["repetition"]);
    }

    #[test]
    fn secrets_are_masked_and_a_text_without_them_is_borrowed() {
        let detector = Detector::new();
        assert_eq!(
            detector.masked("Jane (jane@uni-bonn.de, 415-208-7643) at 93.184.216.34"),
            "Jane (‹e-mail›, ‹phone›) at ‹ip›"
        );
        assert!(matches!(detector.masked("Nothing here, 12 times."), Cow::Borrowed(_)));
        let account = "DE89 3704 0044 0532 0130 00, 4539 5787 6362 1486.";
        assert_eq!(detector.masked(account), "‹iban›, ‹card›.");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn a_text_looked_at_without_the_census_has_the_same_signs_and_a_masked_one_has_no_secret(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "Sure! ", "a@uni.de ", "415-208-7643 ", "[Your Name]", "```\n", "\n", "é", "<think>", "DE89370400440532013000",
                " 93.184.216.34", "User: ", "x", ". ", "“", "1", "+49 30 9018 2047 ", "4539 5787 6362 1486", "@", "{{a}}",
            ]), 0..14)
        ) {
            let (detector, text) = (Detector::new(), pieces.join("; "));
            let (mut fast, mut slow) = (Signs::NONE, Signs::NONE);
            detector.text(Speaker::Assistant, &text, &mut fast);
            detector.with(Speaker::Assistant, &text, Census::ALL, &mut slow);
            prop_assert_eq!(fast, slow);
            let masked = detector.masked(&text);
            prop_assert!(matches!(detector.masked(&masked), Cow::Borrowed(_)), "{}", masked);
        }
    }
}
