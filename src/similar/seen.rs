//! Which keys were there before, and where first: 20 bytes a key and some.

use super::buckets::{Buckets, Entry};
use super::key::Key;

/// A key in four words, and where it was seen.
#[derive(Debug, Clone, Copy)]
struct Sighting([u32; 5]);

impl Entry for Sighting {
    /// 720 bytes on average; more would cost time, fewer would cost memory for the buckets.
    const MOST: usize = 48;

    fn top(self) -> u32 {
        self.0[0]
    }
}

/// Keys with where each was seen first.
#[derive(Debug, Default)]
pub struct Seen(Buckets<Sighting>);

impl Seen {
    /// The places that have this key, in the order in which they were noted: more than one only where the
    /// caller has found that equal keys stand for different records.
    pub fn find(&self, key: Key) -> impl Iterator<Item = u32> {
        let words = words(key);
        self.0.near(words[0]).iter().filter(move |seen| seen.0[..4] == words).map(|seen| seen.0[4])
    }

    /// Notes a key at a place.
    pub fn insert(&mut self, key: Key, place: u32) {
        let [a, b, c, d] = words(key);
        self.0.insert(Sighting([a, b, c, d, place]));
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Is there no key?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The bytes they take.
    pub fn bytes(&self) -> usize {
        self.0.bytes()
    }
}

fn words(Key(key): Key) -> [u32; 4] {
    [(key >> 96) as u32, (key >> 64) as u32, (key >> 32) as u32, key as u32]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::similar::mix;

    #[test]
    fn a_key_takes_at_most_32_bytes() {
        let mut seen = Seen::default();
        let mut most = 0.0f64;
        for n in 0..200_000u32 {
            let half = |seed: u64| u128::from(mix(u64::from(n) + (seed << 40)));
            seen.insert(Key(half(1) << 64 | half(2)), n);
            if n > 1000 && n % 500 == 0 {
                most = most.max(seen.0.held() as f64 / f64::from(n + 1));
            }
        }
        assert!(most > 20.0 && most <= 32.0, "{most}");
        let told = seen.bytes() as f64 / seen.0.held() as f64;
        assert!((0.9..1.1).contains(&told), "what is told is {told} of what is held");
    }

    #[test]
    fn all_bits_of_a_key_count() {
        let mut seen = Seen::default();
        for bit in 0..128 {
            seen.insert(Key(1 << bit), bit);
        }
        for bit in 0..128 {
            assert_eq!(seen.find(Key(1 << bit)).collect::<Vec<_>>(), [bit]);
        }
        assert_eq!(seen.find(Key(0)).count(), 0);
    }
}
