//! The files of one part: a single one, or shards with numbers in their names.
//!
//! None of them has its name before all of them are complete: how many there are, which the names tell, is known
//! only then, and a run that fails leaves nothing that looks like its result.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::write::GzEncoder;
use xxhash_rust::xxh3::Xxh3;

use crate::error::{Error, Result};
use crate::stream::{Buffering, Output, Sealed, admit};

use super::config::{Compress, Shards};

/// The level of zstd that its command has without being told.
const ZSTD: i32 = 3;

/// Compressed bytes that are gathered before they are written.
const GATHERED: usize = 64 << 10;

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    /// Its path.
    pub path: String,
    pub records: u64,
    /// As it is stored.
    pub bytes: u64,
    /// XXH3 with 128 bits of what is stored; 0 where digests are not told.
    pub digest: u128,
}

/// Where the files of a series stand.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// One file, or a device.
    Path(PathBuf),
    /// Files in a folder whose names begin so.
    Stem(PathBuf, String),
}

impl Place {
    /// The path of its only file.
    pub(super) fn path(&self, manner: Manner) -> PathBuf {
        match self {
            Place::Path(path) => path.clone(),
            Place::Stem(folder, stem) => folder.join(format!("{stem}{}", manner.ending())),
        }
    }

    /// Is it free? A shard of another run would later be taken for one of this.
    pub(super) fn admit(&self, manner: Manner, shards: Shards) -> Result<()> {
        let force = manner.force;
        match self {
            Place::Path(path) if is_device(path) => Ok(()),
            Place::Path(path) => admit(path, force),
            Place::Stem(..) if shards == Shards::One => admit(&self.path(manner), force),
            Place::Stem(folder, stem) => {
                let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
                let mut names = names.filter_map(|entry| entry.file_name().into_string().ok());
                match names.find(|name| is_shard(name, stem)) {
                    Some(name) if !force => match shards {
                        Shards::Count(count) if name.contains(&format!("-of-{count:05}.")) => {
                            admit(&folder.join(name), force)
                        }
                        _ => Err(is_older(&folder.join(name))),
                    },
                    _ => Ok(()),
                }
            }
        }
    }
}

/// What is common to all files of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub compress: Option<Compress>,
    /// Files that exist are replaced.
    pub force: bool,
    /// Digests are told.
    pub digests: bool,
}

impl Manner {
    /// The end of the names of files.
    pub(super) fn ending(self) -> &'static str {
        match self.compress {
            None => ".jsonl",
            Some(Compress::Zst) => ".jsonl.zst",
            Some(Compress::Gz) => ".jsonl.gz",
        }
    }
}

/// The files of one part.
pub(super) struct Series {
    place: Place,
    manner: Manner,
    shards: Shards,
    /// The records that will come, where that is known.
    total: u64,
    current: Option<Sheet>,
    /// Those that are complete, without their final names.
    done: Vec<(Sealed, Written)>,
    records: u64,
}

impl Series {
    /// Opens it; an error if there is a file already that it would replace without being told to.
    pub(super) fn open(place: Place, manner: Manner, shards: Shards) -> Result<Series> {
        let shards = if let Place::Path(_) = place { Shards::One } else { shards };
        place.admit(manner, shards)?;
        let (done, records, total) = (Vec::new(), 0, 0);
        let series = Series { place, manner, shards, total, current: None, done, records };
        let current = Some(series.sheet()?);
        Ok(Series { current, ..series })
    }

    /// Tells how many records will come.
    pub(super) fn expect(&mut self, total: u64) {
        self.total = total;
    }

    fn sheet(&self) -> Result<Sheet> {
        let output = match &self.place {
            Place::Path(path) if is_device(path) => Output::create(path, Buffering::Block)?,
            Place::Path(path) => {
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                Output::unnamed(
                    folder.unwrap_or(Path::new(".")),
                    path.to_string_lossy().into_owned(),
                )?
            }
            Place::Stem(folder, _) => {
                let name = self.place.path(self.manner);
                Output::unnamed(folder, name.to_string_lossy().into_owned())?
            }
        };
        Sheet::new(output, self.manner)
    }

