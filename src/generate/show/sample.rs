//! Requests as they would be sent, and examples as phrases would make them: what a plan really asks for is seen
//! best in what it makes.

use crate::error::{Error, Result};
use crate::generate::backend::Role;
use crate::generate::draft::Said;
use crate::generate::draw::{Draw, Purpose};
use crate::generate::example::Example;
use crate::generate::grammar::Grammar;
use crate::generate::plan::{BackendKind, Cells, Plan};
use crate::generate::prompt::{Prompts, Shots, Steering};

/// Makes samples of a plan.
pub(super) struct Samples<'p> {
    plan: &'p Plan,
    cells: &'p Cells,
    prompts: Prompts<'p>,
    /// Examples are made of phrases; otherwise a model is asked.
    grammar: Option<&'p Grammar>,
}

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

    fn example(&self, slot: u64) -> Example {
        let cell = self.cells.cell_of(slot);
        let bindings = self.cells.bindings(self.plan, cell, slot, 0);
        Example { slot, attempt: 0, cell, turns: self.cells.turns_of(slot), bindings }
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
            let together =
                if self.plan.prompt.verbalized { 1 } else { self.plan.prompt.per_request as u64 };
            let slots = slot..(slot + together.max(1)).min(self.plan.count.max(slot + 1));
            let examples: Vec<Example> = slots.map(|slot| self.example(slot)).collect();
            self.prompts.request(&examples, &steering, true)
        };
        let request = request.map_err(Error::Unfit)?;
        Ok(request.messages.iter().map(|(role, text)| told(*role, text)).collect())
    }

    fn made(&self, grammar: &Grammar, example: &Example) -> Result<String> {
        let mut draw = Draw::new(self.plan.seed, example.slot, example.attempt, Purpose::Grammar);
        let values: Vec<&str> = example.bindings.iter().map(|(_, value)| value).collect();
        let draft = grammar.draft(&values, example.turns, &mut draw).map_err(Error::Unfit)?;
        let mut text = String::new();
        if let Some(system) = self.prompts.system(example).map_err(Error::Unfit)? {
            text.push_str(&told(Role::System, &system));
        }
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
