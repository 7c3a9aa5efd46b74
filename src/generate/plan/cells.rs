//! Cells: the combinations of the axes that are crossed, each with the number of examples it is to have.

use std::collections::HashMap;
use std::sync::Arc;

use crate::generate::draw::{Draw, Purpose};

use super::bindings::{Bindings, Drawn, Names, Picked};
use super::drawing::Drawing;
use super::order::{self, Deal, GOLDEN, SILVER};
use super::quota::{self, Digits, Shares, largest_remainder};
use super::{Plan, Values};

/// Most cells of a plan. Each takes some 100 bytes, and a set with more cells has fewer than one example in most.
const MOST_CELLS: usize = 1_000_000;

/// A value of a crossed axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The axis: its place in [`Plan::axes`].
    pub axis: u32,
    /// The value: its place in the list of the axis.
    pub value: u32,
}

/// A combination of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// One for each crossed axis, in the order of the axes.
    pub values: Vec<Choice>,
    /// Examples that it is to have.
    pub quota: u64,
}

impl Cell {
    /// The names of its axes, each with the value.
    pub fn named<'p>(&self, plan: &'p Plan) -> impl Iterator<Item = (&'p str, &'p str)> {
        self.values.iter().filter_map(|choice| {
            let axis = plan.axes.get(choice.axis as usize)?;
            let value = choice.value as usize;
            let text = match &axis.values {
                Values::List(values) => values.get(value)?,
                Values::Tree(leaves) => &leaves.get(value)?.1,
                Values::Pattern(_) | Values::Number { .. } => return None,
            };
            Some((axis.name.as_str(), text.as_str()))
        })
    }
}

/// All cells of a plan, and which slot belongs to which.
#[derive(Debug, Clone)]
pub struct Cells {
    cells: Vec<Cell>,
    /// Where each cell begins, if all slots were sorted by cell.
    starts: Vec<u64>,
    /// For each slot its place among the sorted; none: the same.
    order: Option<Vec<u32>>,
    turns: Vec<u32>,
    turn_quotas: Vec<u64>,
    turn_deal: Deal,
    negatives: u64,
    negative_deal: Deal,
    drawing: Vec<Drawing>,
    names: Arc<Names>,
    seed: u64,
}

impl Plan {
    /// The cells with their quotas, and the order of the slots. Takes a while for many examples: to be called once.
    pub fn cells(&self) -> Cells {
        // A plan whose quotas are not possible was refused when it was read.
        let Table { crossed, digits, quotas, rank } = table(self).unwrap_or_default();
        let cells: Vec<Cell> = digits
            .iter()
            .zip(&quotas)
            .map(|(digits, quota)| Cell {
                values: crossed
                    .iter()
                    .zip(digits)
                    .map(|(axis, value)| Choice { axis: *axis as u32, value: *value })
                    .collect(),
                quota: *quota,
            })
            .collect();
        let mut start = 0;
        let starts = quotas
            .iter()
            .map(|quota| {
                start += quota;
                start - quota
            })
            .collect();
        let weights: Vec<f64> = self.turns.iter().map(|(_, weight)| *weight).collect();
        let turn_quotas = largest_remainder(self.count, &weights);
        let share = self.task.negatives;
        let negative = largest_remainder(self.count, &[share, 1.0 - share]);
        Cells {
            order: (cells.len() > 1).then(|| order::schedule(&quotas, &rank)),
            cells,
            starts,
            turns: self.turns.iter().map(|(turns, _)| *turns).collect(),
            turn_deal: Deal::new(&turn_quotas, GOLDEN),
            turn_quotas,
            negatives: negative.first().copied().unwrap_or(0),
            negative_deal: Deal::new(&negative, SILVER),
            drawing: (0..self.axes.len()).map(|axis| Drawing::new(&self.axes, axis)).collect(),
            names: Arc::new(Names::new(self)),
            seed: self.seed,
        }
    }
}

impl Cells {
    /// All cells, the last axis changing fastest.
    pub fn all(&self) -> &[Cell] {
        &self.cells
    }

