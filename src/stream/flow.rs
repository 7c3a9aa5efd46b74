//! Where the blocks of a run go, and what shall happen after each.

use crate::error::Result;

use super::block::Block;

/// What shall happen after a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// The next block.
    Continue,
    /// No more blocks of this block's input; the next input.
    SkipInput,
    /// No more blocks.
    Stop,
}

/// Takes the results in input order, on the thread that called [`run`](super::run).
pub trait Sink<T> {
    /// Takes one result. An error ends the run.
    fn accept(&mut self, block: &Block, result: T) -> Result<Flow>;

    /// Called when every block read so far was accepted and no further input is ready: the time to
    /// flush.
    fn idle(&mut self) -> Result<()>;
}
