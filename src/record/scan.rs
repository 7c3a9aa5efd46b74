//! The scanner: one look at a line that can say "certainly a plain, clean record".
//!
//! # Why
//!
//! Nearly every line of a good dataset is plain: an object with `messages`, a list of objects with
//! `role` and `content`, nothing else, and nothing in the text that any rule would mention. To learn
//! that, no tree, no copy and no unescaped string is needed. The scanner reads such a line once, at
//! several bytes a cycle, and gives its *outline*: where the messages are and who speaks. Rules about
//! the order of turns run over the outline. For every other line it answers "look closer", and the
//! parser judges. So the scanner may say "look closer" whenever it likes, but an outline is a promise
//! (see [`Outline`]), and the scanner never has to name what is wrong.
//!
//! # How
//!
//! The line is walked piece by piece. The fixed pieces between the contents are compared as they
//! stand (`walk`). A content is scanned from its opening quote in blocks of 64 bytes; for each block
//! the vector unit yields four words of 64 bits, one bit a byte (`avx2`):
//!
//! - *quotes* and *backslashes*; with the carry of a backslash run from the block before they give
//!   the escaped bytes, hence the first quote that is not escaped, the end of the content;
//! - *plain escapes*: `n`, `t`, `r`; an escaped byte that is none of these, no quote and no
//!   backslash sends the line to the parser;
//! - *suspect pairs*: the second byte of every two bytes that may begin something a rule knows, such
//!   as `<|` or the first two bytes of U+200B. Each is then compared exactly (`marks`).
//!
//! Control bytes and non-ASCII bytes are only gathered; the first send the line to the parser, the
//! second cost the content one more pass, for UTF-8. Where a content ends, the next piece begins, so
//! no brace or bracket of the structure is mistaken for text, and nothing is stored but the turns.
//!
//! What each trick buys:
//!
//! 1. Scanning from the quote, not from the start of the line, needs no table of bit masks and no
//!    second walk over it: a short record costs three blocks or four and nothing else.
//! 2. A pair is found with four table look-ups of 16 entries (high and low half of both bytes), where
//!    a set bit common to all four marks a suspect. `<` alone stands in every line of HTML and every
//!    `“` begins with E2; the second byte leaves few of them to compare.
//! 3. The pair is read as "byte before, byte here", from two loads one byte apart. The byte before
//!    the first is the opening quote, so there is always one, and nothing is carried between blocks.
//! 4. The last block of a line is read so that it ends where the line ends, and its words are shifted
//!    down by what was seen already. Nothing is copied and nothing read beyond the line.
//!
//! Without AVX2 the same content is scanned byte by byte through a table of classes (`portable`), to
//! the same answer. The obvious version of all this, slow and exact, is `naive`; the tests hold the
//! three against each other.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod marks;
#[doc(hidden)]
pub mod naive;
mod portable;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod timing;
mod walk;

use marks::{Marks, Opening};
use walk::Eye;

/// The longest line that can have an outline, in bytes: its offsets are held in 32 bits.
pub const LONGEST: usize = u32::MAX as usize;

/// The most messages that an outline has: a million, which take 20 MiB.
pub const MOST_TURNS: usize = 1 << 20;

/// The roles of plain records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlainRole {
    /// `system`
    System,
    /// `user`
    User,
    /// `assistant`
    Assistant,
}

impl PlainRole {
    /// The role as a record names it.
    pub fn name(self) -> &'static str {
        match self {
            PlainRole::System => "system",
            PlainRole::User => "user",
            PlainRole::Assistant => "assistant",
        }
    }
}

/// One message of a plain record. All offsets count bytes from the start of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Who speaks.
    pub role: PlainRole,
    /// Where the message's `{` stands.
    pub object: u32,
    /// Where the opening quote of the role's value stands.
    pub role_at: u32,
    /// Where the opening quote of the content stands.
    pub content_at: u32,
    /// Bytes of the content between its quotes, as written; never 0.
    pub content_len: u32,
}

