//! A parsed line: a flat list of nodes, each with the raw bytes it stands on.
//!
//! The nodes lie in the order of the text. An object is followed by its keys and values in turn, an array
//! by its elements; `next` skips a whole subtree. That makes walking cheap and needs no tree of
//! allocations: one list, reused from line to line.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::num::NonZeroU32;
use std::ops::Range;

use super::undone::{Undone, Written};
use super::{lexer, text};

/// What a value is. Null is a kind of its own; the text of a number is its span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number; only its text is kept.
    Number,
    /// A string, or the key of an object member.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// The JSON name of the type, for messages.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Bool(_) => "boolean",
            Kind::Number => "number",
            Kind::String => "string",
            Kind::Array => "array",
            Kind::Object => "object",
        }
    }
}

/// One value (or key) of a document.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    /// What it is.
    pub kind: Kind,
    /// Offset of its first byte in the line: the opening quote, bracket or first character.
    pub start: u32,
    /// Offset past its last byte.
    pub end: u32,
    /// Index of the node after this one and all that it holds.
    pub next: u32,
    /// Number of members or elements.
    pub len: u32,
    /// The decoded text of a string; empty for all else.
    pub text: &'a str,
}

/// Where a document stands when it is itself the text of a JSON string.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Span of the string in the line, quotes included: findings inside point at it.
    pub span: Range<usize>,
    /// JSON pointer of that string.
    pub pointer: String,
}

/// A parsed line, or the parsed text of a JSON string in one.
#[derive(Debug)]
pub struct Document<'a> {
    /// The raw bytes that the spans refer to; inside strings with escapes they are not as they were when
    /// these escapes were undone in the line itself.
    pub line: &'a [u8],
    /// All values in the order of the text; the first is the root.
    pub nodes: &'a [Node<'a>],
    /// Set when `line` is not the line itself but a string decoded from it.
    pub origin: Option<Origin>,
    /// The escapes that were undone in `line`.
    undone: Option<&'a Undone>,
    /// Where each node hangs; made when the first pointer is asked for.
    places: OnceCell<Vec<Place>>,
}

/// Where a node hangs: what makes the way from it up to the root one step a level.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// The node that holds it; its own index for the root.
    parent: u32,
    /// Its place among the elements or members of the parent.
    index: u32,
    /// For the value of a member: the node of its key.
    key: Option<NonZeroU32>,
}

impl<'a> Document<'a> {
    /// A document over the nodes of a line.
    pub fn new(line: &'a [u8], nodes: &'a [Node<'a>], origin: Option<Origin>) -> Document<'a> {
        Document { line, nodes, origin, undone: None, places: OnceCell::new() }
    }

    /// A document over the nodes of a line in which escapes were undone.
    pub fn undone(line: &'a [u8], nodes: &'a [Node<'a>], undone: &'a Undone) -> Document<'a> {
        Document { line, nodes, origin: None, undone: Some(undone), places: OnceCell::new() }
    }

    /// The outermost value.
    pub fn root(&'a self) -> Value<'a> {
        Value { doc: self, at: 0 }
    }

    /// The last value or key that starts at or before this byte: in a string or number, that one.
    pub fn at(&'a self, byte: usize) -> Value<'a> {
        let started = self.nodes.partition_point(|node| node.start as usize <= byte);
        Value { doc: self, at: started.saturating_sub(1) as u32 }
    }

    /// One pass over all nodes, so that a hundred thousand findings cost no more than that many steps.
    fn places(&self) -> &[Place] {
        self.places.get_or_init(|| {
            let mut places = vec![Place { parent: 0, index: 0, key: None }; self.nodes.len()];
            for (parent, node) in self.nodes.iter().enumerate() {
                let mut child = parent + 1;
                for index in 0..node.len {
                    let mut place = Place { parent: parent as u32, index, key: None };
                    if node.kind == Kind::Object {
                        place.key = NonZeroU32::new(child as u32);
                        places[child] = place;
                        child += 1;
                    }
                    places[child] = place;
                    child = self.nodes[child].next as usize;
                }
            }
            places
        })
    }

    /// Span in the line that a finding about this span of the document points at.
    pub fn place(&self, span: Range<usize>) -> Range<usize> {
        match &self.origin {
            Some(origin) => origin.span.clone(),
            None => span,
        }
    }
}

/// One value of a document. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Value<'a> {
    doc: &'a Document<'a>,
    at: u32,
}

impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.raw()))
    }
}

