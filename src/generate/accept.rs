//! Which examples are taken: what is looked at in each by itself, and what only shows beside the others.
//!
//! A [`Checker`] judges one example by itself: whether it is valid by the rules of chatml-validate, and whether
//! it has what the plan refuses. Any number of workers have one each. [`Repeats`] knows what was taken before and
//! refuses what is there already; there is one, and it is asked in the order of the examples.

mod checker;
mod fingerprint;
mod repeats;

pub use checker::{Checker, Judgement};
pub use fingerprint::{Fingerprint, Runs, key_of};
pub use repeats::Repeats;
