//! Sums of counts that may come from a file.
//!
//! What is counted in data never comes near the end of 64 bits. A file of counts, made by hand or damaged, can
//! hold anything, and its sums must neither wrap nor end the run: they stop at the greatest number.

/// Adds to a count.
#[inline]
pub fn add(own: &mut u64, more: u64) {
    *own = own.saturating_add(more);
}

/// The sum of counts.
pub fn total(counts: impl IntoIterator<Item = u64>) -> u64 {
    counts.into_iter().fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_stop_at_the_greatest_number() {
        let mut count = u64::MAX - 1;
        add(&mut count, 5);
        assert_eq!((count, total([u64::MAX, 7]), total([2, 3])), (u64::MAX, u64::MAX, 5));
    }
}
