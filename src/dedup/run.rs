//! The flow of chatml-dedup on one page.

use crate::cli::exit::Exit;
use crate::error::{Error, Result};
use crate::similar::overlap::Overlap;
use crate::stream::{self, Again, Inputs, Reading, Sink};

use super::block::{Prepared, Worker};
use super::config::{Config, Mode};
use super::decide::Decider;
use super::evaluation;
use super::filter::{Filter, Load};
use super::index::{self, Growing};
use super::keys::Keys;
use super::options::Options;
use super::others::Others;
use super::outputs::Outputs;
use super::places::Places;
use super::queue::{Judged, Queue};
use super::ranked::{Gather, Replay};
use super::removals::{Apply, Removals};
use super::writer::Writer;

/// Runs the tool: the exit status is 1 when lines could not be used, or when `--check` found duplicates.
pub fn run(options: Options) -> Result<Exit> {
    let config = Config::new(&options)?;
    let inputs = Inputs::open(&config.inputs, &config.reading)?;
    let against = Inputs::open(&config.against, &config.reading)?;
    let items =
        Inputs::open(config.evaluation.as_ref().map_or(&[], |of| &of.files), &config.reading)?;
    let named = Inputs::open(&config.removals, &config.reading)?;
    let outputs = Outputs::open(&config, &[&inputs, &against, &items, &named])?;
    let other_data = against.identities().and(items.identities());
    let own = inputs.identities().shared_with(&other_data);
    let mut places = Places::default();
    let (mut decider, mut others) = (Decider::new(&config), Others::default());
    let evaluation = evaluation::load(items, &config, &mut places)?;
    if let Some(folder) = &config.index {
        let segment = match config.index_is_read_only {
            true => None,
            false => Some(Growing::create(folder, &config)?),
        };
        index::load(folder, &config, &mut places, &mut decider, &mut others)?;
        segment.into_iter().for_each(|segment| decider.note_in(segment));
    }
    load(against, &config, &mut places, &mut decider, &mut others)?;
    let mut writer = Writer::new(&config, &inputs, outputs, places);
    writer.counts.own = own;
    let done = match (config.removals.is_empty(), &config.emit) {
        (false, _) => apply(inputs, &config, Removals::read(named)?, &mut writer),
        (true, Some(_)) => emit(inputs, &config, &mut writer),
        (true, None) if config.is_ranked() => {
            ranked(inputs, &config, evaluation.as_ref(), &mut writer, &mut decider, others)
        }
        (true, None) => {
            filter(inputs, &config, evaluation.as_ref(), &mut writer, &mut decider, others)
        }
    };
    match done {
        Ok(()) => {
            let found = writer.finish(&decider)?;
            // Last: what the index has and no output had would be lost.
            decider.finish()?;
            Ok(if found { Exit::Found.forgiven_if(config.exit_zero) } else { Exit::Ok })
        }
        Err(trouble) => {
            writer.give_up();
            Err(trouble)
        }
    }
}

/// Hands what every record is compared by to the sink, in input order.
fn records(
    inputs: Inputs,
    config: &Config,
    evaluation: Option<&Overlap>,
    sink: &mut impl Sink<Prepared>,
) -> Result<()> {
    let worker = || Worker::new(config, evaluation);
    stream::run(inputs, config.jobs, worker, |worker, block| worker.block(block), sink)
}

/// Other data: records that are compared with and not written.
fn load(
    against: Inputs,
    config: &Config,
    places: &mut Places,
    decider: &mut Decider,
    others: &mut Others,
) -> Result<()> {
    let names = against.names().to_vec();
    // Nothing is written into other data, so it need not have a place for it.
    let config = &Config { mode: Mode::Filter, ..config.clone() };
    let mut sink = Load { decider, others, places, names: &names, config };
    records(against, config, None, &mut sink)
}

/// One pass: the first of every group stays. What comes when memory is full is judged and written at the end.
fn filter(
    inputs: Inputs,
    config: &Config,
    evaluation: Option<&Overlap>,
    writer: &mut Writer<'_>,
    decider: &mut Decider,
    mut others: Others,
) -> Result<()> {
    let names = inputs.names().to_vec();
    // Where not all other data fits, nothing can be written before it was held against the rest.
    let again = inputs.again();
    let queue = match others.wait() {
        true => Some(Queue::new(writer.places.count(), again.is_none())?),
        false => None,
    };
    let mut sink = Filter { config, decider, writer, names: &names, queue };
    records(inputs, config, evaluation, &mut sink)?;
    match sink.queue {
        None => Ok(()),
        Some(queue) => {
            // What waits was held against what is in memory when it came.
            others.next_portion(decider, config)?;
            replay(queue.judge(decider, others, &writer.places, config)?, again, config, writer)
        }
    }
}

/// Two passes: the best of every group stays.
fn ranked(
    inputs: Inputs,
    config: &Config,
    evaluation: Option<&Overlap>,
    writer: &mut Writer<'_>,
    decider: &mut Decider,
    others: Others,
) -> Result<()> {
    let names = inputs.names().to_vec();
    let again = inputs.again();
    let queue = Queue::new(writer.places.count(), again.is_none())?;
    let queue = queue.counting(config.template);
    let mut sink = Gather { queue, writer, names: &names };
    records(inputs, config, evaluation, &mut sink)?;
    let judged = sink.queue.judge(decider, others, &sink.writer.places, config)?;
    replay(judged, again, config, writer)
}

/// Writes what stays of lines that were judged.
fn replay(
    mut judged: Judged,
    again: Option<Again>,
    config: &Config,
    writer: &mut Writer<'_>,
) -> Result<()> {
    let inputs = match (judged.spool.take(), again) {
        (None, Some(again)) => again.open()?,
        (None, None) => Inputs::open(&config.inputs, &config.reading)?,
        (Some(spool), _) => {
            let reading = Reading { decompress: false, ..config.reading.clone() };
            Inputs::of_file(spool.into_file(), "what was put aside", &reading)?
        }
    };
    let mut sink = Replay::new(writer, &judged);
    match config.mode {
        Mode::Annotate(_) => {
            records(inputs, &config.for_notes(), None, &mut sink)?;
        }
        _ => stream::run(inputs, config.jobs, || (), |(), block| Worker::spans(block), &mut sink)?,
    }
    sink.finish()
}

/// Keys instead of records.
fn emit(inputs: Inputs, config: &Config, writer: &mut Writer<'_>) -> Result<()> {
    let Some((emit, prefix)) = &config.emit else { return Ok(()) };
    let names = inputs.names().to_vec();
    let mut sink = Keys { writer, names: &names, emit: *emit, prefix };
    records(inputs, config, None, &mut sink)
}

/// All lines but the named ones.
fn apply(
    inputs: Inputs,
    config: &Config,
    removals: Removals,
    writer: &mut Writer<'_>,
) -> Result<()> {
    let names = inputs.names().to_vec();
    let twice = (1..names.len()).find(|at| names[..*at].contains(&names[*at]));
    if let Some(at) = twice.filter(|_| removals.names_files()) {
        let what = "is read twice, and --apply-removals names lines by file; give line numbers";
        return Err(Error::Unfit(format!("{}: {what}", names[at])));
    }
    let mut sink = Apply { removals, writer, names: &names, found: 0 };
    stream::run(inputs, config.jobs, || (), |(), block| Worker::spans(block), &mut sink)?;
    sink.finish()
}
