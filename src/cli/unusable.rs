//! Lines that a tool could not use: named on standard error, copied to `--rejects`, counted.

use super::report;
use super::terminal::sanitize;

/// Messages about lines that cannot be used; the rest is counted, so that a file of another format stays
/// readable.
pub const SHOWN: u64 = 20;

/// What is told of lines that could not be used.
#[derive(Debug, Default)]
pub struct Unusable {
    /// Their number.
    pub count: u64,
    quiet: bool,
    /// The first line of the input told what is wrong with all of them.
    explained: bool,
}

impl Unusable {
    /// `quiet`: nothing is said of them.
    pub fn new(quiet: bool) -> Unusable {
        Unusable { quiet, ..Unusable::default() }
    }

    /// Counts a line of the input `name`, which cannot be used for what is wrong at byte `at`, and gives the
    /// message about it, if there is to be one.
    pub fn tell(&mut self, name: &str, line: u64, at: usize, why: &str) -> Option<String> {
        self.count += 1;
        if line == 1 {
            self.explained = why.starts_with("the file is ");
        }
        let text = || format!("{}; left out", sanitize(why));
        self.message(name, line, at, text)
    }

    /// Counts a line of which nothing is told, since enough was told of others.
    pub fn count_silently(&mut self) {
        self.count += 1;
    }

    /// The same for a line over the limit, of which not even the rejects get a copy.
    pub fn tell_long(&mut self, name: &str, line: u64, limit: usize) -> Option<String> {
        self.count += 1;
        self.explained &= line > 1;
        self.message(name, line, 0, || {
            format!("the line is longer than {limit} bytes (--max-line-bytes); left out, also of the rejects")
        })
    }

    fn message(
        &self,
        name: &str,
        line: u64,
        at: usize,
        what: impl FnOnce() -> String,
    ) -> Option<String> {
        let silent = self.quiet || self.count > SHOWN || self.explained && line > 1;
        (!silent).then(|| format!("{}:{line}:{}: {}\n", sanitize(name), at + 1, what()))
    }

    /// What the summary says of them, without a line feed; for one or more.
    pub fn summary(&self) -> String {
        let verb = if self.count == 1 { "is" } else { "are" };
        let lines = report::plural(self.count, "line");
        let silent = self.count.saturating_sub(SHOWN);
        let more = match silent > 0 && !self.quiet && !self.explained {
            true => format!(" ({} more than are named here)", report::count(silent)),
            false => String::new(),
        };
        format!("{lines} could not be used and {verb} left out{more}")
    }
}
