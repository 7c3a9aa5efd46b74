//! What examples differ in, read from the plan.

mod weights;

use std::path::Path;

use crate::generate::grammar::pattern;
use crate::generate::node::{Node, Value};

use super::check::{Faults, shown};
use super::files::Files;
use super::names::TOOL_NAMES;
use super::view::View;
use super::{Axis, Values};

/// Values that an axis may have; a file of personas has some hundred thousand.
const MOST_VALUES: usize = 1_000_000;

/// Words of the template language, which no template could use as a name.
const WORDS: [&str; 16] = [
    "and", "or", "not", "if", "elif", "else", "for", "in", "is", "true", "false", "none", "loop",
    "set", "macro", "self",
];

/// Reads all axes.
pub(super) fn read(top: View<'_>, files: &mut Files, faults: &mut Faults) -> Vec<Axis> {
    let mut axes: Vec<Axis> = Vec::new();
    for node in top.items("axis") {
        let view = View::of(node, "axis[]");
        let Some(name) = view.text("name") else { continue };
        let mut reader = Reader { view, at: format!("axis.{name}"), faults };
        if let Some(axis) = reader.axis(name, &axes, files) {
            axes.push(axis);
        }
    }
    for axis in axes.iter().filter(|axis| matches!(axis.values, Values::Tree(_))) {
        let group = format!("{}_group", axis.name);
        if let Some(other) = axes.iter().find(|other| other.name == group) {
            let node = top
                .items("axis")
                .iter()
                .find(|node| node.get("name").and_then(Node::text) == Some(other.name.as_str()));
            let reason = format!("is also what templates call the groups of {}", axis.name);
            let line = node.map_or(1, |node| node.line);
            faults.add(line, &format!("axis.{group}"), reason, "take another name");
        }
    }
    axes
}

struct Reader<'r> {
    view: View<'r>,
    at: String,
    faults: &'r mut Faults,
}

