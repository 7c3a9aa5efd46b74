//! What is known before any data is read: rules, one rule, profiles.

use serde_json::{Value, json};

use crate::cli::json::to_json_line;
use crate::cli::terminal::{QUOTE_BYTES, quote};
use crate::error::{Error, Result};
use crate::rules::profile::{CASES, Case};
use crate::rules::{PROFILES, Profile, Rule, Settings, Severity, View};

use super::config;
use super::options::{Format, Options};

/// The list or explanation that was asked for instead of a run.
pub(super) fn asked(options: &Options) -> Result<Option<String>> {
    let json = options.format == Format::Json;
    if let Some(word) = &options.explain {
        no_input(options, "--explain")?;
        explain(word, options).map(Some)
    } else if options.list_profiles {
        no_input(options, "--list-profiles")?;
        Ok(Some(profiles(json)))
    } else if options.list_rules {
        no_input(options, "--list-rules")?;
        Ok(Some(rules(&config::settings(options)?, json)))
    } else {
        Ok(None)
    }
}

/// Refuses a file that would not be read.
fn no_input(options: &Options, asked: &str) -> Result<()> {
    let common = &options.common;
    let Some(file) = common.files.first().or(common.files0_from.as_ref()) else { return Ok(()) };
    let file = quote(&file.to_string_lossy(), QUOTE_BYTES);
    Err(Error::Usage(format!("{asked} reads no file, but {file} is given; leave out one of them")))
}

fn line(value: &Value) -> String {
    String::from_utf8_lossy(&to_json_line(value)).into_owned()
}

/// The severity under all profiles of a run: the worst.
fn severity(settings: &Settings, rule: Rule) -> Severity {
    settings.views.iter().map(|v| v.severity(rule)).max().unwrap_or(Severity::Off)
}

/// `--list-rules`
fn rules(settings: &Settings, json: bool) -> String {
    let mut out = String::new();
    for rule in Rule::all() {
        let (info, severity) = (rule.info(), severity(settings, rule));
        out.push_str(&match json {
            true => line(&json!({
                "schema": crate::cli::report::SCHEMA,
                "code": info.code,
                "name": info.name,
                "severity": severity.name(),
                "default": info.default.name(),
                "repair": info.repair.name(),
                "trigger": info.trigger,
                "effect": info.effect,
                "advice": info.advice,
            })),
            false => {
                let repair = match info.repair.name() {
                    "no" => "",
                    name => name,
                };
                format!(
                    "{} {:<27} {:<8} {repair:<7} {}\n",
                    info.code,
                    info.name,
                    severity.name(),
                    info.trigger
                )
            }
        });
    }
    out
}

/// `--explain`: as the profiles that were asked for take the rule, or as each of all profiles does.
fn explain(word: &str, options: &Options) -> Result<String> {
    let Some(rule) = Rule::find(word) else {
        let word = quote(word, QUOTE_BYTES);
        return Err(Error::Usage(format!("no rule {word}; --list-rules shows them")));
    };
    let settings = config::settings(options)?;
    if options.format == Format::Json {
        return Ok(explain_json(rule, &settings));
    }
    let info = rule.info();
    let severity = severity(&settings, rule).name();
    let mut out = format!("{} {} ({severity})\n\n", info.code, info.name);
    out.push_str(&format!("Found when {}.\n", info.trigger));
    out.push_str(&format!("Effect: {}.\n", info.effect));
    out.push_str(&format!("What to do: {}.\n", info.advice));
    match info.fix {
        "" => out.push_str("--fix cannot repair it.\n"),
        fix => out.push_str(&format!("--fix ({}): {fix}.\n", info.repair.name())),
    }
    match &settings.views[..] {
        [only] if only.profile.is_default() => out.push_str(&in_all_profiles(rule)),
        views => views.iter().for_each(|view| out.push_str(&in_profile(rule, view))),
    }
    Ok(out)
}

fn explain_json(rule: Rule, settings: &Settings) -> String {
    let by_profile = |severity: &dyn Fn(&Profile) -> Severity| -> serde_json::Map<_, _> {
        PROFILES.iter().map(|p| (p.name.to_owned(), json!(severity(p).name()))).collect()
    };
    let of_case = |case: Case| {
        let severity = |p: &Profile| p.case(case).unwrap_or(p.severity(rule));
        json!({"when": case.when(), "profiles": by_profile(&severity)})
    };
    let info = rule.info();
    line(&json!({
        "schema": crate::cli::report::SCHEMA,
        "code": info.code,
        "name": info.name,
        "severity": severity(settings, rule).name(),
        "default": info.default.name(),
        "repair": info.repair.name(),
        "trigger": info.trigger,
        "effect": info.effect,
        "advice": info.advice,
        "fix": info.fix,
        "profiles": by_profile(&|p| p.severity(rule)),
        "cases": cases(rule).map(of_case).collect::<Vec<_>>(),
    }))
}

/// The cases of a rule, in the order of their table.
fn cases(rule: Rule) -> impl Iterator<Item = Case> {
    CASES.iter().map(|(case, _)| *case).filter(move |case| case.rules().contains(&rule))
}

/// A line for a profile: the severity of the rule, and the cases that it takes otherwise.
fn in_profile(rule: Rule, view: &View) -> String {
    let own = view.severity(rule);
    let mut text = format!("Under {}: {}", view.profile.name, own.name());
    for case in cases(rule) {
        let severity = view.profile.case(case).map(|severity| view.case(rule, severity));
        if let Some(severity) = severity.filter(|severity| *severity != own) {
            text.push_str(&format!("; {} when {}", severity.name(), case.when()));
        }
    }
    text + ".\n"
}

/// The profiles whose severity is not the default, for the rule and for each of its cases.
fn in_all_profiles(rule: Rule) -> String {
    let others = |severity: &dyn Fn(&Profile) -> Option<Severity>| {
        let others = PROFILES.iter().filter_map(|p| Some((p.name, severity(p)?)));
        others.map(|(name, severity)| format!("{name} {}", severity.name())).collect::<Vec<_>>()
    };
    let own = |p: &Profile| Some(p.severity(rule)).filter(|own| *own != rule.info().default);
    let mut text = String::new();
    let named = others(&own);
    if !named.is_empty() {
        text.push_str(&format!("Other severities: {}.\n", named.join(", ")));
    }
    for case in cases(rule) {
        let named = others(&|p| p.case(case).filter(|severity| *severity != p.severity(rule)));
        if !named.is_empty() {
            text.push_str(&format!("When {}: {}.\n", case.when(), named.join(", ")));
        }
    }
    text
}

/// `--list-profiles`
fn profiles(json: bool) -> String {
    let show = |profile: &Profile| match json {
        true => line(&json!({
            "schema": crate::cli::report::SCHEMA,
            "name": profile.name,
            "about": profile.about,
        })),
        false => format!("{:<14} {}\n", profile.name, profile.about),
    };
    PROFILES.iter().map(show).collect()
}
