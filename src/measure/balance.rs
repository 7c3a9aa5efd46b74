//! How evenly records are spread over categories.

use super::sum::total;

/// Measures of balance of a distribution.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Balance {
    /// Shannon entropy in bits: -sum of p * log2 p.
    pub entropy: f64,
    /// Entropy as a share of the most possible, log2 of the number of categories; 1 where there is one only.
    pub evenness: f64,
    /// Gini coefficient: 0 when all are equally frequent, towards 1 when one has nearly all.
    pub gini: f64,
    /// The largest count divided by the smallest.
    pub largest_to_smallest: f64,
}

impl Balance {
    /// Of the counts of categories; none of them is 0. `None` without a category.
    pub fn of(counts: &[u64]) -> Option<Balance> {
        let mut counts = counts.to_vec();
        counts.sort_unstable();
        let (least, most) = (*counts.first()?, *counts.last()?);
        let total = total(counts.iter().copied()) as f64;
        let n = counts.len() as f64;
        let entropy: f64 = counts
            .iter()
            .map(|count| *count as f64 / total)
            .filter(|p| *p > 0.0)
            // A sum begins with -0, which would be that of one category.
            .fold(0.0, |sum, p| sum - p * p.log2());
        let ranked: f64 =
            counts.iter().enumerate().map(|(at, count)| (at as f64 + 1.0) * *count as f64).sum();
        Some(Balance {
            entropy,
            evenness: if counts.len() > 1 { entropy / n.log2() } else { 1.0 },
            gini: (2.0 * ranked / (n * total) - (n + 1.0) / n).max(0.0),
            largest_to_smallest: most as f64 / least.max(1) as f64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn even_and_lopsided_distributions() {
        assert_eq!(Balance::of(&[]), None);
        let even = Balance::of(&[5, 5, 5, 5]).unwrap();
        assert_eq!((even.entropy, even.evenness, even.gini), (2.0, 1.0, 0.0));
        let lopsided = Balance::of(&[1, 99]).unwrap();
        assert!((lopsided.entropy - 0.080_793).abs() < 1e-6);
        assert!((lopsided.gini - 0.49).abs() < 1e-12);
        assert_eq!(lopsided.largest_to_smallest, 99.0);
        assert_eq!(Balance::of(&[7]).unwrap().evenness, 1.0);
    }
}
