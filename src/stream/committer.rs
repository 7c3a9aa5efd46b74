//! The thread that decides: what is started next, and when a result goes to the sink.

use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use rayon::ScopeFifo;

use crate::error::{Error, Result};

use super::block::Block;
use super::flow::{Flow, Sink};
use super::input::{Item, Reading};
use super::ranges::Ranges;
use super::shared::Reins;
use super::task::{Done, End, Notice, Plan, Shared, Task, locked};

/// The thread that decides.
pub(super) struct Committer<'a, 's, W, T, N, F> {
    shared: &'s Shared<'a, W, T, N, F>,
    reins: &'a Reins,
    names: &'a [String],
    reading: &'a Reading,
    inbox: Receiver<Notice>,
    /// How each input is read.
    plans: Vec<Plan>,
    /// The input that tasks are being started for.
    at: usize,
    /// Its file and the next range of it.
    ranges: Option<(Arc<Ranges>, u64)>,
    /// What the feeder has sent and no task was started for.
    fed: VecDeque<std::result::Result<Block, (usize, Error)>>,
    /// What is in flight, oldest first; none for a task that is not done.
    ring: VecDeque<Option<Done<T>>>,
    /// The number of the first in the ring.
    oldest: u64,
    most: usize,
    /// Inputs before this one are not wanted.
    skipped: usize,
    /// The feeder waits for a writer, and the sink was not told.
    feeder_waits: bool,
}

impl<'a, 's, W: Send, T: Send, N: Fn() -> W + Sync, F: Fn(&mut W, &mut Block) -> T + Sync>
    Committer<'a, 's, W, T, N, F>
{
    pub(super) fn new(
        shared: &'s Shared<'a, W, T, N, F>,
        reins: &'a Reins,
        inputs: (&'a [String], &'a Reading, Vec<Plan>),
        inbox: Receiver<Notice>,
        most: usize,
    ) -> Self {
        let (names, reading, plans) = inputs;
        Committer {
            shared,
            reins,
            names,
            reading,
            inbox,
            plans,
            at: 0,
            ranges: None,
            fed: VecDeque::new(),
            ring: VecDeque::new(),
            oldest: 0,
            most,
            skipped: 0,
            feeder_waits: false,
        }
    }

    /// Runs until all is accepted, the sink wants no more, or something fails.
    pub(super) fn run(&mut self, scope: &ScopeFifo<'s>, sink: &mut impl Sink<T>) -> Result<()> {
        loop {
            while self.ring.len() < self.most && self.start_next(scope) {}
            if let Some(Some(_)) = self.ring.front() {
                if let Flow::Stop = self.commit(sink)? {
                    return Ok(());
                }
                continue;
            }
            if self.ring.is_empty() && self.at == self.plans.len() {
                return Ok(());
            }
            if self.ring.is_empty() && std::mem::take(&mut self.feeder_waits) {
                sink.idle()?;
            }
            let Ok(notice) = self.inbox.recv() else { return Ok(()) };
            self.note(notice);
            while let Ok(notice) = self.inbox.try_recv() {
                self.note(notice);
            }
        }
    }

    fn note(&mut self, notice: Notice) {
        match notice {
            Notice::Waiting => self.feeder_waits = true,
            Notice::Block(block) => {
                self.feeder_waits = false;
                self.fed.push_back(Ok(block));
            }
            Notice::Failed(input, error) => self.fed.push_back(Err((input, error))),
            Notice::Done => {
                for (number, done) in locked(&self.shared.done).drain(..) {
                    self.ring[(number - self.oldest) as usize] = Some(done);
                }
            }
        }
    }

    /// Starts the next task, or puts the next failure in its place; false if there is neither.
    fn start_next(&mut self, scope: &ScopeFifo<'s>) -> bool {
        if self.at < self.skipped {
            (self.at, self.ranges) = (self.skipped, None);
        }
        let next = match (self.ranges.take(), self.plans.get_mut(self.at)) {
            (Some((ranges, k)), _) => Some(Ok(self.next_range(ranges, k))),
            (None, None) => None,
            (None, Some(plan)) => match std::mem::replace(plan, Plan::Stream) {
                Plan::Stream => self.next_fed(),
                Plan::Ranges { mut item, start, end } => Some(
                    self.open(&mut item, start, end)
                        .map(|ranges| self.next_range(Arc::new(ranges), 0)),
                ),
            },
        };
        match next {
            None => return false,
            Some(Err(error)) => {
                let data = Vec::new();
                let block =
                    Block { input: self.at, first: false, last: true, offset: 0, data, cut: false };
                let end = Some(End::Failed(error));
                self.ring.push_back(Some(Done { block, fed: false, result: None, end }));
                self.at += 1;
            }
            Some(Ok(task)) => {
                let (shared, number) = (self.shared, self.oldest + self.ring.len() as u64);
                self.ring.push_back(None);
                scope.spawn_fifo(move |_| shared.perform(number, task));
            }
        }
        true
    }

    /// The next streamed block of the current input, or its failure, if it has come.
    fn next_fed(&mut self) -> Option<Result<Task>> {
        loop {
            match self.fed.pop_front()? {
                Ok(block) if block.input < self.at => self.recycle(block, true),
                Err((input, _)) if input < self.at => {}
                Ok(block) if block.input == self.at => {
                    self.at += usize::from(block.last);
                    return Some(Ok(Task::Block(block)));
                }
                Err((input, error)) if input == self.at => return Some(Err(error)),
                later => {
                    self.fed.push_front(later);
                    return None;
                }
            }
        }
    }

    /// The next range of the current input.
    fn next_range(&mut self, ranges: Arc<Ranges>, k: u64) -> Task {
        let (input, name) = (self.at, self.names[self.at].clone());
        if k + 1 < ranges.count() {
            self.ranges = Some((Arc::clone(&ranges), k + 1));
        } else {
            self.at += 1;
        }
        Task::Range { ranges, k, input, name }
    }

    fn open(&self, item: &mut Item, start: u64, end: u64) -> Result<Ranges> {
        let file = item.take(&self.names[self.at])?;
        if item.is_stdin {
            // Whoever shares our standard input goes on behind what we read.
            let _ = rustix::fs::seek(&file, rustix::fs::SeekFrom::Start(end));
        }
        let (block_bytes, limit) = (self.reading.block(), self.reading.limit());
        Ok(Ranges { file, start, end, block_bytes, limit })
    }

    /// Hands the oldest result to the sink.
    fn commit(&mut self, sink: &mut impl Sink<T>) -> Result<Flow> {
        let Some(Some(done)) = self.ring.pop_front() else { return Ok(Flow::Continue) };
        self.oldest += 1;
        self.shared.gate.advance(self.oldest);
        let mut flow = Flow::Continue;
        if done.block.input >= self.skipped {
            if let Some(result) = done.result {
                flow = sink.accept(&done.block, result)?;
            }
            match done.end {
                Some(End::Panicked(panic)) => resume_unwind(panic),
                Some(End::Failed(error)) if flow == Flow::Continue => return Err(error),
                _ => {}
            }
        }
        if flow == Flow::SkipInput {
            self.skipped = done.block.input + 1;
            self.reins.skip(done.block.input);
        }
        self.recycle(done.block, done.fed);
        Ok(flow)
    }

    fn recycle(&self, block: Block, fed: bool) {
        if fed {
            self.reins.release(block.data.len());
        }
        self.shared.stock.give(block.data);
    }
}
