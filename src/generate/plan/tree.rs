//! The text of a plan, TOML or JSON, as a tree in which each value knows its line.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::generate::node::{Fault, Node, Value};
use crate::record::document::{Kind, Value as Json};
use crate::record::parse::Parser;
use crate::record::text::quote;

/// Levels of a plan in JSON; no key stands deeper than five, a tool's parameters and a grammar somewhat more.
const DEPTH: usize = 64;

/// Reads a plan, or another file of its kind; one that begins with a brace is JSON.
pub fn parse(bytes: &[u8]) -> Result<Node, Vec<Fault>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = Lines::new(bytes).of(error.valid_up_to());
        vec![fault(line, "bytes that are no UTF-8 text; save the file as UTF-8")]
    })?;
    if text.trim_start().starts_with('{') { json(text) } else { toml(text) }
}

/// Where lines begin.
struct Lines(Vec<usize>);

impl Lines {
    fn new(bytes: &[u8]) -> Lines {
        Lines(memchr::memchr_iter(b'\n', bytes).collect())
    }

    /// The line of a byte, from 1.
    fn of(&self, byte: usize) -> usize {
        self.0.partition_point(|end| *end < byte) + 1
    }
}

fn fault(line: usize, reason: &str) -> Fault {
    Fault { line, key: String::new(), reason: reason.to_owned(), suggestion: None }
}

fn toml(text: &str) -> Result<Node, Vec<Fault>> {
    let lines = Lines::new(text.as_bytes());
    let (root, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let place = |error: &toml::de::Error| lines.of(error.span().map_or(0, |span| span.start));
        let told = |error| fault(place(error), &format!("no TOML: {}", error.message()));
        let mut faults: Vec<Fault> = errors.iter().map(told).collect();
        // One slip makes the parser complain several times; the first on a line is the one that helps.
        faults.dedup_by_key(|fault| fault.line);
        return Err(faults);
    }
    Ok(Node { line: 1, value: table(root.get_ref(), &lines) })
}

fn table(entries: &DeTable<'_>, lines: &Lines) -> Value {
    let mut in_order: Vec<_> = entries.iter().collect();
    in_order.sort_by_key(|(key, _)| key.span().start);
    let entry = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let line = lines.of(key.span().start);
        let name: &str = AsRef::<str>::as_ref(key.get_ref());
        (name.to_owned(), Node { line, value: toml_value(value.get_ref(), lines) })
    };
    Value::Table(in_order.into_iter().map(entry).collect())
}

fn toml_value(value: &DeValue<'_>, lines: &Lines) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Boolean(yes) => Value::Bool(*yes),
        DeValue::Integer(number) => {
            // Beyond 64 bits it is still a number, and no key takes one that large.
            i64::from_str_radix(number.as_str(), number.radix())
                .map_or(Value::Float(f64::INFINITY), Value::Integer)
        }
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Datetime(date) => Value::Text(date.to_string()),
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|item| Node {
                    line: lines.of(item.span().start),
                    value: toml_value(item.get_ref(), lines),
                })
                .collect(),
        ),
        DeValue::Table(entries) => table(entries, lines),
    }
}

fn json(text: &str) -> Result<Node, Vec<Fault>> {
    let lines = Lines::new(text.as_bytes());
    let text = text.trim_end();
    let mut faults = Vec::new();
    let read = Parser::new(DEPTH).parse(text.as_bytes(), None, |document, masked| {
        for span in &masked.non_finite {
            faults.push(fault(lines.of(span.start), "NaN and Infinity are no JSON"));
        }
        if !masked.lone_surrogates.is_empty() {
            faults.push(fault(1, "a text holds half of a surrogate pair, which is no character"));
        }
        json_node(document.root(), &lines, &mut faults)
    });
    match read {
        Ok(node) if faults.is_empty() => Ok(node),
        Ok(_) => Err(faults),
        Err(wrong) => Err(vec![fault(lines.of(wrong.at()), &format!("no JSON: {wrong}"))]),
    }
}

