//! chatml-gen: makes chat data, from a plan, from documents, or from records that are there already.
//!
//! `options` has a command for each of these ways, and `run` hands each to its folder:
//!
//! ```text
//! ask        questions -> a plan                 ask, presets
//! plan       a plan -> what it makes and costs   show
//! approve    a plan -> a note beside it          show, plan/lock
//! run        a plan -> examples                  produce
//! prompts    a plan -> requests for a carrier    batchfile
//! ingest     answers of a carrier -> examples    batchfile
//! from       documents -> records                from
//! evolve     records -> variants                 evolve
//! corrupt    records -> damaged ones             corrupt
//! summary    a data set -> the closing block     summary
//! ```
//!
//! What several of them share, from the bottom up:
//!
//! ```text
//! node       a tree of values in which each knows its line, which a plan is read into
//! draw       the streams of chance               typos, prose     what may be changed in a text
//! plan       what is to be made: keys, faults, axes, cells, quotas, order, approval        opened
//! draft      a conversation on its way to being a record                                   example
//! grammar    phrases -> drafts                   prompt     examples -> requests
//! backend    requests -> answers                 answer     answers -> drafts
//! reason     why a draft is not taken            accept     the judging of it
//! journal    answers that were paid for          records    seeds, and what is not to be repeated
//! ```

pub mod accept;
pub mod answer;
pub mod ask;
pub mod backend;
pub mod batchfile;
pub mod corrupt;
pub mod draft;
pub mod draw;
pub mod evolve;
pub mod example;
mod files;
pub mod from;
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
