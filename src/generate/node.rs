//! A tree of values in which each knows the line it stands on, so that what is wrong in a plan can be shown there.
//!
//! TOML and JSON become the same tree: whoever reads a plan need not know which of them it was written in.

/// A value and the line it stands on, from 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The line of the value, or of its key if it has one.
    pub line: usize,
    /// The value.
    pub value: Value,
}

/// What a [`Node`] holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// JSON's null; TOML has none.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Another number.
    Float(f64),
    /// A text.
    Text(String),
    /// Values in order.
    List(Vec<Node>),
    /// Values by name, in the order in which they were written.
    Table(Vec<(String, Node)>),
}

impl Node {
    /// What kind of value it is, as a message says it.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "true or false",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }

    /// The value at `key`, if this is a table that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.table()?.iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    /// The entries, if this is a table.
    pub fn table(&self) -> Option<&[(String, Node)]> {
        if let Value::Table(entries) = &self.value { Some(entries) } else { None }
    }

    /// The items, if this is a list.
    pub fn list(&self) -> Option<&[Node]> {
        if let Value::List(items) = &self.value { Some(items) } else { None }
    }

    /// The text, if this is one.
    pub fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// The number, if this is one.
    pub fn number(&self) -> Option<f64> {
        match self.value {
            Value::Integer(number) => Some(number as f64),
            Value::Float(number) => Some(number),
            _ => None,
        }
    }

    /// The same tree as JSON; a number that JSON cannot hold is null.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(yes) => (*yes).into(),
            Value::Integer(number) => (*number).into(),
            Value::Float(number) => {
                serde_json::Number::from_f64(*number).map_or(Json::Null, Json::Number)
            }
            Value::Text(text) => text.as_str().into(),
            Value::List(items) => items.iter().map(Node::to_json).collect(),
            Value::Table(entries) => Json::Object(
                entries.iter().map(|(name, node)| (name.clone(), node.to_json())).collect(),
            ),
        }
    }

    /// Is there a number in it that JSON cannot hold?
    fn has_odd_number(&self) -> bool {
        match &self.value {
            Value::Float(number) => !number.is_finite(),
            Value::List(items) => items.iter().any(Node::has_odd_number),
            Value::Table(entries) => entries.iter().any(|(_, node)| node.has_odd_number()),
            _ => false,
        }
    }

    /// The JSON object that this is: a table, or JSON in a text.
    ///
    /// # Errors
    ///
    /// What it is instead.
    pub fn to_object(&self) -> Result<serde_json::Map<String, serde_json::Value>, String> {
        let json = match &self.value {
            Value::Text(text) => {
                serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))?
            }
            _ if self.has_odd_number() => {
                return Err("holds inf or nan, which are no JSON".to_owned());
            }
            _ => self.to_json(),
        };
        match json {
            serde_json::Value::Object(entries) => Ok(entries),
            _ => Err(format!("{}; wanted a table, or a JSON object in a text", self.kind())),
        }
    }
}

/// What is wrong with a plan at one place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The line, from 1.
    pub line: usize,
    /// The key as it would be written, such as `axis.topic.weights`; may be empty.
    pub key: String,
    /// What is wrong.
    pub reason: String,
    /// What to write instead, where that is known.
    pub suggestion: Option<String>,
}
