//! The question between two batches.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Write};

use crate::error::{Error, Result};

/// Asks on the terminal whether to go on. Standard input and output may be data.
pub(super) fn goes_on() -> Result<bool> {
    let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty");
    let fail = |source| Error::Open { name: "/dev/tty (--pause asks there)".to_owned(), source };
    let mut terminal = terminal.map_err(fail)?;
    loop {
        terminal.write_all(b"go on? [Y/n] ").map_err(fail)?;
        let mut answer = String::new();
        let length = BufReader::new(&terminal).read_line(&mut answer).map_err(fail)?;
        match answer.trim().to_ascii_lowercase().as_str() {
            _ if length == 0 => return Ok(false),
            "" | "y" | "yes" | "go" => return Ok(true),
            "n" | "no" | "stop" => return Ok(false),
            _ => {}
        }
    }
}
