//! What a line means.

pub mod scan;
