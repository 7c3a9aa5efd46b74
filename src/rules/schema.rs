//! S: the shape of record and message.

use crate::record::chat::REASONING_FIELDS;
use crate::record::document::Kind as Type;
use crate::record::text::{QUOTE_BYTES, to_json};
use crate::record::{Message, Value};

use super::finding::{Reporter, Words, excerpt, quote};
use super::kind::{Guess, Kind};
use super::list::{List, Turn};
use super::profile::{Case, MessageKeys, Profile};
use super::repair::{self, Edit, Level};
use super::roles::{self, Role};
use super::sharegpt;
use super::table::{Rule, Severity};

/// S001: a record of no known kind.
pub fn other(r: &mut Reporter<'_>, record: Value<'_>, guess: Guess) {
    let words = || match guess.hint(record) {
        Some((what, advice)) => Words::new(what).advice(advice),
        None => {
            Words::new(keys(record)).advice("write {\"messages\":[{\"role\":...,\"content\":...}]}")
        }
    };
    r.value(Rule::S001, record, words).fix(Level::Unsafe, || match guess {
        Guess::ShareGpt | Guess::ShareGptPreference => sharegpt::edits(record).unwrap_or_default(),
        _ => Vec::new(),
    });
}

/// S001: a record of a kind that is known, but not to this target.
pub fn unread(r: &mut Reporter<'_>, record: Value<'_>, kind: Kind) {
    let profile = r.view.profile;
    r.value(Rule::S001, record, || {
        let read: Vec<_> = profile.kinds.iter().map(|kind| kind.name()).collect();
        Words::new(format!("the record is {}, wanted {}", kind.name(), read.join(" or ")))
            .advice("convert it, or judge it for a target that reads it")
    });
}

fn keys(record: Value<'_>) -> String {
    const SHOWN: usize = 6;
    let mut left = QUOTE_BYTES;
    let shown = record.members().filter_map(|(key, _)| key.as_str()).take_while(|key| {
        let fits = key.len() <= left;
        left = left.saturating_sub(key.len());
        fits
    });
    let names: Vec<_> = shown.take(SHOWN).map(quote).collect();
    match (names.len(), record.len()) {
        (_, 0) => "the record is empty".to_owned(),
        (0, _) => "no key of the record is known".to_owned(),
        (shown, all) if shown < all => {
            format!("no messages; the keys are {} and {} more", names.join(", "), all - shown)
        }
        _ => format!("no messages; the keys are {}", names.join(", ")),
    }
}

/// S014, S015, S016, S018 of the record's own keys.
pub fn record(r: &mut Reporter<'_>, record: Value<'_>) {
    let profile = r.view.profile;
    let rivals = rivals(record, profile);
    let is_rival = |name: &str| rivals.iter().any(|key| key.as_str() == Some(name));
    for (key, value) in record.members() {
        let name = key.as_str().unwrap_or_default();
        let told = r.view.is_on(Rule::S015) && is_rival(name);
        let known = [profile.record_keys, profile.more_record_keys];
        if !told && !known.iter().any(|keys| keys.contains(&name)) {
            r.value(Rule::S014, key, || format!("unknown record key {}", quote(name))).fix(
                Level::Unsafe,
                || match holds_conversation(name, value) {
                    true => Vec::new(),
                    false => repair::delete_member(key, value),
                },
            );
        }
        if value.is_null() && matches!(name, "tools" | "functions" | "parallel_tool_calls") {
            null_padding(r, key, value);
        }
    }
    if let Some((key, value)) = present(record, "functions") {
        r.value(Rule::S018, key, || "the record uses functions")
            .fix(Level::Unsafe, || functions_to_tools(record, key, value));
    }
    if let [first, ..] = rivals[..] {
        let in_company = |key: &&str| present(record, key).is_some();
        let severity = match profile.rivals_in_company.iter().any(in_company) {
            true => r.case(Rule::S015, Case::RivalInCompany),
            false => r.view.severity(Rule::S015),
        };
        r.value_as(Rule::S015, severity, first, || {
            let names: Vec<_> = rivals.iter().filter_map(Value::as_str).collect();
            format!("messages stands beside {}", names.join(", "))
        });
    }
    if let (true, Some(_), Some((key, _))) =
        (profile.mistral_keys, present(record, "tools"), present(record, "available_tools"))
    {
        r.value(Rule::S015, key, || "tools stands beside available_tools");
    }
}

