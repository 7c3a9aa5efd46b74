//! What the threads of a run share: spare buffers, the gate for big lines, the reins of the feeder.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Bytes of streamed blocks in flight beyond which the feeder waits. Enough for 16 blocks of the
/// usual size; big lines then go one by one.
const FED_BYTES: usize = 16 << 20;
/// A buffer that grows beyond this is let in one at a time, and freed after use: with 2 workers all
/// buffers then stay below 12 MiB, plus one line. Lines up to here are read in parallel.
pub(super) const BIG_BYTES: usize = 2 << 20;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wait<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condition.wait(guard).unwrap_or_else(PoisonError::into_inner)
}

/// Lengthens a buffer, which is never shortened here, so that no byte is cleared twice. No memory for a
/// long line is an error, not the end of the process.
pub(super) fn lengthen(buffer: &mut Vec<u8>, bytes: usize) -> io::Result<()> {
    let more = bytes.saturating_sub(buffer.len());
    if more > 0 {
        buffer.try_reserve_exact(more).map_err(|_| {
            let what = format!("no memory for a line of {} MiB and more", buffer.len() >> 20);
            io::Error::new(io::ErrorKind::OutOfMemory, what)
        })?;
        buffer.resize(bytes, 0);
    }
    Ok(())
}

/// Buffers to be used again, so that their pages need not be cleared again.
#[derive(Debug)]
pub(super) struct Stock {
    buffers: Mutex<Vec<Vec<u8>>>,
    most: usize,
}

impl Stock {
    /// Keeps up to `most` buffers.
    pub(super) fn new(most: usize) -> Stock {
        Stock { buffers: Mutex::default(), most }
    }

    /// A buffer with anything in it.
    pub(super) fn take(&self) -> Vec<u8> {
        lock(&self.buffers).pop().unwrap_or_default()
    }

    /// Gives a buffer back; a big one is freed.
    pub(super) fn give(&self, buffer: Vec<u8>) {
        if buffer.capacity() <= BIG_BYTES {
            let mut buffers = lock(&self.buffers);
            if buffers.len() < self.most {
                buffers.push(buffer);
            }
        }
    }
}

/// Makes a worker that needs a big buffer wait until all blocks before its own are done with, so
/// that there is one such buffer at a time. Tasks start in order, so the oldest one always runs.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct GateState {
    oldest: u64,
    stopped: bool,
    waiting: usize,
}

impl Gate {
    /// Waits until `number` is the oldest block in flight; false if the run was stopped.
    pub(super) fn pass(&self, number: u64) -> bool {
        let mut state = lock(&self.state);
        state.waiting += 1;
        while state.oldest < number && !state.stopped {
            state = wait(&self.changed, state);
        }
        state.waiting -= 1;
        !state.stopped
    }

    /// Notes that all blocks before `oldest` are done with.
    pub(super) fn advance(&self, oldest: u64) {
        let mut state = lock(&self.state);
        state.oldest = oldest;
        if state.waiting > 0 {
            self.changed.notify_all();
        }
    }

    /// Lets everybody through, to do nothing.
    pub(super) fn stop(&self) {
        lock(&self.state).stopped = true;
        self.changed.notify_all();
    }

    /// Whether the run was stopped.
    pub(super) fn stopped(&self) -> bool {
        lock(&self.state).stopped
    }
}

/// How the committer holds the feeder back, or ends it even while it waits for a writer.
#[derive(Debug)]
pub(super) struct Reins {
    state: Mutex<ReinsState>,
    changed: Condvar,
    /// Readable when the feeder shall look up from its wait.
    called: PipeReader,
    call: PipeWriter,
    most_blocks: usize,
}

#[derive(Debug, Default)]
struct ReinsState {
    blocks: usize,
    bytes: usize,
    stopped: bool,
    /// Inputs before this one are no longer wanted.
    wanted_from: usize,
    /// A call is in the pipe.
    calling: bool,
}

impl Reins {
    /// Lets up to `most_blocks` blocks be in flight.
    pub(super) fn new(most_blocks: usize) -> io::Result<Reins> {
        let (called, call) = io::pipe()?;
        Ok(Reins { state: Mutex::default(), changed: Condvar::new(), called, call, most_blocks })
    }

    /// Waits until a block of `bytes` bytes of an input may go out; false if it is no longer
    /// wanted.
    pub(super) fn acquire(&self, input: usize, bytes: usize) -> bool {
        let mut state = lock(&self.state);
        while state.wants(input)
            && (state.blocks >= self.most_blocks
                || state.blocks > 0 && state.bytes + bytes > FED_BYTES)
        {
            state = wait(&self.changed, state);
        }
        let wanted = state.wants(input);
        if wanted {
            state.blocks += 1;
            state.bytes += bytes;
        }
        wanted
    }

    /// Waits until nothing is in flight; false if the input is no longer wanted.
    pub(super) fn alone(&self, input: usize) -> bool {
        let mut state = lock(&self.state);
        while state.wants(input) && state.blocks > 0 {
            state = wait(&self.changed, state);
        }
        state.wants(input)
    }

    /// Notes that a block is done with.
    pub(super) fn release(&self, bytes: usize) {
        let mut state = lock(&self.state);
        state.blocks = state.blocks.saturating_sub(1);
        state.bytes = state.bytes.saturating_sub(bytes);
        self.changed.notify_all();
    }

    /// Whether blocks of this input are wanted.
    pub(super) fn wants(&self, input: usize) -> bool {
        lock(&self.state).wants(input)
    }

    /// What the feeder watches while it waits for a writer.
    pub(super) fn called(&self) -> &PipeReader {
        &self.called
    }

    /// Takes the call back, after it was heard.
    pub(super) fn answer(&self) {
        let mut state = lock(&self.state);
        if std::mem::take(&mut state.calling) {
            // An error leaves the call in the pipe; it is heard again, which does no harm.
            let _ = (&self.called).read(&mut [0]);
        }
    }

    /// No more blocks of `input` and those before it.
    pub(super) fn skip(&self, input: usize) {
        let mut state = lock(&self.state);
        state.wanted_from = state.wanted_from.max(input + 1);
        self.summon(&mut state);
    }

    /// No more blocks at all.
    pub(super) fn stop(&self) {
        let mut state = lock(&self.state);
        state.stopped = true;
        self.summon(&mut state);
    }

    fn summon(&self, state: &mut ReinsState) {
        self.changed.notify_all();
        // One call at most is in the pipe, so that this never waits; it cannot fail, as we hold the
        // other end.
        if !std::mem::replace(&mut state.calling, true) {
            let _ = (&self.call).write(&[0]);
        }
    }
}

impl ReinsState {
    fn wants(&self, input: usize) -> bool {
        !self.stopped && input >= self.wanted_from
    }
}
