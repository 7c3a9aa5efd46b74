//! The JSON Schema of a plan's file, made of the table of keys.

use serde_json::{Map, Value, json};

use crate::generate::plan::keys::{self, Key, Otherwise, Takes};

/// The schema: for editors, and for programs that write plans.
pub fn schema() -> Value {
    let mut all = Map::new();
    all.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    all.insert("title".to_owned(), "A plan of chatml-gen".into());
    if let Value::Object(table) = table("") {
        all.extend(table);
    }
    Value::Object(all)
}

/// The table at a path of the list of keys.
fn table(path: &str) -> Value {
    let mut properties = Map::new();
    let mut required: Vec<&str> = Vec::new();
    let mut by_kind: Vec<Value> = Vec::new();
    for key in keys::children(path) {
        properties.insert(key.name().to_owned(), property(key));
        if key.otherwise != Otherwise::Required {
            continue;
        }
        if key.of.is_empty() {
            required.push(key.name());
        } else {
            by_kind.push(json!({
                "if": {"properties": {"kind": {"enum": key.of}}, "required": ["kind"]},
                "then": {"required": [key.name()]},
            }));
        }
    }
    let mut table =
        json!({"type": "object", "properties": properties, "additionalProperties": false});
    if let Some(table) = table.as_object_mut() {
        if !required.is_empty() {
            table.insert("required".to_owned(), required.into());
        }
        if !by_kind.is_empty() {
            table.insert("allOf".to_owned(), by_kind.into());
        }
    }
    table
}

fn property(key: &Key) -> Value {
    let mut value = takes(key);
    let Some(entries) = value.as_object_mut() else { return value };
    let mut about = key.about.to_owned();
    if !key.of.is_empty() {
        about.push_str(&format!(" For kind {}.", key.of.join(", ")));
    }
    match key.otherwise {
        Otherwise::Is(usual) => {
            if let Some(usual) = parsed(usual) {
                entries.insert("default".to_owned(), usual);
            }
        }
        Otherwise::Told(usual) => about.push_str(&format!(" Without it: {usual}.")),
        Otherwise::Required | Otherwise::Nothing => {}
    }
    entries.insert("description".to_owned(), about.into());
    value
}

/// A default as it stands in the table of keys, which is TOML.
fn parsed(usual: &str) -> Option<Value> {
    keys::parsed(usual).map(|node| node.to_json())
}

fn takes(key: &Key) -> Value {
    let texts = || json!({"type": "array", "items": {"type": "string", "minLength": 1}});
    let numbers = || {
        json!({"anyOf": [
            {"type": "array", "items": {"type": "number", "minimum": 0}},
            {"type": "object", "additionalProperties": {"type": "number", "minimum": 0}},
        ]})
    };
    let scalars = || json!({"type": "array", "items": {"type": ["string", "number", "boolean"]}, "minItems": 1});
    match key.takes {
        Takes::Table => table(key.path),
        Takes::Tables => json!({"type": "array", "items": table(&format!("{}[]", key.path))}),
        Takes::Named => {
            json!({"type": "object", "additionalProperties": table(&format!("{}.*", key.path))})
        }
        Takes::Whole(least, most) if most == i64::MAX => {
            json!({"type": "integer", "minimum": least})
        }
        Takes::Whole(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
        Takes::Number(least, most) => json!({"type": "number", "minimum": least, "maximum": most}),
        Takes::Bool => json!({"type": "boolean"}),
        Takes::Text => json!({"type": "string"}),
        Takes::Name => json!({"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_]*$"}),
        Takes::Template | Takes::Path => json!({"type": "string", "minLength": 1}),
        Takes::Time => json!({"anyOf": [
            {"type": "string", "pattern": "^ *[0-9.]+ *(ms|s|m|min|h|d)? *$"},
            {"type": "number", "exclusiveMinimum": 0},
        ]}),
        Takes::Size => json!({"anyOf": [{"type": "string"}, {"type": "integer", "minimum": 1}]}),
        Takes::OneOf(names) => json!({"enum": names}),
        Takes::Texts | Takes::Templates | Takes::Regexes | Takes::Paths => texts(),
        Takes::Turns => json!({"type": "object", "minProperties": 1,
            "patternProperties": {"^[1-9][0-9]?$": {"type": "number", "minimum": 0}},
            "additionalProperties": false}),
        Takes::Values => {
            json!({"anyOf": [scalars(), {"type": "object", "minProperties": 1, "additionalProperties": scalars()}]})
        }
        Takes::Weights => numbers(),
        Takes::When => {
            let one = json!({"type": "object", "minProperties": 2, "maxProperties": 2,
                "properties": {"weights": numbers()}, "required": ["weights"],
                "additionalProperties": {"type": "string"}});
            json!({"anyOf": [one, {"type": "array", "items": one}]})
        }
        Takes::Words => json!({"anyOf": [{"type": "string", "minLength": 1}, texts()]}),
        Takes::Schema | Takes::Object => json!({"anyOf": [{"type": "object"}, {"type": "string"}]}),
        Takes::Grammar => json!({"type": "object"}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_described_and_has_a_type() {
        let schema = schema();
        let mut walked = 0;
        for key in keys::KEYS {
            let mut at = &schema;
            for part in key.path.split('.') {
                at = match part {
                    "*" => &at["additionalProperties"],
                    part => match part.strip_suffix("[]") {
                        Some(list) => &at["properties"][list]["items"],
                        None => &at["properties"][part],
                    },
                };
            }
            assert!(at["description"].is_string(), "{}: {at}", key.path);
            let typed = ["type", "enum", "anyOf"].iter().any(|name| at.get(name).is_some());
            assert!(typed, "{}: {at}", key.path);
            walked += 1;
        }
        assert!(walked > 80);
        assert_eq!(schema["required"], json!(["count"]));
        assert_eq!(schema["properties"]["batch"]["default"], 50);
        let backend = &schema["properties"]["backend"]["additionalProperties"];
        assert_eq!(backend["required"], json!(["kind"]));
        assert_eq!(backend["allOf"][0]["then"]["required"], json!(["base_url"]));
    }
}