    /// The cell of a slot. Any beginning of the slots has of each cell its share to within one. Beyond the last slot
    /// it begins anew.
    pub fn cell_of(&self, slot: u64) -> usize {
        let place = self.place(slot);
        self.starts.partition_point(|start| *start <= place).saturating_sub(1)
    }

    /// The slots that a plan has.
    fn count(&self) -> u64 {
        self.turn_quotas.iter().sum::<u64>().max(1)
    }

    fn place(&self, slot: u64) -> u64 {
        let slot = slot % self.count();
        match &self.order {
            Some(order) => order.get(slot as usize).map_or(0, |place| u64::from(*place)),
            None => slot,
        }
    }

    /// How many times the user speaks in the example of a slot.
    pub fn turns_of(&self, slot: u64) -> u32 {
        self.turns.get(self.turn_deal.at(self.place(slot))).copied().unwrap_or(1)
    }

    /// Numbers of user turns, each with the examples that are to have it.
    pub fn turns(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        self.turns.iter().copied().zip(self.turn_quotas.iter().copied())
    }

    /// Is the assistant to decline or to ask back in the example of a slot?
    pub fn is_negative(&self, slot: u64) -> bool {
        self.negatives > 0 && self.negative_deal.at(self.place(slot)) == 0
    }

    /// Examples in which the assistant is to decline or to ask back.
    pub fn negatives(&self) -> u64 {
        self.negatives
    }

    /// The values of all axes for one example: those of its cell, those drawn for this attempt at this slot, and what
    /// the slot says of turns and negatives.
    pub fn bindings(&self, plan: &Plan, cell: usize, slot: u64, attempt: u32) -> Bindings {
        let mut picked = vec![Picked::None; plan.axes.len()];
        for choice in self.cells.get(cell).map_or(&[][..], |cell| &cell.values) {
            if let Some(place) = picked.get_mut(choice.axis as usize) {
                *place = Picked::Listed(choice.value);
            }
        }
        let mut draw = None;
        for (at, axis) in plan.axes.iter().enumerate().filter(|(_, axis)| axis.per_example) {
            let draw =
                draw.get_or_insert_with(|| Draw::new(self.seed, slot, attempt, Purpose::Axes));
            let value = self.drawing.get(at).map(|drawing| drawing.draw(axis, &picked, draw));
            if let (Some(value), Some(place)) = (value, picked.get_mut(at)) {
                *place = value;
            }
        }
        Bindings::new(
            self.names.clone(),
            picked,
            Drawn { turns: self.turns_of(slot), negative: self.is_negative(slot) },
        )
    }

    /// What a cell is called: its values in the order of the axes, `returns/late refund, expert`.
    pub fn label(&self, plan: &Plan, cell: usize) -> String {
        let choices = self.cells.get(cell).map_or(&[][..], |cell| &cell.values);
        let value = |choice: &Choice| match &plan.axes.get(choice.axis as usize)?.values {
            Values::List(values) => values.get(choice.value as usize).cloned(),
            Values::Tree(leaves) => {
                leaves.get(choice.value as usize).map(|(group, value)| format!("{group}/{value}"))
            }
            _ => None,
        };
        choices.iter().filter_map(value).collect::<Vec<_>>().join(", ")
    }
}

/// What makes the cells of a plan.
#[derive(Default)]
struct Table {
    crossed: Vec<usize>,
    digits: Vec<Digits>,
    quotas: Vec<u64>,
    rank: Vec<u32>,
}

/// Why a plan has no cells: a key, what is wrong, what to do.
type Impossible = (String, String, String);

/// Can the quotas of the plan be met?
pub(super) fn possible(plan: &Plan) -> Result<(), Impossible> {
    table(plan).map(|_| ())
}

