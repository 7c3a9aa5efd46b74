//! Hands each command to its folder.

use crate::cli::exit::Exit;
use crate::error::{Error, Result};

use super::corrupt;
use super::neighbours::Neighbours;
use super::options::{Command, Options};

/// Runs the tool. `neighbours` are the other tools.
pub fn run(options: Options, neighbours: &Neighbours) -> Result<Exit> {
    let Some(command) = options.command else {
        return Err(Error::Usage("a command is needed, such as ask or run".to_owned()));
    };
    let _ = neighbours;
    match command {
        Command::Corrupt(options) => corrupt::run(&options),
    }
}
