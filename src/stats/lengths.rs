//! How long texts are, in characters, words and tokens.

use serde::{Deserialize, Serialize};

use crate::measure::{Histogram, Summary};

use super::chat::{ROLES, Role};

/// Lengths in one unit.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Lengths {
    /// A record: all of its messages together.
    pub record: Histogram,
    /// A message, by role in the order of [`ROLES`].
    pub by_role: [Histogram; ROLES.len()],
}

impl Lengths {
    /// Adds another part.
    pub fn merge(&mut self, other: &Lengths) {
        self.record.merge(&other.record);
        for (own, other) in self.by_role.iter_mut().zip(&other.by_role) {
            own.merge(other);
        }
    }

    /// Messages of a role.
    pub fn of(&self, role: Role) -> &Histogram {
        &self.by_role[role as usize]
    }

    /// Messages of a role that hold any text: lengths in rising order, each with its count.
    pub fn counts_with_text(&self, role: Role) -> Vec<(u64, u64)> {
        let mut counts = self.of(role).counts();
        counts.retain(|(length, _)| *length > 0);
        counts
    }

    /// The figures about these.
    pub fn with_text(&self, role: Role) -> Summary {
        Summary::of(&self.counts_with_text(role))
    }
}
