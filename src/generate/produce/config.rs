//! What the options mean.

use std::num::NonZero;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::generate::files::JOURNAL;
use crate::generate::journal::Sync;
use crate::generate::plan::{BackendKind, Plan};

use super::options::{Fsync, Options};

/// Where examples go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Stdout,
    File(PathBuf),
    /// A folder with the files of a data set.
    Folder {
        path: PathBuf,
        force: bool,
    },
}

/// A run, resolved.
#[derive(Debug, Clone)]
pub(super) struct Config {
    pub plan: PathBuf,
    pub target: Target,
    pub rejects: Option<PathBuf>,
    pub report: Option<PathBuf>,
    pub events: Option<PathBuf>,
    journal: Option<PathBuf>,
    no_journal: bool,
    pub resume: bool,
    pub adopt: bool,
    pub sync: Sync,
    pub seeds: Vec<PathBuf>,
    batch: Option<u32>,
    limit: Option<u64>,
    pub pause: bool,
    pub yes: bool,
    pub concurrency: Option<usize>,
    pub jobs: usize,
    pub quiet: bool,
    pub progress: Option<bool>,
    pub exit_zero: bool,
}

impl Config {
    pub(super) fn new(options: &Options) -> Result<Config> {
        let stdin = Path::new("-");
        let reads_stdin =
            std::iter::once(&options.plan).chain(&options.seeds).filter(|path| *path == stdin);
        if reads_stdin.count() > 1 {
            return Err(Error::Usage("- (standard input) can be read only once".to_owned()));
        }
        if options.resume && options.no_journal {
            return Err(Error::Usage(
                "--resume needs a journal; leave --no-journal out".to_owned(),
            ));
        }
        let target = match (&options.output, &options.directory) {
            (_, Some(path)) => Target::Folder { path: path.clone(), force: options.force },
            (Some(path), None) if path != stdin => Target::File(path.clone()),
            _ => Target::Stdout,
        };
        let cores = || std::thread::available_parallelism().map_or(1, NonZero::get);
        Ok(Config {
            plan: options.plan.clone(),
            target,
            rejects: options.rejects.clone(),
            report: options.report.clone(),
            events: options.events.clone(),
            journal: options.journal.clone(),
            no_journal: options.no_journal,
            resume: options.resume,
            adopt: options.adopt,
            sync: match options.fsync {
                Fsync::Each => Sync::Each,
                Fsync::Batch => Sync::Batch,
                Fsync::None => Sync::Never,
            },
            seeds: options.seeds.clone(),
            batch: options.batch,
            limit: options.limit,
            pause: options.pause,
            yes: options.yes,
            concurrency: options.concurrency.map(usize::from),
            jobs: options.jobs.filter(|jobs| *jobs > 0).unwrap_or_else(cores),
            quiet: options.quiet,
            progress: match (options.progress, options.no_progress || options.quiet) {
                (true, _) => Some(true),
                (false, true) => Some(false),
                (false, false) => None,
            },
            exit_zero: options.exit_zero,
        })
    }

    /// Does an option say how many examples a batch has?
    pub(super) fn asks_batch(&self) -> bool {
        self.batch.is_some()
    }

    /// Changes the plan as the options say. What is left is what the journal belongs to.
    pub(super) fn adapt(&self, plan: &mut Plan) {
        if let Some(batch) = self.batch {
            plan.batch = batch as usize;
        }
    }

    /// Examples to make.
    pub(super) fn wanted(&self, plan: &Plan) -> u64 {
        self.limit.map_or(plan.count, |limit| limit.min(plan.count))
    }

    /// Where answers are kept, if they are.
    pub(super) fn journal(&self, plan: &Plan) -> Option<PathBuf> {
        let asks =
            plan.backends.iter().any(|backend| !matches!(backend.kind, BackendKind::Template));
        match (&self.journal, &self.target) {
            _ if self.no_journal => None,
            (Some(path), _) => Some(path.clone()),
            (None, _) if !asks => None,
            (None, Target::Folder { path, .. }) => Some(path.join(JOURNAL)),
            (None, Target::File(path)) => Some(behind(path)),
            (None, Target::Stdout) => Some(self.journal_of_plan()),
        }
    }

    /// Where answers are kept of a run whose output has no name.
    pub(super) fn journal_of_plan(&self) -> PathBuf {
        if self.plan == Path::new("-") { PathBuf::from(JOURNAL) } else { behind(&self.plan) }
    }
}

/// The journal of what has this name.
fn behind(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".journal");
    PathBuf::from(name)
}
