//! What is read: the inputs of a run, opened and checked before anything is written.
//!
//! A typing error in the last name must not show after an hour of work, so every input is opened at
//! once. A list of shards may be longer than the process may have open files, so only the first
//! ones stay open; the other regular files are opened again when their turn comes.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

use super::source::Format;
use super::{source, startup};

/// The name of standard input in messages.
const STDIN: &str = "<stdin>";
/// Lines up to 256 MiB: a thousand times the longest seen in chat data, and memory any machine has.
const MAX_LINE_BYTES: usize = 256 << 20;
/// Blocks of 1 MiB: small enough for the L2 cache of a core, large enough to make handing over
/// free.
const BLOCK_BYTES: usize = 1 << 20;
/// Lines up to here are judged in parallel, with a copy of each; longer ones one at a time, without.
const LONG_BYTES: usize = 2 << 20;
/// 128 MiB, the window the `zstd` command accepts without `--long`.
const WINDOW_LOG_MAX: u32 = 27;
/// Bytes of a path; a longer one the system does not take.
const MOST_NAME: usize = 4096;
/// Bytes of what is no name that are shown.
const MOST_QUOTED: usize = 60;
/// Inputs that stay open from the start. The usual limit of a process is 1024 open files.
const HELD_OPEN: usize = 64;

/// How inputs are read.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Unpack gzip, zstd and xz, recognised by their first bytes.
    pub decompress: bool,
    /// A line with more bytes than this, without its line feed, is cut. At least 1.
    pub max_line_bytes: usize,
    /// Bytes in a block, about. At least 1; never more than `max_line_bytes`.
    pub block_bytes: usize,
    /// The largest zstd window that is accepted, as a power of two.
    pub window_log_max: u32,
    /// A line with more bytes than this is read in its own place where that is possible.
    pub long_bytes: usize,
}

impl Default for Reading {
    /// 256 MiB lines and 1 MiB blocks. The environment variables `CHATML_TEST_BLOCK` and
    /// `CHATML_TEST_LONG`, for tests only, set another block size and another length of long lines.
    fn default() -> Reading {
        let forced = |name| std::env::var(name).ok().and_then(|size| size.parse().ok());
        let block_bytes = forced("CHATML_TEST_BLOCK").filter(|&size| size >= 1);
        Reading {
            decompress: true,
            max_line_bytes: MAX_LINE_BYTES,
            block_bytes: block_bytes.unwrap_or(BLOCK_BYTES),
            window_log_max: WINDOW_LOG_MAX,
            long_bytes: forced("CHATML_TEST_LONG").unwrap_or(LONG_BYTES),
        }
    }
}

impl Reading {
    /// The block size that counts. It never exceeds the line limit, so that a block can hold no
    /// more than one line over the limit, and that one last.
    pub(super) fn block(&self) -> usize {
        self.block_bytes.clamp(1, self.limit())
    }

    /// The line limit that counts.
    pub(super) fn limit(&self) -> usize {
        self.max_line_bytes.max(1)
    }
}

/// The inputs of a run, in order.
#[derive(Debug)]
pub struct Inputs {
    pub(super) items: Vec<Item>,
    pub(super) names: Vec<String>,
    pub(super) reading: Reading,
}

/// One input.
#[derive(Debug)]
pub(super) struct Item {
    /// The open file; none if it is to be opened again when its turn comes.
    file: Option<File>,
    /// Where to open it again.
    path: PathBuf,
    /// How it is read.
    pub(super) kind: Kind,
    /// Reading it may have to wait for a writer.
    pub(super) waits: bool,
    /// The caller's open file, whose offset other processes share.
    pub(super) is_stdin: bool,
    /// Which regular file it is.
    identity: Option<Identity>,
}

/// A regular file in the state in which it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
    size: u64,
    /// When it was last changed: seconds and nanoseconds.
    changed: (i64, i64),
}

