//! Texts of a form, such as `A-[0-9]{6}`: order numbers, plates, codes.
//!
//! Of regular expressions these are the parts that say how a text is made: a character, a class `[...]` of characters
//! and ranges, `\d`, a character after a backslash, and behind each of them `{n}`, `{least,most}` or `?`.

use crate::generate::draw::Draw;
use crate::generate::plan::{Pattern, Piece};

/// Most times that a part is repeated: it is a code and no text.
const MOST: u32 = 200;

/// Reads a pattern; an error says what is wrong.
pub fn parse(text: &str) -> Result<Pattern, String> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let of = match c {
            '[' => class(&mut rest)?,
            '\\' => escaped(rest.next())?,
            '{' | '}' | '?' | '*' | '+' | '(' | ')' | '|' | ']' | '^' | '$' => {
                return Err(format!("`{c}` has no meaning here; for itself write `\\{c}`"));
            }
            c => vec![c],
        };
        let times = match rest.peek() {
            Some('{') => times(&mut rest)?,
            Some('?') => {
                rest.next();
                (0, 1)
            }
            _ => (1, 1),
        };
        pieces.push(Piece { of, times });
    }
    if pieces.is_empty() { Err("the pattern is empty".to_owned()) } else { Ok(Pattern(pieces)) }
}

/// Appends a text of the pattern.
pub fn write(pattern: &Pattern, draw: &mut Draw, out: &mut String) {
    for Piece { of, times: (least, most) } in &pattern.0 {
        let times = if least == most {
            *least
        } else {
            let more = draw.below(most.saturating_sub(*least) as usize + 1);
            least + more as u32
        };
        for _ in 0..times {
            // A character that is alone needs no draw.
            let drawn = if let [only] = of.as_slice() { Some(only) } else { draw.choose(of) };
            out.extend(drawn);
        }
    }
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn escaped(c: Option<char>) -> Result<Vec<char>, String> {
    match c {
        Some('d') => Ok(('0'..='9').collect()),
        Some(c) if !c.is_alphanumeric() => Ok(vec![c]),
        Some(c) => Err(format!("`\\{c}` is unknown; there is `\\d` for a digit")),
        None => Err("the pattern ends with a backslash".to_owned()),
    }
}

/// A class behind its `[`.
fn class(rest: &mut Rest<'_>) -> Result<Vec<char>, String> {
    let mut of = Vec::new();
    loop {
        let first = match rest.next() {
            None => return Err("`]` is missing in the pattern".to_owned()),
            Some(']') if of.is_empty() => return Err("a class of the pattern is empty".to_owned()),
            Some(']') => break,
            Some('^') if of.is_empty() => {
                return Err(
                    "a class cannot begin with `^`: say which characters are wanted".to_owned()
                );
            }
            Some('\\') => {
                of.extend(escaped(rest.next())?);
                continue;
            }
            Some(c) => c,
        };
        let mut ahead = rest.clone();
        match (ahead.next(), ahead.next()) {
            (Some('-'), Some(last)) if last != ']' => {
                if last < first || last as u32 - first as u32 > 1000 {
                    return Err(format!("`{first}-{last}` is no range of characters"));
                }
                of.extend(first..=last);
                *rest = ahead;
            }
            _ => of.push(first),
        }
    }
    of.sort_unstable();
    of.dedup();
    Ok(of)
}

/// How often, from the `{` on.
fn times(rest: &mut Rest<'_>) -> Result<(u32, u32), String> {
    rest.next();
    let inside: String = rest.by_ref().take_while(|c| *c != '}').collect();
    let (least, most) = inside.split_once(',').unwrap_or((&inside, &inside));
    match (least.trim().parse(), most.trim().parse()) {
        (Ok(least), Ok(most)) if least <= most && most <= MOST => Ok((least, most)),
        _ => Err(format!(
            "`{{{inside}}}` is no number of times; write {{4}} or {{2,5}}, at most {MOST}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::draw::Purpose;

    #[test]
    fn texts_have_the_form_of_the_pattern() {
        for pattern in ["A-[0-9]{6}", "[A-Z]{3}\\d{2,4}x?", "[a-fk_-]{5}\\.[\\d]", "ä[α-ω]{1,3}"]
        {
            let parsed = parse(pattern).unwrap();
            let wanted = regex::Regex::new(&format!("^{pattern}$")).unwrap();
            let mut seen = std::collections::BTreeSet::new();
            for number in 0..200 {
                let mut out = String::new();
                write(&parsed, &mut Draw::new(1, number, 0, Purpose::Grammar), &mut out);
                assert!(wanted.is_match(&out), "{pattern}: {out}");
                seen.insert(out);
            }
            assert!(seen.len() > 50, "{pattern}: {}", seen.len());
        }
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        for (pattern, part) in [
            ("", "empty"),
            ("[]", "empty"),
            ("[^a]", "`^`"),
            ("[0-9", "`]` is missing"),
            ("[9-0]", "no range"),
            ("a{9999}", "number of times"),
            ("a{3,2}", "number of times"),
            ("a{", "number of times"),
            ("a+", "no meaning"),
            ("\\w", "unknown"),
            ("a\\", "backslash"),
        ] {
            let told = parse(pattern).unwrap_err();
            assert!(told.contains(part), "{pattern}: {told}");
        }
    }
}
