//! Where dealt records are written: one output, a series of files for each part, or a file for each value.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::cli::outputs::Opener;
use crate::error::{Error, Result};
use crate::stream::{Drawers, Identities, Output};

use super::config::{Config, Folder, Shards, Target};
use super::names::Names;
use super::parts::{Part, TEST, TRAIN, VAL};
use super::series::{Complete, Manner, Place, Series};
use super::shuffle::Shuffle;

/// What the files of a part are called where it is one file: as the field calls them.
const FILES: [(&str, &str); 3] =
    [(TRAIN, "training_data"), (VAL, "validation_data"), (TEST, "test_data")];

/// The longest name of a file, in bytes, on nearly all file systems.
const LONGEST_NAME: usize = 255;

/// Bytes of the numbers in the names of shards: `-00000-of-00008`.
const NUMBERS: usize = 15;

/// Where records go, on ways that are numbered.
pub(super) struct Destination {
    shuffle: Option<Shuffle>,
    ways: Ways,
}

/// The ways that records can go.
enum Ways {
    /// All are one output.
    Main(Output),
    /// By part; none: it is not written.
    Parts(Vec<Option<Series>>),
    /// By part and value.
    Values(Box<Values>),
}

/// Files of values, of which there may be more than a process may have open: their records wait in drawers.
struct Values {
    folder: Folder,
    manner: Manner,
    /// None of them is replaced.
    inputs: Identities,
    /// The part's name before that of the value; none where data is not split.
    parts: Vec<Option<String>>,
    names: Names,
    /// The names of values; none is that of records without one.
    by_value: HashMap<Option<String>, String>,
    /// By part, the ways of values, and that of records without one.
    ways: Vec<(HashMap<String, u32>, Option<u32>)>,
    /// By way.
    files: Vec<ValueFile>,
    drawers: Drawers,
    pointer: String,
}

/// The files of a value in a part.
struct ValueFile {
    part: usize,
    stem: String,
    records: u64,
}

impl Destination {
    /// Opens what can be opened before records are there.
    pub(super) fn open(
        config: &Config,
        opener: &mut Opener<'_>,
        inputs: &Identities,
    ) -> Result<Destination> {
        let manner = Manner {
            compress: config.compress,
            force: config.force,
            digests: config.manifest.is_some(),
        };
        let ways = match &config.target {
            Target::All | Target::Only(_) | Target::Tag(_) => {
                Ways::Main(opener.main(config.output.as_deref())?)
            }
            Target::Named(paths) => {
                let to_stdout = paths.iter().flatten().filter(|path| Output::is_stdout(path));
                if to_stdout.count() > 1 {
                    let what =
                        "two parts cannot both go to standard output; --tag tells them apart";
                    return Err(Error::Usage(what.to_owned()));
                }
                let open = |path: &Option<PathBuf>| {
                    let Some(path) = path else { return Ok(None) };
                    opener.claim(path)?;
                    Series::open(Place::Path(path.clone()), manner, Shards::One).map(Some)
                };
                Ways::Parts(paths.iter().map(open).collect::<Result<_>>()?)
            }
            Target::Folder(folder) => match &folder.partition {
                Some(pointer) => {
                    Ways::Values(Box::new(Values::new(config, folder, manner, inputs, pointer)))
                }
                None => Ways::Parts(series(config, folder, manner, opener)?),
            },
        };
        let shuffle = config.shuffle.then(|| Shuffle::new(config.seed, config.memory));
        Ok(Destination { shuffle, ways })
    }

    /// Tells how many records each part will have.
    pub(super) fn expect(&mut self, totals: &[u64]) {
        if let Ways::Parts(all) = &mut self.ways {
            for (series, total) in all.iter_mut().zip(totals) {
                series.iter_mut().for_each(|series| series.expect(*total));
            }
        }
    }

    /// The way of a record of a part with a value; none: it is not written.
    pub(super) fn way(&mut self, part: usize, value: Option<&str>) -> Result<Option<u32>> {
        match &mut self.ways {
            Ways::Main(_) => Ok(Some(0)),
            Ways::Parts(series) => Ok(series[part].is_some().then_some(part as u32)),
            Ways::Values(values) => values.way(part, value).map(Some),
        }
    }

    /// Can lines that lie side by side be written at once?
    pub(super) fn takes_runs(&self) -> bool {
        self.shuffle.is_none()
            && match &self.ways {
                Ways::Main(_) => true,
                Ways::Parts(series) => series.iter().flatten().all(Series::is_single),
                Ways::Values(_) => false,
            }
    }

    /// Writes a line with its line feed; `index` counts all records from 0. More lines, and so many records, where
    /// [`takes_runs`](Destination::takes_runs).
    pub(super) fn write(&mut self, way: u32, index: u64, lines: &[u8], records: u64) -> Result<()> {
        match &mut self.shuffle {
            Some(shuffle) => shuffle.push(index, way, lines),
            None => self.ways.write(way, lines, records),
        }
    }

    /// Hands to the kernel what a reader may wait for.
    pub(super) fn flush(&mut self) -> Result<()> {
        match &mut self.ways {
            Ways::Main(output) => output.flush(),
            Ways::Parts(_) | Ways::Values(_) => Ok(()),
        }
    }