    /// Can lines of any number be written at once?
    pub(super) fn is_single(&self) -> bool {
        self.shards == Shards::One
    }

    /// Writes whole lines that hold so many records; one line, unless [`is_single`](Series::is_single).
    pub(super) fn write(&mut self, lines: &[u8], records: u64) -> Result<()> {
        let full = match (self.shards, &self.current) {
            (Shards::Bytes(most), Some(sheet)) => {
                sheet.records > 0 && sheet.raw + lines.len() as u64 > most
            }
            (Shards::Records(most), Some(sheet)) => sheet.records >= most,
            _ => false,
        };
        if full {
            self.next()?;
        }
        if let Shards::Count(count) = self.shards {
            while self.done.len() + 1 < count as usize
                && self.records >= self.end_of(self.done.len())
            {
                self.next()?;
            }
        }
        self.records += records;
        match &mut self.current {
            Some(sheet) => sheet.write(lines, records),
            None => Ok(()),
        }
    }

    /// Records up to the end of a shard, of as many shards as were asked for.
    fn end_of(&self, shard: usize) -> u64 {
        let Shards::Count(count) = self.shards else { return u64::MAX };
        (u128::from(self.total) * (shard as u128 + 1) / u128::from(count)) as u64
    }

    fn next(&mut self) -> Result<()> {
        self.close()?;
        self.current = Some(self.sheet()?);
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        if let Some(sheet) = self.current.take() {
            let (mut sealed, written) = sheet.close()?;
            // There may be more shards than a process may have open files.
            if !self.is_single() {
                sealed.release()?;
            }
            self.done.push((sealed, written));
        }
        Ok(())
    }

    /// Completes all files, which do not have their names yet. They need no descriptors from here on.
    pub(super) fn complete(mut self) -> Result<Complete> {
        if let Shards::Count(count) = self.shards {
            while self.done.len() + 1 < count as usize {
                self.next()?;
            }
        }
        self.close()?;
        let of = self.done.len();
        let mut files = Vec::with_capacity(of);
        for (at, (sealed, mut written)) in self.done.into_iter().enumerate() {
            let path = match (&self.place, self.shards) {
                (
                    Place::Stem(folder, stem),
                    Shards::Count(_) | Shards::Bytes(_) | Shards::Records(_),
                ) => folder.join(format!("{stem}-{at:05}-of-{of:05}{}", self.manner.ending())),
                _ => self.place.path(self.manner),
            };
            written.path = path.to_string_lossy().into_owned();
            files.push((sealed, path, written));
        }
        if let (Place::Stem(folder, stem), false) = (&self.place, self.shards == Shards::One) {
            refuse_older(folder, stem, &files)?;
        }
        Ok(Complete { files, force: self.manner.force })
    }
}

/// The complete files of a series.
pub(super) struct Complete {
    files: Vec<(Sealed, PathBuf, Written)>,
    force: bool,
}

impl Complete {
    /// The paths that the files will have.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(_, path, _)| path.as_path())
    }

    /// Lets go of all file descriptors.
    pub(super) fn release(&mut self) -> Result<()> {
        self.files.iter_mut().try_for_each(|(sealed, ..)| sealed.release())
    }

    /// May the files stand where they shall?
    pub(super) fn admit(&self) -> Result<()> {
        let mut files = self.files.iter().filter(|(_, path, _)| !is_device(path));
        files.try_for_each(|(_, path, _)| admit(path, self.force))
    }

    /// What was written.
    pub(super) fn written(&self) -> impl Iterator<Item = &Written> {
        self.files.iter().map(|(_, _, written)| written)
    }

    /// The files with the paths that they shall have.
    pub(super) fn into_files(self) -> impl Iterator<Item = (Sealed, PathBuf)> {
        self.files.into_iter().map(|(sealed, path, _)| (sealed, path))
    }
}

