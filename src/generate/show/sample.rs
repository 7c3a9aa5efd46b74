//! Requests as they would be sent, and examples as phrases would make them: what a plan really asks for is seen
//! best in what it makes.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::generate::backend::Role;
use crate::generate::draft::Said;
use crate::generate::draw::{Draw, Purpose};
use crate::generate::example::Example;
use crate::generate::grammar::Grammar;
use crate::generate::plan::{BackendKind, Cells, Plan};
use crate::generate::produce::maker::dressed;
use crate::generate::prompt::{Prompts, Shots, Steering};

/// Makes samples of a plan.
pub(super) struct Samples<'p> {
    plan: &'p Plan,
    cells: &'p Cells,
    prompts: Prompts<'p>,
    /// Examples are made of phrases; otherwise a model is asked.
    grammar: Option<&'p Grammar>,
}

/// Requests among which those are chosen that are shown: the order of the examples is balanced, so that the first ones
/// hold what the others do.
const CHOICE: u64 = 400;

/// Most samples that are chosen; of more the first ones are shown.
const CHOSEN: u64 = 100;

impl<'p> Samples<'p> {
    /// Of a plan whose first backend decides whether requests or examples are shown.
    pub(super) fn new(
        plan: &'p Plan,
        cells: &'p Cells,
        grammar: Option<&'p Grammar>,
    ) -> Result<Samples<'p>> {
        let mut shots = Shots::default();
        if let Some(path) = &plan.prompt.shots {
            shots.read(path)?;
        }
        let prompts = Prompts::new(plan, shots).map_err(Error::Unfit)?;
        let first = plan.backends.first().map(|backend| &backend.kind);
        let grammar = grammar.filter(|_| matches!(first, Some(BackendKind::Template)));
        Ok(Samples { plan, cells, prompts, grammar })
    }

    /// The slots of so many samples, in order: of the first requests those that together show most values of the axes.
    pub(super) fn slots(&self, wanted: u64) -> Vec<u64> {
        let together = self.together();
        let requests = self.plan.count.div_ceil(together);
        let wanted = wanted.min(requests);
        if wanted > CHOSEN {
            return (0..wanted).map(|request| request * together).collect();
        }
        let values = |request: u64| -> Vec<(String, String)> {
            let slots = self.asked_with(request * together);
            let of = |slot| {
                let bindings = self.example(slot).bindings;
                let pairs =
                    bindings.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
                pairs.collect::<Vec<_>>()
            };
            slots.flat_map(of).collect()
        };
        let mut left: Vec<_> =
            (0..requests.min(CHOICE)).map(|request| (request, values(request))).collect();
        let (mut shown, mut chosen) = (HashMap::new(), Vec::new());
        for _ in 0..wanted {
            // How often what it holds was shown before.
            let known = |values: &[(String, String)]| -> u64 {
                values.iter().filter_map(|value| shown.get(value)).sum()
            };
            let best = (0..left.len()).min_by_key(|at| left.get(*at).map(|of| known(&of.1)));
            let Some(best) = best else { break };
            let (request, values) = left.remove(best);
            for value in values {
                *shown.entry(value).or_insert(0) += 1;
            }
            chosen.push(request * together);
        }
        chosen.sort_unstable();
        chosen
    }

    /// Examples that one request asks for.
    fn together(&self) -> u64 {
        let prompt = &self.plan.prompt;
        match self.grammar.is_some() || prompt.turn_by_turn || prompt.verbalized {
            true => 1,
            false => (prompt.per_request as u64).max(1),
        }
    }

    /// The slots of the request that begins with this one.
    fn asked_with(&self, slot: u64) -> std::ops::Range<u64> {
        slot..(slot + self.together()).min(self.plan.count.max(slot + 1))
    }

    fn example(&self, slot: u64) -> Example {
        Example::new(self.plan, self.cells, slot, 0)
    }

    /// What stands above the sample: its values.
    pub(super) fn title(&self, slot: u64) -> String {
        let example = self.example(slot);
        let values = example.bindings.iter().map(|(name, value)| format!("{name} = {value}"));
        let what = if self.grammar.is_some() { "Example" } else { "Request" };
        format!("{what} {} ({})", slot + 1, values.collect::<Vec<_>>().join(", "))
    }

    /// The request that asks for the example of a slot, and those that are asked for with it; or the example itself.
    pub(super) fn text(&self, slot: u64) -> Result<String> {
        let example = self.example(slot);
        if let Some(grammar) = self.grammar {
            return self.made(grammar, &example);
        }
        let steering = Steering::default();
        let request = if self.plan.prompt.turn_by_turn {
            self.prompts.next_question(&example, &[], &steering, 0)
        } else {
            let examples: Vec<Example> =
                self.asked_with(slot).map(|slot| self.example(slot)).collect();
            self.prompts.request(&examples, &steering, true)
        };
        let request = request.map_err(Error::Unfit)?;
        Ok(request.messages.iter().map(|(role, text)| told(*role, text)).collect())
    }

    fn made(&self, grammar: &Grammar, example: &Example) -> Result<String> {
        let mut draw = Draw::new(self.plan.seed, example.slot, example.attempt, Purpose::Grammar);
        let values: Vec<&str> = example.bindings.iter().map(|(_, value)| value).collect();
        let draft = grammar.draft(&values, example.turns, &mut draw).map_err(Error::Unfit)?;
        let draft = dressed(self.plan, &self.prompts, example, draft).map_err(Error::Unfit)?;
        let mut text = String::new();
        for said in &draft.messages {
            text.push_str(&match said {
                Said::System(said) => told(Role::System, said),
                Said::User(said) => told(Role::User, said),
                Said::Assistant(said) => told(Role::Assistant, said),
                Said::Calls(calls) => calls
                    .iter()
                    .map(|call| {
                        told(Role::Assistant, &format!("calls {}({})", call.name, call.arguments))
                    })
                    .collect(),
                Said::Result { content, .. } => format!("[tool]\n{content}\n"),
            });
        }
        Ok(text)
    }
}

fn told(role: Role, text: &str) -> String {
    format!("[{}]\n{}\n", role.name(), text.trim_end())
}
