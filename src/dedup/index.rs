//! The index of earlier runs: a folder of segments, one for each run, which are never changed.
//!
//! A segment holds what the records of a run that stay are compared by, so that those of a later run can be
//! compared with them without the data. It begins with a line of JSON that says how it was made: an index made
//! in another way would answer other questions, so it is refused. It ends with a checksum. A segment appears
//! when its run has ended well; a run that fails leaves the index as it was.
//!
//! ```text
//! {"format":"chatml-dedup index","version":1,...}\n
//! records: u32 length, u32 length of the file name, file name, u64 line, what it is compared by
//! u32 0, u64 number of records, 16 bytes xxh3-128 of all before
//! ```

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use xxhash_rust::xxh3::Xxh3;

use crate::cli::json::to_json_line;
use crate::error::{Error, Result};
use crate::similar::Scheme;
use crate::stream::{Buffering, Output};

use super::config::Config;
use super::decide::{Ask, Decider};
use super::others::Others;
use super::places::Places;
use super::queue::Stored;

/// What the names of segments begin with.
const PREFIX: &str = "segment-";

/// The longest entry that is believed: a longer one is damage.
const LONGEST: u32 = 1 << 30;

/// The line that a segment begins with, which tells how it was made.
fn header(config: &Config) -> Vec<u8> {
    let by: Vec<String> = config.by.iter().map(ToString::to_string).collect();
    let similar = config.similar.map(|similar| {
        let scheme = match similar.scheme {
            Scheme::Bands(banding) => json!({"bands": banding.bands, "rows": banding.rows}),
            Scheme::Complete => json!("complete"),
            Scheme::Contain => json!("contain"),
        };
        json!({"share": similar.threshold.to_string(), "scheme": scheme, "roles": config.roles})
    });
    to_json_line(&json!({
        "format": "chatml-dedup index",
        "version": 1,
        "by": by,
        "normalize": format!("{:?}", config.normalize).to_lowercase(),
        "seed": config.seed,
        "verify": config.verify,
        "similar": similar,
    }))
}

/// The segments of an index with their numbers, in the order in which they were made. A folder that does not exist yet is empty.
fn segments(folder: &Path) -> Result<Vec<(u64, PathBuf)>> {
    let name = folder.display().to_string();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(Error::Open { name, source }),
    };
    let mut segments = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|source| Error::Read { name: name.clone(), offset: None, source })?
            .path();
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        if let Some(number) = number(&path) {
            segments.push((number, path));
        } else if !file.starts_with('.') {
            return Err(Error::Unfit(format!(
                "{name}: is no index: it holds {file}; name a folder of its own"
            )));
        }
    }
    segments.sort();
    Ok(segments)
}

/// Removes what runs left behind that were killed. The folder is locked, so that no run is at it.
fn remove_leftovers(folder: &Path) {
    for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(".chatml-") && name.ends_with(".tmp") {
            let _ = fs::remove_file(&path); // it does no harm but to take room
        }
    }
}

/// The number of a segment.
fn number(path: &Path) -> Option<u64> {
    let digits = path.file_name()?.to_str()?.strip_prefix(PREFIX)?;
    if digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
}

/// Takes in all records of an index.
pub(super) fn load(
    folder: &Path,
    config: &Config,
    places: &mut Places,
    decider: &mut Decider,
    others: &mut Others,
) -> Result<()> {
    if config.index_is_read_only {
        let error = |source| Error::Open { name: folder.display().to_string(), source };
        fs::metadata(folder).map_err(error)?;
    }
    for (_, path) in segments(folder)? {
        let take_in = |ask: Ask<'_>| others.take_in(ask, decider, config);
        Segment::open(&path, config)?.load(places, take_in)?;
    }
    Ok(())
}

/// A segment that is read.
struct Segment {
    name: String,
    file: BufReader<File>,
    at: u64,
    sum: Xxh3,
}

impl Segment {
    fn open(path: &Path, config: &Config) -> Result<Segment> {
        let name = path.display().to_string();
        let file = File::open(path).map_err(|source| Error::Open { name: name.clone(), source })?;
        let file = BufReader::with_capacity(1 << 20, file);
        let mut segment = Segment { name, file, at: 0, sum: Xxh3::new() };
        let wanted = header(config);
        let mut line = Vec::new();
        // No header is longer than 64 KiB, and a file without line feeds is none.
        while line.last() != Some(&b'\n') && line.len() < 64 << 10 {
            line.push(segment.take::<1>()?[0]);
        }
        if line == wanted {
            return Ok(segment);
        }
        let (found, wanted) = (parsed(&line), parsed(&wanted));
        Err(Error::Unfit(match found.get("format") == wanted.get("format") {
            false => format!("{}: is no segment of an index", segment.name),
            true => format!(
                "{}: was made {}; use the same options or another folder",
                segment.name,
                difference(&found, &wanted)
            ),
        }))
    }

