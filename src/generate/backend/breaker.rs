//! When a backend is worth no more requests.
//!
//! A run against a server that does not work any more costs a night and ends with nothing. So the faults of all
//! requests to it are looked at together. Many requests are in flight at a time, and when the server stumbles once,
//! all of them fail at once: that is one fault, not many. A fault therefore counts only if its request was sent
//! after the fault before it had come.

use std::collections::VecDeque;
use std::time::Duration;

use super::class::Class;

/// Faults in a row.
const ROW: u32 = 20;
/// Requests that are looked back at, of which more than half must not have failed. A limit of pace is no failure
/// here: who is told to wait, waits.
const LOOK_BACK: usize = 40;
/// Time since the first fault of a row.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// The faults of a backend.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    /// Faults since the last success.
    row: u32,
    /// When the first of them came.
    since: Duration,
    /// When the last fault that counts came.
    last: Option<Duration>,
    /// The last requests: which failed.
    past: VecDeque<bool>,
}

impl Breaker {
    /// A request was answered.
    pub(super) fn success(&mut self) {
        self.row = 0;
        self.note(false);
    }

    /// A request that was sent at `sent` failed at `now`: the reason to give the backend up, if it is one.
    pub(super) fn fault(&mut self, class: Class, sent: Duration, now: Duration) -> Option<String> {
        if self.last.is_some_and(|last| sent < last) {
            return None;
        }
        self.last = Some(now);
        if self.row == 0 {
            self.since = now;
        }
        self.row += 1;
        if class != Class::RateLimited {
            self.note(true);
        }
        let failed = self.past.iter().filter(|failed| **failed).count();
        if self.row >= ROW {
            let seconds = now.saturating_sub(self.since).as_secs_f64().ceil();
            Some(format!("{} faults in a row, within {seconds} s", self.row))
        } else if self.past.len() == LOOK_BACK && failed > LOOK_BACK / 2 {
            Some(format!("{failed} of the last {LOOK_BACK} requests failed"))
        } else if now.saturating_sub(self.since) >= PATIENCE {
            Some(format!("no answer for {} minutes", PATIENCE.as_secs() / 60))
        } else {
            None
        }
    }

    fn note(&mut self, failed: bool) {
        if self.past.len() == LOOK_BACK {
            self.past.pop_front();
        }
        self.past.push_back(failed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn twenty_in_a_row_are_enough() {
        let mut breaker = Breaker::default();
        for second in 0..19 {
            assert_eq!(breaker.fault(Class::RateLimited, at(second), at(second)), None);
        }
        breaker.success();
        for second in 20..39 {
            assert_eq!(breaker.fault(Class::RateLimited, at(second), at(second)), None);
        }
        let end = breaker.fault(Class::RateLimited, at(39), at(39));
        assert_eq!(end.as_deref(), Some("20 faults in a row, within 19 s"));
    }

    #[test]
    fn what_fails_together_counts_once() {
        let mut breaker = Breaker::default();
        for round in 0..19 {
            for _ in 0..256 {
                assert_eq!(breaker.fault(Class::Connect, at(2 * round), at(2 * round + 1)), None);
            }
        }
        assert!(breaker.fault(Class::Connect, at(38), at(39)).is_some());
    }

    #[test]
    fn more_than_half_of_the_last_forty() {
        let mut breaker = Breaker::default();
        let mut end = None;
        for second in 0..41 {
            if second % 2 == 0 {
                assert_eq!(end, None, "{second}");
                end = breaker.fault(Class::Server, at(second), at(second));
            } else {
                breaker.success();
            }
        }
        assert_eq!(end, None, "half is not more than half");
        let end = breaker.fault(Class::Server, at(41), at(41));
        assert_eq!(end.as_deref(), Some("21 of the last 40 requests failed"));
    }

    #[test]
    fn a_limit_of_pace_is_no_failure_of_the_server() {
        let mut breaker = Breaker::default();
        for round in 0..200 {
            for fault in 0..10 {
                let now = at(20 * round + fault);
                assert_eq!(breaker.fault(Class::RateLimited, now, now), None);
            }
            breaker.success();
        }
    }

    #[test]
    fn five_minutes_of_faults_are_enough_and_of_work_are_not() {
        let mut breaker = Breaker::default();
        breaker.success();
        assert_eq!(breaker.fault(Class::Silence, at(1000), at(1600)), None, "the first of a row");
        assert_eq!(breaker.fault(Class::Silence, at(1600), at(1899)), None);
        let end = breaker.fault(Class::Silence, at(1899), at(1900));
        assert_eq!(end.as_deref(), Some("no answer for 5 minutes"));
    }
}
