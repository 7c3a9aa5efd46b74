//! Forms such as `A-[0-9]{6}`: read, and drawn from.

use crate::generate::draw::Draw;

use super::{Pattern, Piece};

/// Most times that a piece is repeated.
const MOST_TIMES: u32 = 1000;

impl Pattern {
    /// Reads a form: characters, classes in brackets, `\d` and `\w`, each with `{n}`, `{n,m}` or `?` behind it. The
    /// error says what is wrong and what to write.
    pub fn parse(text: &str) -> Result<Pattern, String> {
        let mut chars = text.chars().peekable();
        let mut pieces: Vec<Piece> = Vec::new();
        while let Some(c) = chars.next() {
            let of = match c {
                '[' => class(&mut chars)?,
                '\\' => escaped(chars.next())?,
                '*' | '+' => return Err(format!("{c} has no end; say how many, such as {{1,8}}")),
                '{' | '?' => return Err(format!("nothing stands before {c}")),
                '(' | ')' | '|' | '.' | '^' | '$' | ']' | '}' => {
                    return Err(format!(
                        "{c} is not understood here; write \\{c} for the character"
                    ));
                }
                c => vec![c],
            };
            let times = match chars.peek() {
                Some('?') => {
                    chars.next();
                    (0, 1)
                }
                Some('{') => {
                    chars.next();
                    times(&mut chars)?
                }
                _ => (1, 1),
            };
            pieces.push(Piece { of, times });
        }
        if pieces.is_empty() { Err("an empty pattern".to_owned()) } else { Ok(Pattern(pieces)) }
    }

    /// A text of this form.
    pub fn draw(&self, draw: &mut Draw) -> String {
        let mut text = String::new();
        for Piece { of, times: (least, most) } in &self.0 {
            let times = match most.saturating_sub(*least) {
                0 => *least,
                more => least + draw.below(more as usize + 1) as u32,
            };
            for _ in 0..times {
                match of.as_slice() {
                    [one] => text.push(*one),
                    of => text.extend(draw.choose(of)),
                }
            }
        }
        text
    }
}

type Chars<'t> = std::iter::Peekable<std::str::Chars<'t>>;

fn class(chars: &mut Chars<'_>) -> Result<Vec<char>, String> {
    let mut of: Vec<char> = Vec::new();
    let mut open: Option<char> = None;
    loop {
        let c = chars.next().ok_or("a [ is not closed; write \\[ for the character")?;
        match c {
            ']' => break,
            '^' if of.is_empty() => {
                return Err("[^...] is not understood; list what may come".into());
            }
            '-' if open.is_some() && chars.peek() != Some(&']') => {
                let (from, to) = (open.take().unwrap_or(c), chars.next().unwrap_or(c));
                if from > to {
                    return Err(format!("{from}-{to} runs backwards"));
                }
                of.extend((from..=to).skip(1));
            }
            '\\' => {
                let some = escaped(chars.next())?;
                open = if let [one] = some.as_slice() { Some(*one) } else { None };
                of.extend(some);
            }
            c => {
                open = Some(c);
                of.push(c);
            }
        }
    }
    of.sort_unstable();
    of.dedup();
    if of.is_empty() { Err("an empty [] matches nothing".to_owned()) } else { Ok(of) }
}

fn escaped(c: Option<char>) -> Result<Vec<char>, String> {
    match c {
        Some('d') => Ok(('0'..='9').collect()),
        Some('w') => Ok(('0'..='9').chain('A'..='Z').chain(['_']).chain('a'..='z').collect()),
        Some(c) if c.is_ascii_alphanumeric() => Err(format!("\\{c} is not understood")),
        Some(c) => Ok(vec![c]),
        None => Err("a \\ stands at the end".to_owned()),
    }
}

fn times(chars: &mut Chars<'_>) -> Result<(u32, u32), String> {
    let wrong = || format!("a {{ needs {{n}} or {{n,m}} with numbers up to {MOST_TIMES}");
    let mut inside = String::new();
    loop {
        match chars.next().ok_or_else(wrong)? {
            '}' => break,
            c => inside.push(c),
        }
    }
    let (least, most) = inside.split_once(',').unwrap_or((&inside, &inside));
    let number = |text: &str| text.trim().parse::<u32>().ok().filter(|n| *n <= MOST_TIMES);
    let (least, most) = number(least).zip(number(most)).ok_or_else(wrong)?;
    if least > most { Err(format!("{{{inside}}} runs backwards")) } else { Ok((least, most)) }
}

#[cfg(test)]
mod tests {
    use crate::generate::draw::Purpose;

    use super::*;

    #[test]
    fn what_is_drawn_has_the_form() {
        let table = [
            "A-[0-9]{6}",
            "[a-cx]{2,5}\\d?",
            "\\[\\w{3}\\]",
            "[-+]\\.",
            "[a\\]-]{4}",
            "ä[α-γ]{1,3}",
        ];
        for form in table {
            let pattern = Pattern::parse(form).unwrap();
            let wanted = regex::Regex::new(&format!("^(?:{form})$")).unwrap();
            for number in 0..200 {
                let text = pattern.draw(&mut Draw::new(1, number, 0, Purpose::Axes));
                assert!(wanted.is_match(&text), "{form}: {text}");
            }
        }
    }

    #[test]
    fn every_length_and_every_character_comes() {
        let pattern = Pattern::parse("[ab]{0,2}").unwrap();
        let drawn = (0..300).map(|n| pattern.draw(&mut Draw::new(1, n, 0, Purpose::Axes)));
        let seen: std::collections::BTreeSet<String> = drawn.collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["", "a", "aa", "ab", "b", "ba", "bb"]);
    }

    #[test]
    fn what_has_no_end_or_no_meaning_is_refused() {
        let table = [
            ("", "an empty pattern"),
            ("a*", "* has no end; say how many, such as {1,8}"),
            ("a|b", "| is not understood here; write \\| for the character"),
            ("[^a]", "[^...] is not understood; list what may come"),
            ("[z-a]", "z-a runs backwards"),
            ("[a", "a [ is not closed; write \\[ for the character"),
            ("[]", "an empty [] matches nothing"),
            ("{2}", "nothing stands before {"),
            ("a{x}", "a { needs {n} or {n,m} with numbers up to 1000"),
            ("a{5,2}", "{5,2} runs backwards"),
            ("\\b", "\\b is not understood"),
            ("a\\", "a \\ stands at the end"),
        ];
        for (form, wanted) in table {
            assert_eq!(Pattern::parse(form).unwrap_err(), wanted, "{form}");
        }
    }
}
