//! Numbers that belong to somebody: telephones, payment cards; with them bank accounts and IP addresses.
//!
//! Most digits in texts are amounts, dates, versions and identifiers, so a number counts only when its form or
//! a word before it says what it is. A national number without a word is taken in the one form that nothing
//! else has, the North American one. Numbers that manuals use as stand-ins do not count.

use std::ops::Range;

use super::card::card;
use super::census::spend;
use super::iban::iban;
use super::ip::ip;
use super::signs::Sign;

/// Calls `found` with each of these numbers.
pub(super) fn each(text: &str, mut found: impl FnMut(Sign, Range<usize>)) {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(at) = next_digit(bytes, from) {
        let run = bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        from = at + run;
        if let Some((sign, span)) = number(text, at) {
            from = from.max(span.end);
            found(sign, span);
        }
    }
}

/// Bytes tested at once for a digit: the compiler makes vector code of it.
const CHUNK: usize = 32;

fn next_digit(bytes: &[u8], mut from: usize) -> Option<usize> {
    while let Some(chunk) = bytes.get(from..from + CHUNK) {
        if chunk.iter().fold(false, |any, b| any | b.is_ascii_digit()) {
            break;
        }
        from += CHUNK;
    }
    let rest = bytes.get(from..)?;
    rest.iter().position(u8::is_ascii_digit).map(|at| from + at)
}

/// The number whose first run of digits starts here.
fn number(text: &str, at: usize) -> Option<(Sign, Range<usize>)> {
    iban(text, at)
        .map(|span| (Sign::Iban, span))
        .or_else(|| ip(text, at).map(|span| (Sign::IpAddress, span)))
        .or_else(|| {
            let digits = Digits::at(text, at)?;
            let card = card(text, &digits).map(|span| (Sign::CardNumber, span));
            card.or_else(|| phone(text, &digits).map(|span| (Sign::Phone, span)))
        })
}

/// Most digits of a card number, and more than those of a telephone.
const MOST: usize = 19;

