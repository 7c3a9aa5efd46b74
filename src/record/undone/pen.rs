//! How characters are written in a JSON string, and the pen that writes a text so again.

use crate::record::lexer;

/// How a program writes a character in a JSON string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
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
pub(super) enum Form {
    /// By this habit from now on.
    By(Habit),
    /// As these bytes this time, 12 for a surrogate pair and else 6: hexadecimal digits of both cases, and
    /// half of a pair, which reads as U+FFFD.
    As([u8; 12]),
}

/// A character that is not written as the one like it before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    /// The byte of the decoded text.
    pub(super) at: u32,
    pub(super) form: Form,
}

/// The habit for each ASCII character, for the others, and for those that take a surrogate pair.
pub(super) type Habits = [Habit; 130];

/// The shortest way that JSON allows.
pub(super) const HABITS: Habits = {
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
pub(super) const PLAIN: [bool; 256] = {
    let mut plain = [true; 256];
    let mut byte = 0;
    while byte < 128 {
        plain[byte] = matches!(HABITS[byte], Habit::Plain);
        byte += 1;
    }
    plain
};

/// Which of the habits is meant for a character that starts with this byte.
pub(super) fn class(byte: u8) -> usize {
    match byte {
        0..=0x7f => byte.into(),
        0x80..=0xef => 128,
        _ => 129,
    }
}

/// The bytes of a character in a string.
pub(super) struct Mark {
    pub(super) bytes: [u8; 12],
    pub(super) len: usize,
    pub(super) half: bool,
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
pub(super) struct Pen<'c> {
    habits: Habits,
    /// Which bytes are written as they stand; all but the first of a character are.
    plain: [bool; 256],
    changes: &'c [Change],
    /// Bytes of the text that are written.
    pub(super) at: usize,
}

impl<'c> Pen<'c> {
    /// A pen at the start of a text with these changes.
    pub(super) fn new(changes: &'c [Change]) -> Pen<'c> {
        Pen { habits: HABITS, plain: PLAIN, changes, at: 0 }
    }

    /// Passes over the characters that what is left of the text begins with and that are written as they
    /// stand, without a change; returns their bytes. A character that `rest` cuts is left.
    pub(super) fn run(&mut self, rest: &[u8]) -> usize {
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
    pub(super) fn next(&mut self, rest: &[u8]) -> Mark {
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
pub(super) fn char_len(text: &[u8]) -> usize {
    wide(text[0]).min(text.len())
}

fn first_char(text: &[u8]) -> char {
    let text = std::str::from_utf8(text).unwrap_or_default();
    text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The form in which an escape is written; the habit if it can be that.
pub(super) fn form(c: char, written: &[u8], habit: Habit) -> Form {
    let is_it = |habit: &Habit| {
        let mark = Mark::by(*habit, c);
        mark.bytes[..mark.len] == *written
    };
    match [habit, Habit::Short, Habit::Lower, Habit::Upper].into_iter().find(is_it) {
        Some(habit) => Form::By(habit),
        None => Form::As(Mark::of(written).bytes),
    }
}
