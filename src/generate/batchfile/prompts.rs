//! The flow of `chatml-gen prompts`.

use crate::cli::exit::Exit;
use crate::cli::json::to_json_line;
use crate::cli::outputs::Opener;
use crate::cli::report::{count, plural};
use crate::error::{Error, Result};
use crate::generate::accept::Checker;
use crate::generate::backend::batch_body;
use crate::generate::opened::{self, Opened};
use crate::generate::plan::{BackendKind, Plan, Server};
use crate::generate::produce::delivery::Delivery;
use crate::generate::prompt::{Prompts, Shots};
use crate::generate::talk::say;
use crate::stream::{Buffering, Identities, Output};

use super::line::{self, Named};
use super::options::PromptsOptions;
use super::state::State;

/// Writes the requests for all examples that are not accepted yet.
pub fn run(options: &PromptsOptions) -> Result<Exit> {
    let Some(Opened { plan, cells, .. }) = opened::open(&options.plan)? else {
        return Ok(Exit::Trouble);
    };
    if !options.yes {
        opened::require_approval(&options.plan, &plan)?;
    }
    let server = server(&plan)?;
    refuse_turns(&plan)?;
    let mut shots = Shots::default();
    for path in plan.prompt.shots.iter().chain(&options.seeds) {
        shots.read(path)?;
    }
    let read = [Some(&options.plan), options.journal.as_ref()].into_iter().flatten();
    let read = Identities::of_paths(read.chain(&options.seeds).map(|path| path.as_path()));
    let mut output = Opener::new([], Buffering::Block).and(read).main(options.output.as_deref())?;
    let (settings, detector) =
        (Checker::settings(&plan).map_err(Error::Unfit)?, Checker::detector(&plan));
    let prompts = Prompts::new(&plan, shots).map_err(Error::Unfit)?;
    let checker = Checker::new(&plan, &settings, &detector);
    let delivery = Delivery::new(Output::none());
    let mut state = State::new(&plan, &cells, &prompts, checker, delivery, Output::none())?;
    if let Some(path) = options.journal.as_deref().filter(|path| path.exists()) {
        state.replay(path, options.adopt)?;
    }
    let steering = state.intake.tally.steering(&state.intake.repeats);
    let tried = state.tried();
    let left = plan.max_candidates.saturating_sub(tried);
    let open = state.open(options.limit.unwrap_or(u64::MAX).min(left));
    let together = if plan.prompt.verbalized { 1 } else { plan.prompt.per_request.max(1) };
    for examples in open.chunks(together) {
        let request = prompts.request(examples, &steering, true).map_err(Error::Unfit)?;
        let named: Vec<Named> = examples
            .iter()
            .map(|example| Named { attempt: example.attempt, slot: example.slot })
            .collect();
        let mark = state.mark(examples)?;
        output.write(&to_json_line(&line::request(&named, mark, batch_body(&request, server))))?;
    }
    output.finish()?;
    let is_short = left == 0 && state.intake.tally.accepted < plan.count;
    if is_short {
        let tried = count(tried);
        say(&format!(
            "as many were tried as max_candidates allows ({tried}): nothing more is asked for; raise it in the plan"
        ));
    } else if !options.quiet {
        let mut told = plural(open.len().div_ceil(together) as u64, "request");
        told += &format!(" for {}", plural(open.len() as u64, "example"));
        if let Some(path) = options.journal.as_deref().filter(|path| !path.exists()) {
            told += &format!("; {} is not there yet", path.display());
        }
        say(&told);
    }
    Ok(if is_short { Exit::Found } else { Exit::Ok })
}

/// The server whose model and limits the requests name.
fn server(plan: &Plan) -> Result<&Server> {
    let server = plan.backends.iter().find_map(|of| match &of.kind {
        BackendKind::OpenAi(server) => Some(server),
        BackendKind::Template | BackendKind::Command(_) | BackendKind::Replay(_) => None,
    });
    server.ok_or_else(|| {
        let what = "the plan has no backend of kind openai, whose model the requests would name; add one \
                    (its base_url is not used here)";
        Error::Unfit(what.to_owned())
    })
}

/// A conversation that is made turn by turn cannot be asked for in one request.
pub(super) fn refuse_turns(plan: &Plan) -> Result<()> {
    match plan.prompt.turn_by_turn {
        false => Ok(()),
        true => Err(Error::Unfit(
            "prompt.turn_by_turn: each turn needs the answer before it, so there are no requests to write \
             beforehand; set it to false"
                .to_owned(),
        )),
    }
}
