//! What documents come to: conversations with the place that they were taken from, and what cannot be used.

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

    /// This line is too long to be read, and was told already.
    fn lost(&mut self, _number: u64, _parts: &mut Vec<Part>) {}

    /// What is wrong with the input as a whole, and the line where it shows; asked for after each line.
    fn trouble(&mut self) -> Option<(u64, String)> {
        None
    }
}

/// What cannot be used.
pub(super) fn unusable(line: u64, why: impl Into<String>, raw: impl Into<Vec<u8>>) -> Part {
    Part::Unusable { line, why: why.into(), raw: raw.into() }
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
    std::str::from_utf8(line)
        .map_err(|error| format!("not UTF-8 at byte {}", error.valid_up_to() + 1))
}
