//! The numbers of a range, each as text with as many digits as the range was written with.

use super::Values;

/// How many numbers there are; 0 for other values.
pub(super) fn steps(values: &Values) -> u64 {
    let Values::Number { min, max, step } = values else { return 0 };
    // 0.1 is no binary number: a range of 0 to 1 in tenths would lose its end without the grain.
    ((max - min) / step + 1e-9).floor() as u64 + 1
}

/// The number after so many steps.
pub(super) fn text(values: &Values, steps: u64) -> String {
    let Values::Number { min, step, .. } = values else { return String::new() };
    let digits = digits(*min).max(digits(*step));
    let number = min + steps as f64 * step;
    // Not "-0".
    let number = if number == 0.0 { 0.0 } else { number };
    format!("{number:.digits$}")
}

/// Digits behind the point.
fn digits(number: f64) -> usize {
    number.to_string().split_once('.').map_or(0, |(_, behind)| behind.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_reached_and_digits_kept() {
        let all = |min, max, step| {
            let values = Values::Number { min, max, step };
            (0..steps(&values)).map(|at| text(&values, at)).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(all(0.0, 1.0, 0.25), "0.00 0.25 0.50 0.75 1.00");
        assert_eq!(all(0.1, 0.5, 0.1), "0.1 0.2 0.3 0.4 0.5");
        assert_eq!(all(-1.0, 1.0, 1.0), "-1 0 1");
        assert_eq!(all(5.0, 7.5, 2.0), "5 7");
        assert_eq!(all(3.0, 3.0, 1.0), "3");
    }
}
