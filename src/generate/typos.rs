//! Slips of the keyboard in a text, as people make them.
//!
//! Of ten slips four are a neighbour on the keyboard, two each an exchange of letters side by side, a letter left
//! out, and a letter struck twice. The first letter of a word stays, since it hardly ever goes wrong and a reader
//! knows the word by it. Code, addresses, numbers, names and placeholders are never touched
//! (`prose`), nor words in scripts without small and capital letters, which are not typed letter by letter.

use std::collections::HashSet;
use std::ops::Range;

use crate::record::text;

use super::draw::Draw;
use super::prose;

/// Letters of a word that a slip can fall on: shorter words are hardly ever mistyped, and each other letter makes
/// another word of them (`to`, `so`, `do`).
const LEAST: usize = 4;

/// Words of an answer from which on it says something in words of its own: the shortest sentences that do more than
/// give back what was asked for.
const LEAST_PROSE: usize = 8;

/// How often each slip is made, in the order of [`Slip`].
const WEIGHTS: [f64; 4] = [4.0, 2.0, 2.0, 2.0];

/// A slip.
#[derive(Debug, Clone, Copy)]
enum Slip {
    Neighbour,
    Swap,
    Drop,
    Double,
}

const SLIPS: [Slip; 4] = [Slip::Neighbour, Slip::Swap, Slip::Drop, Slip::Double];

/// Words that a text must not have slips in, in small letters.
#[derive(Debug, Default)]
pub struct Kept(HashSet<String>);

impl Kept {
    /// Keeps what of an answer must still be right when it repeats the question: of prose the words that it quotes
    /// and those of its code; else all, since JSON, a label or a line may be made of the question's own words.
    pub fn keep(&mut self, answer: &str) {
        if !prose::is_prose(answer) || text::words(answer) < LEAST_PROSE {
            return self.keep_all(answer);
        }
        // Behind an odd number of quotation marks stands what is quoted.
        answer.split(prose::is_quote).skip(1).step_by(2).for_each(|quoted| self.keep_all(quoted));
        let mut end = 0;
        for word in prose::words(answer) {
            self.keep_all(&answer[end..word.start]);
            end = word.end;
        }
        self.keep_all(&answer[end..]);
    }

    /// Keeps every word of a text, which may be JSON.
    pub fn keep_all(&mut self, text: &str) {
        let text = text.to_lowercase();
        let mut keep = |word: &str| {
            if word.chars().count() >= LEAST && !self.0.contains(word) {
                self.0.insert(word.to_owned());
            }
        };
        let mut is_escaped = false;
        for piece in text.split_inclusive(|c: char| !c.is_alphabetic()) {
            let word = piece.trim_end_matches(|c: char| !c.is_alphabetic());
            keep(word);
            // Of `\nword` the first letter may be that of an escape.
            if is_escaped {
                keep(word.get(1..).unwrap_or_default());
            }
            is_escaped = piece.ends_with('\\');
        }
    }
}

/// The text with a slip in each of its words with probability `rate` (0 to 1), but for those that are `kept`, in
/// whatever case.
///
/// Depends on the text, the rate and what is drawn. At rate 0, and where no word can be mistyped, the text comes back
/// as it is.
pub fn typos(text: &str, kept: &Kept, rate: f64, draw: &mut Draw) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut copied = 0;
    for word in prose::words(text) {
        let letters = &text[word.clone()];
        if !is_typed(letters) || !draw.chance(rate) || kept.0.contains(letters) {
            continue;
        }
        out.push_str(&text[copied..word.start]);
        slip(letters, draw, &mut out);
        copied = word.end;
    }
    out.push_str(&text[copied..]);
    out
}

