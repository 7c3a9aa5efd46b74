//! The engine of templates, as both kinds of them use it.

use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, escape_formatter};

use crate::error::{Error, Result};

/// Steps that a template may take for one message, so that a loop in one ends. A column takes three.
const FUEL: u64 = 100_000;

/// An engine in which what is not there is a fault.
pub(super) fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_formatter(|out, state, value| match value.kind() {
        // As the document has it, and not as Python writes it.
        ValueKind::Bool => Ok(write!(out, "{}", value.is_true())?),
        _ => escape_formatter(out, state, value),
    });
    environment
}

/// Adds a template, and gives the names that it uses.
pub(super) fn add(
    environment: &mut Environment<'static>,
    name: &str,
    text: &str,
) -> Result<Vec<String>> {
    let fail = |error: minijinja::Error| Error::Unfit(format!("{name}: {}", reason(&error)));
    environment.add_template_owned(name.to_owned(), text.to_owned()).map_err(fail)?;
    let template = environment.get_template(name).map_err(fail)?;
    Ok(template.undeclared_variables(false).into_iter().collect())
}

/// What the engine says, without the name and line, which are said already.
pub(super) fn reason(error: &minijinja::Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}
