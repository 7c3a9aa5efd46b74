//! What is said at the end of a run, and written to the report.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::cli::exit::Exit;
use crate::cli::json::to_json_line;
use crate::cli::report::{self, count, plural, report_header};
use crate::error::Result;
use crate::generate::backend::Refusal;
use crate::generate::reason::Reason;
use crate::generate::talk::say;
use crate::stream::Output;

use super::config::{Config, Target};
use super::production::{Ended, Production};
use super::review::Coverage;
use super::schedule;

/// How long requests under way are waited for that nothing else ends: most answers come within a minute.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// Values that are named; the report has all.
const NAMED: usize = 3;

/// How the run ended, in words; none if all is well.
fn reason(ended: &Ended, production: &Production<'_>, target: &Target) -> Option<String> {
    let tally = &production.intake.tally;
    let short = || format!("{} of {} examples", count(tally.accepted), count(production.wanted));
    let reasons = tally.reasons();
    let mut rejected =
        if reasons.is_empty() { String::new() } else { format!(": rejected were {reasons}") };
    if let Some((reason, detail)) = tally.fault() {
        rejected += &format!(" (the last one {}: {detail})", reason.name());
    }
    let resume = match production.intake.journal.path() {
        Some(path) => format!("; go on with --resume ({})", path.display()),
        None => match target {
            Target::File(path) | Target::Folder { path, .. } if exit(ended) == Exit::Trouble => {
                format!("; nothing was written to {}", path.display())
            }
            _ => String::new(),
        },
    };
    Some(match ended {
        Ended::Done | Ended::HandedOver => return None,
        Ended::Outage => format!(
            "{}{rejected}; as many were tried as max_candidates allows ({}), the last {} while the models failed{resume}",
            short(),
            count(production.schedule.issued()),
            count(production.schedule.lost_lately())
        ),
        Ended::Spent => format!(
            "{}{rejected}; as many were tried as max_candidates allows ({})",
            short(),
            count(production.schedule.issued())
        ),
        Ended::Closed => {
            format!(
                "{}{rejected}; every cell was given up after {} rejected in a row",
                short(),
                schedule::PATIENCE
            )
        }
        Ended::Paused => format!("{}: stopped between two batches{resume}", short()),
        Ended::Signal(_) => format!("{}: stopped by a signal{resume}", short()),
        Ended::Refused(Refusal::Budget(why)) => {
            // The last line says it, unless there is none.
            let used = used(production).filter(|_| production.quiet);
            let used = used.map_or(String::new(), |used| format!(" ({used})"));
            format!("{}: {why}{used}{resume}", short())
        }
        Ended::Refused(Refusal::GivenUp(gone)) if production.was_told(gone) => {
            format!("no model is left; {} are there{resume}", short())
        }
        Ended::Refused(refusal) => format!("{refusal}; {} are there{resume}", short()),
    })
}

/// The status of a run that ended so.
pub(super) fn exit(ended: &Ended) -> Exit {
    match ended {
        Ended::Done => Exit::Ok,
        Ended::Spent | Ended::Closed | Ended::Paused => Exit::Found,
        Ended::Refused(Refusal::Budget(_)) => Exit::Found,
        Ended::Signal(_) | Ended::Outage | Ended::Refused(_) | Ended::HandedOver => Exit::Trouble,
    }
}

/// The name of the end in reports and journals.
pub(super) fn name(ended: &Ended) -> &'static str {
    match ended {
        Ended::Done => "done",
        Ended::Spent => "max_candidates",
        Ended::Closed => "cells_closed",
        Ended::Paused => "paused",
        Ended::Signal(_) => "signal",
        Ended::Refused(Refusal::Budget(_)) => "budget",
        Ended::Outage | Ended::Refused(_) | Ended::HandedOver => "backend",
    }
}

/// Likewise after a signal, which gives ten seconds for all: two are left for what is to be written.
pub(super) const PATIENCE_OF_SIGNALS: Duration = Duration::from_secs(8);

/// How long requests that are on their way are waited for at the end.
pub(super) fn patience(ended: &Ended) -> Duration {
    match ended {
        Ended::Signal(_) => PATIENCE_OF_SIGNALS,
        Ended::Done | Ended::Spent | Ended::Outage | Ended::Closed | Ended::Paused => PATIENCE,
        // All that is asked is known.
        Ended::HandedOver => Duration::ZERO,
        // Those of a budget are to end; those of a backend that is given up are waited for as long as it takes to
        // notice.
        Ended::Refused(Refusal::Budget(_)) => PATIENCE,
        Ended::Refused(_) => Duration::from_millis(500),
    }
}

