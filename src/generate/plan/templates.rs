//! Templates of a plan: the engine that fills them in, and the check that they name only what there is.

use minijinja::{Environment, UndefinedBehavior};

use crate::generate::node::Fault;

use super::check::{Faults, nearest, shown};
use super::names::TOOL_NAMES;

/// Steps that one template may take; a prompt with a hundred examples in it takes some thousand.
const FUEL: u64 = 1_000_000;

/// The engine: a name that is not there is an error, nothing is escaped, no other file is read.
pub fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    environment
}

/// A template that stands in the plan.
#[derive(Debug, Clone)]
pub struct Template {
    /// The line, from 1.
    pub line: usize,
    /// The key, which the prompts of `system.prompts` share.
    pub key: String,
    /// What is filled in.
    pub text: String,
}

impl Template {
    /// What is wrong with it, as the engine tells.
    pub fn fault(&self, error: &minijinja::Error, suggestion: &str) -> Fault {
        let place = error.line().filter(|line| *line > 1);
        let place = place.map(|line| format!("line {line} of the template: ")).unwrap_or_default();
        let reason = error.detail().map_or_else(|| error.to_string(), str::to_owned);
        Fault {
            line: self.line,
            key: self.key.clone(),
            reason: format!("{place}{reason}"),
            suggestion: Some(suggestion.to_owned()),
        }
    }
}

/// Adds a fault for each template that cannot be read or that names what is not there; `names` are those of the axes.
pub(super) fn check(templates: &[Template], names: &[String], faults: &mut Faults) {
    let environment = environment();
    let globals: Vec<String> = environment.globals().map(|(name, _)| name.to_owned()).collect();
    for template in templates {
        let read = match environment.template_from_str(&template.text) {
            Ok(read) => read,
            Err(error) => {
                faults.0.push(template.fault(&error, "a name stands as {{ name }}"));
                continue;
            }
        };
        let mut unknown: Vec<String> = read
            .undeclared_variables(false)
            .into_iter()
            .filter(|name| !names.contains(name) && !globals.contains(name))
            .filter(|name| !TOOL_NAMES.iter().any(|known| known.name == name))
            .collect();
        unknown.sort();
        for name in unknown {
            faults.0.push(unknown_name(template.line, &template.key, &name, names));
        }
    }
}

fn unknown_name(line: usize, key: &str, name: &str, axes: &[String]) -> Fault {
    let tool = TOOL_NAMES.iter().map(|known| known.name);
    let known: Vec<&str> = axes.iter().map(String::as_str).chain(tool).collect();
    let advice = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("known: {}", known.join(", ")),
    };
    let reason = format!("names {}, which is no axis and not set by the tool", shown(name));
    Fault { line, key: key.to_owned(), reason, suggestion: Some(advice) }
}
