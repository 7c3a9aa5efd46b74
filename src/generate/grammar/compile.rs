//! From the table `[grammar]` of a plan to a grammar: all its faults are found at once, each with its line.

use std::collections::HashMap;

use serde_json::Value;

use super::Name;
use super::fixed::Fixed;
use super::formula::Formula;
use super::phrase::{self, Scope};
use super::shape::{Of, Phrase, Rule, Slot};
use crate::generate::node::{Fault, Node};
use crate::generate::plan::nearest;

/// Reads the parts of a grammar into lists.
pub(super) struct Compiler<'a> {
    /// What phrases may use of the plan.
    pub(super) names: &'a [Name],
    /// Tools that may be called.
    pub(super) tools: &'a [Value],
    /// Slots that were read, named ones and others.
    pub(super) slots: Vec<Slot>,
    /// Rules that were read, and places of those that will be.
    pub(super) rules: Vec<Rule>,
    /// Slots by name.
    pub(super) slot_names: HashMap<String, usize>,
    /// Rules by name.
    pub(super) rule_names: HashMap<String, usize>,
    /// Names that will be slots; they stand further down.
    pub(super) later: Vec<String>,
    /// What is wrong.
    pub(super) faults: Vec<Fault>,
}

impl<'a> Compiler<'a> {
    /// Nothing read yet.
    pub(super) fn new(names: &'a [Name], tools: &'a [Value]) -> Compiler<'a> {
        Compiler {
            names,
            tools,
            slots: Vec::new(),
            rules: Vec::new(),
            slot_names: HashMap::new(),
            rule_names: HashMap::new(),
            later: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Notes a fault.
    pub(super) fn fault(&mut self, at: &Node, key: &str, reason: impl Into<String>) {
        self.fault_with(at, key, reason, None);
    }

    /// Notes a fault, with what to do about it.
    pub(super) fn fault_with(
        &mut self,
        at: &Node,
        key: &str,
        reason: impl Into<String>,
        suggestion: Option<String>,
    ) {
        let (key, reason) = (key.to_owned(), reason.into());
        self.faults.push(Fault { line: at.line, key, reason, suggestion });
    }

    /// Reads a phrase; if it is none, that is noted.
    pub(super) fn phrase(&mut self, text: &str, at: &Node, key: &str) -> Option<Phrase> {
        match phrase::parse(text, self) {
            Ok(phrase) => Some(phrase),
            Err(reason) => {
                self.fault(at, key, reason);
                None
            }
        }
    }

    /// Reads a formula; if it is none, that is noted.
    pub(super) fn formula(&mut self, text: &str, at: &Node, key: &str) -> Option<Formula> {
        match Formula::parse(text, &mut |name| self.resolve_number(name)) {
            Ok(formula) => Some(formula),
            Err(reason) => {
                self.fault(at, key, reason);
                None
            }
        }
    }

    /// Looks a name up and notes a fault if it is unknown.
    pub(super) fn known(&mut self, name: &str, at: &Node, key: &str) -> Option<Of> {
        match self.resolve(name) {
            Ok(of) => Some(of),
            Err(reason) => {
                self.fault(at, key, reason);
                None
            }
        }
    }

    /// Faults of the keys of a table that are none of these.
    pub(super) fn only(&mut self, table: &Node, key: &str, known: &[&str]) {
        for (name, node) in table.table().unwrap_or_default() {
            if !known.contains(&name.as_str()) {
                let key = format!("{key}.{name}");
                let reason = format!("unknown key; here are {}", known.join(", "));
                self.fault_with(node, &key, reason, closest(name, known.iter().copied()));
            }
        }
    }

    /// Fields of a slot with whether they are numbers.
    pub(super) fn fields(&self, slot: usize) -> &[(String, bool)] {
        match self.slots.get(slot) {
            Some(Slot::Listed(table)) => &table.fields,
            Some(Slot::Other(of)) => self.fields(*of),
            Some(Slot::By(_, cases)) => cases.places().next().map_or(&[], |slot| self.fields(slot)),
            _ => &[],
        }
    }

    /// Is what a name stands for a number?
    pub(super) fn is_number(&self, of: Of) -> bool {
        match of {
            Of::Axis(_) | Of::Rule(_) => false,
            Of::Field(slot, field) => {
                self.fields(slot).get(field).is_some_and(|(_, number)| *number)
            }
            Of::Slot(slot) => match self.slots.get(slot) {
                Some(Slot::Number { .. } | Slot::Sum(..)) => true,
                Some(Slot::By(_, cases)) => {
                    cases.places().next().is_some_and(|slot| self.is_number(Of::Slot(slot)))
                }
                _ => self.is_number(Of::Field(slot, 0)),
            },
        }
    }

    /// What a name stands for; an error says which it may have been.
    fn resolve(&self, name: &str) -> Result<Of, String> {
        let (first, field) = name.split_once('.').map_or((name, None), |(a, b)| (a, Some(b)));
        if let Some(slot) = self.slot_names.get(first) {
            return self.of_slot(*slot, first, field);
        }
        if self.later.iter().any(|later| later == first) {
            return Err(format!(
                "slot `{first}` stands further down: a slot uses only those above it"
            ));
        }
        let axis = self.names.iter().position(|known| known.name == first).map(Of::Axis);
        let rule = self.rule_names.get(first).map(|rule| Of::Rule(*rule));
        match (axis.or(rule), field) {
            (Some(of), None) => Ok(of),
            (Some(_), Some(field)) => {
                Err(format!("`{first}` has no field `{field}`: it is no slot"))
            }
            (None, _) => Err(self.unknown(first)),
        }
    }

    /// What a name in a formula stands for; an error if that is never a number.
    fn resolve_number(&self, name: &str) -> Result<Of, String> {
        let of = self.resolve(name)?;
        let (slot, field) = match of {
            Of::Axis(_) => return Ok(of),
            Of::Rule(_) => return Err(format!("`{name}` is a rule, and a formula needs a number")),
            Of::Slot(slot) => (slot, 0),
            Of::Field(slot, field) => (slot, field),
        };
        let Some(Slot::Listed(table)) = self.slots.get(slot) else { return Ok(of) };
        let mut values = table.rows.iter().filter_map(|row| row.get(field));
        match values.find(|value| Fixed::parse(value).is_none()) {
            Some(value) => Err(format!("`{name}` may be `{value}`, and a formula needs a number")),
            None => Ok(of),
        }
    }

    fn of_slot(&self, slot: usize, name: &str, field: Option<&str>) -> Result<Of, String> {
        let fields = self.fields(slot);
        let named = || fields.iter().map(|(name, _)| name.as_str()).filter(|name| !name.is_empty());
        match field {
            None if named().next().is_some() => {
                let all: Vec<&str> = named().collect();
                Err(format!("which field of `{name}`? It has {}", all.join(", ")))
            }
            None => Ok(Of::Slot(slot)),
            Some(field) => match fields.iter().position(|(name, _)| name == field) {
                Some(at) => Ok(Of::Field(slot, at)),
                None => {
                    let did = closest(field, named())
                        .map_or_else(String::new, |hint| format!("; {hint}"));
                    Err(format!("`{name}` has no field `{field}`{did}"))
                }
            },
        }
    }

    fn unknown(&self, name: &str) -> String {
        let axes = self.names.iter().map(|known| known.name.as_str());
        let ours = self.slot_names.keys().chain(self.rule_names.keys()).map(String::as_str);
        let mut all: Vec<&str> = axes.chain(ours).collect();
        // The keys come in an order of chance, and of two that are as close the first is named.
        all.sort_unstable();
        let did =
            closest(name, all.into_iter()).map_or_else(String::new, |hint| format!("; {hint}"));
        format!("`{name}` is no axis, slot or rule{did}")
    }
}

impl Scope for Compiler<'_> {
    fn name(&mut self, name: &str) -> Result<Of, String> {
        self.resolve(name)
    }

    fn number(&mut self, name: &str) -> Result<Of, String> {
        self.resolve_number(name)
    }

    fn choice(&mut self, phrases: Vec<Phrase>) -> usize {
        self.rules.push(Rule::Any { phrases, weights: Vec::new(), conditional: false });
        self.rules.len() - 1
    }
}

/// `did you mean ...`, if one of the names is close.
pub(super) fn closest<'n>(name: &str, among: impl Iterator<Item = &'n str>) -> Option<String> {
    nearest(name, among).map(|known| format!("did you mean `{known}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_close_is_proposed() {
        let known = ["product", "price", "city"];
        assert_eq!(
            closest("prodcut", known.into_iter()).as_deref(),
            Some("did you mean `product`?")
        );
        assert_eq!(closest("cty", known.into_iter()).as_deref(), Some("did you mean `city`?"));
        assert_eq!(closest("weather", known.into_iter()), None);
    }
}
