//! Decimal numbers, so that a sum in an answer is the sum that a person would write.
//!
//! In binary, 3 times 19.90 is 59.699999999999996, and whether half a cent is rounded up depends on bits that nobody
//! sees. Here a number is a whole count of billionths.

/// Decimal places that are kept.
const PLACES: u32 = 9;

/// 1 in billionths.
const ONE: i128 = 1_000_000_000;

/// A number with nine decimal places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Fixed(i128);

impl Fixed {
    /// 0.
    pub(super) const ZERO: Fixed = Fixed(0);

    /// 1.
    pub(super) const UNIT: Fixed = Fixed(ONE);

    /// A number as it is written in decimals, such as `-12.50`; none if it is anything else or has more places.
    pub(super) fn parse(text: &str) -> Option<Fixed> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let wrong = |text: &str| text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit());
        // 18 digits times ONE are far below the end of the type.
        if wrong(whole) || wrong(part) || whole.len() > 18 || part.len() > PLACES as usize {
            return None;
        }
        let scale = 10_i128.pow(PLACES - part.len() as u32);
        let value = whole.parse::<i128>().ok()? * ONE + part.parse::<i128>().ok()? * scale;
        Some(Fixed(if negative { -value } else { value }))
    }

    /// The number as it is typed; none if it cannot be held.
    pub(super) fn of(number: f64) -> Option<Fixed> {
        Fixed::parse(&number.to_string())
    }

    /// The sum, if it can be held.
    pub(super) fn plus(self, other: Fixed) -> Option<Fixed> {
        self.0.checked_add(other.0).map(Fixed)
    }

    /// The difference, if it can be held.
    pub(super) fn minus(self, other: Fixed) -> Option<Fixed> {
        self.0.checked_sub(other.0).map(Fixed)
    }

    /// The product, rounded half away from zero, if it can be held.
    pub(super) fn times(self, other: Fixed) -> Option<Fixed> {
        Some(Fixed(quotient(self.0.checked_mul(other.0)?, ONE)))
    }

    /// The quotient, rounded half away from zero; none for a division by zero.
    pub(super) fn over(self, other: Fixed) -> Option<Fixed> {
        (other.0 != 0).then_some(())?;
        Some(Fixed(quotient(self.0.checked_mul(ONE)?, other.0)))
    }

    /// What is left of a division: never negative; none for a division by zero.
    pub(super) fn modulo(self, other: Fixed) -> Option<Fixed> {
        self.0.checked_rem_euclid(other.0).map(Fixed)
    }

    /// The greatest whole number that is not greater.
    pub(super) fn floor(self) -> Fixed {
        Fixed(self.0.div_euclid(ONE).saturating_mul(ONE))
    }

    /// The number with so many decimal places, rounded half away from zero.
    pub(super) fn round(self, places: u32) -> Fixed {
        let unit = 10_i128.pow(PLACES - places.min(PLACES));
        Fixed(quotient(self.0, unit).saturating_mul(unit))
    }

    /// How often `step` fits from here up to `end`; none if never, or `step` is not above 0.
    pub(super) fn steps(self, end: Fixed, step: Fixed) -> Option<u64> {
        let way = end.0.checked_sub(self.0).filter(|way| *way >= 0 && step.0 > 0)?;
        u64::try_from(way / step.0).ok()
    }

    /// This number and `count` times `step`.
    pub(super) fn stepped(self, step: Fixed, count: u64) -> Fixed {
        Fixed(self.0.saturating_add(step.0.saturating_mul(i128::from(count))))
    }

    /// Decimal places that it has.
    pub(super) fn places(self) -> u32 {
        (0..PLACES).find(|places| self.round(*places) == self).unwrap_or(PLACES)
    }

    /// Appends it with so many decimal places, or as many as it has.
    pub(super) fn write(self, places: Option<u32>, out: &mut String) {
        use std::fmt::Write;
        let places = places.unwrap_or_else(|| self.places()).min(PLACES);
        let rounded = self.round(places).0;
        let sign = if rounded < 0 { "-" } else { "" };
        let (whole, part) =
            (rounded.unsigned_abs() / ONE as u128, rounded.unsigned_abs() % ONE as u128);
        // A String takes everything.
        let _ = match places {
            0 => write!(out, "{sign}{whole}"),
            _ => {
                let part = part / 10_u128.pow(PLACES - places);
                write!(out, "{sign}{whole}.{part:0width$}", width = places as usize)
            }
        };
    }
}

/// The quotient, rounded half away from zero.
fn quotient(number: i128, by: i128) -> i128 {
    let (whole, left) = (number / by, number % by);
    let up = left.unsigned_abs() >= by.unsigned_abs() - left.unsigned_abs();
    if left == 0 || !up { whole } else { whole + (number.signum() * by.signum()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(text: &str) -> Fixed {
        Fixed::parse(text).unwrap()
    }

    fn shown(number: Fixed, places: Option<u32>) -> String {
        let mut out = String::new();
        number.write(places, &mut out);
        out
    }

    #[test]
    fn sums_are_those_of_paper() {
        let price = fixed("19.90");
        assert_eq!(shown(price.times(fixed("3")).unwrap(), Some(2)), "59.70");
        assert_eq!(shown(price.times(fixed("0.19")).unwrap(), None), "3.781");
        assert_eq!(shown(fixed("0.125").round(2), None), "0.13");
        assert_eq!(shown(fixed("-0.125").round(2), None), "-0.13");
        assert_eq!(shown(fixed("10").over(fixed("3")).unwrap(), None), "3.333333333");
        assert_eq!(shown(fixed("2").over(fixed("3")).unwrap(), Some(2)), "0.67");
        assert_eq!(shown(fixed("-7").modulo(fixed("3")).unwrap(), None), "2");
        assert_eq!(shown(fixed("-2.5").floor(), Some(1)), "-3.0");
        assert_eq!(shown(fixed("-0.001"), Some(2)), "0.00");
    }

    #[test]
    fn what_cannot_be_held_is_none() {
        assert_eq!(fixed("1").over(Fixed::ZERO), None);
        assert_eq!(fixed("1").modulo(Fixed::ZERO), None);
        let large = fixed("999999999999999999");
        assert_eq!(large.times(large), None);
        for text in ["", "-", "1.", ".5", "1e5", "1,5", "0.0000000001", "9999999999999999999"] {
            assert_eq!(Fixed::parse(text), None, "{text}");
        }
        assert_eq!((Fixed::of(f64::NAN), Fixed::of(0.1)), (None, Some(fixed("0.1"))));
    }

    #[test]
    fn steps_reach_the_end() {
        assert_eq!(fixed("0.5").steps(fixed("2"), fixed("0.5")), Some(3));
        assert_eq!(fixed("0").steps(fixed("1"), fixed("0.3")), Some(3));
        assert_eq!(fixed("2").steps(fixed("1"), fixed("1")), None);
        assert_eq!(fixed("0").steps(fixed("1"), Fixed::ZERO), None);
        assert_eq!(fixed("0.5").stepped(fixed("0.5"), 3), fixed("2"));
    }
}
