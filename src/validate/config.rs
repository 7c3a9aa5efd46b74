//! What the options mean: everything resolved that a run depends on, and every contradiction found.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cli::terminal::{ColorChoice, colors_for};
use crate::error::{Error, Result};
use crate::rules::Severity;
use crate::rules::profile::{PROFILES, Profile};
use crate::rules::repair::Level;
use crate::rules::settings::{Selection, Settings, TokenLimit};
use crate::stream::{Buffering, Identities, Reading, read_files0};
use crate::tokens::{self, Tokenizer};

use super::options::{Format, Options};

/// Findings of one rule that are shown by default, so that a file with a million equal faults stays
/// readable.
const PER_RULE: u64 = 20;

/// Bytes of text to a token where no tokenizer is given: the usual rule of thumb for English.
const BYTES_PER_TOKEN: usize = 4;

/// What a run does with the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Valid records are written.
    Filter,
    /// No records are written; findings are the output.
    Check,
    /// The repairs are written as a diff.
    Diff,
}

/// A run, resolved.
pub(super) struct Config {
    /// Paths of the inputs; `-` is standard input.
    pub inputs: Vec<PathBuf>,
    /// Files that are read beside the inputs.
    pub others: Identities,
    /// How they are read.
    pub reading: Reading,
    /// Worker threads.
    pub jobs: usize,
    /// Rules, severities, limits.
    pub settings: Settings,
    /// What happens to records.
    pub mode: Mode,
    /// Repairs to make.
    pub repairs: Option<Level>,
    /// Where records go instead of standard output.
    pub output: Option<PathBuf>,
    /// Where rejected lines go.
    pub rejects: Option<PathBuf>,
    /// Where the JSON summary goes.
    pub report: Option<PathBuf>,
    /// How records are buffered.
    pub buffering: Buffering,
    /// The form of findings.
    pub format: Format,
    /// Colour in findings.
    pub color: bool,
    /// The line under each finding.
    pub show_source: bool,
    /// Findings of one rule that are written; none: all.
    pub per_rule: Option<u64>,
    /// Findings that are written; none: all.
    pub max_findings: Option<u64>,
    /// Findings below this are counted and not written.
    pub min_severity: Severity,
    /// The summary is written to standard error; not where it would stand in a document.
    pub summary: bool,
    /// Stop at the first error.
    pub fail_fast: bool,
    /// Findings are not written.
    pub silent: bool,
    /// Progress on standard error: forced, forbidden, or as the terminal wants.
    pub progress: Option<bool>,
    /// Exit status 0 in place of 1.
    pub exit_zero: bool,
}

impl Config {
    /// Resolves options; an [`Error::Usage`] says what cannot be.
    pub(super) fn new(options: &Options) -> Result<Config> {
        let common = &options.common;
        let repairs = repairs(options)?;
        let inputs = common.input_paths(read_files0)?;
        let mode = match (options.check, options.diff) {
            (true, _) => Mode::Check,
            (_, true) => Mode::Diff,
            _ => Mode::Filter,
        };
        let shown = match options.format {
            Format::Json | Format::Sarif => Some(Level::Unsafe),
            _ => None,
        };
        let settings = Settings {
            long_line: usize::try_from(options.long_line).unwrap_or(usize::MAX),
            repairs: repairs.or(shown),
            tokens: token_limit(options)?,
            ..settings(options)?
        };
        let to_stdout = mode == Mode::Check;
        let to_file = to_stdout && common.output.is_some();
        let color = match to_stdout {
            _ if to_file => common.color == ColorChoice::Always,
            true => colors_for(&std::io::stdout(), common.color),
            false => colors_for(&std::io::stderr(), common.color),
        };
        let terminal = match to_stdout {
            _ if to_file => false,
            true => std::io::IsTerminal::is_terminal(&std::io::stdout()),
            false => std::io::IsTerminal::is_terminal(&std::io::stderr()),
        };
        let per_rule = match (options.per_rule_limit, options.format) {
            (Some(0), _) | (None, Format::Json | Format::Sarif) => None,
            (Some(limit), _) => Some(limit),
            (None, _) => Some(PER_RULE),
        };
        // A document that was asked for is data, which --quiet leaves alone.
        let document = mode == Mode::Check && options.format != Format::Text;
        let silent = common.quiet && !document;
        let files = common.rejects.is_some() || common.report.is_some();
        let nobody_reads = silent && mode == Mode::Check && !files;
        Ok(Config {
            inputs,
            others: others(options),
            reading: Reading { block_bytes: block_bytes(per_rule), ..common.reading() },
            jobs: common.jobs(),
            settings,
            mode,
            repairs,
            output: common.output.clone(),
            rejects: common.rejects.clone(),
            report: common.report.clone(),
            buffering: common.buffering(),
            format: options.format,
            color,
            show_source: options.show_source || (terminal && !options.no_show_source),
            per_rule,
            max_findings: options.max_findings,
            min_severity: options.min_severity.into(),
            summary: !common.quiet && (mode == Mode::Check || !is_document(options.format)),
            fail_fast: options.fail_fast || nobody_reads,
            silent,
            progress: common.wants_progress(),
            exit_zero: common.exit_zero,
        })
    }
}

