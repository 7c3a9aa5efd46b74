//! What is said about a plan before anything is spent: `plan` shows it, `approve` asks for it.
//!
//! `figures` puts the numbers together once; `page` says them in words, `text` and `markdown` lay the words out, and
//! `json` gives the numbers to programs. `schema` describes the file itself.

mod advice;
mod approve;
mod estimate;
mod figures;
mod json;
mod layout;
mod options;
mod page;
mod run;
mod sample;
mod schema;
mod terminal;

pub use approve::approve;
pub use options::{ApproveOptions, PlanOptions};
pub use run::plan;
pub use schema::schema;
pub(in crate::generate) use terminal::{Person, Terminal};
