//! The questions that come before a plan, and the plan that is written of the answers.
//!
//! `questions` is the one table of them; `answers` reads what was answered already, `wizard` asks for the rest on the
//! terminal, `write` makes a commented plan of it all, with phrases of `starter` where no model is asked.

mod answers;
mod options;
mod preset;
mod questions;
mod run;
mod starter;
#[cfg(test)]
mod tests;
mod wizard;
mod write;

pub use options::AskOptions;
pub use run::ask;
