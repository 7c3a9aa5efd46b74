//! The flow of `chatml-gen run` on one page.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::cli::exit::Exit;
use crate::cli::outputs::Opener;
use crate::cli::progress::Progress;
use crate::error::{Error, Result};
use crate::generate::accept::{Checker, Repeats};
use crate::generate::backend::{Carrier, Refusal};
use crate::generate::grammar::Grammar;
use crate::generate::journal::{Header, Journal, Known, Terms, Writer};
use crate::generate::neighbours::Neighbours;
use crate::generate::opened::{self, Opened};
use crate::generate::plan::{self, BackendKind, Cells, Plan};
use crate::generate::prompt::{Prompts, Shots};
use crate::generate::talk::say;
use crate::quality::Detector;
use crate::rules::Settings;
use crate::stream::{Buffering, Identities, Output, signals};

use super::config::{Config, Target};
use super::crew::Models;
use super::dataset::Dataset;
use super::delivery::Delivery;
use super::ending;
use super::intake::Intake;
use super::maker::Maker;
use super::models::{carrier_settings, without_key};
use super::options::Options;
use super::pause;
use super::phrases::Phrases;
use super::production::{Ended, Production};
use super::review::Tally;

/// Makes the examples of a plan. The exit status is 1 if there are fewer than it says, 2 if the plan or the models
/// cannot be used.
pub fn run(options: &Options, neighbours: &Neighbours) -> Result<Exit> {
    let started = Instant::now();
    let config = Config::new(options)?;
    let Some(Opened { mut plan, grammar, cells }) = opened::open(&config.plan)? else {
        return Ok(Exit::Trouble);
    };
    if !config.yes {
        opened::require_approval(&config.plan, &plan)?;
    }
    config.adapt(&mut plan);
    if config.pause {
        pause::terminal()?;
    }
    keep_what_was_paid_for(&plan, &config)?;
    let material = Material::gather(&plan, grammar, cells, &config)?;
    let dataset = Dataset::open(&config, &plan)?;
    let mut opener = Opener::new([], Buffering::Block).and(beside(&config, &plan));
    let journal = config.journal(&plan);
    if config.target == Target::Stdout {
        opener.leaves_stdout();
    }
    if let Some(path) = &journal {
        opener.claim(path)?;
    }
    let delivery = open_delivery(&config, dataset.as_ref(), &mut opener, journal.is_some())?;
    let (rejects, report) =
        (opener.beside(config.rejects.as_deref())?, opener.beside(config.report.as_deref())?);
    config.events.iter().try_for_each(|path| opener.claim(path))?;
    // Only when no other output has its name.
    let (journal, known) = open_journal(&plan, &material, &config)?;
    if let Some(terms) = known.terms() {
        plan.batch = usize::try_from(terms.batch).unwrap_or(plan.batch);
    }
    let events = config.events.as_deref().map_or_else(|| Ok(Output::none()), Output::live)?;
    let carrier = Carrier::new(&plan, carrier_settings(&plan, &config, &known))?;
    let carrier = material.asks.then_some(&carrier);
    let mut repeats = Repeats::new(&plan)?;
    repeats.learn(&plan, &material.seeds)?;
    if let Some(spool) = &material.spool {
        repeats.rename(&spool.display().to_string(), "<stdin>");
    }
    let intake = Intake {
        repeats,
        tally: Tally::default(),
        journal,
        delivery,
        rejects,
        keeps_own: plan.prompt.own_count > 0,
    };
    let wanted = config.wanted(&plan);
    let mut production = Production {
        progress: Progress::new(config.progress, None),
        events,
        carrier,
        quiet: config.quiet,
        pauses: config.pause,
        started,
        ..Production::new(&plan, &material.cells, wanted, intake, known.takeover())
    };
    let ended = material.produce(&plan, &config, &known, carrier, &mut production);
    let advice = ending::advice(&production);
    let done =
        ended.and_then(|ended| finish(ended, production, &config, report, dataset, neighbours));
    done.inspect_err(|error| {
        if let (Error::Write { .. }, Some(advice)) = (error, advice) {
            say(&crate::cli::terminal::sanitize(&advice));
        }
    })
}

/// What a run needs beside its plan.
struct Material {
    cells: Cells,
    settings: Settings,
    detector: Detector,
    grammar: Option<Grammar>,
    shots: Shots,
    /// Files of records that are shown.
    seeds: Vec<PathBuf>,
    /// What came on standard input, which can be read only once; removed in the end.
    spool: Option<tempfile::TempPath>,
    /// Models are asked first.
    asks: bool,
}

