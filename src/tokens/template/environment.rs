//! The template engine, set up to give what Jinja2 gives in the transformers library.

use std::fmt;

use minijinja::value::{Kwargs, Rest, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, syntax::SyntaxConfig};

use super::date::{self, Moment};
use super::{json, methods, room};

/// What `raise_exception` was called with: the template refuses the conversation.
#[derive(Debug)]
pub(super) struct Raised(pub(super) String);

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Raised {}

/// An engine without templates. `moment` is the present for templates that ask.
pub(super) fn environment(moment: Moment) -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_fuel(Some(room::FUEL));
    let mut syntax = SyntaxConfig::builder();
    environment.set_syntax(syntax.trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_unknown_method_callback(methods::call);
    environment.set_formatter(|out, _, value| {
        match value.as_str() {
            Some(text) => out.write_str(text)?,
            None => {
                let mut text = String::new();
                json::push_str(value, &mut text)?;
                out.write_str(&text)?;
            }
        }
        Ok(())
    });
    functions(&mut environment, moment);
    filters(&mut environment);
    tests(&mut environment);
    Ok(environment)
}

fn functions(environment: &mut Environment<'static>, moment: Moment) {
    environment.add_function("raise_exception", |reason: &Value| -> Result<Value, Error> {
        let mut text = String::new();
        json::push_str(reason, &mut text)?;
        Err(Error::new(ErrorKind::InvalidOperation, "raised").with_source(Raised(text)))
    });
    environment.add_function("strftime_now", move |format: &str| -> Result<String, Error> {
        room::check_growth(format.len(), date::LONGEST)?;
        Ok(moment.format(format))
    });
}

fn filters(environment: &mut Environment<'static>) {
    environment.add_filter("tojson", |value: &Value, args: Rest<Value>, named: Kwargs| {
        json::tojson(value, &args, &named)
    });
    environment.add_filter("string", |value: &Value| -> Result<String, Error> {
        let mut text = String::new();
        json::push_str(value, &mut text)?;
        Ok(text)
    });
    environment.add_filter("join", room::join);
    environment.add_filter("format", room::format);
    environment.add_filter("trim", |value: &Value, chars: Option<&str>| -> Result<Value, Error> {
        let mut text = String::new();
        let whole = match value.as_str() {
            Some(whole) => whole,
            None => {
                json::push_str(value, &mut text)?;
                &text
            }
        };
        Ok(Value::from(methods::strip(whole, chars, true, true)))
    });
}

/// Tests that Jinja2 makes by what a Python object can do, not by its type.
fn tests(environment: &mut Environment<'static>) {
    use ValueKind::{Iterable, Map, Number, Seq, String, Undefined};
    environment.add_test("sequence", |value: &Value| {
        matches!(value.kind(), Iterable | Map | Seq | String | Undefined)
    });
    environment.add_test("iterable", |value: &Value| {
        matches!(value.kind(), Iterable | Map | Seq | String | Undefined)
    });
    // In Python a truth value is a number.
    environment
        .add_test("number", |value: &Value| matches!(value.kind(), Number | ValueKind::Bool));
}
