//! The escapes of a long line, undone in the line itself and put back after it was judged.
//!
//! A parser that writes the decoded texts elsewhere needs the line twice. A decoded text is never longer
//! than what stands in the line for it, so there is room in its own place; but then its bytes as they were
//! are gone, and these are what is written and what columns count. Most of them need not be kept: a
//! newline can stand in a JSON string only as an escape, and a writer that writes `\u00e9` for one é does
//! so for the next. So a character is taken to be written as the one like it before it in its string, at
//! first in the shortest way, and only the changes are noted. Text and changes give the bytes again.

use std::ops::Range;

use super::{lexer, text};

/// The most changes that are noted of one line, 20 bytes each. Texts as programs write them have a few in
/// a string, if any.
pub const CHANGES_LIMIT: usize = 1 << 19;

/// How a program writes a character in a JSON string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Habit {
    /// As itself.
    Plain,
    /// A backslash and one letter or sign.
    Short,
    /// `\u00e9`, or two of these for a surrogate pair.
    Lower,
    /// `\u00E9`
    Upper,
}

/// How one character stands in a JSON string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// By this habit from now on.
    By(Habit),
    /// As these bytes this time, 12 for a surrogate pair and else 6: hexadecimal digits of both cases, and
    /// half of a pair, which reads as U+FFFD.
    As([u8; 12]),
}

/// A character that is not written as the one like it before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Change {
    /// The byte of the decoded text.
    at: u32,
    form: Form,
}

/// A string whose escapes were undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// Its bytes in the line, without the quotes.
    pub span: Range<u32>,
    /// Bytes of its text, which stands at the start of these; blanks follow.
    pub text: u32,
    /// Its changes.
    changes: Range<u32>,
}

/// What was undone in a line.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Undone {
    /// The strings that had escapes, in the order of the line.
    pub strings: Vec<Spot>,
    changes: Vec<Change>,
}

/// The bytes of a line that a character of a decoded text is written with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where they stand in the line.
    pub span: Range<usize>,
    /// They are an escape of half a surrogate pair.
    pub half: bool,
}

impl Undone {
    /// Undoes the escapes of a line that is known to be JSON in UTF-8, and shorter than 4 GiB; halves of
    /// surrogate pairs become U+FFFD. The line stays UTF-8.
    ///
    /// None, with the line as it was, when its strings are written in too many ways ([`CHANGES_LIMIT`]).
    pub fn of(line: &mut [u8]) -> Option<Undone> {
        let mut undone = Undone::default();
        let mut at = 0;
        while let Some(skip) = memchr::memchr(b'"', &line[at..]) {
            let quote = at + skip;
            at = lexer::string_end(line, quote);
            let inside = &mut line[quote + 1..at.saturating_sub(1).max(quote + 1)];
            if memchr::memchr(b'\\', inside).is_none() {
                continue;
            }
            let before = undone.changes.len() as u32;
            let len = inside.len();
            let (read, text) = undo(inside, &mut undone.changes);
            let span = quote as u32 + 1..(quote + 1 + read) as u32;
            let changes = before..undone.changes.len() as u32;
            undone.strings.push(Spot { span, text: text as u32, changes });
            if read < len {
                undone.restore(line);
                return None;
            }
        }
        Some(undone)
    }

    /// Puts the escapes back: the line is what it was, byte for byte.
    pub fn restore(&self, line: &mut [u8]) {
        for spot in &self.strings {
            let inside = &mut line[spot.span.start as usize..spot.span.end as usize];
            redo(inside, spot.text as usize, self.pen(spot));
        }
    }

    /// Had the string escapes that starts, with its quote, at this byte of the line?
    pub fn has(&self, start: usize) -> bool {
        self.spot(start).is_some()
    }

