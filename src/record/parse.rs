//! From the bytes of a line to a [`Document`]: simd-json first, serde_json as arbiter.
//!
//! simd-json reads a copy of the line into a tape; a walk over the raw line in step with the tape adds the
//! byte spans. simd-json refuses some legal JSON and says little about where a fault is. So when it
//! refuses, the line is looked at token by token ([`super::lexer`]), what only a parser minds is masked
//! in the copy by tokens of the same length, and serde_json gives verdict, reason and place.

use std::fmt;
use std::ops::Range;

use serde::de::IgnoredAny;
use simd_json::{Buffers, INPUT_PADDING, Node as TapeNode, StaticNode, Tape};

use super::document::{Document, Kind, Node, Origin};
use super::lexer::{self, Oddities};
use super::{grammar, text};

/// Why a line cannot be read as one JSON value. Offsets are from the start of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Not well-formed UTF-8.
    Utf8 {
        /// First byte of the first bad sequence, and the end of that sequence.
        span: Range<usize>,
        /// Number of maximal ill-formed sequences.
        count: usize,
    },
    /// More arrays and objects open at once than the limit.
    TooDeep {
        /// The bracket that was one too many.
        at: usize,
        /// Most open at once.
        depth: usize,
    },
    /// More values and keys than the limit, or than there is memory for.
    TooLarge {
        /// Values and keys of the line.
        values: usize,
        /// The memory that could not be had, in bytes; None when the limit is meant.
        wanting: Option<usize>,
    },
    /// Not JSON.
    Syntax {
        /// The byte at which parsing cannot go on; the length of the line when it ends too early.
        at: usize,
        /// What was found and what was wanted.
        reason: String,
        /// The line ends before its value does.
        eof: bool,
    },
    /// Further complete values behind the first.
    Trailing {
        /// Start of the second value.
        at: usize,
        /// Number of values on the line.
        values: usize,
    },
}

impl fmt::Display for Fault {
    /// In a few words, without the place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Utf8 { .. } => f.write_str("not UTF-8"),
            Fault::TooDeep { depth, .. } => write!(f, "{depth} levels deep"),
            Fault::TooLarge { values, wanting: None } => {
                write!(
                    f,
                    "{values} values and keys stand on the line, wanted at most {VALUES_LIMIT}"
                )
            }
            Fault::TooLarge { wanting: Some(bytes), .. } => {
                let needed = bytes >> 20;
                write!(f, "reading the line takes {needed} MiB of memory, which are not to be had")
            }
            Fault::Trailing { .. } => f.write_str("more than one value"),
            Fault::Syntax { reason, .. } => f.write_str(reason),
        }
    }
}

impl Fault {
    /// The byte of the line at which it shows.
    pub fn at(&self) -> usize {
        match self {
            Fault::Utf8 { span, .. } => span.start,
            Fault::TooDeep { at, .. } | Fault::Syntax { at, .. } | Fault::Trailing { at, .. } => {
                *at
            }
            Fault::TooLarge { .. } => 0,
        }
    }
}

/// Tokens that are no JSON, or hold no character, but that do not keep the rest from being judged.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Masked {
    /// `NaN`, `Infinity`, `-Infinity`: read as a number.
    pub non_finite: Vec<Range<usize>>,
    /// Escapes of half a surrogate pair: read as U+FFFD.
    pub lone_surrogates: Vec<Range<usize>>,
}

/// Reads lines; its buffers are reused from line to line.
pub struct Parser {
    depth_limit: usize,
    copy: Vec<u8>,
    buffers: Buffers,
    tape: Vec<TapeNode<'static>>,
    nodes: Vec<Node<'static>>,
    masked: Masked,
}

/// Arrays and objects that may be open at once; parsers in use stop at 128 (serde_json) or about 1,000.
pub const DEPTH_LIMIT: usize = 128;

/// Values and keys that one line may have. Each takes some 100 bytes while the line is read, so that this
/// bounds the memory for a line of very many short values, which its length does not. A conversation of
/// a million messages has 5 million.
pub const VALUES_LIMIT: usize = 8 << 20;

