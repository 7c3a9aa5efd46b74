//! What the options mean: everything resolved that a run depends on, and every contradiction found.

use std::path::{Path, PathBuf};

use crate::cli::options::parse_size;
use crate::cli::terminal::{QUOTE_BYTES, quote};
use crate::error::{Error, Result};
use crate::similar::sketch::Sketcher;
use crate::similar::{By, Normalize, Scheme, Threshold};
use crate::stream::{Buffering, Reading, read_files0};

use super::amount::{Grain, Group, Limit};
use super::check::{check_ending, check_pointers, check_stdin, refuse_idle};
use super::manifest::Recipe;
use super::options::{self, Options};
use super::parts::{self, Parts, Want};
use super::strata;

/// The name of the manifest in a folder.
pub(super) const MANIFEST: &str = "manifest.json";

/// Memory for what is shuffled, unless asked otherwise: little on any machine, and enough to shuffle 100 GB.
const MEMORY: u64 = 256 << 20;

/// The same for what is only partitioned.
const PARTITION_MEMORY: u64 = 64 << 20;

/// The least that can be asked for: buffers for a thousand buckets of a shuffle.
const LEAST_MEMORY: u64 = 1 << 20;

/// How similar records are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Near {
    /// What is similar enough.
    pub threshold: Threshold,
    /// No pair may be missed.
    pub complete: bool,
}

impl Near {
    /// What makes the bands of sets; one for each worker.
    pub(super) fn sketcher(self) -> Option<Sketcher> {
        Scheme::jaccard(self.threshold, self.complete).sketcher()
    }
}

/// How a part is cut into files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Shards {
    /// Not at all.
    #[default]
    One,
    /// Into so many, of as many records.
    Count(u32),
    /// Into files of at most so many bytes before compression; a longer record has one of its own.
    Bytes(u64),
    /// Into files of at most so many records.
    Records(u64),
}

/// How files are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compress {
    Zst,
    Gz,
}

/// Files in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Folder {
    pub path: PathBuf,
    /// A file for each value at this pointer.
    pub partition: Option<String>,
    pub shards: Shards,
}

/// Where records go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// All to the main output.
    All,
    /// One part to the main output.
    Only(usize),
    /// All to the main output, with the name of the part at this pointer.
    Tag(String),
    /// Each part to a file, by part; none: it is not written.
    Named(Vec<Option<PathBuf>>),
    /// To files of their own in a folder.
    Folder(Folder),
}

/// A run, resolved.
#[derive(Debug, Clone)]
pub(super) struct Config {
    /// Paths of the inputs; `-` is standard input.
    pub inputs: Vec<PathBuf>,
    /// How inputs are read.
    pub reading: Reading,
    /// Worker threads.
    pub jobs: usize,
    /// What keeps records together.
    pub key: By,
    /// What does not count in it.
    pub normalize: Normalize,
    /// Pointers to what else keeps them together.
    pub groups: Vec<String>,
    /// Similar records stay together.
    pub near: Option<Near>,
    /// The file that names the inputs.
    pub list: Option<PathBuf>,
    /// Lists of groups.
    pub group_files: Vec<PathBuf>,
    /// Seed of every choice.
    pub seed: u64,
    /// What is split into.
    pub parts: Parts,
    /// Counts are met, not only shares on average.
    pub exact: bool,
    /// What the kinds are told by that are split each for itself.
    pub strata: Vec<strata::By>,
    /// The manifest of a run that is repeated.
    pub repeat: Option<PathBuf>,
    /// What is taken from it.
    pub recipe: Option<Recipe>,
    pub sample: Option<Grain>,
    pub limit: Option<Limit>,
    pub shuffle: bool,
    pub memory: u64,
    pub target: Target,
    pub compress: Option<Compress>,
    /// Files that exist are replaced.
    pub force: bool,
    pub output: Option<PathBuf>,
    pub manifest: Option<PathBuf>,
    pub rejects: Option<PathBuf>,
    pub report: Option<PathBuf>,
    pub check_leak: bool,
    /// Leaks are told as JSON.
    pub json: bool,
    pub buffering: Buffering,
    pub quiet: bool,
    pub progress: Option<bool>,
    pub exit_zero: bool,
}