fn json_node(value: Json<'_>, lines: &Lines, faults: &mut Vec<Fault>) -> Node {
    let line = lines.of(value.span().start);
    let value = match value.kind() {
        Kind::Null => Value::Null,
        Kind::Bool(yes) => Value::Bool(yes),
        Kind::Number => json_number(&String::from_utf8_lossy(value.raw())),
        Kind::String => Value::Text(value.as_str().unwrap_or_default().to_owned()),
        Kind::Array => {
            Value::List(value.items().map(|item| json_node(item, lines, faults)).collect())
        }
        Kind::Object => {
            let mut entries: Vec<(String, Node)> = Vec::new();
            for (key, value) in value.members() {
                let name = key.as_str().unwrap_or_default();
                let line = lines.of(key.span().start);
                if entries.iter().any(|(known, _)| known == name) {
                    let reason = format!("the key {} stands here twice", quote(name, 60));
                    faults.push(fault(line, &reason));
                }
                let node = json_node(value, lines, faults);
                entries.push((name.to_owned(), Node { line, ..node }));
            }
            Value::Table(entries)
        }
    };
    Node { line, value }
}

fn json_number(text: &str) -> Value {
    match text.parse() {
        Ok(whole) => Value::Integer(whole),
        Err(_) => Value::Float(text.parse().unwrap_or(f64::NAN)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each value with its line, on one line of text.
    fn shown(node: &Node) -> String {
        let value = match &node.value {
            Value::List(items) => {
                format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(" "))
            }
            Value::Table(entries) => {
                let entry = |(key, node): &(String, Node)| format!("{key}={}", shown(node));
                format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(" "))
            }
            other => format!("{other:?}"),
        };
        format!("{}:{value}", node.line)
    }

    #[test]
    fn toml_keeps_order_and_lines() {
        let text = concat!(
            "zeta = 1\nalpha = 0x10\n\n[task]\ntype = \"a\"\nlength = { max = 2.5 }\n",
            "\n[[axis]]\nname = \"x\"\nvalues = [\n  \"one\",\n  \"two\",\n]\n[[axis]]\nwhen.style = true\n"
        );
        let wanted = concat!(
            "1:{zeta=1:Integer(1) alpha=2:Integer(16) ",
            "task=4:{type=5:Text(\"a\") length=6:{max=6:Float(2.5)}} ",
            "axis=8:[8:{name=9:Text(\"x\") values=10:[11:Text(\"one\") 12:Text(\"two\")]} ",
            "14:{when=15:{style=15:Bool(true)}}]}"
        );
        assert_eq!(shown(&parse(text.as_bytes()).unwrap()), wanted);
    }

    #[test]
    fn json_is_the_same_tree() {
        let text = "\u{feff}{\n \"count\": 5, \"seed\": -1e2,\n \"axis\": [\n {\"name\": \"x\",\n \"a\": [null, false]}]\n}\n";
        let wanted = "1:{count=2:Integer(5) seed=2:Float(-100.0) axis=3:[4:{name=4:Text(\"x\") a=5:[5:Null 5:Bool(false)]}]}";
        assert_eq!(shown(&parse(text.as_bytes()).unwrap()), wanted);
    }

    #[test]
    fn a_text_that_is_neither_is_told_with_its_line() {
        let first = |text: &[u8]| {
            let faults = parse(text).unwrap_err();
            (faults[0].line, faults[0].reason.clone())
        };
        assert_eq!(first(b"a = 1\nb = \n").0, 2);
        assert_eq!(first(b"a = 1\n\na = 2\n").0, 3);
        assert_eq!(
            first(b"{\n\"a\": 1,\n\"a\": 2}"),
            (3, "the key \"a\" stands here twice".into())
        );
        assert_eq!(first(b"{\n\"a\": 1,\n}").0, 3);
        assert_eq!(first(b"{\"a\":\n NaN}"), (2, "NaN and Infinity are no JSON".into()));
        assert_eq!(first(b"a = 1\nb = \"\xff\"").0, 2);
    }
}
