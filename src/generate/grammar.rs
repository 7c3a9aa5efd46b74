//! The phrases of the backend `template`: examples that are made without a model, and whose answers are right because
//! both sides are made of the same slots.
//!
//! `[grammar]` of a plan holds slots (`grammar/slots.rs`), rules (`grammar/rules.rs`), whose phrases
//! `grammar/phrase.rs` reads, and scenes (`grammar/scenes.rs`). It is compiled once: names become places in lists, and
//! what is wrong is found before the first example. A draft then chooses a scene for the values of the axes and expands
//! its turns. Slots are drawn when they are first needed and remembered, so that question, calls, results and answer
//! speak of the same.

mod compile;
mod expand;
mod fixed;
mod formula;
pub mod pattern;
mod phrase;
mod rules;
mod scenes;
mod shape;
mod slots;
mod words;

use serde_json::Value;

use self::compile::Compiler;
use self::expand::Expansion;
use self::shape::{CallShape, Followup, Rule, Scene, Shape, Slot, Turn};
use super::draft::{Call, Draft, Said};
use super::draw::Draw;
use super::node::{Fault, Node};

/// The axis whose value `true` asks for an example in which the assistant declines or asks back.
pub const NEGATIVE: &str = "negative";

/// What phrases may use of the plan: an axis, or what the tool tells of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Its name.
    pub name: String,
    /// The values that it may have, if they are listed; otherwise none.
    pub values: Vec<String>,
}

/// A grammar that was read and found right.
#[derive(Debug, Clone)]
pub struct Grammar {
    slots: Vec<Slot>,
    rules: Vec<Rule>,
    scenes: Vec<Scene>,
    /// Turns that may follow in any scene.
    followups: Vec<Followup>,
    /// Where the value of [`NEGATIVE`] stands.
    negative: Option<usize>,
}

impl Grammar {
    /// Reads the table `[grammar]`. Phrases may use `names`, and calls the `tools`, which are described in the OpenAI
    /// form. All faults are told.
    pub fn compile(source: &Node, names: &[Name], tools: &[Value]) -> Result<Grammar, Vec<Fault>> {
        let mut compiler = Compiler::new(names, tools);
        let known =
            ["slots", "rules", "scene", "user", "assistant", "call", "negative", "followup"];
        compiler.only(source, "grammar", &known);
        if let Some(slots) = source.get("slots") {
            compiler.slots(slots);
        }
        if let Some(rules) = source.get("rules") {
            compiler.rules(rules);
        }
        let scenes = compiler.scenes(source);
        let followups = compiler.followups(source, "grammar", false);
        if compiler.faults.is_empty() {
            compiler.uncovered_axes(source, &scenes);
        }
        if !compiler.faults.is_empty() {
            compiler.faults.sort();
            return Err(compiler.faults);
        }
        let negative = names.iter().position(|name| name.name == NEGATIVE);
        let Compiler { slots, rules, .. } = compiler;
        Ok(Grammar { slots, rules, scenes, followups, negative })
    }

    /// A conversation with so many turns of the user, and nothing beside it. `values` are those of the names that the grammar was compiled
    /// with, in their order. An error says why there is none.
    pub fn draft(&self, values: &[&str], turns: u32, draw: &mut Draw) -> Result<Draft, String> {
        let negative = self.is_negative(values);
        let turns = turns.max(1) as usize;
        let scene = self.scene(values, negative, turns, draw)?;
        let mut script = Script {
            expansion: Expansion::new(self, values, draw),
            messages: Vec::with_capacity(2 * turns + 1),
        };
        script.turn(&scene.first)?;
        let mut open: Vec<&Followup> = Vec::new();
        if turns > 1 {
            open.extend(
                scene.followups.iter().filter(|followup| followup.when.holds(values, negative)),
            );
        }
        let ordered = if scene.in_order { open.len() } else { 0 };
        if turns > 1 {
            open.extend(
                self.followups.iter().filter(|followup| followup.when.holds(values, negative)),
            );
        }
        for turn in 2..=turns {
            let place = if turn - 2 < ordered {
                Some(0)
            } else {
                let fits = |followup: &&Followup| f64::from(!followup.last || turn == turns);
                let weights: Vec<f64> = open.iter().map(fits).collect();
                script.expansion.draw().weighted(&weights)
            };
            let Some(place) = place.filter(|place| *place < open.len()) else {
                return Err(format!("the grammar has nothing to follow turn {}", turn - 1));
            };
            script.turn(&open.remove(place).turn)?;
        }
        Ok(Draft { messages: script.messages, ..Draft::default() })
    }

    /// Most turns of the user that any conversation can have.
    pub fn most_turns(&self) -> u32 {
        let most = self.scenes.iter().map(|scene| {
            let negative = scene.when.negative;
            let common =
                self.followups.iter().filter(|followup| followup.when.negative == negative);
            room(scene.followups.iter().chain(common))
        });
        most.max().unwrap_or_default() as u32
    }

    /// Whether there is a scene for these values that can go on for so many turns.
    pub fn covers(&self, values: &[&str], turns: u32) -> bool {
        let turns = turns.max(1) as usize;
        self.weights(values, self.is_negative(values), turns).iter().any(|weight| *weight > 0.0)
    }

