//! Runs the other tools, in silence: what they report goes into a temporary folder, and nothing to the terminal.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use tempfile::TempDir;

use crate::cli::exit::Exit;
use crate::error::{Error, Result};
use crate::generate::neighbours::{Neighbours, Tool};

use super::config::{Config, File, Role};
use super::data::{Data, Leaks, Part};
use super::reports::{Duplicates, Leak, Stats, Validation};

/// Entries of each list of chatml-stats: categories beyond are told by their number.
const TOP: usize = 50;

/// Everything that the other tools know about the files.
pub(super) fn measure(config: &Config, neighbours: &Neighbours) -> Result<Data> {
    let fail = |source| Error::Create { name: std::env::temp_dir().display().to_string(), source };
    let folder = tempfile::Builder::new().prefix("chatml-gen-").tempdir().map_err(fail)?;
    let bench = Bench { config, neighbours, folder };
    let mut parts = Vec::new();
    for (number, file) in config.examples().enumerate() {
        let state = bench.file(&format!("state-{number}"));
        let stats = bench.part(&file.path, &state)?;
        parts.push(Part { validation: bench.validate(file)?, stats, state });
    }
    let all = bench.merge(parts.iter().map(|part| &part.state))?;
    let apart = config.of(Role::Validation).count();
    let trained = match apart {
        0 => all.clone(),
        _ => bench
            .merge(parts.iter().take(parts.len().saturating_sub(apart)).map(|part| &part.state))?,
    };
    let leaks = if apart == 0 { None } else { Some(bench.leaks()?) };
    Ok(Data {
        parts,
        all,
        trained,
        exact: bench.duplicates(false)?,
        near: bench.duplicates(true)?,
        leaks,
    })
}

/// Who runs the tools.
struct Bench<'b> {
    config: &'b Config,
    neighbours: &'b Neighbours,
    folder: TempDir,
}

impl Bench<'_> {
    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The words that every command begins with.
    fn words(&self) -> Words {
        let words = Words::default().word("--quiet").word("--no-progress");
        match self.config.jobs {
            Some(jobs) => words.with("--jobs", jobs.to_string()),
            None => words,
        }
    }

    /// Likewise those of one that reads lines of data.
    fn reading(&self) -> Words {
        self.words().with("--max-line-bytes", self.config.max_line_bytes.to_string())
    }

    /// All files that hold examples.
    fn all(&self) -> impl Iterator<Item = &Path> {
        self.config.examples().map(|file| file.path.as_path())
    }

    /// Measures one file: its figures, and what they can be put together from with those of others.
    fn part(&self, path: &Path, state: &Path) -> Result<Stats> {
        let report = self.file("part.json");
        let mut words =
            self.reading().word("--partial").with("--output", state).with("--report", &report);
        for pointer in &self.config.by {
            words = words.with("--by", pointer);
        }
        if let Some(tokenizer) = &self.config.tokenizer {
            words = words.with("--tokenizer", tokenizer);
        }
        if let Some(limit) = self.config.max_tokens {
            words = words.with("--max-tokens", limit.to_string());
        }
        ask("chatml-stats", self.neighbours.stats, words.paths([path]), &report)
    }

    /// The figures of several files together.
    fn merge<'p>(&self, states: impl Iterator<Item = &'p PathBuf>) -> Result<Stats> {
        let report = self.file("stats.json");
        let words =
            self.words().word("--merge").with("--format", "json").with("--top", TOP.to_string());
        let words = words.with("--output", &report).paths(states);
        ask("chatml-stats", self.neighbours.stats, words, &report)
    }

    fn validate(&self, file: &File) -> Result<Validation> {
        let report = self.file("validate.json");
        let mut words = self.reading().word("--check").with("--report", &report);
        if let Some(profile) = &self.config.profile {
            words = words.with("--profile", profile);
        }
        if file.role == Role::Validation {
            // How many records a trainer wants at least is said of what it trains on.
            words = words.with("--ignore", "X004");
        }
        ask("chatml-validate", self.neighbours.validate, words.paths([&file.path]), &report)
    }

    fn duplicates(&self, near: bool) -> Result<Duplicates> {
        let report = self.file("dedup.json");
        let mut words = self.reading().word("--check").with("--report", &report);
        if near {
            words = words.word(&format!("--near={}", self.config.near));
        }
        ask("chatml-dedup", self.neighbours.dedup, words.paths(self.all()), &report)
    }

    /// What is in the training data and in what is set apart. Files that are trained on may have in common what they
    /// like, and an example that is in several of them leaks once.
    fn leaks(&self) -> Result<Leaks> {
        let found = self.file("leaks.jsonl");
        let words = self.reading().word("--check-leak").word("--format=json");
        let words = words.with("--group", format!("near={}", self.config.near));
        let words = words.with("--output", &found).paths(self.all());
        run("chatml-split", self.neighbours.split, words)?;
        let apart = self.config.of(Role::Validation).map(|file| file.path.display().to_string());
        let apart: Vec<String> = apart.collect();
        let (mut prompts, mut near) = (BTreeSet::new(), BTreeSet::new());
        let file = fs::File::open(&found).map_err(|source| unread(&found, source))?;
        for line in BufReader::new(file).lines() {
            let line = line.map_err(|source| unread(&found, source))?;
            let leak: Leak = parse("chatml-split", line.as_bytes())?;
            if apart.contains(&leak.file) {
                let of = if leak.leak == "near" { &mut near } else { &mut prompts };
                of.insert(leak.line);
            }
        }
        let any = prompts.union(&near).count() as u64;
        Ok(Leaks { prompts: prompts.len() as u64, near: near.len() as u64, any })
    }
}

/// A command line.
#[derive(Default)]
struct Words(Vec<OsString>);

impl Words {
    fn word(mut self, word: &str) -> Words {
        self.0.push(word.into());
        self
    }

    /// An option with its value. In one word, so that no value is taken for an option.
    fn with(mut self, option: &str, value: impl Into<OsString>) -> Words {
        let mut word = OsString::from(option);
        word.push("=");
        word.push(value.into());
        self.0.push(word);
        self
    }

    /// The operands, which end it.
    fn paths<P: AsRef<Path>>(mut self, paths: impl IntoIterator<Item = P>) -> Vec<OsString> {
        self.0.push("--".into());
        self.0.extend(paths.into_iter().map(|path| path.as_ref().as_os_str().to_owned()));
        self.0
    }
}

/// Runs a tool. That it found something is what it was asked for.
fn run(name: &str, tool: Tool, words: Vec<OsString>) -> Result<()> {
    match tool(words)? {
        Exit::Ok | Exit::Found => Ok(()),
        Exit::Trouble => Err(Error::Unfit(format!("{name} could not do its part; see above"))),
    }
}

/// Runs a tool and reads what it wrote to `report`.
fn ask<T: DeserializeOwned>(
    name: &str,
    tool: Tool,
    words: Vec<OsString>,
    report: &Path,
) -> Result<T> {
    run(name, tool, words)?;
    parse(name, &fs::read(report).map_err(|source| unread(report, source))?)
}

fn parse<T: DeserializeOwned>(name: &str, text: &[u8]) -> Result<T> {
    let unfit = |why| Error::Unfit(format!("the report of {name} cannot be read: {why}"));
    serde_json::from_slice(text).map_err(unfit)
}

fn unread(path: &Path, source: std::io::Error) -> Error {
    Error::Read { name: path.display().to_string(), offset: None, source }
}
