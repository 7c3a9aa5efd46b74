//! Numbers as people read them, and what the `--report` files of all tools begin with.
//!
//! The text is for people and may change; the JSON is an interface and does not. Nothing here depends on
//! the locale: the decimal point is `.`, thousands are separated by `,`.

use std::time::Duration;

use serde_json::{Map, Value};

/// The version of the `--report` format and of the JSON findings. It grows when a key goes or changes
/// its meaning, not when one is added.
pub const SCHEMA: u64 = 1;

/// What every `--report` begins with: `schema`, `tool` and `version`, in this order.
///
/// The caller adds its own keys and writes the map as one line with
/// [`to_json_line`](super::json::to_json_line).
pub fn report_header(tool: &str) -> Map<String, Value> {
    let mut report = Map::new();
    report.insert("schema".to_owned(), SCHEMA.into());
    report.insert("tool".to_owned(), tool.into());
    report.insert("version".to_owned(), env!("CARGO_PKG_VERSION").into());
    report
}

/// `n` with thousands separated: `1,234,567`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `n` of `noun`, with thousands separated: `1 record`, `1,234 records`. The plural takes an `s`.
pub fn plural(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(n), if n == 1 { "" } else { "s" })
}

/// A number of bytes in decimal units with one decimal: `999 bytes`, `968.1 MB`.
pub fn bytes(n: u64) -> String {
    if n < 1000 { plural(n, "byte") } else { scaled(n as f64) }
}

/// How many bytes a second: `2.7 GB/s`. Time that cannot be told from none gives `-`.
pub fn rate(bytes: u64, time: Duration) -> String {
    let per_second = bytes as f64 / time.as_secs_f64();
    if per_second.is_finite() { format!("{}/s", scaled(per_second)) } else { "-".to_owned() }
}

/// A time as it is said: `0.12 s`, `1.4 s`, `59 s`, `3 min 20 s`, `2 h 5 min`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let whole = seconds.round() as u64;
    match whole {
        _ if seconds < 0.995 => format!("{seconds:.2} s"),
        _ if seconds < 9.95 => format!("{seconds:.1} s"),
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// At least 1 with the largest unit that keeps it so; the next unit where rounding would show `1000.0`.
fn scaled(n: f64) -> String {
    let mut n = n;
    for unit in ["B", "kB", "MB", "GB", "TB", "PB"] {
        if unit == "B" && n < 999.5 {
            return format!("{n:.0} B");
        }
        if unit != "B" && n < 999.95 {
            return format!("{n:.1} {unit}");
        }
        n /= 1000.0;
    }
    format!("{n:.1} EB")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        let table = [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")];
        for (n, text) in table {
            assert_eq!(count(n), text);
        }
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
    }

    #[test]
    fn one_is_singular() {
        assert_eq!(plural(0, "record"), "0 records");
        assert_eq!(plural(1, "record"), "1 record");
        assert_eq!(plural(1234, "record"), "1,234 records");
    }

    #[test]
    fn bytes_have_decimal_units() {
        let table = [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (999_949, "999.9 kB"),
            (999_950, "1.0 MB"),
            (968_123_456, "968.1 MB"),
            (u64::MAX, "18.4 EB"),
        ];
        for (n, text) in table {
            assert_eq!(bytes(n), text);
        }
    }

    #[test]
    fn a_rate_is_per_second() {
        assert_eq!(rate(5_400_000_000, Duration::from_secs(2)), "2.7 GB/s");
        assert_eq!(rate(10, Duration::from_secs(1)), "10 B/s");
        assert_eq!(rate(10, Duration::ZERO), "-");
        assert_eq!(rate(0, Duration::ZERO), "-");
    }

    #[test]
    fn a_duration_is_as_exact_as_it_is_long() {
        let table = [
            (120, "0.12 s"),
            (996, "1.0 s"),
            (1400, "1.4 s"),
            (9_960, "10 s"),
            (59_400, "59 s"),
            (59_600, "1 min 0 s"),
            (200_000, "3 min 20 s"),
            (7_500_000, "2 h 5 min"),
        ];
        for (millis, text) in table {
            assert_eq!(duration(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn a_report_begins_with_schema_tool_version() {
        let report = report_header("chatml-validate");
        let text = serde_json::to_string(&report).unwrap();
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            text,
            format!(r#"{{"schema":1,"tool":"chatml-validate","version":"{version}"}}"#)
        );
    }
}
