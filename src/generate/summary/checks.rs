//! What was checked, and with what result.

use crate::cli::report::{count, plural};
use crate::cli::terminal::sanitize;

use super::config::Config;
use super::data::{Data, Leaks};
use super::journal::Run;
use super::reports::{Duplicates, Group, OfRule, Verdict};
use super::words::percent;

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Json,
    Duplicates,
    Near,
    Diversity,
    Fields,
    Leaks,
    Trained,
    Limit,
    Complete,
}

impl What {
    /// Its name in the JSON form.
    pub(super) fn name(self) -> &'static str {
        match self {
            What::Json => "json",
            What::Duplicates => "duplicates",
            What::Near => "near_duplicates",
            What::Diversity => "diversity",
            What::Fields => "required_fields",
            What::Leaks => "leaks",
            What::Trained => "trained",
            What::Limit => "max_tokens",
            What::Complete => "complete",
        }
    }
}

/// A check that was made, or could have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check {
    pub what: What,
    pub verdict: Verdict,
    /// What was found, or why the check was not made. Harmless.
    pub text: String,
    /// How many were found, where they are counted.
    pub found: Option<u64>,
}

/// All checks, in the order of the block.
pub(super) fn checks(config: &Config, data: &Data, run: Option<&Run>) -> Vec<Check> {
    let any = data.all.records.count > 0;
    let mut checks = vec![json(data)];
    if any {
        checks.extend([exact(data), near(config, data)]);
        checks.extend(told(data, What::Diversity, "diversity"));
    }
    if data.lines() > 0 {
        checks.push(fields(config, data));
    }
    if any {
        checks.push(leaks(config, data));
        checks.extend(told(data, What::Trained, "trained"));
    }
    if any && config.max_tokens.is_some() {
        checks.extend(told(data, What::Limit, "limit"));
    }
    checks.extend(run.map(complete));
    checks
}

fn counted(what: What, found: u64, text: String) -> Check {
    let verdict = if found == 0 { Verdict::Passed } else { Verdict::Failed };
    Check { what, verdict, text, found: Some(found) }
}

/// Rules with errors, of those that `of` names, with the examples in which they are broken.
fn broken(data: &Data, of: impl Fn(&str) -> bool) -> Vec<(String, String, u64)> {
    let mut broken: Vec<(String, String, u64)> = Vec::new();
    let rules = data.parts.iter().flat_map(|part| &part.validation.rules);
    for (code, OfRule { name, records, .. }) in
        rules.filter(|(code, rule)| rule.errors > 0 && of(code))
    {
        match broken.iter_mut().find(|(known, ..)| known == code) {
            Some((_, _, sum)) => *sum += records,
            None => broken.push((code.clone(), name.clone(), *records)),
        }
    }
    broken.sort();
    broken
}

fn listed(broken: &[(String, String, u64)]) -> String {
    let of = |(code, name, records): &(String, String, u64)| {
        format!("{} {} in {}", sanitize(code), sanitize(name), plural(*records, "line"))
    };
    broken.iter().map(of).collect::<Vec<_>>().join(", ")
}

fn sum(broken: &[(String, String, u64)]) -> u64 {
    broken.iter().map(|(.., records)| records).sum()
}

/// Is the rule of this code about bytes and JSON, and not about what they say?
pub(super) fn concerns_bytes(code: &str) -> bool {
    code.starts_with('B')
}

fn json(data: &Data) -> Check {
    let broken = broken(data, concerns_bytes);
    match (data.lines(), sum(&broken)) {
        (0, _) => {
            let text = "There is no example".to_owned();
            Check { what: What::Json, verdict: Verdict::Failed, text, found: Some(0) }
        }
        (_, 0) => counted(What::Json, 0, "JSON validation passed".to_owned()),
        (_, n) => counted(What::Json, n, format!("JSON validation failed: {}", listed(&broken))),
    }
}

fn fields(config: &Config, data: &Data) -> Check {
    let broken = broken(data, |code| !concerns_bytes(code));
    let profiles = match (&config.profile, data.parts.first()) {
        (Some(_), Some(part)) => format!(" ({})", sanitize(&part.validation.profiles.join(", "))),
        _ => String::new(),
    };
    // A record may be fine for some trainer and yet be no conversation that could be measured.
    let no_conversation =
        if sum(&self::broken(data, |_| true)) == 0 { data.all.input.unusable } else { 0 };
    let text = match (broken.is_empty(), no_conversation) {
        (true, 0) => format!("All required fields present{profiles}"),
        (true, n) => format!("Lines that hold no conversation: {}", count(n)),
        _ => format!("Required fields missing or malformed{profiles}: {}", listed(&broken)),
    };
    counted(What::Fields, sum(&broken) + no_conversation, text)
}

/// The first record of the largest group.
fn first(of: &Duplicates) -> String {
    let place = |group: &Group| format!(", first {}:{}", sanitize(&group.file), group.line);
    of.largest_groups.first().map_or(String::new(), place)
}

fn found(data: &Data, n: u64) -> String {
    format!("{} ({})", count(n), percent(n as f64 / data.all.records.count.max(1) as f64))
}

fn exact(data: &Data) -> Check {
    let n = data.exact.removed.values().sum();
    let text = match n {
        0 => "No duplicate examples found".to_owned(),
        n => format!("Duplicate examples found: {}{}", found(data, n), first(&data.exact)),
    };
    counted(What::Duplicates, n, text)
}

fn near(config: &Config, data: &Data) -> Check {
    let n = data.near.removed.get("near").copied().unwrap_or(0);
    let text = match n {
        0 => format!("No near-duplicate examples found ({} alike or more)", config.near),
        n => format!(
            "Near-duplicate examples found: {}, {} alike or more",
            found(data, n),
            config.near
        ),
    };
    counted(What::Near, n, text)
}

/// A check that chatml-stats makes.
fn told(data: &Data, what: What, name: &str) -> Option<Check> {
    let check = data.all.checks.iter().find(|check| check.check == name)?;
    Some(Check {
        what,
        verdict: check.verdict,
        text: sanitize(&check.text).into_owned(),
        found: None,
    })
}

fn leaks(config: &Config, data: &Data) -> Check {
    let Some(Leaks { prompts, near, any }) = data.leaks else {
        let text = "leaks into the validation data (there is none)".to_owned();
        return Check { what: What::Leaks, verdict: Verdict::NotMade, text, found: None };
    };
    let text = match any {
        0 => "No validation example is in the training data, nor one like it".to_owned(),
        _ => format!(
            "Validation examples leak from the training data: {} with the same prompt, {} that are {} alike or more",
            count(prompts),
            count(near),
            config.near
        ),
    };
    counted(What::Leaks, any, text)
}

fn complete(run: &Run) -> Check {
    let (accepted, wanted) = (run.accepted(), run.wanted);
    let text = match accepted >= wanted {
        true => format!("All {} of the run accepted", plural(wanted, "example")),
        false => {
            format!("{} of {} of the run accepted", count(accepted), plural(wanted, "example"))
        }
    };
    counted(What::Complete, wanted.saturating_sub(accepted), text)
}
