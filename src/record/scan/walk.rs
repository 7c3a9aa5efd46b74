//! The known shape: a plain record, walked piece by piece.
//!
//! What stands between two contents is nearly always one of two texts: that of a compact writer
//! (`"},{"role":"user","content":"`) and that of Python's `json.dumps`, with a space after each comma
//! and colon. Both are compared whole. Other legal spacing is walked a byte at a time, spaces only:
//! a tab is a control byte, and those end the walk wherever they stand.

use super::marks::{self, Marks, Opening};
use super::{MOST_TURNS, PlainRole, Turn};

/// A string that was scanned.
pub(super) struct Found {
    /// The offset of its closing quote.
    pub(super) end: usize,
    /// True only if it is all ASCII; otherwise its UTF-8 is still to be checked.
    pub(super) ascii: bool,
}

/// A way to scan text: with vectors, or byte by byte. All answer the same.
pub(super) trait Eye: Copy {
    /// The string whose first byte is at `start`, right after its opening quote. `None` if it does
    /// not end, or holds a control byte, an escape that is not plain or a suspect. May also be `None`
    /// for a control byte anywhere else in the line.
    fn content(self, marks: &Marks, line: &[u8], start: usize) -> Option<Found>;

    /// Whether a decoded text holds neither a suspect nor a control byte but tab, LF, CR.
    fn text(self, marks: &Marks, text: &[u8]) -> bool;
}

/// Walks `line`, pushes its turns, and gives the offset of the list. `None`: look closer.
#[inline(always)]
pub(super) fn walk<E: Eye>(
    eye: E,
    marks: &Marks,
    line: &[u8],
    turns: &mut Vec<Turn>,
) -> Option<u32> {
    let list = list(line)?;
    let mut object = spaces(line, list + 1);
    loop {
        let head = head(line, object)?;
        let found = eye.content(marks, line, head.content_at + 1)?;
        let content = line.get(head.content_at + 1..found.end)?;
        if !found.ascii && simdutf8::basic::from_utf8(content).is_err() {
            return None;
        }
        if !marks::starts_safe(content) && marks::opening(content) != Opening::Clean {
            return None;
        }
        let (role, role_at, close) = match head.role {
            Some((role, role_at)) => (role, role_at, found.end + 1),
            None => role_behind(line, found.end + 1)?,
        };
        if turns.len() == MOST_TURNS {
            return None;
        }
        turns.push(Turn {
            role,
            object: object as u32,
            role_at: role_at as u32,
            content_at: head.content_at as u32,
            content_len: content.len() as u32,
        });
        let next = spaces(line, step(line, close, b'}')?);
        match line.get(next)? {
            b',' => object = spaces(line, next + 1),
            b']' => {
                let close = step(line, next + 1, b'}')?;
                if spaces(line, close) != line.len() {
                    return None;
                }
                break;
            }
            _ => return None,
        }
    }
    Some(list as u32)
}

/// What stands before a content.
struct Head {
    /// The role and the offset of its quote, if it comes before the content.
    role: Option<(PlainRole, usize)>,
    /// The offset of the content's opening quote.
    content_at: usize,
}

/// The offset of the list's `[`.
#[inline(always)]
fn list(line: &[u8]) -> Option<usize> {
    if line.starts_with(br#"{"messages":["#) {
        return Some(12);
    }
    if line.starts_with(br#"{"messages": ["#) {
        return Some(13);
    }
    let at = step(line, 0, b'{')?;
    let at = piece(line, spaces(line, at), br#""messages""#)?;
    Some(step(line, spaces(line, step(line, at, b':')?), b'[')? - 1)
}

/// What stands between a message's `{`, at `object`, and its content.
#[inline(always)]
fn head(line: &[u8], object: usize) -> Option<Head> {
    let rest = line.get(object..)?;
    if rest.starts_with(br#"{"role":""#) {
        let (role, behind) = role(line, object + 8)?;
        if line.get(behind..)?.starts_with(br#","content":""#) {
            return Some(Head { role: Some((role, object + 8)), content_at: behind + 11 });
        }
    } else if rest.starts_with(br#"{"role": ""#) {
        let (role, behind) = role(line, object + 9)?;
        if line.get(behind..)?.starts_with(br#", "content": ""#) {
            return Some(Head { role: Some((role, object + 9)), content_at: behind + 13 });
        }
    }
    odd_head(line, object)
}

/// [`head`] for any spacing and for a content that comes first.
#[inline(never)]
fn odd_head(line: &[u8], object: usize) -> Option<Head> {
    let at = spaces(line, step(line, object, b'{')?);
    if let Some(at) = piece(line, at, br#""content""#) {
        let content_at = value(line, at)?;
        return Some(Head { role: None, content_at });
    }
    let role_at = value(line, piece(line, at, br#""role""#)?)?;
    let (role, at) = role(line, role_at)?;
    let at = spaces(line, step(line, at, b',')?);
    let content_at = value(line, piece(line, at, br#""content""#)?)?;
    Some(Head { role: Some((role, role_at)), content_at })
}

/// The role that follows a content which ends before `at`: role, offset of its quote, what follows.
#[inline(never)]
fn role_behind(line: &[u8], at: usize) -> Option<(PlainRole, usize, usize)> {
    let at = spaces(line, step(line, at, b',')?);
    let role_at = value(line, piece(line, at, br#""role""#)?)?;
    let (role, behind) = role(line, role_at)?;
    Some((role, role_at, behind))
}

/// The role whose opening quote is at `at`, and the offset behind its closing quote.
#[inline(always)]
fn role(line: &[u8], at: usize) -> Option<(PlainRole, usize)> {
    let rest = line.get(at..)?;
    if rest.starts_with(br#""user""#) {
        Some((PlainRole::User, at + 6))
    } else if rest.starts_with(br#""assistant""#) {
        Some((PlainRole::Assistant, at + 11))
    } else if rest.starts_with(br#""system""#) {
        Some((PlainRole::System, at + 8))
    } else {
        None
    }
}

/// The offset of the quote that opens the string value of a key which ends before `at`.
fn value(line: &[u8], at: usize) -> Option<usize> {
    let at = spaces(line, step(line, at, b':')?);
    (line.get(at) == Some(&b'"')).then_some(at)
}

/// The offset behind `piece`, if it stands at `at`.
fn piece(line: &[u8], at: usize, piece: &[u8]) -> Option<usize> {
    line.get(at..)?.starts_with(piece).then_some(at + piece.len())
}

/// The offset behind `byte`, if it comes next at `at`, after any spaces.
#[inline(always)]
fn step(line: &[u8], at: usize, byte: u8) -> Option<usize> {
    let at = spaces(line, at);
    (line.get(at) == Some(&byte)).then_some(at + 1)
}

/// The offset of the first byte from `at` that is no space, or the length of the line.
#[inline(always)]
fn spaces(line: &[u8], mut at: usize) -> usize {
    while line.get(at) == Some(&b' ') {
        at += 1;
    }
    at
}
