//! What a fault means: one table.
//!
//! A retry helps against what passes; it costs money and time against what does not. So every fault belongs to a
//! class, and the class alone says what happens next.

/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Too many requests or tokens a minute.
    RateLimited,
    /// The server is busy with the request or lost it: 408, 409, 425.
    Busy,
    /// The server has too much to do: 503, 529.
    Overloaded,
    /// The server failed: 5xx.
    Server,
    /// No connection.
    Connect,
    /// The connection broke before the answer was whole.
    Dropped,
    /// Nothing came for too long.
    Silence,
    /// An answer that is not what the protocol says.
    Garbled,
    /// A stream that ended without saying why.
    CutOff,
    /// A program said that it may work later (status 75).
    TryLater,
    /// 400 and its kin: every request would be refused.
    Refused,
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 404: the address or the model.
    NotFound,
    /// Nothing left to pay with.
    Quota,
    /// The server sends elsewhere.
    Redirect,
    /// The server cannot be trusted or its address is none.
    Unsafe,
    /// A program cannot be started.
    NoProgram,
    /// `response_format` is not understood.
    Shape,
    /// A parameter is not understood.
    Parameter,
    /// A structured answer that the server could not finish.
    CutShape,
    /// The answer reached the limit of its length.
    Truncated,
    /// More than the model can read.
    Context,
    /// Held back by a filter, or refused by the model.
    Filtered,
    /// The answer ended for a reason that is not allowed.
    Ended,
    /// An answer larger than is read.
    TooLarge,
    /// A program failed.
    Program,
    /// No recorded answer.
    Missing,
}

/// What to do about a class of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Ask again, later.
    Retry,
    /// Give the backend up.
    Terminal,
    /// Ask otherwise, at once; if there is no other way, the request has failed.
    Adapt,
    /// The request has failed, others may not.
    Fail,
}

/// A row of the table.
struct Row {
    class: Class,
    name: &'static str,
    action: Action,
    /// A sign that the server has too much to do: fewer requests at a time.
    slows: bool,
    /// Counts against the backend as a whole.
    counts: bool,
    /// What a person can do.
    advice: &'static str,
}

const fn row(
    class: Class,
    name: &'static str,
    action: Action,
    (slows, counts): (bool, bool),
    advice: &'static str,
) -> Row {
    Row { class, name, action, slows, counts, advice }
}

/// Advice for what the server does by itself.
const LATER: &str = "see what the server says of it, then go on with --resume";

