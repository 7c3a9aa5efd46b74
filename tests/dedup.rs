//! chatml-dedup as its users meet it: what goes, what stays, in which words it is told.

mod contain;
mod decontaminate;
mod exact;
mod index;
mod input;
mod keep;
mod memory;
mod near;
mod properties;
mod removals;
mod reports;

use crate::util::{Done, dedup, lines};

/// The ids of the records that come out.
#[track_caller]
fn ids(done: &Done) -> Vec<u64> {
    done.exits(0).json().iter().map(|record| record["id"].as_u64().unwrap()).collect()
}

/// The ids of those of these records that stay.
#[track_caller]
fn kept<T: AsRef<str>>(args: &[&str], records: &[T]) -> Vec<u64> {
    ids(&dedup(args, lines(records)))
}
