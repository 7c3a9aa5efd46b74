//! System prompts: how many records have one, how many different ones there are.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::measure::sum::add;
use crate::measure::{Distinct, Top};

use super::chat::Chat;

/// Different system prompts that are counted exactly.
const PROMPTS: usize = 1 << 16;

/// Different system prompts among which the most frequent are found.
const NAMED: usize = 4096;

/// Counts about system prompts. The system prompt of a record is what its system and developer messages say.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct System {
    /// Records with one.
    pub records: u64,
    /// Different ones.
    pub distinct: Distinct<()>,
    /// The most frequent ones.
    pub top: Top,
}

impl System {
    /// An empty one; `level` is that of the whole.
    pub fn new(level: u32) -> System {
        System { records: 0, distinct: Distinct::at(PROMPTS, level), top: Top::new(NAMED) }
    }

    /// Counts a record.
    pub fn add(&mut self, chat: &Chat) {
        let mut prompts = chat.messages().filter(|(role, _)| role.is_system());
        let Some((_, first)) = prompts.next() else { return };
        let joined;
        let prompt = match prompts.next() {
            None => first,
            Some((_, second)) => {
                let rest: Vec<&str> = prompts.map(|(_, text)| text).collect();
                joined = [&[first, second], &rest[..]].concat().join("\n");
                &joined
            }
        };
        self.records += 1;
        self.distinct.add(xxh3_64(prompt.as_bytes()), ());
        self.top.add(prompt);
    }

    /// Adds another part.
    pub fn merge(&mut self, other: System) {
        add(&mut self.records, other.records);
        self.distinct.merge(other.distinct);
        self.top.merge(other.top);
    }
}
