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

use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};

use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::error::Result;

use super::block::Block;
use super::committer::Committer;
use super::feeder::Feeder;
use super::flow::Sink;
use super::input::{Inputs, Item, Kind, Reading};
use super::naive::run_naive;
use super::shared::{Gate, Reins, Stock};
use super::task::{Notice, Plan, Shared};

/// Maps every block to a result on `jobs` threads and hands the results to `sink` in input order.
///
/// `new_worker` makes what one worker reuses from block to block. `work` may use the bytes of the block as
/// it likes, as long as they are in the end what they were: the sink gets them next. Trouble with an input
/// ends the run after the lines before it were accepted. A panic in `work` goes on in the caller.
pub fn run<W: Send, T: Send>(
    inputs: Inputs,
    jobs: usize,
    new_worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, &mut Block) -> T + Sync,
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
    let shared = Shared::new(&gate, &stock, notices, new_worker, work);
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
