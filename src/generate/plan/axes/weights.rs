//! Weights of the values of an axis, by themselves and where another axis has some value.

use crate::generate::node::{Node, Value};
use crate::generate::plan::check::shown;
use crate::generate::plan::form::instead;
use crate::generate::plan::{Axis, Values, When};

use super::Reader;

impl Reader<'_> {
    pub(super) fn weights(&mut self, values: &Values) -> Vec<f64> {
        let alike = vec![1.0; size(values)];
        let Some(node) = self.view.node("weights") else { return alike };
        self.weights_in(node, values, "weights").unwrap_or(alike)
    }

    fn weights_in(&mut self, node: &Node, values: &Values, key: &str) -> Option<Vec<f64>> {
        let at = format!("{}.{key}", self.at);
        let (names, what) = named(values);
        let mut given: Vec<f64> = vec![1.0; names.len()];
        match &node.value {
            Value::List(items) => {
                if items.len() != names.len() {
                    let (weights, wanted) = (items.len(), names.len());
                    let reason = format!(
                        "{weights} weight{} for {wanted} {what}{}",
                        if weights == 1 { "" } else { "s" },
                        if wanted == 1 { "" } else { "s" }
                    );
                    self.faults.add(node.line, &at, reason, "give one for each");
                    return None;
                }
                for (item, weight) in items.iter().zip(&mut given) {
                    *weight = self.weight(item, &at)?;
                }
            }
            Value::Table(entries) => {
                for (name, item) in entries {
                    let weight = self.weight(item, &at)?;
                    match names.iter().position(|known| known == name) {
                        Some(place) => given[place] = weight,
                        None => {
                            let reason = format!("there is no {what} {}", shown(name));
                            self.faults.add(item.line, &at, reason, &instead(name, &names));
                            return None;
                        }
                    }
                }
            }
            _ => {
                let reason = format!("{}; wanted a list of numbers", node.kind());
                self.faults.add(node.line, &at, reason, &format!("give one for each {what}"));
                return None;
            }
        }
        if given.iter().all(|weight| *weight == 0.0) {
            self.faults.add(node.line, &at, "all weights are 0", "give at least one value more");
            return None;
        }
        Some(spread(values, &names, &given))
    }

    fn weight(&mut self, node: &Node, at: &str) -> Option<f64> {
        // Weights are ratios: beyond a billion the smaller ones would be lost in rounding.
        let weight = node.number().filter(|weight| (0.0..=1e9).contains(weight));
        if weight.is_none() {
            let reason = format!("{}; wanted a number from 0 to a billion", node.kind());
            self.faults.add(node.line, at, reason, "0: never");
        }
        weight
    }

    pub(super) fn when(
        &mut self,
        values: &Values,
        before: &[Axis],
        per_example: bool,
    ) -> Vec<When> {
        let Some(node) = self.view.node("when") else { return Vec::new() };
        let conditions = match &node.value {
            Value::Table(_) => std::slice::from_ref(node),
            Value::List(items) => items.as_slice(),
            _ => {
                let advice = "write when = { AXIS = \"VALUE\", weights = [...] }";
                self.fault("when", format!("{}; wanted a table", node.kind()), advice);
                return Vec::new();
            }
        };
        conditions
            .iter()
            .filter_map(|condition| self.condition(condition, values, before, per_example))
            .collect()
    }

    fn condition(
        &mut self,
        node: &Node,
        values: &Values,
        before: &[Axis],
        per_example: bool,
    ) -> Option<When> {
        let at = format!("{}.when", self.at);
        let entries = node.table().unwrap_or_default();
        let mut others = entries.iter().filter(|(name, _)| name != "weights");
        let (Some((axis, wanted)), None, Some(weights)) =
            (others.next(), others.next(), node.get("weights"))
        else {
            let advice = "write { AXIS = \"VALUE\", weights = [...] }, a table for each condition";
            self.faults.add(node.line, &at, "wanted one axis with its value, and weights", advice);
            return None;
        };
        let Some(known) = before.iter().find(|known| known.name == *axis) else {
            let names: Vec<&str> = before.iter().map(|axis| axis.name.as_str()).collect();
            let reason = format!("no axis before this one is called {}", shown(axis));
            let advice = match names.is_empty() {
                true => "put the axis that it depends on before it".to_owned(),
                false => instead(axis, &names),
            };
            self.faults.add(wanted.line, &at, reason, &advice);
            return None;
        };
        if known.per_example && !per_example {
            let reason = format!("{axis} is drawn for each example, and this axis is not");
            self.faults.add(wanted.line, &at, reason, "write per_example = true here as well");
            return None;
        }
        let Some(value) = wanted.text() else {
            let reason = format!("{}; wanted a value of {axis}, a text", wanted.kind());
            self.faults.add(wanted.line, &at, reason, "");
            return None;
        };
        let possible = possible(&known.values);
        if !possible.contains(&value) {
            let reason = format!("{} is no value of {axis}", shown(value));
            let advice =
                if possible.is_empty() { String::new() } else { instead(value, &possible) };
            self.faults.add(wanted.line, &at, reason, &advice);
            return None;
        }
        let weights = self.weights_in(weights, values, "when.weights")?;
        Some(When { axis: axis.clone(), value: value.to_owned(), weights })
    }
}

/// How many values are listed.
fn size(values: &Values) -> usize {
    match values {
        Values::List(values) => values.len(),
        Values::Tree(leaves) => leaves.len(),
        _ => 0,
    }
}

/// What weights are given to: the values, or the groups of a tree; and the word for it.
fn named(values: &Values) -> (Vec<&str>, &'static str) {
    match values {
        Values::List(values) => (values.iter().map(String::as_str).collect(), "value"),
        Values::Tree(leaves) => {
            let mut groups: Vec<&str> = leaves.iter().map(|(group, _)| group.as_str()).collect();
            groups.dedup();
            (groups, "group")
        }
        _ => (Vec::new(), "value"),
    }
}

/// The weight of each value; the values of a group share its weight alike.
fn spread(values: &Values, names: &[&str], given: &[f64]) -> Vec<f64> {
    let Values::Tree(leaves) = values else { return given.to_vec() };
    let of = |group: &str| {
        let place = names.iter().position(|name| *name == group)?;
        let members = leaves.iter().filter(|(other, _)| other == group).count();
        Some(given.get(place)? / members as f64)
    };
    leaves.iter().map(|(group, _)| of(group).unwrap_or(0.0)).collect()
}

/// What a condition can name.
fn possible(values: &Values) -> Vec<&str> {
    let mut names: Vec<&str> = match values {
        Values::List(values) => values.iter().map(String::as_str).collect(),
        Values::Tree(leaves) => {
            let groups = leaves.iter().map(|(group, _)| group.as_str());
            groups.chain(leaves.iter().map(|(_, value)| value.as_str())).collect()
        }
        _ => Vec::new(),
    };
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(*name));
    names
}
