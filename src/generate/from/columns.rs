//! How columns and keys become messages, by templates.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use minijinja::value::{Enumerator, Object, ObjectRepr, Rest, Value};
use minijinja::{Environment, ErrorKind, State, filters};
use serde_json::Map;

use crate::error::Result;
use crate::record::text::{QUOTE_BYTES, quote};

use super::engine::{add, environment, reason};

/// What columns or keys become.
pub(super) struct Columns {
    environment: Environment<'static>,
    /// The names that the templates use.
    used: Vec<String>,
    /// One of them uses all columns as `row`.
    uses_row: bool,
}

/// The names of the two templates in messages.
const NAMES: [&str; 2] = ["--user", "--assistant"];

impl Columns {
    /// The templates as they were typed.
    pub(super) fn new(user: &str, assistant: &str) -> Result<Columns> {
        let mut environment = environment();
        for name in ["default", "d"] {
            environment.add_filter(name, |state: &State, value: &Value, args: Rest<Value>| {
                forget(state);
                filters::default(state, value, args)
            });
        }
        for (name, is_undefined) in [("defined", false), ("undefined", true)] {
            environment.add_test(name, move |state: &State, value: &Value| {
                forget(state);
                value.is_undefined() == is_undefined
            });
        }
        let mut used = add(&mut environment, NAMES[0], user)?;
        used.extend(add(&mut environment, NAMES[1], assistant)?);
        let uses_row = used.iter().any(|name| name == "row");
        used.retain(|name| name != "row");
        used.sort();
        used.dedup();
        Ok(Columns { environment, used, uses_row })
    }

    /// A name that a template uses and that there is not.
    pub(super) fn missing(&self, there: &[String]) -> Option<&str> {
        self.used.iter().find(|name| !there.contains(name)).map(String::as_str)
    }

    /// Whether a template sees this column.
    pub(super) fn uses(&self, name: &str) -> bool {
        self.uses_row || self.used.iter().any(|used| used == name)
    }

    /// What user and assistant say of a row, whose values note in `absent` what they lack. `whole` gives all of it, as
    /// it is written.
    pub(super) fn turns<'r>(
        &self,
        row: impl IntoIterator<Item = (&'r str, Value)>,
        whole: impl FnOnce() -> Map<String, serde_json::Value>,
        absent: &Absent,
    ) -> std::result::Result<[String; 2], Fault> {
        let row = row.into_iter().filter(|(name, _)| self.uses(name));
        let fields = row.map(|(name, value)| (name.to_owned(), value)).collect();
        let whole = if self.uses_row { whole() } else { Map::new() };
        let fields = Fields { fields, whole: whole.into(), absent: absent.clone() };
        let context = Value::from_object(Context { row: Arc::new(fields) });
        let turn = |name: &str| {
            let made = self.environment.get_template(name).and_then(|one| one.render(&context));
            made.map_err(|error| absent.fault(name, &error))
        };
        Ok([turn(NAMES[0])?, turn(NAMES[1])?])
    }
}

/// What was sought last may be missing: a template says what then. Looking for anything in the context forgets it.
fn forget(state: &State) {
    state.lookup("");
}

/// Why templates make nothing of a row.
#[derive(Debug, PartialEq)]
pub(super) enum Fault {
    /// The row has nothing of this name.
    Missing(String),
    Other(String),
}

/// What a template looked for last, where it is not there: the engine does not say what is undefined.
#[derive(Debug, Clone, Default)]
pub(super) struct Absent(Arc<Mutex<Option<Sought>>>);

#[derive(Debug)]
enum Sought {
    InRow(String),
    Within(String),
}

impl Absent {
    fn note(&self, sought: Option<Sought>) {
        if let Ok(mut last) = self.0.lock() {
            *last = sought;
        }
    }

    /// What is wrong, where this template fails so.
    fn fault(&self, template: &str, error: &minijinja::Error) -> Fault {
        let sought = self.0.lock().ok().and_then(|mut last| last.take());
        let sought = sought.filter(|_| error.kind() == ErrorKind::UndefinedError);
        let why = format!("{template}: {}", reason(error));
        match sought {
            Some(Sought::InRow(name)) => Fault::Missing(name),
            Some(Sought::Within(name)) => {
                Fault::Other(format!("{why}: there is no {} in it", quote(&name, QUOTE_BYTES)))
            }
            None => Fault::Other(why),
        }
    }
}

/// What templates see: the fields by their names, and all of them as `row`.
#[derive(Debug)]
struct Context {
    row: Arc<Fields>,
}

impl Object for Context {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.row.absent.note(None);
        let name = key.as_str()?;
        let whole = || (name == "row").then(|| Value::from_dyn_object(Arc::clone(&self.row)));
        self.row.fields.get(name).cloned().or_else(whole)
    }
}

/// The fields of a row.
#[derive(Debug)]
struct Fields {
    fields: BTreeMap<String, Value>,
    /// The row as it is written.
    whole: serde_json::Value,
    absent: Absent,
}