/// Shards of another number would be taken for shards of this run, so that its records came twice.
fn refuse_older(folder: &Path, stem: &str, files: &[(Sealed, PathBuf, Written)]) -> Result<()> {
    let names = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths = names
        .filter(|entry| is_shard(&entry.file_name().to_string_lossy(), stem))
        .map(|entry| entry.path());
    let is_new =
        |path: &PathBuf| files.iter().any(|(_, new, _)| new.file_name() == path.file_name());
    match paths.find(|path| !is_new(path)) {
        Some(path) => Err(is_older(&path)),
        None => Ok(()),
    }
}

fn is_older(path: &Path) -> Error {
    Error::Unfit(format!("{}: is a shard of an earlier run; remove it", path.display()))
}

/// Is it the name of a shard of this stem, of however many?
fn is_shard(name: &str, stem: &str) -> bool {
    let rest = name.strip_prefix(stem).and_then(|rest| rest.strip_prefix('-'));
    rest.is_some_and(|rest| rest.get(5..9) == Some("-of-") && rest.contains(".jsonl"))
}

/// Is something there that is no file, and so is written to and not replaced?
fn is_device(path: &Path) -> bool {
    path == Path::new("-") || std::fs::metadata(path).is_ok_and(|at| !at.is_file() && !at.is_dir())
}

/// One file that is being written.
struct Sheet {
    output: Output,
    encoder: Encoder,
    /// Of what is stored, where it is told.
    digest: Option<Box<Xxh3>>,
    records: u64,
    /// Bytes before compression.
    raw: u64,
    bytes: u64,
}

enum Encoder {
    None,
    Zst(zstd::stream::write::Encoder<'static, Vec<u8>>),
    Gz(GzEncoder<Vec<u8>>),
}

impl Sheet {
    fn new(output: Output, manner: Manner) -> Result<Sheet> {
        let encoder = match manner.compress {
            None => Encoder::None,
            Some(Compress::Gz) => {
                Encoder::Gz(GzEncoder::new(Vec::new(), flate2::Compression::default()))
            }
            Some(Compress::Zst) => {
                let encoder = zstd::stream::write::Encoder::new(Vec::new(), ZSTD);
                let encoder = encoder.and_then(|mut encoder| {
                    encoder.include_checksum(true)?;
                    Ok(encoder)
                });
                Encoder::Zst(encoder.map_err(cannot_compress)?)
            }
        };
        let digest = manner.digests.then(Box::default);
        Ok(Sheet { output, encoder, digest, records: 0, raw: 0, bytes: 0 })
    }

    fn write(&mut self, lines: &[u8], records: u64) -> Result<()> {
        self.records += records;
        self.raw += lines.len() as u64;
        let packed = match &mut self.encoder {
            Encoder::None => return self.push(lines),
            Encoder::Zst(encoder) => encoder.write_all(lines).map(|()| encoder.get_mut()),
            Encoder::Gz(encoder) => encoder.write_all(lines).map(|()| encoder.get_mut()),
        };
        let packed = packed.map_err(cannot_compress)?;
        if packed.len() < GATHERED {
            return Ok(());
        }
        let packed = std::mem::take(packed);
        self.push(&packed)
    }

    /// Writes what is stored.
    fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.digest.iter_mut().for_each(|digest| digest.update(bytes));
        self.bytes += bytes.len() as u64;
        self.output.write(bytes)
    }

    fn close(mut self) -> Result<(Sealed, Written)> {
        let rest = match std::mem::replace(&mut self.encoder, Encoder::None) {
            Encoder::None => Vec::new(),
            Encoder::Zst(encoder) => encoder.finish().map_err(cannot_compress)?,
            Encoder::Gz(encoder) => encoder.finish().map_err(cannot_compress)?,
        };
        self.push(&rest)?;
        let Sheet { output, digest, records, bytes, .. } = self;
        let written = Written {
            path: String::new(),
            records,
            bytes,
            digest: digest.map_or(0, |digest| digest.digest128()),
        };
        Ok((output.seal()?, written))
    }
}

fn cannot_compress(source: std::io::Error) -> Error {
    Error::Write { name: "compressed data".to_owned(), source }
}
