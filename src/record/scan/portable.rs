//! Scanning without vectors: a class for each byte value, four bytes a step while all are plain.

use super::marks::Marks;
use super::walk::{Eye, Found};

/// The eye that any machine has.
#[derive(Clone, Copy)]
pub(super) struct Portable;

/// A byte that needs no look.
const PLAIN: u8 = 0;
/// Where a suspect may begin.
const SUSPECT: u8 = 1;
/// Below U+0020, but not tab, LF, CR.
const CONTROL: u8 = 2;
/// Tab, LF, CR: plain in decoded text, wrong in a JSON string.
const BREAK: u8 = 4;
/// The quote: plain in decoded text.
const QUOTE: u8 = 8;
/// The backslash: plain in decoded text.
const BACKSLASH: u8 = 16;

/// Not ASCII; alone or with `SUSPECT`.
const WIDE: u8 = 32;
/// The classes that need a look.
const STOP: u8 = !WIDE;

/// What each byte is in a JSON string.
const CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [PLAIN; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'\t' | b'\n' | b'\r' => BREAK,
            0..0x20 => CONTROL,
            b'"' => QUOTE,
            b'\\' => BACKSLASH,
            b'<' | b'[' | b'{' => SUSPECT,
            0xC2 | 0xC3 | 0xE1 | 0xE2 | 0xEF => SUSPECT | WIDE,
            0x80..=0xFF => WIDE,
            _ => PLAIN,
        };
        byte += 1;
    }
    table
}

fn class(byte: u8) -> u8 {
    CLASSES[usize::from(byte)]
}

impl Eye for Portable {
    #[inline(always)]
    fn content(self, marks: &Marks, line: &[u8], start: usize) -> Option<Found> {
        let mut all = 0;
        let mut at = start;
        loop {
            while let Some(&[a, b, c, d]) = line.get(at..).and_then(|rest| rest.first_chunk()) {
                let four = class(a) | class(b) | class(c) | class(d);
                if four & STOP != PLAIN {
                    break;
                }
                all |= four;
                at += 4;
            }
            let class = class(*line.get(at)?);
            all |= class;
            match class & STOP {
                PLAIN => at += 1,
                SUSPECT if !marks.is_suspect(line, at) => at += 1,
                QUOTE => return Some(Found { end: at, ascii: all & WIDE == 0 }),
                BACKSLASH => match line.get(at + 1)? {
                    b'n' | b't' | b'r' | b'"' | b'\\' => at += 2,
                    _ => return None,
                },
                _ => return None,
            }
        }
    }

    fn text(self, marks: &Marks, text: &[u8]) -> bool {
        text.iter().enumerate().all(|(at, &byte)| match class(byte) & STOP {
            SUSPECT => !marks.is_suspect(text, at),
            CONTROL => false,
            _ => true,
        })
    }
}
