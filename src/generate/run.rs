//! Hands each command to its folder.

use crate::cli::exit::Exit;
use crate::error::{Error, Result};

use super::corrupt;
use super::options::{Command, Options};

/// Runs the tool.
pub fn run(options: Options) -> Result<Exit> {
    let Some(command) = options.command else {
        return Err(Error::Usage("a command is needed, such as ask or run".to_owned()));
    };
    match command {
        Command::Corrupt(options) => corrupt::run(&options),
    }
}