impl Material {
    fn gather(
        plan: &Plan,
        grammar: Option<Grammar>,
        cells: Cells,
        config: &Config,
    ) -> Result<Material> {
        let asks =
            !matches!(plan.backends.first().map(|first| &first.kind), Some(BackendKind::Template));
        let mut seeds: Vec<_> = plan.prompt.shots.iter().chain(&config.seeds).cloned().collect();
        let mut shots = Shots::default();
        let mut spool = None;
        for path in &mut seeds {
            let mut read = Shots::default();
            read.read(path)?;
            if path.as_os_str() == "-" {
                *path = spool.insert(spooled(&read)?).to_path_buf();
            }
            shots.extend(read);
        }
        if asks && !config.quiet {
            without_key(plan).for_each(|line| say(&crate::cli::terminal::sanitize(&line)));
        }
        if !asks && !config.quiet && plan.quality.judge.is_some() {
            say(
                "the examples are put together from phrases, which the judge of the plan is not asked about",
            );
        }
        if !asks && !config.quiet && plan.task.is_free_form() {
            say(&format!(
                "the examples of this plan are put together from phrases: right for tests and first drafts; a model \
                 that learns {} from them alone learns the phrases",
                crate::cli::terminal::sanitize(&plan.task.kind)
            ));
        }
        Ok(Material {
            cells,
            settings: Checker::settings(plan).map_err(Error::Unfit)?,
            detector: Checker::detector(plan),
            grammar,
            seeds,
            spool,
            shots,
            asks,
        })
    }

    /// Makes the examples: by models, or by the phrases of the plan; and by these what models have not made when none
    /// of them is left.
    fn produce(
        &self,
        plan: &Plan,
        config: &Config,
        known: &Known,
        carrier: Option<&Carrier>,
        production: &mut Production<'_>,
    ) -> Result<Ended> {
        let prompts = Prompts::new(plan, self.shots.clone()).map_err(Error::Unfit)?;
        let checker = || Checker::new(plan, &self.settings, &self.detector);
        let phrases = |production: &mut Production<'_>| {
            let Some(grammar) = &self.grammar else {
                let what = "the plan has no [grammar] for its backend template";
                return Err(Error::Unfit(what.to_owned()));
            };
            production.run(&mut Phrases::new(plan, &prompts, grammar, config.jobs, checker)?)
        };
        // Into a pipe nobody may be reading: there a signal ends a run at once that has paid for nothing.
        if carrier.is_some() || config.target != Target::Stdout {
            signals::end_gently();
        }
        let Some(carrier) = carrier else { return phrases(production) };
        let pen = production.intake.journal.pen();
        let maker = || Maker {
            plan,
            prompts: &prompts,
            carrier,
            known,
            checker: checker(),
            pen: pen.clone(),
        };
        let together = if plan.prompt.verbalized { 1 } else { plan.prompt.per_request };
        let workers = carrier.concurrency();
        let ended = Models::with(
            workers,
            together,
            maker,
            || carrier.stop(),
            |models| {
                let ended = production.run(models);
                // What is on its way has been paid for.
                carrier.close();
                let patience = match &ended {
                    _ if production.is_overdue() => Duration::ZERO,
                    Ok(ended) => ending::patience(ended),
                    Err(_) => ending::PATIENCE_OF_SIGNALS,
                };
                if let Some(words) = ending::waits(carrier.tally().in_flight, patience)
                    && !config.quiet
                {
                    production.progress.clear();
                    say(&words);
                }
                let drained = models.drain(patience);
                ended.and_then(|ended| drained.map(|()| ended))
            },
        )?;
        signals::end_at_once();
        let gone = match &ended {
            Ended::HandedOver if self.grammar.is_none() => {
                let what = "the phrases that took over in the run before are no longer in the plan; put their backend \
                            back, or --adopt asks the models again";
                return Err(Error::Unfit(what.to_owned()));
            }
            _ if self.grammar.is_none() => return Ok(ended),
            Ended::HandedOver => None,
            // Where only the judge is gone, the models can go on later.
            Ended::Refused(Refusal::GivenUp(gone)) if !carrier.has_maker() => Some(gone),
            // A small run ends before it is certain that a model is gone.
            Ended::Outage if production.schedule.is_all_unmade() => None,
            _ => return Ok(ended),
        };
        production.hand_over(gone)?;
        phrases(production)
    }
}

/// The records in a file of their own.
fn spooled(shots: &Shots) -> Result<tempfile::TempPath> {
    let fail = |source| Error::Create { name: "a temporary file".to_owned(), source };
    let mut file = tempfile::NamedTempFile::new().map_err(fail)?;
    std::io::Write::write_all(&mut file, &shots.lines()).map_err(fail)?;
    Ok(file.into_temp_path())
}

/// Trouble if the folder of the data set holds answers of an earlier run that this one neither goes on with nor may
/// throw away.
fn keep_what_was_paid_for(plan: &Plan, config: &Config) -> Result<()> {
    let (Target::Folder { path: folder, .. }, Some(journal)) =
        (&config.target, config.journal(plan))
    else {
        return Ok(());
    };
    let holds = |journal: &Path| {
        journal.exists() && Known::read(journal).is_ok_and(|known| !known.is_empty())
    };
    if config.resume || !holds(&journal) {
        return Ok(());
    }
    let (plan, folder, name) = (config.plan.display(), folder.display(), journal.display());
    Err(Error::Unfit(format!(
        "{name}: holds answers of an earlier run, which not even --force throws away; go on with them: \
         `chatml-gen run {plan} -d {folder} --resume`; or begin anew: `mv {name} {name}.old`, and --force"
    )))
}

