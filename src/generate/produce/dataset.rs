//! The files of a data set: examples divided into training and validation, described, with a manifest.
//!
//! The examples of a run wait in a hidden file of the folder until they are all there. Then chatml-split divides
//! them, as if it had been called on that file, and the command `summary` describes what came of it.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::cli::exit::Exit;
use crate::error::{Error, Result};
use crate::generate::files::{INFO, MANIFEST, RUN, TRAINING, VALIDATION};
use crate::generate::neighbours::{Neighbours, Tool};
use crate::generate::plan::{Plan, Values};
use crate::generate::summary;
use crate::stream::{Buffering, Interim, Output};

use super::config::{Config, Target};

/// A data set that is being made in a folder.
pub(super) struct Dataset {
    folder: PathBuf,
    force: bool,
    validation: f64,
    seed: u64,
    /// Examples that are so similar stay together.
    near: Option<f64>,
    targets: Vec<String>,
    /// What tells the categories apart: a pointer into the records, if they say what they were made from.
    category: Option<String>,
    /// Where the examples wait; removed in the end.
    waiting: Interim,
    /// Of the folder, as long as the examples may wait there: no other run takes them for some that were left behind.
    _lock: Option<File>,
}

/// How the names of files begin and end in which examples wait.
const WAITING: (&str, &str) = (".examples-", ".jsonl");

/// What the manifest calls the examples of a run.
const EXAMPLES: &str = "the accepted examples in their order";

impl Dataset {
    /// The data set that the options ask for, if they ask for one. The folder is made where it is not there; files
    /// of an earlier run are trouble unless they may be replaced. Those of the run that is resumed may.
    pub(super) fn open(config: &Config, plan: &Plan) -> Result<Option<Dataset>> {
        let Target::Folder { path, force } = &config.target else { return Ok(None) };
        let is_of = |journal: PathBuf| is_of(path, &journal);
        let force = *force || (config.resume && config.journal(plan).is_some_and(is_of));
        let fail = |source| Error::Create { name: path.display().to_string(), source };
        std::fs::create_dir_all(path).map_err(fail)?;
        for name in [TRAINING, VALIDATION, INFO, MANIFEST, RUN] {
            let file = path.join(name);
            if !force && file.exists() {
                return Err(Error::Exists { name: file.display().to_string() });
            }
        }
        let lock = File::open(path).ok().filter(|folder| folder.try_lock().is_ok());
        if lock.is_some() {
            remove_left_behind(path);
        }
        let waiting = Interim::name_in(path, WAITING.0, WAITING.1).map_err(fail)?;
        Ok(Some(Dataset {
            folder: path.clone(),
            force,
            validation: plan.output.validation,
            seed: plan.seed,
            near: plan.dedup.near,
            targets: plan.task.targets.clone(),
            category: category(plan),
            waiting,
            _lock: lock,
        }))
    }

    /// Where the examples go.
    pub(super) fn output(&self) -> Result<Output> {
        Output::create(self.waiting.path(), Buffering::Block)
    }

    /// The report of the run, which is part of the data set.
    pub(super) fn report(&self) -> Result<Output> {
        Output::create(&self.folder.join(RUN), Buffering::Block)
    }

