//! A conversation on its way to being a record: made of an answer or of a grammar, not yet accepted.

use std::sync::Arc;

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;

/// One call of a tool.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Names the call for its result.
    pub id: String,
    /// The function.
    pub name: String,
    /// The arguments; written as a string that holds JSON, as the OpenAI format wants it.
    pub arguments: Value,
}

/// One message.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// What the model is told about itself.
    System(String),
    /// What the person says.
    User(String),
    /// What the model says.
    Assistant(String),
    /// What the model calls.
    Calls(Vec<Call>),
    /// What a call gave.
    Result {
        /// The id of the call.
        id: String,
        /// What came back.
        content: String,
    },
}

/// A conversation, with the tools that it may call.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Draft {
    /// Messages in order.
    pub messages: Vec<Said>,
    /// Descriptions of tools in the OpenAI form, the same for all examples of a plan; none: the record has no `tools`.
    pub tools: Option<Arc<Value>>,
    /// What the record says of itself beside its messages (`metadata`), if it does.
    pub metadata: Option<Value>,
}

impl Draft {
    /// Appends the record as one line with a line feed.
    pub fn write(&self, line: &mut Vec<u8>) {
        // Texts and JSON values can always be written to a Vec.
        let _ = serde_json::to_writer(&mut *line, self);
        line.push(b'\n');
    }
}

impl Serialize for Draft {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("messages", &self.messages)?;
        if let Some(tools) = &self.tools {
            map.serialize_entry("tools", tools.as_ref())?;
        }
        if let Some(metadata) = &self.metadata {
            map.serialize_entry("metadata", metadata)?;
        }
        map.end()
    }
}

impl Serialize for Said {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let mut plain = |role: &str, content: &str| {
            map.serialize_entry("role", role)?;
            map.serialize_entry("content", content)
        };
        match self {
            Said::System(content) => plain("system", content)?,
            Said::User(content) => plain("user", content)?,
            Said::Assistant(content) => plain("assistant", content)?,
            Said::Calls(calls) => {
                map.serialize_entry("role", "assistant")?;
                map.serialize_entry("content", &None::<&str>)?;
                map.serialize_entry("tool_calls", &Calls(calls))?;
            }
            Said::Result { id, content } => {
                map.serialize_entry("role", "tool")?;
                map.serialize_entry("tool_call_id", id)?;
                map.serialize_entry("content", content)?;
            }
        }
        map.end()
    }
}

struct Calls<'a>(&'a [Call]);

impl Serialize for Calls<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for call in self.0 {
            let function =
                serde_json::json!({"name": call.name, "arguments": call.arguments.to_string()});
            list.serialize_element(
                &serde_json::json!({"id": call.id, "type": "function", "function": function}),
            )?;
        }
        list.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_a_record_of_one_line() {
        let call = Call {
            id: "c1".into(),
            name: "stock".into(),
            arguments: serde_json::json!({"sku": "A\n1"}),
        };
        let draft = Draft {
            messages: vec![
                Said::System("s".into()),
                Said::User("line\nbreak".into()),
                Said::Calls(vec![call]),
                Said::Result { id: "c1".into(), content: "3".into() },
                Said::Assistant("three".into()),
            ],
            tools: Some(Arc::new(
                serde_json::json!([{"type": "function", "function": {"name": "stock"}}]),
            )),
            metadata: None,
        };
        let mut line = Vec::new();
        draft.write(&mut line);
        let wanted = concat!(
            r#"{"messages":[{"role":"system","content":"s"},{"role":"user","content":"line\nbreak"},"#,
            r#"{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","#,
            r#""function":{"name":"stock","arguments":"{\"sku\":\"A\\n1\"}"}}]},"#,
            r#"{"role":"tool","tool_call_id":"c1","content":"3"},{"role":"assistant","content":"three"}],"#,
            r#""tools":[{"type":"function","function":{"name":"stock"}}]}"#,
            "\n"
        );
        assert_eq!(String::from_utf8(line).unwrap(), wanted);
    }
}
