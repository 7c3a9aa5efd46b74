//! The tests of all tools in one binary: a module for each promise.

// A test that cannot go on fails; clippy.toml says so for test functions only, not for their helpers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// Helpers are `pub` for the modules beside them.
#![allow(unreachable_pub)]

mod dedup;
mod determinism;
mod docs;
mod faults;
mod floors;
mod generate;
mod oracles;
mod rules;
mod split;
mod stats;
mod util;
mod validate;
