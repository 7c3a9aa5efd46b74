//! What documents come to: conversations with the place that they were taken from, and what cannot be used.

use std::borrow::Cow;

use crate::generate::draft::Said;

/// A part of a document.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    /// A conversation.
    Talk(Talk),
    /// A heading without text, or one of a table of contents: there is nothing to learn of it.
    WithoutText,
    /// What cannot be used.
    Unusable {
        /// Its line, from 1.
        line: u64,
        /// The reason.
        why: String,
        /// The part as it stands there.
        raw: Vec<u8>,
    },
}

/// A conversation that was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Talk {
    /// Its messages, without a system message that is the same for all.
    pub said: Vec<Said>,
    /// Its line, from 1.
    pub line: u64,
    /// The headings of its sections, in documents that have them.
    pub headings: Vec<String>,
    /// Messages that were left away behind the last answer.
    pub cut: u64,
    /// Names at the beginning of lines within messages that may be those of speakers.
    pub strangers: Vec<String>,
}

/// Finds the parts of one input. Lines come without their line feed.
pub(super) trait Maker {
    /// The next line, by its number from 1.
    fn line(&mut self, number: u64, line: &[u8], parts: &mut Vec<Part>);

    /// There are no more lines.
    fn end(&mut self, parts: &mut Vec<Part>);

    /// This line is too long to be read. Whether it belongs to a part that is told for it, or else it is one itself.
    fn lost(&mut self, _number: u64, _parts: &mut Vec<Part>) -> bool {
        false
    }

    /// What is wrong with the input as a whole, and the line where it shows; asked for after each line.
    fn trouble(&mut self) -> Option<(u64, String)> {
        None
    }
}

/// What cannot be used.
pub(super) fn unusable(line: u64, why: impl Into<String>, raw: impl Into<Vec<u8>>) -> Part {
    Part::Unusable { line, why: why.into(), raw: raw.into() }
}

/// What is wrong with a part that this line belongs to, of which not even the rejects get a copy.
pub(super) fn too_long(number: u64) -> String {
    format!("line {number} is too long (--max-line-bytes), and is not in the rejects")
}

/// A question with its answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pair {
    pub line: u64,
    pub heading: Option<String>,
    pub question: String,
    pub answer: String,
}

/// Conversations of at most so many of these pairs each.
pub(super) fn chained(pairs: &[Pair], most: usize) -> impl Iterator<Item = Part> {
    pairs.chunks(most.max(1)).map(|pairs| {
        let said =
            |pair: &Pair| [Said::User(pair.question.clone()), Said::Assistant(pair.answer.clone())];
        Part::Talk(Talk {
            said: pairs.iter().flat_map(said).collect(),
            line: pairs.first().map_or(1, |pair| pair.line),
            headings: pairs.iter().filter_map(|pair| pair.heading.clone()).collect(),
            ..Talk::default()
        })
    })
}

/// A line as text, without the carriage return before its line feed.
pub(super) fn text(line: &[u8]) -> Result<&str, String> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    std::str::from_utf8(line).map_err(|error| no_text(error.valid_up_to()))
}

/// What is wrong with a line whose first byte that is no text stands here.
pub(super) fn no_text(at: usize) -> String {
    format!("not UTF-8 at byte {}", at + 1)
}

/// What stands for a byte that is no text: the character that is called so.
const SUBSTITUTE: char = '\u{1a}';

/// The same where one part has many lines, and a line that is no text must not hide to which part it belongs: with
/// something in place of each byte that is none, and with what is wrong.
pub(super) fn readable(line: &[u8]) -> (Cow<'_, str>, Option<String>) {
    let why = match text(line) {
        Ok(line) => return (Cow::Borrowed(line), None),
        Err(why) => why,
    };
    let mut out = String::with_capacity(line.len());
    for chunk in line.strip_suffix(b"\r").unwrap_or(line).utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| SUBSTITUTE));
    }
    (Cow::Owned(out), Some(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_no_text_keeps_its_length_and_all_that_is() {
        let table: [(&[u8], &str, Option<&str>); 3] = [
            (b"## Caf\xe9?\r", "## Caf\u{1a}?", Some("not UTF-8 at byte 7")),
            (b"\xf0\x9f a \xff", "\u{1a}\u{1a} a \u{1a}", Some("not UTF-8 at byte 1")),
            ("é\r".as_bytes(), "é", None),
        ];
        for (line, wanted, why) in table {
            assert_eq!(readable(line), (Cow::Borrowed(wanted), why.map(str::to_owned)));
            assert_eq!(wanted.len(), line.strip_suffix(b"\r").unwrap_or(line).len());
        }
    }
}
