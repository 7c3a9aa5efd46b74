//! Scanning with AVX2, 64 bytes a step. The head of the module above tells the idea.
//!
//! For each block:
//!
//! ```text
//! quote, backslash, plain escape, pair := one bit for each byte that is one
//! escaped := bytes after an odd number of backslashes, with the carry of the block before
//! end     := lowest bit of quote and not escaped
//! upto    := all bits up to end, or all bits if there is no end
//! if upto and (pair, or escaped and not a plain escape): compare the pairs, refuse the escape
//! if end: done
//! ```
//!
//! The escaped bytes come from one subtraction, as in simdjson: a run of backslashes that starts on
//! an even bit, with what follows it, is told from one that starts on an odd bit by where the borrow
//! stops.
//!
//! What was measured, on 121 MB of chats of 7 KB (9.4 GB/s on one core of a 2024 server) and on
//! records of 300 bytes (54 ns each):
//!
//! - The escapes are worked out for every block, also where there is no backslash. To skip them there
//!   is a branch that text with a line break every hundred bytes makes impossible to foresee; it took
//!   the 9.4 GB/s down to 5.
//! - Only the last block of a line shifts its words; to shift always costs 5 % on both.
//! - Control bytes are found in the least of each column of bytes at the end of the content, which is
//!   one instruction for 32 bytes in place of three.
//! - UTF-8 is checked content by content, and only where a byte is not ASCII. Checking the whole line
//!   if any byte is not, as was tried first, cost a quarter of a microsecond a chat of 7 KB.
//! - Dropped: taking the classes of the bytes before from those of the block with `vpalignr` in place
//!   of a second look-up. Fewer instructions, and no faster.
#![allow(unsafe_code)]

use std::arch::x86_64::*;

use super::Turn;
use super::marks::Marks;
use super::walk::{self, Eye, Found};

/// Bytes in a block: one for each bit of a word.
const BLOCK: usize = 64;

/// The shortest text this eye can scan: a block and the byte before it.
pub(super) const SHORTEST: usize = BLOCK + 1;

/// Every second bit, from the second on.
const ODD: u64 = 0xAAAA_AAAA_AAAA_AAAA;

/// The eye for machines with AVX2. To have one proves that this machine is such.
#[derive(Clone, Copy)]
pub(super) struct Avx2(());

impl Avx2 {
    /// The eye, if this machine has what it needs.
    pub(super) fn detect() -> Option<Avx2> {
        let all = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2");
        all.then_some(Avx2(()))
    }

    /// `walk::walk` with this eye. The line is at least [`SHORTEST`] bytes long.
    pub(super) fn walk(self, marks: &Marks, line: &[u8], turns: &mut Vec<Turn>) -> Option<u32> {
        // SAFETY: `detect`, which alone makes an `Avx2`, saw the features this function enables.
        unsafe { walk_avx2(self, marks, line, turns) }
    }
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
fn walk_avx2(eye: Avx2, marks: &Marks, line: &[u8], turns: &mut Vec<Turn>) -> Option<u32> {
    walk::walk(eye, marks, line, turns)
}

impl Eye for Avx2 {
    #[inline(always)]
    fn content(self, marks: &Marks, line: &[u8], start: usize) -> Option<Found> {
        // SAFETY: `detect`, which alone makes an `Avx2`, saw the features this function enables.
        unsafe { content(marks, line, start) }
    }

