//! A program that is run for its output: fed, read, and ended with all that it has started.
//!
//! A model's program may write before it has read everything, read nothing at all, start others, hang. So one loop
//! serves its three streams as they are ready, up to a point in time, and the program has a process group of its
//! own, which is killed as a whole.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::{Pid, Signal, kill_process_group};

/// Bytes that are read at a time: what a pipe holds on Linux.
const PIPE: usize = 64 << 10;
/// Bytes of standard error that are kept, from its end: its last line is told.
const COMPLAINT: usize = 4 << 10;
/// How often it is looked whether a program has ended that has closed its streams.
const GLANCE: Duration = Duration::from_millis(2);

/// How often it is looked whether a program has ended whose streams are open: one that it has started may hold them.
const LOOK: Duration = Duration::from_millis(100);
/// Silence of the streams of a program that has ended, after which nothing more of it is waited for.
const HELD: Duration = Duration::from_millis(500);

/// The programs that run, so that all of them can be ended.
#[derive(Debug, Default)]
pub(super) struct Children {
    running: Mutex<(BTreeSet<u32>, bool)>,
}

/// How a program ended.
#[derive(Debug)]
pub(super) enum End {
    /// By itself.
    Exited {
        /// Its status.
        status: ExitStatus,
        /// What it wrote to standard output.
        stdout: Vec<u8>,
        /// The end of what it wrote to standard error.
        stderr: Vec<u8>,
    },
    /// It took too long and was killed, after so many bytes of standard output.
    Late(usize),
    /// It wrote too much, so many bytes, and was killed.
    TooLarge(usize),
    /// All were ended.
    Stopped,
}

impl Children {
    /// Runs a program with `input` on its standard input.
    pub(super) fn run(
        &self,
        command: &mut Command,
        input: &[u8],
        timeout: Duration,
        most: usize,
    ) -> io::Result<End> {
        let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = {
            // Held, so that no program starts that is not known when all are ended.
            let mut running = self.lock();
            if running.1 {
                return Ok(End::Stopped);
            }
            let child = streams.process_group(0).spawn()?;
            running.0.insert(child.id());
            child
        };
        let deadline = Instant::now().checked_add(timeout);
        let end = serve(&mut child, input, deadline, most);
        let end = end.and_then(|end| match end {
            Served::Closed { stdout, stderr } => {
                wait(&mut child, deadline).map(|status| match status {
                    Some(status) => End::Exited { status, stdout, stderr },
                    None => End::Late(stdout.len()),
                })
            }
            Served::Late(came) => Ok(End::Late(came)),
            Served::TooLarge(came) => Ok(End::TooLarge(came)),
        });
        let mut running = self.lock();
        // Whatever it has started ends with it. Its number is not another's as long as it was not waited for or
        // one of its group is left.
        if !matches!(end, Ok(End::Exited { .. })) {
            kill(child.id());
        }
        running.0.remove(&child.id());
        let stopped = running.1;
        drop(running);
        let _ = child.wait(); // its status is known, or it was killed
        if stopped { Ok(End::Stopped) } else { end }
    }

    /// Kills all that run; none starts any more.
    pub(super) fn stop(&self) {
        let mut running = self.lock();
        running.1 = true;
        running.0.iter().copied().for_each(kill);
    }

    fn lock(&self) -> MutexGuard<'_, (BTreeSet<u32>, bool)> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Kills the process group of this program.
fn kill(id: u32) {
    if let Some(group) = i32::try_from(id).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL); // it may have ended
    }
}

enum Served {
    Closed { stdout: Vec<u8>, stderr: Vec<u8> },
    Late(usize),
    TooLarge(usize),
}

