//! What somebody who approves a plan should know: things that are allowed, and rarely meant.

use crate::cli::report::{count, plural};
use crate::generate::plan::{BackendKind, Cells, Plan, System};

/// All advice on a plan.
pub(super) fn advice(plan: &Plan, cells: &Cells, set: impl Fn(&str) -> bool) -> Vec<String> {
    let mut notes = Vec::new();
    amounts(plan, cells, &mut notes);
    backends(plan, &set, &mut notes);
    if plan.output.validation == 0.0 {
        notes.push(
            "no share is set apart for validation; 0.1 to 0.2 is usual (output.validation)".into(),
        );
    } else if !(0.1..=0.2).contains(&plan.output.validation) {
        let share = percent(plan.output.validation);
        notes.push(format!("{share} is set apart for validation; 10 to 20% is usual"));
    }
    if plan.task.targets.is_empty() {
        notes
            .push("no framework is named that the records must be valid for (task.targets)".into());
    }
    if matches!(&plan.system, System::Varied(prompts) if prompts.len() as u64 > plan.count) {
        notes.push("there are more system prompts than examples".into());
    }
    notes
}

fn amounts(plan: &Plan, cells: &Cells, notes: &mut Vec<String>) {
    if plan.count < 100 {
        notes.push(format!(
            "{} are few: 100 are the least for a simple task, 500 to 1,000 and more for a complex one",
            plural(plan.count, "example")
        ));
    }
    if plan.count >= 500 && !(50..=100).contains(&plan.batch) {
        notes.push(format!("batches of {}: 50 to 100 are usual for sets of this size", plan.batch));
    }
    // Half as many again: judges and filters of public pipelines refuse a quarter to a third.
    if plan.max_candidates < plan.count + plan.count / 2 {
        notes.push(format!(
            "at most {} are tried for {} that are to be accepted: little room for refusals",
            count(plan.max_candidates),
            count(plan.count)
        ));
    }
    let empty = cells.all().iter().filter(|cell| cell.quota == 0).count() as u64;
    if empty > 0 {
        notes.push(format!(
            "{} of {} get no example, since there are fewer examples than cells",
            count(empty),
            plural(cells.all().len() as u64, "cell")
        ));
    }
}

fn backends(plan: &Plan, set: &impl Fn(&str) -> bool, notes: &mut Vec<String>) {
    let template = plan.backends.iter().any(|b| matches!(b.kind, BackendKind::Template));
    if template && plan.task.is_free_form() {
        notes.push(format!(
            "the answers of {} are free text, and phrases of a grammar repeat themselves: good for \
             tests and drafts; for training ask a model, or use from on documents",
            plan.task.kind
        ));
    }
    for backend in plan.backends.iter().chain(&plan.spare) {
        let BackendKind::OpenAi(server) = &backend.kind else { continue };
        if let Some(name) = server.key_env.as_deref().filter(|name| !set(name)) {
            notes.push(format!("backend {}: the variable {name} is not set here", backend.name));
        }
        let costs = server.price.is_none_or(|price| price.input > 0.0 || price.output > 0.0);
        let unlimited = plan.budget.usd.is_none() && plan.budget.tokens.is_none();
        if costs && unlimited && !is_near(&server.base_url) {
            notes.push(format!(
                "backend {} may cost, and no budget ends the run (budget.usd, budget.tokens)",
                backend.name
            ));
        }
    }
    let judge = plan.quality.judge.as_ref();
    if judge.is_some_and(|judge| plan.backends.first().is_some_and(|b| b.name == judge.backend)) {
        notes.push("the judge is the model that writes the examples; models like their own".into());
    }
}

/// Is the server on this machine?
fn is_near(url: &str) -> bool {
    let host = url.split("://").nth(1).unwrap_or_default();
    ["127.", "localhost", "[::1]"].iter().any(|near| host.starts_with(near))
}

/// A share as a percentage with at most one digit behind the point.
pub(super) fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).round() / 10.0;
    format!("{tenths}%")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn of(text: &str) -> String {
        let plan = Plan::read(Path::new("p"), text.as_bytes()).unwrap();
        advice(&plan, &plan.cells(), |_| false).join("\n")
    }

    #[test]
    fn what_is_rarely_meant_is_told() {
        let notes =
            of("count = 20\nmax_candidates = 20\ngrammar.x = 1\n[task]\ntype = \"tutoring\"");
        for part in
            ["20 examples are few", "little room", "free text", "validation", "task.targets"]
        {
            assert!(notes.contains(part), "{part}: {notes}");
        }
        let notes = of(
            "count = 600\nbatch = 10\n[output]\nvalidation = 0.5\n[backend.a]\nkind = \"openai\"\n\
            base_url = \"https://api.example.org/v1\"\nmodel = \"m\"\nkey_env = \"KEY\"\n[quality.judge]\nmin = 5",
        );
        for part in [
            "batches of 10",
            "50% is set apart",
            "KEY is not set",
            "may cost",
            "models like their own",
        ] {
            assert!(notes.contains(part), "{part}: {notes}");
        }
    }

    #[test]
    fn a_plan_as_it_should_be_has_no_notes() {
        let text = "count = 600\ngrammar.x = 1\n[task]\ntype = \"classification\"\ntargets = [\"openai\"]\n[output]\nvalidation = 0.15";
        assert_eq!(of(text), "");
    }
}
