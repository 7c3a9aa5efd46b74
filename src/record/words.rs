//! From a text to its words.
//!
//! Two texts that a reader takes for the same must give the same words: so text is compatibility-composed
//! (NFKC) and case-folded first. A word is a run of letters, digits, marks and underscores. Scripts that are
//! written without spaces (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese) have no such runs, so each
//! of their characters is a word; a splitter at spaces would see one word in a Chinese text, and all of them
//! alike.
//!
//! Most text is ASCII, or ASCII with typographic quotes, so folding works run by run: ASCII is lowered in
//! place, what is known to stay as it is is copied, and only the rest meets the tables of Unicode.

use std::borrow::Cow;

use unicase::UniCase;
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use super::text::unescape_plain;

/// The text of a turn.
#[derive(Debug, Clone, Copy)]
pub enum Text<'a> {
    /// As it is.
    Decoded(&'a str),
    /// As it stands in a JSON string, with no escapes but `\n`, `\t`, `\r`, `\"` and `\\`. None of these is
    /// part of a word, so that the text need not be decoded.
    Plain(&'a str),
}

/// NFKC and case folding, into `folded`.
pub fn fold(text: Text<'_>, folded: &mut String) {
    folded.clear();
    match text {
        Text::Decoded(text) => fold_decoded(text, folded),
        // Escapes are ASCII, so the text between them can be folded by itself.
        Text::Plain(text) => {
            let mut rest = text;
            while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
                fold_decoded(&rest[..at], folded);
                folded.push(' ');
                rest = rest.get(at + 2..).unwrap_or_default();
            }
            fold_decoded(rest, folded);
        }
    }
}

/// The number of escapes in a text with the five plain ones.
pub fn escapes(plain: &str) -> usize {
    let mut rest = plain;
    let mut count = 0;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        count += 1;
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    count
}

/// What a text with the five plain escapes says.
pub fn decode(plain: &str) -> String {
    let mut decoded = String::with_capacity(plain.len());
    unescape_plain(plain, &mut decoded);
    decoded
}

fn fold_decoded(text: &str, folded: &mut String) {
    let mut rest = text;
    while !rest.is_empty() {
        let ascii = rest.bytes().position(|b| !b.is_ascii()).unwrap_or(rest.len());
        let start = folded.len();
        folded.push_str(&rest[..ascii]);
        folded[start..].make_ascii_lowercase();
        rest = &rest[ascii..];
        let other = rest.bytes().position(|b| b.is_ascii()).unwrap_or(rest.len());
        fold_run(&rest[..other], start, folded);
        rest = &rest[other..];
    }
}

/// Folds a run without ASCII. The first mark in it may belong to the character folded last, if that stands
/// at or behind `start`.
fn fold_run(run: &str, start: usize, folded: &mut String) {
    if run.chars().all(stays) {
        return folded.push_str(run);
    }
    let composed: Cow<'_, str> = match is_nfkc_quick(run.chars()) {
        IsNormalized::Yes => Cow::Borrowed(run),
        _ => {
            let before = if folded.len() > start { folded.pop() } else { None };
            Cow::Owned(before.into_iter().chain(run.chars()).nfkc().collect())
        }
    };
    // Folding can take a text out of NFKC; what it makes of equal texts is equal all the same.
    folded.push_str(&UniCase::unicode(composed).to_folded_case());
}

/// Characters that NFKC and case folding leave alone in any surroundings, by the ranges that fill texts: the
/// usual typographic marks, kana without marks, Han.
fn stays(c: char) -> bool {
    matches!(c, '\u{2013}' | '\u{2014}' | '\u{2018}'..='\u{201e}' | '\u{2022}' | '\u{3001}' | '\u{3002}'
        | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fff}')
}

/// Calls `found` with each word of a folded text.
pub fn each_word(text: &str, mut found: impl FnMut(&str)) {
    let bytes = text.as_bytes();
    let mut start = None;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        let (class, len) = match byte.is_ascii() {
            true => (if ASCII_WORD[byte as usize] { Class::Word } else { Class::Between }, 1),
            false => {
                text[at..].chars().next().map_or((Class::Between, 1), |c| (class(c), c.len_utf8()))
            }
        };
        if class == Class::Word {
            start.get_or_insert(at);
        } else {
            if let Some(start) = start.take() {
                found(&text[start..at]);
            }
            if class == Class::Alone {
                found(&text[at..at + len]);
            }
        }
        at += len;
    }
    if let Some(start) = start {
        found(&text[start..]);
    }
}

/// What a character is to words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Part of a word.
    Word,
    /// A word by itself.
    Alone,
    /// Neither.
    Between,
}

const ASCII_WORD: [bool; 128] = {
    let mut table = [false; 128];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    table
};

