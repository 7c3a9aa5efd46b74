use super::*;
use crate::generate::draft::{Draft, Said};
use crate::generate::draw::{Draw, Purpose};
use crate::generate::grammar::reading::toml;
use crate::generate::grammar::{Grammar, NEGATIVE, Name};
use crate::generate::node::Node;
use crate::rules::judge::Line;
use crate::rules::settings::Selection;
use crate::rules::{Judge, Profile, Settings, across};

/// What of a preset decides about its drafts.
struct Plan {
    node: Node,
    grammar: Grammar,
    names: Vec<Name>,
    tools: Option<std::sync::Arc<serde_json::Value>>,
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
        let tools = (!tools.is_empty()).then(|| std::sync::Arc::new(tools.into()));
        Plan { node, grammar, names, tools }
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
        draft.tools.clone_from(&self.tools);
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

fn plans() -> impl Iterator<Item = (&'static Preset, Plan)> {
    PRESETS.iter().map(|preset| (preset, Plan::new(preset.text)))
}

fn line(draft: &Draft) -> Vec<u8> {
    let mut line = Vec::new();
    draft.write(&mut line);
    line
}

#[test]
fn a_preset_is_a_whole_plan_under_its_name() {
    for (preset, plan) in plans() {
        let text = |key: &str| plan.node.get(key).and_then(Node::text).unwrap_or_default();
        assert_eq!(text("name"), preset.name);
        assert_eq!(find(preset.name), Some(preset));
        let task = plan.node.get("task").unwrap();
        assert_eq!(task.get("type").and_then(Node::text), Some(preset.name));
        let count = number(plan.node.get("count"));
        assert!((300.0..=600.0).contains(&count), "{}: {count}", preset.name);
        assert_eq!(number(plan.node.get("batch")), 50.0);
        let share = number(plan.node.get("output").and_then(|output| output.get("validation")));
        assert!((0.1..=0.2).contains(&share), "{}: {share}", preset.name);
        let dist = plan.node.get("turns").and_then(|turns| turns.get("dist"));
        let turns = dist.and_then(Node::table).unwrap_or_default().iter();
        let most = turns.map(|(turns, _)| turns.parse().unwrap()).max().unwrap_or(1);
        assert!(plan.grammar.most_turns() >= most, "{}", preset.name);
    }
    assert_eq!(find("customer"), None);
}

#[test]
fn drafts_of_a_preset_are_valid_for_its_targets_and_seldom_alike() {
    for (preset, plan) in plans() {
        let targets = texts(plan.node.get("task").unwrap().get("targets"));
        let profiles: Vec<_> =
            targets.iter().map(|target| Profile::find(target).expect("a profile")).collect();
        let settings = Settings::new(&profiles, &Selection::default()).unwrap();
        let mut judge = Judge::new(&settings);
        let mut seen = std::collections::HashSet::new();
        let mut findings = Vec::new();
        for number in 0..300 {
            let draft = plan.draft(number);
            let line = line(&draft);
            let bytes = line.strip_suffix(b"\n").unwrap();
            let at = Line { bytes, terminated: true, first: false, number, offset: 0 };
            judge.line(at, &mut across::Block::default(), &mut findings);
            let text = String::from_utf8_lossy(bytes);
            assert!(findings.is_empty(), "{}: {findings:?}\n{text}", preset.name);
            assert!(!text.contains("  ?") && !text.contains(" ,"), "{}: {text}", preset.name);
            let user = draft.messages.iter().find(|said| matches!(said, Said::User(_)));
            seen.insert(format!("{user:?}"));
        }
        assert!(seen.len() >= 285, "{}: {} of 300 differ", preset.name, seen.len());
    }
}

#[test]
fn calls_of_a_preset_follow_their_descriptions() {
    let plan = Plan::new(find("tool-use").unwrap().text);
    let mut called = std::collections::BTreeSet::new();
    for number in 0..300 {
        let draft = plan.draft(number);
        let tools = draft.tools.as_ref().unwrap().as_array().unwrap();
        for said in &draft.messages {
            let Said::Calls(calls) = said else { continue };
            for call in calls {
                let known = tools.iter().find(|tool| tool["function"]["name"] == *call.name);
                let schema = &known.unwrap()["function"]["parameters"];
                for (name, value) in call.arguments.as_object().unwrap() {
                    let kind = schema["properties"][name]["type"].as_str().unwrap();
                    let fits = match kind {
                        "string" => value.is_string(),
                        "integer" => value.is_u64(),
                        _ => value.is_number(),
                    };
                    assert!(fits, "{}.{name}: {value} is no {kind}", call.name);
                }
                called.insert(call.name.clone());
            }
        }
    }
    assert_eq!(called.len(), 10, "{called:?}");
}

/// Every number of an extraction stands in its text, or is part of a date or a time.
#[test]
fn what_is_extracted_stands_in_the_text() {
    let plan = Plan::new(find("extraction").unwrap().text);
    for number in 0..300 {
        let draft = plan.draft(number);
        let [_, Said::User(user), Said::Assistant(answer)] = draft.messages.as_slice() else {
            panic!("{draft:?}")
        };
        let answer: serde_json::Value = serde_json::from_str(answer).unwrap();
        let lower = user.to_lowercase();
        for (name, value) in answer.as_object().unwrap() {
            let dated = name.contains("date") || ["time", "start"].contains(&name.as_str());
            assert!(user.contains(name), "{name} was not asked for: {user}");
            match value {
                serde_json::Value::String(text) if !dated && name != "currency" => {
                    assert!(lower.contains(&text.to_lowercase()), "{name} = {text}: {user}");
                }
                // One seat is written as a word.
                serde_json::Value::Number(number) if number.as_u64() != Some(1) => {
                    assert!(user.contains(&number.to_string()), "{name} = {number}: {user}");
                }
                _ => {}
            }
        }
    }
}

/// What a preset makes is part of what a user has in hand: the same seed gives the same bytes after an upgrade.
#[test]
fn the_first_drafts_of_a_preset_stay_what_they_are() {
    let mut made = Vec::new();
    for (preset, plan) in plans() {
        let lines: Vec<u8> = (0..20).flat_map(|number| line(&plan.draft(number))).collect();
        made.push((preset.name, format!("{:016x}", xxhash_rust::xxh3::xxh3_64(&lines))));
    }
    let made: Vec<(&str, &str)> = made.iter().map(|(name, hash)| (*name, hash.as_str())).collect();
    assert_eq!(made, GOLDEN);
}

const GOLDEN: &[(&str, &str)] = &[
    ("customer-support", "4608ce3b42665b17"),
    ("code-generation", "b4a8b80aa0911d44"),
    ("classification", "0e8d5a59317d3322"),
    ("extraction", "5a449cf966b239eb"),
    ("tool-use", "37a026e72c7d3147"),
    ("tutoring", "2599c0957853f421"),
];
