//! What a run will ask for and cost, as far as that can be known before.

use crate::error::Result;
use crate::generate::plan::{Backend, BackendKind, Cells, Plan, Price};
use crate::tokens::Tokenizer;

/// The request for the example of a slot, as text.
pub(super) type Sampler<'s> = dyn Fn(u64) -> Result<String> + 's;

/// Requests that are measured; their lengths differ by the values of the axes alone.
const MEASURED: u64 = 20;

/// The vocabulary that tokens are counted in: that of current OpenAI models. Others differ by some 10 %.
pub(super) const VOCABULARY: &str = "o200k_base";

/// Tokens for a word of English prose, by OpenAI's own rule of thumb (a token is 3/4 of a word).
const TOKENS_PER_WORD: f64 = 4.0 / 3.0;

/// Words of an answer where the plan says nothing: a paragraph or two, as assistants answer.
const USUAL_WORDS: f64 = 120.0;

/// Tokens of a user's turn: two sentences.
const QUESTION: f64 = 40.0;

/// Tokens of JSON around one message of an answer: braces, keys, quotes.
const AROUND: f64 = 12.0;

/// Tokens that a judge reads beside the conversation, and those that it answers.
const JUDGED: (f64, f64) = (200.0, 60.0);

/// From what is needed at least, every example being accepted at once, to what is allowed at most.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span {
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Span {
    fn of(one: f64, plan: &Plan) -> Span {
        Span { least: one * plan.count as f64, most: one * plan.max_candidates as f64 }
    }

    fn and(self, other: Span) -> Span {
        Span { least: self.least + other.least, most: self.most + other.most }
    }
}

/// What examples cost.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cost {
    /// No model is asked.
    Free,
    /// US dollars.
    Known(Span),
    /// The price of this backend is not in the plan.
    Unknown(String),
}

/// What a run asks for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Estimate {
    /// Requests, those to a judge among them.
    pub(super) requests: Span,
    /// Tokens sent and answered.
    pub(super) input: Span,
    pub(super) output: Span,
    pub(super) cost: Cost,
}

/// Estimates a run in which the first backend does all the work; none if that asks no model.
pub(super) fn estimate(
    plan: &Plan,
    cells: &Cells,
    sampler: &Sampler<'_>,
) -> Result<Option<Estimate>> {
    let judge = plan.quality.judge.as_ref().and_then(|judge| plan.backend(&judge.backend));
    let Some(first) = plan.backends.first() else { return Ok(None) };
    let making = match is_asked(first) {
        true => Some(making(plan, cells, sampler)?),
        false => None,
    };
    let judging = judge.filter(|judge| is_asked(judge)).map(|judge| (judge, judging(plan)));
    let mut cost = Cost::Free;
    let mut all: Option<Estimate> = None;
    for (backend, work) in making.map(|work| (first, work)).into_iter().chain(judging) {
        let Work { requests, input, output } = work;
        cost = add(cost, price(backend, input, output));
        all = Some(match all {
            None => Estimate { requests, input, output, cost: Cost::Free },
            Some(before) => Estimate {
                requests: before.requests.and(requests),
                input: before.input.and(input),
                output: before.output.and(output),
                cost: Cost::Free,
            },
        });
    }
    Ok(all.map(|estimate| Estimate { cost, ..estimate }))
}

struct Work {
    requests: Span,
    input: Span,
    output: Span,
}

/// Does the backend ask a model?
pub(super) fn is_asked(backend: &Backend) -> bool {
    matches!(backend.kind, BackendKind::OpenAi(_) | BackendKind::Command(_))
}

/// The work of making examples.
fn making(plan: &Plan, cells: &Cells, sampler: &Sampler<'_>) -> Result<Work> {
    let prompt = measured(plan, sampler)?;
    let turns = mean_turns(cells);
    let answer = answer_tokens(plan);
    let per_request = plan.prompt.per_request.max(1) as f64;
    let (requests, input, output) = if plan.prompt.turn_by_turn {
        // The person's turn and the assistant's are asked for in turn, each with what was said before.
        let said = (QUESTION + answer) * (turns - 1.0).max(0.0) / 2.0;
        (2.0 * turns, turns * (prompt + QUESTION + 2.0 * said), turns * (QUESTION + answer))
    } else {
        let conversation = turns * (QUESTION + answer + 2.0 * AROUND);
        // Candidates are answered in full, though one of them is taken.
        let candidates = if plan.prompt.verbalized { per_request } else { 1.0 };
        let asked = if plan.prompt.verbalized { 1.0 } else { per_request };
        (1.0 / asked, prompt / asked, conversation * candidates)
    };
    let requests = Span::of(requests, plan);
    let whole = Span { least: requests.least.ceil(), most: requests.most.ceil() };
    Ok(Work { requests: whole, input: Span::of(input, plan), output: Span::of(output, plan) })
}

/// The work of judging them.
fn judging(plan: &Plan) -> Work {
    let turns: f64 = plan.turns.iter().map(|(turns, weight)| f64::from(*turns) * weight).sum();
    let weight: f64 = plan.turns.iter().map(|(_, weight)| weight).sum();
    let turns = if weight > 0.0 { turns / weight } else { 1.0 };
    let conversation = turns * (QUESTION + answer_tokens(plan));
    Work {
        requests: Span::of(1.0, plan),
        input: Span::of(conversation + JUDGED.0, plan),
        output: Span::of(JUDGED.1, plan),
    }
}

