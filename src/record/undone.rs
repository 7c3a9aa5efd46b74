//! The escapes of a long line, undone in the line itself and put back after it was judged.
//!
//! A parser that writes the decoded texts elsewhere needs the line twice. A decoded text is never longer
//! than what stands in the line for it, so there is room in its own place; but then its bytes as they were
//! are gone, and these are what is written and what columns count. Most of them need not be kept: a
//! newline can stand in a JSON string only as an escape, and a writer that writes `\u00e9` for one é does
//! so for the next. So a character is taken to be written as the one like it before it in its string, at
//! first in the shortest way, and only the changes are noted. Text and changes give the bytes again.

mod pen;

use std::ops::Range;

use pen::{Change, Form, HABITS, Habit, Pen, char_len, class, form};

use super::{lexer, text};

/// The most changes that are noted of one line, 20 bytes each. Texts as programs write them have a few in
/// a string, if any.
pub const CHANGES_LIMIT: usize = 1 << 19;

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
        Pen::new(changes)
    }
}

/// A line in which the escapes are undone for as long as this lives: whatever ends that, a panic too, they are
/// put back.
#[derive(Debug)]
pub struct Lent<'l> {
    line: &'l mut [u8],
    undone: Undone,
}

impl<'l> Lent<'l> {
    /// Undoes the escapes of a line as [`Undone::of`] does.
    pub fn of(line: &'l mut [u8]) -> Option<Lent<'l>> {
        Undone::of(line).map(|undone| Lent { line, undone })
    }

    /// The line as it is meanwhile, and what was undone in it.
    pub fn parts(&self) -> (&[u8], &Undone) {
        (self.line, &self.undone)
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.undone.restore(self.line);
    }
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
    fn a_line_is_as_it_was_after_a_panic_over_it() {
        let line = br#"{"a\u00e9\n":"\/x"}"#.to_vec();
        let mut bytes = line.clone();
        let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let lent = Lent::of(&mut bytes).unwrap();
            assert_ne!(lent.parts().0, line);
            panic!("a fault of a rule");
        }));
        assert!(judged.is_err());
        assert_eq!(bytes, line);
    }

    #[test]
    fn a_line_written_in_too_many_ways_is_left_alone() {
        let line = format!("\"{}\"", "/\\/".repeat(CHANGES_LIMIT)).into_bytes();
        let mut bytes = line.clone();
        assert_eq!(Undone::of(&mut bytes), None);
        assert!(bytes == line);
    }
}