/// Likewise with at least one slip, if a word can have one.
pub fn slipped(text: &str, kept: &Kept, rate: f64, draw: &mut Draw) -> String {
    let typed = typos(text, kept, rate, draw);
    if typed != text {
        return typed;
    }
    let can_slip = |word: &Range<usize>| {
        let letters = &text[word.clone()];
        is_typed(letters) && !kept.0.contains(letters)
    };
    let words: Vec<Range<usize>> = prose::words(text).into_iter().filter(can_slip).collect();
    let Some(word) = draw.choose(&words) else { return typed };
    let mut out = text[..word.start].to_owned();
    slip(&text[word.clone()], draw, &mut out);
    out.push_str(&text[word.end..]);
    out
}

/// Whether a word is typed letter by letter, is long enough, and begins with no capital as names do.
fn is_typed(word: &str) -> bool {
    word.chars().count() >= LEAST && word.chars().all(char::is_lowercase)
}

/// Writes a word with one slip behind its first letter.
fn slip(word: &str, draw: &mut Draw, out: &mut String) {
    let letters: Vec<char> = word.chars().collect();
    let slip = draw.weighted(&WEIGHTS).and_then(|at| SLIPS.get(at)).copied();
    let at = 1 + draw.below(letters.len() - 1);
    let neighbour = letters.get(at).and_then(|letter| neighbour(*letter, draw));
    let mut typed = letters.clone();
    match (slip.unwrap_or(Slip::Double), neighbour) {
        (Slip::Neighbour, Some(other)) => typed[at] = other,
        // The last letter has none behind it; equal letters would stay as they are.
        (Slip::Swap, _) if at + 1 < typed.len() && typed[at] != typed[at + 1] => {
            typed.swap(at, at + 1);
        }
        (Slip::Drop, _) => _ = typed.remove(at),
        _ => typed.insert(at, letters[at]),
    }
    out.extend(typed);
}