    /// How the characters at these bytes of the text of such a string were written; the bytes ascend.
    pub fn written<'a>(
        &'a self,
        line: &'a [u8],
        start: usize,
        decoded: impl IntoIterator<Item = usize> + 'a,
    ) -> impl Iterator<Item = Written> + 'a {
        let spot = self.spot(start);
        let len = spot.map_or(0, |spot| spot.text as usize);
        let text = line.get(start + 1..start + 1 + len).unwrap_or_default();
        let mut pen = spot.map(|spot| self.pen(spot));
        let mut last = Written { span: start + 1..start + 1, half: false };
        decoded.into_iter().map(move |wanted| {
            while let Some(pen) = pen.as_mut().filter(|pen| pen.at <= wanted && pen.at < len) {
                let run = pen.run(&text[pen.at..wanted.min(len)]);
                let start = last.span.end + run;
                let mark = pen.next(&text[pen.at..]);
                last = Written { span: start..start + mark.len, half: mark.half };
            }
            last.clone()
        })
    }

    /// The first bytes of a span of the line as they were, at most `most`. The span begins and ends outside
    /// of strings.
    pub fn beginning(&self, line: &[u8], span: Range<usize>, most: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut at = span.start;
        let next = self.strings.partition_point(|spot| (spot.span.start as usize) < at);
        for spot in self.strings.get(next..).unwrap_or_default() {
            let (start, end) = (spot.span.start as usize, spot.span.end as usize);
            if start >= span.end || bytes.len() > most {
                break;
            }
            bytes.extend(line.get(at..start).unwrap_or_default().iter().take(most));
            let text = line.get(start..start + spot.text as usize).unwrap_or_default();
            let mut pen = self.pen(spot);
            while pen.at < text.len() && bytes.len() < most {
                let mark = pen.next(&text[pen.at..]);
                bytes.extend_from_slice(&mark.bytes[..mark.len]);
            }
            at = end;
        }
        bytes.extend(line.get(at..span.end).unwrap_or_default().iter().take(most));
        bytes.truncate(most);
        bytes
    }

    fn spot(&self, start: usize) -> Option<&Spot> {
        let place = self.strings.binary_search_by_key(&(start + 1), |s| s.span.start as usize);
        self.strings.get(place.ok()?)
    }

    fn pen(&self, spot: &Spot) -> Pen<'_> {
        let changes = spot.changes.start as usize..spot.changes.end as usize;
        let changes = self.changes.get(changes).unwrap_or_default();
        Pen { habits: HABITS, plain: PLAIN, changes, at: 0 }
    }
}

/// The habit for each ASCII character, for the others, and for those that take a surrogate pair.
type Habits = [Habit; 130];

/// The shortest way that JSON allows.
const HABITS: Habits = {
    let mut habits = [Habit::Plain; 130];
    let mut control = 0;
    while control < b' ' as usize {
        habits[control] = match control {
            8 | 9 | 10 | 12 | 13 => Habit::Short,
            _ => Habit::Lower,
        };
        control += 1;
    }
    habits[b'"' as usize] = Habit::Short;
    habits[b'\\' as usize] = Habit::Short;
    habits
};

/// Which bytes of a text are written as they stand as long as there was no change.
const PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let mut byte = 0;
    while byte < 128 {
        plain[byte] = matches!(HABITS[byte], Habit::Plain);
        byte += 1;
    }
    plain
};

/// Which of the habits is meant for a character that starts with this byte.
fn class(byte: u8) -> usize {
    match byte {
        0..=0x7f => byte.into(),
        0x80..=0xef => 128,
        _ => 129,
    }
}

/// The bytes of a character in a string.
struct Mark {
    bytes: [u8; 12],
    len: usize,
    half: bool,
}

impl Mark {
    fn of(bytes: &[u8]) -> Mark {
        let mut mark = Mark { bytes: [0; 12], len: bytes.len().min(12), half: false };
        mark.bytes[..mark.len].copy_from_slice(&bytes[..mark.len]);
        mark
    }

    /// A character by a habit; by [`Habit::Lower`] where it has no short form.
    fn by(habit: Habit, c: char) -> Mark {
        let short = match c {
            '"' | '\\' | '/' => c as u8,
            '\u{8}' => b'b',
            '\t' => b't',
            '\n' => b'n',
            '\u{c}' => b'f',
            '\r' => b'r',
            _ => 0,
        };
        match habit {
            Habit::Plain => Mark::of(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Habit::Short if short != 0 => Mark::of(&[b'\\', short]),
            _ => {
                let digits =
                    if habit == Habit::Upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
                let mut bytes = [0; 12];
                let units = c.encode_utf16(&mut [0; 2]).len();
                for (unit, out) in c.encode_utf16(&mut [0; 2]).iter().zip(bytes.chunks_mut(6)) {
                    let digit = |shift: u16| digits[usize::from(unit >> shift & 15)];
                    out.copy_from_slice(&[b'\\', b'u', digit(12), digit(8), digit(4), digit(0)]);
                }
                Mark::of(&bytes[..6 * units])
            }
        }
    }
}

/// Writes a text as it was written.
struct Pen<'c> {
    habits: Habits,
    /// Which bytes are written as they stand; all but the first of a character are.
    plain: [bool; 256],
    changes: &'c [Change],
    /// Bytes of the text that are written.
    at: usize,
}

