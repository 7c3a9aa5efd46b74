//! What the options mean: everything resolved that a run depends on.

mod check;

use std::hash::{BuildHasher, RandomState};
use std::path::PathBuf;

use crate::cli::terminal::{QUOTE_BYTES, quote};
use crate::error::{Error, Result};
use crate::similar::overlap::Limit;
use crate::similar::{By, Normalize, Scheme, Threshold};
use crate::stream::{Buffering, Reading, read_files0};

use super::options::{self, Options};

use check::{check_pointer, check_shares, check_stdin, refuse_idle};

/// Roles whose text can be compared.
const ROLES: [&str; 6] = ["system", "developer", "user", "assistant", "tool", "function"];

/// Words in a run that an evaluation item and a record have in common: as in the decontamination of Tulu 3.
const NGRAM: u32 = 8;

/// The share of an item's words that is too much, from the same source.
const SHARE: Threshold = Threshold::HALF;

/// What a run does with the records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mode {
    /// Those that stay are written.
    Filter,
    /// No record is written.
    Check,
    /// Those that stay are written behind their number.
    Count,
    /// All are written, with the line of the one that stays at this pointer.
    Annotate(String),
}

/// Which record of a group stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Keep {
    /// The first.
    First,
    /// The last.
    Last,
    /// The one with the most characters of content.
    Longest,
    /// The one with the most messages.
    MostTurns,
    /// The one with the most runs of words: whatever contains another has as many at least.
    Largest,
    /// The one with the greatest number at a pointer, or with the least.
    Extreme { pointer: String, least: bool },
}

/// What becomes of records without words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Empty {
    /// They are compared exactly only.
    Keep,
    /// They are like each other.
    Dedup,
    /// They are removed.
    Drop,
}

/// What of keys is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Emit {
    /// The key and the record.
    Records,
    /// The key and the line.
    Ids,
    /// Every band and the line.
    Bands,
}

/// How similar records are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Similar {
    /// How candidates are found.
    pub scheme: Scheme,
    /// What is similar enough.
    pub threshold: Threshold,
}

/// What an evaluation set is looked for with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Evaluation {
    /// Its files.
    pub files: Vec<PathBuf>,
    /// Where the text of an item stands; none: in the user messages.
    pub item: Option<String>,
    /// Words in a run.
    pub ngram: usize,
    /// How much is too much.
    pub limit: Limit,
}

/// A run, resolved.
#[derive(Debug, Clone)]
pub(super) struct Config {
    /// Paths of the inputs; `-` is standard input.
    pub inputs: Vec<PathBuf>,
    /// The file that names them.
    pub list: Option<PathBuf>,
    /// Paths of other data that records are compared with.
    pub against: Vec<PathBuf>,
    /// The evaluation set.
    pub evaluation: Option<Evaluation>,
    /// How inputs are read.
    pub reading: Reading,
    /// Worker threads.
    pub jobs: usize,
    /// What has to be equal.
    pub by: Vec<By>,
    /// What does not count.
    pub normalize: Normalize,
    /// Texts of equal keys are compared.
    pub verify: bool,
    /// Similar records are removed too.
    pub similar: Option<Similar>,
    /// Shingles that more than this share of the records have do not make them similar.
    pub template: Option<Threshold>,
    /// Roles whose text is compared.
    pub roles: Vec<String>,
    /// What becomes of records without words.
    pub empty: Empty,
    /// Seed of keys: of this run alone, so that no file is made to meet it, unless keys are written.
    pub key_seed: u64,
    /// Seed of signatures, on which it depends which of the pairs at the threshold are found.
    pub seed: u64,
    /// The folder in which earlier runs have noted the records that stayed.
    pub index: Option<PathBuf>,
    /// Nothing is added to it.
    pub index_is_read_only: bool,
    /// Bytes for the records that stay, beyond which others wait; none: as many as it takes.
    pub memory: Option<u64>,
    /// Which record stays.
    pub keep: Keep,
    /// What happens to records.
    pub mode: Mode,
    /// Keys are written instead, with this before the line number.
    pub emit: Option<(Emit, String)>,
    /// A list of lines to be removed, and nothing else; none or one.
    pub removals: Vec<PathBuf>,
    /// Where records go instead of standard output.
    pub output: Option<PathBuf>,
    /// Where lines go that cannot be used.
    pub rejects: Option<PathBuf>,
    /// Where the JSON summary goes.
    pub report: Option<PathBuf>,
    /// Where removed records are told.
    pub removed: Option<PathBuf>,
    /// Where groups are told.
    pub clusters: Option<PathBuf>,
    /// How records are buffered.
    pub buffering: Buffering,
    /// No messages but about trouble.
    pub quiet: bool,
    /// Progress on standard error: forced, forbidden, or as the terminal wants.
    pub progress: Option<bool>,
    /// Exit status 0 in place of 1.
    pub exit_zero: bool,
}

