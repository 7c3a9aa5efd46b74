//! chatml-dedup: keeps one of every group of equal or similar records.
//!
//! `run` shows the flow. Workers read blocks of lines and make of every record what it is compared by
//! (`block`); records are judged one after the other, each against those that stay (`decide`), and written
//! (`writer`). Where the first of a group stays, that is done as the records stream by (`filter`); where
//! another one stays, all are read first, judged from the best to the worst, and written in a second pass
//! (`ranked`).

mod block;
mod config;
mod counts;
mod decide;
mod evaluation;
mod filter;
mod index;
mod keys;
mod options;
mod others;
mod outputs;
mod places;
mod queue;
mod rank;
mod ranked;
mod removals;
mod run;
mod writer;

pub use options::Options;
pub use run::run;
