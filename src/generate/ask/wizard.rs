//! Asks for what is open, one question after the other.

use crate::cli::terminal::sanitize;
use crate::error::{Error, Result};
use crate::generate::show::Person;

use super::answers::Answers;
use super::questions::{Group, Question, Takes};

/// Asks all open questions; an empty line is the usual answer.
pub(super) fn ask(answers: &mut Answers, person: &mut impl Person) -> Result<()> {
    let mut group = None;
    let mut greeting =
        "An empty line takes the answer in brackets; Ctrl-C stops, and nothing is written.\n"
            .to_owned();
    loop {
        let next = answers.open().next();
        let Some(question) = next else { return Ok(()) };
        let mut text = std::mem::take(&mut greeting);
        if group.replace(question.group) != Some(question.group) {
            text.push_str(&heading(question.group));
        }
        text.push_str(&shown(question));
        loop {
            let Some(line) = person.ask(&text)? else {
                return Err(Error::Unfit(
                    "the terminal was closed before all was answered".to_owned(),
                ));
            };
            let line = line.trim();
            let answer = match (line.is_empty(), question.usual) {
                (true, Some(usual)) => usual.to_owned(),
                _ => chosen(question, line),
            };
            match answers.set(question.id, &answer).and_then(|()| agreed(answers, question)) {
                Ok(()) => break,
                Err(why) => text = format!("  {}\n> ", sanitize(&why)),
            }
        }
    }
}

/// An answer that does not fit another one is taken back.
fn agreed(answers: &mut Answers, question: &Question) -> std::result::Result<(), String> {
    let Some(why) = answers.disagreement() else { return Ok(()) };
    answers.forget(question.id);
    Err(why)
}

fn heading(group: Group) -> String {
    let name = match group {
        Group::Essential => "Essentials",
        Group::Quality => "Quality and diversity",
        Group::Composition => "Composition",
    };
    format!("\n{name}\n")
}

fn shown(question: &Question) -> String {
    let mut text = format!("\n{}\n  ({})\n", question.text, question.advice);
    for (at, choice) in question.takes.choices().iter().enumerate() {
        text.push_str(&format!("  {:2} {choice}\n", at + 1));
    }
    match question.usual {
        None => text.push_str("> "),
        Some("") => text.push_str("[none] > "),
        Some(usual) => text.push_str(&format!("[{usual}] > ")),
    }
    text
}

/// Numbers stand for the choices in the list.
fn chosen(question: &Question, line: &str) -> String {
    let choices = question.takes.choices();
    let one = |part: &str| {
        let number = part.trim().parse::<usize>().ok()?;
        choices.get(number.checked_sub(1)?).map(|choice| (*choice).to_owned())
    };
    match question.takes {
        Takes::Text(_) | Takes::Choice(_) => one(line).unwrap_or_else(|| line.to_owned()),
        Takes::Targets => {
            let parts = line.split([',', ';', ' ']).map(str::trim).filter(|part| !part.is_empty());
            let parts: Vec<String> =
                parts.map(|part| one(part).unwrap_or_else(|| part.to_owned())).collect();
            parts.join(",")
        }
        _ => line.to_owned(),
    }
}