/// Digits in groups, with what stands between the groups.
pub(super) struct Digits<'t> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) digits: [u8; MOST],
    pub(super) count: usize,
    /// Lengths of the groups, each with what stands before it.
    list: [(usize, &'t [u8]); MOST],
    length: usize,
}

impl<'t> Digits<'t> {
    /// Reads from a digit on; `None` if there are fewer than seven digits or more than a card has.
    fn at(text: &'t str, start: usize) -> Option<Digits<'t>> {
        let bytes = text.as_bytes();
        let (digits, list) = ([0; MOST], [(0, &bytes[..0]); MOST]);
        let mut all = Digits { start, end: start, digits, count: 0, list, length: 0 };
        let mut before = start..start;
        loop {
            let rest = &bytes[before.end..];
            let length = rest.iter().take(MOST + 1).take_while(|b| b.is_ascii_digit()).count();
            let slot = all.digits.get_mut(all.count..all.count + length)?;
            slot.copy_from_slice(&rest[..length]);
            *all.list.get_mut(all.length)? = (length, &bytes[before.clone()]);
            all.count += length;
            all.length += 1;
            all.end = before.end + length;
            match separator(&bytes[all.end..]) {
                0 => break,
                wide => before = all.end..all.end + wide,
            }
        }
        spend(all.end - start);
        (all.count >= 7).then_some(all)
    }

    /// Those before the last group.
    pub(super) fn without_last(&self) -> Digits<'t> {
        let (length, before) = self.groups().last().copied().unwrap_or_default();
        Digits {
            end: self.end - length - before.len(),
            count: self.count - length,
            length: self.length - 1,
            ..*self
        }
    }

    pub(super) fn groups(&self) -> &[(usize, &'t [u8])] {
        &self.list[..self.length]
    }

    pub(super) fn values(&self) -> &[u8] {
        &self.digits[..self.count]
    }

    /// Is it one that people make up: few different digits, counting, or the area of films, 555?
    pub(super) fn is_made_up(&self) -> bool {
        let text = str::from_utf8(self.values()).unwrap_or_default();
        let different = (b'0'..=b'9').filter(|digit| self.values().contains(digit)).count();
        let national = text.strip_prefix('1').filter(|rest| rest.len() == 10).unwrap_or(text);
        let film =
            national.len() == 10 && (national.starts_with("555") || &national[3..6] == "555");
        film || different <= 3 || text.contains("123456") || text.contains("987654")
    }

    /// Are all separators the same one, of these bytes?
    pub(super) fn is_separated_by(&self, marks: &[u8]) -> bool {
        let mut all = self.groups().iter().skip(1).map(|(_, before)| *before);
        let first = all.next();
        first.is_some_and(|mark| {
            mark.len() == 1 && marks.contains(&mark[0]) && all.all(|m| m == mark)
        })
    }
}

/// Bytes between two groups of digits: a space, hyphen or dot, or brackets with a space.
fn separator(bytes: &[u8]) -> usize {
    let between = bytes.iter().take(3).take_while(|b| b" -.()".contains(b)).count();
    let digit = bytes.get(between).is_some_and(u8::is_ascii_digit);
    let good = matches!(&bytes[..between], [_] | b") " | b" (" | b")-");
    if digit && good { between } else { 0 }
}

/// Does a letter, a digit or a joint stand right before or behind?
pub(super) fn is_joined(text: &str, start: usize, end: usize) -> bool {
    let joint = |c: char| c.is_ascii_alphanumeric() || "_-/=#&%$@~^*\\".contains(c);
    let bytes = text.as_bytes();
    let before = text[..start].chars().next_back();
    let behind = text[end..].chars().next();
    let goes_on = behind.is_some_and(|c| ".,:".contains(c))
        && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
    before.is_some_and(|c| joint(c) || c == '.' || c == ',' || c == ':' && !is_spaced(bytes, start))
        || behind.is_some_and(joint)
        || goes_on
}

/// `Tel:030...`: a colon behind a letter joins nothing.
fn is_spaced(bytes: &[u8], start: usize) -> bool {
    start >= 2 && bytes[start - 2].is_ascii_alphabetic()
}

/// Bytes before a number in which a word may name it.
pub(super) const NAMED: usize = 40;

/// Does one of these words stand before the number, on its line, with only marks and small words between?
pub(super) fn is_named(text: &str, start: usize, words: &str) -> bool {
    let from = text.ceil_char_boundary(start.saturating_sub(NAMED));
    // A word that began before what is looked at is another one; scripts without spaces have no such beginning.
    let near = match text[..from].ends_with(char::is_alphanumeric) {
        true => text[from..start].trim_start_matches(|c: char| c.is_ascii_alphanumeric()),
        false => &text[from..start],
    };
    let line = near.rsplit('\n').next().unwrap_or_default().to_lowercase();
    spend(line.len());
    words.split(' ').any(|word| {
        line.rfind(word).is_some_and(|at| {
            let between = &line[at + word.len()..];
            let whole = !word.is_ascii()
                || !line[..at].chars().next_back().is_some_and(char::is_alphanumeric);
            whole
                && !between.contains(|c: char| c.is_ascii_digit() || ",;!?".contains(c))
                && is_link(between)
        })
    })
}

/// Is it nothing but marks and linking words?
fn is_link(mut between: &str) -> bool {
    loop {
        between = between.trim_start_matches(|c: char| !c.is_alphabetic());
        if between.is_empty() {
            return true;
        }
        match LINKS.split(' ').find_map(|link| between.strip_prefix(link)) {
            Some(rest) => between = rest,
            None => return false,
        }
    }
}

/// What may stand between the word and its number.
const LINKS: &str = "\
    number no nr nummer is at me us ist numéro número est es num 号码 号 番号 是 为 は 번호";

const PHONES: &str = "\
    phone telephone tel mobile cell fax whatsapp call telefon handy mobil téléphone tél teléfono \
    telefone celular móvil telefono cellulare телефон тел 电话 手机 電話 联系方式 전화 전화번호";

/// A number with the country before it, one of North America, or one that a word names.
fn phone(text: &str, digits: &Digits<'_>) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let opens = |at: usize, byte: u8| at > 0 && bytes[at - 1] == byte;
    let bracket = opens(digits.start, b'(');
    let inner = digits.start - usize::from(bracket);
    let plus = opens(inner, b'+');
    let start = inner - usize::from(plus);
    let bracketed = digits.groups().iter().any(|(_, before)| before.contains(&b')'));
    if is_joined(text, start, digits.end) || digits.is_made_up() || bracket && !bracketed {
        return None;
    }
    let international = plus
        && (9..=15).contains(&digits.count)
        && digits.digits[0] != b'0'
        && (digits.length > 1 || digits.count >= 10)
        && !INTEGERS.contains(&digits.values())
        && (digits.digits[0] != b'1' || is_plan(&digits.digits[1..], digits.count - 1));
    let named = (7..=15).contains(&digits.count)
        && digits.list[0].0 != 4 // years
        && is_named(text, start, PHONES);
    (international || is_north_american(digits, bracket) || named).then_some(start..digits.end)
}

/// Three, three and four digits in their usual form; 555 is for films.
fn is_north_american(digits: &Digits<'_>, bracket: bool) -> bool {
    let (lengths, values) = match digits.groups() {
        [(1, _), rest @ ..] if digits.digits[0] == b'1' => (rest, &digits.digits[1..]),
        all => (all, &digits.digits[..]),
    };
    let [(3, _), (3, second), (4, third)] = lengths else { return false };
    let form = match (*second, *third) {
        ([b'-'], [b'-']) | ([b'.'], [b'.']) => true,
        (b") " | b")" | b")-", b"-" | b" ") => bracket || digits.length == 4,
        _ => false,
    };
    form && is_plan(values, 10)
}

/// The ends of the ranges of integers, which stand in texts with their sign.
const INTEGERS: [&[u8]; 2] = [b"2147483647", b"4294967295"];

/// Can ten digits be a number of the North American plan?
fn is_plan(digits: &[u8], count: usize) -> bool {
    let [a, b, _, d, ..] = *digits else { return false };
    count == 10 && a >= b'2' && b != b'9' && d >= b'2'
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::quality::census::steps;
    use proptest::prelude::*;

    pub(crate) fn found(text: &str) -> Vec<(Sign, &str)> {
        let mut all = Vec::new();
        each(text, |sign, span| all.push((sign, &text[span])));
        all
    }

    #[test]
    fn telephones_are_found_in_the_forms_that_nothing_else_has() {
        for (text, number) in [
            ("+49 30 9018 2047", "+49 30 9018 2047"),
            ("call +14152087643 now", "+14152087643"),
            ("(415) 208-7643.", "(415) 208-7643"),
            ("at 415-208-7643 or", "415-208-7643"),
            ("1-415-208-7643", "1-415-208-7643"),
            ("Tel.: 030 90182047", "030 90182047"),
            ("Téléphone : 01 42 68 53 07", "01 42 68 53 07"),
            ("手机号码：13870264915", "13870264915"),
            ("電話番号は03-5978-2046です", "03-5978-2046"),
            ("Phone number: 2087643", "2087643"),
        ] {
            assert_eq!(found(text), [(Sign::Phone, number)], "{text}");
        }
    }

    #[test]
    fn amounts_times_versions_and_stand_ins_are_no_telephones() {
        for text in [
            "2023-04-15 12:30:45",
            "1681561845",
            "1681561845123",
            "10.0.19041.1023",
            "3.14159265358979",
            "12345678",
            "555-0123",
            "(555) 123-4567",
            "123-456-7890",
            "415-555-2671",
            "+1 234 567 8900",
            "978-3-16-148410-0",
            "id 4152087643",
            "x = 2 + 12345678901",
            "1,234,567.89",
            "20 30 40 50 60 70 80",
            "phones sold: 2,500,000 in 2019",
            "SKU-415-208-7643",
            "415-208-76431",
            "1999-2003-2007",
            "call 911",
            "Tel: 000 000 0000",
            "0x4152087643",
            "ISBN 0-306-40615-2",
            "#415-208-7643",
            "(2019-2020) 1000000",
            "+3.5 million",
            "12 345 678",
            "+2147483647",
            "+1 555 555 1234",
            "+1-345678901",
            "phone: 555-208-7643",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn accounts_need_right_check_digits() {
        assert_eq!(
            found("DE89 3704 0044 0532 0130 00."),
            [(Sign::Iban, "DE89 3704 0044 0532 0130 00")]
        );
        assert_eq!(found("GB82WEST12345698765432"), [(Sign::Iban, "GB82WEST12345698765432")]);
        for text in [
            "DE89 3704 0044 0532 0130 01",
            "DE89370400440532013000X",
            "XDE89370400440532013000",
            "FR12 people",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn hostile_texts_take_work_in_proportion_to_their_length() {
        for piece in ["1", "1 ", "1.", "1:", "+1", "(1) ", "DE89", "tel 1", "1111 ", "2606:"] {
            let text = piece.repeat(400_000 / piece.len());
            let (_, work) = steps(|| found(&text).len());
            assert!(work <= 64 * text.len(), "{piece:?}: {work}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn digits_are_found_as_a_look_at_every_byte_finds_them(text in "[a-z é0-9]{0,100}") {
            let bytes = text.as_bytes();
            for from in 0..=bytes.len() {
                let slow = (from..bytes.len()).find(|at| bytes[*at].is_ascii_digit());
                prop_assert_eq!(next_digit(bytes, from), slow);
            }
        }

        #[test]
        fn no_text_of_digits_and_marks_breaks_it(text in "[0-9+(). :/,A-Fé卡-]{0,60}") {
            for (_, number) in found(&text) {
                prop_assert!(number.len() >= 7);
            }
        }
    }
}
