//! L: weights, and whether anything is left to train.

use crate::record::document::Kind as Type;
use crate::record::{Message, Value};

use super::content::string_values;
use super::finding::{Reporter, excerpt};
use super::list::{List, Place, Turn};
use super::profile::{Case, Profile};
use super::repair::{self, Level};
use super::roles::Role;
use super::settings::TokenLimit;
use super::table::Rule;

/// L001, L002, L005 of every message; L003 and L004 of a conversation.
pub fn judge(r: &mut Reporter<'_>, list: &List<'_>) {
    for turn in &list.turns {
        weight(r, turn);
    }
    if list.place == Place::Conversation && !list.broken {
        trainable(r, list);
    }
}

fn weight(r: &mut Reporter<'_>, turn: &Turn<'_>) {
    let message = &turn.message;
    let Some((key, weight)) = message.value.member("weight").filter(|(_, v)| !v.is_null()) else {
        return;
    };
    if !matches!(weight.raw(), b"0" | b"1") {
        r.value(Rule::L001, weight, || format!("weight is {}, wanted 0 or 1", excerpt(weight)))
            .fix(Level::Unsafe, || match weight.raw() {
                b"true" | b"1.0" | b"\"1\"" => repair::replace(weight, "1"),
                b"false" | b"0.0" | b"\"0\"" => repair::replace(weight, "0"),
                _ => Vec::new(),
            });
    }
    if turn.is_of_another() {
        let severity = match message.has_image() && weight.raw() == b"1" {
            true => r.case(Rule::L002, Case::WeightedImage),
            false => r.view.severity(Rule::L002),
        };
        r.value_as(Rule::L002, severity, key, || {
            format!("weight stands on a {} message", turn.whose())
        })
        .fix(Level::Unsafe, || repair::delete_member(key, weight));
    } else if turn.role == Role::Assistant && is_zero(weight) && !r.view.profile.honours_weight {
        r.value(Rule::L005, weight, || "weight 0 is not honoured");
    }
}

/// 0 in any spelling that a reader takes for it.
fn is_zero(value: Value<'_>) -> bool {
    match value.kind() {
        Type::Bool(yes) => !yes,
        Type::Number => {
            let text = std::str::from_utf8(value.raw()).unwrap_or_default();
            text.parse::<f64>().is_ok_and(|number| number == 0.0)
        }
        Type::String => value.as_str() == Some("0"),
        _ => false,
    }
}

/// The weight or switch, of those that the profile reads, that masks the message.
fn mask<'a>(message: &Message<'a>, profile: &Profile) -> Option<Value<'a>> {
    let weight = message.weight.filter(|weight| profile.honours_weight && is_zero(*weight));
    let train = message.train.filter(|train| train.kind() == Type::Bool(false));
    let switch = train.or(message.loss_weight.filter(|weight| is_zero(*weight)));
    weight.or(switch.filter(|_| profile.train_switch))
}

/// Has the message something that could be learned?
fn has_text(message: &Message<'_>, profile: &Profile) -> bool {
    let refusal = message.refusal.and_then(|refusal| refusal.as_str());
    !message.is_content_empty()
        || message.has_calls()
        || refusal.is_some_and(|text| profile.refusals && !text.is_empty())
        || message.reasoning_present().next().is_some()
}

/// L003, L004
fn trainable<'a>(r: &mut Reporter<'_>, list: &List<'a>) {
    let profile = r.view.profile;
    let answers: Vec<_> = list.turns.iter().filter(|turn| turn.role == Role::Assistant).collect();
    let Some(last) = answers.last() else { return };
    let mask = |turn: &&Turn<'a>| mask(&turn.message, profile);
    if !answers.iter().any(|turn| mask(turn).is_none() && has_text(&turn.message, profile)) {
        r.value(Rule::L003, list.value, || nothing(&answers, mask));
    } else if let Some(at) = mask(last) {
        r.value(Rule::L004, at, || "the last assistant message is masked");
    }
}

/// Why none of these answers is learned.
fn nothing<'a>(answers: &[&Turn<'a>], mask: impl Fn(&&Turn<'a>) -> Option<Value<'a>>) -> String {
    let weighted = |turn: &&Turn<'a>| mask(turn).is_some_and(|m| turn.message.weight == Some(m));
    let all = answers.len();
    let masked = answers.iter().filter(|turn| mask(turn).is_some()).count();
    let by_weight = answers.iter().filter(|turn| weighted(turn)).count();
    let (subject, verb, is) = match all {
        1 => ("the only assistant message".to_owned(), "has", "is"),
        all => (format!("all {all} assistant messages"), "have", "are"),
    };
    match masked {
        0 => format!("{subject} {is} empty"),
        _ if by_weight == all => format!("{subject} {verb} weight 0"),
        masked if masked == all => format!("{subject} {is} masked"),
        masked => format!("{masked} of {all} assistant messages are masked and the rest empty"),
    }
}

/// Tokens that a message costs beyond its text (OpenAI's counting recipe).
const TOKENS_PER_MESSAGE: usize = 3;
/// Tokens that open the answer.
const TOKENS_PER_REPLY: usize = 3;

/// L006, L007: the tokens of a conversation against a limit.
pub fn tokens(r: &mut Reporter<'_>, list: &List<'_>, limit: &TokenLimit) {
    if list.place != Place::Conversation {
        return;
    }
    let profile = r.view.profile;
    let mut total = 0;
    let mut first_answer = None;
    for turn in &list.turns {
        let message = &turn.message;
        if turn.role == Role::Assistant
            && mask(message, profile).is_none()
            && has_text(message, profile)
        {
            first_answer.get_or_insert((total, message.value));
        }
        total += TOKENS_PER_MESSAGE + message_tokens(message, limit);
    }
    total += TOKENS_PER_REPLY;
    let about = if limit.exact { "" } else { "about " };
    if total > limit.limit {
        r.value(Rule::L006, list.value, || {
            format!("the record has {about}{total} tokens, the limit is {}", limit.limit)
        });
    }
    if let Some((before, answer)) = first_answer.filter(|(before, _)| *before >= limit.limit) {
        let severity = match limit.exact {
            true => r.case(Rule::L007, Case::ExactTokens),
            false => r.view.severity(Rule::L007),
        };
        r.value_as(Rule::L007, severity, answer, || {
            format!(
                "the first answer starts at {about}token {before}, the limit is {}",
                limit.limit
            )
        });
    }
}

/// Tokens of every string value of a message: role, texts, names, calls.
fn message_tokens(message: &Message<'_>, limit: &TokenLimit) -> usize {
    string_values(message.value)
        .map(|value| (limit.count)(value.as_str().unwrap_or_default()))
        .sum()
}
