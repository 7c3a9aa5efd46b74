//! Answers: read from a file or from what was typed, and held against the questions.

use std::collections::BTreeMap;

use crate::cli::terminal::quote;
use crate::generate::node::{Node, Value};
use crate::generate::plan::{address, is_variable, suggestion};
use crate::quality::holds_key;

use super::questions::{ANY_TARGET, QUESTIONS, Question, Takes, find};

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    Text(String),
    Whole(u64),
    Share(f64),
    Yes(bool),
    List(Vec<String>),
    Weights(Vec<f64>),
}

/// Answers by the id of the question.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Answers(BTreeMap<&'static str, Answer>);

/// Most bytes of an answer in a message.
const SHOWN: usize = 60;

impl Answers {
    /// Adds the answers of a file; says what cannot be taken.
    pub(super) fn read(&mut self, root: &Node) -> Vec<String> {
        let Some(entries) = root.table() else { return vec!["wanted answers by id".to_owned()] };
        let mut faults = Vec::new();
        for (id, node) in entries {
            match known(id).and_then(|question| Ok((question.id, of_node(question, node)?))) {
                Ok((id, answer)) => {
                    self.0.insert(id, answer);
                }
                Err(why) => faults.push(format!("line {}: {why}", node.line)),
            }
        }
        faults
    }

    /// Adds one answer as it was typed.
    pub(super) fn set(&mut self, id: &str, text: &str) -> Result<(), String> {
        let question = known(id)?;
        self.0.insert(question.id, parse(question, text)?);
        Ok(())
    }

    /// Takes an answer back.
    pub(super) fn forget(&mut self, id: &str) {
        self.0.remove(id);
    }

    pub(super) fn get(&self, id: &str) -> Option<&Answer> {
        self.0.get(id)
    }

    /// Is the question of any meaning under the answers so far? Where the answer that decides is not there, the usual
    /// one counts.
    pub(super) fn applies(&self, question: &Question) -> bool {
        let Some((other, answers)) = question.only_if else { return self.has_topics(question) };
        let usual = find(other).and_then(|other| other.usual).unwrap_or_default();
        let decided = match self.get(other) {
            Some(Answer::Text(text)) => text.as_str(),
            _ => usual,
        };
        answers.contains(&decided)
    }

    /// Weights are asked for where there are topics to weigh.
    fn has_topics(&self, question: &Question) -> bool {
        question.id != "weights"
            || matches!(self.get("topics"), Some(Answer::List(l)) if l.len() > 1)
    }

    /// The questions that are not answered yet.
    pub(super) fn open(&self) -> impl Iterator<Item = &'static Question> {
        QUESTIONS.iter().filter(|q| self.get(q.id).is_none() && self.applies(q))
    }

    /// Gives every open question its usual answer; the ids of those that have none.
    pub(super) fn fill(&mut self) -> Vec<&'static str> {
        let mut missing = Vec::new();
        for question in QUESTIONS {
            if self.get(question.id).is_some() || !self.applies(question) {
                continue;
            }
            match question.usual.map(|usual| parse(question, usual)) {
                Some(Ok(answer)) => {
                    self.0.insert(question.id, answer);
                }
                _ => missing.push(question.id),
            }
        }
        missing
    }

    /// What two answers must agree in.
    pub(super) fn disagreement(&self) -> Option<String> {
        let topics = self.list("topics").len();
        let weights = self.weights();
        if weights.is_empty() || weights.len() == topics {
            return None;
        }
        Some(format!("weights: {} for {topics} topics; give one for each", weights.len()))
    }

    pub(super) fn text(&self, id: &str) -> &str {
        match self.get(id) {
            Some(Answer::Text(text)) => text,
            _ => "",
        }
    }

    pub(super) fn whole(&self, id: &str) -> u64 {
        if let Some(Answer::Whole(number)) = self.get(id) { *number } else { 1 }
    }

    pub(super) fn share(&self, id: &str) -> f64 {
        if let Some(Answer::Share(share)) = self.get(id) { *share } else { 0.0 }
    }

    pub(super) fn yes(&self, id: &str) -> bool {
        self.get(id) == Some(&Answer::Yes(true))
    }

    pub(super) fn list(&self, id: &str) -> &[String] {
        if let Some(Answer::List(list)) = self.get(id) { list } else { &[] }
    }

    pub(super) fn weights(&self) -> &[f64] {
        if let Some(Answer::Weights(weights)) = self.get("weights") { weights } else { &[] }
    }
}

fn known(id: &str) -> Result<&'static Question, String> {
    find(id).ok_or_else(|| {
        let ids: Vec<&str> = QUESTIONS.iter().map(|question| question.id).collect();
        format!("there is no question {}; {}", quote(id, SHOWN), suggestion(id, &ids))
    })
}

/// The answer in a file.
fn of_node(question: &Question, node: &Node) -> Result<Answer, String> {
    match (&node.value, question.takes) {
        (Value::Text(text), _) => parse(question, text),
        (Value::Bool(yes), Takes::YesNo) => Ok(Answer::Yes(*yes)),
        (Value::Integer(_) | Value::Float(_), Takes::Whole(..) | Takes::Share(_)) => {
            let number = node.number().unwrap_or_default();
            parse(question, &number.to_string())
        }
        (Value::List(items), Takes::List(_) | Takes::Targets) => {
            let texts: Option<Vec<String>> =
                items.iter().map(|item| item.text().map(|text| text.trim().to_owned())).collect();
            listed(question, texts.ok_or_else(|| wrong(question, node.kind()))?)
        }
        (Value::List(items), Takes::Weights) => {
            let numbers: Option<Vec<f64>> = items.iter().map(Node::number).collect();
            weighed(question, numbers.ok_or_else(|| wrong(question, node.kind()))?)
        }
        _ => Err(wrong(question, node.kind())),
    }
}