    /// Divides and describes the examples, which are all there. Where the description is.
    pub(super) fn complete(&self, neighbours: &Neighbours) -> Result<PathBuf> {
        let file = |name: &str| self.folder.join(name);
        let mut split = words(["-q", "--exact", "--seed"]);
        split.push(self.seed.to_string().into());
        split.push("--manifest".into());
        split.push(file(MANIFEST).into());
        if self.force {
            split.push("--force".into());
        }
        split.extend(words(["--val", &self.validation.to_string()]));
        if let Some(near) = self.near {
            split.extend(words(["--group", &format!("near={near}")]));
        }
        let parts = if self.validation > 0.0 {
            vec![("train", TRAINING), ("val", VALIDATION)]
        } else {
            vec![("train", TRAINING)]
        };
        for (part, name) in &parts {
            split.push("--out".into());
            split.push(named(part, &file(name)));
        }
        split.push(self.waiting.path().as_os_str().to_owned());
        must("chatml-split", neighbours.split, split)?;
        self.name_examples(&file(MANIFEST))?;
        if self.validation <= 0.0 && self.force {
            // A validation set of an earlier run does not belong to this one.
            let _ = std::fs::remove_file(file(VALIDATION));
        }
        let info = file(INFO);
        // The summary lists it among the files.
        let touched = OpenOptions::new().create(true).append(true).open(&info);
        touched.map_err(|source| Error::Create { name: info.display().to_string(), source })?;
        let mut words =
            vec![self.folder.clone().into_os_string(), "-o".into(), info.clone().into()];
        if let Some(pointer) = &self.category {
            words.extend(["--by".into(), pointer.into()]);
        }
        if !self.targets.is_empty() {
            words.extend(["--profile".into(), self.targets.join(",").into()]);
        }
        // What it finds fault with stands in it; the examples are there all the same.
        summary::run(&summary::parse(words)?, neighbours)?;
        Ok(info)
    }

    /// Writes into the manifest what was divided: the file in which the examples waited is gone, and its name is
    /// another one in each run.
    fn name_examples(&self, manifest: &Path) -> Result<()> {
        let name = || manifest.display().to_string();
        let bytes =
            std::fs::read(manifest).map_err(|source| Error::Open { name: name(), source })?;
        let mut value: Value = serde_json::from_slice(&bytes)
            .map_err(|error| Error::Unfit(format!("{}: {error}", name())))?;
        if let Some(input) = value.pointer_mut("/inputs/0/name") {
            *input = EXAMPLES.into();
        }
        let mut output = Output::create(manifest, Buffering::Block)?;
        output.write(format!("{value:#}\n").as_bytes())?;
        output.finish()
    }
}

/// Removes files in which the examples of a run waited that was killed. What cannot be removed is in nobody's way.
fn remove_left_behind(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with(WAITING.0) && name.ends_with(WAITING.1) {
            let _ = std::fs::remove_file(&path);
        }
    }
}

/// The first axis that examples are divided by; of a tree its groups.
fn category(plan: &Plan) -> Option<String> {
    let axis = plan.axes.iter().find(|axis| !axis.per_example).filter(|_| plan.output.metadata)?;
    Some(match axis.values {
        Values::Tree(_) => format!("/metadata/{}_group", axis.name),
        _ => format!("/metadata/{}", axis.name),
    })
}

fn words<'w>(words: impl IntoIterator<Item = &'w str>) -> Vec<OsString> {
    words.into_iter().map(OsString::from).collect()
}

fn named(part: &str, path: &Path) -> OsString {
    let mut word = OsString::from(format!("{part}="));
    word.push(path);
    word
}

/// Are the files of a folder those of the run that has this journal? It lies there, or the report of the run names it.
fn is_of(folder: &Path, journal: &Path) -> bool {
    let Ok(journal) = journal.canonicalize() else { return false };
    if folder.canonicalize().is_ok_and(|folder| journal.starts_with(folder)) {
        return true;
    }
    let report = std::fs::read(folder.join(RUN)).unwrap_or_default();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap_or_default();
    let named = report["journal"].as_str().map(Path::new).map(Path::canonicalize);
    named.is_some_and(|named| named.is_ok_and(|named| named == journal))
}

/// Runs a tool that has no reason to find anything.
fn must(name: &str, tool: Tool, words: Vec<OsString>) -> Result<()> {
    match tool(words)? {
        Exit::Ok => Ok(()),
        Exit::Found | Exit::Trouble => Err(Error::Unfit(format!(
            "{name} found fault with the examples of this run; see above"
        ))),
    }
}
