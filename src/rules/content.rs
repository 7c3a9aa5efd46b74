//! C: what stands in the texts. B014 too, which is about characters of string values.

use std::cell::LazyCell;
use std::collections::HashSet;
use std::ops::Range;

use crate::record::control::{self, Token};
use crate::record::{Value, leftovers, markdown, text};

use super::finding::{Reporter, Words, further, plural, quote, times};
use super::list::{List, Turn};
use super::profile::Case;
use super::reasoning::{field_texts, harmony_span, place, places};
use super::repair::{Edit, Level};
use super::roles::Role;
use super::table::Rule;

/// The strings of a record that some rule about text has something to say about, by their place.
///
/// Found once for all profiles: most strings are clean, and a look at each decides it.
pub struct Suspects<'a> {
    strings: Vec<Value<'a>>,
    at: HashSet<usize>,
}

impl<'a> Suspects<'a> {
    /// Looks at every string value (not key) of a record; `is_clean` is sure when it says so.
    pub fn of(record: Value<'a>, mut is_clean: impl FnMut(&str) -> bool) -> Suspects<'a> {
        let strings: Vec<_> = string_values(record)
            .filter(|value| !is_clean(value.as_str().unwrap_or_default()))
            .collect();
        let at = strings.iter().map(|value| value.span().start).collect();
        Suspects { strings, at }
    }

    /// May some rule about text have something to say about this string?
    pub fn has(&self, value: Value<'_>) -> bool {
        value.document().origin.is_some() || self.at.contains(&value.span().start)
    }

    /// Is every string clean?
    pub fn is_empty(&self) -> bool {
        self.strings.is_empty()
    }
}

/// The string values below a value, object keys left out.
pub fn string_values<'a>(value: Value<'a>) -> impl Iterator<Item = Value<'a>> {
    let mut rest = vec![value];
    std::iter::from_fn(move || {
        loop {
            let value = rest.pop()?;
            if value.is_string() {
                return Some(value);
            }
            let at = rest.len();
            rest.extend(value.items());
            rest.extend(value.members().map(|(_, member)| member));
            rest[at..].reverse();
        }
    })
}

/// B014, C002, C003, C004 of every suspect string of a record.
pub fn record(r: &mut Reporter<'_>, suspects: &Suspects<'_>) {
    for value in &suspects.strings {
        let text = value.as_str().unwrap_or_default();
        characters(r, Rule::B014, *value, text, is_bad_control);
        characters(r, Rule::C002, *value, text, |c| c == '\u{fffd}');
        mojibake(r, *value, text);
        characters(r, Rule::C004, *value, text, text::is_invisible);
    }
}

fn is_bad_control(c: char) -> bool {
    c < ' ' && !matches!(c, '\t' | '\n' | '\r')
}

/// One finding at the first of these characters, which a repair would delete (B014, C004).
fn characters(
    r: &mut Reporter<'_>,
    rule: Rule,
    value: Value<'_>,
    text: &str,
    is_one: impl Fn(char) -> bool,
) {
    let found = || text.char_indices().filter(|(_, c)| is_one(*c));
    let Some((_, first)) = found().next() else { return };
    // Half a surrogate pair reads as U+FFFD, and is B009.
    let hits = || {
        let written = value.written(found().map(|(at, _)| at));
        written.filter(|written| rule != Rule::C002 || !written.half).map(|written| written.span)
    };
    let Some(span) = hits().next() else { return };
    let severity = r.view.severity(rule);
    let most = r.most_edits();
    r.within_as(rule, severity, value, span, || {
        format!("U+{:04X} stands in the text{}", first as u32, further(hits().count()))
    })
    .fix(Level::Unsafe, || match rule {
        Rule::B014 | Rule::C004 => hits().map(|span| Edit::new(span, "")).take(most).collect(),
        _ => Vec::new(),
    });
}

/// C003
fn mojibake(r: &mut Reporter<'_>, value: Value<'_>, text: &str) {
    let Some((span, decoded)) = mojibake_runs(text).next() else { return };
    let severity = r.view.severity(Rule::C003);
    let run = &text[span.clone()];
    let most = r.most_edits();
    r.within_as(Rule::C003, severity, value, place(value, span.start, run), || {
        let more = further(mojibake_runs(text).count());
        format!("{} is {} read as Windows-1252{more}", quote(run), quote(&decoded))
    })
    .fix(Level::Unsafe, || {
        let spans = places(value, mojibake_runs(text).map(|(span, _)| span));
        let edit = |(span, (_, decoded)): (_, (_, String))| {
            let json = text::to_json(&decoded);
            Edit::new(span, &json[1..json.len() - 1])
        };
        spans.zip(mojibake_runs(text)).map(edit).take(most).collect()
    });
}

/// Runs of 2 to 4 characters whose Windows-1252 bytes are one UTF-8 sequence, with what they decode to.
fn mojibake_runs(text: &str) -> impl Iterator<Item = (Range<usize>, String)> {
    let mut rest = 0;
    text.char_indices().filter_map(move |(at, c)| {
        if at < rest || !matches!(c, '\u{c2}' | '\u{c3}' | '\u{e2}' | '\u{ef}' | '\u{f0}') {
            return None;
        }
        let len = match c {
            '\u{f0}' => 4,
            '\u{e2}' | '\u{ef}' => 3,
            _ => 2,
        };
        let run = || text[at..].chars().take(len);
        let bytes: Vec<u8> = run().map(windows_1252).collect::<Option<_>>()?;
        let decoded = String::from_utf8(bytes).ok().filter(|decoded| decoded.len() == len)?;
        rest = at + run().map(char::len_utf8).sum::<usize>();
        Some((at..rest, decoded))
    })
}

