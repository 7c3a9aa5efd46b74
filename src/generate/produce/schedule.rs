//! Which examples are tried next.
//!
//! Every example of the data set has a slot, and with it the cell that it counts for. What was rejected is tried
//! again before anything new is begun, so that a cell that lags behind catches up first. A cell that rejects one
//! example after the other is closed; what it lacks is made of the others, as their quotas are to each other.

use std::collections::VecDeque;

/// Rejections in a row after which a cell is closed. Where three in four are rejected, one run of twenty in three
/// hundred has no other; where one in two is, one in a million.
pub(in crate::generate) const PATIENCE: u32 = 20;

/// An example to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::generate) struct Ticket {
    pub slot: u64,
    pub attempt: u32,
    /// The cell that it is made for, which is the slot's own unless that is closed.
    pub cell: usize,
}

/// Hands out tickets. What is handed out depends on what became of earlier ones alone.
#[derive(Debug)]
pub(in crate::generate) struct Schedule {
    count: u64,
    most: u64,
    next: u64,
    issued: u64,
    /// Of these, tries at which the models failed.
    lost: u64,
    again: VecDeque<Ticket>,
    accepted: u64,
    cells: Vec<Progress>,
}

/// How far a cell is.
#[derive(Debug, Clone, Default)]
struct Progress {
    quota: u64,
    /// Slots that count for it now, with those taken over from closed ones.
    assigned: u64,
    accepted: u64,
    /// Rejections since the last example that was accepted.
    streak: u32,
    closed: bool,
}

impl Schedule {
    /// For `count` examples of cells with these quotas, of which at most `most` are tried.
    pub(in crate::generate) fn new(
        count: u64,
        most: u64,
        quotas: impl Iterator<Item = u64>,
    ) -> Schedule {
        let cells = quotas.map(|quota| Progress { quota, assigned: quota, ..Progress::default() });
        Schedule {
            count,
            most,
            next: 0,
            issued: 0,
            lost: 0,
            again: VecDeque::new(),
            accepted: 0,
            cells: cells.collect(),
        }
    }

    /// The next batch of at most `size`; empty if nothing more can be tried now. `cell_of` knows the cell of a slot.
    pub(in crate::generate) fn batch(
        &mut self,
        size: usize,
        cell_of: impl Fn(u64) -> usize,
    ) -> Vec<Ticket> {
        let mut batch = Vec::with_capacity(size);
        while batch.len() < size && self.issued < self.most {
            let ticket = match self.again.pop_front() {
                Some(ticket) => ticket,
                None if self.next < self.count => {
                    let slot = self.next;
                    self.next += 1;
                    Ticket { slot, attempt: 0, cell: cell_of(slot) }
                }
                None => break,
            };
            let Some(cell) = self.open_cell(ticket.cell) else { break };
            self.issued += 1;
            batch.push(Ticket { cell, ..ticket });
        }
        batch
    }

    /// Takes back tickets that nobody has tried, in the order in which they were handed out.
    pub(in crate::generate) fn put_back(&mut self, tickets: VecDeque<Ticket>) {
        self.issued = self.issued.saturating_sub(tickets.len() as u64);
        for ticket in tickets.into_iter().rev() {
            self.again.push_front(ticket);
        }
    }

    /// Notes that the example was accepted.
    pub(in crate::generate) fn accept(&mut self, ticket: Ticket) {
        self.accepted += 1;
        if let Some(cell) = self.cells.get_mut(ticket.cell) {
            cell.accepted += 1;
            cell.streak = 0;
        }
    }

    /// Notes that it was not. True if its cell is closed by that.
    pub(in crate::generate) fn reject(&mut self, ticket: Ticket) -> bool {
        self.try_again(ticket);
        let Some(cell) = self.cells.get_mut(ticket.cell) else { return false };
        cell.streak = cell.streak.saturating_add(1);
        let closes = !cell.closed && cell.streak >= PATIENCE;
        cell.closed |= closes;
        closes
    }

    /// Notes that the models failed at it. That says nothing about its cell, which stays open.
    pub(in crate::generate) fn lose(&mut self, ticket: Ticket) {
        self.lost += 1;
        self.try_again(ticket);
    }

    /// Others take over: tries at which the models failed are none of theirs.
    pub(in crate::generate) fn forgive(&mut self) {
        self.issued = self.issued.saturating_sub(std::mem::take(&mut self.lost));
    }

    /// Were all tries lost, and some made?
    pub(in crate::generate) fn lost_all(&self) -> bool {
        self.lost > 0 && self.lost == self.issued
    }

    fn try_again(&mut self, ticket: Ticket) {
        self.again.push_back(Ticket { attempt: ticket.attempt.saturating_add(1), ..ticket });
    }

    /// Are all examples there?
    pub(in crate::generate) fn is_done(&self) -> bool {
        self.accepted >= self.count
    }

    /// May no more be tried?
    pub(in crate::generate) fn is_spent(&self) -> bool {
        self.issued >= self.most
    }

