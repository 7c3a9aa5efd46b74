//! Where kept lines go.
//!
//! Own buffering instead of std's: every `write(2)` is a block of whole lines, a failed write is an
//! error with a name, and nothing counts as written before [`Output::finish`] has said so.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, IsTerminal};
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use crate::error::{Error, Result};

use super::sealed::{self, Sealed};
use super::temporary::{self, Temporary};
use super::{signals, startup};

/// Bytes gathered before a write: beyond this larger writes gain nothing.
const BUFFER: usize = 256 << 10;
/// Slices from this size on are written from where they are; copying them would cost more than the
/// write that is saved.
const DIRECT: usize = 64 << 10;
/// The name of standard output in messages.
const STDOUT: &str = "standard output";
const STDERR: &str = "standard error";
/// Symbolic links followed to an output that does not exist yet; the limit of Linux.
const MOST_LINKS: usize = 40;

/// When an output goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Buffering {
    /// By line to a terminal, else by block.
    #[default]
    Auto,
    /// After every write.
    Line,
    /// When the buffer is full, and on [`Output::flush`].
    Block,
}

/// An output. Only what [`finish`](Output::finish), or [`Sealed::place`], has confirmed is written.
#[derive(Debug)]
pub struct Output {
    target: Target,
    /// The name in messages.
    name: String,
    /// Whole lines that were not written yet.
    buffer: Vec<u8>,
    /// Nothing stays in the buffer after a write.
    by_line: bool,
    is_terminal: bool,
}

#[derive(Debug)]
enum Target {
    None,
    Stdout,
    /// Standard error.
    Stderr,
    /// A device or pipe, or another file that cannot be replaced.
    Direct(File),
    /// A temporary file that comes into its place in the end.
    Atomic {
        file: Temporary,
        place: Place,
    },
}

/// Where a temporary file shall stand.
#[derive(Debug)]
enum Place {
    /// Where a file may be that it replaces.
    Over(PathBuf),
    /// Exactly there; over what is there only if it may.
    At { path: PathBuf, replace: bool },
    /// Not known yet, but the folder.
    In(PathBuf),
}

impl Output {
    /// Standard output.
    pub fn stdout(buffering: Buffering) -> Output {
        let is_terminal = !startup::closed(1) && io::stdout().is_terminal();
        Output::new(Target::Stdout, STDOUT.to_owned(), buffering, is_terminal)
    }

    /// Standard error, for what a run is asked for and not only for messages about it.
    pub fn stderr() -> Output {
        Output::new(Target::Stderr, STDERR.to_owned(), Buffering::Block, false)
    }

    /// A file that holds all of the output, or keeps its old content: the output is written to a
    /// temporary file beside it, which takes its place in [`finish`](Output::finish). A symbolic
    /// link is followed. The mode of the old file is kept. What exists and is not a regular file is
    /// written to directly.
    pub fn create(path: &Path, buffering: Buffering) -> Result<Output> {
        if is_stdout_name(path) {
            return Ok(Output::stdout(buffering));
        }
        let name = path.to_string_lossy().into_owned();
        match target(path) {
            Ok(target) => {
                let is_terminal = matches!(&target, Target::Direct(file) if file.is_terminal());
                Ok(Output::new(target, name, buffering, is_terminal))
            }
            Err(source) => Err(Error::Create { name, source }),
        }
    }

    /// A file that is written as things happen, for whoever looks on: it is there at once, in place of an older
    /// one, and every write goes out.
    pub fn live(path: &Path) -> Result<Output> {
        let name = path.to_string_lossy().into_owned();
        match OpenOptions::new().write(true).create(true).truncate(true).open(path) {
            Ok(file) => Ok(Output::new(Target::Direct(file), name, Buffering::Line, false)),
            Err(source) => Err(Error::Create { name, source }),
        }
    }

    /// A file that will stand at exactly `path`: a symbolic link there is not followed. Over what stands there
    /// it comes only with `replace`, and then a file or link is replaced, not written through; a file need not
    /// be one that may be written. Has the mode of new files.
    ///
    /// What stands there already is trouble here ([`Error::Exists`]), what comes there meanwhile is in
    /// [`finish`](Output::finish).
    pub fn fresh(path: &Path, replace: bool) -> Result<Output> {
        sealed::admit(path, replace)?;
        let place = Place::At { path: path.to_owned(), replace };
        Output::atomic(Temporary::create(path), path.to_string_lossy().into_owned(), place)
    }

    /// A file of the mode of new files in a folder, whose path is only known when it is complete. To be
    /// [sealed](Output::seal), not finished.
    pub fn unnamed(folder: &Path, name: String) -> Result<Output> {
        // The parent of a bare name is empty.
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        Output::atomic(Temporary::create_in(folder), name, Place::In(folder.to_owned()))
    }

    fn atomic(file: io::Result<Temporary>, name: String, place: Place) -> Result<Output> {
        match file {
            Ok(file) => {
                let target = Target::Atomic { file, place };
                Ok(Output::new(target, name, Buffering::Block, false))
            }
            Err(source) => Err(Error::Create { name, source }),
        }
    }

    /// Whether `path` is a name of standard output, or the regular file that it is redirected to.
    pub fn is_stdout(path: &Path) -> bool {
        if is_stdout_name(path) {
            return true;
        }
        let stdout = io::stdout().as_fd().try_clone_to_owned().map(File::from);
        let stdout = stdout.and_then(|file| file.metadata());
        match (stdout, std::fs::metadata(path)) {
            (Ok(one), Ok(other)) => {
                let same = (one.dev(), one.ino()) == (other.dev(), other.ino());
                !startup::closed(1) && one.is_file() && same
            }
            _ => false,
        }
    }