impl Reader<'_> {
    fn fault(&mut self, key: &str, reason: impl Into<String>, advice: &str) {
        let at = format!("{}.{key}", self.at);
        self.faults.add(self.view.line(key), &at, reason, advice);
    }

    fn axis(&mut self, name: String, before: &[Axis], files: &mut Files) -> Option<Axis> {
        if TOOL_NAMES.iter().any(|known| known.name == name) {
            self.fault("name", format!("{} is set by the tool", shown(&name)), "take another name");
        } else if WORDS.contains(&name.as_str()) {
            let reason = format!("{} is a word of the template language", shown(&name));
            self.fault("name", reason, "take another name");
        }
        let kind = self.view.text("kind").unwrap_or_default();
        let values = match kind.as_str() {
            "tree" => self.tree(),
            "pattern" => self.pattern(),
            "number" => self.numbers(),
            "file" => self.file(files),
            "category" => self.list(),
            _ => None,
        }?;
        let drawn = matches!(kind.as_str(), "pattern" | "number");
        let per_example = self.view.given_flag("per_example").unwrap_or(drawn);
        let values = if per_example { values } else { self.crossed(values)? };
        let weights = self.weights(&values);
        let when = self.when(&values, before, per_example);
        let least = self.view.whole("min_per_value").unwrap_or(0);
        let min_per_value = least.max(u64::from(self.view.flag("cover")));
        if per_example && min_per_value > 0 {
            let key = if least > 0 { "min_per_value" } else { "cover" };
            let reason = "what is drawn for each example by itself has no quota";
            self.fault(key, reason, "take out per_example or this key");
        }
        Some(Axis { name, values, per_example, weights, when, min_per_value })
    }

    /// A text in each place; numbers and flags are taken as they would be written.
    fn texts(&mut self, node: &Node) -> Option<Vec<String>> {
        let items = node.list()?;
        let mut texts: Vec<String> = Vec::with_capacity(items.len());
        for item in items {
            let text = match &item.value {
                Value::Text(text) if !text.trim().is_empty() => text.clone(),
                Value::Integer(number) => number.to_string(),
                Value::Float(number) => number.to_string(),
                Value::Bool(yes) => yes.to_string(),
                _ => {
                    let at = format!("{}.values", self.at);
                    let reason = format!("{}; wanted a text in each place", item.kind());
                    self.faults.add(item.line, &at, reason, "");
                    continue;
                }
            };
            texts.push(text);
        }
        self.twice(node, &texts);
        Some(texts)
    }

    fn twice(&mut self, node: &Node, texts: &[String]) {
        let mut seen = std::collections::HashSet::new();
        if let Some(twice) = texts.iter().find(|text| !seen.insert(text.as_str())) {
            let at = format!("{}.values", self.at);
            let reason = format!("{} stands here twice", shown(twice));
            self.faults.add(node.line, &at, reason, "give a value more weight with weights");
        }
    }

    fn values_node(&mut self) -> Option<Node> {
        let node = self.view.node("values").cloned();
        if node.is_none() {
            self.fault("values", "is missing", "list the values: values = [\"...\", \"...\"]");
        }
        node
    }

    fn list(&mut self) -> Option<Values> {
        let node = self.values_node()?;
        if node.list().is_none() {
            let advice =
                if node.table().is_some() { "for groups write kind = \"tree\"" } else { "" };
            self.fault("values", format!("{}; wanted a list of texts", node.kind()), advice);
            return None;
        }
        let texts = self.texts(&node)?;
        self.some(texts).map(Values::List)
    }

    fn some(&mut self, texts: Vec<String>) -> Option<Vec<String>> {
        if texts.is_empty() {
            self.fault("values", "there is no value", "");
            return None;
        }
        if texts.len() > MOST_VALUES {
            self.fault("values", format!("more than {MOST_VALUES} values"), "take fewer");
            return None;
        }
        Some(texts)
    }

    fn tree(&mut self) -> Option<Values> {
        let node = self.values_node()?;
        let Some(groups) = node.table() else {
            let advice = "write values = { GROUP = [\"...\"] }, or kind = \"category\" for a list";
            self.fault("values", format!("{}; wanted lists by group", node.kind()), advice);
            return None;
        };
        let mut leaves = Vec::new();
        for (group, list) in groups {
            let Some(values) = self.texts(list).filter(|values| !values.is_empty()) else {
                let at = format!("{}.values.{group}", self.at);
                self.faults.add(list.line, &at, "a group needs a list of at least one text", "");
                continue;
            };
            leaves.extend(values.into_iter().map(|value| (group.clone(), value)));
        }
        if leaves.is_empty() {
            self.fault("values", "there is no value", "");
            return None;
        }
        Some(Values::Tree(leaves))
    }

    fn pattern(&mut self) -> Option<Values> {
        let Some(text) = self.view.text("pattern") else {
            self.fault("pattern", "is missing", "such as pattern = \"A-[0-9]{6}\"");
            return None;
        };
        match pattern::parse(&text) {
            Ok(pattern) => Some(Values::Pattern(pattern)),
            Err(reason) => {
                self.fault("pattern", reason, "");
                None
            }
        }
    }

    fn numbers(&mut self) -> Option<Values> {
        let (min, max) = (self.view.number("min"), self.view.number("max"));
        for (key, value) in [("min", min), ("max", max)] {
            if value.is_none() && self.view.node(key).is_none() {
                self.fault(key, "is missing", "a range has min, max and step");
            }
        }
        let (min, max, step) = (min?, max?, self.view.number("step")?);
        if min > max {
            self.fault("max", format!("{max} is less than min, {min}"), "");
            return None;
        }
        // A number of steps beyond 2^53 is not exact, and no axis means so many.
        if (max - min) / step > 9e15 {
            self.fault("step", "too small for the range", "");
            return None;
        }
        Some(Values::Number { min, max, step })
    }

    fn file(&mut self, files: &mut Files) -> Option<Values> {
        let Some(path) = self.view.text("path") else {
            self.fault("path", "is missing", "name a file with a value on each line");
            return None;
        };
        let bytes = match files.read(Path::new(&path)) {
            Ok(bytes) => bytes,
            Err(reason) => {
                self.fault("path", format!("{}: {reason}", shown(&path)), files.advice());
                return None;
            }
        };
        let Ok(text) = String::from_utf8(bytes) else {
            self.fault("path", format!("{}: no UTF-8 text", shown(&path)), "");
            return None;
        };
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
        let mut values: Vec<String> = lines
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(str::to_owned)
            .collect();
        let mut seen = std::collections::HashSet::new();
        values.retain(|value| seen.insert(value.clone()));
        if values.is_empty() || values.len() > MOST_VALUES {
            let reason = match values.len() {
                0 => format!("{}: no line holds a value", shown(&path)),
                _ => format!("{}: more than {MOST_VALUES} values", shown(&path)),
            };
            self.fault("path", reason, "");
            return None;
        }
        Some(Values::List(values))
    }

    /// Values that can be crossed with those of other axes: they are listed.
    fn crossed(&mut self, values: Values) -> Option<Values> {
        match values {
            Values::Pattern(_) => {
                let reason = "texts of a pattern are drawn for each example; they have no quota";
                self.fault("per_example", reason, "take this key out");
                None
            }
            Values::Number { .. } => {
                let steps = super::number::steps(&values);
                if steps > 10_000 {
                    let reason = format!("{steps} numbers are too many for quotas");
                    self.fault("per_example", reason, "take this key out, or a larger step");
                    return None;
                }
                let number = |step| super::number::text(&values, step);
                Some(Values::List((0..steps).map(number).collect()))
            }
            listed => Some(listed),
        }
    }
}
