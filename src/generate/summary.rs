//! `summary`: the closing block of a data set: its files, its figures, what was checked, what to do next.
//!
//! Nothing is measured here. `tools` runs the other tools over the files, as anybody could, and reads their reports
//! (`reports`); `journal` reads what a run wrote down. `checks` and `steps` say what follows from these, and `page`
//! writes it as text, Markdown or JSON. A check has a mark only when it was made.

mod checks;
mod config;
mod data;
mod journal;
mod json;
mod made;
mod options;
mod page;
mod reports;
mod run;
mod steps;
mod tools;
mod words;

pub(super) use options::{Options, parse};
pub(crate) use run::run;