impl Pen<'_> {
    /// Passes over the characters that what is left of the text begins with and that are written as they
    /// stand, without a change; returns their bytes. A character that `rest` cuts is left.
    fn run(&mut self, rest: &[u8]) -> usize {
        let change = self.changes.first().map_or(usize::MAX, |change| change.at as usize - self.at);
        let rest = &rest[..rest.len().min(change)];
        let plain = rest.iter().position(|byte| !self.plain[usize::from(*byte)]);
        let plain = &rest[..plain.unwrap_or(rest.len())];
        let last = plain.iter().rposition(|byte| !(0x80..0xc0).contains(byte)).unwrap_or(0);
        let run = match plain.get(last) {
            Some(first) if last + wide(*first) > plain.len() => last,
            _ => plain.len(),
        };
        self.at += run;
        run
    }

    /// Writes the first character of what is left of the text.
    fn next(&mut self, rest: &[u8]) -> Mark {
        let (first, len) = (rest[0], char_len(rest));
        let habit = &mut self.habits[class(first)];
        let mut form = Form::By(*habit);
        if let [change, others @ ..] = self.changes
            && change.at as usize == self.at
        {
            (form, self.changes) = (change.form, others);
            if let Form::By(new) = form {
                *habit = new;
                match first {
                    0..=0x7f => self.plain[usize::from(first)] = new == Habit::Plain,
                    0x80..=0xef => self.plain[0xc0..0xf0].fill(new == Habit::Plain),
                    _ => self.plain[0xf0..].fill(new == Habit::Plain),
                }
            }
        }
        self.at += len;
        match form {
            Form::By(Habit::Plain) => Mark::of(&rest[..len]),
            Form::By(habit) => Mark::by(habit, first_char(&rest[..len])),
            Form::As(bytes) => {
                let half = lexer::surrogate(&bytes, 0).is_some() && len < 4;
                Mark { bytes, len: if len == 4 { 12 } else { 6 }, half }
            }
        }
    }
}

/// Bytes of a character that begins with this one.
fn wide(first: u8) -> usize {
    match first {
        0..=0x7f => 1,
        0x80..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    }
}

/// Bytes of the character that a UTF-8 text starts with.
fn char_len(text: &[u8]) -> usize {
    wide(text[0]).min(text.len())
}

