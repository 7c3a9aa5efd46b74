//! A look at the tokens of a line before any parser sees it.
//!
//! Parsers differ in what they refuse beyond the grammar: one stops at 128 levels, one at integers above
//! 64 bits, none takes `NaN` or half a surrogate pair. Here the rules are ours: this pass finds how deep a
//! line goes and which tokens a parser would stumble over, so that these can be masked by harmless ones of
//! the same length and the rest of the line is judged all the same.

use std::ops::Range;

/// What the tokens of a line hold. Offsets are from the start of the line.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Oddities {
    /// Most arrays and objects open at once.
    pub depth: usize,
    /// Where the depth first went over the limit asked for.
    pub too_deep: Option<usize>,
    /// `NaN`, `Infinity`, `-Infinity` outside strings; of more than [`MOST_ODD`] the first, which is enough
    /// for a line that has fewer values than that.
    pub non_finite: Vec<Range<usize>>,
    /// `\uD800`..`\uDFFF` escapes that are not part of a pair; of more than [`MOST_ODD`] the first.
    pub lone_surrogates: Vec<Half>,
    /// Number of such escapes.
    pub halves: usize,
}

/// An escape of half a surrogate pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Half {
    /// Where it stands.
    pub span: Range<usize>,
    /// As it is written.
    pub written: [u8; 6],
}

/// Odd tokens of a kind whose places are held, some 20 bytes each.
pub const MOST_ODD: usize = 1 << 19;

/// Reads the tokens of a line. It need not be JSON: what is no token is passed over.
pub fn look(line: &[u8], depth_limit: usize) -> Oddities {
    let mut odd = Oddities::default();
    let mut depth = 0usize;
    let mut at = 0;
    while at < line.len() {
        match line[at] {
            b'"' => {
                at = string(line, at, &mut odd);
                continue;
            }
            b'{' | b'[' => {
                depth += 1;
                odd.depth = odd.depth.max(depth);
                if depth > depth_limit && odd.too_deep.is_none() {
                    odd.too_deep = Some(at);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'N' | b'I' | b'-' | b'0'..=b'9' => {
                at = number(line, at, &mut odd);
                continue;
            }
            byte if byte.is_ascii_alphabetic() => {
                at = word(line, at);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    odd
}

/// The number of values and keys of a line, and the most arrays and objects open at once.
///
/// Exact for JSON without empty containers; each of these counts as two.
pub fn size(line: &[u8]) -> (usize, usize) {
    let (mut values, mut depth, mut deepest) = (1, 0usize, 0);
    let mut at = 0;
    while at < line.len() {
        match line[at] {
            b'"' => {
                at = string_end(line, at);
                continue;
            }
            b'{' | b'[' => {
                values += 1;
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' | b':' => values += 1,
            _ => {}
        }
        at += 1;
    }
    (values, deepest)
}

/// The offset behind a string that opens at `at`.
pub fn string_end(line: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while let Some(skip) = memchr::memchr2(b'"', b'\\', &line[at..]) {
        if line[at + skip] == b'"' {
            return at + skip + 1;
        }
        at = (at + skip + 2).min(line.len());
    }
    line.len()
}

/// Passes over a string that opens at `at`; returns the offset behind it.
fn string(line: &[u8], at: usize, odd: &mut Oddities) -> usize {
    let mut at = at + 1;
    while let Some(skip) = memchr::memchr2(b'"', b'\\', &line[at..]) {
        at += skip;
        if line[at] == b'"' {
            return at + 1;
        }
        at = match surrogate(line, at) {
            Some(0xd800..=0xdbff) if matches!(surrogate(line, at + 6), Some(0xdc00..=0xdfff)) => {
                at + 12
            }
            Some(_) => {
                odd.halves += 1;
                if let Some(written) = line[at..].first_chunk()
                    && odd.halves <= MOST_ODD
                {
                    odd.lone_surrogates.push(Half { span: at..at + 6, written: *written });
                }
                at + 6
            }
            None => (at + 2).min(line.len()),
        };
    }
    line.len()
}

/// The code unit of a `\uXXXX` escape at `at`, when it is a surrogate.
pub fn surrogate(line: &[u8], at: usize) -> Option<u16> {
    let escape = line.get(at..at + 6)?;
    if !escape.starts_with(b"\\u") || !escape[2..].iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let unit = u16::from_str_radix(std::str::from_utf8(&escape[2..]).ok()?, 16).ok()?;
    (0xd800..=0xdfff).contains(&unit).then_some(unit)
}

fn number(line: &[u8], at: usize, odd: &mut Oddities) -> usize {
    for token in [&b"NaN"[..], b"Infinity", b"-Infinity"] {
        if line[at..].starts_with(token) && word(line, at + token.len()) == at + token.len() {
            if odd.non_finite.len() < MOST_ODD {
                odd.non_finite.push(at..at + token.len());
            }
            return at + token.len();
        }
    }
    let digits = |b: &&u8| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E');
    let len = line[at..].iter().take_while(digits).count();
    if len == 0 {
        return word(line, at).max(at + 1);
    }
    at + len
}

/// The offset behind a run of letters, digits and underscores.
fn word(line: &[u8], at: usize) -> usize {
    let len = line[at..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    at + len
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_lone_surrogates_and_passes_pairs() {
        let line = br#"["\ud83d\ude00","\ud800","\udc00\ud800","\\ud800"]"#;
        let odd = look(line, 128);
        let starts: Vec<_> = odd.lone_surrogates.iter().map(|half| half.span.start).collect();
        assert_eq!(starts, [17, 26, 32]);
    }

    #[test]
    fn finds_non_finite_numbers_outside_strings_only() {
        let line = br#"{"a":NaN,"b":-Infinity,"c":"NaN","d":NaNa,"e":Infinity}"#;
        let odd = look(line, 128);
        let texts: Vec<_> = odd.non_finite.iter().map(|r| &line[r.clone()]).collect();
        assert_eq!(texts, [&b"NaN"[..], b"-Infinity", b"Infinity"]);
    }

    #[test]
    fn counts_depth_outside_strings_and_names_the_first_bracket_too_many() {
        assert_eq!(look(br#"[[{"a":"[[["}]]"#, 128).depth, 3);
        assert_eq!(look(b"[[[", 2).too_deep, Some(2));
    }

    #[test]
    fn passes_over_damaged_lines() {
        for line in [&b"\""[..], b"\"\\", b"\"\\u", b"\"\\ud8", b"-", b"N", b"nul", b"\xff"] {
            assert_eq!(look(line, 128).depth, 0);
        }
    }
}
