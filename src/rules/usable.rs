//! Which lines hold a conversation, for tools that use records and do not judge them.
//!
//! Such a tool must come to the same answer as every other about what a record is, what a blank line is,
//! and why a line cannot be used. A plain line is told by its outline and never parsed.

use std::ops::Range;

use crate::record::parse::Masked;
use crate::record::scan::{Scanner, Turn};
use crate::record::{Document, Message, Parser, Value};
use crate::stream::{Block, Line};

use super::kind::Kind;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// What a line holds.
#[derive(Debug)]
pub enum Held<'a> {
    /// Nothing.
    Blank,
    /// A line over the limit, of which only the beginning is there.
    TooLong,
    /// No conversation: at this byte, for this reason.
    Unusable(usize, String),
    /// A record.
    Record(Record<'a>),
}

/// A record with a conversation.
#[derive(Debug, Clone, Copy)]
pub enum Record<'a> {
    /// A plain line, and where its turns stand.
    Plain(&'a [u8], &'a [Turn]),
    /// A line that was parsed: the record, its messages, and what in it stands for nothing.
    Parsed(Value<'a>, &'a [Message<'a>], &'a Masked),
}

/// What a line is without a look at what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// Nothing but white space.
    Blank,
    /// Over the limit, and only its beginning is there.
    TooLong,
    /// Something.
    Line,
}

/// The lines of a block without a look at what they hold. Their bytes are those of [`Reader::lines`].
pub fn unread(block: &Block) -> impl Iterator<Item = (Range<usize>, Unread)> {
    block.lines().map(|line| {
        let mark = mark(block, line);
        let what = match line {
            Line { cut: true, .. } => Unread::TooLong,
            _ if is_blank(&line.bytes[mark..]) => Unread::Blank,
            _ => Unread::Line,
        };
        (span(block, line, mark), what)
    })
}

/// A line of nothing but space, tab and CR.
fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r'))
}

/// Length of the byte order mark that a line begins with.
fn mark(block: &Block, line: Line<'_>) -> usize {
    let first = block.first && line.start == 0;
    if first && line.bytes.starts_with(BOM) { BOM.len() } else { 0 }
}

/// The bytes of a line that are written: the mark of a further input would stand in the middle of the output.
fn span(block: &Block, line: Line<'_>, mark: usize) -> Range<usize> {
    let start = if block.input > 0 { line.start + mark } else { line.start };
    start..line.end
}

/// The bytes of a line without the byte order mark of the first input, for a tool that may put something before
/// the line.
pub fn without_mark(block: &Block, span: Range<usize>) -> Range<usize> {
    let marked = block.first && span.start == 0 && block.data[span.clone()].starts_with(BOM);
    if marked { span.start + BOM.len()..span.end } else { span }
}

/// What a tool needs of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// A list of messages; else any object is a record.
    pub messages: bool,
    /// Nothing but roles and texts, so that a plain line need not be parsed.
    pub only_texts: bool,
}

/// Reads the records of blocks; its buffers are reused from block to block.
pub struct Reader {
    scanner: Scanner,
    parser: Parser,
    needs: Needs,
}

impl Reader {
    /// One for a tool that needs this.
    pub fn new(needs: Needs) -> Reader {
        Reader { scanner: Scanner::new(&[]), parser: Parser::default(), needs }
    }

    /// Hands every line of a block to `take`, with its bytes in the block: with the line feed, and without
    /// the byte order mark of a further input, which would stand in the middle of an output.
    pub fn lines(&mut self, block: &Block, mut take: impl FnMut(Range<usize>, Held<'_>)) {
        for line in block.lines() {
            let first = block.first && line.start == 0;
            let mark = mark(block, line);
            let span = span(block, line, mark);
            match line {
                Line { cut: true, .. } => take(span, Held::TooLong),
                _ if first && let Some(why) = other_form(line.bytes) => {
                    take(span, Held::Unusable(0, why.to_owned()));
                }
                _ => {
                    let bytes = &line.bytes[mark..];
                    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
                    self.line(bytes, mark, |held| take(span.clone(), held));
                }
            }
        }
    }

    fn line(&mut self, line: &[u8], skipped: usize, mut take: impl FnMut(Held<'_>)) {
        if is_blank(line) {
            return take(Held::Blank);
        }
        if self.needs.only_texts
            && let Some(outline) = self.scanner.outline(line)
        {
            return take(Held::Record(Record::Plain(line, outline.turns)));
        }
        let read = |document: &Document<'_>, masked: &Masked| {
            let root = document.root();
            let list = root.get("messages");
            let objects = list.into_iter().flat_map(|list| list.items()).filter(Value::is_object);
            let messages: Vec<Message<'_>> = objects.map(Message::of).collect();
            let fault = match self.needs.messages {
                true => no_conversation(root, &messages),
                false => no_object(root),
            };
            match fault {
                Some(why) => {
                    let at = list.map_or(root.span().start, |list| list.span().start);
                    take(Held::Unusable(at + skipped, why));
                }
                None => take(Held::Record(Record::Parsed(root, &messages, masked))),
            }
        };
        if let Err(fault) = self.parser.parse(line, None, read) {
            take(Held::Unusable(fault.at() + skipped, format!("not JSON: {fault}")));
        }
    }
}

/// What a file is that is no JSON lines, by its first line.
fn other_form(line: &[u8]) -> Option<&'static str> {
    let nul_beside_bracket = |two: &[u8]| matches!(two, [0, b'{' | b'['] | [b'{' | b'[', 0]);
    match line.strip_prefix(BOM).unwrap_or(line).trim_ascii() {
        _ if line.starts_with(b"\xff\xfe") || line.starts_with(b"\xfe\xff") => Some(UTF_16),
        _ if line[..line.len().min(4)].windows(2).any(nul_beside_bracket) => Some(UTF_16),
        b"[" => Some("the file is one JSON array; write one record a line, as with: jq -c '.[]'"),
        b"{" => Some("the file is pretty-printed; write one record a line, as with: jq -c ."),
        _ => None,
    }
}

const UTF_16: &str = "the file is UTF-16; convert it, as with: iconv -f UTF-16 -t UTF-8";

/// Why a value is no record at all.
fn no_object(root: Value<'_>) -> Option<String> {
    let why = match root.is_array() {
        true => "an array, wanted an object; one record a line: jq -c '.[]'",
        false => "not an object",
    };
    (!root.is_object()).then(|| why.to_owned())
}

/// Why a value holds no conversation. An empty list of messages is one without messages.
fn no_conversation(root: Value<'_>, messages: &[Message<'_>]) -> Option<String> {
    if let Some(why) = no_object(root) {
        return Some(why);
    }
    let Some(list) = root.get("messages") else {
        return Some(match Kind::of(root) {
            Kind::Other(guess) => match guess.hint(root) {
                Some((what, advice)) => format!("{what} and has no messages; {advice}"),
                None => "the record has no messages".to_owned(),
            },
            kind => format!("the record is {} and has no messages", kind.name()),
        });
    };
    if !list.is_array() {
        Some("messages is no array".to_owned())
    } else if messages.len() < list.len() {
        Some("messages holds something that is no object".to_owned())
    } else {
        None
    }
}
