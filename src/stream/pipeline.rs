//! The ordered, bounded, parallel map from blocks to results.
//!
//! Three kinds of threads: the caller, who is the committer; `jobs` workers; and one feeder if an input
//! is streamed. The committer alone decides. It starts a task for the next range of a file or for the
//! next block from the feeder as long as fewer than `2 * jobs + 2` are in flight, keeps what comes back
//! in a ring, and hands the oldest to the sink. All it waits for arrives in one channel.
//!
//! ```text
//! loop:
//!     start tasks while there is room in the ring and something to start
//!     while the oldest result is there: sink.accept, recycle its buffer
//!     nothing in flight and the feeder waits for a writer: sink.idle, once
//!     wait for a notice
//! ```
//!
//! Nothing can wait in a circle: tasks start in order, so the oldest block is always being worked on
//! and its worker waits for nobody; the feeder waits only for the committer.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::{ScopeFifo, ThreadPool, ThreadPoolBuilder};

use crate::error::{Error, Result};

use super::block::Block;
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
/// `new_worker` makes what one worker reuses from block to block. Trouble with an input ends the run
/// after the lines before it were accepted. A panic in `work` goes on in the caller.
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
        let mut committer = Committer {
            shared: &shared,
            reins: &threads.reins,
            names: &names,
            reading: &reading,
            inbox,
            plans,
            at: 0,
            ranges: None,
            fed: VecDeque::new(),
            ring: VecDeque::new(),
            oldest: 0,
            most: threads.most,
            skipped: 0,
            feeder_waits: false,
        };
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
enum Plan {
    /// By the workers.
    Ranges(Item),
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
            Kind::Ranges { .. } => Plan::Ranges(item),
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
struct Shared<'a, W, T, N, F> {
    /// Workers that no task uses at the moment.
    workers: Mutex<Vec<W>>,
    /// What tasks have finished and the committer has not seen.
    done: Mutex<Vec<(u64, Done<T>)>>,
    gate: &'a Gate,
    stock: &'a Stock,
    notices: Sender<Notice>,
    new_worker: N,
    work: F,
}

/// A block that has been worked on.
struct Done<T> {
    block: Block,
    /// It came from the feeder.
    fed: bool,
    /// None for a range in which no line starts, and behind the last line before an error.
    result: Option<T>,
    /// What happened behind the last line of the block.
    end: Option<End>,
}

/// Why there is no block after one.
enum End {
    Failed(Error),
    Panicked(Box<dyn Any + Send>),
}

/// What a task works on.
enum Task {
    Block(Block),
    Range { ranges: Arc<Ranges>, k: u64, input: usize, name: String },
}

impl<W, T, N: Fn() -> W, F: Fn(&mut W, &Block) -> T> Shared<'_, W, T, N, F> {
    /// Does task `number` and notifies the committer.
    fn perform(&self, number: u64, task: Task) {
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

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread that decides.
struct Committer<'a, 's, W, T, N, F> {
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

impl<'s, W: Send, T: Send, N: Fn() -> W + Sync, F: Fn(&mut W, &Block) -> T + Sync>
    Committer<'_, 's, W, T, N, F>
{
    fn run(&mut self, scope: &ScopeFifo<'s>, sink: &mut impl Sink<T>) -> Result<()> {
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
        let next = match self.plans.get(self.at) {
            None => None,
            Some(Plan::Stream) => self.next_fed(),
            Some(Plan::Ranges(_)) => Some(self.next_range()),
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
    fn next_range(&mut self) -> Result<Task> {
        let input = self.at;
        let name = &self.names[input];
        let (ranges, k) = match self.ranges.take() {
            Some(current) => current,
            None => (Arc::new(self.open(input)?), 0),
        };
        if k + 1 < ranges.count() {
            self.ranges = Some((Arc::clone(&ranges), k + 1));
        } else {
            self.at += 1;
        }
        Ok(Task::Range { ranges, k, input, name: name.clone() })
    }

    fn open(&mut self, input: usize) -> Result<Ranges> {
        let (start, end, item) = match &mut self.plans[input] {
            Plan::Ranges(item) => match item.kind {
                Kind::Ranges { start, end } => (start, end, item),
                Kind::Stream => (0, 0, item),
            },
            Plan::Stream => return Err(Error::Usage("a stream has no ranges".to_owned())),
        };
        let file = item.take(&self.names[input])?;
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
