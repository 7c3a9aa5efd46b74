//! The floor between the tools and the person: what all tools share on the command line.
//!
//! A person who knows one of the tools must know the others: the same options with the same meaning,
//! the same exit statuses, messages of one form. That only stays so if there is one place for each of
//! these and no tool has its own. Two rules hold here for everything that leaves a tool:
//!
//! - What comes from data, file names or arguments never reaches a terminal raw: text passes
//!   [`terminal::sanitize`] or [`terminal::quote`], JSON is written by [`json`].
//! - Nothing ends the process but [`exit::main`], and no other place knows an exit status.

pub mod advice;
pub mod exit;
pub mod generate;
pub mod json;
pub mod options;
pub mod outputs;
pub mod progress;
pub mod report;
pub mod terminal;
pub mod unusable;
