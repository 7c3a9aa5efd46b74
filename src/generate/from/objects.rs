//! JSON objects, one a line: Alpaca and ShareGPT as they are known, all else by templates of its keys.

use std::sync::Arc;

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use crate::generate::draft::Said;
use crate::record::text::{QUOTE_BYTES, quote};
use crate::rules::roles::{self, Role};

use super::columns::{Absent, Columns, for_template};
use super::known::{Known, listed};
use super::part::{Maker, Part, Talk, text, unusable};
use super::table::turns;

/// Reads a record a line.
pub(super) struct Objects {
    columns: Option<Arc<Columns>>,
    is_begun: bool,
    /// What is wrong with the document as a whole.
    fault: Option<(u64, String)>,
}

impl Objects {
    /// With the templates, or else what is known.
    pub(super) fn new(columns: Option<Arc<Columns>>) -> Objects {
        Objects { columns, is_begun: false, fault: None }
    }

    fn talk(&self, line: &[u8]) -> Result<Talk, String> {
        let record: Value =
            serde_json::from_str(text(line)?).map_err(|error| format!("not JSON: {error}"))?;
        let Value::Object(record) = record else { return Err("not an object".to_owned()) };
        if let Some(columns) = &self.columns {
            let names: Vec<String> = record.keys().cloned().collect();
            let no_key = |missing: &str| {
                let missing = quote(missing, QUOTE_BYTES);
                format!("there is no key {missing}; there are {}", keys(&record))
            };
            if let Some(missing) = columns.missing(&names) {
                return Err(no_key(missing));
            }
            let absent = Absent::default();
            let fields = record.iter();
            let fields = fields.map(|(name, value)| (name.as_str(), for_template(value, &absent)));
            let said = turns(columns.turns(fields, || record.clone(), &absent), no_key)?;
            return Ok(Talk { said, ..Talk::default() });
        }
        if let Some(Value::Array(turns)) = record.get("conversations") {
            return share_gpt(turns, record.get("system"));
        }
        if record.contains_key("messages") {
            return Err("the record has messages already; no conversion is needed".to_owned());
        }
        let Some(known) = Known::of(|name| record.contains_key(name)) else {
            return Err(format!(
                "no form that is known; there are {}; use --user and --assistant",
                keys(&record)
            ));
        };
        let mut said = known.said(|name| said_at(&record, name))?;
        let asked = said.iter().position(|said| matches!(said, Said::User(_))).unwrap_or(0);
        said.splice(asked..asked, history(&record)?);
        Ok(Talk { said, ..Talk::default() })
    }
}

/// The text under a key, an empty one for nothing.
fn said_at<'r>(record: &'r Map<String, Value>, key: &str) -> Result<&'r str, String> {
    match record.get(key) {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(format!("{key} is no text")),
    }
}

fn keys(record: &Map<String, Value>) -> String {
    listed(record.keys().map(String::as_str))
}

/// The turns of Alpaca that came before.
fn history(record: &Map<String, Value>) -> Result<Vec<Said>, String> {
    let mut said = Vec::new();
    for turn in record.get("history").and_then(Value::as_array).into_iter().flatten() {
        let pair = turn.as_array().map(Vec::as_slice);
        let Some([Value::String(asked), Value::String(answered)]) = pair else {
            return Err("a turn of history is no pair of texts".to_owned());
        };
        said.extend([Said::User(asked.clone()), Said::Assistant(answered.clone())]);
    }
    Ok(said)
}

