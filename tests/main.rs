//! The tests of all tools in one binary: a module for each promise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod determinism;
mod faults;
mod rules;
mod util;
mod validate;
