//! `from`: documents become conversations, without a model and without a word that is not in them.
//!
//! What is a question and what is its answer is told by form alone: headings and their sections (`markdown` of
//! `sections`, as far as they are `shown`, by the `topic` of each), marks of questions and answers (`faq` by `marks`),
//! columns (`table` of `rows`) and records of other forms (`objects`), both by templates (`columns`) or by names that
//! are `known`, speakers (`transcript` by `speaker`, of captions with `captions`). Only the wording of a question about
//! a section is added, from a set of `templates`; both kinds of templates share an `engine`. Each form is a `Maker`
//! that takes the lines of an input one by one and gives `Part`s: conversations with the place that they were taken
//! from, and what cannot be used with the reason. `reader` hands them their lines, `guess` tells the form of an input.

mod captions;
mod columns;
mod config;
mod earlier;
mod engine;
mod faq;
mod guess;
mod known;
mod markdown;
mod marks;
mod objects;
mod options;
mod part;
mod reader;
mod rows;
mod run;
mod sections;
mod shown;
mod speaker;
mod strangers;
mod subjects;
mod table;
mod templates;
mod topic;
mod transcript;

pub use options::Format;
pub(super) use options::Options;
pub(super) use run::run;
