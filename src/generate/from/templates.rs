//! Templates: how a question about a section is worded, and how columns become messages.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr, Value, ValueKind};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, escape_formatter};

use crate::error::{Error, Result};
use crate::generate::draw::Draw;
use crate::record::text::{QUOTE_BYTES, quote};

/// Steps that a template may take for one message, so that a loop in one ends. A column takes three.
const FUEL: u64 = 100_000;

/// Wordings for a heading that stands alone.
const ALONE: [&str; 5] = [
    "What should I know about {{ heading }}?",
    "Can you explain this to me: {{ heading }}?",
    "Tell me about {{ heading }}.",
    "Please explain: {{ heading }}",
    "I have a question about {{ heading }}.",
];

/// Wordings for a heading below others, which may not say enough by itself.
const BELOW: [&str; 5] = [
    "{{ title }}: what should I know about {{ heading }}?",
    "Can you explain {{ heading }} to me? It is about {{ title }}.",
    "Tell me about {{ heading }} ({{ title }}).",
    "About {{ title }}: please explain {{ heading }}.",
    "I have a question about {{ heading }} in {{ title }}.",
];

/// Wordings for a heading that begins with `How to`, of which `{{ way }}` is the rest.
const WAY: [&str; 4] = [
    "How do I {{ way }}?",
    "How can I {{ way }}?",
    "Please tell me how to {{ way }}.",
    "I need to {{ way }}. How does that work?",
];

/// Templates that are alike in what they are for, of which one is drawn.
pub(super) struct Templates {
    environment: Environment<'static>,
    /// Names of the templates: for a heading alone, one below others, one that tells a way.
    sets: [Vec<String>; 3],
}

/// A heading that is asked about.
pub(super) struct Topic<'t> {
    pub heading: &'t str,
    /// The first heading of the document, if another one.
    pub title: &'t str,
    /// The headings above it.
    pub parents: &'t str,
    /// Other sections of the document have the same heading, so that it says too little by itself.
    pub is_shared: bool,
}

impl Templates {
    /// The wordings that stand here.
    pub(super) fn usual() -> Result<Templates> {
        let mut environment = environment();
        let mut sets = [Vec::new(), Vec::new(), Vec::new()];
        for (at, lines) in [&ALONE[..], &BELOW, &WAY].into_iter().enumerate() {
            for line in lines {
                add(&mut environment, line, line)?;
                sets[at].push((*line).to_owned());
            }
        }
        Ok(Templates { environment, sets })
    }

    /// The templates of a file, one a line; blank lines and those that begin with # are none.
    pub(super) fn of_lines(name: &str, text: &str) -> Result<Templates> {
        let mut environment = environment();
        let mut set = Vec::new();
        for (number, line) in (1..).zip(text.lines().map(str::trim)) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let place = format!("{name}:{number}");
            let unknown = add(&mut environment, &place, line)?
                .into_iter()
                .find(|name| !["heading", "title", "parents"].contains(&name.as_str()));
            if let Some(unknown) = unknown {
                let unknown = quote(&unknown, QUOTE_BYTES);
                let what = format!("{place}: no {unknown}; there are heading, title and parents");
                return Err(Error::Unfit(what));
            }
            set.push(place);
        }
        match set.is_empty() {
            true => Err(Error::Unfit(format!("{name}: there is no template in it"))),
            false => Ok(Templates { environment, sets: [set.clone(), set.clone(), set] }),
        }
    }

    /// The question about a topic: the heading itself if it is one.
    pub(super) fn question(
        &self,
        topic: &Topic<'_>,
        draw: &mut Draw,
    ) -> std::result::Result<String, String> {
        let needs_place = topic.is_shared && !topic.parents.is_empty();
        if topic.heading.ends_with('?') {
            return Ok(match needs_place {
                true => format!("{}: {}", topic.parents, topic.heading),
                false => topic.heading.to_owned(),
            });
        }
        let way = topic.heading.get(..7).filter(|start| start.eq_ignore_ascii_case("how to "));
        let way = way.map_or(String::new(), |start| small(&topic.heading[start.len()..]));
        let set = match (way.is_empty(), topic.title.is_empty()) {
            (false, _) if !needs_place => &self.sets[2],
            (_, true) => &self.sets[0],
            (_, false) => &self.sets[1],
        };
        let title = if needs_place { topic.parents } else { topic.title };
        let name = draw.choose(set).map_or("", String::as_str);
        let context = [
            ("heading", Value::from(topic.heading)),
            ("title", Value::from(title)),
            ("parents", Value::from(topic.parents)),
            ("way", Value::from(way)),
        ];
        let context: Value = context.into_iter().collect::<BTreeMap<_, _>>().into();
        let made = self.environment.get_template(name).and_then(|one| one.render(context));
        made.map_err(|error| format!("the template fails: {}", reason(&error)))
    }
}

