//! Damage that makes of a record one that loaders refuse, lose or train wrongly: its messages.

use super::case::{Case, Hand};
use crate::record::text::to_json;

/// Keys of records of other kinds: beside one of these a record without `messages` is not one that lacks them.
const OTHER_KINDS: [&str; 7] = [
    "chosen",
    "rejected",
    "prompt",
    "preferred_output",
    "non_preferred_output",
    "preferred_completion",
    "non_preferred_completion",
];

/// Names that people give to the list of messages, and loaders do not look for.
const OTHER_NAMES: [&str; 3] = ["Messages", "message", "dialog"];

/// Roles that stand in data of other sources.
const STRANGE_ROLES: [&str; 4] = ["narrator", "moderator", "customer", "expert"];

/// What a user says before anything else.
const REMARKS: [&str; 4] =
    ["Hello.", "One more thing.", "Are you there?", "I forgot to say something."];

/// What a system message says.
const ORDERS: [&str; 3] =
    ["Answer briefly.", "You are a helpful assistant.", "Be polite to the user."];

/// `messages` under another name.
pub(super) fn missing(case: &Case<'_>, hand: &mut Hand) -> Option<Vec<u8>> {
    if OTHER_KINDS.iter().any(|key| case.root.get(key).is_some()) {
        return None;
    }
    let (key, _) = case.root.member("messages")?;
    let name = *hand.draw.choose(&OTHER_NAMES)?;
    case.root.get(name).is_none().then(|| case.with(key.span(), to_json(name).as_bytes()))
}

/// No messages.
pub(super) fn empty(case: &Case<'_>, _: &mut Hand) -> Option<Vec<u8>> {
    Some(case.with(case.list.span(), b"[]"))
}

/// A role that no template knows.
pub(super) fn role(case: &Case<'_>, hand: &mut Hand) -> Option<Vec<u8>> {
    let role = hand.draw.choose(&case.messages)?.role.filter(|role| role.is_string())?;
    let name = *hand.draw.choose(&STRANGE_ROLES)?;
    Some(case.with(role.span(), to_json(name).as_bytes()))
}

/// A known role in capitals, or with a capital.
pub(super) fn spelling(case: &Case<'_>, hand: &mut Hand) -> Option<Vec<u8>> {
    let known = |at: &usize| matches!(case.role(*at), Some("system" | "user" | "assistant"));
    let places: Vec<usize> = (0..case.messages.len()).filter(known).collect();
    let at = *hand.draw.choose(&places)?;
    let name = case.role(at)?.to_uppercase();
    let spelt = match hand.draw.below(2) {
        0 => name,
        _ => format!("{}{}", &name[..1], name[1..].to_lowercase()),
    };
    Some(case.with(case.messages.get(at)?.role?.span(), to_json(&spelt).as_bytes()))
}

/// A user message before a user message.
pub(super) fn user_user(case: &Case<'_>, hand: &mut Hand) -> Option<Vec<u8>> {
    let users = (0..case.messages.len()).filter(|at| case.role(*at) == Some("user"));
    let at = *hand.draw.choose(&users.collect::<Vec<_>>())?;
    let remark = *hand.draw.choose(&REMARKS)?;
    insert(case, at, "user", remark)
}

/// The list without the assistant's messages.
pub(super) fn no_assistant(case: &Case<'_>, _: &mut Hand) -> Option<Vec<u8>> {
    let is_answer = |at: &usize| case.role(*at) == Some("assistant");
    let (answers, others): (Vec<usize>, Vec<usize>) =
        (0..case.messages.len()).partition(|at| is_answer(at));
    if answers.is_empty() || others.is_empty() {
        return None;
    }
    let kept: Vec<&[u8]> =
        others.iter().filter_map(|at| Some(case.messages.get(*at)?.value.raw())).collect();
    Some(case.with(case.list.span(), &[b"[", &*kept.join(&b","[..]), b"]"].concat()))
}

/// A system message somewhere behind the first message of another role.
pub(super) fn system(case: &Case<'_>, hand: &mut Hand) -> Option<Vec<u8>> {
    let leads = |at: usize| matches!(case.role(at), Some("system" | "developer"));
    let first = 1 + (0..case.messages.len()).find(|at| !leads(*at))?;
    let places = case.messages.len().checked_sub(first).filter(|places| *places > 0)?;
    let order = *hand.draw.choose(&ORDERS)?;
    insert(case, first + hand.draw.below(places), "system", order)
}

/// The line with a message before another.
fn insert(case: &Case<'_>, before: usize, role: &str, content: &str) -> Option<Vec<u8>> {
    let at = case.messages.get(before)?.value.span().start;
    let message = format!("{{\"role\":\"{role}\",\"content\":{}}},", to_json(content));
    Some(case.with(at..at, message.as_bytes()))
}

/// A content that says nothing.
pub(super) fn empty_content(case: &Case<'_>, hand: &mut Hand) -> Option<Vec<u8>> {
    let blank = *hand.draw.choose(&["\"\"", "\" \"", "\"\\n\""])?;
    content(case, hand, |_| blank.to_owned())
}

/// `null` for a content.
pub(super) fn null(case: &Case<'_>, hand: &mut Hand) -> Option<Vec<u8>> {
    content(case, hand, |_| "null".to_owned())
}

/// A list of one string for a content.
pub(super) fn array(case: &Case<'_>, hand: &mut Hand) -> Option<Vec<u8>> {
    content(case, hand, |text| format!("[{text}]"))
}

/// A number for a content.
pub(super) fn number(case: &Case<'_>, hand: &mut Hand) -> Option<Vec<u8>> {
    content(case, hand, |text| text.len().to_string())
}

/// The line with another content, made of the JSON of the one that was there.
fn content(case: &Case<'_>, hand: &mut Hand, make: impl FnOnce(&str) -> String) -> Option<Vec<u8>> {
    let text = case.some_text(hand)?;
    let made = make(std::str::from_utf8(text.raw()).ok()?);
    Some(case.with(text.span(), made.as_bytes()))
}

/// A tool result that names a call which is not there. Only records with tool results have it.
pub(super) fn tool_id(case: &Case<'_>, hand: &mut Hand) -> Option<Vec<u8>> {
    let calls: Vec<&str> = case
        .messages
        .iter()
        .flat_map(|message| message.calls())
        .filter_map(|call| call.get("id")?.as_str())
        .collect();
    let results = case.messages.iter().filter_map(|message| message.tool_call_id);
    let results: Vec<_> =
        results.filter(|id| id.as_str().is_some_and(|id| calls.contains(&id))).collect();
    let result = hand.draw.choose(&results)?;
    let other = format!("{}_0", result.as_str()?);
    (!calls.contains(&other.as_str())).then(|| case.with(result.span(), to_json(&other).as_bytes()))
}