fn open_journal(plan: &Plan, material: &Material, config: &Config) -> Result<(Journal, Known)> {
    let Some(path) = config.journal(plan) else { return Ok((Journal::none(), Known::none())) };
    // Who makes the examples can be another one; the files of backends are no matter of what is made.
    let of_backend = |path: &PathBuf| {
        plan.backends.iter().any(|of| matches!(&of.kind, BackendKind::Replay(file) if file == path))
    };
    let files = plan.files.iter().filter(|path| !of_backend(path));
    let files = files.chain(&material.seeds).map(PathBuf::as_path);
    let terms = Terms {
        batch: plan.batch as u64,
        is_batch_asked: config.asks_batch(),
        inputs: plan::digest_of(files)?,
        asks: material.asks,
    };
    let header = Header {
        plan: plan.content.clone(),
        name: plan.name.clone(),
        count: plan.count,
        terms: Some(terms),
    };
    let writer = Writer::Run { adopts: config.adopt };
    if config.resume && !path.exists() {
        tell_missing(&path, config)?;
    }
    match config.resume {
        true => Journal::resume(&path, &header, config.sync, writer),
        false => Ok((Journal::create(&path, &header, config.sync)?, Known::none())),
    }
}

/// Says that there is nothing to go on with; trouble if there is where the journal stands without `-o` and `-d`: it would
/// all be paid for again.
fn tell_missing(journal: &Path, config: &Config) -> Result<()> {
    let name = journal.display();
    let other = config.journal_of_plan();
    if other.exists() {
        return Err(Error::Unfit(format!(
            "{name}: there is no such journal to go on with, but {0} is there; give --journal {0}, or leave --resume out",
            other.display()
        )));
    }
    say(&crate::cli::terminal::sanitize(&format!(
        "{name}: there is no such journal to go on with; the run begins"
    )));
    Ok(())
}

/// Files that the run reads, which no output may replace.
fn beside(config: &Config, plan: &Plan) -> Identities {
    let own = std::iter::once(config.plan.as_path());
    Identities::of_paths(
        own.chain(plan.files.iter().chain(&config.seeds).map(|path| path.as_path())),
    )
}

fn open_delivery(
    config: &Config,
    dataset: Option<&Dataset>,
    opener: &mut Opener,
    line_by_line: bool,
) -> Result<Delivery> {
    if let Some(dataset) = dataset {
        return Ok(Delivery::new(dataset.output()?));
    }
    match &config.target {
        Target::File(path) => Ok(Delivery::new(opener.main(Some(path))?)),
        _ if config.resume => Delivery::resumed(Output::stdout(Buffering::Line)),
        _ if line_by_line => Ok(Delivery::new(Output::stdout(Buffering::Line))),
        _ => Ok(Delivery::new(opener.main(None)?)),
    }
}

/// Ends the run as it ended: its examples go into their place, the rest is said.
fn finish(
    ended: Ended,
    mut production: Production<'_>,
    config: &Config,
    report: Output,
    dataset: Option<Dataset>,
    neighbours: &Neighbours,
) -> Result<Exit> {
    let exit = ending::exit(&ended);
    let is_whole = production.is_whole();
    production.tell_events()?;
    let accepted = production.intake.tally.accepted;
    production.intake.journal.end(accepted, ending::name(&ended))?;
    let more = serde_json::json!({"accepted": accepted, "why": ending::name(&ended)});
    production.tell("end", more)?;
    ending::tell(&ended, &mut production, config);
    ending::write_report(report, &ended, &production)?;
    if let (Some(dataset), true) = (&dataset, exit != Exit::Trouble) {
        ending::write_report(dataset.report()?, &ended, &production)?;
    }
    let Production { intake, events, .. } = production;
    intake.rejects.finish()?;
    events.finish()?;
    let mut delivery = intake.delivery;
    match (&config.target, &ended) {
        // A file that shall be complete keeps its place for the run that goes on.
        (Target::File(_) | Target::Folder { .. }, _) if exit == Exit::Trouble => {}
        (Target::Stdout, _) if exit == Exit::Trouble => delivery.flush()?,
        (_, Ended::Done) if !is_whole => delivery.finish()?,
        (_, Ended::Done | Ended::Spent | Ended::Closed) => delivery.finish_whole()?,
        _ => delivery.finish()?,
    }
    if let (Some(dataset), false) = (dataset, exit == Exit::Trouble) {
        let info = dataset.complete(neighbours)?;
        if !config.quiet {
            show(&info)?;
        }
    }
    match ended {
        Ended::Signal(signal) => Err(Error::Signal(signal)),
        _ => Ok(exit.forgiven_if(config.exit_zero)),
    }
}

/// Prints the description of the data set, which is the answer of a run into a folder.
fn show(info: &Path) -> Result<()> {
    let name = || info.display().to_string();
    let text = std::fs::read(info).map_err(|source| Error::Open { name: name(), source })?;
    let mut output = Output::stdout(Buffering::Block);
    output.write(&text)?;
    output.finish()
}