/// A text with its first letter small, unless it begins with a name or an abbreviation in capitals.
fn small(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(text.chars().skip(1)).collect()
        }
        _ => text.to_owned(),
    }
}

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

    /// What user and assistant say of a row.
    pub(super) fn turns<'r>(
        &self,
        row: impl IntoIterator<Item = (&'r str, Value)>,
    ) -> std::result::Result<[String; 2], String> {
        let row = row.into_iter().filter(|(name, _)| self.uses(name));
        let mut fields: BTreeMap<&str, Value> = row.collect();
        if self.uses_row {
            let whole = Value::from(fields.clone());
            fields.entry("row").or_insert(whole);
        }
        let context = Value::from(fields);
        let turn = |name: &str| {
            let made = self.environment.get_template(name).and_then(|one| one.render(&context));
            made.map_err(|error| format!("{name}: {}", reason(&error)))
        };
        Ok([turn(NAMES[0])?, turn(NAMES[1])?])
    }
}

fn environment() -> Environment<'static> {
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

/// A list or an object of a record: a template sees what is in it, and writes it as it stands in the record.
#[derive(Debug)]
struct Json(serde_json::Value);

/// A value as a template sees it. Numbers keep their text.
pub(super) fn for_template(value: &serde_json::Value) -> Value {
    match value {
        serde_json::Value::Null => Value::from(""),
        serde_json::Value::Bool(yes) => Value::from(*yes),
        serde_json::Value::Number(number) => Value::from(number.to_string()),
        serde_json::Value::String(text) => Value::from(text.as_str()),
        of_many => Value::from_object(Json(of_many.clone())),
    }
}

impl Object for Json {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        if self.0.is_array() { ObjectRepr::Seq } else { ObjectRepr::Map }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let found = match &self.0 {
            serde_json::Value::Array(items) => items.get(key.as_usize()?),
            object => object.get(key.as_str()?),
        };
        found.map(for_template)
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

/// Adds a template, and gives the names that it uses.
fn add(environment: &mut Environment<'static>, name: &str, text: &str) -> Result<Vec<String>> {
    let fail = |error: minijinja::Error| Error::Unfit(format!("{name}: {}", reason(&error)));
    environment.add_template_owned(name.to_owned(), text.to_owned()).map_err(fail)?;
    let template = environment.get_template(name).map_err(fail)?;
    Ok(template.undeclared_variables(false).into_iter().collect())
}

/// What the engine says, without the name and line, which are said already.
fn reason(error: &minijinja::Error) -> String {
    match error.detail() {
        Some(detail) => format!("{}: {detail}", error.kind()),
        None => error.kind().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::draw::Purpose;

    fn asked(templates: &Templates, heading: &str, title: &str) -> Vec<String> {
        let topic = Topic { heading, title, parents: title, is_shared: false };
        let one =
            |n| templates.question(&topic, &mut Draw::new(0, n, 0, Purpose::Phrasing)).unwrap();
        let mut all: Vec<String> = (0..100).map(one).collect();
        all.sort();
        all.dedup();
        all
    }

    #[test]
    fn a_heading_becomes_a_question_in_several_wordings() {
        let usual = Templates::usual().unwrap();
        assert_eq!(asked(&usual, "Why?", "T"), ["Why?"]);
        assert!(asked(&usual, "How to Reset it", "T").contains(&"How do I reset it?".to_owned()));
        assert!(asked(&usual, "Limits", "").contains(&"Tell me about Limits.".to_owned()));
        assert!(asked(&usual, "Limits", "T").contains(&"Tell me about Limits (T).".to_owned()));
        assert_eq!(small("SSL and TLS"), "SSL and TLS");
    }

    #[test]
    fn own_templates_are_checked_when_they_are_read() {
        let own = Templates::of_lines("t", "# mine\n\n{{ heading }}, {{ title }}!\n").unwrap();
        assert_eq!(asked(&own, "A", "B"), ["A, B!"]);
        for (text, why) in [
            ("{{ head }}", "t:1: no \"head\"; there are heading, title and parents"),
            ("\n{{ heading", "t:2: syntax error"),
            ("\n# none\n", "t: there is no template in it"),
        ] {
            let error = Templates::of_lines("t", text).err().map(|error| error.to_string());
            assert!(error.as_ref().is_some_and(|error| error.starts_with(why)), "{error:?}");
        }
    }

    #[test]
    fn columns_are_named_by_templates() {
        let columns = Columns::new("{{ q }}", "{{ row['the answer'] }}!").unwrap();
        let row = [("q", "Q"), ("the answer", "A")].map(|(k, v)| (k, Value::from(v)));
        assert_eq!(columns.turns(row), Ok(["Q".to_owned(), "A!".to_owned()]));
        assert_eq!(columns.missing(&["x".to_owned()]), Some("q"));
        let fails = columns.turns([("q", Value::from("Q"))]).unwrap_err();
        assert!(fails.starts_with("--assistant: undefined value"), "{fails}");
        let endless = Columns::new(
            "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
            "",
        );
        assert!(endless.unwrap().turns([]).unwrap_err().contains("fuel"));
    }
}