/// What a plain, clean line holds. Having one promises about the line:
///
/// 1. It is an RFC 8259 text in well-formed UTF-8 of at most [`LONGEST`] bytes: an object whose one
///    member is `messages`, a non-empty array of at most [`MOST_TURNS`] objects of exactly the members `role` (`system`,
///    `user` or `assistant`) and `content` (a string), in either order.
/// 2. Its strings hold no escapes but `\n`, `\t`, `\r`, `\"` and `\\`, and no control characters but
///    the three of these.
/// 3. No content is empty or only white space.
/// 4. No content holds a token given to [`Scanner::new`], `{{`, U+FFFD, an invisible character (rule
///    C004), or two characters that may be misread UTF-8 (C003); none is `[[dummy_message]]`. The
///    line holds no U+2028, U+2029, U+0085.
/// 5. No content starts like the text of a template (C006).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outline<'s> {
    /// Where the `[` of the message list stands.
    pub list: u32,
    /// The messages in their order; never empty.
    pub turns: &'s [Turn],
}

/// Finds the outlines of lines. It keeps its buffers between lines, so use one for each worker.
pub struct Scanner {
    marks: Marks,
    turns: Vec<Turn>,
    #[cfg(target_arch = "x86_64")]
    avx2: Option<avx2::Avx2>,
}

impl Scanner {
    /// A scanner that looks closer at every content with one of `tokens` in it.
    ///
    /// Every token starts with `<` or `[`, is two bytes or longer, and holds no quote, backslash or
    /// control character. With a token that breaks this, every line is one to look at closer.
    pub fn new(tokens: &[&str]) -> Scanner {
        Scanner {
            marks: Marks::new(tokens),
            turns: Vec::new(),
            #[cfg(target_arch = "x86_64")]
            avx2: avx2::Avx2::detect(),
        }
    }

    /// The outline of `line` (without its LF, and without a CR before it), or `None`: look closer.
    ///
    /// `Some` is a promise, see [`Outline`]; `None` means nothing.
    pub fn outline(&mut self, line: &[u8]) -> Option<Outline<'_>> {
        self.turns.clear();
        if line.len() > LONGEST || self.marks.blind() {
            return None;
        }
        let list = self.walk(line)?;
        Some(Outline { list, turns: &self.turns })
    }

    /// True only if no content rule has anything to say about this decoded text: it holds no control
    /// character but `\t`, `\n`, `\r`, nothing of point 4 of [`Outline`], and does not start like the
    /// text of a template. `false` means nothing. An empty text is clean.
    pub fn is_clean_text(&self, text: &str) -> bool {
        let text = text.as_bytes();
        !self.marks.blind()
            && self.text_is_plain(text)
            && (marks::starts_safe(text) || marks::opening(text) != Opening::Suspect)
    }

    #[cfg(target_arch = "x86_64")]
    fn walk(&mut self, line: &[u8]) -> Option<u32> {
        match self.avx2 {
            Some(eye) if line.len() >= avx2::SHORTEST => {
                eye.walk(&self.marks, line, &mut self.turns)
            }
            _ => walk::walk(portable::Portable, &self.marks, line, &mut self.turns),
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn walk(&mut self, line: &[u8]) -> Option<u32> {
        walk::walk(portable::Portable, &self.marks, line, &mut self.turns)
    }

    #[cfg(target_arch = "x86_64")]
    fn text_is_plain(&self, text: &[u8]) -> bool {
        match self.avx2 {
            Some(eye) if text.len() >= avx2::SHORTEST => eye.text(&self.marks, text),
            _ => portable::Portable.text(&self.marks, text),
        }
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn text_is_plain(&self, text: &[u8]) -> bool {
        portable::Portable.text(&self.marks, text)
    }

    /// The same scanner without the vector unit.
    #[cfg(test)]
    fn portable(tokens: &[&str]) -> Scanner {
        Scanner {
            #[cfg(target_arch = "x86_64")]
            avx2: None,
            ..Scanner::new(tokens)
        }
    }
}
