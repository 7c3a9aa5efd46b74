//! The flow of `plan` on one page.

use std::path::Path;

use crate::cli::exit::Exit;
use crate::cli::json::to_json_line;
use crate::error::{Error, Result};
use crate::generate::opened::{self, Opened};
use crate::generate::plan::{Approval, is_approved};
use crate::stream::{Buffering, Output};

use super::advice::advice;
use super::estimate::estimate;
use super::options::PlanOptions;
use super::page::{Known, page};
use super::sample::Samples;
use super::schema::schema;
use super::{figures, json};

/// How a plan is shown.
pub(super) enum Look {
    Text,
    Markdown,
    Json,
}

/// Checks a plan and shows it; the exit status is 2 if it has faults.
pub fn plan(options: &PlanOptions) -> Result<Exit> {
    if options.schema {
        return write(&format!("{:#}\n", schema()));
    }
    let Some(path) = &options.plan else {
        return Err(Error::Usage("a PLAN is needed".to_owned()));
    };
    let look = match (options.json, options.md) {
        (true, _) => Look::Json,
        (_, true) => Look::Markdown,
        _ => Look::Text,
    };
    let Some(opened) = opened::open(path)? else { return Ok(Exit::Trouble) };
    write(&shown(&opened, path, options.sample, &look)?)
}

/// What there is to see of a plan.
pub(super) fn shown(opened: &Opened, path: &Path, samples: u64, look: &Look) -> Result<String> {
    let plan = &opened.plan;
    let cells = &opened.cells;
    let sampler = Samples::new(plan, cells, opened.grammar.as_ref())?;
    let estimate = estimate(plan, cells, &|slot| sampler.text(slot))?;
    let notes = advice(plan, cells, |name| std::env::var_os(name).is_some());
    let samples: Result<Vec<(String, String)>> = sampler
        .slots(samples)
        .into_iter()
        .map(|slot| Ok((sampler.title(slot), sampler.text(slot)?)))
        .collect();
    let approval = match path.as_os_str() == "-" {
        true => Approval::No,
        false => is_approved(plan, path),
    };
    let known = Known {
        plan,
        file: &path.display().to_string(),
        cells,
        axes: &figures::axes(plan, cells),
        estimate: &estimate,
        approval: &approval,
        notes: &notes,
        samples: &samples?,
    };
    Ok(match look {
        Look::Text => page(&known).text(),
        Look::Markdown => page(&known).markdown(),
        Look::Json => String::from_utf8_lossy(&to_json_line(&json::value(&known))).into_owned(),
    })
}

fn write(text: &str) -> Result<Exit> {
    let mut output = Output::stdout(Buffering::Block);
    output.write(text.as_bytes())?;
    output.finish()?;
    Ok(Exit::Ok)
}
