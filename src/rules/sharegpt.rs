//! ShareGPT, which is renamed to messages: where no renaming can do that, why.

use crate::record::Value;
use crate::record::text::to_json;

use super::finding::quote;
use super::repair::{self, Edit};
use super::roles::{self, Role};

/// What is renamed by hand or by repair.
const RENAMING: &str = "rename conversations to messages, from to role, value to content, and map human to user, gpt to assistant";

/// Roles without a counterpart that a message names.
const SHOWN: usize = 3;

/// How this record becomes messages, and whether the repair does it.
pub fn advice(record: Value<'_>) -> String {
    match edits(record) {
        Ok(_) => {
            format!("{RENAMING}; chatml-validate --select S001 --fix --unsafe-fixes does so")
        }
        Err(why) => format!("{RENAMING}; no repair does so here: {why}"),
    }
}

/// The edits that rename the keys and roles of a record with `conversations`, those of the answers
/// `chosen` and `rejected` too; or why there are none.
pub fn edits(record: Value<'_>) -> Result<Vec<Edit>, String> {
    let Some((key, turns)) = record.member("conversations") else {
        return Err("there are no conversations".to_owned());
    };
    let mut edits = repair::replace(key, "\"messages\"");
    let mut strange = Vec::new();
    let answers = ["chosen", "rejected"].into_iter().filter_map(|key| record.get(key));
    for turn in turns.items().chain(answers) {
        let (Some((from, role)), Some((value, _))) = (turn.member("from"), turn.member("value"))
        else {
            return Err("a turn is no object with from and value".to_owned());
        };
        let Some(text) = role.as_str() else { return Err("a from is no string".to_owned()) };
        match counterpart(text) {
            Some(known) => edits.extend(repair::replace(role, to_json(known.name()))),
            None if strange.contains(&text) || strange.len() > SHOWN => {}
            None => strange.push(text),
        }
        edits.extend(repair::replace(from, "\"role\""));
        edits.extend(repair::replace(value, "\"content\""));
    }
    if !strange.is_empty() {
        return Err(without_counterpart(&strange));
    }
    if let (Some((key, system)), Some(first)) = (record.member("system"), turns.items().next()) {
        // A system text beside the turns is a turn of its own.
        if !system.is_string() {
            return Err("system is no string".to_owned());
        }
        let start = first.span().start;
        edits.extend(repair::delete_member(key, system));
        let opening = [b"{\"role\":\"system\",\"content\":", system.raw(), b"},"].concat();
        edits.push(Edit::new(start..start, opening));
    }
    Ok(edits)
}

/// The role that a name becomes by renaming alone.
fn counterpart(name: &str) -> Option<Role> {
    match Role::named(name) {
        Role::Unknown => roles::alias(name).filter(|_| !is_call(name)),
        known => Some(known),
    }
}

fn is_call(name: &str) -> bool {
    name.trim().eq_ignore_ascii_case(roles::CALL_ALIAS)
}

fn without_counterpart(names: &[&str]) -> String {
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| quote(name)).collect();
    let more = if names.len() > SHOWN { " and others" } else { "" };
    let (roles, have) = if names.len() == 1 { ("role", "has") } else { ("roles", "have") };
    let call = match names.iter().any(|name| is_call(name)) {
        true => {
            "; write a function_call as an assistant message with tool_calls, and its observation \
             as a tool message with the tool_call_id"
        }
        false => "",
    };
    format!("{roles} {}{more} {have} no counterpart{call}", shown.join(", "))
}
