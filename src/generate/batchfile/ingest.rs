//! The flow of `chatml-gen ingest`.

use std::path::PathBuf;

use crate::cli::exit::Exit;
use crate::cli::outputs::Opener;
use crate::cli::report::{count, plural};
use crate::cli::terminal::sanitize;
use crate::cli::unusable::Unusable;
use crate::error::{Error, Result};
use crate::generate::accept::Checker;
use crate::generate::journal::{Header, Journal, Sync, Writer};
use crate::generate::opened::{self, Opened};
use crate::generate::produce::delivery::Delivery;
use crate::generate::prompt::{Prompts, Shots};
use crate::generate::records::{each_block, lines};
use crate::generate::talk::say;
use crate::stream::{Buffering, Identities};

use super::line::{self, Brought};
use super::options::IngestOptions;
use super::prompts::refuse_turns;
use super::state::State;

/// Makes the data set of the answers that are there.
pub fn run(options: &IngestOptions) -> Result<Exit> {
    let Some(Opened { plan, cells, .. }) = opened::open(&options.plan)? else {
        return Ok(Exit::Trouble);
    };
    if !options.yes {
        opened::require_approval(&options.plan, &plan)?;
    }
    refuse_turns(&plan)?;
    if plan.quality.judge.is_some() && !options.quiet {
        say("the judge of the plan is not asked: ingest asks no model");
    }
    let mut unusable = Unusable::new(options.quiet);
    let brought = read(&options.answers, &mut unusable)?;
    let read = std::iter::once(&options.plan).chain(&options.answers).chain(&options.seeds);
    let read = Identities::of_paths(read.map(PathBuf::as_path));
    let mut opener = Opener::new([], Buffering::Block).and(read);
    let delivery = Delivery::new(opener.main(options.output.as_deref())?);
    if let Some(journal) = &options.journal {
        opener.claim(journal)?;
    }
    let rejects = opener.beside(options.rejects.as_deref())?;
    let (settings, detector) =
        (Checker::settings(&plan).map_err(Error::Unfit)?, Checker::detector(&plan));
    let prompts = Prompts::new(&plan, Shots::default()).map_err(Error::Unfit)?;
    let checker = Checker::new(&plan, &settings, &detector);
    let mut state = State::new(&plan, &cells, &prompts, checker, delivery, rejects)?;
    let seeds: Vec<PathBuf> = plan.prompt.shots.iter().chain(&options.seeds).cloned().collect();
    if !seeds.is_empty() {
        state.intake.repeats.learn(&plan, &seeds)?;
    }
    if let Some(path) = &options.journal {
        let header = Header {
            plan: plan.content.clone(),
            name: plan.name.clone(),
            count: plan.count,
            terms: None,
        };
        let writer = Writer::Ingest { adopts: options.adopt };
        let (journal, _) = Journal::resume(path, &header, Sync::Batch, writer)?;
        state.intake.journal = journal;
        state.replay(path, options.adopt)?;
        (state.idle, state.foreign) = (0, 0);
        for (_, line) in &brought {
            state.intake.journal.brought(line)?;
        }
    }
    for (answer, _) in brought {
        state.take(answer)?;
    }
    finish(state, &plan, unusable, options)
}

fn finish(
    state: State<'_>,
    plan: &crate::generate::plan::Plan,
    unusable: Unusable,
    options: &IngestOptions,
) -> Result<Exit> {
    let State { mut intake, idle, foreign, .. } = state;
    let (accepted, reasons) = (intake.tally.accepted, intake.tally.reasons());
    let rejected = intake.tally.candidates - accepted;
    let ended = if accepted < plan.count { "incomplete" } else { "done" };
    intake.journal.end(accepted, ended)?;
    intake.delivery.finish()?;
    intake.rejects.finish()?;
    if unusable.count > 0 && !options.quiet {
        say(&unusable.summary());
    }
    if !options.quiet || accepted < plan.count {
        let mut line = format!("{} of {}", count(accepted), plural(plan.count, "example"));
        if rejected > 0 {
            line += &format!(", {} rejected ({reasons})", count(rejected));
        }
        if idle > 0 {
            line += &format!(
                ", {} of no use: for examples that are there or that the plan lacks",
                plural(idle, "answer")
            );
        }
        if foreign > 0 {
            line += &format!(
                ", {} to requests that the plan does not make: of another one, or before it was changed",
                plural(foreign, "answer")
            );
        }
        if accepted < plan.count {
            line += "; `chatml-gen prompts --journal` asks for the rest";
        }
        say(&line);
    }
    let found = accepted < plan.count || unusable.count > 0;
    Ok(if found { Exit::Found.forgiven_if(options.exit_zero) } else { Exit::Ok })
}

/// All answers, by what they are for, those that failed behind the others: the order of the file does not count.
fn read(paths: &[PathBuf], unusable: &mut Unusable) -> Result<Vec<(Brought, Vec<u8>)>> {
    let stdin = [PathBuf::from("-")];
    let paths = if paths.is_empty() { &stdin } else { paths };
    let (mut all, mut number) = (Vec::new(), 0);
    each_block(paths, |block, name| {
        if block.first {
            number = 0;
        }
        for line in lines(block) {
            number += 1;
            if line.bytes.trim_ascii().is_empty() {
                continue;
            }
            let answer = match line.cut {
                true => Err("is too long for an answer".to_owned()),
                false => line::answer(line.bytes),
            };
            match answer {
                Ok(brought) => all.push((brought, line.bytes.to_vec())),
                Err(why) => {
                    if let Some(message) = unusable.tell(name, number, 0, &why) {
                        say(&sanitize(message.trim_end()));
                    }
                }
            }
        }
        Ok(())
    })?;
    all.sort_by(|(one, _), (other, _)| {
        let failed = one.said.is_err().cmp(&other.said.is_err());
        one.examples.cmp(&other.examples).then(failed).then_with(|| one.said.cmp(&other.said))
    });
    Ok(all)
}
