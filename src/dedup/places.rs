//! Where lines stand: one number for all lines of all inputs, and the way back.
//!
//! What is kept of millions of records must be small, so a place is 32 bits: the number of lines before it in
//! all that is read, other data first.

use crate::error::{Error, Result};

/// The inputs so far, and how many lines they have.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// The names of inputs, with the place of the first line of each.
    inputs: Vec<(String, u32)>,
    next: u32,
}

impl Places {
    /// A further input begins.
    pub(super) fn begin(&mut self, name: &str) {
        self.inputs.push((name.to_owned(), self.next));
    }

    /// The place of the next line.
    pub(super) fn next(&mut self) -> Result<u32> {
        let place = self.next;
        // The last number is never a place.
        match place.checked_add(1) {
            Some(next) => self.next = next,
            None => {
                let what =
                    format!("more than {} lines; split the input and use --against", u32::MAX);
                return Err(Error::Unfit(what));
            }
        }
        Ok(place)
    }

    /// Lines so far.
    pub(super) fn count(&self) -> u32 {
        self.next
    }

    /// The input and the number of a line, from 1.
    pub(super) fn line(&self, place: u32) -> (&str, u64) {
        let after = self.inputs.partition_point(|(_, start)| *start <= place);
        match after.checked_sub(1).and_then(|at| self.inputs.get(at)) {
            Some((name, start)) => (name, u64::from(place - start) + 1),
            None => ("", u64::from(place) + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_leads_back_to_input_and_line() {
        let mut places = Places::default();
        for (name, lines) in [("a", 2), ("empty", 0), ("b", 3)] {
            places.begin(name);
            (0..lines).for_each(|_| assert!(places.next().is_ok()));
        }
        let lines: Vec<_> = (0..5).map(|place| places.line(place)).collect();
        assert_eq!(lines, [("a", 1), ("a", 2), ("b", 1), ("b", 2), ("b", 3)]);
        assert_eq!(places.count(), 5);
    }
}
