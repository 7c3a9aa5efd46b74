//! What to do next, after what was found.

use std::path::Path;

use crate::cli::advice;
use crate::cli::report::plural;

use super::checks::{Check, What, concerns_bytes};
use super::config::{Config, File, Role};
use super::data::{Data, Part};
use super::journal::Run;
use super::reports::Verdict;
use super::words::is_plain;

/// The steps, the most urgent first.
pub(super) fn steps(
    config: &Config,
    data: &Data,
    checks: &[Check],
    run: Option<&Run>,
) -> Vec<String> {
    let training = operands(config.of(Role::Training));
    let mut steps: Vec<String> =
        checks.iter().filter_map(|check| step(check, config, data, run)).collect();
    if checks.iter().any(|check| check.verdict == Verdict::Failed) {
        let what = match &config.folder {
            Some(folder) if is_plain(&folder.display().to_string()) => folder.display().to_string(),
            Some(_) => "DIR".to_owned(),
            None => operands(config.examples()),
        };
        steps.push(format!("Look again at what came of it: chatml-gen summary {what}"));
    }
    if data.trained.records.count == 0 {
        return steps;
    }
    if data.leaks.is_none() {
        steps.push(format!(
            "Set 10 to 20% apart for validation: chatml-split --val 0.1 -d DIR {training}"
        ));
    }
    steps.push(format!("Review sample examples in {training}"));
    steps.push("Load dataset into your training framework".to_owned());
    steps.push(format!("Adjust hyperparameters based on dataset size{}", size(data)));
    steps.push("Monitor training metrics for quality validation".to_owned());
    steps
}

/// The step that a check leads to, if it leads to one.
fn step(check: &Check, config: &Config, data: &Data, run: Option<&Run>) -> Option<String> {
    use Verdict::{Failed, NotMade};
    let near = &config.near;
    Some(match (check.what, check.verdict) {
        (What::Json, Failed) if check.found == Some(0) => advice::EMPTY.to_owned(),
        (What::Json, Failed) => advice::repair(&faulty(config, data, concerns_bytes)),
        (What::Fields, Failed) => {
            let files = faulty(config, data, |code| !concerns_bytes(code));
            advice::incomplete(&format!("{}{files}", profile(config)))
        }
        (What::Duplicates, Failed) => advice::without_duplicates(&unlike(config)),
        (What::Near, Failed) => advice::without_near(&format!("--near={near}"), &unlike(config)),
        (What::Diversity, Failed) => advice::DIVERSITY.to_owned(),
        (What::Leaks, Failed) => format!(
            "Split anew, so that what is alike is in one part: chatml-split --group near={near} --val 0.1 -d DIR {}",
            operands(config.examples())
        ),
        (What::Trained, Failed) => advice::UNTRAINED.to_owned(),
        (What::Trained, NotMade) => advice::UNCOUNTED.to_owned(),
        (What::Limit, Failed) => advice::shorten(config.max_tokens.unwrap_or(0)),
        (What::Complete, Failed) => complete(config, run?),
        _ => return None,
    })
}

/// How a run is gone on with that has made fewer examples than are wanted.
pub(super) fn complete(config: &Config, run: &Run) -> String {
    if run.was_brought {
        let ask =
            "Ask for the examples that are missing: chatml-gen prompts --journal JOURNAL PLAN";
        return ask.to_owned();
    }
    let option = |name: &str, path: &Path| {
        let path = path.display().to_string();
        if is_plain(&path) { format!(" {name} {path}") } else { format!(" {name} ...") }
    };
    let to = match (config.own_folder(), &config.journal) {
        (Some(folder), _) => option("-d", folder),
        (None, Some(journal)) => option("--journal", journal),
        (None, None) => String::new(),
    };
    let output = if config.own_folder().is_some() { "" } else { " (with the output of that run)" };
    format!("Make the examples that are missing: chatml-gen run --resume{to} PLAN{output}")
}

/// The files in which chatml-validate finds errors of such rules; all if it finds none.
fn faulty(config: &Config, data: &Data, of: impl Fn(&str) -> bool) -> String {
    let is_faulty =
        |part: &Part| part.validation.rules.iter().any(|(code, rule)| rule.errors > 0 && of(code));
    let files = config.examples().zip(&data.parts);
    let faulty: Vec<&File> =
        files.filter(|(_, part)| is_faulty(part)).map(|(file, _)| file).collect();
    match faulty.is_empty() {
        true => operands(config.examples()),
        false => operands(faulty.into_iter()),
    }
}

/// What is trained on, held against what is set apart, which stays as it is.
fn unlike(config: &Config) -> String {
    let against: Vec<String> = config
        .of(Role::Validation)
        .map(|file| format!("--against {} ", operands([file].into_iter())))
        .collect();
    format!("{}{}", against.concat(), operands(config.of(Role::Training)))
}

/// The profiles as an option of chatml-validate.
fn profile(config: &Config) -> String {
    match &config.profile {
        Some(names) if names.split(',').all(is_plain) => format!("--profile {names} "),
        _ => String::new(),
    }
}

/// What training takes, as chatml-stats tells it.
fn size(data: &Data) -> String {
    let examples = plural(data.trained.records.count, "example");
    match data.trained.training.as_ref().filter(|of| of.tokens > 0) {
        None => format!(" ({examples})"),
        Some(of) => {
            let steps = plural(of.steps_packed.unwrap_or(of.steps), "step");
            let packed = if of.steps_packed.is_some() { " when packed" } else { "" };
            let epochs = plural(of.epochs, "epoch");
            format!(" ({examples}: {epochs} in batches of {} take {steps}{packed})", of.batch_size)
        }
    }
}

/// Files as arguments of a shell command.
fn operands<'f>(files: impl Iterator<Item = &'f File>) -> String {
    let paths: Vec<String> = files.map(|file| file.path.display().to_string()).collect();
    match paths.iter().all(|path| is_plain(path)) {
        true => paths.join(" "),
        false if paths.len() == 1 => "FILE".to_owned(),
        false => "FILE...".to_owned(),
    }
}
