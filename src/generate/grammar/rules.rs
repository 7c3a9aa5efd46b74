//! Reads `[grammar.rules]`, and every other place where phrases stand: what may be said in several ways.
//!
//! | written | is |
//! |---|---|
//! | `"text"` | this phrase |
//! | `["one", "two", { text = "three", weight = 2, if = "total > 50" }]` | one of these, where the condition holds |
//! | `{ by = "topic", returns = [...], else = [...] }` | one of those for the value of an axis, a slot or a field |

use super::compile::{Compiler, closest};
use super::shape::{Cases, Of, Phrase, Piece, Rule};
use crate::generate::node::{Node, Value};

impl Compiler<'_> {
    /// Reads the rules; each may use all others.
    pub(super) fn rules(&mut self, node: &Node) {
        let Some(entries) = node.table() else {
            return self.fault(node, "grammar.rules", "rules are a table: NAME = [phrases]");
        };
        for (name, node) in entries {
            self.fresh(name, node, &format!("grammar.rules.{name}"));
            self.rules.push(Rule::Any {
                phrases: Vec::new(),
                weights: Vec::new(),
                conditional: false,
            });
            self.rule_names.insert(name.clone(), self.rules.len() - 1);
        }
        for (name, node) in entries {
            let read = self.rule(node, &format!("grammar.rules.{name}"));
            let place = self.rule_names.get(name).and_then(|at| self.rules.get_mut(*at));
            if let (Some(rule), Some(place)) = (read, place) {
                *place = rule;
            }
        }
        self.endless(entries);
    }

    /// Reads what may be said and returns its place.
    pub(super) fn said(&mut self, node: &Node, key: &str) -> Option<usize> {
        let rule = self.rule(node, key)?;
        self.rules.push(rule);
        Some(self.rules.len() - 1)
    }

    fn rule(&mut self, node: &Node, key: &str) -> Option<Rule> {
        match &node.value {
            Value::Text(text) => {
                let phrases = vec![self.phrase(text, node, key)?];
                Some(Rule::Any { phrases, weights: Vec::new(), conditional: false })
            }
            Value::List(items) => self.any(items, node, key),
            Value::Table(_) if node.get("by").is_some() => {
                let (of, cases) =
                    self.cases(node, key, &mut |this, node, key| this.said(node, key))?;
                Some(Rule::By(of, cases))
            }
            _ => {
                let reason = format!(
                    "{} is no rule: a phrase, a list of them, or a table with by",
                    node.kind()
                );
                self.fault(node, key, reason);
                None
            }
        }
    }

    fn any(&mut self, items: &[Node], node: &Node, key: &str) -> Option<Rule> {
        let mut phrases = Vec::with_capacity(items.len());
        let mut weights = Vec::with_capacity(items.len());
        for item in items {
            if let Some(phrase) = self.alternative(item, key) {
                phrases.push(phrase);
                weights.push(self.weight(item, key));
            }
        }
        if items.is_empty() {
            self.fault(node, key, "a rule needs at least one phrase");
        }
        if phrases.is_empty() {
            return None;
        }
        let conditional = phrases.iter().any(|phrase| phrase.only_if.is_some());
        if conditional && phrases.iter().all(|phrase| phrase.only_if.is_some()) {
            let reason = "every phrase has a condition: there may be nothing to say";
            self.fault_with(node, key, reason, Some("add a phrase without `if`".to_owned()));
        }
        if weights.iter().all(|weight| *weight == 1.0) {
            weights.clear();
        }
        Some(Rule::Any { phrases, weights, conditional })
    }

    fn alternative(&mut self, item: &Node, key: &str) -> Option<Phrase> {
        if let Some(text) = item.text() {
            return self.phrase(text, item, key);
        }
        let Some(text) = item.get("text").and_then(Node::text) else {
            let reason = format!("{} is no phrase: a text, or a table with text", item.kind());
            self.fault(item, key, reason);
            return None;
        };
        self.only(item, key, &["text", "weight", "if"]);
        let mut phrase = self.phrase(text, item, key)?;
        if let Some(condition) = item.get("if") {
            phrase.only_if =
                Some(self.formula(condition.text().unwrap_or_default(), condition, key)?);
        }
        Some(phrase)
    }

    /// A table with `by`: by what, and the place of what stands for each value.
    pub(super) fn cases(
        &mut self,
        node: &Node,
        key: &str,
        read: &mut dyn FnMut(&mut Self, &Node, &str) -> Option<usize>,
    ) -> Option<(Of, Cases)> {
        let name = node.get("by").and_then(Node::text).unwrap_or_default();
        let of = self.known(name, node, key)?;
        if let Of::Rule(_) = of {
            self.fault(node, key, format!("`{name}` is a rule: it says something else each time"));
            return None;
        }
        let values = self.values(of);
        let mut cases = Cases::default();
        for (case, node) in node.table().unwrap_or_default() {
            let key = format!("{key}.{case}");
            let unknown = values.as_ref().is_some_and(|values| !values.contains(case));
            match case.as_str() {
                "by" => {}
                "else" => cases.otherwise = read(self, node, &key),
                _ if unknown => {
                    let known = values.iter().flatten().map(String::as_str);
                    let reason = format!("`{name}` is never `{case}`");
                    self.fault_with(node, &key, reason, closest(case, known));
                }
                _ => cases.at.extend(read(self, node, &key).map(|at| (case.as_str().into(), at))),
            }
        }
        cases.at.sort();
        if cases.otherwise.is_none() && node.get("else").is_none() {
            self.uncovered(node, key, values.as_deref());
        }
        Some((of, cases))
    }

    /// A fault if some value has no case.
    fn uncovered(&mut self, node: &Node, key: &str, values: Option<&[String]>) {
        let Some(values) = values else {
            return self.fault(node, key, "`else` is missing: the values are not listed");
        };
        let missing: Vec<&str> =
            values.iter().filter(|value| node.get(value).is_none()).map(String::as_str).collect();
        if !missing.is_empty() {
            let reason = format!("nothing stands here for {}", missing.join(", "));
            self.fault_with(node, key, reason, Some("add it, or `else`".to_owned()));
        }
    }

    /// The texts that a name may stand for, if they are listed.
    fn values(&self, of: Of) -> Option<Vec<String>> {
        use super::shape::Slot;
        match of {
            Of::Axis(axis) => self
                .names
                .get(axis)
                .map(|name| name.values.clone())
                .filter(|values| !values.is_empty()),
            Of::Slot(slot) => self.values(Of::Field(slot, 0)),
            Of::Rule(_) => None,
            Of::Field(slot, field) => match self.slots.get(slot)? {
                Slot::Listed(table) => {
                    let cells = table.rows.iter().filter_map(|row| row.get(field));
                    Some(cells.map(|cell| cell.to_string()).collect())
                }
                Slot::Other(of) => self.values(Of::Field(*of, field)),
                Slot::By(_, cases) => {
                    let all = cases.places().map(|slot| self.values(Of::Field(slot, field)));
                    all.collect::<Option<Vec<_>>>().map(|all| all.concat())
                }
                _ => None,
            },
        }
    }

    /// Faults of rules that always lead to themselves again.
    fn endless(&mut self, entries: &[(String, Node)]) {
        let mut ends = vec![false; self.rules.len()];
        let mut more = true;
        while more {
            more = false;
            for at in 0..self.rules.len() {
                let ends_now = self.rules.get(at).is_some_and(|rule| can_end(rule, &ends));
                if let Some(known) = ends.get_mut(at).filter(|known| ends_now && !**known) {
                    *known = true;
                    more = true;
                }
            }
        }
        for (name, node) in entries {
            let at = self.rule_names.get(name).copied();
            let empty = at.and_then(|at| self.rules.get(at)).is_none_or(is_empty);
            if !empty && at.and_then(|at| ends.get(at)) == Some(&false) {
                let reason =
                    format!("`{name}` never ends: each of its phrases leads to itself again");
                let hint = "add a phrase that does not".to_owned();
                self.fault_with(node, &format!("grammar.rules.{name}"), reason, Some(hint));
            }
        }
    }
}

/// Could the rule not be read?
fn is_empty(rule: &Rule) -> bool {
    matches!(rule, Rule::Any { phrases, .. } if phrases.is_empty())
}

fn can_end(rule: &Rule, ends: &[bool]) -> bool {
    let ended = |at: usize| ends.get(at).copied().unwrap_or(true);
    match rule {
        Rule::Any { phrases, .. } => {
            phrases.is_empty()
                || phrases.iter().any(|phrase| {
                    phrase
                        .pieces
                        .iter()
                        .all(|piece| !matches!(piece, Piece::Name(Of::Rule(at), _) if !ended(*at)))
                })
        }
        Rule::By(_, cases) => cases.places().any(ended),
    }
}
