//! What makes two records the same: keys of equality, and shares of common text.
//!
//! Two questions, two machines. *Equal?* A record has a [`Key`] of 128 bits, and
//! [`Seen`] knows which were there before. *Alike?* The words of the turns make a set of
//! shingles ([`words`]); two records are alike when their sets share enough ([`threshold`]). Comparing
//! everything with everything is out of the question, so a signature ([`sketch`]) names the few earlier
//! records that may be alike ([`postings`]), and each of these is compared exactly with its whole set, which
//! lies on disk ([`store`]). So a signature can miss a pair, rarely and measurably, but it can never make
//! one up. [`near`] puts these together. [`kin`] makes families of all that are alike, directly or through others,
//! and [`witnesses`] finds what is alike across parts.
//!
//! Everything here is told in which order records come and never asks: the caller decides who is first.

pub mod buckets;
mod canonical;
pub mod common;
mod contain;
pub mod conversation;
mod distinct;
mod guarded;
pub mod key;
pub mod kin;
mod lists;
pub mod near;
mod ordered;
pub mod overlap;
pub mod postings;
pub mod seen;
mod sets;
pub mod sketch;
pub mod store;
pub mod threshold;
pub mod unions;
pub mod witnesses;
pub mod words;

pub use conversation::Conversation;
pub use guarded::Guarded;
pub use key::{By, Key, Keyer, Normalize};
pub use kin::Kin;
pub use near::{Near, Scheme};
pub use seen::Seen;
pub use sets::Match;
pub use threshold::{NEAR, Threshold};
pub use unions::Unions;
pub use witnesses::Witnesses;
pub use words::{Shingler, Text};

/// The finalizer of MurmurHash3 for 64 bits (Appleby, public domain): every input bit reaches every output
/// bit, and it is a bijection.
pub(crate) fn mix(mut x: u64) -> u64 {
    x ^= x >> 33;
    x = x.wrapping_mul(0xff51_afd7_ed55_8ccd);
    x ^= x >> 33;
    x = x.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    x ^ (x >> 33)
}

/// Bytes by which a list grows at least: few beside the entries of some thousand records.
const LEAST_ROOM: usize = 8 << 10;

/// Makes room for `more` items in a list that grows to millions: by a sixteenth, where doubling would leave up
/// to half of it empty.
fn make_room<T>(list: &mut Vec<T>, more: usize) {
    if list.capacity() - list.len() < more {
        let least = LEAST_ROOM / size_of::<T>().max(1);
        list.reserve_exact((list.len() / 16).max(least).max(more));
    }
}