/// The size of blocks: smaller where every finding is kept until its block is written, since a block of
/// bad lines has a hundred times its size of findings.
fn block_bytes(per_rule: Option<u64>) -> usize {
    const WITH_ALL_FINDINGS: usize = 64 << 10;
    let usual = Reading::default().block_bytes;
    if per_rule.is_none() { usual.min(WITH_ALL_FINDINGS) } else { usual }
}

/// Is the form read by programs as a whole?
fn is_document(format: Format) -> bool {
    matches!(format, Format::Json | Format::Sarif)
}

fn usage<T>(what: &str) -> Result<T> {
    Err(Error::Usage(what.to_owned()))
}

fn repairs(options: &Options) -> Result<Option<Level>> {
    let asked = options.fix || options.diff;
    if options.check && asked {
        return usage(match options.diff {
            true => "--check writes findings and --diff repairs; leave out one of them",
            false => "--check repairs nothing; use --diff to see the repairs, or drop --check",
        });
    }
    match (asked, options.unsafe_fixes) {
        (true, true) => Ok(Some(Level::Unsafe)),
        (true, false) => Ok(Some(Level::Safe)),
        (false, true) => usage("--unsafe-fixes needs --fix or --diff"),
        (false, false) => Ok(None),
    }
}

/// The profiles and rules that the options choose.
pub(super) fn settings(options: &Options) -> Result<Settings> {
    let mut selection = Selection {
        select: options.select.clone(),
        extend: options.extend_select.clone(),
        ignore: options.ignore.clone(),
        error: options.error.clone(),
        warn: options.warn.clone(),
        strict: options.strict,
    };
    if options.require_nonempty {
        selection.error.push("B018".to_owned());
    }
    let mut profiles: Vec<&'static Profile> = Vec::new();
    for name in &options.profile {
        let Some(profile) = Profile::find(name) else { return unknown_profile(name) };
        if !profiles.iter().any(|known| known.name == profile.name) {
            profiles.push(profile);
        }
    }
    Settings::new(&profiles, &selection).map_err(Error::Usage)
}

fn unknown_profile<T>(name: &str) -> Result<T> {
    let names: Vec<_> = PROFILES.iter().map(|profile| profile.name).collect();
    Err(Error::Usage(format!(
        "no profile {}; there are {}",
        crate::cli::terminal::quote(name, crate::cli::terminal::QUOTE_BYTES),
        names.join(", ")
    )))
}

/// The files that are read beside the inputs: the list of these, and the tokenizer.
fn others(options: &Options) -> Identities {
    let list = options.common.files0_from.iter().cloned();
    let tokenizer = options.tokenizer.as_deref().and_then(tokens::file);
    let paths: Vec<PathBuf> = list.chain(tokenizer).collect();
    Identities::of_paths(paths.iter().map(PathBuf::as_path))
}

fn token_limit(options: &Options) -> Result<Option<TokenLimit>> {
    let Some(limit) = options.max_tokens else { return Ok(None) };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    Ok(Some(match &options.tokenizer {
        Some(name) => {
            let tokenizer = Tokenizer::load(name)?;
            let count = Arc::new(move |text: &str| tokenizer.count(text));
            TokenLimit { limit, count, exact: true }
        }
        None => {
            let count = Arc::new(|text: &str| text.len().div_ceil(BYTES_PER_TOKEN));
            TokenLimit { limit, count, exact: false }
        }
    }))
}
