//! What stands in a journal behind the last example that was accepted.
//!
//! Nothing that was written depends on it. So if a backend was at fault there, a run that goes on takes it back: the
//! fault may have passed. Whoever reads a journal has to do the same, by this one rule.
//!
//! Requests are made ahead of verdicts, which come in the order of the examples. So a fault belongs where the verdict of
//! its example stands, and not where its own line does.

use std::collections::HashMap;

/// An example as it was tried: slot and attempt.
pub(in crate::generate) type Tried = (u64, u64);

/// What may be taken back, of what the reader wants to know.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::generate) struct Tail<T> {
    /// Faults of backends at examples that have no verdict yet.
    open: HashMap<Tried, Vec<T>>,
    /// What was told since the last example that was accepted, up to the last verdict.
    told: Vec<T>,
    /// One of these verdicts is on an example at which a backend was at fault.
    is_outage: bool,
}

impl<T> Default for Tail<T> {
    fn default() -> Self {
        Tail { open: HashMap::new(), told: Vec::new(), is_outage: false }
    }
}

impl<T> Tail<T> {
    /// A backend was at fault.
    pub(in crate::generate) fn fault(&mut self, tried: Tried, what: T) {
        self.open.entry(tried).or_default().push(what);
    }

    /// An example was rejected.
    pub(in crate::generate) fn reject(&mut self, tried: Tried, what: Option<T>) {
        if let Some(faults) = self.open.remove(&tried) {
            self.told.extend(faults);
            self.is_outage = true;
        }
        self.told.extend(what);
    }

    /// An example was accepted: what was told stays as it is.
    pub(in crate::generate) fn accept(&mut self, tried: Tried) {
        self.open.remove(&tried);
        self.told.clear();
        self.is_outage = false;
    }

    /// Something else came to stay, all that was told with it.
    pub(in crate::generate) fn settle(&mut self) {
        *self = Tail::default();
    }

    /// A run goes on. Gives what it takes back, and whether verdicts are among that: all behind the last example.
    pub(in crate::generate) fn take_back(&mut self) -> (Vec<T>, bool) {
        let is_outage = std::mem::take(&mut self.is_outage);
        let mut back: Vec<T> = self.open.drain().flat_map(|(_, faults)| faults).collect();
        if is_outage {
            back.append(&mut self.told);
        }
        (back, is_outage)
    }
}
