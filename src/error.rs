//! The one error type of the crate: trouble that ends a run.
//!
//! What is wrong with the *data* is a finding and never comes here. An error is a value with the name of
//! the input or output it is about, the place in it where one is known, and the reason; only
//! [`crate::cli`] turns it into a message and an exit status.

use std::fmt;
use std::io;

/// Trouble that ends a run: exit status 2, or death by a signal.
#[derive(Debug)]
pub enum Error {
    /// The command line asks for what cannot be done.
    Usage(String),
    /// An input could not be opened.
    Open {
        /// The name of the input as the user gave it.
        name: String,
        /// The system's reason.
        source: io::Error,
    },
    /// Reading an input failed after it was opened.
    Read {
        /// The name of the input as the user gave it.
        name: String,
        /// Bytes of the stored input that were read before, when known.
        offset: Option<u64>,
        /// The system's reason.
        source: io::Error,
    },
    /// A compressed input is cut off or corrupt.
    Damaged {
        /// The name of the input as the user gave it.
        name: String,
        /// `gzip`, `zstd` or `xz`.
        format: &'static str,
        /// Bytes of the compressed input that were read before.
        offset: u64,
        /// What is wrong and, where there is one, the way out.
        reason: String,
    },
    /// An input is in a format that is not read.
    Foreign {
        /// The name of the input as the user gave it.
        name: String,
        /// The format.
        format: &'static str,
        /// What to do.
        way_out: &'static str,
    },
    /// An output could not be created.
    Create {
        /// The path of the output.
        name: String,
        /// The system's reason.
        source: io::Error,
    },
    /// An output could not be written.
    Write {
        /// The path of the output, or `standard output`.
        name: String,
        /// The system's reason.
        source: io::Error,
    },
    /// An output would stand where something stands already.
    Exists {
        /// The path of the output.
        name: String,
    },
    /// An output is the same file as an input or as another output.
    SameFile {
        /// The path of the output.
        output: String,
        /// What it is the same file as.
        other: String,
    },
    /// What was given cannot be used as it is: the place, why, and the way out.
    Unfit(String),
    /// The reader of standard output went away: death by SIGPIPE, in silence.
    ClosedPipe,
    /// A signal asked the run to end: death by that signal.
    Signal(i32),
}

/// The result of everything that can meet trouble.
pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Usage(what) | Error::Unfit(what) => f.write_str(what),
            Error::Open { name, source } => write!(f, "{name}: cannot open: {}", Reason(source)),
            Error::Read { name, offset: Some(offset), source } => {
                write!(f, "{name}: read error at byte {offset}: {}", Reason(source))
            }
            Error::Read { name, offset: None, source } => {
                write!(f, "{name}: read error: {}", Reason(source))
            }
            Error::Damaged { name, format, offset, reason } => {
                write!(f, "{name}: damaged {format} data at compressed byte {offset}: {reason}")
            }
            Error::Foreign { name, format, way_out } => {
                write!(f, "{name}: looks like {format}, which is not read; {way_out}")
            }
            Error::Create { name, source } => {
                write!(f, "{name}: cannot create: {}", Reason(source))
            }
            Error::Write { name, source } => write!(f, "{name}: write error: {}", Reason(source)),
            Error::Exists { name } => write!(f, "{name}: already exists; --force replaces it"),
            Error::SameFile { output, other } => {
                write!(f, "{output}: is also {other}; write to another file")
            }
            Error::ClosedPipe => f.write_str("standard output: write error: Broken pipe"),
            Error::Signal(number) => write!(f, "ended by signal {number}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Open { source, .. }
            | Error::Read { source, .. }
            | Error::Create { source, .. }
            | Error::Write { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// An [`io::Error`] in the words of the C library, without Rust's `(os error N)` behind them.
struct Reason<'a>(&'a io::Error);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        f.write_str(text.split(" (os error ").next().unwrap_or(&text))
    }
}