/// ShareGPT: turns with `from` and `value`.
fn share_gpt(turns: &[Value], system: Option<&Value>) -> Result<Talk, String> {
    let mut said: Vec<Said> = Vec::with_capacity(turns.len() + 1);
    match system {
        None | Some(Value::Null) => {}
        Some(Value::String(text)) if text.trim().is_empty() => {}
        Some(Value::String(text)) => said.push(Said::System(text.clone())),
        Some(_) => return Err("system is no text".to_owned()),
    }
    for (number, turn) in (1..).zip(turns) {
        let (Some(from), Some(value)) = (turn["from"].as_str(), turn["value"].as_str()) else {
            return Err(format!("turn {number} has not the texts from and value"));
        };
        if value.trim().is_empty() {
            return Err(format!("turn {number} is empty"));
        }
        let role = match Role::named(from) {
            Role::Unknown if from.trim().eq_ignore_ascii_case(roles::CALL_ALIAS) => None,
            Role::Unknown => roles::alias(from),
            known => Some(known),
        };
        said.push(match role {
            Some(Role::System) => Said::System(value.to_owned()),
            Some(Role::User) => Said::User(value.to_owned()),
            Some(Role::Assistant) => Said::Assistant(value.to_owned()),
            _ => {
                let from = quote(from, QUOTE_BYTES);
                return Err(format!(
                    "turn {number} is of {from}, who is neither user nor assistant"
                ));
            }
        });
    }
    let cut = cut_behind_answer(&mut said);
    match said.iter().any(|said| matches!(said, Said::User(_))) && !said.is_empty() {
        true => Ok(Talk { said, cut, ..Talk::default() }),
        false => Err("there is no question with an answer".to_owned()),
    }
}

/// Takes away what stands behind the last answer, of which nothing can be learned; how many messages.
pub(super) fn cut_behind_answer(said: &mut Vec<Said>) -> u64 {
    let last = said.iter().rposition(|said| matches!(said, Said::Assistant(_)));
    let kept = last.map_or(0, |last| last + 1);
    let cut = said.len() - kept;
    said.truncate(kept);
    cut as u64
}

impl Maker for Objects {
    fn line(&mut self, number: u64, line: &[u8], parts: &mut Vec<Part>) {
        if line.trim_ascii().is_empty() {
            return;
        }
        if !std::mem::replace(&mut self.is_begun, true) {
            self.fault = whole(line).map(|why| (number, why));
        }
        parts.push(match self.talk(line) {
            Ok(talk) => Part::Talk(Talk { line: number, ..talk }),
            Err(why) => unusable(number, why, [line, b"\n"].concat()),
        });
    }

    fn trouble(&mut self) -> Option<(u64, String)> {
        self.fault.take()
    }

    fn end(&mut self, _: &mut Vec<Part>) {}
}

/// Whether a document that begins with this line is an array, and no line a record of its own.
pub(super) fn begins_array(line: &str) -> bool {
    let inner = line.trim().strip_prefix('[').map(str::trim_start);
    inner.is_some_and(|inner| inner.is_empty() || inner.starts_with(['{', '"', '[', ']']))
}

