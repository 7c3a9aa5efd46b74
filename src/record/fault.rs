//! Why a line cannot be read.

use std::fmt;
use std::ops::Range;

/// Why a line cannot be read as one JSON value. Offsets are from the start of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Not well-formed UTF-8.
    Utf8 {
        /// First byte of the first bad sequence, and the end of that sequence.
        span: Range<usize>,
        /// Number of maximal ill-formed sequences.
        count: usize,
    },
    /// More arrays and objects open at once than the limit.
    TooDeep {
        /// The bracket that was one too many.
        at: usize,
        /// Most open at once.
        depth: usize,
    },
    /// More of something than the limit.
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many; for escapes, how many at least.
        count: usize,
        /// The most that are read.
        limit: usize,
    },
    /// There is no memory to read it.
    NoMemory {
        /// The bytes that could not be had.
        bytes: usize,
    },
    /// Not JSON.
    Syntax {
        /// The byte at which parsing cannot go on; the length of the line when it ends too early.
        at: usize,
        /// What was found and what was wanted.
        reason: String,
        /// The line ends before its value does.
        eof: bool,
    },
    /// Further complete values behind the first.
    Trailing {
        /// Start of the second value.
        at: usize,
        /// Number of values on the line.
        values: usize,
    },
}

impl fmt::Display for Fault {
    /// In a few words, without the place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Utf8 { .. } => f.write_str("not UTF-8"),
            Fault::TooDeep { depth, .. } => write!(f, "{depth} levels deep"),
            Fault::TooMany { what, count, limit } => {
                write!(f, "{count} {what} stand on the line, wanted at most {limit}")
            }
            Fault::NoMemory { bytes } => {
                let needed = bytes >> 20;
                write!(f, "reading the line takes {needed} MiB of memory, which are not to be had")
            }
            Fault::Trailing { .. } => f.write_str("more than one value"),
            Fault::Syntax { reason, .. } => f.write_str(reason),
        }
    }
}

impl Fault {
    /// The byte of the line at which it shows.
    pub fn at(&self) -> usize {
        match self {
            Fault::Utf8 { span, .. } => span.start,
            Fault::TooDeep { at, .. } | Fault::Syntax { at, .. } | Fault::Trailing { at, .. } => {
                *at
            }
            Fault::TooMany { .. } | Fault::NoMemory { .. } => 0,
        }
    }
}