    /// Completes all files, which do not have their names yet: with each the number of its part.
    pub(super) fn complete(mut self) -> Result<Vec<(usize, Complete)>> {
        if let Some(shuffle) = self.shuffle.take() {
            shuffle.each(|way, line| self.ways.write(way, line, 1))?;
        }
        match self.ways {
            Ways::Main(output) => output.finish().map(|()| Vec::new()),
            Ways::Parts(series) => {
                let series = series.into_iter().enumerate();
                let series = series.filter_map(|(part, series)| Some((part, series?)));
                series.map(|(part, series)| Ok((part, series.complete()?))).collect()
            }
            Ways::Values(values) => values.complete(),
        }
    }
}

impl Ways {
    fn write(&mut self, way: u32, lines: &[u8], records: u64) -> Result<()> {
        match self {
            Ways::Main(output) => output.write(lines),
            Ways::Parts(series) => match series.get_mut(way as usize) {
                Some(Some(series)) => series.write(lines, records),
                _ => Ok(()),
            },
            Ways::Values(values) => {
                values.files[way as usize].records += records;
                values.drawers.push(way, lines)
            }
        }
    }
}

impl Values {
    fn new(
        config: &Config,
        folder: &Folder,
        manner: Manner,
        inputs: &Identities,
        pointer: &str,
    ) -> Values {
        let split = config.parts.is_split();
        // The first dash ends the part's name.
        let name = |part: &Part| split.then(|| part.name.replace('-', "%2D"));
        Values {
            folder: folder.clone(),
            manner,
            inputs: inputs.clone(),
            parts: config.parts.all.iter().map(name).collect(),
            names: Names::default(),
            by_value: HashMap::new(),
            ways: vec![Default::default(); config.parts.all.len()],
            files: Vec::new(),
            drawers: Drawers::new(usize::try_from(config.memory / 2).unwrap_or(usize::MAX)),
            pointer: pointer.to_owned(),
        }
    }

    fn way(&mut self, part: usize, value: Option<&str>) -> Result<u32> {
        let (values, missing) = &self.ways[part];
        let known = value.map_or(*missing, |value| values.get(value).copied());
        if let Some(way) = known {
            return Ok(way);
        }
        let owned = value.map(str::to_owned);
        let name = match self.by_value.get(&owned) {
            Some(name) => name.clone(),
            None => self.names.name(value, &self.pointer)?,
        };
        let stem = match &self.parts[part] {
            Some(part) => format!("{part}-{name}"),
            None => name.clone(),
        };
        // What is there already is told at once, and not after all was read.
        let place = self.place(&stem);
        place.admit(self.manner, self.folder.shards)?;
        let path = place.path(self.manner);
        self.inputs.refuse_as_output(&path)?;
        let numbers = if self.folder.shards == Shards::One { 0 } else { NUMBERS };
        if path.file_name().is_some_and(|name| name.len() + numbers > LONGEST_NAME) {
            let name = path.display();
            return Err(Error::Unfit(format!("{name}: the name is too long for a file")));
        }
        let way = self.files.len() as u32;
        self.by_value.insert(owned.clone(), name);
        self.files.push(ValueFile { part, stem, records: 0 });
        match owned {
            Some(value) => _ = self.ways[part].0.insert(value, way),
            None => self.ways[part].1 = Some(way),
        }
        Ok(way)
    }

    fn place(&self, stem: &str) -> Place {
        Place::Stem(self.folder.path.clone(), stem.to_owned())
    }

    /// Writes the files of all values, one after the other.
    fn complete(self) -> Result<Vec<(usize, Complete)>> {
        let mut complete = Vec::with_capacity(self.files.len());
        for (way, file) in (0..).zip(&self.files) {
            let mut series = Series::open(self.place(&file.stem), self.manner, self.folder.shards)?;
            series.expect(file.records);
            let mut line = Vec::new();
            self.drawers.each(way, |chunk| {
                for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
                    line.extend_from_slice(piece);
                    if piece.ends_with(b"\n") {
                        series.write(&line, 1)?;
                        line.clear();
                    }
                }
                Ok(())
            })?;
            let mut files = series.complete()?;
            files.release()?;
            complete.push((file.part, files));
        }
        Ok(complete)
    }
}

/// The files of each part in a folder.
fn series(
    config: &Config,
    folder: &Folder,
    manner: Manner,
    opener: &mut Opener<'_>,
) -> Result<Vec<Option<Series>>> {
    let open = |part: &Part| {
        let usual = FILES.iter().find(|(name, _)| *name == part.name);
        let stem = match folder.shards {
            Shards::One => usual.map_or(part.name.as_str(), |(_, file)| file),
            // With a number behind it the part's name says enough.
            _ => &part.name,
        };
        if folder.shards == Shards::One {
            opener.claim(&folder.path.join(format!("{stem}{}", manner.ending())))?;
        }
        let place = Place::Stem(folder.path.clone(), stem.to_owned());
        Series::open(place, manner, folder.shards).map(Some)
    };
    config.parts.all.iter().map(open).collect()
}

/// A folder for files. If it was not there before and nothing comes into it, it is gone again in the end.
pub(super) struct MadeFolder(Option<PathBuf>);

impl MadeFolder {
    /// Makes it, and those around it, where they are not there.
    pub(super) fn make(path: &Path) -> Result<MadeFolder> {
        let fail = |source| Error::Create { name: path.display().to_string(), source };
        let is_new = !path.exists();
        std::fs::create_dir_all(path).map_err(fail)?;
        Ok(MadeFolder(is_new.then(|| path.to_owned())))
    }
}

impl Drop for MadeFolder {
    fn drop(&mut self) {
        // Only an empty folder can be removed so.
        let _ = self.0.take().map(std::fs::remove_dir);
    }
}
