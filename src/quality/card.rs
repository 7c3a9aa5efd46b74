//! Numbers of payment cards.

use std::ops::Range;

use super::census::spend;
use super::numbers::{Digits, NAMED, is_joined, is_named};

const CARDS: &str = "\
    card visa mastercard amex kreditkarte kreditkartennummer carte tarjeta cartão карта карты 卡 \
    信用卡 カード";

/// Digits of an issuer with the right check digit: in the groups that cards have, or named as a card.
pub(super) fn card(text: &str, digits: &Digits<'_>) -> Option<Range<usize>> {
    // The month of its end stands behind many: `4539 5787 6362 1486 09/27`.
    let is_dated = text.as_bytes().get(digits.end) == Some(&b'/')
        && matches!(digits.groups(), [_, .., (2, b" ")]);
    let cut = is_dated.then(|| digits.without_last());
    let digits = cut.as_ref().unwrap_or(digits);
    let grouped = match digits.groups() {
        [(4, _), (4, _), (4, _), (4, _)] | [(4, _), (6, _), (4 | 5, _)] => {
            digits.is_separated_by(b" -")
        }
        [_] => is_named(text, digits.start, CARDS) || is_named_behind(text, digits.end, CARDS),
        _ => false,
    };
    let good = grouped
        && !is_joined(text, digits.start, digits.end)
        && is_issued(digits)
        && !digits.is_made_up()
        && luhn(digits.values());
    good.then_some(digits.start..digits.end)
}

/// Do the first digits name an issuer whose numbers have this length?
fn is_issued(digits: &Digits<'_>) -> bool {
    let head =
        digits.digits[..4].iter().fold(0, |head: u32, digit| head * 10 + u32::from(digit - b'0'));
    matches!(
        (digits.count, head),
        (13 | 16 | 19, 4000..=4999)
            | (16, 5100..=5599 | 2221..=2720 | 6011 | 6440..=6599 | 3528..=3589)
            | (15, 3400..=3499 | 3700..=3799)
            | (14, 3000..=3059 | 3600..=3699 | 3800..=3899)
            | (16..=19, 6200..=6299)
    )
}

fn luhn(digits: &[u8]) -> bool {
    let sum = digits.iter().rev().enumerate().fold(0, |sum: u32, (index, digit)| {
        let value = u32::from(digit - b'0');
        sum + if index % 2 == 0 { value } else { value * 2 / 10 + value * 2 % 10 }
    });
    sum % 10 == 0
}

/// Does one of these words stand behind the number, on its line, as in `4539... is my card`?
fn is_named_behind(text: &str, end: usize, words: &str) -> bool {
    let to = text.floor_char_boundary(text.len().min(end + NAMED));
    let (near, rest) = text[end..].split_at(to - end);
    // A word that goes on behind what is looked at is another one.
    let near = match rest.starts_with(char::is_alphanumeric) {
        true => near.trim_end_matches(char::is_alphanumeric),
        false => near,
    };
    let line = near.split('\n').next().unwrap_or_default().to_lowercase();
    spend(line.len());
    let mut rest = line.as_str();
    loop {
        // A comma or a full stop ends what is said of the number.
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || "\"'`()*".contains(c));
        let word = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        match word {
            "" => return false,
            word if words.split(' ').any(|name| name == word) => return true,
            word if LINKS_BEHIND.split(' ').any(|link| link == word) => rest = &rest[word.len()..],
            _ => return false,
        }
    }
}

/// What may stand between a number and the word behind it.
const LINKS_BEHIND: &str =
    "is was my our his her your the a credit debit bank number est ma ist meine";

#[cfg(test)]
mod tests {
    use super::super::numbers::tests::found;
    use super::super::signs::Sign;
    use super::NAMED;

    #[test]
    fn cards_need_right_check_digits_and_a_form_or_a_word() {
        assert_eq!(found("4539 5787 6362 1486"), [(Sign::CardNumber, "4539 5787 6362 1486")]);
        assert_eq!(
            found("Card number: 4539578763621486"),
            [(Sign::CardNumber, "4539578763621486")]
        );
        assert_eq!(found("卡号 3714 496353 98431"), [(Sign::CardNumber, "3714 496353 98431")]);
        // With nothing before it, or with the month of its end behind it.
        for text in [
            "4539578763621486 is my card number",
            "4539578763621486 (Visa)",
            "4539578763621486 ist meine Kreditkarte",
            "Card: 4539578763621486 09/27",
        ] {
            assert_eq!(found(text), [(Sign::CardNumber, "4539578763621486")], "{text}");
        }
        for text in [
            "4539 5787 6362 1486 09/27 123",
            "4539 5787 6362 1486, 09/27",
            "2: 4539 5787 6362 1486",
        ] {
            assert_eq!(found(text), [(Sign::CardNumber, "4539 5787 6362 1486")], "{text}");
        }
        for text in [
            "4539 5787 6362 1487",
            "4539578763621486",
            "4111 1111 1111 1111",
            "4242-4242-4242-4242",
            "9539 5787 6362 1486",
            "45395787636214860000",
            "4539578763621486 is the product",
            "4539578763621486. Card games are fun",
            "4539578763621486 cards",
            "4539578763621486 is\nmy card",
            "4539578763621487 is my card",
            "4539 5787 6362 1486 2071 3318",
            "4539 5787 6362 1487 09/27",
            "4539 5787 6362 1486 09",
            "4539.5787.6362.1486",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn a_word_that_goes_on_where_the_look_ends_is_not_taken_for_its_beginning() {
        for (word, rest, is_card) in [
            ("is my card", "", true),
            ("is my card", " now", true),
            ("is my card", "board", false),
            ("is my card", "és", false),
            ("(Visa", ")", true),
            ("(Visa", "s)", false),
        ] {
            let text = format!("4539578763621486{word:>NAMED$}{rest}");
            assert_eq!(!found(&text).is_empty(), is_card, "{text}");
        }
        for (before, is_card) in
            [("", true), (" ", true), ("dis", false), ("é", false), ("号", false)]
        {
            let text = format!("{before}{:NAMED$}4539578763621486", "card:");
            assert_eq!(!found(&text).is_empty(), is_card, "{text}");
        }
    }
}
