//! A plan's figures for programs.

use serde_json::{Map, Value, json};

use crate::cli::report::report_header;
use crate::generate::plan::{Approval, BackendKind, Choice, Plan, System, Values};

use super::estimate::{Cost, Span, VOCABULARY};
use super::page::Known;

/// All that `plan --json` tells.
pub(super) fn value(known: &Known<'_>) -> Value {
    let Known { plan, cells, .. } = known;
    let mut all = report_header("chatml-gen");
    let (approved, changed) = match known.approval {
        Approval::Yes => (true, None),
        Approval::Changed(file) => (false, Some(file)),
        Approval::No => (false, None),
    };
    let mut put = |name: &str, value: Value| all.insert(name.to_owned(), value);
    put(
        "plan",
        json!({"name": plan.name, "file": known.file, "sha256": plan.digest,
        "approved": approved, "changed_since": changed}),
    );
    put("count", plan.count.into());
    put("max_candidates", plan.max_candidates.into());
    put("batch", plan.batch.into());
    put("batches", plan.count.div_ceil(plan.batch as u64).into());
    put("seed", plan.seed.into());
    put("task", task(plan));
    put("axes", axes(known));
    put("cells", (0..cells.all().len()).map(|at| cell(known, at)).collect());
    let turns = cells.turns().map(|(turns, n)| json!({"turns": turns, "examples": n}));
    put("turns", turns.collect());
    put("negatives", cells.negatives().into());
    put("system", system(&plan.system));
    put("quality", quality(plan));
    put(
        "backends",
        plan.backends.iter().map(|b| json!({"name": b.name, "kind": kind(&b.kind)})).collect(),
    );
    put("estimate", estimate(known));
    put(
        "budget",
        json!({"usd": plan.budget.usd, "tokens": plan.budget.tokens,
        "seconds": plan.budget.wall.map(|wall| wall.as_secs_f64())}),
    );
    put("validation", plan.output.validation.into());
    put("notes", known.notes.to_vec().into());
    let samples = known.samples.iter().map(|(of, text)| json!({"for": of, "request": text}));
    put("samples", samples.collect());
    Value::Object(all)
}

fn task(plan: &Plan) -> Value {
    let task = &plan.task;
    json!({"type": task.kind, "domain": task.domain, "language": task.language, "tone": task.tone,
        "min_words": task.words.0, "max_words": task.words.1, "formats": task.formats,
        "typos": task.typos, "targets": task.targets})
}

fn axes(known: &Known<'_>) -> Value {
    let axis = |axis: &super::figures::AxisFigures| {
        let values = axis.values.iter().map(
            |share| json!({"group": share.group, "value": share.value, "examples": share.examples}),
        );
        json!({"name": axis.name, "kind": axis.kind, "per_example": axis.drawn,
            "conditional": axis.conditional, "values": values.collect::<Vec<_>>()})
    };
    known.axes.iter().map(axis).collect()
}

fn cell(known: &Known<'_>, at: usize) -> Value {
    let Some(cell) = known.cells.all().get(at) else { return Value::Null };
    let mut values = Map::new();
    for Choice { axis, value } in &cell.values {
        let Some(axis) = known.plan.axes.get(*axis as usize) else { continue };
        let text = match &axis.values {
            Values::List(values) => values.get(*value as usize).cloned(),
            Values::Tree(leaves) => leaves.get(*value as usize).map(|(group, value)| {
                values.insert(format!("{}_group", axis.name), group.as_str().into());
                value.clone()
            }),
            Values::Pattern(_) | Values::Number { .. } => None,
        };
        values.insert(axis.name.clone(), text.into());
    }
    json!({"values": values, "examples": cell.quota})
}

fn system(system: &System) -> Value {
    match system {
        System::None => json!({"mode": "none", "prompts": []}),
        System::Fixed(prompt) => json!({"mode": "fixed", "prompts": [prompt]}),
        System::Varied(prompts) => json!({"mode": "varied", "prompts": prompts}),
    }
}

fn quality(plan: &Plan) -> Value {
    let judge = plan.quality.judge.as_ref();
    let forbidden: Vec<&str> = plan.task.forbidden.iter().map(regex::Regex::as_str).collect();
    json!({"reject": plan.quality.reject, "strip_think": plan.quality.strip_think,
        "forbidden": forbidden, "exact": plan.dedup.exact, "near": plan.dedup.near,
        "max_same_opening": plan.dedup.max_same_opening,
        "judge": judge.map(|judge| json!({"backend": judge.backend, "min": judge.min}))})
}

fn kind(kind: &BackendKind) -> &'static str {
    match kind {
        BackendKind::Template => "template",
        BackendKind::OpenAi(_) => "openai",
        BackendKind::Command(_) => "command",
        BackendKind::Replay(_) => "replay",
    }
}

fn estimate(known: &Known<'_>) -> Value {
    let span = |Span { least, most }: Span| json!({"least": least.round(), "most": most.round()});
    let none = Span { least: 0.0, most: 0.0 };
    let (requests, input, output, cost) = match known.estimate {
        None => (none, none, none, &Cost::Free),
        Some(of) => (of.requests, of.input, of.output, &of.cost),
    };
    let usd = match cost {
        Cost::Free => json!({"least": 0, "most": 0}),
        Cost::Known(Span { least, most }) => json!({"least": least, "most": most}),
        Cost::Unknown(_) => Value::Null,
    };
    json!({"requests": span(requests), "tokens_sent": span(input), "tokens_answered": span(output),
        "usd": usd, "vocabulary": VOCABULARY})
}
