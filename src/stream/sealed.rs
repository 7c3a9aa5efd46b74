//! Outputs that are complete and wait for their place.
//!
//! A run that writes many files learns at its end only that all of them are whole, and sometimes what they
//! are called. So each is sealed first, and takes its place when the last one is: up to then a failure or a
//! signal leaves nothing of any of them, and what stood there before is as it was.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

use super::output::is_stdout_name;
use super::temporary::{Temporary, sync_around, sync_folder};

/// An output that is complete, but not in its place. Dropped, it is gone.
///
/// Each holds a file descriptor until it is [released](Sealed::release).
#[derive(Debug)]
pub struct Sealed {
    /// None for what was written to directly.
    file: Option<Temporary>,
    /// Where it was created.
    folder: PathBuf,
    /// The name in messages.
    name: String,
}

impl Sealed {
    pub(super) fn new(file: Temporary, folder: PathBuf, name: String) -> Sealed {
        Sealed { file: Some(file), folder, name }
    }

    /// What was written to directly and so has its place: a stream or device.
    pub(super) fn already(name: String) -> Sealed {
        Sealed { file: None, folder: PathBuf::new(), name }
    }

    /// Lets go of the file descriptor, so that there can be more sealed files than a process may have open. The
    /// file bears a temporary name from then on; a failure or a signal that can be caught removes it.
    ///
    /// After an error it still holds the descriptor, and can be placed.
    pub fn release(&mut self) -> Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let fail = |source| Error::Write { name: self.name.clone(), source };
        file.release(&self.folder).map_err(fail)
    }

    /// Puts the file at `path`, in the folder in which it was created, in one step; over what stands there, as
    /// [`admit`] says, only with `replace`. After an error it is gone, and what is at `path` is as it was.
    ///
    /// A stream or device has its place already, whatever the path.
    pub fn place(self, path: &Path, replace: bool) -> Result<()> {
        place_all(vec![(self, path.to_owned())], replace)
    }

    fn sync(&self) -> Result<()> {
        let fail = |source| Error::Write { name: self.name.clone(), source };
        self.file.as_ref().map_or(Ok(()), |file| file.sync().map_err(fail))
    }

    /// Puts the file, which is on the disk, in its place.
    fn put(self, path: &Path, replace: bool) -> Result<()> {
        let Some(file) = self.file else { return Ok(()) };
        let name = || path.to_string_lossy().into_owned();
        if replace {
            admit(path, replace)?;
            // Who must not read the old file must not read the new one.
            let old = std::fs::symlink_metadata(path).ok().filter(std::fs::Metadata::is_file);
            let kept = old.map_or(Ok(()), |old| file.set_permissions(old.permissions()));
            kept.map_err(|source| Error::Write { name: name(), source })?;
        }
        file.place(path, replace).map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists if !replace => {
                admit(path, replace).err().unwrap_or_else(|| Error::Exists { name: name() })
            }
            _ => Error::Write { name: name(), source },
        })
    }
}

/// Files from which on the whole file system is synced instead of each of them: a sync takes some milliseconds.
const MANY: usize = 16;

/// Puts files in their places as [`Sealed::place`] does, one after the other, when all of them are on the disk.
pub fn place_all(files: Vec<(Sealed, PathBuf)>, replace: bool) -> Result<()> {
    let folders: BTreeSet<PathBuf> = files
        .iter()
        .filter(|(sealed, _)| sealed.file.is_some())
        .map(|(sealed, _)| sealed.folder.clone())
        .collect();
    let at_once = files.len() >= MANY && folders.iter().all(|folder| sync_around(folder).is_ok());
    if !at_once {
        files.iter().try_for_each(|(sealed, _)| sealed.sync())?;
    }
    let placed = files.into_iter().try_for_each(|(sealed, path)| sealed.put(&path, replace));
    folders.iter().for_each(|folder| sync_folder(folder));
    placed
}

/// Whether a new file may come to stand at exactly `path`: where nothing is, or, with `replace`, in the place of
/// a file, or of a symbolic link to a file or to nothing. Else that is the trouble, as when it cannot be told.
pub fn admit(path: &Path, replace: bool) -> Result<()> {
    let name = || path.to_string_lossy().into_owned();
    let create = |source| Error::Create { name: name(), source };
    if is_stdout_name(path) || leads_to_process(path) {
        let what = "is a stream of this process; wanted the path of a file";
        return Err(Error::Unfit(format!("{}: {what}", name())));
    }
    if path.file_name().is_none() || path.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return Err(create(io::ErrorKind::IsADirectory.into()));
    }
    match std::fs::symlink_metadata(path) {
        Ok(_) => match std::fs::metadata(path) {
            Ok(metadata) if !metadata.is_file() => {
                let what = if metadata.is_dir() { "is a folder" } else { "is a device or pipe" };
                Err(Error::Unfit(format!("{}: {what}; wanted the path of a file", name())))
            }
            // So is a link that leads to nothing, in a circle or out of reach.
            _ if replace => Ok(()),
            _ => Err(Error::Exists { name: name() }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(create(error)),
    }
}

/// Is it a link such as `/dev/stderr`, which may lead to a file but must not be replaced?
fn leads_to_process(path: &Path) -> bool {
    std::fs::read_link(path).is_ok_and(|to| to.starts_with("/proc"))
}
