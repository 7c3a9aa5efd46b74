//! Where a record stands, in a way that can be counted on when parts are put together.

use serde::{Deserialize, Serialize};

/// A line of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The number of the input, from 0.
    pub file: u32,
    /// The number of the line in it; from 1 in a whole, from 0 in a block.
    pub line: u64,
}

/// How the places of a part become places of the whole.
#[derive(Debug, Clone, Copy)]
pub struct Shift<'a> {
    /// The number that each input of the part has in the whole.
    pub files: &'a [u32],
    /// Added to line numbers.
    pub lines: u64,
}

impl Shift<'_> {
    /// The place in the whole.
    pub fn of(self, place: Place) -> Place {
        let file = self.files.get(place.file as usize).copied().unwrap_or(place.file);
        Place { file, line: place.line + self.lines }
    }
}

/// The first few lines of something that is counted.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Places(Vec<Place>);

impl Places {
    /// Adds a line behind all others of the part; more than `limit` are not kept.
    pub fn push(&mut self, place: Place, limit: usize) {
        if self.0.len() < limit && self.0.last() != Some(&place) {
            self.0.push(place);
        }
    }

    /// Adds those of another part.
    pub fn merge(&mut self, other: &Places, shift: Shift<'_>, limit: usize) {
        self.0.extend(other.0.iter().map(|place| shift.of(*place)));
        self.0.sort_unstable();
        self.0.dedup();
        self.0.truncate(limit);
    }

    /// The lines in their order.
    pub fn iter(&self) -> impl Iterator<Item = Place> {
        self.0.iter().copied()
    }
}