/// Memory for one value: its entry in the tape (32 bytes), its node (40), its place in the index (4), and
/// what lists have in reserve while they grow.
const VALUE_BYTES: usize = 120;

/// A buffer that grew beyond this for one long line is given back after it.
const KEEP_CAPACITY: usize = 4 << 20;

impl Default for Parser {
    fn default() -> Self {
        Parser::new(DEPTH_LIMIT)
    }
}

impl Parser {
    /// A parser that takes up to `depth_limit` levels.
    pub fn new(depth_limit: usize) -> Parser {
        Parser {
            depth_limit,
            copy: Vec::new(),
            buffers: Buffers::default(),
            tape: Vec::new(),
            nodes: Vec::new(),
            masked: Masked::default(),
        }
    }

    /// Reads one value and hands it to `judge`, with what was masked in it.
    ///
    /// `line` has no line ending. `origin` tells where the text stands when it is that of a JSON string.
    pub fn parse<R>(
        &mut self,
        line: &[u8],
        origin: Option<Origin>,
        judge: impl FnOnce(&Document<'_>, &Masked) -> R,
    ) -> Result<R, Fault> {
        self.masked.non_finite.clear();
        self.masked.lone_surrogates.clear();
        if line.len() > KEEP_CAPACITY {
            check_room(line)?;
        }
        self.load(line);
        let mut tape = Tape(recycle(std::mem::take(&mut self.tape)));
        let accepted =
            simd_json::fill_tape_padded(&mut self.copy, line.len(), &mut self.buffers, &mut tape)
                .is_ok();
        let nodes = recycle(std::mem::take(&mut self.nodes));
        if accepted {
            let (walked, depth) = walk(line, &tape.0, nodes);
            if depth <= self.depth_limit {
                let document = Document::new(line, &walked, origin);
                let result = judge(&document, &self.masked);
                self.nodes = recycle(walked);
                self.tape = recycle(tape.0);
                self.shrink();
                return Ok(result);
            }
            self.nodes = recycle(walked);
        } else {
            self.nodes = nodes;
        }
        self.tape = recycle(tape.0);
        let result = self.arbitrate(line, origin, judge);
        self.shrink();
        result
    }

    /// The way of a line that simd-json refuses.
    fn arbitrate<R>(
        &mut self,
        line: &[u8],
        origin: Option<Origin>,
        judge: impl FnOnce(&Document<'_>, &Masked) -> R,
    ) -> Result<R, Fault> {
        check_utf8(line)?;
        let odd = lexer::look(line, self.depth_limit);
        if let Some(at) = odd.too_deep {
            return Err(Fault::TooDeep { at, depth: odd.depth });
        }
        self.load(line);
        mask(&mut self.copy, &odd);
        arbiter(&self.copy[..line.len()])?;
        for span in &odd.numbers {
            fill(&mut self.copy, span, b"0");
        }
        self.masked = Masked { non_finite: odd.non_finite, lone_surrogates: odd.lone_surrogates };
        let mut tape = Tape(recycle(std::mem::take(&mut self.tape)));
        simd_json::fill_tape_padded(&mut self.copy, line.len(), &mut self.buffers, &mut tape)
            .map_err(|error| Fault::Syntax { at: 0, reason: error.to_string(), eof: false })?;
        let (walked, _) = walk(line, &tape.0, recycle(std::mem::take(&mut self.nodes)));
        let document = Document::new(line, &walked, origin);
        let result = judge(&document, &self.masked);
        self.nodes = recycle(walked);
        self.tape = recycle(tape.0);
        Ok(result)
    }

    fn load(&mut self, line: &[u8]) {
        self.copy.clear();
        self.copy.extend_from_slice(line);
        self.copy.resize(line.len() + INPUT_PADDING, 0);
    }

    fn shrink(&mut self) {
        // A node or token takes some 40 bytes, which many short values can make the most of it.
        let held = self.copy.capacity() + 40 * (self.tape.capacity() + self.nodes.capacity());
        if held > KEEP_CAPACITY {
            *self = Parser::new(self.depth_limit);
        }
    }
}

/// Whether a long line has few enough values, and whether there is memory to read it.
fn check_room(line: &[u8]) -> Result<(), Fault> {
    let (values, depth) = lexer::size(line);
    // Brackets alone are too deep long before they are too many; the arbiter says so.
    if values > VALUES_LIMIT && depth <= DEPTH_LIMIT {
        return Err(Fault::TooLarge { values, wanting: None });
    }
    // Room for the copy and for the parser's own buffer of the same length. What is reserved here is
    // given back at once: an allocation that fails within the parser would end the process.
    let bytes = 2 * line.len() + VALUE_BYTES * values.min(VALUES_LIMIT);
    match Vec::<u8>::new().try_reserve_exact(bytes) {
        Ok(()) => Ok(()),
        Err(_) => Err(Fault::TooLarge { values, wanting: Some(bytes) }),
    }
}

/// The allocation of a list under another lifetime: collecting an emptied list in place keeps it.
fn recycle<A, B>(mut list: Vec<A>) -> Vec<B> {
    list.clear();
    list.into_iter().filter_map(|_| None).collect()
}

/// Well-formed UTF-8, or the first bad sequence and their number.
pub fn check_utf8(line: &[u8]) -> Result<(), Fault> {
    if simdutf8::basic::from_utf8(line).is_ok() {
        return Ok(());
    }
    let mut first = None;
    let mut count = 0;
    let mut at = 0;
    for chunk in line.utf8_chunks() {
        at += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            count += 1;
            first.get_or_insert(at..at + chunk.invalid().len());
            at += chunk.invalid().len();
        }
    }
    Err(Fault::Utf8 { span: first.unwrap_or(0..0), count })
}

/// Puts tokens that every parser takes where the odd ones stand.
fn mask(copy: &mut [u8], odd: &Oddities) {
    for span in &odd.non_finite {
        fill(copy, span, b"0");
    }
    for span in &odd.lone_surrogates {
        fill(copy, span, b"\\ufffd");
    }
}

/// Replaces a span by a shorter or equal token and blanks behind it.
fn fill(copy: &mut [u8], span: &Range<usize>, token: &[u8]) {
    copy[span.clone()].fill(b' ');
    copy[span.start..span.start + token.len()].copy_from_slice(token);
}

/// serde_json's verdict on a line whose encoding and depth are in order.
fn arbiter(line: &[u8]) -> Result<(), Fault> {
    let Err(error) = read_ignored(line) else { return Ok(()) };
    let mut values = serde_json::Deserializer::from_slice(line).into_iter::<IgnoredAny>();
    let mut second = 0;
    let mut count = 0;
    while let Some(value) = values.next() {
        if value.is_err() {
            return Err(syntax(line, &error));
        }
        count += 1;
        if count == 1 {
            let rest = &line[values.byte_offset()..];
            let blank = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
            second = values.byte_offset() + blank;
        }
    }
    Err(if count > 1 {
        Fault::Trailing { at: second, values: count }
    } else {
        syntax(line, &error)
    })
}

/// Reads the whole line, with no limit of its own on depth.
fn read_ignored(line: &[u8]) -> serde_json::Result<()> {
    let mut reader = serde_json::Deserializer::from_slice(line);
    reader.disable_recursion_limit();
    <IgnoredAny as serde::Deserialize>::deserialize(&mut reader)?;
    reader.end()
}

/// The fault of a line that serde_json refuses, in words of our own.
fn syntax(line: &[u8], error: &serde_json::Error) -> Fault {
    let Some(stop) = grammar::stop(line) else {
        let at = error.column().saturating_sub(1).min(line.len());
        return Fault::Syntax { at, reason: error.to_string(), eof: error.is_eof() };
    };
    let rest = line.get(stop.at..).unwrap_or_default();
    let found = rest.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next());
    let reason = match found {
        Some(found) => {
            format!(
                "found {}, wanted {}",
                text::quote(found.encode_utf8(&mut [0; 4]), 4),
                stop.wanted
            )
        }
        None => format!("the text ends, wanted {}", stop.wanted),
    };
    Fault::Syntax { at: stop.at, reason, eof: rest.is_empty() }
}