/// What is wrong with a document that begins with this line, if it is JSON but not a record a line.
fn whole(line: &[u8]) -> Option<String> {
    let line = text(line).ok()?;
    if begins_array(line) {
        return Some("a JSON array; make lines of it with `jq -c '.[]'`".to_owned());
    }
    // A record that is cut off ends in the middle of a word or a text.
    let goes_on = line.trim_end().ends_with(['{', ',']);
    let is_open = || serde_json::from_str::<IgnoredAny>(line).is_err_and(|error| error.is_eof());
    (line.trim_start().starts_with('{') && goes_on && is_open())
        .then(|| "JSON over several lines; make one of each record with `jq -c .`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: &str, columns: Option<[&str; 2]>) -> String {
        let columns =
            columns.map(|[user, assistant]| Arc::new(Columns::new(user, assistant).unwrap()));
        let name = |said: &Said| match said {
            Said::System(text) => format!("s:{text}"),
            Said::User(text) => format!("u:{text}"),
            Said::Assistant(text) => format!("a:{text}"),
            other => format!("{other:?}"),
        };
        match Objects::new(columns).talk(line.as_bytes()) {
            Ok(talk) => {
                let said: Vec<String> = talk.said.iter().map(name).collect();
                format!("{} cut {}", said.join(" "), talk.cut)
            }
            Err(why) => why,
        }
    }

    #[test]
    fn known_forms_become_messages() {
        let table = [
            (r#"{"instruction":"Add","input":"1 2","output":"3"}"#, "u:Add\n\n1 2 a:3 cut 0"),
            (
                r#"{"instruction":"Go","input":"","output":"o","system":"S","history":[["a","b"]]}"#,
                "s:S u:a a:b u:Go a:o cut 0",
            ),
            (
                r#"{"conversations":[{"from":"human","value":"h"},{"from":"gpt","value":"g"},{"from":"human","value":"bye"}],"system":"S"}"#,
                "s:S u:h a:g cut 1",
            ),
            (r#"{"Question":"q","question":"a","answer":"b"}"#, "u:a a:b cut 0"),
            (r#"{"prompt":"p","completion":"c"}"#, "u:p a:c cut 0"),
            (r#"{"instruction":"i","output":""}"#, "output is empty"),
            (
                r#"{"conversations":[{"from":"observation","value":"h"}]}"#,
                "turn 1 is of \"observation\", who is neither user nor assistant",
            ),
            (
                r#"{"question":"q","answer":"a","context":"c","system_prompt":"S"}"#,
                "s:S u:q\n\nc a:a cut 0",
            ),
            (r#"{"question":"q","answer":"a","context":["c"]}"#, "context is no text"),
            (r#"{"conversations":[]}"#, "there is no question with an answer"),
            (r#"{"conversations":[{"from":"gpt"}]}"#, "turn 1 has not the texts from and value"),
            (r#"{"messages":[]}"#, "the record has messages already; no conversion is needed"),
            (r#"{"x":1}"#, "no form that is known; there are \"x\"; use --user and --assistant"),
            ("[1]", "not an object"),
        ];
        for (line, wanted) in table {
            assert_eq!(told(line, None), wanted, "{line}");
        }
        assert!(told("{", None).starts_with("not JSON: EOF"));
    }

    #[test]
    fn json_that_is_no_record_a_line_is_told_as_a_whole() {
        for (line, wanted) in [
            ("[", Some("jq -c '.[]'")),
            ("[{\"a\":1},", Some("jq -c '.[]'")),
            ("{", Some("jq -c .")),
            ("{\"a\": [1,", Some("jq -c .")),
            ("{\"a\": \"b", None),
            ("{\"a\": 1}", None),
            ("{,", None),
            ("[10:30] Agent: a", None),
        ] {
            let told = whole(line.as_bytes());
            assert_eq!(told.is_some(), wanted.is_some(), "{line}");
            assert!(told.unwrap_or_default().contains(wanted.unwrap_or_default()), "{line}");
        }
    }

    #[test]
    fn keys_become_messages_by_templates() {
        let templates = Some(["{{ q }}", "{{ a.text }} {{ n }}"]);
        let line = r#"{"q":"Q","a":{"text":"A"},"n":1.50}"#;
        assert_eq!(told(line, templates), "u:Q a:A 1.50 cut 0");
        let line = r#"{"q":[1,"x",true],"a":{"b":{"c":1.50}},"n":true}"#;
        let own = Some([
            "{{ q }} {{ q[0] }} {% for x in q %}{{ x }};{% endfor %}{{ q | length }}",
            "{{ a }} {{ a.b }} {{ n }}",
        ]);
        let wanted = r#"u:[1,"x",true] 1 1;x;true;3 a:{"b":{"c":1.50}} {"c":1.50} true cut 0"#;
        assert_eq!(told(line, own), wanted);
        let whole = Some(["{{ row }}", "{{ row.q }}"]);
        assert_eq!(
            told(r#"{"q":1.50,"a":["b",null]}"#, whole),
            r#"u:{"q":1.50,"a":["b",null]} a:1.50 cut 0"#
        );
        assert_eq!(told(r#"{"q":1}"#, templates), "there is no key \"a\"; there are \"q\"");
        let told_of = |line| told(line, templates);
        assert_eq!(
            told_of(r#"{"q":1,"a":{},"n":1}"#),
            "--assistant: undefined value: there is no \"text\" in it"
        );
        let by_row = Some(["{{ row['q'] }}", "{{ row.a | default('-') }} {{ row['no'] }}"]);
        let wanted = "there is no key \"no\"; there are \"q\", \"n\"";
        assert_eq!(told(r#"{"q":1,"n":1}"#, by_row), wanted);
        assert_eq!(told(r#"{"q":1,"no":1}"#, by_row), "u:1 a:- 1 cut 0");
    }
}
