//! Plans for tests, as trees of nodes.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::generate::node::{Node, Value};

/// A text of TOML.
pub(crate) fn toml(text: &str) -> Node {
    let table = DeTable::parse(text).unwrap();
    Node { line: 1, value: entries(text, table.get_ref()) }
}

fn entries(text: &str, table: &DeTable<'_>) -> Value {
    let mut all: Vec<_> = table.iter().map(|(key, value)| (key.span().start, key, value)).collect();
    all.sort_by_key(|(at, ..)| *at);
    let named =
        |(at, key, value): (usize, &Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
            (key.get_ref().to_string(), node(text, at, value))
        };
    Value::Table(all.into_iter().map(named).collect())
}

fn node(text: &str, at: usize, value: &Spanned<DeValue<'_>>) -> Node {
    let line = text[..at].matches('\n').count() + 1;
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => Value::Integer(number.as_str().parse().unwrap()),
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap()),
        DeValue::Boolean(yes) => Value::Bool(*yes),
        DeValue::Array(items) => {
            Value::List(items.iter().map(|item| node(text, item.span().start, item)).collect())
        }
        DeValue::Table(table) => entries(text, table),
        DeValue::Datetime(_) => Value::Null,
    };
    Node { line, value }
}
