//! The flow of chatml-validate on one page.

use crate::cli::exit::Exit;
use crate::error::{Error, Result};
use crate::rules::Judge;
use crate::stream::{self, Inputs, Output};

use super::block;
use super::catalogue;
use super::commit::Committer;
use super::config::{Config, Mode};
use super::options::Options;

/// Runs the tool: the exit status is 1 when a record has an error.
pub fn run(options: Options) -> Result<Exit> {
    if let Some(text) = catalogue::asked(&options)? {
        let mut output = Output::stdout(crate::stream::Buffering::Block);
        output.write(text.as_bytes())?;
        output.finish()?;
        return Ok(Exit::Ok);
    }
    let config = Config::new(&options)?;
    let inputs = Inputs::open(&config.inputs, &config.reading)?;
    let outputs = Outputs::open(&config, &inputs)?;
    let mut committer = Committer::new(&config, &inputs, outputs);
    stream::run(
        inputs,
        config.jobs,
        || Judge::new(&config.settings),
        |judge, lines| block::judge(judge, lines, &config),
        &mut committer,
    )?;
    let errors = committer.finish()?;
    Ok(if errors { Exit::Found.forgiven_if(config.exit_zero) } else { Exit::Ok })
}

/// Where a run writes; all opened before the first record is read.
pub(super) struct Outputs {
    /// Valid records, or the diff.
    pub records: Output,
    /// Findings, where they are the output; else they go to standard error.
    pub findings: Option<Output>,
    /// Rejected lines, byte for byte.
    pub rejects: Output,
    /// The summary as JSON.
    pub report: Output,
}

impl Outputs {
    fn open(config: &Config, inputs: &Inputs) -> Result<Outputs> {
        let named = [&config.output, &config.rejects, &config.report];
        let mut seen: Vec<(std::path::PathBuf, String)> = Vec::new();
        for path in named.into_iter().flatten() {
            inputs.refuse_as_output(path)?;
            let place = std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
            let name = path.display().to_string();
            if let Some((_, other)) = seen.iter().find(|(known, _)| *known == place) {
                let other = format!("the output {other}");
                return Err(Error::SameFile { output: name, other });
            }
            seen.push((place, name));
        }
        let create = |path: &Option<std::path::PathBuf>| match path {
            Some(path) => Output::create(path, config.buffering),
            None => Ok(Output::none()),
        };
        let main = match &config.output {
            Some(path) => Output::create(path, config.buffering)?,
            None => {
                inputs.refuse_stdout_as_input()?;
                Output::stdout(config.buffering)
            }
        };
        let (records, findings) = match config.mode {
            Mode::Check => (Output::none(), Some(main)),
            Mode::Filter | Mode::Diff => (main, None),
        };
        let (rejects, report) = (create(&config.rejects)?, create(&config.report)?);
        Ok(Outputs { records, findings, rejects, report })
    }
}