/// The rows of the usual keyboard for Latin letters, each shifted by about half a key against the one above it.
const ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// A letter beside this one on the keyboard; none for letters that are not on it.
fn neighbour(letter: char, draw: &mut Draw) -> Option<char> {
    let (row, at) = (0..).zip(ROWS).find_map(|(row, keys)| Some((row, keys.find(letter)?)))?;
    let key = |row: usize, at: usize| ROWS.get(row)?.as_bytes().get(at).map(|key| *key as char);
    let beside = [
        at.checked_sub(1).and_then(|at| key(row, at)),
        key(row, at + 1),
        row.checked_sub(1_usize).and_then(|row| key(row, at)),
        row.checked_sub(1).and_then(|row| key(row, at + 1)),
        at.checked_sub(1).and_then(|at| key(row + 1, at)),
        key(row + 1, at),
    ];
    let beside: Vec<char> = beside.into_iter().flatten().collect();
    draw.choose(&beside).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::draw::Purpose;

    fn draw(number: u64) -> Draw {
        Draw::new(7, number, 0, Purpose::Typos)
    }

    fn all_of(text: &str) -> Kept {
        let mut kept = Kept::default();
        kept.keep_all(text);
        kept
    }

    #[test]
    fn what_an_answer_repeats_is_typed_right() {
        for number in 0..50 {
            let kept = all_of("MAREK: henrik_3 {\"a\\nline\": \"abouts\"}");
            let typed = typos("tell marek about henrik on the line", &kept, 1.0, &mut draw(number));
            assert!(["marek", "henrik", "line"].iter().all(|word| typed.contains(word)), "{typed}");
            assert!(typed.split(' ').all(|word| word != "about"), "{typed}");
        }
    }

    #[test]
    fn of_prose_only_what_it_quotes_is_kept() {
        let kept = |answer: &str| {
            let mut kept = Kept::default();
            kept.keep(answer);
            let mut words: Vec<_> = kept.0.into_iter().collect();
            words.sort_unstable();
            words
        };
        let prose =
            "The parcel was lost on its way, so \"order\" the `lamp` once more in the SHOP.";
        assert_eq!(kept(prose), ["lamp", "order", "shop"]);
        assert_eq!(kept("late delivery"), ["delivery", "late"]);
        let label = "{\"topic\": \"late delivery\", \"who\": \"customer\", \"where\": \"town\", \"by\": \"mail\"}";
        let words = ["customer", "delivery", "late", "mail", "topic", "town", "where"];
        assert_eq!(kept(label), words);
    }

    #[test]
    fn one_slip_at_least_is_made_where_a_word_can_have_one() {
        for number in 0..50 {
            let typed = slipped("tell Marek about it", &all_of("about"), 0.0, &mut draw(number));
            assert!(
                typed != "tell Marek about it" && typed.ends_with(" Marek about it"),
                "{typed}"
            );
            assert_eq!(
                slipped("it is about", &all_of("about"), 1.0, &mut draw(number)),
                "it is about"
            );
        }
    }

    #[test]
    fn many_words_and_long_answers_cost_no_more_than_their_length() {
        let (asked, answer) = ("keyboard ".repeat(40_000), "another answer ".repeat(40_000));
        let typed = typos(&asked, &all_of(&answer), 1.0, &mut draw(1));
        assert!(typed.split(' ').all(|word| word != "keyboard"));
    }

    #[test]
    fn every_slip_is_made_and_the_first_letter_stays() {
        let mut lengths = [0_u32; 3];
        for number in 0..400 {
            let typed = typos("keyboard", &Kept::default(), 1.0, &mut draw(number));
            assert!(typed != "keyboard" && typed.starts_with('k'), "{typed}");
            lengths[typed.len() - 7] += 1;
        }
        assert!(lengths.iter().all(|count| *count > 40), "{lengths:?}");
    }

    #[test]
    fn neighbours_lie_side_by_side() {
        let of = |letter| {
            let mut all: Vec<_> =
                (0..200).filter_map(|n| neighbour(letter, &mut draw(n))).collect();
            all.sort_unstable();
            all.dedup();
            all.into_iter().collect::<String>()
        };
        let table =
            [('q', "aw"), ('g', "bfhtvy"), ('p', "lo"), ('a', "qswz"), ('m', "jkn"), ('é', "")];
        for (letter, wanted) in table {
            assert_eq!(of(letter), wanted, "{letter}");
        }
    }

    #[test]
    fn code_addresses_numbers_and_placeholders_stay() {
        let closed = "`call this function` https://example.com/some/path A-123456 {{ customer }} <order> \
                      README.md NASA snake_case 世界您好 a to the";
        for number in 0..50 {
            assert_eq!(typos(closed, &Kept::default(), 1.0, &mut draw(number)), closed);
        }
    }

    #[test]
    fn the_same_draw_gives_the_same_slips() {
        let text = "Please cancel the subscription that belongs to this account";
        let typed = typos(text, &Kept::default(), 0.5, &mut draw(3));
        assert_eq!(typed, typos(text, &Kept::default(), 0.5, &mut draw(3)));
        assert_ne!(typed, typos(text, &Kept::default(), 0.5, &mut draw(4)));
        assert_eq!(typed, GOLDEN);
    }

    const GOLDEN: &str = "Please cnacel the subscriptio tgat belonsg to tnis acfount";

    proptest::proptest! {
        #[test]
        fn what_is_no_word_stays_and_nothing_breaks(
            text in "[a-zA-Zäß世\u{301} .,`{}<>/@0-9\\n'-]{0,80}",
            number in 0_u64..1000,
            rate in 0.0..=1.0,
        ) {
            let typed = typos(&text, &Kept::default(), rate, &mut draw(number));
            let marks = |text: &str| text.chars().filter(|c| !c.is_alphabetic()).collect::<String>();
            proptest::prop_assert_eq!(marks(&typed), marks(&text));
            proptest::prop_assert_eq!(typos(&text, &Kept::default(), 0.0, &mut draw(number)), text);
        }
    }
}