fn first_char(text: &[u8]) -> char {
    let text = std::str::from_utf8(text).unwrap_or_default();
    text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Decodes the inside of a string in its own place and fills the rest with blanks; returns how many bytes
/// were read, which is all unless the changes are over the limit, and how many the text has.
fn undo(inside: &mut [u8], changes: &mut Vec<Change>) -> (usize, usize) {
    let mut habits = HABITS;
    // Nothing but a backslash can begin a character that is not written as expected.
    let mut usual = true;
    let (mut from, mut to) = (0, 0);
    while from < inside.len() && changes.len() <= CHANGES_LIMIT {
        let first = inside[from];
        if first != b'\\' {
            let run = match usual {
                true => memchr::memchr(b'\\', &inside[from..]).unwrap_or(inside.len() - from),
                false => char_len(&inside[from..]),
            };
            if !usual && habits[class(first)] != Habit::Plain {
                habits[class(first)] = Habit::Plain;
                usual = habits == HABITS;
                changes.push(Change { at: to as u32, form: Form::By(Habit::Plain) });
            }
            inside.copy_within(from..from + run, to);
            (from, to) = (from + run, to + run);
            continue;
        }
        let (c, len) = text::unescape(&inside[from..]);
        let mut utf8 = [0; 4];
        let utf8 = c.encode_utf8(&mut utf8).as_bytes();
        let habit = &mut habits[class(utf8[0])];
        let form = form(c, &inside[from..from + len], *habit);
        if form != Form::By(*habit) {
            changes.push(Change { at: to as u32, form });
            if let Form::By(new) = form {
                *habit = new;
                usual = habits == HABITS;
            }
        }
        inside[to..to + utf8.len()].copy_from_slice(utf8);
        (from, to) = (from + len, to + utf8.len());
    }
    inside[to..from].fill(b' ');
    (from, to)
}

/// The form in which an escape is written; the habit if it can be that.
fn form(c: char, written: &[u8], habit: Habit) -> Form {
    let is_it = |habit: &Habit| {
        let mark = Mark::by(*habit, c);
        mark.bytes[..mark.len] == *written
    };
    match [habit, Habit::Short, Habit::Lower, Habit::Upper].into_iter().find(is_it) {
        Some(habit) => Form::By(habit),
        None => Form::As(Mark::of(written).bytes),
    }
}

/// Writes a text of `len` bytes as it was before [`undo`], in the same place.
fn redo(inside: &mut [u8], len: usize, mut pen: Pen<'_>) {
    // To the end, from where it is read; what is written never overtakes it, as no character is written
    // with fewer bytes than it has.
    let mut from = inside.len() - len;
    inside.copy_within(..len, from);
    let mut to = 0;
    while from < inside.len() {
        let run = pen.run(&inside[from..]);
        inside.copy_within(from..from + run, to);
        (from, to) = (from + run, to + run);
        if from == inside.len() {
            break;
        }
        let before = pen.at;
        let mark = pen.next(&inside[from..]);
        from += pen.at - before;
        inside[to..to + mark.len].copy_from_slice(&mark.bytes[..mark.len]);
        to += mark.len;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::text::raw_spans;

    /// Pieces of the inside of a string, written in every way there is.
    const PIECES: [&str; 24] = [
        "a",
        "/",
        "\\/",
        "\\n",
        "\\u000a",
        "\\u000A",
        "\\u0000",
        "\\\"",
        "\\\\",
        "\\u005c",
        "\\u0022",
        "é",
        "\\u00e9",
        "\\u00E9",
        "\\u4e2d",
        "中",
        "\\uaBcD",
        "\\ud83d\\ude00",
        "\\uD83D\\uDE00",
        "😀",
        "\\uD83d\\ude00",
        "\\ud800.", // a low half behind it would make a character of both
        "\\udC00",
        "\\u0041",
    ];

    proptest! {
        #[test]
        fn what_was_undone_can_be_put_back_and_every_place_is_known(
            strings in prop::collection::vec(prop::collection::vec(0..PIECES.len(), 0..20), 0..4)
        ) {
            let strings: Vec<String> = strings
                .iter()
                .map(|pieces| {
                    let text: String = pieces.iter().map(|piece| PIECES[*piece]).collect();
                    format!("\"{text}\"")
                })
                .collect();
            let line = format!("[{}]", strings.join(",  "));
            let mut bytes = line.clone().into_bytes();
            let undone = Undone::of(&mut bytes).unwrap();
            prop_assert!(std::str::from_utf8(&bytes).is_ok());
            for spot in &undone.strings {
                let span = spot.span.start as usize..spot.span.end as usize;
                let raw = &line.as_bytes()[span.start - 1..=span.end];
                let text = std::str::from_utf8(&bytes[span.start..][..spot.text as usize]).unwrap();
                let halves = String::from_utf8_lossy(raw).replace("\\ud800", "\\ufffd").replace("\\udC00", "\\ufffd");
                prop_assert_eq!(text, serde_json::from_str::<String>(&halves).unwrap());
                let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
                let here = undone.written(&bytes, span.start - 1, places.clone());
                for (written, raw_span) in here.zip(raw_spans(raw, places)) {
                    prop_assert_eq!(written.half, lexer::surrogate(raw, raw_span.start).is_some() && raw_span.len() == 6);
                    prop_assert_eq!(written.span, span.start - 1 + raw_span.start..span.start - 1 + raw_span.end);
                }
            }
            undone.restore(&mut bytes);
            prop_assert_eq!(std::str::from_utf8(&bytes).unwrap(), line);
        }
    }

    #[test]
    fn a_text_written_as_programs_write_it_has_no_more_changes_than_kinds_of_characters() {
        let text =
            "\\u4e2d\\u6587 \\u00e9 \\n\\\"x\\\" \\u003c\\/b\\u003e \\ud83d\\ude00".repeat(1000);
        let mut line = format!("\"{text}\"").into_bytes();
        let undone = Undone::of(&mut line).unwrap();
        assert_eq!(undone.changes.len(), 5, "other characters, pairs, and three signs");
    }

    #[test]
    fn a_line_written_in_too_many_ways_is_left_alone() {
        let line = format!("\"{}\"", "/\\/".repeat(CHANGES_LIMIT)).into_bytes();
        let mut bytes = line.clone();
        assert_eq!(Undone::of(&mut bytes), None);
        assert!(bytes == line);
    }
}
