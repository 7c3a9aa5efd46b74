//! An example that is to be made.

use super::plan::{Bindings, Cells, Plan};

/// The first examples of a plan, which are tried when it is opened: their order is balanced, so that so many have most of
/// what a plan of usual size asks for.
pub(super) const TRIED: u64 = 500;

/// An example that is to be made: its place in the data set, and what it is to be about.
#[derive(Debug, Clone)]
pub struct Example {
    /// Its place, from 0: what it is about follows from that.
    pub slot: u64,
    /// How often it was tried before.
    pub attempt: u32,
    /// The cell that it counts for.
    pub cell: usize,
    /// User turns.
    pub turns: u32,
    /// The values of the axes.
    pub bindings: Bindings,
}

impl Example {
    /// The example of a slot, as it is to be tried.
    pub fn new(plan: &Plan, cells: &Cells, slot: u64, attempt: u32) -> Example {
        let cell = cells.cell_of(slot);
        let bindings = cells.bindings(plan, cell, slot, attempt);
        Example { slot, attempt, cell, turns: cells.turns_of(slot), bindings }
    }

    /// Is the assistant to decline or to ask back?
    pub fn is_negative(&self) -> bool {
        self.bindings.get("negative") == Some("true")
    }
}
