//! Hands each command to its folder.

use crate::cli::exit::Exit;
use crate::error::{Error, Result};

use super::neighbours::Neighbours;
use super::options::{Command, Options};

/// Runs the tool. `neighbours` are the other tools.
pub fn run(options: Options, neighbours: &Neighbours) -> Result<Exit> {
    let Some(command) = options.command else {
        return Err(Error::Usage("a command is needed, such as ask or run".to_owned()));
    };
    match command {
        Command::Ask(options) => super::ask::ask(&options),
        Command::Plan(options) => super::show::plan(&options),
        Command::Approve(options) => super::show::approve(&options),
        Command::Run(options) => super::produce::run(&options, neighbours),
        Command::Prompts(options) => super::batchfile::prompts(&options),
        Command::Ingest(options) => super::batchfile::ingest(&options),
        Command::From(options) => super::from::run(&options),
        Command::Evolve(options) => super::evolve::run(&options),
        Command::Corrupt(options) => super::corrupt::run(&options),
        Command::Summary(options) => super::summary::run(&options, neighbours),
    }
}
