//! The nodes of a line that is known to be JSON: from the tape that simd-json makes of it and its bytes, or
//! from its bytes alone.

use simd_json::{Node as TapeNode, StaticNode};

use super::document::{Kind, Node};
use super::lexer;
use super::undone::Undone;

/// Adds the byte spans: walks the raw line in step with the tape of its copy.
///
/// Returns the nodes and the greatest depth. The line is known to be JSON, so that every step is either
/// over white space, a colon or comma, or the token that the tape says comes next.
pub fn in_step<'a>(
    line: &[u8],
    tape: &[TapeNode<'a>],
    mut nodes: Vec<Node<'a>>,
) -> (Vec<Node<'a>>, usize) {
    nodes.reserve(tape.len());
    let mut open: Vec<Ahead> = Vec::new();
    let mut depth = 0;
    let mut at = 0;
    for (index, token) in tape.iter().enumerate() {
        at = close_before(line, at, index, &mut open, &mut nodes);
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
            open.push(Ahead { node: index, end: index + count + 1 });
            depth = depth.max(open.len());
        }
    }
    close_before(line, at, tape.len(), &mut open, &mut nodes);
    (nodes, depth)
}

/// A container that is open, and where it is known to end.
struct Ahead {
    node: usize,
    /// Index in the tape at which it ends.
    end: usize,
}

/// Closes the containers that end before tape index `index`; returns the offset behind them.
fn close_before(
    line: &[u8],
    mut at: usize,
    index: usize,
    open: &mut Vec<Ahead>,
    nodes: &mut [Node<'_>],
) -> usize {
    while let Some(&Ahead { node, end }) = open.last() {
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
    lexer::string_end(line, at)
}

/// A container that is open.
struct Open {
    node: usize,
    /// Its children so far, keys among them.
    children: u32,
}

/// Reads the nodes of `text`, a line in which escapes were undone, into an empty list. `most` is a number
/// that they do not exceed.
///
/// The line is one JSON value, but for `NaN` and its like.
pub fn of<'a>(
    text: &'a str,
    undone: &Undone,
    most: usize,
    mut nodes: Vec<Node<'a>>,
) -> Vec<Node<'a>> {
    let line = text.as_bytes();
    let mut spots = undone.strings.iter().peekable();
    let mut open: Vec<Open> = Vec::new();
    nodes.reserve_exact(most);
    let mut at = 0;
    while let Some(&byte) = line.get(at) {
        let mut string = "";
        let (kind, end) = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' => {
                at += 1;
                continue;
            }
            b'}' | b']' => {
                at += 1;
                close(open.pop(), at, &mut nodes);
                continue;
            }
            b'"' => {
                let inside = at + 1;
                let spot = spots.next_if(|spot| spot.span.start as usize == inside);
                let (len, end) = match spot {
                    Some(spot) => (spot.text as usize, spot.span.end as usize),
                    None => {
                        let len = memchr::memchr(b'"', &line[inside..]);
                        let len = len.unwrap_or(line.len() - inside);
                        (len, inside + len)
                    }
                };
                string = text.get(inside..inside + len).unwrap_or_default();
                (Kind::String, end + 1)
            }
            b'{' => (Kind::Object, at + 1),
            b'[' => (Kind::Array, at + 1),
            b't' => (Kind::Bool(true), at + 4),
            b'f' => (Kind::Bool(false), at + 5),
            b'n' => (Kind::Null, at + 4),
            _ => (Kind::Number, number_end(line, at)),
        };
        if let Some(parent) = open.last_mut() {
            parent.children += 1;
        }
        if matches!(kind, Kind::Object | Kind::Array) {
            open.push(Open { node: nodes.len(), children: 0 });
        }
        let next = nodes.len() as u32 + 1;
        nodes.push(Node { kind, start: at as u32, end: end as u32, next, len: 0, text: string });
        at = end;
    }
    nodes
}

/// Notes where a container ends and how many members or elements it has.
fn close(open: Option<Open>, end: usize, nodes: &mut [Node<'_>]) {
    let next = nodes.len() as u32;
    if let Some(open) = open
        && let Some(node) = nodes.get_mut(open.node)
    {
        node.end = end as u32;
        node.next = next;
        node.len = if node.kind == Kind::Object { open.children / 2 } else { open.children };
    }
}

/// Offset behind the number, or word, that starts at `at`.
pub fn number_end(line: &[u8], at: usize) -> usize {
    let inside = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.');
    at + line[at..].iter().take_while(inside).count().max(1)
}
