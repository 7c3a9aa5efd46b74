//! From the bytes of a line to a [`Document`]: simd-json first, serde_json as arbiter.
//!
//! simd-json reads a copy of the line into a tape; a walk over the raw line in step with the tape adds the
//! byte spans. simd-json refuses some legal JSON and says little about where a fault is. So when it
//! refuses, the line is looked at token by token ([`super::lexer`]), what only a parser minds is masked
//! by tokens of the same length, serde_json gives verdict, reason and place, and a walk over the line
//! alone makes the nodes ([`super::nodes`]).
//!
//! simd-json takes three times the memory of a line. So a long one goes the second way at once: in a copy,
//! or, where the caller lends it, in the line itself ([`super::undone`]).

use std::ops::Range;

use serde::de::IgnoredAny;
use simd_json::{Buffers, INPUT_PADDING, Node as TapeNode, Tape};

use super::document::{Document, Node, Origin};
use super::fault::Fault;
use super::lexer::Half;
use super::undone::{self, Lent, Undone};
use super::{grammar, lexer, nodes, text};

/// Tokens that are no JSON, or hold no character, but that do not keep the rest from being judged.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Masked {
    /// `NaN`, `Infinity`, `-Infinity`: read as a number.
    pub non_finite: Vec<Range<usize>>,
    /// Escapes of half a surrogate pair: read as U+FFFD.
    pub lone_surrogates: Vec<Half>,
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

/// Values and keys that one line may have. With what the rules hold of a message each takes some 100 bytes
/// while the line is judged: 38 MiB at most, which the length of the line does not bound. No known record
/// comes near.
pub const VALUES_LIMIT: usize = 400_000;

/// Memory for one value: its node (40 bytes), its place in the index (12) and what rules hold of it.
const VALUE_BYTES: usize = 100;

/// Lines longer than this are not given to simd-json, which needs twice their length beside them.
const LONG: usize = 2 << 20;

/// Lines of more values and keys than this are not given to simd-json either, whose tape takes 32 bytes for
/// each.
const CROWDED: usize = 64 << 10;

/// A shorter line is not crowded: with as many values as it can have it takes some 10 MiB.
const CROWDED_BYTES: usize = 256 << 10;

