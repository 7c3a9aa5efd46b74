//! `evolve`: variants of records, made without a model.
//!
//! A variant says what its seed says in another way, or asks for what the seed's answer has anyway. So the answers
//! stay right: no operation changes one, and those that add something to a question or a turn to a conversation
//! compute it from what is there. `run` shows the flow, `ops` has the table of operations; what they do stands in
//! `rephrase`, `formal` and `english` (wordings), `constrain` and `deepen`, where an exchange is `fit` for them and a message
//! `asks` for something, on the view of a record that `seed` gives. Workers make the variants of a block (`block`), the writer puts them behind their seeds
//! (`writer`).

mod asks;
mod block;
mod config;
mod constrain;
mod deepen;
mod english;
mod fit;
mod formal;
mod ops;
mod options;
mod rephrase;
mod run;
mod seed;
mod writer;

pub use ops::Op;
pub(super) use options::Options;
pub(super) use run::run;
