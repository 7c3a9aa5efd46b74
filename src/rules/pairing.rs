//! F: the ids of calls, and the results that belong to them.

use std::cell::LazyCell;
use std::collections::{HashMap, VecDeque};

use crate::record::Value;

use super::finding::{Reporter, plural, quote};
use super::list::{List, Place, Turn};
use super::profile::Case;
use super::repair::{self, Level};
use super::roles::Role;
use super::table::Rule;

/// How often an id was used so far.
#[derive(Default)]
struct Used {
    times: usize,
    /// The message that used it last, and how often that one did.
    turn: usize,
    there: usize,
}

/// F006
fn duplicate_ids(r: &mut Reporter<'_>, turns: &[&Turn<'_>]) {
    let mut seen: HashMap<&str, Used> = HashMap::new();
    for (index, turn) in turns.iter().enumerate() {
        let results = LazyCell::new(|| results_behind(turns, index));
        for call in turn.message.calls() {
            let Some((id, text)) = call.get("id").and_then(|id| Some((id, id.as_str()?))) else {
                continue;
            };
            if r.view.profile.null_ids && text == "null" {
                continue;
            }
            let used = seen.entry(text).or_default();
            let before = if used.turn == index { used.there } else { 0 };
            *used = Used { times: used.times + 1, turn: index, there: before + 1 };
            let times = used.times;
            if times < 2 {
                continue;
            }
            r.value(Rule::F006, id, || format!("the id {} was used before", quote(text))).fix(
                Level::Unsafe,
                || {
                    let new = format!("{text}_{times}");
                    let result = results.get(text).and_then(|results| results.get(before));
                    let places = [id].into_iter().chain(result.copied());
                    places.flat_map(|place| repair::replace_with_string(place, &new)).collect()
                },
            );
        }
    }
}

/// The ids of the results that follow a message directly, by their text.
fn results_behind<'a>(turns: &[&Turn<'a>], index: usize) -> HashMap<&'a str, Vec<Value<'a>>> {
    let mut results: HashMap<&str, Vec<Value<'_>>> = HashMap::new();
    for turn in turns[index + 1..].iter().take_while(|turn| turn.role.is_result()) {
        if let Some((id, text)) = turn.message.tool_call_id.and_then(|id| Some((id, id.as_str()?)))
        {
            results.entry(text).or_default().push(id);
        }
    }
    results
}

/// A call whose result is awaited.
struct OpenCall<'a> {
    id: Option<&'a str>,
    value: Value<'a>,
    answered: bool,
}

/// The calls of one message, as results come in.
#[derive(Default)]
struct OpenCalls<'a> {
    calls: Vec<OpenCall<'a>>,
    /// Indexes of the calls with an id, or without.
    by_id: HashMap<Option<&'a str>, VecDeque<usize>>,
    /// No call before this one is open.
    first: usize,
    /// Calls not yet answered.
    left: usize,
}

impl<'a> OpenCalls<'a> {
    fn of(turn: &Turn<'a>) -> OpenCalls<'a> {
        let mut open = OpenCalls::default();
        if turn.role != Role::Assistant {
            return open;
        }
        let function = turn.message.function_call;
        for value in turn.message.calls().chain(function).filter(|call| call.is_object()) {
            let id = value.get("id").and_then(|id| id.as_str());
            open.by_id.entry(id).or_default().push_back(open.calls.len());
            open.calls.push(OpenCall { id, value, answered: false });
        }
        open.left = open.calls.len();
        open
    }

    /// The id of the only call that is open.
    fn only(&mut self) -> Option<&'a str> {
        (self.left == 1).then(|| self.first()).flatten().and_then(|at| self.calls[at].id)
    }

    fn first(&mut self) -> Option<usize> {
        while self.calls.get(self.first)?.answered {
            self.first += 1;
        }
        Some(self.first)
    }

    fn next_of(&mut self, id: Option<&'a str>) -> Option<usize> {
        let calls = self.by_id.get_mut(&id)?;
        while self.calls[*calls.front()?].answered {
            calls.pop_front();
        }
        calls.front().copied()
    }

    /// Answers the first call of that id, or one that has none; without an id the first one. False when
    /// there is no such call.
    fn answer(&mut self, id: Option<&'a str>) -> bool {
        let call = match id {
            Some(_) => self.next_of(id).or_else(|| self.next_of(None)),
            None => self.first(),
        };
        if let Some(at) = call {
            self.calls[at].answered = true;
            self.left -= 1;
        }
        call.is_some()
    }

