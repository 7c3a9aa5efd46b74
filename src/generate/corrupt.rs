//! `corrupt`: damages records in named ways and tells where, so that whoever looks for damage can be measured.
//!
//! `run` shows the flow. Workers hash every line, and of those few whose hash is below the rate they make what is
//! written in their place (`block`); the writer puts these between the stretches of lines that stay as they were,
//! counts lines and writes the truth (`writer`). What can be done to a record, and who finds it, stands in one table
//! (`kinds`); how it is done, in `bytes`, `messages` and `repeats`; which records may come again, in `originals`.

mod block;
mod bytes;
mod case;
mod config;
mod kinds;
mod messages;
mod options;
mod originals;
mod repeats;
mod run;
mod writer;

pub use kinds::kinds;
pub(super) use options::Options;
pub(crate) use run::run;