/// Adds the byte spans: walks the raw line in step with the tape of its copy.
///
/// Returns the nodes and the greatest depth. The line is known to be JSON, so that every step is either
/// over white space, a colon or comma, or the token that the tape says comes next.
fn walk<'a>(
    line: &[u8],
    tape: &[TapeNode<'a>],
    mut nodes: Vec<Node<'a>>,
) -> (Vec<Node<'a>>, usize) {
    nodes.reserve(tape.len());
    let mut open: Vec<Open> = Vec::new();
    let mut depth = 0;
    let mut at = 0;
    for (index, token) in tape.iter().enumerate() {
        at = close(line, at, index, &mut open, &mut nodes);
        while matches!(line.get(at), Some(b' ' | b'\t' | b'\n' | b'\r' | b',' | b':')) {
            at += 1;
        }
        let (kind, len, text, end) = match *token {
            TapeNode::String(text) => (Kind::String, 0, text, string_end(line, at, text.len())),
            TapeNode::Object { len, .. } => (Kind::Object, len, "", at + 1),
            TapeNode::Array { len, .. } => (Kind::Array, len, "", at + 1),
            TapeNode::Static(StaticNode::Null) => (Kind::Null, 0, "", at + 4),
            TapeNode::Static(StaticNode::Bool(yes)) => {
                (Kind::Bool(yes), 0, "", at + if yes { 4 } else { 5 })
            }
            TapeNode::Static(_) => (Kind::Number, 0, "", number_end(line, at)),
        };
        nodes.push(Node {
            kind,
            start: at as u32,
            end: end as u32,
            next: index as u32 + 1,
            len: len as u32,
            text,
        });
        at = end;
        if let TapeNode::Object { count, .. } | TapeNode::Array { count, .. } = *token {
            open.push(Open { node: index, end: index + count + 1 });
            depth = depth.max(open.len());
        }
    }
    close(line, at, tape.len(), &mut open, &mut nodes);
    (nodes, depth)
}