    /// An output that takes everything and keeps nothing.
    pub fn none() -> Output {
        Output::new(Target::None, String::new(), Buffering::Block, false)
    }

    fn new(target: Target, name: String, buffering: Buffering, is_terminal: bool) -> Output {
        let by_line = match buffering {
            Buffering::Auto => is_terminal,
            Buffering::Line => true,
            Buffering::Block => false,
        };
        Output { target, name, buffer: Vec::new(), by_line, is_terminal }
    }

    /// Whether nothing is kept of what is written.
    pub fn is_none(&self) -> bool {
        matches!(self.target, Target::None)
    }

    /// Whether it ends at a terminal.
    pub fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Writes whole lines.
    pub fn write(&mut self, lines: &[u8]) -> Result<()> {
        if matches!(self.target, Target::None) {
            return Ok(());
        }
        if self.buffer.len() + lines.len() > BUFFER || lines.len() >= DIRECT {
            self.flush()?;
        }
        if lines.len() >= DIRECT {
            return self.push(lines);
        }
        self.buffer.extend_from_slice(lines);
        if self.by_line { self.flush() } else { Ok(()) }
    }

    /// Writes lines, and the newline that the last one may lack.
    pub fn write_lines(&mut self, lines: &[u8]) -> Result<()> {
        self.write(lines)?;
        if lines.last().is_some_and(|last| *last != b'\n') { self.write(b"\n") } else { Ok(()) }
    }

    /// Hands everything to the kernel.
    pub fn flush(&mut self) -> Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = self.push(&buffer);
        buffer.clear();
        self.buffer = buffer;
        result
    }

    /// Hands everything to the kernel and puts a file in its place. The only way, beside a file that was sealed
    /// and placed, to know that the output is complete.
    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        let Target::Atomic { file, place } = &mut self.target else { return Ok(()) };
        let file = std::mem::replace(file, Temporary::SETTLED);
        let fail = |source| Error::Write { name: self.name.clone(), source };
        match place {
            Place::Over(path) => file.replace(path).map_err(fail),
            Place::At { path, replace } => {
                let folder = temporary::folder(path).to_owned();
                Sealed::new(file, folder, self.name.clone()).place(path, *replace)
            }
            Place::In(_) => Err(fail(io::Error::other("it has got no name"))),
        }
    }

    /// Hands everything to the kernel. A file is complete then, but not in its place yet.
    pub fn seal(mut self) -> Result<Sealed> {
        self.flush()?;
        let name = std::mem::take(&mut self.name);
        let Target::Atomic { file, place } = &mut self.target else {
            return Ok(Sealed::already(name));
        };
        let folder = match place {
            Place::Over(path) | Place::At { path, .. } => temporary::folder(path).to_owned(),
            Place::In(folder) => std::mem::take(folder),
        };
        Ok(Sealed::new(std::mem::replace(file, Temporary::SETTLED), folder, name))
    }

    fn push(&self, bytes: &[u8]) -> Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let written = match &self.target {
            Target::None => Ok(()),
            Target::Stdout if startup::closed(1) => Err(Errno::BADF.into()),
            Target::Stdout => write_all(io::stdout(), bytes),
            Target::Stderr if startup::closed(2) => Err(Errno::BADF.into()),
            Target::Stderr => write_all(io::stderr(), bytes),
            Target::Direct(file) => write_all(file, bytes),
            Target::Atomic { file, .. } => file.file().and_then(|file| write_all(file, bytes)),
        };
        written.map_err(|source| {
            let broken = source.kind() == io::ErrorKind::BrokenPipe;
            if broken && matches!(self.target, Target::Stdout) && !startup::pipe_ignored() {
                Error::ClosedPipe
            } else {
                Error::Write { name: self.name.clone(), source }
            }
        })
    }
}

/// Writes past std's buffers, and past interruptions and full non-blocking pipes.
fn write_all(fd: impl AsFd, mut bytes: &[u8]) -> io::Result<()> {
    let _writing = signals::writing();
    while !bytes.is_empty() {
        match rustix::io::write(&fd, bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => match poll(&mut [PollFd::new(&fd, PollFlags::OUT)], None) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            },
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// How `path` is to be written.
fn target(path: &Path) -> io::Result<Target> {
    let (path, mode) = match std::fs::metadata(path) {
        Ok(metadata) => {
            // Also shows whether we may write to it at all, which a rename would not ask.
            let file = OpenOptions::new().write(true).open(path)?;
            if !metadata.is_file() {
                return Ok(Target::Direct(file));
            }
            (std::fs::canonicalize(path)?, Some(metadata.permissions().mode() & 0o7777))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => (follow(path)?, None),
        Err(error) => return Err(error),
    };
    let file = Temporary::create(&path)?;
    if let Some(mode) = mode {
        file.file()?.set_permissions(Permissions::from_mode(mode))?;
    }
    Ok(Target::Atomic { file, place: Place::Over(path) })
}

/// The names by which standard output is asked for: opened again by path it would be written from its start.
pub(super) fn is_stdout_name(path: &Path) -> bool {
    ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].iter().any(|name| path == Path::new(name))
}

/// Where symbolic links end that lead to nothing yet.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        match std::fs::read_link(&path) {
            Ok(to) => path = path.parent().unwrap_or(Path::new("")).join(to),
            // Not a link, or nothing there.
            Err(_) => return Ok(path),
        }
    }
    Err(Errno::LOOP.into())
}