    fn load(
        mut self,
        places: &mut Places,
        mut take_in: impl FnMut(Ask<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut stored = Stored::default();
        let mut count = 0u64;
        loop {
            let len = u32::from_le_bytes(self.take()?);
            if len == 0 {
                break;
            }
            let name_len = u32::from_le_bytes(self.take()?);
            if len > LONGEST || name_len > len {
                return Err(self.damaged("an entry is too long"));
            }
            let name = self.take_all(name_len as usize)?;
            let line = u64::from_le_bytes(self.take()?);
            stored.bytes = self.take_all((len - name_len) as usize)?;
            let place = places.next_of(&String::from_utf8_lossy(&name), line)?;
            let Some(ask) = stored.checked(place) else {
                return Err(self.damaged("an entry is broken"));
            };
            take_in(ask)?;
            count += 1;
        }
        if u64::from_le_bytes(self.take()?) != count {
            return Err(self.damaged("records are missing"));
        }
        let sum = self.sum.digest128();
        if u128::from_le_bytes(self.take()?) != sum {
            return Err(self.damaged("the checksum is another"));
        }
        match self.file.fill_buf() {
            Ok([]) => Ok(()),
            Ok(_) => Err(self.damaged("something stands behind its end")),
            Err(source) => Err(Error::Read { name: self.name, offset: Some(self.at), source }),
        }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(&self.take_all(N)?);
        Ok(bytes)
    }

    fn take_all(&mut self, len: usize) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = self.file.by_ref().take(len as u64).read_to_end(&mut bytes);
        let read = read.map_err(|source| Error::Read {
            name: self.name.clone(),
            offset: Some(self.at),
            source,
        })?;
        if read < len {
            return Err(self.damaged("it ends too early"));
        }
        self.at += len as u64;
        self.sum.update(&bytes);
        Ok(bytes)
    }

    fn damaged(&self, why: &str) -> Error {
        let what = "remove it, and dedup its data again";
        Error::Unfit(format!("{}: damaged before byte {}: {why}; {what}", self.name, self.at))
    }
}

/// What the first difference between two headers is, in the words of the command line: what an index was made
/// with, and what this run has.
fn difference(found: &Value, wanted: &Value) -> String {
    let told = |header: &Value| -> [String; 7] {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let list = |value: &Value| {
            value.as_array().into_iter().flatten().map(text).collect::<Vec<_>>().join(",")
        };
        let similar = &header["similar"];
        let (share, scheme) = (text(&similar["share"]), &similar["scheme"]);
        [
            format!("--by {}", list(&header["by"])),
            format!("--normalize {}", text(&header["normalize"])),
            format!("--seed {}", header["seed"]),
            if header["verify"] == true { "--verify" } else { "no --verify" }.to_owned(),
            match scheme.as_str() {
                _ if similar.is_null() => "neither --near nor --contain".to_owned(),
                Some("contain") => format!("--contain={share}"),
                Some("complete") => format!("--near={share} --complete"),
                _ => format!("--near={share} without --complete"),
            },
            format!("--roles {}", list(&similar["roles"])),
            format!("version {} of the format", header["version"]),
        ]
    };
    let pairs = told(found).into_iter().zip(told(wanted));
    match pairs.into_iter().find(|(found, wanted)| found != wanted) {
        Some((found, wanted)) => format!("with {found}, this run has {wanted}"),
        None => "by another version of chatml-dedup".to_owned(),
    }
}

fn parsed(line: &[u8]) -> Value {
    serde_json::from_slice(line).unwrap_or_default()
}

/// The segment of this run.
pub(super) struct Growing {
    output: Output,
    /// The folder, locked: a run beside this one would make a segment of the same number.
    _lock: File,
    sum: Xxh3,
    count: u64,
}

impl Growing {
    /// Begins a segment behind the present ones. To be called before these are read, since it keeps other runs
    /// from adding to the index; makes the folder where there is none.
    pub(super) fn create(folder: &Path, config: &Config) -> Result<Growing> {
        let create = |source| Error::Create { name: folder.display().to_string(), source };
        fs::create_dir_all(folder).map_err(create)?;
        let lock = File::open(folder).map_err(create)?;
        if rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive).is_err() {
            let what = "another run is adding to this index; wait for it, or use --index-read-only";
            return Err(Error::Unfit(format!("{}: {what}", folder.display())));
        }
        remove_leftovers(folder);
        let last = segments(folder)?.pop().map_or(0, |(number, _)| number);
        let path = folder.join(format!("{PREFIX}{:06}", last + 1));
        let output = Output::create(&path, Buffering::Block)?;
        let mut growing = Growing { output, _lock: lock, sum: Xxh3::new(), count: 0 };
        growing.write(&header(config))?;
        Ok(growing)
    }

    /// Adds a record that stays, which stands in this line.
    pub(super) fn push(&mut self, ask: Ask<'_>, (name, line): (&str, u64)) -> Result<()> {
        let stored = Stored::new(ask).bytes;
        let len = (name.len() + stored.len()) as u64;
        let Some(len) = u32::try_from(len).ok().filter(|len| *len <= LONGEST) else {
            return Err(Error::Unfit(format!(
                "{name}:{line}: the record is too long for an index"
            )));
        };
        self.write(&len.to_le_bytes())?;
        self.write(&(name.len() as u32).to_le_bytes())?;
        self.write(name.as_bytes())?;
        self.write(&line.to_le_bytes())?;
        self.write(&stored)?;
        self.count += 1;
        Ok(())
    }

    /// Completes the segment. One without records does not come to be.
    pub(super) fn finish(mut self) -> Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        self.write(&0u32.to_le_bytes())?;
        self.write(&self.count.to_le_bytes())?;
        let sum = self.sum.digest128();
        self.output.write(&sum.to_le_bytes())?;
        self.output.finish()
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.sum.update(bytes);
        self.output.write(bytes)
    }
}
