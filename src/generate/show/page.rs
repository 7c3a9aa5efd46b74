//! A plan in words: what is to be made, of what, how, and what it takes.

use crate::cli::report::{count, duration, plural};
use crate::generate::plan::{
    Approval, BackendKind, Budget, Cells, Dedup, On, Plan, Server, System, Values,
};

use super::advice::percent;
use super::estimate::{Cost, Estimate, Span};
use super::figures::AxisFigures;
use super::layout::{Block, Page, Section};

/// Cells and values that text shows; `--json` has them all.
const SHOWN: usize = 30;

/// Characters of a system prompt that are shown in a list.
const PROMPT: usize = 200;

/// All that is known of a plan.
pub(super) struct Known<'k> {
    pub(super) plan: &'k Plan,
    /// The plan's file as it was named.
    pub(super) file: &'k str,
    pub(super) cells: &'k Cells,
    pub(super) axes: &'k [AxisFigures],
    pub(super) estimate: &'k Option<Estimate>,
    pub(super) approval: &'k Approval,
    pub(super) notes: &'k [String],
    /// Requests as they would be sent, each with what it is for.
    pub(super) samples: &'k [(String, String)],
}

/// The page that shows it.
pub(super) fn page(known: &Known<'_>) -> Page {
    let mut sections = vec![
        Section::new("Examples", vec![Block::Facts(examples(known))]),
        Section::new("Distribution", distribution(known)),
        Section::new("Cells", cells(known)),
        Section::new("Diversity", vec![Block::List(diversity(known))]),
        Section::new("System prompt", system(&known.plan.system)),
        Section::new("Quality checks", vec![Block::List(quality(known.plan))]),
        Section::new("Requests and cost", vec![Block::Facts(cost(known))]),
    ];
    if !known.notes.is_empty() {
        sections.push(Section::new("Notes", vec![Block::List(known.notes.to_vec())]));
    }
    for (title, text) in known.samples {
        sections.push(Section::new(title, vec![Block::Verbatim(text.clone())]));
    }
    sections.push(Section::new("Approval", vec![Block::Facts(approval(known))]));
    Page { title: format!("Plan: {}", known.plan.name), sections }
}

fn fact(name: &str, what: impl Into<String>) -> (String, String) {
    (name.to_owned(), what.into())
}

fn examples(known: &Known<'_>) -> Vec<(String, String)> {
    let Plan { task, count: wanted, max_candidates, batch, output, seed, .. } = known.plan;
    let batches = wanted.div_ceil(*batch as u64);
    let mut facts = vec![
        fact("to be accepted", count(*wanted)),
        fact("tried at most", count(*max_candidates)),
        fact("batches", format!("{} of {}", count(batches), count(*batch as u64))),
        fact("task", &task.kind),
    ];
    if !task.domain.is_empty() {
        facts.push(fact("domain", &task.domain));
    }
    facts.push(fact("language", &task.language));
    facts.extend(task.tone.as_ref().map(|tone| fact("tone", tone)));
    facts.push(fact("seed", seed.to_string()));
    if output.validation > 0.0 {
        let part = (output.validation * *wanted as f64).round() as u64;
        let share = percent(output.validation);
        facts.push(fact("for validation", format!("about {} ({share})", count(part))));
    }
    facts
}

fn distribution(known: &Known<'_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    for axis in known.axes {
        if axis.values.is_empty() {
            let what = format!("{} is drawn for each example: a {}", axis.name, axis.kind);
            blocks.push(Block::List(vec![what]));
            continue;
        }
        let mut rows = Vec::new();
        let groups = axis.groups();
        for (group, examples) in &groups {
            rows.push(row(group, *examples, axis, known));
            let members = axis.values.iter().filter(|share| share.group.as_deref() == Some(group));
            rows.extend(members.map(|s| row(&format!("  {}", s.value), s.examples, axis, known)));
        }
        if groups.is_empty() {
            rows.extend(axis.values.iter().map(|s| row(&s.value, s.examples, axis, known)));
        }
        let hidden = rows.len().saturating_sub(SHOWN);
        rows.truncate(SHOWN);
        let how = match (axis.drawn, axis.conditional) {
            (false, _) => "examples",
            (true, false) => "expected",
            (true, true) => "expected without conditions",
        };
        let head = vec![axis.name.clone(), how.to_owned(), "share".to_owned()];
        blocks.push(Block::Table { head, rows });
        blocks.extend(more(hidden));
    }
    let turns: Vec<Vec<String>> = known
        .cells
        .turns()
        .map(|(turns, quota)| {
            vec![turns.to_string(), count(quota), share(quota as f64, known.plan.count)]
        })
        .collect();
    let head = ["turns of the user", "examples", "share"].map(str::to_owned).to_vec();
    blocks.push(Block::Table { head, rows: turns });
    let negatives = known.cells.negatives();
    if negatives > 0 {
        let rest = known.plan.count.saturating_sub(negatives);
        let row =
            |name: &str, n: u64| vec![name.to_owned(), count(n), share(n as f64, known.plan.count)];
        let head = ["the assistant", "examples", "share"].map(str::to_owned).to_vec();
        let rows = vec![row("answers", rest), row("declines or asks back", negatives)];
        blocks.push(Block::Table { head, rows });
    }
    blocks
}

