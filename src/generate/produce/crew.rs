//! Who makes examples: many workers that ask models, or the phrases of a grammar.
//!
//! Whoever it is, a batch goes in and what came of its examples comes out in their order.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::generate::backend::Refusal;
use crate::generate::example::Example;
use crate::generate::prompt::Steering;
use crate::stream::signals;

use super::intake::Outcome;
use super::maker::Maker;
use super::schedule::Ticket;

/// How often somebody who waits for an answer looks up: for a signal, for the progress line.
const GLANCE: Duration = Duration::from_millis(100);

/// Examples that are to be made, with what the reviews so far say about them.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub tickets: Vec<Ticket>,
    pub examples: Vec<Example>,
    pub steering: Arc<Steering>,
}

impl Batch {
    /// Takes off the first `count`, or as many as there are.
    pub(super) fn split(&mut self, count: usize) -> Batch {
        let count = count.min(self.tickets.len());
        Batch {
            tickets: self.tickets.drain(..count).collect(),
            examples: self.examples.drain(..count).collect(),
            steering: Arc::clone(&self.steering),
        }
    }
}

/// What came of some tickets, or why the run ends.
pub(super) type Made = std::result::Result<Vec<(Ticket, Outcome)>, Refusal>;

/// Whom a crew tells of what happens meanwhile.
pub(super) trait Host {
    /// Nothing has come for a while. False: nothing new is to be begun.
    fn idle(&mut self) -> Result<bool>;
}

/// Makes examples.
pub(super) trait Crew {
    /// Examples that are asked for in one request, where each request costs; none if examples cost nothing.
    fn together(&self) -> Option<usize>;

    /// Hands a batch over, or a part of one.
    fn submit(&mut self, batch: Batch) -> Result<()>;

    /// What came of the next tickets, in the order in which they were handed over; none if there are none.
    fn take(&mut self, host: &mut dyn Host) -> Result<Option<Made>>;
}

/// Some examples that are asked for in one request.
struct Job {
    number: u64,
    examples: Vec<Example>,
    steering: Arc<Steering>,
}

/// Jobs that wait for a worker.
#[derive(Default)]
struct Queue {
    jobs: Mutex<(VecDeque<Job>, bool)>,
    changed: Condvar,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, (VecDeque<Job>, bool)> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, job: Job) {
        self.state().0.push_back(job);
        self.changed.notify_one();
    }

    /// No worker gets a job any more.
    fn close(&self) {
        let mut state = self.state();
        state.0.clear();
        state.1 = true;
        self.changed.notify_all();
    }

    /// The next job; waits for one. None: there will be none.
    fn pop(&self) -> Option<Job> {
        let mut state = self.state();
        loop {
            if state.1 {
                return None;
            }
            match state.0.pop_front() {
                Some(job) => return Some(job),
                None => state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }
}

/// What a worker tells: the number of a job, and what came of it.
type Message = (u64, Result<std::result::Result<Vec<Outcome>, Refusal>>);

/// Workers that ask models.
pub(super) struct Models {
    queue: Arc<Queue>,
    messages: Receiver<Message>,
    /// Tickets of the jobs that were handed over, in order.
    waiting: VecDeque<(u64, Vec<Ticket>)>,
    /// What came before its turn.
    early: BTreeMap<u64, std::result::Result<Vec<Outcome>, Refusal>>,
    handed: u64,
    /// Examples in a request.
    together: usize,
}

impl Models {
    /// Runs `body` with `workers` workers, each made by `maker`. `together` examples are asked for in one request.
    /// When `body` has ended, `stop` has to end requests that are on their way.
    pub(super) fn with<'env, R>(
        workers: usize,
        together: usize,
        maker: impl Fn() -> Maker<'env> + Sync,
        stop: impl FnOnce(),
        body: impl FnOnce(&mut Models) -> Result<R>,
    ) -> Result<R> {
        let queue = Arc::new(Queue::default());
        let (sender, messages) = mpsc::channel();
        let waiting = Arc::clone(&queue);
        std::thread::scope(|scope| {
            for _ in 0..workers {
                let (queue, sender, maker) = (Arc::clone(&queue), sender.clone(), &maker);
                let work = move || work(&queue, &sender, maker);
                let spawned = std::thread::Builder::new()
                    .name("request".to_owned())
                    .spawn_scoped(scope, work);
                if let Err(source) = spawned {
                    waiting.close();
                    return Err(Error::Unfit(format!("cannot start {workers} workers: {source}")));
                }
            }
            drop(sender);
            let mut models = Models {
                queue: Arc::clone(&waiting),
                messages,
                waiting: VecDeque::new(),
                early: BTreeMap::new(),
                handed: 0,
                together: together.max(1),
            };
            let result = body(&mut models);
            waiting.close();
            stop();
            result
        })
    }

    /// Nothing new is begun; what is on its way is waited for: whoever gets an answer keeps it. A signal that comes
    /// meanwhile ends the waiting.
    pub(super) fn drain(&mut self, patience: Duration) -> Result<()> {
        self.queue.close();
        let end = Instant::now() + patience;
        let before = signals::caught();
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            match self.messages.recv_timeout(left.min(GLANCE)) {
                Ok((_, made)) => drop(made?),
                Err(RecvTimeoutError::Timeout) if signals::caught() == before => {}
                Err(_) => break,
            }
        }
        Ok(())
    }
}

/// Tells that a worker has failed: the job that it had is waited for.
struct Watch<'w>(&'w Sender<Message>);

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let failed = Error::Unfit("a worker that asks models has failed".to_owned());
            let _ = self.0.send((u64::MAX, Err(failed))); // nobody may listen any more
        }
    }
}

fn work<'env>(queue: &Queue, sender: &Sender<Message>, maker: &impl Fn() -> Maker<'env>) {
    let _watch = Watch(sender);
    let mut maker = maker();
    while let Some(job) = queue.pop() {
        let made = maker.make(&job.examples, &job.steering);
        // Nobody listens any more once the run has ended.
        if sender.send((job.number, made)).is_err() {
            break;
        }
    }
}

impl Crew for Models {
    fn together(&self) -> Option<usize> {
        Some(self.together)
    }

    fn submit(&mut self, batch: Batch) -> Result<()> {
        let Batch { tickets, examples, steering } = batch;
        let mut examples = examples.into_iter();
        for tickets in tickets.chunks(self.together) {
            let number = self.handed;
            self.handed += 1;
            self.waiting.push_back((number, tickets.to_vec()));
            let examples = examples.by_ref().take(tickets.len()).collect();
            self.queue.push(Job { number, examples, steering: Arc::clone(&steering) });
        }
        Ok(())
    }

    fn take(&mut self, host: &mut dyn Host) -> Result<Option<Made>> {
        let Some((number, tickets)) = self.waiting.pop_front() else { return Ok(None) };
        let made = loop {
            if let Some(made) = self.early.remove(&number) {
                break made;
            }
            match self.messages.recv_timeout(GLANCE) {
                Ok((number, made)) => drop(self.early.insert(number, made?)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::Unfit("the workers that ask models are gone".to_owned()));
                }
            }
            if !host.idle()? {
                return Ok(Some(Err(Refusal::Stopped)));
            }
        };
        Ok(Some(made.map(|outcomes| tickets.into_iter().zip(outcomes).collect())))
    }
}
