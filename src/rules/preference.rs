//! Q: preference and prompt-completion records.

use crate::record::Value;
use crate::record::document::{Kind as Type, deep_equal};

use super::finding::{Reporter, Words, excerpt};
use super::kind::Kind;
use super::list::{List, Place};
use super::profile::Case;
use super::repair::{self, Level};
use super::roles::{self, Role};
use super::schema::with_article;
use super::table::{Rule, Severity};

/// OpenAI's two answers, each with the name that its specification once used.
const OUTPUTS: [(&str, &str); 2] = [
    ("preferred_output", "preferred_completion"),
    ("non_preferred_output", "non_preferred_completion"),
];

/// Q001 to Q006 of a record.
pub fn judge(r: &mut Reporter<'_>, record: Value<'_>, kind: Kind) {
    match kind {
        Kind::PreferenceOpenai => openai(r, record),
        Kind::PreferenceTrl => trl(r, record),
        Kind::PreferenceLlamaFactory => llama_factory(r, record),
        _ => {}
    }
    labels(r, record, kind);
}

/// The message lists of a record of this kind, except `messages`.
pub fn lists<'a>(record: Value<'a>, kind: Kind) -> Vec<(Value<'a>, Place)> {
    let array = |key: &str| record.get(key).filter(|value| value.is_array());
    let mut lists = Vec::new();
    match kind {
        Kind::PreferenceOpenai => {
            let messages = record.get("input").and_then(|input| input.get("messages"));
            lists.extend(messages.filter(|m| m.is_array()).map(|m| (m, Place::Prompt)));
            let outputs = OUTPUTS.iter().filter_map(|(new, old)| array(new).or_else(|| array(old)));
            lists.extend(outputs.map(|output| (output, Place::Answer)));
        }
        Kind::PreferenceLlamaFactory => {
            let answers = ["chosen", "rejected"].into_iter().filter_map(|key| record.get(key));
            lists.extend(answers.map(|answer| (answer, Place::Answer)));
        }
        Kind::PreferenceTrl | Kind::PromptCompletion => {
            lists.extend(array("prompt").map(|prompt| (prompt, Place::Prompt)));
            let answers = ["chosen", "rejected", "completion"].into_iter().filter_map(array);
            lists.extend(answers.map(|answer| (answer, Place::Answer)));
        }
        Kind::Chat | Kind::Other(_) => {}
    }
    lists
}

/// Q001, Q003, Q006 of OpenAI's form.
fn openai(r: &mut Reporter<'_>, record: Value<'_>) {
    match record.get("input") {
        None => drop(r.missing(Rule::Q001, record, || "the record has no input")),
        Some(input) if !input.is_object() || input.get("messages").is_none() => {
            r.value(Rule::Q001, input, || "input is not an object with messages");
        }
        _ => {}
    }
    let mut answers = Vec::new();
    for (name, old) in OUTPUTS {
        if let Some((key, _)) = record.member(old).filter(|_| record.get(name).is_none()) {
            r.value(Rule::Q006, key, || format!("the key is {old}, wanted {name}"))
                .fix(Level::Safe, || repair::replace_with_string(key, name));
        }
        let Some(output) = record.get(name).or_else(|| record.get(old)) else {
            r.missing(Rule::Q001, record, || format!("the record has no {name}"));
            continue;
        };
        answers.push(output);
        let only = output.items().next().filter(|_| output.len() == 1);
        if !only.is_some_and(|message| is_from(message, Role::Assistant)) {
            r.value(Rule::Q001, output, || {
                format!("{name} is not an array of exactly one assistant message")
            });
        }
    }
    identical(r, &answers);
}

fn is_from(message: Value<'_>, role: Role) -> bool {
    let name = message.get("role").and_then(|role| role.as_str());
    name.is_some_and(|name| Role::named(name) == role || roles::alias(name) == Some(role))
}

/// Q003
fn identical(r: &mut Reporter<'_>, answers: &[Value<'_>]) {
    if let [chosen, rejected] = answers
        && deep_equal(*chosen, *rejected)
    {
        r.value(Rule::Q003, *rejected, || "the chosen and the rejected answer are equal");
    }
}

