//! Tools that examples may call, read from the plan into the form of OpenAI.

use serde_json::{Value as Json, json};

use crate::generate::node::Node;

use super::check::Faults;
use super::view::View;

/// Letters that the name of a tool may have, by OpenAI's own rule.
const MOST_LETTERS: usize = 64;

/// Reads all tools.
pub(super) fn read(top: View<'_>, faults: &mut Faults) -> Vec<Json> {
    top.items("tool").iter().filter_map(|node| tool(node, faults)).collect()
}

fn tool(node: &Node, faults: &mut Faults) -> Option<Json> {
    let view = View::of(node, "tool[]");
    let name = view.text("name")?;
    let good = (1..=MOST_LETTERS).contains(&name.len())
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-'));
    if !good {
        let advice = "write 1 to 64 letters, digits, _ and -";
        let at = "tool.name";
        faults.add(view.line("name"), at, "is no name of a function", advice);
    }
    let at = format!("tool.{name}.parameters");
    let parameters = match view.node("parameters") {
        None => json!({"type": "object", "properties": {}}),
        Some(node) => match parameters(node) {
            Ok(parameters) => parameters,
            Err(reason) => {
                let advice =
                    "write a JSON Schema of an object: { type = \"object\", properties = { ... } }";
                faults.add(node.line, &at, reason, advice);
                return None;
            }
        },
    };
    let mut function = json!({"name": name});
    if let (Some(description), Some(entries)) = (view.text("description"), function.as_object_mut())
    {
        entries.insert("description".to_owned(), description.into());
    }
    function["parameters"] = parameters;
    Some(json!({"type": "function", "function": function}))
}

/// The schema, from a table or from JSON in a text.
fn parameters(node: &Node) -> Result<Json, String> {
    let schema = Json::Object(node.to_object()?);
    match schema.get("type").and_then(Json::as_str) {
        Some("object") if schema.get("properties").is_none_or(Json::is_object) => Ok(schema),
        Some("object") => Err("properties is no object".to_owned()),
        _ => Err("type is not \"object\"".to_owned()),
    }
}
