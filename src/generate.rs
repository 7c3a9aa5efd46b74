//! chatml-gen: makes chat data, from a plan, from documents, or from records that are there already.
//!
//! `options` has a command for each of these ways, and `run` hands each to its folder. What several of them share:
//! `node` (a plan or another tree of values in which each knows its line), `plan` (what is to be made), `draw` (the
//! streams of chance), `draft` (a conversation on its way to being a record).

pub mod accept;
pub mod answer;
pub mod ask;
pub mod backend;
pub mod batchfile;
mod corrupt;
pub mod draft;
pub mod draw;
mod evolve;
pub mod example;
mod files;
mod from;
pub mod grammar;
pub mod journal;
pub mod neighbours;
pub mod node;
pub mod opened;
mod options;
pub mod plan;
pub mod presets;
pub mod produce;
pub mod prompt;
mod prose;
pub mod reason;
pub mod records;
mod run;
mod setup;
pub mod show;
mod summary;
pub mod talk;
pub mod typos;

pub use neighbours::Neighbours;
pub use options::Options;
pub use run::run;
