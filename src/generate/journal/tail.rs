//! What stands in a journal behind the last example that was accepted.
//!
//! Nothing that was written depends on it. So if a backend was at fault there, a run that goes on takes it back: the
//! fault may have passed. Whoever reads a journal has to do the same, by this one rule.

/// What was told since the last example that was accepted, of what the reader wants to take back.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::generate) struct Tail<T> {
    told: Vec<T>,
    is_outage: bool,
}

impl<T> Default for Tail<T> {
    fn default() -> Self {
        Tail { told: Vec::new(), is_outage: false }
    }
}

impl<T> Tail<T> {
    /// Something was told.
    pub(in crate::generate) fn push(&mut self, what: T) {
        self.told.push(what);
    }

    /// A backend was at fault.
    pub(in crate::generate) fn outage(&mut self) {
        self.is_outage = true;
    }

    /// An example was accepted: what was told stays as it is.
    pub(in crate::generate) fn settle(&mut self) {
        self.told.clear();
        self.is_outage = false;
    }

    /// A run goes on: what it takes back, if a backend was at fault.
    pub(in crate::generate) fn take_back(&mut self) -> Option<Vec<T>> {
        std::mem::take(&mut self.is_outage).then(|| std::mem::take(&mut self.told))
    }
}
