//! So much a minute, evenly.
//!
//! Servers count in windows that nobody knows. What is spaced evenly keeps every window: after something of cost c
//! the next one waits c / limit of a minute. So there is no store of saved-up requests, and the state is one time.

use std::time::Duration;

/// A limit of so much a minute.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    /// Seconds that a unit costs.
    unit: f64,
    /// When the next may go.
    next: f64,
}

impl Bucket {
    /// At most `per_minute`; 0 counts as 1.
    pub(super) fn new(per_minute: u64) -> Bucket {
        Bucket { unit: 60.0 / per_minute.max(1) as f64, next: 0.0 }
    }

    /// When the next may go.
    pub(super) fn ready(&self) -> Duration {
        Duration::from_secs_f64(self.next)
    }

    /// Something of this cost goes now.
    pub(super) fn take(&mut self, now: Duration, cost: u64) {
        self.next = self.next.max(now.as_secs_f64()) + cost as f64 * self.unit;
    }

    /// What was taken as `estimated` has cost `real`.
    pub(super) fn correct(&mut self, estimated: u64, real: u64) {
        self.next = (self.next + (real as f64 - estimated as f64) * self.unit).max(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_of_a_minute_holds_more_than_the_limit() {
        for limit in [1, 7, 60, 500] {
            let mut bucket = Bucket::new(limit);
            let mut now = Duration::from_secs(5);
            let mut sent = Vec::new();
            for _ in 0..3 * limit {
                now = now.max(bucket.ready());
                bucket.take(now, 1);
                sent.push(now);
            }
            for (at, start) in sent.iter().enumerate() {
                let end = *start + Duration::from_millis(59_999);
                let window = sent[at..].iter().take_while(|sent| **sent <= end).count();
                assert!(window as u64 <= limit, "{window} of {limit}");
            }
        }
    }

    #[test]
    fn an_estimate_is_put_right() {
        let mut bucket = Bucket::new(6000);
        bucket.take(Duration::from_secs(10), 1000);
        assert_eq!(bucket.ready(), Duration::from_secs(20));
        bucket.correct(1000, 400);
        assert_eq!(bucket.ready(), Duration::from_secs(14));
        bucket.correct(0, 100);
        assert_eq!(bucket.ready(), Duration::from_secs(15));
        bucket.correct(10_000, 0);
        assert_eq!(bucket.ready(), Duration::ZERO);
    }
}
