//! What is known before any data is read: rules, one rule, profiles.

use serde_json::{Value, json};

use crate::cli::json::to_json_line;
use crate::cli::terminal::{QUOTE_BYTES, quote};
use crate::error::{Error, Result};
use crate::rules::{PROFILES, Rule, Settings, Severity};

use super::config;
use super::options::{Format, Options};

/// The list or explanation that was asked for instead of a run.
pub(super) fn asked(options: &Options) -> Result<Option<String>> {
    let json = options.format == Format::Json;
    if let Some(word) = &options.explain {
        return explain(word, json).map(Some);
    }
    if options.list_profiles {
        return Ok(Some(profiles(json)));
    }
    if options.list_rules {
        return Ok(Some(rules(&config::settings(options)?, json)));
    }
    Ok(None)
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

/// `--explain`
fn explain(word: &str, json: bool) -> Result<String> {
    let Some(rule) = Rule::find(word) else {
        let word = quote(word, QUOTE_BYTES);
        return Err(Error::Usage(format!("no rule {word}; --list-rules shows them")));
    };
    let info = rule.info();
    let severities: Vec<_> = PROFILES.iter().map(|p| (p.name, p.severity(rule))).collect();
    if json {
        let by_profile: serde_json::Map<_, _> =
            severities.iter().map(|(name, s)| ((*name).to_owned(), json!(s.name()))).collect();
        return Ok(line(&json!({
            "schema": crate::cli::report::SCHEMA,
            "code": info.code,
            "name": info.name,
            "default": info.default.name(),
            "repair": info.repair.name(),
            "trigger": info.trigger,
            "effect": info.effect,
            "advice": info.advice,
            "fix": info.fix,
            "profiles": by_profile,
        })));
    }
    let mut out = format!("{} {} ({})\n\n", info.code, info.name, info.default.name());
    out.push_str(&format!("Found when {}.\n", info.trigger));
    out.push_str(&format!("Effect: {}.\n", info.effect));
    out.push_str(&format!("What to do: {}.\n", info.advice));
    match info.fix {
        "" => out.push_str("--fix cannot repair it.\n"),
        fix => out.push_str(&format!("--fix ({}): {fix}.\n", info.repair.name())),
    }
    let others: Vec<_> = severities
        .iter()
        .filter(|(_, severity)| *severity != info.default)
        .map(|(name, severity)| format!("{name} {}", severity.name()))
        .collect();
    if !others.is_empty() {
        out.push_str(&format!("Other severities: {}.\n", others.join(", ")));
    }
    Ok(out)
}

/// `--list-profiles`
fn profiles(json: bool) -> String {
    let show = |profile: &crate::rules::Profile| match json {
        true => line(&json!({
            "schema": crate::cli::report::SCHEMA,
            "name": profile.name,
            "about": profile.about,
        })),
        false => format!("{:<14} {}\n", profile.name, profile.about),
    };
    PROFILES.iter().map(show).collect()
}
