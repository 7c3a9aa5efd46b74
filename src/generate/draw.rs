//! Chance that can be had again: each example has a stream of its own.
//!
//! What is drawn for an example depends on the seed, its number, the attempt and the purpose, and on nothing that
//! was drawn for others. So the same examples come out with one worker or with many, in one run or in several, and
//! one more draw in one place changes nothing in another. The streams are ChaCha with 8 rounds, whose output is
//! defined apart from any machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a stream is for. The numbers are part of what makes the streams: they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Values of the axes.
    Axes = 1,
    /// Phrases of the grammar.
    Grammar = 2,
    /// What is shown to a model as an example.
    Shots = 3,
    /// Slips of the keyboard.
    Typos = 4,
    /// What is changed of a record.
    Change = 5,
    /// Which phrasing of a template is taken.
    Phrasing = 6,
    /// How long to wait before asking again.
    Jitter = 7,
    /// Which of several system prompts is taken.
    System = 8,
    /// What moves the person who begins a conversation.
    Opening = 9,
}

/// A stream of chance.
#[derive(Debug, Clone)]
pub struct Draw(ChaCha8Rng);

impl Draw {
    /// The stream for `attempt` at example `number` under `seed`.
    pub fn new(seed: u64, number: u64, attempt: u32, purpose: Purpose) -> Draw {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&number.to_le_bytes());
        key[16..20].copy_from_slice(&attempt.to_le_bytes());
        key[20] = purpose as u8;
        Draw(ChaCha8Rng::from_seed(key))
    }

    /// Any 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `end`, each as likely; 0 if `end` is 0.
    ///
    /// By multiplication (Lemire 2019) without the rejection: the bias is below `end` / 2^64.
    pub fn below(&mut self, end: usize) -> usize {
        let wide = u128::from(self.bits()) * end as u128;
        (wide >> 64) as usize
    }

    /// A number from 0 up to 1, with 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Does what has this `probability` happen?
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of `items`; none if there are none.
    pub fn choose<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// The place of one of the `weights`, each as likely as its weight says; none if all are 0. A weight that is
    /// negative or no number counts as 0.
    pub fn weighted(&mut self, weights: &[f64]) -> Option<usize> {
        let share = |weight: &f64| if *weight > 0.0 { *weight } else { 0.0 };
        let total: f64 = weights.iter().map(share).sum();
        let mut left = self.unit() * total;
        let mut last = None;
        for (at, weight) in weights.iter().map(share).enumerate() {
            if weight > 0.0 {
                last = Some(at);
                if left < weight {
                    break;
                }
                left -= weight;
            }
        }
        last
    }

    /// Puts `items` into an order of chance (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for end in (1..items.len()).rev() {
            items.swap(end, self.below(end + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_the_same_on_every_machine() {
        let mut draw = Draw::new(42, 7, 1, Purpose::Grammar);
        let drawn: Vec<u64> = (0..3).map(|_| draw.bits()).collect();
        assert_eq!(drawn, GOLDEN, "{drawn:?}");
    }

    const GOLDEN: [u64; 3] =
        [1_123_309_183_393_822_783, 6_143_192_316_622_376_288, 8_276_069_325_166_854_497];

    #[test]
    fn streams_differ_in_every_part_of_their_key() {
        let first = |mut draw: Draw| draw.bits();
        let all = [
            first(Draw::new(1, 1, 1, Purpose::Axes)),
            first(Draw::new(2, 1, 1, Purpose::Axes)),
            first(Draw::new(1, 2, 1, Purpose::Axes)),
            first(Draw::new(1, 1, 2, Purpose::Axes)),
            first(Draw::new(1, 1, 1, Purpose::Grammar)),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[at + 1..].contains(one), "{all:?}");
        }
    }

    #[test]
    fn weights_are_kept_and_zero_is_never_drawn() {
        let mut draw = Draw::new(5, 0, 0, Purpose::Axes);
        let mut counts = [0_u32; 4];
        for _ in 0..8000 {
            counts[draw.weighted(&[1.0, 0.0, 3.0, f64::NAN]).unwrap()] += 1;
        }
        assert_eq!((counts[1], counts[3]), (0, 0));
        assert!((1800..2200).contains(&counts[0]), "{counts:?}");
        assert_eq!(draw.weighted(&[0.0, -1.0]), None);
        assert_eq!((draw.weighted(&[]), draw.below(0)), (None, 0));
    }

    #[test]
    fn every_place_is_reached_and_no_other() {
        let mut draw = Draw::new(5, 0, 0, Purpose::Axes);
        let mut seen = [false; 7];
        for _ in 0..500 {
            seen[draw.below(7)] = true;
        }
        assert!(seen.iter().all(|seen| *seen));
        let mut items: Vec<u32> = (0..50).collect();
        draw.shuffle(&mut items);
        assert_ne!(items, (0..50).collect::<Vec<u32>>());
        items.sort_unstable();
        assert_eq!(items, (0..50).collect::<Vec<u32>>());
    }
}