    /// F009 of the calls that nothing answered.
    fn close(&mut self, r: &mut Reporter<'_>) {
        for call in std::mem::take(self).calls.iter().filter(|call| !call.answered) {
            r.value(Rule::F009, call.value, || match call.id {
                Some(id) => format!("the call {} has no result", quote(id)),
                None => "the call has no result".to_owned(),
            });
        }
    }
}

/// The turns over which calls and results are paired: a conversation, or a prompt and one answer.
pub struct Conversation<'l, 'a> {
    turns: Vec<&'l Turn<'a>>,
    /// A message is no object or has no role, so that nothing can be said about pairs.
    broken: bool,
}

/// F006 to F009: the ids of calls, and the results that belong to them.
pub fn pair(r: &mut Reporter<'_>, conversation: &Conversation<'_, '_>) {
    let Conversation { turns, broken } = conversation;
    duplicate_ids(r, turns);
    let mut open = OpenCalls::default();
    for (index, turn) in turns.iter().enumerate() {
        if turn.role.is_result() {
            missing_id(r, turn, &mut open);
            if !broken {
                let behind_user = index == 0 || turns[index - 1].role == Role::User;
                result(r, turn, &mut open, behind_user);
            }
            continue;
        }
        // Of an unknown role S007 has told: it may be the result by a name that the target does not know.
        if !broken && turn.role != Role::Unknown {
            open.close(r);
        }
        open = OpenCalls::of(turn);
        if index + 1 == turns.len() {
            return;
        }
    }
    if !broken {
        open.close(r);
    }
}

/// F007
fn missing_id<'a>(r: &mut Reporter<'_>, turn: &Turn<'a>, open: &mut OpenCalls<'a>) {
    let message = &turn.message;
    let id = message.tool_call_id;
    if turn.role != Role::Tool || id.is_some_and(|id| id.is_string()) {
        return;
    }
    let words = || "the tool result has no tool_call_id string";
    match id {
        Some(id) => r.value(Rule::F007, id, words),
        None => r.missing(Rule::F007, message.value, words),
    }
    .fix(Level::Unsafe, || match (open.only(), id) {
        (Some(new), Some(old)) => repair::replace_with_string(old, new),
        (Some(new), None) => {
            let text = crate::record::text::to_json(new);
            repair::add_member(message.value, "tool_call_id", &text)
        }
        (None, _) => Vec::new(),
    });
}

/// F008 of one result; takes its call off the list.
fn result<'a>(r: &mut Reporter<'_>, turn: &Turn<'a>, open: &mut OpenCalls<'a>, behind_user: bool) {
    let message = &turn.message;
    let id = message.tool_call_id.and_then(|id| id.as_str());
    let left = open.left;
    if open.answer(id) {
        return;
    }
    let at = message.tool_call_id.unwrap_or(message.value);
    let severity = match behind_user {
        true => r.case(Rule::F008, Case::ResultBehindUser),
        false => r.view.severity(Rule::F008),
    };
    r.value_as(Rule::F008, severity, at, || match (id, left) {
        (Some(id), 1..) => format!("{} is none of {}", quote(id), plural(left, "open call")),
        _ => "the tool result follows no open call".to_owned(),
    });
}

/// The turns to pair: a conversation by itself, or each answer behind its prompt.
pub fn conversations<'l, 'a>(lists: &'l [List<'a>]) -> Vec<Conversation<'l, 'a>> {
    let join = |lists: &[&'l List<'a>]| Conversation {
        turns: lists.iter().flat_map(|list| &list.turns).collect(),
        broken: lists.iter().any(|list| list.broken),
    };
    // The calls of another format are not where they are looked for.
    if lists.iter().any(|list| list.dialect.is_some()) {
        return Vec::new();
    }
    let prompt = lists.iter().find(|list| list.place == Place::Prompt);
    let rest: Vec<_> = lists.iter().filter(|list| list.place != Place::Prompt).collect();
    match prompt {
        Some(prompt) if rest.is_empty() => vec![join(&[prompt])],
        Some(prompt) => rest.into_iter().map(|answer| join(&[prompt, answer])).collect(),
        None => rest.into_iter().map(|list| join(&[list])).collect(),
    }
}
