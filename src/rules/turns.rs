//! T: the order of turns.
//!
//! The order is judged on roles alone ([`order`]), so that it also serves lines of which only the outline
//! was read. The rest of the module places the faults and repairs them.

use super::finding::{Reporter, Words};
use super::list::{List, Place, Turn};
use super::repair::{self, Edit, Level};
use super::roles::Role;
use super::table::Rule;
use crate::record::Message;
use crate::record::scan::Outline;
use crate::record::text::to_json;

/// Judges the order of a list's turns.
pub fn judge(r: &mut Reporter<'_>, list: &List<'_>) {
    if list.broken || list.place == Place::Answer || list.turns.is_empty() {
        return;
    }
    let roles: Vec<Role> = list.turns.iter().map(|turn| turn.role).collect();
    let system = SystemTexts::of(r);
    order(&roles, list.place == Place::Conversation, system, &mut |rule, index, what| {
        let Some(index) = index else {
            r.missing(rule, list.value, || what);
            return;
        };
        let message = list.turns[index].message;
        let place = message.role.unwrap_or(message.value);
        let system_key = r.view.profile.system_key;
        r.value(rule, place, || what).fix(Level::Unsafe, || match rule {
            Rule::T009 if system_key => system_to_key(list),
            _ => mend(rule, list, index),
        });
    });
}

/// Judges the order of a conversation of which only the outline was read; `roles` are those of its turns.
pub fn judge_outline(r: &mut Reporter<'_>, outline: &Outline<'_>, roles: &[Role]) {
    let system = SystemTexts::of(r);
    order(roles, true, system, &mut |rule, index, what| {
        let (start, pointer) = match index {
            Some(index) => (outline.turns[index].role_at, format!("/messages/{index}/role")),
            None => (outline.list, "/messages".to_owned()),
        };
        let start = start as usize;
        let len = index.map_or(1, |index| roles[index].name().len() + 2);
        r.placed(rule, start..start + len, pointer, || what);
    });
}

/// What a target does with system and developer messages.
#[derive(Debug, Clone, Copy)]
pub struct SystemTexts {
    /// It has no such role (T009).
    pub unsupported: bool,
    /// It keeps one of them, whichever role it has (T005); else a developer's beside a system's is kept.
    pub only_one: bool,
}

impl SystemTexts {
    fn of(r: &Reporter<'_>) -> SystemTexts {
        SystemTexts {
            unsupported: r.view.is_on(Rule::T009),
            only_one: r.view.profile.one_system_text,
        }
    }
}

/// Judges the roles of a list and tells each fault: its rule, the turn it is about (None: the list), and
/// what is wrong. `conversation`: the list holds question and answer, not the question alone.
/// `texts`: what the target does with system messages.
pub fn order(
    roles: &[Role],
    conversation: bool,
    texts: SystemTexts,
    found: &mut dyn FnMut(Rule, Option<usize>, Words),
) {
    let last = roles.len().saturating_sub(1);
    if conversation && !roles.contains(&Role::Assistant) {
        found(Rule::T001, None, none_is(roles, "an assistant's").into());
    } else if conversation && roles.last() != Some(&Role::Assistant) {
        found(
            Rule::T003,
            Some(last),
            match roles[last] {
                Role::Unknown => "the last message is of an unknown role".into(),
                role => format!("the last message is from {}", role.name()).into(),
            },
        );
    }
    let leading = roles.iter().take_while(|role| role.is_system()).count();
    if !roles.contains(&Role::User) {
        found(Rule::T002, None, none_is(roles, "a user's").into());
    } else if roles.get(leading) == Some(&Role::Assistant) {
        found(Rule::T007, Some(leading), "the conversation starts with the assistant".into());
    }
    let mut seen_system = false;
    for (index, role) in roles.iter().enumerate() {
        if role.is_system() {
            system(roles, index, leading, texts, seen_system, found);
            seen_system |= texts.only_one || *role == Role::System;
        }
        if index > 0 {
            neighbours(roles[index - 1], *role, index, found);
        }
    }
    if conversation && roles.len() < 2 {
        found(Rule::T010, None, "there is one message, wanted at least 2".into());
    }
}

fn none_is(roles: &[Role], whose: &str) -> String {
    match roles.len() {
        1 => format!("the only message is not {whose}"),
        all => format!("none of {all} messages is {whose}"),
    }
}

/// T004, T005, T009
fn system(
    roles: &[Role],
    index: usize,
    leading: usize,
    texts: SystemTexts,
    seen_system: bool,
    found: &mut dyn FnMut(Rule, Option<usize>, Words),
) {
    let name = roles[index].name();
    if texts.unsupported {
        found(Rule::T009, Some(index), format!("the target has no role {name}").into());
        return;
    }
    if index >= leading {
        let place = index + 1;
        found(Rule::T004, Some(index), format!("a {name} message stands at place {place}").into());
    }
    if seen_system && (texts.only_one || roles[index] == Role::System) {
        found(Rule::T005, Some(index), "this is a further system message".into());
    }
}

