//! The command `run`: exactly as many accepted examples as the plan says, in batches with a review after each.
//!
//! ```text
//! schedule   which examples are tried next: those that failed before, then new ones
//!    |  a batch, with what the reviews so far say about it
//! crew       makes them: phrases of a grammar, or requests to models by many workers
//!    |  in the order of the batch, whatever came first
//! intake     repeats? -> accepted: output, journal; or rejected: reason, journal, rejects
//!    |
//! review     coverage, rejects, openings, skeletons -> what the next batch is told
//! ```
//!
//! Examples are judged in the order in which they were handed out, and what a batch is told depends on batches
//! before it alone. So the output does not depend on how many requests are in flight, and a run that is repeated
//! with the same answers makes the same examples: that is how it is resumed.

mod config;
mod crew;
mod dataset;
pub(in crate::generate) mod delivery;
mod ending;
pub(in crate::generate) mod intake;
pub(in crate::generate) mod maker;
mod models;
mod options;
mod pause;
mod phrases;
mod production;
pub(in crate::generate) mod review;
mod run;
pub(in crate::generate) mod schedule;
mod telling;

pub use options::Options;
pub use run::run;