/// Keys under which formats keep a conversation or a part of one.
const CONVERSATION_KEYS: &[&str] = &[
    "messages",
    "conversations",
    "conversation",
    "chat",
    "dialog",
    "dialogue",
    "turns",
    "history",
    "interactions",
    "contents",
    "prompt",
    "completion",
    "chosen",
    "rejected",
    "chosen_messages",
    "rejected_messages",
    "instruction",
    "input",
    "output",
    "question",
    "answer",
    "query",
    "response",
    "text",
    "system",
    "preferred_output",
    "non_preferred_output",
    "preferred_completion",
    "non_preferred_completion",
];

/// May the conversation, or a part of it, be in this member? Then no repair deletes it: what is left
/// could pass for a whole record.
fn holds_conversation(name: &str, value: Value<'_>) -> bool {
    let is_turn = |value: Value<'_>| value.get("role").or_else(|| value.get("from")).is_some();
    let has_something = value.is_array() || value.is_object() || value.is_string();
    (has_something && CONVERSATION_KEYS.contains(&name))
        || is_turn(value)
        || value.items().any(is_turn)
}

/// Key and value of a member that is not null.
fn present<'a>(object: Value<'a>, name: &str) -> Option<(Value<'a>, Value<'a>)> {
    object.member(name).filter(|(_, value)| !value.is_null())
}

/// S015: the keys of other formats beside `messages`, in the order of the text.
fn rivals<'a>(record: Value<'a>, profile: &Profile) -> Vec<Value<'a>> {
    if present(record, "messages").is_none() {
        return Vec::new();
    }
    let old = profile.mistral_keys.then_some("interactions");
    let names = profile.rival_keys.iter().copied().chain(old);
    let mut keys: Vec<_> = names.filter_map(|name| present(record, name)).map(|m| m.0).collect();
    keys.sort_by_key(|key| key.span().start);
    keys
}

/// S016
pub fn null_padding(r: &mut Reporter<'_>, key: Value<'_>, value: Value<'_>) {
    let name = key.as_str().unwrap_or_default();
    let severity = match name {
        "weight" => r.case(Rule::S016, Case::NullWeight),
        name if REASONING_FIELDS.contains(&name) => r.view.severity(Rule::S016),
        _ => r.case(Rule::S016, Case::NullKey),
    };
    r.value_as(Rule::S016, severity, value, || format!("{name} is null"))
        .fix(Level::Safe, || repair::delete_member(key, value));
}

/// Turns `functions` into `tools`, unless there are tools.
fn functions_to_tools(record: Value<'_>, key: Value<'_>, functions: Value<'_>) -> Vec<Edit> {
    if record.get("tools").is_some() || !functions.is_array() {
        return Vec::new();
    }
    let mut edits = repair::replace(key, "\"tools\"");
    for function in functions.items() {
        let (start, end) = (function.span().start, function.span().end);
        edits.push(Edit::new(start..start, &b"{\"type\":\"function\",\"function\":"[..]));
        edits.push(Edit::new(end..end, &b"}"[..]));
    }
    edits
}

/// S004 to S013, S016 to S018, S020, S021 of every message.
pub fn messages(r: &mut Reporter<'_>, list: &List<'_>) {
    let mut turns = list.turns.iter();
    if list.value.is_object() {
        turns.for_each(|turn| message(r, list, turn));
        return;
    }
    for item in list.value.items() {
        if !item.is_object() {
            r.value(Rule::S004, item, || {
                format!("a message is {}, wanted an object", with_article(item))
            });
        } else if let Some(turn) = turns.next() {
            message(r, list, turn);
        }
    }
}

/// "a string", "an array", "null".
pub fn with_article(value: Value<'_>) -> String {
    match value.kind() {
        Type::Null => "null".to_owned(),
        Type::Array | Type::Object => format!("an {}", value.kind().name()),
        kind => format!("a {}", kind.name()),
    }
}