/// In the order of [`Class`].
#[rustfmt::skip]
static TABLE: &[Row] = {
    use Action::{Adapt, Fail, Retry, Terminal};
    // How a fault counts: (slows, counts).
    const BOTH: (bool, bool) = (true, true);
    const COUNTS: (bool, bool) = (false, true);
    const NOT: (bool, bool) = (false, false);
    &[
        row(Class::RateLimited, "rate-limited", Retry, BOTH, "lower concurrency, rpm or tpm of the backend, or wait, then go on with --resume"),
        row(Class::Busy, "busy", Retry, COUNTS, LATER),
        row(Class::Overloaded, "overloaded", Retry, BOTH, "lower concurrency of the backend, or wait, then go on with --resume"),
        row(Class::Server, "server-error", Retry, COUNTS, LATER),
        row(Class::Connect, "no-connection", Retry, BOTH, "start the server or correct base_url, then go on with --resume"),
        row(Class::Dropped, "connection-lost", Retry, COUNTS, LATER),
        row(Class::Silence, "silence", Retry, BOTH, "raise idle_timeout (of a command: timeout) if the model is slow, then go on with --resume"),
        row(Class::Garbled, "garbled", Retry, COUNTS, "base_url must be that of a chat API of the OpenAI kind, such as http://127.0.0.1:8080/v1; a command must write UTF-8"),
        row(Class::CutOff, "cut-off", Retry, COUNTS, LATER),
        row(Class::TryLater, "try-later", Retry, BOTH, "see what the program says of it, then go on with --resume"),
        row(Class::Refused, "refused", Terminal, NOT, "correct what the server names, in the plan, then go on with --resume"),
        row(Class::Unauthorized, "unauthorized", Terminal, NOT, "set a valid key in the variable that key_env names, or in key_file, then go on with --resume"),
        row(Class::Forbidden, "forbidden", Terminal, NOT, "the key may not use this model or address; use another one, then go on with --resume"),
        row(Class::NotFound, "not-found", Terminal, NOT, "correct base_url (it ends before /chat/completions, often in /v1) or model, then go on with --resume"),
        row(Class::Quota, "no-quota", Terminal, NOT, "the account has nothing left to pay with: add credit, then go on with --resume"),
        row(Class::Redirect, "redirect", Terminal, NOT, "redirects are not followed, for the sake of the key: write the address that is meant into base_url"),
        row(Class::Unsafe, "no-trust", Terminal, NOT, "check base_url and the certificate of the server; SSL_CERT_FILE can name a file of certificates to trust"),
        row(Class::NoProgram, "no-program", Terminal, NOT, "correct the command of the backend, then go on with --resume"),
        row(Class::Shape, "no-structure", Adapt, NOT, "set structured = \"prompt\" for the backend"),
        row(Class::Parameter, "parameter", Adapt, NOT, "correct what the server names, in the plan"),
        row(Class::CutShape, "structure-cut", Adapt, NOT, "raise max_tokens of the backend, or set structured = \"prompt\""),
        row(Class::Truncated, "truncated", Adapt, NOT, "raise max_tokens of the backend, or ask for shorter answers"),
        row(Class::Context, "context-exceeded", Fail, NOT, "show fewer examples in the prompt, or use a model that reads more"),
        row(Class::Filtered, "filtered", Fail, NOT, "ask otherwise, or use another model"),
        row(Class::Ended, "ended", Fail, NOT, "add the reason to finish_ok of the backend if it is none to complain of"),
        row(Class::TooLarge, "too-large", Fail, COUNTS, "lower max_tokens of the backend"),
        row(Class::Program, "program-failed", Fail, COUNTS, "see what the program says of it, then go on with --resume"),
        row(Class::Missing, "not-recorded", Fail, NOT, "record the answers with the same plan, or add a backend that can answer"),
    ]
};

impl Class {
    /// All of them, in the order of the table.
    pub fn all() -> impl Iterator<Item = Class> {
        TABLE.iter().map(|row| row.class)
    }

    fn row(self) -> &'static Row {
        // A test holds the table to the order of the enum, so the first row is never taken for another.
        TABLE.get(self as usize).unwrap_or(&TABLE[0])
    }

    /// The name for reports and journals.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The class of a name.
    pub fn of(name: &str) -> Option<Class> {
        Class::all().find(|class| class.name() == name)
    }

    /// What happens next.
    pub fn action(self) -> Action {
        self.row().action
    }

    /// What a person can do.
    pub fn advice(self) -> &'static str {
        self.row().advice
    }

    /// Is it a sign that the server has too much to do?
    pub(super) fn slows(self) -> bool {
        self.row().slows
    }

    /// Does it count against the backend as a whole? Then it says nothing of what was asked, and another backend may
    /// answer it.
    pub fn counts(self) -> bool {
        self.row().counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_classes() {
        for (at, row) in TABLE.iter().enumerate() {
            assert_eq!(row.class as usize, at, "{}", row.name);
            assert!(!row.advice.is_empty() && !row.name.contains(' '));
        }
        assert_eq!(TABLE.len(), Class::Missing as usize + 1);
        let names: std::collections::BTreeSet<_> = TABLE.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), TABLE.len());
    }

    #[test]
    fn what_asking_again_cannot_mend_is_not_asked_again() {
        for class in [Class::Quota, Class::Unauthorized, Class::Forbidden, Class::NotFound] {
            assert_eq!(class.action(), Action::Terminal, "{class:?}");
        }
        let retried: Vec<Class> =
            Class::all().filter(|class| class.action() == Action::Retry).collect();
        assert!(
            retried.iter().all(|class| class.counts()),
            "what is tried again must be able to end"
        );
        assert_eq!(retried.len(), 10);
    }
}
