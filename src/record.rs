//! What a line means: JSON values with the bytes they stand on, and the messages among them.
//!
//! Every judgement needs two things from a line: what it says, and where it says so. [`parse`] reads a
//! line into a [`Document`] in which every value keeps its raw byte span, so that a finding can name the
//! exact column and a repair can replace exactly these bytes. [`chat`] gives a message list the names of
//! the field: role, content, tool calls. What several judges look for in a text stands beside them: control
//! tokens ([`control`]), code ([`markdown`]), what templates leave ([`leftovers`]), words ([`words`]). [`insertion`] writes a
//! value into a record and leaves all other bytes as they are.

pub mod chat;
pub mod control;
pub mod document;
pub mod fault;
pub mod grammar;
pub mod insertion;
pub mod leftovers;
pub mod lexer;
pub mod markdown;
pub mod nodes;
pub mod parse;
pub mod scan;
pub mod text;
pub mod undone;
pub mod words;

pub use chat::Message;
pub use document::{Document, Kind, Value};
pub use fault::Fault;
pub use parse::Parser;
