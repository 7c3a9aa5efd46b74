//! What a worker does with one block, and what it and the feeder tell the committer.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::Error;

use super::block::Block;
use super::input::Item;
use super::ranges::{Range, Ranges};
use super::shared::{Gate, Stock};

/// What the committer waits for.
#[derive(Debug)]
pub(super) enum Notice {
    /// A streamed block.
    Block(Block),
    /// A streamed input failed, behind its last block.
    Failed(usize, Error),
    /// The feeder waits for a writer.
    Waiting,
    /// A task is done; its result is in the list.
    Done,
}

/// How an input is read.
pub(super) enum Plan {
    /// By the workers, from `start` to `end`.
    Ranges { item: Item, start: u64, end: u64 },
    /// By the feeder, who has it.
    Stream,
}

/// What the tasks see.
pub(super) struct Shared<'a, W, T, N, F> {
    /// Workers that no task uses at the moment.
    workers: Mutex<Vec<W>>,
    /// What tasks have finished and the committer has not seen.
    pub(super) done: Mutex<Vec<(u64, Done<T>)>>,
    pub(super) gate: &'a Gate,
    pub(super) stock: &'a Stock,
    notices: Sender<Notice>,
    new_worker: N,
    work: F,
}

/// A block that has been worked on.
pub(super) struct Done<T> {
    pub(super) block: Block,
    /// It came from the feeder.
    pub(super) fed: bool,
    /// None for a range in which no line starts, and behind the last line before an error.
    pub(super) result: Option<T>,
    /// What happened behind the last line of the block.
    pub(super) end: Option<End>,
}

/// Why there is no block after one.
pub(super) enum End {
    Failed(Error),
    Panicked(Box<dyn Any + Send>),
}

/// What a task works on.
pub(super) enum Task {
    Block(Block),
    Range { ranges: Arc<Ranges>, k: u64, input: usize, name: String },
}

impl<'a, W, T, N, F> Shared<'a, W, T, N, F> {
    /// What the tasks of a run see before the first of them.
    pub(super) fn new(
        gate: &'a Gate,
        stock: &'a Stock,
        notices: Sender<Notice>,
        new_worker: N,
        work: F,
    ) -> Self {
        let (workers, done) = (Mutex::default(), Mutex::default());
        Shared { workers, done, gate, stock, notices, new_worker, work }
    }
}

impl<W, T, N: Fn() -> W, F: Fn(&mut W, &mut Block) -> T> Shared<'_, W, T, N, F> {
    /// Does task `number` and notifies the committer.
    pub(super) fn perform(&self, number: u64, task: Task) {
        if self.gate.stopped() {
            return;
        }
        let (block, fed, failed) = match task {
            Task::Block(block) => (block, true, None),
            Task::Range { ranges, k, input, name } => {
                let range = ranges.read(k, self.stock.take(), self.gate, number);
                let (first, last) = (k == 0, k + 1 == ranges.count());
                let Range { offset, data, cut, error } = range;
                let failed = error.map(|source| {
                    let offset = Some(ranges.start + offset + data.len() as u64);
                    Error::Read { name, offset, source }
                });
                (Block { input, first, last, offset, data, cut }, false, failed)
            }
        };
        let empty = block.data.is_empty() && (failed.is_some() || !block.first && !block.last);
        let mut done = Done { block, fed, result: None, end: failed.map(End::Failed) };
        if !empty {
            match catch_unwind(AssertUnwindSafe(|| self.judge(&mut done.block))) {
                Ok(result) => done.result = Some(result),
                Err(panic) => done.end = Some(End::Panicked(panic)),
            }
        }
        locked(&self.done).push((number, done));
        let _ = self.notices.send(Notice::Done); // the committer may have gone
    }

    fn judge(&self, block: &mut Block) -> T {
        let spare = locked(&self.workers).pop();
        let mut worker = spare.unwrap_or_else(&self.new_worker);
        let result = (self.work)(&mut worker, block);
        locked(&self.workers).push(worker);
        result
    }
}

pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
