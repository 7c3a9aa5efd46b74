//! Which examples are tried next.
//!
//! Every example of the data set has a slot, and with it the cell that it counts for. What was rejected is tried
//! again before anything new is begun, so that a cell that lags behind catches up first. A cell that rejects one
//! example after the other is closed; what it lacks is made of the others, as their quotas are to each other.

use std::collections::{HashMap, VecDeque};

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
    /// Examples after which the run ends, all of them or the first ones.
    wanted: u64,
    most: u64,
    next: u64,
    issued: u64,
    /// Tries at which the models failed, by slot.
    lost: HashMap<u64, u32>,
    /// Of these, tries since an example was accepted; and those at which no model made anything.
    lost_lately: u64,
    unmade: u64,
    again: VecDeque<Ticket>,
    /// Tickets that others were handed and have made nothing of, in the order of their slots: they come before new ones.
    fresh: VecDeque<Ticket>,
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
    /// For `count` examples of cells with these quotas, of which the first `wanted` are made and at most `most` are
    /// tried. The first ones are the same however many are wanted.
    pub(in crate::generate) fn new(
        count: u64,
        wanted: u64,
        most: u64,
        quotas: impl Iterator<Item = u64>,
    ) -> Schedule {
        let cells = quotas.map(|quota| Progress { quota, assigned: quota, ..Progress::default() });
        Schedule {
            count,
            wanted,
            most,
            next: 0,
            issued: 0,
            lost: HashMap::new(),
            lost_lately: 0,
            unmade: 0,
            again: VecDeque::new(),
            fresh: VecDeque::new(),
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
            let ticket = match self.again.pop_front().or_else(|| self.fresh.pop_front()) {
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

    /// Notes that the example was accepted.
    pub(in crate::generate) fn accept(&mut self, ticket: Ticket) {
        self.accepted += 1;
        self.lost_lately = 0;
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

    /// Notes that the models failed at it. That says nothing about its cell, which stays open. `unmade`: no model made
    /// anything, not even something that was to be judged.
    pub(in crate::generate) fn lose(&mut self, ticket: Ticket, unmade: bool) {
        *self.lost.entry(ticket.slot).or_default() += 1;
        self.lost_lately += 1;
        self.unmade += u64::from(unmade);
        self.try_again(ticket);
    }

    /// Others take over what is left, with the tickets that were handed out and not tried. What they do depends on the
    /// examples that were made, and not on when the models failed: tries that were lost are none.
    pub(in crate::generate) fn hand_over(&mut self, handed: VecDeque<Ticket>) {
        let lost: u64 = self.lost.values().map(|lost| u64::from(*lost)).sum();
        self.issued = self.issued.saturating_sub(lost + handed.len() as u64);
        let mut open: Vec<Ticket> = handed.into_iter().chain(self.again.drain(..)).collect();
        for ticket in &mut open {
            let lost = self.lost.remove(&ticket.slot).unwrap_or(0);
            ticket.attempt = ticket.attempt.saturating_sub(lost);
        }
        open.sort_by_key(|ticket| ticket.slot);
        let (fresh, again) = open.into_iter().partition(|ticket| ticket.attempt == 0);
        (self.fresh, self.again) = (fresh, again);
        (self.lost_lately, self.unmade) = (0, 0);
    }

    /// Have models made nothing of any try, and was there one?
    pub(in crate::generate) fn is_all_unmade(&self) -> bool {
        self.unmade > 0 && self.unmade == self.issued
    }

    /// Tries at which the models failed since an example was accepted: a run that goes on may make something of them.
    pub(in crate::generate) fn lost_lately(&self) -> u64 {
        self.lost_lately
    }

    fn try_again(&mut self, ticket: Ticket) {
        self.again.push_back(Ticket { attempt: ticket.attempt.saturating_add(1), ..ticket });
    }

    /// Are all examples there that are wanted?
    pub(in crate::generate) fn is_done(&self) -> bool {
        self.accepted >= self.wanted
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
        let mut schedule = Schedule::new(6, 6, 100, [3, 3].into_iter());
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
    fn others_take_over_as_if_what_was_lost_had_not_been_tried() {
        let cell_of = |_| 0;
        // Slot 0 is accepted and 1 rejected, whatever is lost of the others, and how often.
        let taken_over = |lost: &[u64], handed: usize| {
            let mut schedule = Schedule::new(9, 9, 90, [9].into_iter());
            let first = schedule.batch(2, cell_of);
            schedule.accept(first[0]);
            schedule.reject(first[1]);
            let mut open = schedule.batch(8, cell_of);
            for slot in lost {
                let Some(at) = open.iter().position(|ticket| ticket.slot == *slot) else {
                    continue;
                };
                schedule.lose(open.remove(at), true);
                open.extend(schedule.batch(1, cell_of));
            }
            schedule.batch(handed, cell_of).into_iter().for_each(|ticket| open.push(ticket));
            schedule.hand_over(open.into());
            assert_eq!(schedule.issued(), 2);
            let mut tried = Vec::new();
            while tried.len() < 20 {
                for ticket in schedule.batch(3, cell_of) {
                    tried.push((ticket.slot, ticket.attempt));
                    schedule.reject(ticket);
                }
            }
            tried
        };
        let wanted = taken_over(&[], 0);
        assert_eq!(wanted[..4], [(1, 1), (2, 0), (3, 0), (1, 2)]);
        for (lost, handed) in [(&[2][..], 0), (&[3, 2, 2, 2], 2), (&[2, 3, 4, 5, 6, 7, 8], 1)] {
            assert_eq!(taken_over(lost, handed), wanted, "{lost:?}");
        }
    }

    #[test]
    fn the_first_examples_are_the_same_however_many_are_wanted() {
        let made = |wanted: u64| {
            let mut schedule = Schedule::new(20, wanted, 100, [10, 10].into_iter());
            let mut accepted = Vec::new();
            while !schedule.is_done() {
                for ticket in schedule.batch(7, |slot| (slot % 2) as usize) {
                    match (ticket.slot + u64::from(ticket.attempt)) % 3 {
                        _ if schedule.is_done() => {}
                        0 => _ = schedule.reject(ticket),
                        _ => {
                            accepted.push(ticket.slot);
                            schedule.accept(ticket);
                        }
                    }
                }
            }
            accepted
        };
        let all = made(20);
        for wanted in 1..20 {
            assert_eq!(made(wanted), all[..wanted as usize]);
        }
    }

    #[test]
    fn no_more_is_tried_than_allowed() {
        let mut schedule = Schedule::new(10, 10, 7, [10].into_iter());
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
        let mut schedule = Schedule::new(30, 30, 1000, [10, 10, 10].into_iter());
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
    fn what_was_lost_closes_nothing_and_is_no_try_of_others() {
        let mut schedule = Schedule::new(10, 10, 30, [10].into_iter());
        for unmade in [true, true, false] {
            for ticket in schedule.batch(10, |_| 0) {
                schedule.lose(ticket, unmade);
            }
            assert_eq!(schedule.is_all_unmade(), unmade);
        }
        assert!(schedule.is_spent() && schedule.batch(10, |_| 0).is_empty());
        assert_eq!(schedule.lost_lately(), 30);
        schedule.hand_over(VecDeque::new());
        assert_eq!((schedule.issued(), schedule.lost_lately()), (0, 0));
        schedule.batch(10, |_| 0).into_iter().for_each(|ticket| schedule.accept(ticket));
        assert!(schedule.is_done() && !schedule.is_all_unmade());
    }

    #[test]
    fn nothing_is_handed_out_when_every_cell_is_closed() {
        let mut schedule = Schedule::new(50, 50, 1000, [50].into_iter());
        let first = schedule.batch(50, |_| 0);
        for ticket in first {
            schedule.reject(ticket);
        }
        assert!(schedule.batch(50, |_| 0).is_empty() && !schedule.is_spent());
    }
}
