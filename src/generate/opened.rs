//! A plan as every command opens it: read, with all its faults told.

use std::io::{Read, Write};
use std::path::Path;

use crate::cli::report::plural;
use crate::cli::terminal::sanitize;
use crate::error::{Error, Result};
use crate::record::text::{QUOTE_BYTES, quote};

use super::example::{Example, TRIED};
use super::grammar::{Grammar, NEGATIVE, Name};
use super::node::{Fault, Node};
use super::plan::{Approval, BackendKind, Cells, Plan, Values, is_approved};
use super::prompt;

/// A plan, with the phrases of its backend `template`.
#[derive(Debug)]
pub struct Opened {
    /// The plan.
    pub plan: Plan,
    /// Its phrases, if examples may be made of them.
    pub grammar: Option<Grammar>,
    /// Its cells.
    pub cells: Cells,
}

/// Opens the plan at `path`; `-` is standard input. If it has faults, they are told on standard error, and there is
/// none.
pub fn open(path: &Path) -> Result<Option<Opened>> {
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    match path.as_os_str() == "-" {
        true => std::io::stdin().lock().read_to_end(&mut bytes),
        false => std::fs::read(path).map(|read| bytes = read).map(|()| 0),
    }
    .map_err(|source| Error::Open { name: name.clone(), source })?;
    match read(path, &bytes) {
        Ok(opened) => Ok(Some(opened)),
        Err(faults) => {
            let mut text = String::new();
            for fault in faults {
                text += &format!("chatml-gen: {}\n", sanitize(&fault.told(&name)));
            }
            // A closed standard error is no reason to fail otherwise.
            let _ = std::io::stderr().write_all(text.as_bytes());
            Ok(None)
        }
    }
}

/// Trouble unless the plan at `path` was approved as it is.
pub fn require_approval(path: &Path, plan: &Plan) -> Result<()> {
    let name = path.display();
    match is_approved(plan, path) {
        Approval::Yes => Ok(()),
        Approval::No => Err(Error::Unfit(format!(
            "{name}: nobody has approved this plan; look at it with `chatml-gen plan {name}`, then \
             `chatml-gen approve {name}` (or run it with --yes)"
        ))),
        Approval::Changed(what) => Err(Error::Unfit(format!(
            "{name}: {what} has changed since the plan was approved; `chatml-gen approve {name}` approves it anew \
             (or run it with --yes)"
        ))),
    }
}

/// Reads a plan and its phrases.
pub fn read(path: &Path, bytes: &[u8]) -> std::result::Result<Opened, Vec<Fault>> {
    let plan = Plan::read(path, bytes)?;
    let speaks = plan.backends.iter().any(|of| matches!(of.kind, BackendKind::Template));
    let grammar = match &plan.grammar {
        Some(grammar) if speaks => Some(Grammar::compile(grammar, &names(&plan), &plan.tools)?),
        _ => None,
    };
    let most = plan.turns.iter().map(|(turns, _)| *turns).max().unwrap_or(1);
    if let (Some(grammar), Some(node)) = (&grammar, &plan.grammar)
        && grammar.most_turns() < most
    {
        return Err(vec![Fault {
            line: node.line,
            key: "grammar".to_owned(),
            reason: format!(
                "no conversation of these phrases has {most} turns, which turns.dist asks for; the longest has {}",
                grammar.most_turns()
            ),
            suggestion: Some(
                "add [[grammar.followup]], or leave long conversations out of turns.dist"
                    .to_owned(),
            ),
        }]);
    }
    let cells = plan.cells();
    if let (Some(grammar), Some(node)) = (&grammar, &plan.grammar) {
        check_scenes(&plan, &cells, grammar, node).map_err(|fault| vec![fault])?;
    }
    prompt::check(&plan, &cells).map_err(|fault| vec![fault])?;
    Ok(Opened { plan, grammar, cells })
}

/// A fault for the first example that no scene of the phrases is for.
fn check_scenes(
    plan: &Plan,
    cells: &Cells,
    grammar: &Grammar,
    node: &Node,
) -> std::result::Result<(), Fault> {
    for slot in 0..plan.count.min(TRIED) {
        let example = Example::new(plan, cells, slot, 0);
        let values: Vec<&str> = example.bindings.iter().map(|(_, value)| value).collect();
        if grammar.covers(&values, example.turns) {
            continue;
        }
        let kind = if example.is_negative() { "negative scene" } else { "scene" };
        // What is drawn for each example decides about no scene, as a rule.
        let of_cell =
            |name: &str| plan.axes.iter().any(|axis| axis.name == name && !axis.per_example);
        let named = example.bindings.iter().filter(|(name, _)| of_cell(name));
        let named: Vec<String> =
            named.map(|(name, value)| format!("{name} = {}", quote(value, QUOTE_BYTES))).collect();
        let with =
            if named.is_empty() { String::new() } else { format!(" for {}", named.join(", ")) };
        return Err(Fault {
            line: node.line,
            key: "grammar".to_owned(),
            reason: format!("there is no {kind} of {}{with}", plural(example.turns.into(), "turn")),
            suggestion: Some(
                "add one, or a [[grammar.followup]] for it, or leave it out of axes, negatives or turns.dist"
                    .to_owned(),
            ),
        });
    }
    Ok(())
}

/// What phrases may use, in the order of the values that an example has.
fn names(plan: &Plan) -> Vec<Name> {
    let mut names = Vec::new();
    for axis in &plan.axes {
        match &axis.values {
            Values::List(values) => {
                names.push(Name { name: axis.name.clone(), values: values.clone() })
            }
            Values::Tree(leaves) => {
                let values = leaves.iter().map(|(_, value)| value.clone()).collect();
                names.push(Name { name: axis.name.clone(), values });
                let mut groups: Vec<String> =
                    leaves.iter().map(|(group, _)| group.clone()).collect();
                groups.dedup();
                names.push(Name { name: format!("{}_group", axis.name), values: groups });
            }
            Values::Pattern(_) | Values::Number { .. } => {
                names.push(Name { name: axis.name.clone(), values: Vec::new() });
            }
        }
    }
    let truth = [("false", plan.task.negatives < 1.0), ("true", plan.task.negatives > 0.0)];
    let truth = truth.into_iter().filter(|(_, may)| *may).map(|(value, _)| value.to_owned());
    names.push(Name { name: NEGATIVE.to_owned(), values: truth.collect() });
    let turns = plan.turns.iter().map(|(turns, _)| turns.to_string()).collect();
    names.push(Name { name: "turns".to_owned(), values: turns });
    names
}
