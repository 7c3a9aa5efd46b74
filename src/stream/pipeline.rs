//! The ordered, bounded, parallel map from blocks to results.
//!
//! Three kinds of threads: the caller, who is the committer; `jobs` workers; and one feeder if an
//! input is streamed. The committer alone decides. It starts a task for the next range of a file or
//! for the next block from the feeder as long as fewer than `2 * jobs + 2` are in flight, keeps
//! what comes back in a ring, and hands the oldest to the sink. All it waits for arrives in one
//! channel.
//!
//! ```text
//! loop:
//!     start tasks while there is room in the ring and something to start
//!     while the oldest result is there: sink.accept, recycle its buffer
//!     nothing in flight and the feeder waits for a writer: sink.idle, once
//!     wait for a notice
//! ```
//!
//! Nothing can wait in a circle: tasks start in order, so the oldest block is always being worked
//! on and its worker waits for nobody; the feeder waits only for the committer.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::{Error, Result};

use super::block::Block;
use super::committer::Committer;
use super::feeder::Feeder;
use super::input::{Inputs, Item, Kind, Reading};
use super::naive::run_naive;
use super::ranges::{Range, Ranges};
use super::shared::{Gate, Reins, Stock};

/// What shall happen after a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// The next block.
    Continue,
    /// No more blocks of this block's input; the next input.
    SkipInput,
    /// No more blocks.
    Stop,
}

/// Takes the results in input order, on the thread that called [`run`].
pub trait Sink<T> {
    /// Takes one result. An error ends the run.
    fn accept(&mut self, block: &Block, result: T) -> Result<Flow>;

    /// Called when every block read so far was accepted and no further input is ready: the time to
    /// flush.
    fn idle(&mut self) -> Result<()>;
}

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

/// Maps every block to a result on `jobs` threads and hands the results to `sink` in input order.
///
/// `new_worker` makes what one worker reuses from block to block. Trouble with an input ends the
/// run after the lines before it were accepted. A panic in `work` goes on in the caller.
pub fn run<W: Send, T: Send>(
    inputs: Inputs,
    jobs: usize,
    new_worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, &Block) -> T + Sync,
    sink: &mut impl Sink<T>,
) -> Result<()> {
    let streams = inputs.items.iter().any(|item| item.kind == Kind::Stream);
    let Some(threads) = Threads::start(jobs.max(1), streams) else {
        return run_naive(inputs, new_worker, work, sink);
    };
    let Inputs { items, names, reading } = inputs;
    let (notices, inbox) = channel();
    let stock = Arc::new(Stock::new(threads.most));
    let plans = plan(items, &names, &reading, &threads, &notices, &stock);
    let gate = Gate::default();
    let shared = Shared {
        workers: Mutex::default(),
        done: Mutex::default(),
        gate: &gate,
        stock: &stock,
        notices,
        new_worker,
        work,
    };
    threads.pool.in_place_scope_fifo(|scope| {
        let _stop = StopAtEnd(&gate, &threads.reins);
        let inputs = (names.as_slice(), &reading, plans);
        let mut committer = Committer::new(&shared, &threads.reins, inputs, inbox, threads.most);
        committer.run(scope, sink)
    })
}

/// The threads of a run, which may be refused.
struct Threads {
    pool: ThreadPool,
    reins: Arc<Reins>,
    /// The feeder takes its work from here.
    feeder: Sender<Feeder>,
    /// The most blocks in flight.
    most: usize,
}

impl Threads {
    /// None if the system has not enough threads or files for us.
    fn start(jobs: usize, streams: bool) -> Option<Threads> {
        let most = 2 * jobs + 2;
        let (feeder, work) = channel::<Feeder>();
        if streams {
            let thread = std::thread::Builder::new().name("feeder".to_owned());
            // Never joined: should it be stuck in a read, the end of the process ends it.
            thread.spawn(move || work.into_iter().for_each(Feeder::run)).ok()?;
        }
        let name = |index| format!("worker-{index}");
        let pool = ThreadPoolBuilder::new().num_threads(jobs).thread_name(name).build().ok()?;
        Some(Threads { pool, reins: Arc::new(Reins::new(most).ok()?), feeder, most })
    }
}

/// How an input is read.
pub(super) enum Plan {
    /// By the workers, from `start` to `end`.
    Ranges { item: Item, start: u64, end: u64 },
    /// By the feeder, who has it.
    Stream,
}

/// Gives the streamed inputs to the feeder.
fn plan(
    items: Vec<Item>,
    names: &[String],
    reading: &Reading,
    threads: &Threads,
    notices: &Sender<Notice>,
    stock: &Arc<Stock>,
) -> Vec<Plan> {
    let mut streamed = Vec::new();
    let mut plans = Vec::new();
    for (input, item) in items.into_iter().enumerate() {
        plans.push(match item.kind {
            Kind::Ranges { start, end } => Plan::Ranges { item, start, end },
            Kind::Stream => {
                streamed.push((input, names[input].clone(), item));
                Plan::Stream
            }
        });
    }
    if !streamed.is_empty() {
        let feeder = Feeder {
            items: streamed,
            reading: reading.clone(),
            notices: notices.clone(),
            reins: Arc::clone(&threads.reins),
            stock: Arc::clone(stock),
        };
        let _ = threads.feeder.send(feeder); // its thread waits for exactly this
    }
    plans
}

/// Ends the waits of the other threads when the committer is done, in whatever way.
struct StopAtEnd<'a>(&'a Gate, &'a Reins);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.stop();
        self.1.stop();
    }
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

impl<W, T, N: Fn() -> W, F: Fn(&mut W, &Block) -> T> Shared<'_, W, T, N, F> {
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
            match catch_unwind(AssertUnwindSafe(|| self.judge(&done.block))) {
                Ok(result) => done.result = Some(result),
                Err(panic) => done.end = Some(End::Panicked(panic)),
            }
        }
        locked(&self.done).push((number, done));
        let _ = self.notices.send(Notice::Done); // the committer may have gone
    }

    fn judge(&self, block: &Block) -> T {
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