fn row(name: &str, examples: f64, axis: &AxisFigures, known: &Known<'_>) -> Vec<String> {
    let number = count(examples.round() as u64);
    let number = if axis.drawn { format!("about {number}") } else { number };
    vec![name.to_owned(), number, share(examples, known.plan.count)]
}

fn share(part: f64, whole: u64) -> String {
    percent(part / whole.max(1) as f64)
}

fn more(hidden: usize) -> Option<Block> {
    let text = format!("and {} more; --json shows all", count(hidden as u64));
    (hidden > 0).then(|| Block::List(vec![text]))
}

fn cells(known: &Known<'_>) -> Vec<Block> {
    let all = known.cells.all();
    if all.len() < 2 {
        return vec![Block::List(vec!["one: no axis is crossed with another".to_owned()])];
    }
    let rows: Vec<Vec<String>> = (0..all.len().min(SHOWN))
        .map(|at| {
            let quota = all.get(at).map_or(0, |cell| cell.quota);
            vec![known.cells.label(known.plan, at), count(quota)]
        })
        .collect();
    let head = vec![format!("{} in all", plural(all.len() as u64, "cell")), "examples".to_owned()];
    let mut blocks = vec![Block::Table { head, rows }];
    blocks.extend(more(all.len().saturating_sub(SHOWN)));
    blocks
}

fn diversity(known: &Known<'_>) -> Vec<String> {
    let Plan { axes, prompt, dedup, task, .. } = known.plan;
    let crossed = axes.iter().filter(|axis| !axis.per_example);
    let crossed: Vec<String> =
        crossed.map(|axis| format!("{} ({})", axis.name, axis.weights.len())).collect();
    let mut lines = Vec::new();
    if !crossed.is_empty() {
        lines.push(format!(
            "by quota: {}, {} in an order of which every beginning is balanced",
            crossed.join(" x "),
            plural(known.cells.all().len() as u64, "cell")
        ));
    }
    for axis in axes {
        for when in &axis.when {
            lines.push(format!(
                "{}: other weights where {} is {}",
                axis.name, when.axis, when.value
            ));
        }
    }
    for axis in axes.iter().filter(|axis| axis.per_example) {
        let of = match &axis.values {
            Values::List(values) => plural(values.len() as u64, "value"),
            Values::Tree(leaves) => plural(leaves.len() as u64, "value"),
            Values::Pattern(_) => "a pattern".to_owned(),
            Values::Number { min, max, .. } => format!("{min} to {max}"),
        };
        lines.push(format!("drawn for each example: {} ({of})", axis.name));
    }
    if prompt.shots.is_some() || prompt.own_count > 0 {
        let seeds = if prompt.shots.is_some() { prompt.shot_count } else { 0 };
        lines.push(format!(
            "each request shows {} of the seeds and {} that were accepted",
            plural(seeds as u64, "example"),
            count(prompt.own_count as u64)
        ));
    }
    if prompt.verbalized {
        lines.push(format!(
            "a model is asked for {} with their probabilities, and a rare one is taken",
            plural(prompt.per_request as u64, "candidate")
        ));
    }
    if let Some(most) = dedup.max_same_opening {
        lines.push(format!("at most {} of the examples begin alike", percent(most)));
    }
    if task.typos > 0.0 {
        lines.push(format!(
            "slips of the keyboard in {} of the user's messages, not in words that the answer has too",
            percent(task.typos)
        ));
    }
    lines.push("after each batch: cells that lag behind come first, openings that come too often are avoided".into());
    lines
}

fn system(system: &System) -> Vec<Block> {
    let prompts = match system {
        System::None => {
            return vec![Block::List(vec!["none: no record has a system message".into()])];
        }
        System::Fixed(prompt) => std::slice::from_ref(prompt),
        System::Varied(prompts) => prompts.as_slice(),
    };
    let how = match system {
        System::Varied(_) => {
            format!("varied: one of {} in each record", count(prompts.len() as u64))
        }
        _ => "the same in all records".to_owned(),
    };
    let short = |prompt: &String| {
        let cut = prompt.chars().count() > PROMPT;
        let text: String = prompt.chars().take(PROMPT).collect();
        if cut { format!("{text}...") } else { text }
    };
    vec![Block::List(std::iter::once(how).chain(prompts.iter().map(short)).collect())]
}