/// The byte of a character in Windows-1252; its five undefined bytes stand for the C1 control.
fn windows_1252(c: char) -> Option<u8> {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match c as u32 {
        0..=0x7f | 0xa0..=0xff => Some(c as u8),
        _ => HIGH.iter().position(|high| *high == c).map(|at| 0x80 + at as u8),
    }
}

/// C001 of every string in a list; C005 to C007 of its content texts.
pub fn list(r: &mut Reporter<'_>, list: &List<'_>, suspects: &Suspects<'_>) {
    if suspects.is_empty() && list.value.document().origin.is_none() {
        return;
    }
    for turn in &list.turns {
        let message = &turn.message;
        let reasoning = || message.reasoning.into_iter().flatten().flat_map(field_texts);
        let read: LazyCell<HashSet<_>, _> = LazyCell::new(|| {
            message.texts().chain(reasoning()).map(|text| text.span().start).collect()
        });
        for value in string_values(message.value).filter(|v| suspects.has(*v)) {
            special_tokens(r, value, Some(turn), || read.contains(&value.span().start));
        }
        for content in turn.message.texts().filter(|v| suspects.has(*v)) {
            dummy(r, content);
            role_prefix(r, content);
            if turn.role == Role::Assistant {
                markup(r, content);
            }
        }
    }
}

/// C001 of the strings of `tools`.
pub fn tools(r: &mut Reporter<'_>, tools: Value<'_>, suspects: &Suspects<'_>) {
    for value in string_values(tools).filter(|v| suspects.has(*v)) {
        special_tokens(r, value, None, || false);
    }
}

/// C001 of a string in a message, or in `tools`. `by_r006`: R006 judges that string.
fn special_tokens(
    r: &mut Reporter<'_>,
    value: Value<'_>,
    turn: Option<&Turn<'_>>,
    by_r006: impl Fn() -> bool,
) {
    let text = value.as_str().unwrap_or_default();
    if !r.view.is_on(Rule::C001) {
        return;
    }
    let harmony = harmony_span(text).filter(|_| r.view.is_on(Rule::R006) && by_r006());
    let harmony = harmony.unwrap_or(0..0);
    let answer = turn.is_some_and(|turn| turn.role == Role::Assistant);
    let counts = |(at, token): &(usize, &'static Token)| {
        !harmony.contains(at) && !(token.is_markup() && (answer || token.is_think()))
    };
    let hits = || control::find(text).filter(counts);
    let own = r.view.profile.family;
    let is_own = |token: &Token| token.families.iter().any(|family| Some(*family) == own);
    let first_own = hits().find(|(_, token)| is_own(token));
    let Some((at, token)) = first_own.or_else(|| hits().next()) else { return };
    let severity = match first_own {
        Some(_) => r.case(Rule::C001, Case::OwnToken),
        None => r.view.severity(Rule::C001),
    };
    r.within_as(Rule::C001, severity, value, place(value, at, token.text), || {
        let place = turn.map_or("tools".to_owned(), |turn| format!("{} text", turn.whose()));
        let what = format!("{} ({}) in {place}", quote(token.text), token.family(own));
        Words::new(match hits().count() {
            1 => what,
            all if hits().all(|(_, other)| other.text == token.text) => {
                format!("{what}, {}", times(all))
            }
            all => format!("{what} and {} in this string", plural(all - 1, "more token")),
        })
    });
}

/// C007
fn markup(r: &mut Reporter<'_>, value: Value<'_>) {
    let text = value.as_str().unwrap_or_default();
    let mut hits = control::find(text).filter(|(_, token)| token.is_markup());
    let Some((at, token)) = hits.next() else { return };
    let severity = r.view.severity(Rule::C007);
    r.within_as(Rule::C007, severity, value, place(value, at, token.text), || {
        format!("{} stands in the answer{}", token.text, further(1 + hits.count()))
    });
}

/// C005
fn dummy(r: &mut Reporter<'_>, value: Value<'_>) {
    let text = value.as_str().unwrap_or_default();
    if text == "[[dummy_message]]" {
        r.value(Rule::C005, value, || {
            Words::new("the text is [[dummy_message]]").effect("it breaks axolotl's masking")
        });
        return;
    }
    let mut in_code = markdown::in_code(text);
    let mut hits = leftovers::placeholders(text).filter(|(at, _)| !in_code(*at));
    let Some((at, found)) = hits.next() else { return };
    let severity = r.view.severity(Rule::C005);
    r.within_as(Rule::C005, severity, value, place(value, at, found), || {
        format!("{} looks like an unfilled placeholder{}", quote(found), further(1 + hits.count()))
    });
}

/// C006
fn role_prefix(r: &mut Reporter<'_>, value: Value<'_>) {
    let text = value.as_str().unwrap_or_default();
    let start = text.trim_start();
    let at = text.len() - start.len();
    let Some(prefix) = leftovers::role_prefix(start) else { return };
    let severity = r.view.severity(Rule::C006);
    r.within_as(Rule::C006, severity, value, place(value, at, prefix), || {
        format!("the text starts with {}", quote(prefix))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mojibake_is_found_and_decoded_and_plain_french_is_not() {
        let found: Vec<_> = mojibake_runs("cafÃ© donâ€™t ðŸ˜€ x").map(|r| r.1).collect();
        assert_eq!(found, ["é", "’", "😀"]);
        for fine in ["château âge", "naïve", "Ã la", "ÂB", "â", "ð"] {
            assert!(mojibake_runs(fine).next().is_none(), "{fine}");
        }
    }
}
