//! The question between two batches.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::error::{Error, Result};
use crate::stream::signals;

/// How often somebody who waits for an answer looks up for a signal.
const GLANCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

fn fail(source: std::io::Error) -> Error {
    Error::Open { name: "/dev/tty (--pause asks there)".to_owned(), source }
}

/// Where is asked: standard input and output may be data.
pub(super) fn terminal() -> Result<File> {
    OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(fail)
}

/// Asks on the terminal whether to go on; a signal says no.
pub(super) fn goes_on() -> Result<bool> {
    let mut terminal = terminal()?;
    loop {
        terminal.write_all(b"go on? [Y/n] ").map_err(fail)?;
        if !answered(&terminal).map_err(fail)? {
            return Ok(false);
        }
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

/// Waits for a line, or for a signal: then there is none.
fn answered(terminal: &File) -> std::io::Result<bool> {
    loop {
        if signals::caught().is_some() {
            return Ok(false);
        }
        let mut polled = [PollFd::new(terminal, PollFlags::IN)];
        match poll(&mut polled, Some(&GLANCE)) {
            Ok(0) | Err(Errno::INTR) => {}
            Ok(_) => return Ok(true),
            Err(error) => return Err(error.into()),
        }
    }
}
