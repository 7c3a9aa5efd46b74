//! How fast examples are drafted and written: examples a second, on one core.
//!
//! ```text
//! cargo test --release --lib generate::grammar::timing -- --ignored --nocapture
//! ```

#![allow(clippy::print_stderr)]

use std::time::Instant;

use super::reading::toml;
use super::{Grammar, Name};
use crate::generate::draw::{Draw, Purpose};

/// A question and an answer as a plan has them: half a dozen slots and rules, a choice by topic, a sum.
const TYPICAL: &str = r#"
[slots]
product = [{ name = "desk lamp", price = "19.90" }, { name = "kettle", price = "34.50" }, { name = "backpack", price = "49.00" }]
city = ["Bremen", "Lyon", "Turin", "Porto", "Ghent"]
count = { min = 2, max = 9 }
order = { pattern = "A-[0-9]{6}" }

[rules]
hello = ["Hi,", "Hello,", "", "Good morning,"]
ask = { by = "topic", price = ["how much are {count} of the {product.name}?", "what would {count} {product.name|plural} cost me?"], late = ["my order {order} to {city} has not arrived.", "where is order {order}? I live in {city}."] }
answer = { by = "topic", price = ["{count} x {product.price} EUR makes {= product.price * count : 2} EUR.", "That is {= product.price * count : 2} EUR for {count}."], late = ["I am sorry. Order {order} left our house yesterday and reaches {city} within two days.", "Order {order} is on its way to {city}; please give it two more days."] }

[[scene]]
user = "{hello} {ask} {~Thanks!|Thank you in advance.|}"
assistant = "{~Certainly.|Of course.|} {answer} {~Is there anything else?|Just write if something is unclear.|}"
"#;

#[test]
#[ignore = "measures"]
fn time_a_typical_example() {
    let names = [Name { name: "topic".into(), values: vec!["price".into(), "late".into()] }];
    let grammar = Grammar::compile(&toml(TYPICAL), &names, &[]).unwrap();
    let mut line = Vec::new();
    for _ in 0..5 {
        let start = Instant::now();
        let (count, mut bytes) = (500_000, 0);
        for number in 0..count {
            let mut draw = Draw::new(7, number, 0, Purpose::Grammar);
            let values = [if number % 2 == 0 { "price" } else { "late" }];
            line.clear();
            grammar.draft(&values, 1, &mut draw).unwrap().write(&mut line);
            bytes += line.len();
        }
        let rate = count as f64 / start.elapsed().as_secs_f64();
        eprintln!("{rate:.0} examples/s, {} bytes each", bytes / count as usize);
    }
}
