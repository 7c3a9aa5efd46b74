//! Words or lines that stand there over and over, as a model writes them that has lost its way.
//!
//! Such a stretch is periodic: every byte equals the one a period later. Periods are guessed and then checked
//! in full, so nothing is found that is not there. Short ones are tried at fixed steps. Longer ones are
//! guessed from the start of a word: a small table tells where the same eight bytes stood last, and if they
//! stand there once more because of a period, the bytes between agree too. A stretch that was compared is not
//! compared again, so the work is in proportion to the text.

use std::ops::Range;

use super::census::spend;

/// Times a unit must stand there: refrains and lists of like items come three times.
const TIMES: usize = 4;

/// Bytes of a stretch at least: "no no no no no" is how people speak.
const LEAST: usize = 100;

/// Longest period, in bytes; a longer unit is a paragraph.
const PERIOD: usize = 512;

/// Up to this period every length is tried at each step.
const SHORT: usize = 16;

/// With a step of 64, a stretch of LEAST bytes holds a step with SHORT bytes and one load behind it.
const STEP: usize = 64;

/// Twelve times the words of a period, so that few of them fall on one place.
const PLACES: usize = 1024;

/// Is a unit with a letter repeated?
pub(super) fn is_repeated(text: &str) -> bool {
    text.len() >= LEAST && (short_period(text) || long_period(text))
}

/// Is the stretch long enough, and does its unit say something?
fn counts(text: &str, stretch: Range<usize>, period: usize) -> bool {
    stretch.len() >= LEAST && stretch.len() >= TIMES * period && {
        // A unit may be cut within a character, its neighbour is not.
        let start = text.floor_char_boundary(stretch.start);
        let end = text.ceil_char_boundary(stretch.start + period);
        let unit = &text[start..end];
        // Cells of a table and nested calls are alike by nature.
        unit.chars().any(char::is_alphabetic) && !unit.contains(['|', '(', '{', '=', '<', ';'])
    }
}

fn short_period(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut known = 0;
    for at in (0..bytes.len()).step_by(STEP) {
        let Some(word) = load(bytes, at).filter(|_| at >= known) else { continue };
        let period = (1..=SHORT).find(|period| load(bytes, at + period) == Some(word));
        let Some(period) = period else { continue };
        let least = at.saturating_sub(STEP);
        let same = |back: &usize| bytes[*back] == bytes[back + period];
        let back = (least..at).rev().take_while(same).count();
        let end = at + period + common(bytes, at, at + period);
        known = end;
        if counts(text, at - back..end, period) {
            return true;
        }
    }
    false
}

fn long_period(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut last = [0_u32; PLACES];
    let mut known = 0;
    for at in word_starts(bytes) {
        let Some(word) = load(bytes, at) else { break };
        let place = &mut last[(word.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 54) as usize];
        let before = std::mem::replace(place, at as u32) as usize;
        let period = at - before;
        if period > PERIOD || period == 0 || at < known || load(bytes, before) != Some(word) {
            continue;
        }
        let end = at + common(bytes, before, at);
        known = end;
        if counts(text, before..end, period) {
            return true;
        }
    }
    false
}

/// Behind white space, and at each character of three bytes: among them are those of the scripts without
/// spaces.
fn word_starts(bytes: &[u8]) -> impl Iterator<Item = usize> {
    // Places of words fit the table; a longer text is judged by its first 4 GiB.
    let bytes = &bytes[..bytes.len().min(u32::MAX as usize)];
    bytes.windows(2).enumerate().filter_map(|(at, pair)| {
        (pair[0] <= b' ' && pair[1] > b' ' || pair[1] & 0xf0 == 0xe0).then_some(at + 1)
    })
}

fn load(bytes: &[u8], at: usize) -> Option<u64> {
    let eight = bytes.get(at..)?.first_chunk::<8>()?;
    Some(u64::from_le_bytes(*eight))
}

/// How many bytes agree from two places on, the second one the later.
fn common(bytes: &[u8], first: usize, second: usize) -> usize {
    let mut length = 0;
    while let (Some(one), Some(other)) = (load(bytes, first + length), load(bytes, second + length))
    {
        if one != other {
            let same = (one ^ other).trailing_zeros() as usize / 8;
            spend(length);
            return length + same;
        }
        length += 8;
    }
    spend(length);
    let rest = bytes[first + length..].iter().zip(&bytes[second + length..]);
    length + rest.take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::census::steps;
    use proptest::prelude::*;

    /// The definition: every place, every period.
    fn naive(text: &str) -> bool {
        let bytes = text.as_bytes();
        (1..=PERIOD).any(|period| {
            (0..bytes.len()).any(|start| {
                let later = bytes.get(start + period..).unwrap_or_default();
                let same = bytes[start..].iter().zip(later).take_while(|(a, b)| a == b).count();
                same > 0 && counts(text, start..start + period + same, period)
            })
        })
    }

    #[test]
    fn words_lines_and_sentences_over_and_over_are_found_in_any_script() {
        for unit in [
            "I love you. ",
            "very ",
            "- Be kind.\n",
            "The quick brown fox jumps over the lazy dog. ",
            "我爱你，你也爱我。",
            "ありがとうございます",
            "спасибо большое ",
            "ha",
            "the cat and the cat and the dog. ",
        ] {
            let times = 5.max(LEAST / unit.len() + 2);
            let text = format!("Well, here it goes: {}and so on.", unit.repeat(times));
            assert!(is_repeated(&text), "{unit}");
        }
    }

    #[test]
    fn lists_rules_tables_and_refrains_are_not() {
        let list: String = (1..60).map(|n| format!("{n}. Item number {n} of the list\n")).collect();
        let numbers: String = (0..400).map(|n| format!("{n} ")).collect();
        for text in [
            "=".repeat(500),
            "| --- ".repeat(60),
            "_ ".repeat(100),
            "……".repeat(100),
            "0, ".repeat(200),
            "| yes | no ".repeat(40),
            "SUBSTITUTE(".repeat(40),
            list,
            numbers,
            "no no no no no".to_owned(),
            format!(
                "{}And then it ended.",
                "Row, row, row your boat, gently down the stream.\n".repeat(3)
            ),
        ] {
            assert!(!is_repeated(&text), "{}", &text[..40]);
        }
    }

    #[test]
    fn hostile_texts_take_work_in_proportion_to_their_length() {
        let mixed: String = (0..40_000).map(|n| format!("=== {} ", n % 7)).collect();
        for text in ["=".repeat(400_000), "= ".repeat(200_000), "\u{3000}".repeat(130_000), mixed] {
            let (_, work) = steps(|| is_repeated(&text));
            assert!(work <= 4 * text.len(), "{}: {work}", &text[..6]);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

        #[test]
        fn what_is_found_is_there_and_what_is_there_twice_as_long_is_found(
            before in "[a-z ]{0,80}",
            unit in "[a-d:中]{1,6}( [a-d中é]{1,4}){0,6}\n?",
            times in 1_usize..30,
            after in "[a-z ]{0,80}",
        ) {
            let text = format!("{before}{}{after}", unit.repeat(times));
            let found = is_repeated(&text);
            prop_assert!(!found || naive(&text));
            let long = unit.len() * times >= 2 * LEAST && times >= 2 * TIMES;
            if long && unit.chars().any(char::is_alphabetic) && unit.contains(' ') {
                prop_assert!(found, "{:?} x {}", unit, times);
            }
        }
    }
}