    fn text(self, marks: &Marks, text: &[u8]) -> bool {
        // SAFETY: `detect`, which alone makes an `Avx2`, saw the features this function enables.
        unsafe { text_is_plain(marks, text) }
    }
}

/// See [`Eye::content`]. `start` is 1 or more.
#[target_feature(enable = "avx2,bmi1,bmi2")]
#[inline]
fn content(marks: &Marks, line: &[u8], start: usize) -> Option<Found> {
    let tables = Tables::new(marks);
    let mut at = start;
    let mut carry = 0;
    let mut all = _mm256_setzero_si256();
    let mut least = _mm256_set1_epi8(-1);
    let end = loop {
        let (window, shift) = window(line, at)?;
        let (low, high) = load(window);
        all = _mm256_or_si256(all, _mm256_or_si256(low, high));
        least = _mm256_min_epu8(least, _mm256_min_epu8(low, high));
        let mut words = Words {
            quote: bits(equal(low, b'"'), equal(high, b'"')),
            backslash: bits(equal(low, b'\\'), equal(high, b'\\')),
            plain: bits(tables.plain_escapes(low), tables.plain_escapes(high)),
            pair: tables.pairs(window),
        };
        if shift != 0 {
            words = words.from(shift);
        }
        let (escaped, next) = escaped(words.backslash, carry);
        carry = next;
        let ends = words.quote & !escaped;
        let upto = ends ^ ends.wrapping_sub(1);
        let refused = escaped & !(words.plain | words.quote | words.backslash) & upto;
        let pair = words.pair & upto;
        if refused | pair != 0 && (refused != 0 || any_suspect(marks, line, at, pair)) {
            return None;
        }
        if ends != 0 {
            break at + ends.trailing_zeros() as usize;
        }
        at += BLOCK;
    };
    let ascii = _mm256_movemask_epi8(all) == 0;
    (_mm256_movemask_epi8(controls(least)) == 0).then_some(Found { end, ascii })
}

/// What a block holds, one bit a byte, the first byte lowest.
struct Words {
    quote: u64,
    backslash: u64,
    /// `n`, `t`, `r`.
    plain: u64,
    /// The second bytes of suspect pairs.
    pair: u64,
}

impl Words {
    /// The same without the first `shift` bytes.
    #[inline(always)]
    fn from(self, shift: u32) -> Words {
        Words {
            quote: self.quote >> shift,
            backslash: self.backslash >> shift,
            plain: self.plain >> shift,
            pair: self.pair >> shift,
        }
    }
}

/// See [`Eye::text`]. The text is at least [`SHORTEST`] bytes long.
#[target_feature(enable = "avx2,bmi1,bmi2")]
fn text_is_plain(marks: &Marks, text: &[u8]) -> bool {
    let tables = Tables::new(marks);
    if !matches!(text, [0x20..|b'\t'| b'\n' | b'\r', ..]) {
        return false;
    }
    let mut at = 1;
    while let Some((window, shift)) = window(text, at) {
        let (low, high) = load(window);
        let control = bits(tables.text_controls(low), tables.text_controls(high));
        let pair = tables.pairs(window) >> shift;
        if control | pair != 0 && (control != 0 || any_suspect(marks, text, at, pair)) {
            return false;
        }
        at += BLOCK;
    }
    true
}

/// Whether one of the pairs whose second bytes are the set bits, counted from `at`, is a suspect.
#[inline]
fn any_suspect(marks: &Marks, text: &[u8], at: usize, mut pairs: u64) -> bool {
    while pairs != 0 {
        if marks.is_suspect(text, at + pairs.trailing_zeros() as usize - 1) {
            return true;
        }
        pairs &= pairs - 1;
    }
    false
}

/// The block of `line` from `at` on with the byte before it, or the last one that the line holds and
/// by how many bytes it comes too early. `None` if nothing is left. `at` is 1 or more.
#[inline(always)]
fn window(line: &[u8], at: usize) -> Option<(&[u8; SHORTEST], u32)> {
    if let Some(window) = line.get(at - 1..)?.first_chunk() {
        return Some((window, 0));
    }
    let shift = at.checked_sub(line.len().checked_sub(BLOCK)?)?;
    if shift >= BLOCK {
        return None;
    }
    Some((line.last_chunk()?, shift as u32))
}

/// The bytes after backslashes that are not escaped themselves, and whether the first byte of the
/// next block is one (0 or 1), given that of this block.
#[inline(always)]
fn escaped(backslash: u64, carry: u64) -> (u64, u64) {
    let starts = backslash & !carry;
    let series = ((starts << 1) | ODD).wrapping_sub(starts);
    let codes = series ^ ODD;
    (codes ^ (backslash | carry), (codes & backslash) >> 63)
}

/// The block of a window, in two halves.
#[target_feature(enable = "avx2")]
#[inline]
fn load(window: &[u8; SHORTEST]) -> (__m256i, __m256i) {
    let from = window.as_ptr();
    // SAFETY: the window holds 65 bytes; these loads read bytes 1 to 32 and 33 to 64.
    unsafe {
        (_mm256_loadu_si256(from.add(1).cast()), _mm256_loadu_si256(from.add(1 + BLOCK / 2).cast()))
    }
}

/// For each byte of the block the byte before it, in two halves.
#[target_feature(enable = "avx2")]
#[inline]
fn load_before(window: &[u8; SHORTEST]) -> (__m256i, __m256i) {
    let from = window.as_ptr();
    // SAFETY: the window holds 65 bytes; these loads read bytes 0 to 31 and 32 to 63.
    unsafe { (_mm256_loadu_si256(from.cast()), _mm256_loadu_si256(from.add(BLOCK / 2).cast())) }
}

/// The high bits of 64 bytes as one word, the first byte lowest.
#[target_feature(enable = "avx2")]
#[inline]
fn bits(low: __m256i, high: __m256i) -> u64 {
    let low = _mm256_movemask_epi8(low) as u32;
    let high = _mm256_movemask_epi8(high) as u32;
    u64::from(low) | u64::from(high) << 32
}

#[target_feature(enable = "avx2")]
#[inline]
fn equal(bytes: __m256i, byte: u8) -> __m256i {
    _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte as i8))
}

