//! Where the tokens of a built-in vocabulary stand in a text: one behind the other, each as long as the
//! bytes that it spells.
//!
//! Counting is more than twice as fast as listing tokens, and only tokens near a mark are of interest. So
//! the text is cut near the marks, at places where a token ends whatever stands around, and listed only
//! between the two cuts around a mark; the rest is counted. (Measured on chats in the form of ChatML:
//! see `benches/README.md`.)

use std::cell::RefCell;
use std::ops::Range;
use std::sync::OnceLock;

use tiktoken::CoreBpe;

use super::BUILT_IN;
use super::runs::{self, Run, Spans};
use super::template::Rendered;

/// See [`Tokenizer::runs`](super::Tokenizer::runs).
pub(super) fn runs(bpe: &CoreBpe, name: &str, rendered: &Rendered, runs: &mut Vec<Run>) {
    thread_local! {
        /// The tokens are thrown away, their memory is not.
        static SCRATCH: RefCell<Places> = const { RefCell::new(Places::new()) };
    }
    let text = rendered.text.as_str();
    if rendered.trained.is_empty() {
        return runs::push(runs, bpe.count_with_special_tokens(text), false);
    }
    SCRATCH.with_borrow_mut(|places| {
        places.find(bpe, lengths(bpe, name), rendered);
        runs::mask(places, text, &rendered.trained, runs);
    });
}

/// The parts of a text in order, without gaps.
#[derive(Debug, Default)]
pub(super) struct Places {
    parts: Vec<Part>,
    /// The ends of the tokens of all listed parts, in bytes of the text.
    ends: Vec<u32>,
    tokens: usize,
}

#[derive(Debug)]
struct Part {
    bytes: Range<usize>,
    tokens: Range<usize>,
    /// Where its tokens are in the list of ends, if they were listed.
    listed: Option<Range<usize>>,
}

impl Places {
    const fn new() -> Places {
        Places { parts: Vec::new(), ends: Vec::new(), tokens: 0 }
    }

    fn find(&mut self, bpe: &CoreBpe, lengths: &[u16], rendered: &Rendered) {
        self.parts.clear();
        self.ends.clear();
        self.tokens = 0;
        let text = rendered.text.as_str();
        let mut done = 0;
        // The part around the last mark, to be listed.
        let mut open: Option<Range<usize>> = None;
        for mark in rendered.trained.iter().flat_map(|range| [range.start, range.end]) {
            // Not to be looked for again, or many marks in one long word would take forever.
            if open.as_ref().is_some_and(|part| mark < part.end) {
                continue;
            }
            if let Some(part) = open.take() {
                done = part.end;
                self.list(bpe, lengths, text, part);
            }
            let around = cut_before(text, mark, done)..cut_behind(text, mark);
            self.count(bpe, text, done..around.start);
            done = around.start;
            open = Some(around);
        }
        if let Some(part) = open {
            done = part.end;
            self.list(bpe, lengths, text, part);
        }
        self.count(bpe, text, done..text.len());
    }

    fn count(&mut self, bpe: &CoreBpe, text: &str, bytes: Range<usize>) {
        if !bytes.is_empty() {
            let first = self.tokens;
            let part = text.get(bytes.clone()).unwrap_or_default();
            self.tokens += bpe.count_with_special_tokens(part);
            self.parts.push(Part { bytes, tokens: first..self.tokens, listed: None });
        }
    }

    fn list(&mut self, bpe: &CoreBpe, lengths: &[u16], text: &str, bytes: Range<usize>) {
        if bytes.is_empty() {
            return;
        }
        let (first, listed) = (self.tokens, self.ends.len());
        let mut end = u32::try_from(bytes.start).unwrap_or(u32::MAX);
        let part = text.get(bytes.clone()).unwrap_or_default();
        for token in bpe.encode_with_special_tokens(part) {
            end = end.saturating_add(lengths.get(token as usize).copied().unwrap_or(0).into());
            self.ends.push(end);
        }
        self.tokens += self.ends.len() - listed;
        let listed = Some(listed..self.ends.len());
        self.parts.push(Part { bytes, tokens: first..self.tokens, listed });
    }
}

impl Spans for Places {
    fn len(&self) -> usize {
        self.tokens
    }

    /// Asked for the first byte of a marked range, or for that of its last character. Where that is in a
    /// counted part, the mark was a cut: the byte is the first of the part, or the last, since what stands
    /// before a cut is a character of one byte.
    fn at(&self, byte: usize) -> Option<usize> {
        let at = self.parts.partition_point(|part| part.bytes.end <= byte);
        let part = self.parts.get(at)?;
        match &part.listed {
            Some(listed) => {
                let ends = self.ends.get(listed.clone())?;
                let at = ends.partition_point(|end| *end as usize <= byte);
                Some(part.tokens.start + at)
            }
            None if byte == part.bytes.start => Some(part.tokens.start),
            None => part.tokens.end.checked_sub(1),
        }
    }
}

/// Does a token end before this byte, whatever stands further on and before?
///
/// Both vocabularies cut text into words, by rules that look at what follows only where white space ends,
/// and merge inside of words. A word ends behind a line feed before anything but white space and `/` (which
/// may stand with punctuation before it), and between a letter and a blank with a letter behind it. No
/// special token holds a line feed or a blank.
fn is_cut(bytes: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).and_then(|before| bytes.get(before)) else { return true };
    let Some(here) = bytes.get(at) else { return true };
    match (before, here) {
        (b'\n', here) => here.is_ascii_graphic() && *here != b'/',
        (before, b' ') => {
            before.is_ascii_alphabetic()
                && bytes.get(at + 1).is_some_and(|next| next.is_ascii_alphabetic())
        }
        _ => false,
    }
}

/// The last cut at or before a mark, not before `floor`, which is one itself. The end of the text does
/// not count: the character before it may be several tokens, and is asked for.
fn cut_before(text: &str, mark: usize, floor: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = mark;
    while at > floor && (at == bytes.len() || !is_cut(bytes, at)) {
        at -= 1;
    }
    at
}

/// The first cut at or behind a mark.
fn cut_behind(text: &str, mark: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = mark;
    while at < bytes.len() && !is_cut(bytes, at) {
        at += 1;
    }
    at
}

/// Numbers from which on no token is looked for: the built-in vocabularies end at 200,019.
const MOST_TOKENS: u32 = 200_100;

/// How many bytes each token spells. The longest has 128.
fn lengths(bpe: &CoreBpe, name: &str) -> &'static [u16] {
    static LENGTHS: [OnceLock<Vec<u16>>; BUILT_IN.len()] =
        [const { OnceLock::new() }; BUILT_IN.len()];
    let which = BUILT_IN.iter().position(|known| *known == name).unwrap_or(0);
    LENGTHS[which].get_or_init(|| {
        let length = |token| u16::try_from(bpe.decode(&[token]).len()).unwrap_or(0);
        (0..MOST_TOKENS).map(length).collect()
    })
}

/// The naive twin: lists every token of the text.
#[cfg(test)]
pub(super) fn naive(bpe: &CoreBpe, name: &str, rendered: &Rendered) -> Vec<Run> {
    let lengths = lengths(bpe, name);
    let mut end = 0;
    let mut ends = Vec::new();
    for token in bpe.encode_with_special_tokens(&rendered.text) {
        end += u32::from(lengths[token as usize]);
        ends.push(end);
    }
    assert_eq!(end as usize, rendered.text.len());
    let mut runs = Vec::new();
    runs::mask(ends.as_slice(), &rendered.text, &rendered.trained, &mut runs);
    runs
}