impl Config {
    pub(super) fn new(options: &Options) -> Result<Config> {
        let common = &options.common;
        let reading = common.reading();
        let inputs = common.input_paths(read_files0)?;
        let recipe = options.repeat.as_deref().map(Recipe::read).transpose()?;
        let parts =
            recipe.as_ref().map_or_else(|| parts(options), |recipe| Ok(recipe.parts.clone()))?;
        let target = target(options, &parts)?;
        refuse_idle(options, &parts)?;
        check_pointers(options)?;
        check_stdin(&inputs, options)?;
        let folder = options.directory.as_ref().map(|folder| folder.join(MANIFEST));
        Ok(Config {
            inputs,
            reading,
            jobs: common.jobs(),
            key: recipe.as_ref().map_or_else(|| options.key.clone(), |recipe| recipe.key.clone()),
            normalize: recipe
                .as_ref()
                .map_or_else(|| normalize(options.normalize), |recipe| recipe.normalize),
            groups: groups(options),
            near: near(options)?,
            list: options.common.files0_from.clone(),
            group_files: options.group_file.clone(),
            seed: recipe.as_ref().map_or(options.seed, |recipe| recipe.seed),
            exact: recipe.is_none()
                && (options.exact || parts.has_counts() || !options.stratify.is_empty()),
            parts,
            strata: recipe
                .as_ref()
                .map_or_else(|| options.stratify.clone(), |recipe| recipe.strata.clone()),
            repeat: options.repeat.clone(),
            recipe,
            sample: options.sample,
            limit: options.limit_per.clone(),
            shuffle: options.shuffle,
            memory: memory(options),
            target,
            compress: options.compress.map(|format| match format {
                options::Compress::Zst => Compress::Zst,
                options::Compress::Gz => Compress::Gz,
            }),
            force: options.force,
            output: common.output.clone(),
            manifest: options.manifest.clone().or(folder),
            rejects: common.rejects.clone(),
            report: common.report.clone(),
            check_leak: options.check_leak,
            json: options.format == Some(options::Format::Json),
            buffering: common.buffering(),
            quiet: common.quiet,
            progress: common.wants_progress(),
            exit_zero: common.exit_zero,
        })
    }

    /// Can all that decides be told from the outline of a plain line?
    pub(super) fn outline_is_enough(&self) -> bool {
        let strata = self.strata.iter().all(strata::By::is_in_outline);
        let pointers = self.has_places() || !self.groups.is_empty() || self.limit.is_some();
        strata && self.key.is_in_outline() && !pointers
    }

    /// Do records go to files?
    pub(super) fn writes_files(&self) -> bool {
        matches!(self.target, Target::Named(_) | Target::Folder(_))
    }

    /// The folder that files go to.
    pub(super) fn folder(&self) -> Option<&Path> {
        match &self.target {
            Target::Folder(folder) => Some(&folder.path),
            Target::All | Target::Only(_) | Target::Tag(_) | Target::Named(_) => None,
        }
    }

    /// Is more asked for of a record than the number of its key?
    pub(super) fn needs_more(&self) -> bool {
        let ties = !self.groups.is_empty() || self.near.is_some() || self.check_leak;
        ties || !self.strata.is_empty() || self.limit.is_some() || self.has_places()
    }

    /// Does a record need messages?
    pub(super) fn needs_messages(&self) -> bool {
        let strata = self.strata.iter().any(strata::By::is_in_outline);
        self.key.is_in_outline() || self.near.is_some() || strata
    }

    /// Are records tied together by more than their key?
    pub(super) fn has_groups(&self) -> bool {
        !self.groups.is_empty() || self.near.is_some() || !self.group_files.is_empty()
    }

    /// Does it depend on all records where one of them goes?
    pub(super) fn is_planned(&self) -> bool {
        let shards = matches!(&self.target, Target::Folder(folder) if matches!(folder.shards, Shards::Count(_)));
        let sample = matches!(self.sample, Some(Grain::Count(_)));
        self.exact || self.has_groups() || self.limit.is_some() || sample || shards
    }

    /// The same run, only that nothing but the place of the name and the file's value is looked at.
    pub(super) fn for_places(&self) -> Config {
        let (key, near, group_files) = (By::Record, None, Vec::new());
        let (groups, strata, limit) = (Vec::new(), Vec::new(), None);
        Config { key, near, group_files, groups, strata, limit, ..self.clone() }
    }