/// What to do when something could not be written: nothing that was paid for is lost.
pub(super) fn advice(production: &Production<'_>) -> Option<String> {
    let journal = production.intake.journal.path()?;
    let (accepted, wanted) = (count(production.intake.tally.accepted), count(production.wanted));
    Some(format!(
        "{accepted} of {wanted} examples were accepted; when there is room again, go on with --resume ({})",
        journal.display()
    ))
}

/// What is said before so many requests are waited for.
pub(super) fn waits(in_flight: usize, patience: Duration) -> Option<String> {
    let seconds = patience.as_secs();
    (in_flight > 0 && seconds > 0).then(|| {
        let requests = plural(in_flight as u64, "request");
        format!("waits up to {seconds} s for {requests} under way, which may have been paid for; Ctrl-C ends that")
    })
}

/// What the models were asked, and what that cost; none if there are none.
fn used(production: &Production<'_>) -> Option<String> {
    let spent = production.carrier?.tally();
    let cost = match spent.usd {
        _ if spent.requests == 0 => String::new(),
        Some(usd) => format!(", ${usd:.4}"),
        None => ", cost unknown (the plan has no price)".to_owned(),
    };
    Some(format!(
        "{}, {} tokens sent and {} answered{cost}",
        plural(spent.requests, "request"),
        count(spent.tokens.input),
        count(spent.tokens.output)
    ))
}

/// The last line on standard error.
pub(super) fn summary(production: &Production<'_>) -> String {
    let tally = &production.intake.tally;
    let mut line = format!("{} of {}", count(tally.accepted), plural(production.wanted, "example"));
    let rejected = tally.candidates - tally.accepted;
    if rejected > 0 {
        line += &format!(
            ", {} of {} rejected ({})",
            count(rejected),
            count(tally.candidates),
            tally.reasons()
        );
    }
    if let Some(used) = used(production) {
        line += &format!("; {used}");
    }
    line + &format!(", in {}", report::duration(production.started.elapsed()))
}

/// Writes the report.
pub(super) fn write_report(
    mut output: Output,
    ended: &Ended,
    production: &Production<'_>,
) -> Result<()> {
    let mut all = report_header("chatml-gen");
    let tally = &production.intake.tally;
    let rejected = |reason: &Reason, of: &u64| (reason.name().to_owned(), Value::from(*of));
    let rejected: Map<String, Value> =
        tally.rejected.iter().map(|(reason, of)| rejected(reason, of)).collect();
    let spent = production.carrier.map(|carrier| {
        let spent = carrier.tally();
        json!({
            "requests": spent.requests, "retries": spent.retries, "tokens_in": spent.tokens.input,
            "tokens_out": spent.tokens.output, "usd": spent.usd,
        })
    });
    let coverage: Vec<Value> = production
        .coverage()
        .into_iter()
        .map(|of| json!({"axis": of.axis, "value": of.value, "accepted": of.accepted, "target": of.target}))
        .collect();
    let Value::Object(own) = json!({
        "command": "run", "name": production.plan.name, "plan_sha256": production.plan.digest,
        "records_read": 0, "records_written": tally.accepted, "records_rejected": tally.candidates - tally.accepted,
        "seconds": production.started.elapsed().as_secs_f64(), "ended": name(ended), "wanted": production.wanted,
        "candidates": tally.candidates, "rejected": rejected, "template_dominance": tally.dominance(),
        "near": production.plan.dedup.near, "targets": production.plan.task.targets, "coverage": coverage, "models": spent,
        "journal": production.intake.journal.path().map(|path| path.display().to_string()),
    }) else {
        return output.finish();
    };
    all.extend(own);
    output.write(&to_json_line(&all))?;
    output.finish()
}

/// Says how the run ended.
pub(super) fn tell(ended: &Ended, production: &mut Production<'_>, config: &Config) {
    production.progress.clear();
    if let Some(reason) = reason(ended, production, &config.target) {
        say(&crate::cli::terminal::sanitize(&reason));
    }
    if !config.quiet {
        if matches!(ended, Ended::Done)
            && production.is_whole()
            && let Some(lacking) = lacking(&production.coverage())
        {
            say(&crate::cli::terminal::sanitize(&lacking));
        }
        say(&summary(production));
    }
}

/// The values that have fewer examples than the plan gives them, since what they lack was made of others.
fn lacking(coverage: &[Coverage]) -> Option<String> {
    let short: Vec<&Coverage> = coverage.iter().filter(|of| of.accepted < of.target).collect();
    let named = short.iter().take(NAMED);
    let named: Vec<String> = named
        .map(|of| {
            format!("{} {} {} of {}", of.axis, of.value, count(of.accepted), count(of.target))
        })
        .collect();
    let more = match short.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(", and {} more", count(more as u64)),
    };
    let values = plural(short.len() as u64, "value");
    (!short.is_empty())
        .then(|| format!("{values} short of what the plan gives: {}{more}", named.join(", ")))
}
