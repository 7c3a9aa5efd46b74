//! The tests of all tools in one binary: a module for each promise.

mod docs;
mod floors;
mod rules;
mod util;