fn message(r: &mut Reporter<'_>, list: &List<'_>, turn: &Turn<'_>) {
    let message = &turn.message;
    match message.role {
        None => drop(r.missing(Rule::S005, message.value, || "the message has no role")),
        Some(role) => match role.as_str() {
            None => drop(r.value(Rule::S006, role, || {
                format!("role is {}, wanted a string", with_article(role))
            })),
            Some(name) => role_name(r, role, name),
        },
    }
    content(r, list, turn);
    for (key, value) in message.value.members() {
        member(r, turn, key, value);
    }
    if let Some(name) = message.name.filter(|name| !name.is_null() && !is_name(*name)) {
        let severity = match name.is_string() {
            true => r.view.severity(Rule::S017),
            false => r.case(Rule::S017, Case::NameType),
        };
        r.value_as(Rule::S017, severity, name, || {
            format!("name is {}, wanted 1 to 64 of a-z, A-Z, 0-9, _ and -", excerpt(name))
        });
    }
    deprecated(r, turn);
    if r.view.profile.mistral_keys
        && let (Some(_), Some((key, _))) = (message.content, message.value.member("text"))
    {
        r.value(Rule::S015, key, || "the message has both content and text");
    }
}

fn is_name(value: Value<'_>) -> bool {
    value.as_str().is_some_and(is_identifier)
}

