//! The commands `prompts` and `ingest`: the requests of a plan as a file, and the answers to them as a file.
//!
//! Any carrier can bring one to a model and the other back: a batch service at half the price, a machine without a
//! network, a person. The files have the form of OpenAI's batch service, which others have taken over. What names
//! a request is its `custom_id`: the examples that it asks for, by slot and attempt.
//!
//! `prompts` writes requests for the examples that are not accepted yet. `ingest` reads answers, keeps them in the
//! journal and makes the data set of all answers that are there: those of the journal in its order, then the new
//! ones by their names, so that the order of the file does not matter.

mod ingest;
mod line;
mod options;
mod prompts;
mod state;

pub use ingest::run as ingest;
pub(super) use line::{Brought, brought};
pub use options::{IngestOptions, PromptsOptions};
pub use prompts::run as prompts;
