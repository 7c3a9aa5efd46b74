//! What quotas and order promise, held against whole plans.

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