fn table(plan: &Plan) -> Result<Table, Impossible> {
    let crossed: Vec<usize> =
        (0..plan.axes.len()).filter(|at| !plan.axes[*at].per_example).collect();
    let sizes: Vec<usize> = crossed.iter().map(|at| plan.axes[*at].weights.len()).collect();
    let product = sizes.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
    if product.is_none_or(|product| product > MOST_CELLS) {
        let product = product.map_or("too many".to_owned(), |product| product.to_string());
        let shown: Vec<String> = sizes.iter().map(usize::to_string).collect();
        return Err((
            "axis".to_owned(),
            format!("{} make {product} cells, more than {MOST_CELLS}", shown.join(" x ")),
            "write per_example = true for an axis that needs no quotas".to_owned(),
        ));
    }
    let least: Vec<u64> = crossed.iter().map(|at| plan.axes[*at].min_per_value).collect();
    let (digits, shares) = shares(plan, &crossed, &sizes);
    for (at, least) in crossed.iter().zip(&least) {
        enough(plan, *at, *least)?;
    }
    let orders: Vec<Vec<u32>> = crossed.iter().map(|at| rounds(&plan.axes[*at].values)).collect();
    let rank = order::ranks(&orders, &digits);
    let shares = Shares {
        count: plan.count,
        sizes: &sizes,
        least: &least,
        cells: &digits,
        shares,
        rank: &rank,
    };
    match quota::quotas(shares) {
        Ok(quotas) => Ok(Table { crossed, digits, quotas, rank }),
        Err(short) => {
            let axis = &plan.axes[crossed[short.axis]];
            let reason = format!(
                "{} of the values can have {} examples only, with what the other axes ask for",
                short.value + 1,
                short.got
            );
            let advice = "lower min_per_value, or raise count".to_owned();
            Err((format!("axis.{}", axis.name), reason, advice))
        }
    }
}

/// Are there examples enough for the least number of each value?
fn enough(plan: &Plan, at: usize, least: u64) -> Result<(), Impossible> {
    let axis = &plan.axes[at];
    let comes = |value: &usize| {
        axis.weights[*value] > 0.0 || axis.when.iter().any(|when| when.weights[*value] > 0.0)
    };
    let values = (0..axis.weights.len()).filter(comes).count() as u64;
    if values.checked_mul(least).is_some_and(|needed| needed <= plan.count) {
        return Ok(());
    }
    let reason = format!(
        "{values} values with at least {least} example{} each are more than count, {}",
        if least == 1 { "" } else { "s" },
        plan.count
    );
    let advice = "raise count, lower min_per_value, or take out cover".to_owned();
    Err((format!("axis.{}", axis.name), reason, advice))
}

/// The cells that there are, with their shares: the product of the shares of their values, each under what the axes
/// before it say.
fn shares(plan: &Plan, crossed: &[usize], sizes: &[usize]) -> (Vec<Digits>, Vec<f64>) {
    let mut cells: Vec<(Digits, f64)> = vec![(Digits::new(), 1.0)];
    for (at, size) in crossed.iter().zip(sizes) {
        let drawing = Drawing::new(&plan.axes, *at);
        let mut more = Vec::with_capacity(cells.len() * size);
        for (digits, share) in &cells {
            let value_of = |axis: usize| {
                let place = crossed.iter().position(|other| *other == axis)?;
                digits.get(place).copied()
            };
            let weights = &drawing.ladder(value_of).weights;
            let total: f64 = weights.iter().sum();
            for (value, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
                let mut longer = digits.clone();
                longer.push(value as u32);
                more.push((longer, share * weight / total));
            }
        }
        cells = more;
    }
    cells.into_iter().unzip()
}

/// The order in which the values of an axis come round: one of each group of a tree in turn.
fn rounds(values: &Values) -> Vec<u32> {
    let Values::Tree(leaves) = values else {
        let size = if let Values::List(values) = values { values.len() } else { 0 };
        return (0..size as u32).collect();
    };
    let mut members: HashMap<&str, u32> = HashMap::new();
    let mut order: Vec<(u32, u32)> = Vec::with_capacity(leaves.len());
    for (at, (group, _)) in leaves.iter().enumerate() {
        let members = members.entry(group).or_default();
        *members += 1;
        order.push((*members, at as u32));
    }
    order.sort_unstable();
    order.into_iter().map(|(_, at)| at).collect()
}

#[cfg(test)]
mod tests;
