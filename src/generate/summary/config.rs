//! What the options mean.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::generate::files::{INFO, JOURNAL, MANIFEST, RUN, TRAINING, VALIDATION};

use crate::similar::Threshold;

use super::made::Made;
use super::options::{Format, Options};

/// Fields that usually say what an example is about, by their names in `/metadata` or beside the messages.
const USUAL: [&str; 6] = ["topic", "category", "label", "intent", "task", "type"];

/// What a file is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Training,
    Validation,
    /// Metadata and statistics.
    Info,
    /// Which example is in which file.
    Manifest,
    /// What the run made and refused.
    Run,
}

impl Role {
    /// Its name in the JSON form.
    pub(super) fn name(self) -> &'static str {
        match self {
            Role::Training => "training",
            Role::Validation => "validation",
            Role::Info => "info",
            Role::Manifest => "manifest",
            Role::Run => "run",
        }
    }

    /// Does the file hold examples?
    pub(super) fn holds_examples(self) -> bool {
        matches!(self, Role::Training | Role::Validation)
    }
}

/// A file of the data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    pub path: PathBuf,
    /// What it is called in the summary.
    pub name: String,
    pub role: Role,
}

/// A summary to make, resolved.
#[derive(Debug, Clone)]
pub(super) struct Config {
    /// The files in the order of the summary: what is trained on, what is set apart, and others.
    pub files: Vec<File>,
    /// The folder of the data set, if it is one.
    pub folder: Option<PathBuf>,
    /// What the run told of the examples, if its report is there.
    pub made: Option<Made>,
    pub journal: Option<PathBuf>,
    /// Fields that are counted by.
    pub by: Vec<String>,
    /// One of the fields is to be chosen, since none was given.
    pub choose: bool,
    pub max_line_bytes: u64,
    pub profile: Option<String>,
    pub near: String,
    pub max_tokens: Option<u64>,
    pub tokenizer: Option<String>,
    pub format: Format,
    pub output: Option<PathBuf>,
    pub report: Option<PathBuf>,
    pub jobs: Option<usize>,
    pub exit_zero: bool,
}

impl Config {
    pub(super) fn new(options: &Options) -> Result<Config> {
        let usual = || {
            let within = USUAL.iter().map(|name| format!("/metadata/{name}"));
            within.chain(USUAL.iter().map(|name| format!("/{name}"))).collect()
        };
        let (files, folder) = files(options)?;
        let report = files.iter().find(|file| file.role == Role::Run);
        let made = report.map(|file| Made::read(&file.path)).transpose()?;
        let near = options.near.or(made.as_ref().and_then(|made| made.near));
        let profile = made.as_ref().and_then(|made| made.profile.clone());
        Ok(Config {
            files,
            folder,
            made,
            journal: options.journal.clone(),
            by: if options.by.is_empty() { usual() } else { options.by.clone() },
            choose: options.by.is_empty(),
            max_line_bytes: options.max_line_bytes,
            profile: options.profile.clone().or(profile),
            near: near.unwrap_or(Threshold::NEAR).to_string(),
            max_tokens: options.max_tokens,
            tokenizer: options.tokenizer.clone(),
            format: options.format,
            output: options.output.clone(),
            report: options.report.clone(),
            jobs: options.jobs,
            exit_zero: options.exit_zero,
        })
    }

    /// The files that hold examples.
    pub(super) fn examples(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.role.holds_examples())
    }

    /// The folder that the run of the journal writes its data set into.
    pub(super) fn own_folder(&self) -> Option<&Path> {
        let (folder, journal) = (self.folder.as_deref()?, self.journal.as_deref()?);
        let place = |path: &Path| std::fs::canonicalize(path).ok();
        (place(&folder.join(JOURNAL))? == place(journal)?).then_some(folder)
    }

    /// Those of a role.
    pub(super) fn of(&self, role: Role) -> impl Iterator<Item = &File> {
        self.files.iter().filter(move |file| file.role == role)
    }
}

/// The files, and the folder that they are all files of.
fn files(options: &Options) -> Result<(Vec<File>, Option<PathBuf>)> {
    let folder = match &options.operands[..] {
        [] => Some(PathBuf::from(".")),
        [one] if one.is_dir() => Some(one.clone()),
        _ => None,
    };
    let files = match (&folder, &options.operands[..]) {
        (Some(folder), _) => in_folder(folder, options)?,
        (None, several) => {
            let file = |path: &PathBuf| named(path, Role::Training);
            several
                .iter()
                .map(file)
                .chain(options.validation.iter().map(|path| named(path, Role::Validation)))
                .collect()
        }
    };
    files.iter().try_for_each(|file: &File| readable(&file.path))?;
    Ok((files, folder))
}

fn named(path: &Path, role: Role) -> File {
    File { path: path.to_owned(), name: path.display().to_string(), role }
}

/// The files of a data set that are in its folder.
fn in_folder(folder: &Path, options: &Options) -> Result<Vec<File>> {
    if options.validation.is_some() {
        let what = "--validation belongs to files; of a folder it is validation_data.jsonl";
        return Err(Error::Usage(what.to_owned()));
    }
    let all = [
        (TRAINING, Role::Training),
        (VALIDATION, Role::Validation),
        (INFO, Role::Info),
        (MANIFEST, Role::Manifest),
        (RUN, Role::Run),
    ];
    let file = |(name, role): (&str, Role)| {
        // A path in the current folder is shown as it would be typed.
        let path = if folder == Path::new(".") { PathBuf::from(name) } else { folder.join(name) };
        File { path, name: name.to_owned(), role }
    };
    let files: Vec<File> = all.into_iter().map(file).filter(|file| file.path.exists()).collect();
    match files.first() {
        Some(File { role: Role::Training, .. }) => Ok(files),
        // Of a run that has not ended its journal tells.
        _ if options.journal.is_some() => Ok(Vec::new()),
        _ if folder.join(JOURNAL).exists() => Err(Error::Unfit(format!(
            "{}: holds no {TRAINING} yet, but the journal of a run; how far that is tells `chatml-gen summary` with \
             --journal {JOURNAL} in that folder",
            folder.display(),
        ))),
        _ if options.operands.is_empty() => Err(Error::Usage(format!(
            "a DIR or FILE is needed: there is no {TRAINING} in this folder"
        ))),
        _ => Err(Error::Unfit(format!("{}: holds no {TRAINING}", folder.display()))),
    }
}

/// Several tools read each file, so it has to give the same each time.
fn readable(path: &Path) -> Result<()> {
    let name = || path.display().to_string();
    if path == Path::new("-") {
        let what = "summary reads its files several times; write standard input to a file first";
        return Err(Error::Usage(what.to_owned()));
    }
    let metadata =
        std::fs::metadata(path).map_err(|source| Error::Open { name: name(), source })?;
    match metadata.is_file() {
        true => Ok(()),
        false if metadata.is_dir() => {
            Err(Error::Usage(format!("{}: a folder has to be the only operand", name())))
        }
        false => Err(Error::Usage(format!(
            "{}: summary reads its files several times; write a pipe to a file first",
            name()
        ))),
    }
}
