//! How long to wait before asking again: what the server says, else longer each time.

use std::time::Duration;

use super::super::draw::Draw;
use super::class::Class;

/// The longest wait after the first fault. Half a second is what official clients of the usual servers take.
const FIRST: Duration = Duration::from_millis(500);
/// The longest wait of all: a server that restarts is back within it, and no one watches longer in doubt.
const MOST: Duration = Duration::from_secs(30);
/// The same where there is no connection: a server that is not there is found out soon. With 6 retries a dead
/// port is known after at most 1/4 + 1/2 + 1 + 2 + 4 + 4 s.
const FIRST_CONNECT: Duration = Duration::from_millis(250);
const MOST_CONNECT: Duration = Duration::from_secs(4);

/// What each wait is at least of the time that passed before the request was last sent again, which is longer than
/// it was to be where many requests wait for few slots.
const GROWTH: f64 = 1.25;

/// The wait before asking again after this many faults, the first being 1: doubled each time, and of it between
/// half and the whole, so that those who failed together do not come back together; but longer than the last time,
/// when `passed` went by between the fault and the next request.
pub(super) fn backoff(class: Class, faults: u32, passed: Duration, draw: &mut Draw) -> Duration {
    let (first, most) = match class {
        Class::Connect => (FIRST_CONNECT, MOST_CONNECT),
        _ => (FIRST, MOST),
    };
    let doubled = first.saturating_mul(1 << faults.saturating_sub(1).min(16)).min(most);
    doubled.mul_f64(0.5 + draw.unit() / 2.0).max(passed.mul_f64(GROWTH).min(most))
}

/// What the server asks to wait, from its headers `retry-after-ms`, `retry-after` (seconds or a date) and `date`;
/// `now` is the time in seconds since 1970, for servers that do not say which date it is.
///
/// None if it asks nothing that can be understood.
pub(super) fn asked(
    millis: Option<&str>,
    after: Option<&str>,
    date: Option<&str>,
    now: u64,
) -> Option<Duration> {
    let seconds = |text: &str| Duration::try_from_secs_f64(text.trim().parse().ok()?).ok();
    if let Some(wait) = millis.and_then(|text| seconds(text)?.checked_div(1000)) {
        return Some(wait);
    }
    let after = after?;
    seconds(after).or_else(|| {
        let then = http_date(after)?;
        // The clocks of two machines differ; the server means its own.
        let now = date.and_then(http_date).unwrap_or(now);
        Some(Duration::from_secs(then.saturating_sub(now)))
    })
}

/// Seconds since 1970 of a date such as `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that servers may send.
fn http_date(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.trim().split([' ', ',']).filter(|word| !word.is_empty());
    let _weekday = words.next()?;
    let day: u64 = words.next()?.parse().ok().filter(|day| (1..=31).contains(day))?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)? as u64 + 1;
    let year: u64 = words.next()?.parse().ok().filter(|year| (1970..=9999).contains(year))?;
    let mut clock = words.next()?.split(':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    if words.next() != Some("GMT") || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Days before a date, with the year beginning in March so that the leap day is its last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    let days = days.checked_sub(719_468)?;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::super::super::draw::Purpose;
    use super::*;

    #[test]
    fn waits_grow_up_to_a_limit_and_never_shrink_below_half() {
        let mut draw = Draw::new(1, 2, 3, Purpose::Jitter);
        for (faults, most) in
            [(1, 0.5), (2, 1.0), (5, 8.0), (7, 30.0), (60, 30.0), (u32::MAX, 30.0)]
        {
            for _ in 0..50 {
                let wait = backoff(Class::Server, faults, Duration::ZERO, &mut draw).as_secs_f64();
                assert!((most / 2.0..=most).contains(&wait), "{faults}: {wait}");
            }
        }
        let dead: f64 = (1..=6)
            .map(|faults| backoff(Class::Connect, faults, Duration::ZERO, &mut draw).as_secs_f64())
            .sum();
        assert!(dead <= 11.75, "{dead}");
    }

    #[test]
    fn a_wait_is_longer_than_the_last_time() {
        let mut draw = Draw::new(1, 2, 3, Purpose::Jitter);
        let passed = Duration::from_secs(8);
        assert_eq!(backoff(Class::Server, 2, passed, &mut draw), Duration::from_secs(10));
        assert_eq!(backoff(Class::Server, 2, passed * 9, &mut draw), Duration::from_secs(30));
    }

    #[test]
    fn waits_that_a_server_asks_for_are_read() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        let later = "Sun, 06 Nov 1994 08:49:39 GMT";
        let table = [
            (Some("2500"), Some("9"), None, Some(2500)),
            (None, Some("2"), None, Some(2000)),
            (None, Some(" 0.25 "), None, Some(250)),
            (None, Some("0"), None, Some(0)),
            (None, Some("-1"), None, None),
            (None, Some("soon"), None, None),
            (None, Some("NaN"), None, None),
            (Some("x"), Some("1"), None, Some(1000)),
            (None, Some(later), Some(date), Some(2000)),
            (None, Some(date), Some(later), Some(0)),
            (None, Some(date), None, Some(777_000)),
            (None, None, Some(date), None),
        ];
        for (millis, after, date, wanted) in table {
            let wait = asked(millis, after, date, 784_111_777 - 777);
            assert_eq!(wait, wanted.map(Duration::from_millis), "{millis:?} {after:?} {date:?}");
        }
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        let table = [
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Tue, 29 Feb 2000 23:59:59 GMT", Some(951_868_799)),
            ("Wed, 01 Mar 2000 00:00:00 GMT", Some(951_868_800)),
            ("Mon, 23 Nov 2026 05:20:18 GMT", Some(1_795_411_218)),
            ("Mon, 23 Nov 2026 05:20:18 CET", None),
            ("Mon, 32 Nov 2026 05:20:18 GMT", None),
            ("Mon, 23 Nov 2026 25:20:18 GMT", None),
            ("Mon, 23 Nov 2026", None),
            ("", None),
        ];
        for (text, wanted) in table {
            assert_eq!(http_date(text), wanted, "{text}");
        }
    }
}
