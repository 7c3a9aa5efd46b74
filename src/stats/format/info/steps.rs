//! What to do next, after what was found.

use crate::cli::advice;
use crate::cli::report::plural;

use super::super::super::checks::{Check, Verdict, What};
use super::super::super::figures::Figures;

/// Lines with numbers.
pub(super) fn steps(figures: &Figures, checks: &[Check]) -> Vec<String> {
    let file = operand(figures);
    let mut steps: Vec<String> =
        checks.iter().filter_map(|check| step(check, figures, &file)).collect();
    let failed = checks.iter().any(|check| check.verdict == Verdict::Failed);
    if figures.records.count > 0 {
        steps.push(format!("Review sample examples in {file}"));
        if failed {
            steps.push("Measure again what came of it: chatml-stats".to_owned());
        } else {
            steps.push(format!("Validate for your training framework: chatml-validate {file}"));
        }
        steps.push(format!("Split off validation data: chatml-split {file}"));
        steps.push(load(figures));
    }
    steps.iter().enumerate().map(|(nth, step)| format!("{}. {step}", nth + 1)).collect()
}

/// The step that a check leads to, if it leads to one.
fn step(check: &Check, figures: &Figures, file: &str) -> Option<String> {
    use Verdict::{Failed, NotMade};
    let limit = figures.supervision.as_ref().and_then(|of| of.max_tokens);
    Some(match (check.what, check.verdict) {
        (What::Usable, Failed) if figures.records.count == 0 => advice::EMPTY.to_owned(),
        (What::Usable, Failed) => advice::repair(file),
        (What::Duplicates, Failed) => advice::without_duplicates(file),
        (What::Near, Failed) => advice::without_near("--near", file),
        (What::Duplicates, NotMade) => "Measure quality too: leave out --no-quality".to_owned(),
        (What::Diversity, Failed) => advice::DIVERSITY.to_owned(),
        (What::Fields, Failed) => advice::incomplete(file),
        (What::Trained, Failed) => advice::UNTRAINED.to_owned(),
        (What::Trained, NotMade) => advice::UNCOUNTED.to_owned(),
        (What::Limit, Failed) => advice::shorten(limit.unwrap_or(0)),
        (What::Limit, NotMade) if figures.supervision.is_some() && limit.is_none() => {
            "Check the lengths against the sequence length of the training: --max-tokens".to_owned()
        }
        (What::Private, Failed) => {
            "Remove personal data and keys, and revoke keys that are real".to_owned()
        }
        _ => return None,
    })
}

fn load(figures: &Figures) -> String {
    let steps = figures.training.as_ref().filter(|of| of.tokens > 0).map(|of| {
        let batches = plural(of.steps_packed.unwrap_or(of.steps), "step");
        let packed = if of.steps_packed.is_some() { " when packed" } else { "" };
        let epochs = plural(of.epochs, "epoch");
        format!(": {epochs} in batches of {} take {batches}{packed}", of.batch_size)
    });
    format!("Load the dataset into your training framework{}", steps.unwrap_or_default())
}

/// The input as an argument of a shell command. A name that a shell would read otherwise is not repeated in
/// something that people copy into one.
fn operand(figures: &Figures) -> String {
    let is_plain = |name: &&String| {
        let safe = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
        !name.is_empty() && !name.starts_with('-') && name.chars().all(safe)
    };
    match &figures.input.files[..] {
        [one] => Some(one).filter(is_plain).map_or("FILE".to_owned(), String::clone),
        _ => "FILE...".to_owned(),
    }
}
