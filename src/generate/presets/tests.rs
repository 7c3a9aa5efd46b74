use super::*;
use crate::generate::draft::{Draft, Said};
use crate::generate::draw::{Draw, Purpose};
use crate::generate::grammar::reading::toml;
use crate::generate::grammar::{Grammar, NEGATIVE, Name};
use crate::generate::node::Node;

/// What of a preset decides about its drafts.
struct Plan {
    node: Node,
    grammar: Grammar,
    names: Vec<Name>,
}

fn texts(node: Option<&Node>) -> Vec<String> {
    let list = node.and_then(Node::list).unwrap_or_default();
    list.iter().map(|node| node.text().unwrap().to_owned()).collect()
}

fn number(node: Option<&Node>) -> f64 {
    node.and_then(Node::number).unwrap_or_default()
}

/// A tool of a plan in the OpenAI form.
fn tool(node: &Node) -> serde_json::Value {
    let text = |name: &str| node.get(name).unwrap().text().unwrap();
    let parameters: serde_json::Value = serde_json::from_str(text("parameters")).unwrap();
    serde_json::json!({"type": "function", "function": {
        "name": text("name"), "description": text("description"), "parameters": parameters}})
}

impl Plan {
    fn new(text: &str) -> Plan {
        let node = toml(text);
        let axes = node.get("axis").and_then(Node::list).unwrap_or_default();
        let mut names: Vec<Name> = axes
            .iter()
            .map(|axis| Name {
                name: axis.get("name").unwrap().text().unwrap().to_owned(),
                values: texts(axis.get("values")),
            })
            .collect();
        let negatives = number(node.get("task").and_then(|task| task.get("negatives"))) > 0.0;
        let values = if negatives { vec!["true".into(), "false".into()] } else { vec![] };
        names.push(Name { name: NEGATIVE.into(), values });
        let tools: Vec<_> =
            node.get("tool").and_then(Node::list).unwrap_or_default().iter().map(tool).collect();
        let grammar = Grammar::compile(node.get("grammar").unwrap(), &names, &tools);
        let grammar = grammar.unwrap_or_else(|faults| panic!("{faults:#?}"));
        Plan { node, grammar, names }
    }

    /// A draft as a run makes it, but that the axes are drawn by chance and not by quota.
    fn draft(&self, number_of: u64) -> Draft {
        let mut draw = Draw::new(42, number_of, 0, Purpose::Axes);
        let task = self.node.get("task").unwrap();
        let mut values = Vec::new();
        for (at, name) in self.names.iter().enumerate() {
            if name.name == NEGATIVE {
                let negative = draw.chance(number(task.get("negatives")));
                values.push(if negative { "true" } else { "false" });
                continue;
            }
            let axis = &self.node.get("axis").unwrap().list().unwrap()[at];
            let weights: Vec<f64> = match axis.get("weights").and_then(Node::list) {
                Some(weights) => weights.iter().map(|weight| weight.number().unwrap()).collect(),
                None => vec![1.0; name.values.len()],
            };
            assert_eq!(weights.len(), name.values.len(), "{}", name.name);
            values.push(&name.values[draw.weighted(&weights).unwrap()]);
        }
        let dist = self.node.get("turns").and_then(|turns| turns.get("dist")).and_then(Node::table);
        let dist = dist.unwrap_or_default();
        let weights: Vec<f64> = dist.iter().map(|(_, weight)| weight.number().unwrap()).collect();
        let turns = draw.weighted(&weights).map_or(1, |at| dist[at].0.parse().unwrap());
        let system = self.system(&values, &mut draw);
        let mut stream = Draw::new(42, number_of, 0, Purpose::Grammar);
        let mut draft = self.grammar.draft(&values, turns, &mut stream).unwrap();
        if let Some(system) = system {
            draft.messages.insert(0, Said::System(system));
        }
        draft
    }

    fn system(&self, values: &[&str], draw: &mut Draw) -> Option<String> {
        let prompts = texts(self.node.get("system")?.get("prompts"));
        let template = draw.choose(&prompts)?;
        let pairs = self.names.iter().zip(values);
        let values: std::collections::BTreeMap<String, String> =
            pairs.map(|(name, value)| (name.name.clone(), (*value).to_owned())).collect();
        let mut engine = minijinja::Environment::new();
        engine.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
        Some(engine.render_str(template, values).unwrap().trim().to_owned())
    }
}

/// Writes drafts of the presets as they stand in the folder now, to be looked at and measured.
#[test]
#[ignore = "writes to the folder PRESET_OUT"]
fn write_drafts() {
    let folder = std::env::var("PRESET_OUT").unwrap();
    let only = std::env::var("PRESET").unwrap_or_default();
    let count = std::env::var("COUNT").map_or(1000, |count| count.parse().unwrap());
    for preset in PRESETS.iter().filter(|preset| only.is_empty() || preset.name == only) {
        let root = env!("CARGO_MANIFEST_DIR");
        let path = format!("{root}/src/generate/presets/{}.toml", preset.name);
        let plan = Plan::new(&std::fs::read_to_string(path).unwrap());
        let mut lines = Vec::new();
        for number in 0..count {
            plan.draft(number).write(&mut lines);
        }
        std::fs::write(format!("{folder}/{}.jsonl", preset.name), lines).unwrap();
    }
}
