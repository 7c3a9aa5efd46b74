//! Asking a person, on the terminal itself, so that standard input and output stay data.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};

use crate::error::{Error, Result};

/// Somebody who answers.
pub(in crate::generate) trait Person {
    /// Shows a text and reads a line; none if there is no more to come.
    fn ask(&mut self, text: &str) -> Result<Option<String>>;
}

/// The terminal of this process.
pub(in crate::generate) struct Terminal {
    to: File,
    from: BufReader<File>,
}

/// What messages call it.
const NAME: &str = "/dev/tty";

impl Terminal {
    /// Opens it; none if the process has no terminal.
    pub(in crate::generate) fn open() -> Option<Terminal> {
        let to = OpenOptions::new().write(true).open(NAME).ok()?;
        let from = File::open(NAME).ok()?;
        Some(Terminal { to, from: BufReader::new(from) })
    }
}

impl Person for Terminal {
    /// `text` is written as it is: what comes from outside is to be sanitised before.
    fn ask(&mut self, text: &str) -> Result<Option<String>> {
        let fail = |source| Error::Write { name: NAME.to_owned(), source };
        self.to.write_all(text.as_bytes()).map_err(fail)?;
        self.to.flush().map_err(fail)?;
        let mut line = Vec::new();
        let read = self.from.read_until(b'\n', &mut line);
        let fail = |source| Error::Read { name: NAME.to_owned(), offset: None, source };
        match read.map_err(fail)? {
            0 => Ok(None),
            _ => Ok(Some(String::from_utf8_lossy(&line).trim().to_owned())),
        }
    }
}
