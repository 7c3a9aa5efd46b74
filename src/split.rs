//! chatml-split: splits chat data into training, validation and test sets that do not leak.
//!
//! `run` shows the flow. Workers read blocks of lines and make of every record what decides about it (`block`): the
//! hash of its key, its groups, its kind. Where a record goes depends on its hash alone (`deal`, `parts`), and is
//! written at once; or, where counts are to be met or groups kept together, on all records: then these are read
//! first (`pass`, `rows`, `families`), the parts are cut (`plan`, `exact`), and a second pass writes. Where to is
//! the `destination`: one output, a series of files (`series`), files of values (`names`), in the order of the
//! input or in one of chance (`shuffle`). The `manifest` tells what was done. `leak` looks for what finished files
//! have in common.

mod amount;
mod block;
mod check;
mod config;
mod deal;
mod destination;
mod ending;
mod exact;
mod families;
mod group_file;
mod intake;
mod leak;
mod manifest;
mod names;
mod options;
mod parts;
mod pass;
mod plan;
mod rows;
mod run;
mod series;
mod shuffle;
mod strata;
mod tally;

pub use options::Options;
pub use run::run;
