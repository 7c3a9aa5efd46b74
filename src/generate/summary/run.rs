//! The flow of `summary` on one page.

use std::path::Path;
use std::time::Instant;

use crate::cli::exit::Exit;
use crate::cli::json::to_json_line;
use crate::cli::outputs::Opener;
use crate::error::{Error, Result};
use crate::generate::neighbours::Neighbours;
use crate::stream::{Buffering, Identities};

use super::checks::{Check, checks};
use super::config::Config;
use super::data::Data;
use super::journal::Run;
use super::options::{Format, Options};
use super::reports::Field;
use super::steps::{self, steps};
use super::{json, page, tools};

/// Everything that the block tells.
pub(super) struct Summary<'s> {
    pub config: &'s Config,
    pub data: &'s Data,
    /// The run of the journal, if one was named.
    pub run: Option<&'s Run>,
    pub checks: Vec<Check>,
    pub steps: Vec<String>,
}

/// Runs the command: the exit status is 1 when a check failed.
pub(crate) fn run(options: &Options, neighbours: &Neighbours) -> Result<Exit> {
    let started = Instant::now();
    let config = Config::new(options)?;
    // What describes the data set is not read: a summary may well take its place.
    let read = config.examples().map(|file| file.path.as_path());
    let journal = config.journal.as_deref();
    let mut opener =
        Opener::new([], Buffering::Block).and(Identities::of_paths(read.chain(journal)));
    let mut output = opener.main(config.output.as_deref())?;
    let mut report = opener.beside(config.report.as_deref())?;
    let run = config.journal.as_deref().map(|path: &Path| Run::read(path)).transpose()?;
    let (sections, mut object, passed) = match &run {
        Some(run) if config.examples().next().is_none() => {
            // A run into a folder may have ended before its files were written.
            if run.is_done() && config.own_folder().is_none() {
                return Err(Error::Unfit(format!(
                    "the run of {} is done, and its examples are not in this folder: name the file or folder that it wrote",
                    journal.unwrap_or(Path::new("the journal")).display()
                )));
            }
            let steps = [steps::complete(&config, run)];
            (page::unfinished(&config, run, &steps), json::unfinished(run, &steps), false)
        }
        _ => {
            let data = tools::measure(&config, neighbours)?;
            let checks = checks(&config, &data, run.as_ref());
            let steps = steps(&config, &data, &checks, run.as_ref());
            let summary =
                Summary { config: &config, data: &data, run: run.as_ref(), checks, steps };
            (page::sections(&summary), json::object(&summary), summary.passed())
        }
    };
    output.write(&match config.format {
        Format::Text => page::text(sections).into_bytes(),
        Format::Markdown => page::markdown(sections).into_bytes(),
        Format::Json => to_json_line(&object),
    })?;
    output.finish()?;
    object.insert("seconds".to_owned(), started.elapsed().as_secs_f64().into());
    report.write(&to_json_line(&object))?;
    report.finish()?;
    Ok(if passed { Exit::Ok } else { Exit::Found.forgiven_if(config.exit_zero) })
}

impl Summary<'_> {
    /// The fields that are counted by: those that were asked for, or the first of the usual ones that most examples
    /// have, or else what the run counted by that made them.
    pub(super) fn fields(&self) -> Vec<&Field> {
        let fields = &self.data.all.categories;
        if !self.config.choose {
            return fields.iter().collect();
        }
        // The order of the usual ones decides between equals: min_by_key takes the first.
        let there = fields.iter().filter(|field| field.missing.count < self.data.all.records.count);
        let own = there.min_by_key(|field| field.missing.count);
        // Of other examples than those that are here the run says nothing.
        let made =
            self.config.made.as_ref().filter(|made| made.records == self.data.all.records.count);
        own.or_else(|| made.and_then(|made| made.field.as_ref())).into_iter().collect()
    }
}
