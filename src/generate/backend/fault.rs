//! A fault of one request.

use std::time::Duration;

use crate::record::text::{quote, sanitize};

use super::answer::Usage;
use super::class::Class;
use super::habits::Parameter;

/// Most bytes of a server's or a program's own words in a message: two lines of a terminal, which hold what the
/// usual servers say.
const WORDS: usize = 160;

/// What went wrong with one request.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fault {
    /// The kind.
    pub(super) class: Class,
    /// What happened, in words that are fit for a terminal.
    pub(super) reason: String,
    /// How long the server asks to wait, if it does.
    pub(super) wait: Option<Duration>,
    /// The parameter that is not understood, for [`Class::Parameter`].
    pub(super) parameter: Option<Parameter>,
    /// Tokens that were used all the same, if the server counted them.
    pub(super) usage: Option<Usage>,
    /// Bytes of the answer that came until it failed; none if it had not begun, so that nothing is paid for.
    pub(super) came: Option<usize>,
}

impl Fault {
    /// A fault of this kind; the reason is made harmless.
    pub(super) fn new(class: Class, reason: impl AsRef<str>) -> Fault {
        let reason = sanitize(reason.as_ref()).into_owned();
        Fault { class, reason, wait: None, parameter: None, usage: None, came: None }
    }

    /// The same, after so much of an answer.
    pub(super) fn after(self, came: usize) -> Fault {
        Fault { came: Some(came), ..self }
    }
}

/// What a server or a program said, as part of a message.
pub(super) fn said(words: &str) -> String {
    quote(words.trim(), WORDS)
}
