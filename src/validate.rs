//! chatml-validate: judges every line of chat data and passes the valid records on.
//!
//! `run` shows the flow. Workers judge blocks of lines (`block`); the committer takes their results in
//! input order, adds what only the order shows (`input`), writes the records that are kept (`commit`) and
//! says what was found (`format`).

mod block;
mod catalogue;
mod commit;
mod config;
mod counts;
mod diff;
mod fix;
mod format;
mod input;
mod judged;
mod options;
mod outputs;
mod run;
mod source;

pub use options::Options;
pub use run::run;
