//! Reads `[grammar.slots]`: what is drawn once for an example.
//!
//! | written | is |
//! |---|---|
//! | `["a", "b"]`, `[1, 2]` | one of these |
//! | `[{ name = "lamp", price = "19.90" }, ...]` | one of these rows, all with the same fields; `weight` makes one more frequent |
//! | `{ min = 1, max = 9, step = 1, decimals = 0 }` | a number |
//! | `{ pattern = "A-[0-9]{6}" }` | a text of that form |
//! | `{ formula = "price * count", decimals = 2 }` | a number made of slots above |
//! | `{ other = "city" }` | another row of the slot `city` |
//! | `{ by = "topic", returns = [...], else = ... }` | one of these, by the value of an axis or a slot |

use std::collections::HashSet;

use super::compile::Compiler;
use super::fixed::Fixed;
use super::pattern;
use super::shape::{Slot, Table};
use crate::generate::node::{Node, Value};

impl Compiler<'_> {
    /// Reads the slots in order; each may use those above it.
    pub(super) fn slots(&mut self, node: &Node) {
        let Some(entries) = node.table() else {
            return self.fault(node, "grammar.slots", "slots are a table: NAME = [values]");
        };
        self.later = entries.iter().map(|(name, _)| name.clone()).collect();
        for (name, node) in entries {
            let key = format!("grammar.slots.{name}");
            self.fresh(name, node, &key);
            let slot = self.slot(node, &key);
            self.later.retain(|later| later != name);
            if let Some(slot) = slot {
                self.slots.push(slot);
                self.slot_names.insert(name.clone(), self.slots.len() - 1);
            }
        }
    }

    /// A fault if a name cannot be one, or is one already.
    pub(super) fn fresh(&mut self, name: &str, node: &Node, key: &str) {
        let letters = name.chars().all(|c| c.is_alphanumeric() || c == '_');
        if !letters || !name.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            self.fault(
                node,
                key,
                "a name is made of letters, digits and _, and begins with a letter",
            );
        }
        if self.names.iter().any(|known| known.name == name) || self.slot_names.contains_key(name) {
            self.fault(node, key, format!("`{name}` is an axis or a slot already"));
        }
    }

    fn slot(&mut self, node: &Node, key: &str) -> Option<Slot> {
        match &node.value {
            Value::List(items) => self.table(items, node, key).map(Slot::Listed),
            Value::Table(_) if node.get("by").is_some() => self.slot_by(node, key),
            Value::Table(_) if node.get("pattern").is_some() => {
                self.only(node, key, &["pattern"]);
                let text = node.get("pattern").and_then(Node::text).unwrap_or_default();
                pattern::parse(text)
                    .map_err(|reason| self.fault(node, key, reason))
                    .ok()
                    .map(Slot::Pattern)
            }
            Value::Table(_) if node.get("formula").is_some() => self.slot_sum(node, key),
            Value::Table(_) if node.get("other").is_some() => self.slot_other(node, key),
            Value::Table(_) => self.slot_number(node, key),
            _ => {
                let reason = format!("{} is no slot: a list of values, or a table", node.kind());
                self.fault(node, key, reason);
                None
            }
        }
    }

    /// Rows of texts, or of tables with the same fields.
    fn table(&mut self, items: &[Node], node: &Node, key: &str) -> Option<Table> {
        let mut table = Table::default();
        let first = items.first().and_then(Node::table);
        table.fields = match first {
            Some(first) => {
                let names = first.iter().map(|(name, _)| name).filter(|name| *name != "weight");
                names.map(|name| (name.clone(), true)).collect()
            }
            None => vec![(String::new(), true)],
        };
        let mut weights = Vec::new();
        let mut seen = HashSet::new();
        for item in items {
            if let Some(row) = self.row(item, &mut table.fields, key) {
                if !seen.insert(row.clone()) {
                    self.fault(item, key, "the same value stands in the list twice");
                }
                table.rows.push(row);
                weights.push(self.weight(item, key));
            }
        }
        if table.rows.is_empty() {
            self.fault(node, key, "a slot needs at least one value");
            return None;
        }
        if weights.iter().any(|weight| *weight != 1.0) {
            table.weights = weights;
        }
        Some(table)
    }

    fn row(
        &mut self,
        item: &Node,
        fields: &mut [(String, bool)],
        key: &str,
    ) -> Option<Box<[Box<str>]>> {
        let mut row = Vec::with_capacity(fields.len());
        for (name, number) in fields.iter_mut() {
            let cell = if name.is_empty() { Some(item) } else { item.get(name) };
            let Some((text, is_number)) = cell.and_then(cell_text) else {
                let reason = match name.as_str() {
                    "" => format!("{} is no value of a slot: a text or a number", item.kind()),
                    name => format!("the field `{name}` is missing here, or no text or number"),
                };
                self.fault(item, key, reason);
                return None;
            };
            *number &= is_number;
            row.push(text.into());
        }
        let known = |name: &str| name == "weight" || fields.iter().any(|(field, _)| field == name);
        for (name, node) in item.table().unwrap_or_default() {
            if !known(name) {
                self.fault(node, key, format!("the first row has no field `{name}`"));
            }
        }
        Some(row.into())
    }

    /// The weight that an entry of a list states, or 1.
    pub(super) fn weight(&mut self, node: &Node, key: &str) -> f64 {
        let Some(weight) = node.get("weight") else { return 1.0 };
        match weight.number() {
            Some(number) if number > 0.0 && number.is_finite() => number,
            _ => {
                self.fault(weight, key, "a weight is a number above 0");
                1.0
            }
        }
    }

    fn slot_number(&mut self, node: &Node, key: &str) -> Option<Slot> {
        self.only(node, key, &["min", "max", "step", "decimals"]);
        if node.get("min").is_none() || node.get("max").is_none() {
            self.fault(
                node,
                key,
                "a slot that is a table needs min and max, pattern, formula, other or by",
            );
            return None;
        }
        let (min, max) = (self.bound(node, "min", key)?, self.bound(node, "max", key)?);
        let step = match node.get("step") {
            Some(_) => self.bound(node, "step", key)?,
            None => Fixed::UNIT,
        };
        if max < min {
            self.fault(node, key, "max is less than min");
            return None;
        }
        if step <= Fixed::ZERO {
            self.fault(node, key, "step is not above 0");
            return None;
        }
        let steps = min.steps(max, step).and_then(|steps| usize::try_from(steps).ok());
        let Some(steps) = steps.filter(|steps| *steps < usize::MAX) else {
            self.fault(node, key, "these are too many numbers: raise step, or lower max");
            return None;
        };
        let places = self.places(node, key).unwrap_or_else(|| min.places().max(step.places()));
        Some(Slot::Number { min, step, count: steps + 1, places })
    }

    /// One of the numbers that a slot is bound by, which is there.
    fn bound(&mut self, node: &Node, name: &str, key: &str) -> Option<Fixed> {
        let of = node.get(name)?;
        let Some(number) = of.number() else {
            self.fault(of, key, format!("{name} is {}; it must be a number", of.kind()));
            return None;
        };
        let fixed = Fixed::of(number);
        if fixed.is_none() {
            let reason = "it must have at most 18 digits before the point and 9 behind it";
            self.fault(of, key, format!("{name} = {number:?} cannot be used; {reason}"));
        }
        fixed
    }

    fn places(&mut self, node: &Node, key: &str) -> Option<u32> {
        let decimals = node.get("decimals")?;
        if let Value::Integer(places @ 0..=9) = decimals.value {
            return u32::try_from(places).ok();
        }
        self.fault(decimals, key, "decimals is a whole number from 0 to 9");
        None
    }

    fn slot_sum(&mut self, node: &Node, key: &str) -> Option<Slot> {
        self.only(node, key, &["formula", "decimals"]);
        let places = self.places(node, key);
        let text = node.get("formula").and_then(Node::text).unwrap_or_default();
        Some(Slot::Sum(self.formula(text, node, key)?, places))
    }

    fn slot_other(&mut self, node: &Node, key: &str) -> Option<Slot> {
        self.only(node, key, &["other"]);
        let name = node.get("other").and_then(Node::text).unwrap_or_default();
        let slot = self.slot_names.get(name).copied();
        let Some(slot) = slot.filter(|slot| self.fewest_rows(*slot) > 0) else {
            self.fault(
                node,
                key,
                format!("`{name}` is no slot above this one that lists its values"),
            );
            return None;
        };
        let taken = self.slots.iter().filter(|known| **known == Slot::Other(slot)).count() + 1;
        if self.fewest_rows(slot) <= taken {
            self.fault(node, key, format!("`{name}` has too few values for another one of them"));
            return None;
        }
        Some(Slot::Other(slot))
    }

    /// Rows of a listed slot; of one that is chosen by something else, of the shortest; 0 if it has none.
    fn fewest_rows(&self, slot: usize) -> usize {
        match self.slots.get(slot) {
            Some(Slot::Listed(table)) => table.rows.len(),
            Some(Slot::By(_, cases)) => {
                cases.places().map(|slot| self.fewest_rows(slot)).min().unwrap_or_default()
            }
            _ => 0,
        }
    }

    fn slot_by(&mut self, node: &Node, key: &str) -> Option<Slot> {
        let (of, cases) = self.cases(node, key, &mut |this, node, key| {
            let slot = this.slot(node, key)?;
            this.slots.push(slot);
            Some(this.slots.len() - 1)
        })?;
        let form = |slot: usize| -> (bool, Vec<&String>) {
            (self.fewest_rows(slot) > 0, self.fields(slot).iter().map(|(name, _)| name).collect())
        };
        let first = form(cases.places().next()?);
        if cases.places().any(|slot| form(slot) != first) {
            self.fault(
                node,
                key,
                "the values differ in kind: all have the same fields in the same order",
            );
            return None;
        }
        Some(Slot::By(of, cases))
    }
}

/// A value of a slot as text, and whether it is a number.
fn cell_text(node: &Node) -> Option<(String, bool)> {
    match &node.value {
        Value::Text(text) => Some((text.clone(), false)),
        Value::Integer(number) => Some((number.to_string(), true)),
        Value::Float(number) => Fixed::of(*number).map(|_| (number.to_string(), true)),
        Value::Bool(yes) => Some((yes.to_string(), false)),
        _ => None,
    }
}
