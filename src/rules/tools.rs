//! F: the tools a record offers, and whether calls fit them.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use crate::record::Value;
use crate::record::document::Kind as Type;

use super::finding::{Reporter, excerpt, quote};
use super::profile::Case;
use super::schema::{is_identifier, null_padding, with_article};
use super::table::Rule;

/// The tools of a record by name.
pub struct Tools<'a> {
    /// Of two with the same name the first, as a second one is a fault.
    by_name: HashMap<&'a str, Tool<'a>>,
    any: bool,
    missing: bool,
}

/// What the arguments of a call are held against.
struct Tool<'a> {
    /// The object with `name` and `parameters`.
    definition: Value<'a>,
    parameters: OnceCell<Option<Parameters<'a>>>,
}

struct Parameters<'a> {
    /// Names of arguments that must be there, each once, and the same to look one up.
    required: Vec<&'a str>,
    is_required: HashSet<&'a str>,
    /// The schemas of the arguments by name, when there are any.
    properties: Option<HashMap<&'a str, Value<'a>>>,
    /// No argument may have another name.
    closed: bool,
}

impl<'a> Parameters<'a> {
    fn of(definition: Value<'a>) -> Option<Parameters<'a>> {
        let parameters = definition.get("parameters")?;
        let names = parameters.get("required").into_iter().flat_map(|names| names.items());
        let mut is_required = HashSet::new();
        let required = names.filter_map(|name| name.as_str()).filter(|n| is_required.insert(*n));
        let required = required.collect();
        let properties = parameters.get("properties").filter(|p| p.is_object());
        let more = parameters.get("additionalProperties");
        let named = |(key, value): (Value<'a>, Value<'a>)| Some((key.as_str()?, value));
        Some(Parameters {
            required,
            is_required,
            properties: properties.map(|p| p.members().filter_map(named).collect()),
            closed: properties.is_some_and(|p| !p.is_empty())
                && more.is_none_or(|v| v.kind() == Type::Bool(false)),
        })
    }
}

impl<'a> Tools<'a> {
    /// Reads `tools` (or a decoded string of them) and the old `functions`.
    pub fn of(tools: Option<Value<'a>>, functions: Option<Value<'a>>) -> Tools<'a> {
        let lists = || tools.into_iter().chain(functions).filter(|list| !list.is_null());
        let mut known = Tools {
            by_name: HashMap::new(),
            any: lists().any(|list| list.is_array() && !list.is_empty()),
            missing: lists().all(|list| list.is_array() && list.is_empty()),
        };
        for tool in tools.into_iter().flat_map(|tools| tools.items()) {
            known.add(tool.get("function").unwrap_or(tool));
        }
        for function in functions.into_iter().flat_map(|functions| functions.items()) {
            known.add(function);
        }
        known
    }

    fn add(&mut self, definition: Value<'a>) {
        if let Some(name) = definition.get("name").and_then(|name| name.as_str()) {
            self.by_name
                .entry(name)
                .or_insert_with(|| Tool { definition, parameters: OnceCell::new() });
        }
    }

    /// Is there a list of tools with something in it?
    pub fn any(&self) -> bool {
        self.any
    }

    /// Is there no tool, nor a malformed list of them?
    pub fn missing(&self) -> bool {
        self.missing
    }

    /// Is there a tool of that name?
    pub fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// F011: the arguments of a call against the parameters of its tool.
    pub fn check_arguments(&self, r: &mut Reporter<'_>, name: Option<&str>, arguments: Value<'_>) {
        if !r.view.is_on(Rule::F011) {
            return;
        }
        let tool = name.and_then(|name| self.by_name.get(name));
        let parameters =
            tool.and_then(|t| t.parameters.get_or_init(|| Parameters::of(t.definition)).as_ref());
        let Some(parameters) = parameters else { return };
        missing_arguments(r, parameters, arguments);
        let Some(properties) = &parameters.properties else { return };
        for (key, value) in arguments.members() {
            let text = key.as_str().unwrap_or_default();
            match properties.get(text) {
                None if parameters.closed => {
                    r.value(Rule::F011, key, || {
                        format!("the argument {} is not among the tool's parameters", quote(text))
                    });
                }
                None => {}
                Some(schema) => argument_type(r, text, value, *schema),
            }
        }
    }
}

