//! The flow of chatml-stats on one page.

use std::io::Write as _;
use std::sync::Mutex;
use std::time::Instant;

use serde_json::{Map, Value};

use crate::cli::exit::Exit;
use crate::cli::json::to_json_line;
use crate::cli::report::report_header;
use crate::cli::terminal::sanitize;
use crate::error::{Error, Result};
use crate::measure::sum::total;
use crate::quality::Detector;
use crate::stream::{self, Inputs, Output};

use super::block::{Shared, Worker};
use super::checks::with_checks;
use super::commit::{Collector, alike};
use super::compare::Comparison;
use super::config::{Config, Mode};
use super::contradictions::refuse_beside_list;
use super::definitions;
use super::figures::Maker;
use super::format;
use super::hint;
use super::number::as_map;
use super::options::Options;
use super::outputs::{Outputs, write_report};
use super::partial;
use super::settings::Settings;
use super::state::State;

/// Runs the tool: the exit status is 1 when lines could not be used or a condition does not hold.
pub fn run(options: Options) -> Result<Exit> {
    if options.list_figures {
        refuse_beside_list(&options)?;
        let mut output = Output::stdout(stream::Buffering::Block);
        output.write(definitions::list().as_bytes())?;
        output.finish()?;
        return Ok(Exit::Ok);
    }
    let started = Instant::now();
    let config = Config::new(&options)?;
    let shared = Shared { detector: Detector::new(), levels: Mutex::default() };
    let inputs = open(&config)?;
    let outputs = Outputs::open(&config, &inputs)?;
    tell(&config.hints, &config);
    let good = match config.mode {
        Mode::Compare => compare(&config, &shared, inputs, outputs, started)?,
        _ => report(&config, &shared, inputs, outputs, started)?,
    };
    Ok(if good { Exit::Ok } else { Exit::Found.forgiven_if(config.exit_zero) })
}

/// The inputs in one, or each by itself where they are compared.
fn open(config: &Config) -> Result<Vec<Inputs>> {
    match config.mode {
        Mode::Compare => {
            let each = config.inputs.iter();
            each.map(|path| Inputs::open(std::slice::from_ref(path), &config.reading)).collect()
        }
        _ => Ok(vec![Inputs::open(&config.inputs, &config.reading)?]),
    }
}

/// Says what is to be known beside the report.
fn tell(hints: &[String], config: &Config) {
    if !config.quiet {
        let lines: String = hints.iter().map(|hint| format!("{hint}\n")).collect();
        let _ = std::io::stderr().write_all(lines.as_bytes());
    }
}

/// Measures all inputs and reports. False: lines could not be used, or a condition does not hold.
fn report(
    config: &Config,
    shared: &Shared,
    inputs: Vec<Inputs>,
    outputs: Outputs,
    started: Instant,
) -> Result<bool> {
    let Outputs { main, records, rejects, mut report } = outputs;
    let Some(inputs) = inputs.into_iter().next() else { return Ok(true) };
    let (state, _, rejects) = match config.merge {
        true => (partial::read(inputs, config)?, true, rejects),
        false => {
            let collector = Collector::new(config, shared, &inputs, records, rejects);
            measure(inputs, config, shared, collector)?
        }
    };
    if config.training.is_asked_for && state.tokens.is_none() {
        return Err(Error::Usage(
            "--price, --epochs and --batch-size have no effect: the states hold no tokens"
                .to_owned(),
        ));
    }
    tell(&hint::fields(&state, ""), config);
    let usable = state.unusable == 0;
    if config.partial {
        write_report(main, &partial::write(&state)?)?;
        rejects.finish()?;
        if config.report.is_some() {
            let json = with_checks(&maker(config, shared).figures(&state));
            report.write(&summary(json, std::slice::from_ref(&state), config, started))?;
        }
        report.finish()?;
        return Ok(usable);
    }
    let figures = maker(config, shared).figures(&state);
    let json = with_checks(&figures);
    let colors = format::colors(config, main.as_ref());
    let text = format::report(&figures, &json, config.format, colors, config.top);
    write_report(main, text.as_bytes())?;
    rejects.finish()?;
    report.write(&summary(json.clone(), std::slice::from_ref(&state), config, started))?;
    report.finish()?;
    // Last, so that nothing of the report is lost when a figure is not there.
    let holds = gates(config, &json, &state.settings)?;
    renders(&state, config, shared)?;
    Ok(holds && usable)
}

