//! Reads what a conversation is made of: scenes with their turns, calls of tools, turns that follow.

use serde_json::Value as Json;

use super::compile::{Compiler, closest};
use super::shape::{CallShape, Followup, Of, Piece, Scene, Shape, Turn, When};
use super::words::Modifier;
use crate::generate::node::{Node, Value};

const TURN: [&str; 3] = ["user", "assistant", "call"];

impl Compiler<'_> {
    /// The scenes: those of `[[grammar.scene]]`, and one each of `user` and `assistant` beside them and in `negative`.
    pub(super) fn scenes(&mut self, grammar: &Node) -> Vec<Scene> {
        let mut scenes = Vec::new();
        if grammar.get("user").is_some() || grammar.get("assistant").is_some() {
            scenes.extend(self.scene(grammar, "grammar", false));
        }
        if let Some(negative) = grammar.get("negative") {
            self.only(negative, "grammar.negative", &["user", "assistant", "call", "followup"]);
            scenes.extend(self.scene(negative, "grammar.negative", true));
        }
        for node in self.tables(grammar, "grammar", "scene") {
            let known = ["when", "negative", "weight", "followup", "in_order"];
            self.only(node, "grammar.scene", &[&TURN[..], &known[..]].concat());
            let negative = self.flag(node, "grammar.scene", "negative");
            if let Some(mut scene) = self.scene(node, "grammar.scene", negative) {
                scene.weight = self.weight(node, "grammar.scene.weight");
                scene.in_order = self.flag(node, "grammar.scene", "in_order");
                scene.when.axes = self.when(node, "grammar.scene");
                scene.followups = self.followups(node, "grammar.scene", negative);
                scenes.push(scene);
            }
        }
        scenes
    }

    /// The turns of `followup` of a table.
    pub(super) fn followups(&mut self, node: &Node, key: &str, negative: bool) -> Vec<Followup> {
        let key = format!("{key}.followup");
        let mut followups = Vec::new();
        for node in self.tables(node, &key, "followup") {
            self.only(node, &key, &[&TURN[..], &["when", "negative", "last"]].concat());
            let axes = self.when(node, &key);
            let last = self.flag(node, &key, "last");
            let negative = negative || self.flag(node, &key, "negative");
            if let Some(turn) = self.turn(node, &key) {
                followups.push(Followup { when: When { axes, negative }, turn, last });
            }
        }
        followups
    }

    fn scene(&mut self, node: &Node, key: &str, negative: bool) -> Option<Scene> {
        let first = self.turn(node, key)?;
        let followups =
            if key == "grammar.negative" { self.followups(node, key, true) } else { Vec::new() };
        let when = When { axes: Vec::new(), negative };
        Some(Scene { line: node.line, when, weight: 1.0, first, followups, in_order: false })
    }

    fn turn(&mut self, node: &Node, key: &str) -> Option<Turn> {
        let mut sides = [None, None];
        for (side, name) in sides.iter_mut().zip(TURN) {
            match node.get(name) {
                Some(said) => *side = self.said(said, &format!("{key}.{name}")),
                None => self.fault(node, key, format!("`{name}` is missing")),
            }
        }
        let calls = self.calls(node, key);
        let [Some(user), Some(assistant)] = sides else { return None };
        Some(Turn { user, calls, assistant })
    }

    fn calls(&mut self, node: &Node, key: &str) -> Vec<CallShape> {
        let key = format!("{key}.call");
        let mut calls = Vec::new();
        for node in self.tables(node, &key, "call") {
            self.only(node, &key, &["tool", "arguments", "result", "together"]);
            let tool = node.get("tool").and_then(Node::text).unwrap_or_default().to_owned();
            let empty = Node { line: node.line, value: Value::Table(Vec::new()) };
            let written = node.get("arguments").unwrap_or(&empty);
            self.fits(&tool, written, node, &key);
            let arguments = self.shape(written, &format!("{key}.arguments"));
            let Some(result) = node.get("result") else {
                self.fault(node, &key, "`result` is missing: what the tool gives back");
                continue;
            };
            let result = self.shape(result, &format!("{key}.result"));
            let together = self.flag(node, &key, "together");
            if let (Some(arguments), Some(result)) = (arguments, result) {
                calls.push(CallShape { tool, arguments, result, together });
            }
        }
        calls
    }

    /// Faults of a call whose tool is not described, or has other arguments.
    fn fits(&mut self, tool: &str, arguments: &Node, node: &Node, key: &str) {
        let function =
            |known: &&Json| known.pointer("/function/name").and_then(Json::as_str) == Some(tool);
        let tools = self.tools;
        let Some(known) = tools.iter().find(function) else {
            let names = tools.iter().filter_map(|known| known.pointer("/function/name")?.as_str());
            let hint = closest(tool, names);
            return self.fault_with(
                node,
                key,
                format!("the plan describes no tool `{tool}`"),
                hint,
            );
        };
        let Some(written) = arguments.table() else {
            return self.fault(arguments, key, "arguments are a table");
        };
        let properties = known.pointer("/function/parameters/properties").and_then(Json::as_object);
        let plain = |name: &str| name.strip_suffix('?').unwrap_or(name).to_owned();
        for (name, node) in written {
            if let Some(properties) = properties.filter(|known| !known.contains_key(&plain(name))) {
                let hint = closest(name, properties.keys().map(String::as_str));
                self.fault_with(node, key, format!("`{tool}` takes no argument `{name}`"), hint);
            }
        }
        let required = known.pointer("/function/parameters/required").and_then(Json::as_array);
        for name in required.into_iter().flatten().filter_map(Json::as_str) {
            if arguments.get(name).is_none() {
                self.fault(node, key, format!("`{tool}` needs the argument `{name}`"));
            }
        }
    }

    fn shape(&mut self, node: &Node, key: &str) -> Option<Shape> {
        Some(match &node.value {
            Value::Text(text) => {
                let phrase = self.phrase(text, node, key)?;
                let number = match &*phrase.pieces {
                    [Piece::Sum(..)] => true,
                    [Piece::Name(_, how)] if how.contains(&Modifier::Number) => true,
                    [Piece::Name(_, how)] if how.contains(&Modifier::Text) => false,
                    [Piece::Name(of, how)] => how.is_empty() && self.is_number(*of),
                    _ => false,
                };
                if number { Shape::Number(phrase) } else { Shape::Text(phrase) }
            }
            Value::List(items) => {
                let read: Vec<_> = items.iter().map(|item| self.shape(item, key)).collect();
                Shape::List(read.into_iter().collect::<Option<_>>()?)
            }
            Value::Table(entries) => {
                let mut table = Vec::with_capacity(entries.len());
                for (name, node) in entries {
                    let shape = self.shape(node, &format!("{key}.{name}"));
                    let (name, optional) =
                        name.strip_suffix('?').map_or((&**name, false), |name| (name, true));
                    table.push((name.to_owned(), optional, shape));
                }
                let all =
                    table.into_iter().map(|(name, optional, shape)| Some((name, optional, shape?)));
                Shape::Table(all.collect::<Option<_>>()?)
            }
            _ => Shape::Fixed(node.to_json()),
        })
    }

    /// The axes of `when` of a table with the values that it names.
    fn when(&mut self, node: &Node, key: &str) -> Vec<(usize, Vec<String>)> {
        let key = format!("{key}.when");
        let mut axes = Vec::new();
        for (name, node) in node.get("when").and_then(Node::table).unwrap_or_default() {
            let Some(of) = self.known(name, node, &key) else { continue };
            let Of::Axis(axis) = of else {
                self.fault(node, &key, format!("`{name}` is no axis"));
                continue;
            };
            let one = std::slice::from_ref(node);
            let texts =
                node.list().unwrap_or(one).iter().map(|node| node.text().map(str::to_owned));
            let Some(values) = texts.collect::<Option<Vec<String>>>() else {
                self.fault(node, &key, "a value of the axis, or a list of them");
                continue;
            };
            let known = self.names.get(axis).map(|name| name.values.as_slice()).unwrap_or_default();
            for value in values.iter().filter(|value| !known.is_empty() && !known.contains(*value))
            {
                let hint = closest(value, known.iter().map(String::as_str));
                self.fault_with(node, &key, format!("`{name}` is never `{value}`"), hint);
            }
            axes.push((axis, values));
        }
        axes
    }

    fn flag(&mut self, node: &Node, key: &str, name: &str) -> bool {
        match node.get(name).map(|node| (node, &node.value)) {
            None => false,
            Some((_, Value::Bool(yes))) => *yes,
            Some((node, _)) => {
                self.fault(node, &format!("{key}.{name}"), "true or false");
                false
            }
        }
    }

    /// The tables of a list at a key, or the one that stands there.
    fn tables<'n>(&mut self, node: &'n Node, key: &str, name: &str) -> &'n [Node] {
        let Some(list) = node.get(name) else { return &[] };
        match list.list() {
            Some(tables) if tables.iter().all(|table| table.table().is_some()) => tables,
            None if list.table().is_some() => std::slice::from_ref(list),
            _ => {
                self.fault(list, key, format!("`{name}` is a list of tables: [[{key}]]"));
                &[]
            }
        }
    }
}
