//! A table of the plan as the reader of a section sees it: each key's value, or what holds without it.
//!
//! The tree was held against the table of keys before; a value of the wrong type is known as a fault by then and
//! counts here as not written.

use std::time::Duration;

use crate::generate::node::{Node, Value};

use super::form;
use super::keys::{self, Otherwise};

/// A table, perhaps not written, at its path in the table of keys.
#[derive(Clone, Copy)]
pub(super) struct View<'n> {
    node: Option<&'n Node>,
    path: &'static str,
    line: usize,
}

impl<'n> View<'n> {
    /// The whole plan.
    pub(super) fn top(root: &'n Node) -> View<'n> {
        View { node: Some(root), path: "", line: 1 }
    }

    /// A table of a list or under a name, such as `axis[]` or `backend.*`.
    pub(super) fn of(node: &'n Node, path: &'static str) -> View<'n> {
        View { node: Some(node), path, line: node.line }
    }

    /// The table under a key.
    pub(super) fn sub(&self, name: &str) -> View<'n> {
        let node = self.node(name);
        let path = self.key(name).map_or("", |key| key.path);
        View { node, path, line: node.map_or(self.line, |node| node.line) }
    }

    /// The value as it was written.
    pub(super) fn node(&self, name: &str) -> Option<&'n Node> {
        self.node?.get(name)
    }

    /// Was the table written?
    pub(super) fn is_written(&self) -> bool {
        self.node.is_some()
    }

    /// The line of a key, or of the table if it is not written.
    pub(super) fn line(&self, name: &str) -> usize {
        self.node(name).map_or(self.line, |node| node.line)
    }

    fn key(&self, name: &str) -> Option<&'static keys::Key> {
        keys::children(self.path).find(|key| key.name() == name)
    }

    /// What `read` makes of the value, or of what holds without it.
    fn value<T>(&self, name: &str, read: impl Fn(&Node) -> Option<T>) -> Option<T> {
        if let Some(found) = self.node(name).and_then(&read) {
            return Some(found);
        }
        let Some(Otherwise::Is(usual)) = self.key(name).map(|key| key.otherwise) else {
            return None;
        };
        keys::parsed(usual).as_ref().and_then(read)
    }

    pub(super) fn whole(&self, name: &str) -> Option<u64> {
        self.value(name, |node| u64::try_from(form::as_whole(node)?).ok())
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.value(name, |node| node.number().filter(|number| number.is_finite()))
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.given_flag(name).unwrap_or(false)
    }

    pub(super) fn given_flag(&self, name: &str) -> Option<bool> {
        self.value(name, |node| match node.value {
            Value::Bool(yes) => Some(yes),
            _ => None,
        })
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.value(name, |node| node.text().map(str::to_owned))
    }

    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        self.value(name, |node| {
            Some(node.list()?.iter().filter_map(|item| item.text().map(str::to_owned)).collect())
        })
        .unwrap_or_default()
    }

    pub(super) fn time(&self, name: &str) -> Option<Duration> {
        self.value(name, |node| form::time(node).ok())
    }

    pub(super) fn size(&self, name: &str) -> Option<u64> {
        self.value(name, |node| form::size(node).ok())
    }

    /// The items of a list of tables.
    pub(super) fn items(&self, name: &str) -> &'n [Node] {
        self.node(name).and_then(Node::list).unwrap_or_default()
    }
}