impl PartialEq for Value<'_> {
    /// Identity, not equality of content: the same place in the same document.
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.doc, other.doc) && self.at == other.at
    }
}

impl<'a> Value<'a> {
    fn node(&self) -> &'a Node<'a> {
        &self.doc.nodes[self.at as usize]
    }

    fn sibling(&self, at: u32) -> Value<'a> {
        Value { doc: self.doc, at }
    }

    /// The document it belongs to.
    pub fn document(&self) -> &'a Document<'a> {
        self.doc
    }

    /// What it is.
    pub fn kind(&self) -> Kind {
        self.node().kind
    }

    /// Its raw bytes in the document: offsets from the start of the line.
    pub fn span(&self) -> Range<usize> {
        self.node().start as usize..self.node().end as usize
    }

    /// Its raw text. For repairs, and for values without strings in them: see [`Document::line`].
    pub fn raw(&self) -> &'a [u8] {
        &self.doc.line[self.span()]
    }

    /// The first bytes of its raw text, at most so many.
    pub fn beginning(&self, most: usize) -> Cow<'a, [u8]> {
        match self.doc.undone {
            Some(undone) => Cow::Owned(undone.beginning(self.doc.line, self.span(), most)),
            None => Cow::Borrowed(&self.raw()[..self.raw().len().min(most)]),
        }
    }

    /// The bytes of the document that the characters at these bytes of a string's text are written with;
    /// the bytes ascend.
    pub fn written(
        &self,
        decoded: impl IntoIterator<Item = usize> + 'a,
    ) -> Box<dyn Iterator<Item = Written> + 'a> {
        let (doc, start, raw) = (self.doc, self.span().start, self.raw());
        let undone = doc.undone.filter(|undone| undone.has(start));
        match undone {
            Some(undone) => Box::new(undone.written(doc.line, start, decoded)),
            None => Box::new(text::raw_spans(raw, decoded).map(move |span| Written {
                half: lexer::surrogate(raw, span.start).is_some() && span.len() == 6,
                span: start + span.start..start + span.end,
            })),
        }
    }

    /// The decoded text, when it is a string.
    pub fn as_str(&self) -> Option<&'a str> {
        (self.kind() == Kind::String).then_some(self.node().text)
    }

    /// Is it `null`?
    pub fn is_null(&self) -> bool {
        self.kind() == Kind::Null
    }

    /// Is it an object?
    pub fn is_object(&self) -> bool {
        self.kind() == Kind::Object
    }

    /// Is it an array?
    pub fn is_array(&self) -> bool {
        self.kind() == Kind::Array
    }

    /// Is it a string?
    pub fn is_string(&self) -> bool {
        self.kind() == Kind::String
    }

    /// Number of members or elements; 0 for all else.
    pub fn len(&self) -> usize {
        self.node().len as usize
    }

    /// Has it no members or elements?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements of an array; nothing for all else.
    pub fn items(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let value = *self;
        let mut left = if self.is_array() { self.len() } else { 0 };
        let mut at = self.at + 1;
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let item = value.sibling(at);
            at = item.node().next;
            Some(item)
        })
    }

    /// The members of an object as key and value, repeated keys included; nothing for all else.
    pub fn members(&self) -> impl Iterator<Item = (Value<'a>, Value<'a>)> + use<'a> {
        let value = *self;
        let mut left = if self.is_object() { self.len() } else { 0 };
        let mut at = self.at + 1;
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let key = value.sibling(at);
            let member = value.sibling(at + 1);
            at = member.node().next;
            Some((key, member))
        })
    }

    /// The member of that name; of repeated ones the last, as every reader takes it.
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        self.member(name).map(|(_, value)| value)
    }

    /// Key and value of the member of that name; of repeated ones the last.
    pub fn member(&self, name: &str) -> Option<(Value<'a>, Value<'a>)> {
        self.members().filter(|(key, _)| key.node().text == name).last()
    }

    /// The value that an RFC 6901 pointer leads to from here: the empty one to this value itself, one that
    /// leads nowhere, or is no pointer, to none.
    pub fn at_pointer(&self, pointer: &str) -> Option<Value<'a>> {
        let mut at = *self;
        let mut tokens = pointer.split('/');
        if tokens.next() != Some("") {
            return None;
        }
        for token in tokens {
            let name = token.replace("~1", "/").replace("~0", "~");
            at = match at.kind() {
                Kind::Array => at.items().nth(index(&name)?)?,
                _ => at.get(&name)?,
            };
        }
        Some(at)
    }

    /// Every value and key from here on down, itself first, in the order of the text.
    pub fn descendants(&self) -> impl Iterator<Item = Value<'a>> + use<'a> {
        let value = *self;
        (self.at..self.node().next).map(move |at| value.sibling(at))
    }

    /// Is `other` this value or inside it?
    pub fn contains(&self, other: Value<'_>) -> bool {
        (self.at..self.node().next).contains(&other.at)
    }

    /// RFC 6901 pointer from the record to this value (for a key: to its member). Empty for the record.
    pub fn pointer(&self) -> String {
        let places = self.doc.places();
        let mut tokens = Vec::new();
        let mut at = self.at as usize;
        while at != 0 {
            let place = places[at];
            tokens.push(match place.key {
                Some(key) => token_of(self.doc.nodes[key.get() as usize].text),
                None => Cow::Owned(place.index.to_string()),
            });
            at = place.parent as usize;
        }
        let mut pointer = match &self.doc.origin {
            Some(origin) => origin.pointer.clone(),
            None => String::new(),
        };
        for token in tokens.iter().rev() {
            pointer.push('/');
            pointer.push_str(token);
        }
        pointer
    }
}

