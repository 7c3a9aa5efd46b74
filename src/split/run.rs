//! The flow of chatml-split on one page.

use std::path::PathBuf;

use crate::cli::exit::Exit;
use crate::cli::outputs::Opener;
use crate::error::{Error, Result};
use crate::stream::{self, Again, Identities, Inputs, Output, Reading, Scratch, Sink};

use super::block::{Prepared, Worker};
use super::config::Config;
use super::deal::Dealer;
use super::destination::{Destination, MadeFolder};
use super::ending::{check_names, open_manifest, place, write_manifest, write_report};
use super::families::Families;
use super::group_file::Listed;
use super::intake::Intake;
use super::leak;
use super::manifest::Told;
use super::options::Options;
use super::pass::{Deal, Delivery, Gather, Replay};
use super::plan::{Gathered, plan, totals};
use super::rows::Rows;
use super::strata::{Kind, Kinds};
use super::tally::Tally;

/// Runs the tool: the exit status is 1 when lines could not be used, or when `--check-leak` found something.
pub fn run(options: Options) -> Result<Exit> {
    let config = Config::new(&options)?;
    if config.check_leak {
        return leak::run(&config);
    }
    let inputs = Inputs::open(&config.inputs, &config.reading)?;
    let others = config.group_files.iter().chain(&config.repeat).chain(&config.list);
    let others = others.map(PathBuf::as_path);
    let others = Identities::of_paths(others);
    let mut opener = Opener::new([&inputs], config.buffering).and(others.clone());
    let read = inputs.identities().and(others);
    let _made = config.folder().map(MadeFolder::make).transpose()?;
    let mut destination = Destination::open(&config, &mut opener, &read)?;
    let rejects = opener.beside(config.rejects.as_deref())?;
    let report = opener.beside(config.report.as_deref())?;
    let manifest = open_manifest(&config, &mut opener)?;
    let mut intake = Intake::new(&config, &inputs, rejects);
    let mut tally = Tally::new(config.parts.all.len());
    let deal = if config.is_planned() { in_two_passes } else { in_one_pass };
    let dealt = deal(inputs, &config, &mut intake, &mut destination, &mut tally);
    intake.end_progress();
    let (dealer, kinds) = match dealt {
        Ok(dealt) => dealt,
        Err(trouble) => {
            let _ = destination.flush();
            let _ = intake.rejects.flush();
            return Err(trouble);
        }
    };
    if intake.records == 0 && intake.unusable.count > 0 && config.writes_files() {
        let what = "no line could be used, so no file is written";
        return Err(Error::Unfit(what.to_owned()));
    }
    let files = destination.complete()?;
    check_names(&config, &files, &read)?;
    std::mem::replace(&mut intake.rejects, Output::none()).finish()?;
    let told =
        Told { config: &config, intake: &intake, dealer: &dealer, kinds: &kinds, tally: &tally };
    let manifest = write_manifest(manifest, &told, &files)?;
    let report = write_report(report, &told)?;
    place(files, manifest, config.force)?;
    report.finish()?;
    intake.say(&tally.summary(&config, &intake, &dealer, &kinds));
    intake.write_messages();
    let found = intake.unusable.count > 0;
    Ok(if found { Exit::Found.forgiven_if(config.exit_zero) } else { Exit::Ok })
}

/// Hands what decides about every record to the sink, in input order.
fn records(inputs: Inputs, config: &Config, sink: &mut impl Sink<Prepared>) -> Result<()> {
    let worker = || Worker::new(config);
    stream::run(inputs, config.jobs, worker, |worker, block| worker.block(block), sink)
}

/// One pass: where a record goes depends on it alone.
fn in_one_pass(
    inputs: Inputs,
    config: &Config,
    intake: &mut Intake<'_>,
    destination: &mut Destination,
    tally: &mut Tally,
) -> Result<(Dealer, Kinds)> {
    let (dealer, kinds) = (
        Dealer::new(config),
        Kinds::of_kinds(config.recipe.as_ref().map_or(&[], |recipe| &recipe.kinds))?,
    );
    let delivery = Delivery::new(config, &dealer, destination, tally);
    records(inputs, config, &mut Deal { intake, delivery, kinds: &kinds })?;
    Ok((dealer, kinds))
}

/// Two passes: what decides about all records is gathered, then they are dealt.
fn in_two_passes(
    inputs: Inputs,
    config: &Config,
    intake: &mut Intake<'_>,
    destination: &mut Destination,
    tally: &mut Tally,
) -> Result<(Dealer, Kinds)> {
    let listed = Listed::read(config, inputs.names())?;
    listed.strange().into_iter().for_each(|what| intake.say(&what));
    let again = inputs.again();
    intake.spool = if again.is_some() { None } else { Some(Scratch::create()?) };
    let known: &[Kind] = config.recipe.as_ref().map_or(&[], |recipe| &recipe.kinds);
    let (families, kinds) = (Families::new(config), Kinds::of_kinds(known)?);
    let (values, rows) = (Kinds::default(), Rows::create()?);
    let mut gather = Gather { intake, rows, kinds, values, families, listed };
    records(inputs, config, &mut gather)?;
    let Gather { rows, kinds, values, families, .. } = gather;
    let (kinds, ranks) = kinds.ranked(known.len());
    let values = values.all().len();
    let mut gathered = Gathered { rows: rows.close()?, ranks, values, families };
    let dealer = plan(config, &mut gathered, tally)?;
    destination.expect(&totals(config, &gathered.rows, &dealer)?);
    let delivery = Delivery::new(config, &dealer, destination, tally);
    replay(config, again, intake.spool.take(), &gathered.rows, delivery)?;
    Ok((dealer, kinds))
}

/// Deals lines that were read before, from the inputs or from where they were put aside.
fn replay(
    config: &Config,
    again: Option<Again>,
    spool: Option<Scratch>,
    rows: &Rows,
    delivery: Delivery<'_>,
) -> Result<()> {
    let inputs = match (again, spool) {
        (Some(again), _) => again.open()?,
        (None, Some(spool)) => {
            let reading = Reading { decompress: false, ..config.reading.clone() };
            Inputs::of_file(spool.into_file(), "what was put aside", &reading)?
        }
        (None, None) => return Ok(()),
    };
    let mut sink = Replay { delivery, rows: rows.iter() };
    match config.has_places() {
        true => records(inputs, &config.for_places(), &mut sink)?,
        false => {
            stream::run(inputs, config.jobs, || (), |(), block| Worker::spans(block), &mut sink)?
        }
    }
    sink.finish()
}
