//! How the value of an axis is chosen, under what the axes before it say.

use crate::generate::draw::Draw;
use crate::generate::grammar::pattern;

use super::bindings::Picked;
use super::{Axis, Values, When, number};

/// How the value of a listed axis depends on others: its weights, and when others hold.
#[derive(Debug, Clone)]
pub(super) struct Drawing {
    usual: Ladder,
    /// The axis that a condition looks at, the values that fulfil it, the weights then.
    when: Vec<(usize, Vec<bool>, Ladder)>,
}

/// Weights summed up, so that a value is found by halving; none: all alike.
#[derive(Debug, Clone)]
pub(super) struct Ladder {
    pub(super) weights: Vec<f64>,
    sums: Option<Vec<f64>>,
}

impl Ladder {
    fn new(weights: &[f64]) -> Ladder {
        let alike = weights.windows(2).all(|pair| pair[0] == pair[1]);
        let mut sum = 0.0;
        let sums = weights.iter().map(|weight| {
            sum += weight;
            sum
        });
        Ladder { sums: (!alike).then(|| sums.collect()), weights: weights.to_vec() }
    }

    fn draw(&self, draw: &mut Draw) -> u32 {
        let Some(sums) = &self.sums else { return draw.below(self.weights.len()) as u32 };
        let at = draw.unit() * sums.last().copied().unwrap_or(0.0);
        let place = sums.partition_point(|sum| *sum <= at);
        // Rounding may lead behind the last value that has a weight.
        let last = self.weights.iter().rposition(|weight| *weight > 0.0).unwrap_or(0);
        place.min(last) as u32
    }
}

impl Drawing {
    pub(super) fn new(axes: &[Axis], axis: usize) -> Drawing {
        let Some(Axis { weights, when, .. }) = axes.get(axis) else {
            return Drawing { usual: Ladder::new(&[]), when: Vec::new() };
        };
        let condition = |when: &When| {
            let other = axes.iter().position(|axis| axis.name == when.axis)?;
            Some((
                other,
                fulfilled(&axes.get(other)?.values, &when.value),
                Ladder::new(&when.weights),
            ))
        };
        let when = when.iter().filter_map(condition).collect();
        Drawing { usual: Ladder::new(weights), when }
    }

    /// The weights where the axes before have these values: those of the first condition that holds.
    pub(super) fn ladder(&self, value_of: impl Fn(usize) -> Option<u32>) -> &Ladder {
        let holds = |axis: usize, values: &[bool]| {
            value_of(axis).is_some_and(|value| values.get(value as usize) == Some(&true))
        };
        let found = self.when.iter().find(|(axis, values, _)| holds(*axis, values));
        found.map_or(&self.usual, |(_, _, ladder)| ladder)
    }

    pub(super) fn draw(&self, axis: &Axis, picked: &[Picked], draw: &mut Draw) -> Picked {
        match &axis.values {
            Values::Pattern(form) => {
                let mut text = String::new();
                pattern::write(form, draw, &mut text);
                Picked::Own(text.into())
            }
            Values::Number { .. } => {
                let steps = number::steps(&axis.values);
                let step = draw.below(usize::try_from(steps).unwrap_or(usize::MAX));
                Picked::Own(number::text(&axis.values, step as u64).into())
            }
            Values::List(_) | Values::Tree(_) => {
                let value_of = |axis: usize| match picked.get(axis)? {
                    Picked::Listed(value) => Some(*value),
                    _ => None,
                };
                Picked::Listed(self.ladder(value_of).draw(draw))
            }
        }
    }
}

/// Which values fulfil a condition: those equal to it, and those of a group that is.
fn fulfilled(values: &Values, wanted: &str) -> Vec<bool> {
    match values {
        Values::List(values) => values.iter().map(|value| value == wanted).collect(),
        Values::Tree(leaves) => {
            leaves.iter().map(|(group, value)| group == wanted || value == wanted).collect()
        }
        _ => Vec::new(),
    }
}