/// The mean length of a request, measured on some.
fn measured(plan: &Plan, sampler: &Sampler<'_>) -> Result<f64> {
    let tokenizer = Tokenizer::load(VOCABULARY)?;
    let slots = spread(plan.count, MEASURED);
    let mut tokens = 0;
    for slot in &slots {
        tokens += tokenizer.count(&sampler(*slot)?);
    }
    Ok(tokens as f64 / slots.len().max(1) as f64)
}

/// So many slots, from the first on at equal distances.
fn spread(count: u64, wanted: u64) -> Vec<u64> {
    let wanted = wanted.min(count);
    let slot = |at: u64| (u128::from(at) * u128::from(count) / u128::from(wanted.max(1))) as u64;
    (0..wanted).map(slot).collect()
}

fn mean_turns(cells: &Cells) -> f64 {
    let (mut turns, mut examples) = (0.0, 0.0);
    for (of, quota) in cells.turns() {
        turns += f64::from(of) * quota as f64;
        examples += quota as f64;
    }
    if examples > 0.0 { turns / examples } else { 1.0 }
}

/// The length of an answer: between the least and the most that the plan asks for.
fn answer_tokens(plan: &Plan) -> f64 {
    let words = match plan.task.words {
        (Some(least), Some(most)) => (least + most) as f64 / 2.0,
        (Some(least), None) => (least as f64 * 1.5).max(USUAL_WORDS),
        (None, Some(most)) => (most as f64 / 2.0).min(USUAL_WORDS),
        (None, None) => USUAL_WORDS,
    };
    words * TOKENS_PER_WORD
}

fn price(backend: &Backend, input: Span, output: Span) -> Cost {
    let price = match &backend.kind {
        BackendKind::OpenAi(server) => server.price,
        BackendKind::Command(program) => program.price,
        BackendKind::Template | BackendKind::Replay(_) => return Cost::Free,
    };
    let Some(Price { input: sent, output: answered }) = price else {
        return Cost::Unknown(backend.name.clone());
    };
    let usd = |input: f64, output: f64| (input * sent + output * answered) / 1e6;
    Cost::Known(Span { least: usd(input.least, output.least), most: usd(input.most, output.most) })
}

fn add(one: Cost, other: Cost) -> Cost {
    match (one, other) {
        (Cost::Unknown(name), _) | (_, Cost::Unknown(name)) => Cost::Unknown(name),
        (Cost::Free, other) => other,
        (one, Cost::Free) => one,
        (Cost::Known(one), Cost::Known(other)) => Cost::Known(one.and(other)),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn of(text: &str) -> Option<Estimate> {
        let plan = Plan::read(Path::new("p"), text.as_bytes()).unwrap();
        estimate(&plan, &plan.cells(), &|_| Ok("one two three four".to_owned())).unwrap()
    }

    const SERVER: &str = "[backend.main]\nkind = \"command\"\ncommand = \"cat\"\n";

    #[test]
    fn a_grammar_asks_nobody() {
        assert_eq!(of("count = 10\ngrammar.x = 1"), None);
    }

    #[test]
    fn requests_tokens_and_cost_follow_the_plan() {
        let plan = format!(
            "count = 100\nmax_candidates = 150\ntask.response_length = {{ min_words = 60, max_words = 90 }}\n\
             prompt.per_request = 4\n{SERVER}price = {{ in_per_mtok = 2, out_per_mtok = 10 }}"
        );
        let estimate = of(&plan).unwrap();
        assert_eq!(estimate.requests, Span { least: 25.0, most: 38.0 });
        assert_eq!(estimate.input, Span { least: 100.0, most: 150.0 });
        // 75 words of answer are 100 tokens; 40 of the question, 24 around them.
        assert_eq!(estimate.output.least.round(), 16_400.0);
        let Cost::Known(usd) = estimate.cost else { panic!() };
        assert!((usd.least - (100.0 * 2.0 + 16_400.0 * 10.0) / 1e6).abs() < 1e-9);
    }

    #[test]
    fn a_price_that_is_not_known_makes_all_unknown() {
        let judge = "[quality.judge]\nbackend = \"eye\"\n[backend.eye]\nkind = \"command\"\ncommand = \"cat\"";
        let plan = format!(
            "count = 10\nbackends = [\"main\"]\n{SERVER}price = {{ in_per_mtok = 0, out_per_mtok = 0 }}\n{judge}"
        );
        let estimate = of(&plan).unwrap();
        assert_eq!(estimate.cost, Cost::Unknown("eye".to_owned()));
        assert_eq!(estimate.requests.least, 20.0);
        let free =
            of(&format!("count = 10\n{SERVER}price = {{ in_per_mtok = 0, out_per_mtok = 0 }}"));
        assert_eq!(free.unwrap().cost, Cost::Known(Span { least: 0.0, most: 0.0 }));
    }

    #[test]
    fn turns_that_are_asked_for_one_by_one_are_two_requests_each() {
        let plan = format!(
            "count = 10\nturns.dist = {{ \"3\" = 1 }}\nprompt.turn_by_turn = true\n{SERVER}"
        );
        assert_eq!(of(&plan).unwrap().requests.least, 60.0);
    }

    #[test]
    fn samples_lie_at_equal_distances() {
        assert_eq!(spread(100, 4), [0, 25, 50, 75]);
        assert_eq!(spread(2, 4), [0, 1]);
        assert_eq!(spread(5, 0), [0_u64; 0]);
    }
}
