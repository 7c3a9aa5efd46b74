//! `chatml-stats`: know a dataset before paying for its training.
//!
//! A worker measures each block of lines into a [`state`] of its own: counts, exact histograms, and samples by
//! hash, all of which can be put together in any grouping. The committer joins them in input order. At the end
//! [`figures`] are computed from the whole, and every format shows these.

pub mod audit;
mod block;
pub mod categories;
pub mod chat;
mod checks;
mod commit;
pub mod compare;
mod config;
pub mod contents;
mod contradictions;
pub mod definitions;
pub mod diversity;
pub mod duplicates;
pub mod figures;
mod format;
pub mod gate;
mod hint;
pub mod lengths;
mod number;
pub mod options;
mod outputs;
mod partial;
mod phrase;
pub mod place;
pub mod quality;
mod run;
pub mod schema;
pub mod scripts;
pub mod settings;
pub mod shape;
pub mod state;
pub mod system;

pub use options::Options;
pub use run::run;