/// Q001, Q003, Q004 of TRL's form.
fn trl(r: &mut Reporter<'_>, record: Value<'_>) {
    let (chosen, rejected) = match (record.get("chosen"), record.get("rejected")) {
        (Some(chosen), Some(rejected)) => (chosen, rejected),
        (None, _) => {
            r.missing(Rule::Q001, record, || "the record has no chosen");
            return;
        }
        (_, None) => {
            r.missing(Rule::Q001, record, || "the record has no rejected");
            return;
        }
    };
    let prompt = record.get("prompt");
    for other in [Some(rejected), prompt].into_iter().flatten() {
        if other.kind() != chosen.kind() {
            r.value(Rule::Q001, other, || {
                format!("this is {}, and chosen is {}", with_article(other), with_article(chosen))
            });
            return;
        }
    }
    for answer in [chosen, rejected].into_iter().filter(|answer| answer.is_array()) {
        match answer.items().last() {
            None => drop(r.value(Rule::Q001, answer, || "the answer is an empty array")),
            Some(last) if !is_from(last, Role::Assistant) => {
                r.value(
                    Rule::Q001,
                    last,
                    || "the last message of the answer is not the assistant's",
                );
            }
            _ => {}
        }
    }
    identical(r, &[chosen, rejected]);
    if prompt.is_none() && chosen.is_array() && rejected.is_array() {
        implicit_prompt(r, chosen, rejected);
    }
}

/// Q004
fn implicit_prompt(r: &mut Reporter<'_>, chosen: Value<'_>, rejected: Value<'_>) {
    if chosen.is_empty() || rejected.is_empty() {
        return;
    }
    let before = |answer: Value<'_>| answer.len() - 1;
    let same = before(chosen) == before(rejected)
        && chosen.items().zip(rejected.items()).take(before(chosen)).all(|(a, b)| deep_equal(a, b));
    if !same {
        r.value(Rule::Q004, rejected, || "chosen and rejected differ before their last message");
    } else if before(chosen) == 0 {
        r.value(Rule::Q004, rejected, || "chosen and rejected hold an answer and no question");
    }
}

/// Q001, Q003 of LLaMA-Factory's form.
fn llama_factory(r: &mut Reporter<'_>, record: Value<'_>) {
    let answers: Vec<_> =
        ["chosen", "rejected"].into_iter().filter_map(|key| record.get(key)).collect();
    for answer in &answers {
        if !is_from(*answer, Role::Assistant) {
            r.value(Rule::Q001, *answer, || "the answer is not an assistant message");
        }
    }
    identical(r, &answers);
}

/// Q002: the last message of a prompt.
pub fn prompt_end(r: &mut Reporter<'_>, list: &List<'_>) {
    if list.place != Place::Prompt || list.broken {
        return;
    }
    let Some(last) = list.turns.last() else { return };
    if last.role == Role::User || last.role.is_result() {
        return;
    }
    let severity = match last.role {
        Role::Assistant => r.case(Rule::Q002, Case::PromptEndsInAssistant),
        _ => r.case(Rule::Q002, Case::PromptEndsElsewhere),
    };
    let at = last.message.role.unwrap_or(last.message.value);
    r.value_as(Rule::Q002, severity, at, || {
        format!("the prompt ends in a message of role {}", last.role.name())
    });
}

/// Q005
fn labels(r: &mut Reporter<'_>, record: Value<'_>, kind: Kind) {
    let label =
        matches!(kind, Kind::Chat | Kind::PromptCompletion).then(|| record.get("label")).flatten();
    for value in [label, record.get("kto_tag")].into_iter().flatten() {
        if matches!(value.kind(), Type::Bool(_)) {
            continue;
        }
        r.value(Rule::Q005, value, || {
            Words::new(format!("this is {}, wanted true or false", excerpt(value)))
        })
        .fix(Level::Unsafe, || match value.raw() {
            b"1" | b"\"true\"" => repair::replace(value, "true"),
            b"0" | b"\"false\"" => repair::replace(value, "false"),
            _ => Vec::new(),
        });
    }
}