/// Bytes of a key that a pointer tells: one of a hundred megabytes would be held by every finding below it.
const LONGEST_TOKEN: usize = 1024;

/// The reference token of a key; of a long one its beginning and an ellipsis.
pub fn token_of(key: &str) -> Cow<'_, str> {
    match key.len() > LONGEST_TOKEN {
        true => {
            let beginning = &key[..key.floor_char_boundary(LONGEST_TOKEN)];
            Cow::Owned(format!("{}…", escape_token(beginning)))
        }
        false => escape_token(key),
    }
}

/// The index of an array element as a pointer writes it: digits, without zeros before them.
fn index(token: &str) -> Option<usize> {
    let plain =
        token.bytes().all(|b| b.is_ascii_digit()) && (token == "0" || !token.starts_with('0'));
    if plain { token.parse().ok() } else { None }
}

/// One reference token of a JSON pointer.
pub fn escape_token(key: &str) -> Cow<'_, str> {
    if key.contains(['~', '/']) {
        Cow::Owned(key.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(key)
    }
}

/// Are two values equal as JSON: key order, white space and escapes do not count, number texts do.
pub fn deep_equal(a: Value<'_>, b: Value<'_>) -> bool {
    if a.kind() != b.kind() || a.len() != b.len() {
        return false;
    }
    match a.kind() {
        Kind::Null | Kind::Bool(_) => true,
        Kind::Number => a.raw() == b.raw(),
        Kind::String => a.as_str() == b.as_str(),
        Kind::Array => a.items().zip(b.items()).all(|(x, y)| deep_equal(x, y)),
        Kind::Object => sorted(a)
            .into_iter()
            .zip(sorted(b))
            .all(|((k, x), (l, y))| k.as_str() == l.as_str() && deep_equal(x, y)),
    }
}

fn sorted(object: Value<'_>) -> Vec<(Value<'_>, Value<'_>)> {
    let mut members: Vec<_> = object.members().collect();
    members.sort_by_key(|(key, _)| key.as_str());
    members
}