/// T006, T008
fn neighbours(
    before: Role,
    role: Role,
    index: usize,
    found: &mut dyn FnMut(Rule, Option<usize>, Words),
) {
    match (before, role) {
        (Role::User, Role::User)
        | (Role::System, Role::System)
        | (Role::Developer, Role::Developer) => {
            found(Rule::T006, Some(index), format!("two {} messages in a row", role.name()).into());
        }
        (Role::Tool | Role::Function, Role::User) => {
            let words = Words::new("a user message stands directly after a tool result");
            found(
                Rule::T006,
                Some(index),
                words.advice("add the assistant's answer to the result"),
            );
        }
        (Role::Assistant, Role::Assistant) => {
            found(Rule::T008, Some(index), "two assistant messages in a row".into());
        }
        _ => {}
    }
}

/// The edits that take a fault of the order away; none when there is no mechanical way.
fn mend(rule: Rule, list: &List<'_>, index: usize) -> Vec<Edit> {
    match rule {
        Rule::T003 => delete_tail(list),
        Rule::T004 => move_to_front(list, index),
        Rule::T005 => join_to_first_system(list, index),
        Rule::T006 | Rule::T008 => join(list, index),
        Rule::T009 => move_system_text(list),
        _ => Vec::new(),
    }
}

/// Deletes what follows the last answer.
fn delete_tail(list: &List<'_>) -> Vec<Edit> {
    let Some(answer) = list.turns.iter().rposition(|turn| turn.role == Role::Assistant) else {
        return Vec::new();
    };
    let start = list.turns[answer].message.value.span().end;
    let end = list.turns.last().map_or(start, |turn| turn.message.value.span().end);
    vec![Edit::new(start..end, "")]
}

/// Moves a message behind the system messages that lead the list.
fn move_to_front(list: &List<'_>, index: usize) -> Vec<Edit> {
    let value = list.turns[index].message.value;
    let Some(first) = list.turns.get(list.leading_system()) else { return Vec::new() };
    let first = first.message.value;
    let mut edits = repair::delete_item(value);
    let start = first.span().start;
    edits.push(Edit::new(start..start, [value.raw(), b","].concat()));
    edits
}

fn join_to_first_system(list: &List<'_>, index: usize) -> Vec<Edit> {
    let first = list.turns.iter().find(|turn| turn.role == Role::System);
    let contents = (first.and_then(|turn| turn.message.content), list.turns[index].message.content);
    let (Some(first), Some(second)) = contents else { return Vec::new() };
    let (Some(a), Some(b)) = (first.as_str(), second.as_str()) else { return Vec::new() };
    let mut edits = repair::replace_with_string(first, &format!("{a}\n\n{b}"));
    edits.extend(repair::delete_item(list.turns[index].message.value));
    edits
}

/// T009: the leading system text goes in front of the first user's.
fn move_system_text(list: &List<'_>) -> Vec<Edit> {
    let leading = list.leading_system();
    let user = list.turns.get(leading).filter(|turn| turn.role == Role::User);
    let content = user.and_then(|turn| turn.message.content);
    let (1, Some(content)) = (leading, content) else { return Vec::new() };
    let system = list.turns[0].message;
    let texts = (system.content.and_then(|v| v.as_str()), content.as_str());
    let (Some(text), Some(question)) = texts else { return Vec::new() };
    let mut edits = repair::delete_item(system.value);
    edits.push(Edit::new(content.span(), to_json(&format!("{text}\n\n{question}"))));
    edits
}

/// T009 where the target has a key for it: the only system text becomes the record's `system`.
fn system_to_key(list: &List<'_>) -> Vec<Edit> {
    let record = list.value.document().root();
    let mut systems = list.turns.iter().filter(|turn| turn.role.is_system());
    let (Some(system), None, None) = (systems.next(), systems.next(), record.get("system")) else {
        return Vec::new();
    };
    let Some(content) = system.message.content.filter(|content| content.is_string()) else {
        return Vec::new();
    };
    let text = String::from_utf8_lossy(content.raw());
    let mut edits = repair::delete_item(system.message.value);
    edits.extend(repair::add_member(record, "system", &text));
    edits
}

/// Two messages of one role become one, with a blank line between their texts.
fn join(list: &List<'_>, index: usize) -> Vec<Edit> {
    let pair = index.checked_sub(1).and_then(|before| list.turns.get(before..=index));
    let Some([Turn { message: a, role: first }, Turn { message: b, role: second }]) = pair else {
        return Vec::new();
    };
    let plain = |m: &Message<'_>| m.value.len() == 2 && !m.has_calls();
    if first != second {
        return Vec::new();
    }
    let texts = (a.content.and_then(|v| v.as_str()), b.content.and_then(|v| v.as_str()));
    let (Some(first), Some(second), Some(content)) = (texts.0, texts.1, a.content) else {
        return Vec::new();
    };
    if !plain(a) || !plain(b) || !list.value.is_array() {
        return Vec::new();
    }
    let mut edits = repair::replace_with_string(content, &format!("{first}\n\n{second}"));
    edits.extend(repair::delete_item(b.value));
    edits
}