    /// Examples that were handed out.
    pub(in crate::generate) fn issued(&self) -> u64 {
        self.issued
    }

    /// Accepted examples and quota of each cell, and whether it is closed.
    pub(in crate::generate) fn cells(&self) -> impl Iterator<Item = (u64, u64, bool)> {
        self.cells.iter().map(|cell| (cell.accepted, cell.quota, cell.closed))
    }

    /// The cell itself, or if it is closed the open one that has taken over least beyond its quota, for its size;
    /// none if all are closed.
    fn open_cell(&mut self, cell: usize) -> Option<usize> {
        if self.cells.get(cell).is_some_and(|cell| !cell.closed) {
            return Some(cell);
        }
        // assigned / quota, compared crosswise.
        let share = |of: &Progress, by: &Progress| u128::from(of.assigned) * u128::from(by.quota);
        let open = self.cells.iter().enumerate().filter(|(_, cell)| !cell.closed && cell.quota > 0);
        let (at, _) =
            open.min_by(|(_, one), (_, other)| share(one, other).cmp(&share(other, one)))?;
        if let Some(cell) = self.cells.get_mut(at) {
            cell.assigned += 1;
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(batch: &[Ticket]) -> Vec<(u64, u32)> {
        batch.iter().map(|ticket| (ticket.slot, ticket.attempt)).collect()
    }

    #[test]
    fn what_failed_is_tried_again_before_anything_new() {
        let mut schedule = Schedule::new(6, 100, [3, 3].into_iter());
        let cell_of = |slot: u64| (slot % 2) as usize;
        let batch = schedule.batch(4, cell_of);
        assert_eq!(slots(&batch), [(0, 0), (1, 0), (2, 0), (3, 0)]);
        schedule.accept(batch[0]);
        schedule.reject(batch[1]);
        schedule.accept(batch[2]);
        schedule.reject(batch[3]);
        let batch = schedule.batch(4, cell_of);
        assert_eq!(slots(&batch), [(1, 1), (3, 1), (4, 0), (5, 0)]);
        batch.iter().for_each(|ticket| schedule.accept(*ticket));
        assert!(schedule.is_done() && schedule.batch(4, cell_of).is_empty());
    }

    #[test]
    fn what_nobody_tried_is_handed_out_again_first_and_does_not_count() {
        let mut schedule = Schedule::new(6, 6, [6].into_iter());
        let first = schedule.batch(4, |_| 0);
        schedule.accept(first[0]);
        schedule.put_back(first[1..].iter().copied().collect());
        assert_eq!(schedule.issued(), 1);
        assert_eq!(slots(&schedule.batch(10, |_| 0)), [(1, 0), (2, 0), (3, 0), (4, 0), (5, 0)]);
    }

    #[test]
    fn no_more_is_tried_than_allowed() {
        let mut schedule = Schedule::new(10, 7, [10].into_iter());
        let mut tried = 0;
        loop {
            let batch = schedule.batch(3, |_| 0);
            if batch.is_empty() {
                break;
            }
            tried += batch.len();
            for ticket in batch {
                schedule.reject(ticket);
            }
        }
        assert!(tried == 7 && schedule.is_spent() && !schedule.is_done());
    }

    #[test]
    fn a_cell_that_fails_is_closed_and_the_others_make_up_for_it() {
        let mut schedule = Schedule::new(30, 1000, [10, 10, 10].into_iter());
        let cell_of = |slot: u64| (slot % 3) as usize;
        let mut closed = 0;
        while !schedule.is_done() {
            let batch = schedule.batch(10, cell_of);
            assert!(!batch.is_empty());
            for ticket in batch {
                match ticket.cell {
                    1 => closed += u32::from(schedule.reject(ticket)),
                    _ => schedule.accept(ticket),
                }
            }
        }
        assert_eq!(closed, 1);
        let cells: Vec<_> = schedule.cells().collect();
        assert_eq!(cells, [(15, 10, false), (0, 10, true), (15, 10, false)]);
    }

    #[test]
    fn what_was_lost_closes_nothing_and_is_forgiven_to_others() {
        let mut schedule = Schedule::new(10, 30, [10].into_iter());
        for _ in 0..3 {
            for ticket in schedule.batch(10, |_| 0) {
                schedule.lose(ticket);
            }
        }
        assert!(schedule.is_spent() && schedule.lost_all() && schedule.batch(10, |_| 0).is_empty());
        schedule.forgive();
        assert_eq!(schedule.issued(), 0);
        schedule.batch(10, |_| 0).into_iter().for_each(|ticket| schedule.accept(ticket));
        assert!(schedule.is_done() && !schedule.lost_all());
    }

    #[test]
    fn nothing_is_handed_out_when_every_cell_is_closed() {
        let mut schedule = Schedule::new(50, 1000, [50].into_iter());
        let first = schedule.batch(50, |_| 0);
        for ticket in first {
            schedule.reject(ticket);
        }
        assert!(schedule.batch(50, |_| 0).is_empty() && !schedule.is_spent());
    }
}
