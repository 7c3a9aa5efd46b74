//! Bytes in, bytes out: inputs, blocks of whole lines, an ordered parallel map, outputs, signals.
//!
//! ```text
//! regular file --- pread by the workers ---+
//!                                          +--> blocks --> workers --> committer --> sink --> output
//! pipe, archive -- one feeder thread ------+    (bounded, recycled)   (input order)
//! ```
//!
//! Everything above this floor is a function from a block of lines to a result and a sink that
//! takes the results in order. What makes files, pipes and archives different, what keeps memory
//! bounded, and what happens when a disk fills up or a signal comes, is known here and nowhere
//! else. What grows beyond memory has its places here, too: sequences of bytes in [`Drawers`], pairs to
//! be sorted in a [`Sorter`].
//!
//! Regular files are read with `pread`, never mapped: a mapped file that is truncated by someone
//! else kills the process.

mod block;
mod committer;
mod decode;
mod drawers;
mod feeder;
mod flow;
mod input;
mod naive;
mod output;
mod pipeline;
mod ranges;
mod scratch;
mod sealed;
mod shared;
pub mod signals;
mod sorted;
mod source;
mod startup;
mod task;
mod temporary;
#[cfg(test)]
mod tests;
mod unpack;

pub use block::{Block, Line, Lines};
pub use drawers::Drawers;
pub use flow::{Flow, Sink};
pub use input::{Again, Identities, Inputs, Reading, read_files0};
pub use naive::run_naive;
pub use output::{Buffering, Output};
pub use pipeline::run;
pub use scratch::{Interim, Scratch};
pub use sealed::{Sealed, admit, place_all};
pub use sorted::{Sorted, Sorter};
