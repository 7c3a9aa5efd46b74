//! Cells: the combinations of the axes that are crossed, each with the number of examples it is to have.

use std::collections::HashMap;
use std::sync::Arc;

use crate::generate::draw::{Draw, Purpose};

use super::bindings::{Bindings, Drawn, Names, Picked};
use super::order::{self, Deal, GOLDEN, SILVER};
use super::quota::{self, Digits, Shares, largest_remainder};
use super::{Axis, Plan, Values, When};

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

/// How the value of a listed axis depends on others: its weights, and when others hold.
#[derive(Debug, Clone)]
struct Drawing {
    usual: Ladder,
    /// The axis that a condition looks at, the values that fulfil it, the weights then.
    when: Vec<(usize, Vec<bool>, Ladder)>,
}

/// Weights summed up, so that a value is found by halving; none: all alike.
#[derive(Debug, Clone)]
struct Ladder {
    weights: Vec<f64>,
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
    fn new(axes: &[Axis], axis: usize) -> Drawing {
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
    fn ladder(&self, value_of: impl Fn(usize) -> Option<u32>) -> &Ladder {
        let holds = |axis: usize, values: &[bool]| {
            value_of(axis).is_some_and(|value| values.get(value as usize) == Some(&true))
        };
        let found = self.when.iter().find(|(axis, values, _)| holds(*axis, values));
        found.map_or(&self.usual, |(_, _, ladder)| ladder)
    }

    fn draw(&self, axis: &Axis, picked: &[Picked], draw: &mut Draw) -> Picked {
        match &axis.values {
            Values::Pattern(pattern) => Picked::Own(pattern.draw(draw).into()),
            Values::Number { .. } => {
                let steps = super::number::steps(&axis.values);
                let step = draw.below(usize::try_from(steps).unwrap_or(usize::MAX));
                Picked::Own(super::number::text(&axis.values, step as u64).into())
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
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;

    fn plan(text: &str) -> Plan {
        let text = format!("{text}\n[grammar]\nx = 1\n");
        Plan::read(Path::new("plan.toml"), text.as_bytes()).unwrap_or_else(|f| panic!("{f:?}"))
    }

    /// How often each value of a name comes in slots.
    fn counts(plan: &Plan, cells: &Cells, slots: u64, name: &str) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for slot in 0..slots {
            let bindings = cells.bindings(plan, cells.cell_of(slot), slot, 0);
            *counts.entry(bindings.get(name).unwrap().to_owned()).or_default() += 1;
        }
        counts
    }

    const SHOP: &str = r#"
        count = 600
        seed = 42
        task.negatives = 0.1
        turns.dist = { "1" = 0.7, "2" = 0.2, "3" = 0.1 }
        [[axis]]
        name = "topic"
        kind = "tree"
        cover = true
        min_per_value = 5
        values = { returns = ["wrong item", "late refund"], delivery = ["late", "lost", "damaged"] }
        weights = { returns = 2, delivery = 3 }
        [[axis]]
        name = "expertise"
        values = ["beginner", "regular", "expert"]
        [[axis]]
        name = "style"
        values = ["question", "command", "typo-ridden"]
        weights = [4, 2, 1]
        when = { expertise = "expert", weights = [2, 4, 0] }
        [[axis]]
        name = "order_id"
        kind = "pattern"
        pattern = "A-[0-9]{6}"
        [[axis]]
        name = "amount"
        kind = "number"
        min = 5
        max = 20
        step = 0.5
        [[axis]]
        name = "mood"
        values = ["calm", "cross"]
        weights = [1, 3]
        per_example = true
        when = { topic = "returns", weights = [1, 0] }
    "#;

    #[test]
    fn shares_are_exact_over_the_whole() {
        let plan = plan(SHOP);
        let cells = plan.cells();
        assert_eq!(cells.all().iter().map(|cell| cell.quota).sum::<u64>(), 600);
        assert_eq!(cells.all().len(), 5 * (3 + 3 + 2));
        let of = |name| counts(&plan, &cells, 600, name).into_values().collect::<Vec<_>>();
        assert_eq!(of("topic_group"), [360, 240]);
        assert_eq!(of("topic"), [120; 5]);
        assert_eq!(of("expertise"), [200; 3]);
        assert_eq!(of("turns"), [420, 120, 60]);
        assert_eq!(of("negative"), [540, 60]);
        let rare = cells
            .all()
            .iter()
            .enumerate()
            .filter(|(at, _)| cells.label(&plan, *at).contains("expert, typo-ridden"));
        assert_eq!(rare.count(), 0, "a cell of weight 0 does not exist");
        assert_eq!(cells.label(&plan, 0), "returns/wrong item, beginner, question");
    }

    #[test]
    fn negatives_and_turns_are_spread_over_all_cells() {
        let plan = plan(SHOP);
        let cells = plan.cells();
        let mut of: BTreeMap<usize, (u64, u64, u64)> = BTreeMap::new();
        for slot in 0..600 {
            let entry = of.entry(cells.cell_of(slot)).or_default();
            entry.0 += 1;
            entry.1 += u64::from(cells.is_negative(slot));
            entry.2 += u64::from(cells.turns_of(slot) == 1);
        }
        for (cell, (slots, negatives, single)) in of {
            assert_eq!(slots, cells.all()[cell].quota);
            assert!((negatives as f64 - slots as f64 * 0.1).abs() <= 2.0, "{negatives} of {slots}");
            assert!((single as f64 - slots as f64 * 0.7).abs() <= 2.0, "{single} of {slots}");
        }
    }

    #[test]
    fn a_short_beginning_shows_all_values_already() {
        let plan = plan(SHOP);
        let cells = plan.cells();
        let first = counts(&plan, &cells, 20, "topic");
        assert!(first.len() == 5 && first.values().all(|n| (3..=5).contains(n)), "{first:?}");
        let first = counts(&plan, &cells, 40, "expertise");
        assert!(first.len() == 3 && first.values().all(|n| (11..=16).contains(n)), "{first:?}");
    }

    #[test]
    fn what_is_drawn_depends_on_seed_slot_and_attempt_alone() {
        let plan = plan(SHOP);
        let cells = plan.cells();
        let of = |slot, attempt| cells.bindings(&plan, cells.cell_of(slot), slot, attempt);
        assert_eq!(of(7, 1), of(7, 1));
        assert_ne!(of(7, 1).get("order_id"), of(7, 2).get("order_id"));
        assert_eq!(of(7, 1).get("topic"), of(7, 2).get("topic"));
        let form = regex::Regex::new("^A-[0-9]{6}$").unwrap();
        for slot in 0..200 {
            let bindings = of(slot, 0);
            assert!(form.is_match(bindings.get("order_id").unwrap()));
            let amount: f64 = bindings.get("amount").unwrap().parse().unwrap();
            assert!((5.0..=20.0).contains(&amount) && (amount * 2.0).fract() == 0.0);
            let returned = bindings.get("topic_group") == Some("returns");
            assert!(!returned || bindings.get("mood") == Some("calm"));
        }
        let names: Vec<String> = of(0, 0).iter().map(|(name, _)| name.to_owned()).collect();
        let wanted = ["topic", "topic_group", "expertise", "style", "order_id", "amount", "mood"];
        assert_eq!(names, wanted.into_iter().chain(["negative", "turns"]).collect::<Vec<_>>());
    }

    #[test]
    fn a_plan_without_axes_is_one_cell() {
        let plan = plan("count = 10\nturns.dist = {\"1\" = 1, \"2\" = 1}");
        let cells = plan.cells();
        assert_eq!((cells.all().len(), cells.all()[0].quota), (1, 10));
        assert_eq!((0..10).map(|slot| cells.cell_of(slot)).sum::<usize>(), 0);
        assert_eq!((0..10).filter(|slot| cells.turns_of(*slot) == 2).count(), 5);
    }

    #[test]
    fn slots_beyond_the_last_begin_anew() {
        let plan = plan(SHOP);
        let cells = plan.cells();
        assert_eq!(cells.cell_of(605), cells.cell_of(5));
        assert_eq!(cells.turns_of(605), cells.turns_of(5));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_beginning_is_balanced(
            count in 1_u64..400,
            weights in prop::collection::vec(prop::collection::vec(0_u32..5, 1..5), 0..4),
        ) {
            let mut text = format!("count = {count}\n");
            for (at, weights) in weights.iter().enumerate() {
                let mut weights = weights.clone();
                weights[0] += 1;
                let values: Vec<String> = (0..weights.len()).map(|v| format!("v{v}")).collect();
                text += &format!("[[axis]]\nname = \"a{at}\"\nvalues = {values:?}\nweights = {weights:?}\n");
                if at > 0 {
                    weights[0] = 0;
                    weights.push(1);
                    weights.truncate(values.len());
                    if weights.iter().any(|weight| *weight > 0) {
                        text += &format!("when = {{ a0 = \"v0\", weights = {weights:?} }}\n");
                    }
                }
            }
            let plan = plan(&text);
            let cells = plan.cells();
            prop_assert_eq!(cells.all().iter().map(|cell| cell.quota).sum::<u64>(), count);
            let mut got = vec![0_u64; cells.all().len()];
            for slot in 0..count {
                got[cells.cell_of(slot)] += 1;
                for (got, cell) in got.iter().zip(cells.all()) {
                    let lag = (*got * count).abs_diff((slot + 1) * cell.quota);
                    prop_assert!(lag <= count, "{got} of {} after {slot}", cell.quota);
                }
            }
            prop_assert!(got.iter().zip(cells.all()).all(|(got, cell)| *got == cell.quota));
        }
    }
}
