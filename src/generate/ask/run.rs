//! The flow of `ask` on one page.

use std::io::{Read as _, Write as _};
use std::path::Path;

use serde_json::{Value, json};

use crate::cli::exit::Exit;
use crate::cli::json::to_json_line;
use crate::cli::report::report_header;
use crate::cli::terminal::{QUOTE_BYTES, quote, sanitize};
use crate::error::{Error, Result};
use crate::generate::plan::{parse_tree, suggestion};
use crate::generate::presets::{self, PRESETS, Preset};
use crate::generate::show::Terminal;
use crate::stream::{Buffering, Output};

use super::answers::Answers;
use super::options::AskOptions;
use super::questions::Question;
use super::{wizard, write};

/// Asks what is open and writes the plan. The exit status is 2 if an answer cannot be taken, or if one is missing and
/// nobody can be asked.
pub fn ask(options: &AskOptions) -> Result<Exit> {
    if options.list_presets {
        return print(None, listed().as_bytes(), false);
    }
    if let Some(name) = &options.preset {
        let (preset, mut answers) = (preset(name)?, Answers::default());
        let mut faults = given(options, &mut answers)?;
        let text = super::preset::written(preset, &answers).unwrap_or_else(|wrong| {
            faults.extend(wrong);
            String::new()
        });
        return match told(&faults) {
            true => Ok(Exit::Trouble),
            false => print(options.output.as_deref(), text.as_bytes(), options.force),
        };
    }
    let mut answers = Answers::default();
    if told(&given(options, &mut answers)?) {
        return Ok(Exit::Trouble);
    }
    if options.questions_json {
        return print(None, &to_json_line(&open(&answers)), false);
    }
    if !options.defaults && answers.open().next().is_some() {
        match Terminal::open() {
            Some(mut terminal) => wizard::ask(&mut answers, &mut terminal)?,
            None if missing(&answers).is_empty() => {}
            None => {
                let missing = missing(&answers);
                return Err(Error::Unfit(format!(
                    "there is no terminal to ask on, and not answered are: {}; give them with --answers or --set, \
                     --questions-json prints the questions",
                    missing.join(", ")
                )));
            }
        }
    }
    let missing = answers.fill();
    if !missing.is_empty() {
        return Err(Error::Unfit(format!(
            "not answered are: {}; they have no usual answer, give them with --answers or --set",
            missing.join(", ")
        )));
    }
    if let Some(why) = answers.disagreement() {
        say(&why);
        return Ok(Exit::Trouble);
    }
    print(options.output.as_deref(), write::write(&answers).as_bytes(), options.force)
}

/// Tells faults. Says whether there are any.
fn told(faults: &[String]) -> bool {
    faults.iter().for_each(|fault| say(fault));
    !faults.is_empty()
}

/// The ready plan of this name.
fn preset(name: &str) -> Result<&'static Preset> {
    let known: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
    presets::find(name).ok_or_else(|| {
        let what = format!(
            "there is no preset {}; {}",
            quote(name, QUOTE_BYTES),
            suggestion(name, &known)
        );
        Error::Usage(what)
    })
}

/// A line for each ready plan.
fn listed() -> String {
    let width = PRESETS.iter().map(|preset| preset.name.len()).max().unwrap_or(0);
    PRESETS.iter().map(|preset| format!("{:width$}  {}\n", preset.name, preset.about)).collect()
}

/// The answers that are there already; what cannot be taken of them.
fn given(options: &AskOptions, answers: &mut Answers) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    if let Some(path) = &options.answers {
        let name = path.display().to_string();
        let mut bytes = Vec::new();
        match path.as_os_str() == "-" {
            true => std::io::stdin().lock().read_to_end(&mut bytes).map(|_| ()),
            false => std::fs::read(path).map(|read| bytes = read),
        }
        .map_err(|source| Error::Open { name: name.clone(), source })?;
        match parse_tree(&bytes) {
            Ok(root) => {
                faults.extend(answers.read(&root).iter().map(|fault| format!("{name}: {fault}")));
            }
            Err(wrong) => faults.extend(wrong.iter().map(|fault| fault.told(&name))),
        }
    }
    for set in &options.set {
        match set.split_once('=') {
            Some((id, text)) => faults.extend(answers.set(id.trim(), text).err()),
            // What stands there is not shown: it may be a key.
            None => faults.push(
                "--set: an id, = and the answer are wanted, as in --set count=600".to_owned(),
            ),
        }
    }
    Ok(faults)
}

/// The open questions that have no usual answer.
fn missing(answers: &Answers) -> Vec<&'static str> {
    answers.open().filter(|question| question.usual.is_none()).map(|question| question.id).collect()
}

fn open(answers: &Answers) -> Value {
    let mut all = report_header("chatml-gen");
    // A question that another one makes pointless may get its point by an answer that is not there yet.
    let questions = super::questions::QUESTIONS.iter().filter(|question| {
        let undecided = question.only_if.is_some_and(|(other, _)| answers.get(other).is_none());
        let undecided = undecided || question.id == "weights" && answers.get("topics").is_none();
        answers.get(question.id).is_none() && (undecided || answers.applies(question))
    });
    all.insert("questions".to_owned(), questions.map(described).collect());
    Value::Object(all)
}

fn described(question: &Question) -> Value {
    let choices = question.takes.choices();
    json!({
        "id": question.id,
        "group": question.group.name(),
        "question": question.text,
        "answer": question.takes.name(),
        "choices": if choices.is_empty() { Value::Null } else { choices.into() },
        "default": question.usual,
        "required": question.usual.is_none(),
        "recommendation": question.advice,
        "sets": question.sets,
        "only_if": question.only_if.map(|(id, answers)| json!({"id": id, "answers": answers})),
    })
}

fn print(path: Option<&Path>, bytes: &[u8], force: bool) -> Result<Exit> {
    let mut output = match path {
        Some(path) if path.as_os_str() != "-" => Output::fresh(path, force)?,
        _ => Output::stdout(Buffering::Block),
    };
    output.write(bytes)?;
    output.finish()?;
    Ok(Exit::Ok)
}

fn say(what: &str) {
    // A closed standard error is no reason to fail otherwise.
    let _ = writeln!(std::io::stderr(), "chatml-gen: {}", sanitize(what));
}