/// A container that is open.
struct Open {
    node: usize,
    /// Index in the tape at which it ends.
    end: usize,
}

/// Closes the containers that end before tape index `index`; returns the offset behind them.
fn close(
    line: &[u8],
    mut at: usize,
    index: usize,
    open: &mut Vec<Open>,
    nodes: &mut [Node<'_>],
) -> usize {
    while let Some(&Open { node, end }) = open.last() {
        if end > index {
            break;
        }
        while !matches!(line.get(at), Some(b'}' | b']') | None) {
            at += 1;
        }
        at += 1;
        nodes[node].end = at as u32;
        nodes[node].next = index as u32;
        open.pop();
    }
    at
}

/// Offset behind the string that opens at `at` and decodes to `text_len` bytes.
fn string_end(line: &[u8], at: usize, text_len: usize) -> usize {
    let text = at + 1;
    if line.get(text + text_len) == Some(&b'"')
        && memchr::memchr(b'\\', &line[text..text + text_len]).is_none()
    {
        return text + text_len + 1;
    }
    let mut at = text;
    while let Some(skip) = memchr::memchr2(b'"', b'\\', line.get(at..).unwrap_or_default()) {
        if line[at + skip] == b'"' {
            return at + skip + 1;
        }
        at += skip + 2;
    }
    line.len()
}

fn number_end(line: &[u8], at: usize) -> usize {
    let inside = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.');
    at + line[at..].iter().take_while(inside).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Vec<(String, String)>, Fault> {
        Parser::default().parse(line.as_bytes(), None, |doc, _| {
            doc.root()
                .descendants()
                .map(|v| (v.pointer(), String::from_utf8_lossy(v.raw()).into_owned()))
                .collect()
        })
    }

    #[test]
    fn every_value_keeps_its_bytes_and_pointer() {
        let line = r#" {"a" : [1.50 ,"x\"y", {"b~/":null}] , "c":true}"#;
        let got = read(line).unwrap();
        let got: Vec<_> = got.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
        assert_eq!(
            got,
            [
                ("", r#"{"a" : [1.50 ,"x\"y", {"b~/":null}] , "c":true}"#),
                ("/a", r#""a""#),
                ("/a", r#"[1.50 ,"x\"y", {"b~/":null}]"#),
                ("/a/0", "1.50"),
                ("/a/1", r#""x\"y""#),
                ("/a/2", r#"{"b~/":null}"#),
                ("/a/2/b~0~1", r#""b~/""#),
                ("/a/2/b~0~1", "null"),
                ("/c", r#""c""#),
                ("/c", "true"),
            ]
        );
    }

    #[test]
    fn legal_numbers_that_parsers_refuse_are_read() {
        let huge = "9".repeat(100_000);
        for number in ["18446744073709551616", "-9223372036854775809", "1e999", "-0", &huge] {
            let got = read(&format!(r#"{{"n":{number},"m":[{number}]}}"#)).unwrap();
            assert_eq!(got[2].1, number);
        }
    }

    #[test]
    fn masked_tokens_do_not_hide_the_rest() {
        let line = br#"{"a":NaN,"b":"x\ud800y","c":-Infinity}"#;
        Parser::default()
            .parse(line, None, |doc, masked| {
                assert_eq!(masked.non_finite, [5..8, 28..37]);
                assert_eq!(masked.lone_surrogates, std::slice::from_ref(&(15..21)));
                assert_eq!(doc.root().get("b").unwrap().as_str(), Some("x\u{fffd}y"));
                assert_eq!(doc.root().get("c").unwrap().raw(), b"-Infinity");
            })
            .unwrap();
    }

    #[test]
    fn faults_have_their_place() {
        assert!(matches!(read("{\"a\":1}{\"b\":2} 3"), Err(Fault::Trailing { at: 7, values: 3 })));
        assert!(matches!(read("{\"a\":1},"), Err(Fault::Syntax { at: 7, eof: false, .. })));
        assert!(matches!(read("{\"a\":"), Err(Fault::Syntax { at: 5, eof: true, .. })));
        assert!(matches!(read("{'a':1}"), Err(Fault::Syntax { at: 1, .. })));
        let bad = Parser::default().parse(b"\"a\xff\xfeb\xc3\"", None, |_, _| ());
        assert_eq!(bad, Err(Fault::Utf8 { span: 2..3, count: 3 }));
    }

    #[test]
    fn depth_limit_is_the_same_for_every_parser() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            for depth in [127usize, 128, 129, 1024, 1025, 100_000] {
                let inner = if open == "[" { "" } else { "1" };
                let whole = format!("{}{inner}{}", open.repeat(depth), close.repeat(depth));
                let got = Parser::default().parse(whole.as_bytes(), None, |_, _| ());
                let at = 128 * open.len();
                match got {
                    Ok(()) => assert!(depth <= 128),
                    Err(Fault::TooDeep { at: found, depth: deepest }) => {
                        assert!(depth > 128 && found == at && deepest == depth)
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
    }

    #[test]
    fn a_line_of_too_many_values_is_not_read() {
        let line = |values: usize| format!("[{}0]", "0,".repeat(values - 2));
        let read = |line: String| Parser::default().parse(line.as_bytes(), None, |_, _| ());
        assert_eq!(read(line(VALUES_LIMIT)), Ok(()));
        let values = VALUES_LIMIT + 1;
        assert_eq!(read(line(values)), Err(Fault::TooLarge { values, wanting: None }));
        let text = format!("\"{}\"", ",".repeat(values));
        assert_eq!(read(text), Ok(()), "what stands in a string is no value");
    }

    #[test]
    fn repeated_keys_are_kept_and_the_last_one_counts() {
        let line = r#"{"a":1,"b":2,"\u0061":3}"#;
        Parser::default()
            .parse(line.as_bytes(), None, |doc, _| {
                assert_eq!(doc.root().len(), 3);
                assert_eq!(doc.root().get("a").unwrap().raw(), b"3");
            })
            .unwrap();
    }
}
