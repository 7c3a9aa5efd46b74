//! The text of a chat template, made ready for the engine.
//!
//! Templates are written for Jinja2 with an extension of the transformers library: what stands between
//! `{% generation %}` and `{% endgeneration %}` is what a model is trained on. The engine does not know
//! these tags, so they become blocks that print a mark; where the marks come out is where trained text
//! starts and ends.

/// The variable that prints the mark before trained text.
pub(super) const OPEN: &str = "__chatml_trained_from";

/// The variable that prints the mark behind trained text.
pub(super) const CLOSE: &str = "__chatml_trained_to";

/// A template as the engine takes it.
pub(super) struct Source {
    /// Its text, with as many lines as the original.
    pub(super) text: String,
    /// It says what is trained on.
    pub(super) has_marks: bool,
}

/// Line ends become LF, as Jinja2 reads them, and the tags of trained text blocks of the engine.
pub(super) fn translate(original: &str) -> Source {
    let text = original.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(text.len() + 128);
    let mut has_marks = false;
    let mut rest = text.as_str();
    while let Some(start) = rest.find('{') {
        let (before, from) = rest.split_at(start);
        out.push_str(before);
        let length = match from.as_bytes().get(1) {
            Some(b'#') => from.find("#}").map_or(from.len(), |end| end + 2),
            Some(b'{') => end_of(from, "}}"),
            Some(b'%') => end_of(from, "%}"),
            _ => 1,
        };
        let (mut tag, mut behind) = from.split_at(length);
        match Tag::of(tag) {
            Some(Tag { name: "raw", .. }) => {
                let end = end_of_raw(behind).unwrap_or(behind.len());
                tag = &from[..length + end];
                behind = &behind[end..];
                out.push_str(tag);
            }
            // A block outside and one inside, since blanks are cut differently beside tags and beside
            // what prints. `with` has a scope, like the tag that it stands for.
            Some(Tag { name: "generation", left, right, lines }) => {
                has_marks = true;
                let fill = "\n".repeat(lines);
                out.push_str(&format!(
                    "{{%{left} with{fill} %}}{{{{ {OPEN} }}}}{{% with {right}%}}"
                ));
            }
            Some(Tag { name: "endgeneration", left, right, lines }) => {
                let fill = "\n".repeat(lines);
                out.push_str(&format!(
                    "{{%{left} endwith{fill} %}}{{{{ {CLOSE} }}}}{{% endwith {right}%}}"
                ));
            }
            _ => out.push_str(tag),
        }
        rest = behind;
    }
    out.push_str(rest);
    Source { text: out, has_marks }
}

/// `{%- name -%}`: a block tag without anything but its name.
struct Tag<'a> {
    name: &'a str,
    /// What stands for blanks before it: `-`, `+` or nothing.
    left: &'a str,
    /// The same for blanks behind it.
    right: &'a str,
    /// Line feeds inside.
    lines: usize,
}

impl<'a> Tag<'a> {
    fn of(text: &'a str) -> Option<Tag<'a>> {
        let inner = text.strip_prefix("{%")?.strip_suffix("%}")?;
        let body = inner.strip_prefix(['-', '+']).unwrap_or(inner);
        let left = &inner[..inner.len() - body.len()];
        let cut = body.strip_suffix(['-', '+']).unwrap_or(body);
        let right = &body[cut.len()..];
        let name = cut.trim();
        let lines = cut.matches('\n').count();
        (!name.is_empty()).then_some(Tag { name, left, right, lines })
    }
}

/// The length of a tag up to and with its end, which does not count inside quotes.
fn end_of(tag: &str, end: &str) -> usize {
    let mut quote = None;
    let mut escaped = false;
    for (at, byte) in tag.bytes().enumerate().skip(2) {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if byte == b'\\' => escaped = true,
            Some(open) if byte == open => quote = None,
            Some(_) => {}
            None if byte == b'"' || byte == b'\'' => quote = Some(byte),
            None if tag.as_bytes()[at..].starts_with(end.as_bytes()) => return at + end.len(),
            None => {}
        }
    }
    tag.len()
}

/// The length of raw text up to and with the tag that ends it.
fn end_of_raw(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let start = from + text[from..].find("{%")?;
        let end = start + text[start..].find("%}")? + 2;
        match Tag::of(&text[start..end]) {
            Some(Tag { name: "endraw", .. }) => return Some(end),
            _ => from = start + 2,
        }
    }
}
