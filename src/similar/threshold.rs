//! The share at which two sets count as alike, as an exact fraction.
//!
//! Pairs that lie exactly at the threshold are common: four words of five are .8. A rounded product would
//! decide about them by chance, so a threshold is kept as it was written, and compared in integers.

use std::fmt;
use std::str::FromStr;

/// [`Threshold::NEAR`] as it is written.
pub const NEAR: &str = "0.8";

/// A share above 0 and up to 1: `parts` of `whole`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    parts: u64,
    whole: u64,
}

impl Threshold {
    /// The share from which on records count as near where nobody says otherwise: [`NEAR`].
    pub const NEAR: Threshold = Threshold { parts: 8, whole: 10 };

    /// Half of it.
    pub const HALF: Threshold = Threshold { parts: 1, whole: 2 };

    /// All of it.
    pub const ONE: Threshold = Threshold { parts: 1, whole: 1 };

    /// Is `part` of `all` at or above it? Nothing of nothing is not.
    pub fn is_met(self, part: usize, all: usize) -> bool {
        all > 0 && part as u128 * u128::from(self.whole) >= all as u128 * u128::from(self.parts)
    }

    /// The least number of `all` that meets it.
    pub fn least_of(self, all: usize) -> usize {
        let least = (all as u128 * u128::from(self.parts)).div_ceil(u128::from(self.whole));
        usize::try_from(least).unwrap_or(usize::MAX)
    }

    /// The least number of elements that two similar sets share, which have `both` together.
    pub fn least_shared(self, both: usize) -> usize {
        let least = both as u128 * u128::from(self.parts);
        let least = least.div_ceil(u128::from(self.whole) + u128::from(self.parts));
        usize::try_from(least).unwrap_or(usize::MAX)
    }

    /// The most elements that two similar sets have together if they share no more than `shared`.
    pub fn most_with(self, shared: usize) -> usize {
        let most = shared as u128 * (u128::from(self.whole) + u128::from(self.parts));
        usize::try_from(most / u128::from(self.parts)).unwrap_or(usize::MAX)
    }

    /// The share as a number, for formulas that need not be exact.
    pub fn value(self) -> f64 {
        self.parts as f64 / self.whole as f64
    }
}

impl FromStr for Threshold {
    type Err = String;

    /// A decimal number with at most six digits behind the point: `0.8`, `.85`, `1`.
    fn from_str(text: &str) -> Result<Threshold, String> {
        let fail = || "a share above 0 and up to 1 is needed, such as 0.8".to_owned();
        let (before, behind) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if !digits(before) || !digits(behind) || behind.len() > 6 || text.len() < 1 + behind.len() {
            return Err(fail());
        }
        let whole = 10u64.pow(behind.len() as u32);
        let number = |part: &str| if part.is_empty() { Ok(0) } else { part.parse::<u64>() };
        let before = number(before).map_err(|_| fail())?;
        if before > 1 {
            return Err(fail());
        }
        let parts = before * whole + number(behind).map_err(|_| fail())?;
        if parts == 0 || parts > whole || (before == 0 && behind.is_empty()) {
            return Err(fail());
        }
        Ok(Threshold { parts, whole })
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_exactly_at_the_threshold_meets_it() {
        for text in ["0.8", ".8", "0.800"] {
            let t: Threshold = text.parse().unwrap();
            assert!(t.is_met(4, 5) && t.is_met(8, 10) && !t.is_met(799_999, 1_000_000));
            assert_eq!((t.least_of(5), t.least_of(6), t.least_of(1), t.least_of(0)), (4, 5, 1, 0));
        }
        assert!(Threshold::ONE.is_met(3, 3) && !Threshold::ONE.is_met(2, 3));
        assert!(!Threshold::ONE.is_met(0, 0), "nothing is like nothing");
    }

    #[test]
    fn the_usual_share_is_the_one_that_is_written() {
        assert_eq!(NEAR.parse(), Ok(Threshold::NEAR));
        assert_eq!(Threshold::NEAR.to_string(), NEAR);
    }

    #[test]
    fn two_sets_are_similar_from_the_least_number_on_that_they_share() {
        for text in ["0.000001", "0.5", "0.8", "0.85", "0.999999", "1"] {
            let t: Threshold = text.parse().unwrap();
            for (both, shared) in (1..80).flat_map(|both| (0..=both / 2).map(move |s| (both, s))) {
                let met = t.is_met(shared, both - shared);
                assert_eq!(met, shared >= t.least_shared(both));
                assert_eq!(met, both <= t.most_with(shared));
            }
        }
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for text in [
            "",
            ".",
            "18446744073709.999999",
            "0",
            "0.0",
            "1.1",
            "-0.5",
            "80",
            "80%",
            "0.8.1",
            "0.1234567",
            "1e-1",
            "nan",
        ] {
            assert!(text.parse::<Threshold>().is_err(), "{text}");
        }
    }
}
