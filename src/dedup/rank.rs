//! The number by which it is decided which record of a group stays.

use std::cmp::Ordering;

/// A number: of two records the one with the greater stays.
///
/// A float of 64 bits tells whole numbers apart up to 2^53, and times in nanoseconds or the ids of some services
/// are greater; so what rounding took from a whole number of 64 bits stands beside it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rank {
    rounded: f64,
    /// At most half of what lies between two floats, which is 2,048 below 2^64.
    rest: i16,
}

impl Rank {
    /// Below all others.
    pub(super) const NONE: Rank = Rank { rounded: f64::NEG_INFINITY, rest: 0 };

    /// A count.
    pub(super) fn of_count(count: usize) -> Rank {
        Rank { rounded: count as f64, rest: 0 }
    }

    /// A number as it stands in JSON; `None` when it is none, or beyond all floats.
    pub(super) fn of_number(text: &[u8]) -> Option<Rank> {
        let text = std::str::from_utf8(text).ok()?;
        let rounded = text.parse::<f64>().ok().filter(|number| number.is_finite())?;
        let whole = text.parse::<i128>().ok().filter(|n| n.unsigned_abs() <= u64::MAX.into());
        let rest = whole.and_then(|whole| i16::try_from(whole - rounded as i128).ok());
        Some(Rank { rounded, rest: rest.unwrap_or(0) })
    }

    /// The number with the other sign.
    pub(super) fn negated(self) -> Rank {
        Rank { rounded: -self.rounded, rest: -self.rest }
    }

    /// Which of two is greater.
    pub(super) fn compare(self, other: Rank) -> Ordering {
        let rounded = self.rounded.partial_cmp(&other.rounded).unwrap_or(Ordering::Equal);
        rounded.then(self.rest.cmp(&other.rest))
    }
}

impl Default for Rank {
    fn default() -> Rank {
        Rank::of_count(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_as_they_are_written() {
        let rising = [
            "-1e300",
            "-18446744073709551615",
            "-9007199254740993",
            "-9007199254740992",
            "-0.5",
            "0",
            "0.5",
            "1e3",
            "1000.5",
            "9007199254740992.0",
            "9007199254740993",
            "9007199254740994",
            "1700000000123456788",
            "1700000000123456789",
            "9223372036854775807",
            "9223372036854775808",
            "18446744073709551614",
            "18446744073709551615",
            "1e300",
        ];
        let rank = |text: &str| Rank::of_number(text.as_bytes()).unwrap();
        for two in rising.windows(2) {
            let (one, other) = (rank(two[0]), rank(two[1]));
            assert_eq!(one.compare(other), Ordering::Less, "{two:?}");
            assert_eq!(one.negated().compare(other.negated()), Ordering::Greater, "{two:?}");
            assert_eq!(Rank::NONE.compare(one), Ordering::Less);
        }
        assert_eq!(rank("-0").compare(rank("0.0")), Ordering::Equal);
        assert_eq!(rank("5").compare(rank("5.0")), Ordering::Equal);
        for none in ["null", "\"5\"", "1e999", "", "[1]", "true"] {
            assert_eq!(Rank::of_number(none.as_bytes()), None, "{none}");
        }
    }
}
