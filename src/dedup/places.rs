//! Where lines stand: one number for all lines of all inputs, and the way back.
//!
//! What is kept of millions of records must be small, so a place is 32 bits: the number of lines before it in
//! all that is read, other data first.

use crate::error::{Error, Result};

/// Lines side by side of one input.
#[derive(Debug)]
struct Run {
    /// The number of the input's name.
    name: usize,
    /// The place of the first of them.
    place: u32,
    /// Its number in the input, from 1.
    line: u64,
}

/// The inputs so far, and how many lines they have.
#[derive(Debug, Default)]
pub(super) struct Places {
    names: Vec<String>,
    runs: Vec<Run>,
    next: u32,
}

impl Places {
    /// A further input begins.
    pub(super) fn begin(&mut self, name: &str) {
        self.begin_at(name, 1);
    }

    fn begin_at(&mut self, name: &str, line: u64) {
        if self.names.last().is_none_or(|last| last != name) {
            self.names.push(name.to_owned());
        }
        self.runs.push(Run { name: self.names.len() - 1, place: self.next, line });
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

    /// The place of a line of which those before need not be there.
    pub(super) fn next_of(&mut self, name: &str, line: u64) -> Result<u32> {
        let (last, next) = match self.runs.last() {
            Some(run) => {
                (self.names[run.name].as_str(), run.line + u64::from(self.next - run.place))
            }
            None => ("", 0),
        };
        if last != name || next != line {
            self.begin_at(name, line);
        }
        self.next()
    }

    /// Lines so far.
    pub(super) fn count(&self) -> u32 {
        self.next
    }

    /// The input and the number of a line, from 1.
    pub(super) fn line(&self, place: u32) -> (&str, u64) {
        let after = self.runs.partition_point(|run| run.place <= place);
        match after.checked_sub(1).and_then(|at| self.runs.get(at)) {
            Some(run) => (&self.names[run.name], run.line + u64::from(place - run.place)),
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

    #[test]
    fn lines_may_be_missing() {
        let mut places = Places::default();
        for (name, line) in [("a", 3), ("a", 4), ("a", 9), ("b", 9)] {
            places.next_of(name, line).unwrap();
        }
        let lines: Vec<_> = (0..4).map(|place| places.line(place)).collect();
        assert_eq!(lines, [("a", 3), ("a", 4), ("a", 9), ("b", 9)]);
    }
}