/// The bytes below 0x20.
#[target_feature(enable = "avx2")]
#[inline]
fn controls(bytes: __m256i) -> __m256i {
    _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1F)), bytes)
}

/// The tables in registers.
struct Tables {
    first_high: __m256i,
    first_low: __m256i,
    second_high: __m256i,
    second_low: __m256i,
    plain_escapes: __m256i,
    text_breaks: __m256i,
}

/// The letters of the plain escapes, each at the place of its low half. The other places hold bytes
/// whose low half is another, which no byte can equal that is looked up there.
const PLAIN_ESCAPES: [u8; 16] = [1, 0, b'r', 0, b't', 0, 0, 0, 0, 0, 0, 0, 0, 0, b'n', 0];
/// Tab, LF, CR in the same way.
const TEXT_BREAKS: [u8; 16] = [1, 0, 0, 0, 0, 0, 0, 0, 0, b'\t', b'\n', 0, 0, b'\r', 0, 0];

impl Tables {
    #[target_feature(enable = "avx2")]
    #[inline]
    fn new(marks: &Marks) -> Tables {
        Tables {
            first_high: twice(&marks.pairs.first_high),
            first_low: twice(&marks.pairs.first_low),
            second_high: twice(&marks.pairs.second_high),
            second_low: twice(&marks.pairs.second_low),
            plain_escapes: twice(&PLAIN_ESCAPES),
            text_breaks: twice(&TEXT_BREAKS),
        }
    }

    /// The bytes `n`, `t`, `r`. A byte of 0x80 or more looks up 0, and is not 0.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn plain_escapes(&self, bytes: __m256i) -> __m256i {
        _mm256_cmpeq_epi8(_mm256_shuffle_epi8(self.plain_escapes, bytes), bytes)
    }

    /// The bytes below 0x20 but tab, LF, CR.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn text_controls(&self, bytes: __m256i) -> __m256i {
        let breaks = _mm256_cmpeq_epi8(_mm256_shuffle_epi8(self.text_breaks, bytes), bytes);
        _mm256_andnot_si256(breaks, controls(bytes))
    }

    /// The second bytes of suspect pairs, one bit a byte of the window's block.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn pairs(&self, window: &[u8; SHORTEST]) -> u64 {
        let (low, high) = load(window);
        let (low_before, high_before) = load_before(window);
        !bits(self.no_pairs(low_before, low), self.no_pairs(high_before, high))
    }

    /// The bytes that with the one before them are *no* suspect pair.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn no_pairs(&self, before: __m256i, bytes: __m256i) -> __m256i {
        let half = _mm256_set1_epi8(0x0F);
        let high = |bytes| _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), half);
        let low = |bytes| _mm256_and_si256(bytes, half);
        let first = _mm256_and_si256(
            _mm256_shuffle_epi8(self.first_high, high(before)),
            _mm256_shuffle_epi8(self.first_low, low(before)),
        );
        let second = _mm256_and_si256(
            _mm256_shuffle_epi8(self.second_high, high(bytes)),
            _mm256_shuffle_epi8(self.second_low, low(bytes)),
        );
        _mm256_cmpeq_epi8(_mm256_and_si256(first, second), _mm256_setzero_si256())
    }
}

/// A table of 16 entries in both halves of a vector.
#[target_feature(enable = "avx2")]
#[inline]
fn twice(table: &[u8; 16]) -> __m256i {
    // SAFETY: the table holds the 16 bytes that this load reads.
    _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) })
}