impl Config {
    /// Resolves options; an [`Error::Usage`] says what cannot be.
    pub(super) fn new(options: &Options) -> Result<Config> {
        let common = &options.common;
        let similar = similar(options);
        refuse_idle(options, similar)?;
        let by = options.by.iter().filter_map(|by| match by {
            By::Pointer(pointer) => Some(pointer),
            _ => None,
        });
        for pointer in options.annotate.iter().chain(&options.item).chain(by) {
            check_pointer(pointer)?;
        }
        if let Some(pointer) =
            options.annotate.iter().find(|pointer| pointer.split('/').nth(1) == Some("messages"))
        {
            let pointer = quote(pointer, QUOTE_BYTES);
            return usage(format!(
                "--annotate {pointer} would write over the conversation; name another field"
            ));
        }
        let keys_are_written = options.emit_keys.is_some() || options.index.is_some();
        let inputs = common.input_paths(read_files0)?;
        check_stdin(&inputs, options)?;
        check_shares(&inputs, options)?;
        Ok(Config {
            inputs,
            list: common.files0_from.clone(),
            against: options.against.clone(),
            evaluation: evaluation(options),
            reading: common.reading(),
            jobs: common.jobs(),
            by: options.by.clone(),
            normalize: match options.normalize {
                options::Normalize::None => Normalize::None,
                options::Normalize::Space => Normalize::Space,
                options::Normalize::Case => Normalize::Case,
                options::Normalize::Full => Normalize::Full,
            },
            verify: options.verify,
            similar,
            template: options.template_guard,
            roles: roles(options)?,
            empty: match options.empty {
                Some(options::Empty::Keep) | None => Empty::Keep,
                Some(options::Empty::Dedup) => Empty::Dedup,
                Some(options::Empty::Drop) => Empty::Drop,
            },
            key_seed: if keys_are_written { options.seed } else { RandomState::new().hash_one(0) },
            seed: options.seed,
            index: options.index.clone(),
            index_is_read_only: options.index_read_only || options.check,
            memory: options.memory,
            keep: keep(options)?,
            mode: match &options.annotate {
                Some(pointer) => Mode::Annotate(pointer.clone()),
                None if options.check => Mode::Check,
                None if options.count => Mode::Count,
                None => Mode::Filter,
            },
            emit: options
                .emit_keys
                .map(|what| (emit(what), options.id_prefix.clone().unwrap_or_default())),
            removals: options.apply_removals.iter().cloned().collect(),
            output: common.output.clone(),
            rejects: common.rejects.clone(),
            report: common.report.clone(),
            removed: options.removed.clone(),
            clusters: options.clusters.clone(),
            buffering: common.buffering(),
            quiet: common.quiet,
            progress: common.wants_progress(),
            exit_zero: common.exit_zero,
        })
    }

    /// Can all that is compared be told from the outline of a plain line?
    pub(super) fn outline_is_enough(&self) -> bool {
        let pointer = matches!(self.keep, Keep::Extreme { .. });
        !pointer && !matches!(self.mode, Mode::Annotate(_)) && self.by.iter().all(By::is_in_outline)
    }

    /// Does a record need messages?
    pub(super) fn needs_messages(&self) -> bool {
        self.by.iter().any(By::is_in_outline) || self.similar.is_some() || self.evaluation.is_some()
    }

    /// The same run, only that nothing is compared: for a second look at where notes go.
    pub(super) fn for_notes(&self) -> Config {
        let (by, keep) = (vec![By::Record], Keep::First);
        Config { by, keep, similar: None, evaluation: None, verify: false, ..self.clone() }
    }

    /// Does it depend on all records which of them stays, or what is written with it?
    pub(super) fn is_ranked(&self) -> bool {
        self.keep != Keep::First || self.mode == Mode::Count || self.template.is_some()
    }
}

fn usage<T>(what: impl Into<String>) -> Result<T> {
    Err(Error::Usage(what.into()))
}

fn similar(options: &Options) -> Option<Similar> {
    let near = options.near.map(|threshold| Similar {
        scheme: Scheme::jaccard(threshold, options.complete),
        threshold,
    });
    near.or(options.contain.map(|threshold| Similar { scheme: Scheme::Contain, threshold }))
}

fn evaluation(options: &Options) -> Option<Evaluation> {
    (!options.decontaminate.is_empty()).then(|| Evaluation {
        files: options.decontaminate.clone(),
        item: options.item.clone(),
        ngram: options.ngram.unwrap_or(NGRAM) as usize,
        limit: if options.any { Limit::Any } else { Limit::Share(options.share.unwrap_or(SHARE)) },
    })
}

fn emit(what: options::Emit) -> Emit {
    match what {
        options::Emit::Records => Emit::Records,
        options::Emit::Ids => Emit::Ids,
        options::Emit::Bands => Emit::Bands,
    }
}

/// The roles whose text is compared.
fn roles(options: &Options) -> Result<Vec<String>> {
    let Some(roles) = &options.roles else {
        return Ok(vec!["user".to_owned(), "assistant".to_owned()]);
    };
    let roles: Vec<String> = roles.iter().map(|role| role.trim().to_owned()).collect();
    match roles.iter().find(|role| !ROLES.contains(&role.as_str())) {
        Some(role) => {
            usage(format!("no role {}; there are {}", quote(role, QUOTE_BYTES), ROLES.join(", ")))
        }
        None => Ok(roles),
    }
}

fn keep(options: &Options) -> Result<Keep> {
    if options.contain.is_some() {
        return Ok(Keep::Largest);
    }
    let extreme = |pointer: &str, least| {
        check_pointer(pointer)?;
        Ok(Keep::Extreme { pointer: pointer.to_owned(), least })
    };
    match options.keep.as_str() {
        "first" => Ok(Keep::First),
        "last" => Ok(Keep::Last),
        "longest" => Ok(Keep::Longest),
        "most-turns" => Ok(Keep::MostTurns),
        other => match (other.strip_prefix("max:"), other.strip_prefix("min:")) {
            (Some(pointer), _) => extreme(pointer, false),
            (_, Some(pointer)) => extreme(pointer, true),
            _ => usage(format!(
                "--keep {}: there are first, last, longest, most-turns, max:POINTER and min:POINTER",
                quote(other, QUOTE_BYTES)
            )),
        },
    }
}