/// Has the line so many values and keys that the memory for it counts? They should be read one at a time.
pub fn is_crowded(line: &[u8]) -> bool {
    // Before every value but the first stands one of these or a brace behind one of these; most long lines
    // have too few of them even with those in strings.
    line.len() > CROWDED_BYTES
        && memchr::memchr3_iter(b',', b':', b'[', line).nth(CROWDED / 2 - 1).is_some()
        && lexer::size(line).0 > CROWDED
}

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
        if line.len() > LONG || is_crowded(line) {
            let result = self.arbitrate(line, origin, judge);
            self.shrink();
            return result;
        }
        self.load(line);
        let mut tape = Tape(recycle(std::mem::take(&mut self.tape)));
        let accepted =
            simd_json::fill_tape_padded(&mut self.copy, line.len(), &mut self.buffers, &mut tape)
                .is_ok();
        let nodes = recycle(std::mem::take(&mut self.nodes));
        if accepted {
            let (walked, depth) = nodes::in_step(line, &tape.0, nodes);
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

    /// [`parse`](Parser::parse) in the bytes of the line itself, which are changed for that while and then
    /// are as they were: memory for the values of the line, but not for the line again.
    ///
    /// In the document the raw bytes of strings are no repair's to use: see [`Document::line`].
    pub fn parse_in_place<R>(
        &mut self,
        line: &mut [u8],
        judge: impl FnOnce(&Document<'_>, &Masked) -> R,
    ) -> Result<R, Fault> {
        let values = self.read(line)?;
        let lent = Lent::of(line).ok_or_else(too_many_changes)?;
        let (bytes, undone) = lent.parts();
        let text = simdutf8::basic::from_utf8(bytes).unwrap_or_default();
        let nodes = nodes::of(text, undone, values, recycle(std::mem::take(&mut self.nodes)));
        let document = Document::undone(text.as_bytes(), &nodes, undone);
        let result = judge(&document, &self.masked);
        self.nodes = recycle(nodes);
        self.shrink();
        Ok(result)
    }

    /// The way of a line that simd-json refuses, or is not asked about.
    fn arbitrate<R>(
        &mut self,
        line: &[u8],
        origin: Option<Origin>,
        judge: impl FnOnce(&Document<'_>, &Masked) -> R,
    ) -> Result<R, Fault> {
        if line.len() > LONG {
            check_room(line.len())?;
        }
        self.copy.clear();
        self.copy.extend_from_slice(line);
        let mut copy = std::mem::take(&mut self.copy);
        let result = self.read(&mut copy).and_then(|values| {
            let undone = Undone::of(&mut copy).ok_or_else(too_many_changes)?;
            let text = simdutf8::basic::from_utf8(&copy).unwrap_or_default();
            let nodes = nodes::of(text, &undone, values, recycle(std::mem::take(&mut self.nodes)));
            let document = Document::new(line, &nodes, origin);
            let result = judge(&document, &self.masked);
            self.nodes = recycle(nodes);
            Ok(result)
        });
        self.copy = copy;
        result
    }

    /// The verdict on a line, and what is odd in it; its bytes are as they were afterwards. Returns a
    /// number that its values and keys do not exceed.
    fn read(&mut self, line: &mut [u8]) -> Result<usize, Fault> {
        if u32::try_from(line.len()).is_err() {
            let limit = u32::MAX as usize; // a place in a line is 32 bits
            return Err(Fault::TooMany { what: "bytes", count: line.len(), limit });
        }
        check_utf8(line)?;
        let (values, depth) = lexer::size(line);
        // Brackets alone are too deep long before they are too many.
        if values > VALUES_LIMIT && depth <= self.depth_limit {
            let what = "values and keys";
            return Err(Fault::TooMany { what, count: values, limit: VALUES_LIMIT });
        }
        let odd = lexer::look(line, self.depth_limit);
        if let Some(at) = odd.too_deep {
            return Err(Fault::TooDeep { at, depth: odd.depth });
        }
        if odd.halves > lexer::MOST_ODD {
            let (what, count) = ("halves of surrogate pairs", odd.halves);
            return Err(Fault::TooMany { what, count, limit: lexer::MOST_ODD });
        }
        check_room(VALUE_BYTES * values)?;
        for span in &odd.non_finite {
            mask(line, span);
        }
        let verdict = arbiter(line);
        for span in &odd.non_finite {
            unmask(line, span);
        }
        self.masked = Masked { non_finite: odd.non_finite, lone_surrogates: odd.lone_surrogates };
        verdict.map(|()| values)
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

/// Whether there is memory to read a line. What is reserved here is given back at once: what asks for it
/// later cannot say that there is none, and would end the process.
fn check_room(bytes: usize) -> Result<(), Fault> {
    match Vec::<u8>::new().try_reserve_exact(bytes) {
        Ok(()) => Ok(()),
        Err(_) => Err(Fault::NoMemory { bytes }),
    }
}

/// The fault of a line whose strings are written in too many ways.
fn too_many_changes() -> Fault {
    let limit = undone::CHANGES_LIMIT;
    let what = "escapes in other forms than those before them";
    Fault::TooMany { what, count: limit + 1, limit }
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

/// Puts a token that every parser takes where `NaN` and its like stand, with blanks behind it.
fn mask(line: &mut [u8], span: &Range<usize>) {
    line[span.clone()].fill(b' ');
    line[span.start] = b'0';
}

/// Puts back what [`mask`] has taken away; the length tells what it was.
fn unmask(line: &mut [u8], span: &Range<usize>) {
    let token =
        [&b"NaN"[..], b"Infinity", b"-Infinity"].into_iter().find(|t| t.len() == span.len());
    line[span.clone()].copy_from_slice(token.unwrap_or_default());
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
                assert_eq!(masked.lone_surrogates, [Half { span: 15..21, written: *b"\\ud800" }]);
                assert_eq!(doc.root().get("b").unwrap().as_str(), Some("x\u{fffd}y"));
                assert_eq!(doc.root().get("c").unwrap().raw(), b"-Infinity");
            })
            .unwrap();
    }

    #[test]
    fn a_judge_that_panics_leaves_a_line_and_the_next_one_is_read() {
        let line = br#"{"a\u00e9":["\n\"",NaN]}"#.to_vec();
        let mut bytes = line.clone();
        let mut parser = Parser::default();
        let judged = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            parser.parse_in_place(&mut bytes, |_, _| -> () { panic!("a fault of a rule") })
        }));
        assert!(judged.is_err());
        assert_eq!(bytes, line);
        assert_eq!(parser.parse_in_place(&mut bytes, |doc, _| doc.root().len()), Ok(1));
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
        let (what, limit) = ("values and keys", VALUES_LIMIT);
        assert_eq!(read(line(values)), Err(Fault::TooMany { what, count: values, limit }));
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