impl Object for Fields {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let found = key.as_str().and_then(|name| self.fields.get(name)).cloned();
        self.absent.note(found.is_none().then(|| Sought::InRow(key.to_string())));
        found
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.fields.keys().map(Value::from).collect())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.whole)
    }
}

/// A list or an object of a record: a template sees what is in it, and writes it as it stands in the record.
#[derive(Debug)]
struct Json(serde_json::Value, Absent);

/// A value as a template sees it. Numbers keep their text.
pub(super) fn for_template(value: &serde_json::Value, absent: &Absent) -> Value {
    match value {
        serde_json::Value::Null => Value::from(""),
        serde_json::Value::Bool(yes) => Value::from(*yes),
        serde_json::Value::Number(number) => Value::from(number.to_string()),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        of_many => Value::from_object(Json(of_many.clone(), absent.clone())),
    }
}

impl Object for Json {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        if self.0.is_array() { ObjectRepr::Seq } else { ObjectRepr::Map }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let found = match &self.0 {
            serde_json::Value::Array(items) => key.as_usize().and_then(|at| items.get(at)),
            object => key.as_str().and_then(|name| object.get(name)),
        };
        self.1.note(found.is_none().then(|| Sought::Within(key.to_string())));
        found.map(|value| for_template(value, &self.1))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match &self.0 {
            serde_json::Value::Array(items) => Enumerator::Seq(items.len()),
            object => {
                let keys = object.as_object().into_iter().flat_map(|members| members.keys());
                Enumerator::Values(keys.map(Value::from).collect())
            }
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_by_templates() {
        let columns = Columns::new("{{ q }}", "{{ row['the answer'] }}!").unwrap();
        assert_eq!(
            turns(&columns, &["q", "the answer"]),
            Ok(["Q", "THE ANSWER!"].map(str::to_owned))
        );
        assert_eq!(columns.missing(&["x".to_owned()]), Some("q"));
        let endless = Columns::new(
            "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
            "",
        );
        let Err(Fault::Other(why)) = turns(&endless.unwrap(), &[]) else { panic!("it ended") };
        assert!(why.contains("fuel"), "{why}");
    }

    #[test]
    fn what_is_not_in_the_row_is_named() {
        let there = ["q", "a"];
        for assistant in [
            "{{ row['nope'] }}",
            "{{ row.nope }}",
            "{{ row['nope'] | upper }}",
            "{{ row['no' ~ 'pe'] }}",
            "{% for x in row.nope %}{% endfor %}",
            "{{ row.other | default('') }}{{ row.nope }}",
        ] {
            let columns = Columns::new("{{ q }}", assistant).unwrap();
            let wanted = Fault::Missing("nope".to_owned());
            assert_eq!(turns(&columns, &there), Err(wanted), "{assistant}");
        }
        for (assistant, wanted) in [
            ("{{ row['nope'] | default('-') }}", "-"),
            ("{% if row.nope is defined %}x{% else %}y{% endif %}", "y"),
            ("{% for name in row %}{{ name }}={{ row[name] }} {% endfor %}", "a=A q=Q "),
            ("{{ row | length }}", "2"),
        ] {
            let columns = Columns::new("{{ q }}", assistant).unwrap();
            assert_eq!(turns(&columns, &there).map(|[_, said]| said), Ok(wanted.to_owned()));
        }
        let own = Columns::new("{{ row.x | default('') }}", "{{ q.x }}").unwrap();
        let wanted = Fault::Other("--assistant: undefined value".to_owned());
        assert_eq!(turns(&own, &there), Err(wanted), "what was sought before is forgotten");
        for (assistant, wanted) in [
            (
                "{% for x in q %}{{ row.zz | default('') }}{{ x.foo }}{% endfor %}",
                "undefined value",
            ),
            ("{% if row.zz is undefined %}{{ q.foo }}{% endif %}", "undefined value"),
        ] {
            let wanted = Fault::Other(format!("--assistant: {wanted}"));
            assert_eq!(turns(&Columns::new("", assistant).unwrap(), &there), Err(wanted));
        }
        let whole = Columns::new("{{ row }}", "{{ row.q }}").unwrap();
        let written = r#"{"q":"Q","a":"A"}"#;
        assert_eq!(turns(&whole, &there), Ok([written, "Q"].map(str::to_owned)));
        let named_so = Columns::new("{{ row }}", "{{ q }}").unwrap();
        assert_eq!(turns(&named_so, &["row", "q"]).unwrap()[0], "ROW");
    }

    /// What templates make of a row of these names, whose values are the names in capitals.
    fn turns(columns: &Columns, names: &[&str]) -> std::result::Result<[String; 2], Fault> {
        let row = names.iter().map(|name| (*name, Value::from(name.to_uppercase())));
        let whole = || names.iter().map(|name| (name.to_string(), name.to_uppercase().into()));
        columns.turns(row, || whole().collect(), &Absent::default())
    }
}