    /// Must lines be read once more for what is written into or named after them?
    pub(super) fn has_places(&self) -> bool {
        match &self.target {
            Target::Tag(_) => true,
            Target::Folder(folder) => folder.partition.is_some(),
            Target::All | Target::Only(_) | Target::Named(_) => false,
        }
    }
}

fn usage<T>(what: impl Into<String>) -> Result<T> {
    Err(Error::Usage(what.into()))
}

fn memory(options: &Options) -> u64 {
    let usual = if options.shuffle { MEMORY } else { PARTITION_MEMORY };
    options.memory.unwrap_or(usual).max(LEAST_MEMORY)
}

fn normalize(level: options::Normalize) -> Normalize {
    match level {
        options::Normalize::None => Normalize::None,
        options::Normalize::Space => Normalize::Space,
        options::Normalize::Case => Normalize::Case,
        options::Normalize::Full => Normalize::Full,
    }
}

fn parts(options: &Options) -> Result<Parts> {
    let want =
        |share: Option<_>, count: Option<u64>| share.map(parts::share).or(count.map(Want::Count));
    let val = want(options.val, options.val_count);
    let test = want(options.test, options.test_count);
    match (options.parts.as_slice(), val.or(test)) {
        ([], None) => Ok(Parts::whole()),
        ([], Some(_)) => Parts::usual(val, test),
        ([_], _) => usage("--parts needs two parts at least, as in train=9,val=1"),
        (amounts, _) => Parts::weighted(amounts),
    }
}

fn target(options: &Options, parts: &Parts) -> Result<Target> {
    if let Some(name) = &options.only {
        if !parts.is_split() {
            return usage("--only needs parts, such as --val 0.1");
        }
        return Ok(Target::Only(parts.named(name)?));
    }
    if let Some(pointer) = &options.tag {
        return Ok(Target::Tag(pointer.clone()));
    }
    if let Some(path) = &options.directory {
        let (path, partition) = (path.clone(), options.partition_by.clone());
        return Ok(Target::Folder(Folder { path, partition, shards: shards(options)? }));
    }
    if options.out.is_empty() {
        return Ok(Target::All);
    }
    let mut named = vec![None; parts.all.len()];
    for (name, path) in &options.out {
        check_ending(path, options.compress)?;
        if named[parts.named(name)?].replace(path.clone()).is_some() {
            return usage(format!("--out names the part {name} twice"));
        }
    }
    Ok(Target::Named(named))
}

fn shards(options: &Options) -> Result<Shards> {
    match (options.shards, &options.shard_size) {
        (Some(count), _) => Ok(Shards::Count(count)),
        (None, None) => Ok(Shards::One),
        (None, Some(size)) => {
            let records = size.strip_suffix('r').map(|number| number.parse().ok());
            let shards = match records {
                Some(records) => records.map(Shards::Records),
                None => parse_size(size).ok().map(Shards::Bytes),
            };
            let some = |shards: &Shards| !matches!(shards, Shards::Records(0) | Shards::Bytes(0));
            let fail = "a size such as 512M or a number of records such as 100000r is needed";
            let size = quote(size, QUOTE_BYTES);
            shards.filter(some).map_or_else(|| usage(format!("--shard-size {size}: {fail}")), Ok)
        }
    }
}

fn groups(options: &Options) -> Vec<String> {
    let pointer = |group: &Group| match group {
        Group::Pointer(pointer) => Some(pointer.clone()),
        Group::Near(_) => None,
    };
    options.group.iter().filter_map(pointer).collect()
}

fn near(options: &Options) -> Result<Option<Near>> {
    let near = |group: &Group| match group {
        Group::Near(threshold) => Some(*threshold),
        Group::Pointer(_) => None,
    };
    let mut all = options.group.iter().filter_map(near);
    let first = all.next().map(|threshold| Near { threshold, complete: options.complete });
    match (first, all.next()) {
        (_, Some(_)) => usage("--group near can be given only once"),
        (None, _) if options.complete => usage("--complete needs --group near"),
        (first, None) => Ok(first),
    }
}
