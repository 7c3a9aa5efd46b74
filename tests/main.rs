//! The tests of all tools in one binary: a module for each promise.

// A test says that something is wrong by panicking, its helpers too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod determinism;
mod faults;
mod rules;
mod util;
mod validate;