fn wrong(question: &Question, found: &str) -> String {
    let Question { id, takes, .. } = question;
    format!("{id}: {found}; wanted {}", wanted(*takes))
}

fn wanted(takes: Takes) -> String {
    match takes {
        Takes::Text(_) => "a text".to_owned(),
        Takes::Address => "an address".to_owned(),
        Takes::Variable => "the name of an environment variable".to_owned(),
        Takes::Whole(least, most) => format!("a whole number from {least} to {most}"),
        Takes::Share(most) => format!("a share from 0 to {most}, such as 0.1 or 10%"),
        Takes::YesNo => "yes or no".to_owned(),
        Takes::Choice(choices) => format!("one of {}", choices.join(", ")),
        Takes::Targets => format!("some of {}", takes.choices().join(", ")),
        Takes::List(most) => format!("at most {most} texts, parted by commas"),
        Takes::Weights => "numbers above 0, parted by commas".to_owned(),
    }
}

/// The answer that was typed.
pub(super) fn parse(question: &Question, text: &str) -> Result<Answer, String> {
    let text = text.trim();
    if holds_key(text) {
        return Err(format!("{}: looks like a secret, which no plan may hold", question.id));
    }
    let refused = || wrong(question, &quote(text, SHOWN));
    match question.takes {
        Takes::Text(_) => {
            if text.is_empty() && question.usual != Some("") {
                return Err(refused());
            }
            if text.chars().any(char::is_control) {
                return Err(format!("{}: a text of one line is wanted", question.id));
            }
            Ok(Answer::Text(text.to_owned()))
        }
        Takes::Address => match address(text) {
            Ok(url) if url.chars().all(|c| !c.is_control()) => Ok(Answer::Text(url)),
            Ok(_) => Err(format!("{}: a text of one line is wanted", question.id)),
            Err((reason, "")) => Err(format!("{}: {reason}", question.id)),
            Err((reason, advice)) => Err(format!("{}: {reason}; {advice}", question.id)),
        },
        Takes::Variable if text.is_empty() || is_variable(text) => {
            Ok(Answer::Text(text.to_owned()))
        }
        // Who mistakes it for the key itself must not find it in a log.
        Takes::Variable => Err(format!(
            "{}: no name of an environment variable; write one such as OPENAI_API_KEY, never the key",
            question.id
        )),
        Takes::Whole(least, most) => {
            let number = text.replace([',', '_', ' '], "").parse().ok();
            let number = number.filter(|number| (least..=most).contains(number));
            number.map(Answer::Whole).ok_or_else(refused)
        }
        Takes::Share(most) => {
            let (number, whole) = match text.strip_suffix('%') {
                Some(number) => (number.trim(), 100.0),
                None => (text, 1.0),
            };
            let share = number.parse::<f64>().ok().map(|number| number / whole);
            let share = share.filter(|share| (0.0..=most).contains(share));
            share.map(Answer::Share).ok_or_else(refused)
        }
        Takes::YesNo => match text.to_lowercase().as_str() {
            "y" | "yes" | "true" => Ok(Answer::Yes(true)),
            "n" | "no" | "false" => Ok(Answer::Yes(false)),
            _ => Err(refused()),
        },
        Takes::Choice(choices) => {
            let found = choices.iter().find(|choice| choice.eq_ignore_ascii_case(text));
            found.map(|choice| Answer::Text((*choice).to_owned())).ok_or_else(refused)
        }
        Takes::List(_) | Takes::Targets => {
            let parts = text.split([',', ';']).map(|part| part.trim().to_owned());
            listed(question, parts.filter(|part| !part.is_empty()).collect())
        }
        Takes::Weights => {
            let parts = text.split([',', ';', ' ']).filter(|part| !part.is_empty());
            let numbers: Option<Vec<f64>> = parts.map(|part| part.parse().ok()).collect();
            weighed(question, numbers.ok_or_else(refused)?)
        }
    }
}

fn listed(question: &Question, mut texts: Vec<String>) -> Result<Answer, String> {
    let mut seen = std::collections::HashSet::new();
    texts.retain(|text| !text.is_empty() && seen.insert(text.clone()));
    if texts.iter().any(|text| holds_key(text)) {
        return Err(format!("{}: looks like a secret, which no plan may hold", question.id));
    }
    if texts.iter().any(|text| text.chars().any(char::is_control)) {
        return Err(format!("{}: texts of one line are wanted", question.id));
    }
    match question.takes {
        Takes::Targets => {
            let choices = question.takes.choices();
            if let Some(other) = texts.iter().find(|text| !choices.contains(&text.as_str())) {
                let advice = suggestion(other, &choices);
                return Err(format!(
                    "{}: {} is not known; {advice}",
                    question.id,
                    quote(other, SHOWN)
                ));
            }
            if texts.is_empty() {
                return Err(wrong(question, "nothing"));
            }
            texts.retain(|text| text != ANY_TARGET);
        }
        Takes::List(most) if texts.len() > most => {
            return Err(wrong(question, &format!("{} texts", texts.len())));
        }
        _ => {}
    }
    Ok(Answer::List(texts))
}

fn weighed(question: &Question, numbers: Vec<f64>) -> Result<Answer, String> {
    // The bounds of weights in a plan; a topic of weight 0 need not be named.
    if numbers.iter().all(|number| *number > 0.0 && *number <= 1e9) {
        return Ok(Answer::Weights(numbers));
    }
    Err(wrong(question, "a number that is not above 0"))
}