/// One finding for all that is missing: however long `required` is, the work is that of the arguments.
fn missing_arguments(r: &mut Reporter<'_>, parameters: &Parameters<'_>, arguments: Value<'_>) {
    if parameters.required.is_empty() {
        return;
    }
    let given: HashSet<&str> = arguments.members().filter_map(|(key, _)| key.as_str()).collect();
    let Some(first) = parameters.required.iter().find(|name| !given.contains(*name)) else {
        return;
    };
    let there = given.iter().filter(|name| parameters.is_required.contains(*name)).count();
    let missing = parameters.required.len() - there;
    r.missing(Rule::F011, arguments, || match missing {
        1 => format!("the required argument {} is missing", quote(first)),
        _ => format!("{missing} required arguments are missing, first {}", quote(first)),
    });
}

fn argument_type(r: &mut Reporter<'_>, name: &str, value: Value<'_>, schema: Value<'_>) {
    let Some(declared) = schema.get("type") else { return };
    let names: Vec<&str> = match declared.as_str() {
        Some(name) => vec![name],
        None => declared.items().filter_map(|name| name.as_str()).collect(),
    };
    if !names.is_empty() && !names.iter().any(|declared| is_of_type(value, declared)) {
        r.value(Rule::F011, value, || {
            format!(
                "the argument {} is {}, wanted {}",
                quote(name),
                with_article(value),
                names.join(" or ")
            )
        });
    }
}

/// JSON Schema's types; `integer` takes any number without a fraction. A type it does not know fits.
fn is_of_type(value: Value<'_>, declared: &str) -> bool {
    match declared {
        "null" => value.is_null(),
        "boolean" => matches!(value.kind(), Type::Bool(_)),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "number" => value.kind() == Type::Number,
        "integer" => value.kind() == Type::Number && is_whole(value.raw()),
        _ => true,
    }
}

fn is_whole(number: &[u8]) -> bool {
    if !number.contains(&b'.') && !number.contains(&b'e') && !number.contains(&b'E') {
        return true;
    }
    let text = std::str::from_utf8(number).ok();
    text.and_then(|text| text.parse::<f64>().ok()).is_some_and(|x| x.fract() == 0.0)
}

/// F013, F014 and S016 of `tools` and `functions`.
pub fn judge(r: &mut Reporter<'_>, tools: Option<Value<'_>>, functions: Option<Value<'_>>) {
    let mut names: HashSet<&str> = HashSet::new();
    if let Some(tools) = tools.filter(|tools| !tools.is_null()) {
        if !tools.is_array() {
            r.value_in(Rule::F013, Case::ToolType, tools, || {
                format!("tools is {}, wanted an array", with_article(tools))
            });
        }
        for tool in tools.items() {
            if let Some(name) = tool_shape(r, tool)
                && !names.insert(name)
            {
                r.value_in(Rule::F013, Case::DuplicateTool, tool, || {
                    format!("a second tool has the name {}", quote(name))
                });
            }
        }
    }
    for function in functions.into_iter().flat_map(|functions| functions.items()) {
        function_name(r, function);
        padding(r, function);
    }
}

/// F013 of one tool; returns its name.
fn tool_shape<'a>(r: &mut Reporter<'_>, tool: Value<'a>) -> Option<&'a str> {
    if !tool.is_object() {
        r.value_in(Rule::F013, Case::ToolType, tool, || {
            format!("a tool is {}, wanted an object", with_article(tool))
        });
        return None;
    }
    if let Some(kind) = tool.get("type").filter(|kind| kind.as_str() != Some("function")) {
        r.value(Rule::F013, kind, || format!("type is {}, wanted \"function\"", excerpt(kind)));
        return None;
    }
    if tool.get("type").is_none() && r.view.profile.typed_tools {
        r.missing(Rule::F013, tool, || "the tool has no type");
    }
    let Some(function) = tool.get("function").filter(|function| function.is_object()) else {
        r.missing(Rule::F013, tool, || match tool.get("name") {
            Some(_) => "the tool has a name but no function object around it",
            None => "the tool has no function object",
        });
        return None;
    };
    padding(r, function);
    parameters(r, function);
    function_name(r, function)
}