/// Matches `^[a-zA-Z0-9_-]{1,64}$`.
pub fn is_identifier(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

/// S007, S008
fn role_name(r: &mut Reporter<'_>, role: Value<'_>, name: &str) {
    let profile = r.view.profile;
    let exact = Role::named(name);
    if exact == Role::Function {
        return;
    }
    if let Some((_, why)) = profile.doubtful.iter().find(|(doubtful, _)| *doubtful == exact) {
        let wanted = wanted_roles(r);
        r.value_in(Rule::S007, Case::DoubtfulRole, role, || {
            Words::new(format!("role {name} is in doubt"))
                .effect(format!("for {} it {why}", profile.name))
                .advice(format!("use one of {wanted} if the target may refuse it"))
        });
        return;
    }
    if profile.roles.contains(&exact) || profile.aliases.contains(&name) {
        return;
    }
    let wanted = wanted_roles(r);
    let trimmed = Role::named(&name.trim().to_ascii_lowercase());
    if profile.roles.contains(&trimmed) {
        r.value(Rule::S008, role, || {
            Words::new(format!("role is {}", quote(name)))
                .advice(format!("write \"{}\"", trimmed.name()))
        })
        .fix(Level::Safe, || repair::replace(role, to_json(trimmed.name())));
    } else if let Some(meant) = roles::alias(name) {
        let is_call = name.trim().eq_ignore_ascii_case(roles::CALL_ALIAS);
        let severity = match meant {
            Role::Tool => r.case(Rule::S008, Case::ToolAlias),
            _ => r.view.severity(Rule::S008),
        };
        r.value_as(Rule::S008, severity, role, || {
            let readers = readers(name);
            let advice = match (is_call, profile.roles.contains(&meant)) {
                (true, _) => format!("write an assistant message with tool_calls{readers}"),
                (false, true) => format!("write \"{}\"{readers}", meant.name()),
                (false, false) => format!("{} has no such role: use {wanted}", profile.name),
            };
            Words::new(format!("role is {}, an alias of {}", quote(name), meant.name()))
                .advice(advice)
        })
        .fix(Level::Unsafe, || match is_call || !profile.roles.contains(&meant) {
            true => Vec::new(),
            false => repair::replace(role, to_json(meant.name())),
        });
    } else {
        r.value(Rule::S007, role, || format!("role is {}, wanted one of {wanted}", quote(name)));
    }
}

/// The roles that the target takes without doubt, for messages.
fn wanted_roles(r: &Reporter<'_>) -> String {
    let profile = r.view.profile;
    let in_doubt = |role: &Role| profile.doubtful.iter().any(|(other, _)| other == role);
    let unsupported = |role: &Role| role.is_system() && r.view.is_on(Rule::T009);
    let roles = profile.roles.iter().filter(|role| !in_doubt(role) && !unsupported(role));
    roles.map(|role| role.name()).collect::<Vec<_>>().join(", ")
}

/// Who reads an alias as it stands.
fn readers(alias: &str) -> String {
    let names: Vec<_> = super::profile::PROFILES
        .iter()
        .filter(|profile| profile.aliases.contains(&alias))
        .map(|profile| profile.name)
        .collect();
    if names.is_empty() {
        String::new()
    } else {
        format!(" ({} read {} as it stands)", names.join(" and "), quote(alias))
    }
}

/// S009 to S012, S020, S021
fn content(r: &mut Reporter<'_>, list: &List<'_>, turn: &Turn<'_>) {
    let message = &turn.message;
    let refused = r.view.profile.refusals && message.has_refusal();
    let excused = message.has_calls() || refused;
    let without = |r: &Reporter<'_>, rule| {
        let case = match turn.role {
            _ if message.has_refusal() => Case::UnreadRefusal,
            Role::Assistant => Case::AnswerWithoutContent,
            Role::System | Role::Developer if rule == Rule::S010 => Case::SystemWithoutContent,
            Role::System | Role::Developer => return r.view.severity(rule),
            _ => Case::TurnWithoutContent,
        };
        r.case(rule, case)
    };
    let calling = message.has_calls() && turn.role == Role::Assistant;
    let value = message.value;
    let Some(content) = message.content else {
        let has_text = r.view.profile.mistral_keys && value.get("text").is_some();
        if calling {
            r.missing(Rule::S021, value, || "the message with tool calls has no content key")
                .fix(Level::Unsafe, || repair::add_member(value, "content", "\"\""));
        } else if !excused && !has_text {
            let severity = without(r, Rule::S009);
            r.missing_as(Rule::S009, severity, value, || "the message has no content");
        }
        return;
    };
    match content.kind() {
        Type::Null if calling => {
            r.value(Rule::S020, content, || "content is null beside tool calls")
                .fix(Level::Unsafe, || repair::replace(content, "\"\""));
        }
        Type::Null if !excused => {
            let severity = without(r, Rule::S010);
            r.value_as(Rule::S010, severity, content, || "content is null");
        }
        Type::Null | Type::String => {}
        Type::Array => content_array(r, turn, content),
        kind => {
            let severity = match kind {
                Type::Number | Type::Bool(_) => r.case(Rule::S011, Case::ScalarContent),
                _ => r.view.severity(Rule::S011),
            };
            r.value_as(Rule::S011, severity, content, || {
                format!("content is {}, wanted a string", with_article(content))
            });
        }
    }
    let empty_array = content.is_array() && content.is_empty();
    let has_reasoning = message.reasoning_present().next().is_some();
    if !content.is_null()
        && !empty_array
        && message.is_content_empty()
        && !excused
        && !has_reasoning
    {
        let severity = match content.as_str() {
            Some("") if turn.role == Role::Assistant => r.view.severity(Rule::S012),
            _ => r.case(Rule::S012, Case::NotAnEmptyAnswer),
        };
        r.value_as(Rule::S012, severity, content, || match content.as_str() {
            Some(text) if !text.is_empty() => {
                format!("the content of {} is only white space", with_a(turn.role))
            }
            _ => format!("the content of {} is empty", with_a(turn.role)),
        })
        .fix(Level::Unsafe, || match list.value.is_array() {
            true => repair::delete_item(value),
            false => Vec::new(),
        });
    }
}

/// S011 of an array where the target reads none.
fn content_array(r: &mut Reporter<'_>, turn: &Turn<'_>, content: Value<'_>) {
    let of_answers = r.view.of_case(Case::AnswerArray).filter(|_| turn.role == Role::Assistant);
    let severity = of_answers.unwrap_or(r.case(Rule::S011, Case::ContentArray));
    // Where arrays are read there is nothing to object to, whatever severity the user gives the rule.
    if severity == Severity::Off {
        return;
    }
    r.value_as(Rule::S011, severity, content, || "content is an array, wanted a string").fix(
        Level::Unsafe,
        || {
            let joined = repair::joined_texts(content);
            joined.map_or(Vec::new(), |text| repair::replace_with_string(content, &text))
        },
    );
}

