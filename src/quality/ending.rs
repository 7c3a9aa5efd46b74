//! Does a text end in the middle of a sentence?
//!
//! Most texts without a full stop at the end are whole: lists, headings, titles, verses, code, names, links.
//! So a missing stop says nothing by itself. Two things do: a last word that cannot be a last one ("the",
//! "und"), and a last paragraph whose sentences before it have their stops.

/// Bytes of the last line that are looked at.
const REACH: usize = 600;

/// Characters of a last line that is prose: titles and items are shorter. Chinese says as much in a third.
const PROSE: usize = 60;
const PROSE_WIDE: usize = 20;

/// Words of a last line that ends with an odd word: shorter ones are items and greetings.
const WORDS: usize = 5;

/// Words no sentence ends with, in English, German, French, Spanish, Portuguese and Italian; only those that
/// are no last word in another of these.
const DANGLING: &[&str] = &[
    "the", "and", "or", "but", "with", "from", "than", "because", "which", "whose", "their",
    "your", "my", "our", "an", "if", "that's", "und", "oder", "der", "ein", "eine", "einen",
    "einem", "einer", "für", "dass", "weil", "le", "les", "une", "et", "ou", "du", "aux", "pour",
    "avec", "el", "los", "las", "una", "para", "por", "con", "uma", "os", "della", "gli", "che",
    "il",
];

/// Is the last sentence cut?
pub(super) fn is_cut(text: &str) -> bool {
    let text = text.trim_end();
    let reach = &text[text.ceil_char_boundary(text.len().saturating_sub(REACH))..];
    let line = reach.rsplit('\n').next().unwrap_or_default().trim();
    let Some(last) = line.chars().next_back() else { return false };
    if is_wide(last) || matches!(last, '，' | '、') {
        let prose = line.chars().count() >= PROSE_WIDE && line.contains(['。', '！', '？']);
        return prose && !is_code(line);
    }
    if !last.is_lowercase() && last != ',' {
        return false;
    }
    let words = line.split_whitespace().count();
    let cut = last == ',' && words > WORDS || ends_with_odd_word(line) || is_unfinished_prose(line);
    cut && words >= WORDS && !is_code(line) && !is_closing(line)
}

/// What stands below a story without a full stop.
const CLOSINGS: [&str; 4] = ["the end", "to be continued", "ende", "fin"];

/// A closing, or words for a search (`#sea`), which stand behind the last sentence.
fn is_closing(line: &str) -> bool {
    let line = line.to_lowercase();
    let last = line.split_whitespace().next_back();
    last.is_some_and(|word| word.contains(['#', '@']))
        || CLOSINGS.iter().any(|closing| line.ends_with(closing))
}

/// Signs of code, tables, formulas and links.
fn is_code(line: &str) -> bool {
    line.contains(['{', '}', '<', '>', '=', ';', '|', '\\', '`', '_', '$'])
        || line.contains("://")
        || line.starts_with(['#', '/', '"', '“', '«'])
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')
}

fn ends_with_odd_word(line: &str) -> bool {
    let word = line.rsplit(char::is_whitespace).next().unwrap_or_default();
    DANGLING.contains(&word)
}

/// A long line in which a sentence ended before.
fn is_unfinished_prose(line: &str) -> bool {
    line.chars().count() >= PROSE
        && line.match_indices(['.', '!', '?']).any(|(at, _)| {
            let before = line[..at].chars().rev().take_while(|c| c.is_lowercase()).count();
            let mut behind = line[at + 1..].chars();
            // Not behind a number or an initial, which lists and names have.
            before >= 3
                && behind.next() == Some(' ')
                && behind.next().is_some_and(char::is_uppercase)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_cut_in_the_middle_are_found_in_many_languages() {
        for text in [
            "The first step is to open the",
            "It has two parts. First, you have to connect the cable to the port and then press",
            "In short, the plan needs time, money, people,",
            "- Wash your hands, your feet and",
            "Zuerst muss man den Schalter drücken und",
            "Das Gerät hat zwei Teile. Zuerst wird das Kabel mit dem Anschluss verbun",
            "Il faut ouvrir la porte avec",
            "Primero hay que abrir la puerta con una",
            "这个方法有两个步骤。首先需要打开电源，然后把电缆连接到",
            "この方法には二つの段階があります。まず電源を入れてから、",
        ] {
            assert!(is_cut(text), "{text}");
        }
    }

    #[test]
    fn lists_titles_letters_verses_and_code_without_a_full_stop_are_whole() {
        for text in [
            "",
            "Paris",
            "The answer is 42",
            "It is done.",
            "- milk\n- bread\n- a box of eggs from the market",
            "Best regards,\nJohn",
            "They lived in peace and friendship for many years to come and were happy. The end",
            "Dear Sir or Madam,",
            "Yours sincerely and with thanks,",
            "Roses are red\nviolets are blue\nsugar is sweet\nand so are you",
            "Let me know if you have any questions",
            "for x in y:\n    total += x and",
            "See https://example.org/a/long/path/that/goes/on and",
            "| a | b |\n| the | and |",
            "What a wonderful evening by the sea it was. We are going to come back soon! #sea #summer",
            "Written by J. R. R. Tolkien in a small house in the town of Oxford long ago",
            "1. Install the package from the list of packages that the site offers",
            "\"Nobody knows. Everybody guesses what the answer to this old question could be",
            "三个步骤\n打开电源",
            "他说：“走吧。”",
            "価格：千円",
        ] {
            assert!(!is_cut(text), "{text}");
        }
    }

    #[test]
    fn only_the_end_is_looked_at() {
        let long = format!("{} and", "word ".repeat(100_000));
        assert!(is_cut(&long));
        assert!(!is_cut(&"a".repeat(400_000)));
    }
}
