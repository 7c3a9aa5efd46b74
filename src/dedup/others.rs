//! Records of other data and of an index that do not fit into the memory that the run may use.
//!
//! What the first of them are compared by is held in memory, and of the rest it waits in a temporary file. All
//! records of the input are held against one portion after the other before any of them may stay.

use crate::error::Result;
use crate::similar::store::Store;

use super::config::Config;
use super::decide::{Ask, Decider};
use super::queue::Stored;

/// The records that wait for their portion.
#[derive(Debug, Default)]
pub(super) struct Others {
    store: Store,
    places: Vec<u32>,
    /// Those before this one were in memory already.
    next: usize,
}

impl Others {
    /// Takes in a record: into memory as long as there is room.
    pub(super) fn take_in(
        &mut self,
        ask: Ask<'_>,
        decider: &mut Decider,
        config: &Config,
    ) -> Result<()> {
        if !self.wait() && !decider.is_full(config) {
            return decider.insert(ask);
        }
        self.places.push(ask.place);
        self.store.push(Stored::new(ask).bytes)
    }

    /// Are there records that were not in memory yet?
    pub(super) fn wait(&self) -> bool {
        self.next < self.places.len()
    }

    /// Brings the next portion into memory, in place of what is there, against which all was held.
    pub(super) fn next_portion(&mut self, decider: &mut Decider, config: &Config) -> Result<()> {
        decider.next_part();
        let mut stored = Stored::default();
        while self.wait() && !decider.is_full(config) {
            self.store.read(self.next as u32, &mut stored.bytes)?;
            decider.insert(stored.ask(self.places[self.next]))?;
            self.next += 1;
        }
        Ok(())
    }
}
