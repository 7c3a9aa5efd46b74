//! Measurements that can be taken in parts and put together.
//!
//! A report that is compared from run to run must not depend on how the work was cut: not on the number of
//! threads, nor on blocks, nor on how the data lies in files or on how many machines it was read. So every
//! measurement here is a value with a `merge` that may be called in any order and grouping and gives the same
//! state, and what is computed of it at the end is computed from integers. That rules out the usual sketches
//! of quantiles (t-digest, KLL), whose digits depend on the order, and costs nothing: lengths are small whole
//! numbers, of which an exact histogram is small ([`histogram`]). What has too many different values is held
//! whole up to a limit and as a sample by hash above it ([`distinct`]). Only lists of the most frequent names
//! ([`top`]) depend on the order once they are over their limit, and say so.

pub mod balance;
pub mod capped;
pub mod distinct;
pub mod excerpt;
pub mod histogram;
pub mod name;
pub mod packing;
pub mod sum;
pub mod top;

pub use balance::Balance;
pub use capped::Capped;
pub use distinct::Distinct;
pub use excerpt::Excerpt;
pub use histogram::{Bin, Histogram, Summary};
pub use packing::Packing;
pub use top::Top;