/// F013 and F014 of a function's name.
fn function_name<'a>(r: &mut Reporter<'_>, function: Value<'a>) -> Option<&'a str> {
    let name = function.get("name");
    let Some(text) = name.and_then(|name| name.as_str()) else {
        r.missing(Rule::F013, function, || "the function has no string name");
        return None;
    };
    if let Some(name) = name.filter(|_| !is_identifier(text)) {
        r.value(Rule::F014, name, || format!("the function name is {}", quote(text)));
    }
    Some(text)
}

fn parameters(r: &mut Reporter<'_>, function: Value<'_>) {
    let profile = r.view.profile;
    let parameters = function.get("parameters");
    if let Some(null) = function.get("description").filter(|v| v.is_null())
        && let Some(severity) = r.view.of_case(Case::NullDescription)
    {
        r.value_as(Rule::F013, severity, null, || "description is null, wanted a string");
    }
    if profile.strict_tools {
        for key in ["description", "parameters"] {
            if function.get(key).is_none_or(|v| v.is_null()) {
                r.missing(Rule::F013, function, || format!("the function has no {key}"));
            }
        }
    }
    let Some(parameters) = parameters else { return };
    let text_ok = profile.parameters_as_text && parameters.is_string();
    if parameters.is_null() && profile.strict_tools || parameters.is_object() || text_ok {
        if profile.strict_tools && parameters.is_object() {
            schema(r, parameters);
        }
        return;
    }
    r.value(Rule::F013, parameters, || {
        format!("parameters is {}, wanted an object", with_article(parameters))
    });
}

/// The parts of JSON Schema draft 7 whose violation makes a schema invalid.
fn schema(r: &mut Reporter<'_>, value: Value<'_>) {
    const TYPES: [&str; 7] = ["array", "boolean", "integer", "null", "number", "object", "string"];
    if !value.is_object() {
        if !matches!(value.kind(), Type::Bool(_)) {
            r.value(Rule::F013, value, || {
                format!("a schema is {}, wanted an object", with_article(value))
            });
        }
        return;
    }
    for (key, member) in value.members() {
        let bad = match key.as_str().unwrap_or_default() {
            "type" => {
                let known = |v: Value<'_>| v.as_str().is_some_and(|name| TYPES.contains(&name));
                !(known(member) || member.is_array() && member.items().all(known))
            }
            "required" => !member.is_array() || !member.items().all(|name| name.is_string()),
            "enum" => !member.is_array(),
            "description" | "title" | "pattern" | "format" | "$ref" => !member.is_string(),
            "properties" | "patternProperties" | "definitions" => {
                member.members().for_each(|(_, schema_value)| schema(r, schema_value));
                !member.is_object()
            }
            "additionalProperties" | "not" | "contains" => {
                schema(r, member);
                false
            }
            "items" => {
                match member.is_array() {
                    true => member.items().for_each(|item| schema(r, item)),
                    false => schema(r, member),
                }
                false
            }
            "anyOf" | "allOf" | "oneOf" => {
                member.items().for_each(|item| schema(r, item));
                !member.is_array()
            }
            _ => false,
        };
        if bad {
            r.value(Rule::F013, member, || {
                format!(
                    "{} is no JSON Schema: {}",
                    quote(key.as_str().unwrap_or_default()),
                    excerpt(member)
                )
            });
        }
    }
}

/// S016: a null member of `properties`, which Arrow puts there.
fn padding(r: &mut Reporter<'_>, function: Value<'_>) {
    let Some(parameters) = function.get("parameters") else { return };
    for object in parameters.descendants().filter(Value::is_object) {
        let Some(properties) = object.get("properties") else { continue };
        for (key, value) in properties.members().filter(|(_, value)| value.is_null()) {
            null_padding(r, key, value);
        }
    }
}