/// S013 and S016 of one member of a message.
fn member(r: &mut Reporter<'_>, turn: &Turn<'_>, key: Value<'_>, value: Value<'_>) {
    let name = key.as_str().unwrap_or_default();
    let optional =
        matches!(name, "tool_calls" | "function_call" | "name" | "weight" | "tool_call_id")
            || REASONING_FIELDS.contains(&name);
    // A result without its id is F007.
    let told = name == "tool_call_id" && turn.role == Role::Tool && r.view.is_on(Rule::F007);
    if value.is_null() && told {
        return;
    }
    if value.is_null() && optional && r.view.is_on(Rule::S016) {
        null_padding(r, key, value);
        return;
    }
    let outside = turn.role != Role::Assistant;
    let judged_elsewhere = (outside && matches!(name, "weight" | "tool_calls" | "function_call"))
        || (REASONING_FIELDS.contains(&name) && r.view.is_on(Rule::R005));
    if judged_elsewhere || is_known(r.view.profile, turn.role, name) {
        return;
    }
    r.value(Rule::S013, key, || format!("unknown key {} in {}", quote(name), with_a(turn.role)))
        .fix(Level::Unsafe, || match name {
            // Without it a masked answer would be trained.
            "weight" => Vec::new(),
            _ => repair::delete_member(key, value),
        });
}

/// "an assistant message", "a user message", "a message of unknown role".
pub fn with_a(role: Role) -> String {
    match role {
        Role::Assistant => "an assistant message".to_owned(),
        Role::Unknown => "a message of unknown role".to_owned(),
        role => format!("a {} message", role.name()),
    }
}

fn is_known(profile: &Profile, role: Role, key: &str) -> bool {
    if profile.more_message_keys.contains(&key) {
        return true;
    }
    match profile.message_keys {
        MessageKeys::Common(keys) => {
            keys.contains(&key)
                && match key {
                    "tool_calls" | "function_call" | "refusal" => {
                        matches!(role, Role::Assistant | Role::Unknown)
                    }
                    "tool_call_id" => matches!(role, Role::Tool | Role::Unknown),
                    _ => true,
                }
        }
        MessageKeys::PerRole => match role {
            Role::System | Role::Developer | Role::User => {
                matches!(key, "role" | "content" | "name")
            }
            Role::Tool => matches!(key, "role" | "content" | "tool_call_id"),
            Role::Function => matches!(key, "role" | "content" | "name"),
            Role::Assistant | Role::Unknown => matches!(
                key,
                "role" | "content" | "name" | "weight" | "tool_calls" | "function_call" | "refusal"
            ),
        },
    }
}

/// S018 of one message.
fn deprecated(r: &mut Reporter<'_>, turn: &Turn<'_>) {
    let message: &Message<'_> = &turn.message;
    if let Some((key, call)) = present(message.value, "function_call") {
        r.value_in(Rule::S018, Case::FunctionCall, key, || "the message uses function_call")
            .fix(Level::Unsafe, || call_to_tool_calls(message, key, call));
    }
    if turn.role == Role::Function
        && let Some(role) = message.role
    {
        r.value_in(Rule::S018, Case::FunctionRole, role, || "the message uses role function")
            .fix(Level::Unsafe, || function_to_tool(message, role));
    }
}

/// The id that stands for a call of this function, which has none of its own.
fn made_up_id(name: &str) -> String {
    to_json(&format!("call_{name}"))
}

fn call_to_tool_calls(message: &Message<'_>, key: Value<'_>, call: Value<'_>) -> Vec<Edit> {
    let name = call.get("name").and_then(|name| name.as_str());
    let (Some(name), None) = (name, message.tool_calls) else { return Vec::new() };
    let (start, end) = (call.span().start, call.span().end);
    let open = format!("[{{\"id\":{},\"type\":\"function\",\"function\":", made_up_id(name));
    let mut edits = repair::replace(key, "\"tool_calls\"");
    edits.push(Edit::new(start..start, open));
    edits.push(Edit::new(end..end, &b"}]"[..]));
    edits
}

fn function_to_tool(message: &Message<'_>, role: Value<'_>) -> Vec<Edit> {
    let name = message.name.and_then(|name| name.as_str());
    let (Some(name), None) = (name, message.tool_call_id) else { return Vec::new() };
    let mut edits = repair::replace(role, "\"tool\"");
    edits.extend(repair::add_member(message.value, "tool_call_id", &made_up_id(name)));
    edits
}
