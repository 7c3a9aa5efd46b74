//! The numbers of a plan: how many examples of what.

use crate::generate::plan::{Axis, Cells, Plan, Values};

/// How often a value comes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Share {
    /// The group, if the axis is a tree.
    pub(super) group: Option<String>,
    pub(super) value: String,
    /// Examples: exact for a crossed axis, expected for one that is drawn.
    pub(super) examples: f64,
}

/// What is known of an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct AxisFigures {
    pub(super) name: String,
    pub(super) kind: &'static str,
    /// Drawn for each example; otherwise by quota.
    pub(super) drawn: bool,
    /// None: values are not listed.
    pub(super) values: Vec<Share>,
    /// Values under conditions: the numbers are not what the weights alone would give.
    pub(super) conditional: bool,
}

/// The figures of all axes.
pub(super) fn axes(plan: &Plan, cells: &Cells) -> Vec<AxisFigures> {
    plan.axes.iter().enumerate().map(|(at, axis)| of(plan, cells, at, axis)).collect()
}

fn of(plan: &Plan, cells: &Cells, at: usize, axis: &Axis) -> AxisFigures {
    let named: Vec<(Option<String>, String)> = match &axis.values {
        Values::List(values) => values.iter().map(|value| (None, value.clone())).collect(),
        Values::Tree(leaves) => {
            leaves.iter().map(|(group, value)| (Some(group.clone()), value.clone())).collect()
        }
        Values::Pattern(_) | Values::Number { .. } => Vec::new(),
    };
    let mut examples = vec![0.0; named.len()];
    if axis.per_example {
        let total: f64 = axis.weights.iter().sum();
        for (examples, weight) in examples.iter_mut().zip(&axis.weights) {
            *examples = if total > 0.0 { weight / total * plan.count as f64 } else { 0.0 };
        }
    } else {
        for cell in cells.all() {
            let choices = cell.values.iter().filter(|choice| choice.axis as usize == at);
            for choice in choices {
                if let Some(sum) = examples.get_mut(choice.value as usize) {
                    *sum += cell.quota as f64;
                }
            }
        }
    }
    let share = |((group, value), examples)| Share { group, value, examples };
    AxisFigures {
        name: axis.name.clone(),
        kind: match &axis.values {
            Values::List(_) => "values",
            Values::Tree(_) => "tree",
            Values::Pattern(_) => "pattern",
            Values::Number { .. } => "number",
        },
        drawn: axis.per_example,
        values: named.into_iter().zip(examples).map(share).collect(),
        conditional: axis.per_example && !axis.when.is_empty(),
    }
}

impl AxisFigures {
    /// The groups with their examples, in order; none if the axis is no tree.
    pub(super) fn groups(&self) -> Vec<(&str, f64)> {
        let mut groups: Vec<(&str, f64)> = Vec::new();
        for share in &self.values {
            let Some(group) = share.group.as_deref() else { continue };
            match groups.iter_mut().find(|(known, _)| *known == group) {
                Some((_, examples)) => *examples += share.examples,
                None => groups.push((group, share.examples)),
            }
        }
        groups
    }
}