fn class(c: char) -> Class {
    match c {
        // Han and Hangul syllables, which are nothing but letters; beyond the first plane also what is to come.
        '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => Class::Alone,
        '\u{20000}'..='\u{3ffff}' => Class::Alone,
        _ if !c.is_alphanumeric() && !is_combining_mark(c) => Class::Between,
        // Of Han the repeat marks, the zero and numerals, and what NFKC leaves of the compatibility block.
        '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{f900}'..='\u{faff}' => Class::Alone,
        // Kana with its own repeat marks, letters for Ainu and historic ones; Bopomofo.
        '\u{3031}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{1aff0}'..='\u{1b16f}' => {
            Class::Alone
        }
        '\u{3105}'..='\u{312f}' | '\u{31a0}'..='\u{31bf}' => Class::Alone,
        // Thai and Lao; Burmese, with its letters for other languages; Khmer.
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' => Class::Alone,
        '\u{a9e0}'..='\u{a9ff}' | '\u{aa60}'..='\u{aa7f}' => Class::Alone,
        _ => Class::Word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words_of(text: Text<'_>) -> Vec<String> {
        let (mut folded, mut words) = (String::new(), Vec::new());
        fold(text, &mut folded);
        each_word(&folded, |word| words.push(word.to_owned()));
        words
    }

    fn words(text: &str) -> Vec<String> {
        words_of(Text::Decoded(text))
    }

    /// The definition, without runs and shortcuts. ASCII is lowered first: a small y and a ring compose, a great
    /// one does not, which shows where another mark stands between them.
    fn folded_slowly(text: &str) -> String {
        let composed: String = text.to_ascii_lowercase().nfkc().collect();
        UniCase::unicode(composed).to_folded_case()
    }

    #[test]
    fn words_are_runs_of_letters_and_digits_in_any_case_and_form() {
        assert_eq!(
            words("Don't STOP\u{2014}caf\u{e9}_1 2.5"),
            ["don", "t", "stop", "café_1", "2", "5"]
        );
        assert_eq!(
            words("Cafe\u{301} \u{ff21}\u{ff22} \u{fb01}n Stra\u{df}e \u{3a3}\u{3c2}"),
            ["café", "ab", "fin", "strasse", "σσ"]
        );
        assert_eq!(words("हिन्दी में"), ["हिन्दी", "में"], "marks join letters");
        assert_eq!(words("Y\u{ff9e}\u{30a}"), words("y\u{ff9e}\u{30a}"));
        assert_eq!(words(" .,\n"), [""; 0]);
    }

    #[test]
    fn each_character_of_a_script_without_spaces_is_a_word() {
        assert_eq!(
            words("今天ok天气。かな 한국"),
            ["今", "天", "ok", "天", "气", "か", "な", "한", "국"]
        );
        assert_eq!(words("ไทย𠀀"), ["ไ", "ท", "ย", "𠀀"]);
        assert_eq!(words("ok々a〆b〇c"), ["ok", "々", "a", "〆", "b", "〇", "c"]);
        assert_eq!(words("xㄅㆠy"), ["x", "ㄅ", "ㆠ", "y"]);
        assert_eq!(
            words("aゝbゞcーdヽeヾf"),
            ["a", "ゝ", "b", "ゞ", "c", "ー", "d", "ヽ", "e", "ヾ", "f"]
        );
    }

    #[test]
    fn punctuation_of_these_scripts_is_between_words() {
        for mark in "\u{30fb}\u{30a0}\u{e3f}\u{e4f}\u{e5a}\u{e5b}\u{104a}\u{104b}\u{104c}\u{104f}\u{17d4}\u{17d5}\u{17d6}\u{17db}\u{ff65}\u{3002}\u{4dc0}".chars() {
            assert_eq!(words(&format!("a{mark}b")), ["a", "b"], "{mark:?}");
        }
        assert_eq!(words("アン・リー"), words("アンリー"));
        assert_eq!(words("ราคา ฿5"), words("ราคา 5"));
    }

    #[test]
    fn repeat_marks_numerals_and_small_letters_are_words_of_their_own() {
        for letter in
            "\u{303b}\u{3031}\u{3035}\u{3021}\u{3029}\u{3038}\u{303a}\u{31f0}\u{31ff}\u{e46}\u{17d7}\u{e50}\u{1b001}\u{aa60}".chars()
        {
            let words = words(&format!("a{letter}b"));
            assert_eq!((words.len(), &*words[0], &*words[2]), (3, "a", "b"), "{letter:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn a_plain_text_has_the_words_of_the_decoded_one(text in "[a-zA-Z \\\\\"\n\té中\u{2019}]{0,40}") {
            let raw = serde_json::to_string(&text).unwrap();
            let plain = Text::Plain(&raw[1..raw.len() - 1]);
            prop_assert_eq!(words_of(plain), words_of(Text::Decoded(&text)));
        }

        #[test]
        fn folding_run_by_run_gives_the_words_of_the_definition(
            text in "[a-zA-Z0-9 .\u{300}-\u{310}é\u{2018}-\u{2026}\u{1100}-\u{1112}\u{1161}-\u{1175}ßΣς\u{3041}-\u{309c}中㎏Ａｶﾞ\u{1e9e}]{0,24}"
        ) {
            let mut runs = String::new();
            fold(Text::Decoded(&text), &mut runs);
            let (mut got, mut wanted) = (Vec::new(), Vec::new());
            let slow = folded_slowly(&text);
            each_word(&runs, |word| got.push(word.to_owned()));
            each_word(&slow, |word| wanted.push(word.to_owned()));
            prop_assert_eq!(got, wanted);
        }
    }
}
