//! How a text opens: its first words, for counting how many texts open alike.

use crate::record::words::{Text, each_word, fold};

/// Words of an opening: two are often "I am" or "Here is", four tell most texts apart.
const WORDS: usize = 3;

/// Bytes from the first word on that are read.
const REACH: usize = 256;

/// The first three words as words are compared, with a space between, or as many as there are; `None` for a
/// text without words. Of a script without spaces each character is a word.
pub fn opening<'s>(text: &str, scratch: &'s mut String) -> Option<&'s str> {
    let start = text.find(char::is_alphanumeric)?;
    let reach = &text[start..text.floor_char_boundary(start + REACH)];
    fold(Text::Decoded(reach), scratch);
    let folded = scratch.len();
    let mut words = Vec::with_capacity(WORDS);
    each_word(scratch, |word| {
        if words.len() < WORDS {
            words.push(word.to_owned());
        }
    });
    scratch.push_str(&words.join(" "));
    scratch.get(folded..).filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opening_is_three_words_without_case_and_punctuation() {
        let mut scratch = String::new();
        for (text, wanted) in [
            ("**Sure!** Here's the code", "sure here s"),
            ("  \n1. First, wash", "1 first wash"),
            ("Ｏｋ", "ok"),
            ("今天天气很好", "今 天 天"),
            ("STRASSE straße x y", "strasse strasse x"),
        ] {
            assert_eq!(opening(text, &mut scratch), Some(wanted), "{text}");
        }
        assert_eq!(opening("... !?", &mut scratch), None);
        assert_eq!(opening("", &mut scratch), None);
    }

    #[test]
    fn a_long_word_is_cut_and_what_stands_far_behind_does_not_count() {
        let mut scratch = String::new();
        let long = "é".repeat(100_000);
        assert_eq!(opening(&long, &mut scratch).map(str::len), Some(REACH));
        let far = format!("{} a", "=".repeat(100_000));
        assert_eq!(opening(&far, &mut scratch), Some("a"));
    }
}
