//! The tests of all tools in one binary: a module for each promise.

mod rules;
mod util;