/// Writes to and reads from a program until it closes its output.
fn serve(
    child: &mut Child,
    mut input: &[u8],
    deadline: Option<Instant>,
    most: usize,
) -> io::Result<Served> {
    let mut stdin: Option<ChildStdin> = child.stdin.take();
    let mut stdout: Option<ChildStdout> = child.stdout.take();
    let mut stderr: Option<ChildStderr> = child.stderr.take();
    unblock(stdin.as_ref().map(AsFd::as_fd))?;
    unblock(stdout.as_ref().map(AsFd::as_fd))?;
    unblock(stderr.as_ref().map(AsFd::as_fd))?;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut buffer = vec![0; PIPE];
    // When the program was seen to have ended, or said something since.
    let mut ended: Option<(usize, Instant)> = None;
    while stdout.is_some() || stderr.is_some() {
        if let Some(pipe) = &mut stdin
            && !feed(pipe, &mut input)?
        {
            stdin = None;
        }
        if let Some(pipe) = &mut stdout
            && !drain(pipe, &mut buffer, &mut out)?
        {
            stdout = None;
        }
        if out.len() > most {
            return Ok(Served::TooLarge(out.len()));
        }
        if let Some(pipe) = &mut stderr
            && !drain(pipe, &mut buffer, &mut err)?
        {
            stderr = None;
        }
        if err.len() > 2 * COMPLAINT {
            err.drain(..err.len() - COMPLAINT);
        }
        let wanted = [
            (stdin.as_ref().map(AsFd::as_fd), PollFlags::OUT),
            (stdout.as_ref().map(AsFd::as_fd), PollFlags::IN),
            (stderr.as_ref().map(AsFd::as_fd), PollFlags::IN),
        ];
        if stdout.is_none() && stderr.is_none() {
            break;
        }
        if !ready(&wanted, deadline)? {
            return Ok(Served::Late(out.len()));
        }
        let said = out.len() + err.len();
        match ended {
            Some((before, since)) if before == said && since.elapsed() >= HELD => break,
            Some((before, _)) if before == said => {}
            _ if child.try_wait()?.is_some() => ended = Some((said, Instant::now())),
            _ => {}
        }
    }
    Ok(Served::Closed { stdout: out, stderr: err })
}

/// Waits a moment until one of these can go on. Says whether there is time left.
fn ready(
    wanted: &[(Option<BorrowedFd<'_>>, PollFlags)],
    deadline: Option<Instant>,
) -> io::Result<bool> {
    let mut polled: Vec<PollFd<'_>> = wanted
        .iter()
        .filter_map(|(stream, flags)| stream.map(|stream| PollFd::from_borrowed_fd(stream, *flags)))
        .collect();
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    if left.is_some_and(|left| left.is_zero()) {
        return Ok(false);
    }
    let moment = Timespec::try_from(left.unwrap_or(LOOK).min(LOOK)).ok();
    match poll(&mut polled, moment.as_ref()) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

fn unblock(stream: Option<BorrowedFd<'_>>) -> io::Result<()> {
    if let Some(stream) = stream {
        fcntl_setfl(stream, fcntl_getfl(stream)? | OFlags::NONBLOCK)?;
    }
    Ok(())
}

/// Writes what can be written. Says whether there is more to write.
fn feed(pipe: &mut ChildStdin, input: &mut &[u8]) -> io::Result<bool> {
    while !input.is_empty() {
        match pipe.write(input) {
            Ok(0) => return Ok(false),
            Ok(written) => *input = input.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Who does not want to read it need not.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// Reads what is there, once. Says whether more may come.
fn drain(pipe: &mut impl Read, buffer: &mut [u8], into: &mut Vec<u8>) -> io::Result<bool> {
    match pipe.read(buffer) {
        Ok(0) => Ok(false),
        Ok(read) => {
            into.extend_from_slice(buffer.get(..read).unwrap_or_default());
            Ok(true)
        }
        Err(error) => match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(true),
            _ => Err(error),
        },
    }
}

/// Waits for the end of a program that has closed its output; none if it takes too long.
fn wait(child: &mut Child, deadline: Option<Instant>) -> io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Ok(None);
        }
        std::thread::sleep(GLANCE);
    }
}