/// Measures two inputs each by itself and tells how they differ. The result is that of [`report`].
fn compare(
    config: &Config,
    shared: &Shared,
    inputs: Vec<Inputs>,
    outputs: Outputs,
    started: Instant,
) -> Result<bool> {
    let Outputs { main, mut rejects, mut report, .. } = outputs;
    let mut states = Vec::new();
    let mut measured = false;
    for inputs in inputs {
        if let Ok(mut levels) = shared.levels.lock() {
            *levels = Default::default();
        }
        let mut collector = Collector::new(config, shared, &inputs, Output::none(), rejects);
        collector.beside = states.first().map(|first: &State| first.settings.clone());
        let (state, is_read, rest) = measure(inputs, config, shared, collector)?;
        rejects = rest;
        measured |= !is_read;
        config.check_gates(&state.settings)?;
        states.push(state);
    }
    let [one, other] = &states[..] else {
        return Err(Error::Usage("--compare takes two FILEs".to_owned()));
    };
    if let (false, Some(option)) = (measured, config.measures.first()) {
        return Err(Error::Usage(format!(
            "{option} has no effect with --compare of two states: what is measured is said to --partial"
        )));
    }
    alike(&one.settings, &other.settings)?;
    for state in &states {
        let files = sanitize(&state.files.join(", ")).into_owned();
        tell(&hint::fields(state, &format!(" of {files}")), config);
    }
    let comparison = Comparison::new(one, other, &maker(config, shared));
    let json = as_map(&comparison);
    let colors = format::colors(config, main.as_ref());
    let text = format::comparison(&comparison, &json, config.format, colors);
    write_report(main, text.as_bytes())?;
    rejects.finish()?;
    report.write(&summary(json.clone(), &states, config, started))?;
    report.finish()?;
    let holds = gates(config, &json, &one.settings)?;
    states.iter().try_for_each(|state| renders(state, config, shared))?;
    Ok(holds && states.iter().all(|state| state.unusable == 0))
}

/// Measures the records of the inputs; on the way they are written on, if that is asked for. Beside the state
/// it tells whether that was read as one, and gives the rejects back, which may go on.
fn measure(
    inputs: Inputs,
    config: &Config,
    shared: &Shared,
    mut collector: Collector<'_>,
) -> Result<(State, bool, Output)> {
    let worker = || Worker::new(config, shared);
    match stream::run(
        inputs,
        config.jobs,
        worker,
        |worker, block| worker.block(block),
        &mut collector,
    ) {
        Ok(()) => collector.finish(),
        Err(trouble) => {
            collector.give_up();
            Err(trouble)
        }
    }
}

fn maker<'a>(config: &Config, shared: &'a Shared) -> Maker<'a> {
    Maker::new(config.top, config.training, &shared.detector)
}

/// Do all conditions hold? What does not is said.
fn gates(config: &Config, figures: &Map<String, Value>, settings: &Settings) -> Result<bool> {
    // Of states this is known only now.
    config.check_gates(settings)?;
    let mut failures = Vec::new();
    for gate in &config.gates {
        failures.extend(gate.failures(figures, config.mode.report())?);
    }
    let lines: String = failures.iter().map(|failure| format!("gate: {failure}\n")).collect();
    let _ = std::io::stderr().write_all(lines.as_bytes());
    Ok(failures.is_empty())
}

/// Trouble if the chat template renders no record: then nothing about tokens was measured.
fn renders(state: &State, config: &Config, shared: &Shared) -> Result<()> {
    let undefined: Vec<&str> =
        config.template.iter().flat_map(|template| template.undefined_tokens()).collect();
    match hint::refusal(state, &shared.detector, &undefined) {
        Some(why) => Err(Error::Unfit(why)),
        None => Ok(()),
    }
}

/// The summary that every tool writes to `--report`: here with all figures.
fn summary(
    json: Map<String, Value>,
    states: &[State],
    config: &Config,
    started: Instant,
) -> Vec<u8> {
    let mut map = report_header("chatml-stats");
    let records = total(states.iter().map(|state| state.records));
    let unusable = total(states.iter().map(|state| state.unusable));
    let written = if config.mode == Mode::Pass { records } else { 0 };
    let mut put = |key: &str, value: Value| map.insert(key.to_owned(), value);
    put("records_read", records.saturating_add(unusable).into());
    put("records_written", written.into());
    put("records_rejected", unusable.into());
    put("seconds", started.elapsed().as_secs_f64().into());
    map.extend(json);
    to_json_line(&map)
}