    fn is_negative(&self, values: &[&str]) -> bool {
        self.negative.and_then(|at| values.get(at)) == Some(&"true")
    }

    /// The weights of the scenes for these values, 0 of those that cannot go on for so many turns.
    fn weights(&self, values: &[&str], negative: bool, turns: usize) -> Vec<f64> {
        let fits = |followup: &&Followup| followup.when.holds(values, negative);
        let weigh = |scene: &Scene| {
            let followups = || scene.followups.iter().chain(&self.followups).filter(fits);
            let long = turns == 1 || room(followups()) >= turns;
            if long && scene.when.holds(values, negative) { scene.weight } else { 0.0 }
        };
        self.scenes.iter().map(weigh).collect()
    }

    /// A scene for these values that can go on for so many turns.
    fn scene(
        &self,
        values: &[&str],
        negative: bool,
        turns: usize,
        draw: &mut Draw,
    ) -> Result<&Scene, String> {
        let place = draw.weighted(&self.weights(values, negative, turns));
        place.and_then(|place| self.scenes.get(place)).ok_or_else(|| {
            let kind = if negative { "negative " } else { "" };
            let values = values.join(", ");
            format!("the grammar has no {kind}scene of {turns} turns for {values}")
        })
    }
}

/// Turns of a conversation that these may follow.
fn room<'f>(followups: impl Iterator<Item = &'f Followup>) -> usize {
    let (mut between, mut last) = (0, 0);
    for followup in followups {
        if followup.last { last = 1 } else { between += 1 }
    }
    1 + between + last
}

impl Compiler<'_> {
    /// Faults of values of axes for which there is no scene, and of a grammar without any.
    fn uncovered_axes(&mut self, grammar: &Node, scenes: &[Scene]) {
        if scenes.is_empty() {
            return self.fault(
                grammar,
                "grammar",
                "there is nothing to say: no `user` and `assistant`, and no scene",
            );
        }
        let names = self.names;
        let asked = names.iter().filter(|name| name.name == NEGATIVE);
        let wanted: Vec<bool> =
            asked.flat_map(|name| name.values.iter().map(|v| v == "true")).collect();
        for negative in [false, true] {
            if negative && !wanted.contains(&true) {
                continue;
            }
            let mut of_kind =
                scenes.iter().filter(|scene| scene.when.negative == negative).peekable();
            if of_kind.peek().is_none() {
                let kind = if negative { "with negative = true" } else { "without negative" };
                self.fault(grammar, "grammar", format!("there is no scene {kind}"));
                continue;
            }
            let of_kind: Vec<&Scene> = of_kind.collect();
            for (axis, name) in names.iter().enumerate().filter(|(_, name)| name.name != NEGATIVE) {
                for value in &name.values {
                    let meant = |scene: &&Scene| {
                        scene
                            .when
                            .axes
                            .iter()
                            .all(|(of, values)| *of != axis || values.contains(value))
                    };
                    if !of_kind.iter().any(meant) {
                        let kind = if negative { "negative scene" } else { "scene" };
                        let reason = format!("there is no {kind} for {} = {value}", name.name);
                        self.fault(grammar, "grammar", reason);
                    }
                }
            }
        }
    }
}

/// A conversation that is being written.
struct Script<'g, 'd> {
    expansion: Expansion<'g, 'd>,
    messages: Vec<Said>,
}

impl<'g> Script<'g, '_> {
    fn turn(&mut self, turn: &'g Turn) -> Result<(), String> {
        let user = self.expansion.message(turn.user)?;
        self.messages.push(Said::User(user));
        let mut rest = turn.calls.as_slice();
        while let Some((first, others)) = rest.split_first() {
            let together = others.iter().take_while(|call| call.together).count();
            let (with_it, later) = others.split_at(together);
            self.calls(std::iter::once(first).chain(with_it))?;
            rest = later;
        }
        let assistant = self.expansion.message(turn.assistant)?;
        self.messages.push(Said::Assistant(assistant));
        Ok(())
    }

    fn calls(&mut self, shapes: impl Iterator<Item = &'g CallShape>) -> Result<(), String> {
        let (mut calls, mut results) = (Vec::new(), Vec::new());
        for shape in shapes {
            let arguments = self.expansion.json(&shape.arguments)?;
            let id = self.id();
            let content = match self.expansion.json(&shape.result)? {
                Value::String(text) if matches!(shape.result, Shape::Text(_)) => text,
                value => value.to_string(),
            };
            results.push(Said::Result { id: id.clone(), content });
            calls.push(Call { id, name: shape.tool.clone(), arguments });
        }
        self.messages.push(Said::Calls(calls));
        self.messages.append(&mut results);
        Ok(())
    }

    /// The name of a call. Mistral takes only nine letters and digits.
    fn id(&mut self) -> String {
        const OF: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        let draw = self.expansion.draw();
        (0..9).filter_map(|_| draw.choose(OF)).map(|byte| char::from(*byte)).collect()
    }
}

#[cfg(test)]
pub(crate) mod reading;
#[cfg(test)]
mod tests;
