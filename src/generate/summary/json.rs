//! The summary as one JSON object: the stable interface.

use serde_json::{Map, Value, json};

use crate::cli::report::report_header;

use super::config::{File, Role};
use super::journal::Run;
use super::reports::{Field, Verdict};
use super::run::Summary;

/// All keys but `seconds`, which are the run's and not the data's.
pub(super) fn object(summary: &Summary<'_>) -> Map<String, Value> {
    let Summary { config, data, run, checks, steps, .. } = summary;
    let mut map = report_header("chatml-gen");
    let checks = checks.iter().map(|check| {
        json!({"check": check.what.name(), "verdict": check.verdict.name(), "found": check.found, "text": check.text})
    });
    let all = &data.all;
    let more = json!({
        "command": "summary",
        "records_read": data.lines(),
        "records_written": 0,
        "records_rejected": all.input.unusable,
        "files": files(summary),
        "statistics": statistics(summary),
        "categories": summary.fields().into_iter().map(field).collect::<Vec<_>>(),
        "categories_by_default": config.choose,
        "generation": run.map(generation),
        "checks": checks.collect::<Vec<_>>(),
        "passed": summary.passed(),
        "next_steps": steps,
    });
    if let Value::Object(more) = more {
        map.extend(more);
    }
    map
}

/// The same keys for a run that has not written its files yet; what is not known of examples is null.
pub(super) fn unfinished(run: &Run, steps: &[String]) -> Map<String, Value> {
    let mut map = report_header("chatml-gen");
    let more = json!({
        "command": "summary", "records_read": 0, "records_written": 0, "records_rejected": 0, "files": [],
        "statistics": null, "categories": [], "categories_by_default": null, "generation": generation(run),
        "checks": [], "passed": false, "next_steps": steps,
    });
    if let Value::Object(more) = more {
        map.extend(more);
    }
    map
}

fn files(summary: &Summary<'_>) -> Vec<Value> {
    let mut parts = summary.data.parts.iter();
    let file = |file: &File| {
        let part = if file.role.holds_examples() { parts.next() } else { None };
        json!({
            "name": file.name,
            "path": file.path.display().to_string(),
            "role": file.role.name(),
            "examples": part.map(|part| part.stats.records.count),
            "unusable": part.map(|part| part.stats.input.unusable),
        })
    };
    summary.config.files.iter().map(file).collect()
}

fn statistics(summary: &Summary<'_>) -> Value {
    let all = &summary.data.all;
    let trained = summary.data.trained.records.count;
    let apart = summary.config.of(Role::Validation).next();
    let (unit, lengths) =
        all.tokens.as_ref().map_or(("words", &all.words), |tokens| ("tokens", tokens));
    json!({
        "training_examples": trained,
        "validation_examples": apart.map(|_| all.records.count.saturating_sub(trained)),
        "length_unit": unit,
        "tokenizer": all.tokenizer,
        "query_length_mean": lengths.query.mean,
        "response_length_mean": lengths.response.mean,
        "system_prompt_variations": all.system.variations,
        "system_prompt_variations_estimated": all.system.estimated,
        "multi_turn_share": all.records.multi_turn.share,
        "single_turn_share": all.records.single_turn.share,
        "no_user_share": all.records.no_user.share,
    })
}

fn field(of: &Field) -> Value {
    let value = |of: &super::reports::OfValue| json!({"value": of.value, "count": of.count, "share": of.share});
    json!({
        "pointer": of.pointer,
        "distinct": of.distinct,
        "missing": {"count": of.missing.count, "share": of.missing.share},
        "values": of.values.iter().map(value).collect::<Vec<_>>(),
    })
}

fn generation(run: &Run) -> Value {
    let (pending, unanswered) = run.open();
    json!({
        "name": run.name,
        "wanted": run.wanted,
        "accepted": run.accepted(),
        "rejected": run.rejected,
        "answers": run.paid.answers,
        "answers_without_tokens": run.paid.untold,
        "tokens_in": run.paid.tokens_in,
        "tokens_out": run.paid.tokens_out,
        "lost_requests": run.paid.lost,
        "lost_tokens_in": run.paid.lost_in,
        "lost_tokens_out": run.paid.lost_out,
        "pending_slots": pending,
        "unanswered_slots": unanswered,
        "unanswered_requests": run.faults(),
        "not_begun": run.not_begun(),
        "ended": run.ended,
    })
}

impl Summary<'_> {
    /// Did no check fail?
    pub(super) fn passed(&self) -> bool {
        self.checks.iter().all(|check| check.verdict != Verdict::Failed)
    }
}