fn quality(plan: &Plan) -> Vec<String> {
    let Plan { task, quality, dedup, .. } = plan;
    let mut lines = vec![match task.targets.as_slice() {
        [] => "valid under the rules of chatml-validate".to_owned(),
        targets => format!("valid under the rules of chatml-validate for {}", targets.join(", ")),
    }];
    lines.extend(repeats(dedup));
    if !quality.reject.is_empty() {
        lines.push(format!("refused: {}", quality.reject.join(", ")));
    }
    lines.push(match quality.strip_think {
        true => "tags of reasoning are taken out".to_owned(),
        false => "answers with tags of reasoning are refused".to_owned(),
    });
    if !task.forbidden.is_empty() {
        let patterns: Vec<&str> = task.forbidden.iter().map(regex::Regex::as_str).collect();
        lines.push(format!("no example matches {}", patterns.join(" or ")));
    }
    match task.words {
        (Some(least), Some(most)) => lines.push(format!("answers of {least} to {most} words")),
        (Some(least), None) => lines.push(format!("answers of at least {least} words")),
        (None, Some(most)) => lines.push(format!("answers of at most {most} words")),
        (None, None) => {}
    }
    if !plan.tools.is_empty() {
        let tools = plural(plan.tools.len() as u64, "tool");
        lines.push(format!("calls fit the schemas of {tools}"));
    }
    match &quality.judge {
        Some(judge) => lines
            .push(format!("a model ({}) gives at least {} of 10 points", judge.backend, judge.min)),
        None => lines.push("no model judges".to_owned()),
    }
    lines
}

fn repeats(dedup: &Dedup) -> Vec<String> {
    let on = match dedup.on {
        On::User => "what the user says",
        On::Conversation => "the conversation",
    };
    let mut lines = Vec::new();
    match (dedup.exact, dedup.near) {
        (true, Some(near)) => lines.push(format!(
            "no duplicate, and none that shares {} of its runs of words, in {on}",
            percent(near)
        )),
        (true, None) => lines.push(format!("no duplicate in {on}")),
        (false, Some(near)) => {
            lines.push(format!("none that shares {} of its runs of words, in {on}", percent(near)));
        }
        (false, None) => lines.push("repetitions are not looked for".to_owned()),
    }
    if !dedup.against.is_empty() {
        let files = dedup.against.iter().map(|file| file.display().to_string());
        lines.push(format!("nor one of {}", files.collect::<Vec<_>>().join(", ")));
    }
    lines
}

fn cost(known: &Known<'_>) -> Vec<(String, String)> {
    let mut facts: Vec<(String, String)> = known
        .plan
        .backends
        .iter()
        .enumerate()
        .map(|(at, backend)| {
            let name = if at == 0 { "examples from" } else { "if that fails" };
            fact(name, format!("{}: {}", backend.name, describe(&backend.kind)))
        })
        .collect();
    match known.estimate {
        None => facts.push(fact("requests", "none; it costs nothing")),
        Some(estimate) => {
            facts.push(fact("requests", span(estimate.requests)));
            facts.push(fact("tokens sent", format!("about {}", span(estimate.input))));
            facts.push(fact("tokens answered", format!("about {}", span(estimate.output))));
            facts.push(fact("cost", price(&estimate.cost)));
        }
    }
    facts.push(fact("ends at", budget(&known.plan.budget)));
    facts
}

fn describe(kind: &BackendKind) -> String {
    match kind {
        BackendKind::Template => "the grammar of the plan".to_owned(),
        BackendKind::OpenAi(Server { base_url, model, .. }) => format!("{model} at {base_url}"),
        BackendKind::Command(program) => {
            format!("the program {}", program.words.first().map_or("", String::as_str))
        }
        BackendKind::Replay(file) => format!("the answers in {}", file.display()),
    }
}

/// From what is needed if every example is accepted to what is allowed.
fn span(Span { least, most }: Span) -> String {
    let number = |n: f64| count(rounded(n));
    match rounded(least) == rounded(most) {
        true => number(least),
        false => format!("{} to {}", number(least), number(most)),
    }
}

/// An estimate has two digits that mean something, a number of requests all of its own.
fn rounded(number: f64) -> u64 {
    let grain = if number >= 10_000.0 { 10_f64.powf(number.log10().floor() - 1.0) } else { 1.0 };
    ((number / grain).round() * grain) as u64
}

fn price(cost: &Cost) -> String {
    match cost {
        Cost::Free => "nothing".to_owned(),
        Cost::Known(Span { most, .. }) if *most == 0.0 => "0 USD".to_owned(),
        Cost::Known(Span { least, most }) => format!("about {least:.2} to {most:.2} USD"),
        Cost::Unknown(name) => format!("not known: backend {name} has no price"),
    }
}

fn budget(budget: &Budget) -> String {
    let parts = [
        budget.usd.map(|usd| format!("{usd} USD")),
        budget.tokens.map(|tokens| plural(tokens, "token")),
        budget.wall.map(duration),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "no budget is set".to_owned() } else { parts.join(", ") }
}

fn approval(known: &Known<'_>) -> Vec<(String, String)> {
    let approved = match known.approval {
        Approval::Yes => "yes".to_owned(),
        Approval::Changed(file) => format!("no longer: {file} was changed since"),
        Approval::No => format!("no; chatml-gen approve {}", known.file),
    };
    vec![fact("approved", approved), fact("sha256", &known.plan.digest)]
}