impl Identity {
    fn of(metadata: &Metadata) -> Identity {
        Identity {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            changed: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

/// How an input is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A regular file that is not compressed: by all workers at once, from `start` to `end`.
    Ranges { start: u64, end: u64 },
    /// Anything else: by the one feeder thread.
    Stream,
}

impl Item {
    /// The open file.
    pub(super) fn take(&mut self, name: &str) -> Result<File> {
        match self.file.take() {
            Some(file) => Ok(file),
            None => File::open(&self.path)
                .map_err(|source| Error::Open { name: name.to_owned(), source }),
        }
    }

    /// Refuses a regular file in a format that is not read, before there is any output.
    fn refuse_foreign(&self, name: &str, start: u64, reading: &Reading) -> Result<()> {
        let regular = self.file.as_ref().filter(|_| self.identity.is_some());
        match regular.and_then(|file| format_at(file, start, reading)) {
            Some(Format::Foreign(foreign)) => Err(foreign.error(name.to_owned())),
            _ => Ok(()),
        }
    }
}

impl Inputs {
    /// Opens every input. `-` is standard input, at most once.
    pub fn open(paths: &[PathBuf], reading: &Reading) -> Result<Inputs> {
        let is_stdin = |path: &&PathBuf| path.as_os_str() == "-";
        if paths.iter().filter(is_stdin).count() > 1 {
            return Err(Error::Usage("standard input can be read only once".to_owned()));
        }
        let mut inputs = Inputs { items: vec![], names: vec![], reading: reading.clone() };
        for path in paths {
            if is_stdin(&path) {
                inputs.add(STDIN.to_owned(), stdin_item(reading)?);
            } else {
                let name = path.to_string_lossy().into_owned();
                inputs.add(name.clone(), named_item(path, &name, reading)?);
            }
        }
        Ok(inputs)
    }

    /// Adds an input; only the first of many files stay open.
    fn add(&mut self, name: String, mut item: Item) {
        if self.items.len() >= HELD_OPEN && item.identity.is_some() && !item.is_stdin {
            item.file = None;
        }
        self.names.push(name);
        self.items.push(item);
    }

    /// One open file as the only input, read from its start: what a run has put aside for itself.
    pub fn of_file(file: File, name: &str, reading: &Reading) -> Result<Inputs> {
        let item = item(file, PathBuf::new(), reading)
            .map_err(|source| Error::Open { name: name.to_owned(), source })?;
        Ok(Inputs { items: vec![item], names: vec![name.to_owned()], reading: reading.clone() })
    }

    /// The way to read all of them a second time; none if one of them cannot be, such as a pipe.
    pub fn again(&self) -> Option<Again> {
        let item = |item: &Item| {
            let identity = item.identity.filter(|_| !item.waits)?;
            let stdin = match item.kind {
                Kind::Ranges { .. } if item.is_stdin => Some(item.kind),
                // Its place is behind what was read.
                Kind::Stream if item.is_stdin => return None,
                _ => None,
            };
            Some((item.path.clone(), stdin, identity))
        };
        let items = self.items.iter().map(item).collect::<Option<_>>()?;
        Some(Again { items, names: self.names.clone(), reading: self.reading.clone() })
    }

    /// The names of the inputs as the user gave them; `<stdin>` for standard input.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The bytes to be read, when that is known beforehand: all inputs are regular, uncompressed
    /// files.
    pub fn total_bytes(&self) -> Option<u64> {
        let mut total = 0u64;
        for item in &self.items {
            total += match (item.kind, item.identity) {
                (Kind::Ranges { start, end }, _) => end - start,
                (Kind::Stream, Some(Identity { size: 0, .. })) if !item.waits => 0,
                _ => return None,
            };
        }
        Some(total)
    }

    /// Refuses an output path that is one of the inputs, under whatever name. Only regular files
    /// can clash; a path that does not exist is fine.
    pub fn refuse_as_output(&self, path: &Path) -> Result<()> {
        self.identities().refuse_as_output(path)
    }

    /// Refuses a standard output that is redirected onto a regular file that is also an input, as
    /// `cat` does. A file that is empty so far is fine.
    pub fn refuse_stdout_as_input(&self) -> Result<()> {
        if startup::closed(1) {
            return Ok(());
        }
        let stdout = io::stdout().as_fd().try_clone_to_owned().map(File::from);
        match stdout.and_then(|file| file.metadata()) {
            Ok(metadata) => self.identities().refuse(&metadata, "standard output", 1),
            Err(_) => Ok(()),
        }
    }

    /// Which files these are, for outputs that are named when the inputs were read.
    pub fn identities(&self) -> Identities {
        let named = self.items.iter().zip(&self.names);
        let identity = |(item, name): (&Item, &String)| {
            item.identity.map(|of| ((of.device, of.inode), name.clone()))
        };
        Identities(named.filter_map(identity).collect())
    }
}

/// Inputs that are to be read a second time.
#[derive(Debug)]
pub struct Again {
    /// Where each is, how standard input is read, and what it was the first time.
    items: Vec<(PathBuf, Option<Kind>, Identity)>,
    names: Vec<String>,
    reading: Reading,
}

impl Again {
    /// Opens them; an error if one is no longer what it was.
    pub fn open(self) -> Result<Inputs> {
        let mut inputs = Inputs { items: vec![], names: vec![], reading: self.reading };
        for ((path, stdin, identity), name) in self.items.into_iter().zip(self.names) {
            let item = match stdin {
                Some(kind) => Item { kind, ..stdin_item(&inputs.reading)? },
                None => named_item(&path, &name, &inputs.reading)?,
            };
            if item.identity != Some(identity) {
                let what = "has changed while it was read; it has to be read twice";
                return Err(Error::Unfit(format!("{name}: {what}")));
            }
            inputs.add(name, item);
        }
        Ok(inputs)
    }
}

/// The regular files among the inputs of a run: device and inode, and the name.
#[derive(Debug, Clone, Default)]
pub struct Identities(Vec<((u64, u64), String)>);

impl Identities {
    /// Those of files that are read otherwise; what is no regular file clashes with nothing.
    pub fn of_paths<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Identities {
        let identity = |path: &Path| {
            let metadata = std::fs::metadata(path).ok().filter(Metadata::is_file)?;
            Some(((metadata.dev(), metadata.ino()), path.to_string_lossy().into_owned()))
        };
        Identities(paths.into_iter().filter_map(identity).collect())
    }

    /// Together with others.
    #[must_use]
    pub fn and(mut self, others: Identities) -> Identities {
        self.0.extend(others.0);
        self
    }

    /// The names of those that are also among `others`.
    pub fn shared_with(&self, others: &Identities) -> Vec<String> {
        let known = |(identity, _): &&((u64, u64), String)| {
            others.0.iter().any(|(other, _)| other == identity)
        };
        self.0.iter().filter(known).map(|(_, name)| name.clone()).collect()
    }

    /// Refuses an output path as [`Inputs::refuse_as_output`] does.
    pub fn refuse_as_output(&self, path: &Path) -> Result<()> {
        match std::fs::metadata(path) {
            Ok(metadata) => self.refuse(&metadata, &path.to_string_lossy(), 0),
            Err(_) => Ok(()),
        }
    }

    fn refuse(&self, output: &Metadata, name: &str, least: u64) -> Result<()> {
        if !output.is_file() || output.size() < least {
            return Ok(());
        }
        let same =
            |(identity, _): &&((u64, u64), String)| *identity == (output.dev(), output.ino());
        match self.0.iter().find(same) {
            Some((_, input)) => Err(Error::SameFile {
                output: name.to_owned(),
                other: format!("the input {input}"),
            }),
            None => Ok(()),
        }
    }
}

fn named_item(path: &Path, name: &str, reading: &Reading) -> Result<Item> {
    let fail = |source| Error::Open { name: name.to_owned(), source };
    let file = File::open(path).map_err(fail)?;
    let item = item(file, path.to_owned(), reading).map_err(fail)?;
    item.refuse_foreign(name, 0, reading)?;
    Ok(item)
}

fn stdin_item(reading: &Reading) -> Result<Item> {
    let read_error = |source| Error::Read { name: STDIN.to_owned(), offset: None, source };
    if startup::closed(0) {
        return Err(read_error(rustix::io::Errno::BADF.into()));
    }
    let file = io::stdin().as_fd().try_clone_to_owned().map_err(read_error)?;
    let mut item = item(File::from(file), PathBuf::new(), reading)
        .map_err(|source| Error::Open { name: STDIN.to_owned(), source })?;
    item.is_stdin = true;
    if let (Kind::Ranges { end, .. }, Some(file)) = (item.kind, &item.file) {
        let start = rustix::fs::tell(file).map_err(|errno| read_error(errno.into()))?;
        item.kind = ranges_or_stream(file, start, end, reading);
        item.refuse_foreign(STDIN, start, reading)?;
    }
    Ok(item)
}

fn item(file: File, path: PathBuf, reading: &Reading) -> io::Result<Item> {
    let metadata = file.metadata()?;
    let kind = metadata.file_type();
    if kind.is_dir() {
        return Err(rustix::io::Errno::ISDIR.into());
    }
    let size = metadata.size();
    let regular = kind.is_file();
    if kind.is_fifo() {
        source::widen(&file);
    }
    Ok(Item {
        kind: match regular {
            true => ranges_or_stream(&file, 0, size, reading),
            false => Kind::Stream,
        },
        file: Some(file),
        path,
        // Files of /proc have no size, and some of them wait.
        waits: !regular || size == 0 && metadata.blocks() == 0 && metadata.dev() == proc_device(),
        is_stdin: false,
        identity: regular.then(|| Identity::of(&metadata)),
    })
}

/// The device of /proc, or one that no file has.
fn proc_device() -> u64 {
    std::fs::metadata("/proc/self").map_or(u64::MAX, |metadata| metadata.dev())
}

fn ranges_or_stream(file: &File, start: u64, end: u64, reading: &Reading) -> Kind {
    let packed = format_at(file, start, reading).is_some();
    if packed || start >= end { Kind::Stream } else { Kind::Ranges { start, end } }
}

/// The format of a regular file from `start` on; none when all is to be read as it is.
fn format_at(file: &File, start: u64, reading: &Reading) -> Option<Format> {
    let mut magic = [0; source::MAGIC_BYTES];
    // A read error here comes again, with its place, when the file is read.
    let read = file.read_at(&mut magic, start).unwrap_or(0);
    source::format_of(&magic[..read]).filter(|_| reading.decompress)
}

/// Reads a list of file names, each ended by NUL, as `find -print0` writes it. `-` is standard
/// input.
pub fn read_files0(path: &Path) -> Result<Vec<PathBuf>> {
    use std::os::unix::ffi::OsStringExt;

    let is_stdin = path.as_os_str() == "-";
    let name = if is_stdin { STDIN.to_owned() } else { path.to_string_lossy().into_owned() };
    let mut list = Vec::new();
    let read_error = |source| Error::Read { name: name.clone(), offset: None, source };
    if is_stdin {
        if startup::closed(0) {
            return Err(read_error(rustix::io::Errno::BADF.into()));
        }
        io::stdin().lock().read_to_end(&mut list).map_err(read_error)?;
    } else {
        let file = File::open(path);
        let mut file = file.map_err(|source| Error::Open { name: name.clone(), source })?;
        file.read_to_end(&mut list).map_err(read_error)?;
    }
    let is_divided = list.contains(&0);
    if list.last() == Some(&0) {
        list.pop();
    } else if list.is_empty() {
        return Ok(Vec::new());
    }
    let paths: Vec<PathBuf> = list
        .split(|&byte| byte == 0)
        .map(|name| PathBuf::from(std::ffi::OsString::from_vec(name.to_vec())))
        .collect();
    // Most likely the names of a list that ends them with line feeds.
    let is_list = |path: &&PathBuf| {
        let bytes = path.as_os_str().as_encoded_bytes();
        bytes.len() > MOST_NAME || !is_divided && bytes.contains(&b'\n') && !path.exists()
    };
    if let Some(path) = paths.iter().find(is_list) {
        let bytes = path.as_os_str().as_encoded_bytes();
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(MOST_QUOTED)]);
        let more = if bytes.len() > MOST_QUOTED { "..." } else { "" };
        let what = "is no file; names end with a NUL byte there, as find -print0 writes them";
        return Err(Error::Usage(format!("{name}: {start:?}{more} {what}")));
    }
    match paths.iter().position(|path| path.as_os_str().is_empty()) {
        Some(index) => Err(Error::Usage(format!("{name}: file name {} is empty", index + 1))),
        None => Ok(paths),
    }
}
