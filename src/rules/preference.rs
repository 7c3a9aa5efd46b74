//! Q: preference and prompt-completion records.

use crate::record::Value;
use crate::record::document::{Kind as Type, deep_equal};

use super::finding::{Reporter, excerpt};
use super::kind::Kind;
use super::list::{List, Place, judged_role};
use super::profile::Case;
use super::repair::{self, Level};
use super::roles::Role;
use super::schema::with_article;
use super::table::Rule;

/// OpenAI's two answers, each with the name that its specification once used.
const OUTPUTS: [(&str, &str); 2] = [
    ("preferred_output", "preferred_completion"),
    ("non_preferred_output", "non_preferred_completion"),
];

/// Q001, and when the shape is right Q002 to Q006, of a record.
pub fn judge(r: &mut Reporter<'_>, record: Value<'_>, kind: Kind, lists: &[List<'_>]) {
    let answers = match kind {
        Kind::PreferenceOpenai => openai(r, record),
        Kind::PreferenceTrl => trl(r, record),
        Kind::PreferenceLlamaFactory => llama_factory(r, record),
        _ => Some(Vec::new()),
    };
    let Some(answers) = answers else { return };
    for list in lists {
        prompt_end(r, list);
    }
    if let [chosen, rejected] = answers[..] {
        compared(r, record, kind, chosen, rejected);
    }
    if kind == Kind::PreferenceOpenai {
        old_names(r, record);
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

/// Q001 of OpenAI's form; the two answers when there is none.
fn openai<'a>(r: &mut Reporter<'_>, record: Value<'a>) -> Option<Vec<Value<'a>>> {
    let mut good = true;
    match record.get("input") {
        None => {
            good = false;
            r.missing(Rule::Q001, record, || "the record has no input");
        }
        Some(input) if !input.is_object() || input.get("messages").is_none() => {
            good = false;
            r.value(Rule::Q001, input, || "input is not an object with messages");
        }
        _ => {}
    }
    let mut answers = Vec::new();
    for (name, old) in OUTPUTS {
        let Some(output) = record.get(name).or_else(|| record.get(old)) else {
            r.missing(Rule::Q001, record, || format!("the record has no {name}"));
            continue;
        };
        let only = output.items().next().filter(|_| output.len() == 1);
        if only.is_some_and(|message| is_answer(r, message)) {
            answers.push(output);
        } else {
            let severity = match output.is_array() {
                true if output.is_empty() => r.case(Rule::Q001, Case::EmptyAnswer),
                true if output.items().all(|message| message.is_object()) => {
                    r.case(Rule::Q001, Case::OddAnswer)
                }
                _ => r.view.severity(Rule::Q001),
            };
            r.value_as(Rule::Q001, severity, output, || {
                format!("{name} is not an array of exactly one assistant message")
            });
        }
    }
    (good && answers.len() == OUTPUTS.len()).then_some(answers)
}

/// Q006
fn old_names(r: &mut Reporter<'_>, record: Value<'_>) {
    for (name, old) in OUTPUTS {
        if let Some((key, _)) = record.member(old).filter(|_| record.get(name).is_none()) {
            r.value(Rule::Q006, key, || format!("the key is {old}, wanted {name}"))
                .fix(Level::Safe, || repair::replace_with_string(key, name));
        }
    }
}

/// Is it an assistant message, by whatever spelling of its role?
fn is_answer(r: &Reporter<'_>, message: Value<'_>) -> bool {
    let name = message.get("role").and_then(|role| role.as_str());
    name.is_some_and(|name| judged_role(name, r.view.profile) == Role::Assistant)
}

/// Q003 and, for TRL's form, Q004.
fn compared(
    r: &mut Reporter<'_>,
    record: Value<'_>,
    kind: Kind,
    chosen: Value<'_>,
    rejected: Value<'_>,
) {
    if deep_equal(chosen, rejected) {
        r.value(Rule::Q003, rejected, || "the chosen and the rejected answer are equal");
    }
    if kind == Kind::PreferenceTrl && record.get("prompt").is_none() && chosen.is_array() {
        implicit_prompt(r, chosen, rejected);
    }
}

/// Q001 of TRL's form; the two answers when there is none.
fn trl<'a>(r: &mut Reporter<'_>, record: Value<'a>) -> Option<Vec<Value<'a>>> {
    let (chosen, rejected) = match (record.get("chosen"), record.get("rejected")) {
        (Some(chosen), Some(rejected)) => (chosen, rejected),
        (None, _) => {
            r.missing(Rule::Q001, record, || "the record has no chosen");
            return None;
        }
        (_, None) => {
            r.missing(Rule::Q001, record, || "the record has no rejected");
            return None;
        }
    };
    for other in [Some(rejected), record.get("prompt")].into_iter().flatten() {
        if std::mem::discriminant(&other.kind()) != std::mem::discriminant(&chosen.kind()) {
            r.value(Rule::Q001, other, || {
                format!("this is {}, and chosen is {}", with_article(other), with_article(chosen))
            });
            return None;
        }
    }
    let mut good = true;
    for answer in [chosen, rejected].into_iter().filter(|answer| answer.is_array()) {
        match answer.items().last() {
            None => {
                good = false;
                r.value_in(
                    Rule::Q001,
                    Case::EmptyAnswer,
                    answer,
                    || "the answer is an empty array",
                );
            }
            Some(last) if !is_answer(r, last) => {
                good = false;
                r.value(
                    Rule::Q001,
                    last,
                    || "the last message of the answer is not the assistant's",
                );
            }
            _ => {}
        }
    }
    good.then(|| vec![chosen, rejected])
}

/// Q004
fn implicit_prompt(r: &mut Reporter<'_>, chosen: Value<'_>, rejected: Value<'_>) {
    let before = chosen.len() - 1;
    let same = chosen.len() == rejected.len()
        && chosen.items().zip(rejected.items()).take(before).all(|(a, b)| deep_equal(a, b));
    if !same {
        r.value(Rule::Q004, rejected, || "chosen and rejected differ before their last message");
    } else if before == 0 {
        r.value(Rule::Q004, rejected, || "chosen and rejected hold an answer and no question");
    }
}

/// Q001 of LLaMA-Factory's form; the two answers when there is none.
fn llama_factory<'a>(r: &mut Reporter<'_>, record: Value<'a>) -> Option<Vec<Value<'a>>> {
    let answers: Vec<_> =
        ["chosen", "rejected"].into_iter().filter_map(|key| record.get(key)).collect();
    let mut good = true;
    for answer in &answers {
        if !is_answer(r, *answer) {
            good = false;
            r.value(Rule::Q001, *answer, || "the answer is not an assistant message");
        }
    }
    good.then_some(answers)
}

/// Q002: the last message of a prompt.
fn prompt_end(r: &mut Reporter<'_>, list: &List<'_>) {
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
        format!("the prompt ends in a message of role {}", last.whose())
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
        r.value(Rule::Q005, value, || format!("this is {}, wanted true or false", excerpt(value)))
            .fix(Level::Unsafe, || match value.raw() {
                b"1" | b"\"true\"" => repair::replace(value, "true"),
                b"0" | b"\"false\"" => repair::replace(value, "false"),
                _ => Vec::new(),
            });
    }
}
