//! A file that is not there before it is complete, and then in its place at once.
//!
//! Where the system has files without a name, the output is written to one. Where nothing stands at its place
//! yet it gets its name in one step, so that not even SIGKILL leaves anything else behind; a file that is
//! there can only be replaced by one with a name, which the new one bears for that moment.

use std::fs::{File, Permissions};
use std::io::{self, Seek as _};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD};
use rustix::io::Errno;
use tempfile::TempPath;

use super::signals;

/// A temporary file that neither a failure nor a signal leaves behind.
#[derive(Debug)]
pub(super) enum Temporary {
    /// Without a name until it is complete, so that not even SIGKILL leaves it behind.
    Nameless(File),
    /// With one, where the system knows no other way, or once it was released.
    Named {
        /// None once it was released.
        file: Option<File>,
        /// None when it has got its own name.
        path: Option<TempPath>,
    },
}

impl Temporary {
    /// None any more.
    pub(super) const SETTLED: Temporary = Temporary::Named { file: None, path: None };

    /// One in the folder of `path`, where it shall stand in the end.
    pub(super) fn create(path: &Path) -> io::Result<Temporary> {
        Temporary::create_in(folder(path))
    }

    /// One in a folder.
    pub(super) fn create_in(folder: &Path) -> io::Result<Temporary> {
        match nameless(folder) {
            Some(file) => Ok(Temporary::Nameless(file)),
            None => Temporary::named(folder),
        }
    }

    fn named(folder: &Path) -> io::Result<Temporary> {
        let create = || name().permissions(Permissions::from_mode(MODE)).tempfile_in(folder);
        let (file, path) = signals::create_temporary(create)?.into_parts();
        Ok(Temporary::Named { file: Some(file), path: Some(path) })
    }

    /// The file, unless it was released.
    pub(super) fn file(&self) -> io::Result<&File> {
        match self {
            Temporary::Nameless(file) | Temporary::Named { file: Some(file), .. } => Ok(file),
            Temporary::Named { file: None, .. } => Err(Errno::BADF.into()),
        }
    }

    /// Puts the file, which is complete, in the place of `path`, which stands in its folder.
    pub(super) fn replace(self, path: &Path) -> io::Result<()> {
        self.sync()?;
        self.place(path, true)?;
        sync_folder(folder(path));
        Ok(())
    }

    /// Gives the file the permissions of another one.
    pub(super) fn set_permissions(&self, permissions: Permissions) -> io::Result<()> {
        match self {
            Temporary::Named { file: None, path: Some(path) } => {
                std::fs::set_permissions(path, permissions)
            }
            Temporary::Named { file: None, path: None } => Ok(()),
            Temporary::Nameless(file) | Temporary::Named { file: Some(file), .. } => {
                file.set_permissions(permissions)
            }
        }
    }

    /// Waits until the file is on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        match self {
            Temporary::Named { file: None, path: Some(path) } => File::open(path)?.sync_all(),
            Temporary::Named { file: None, path: None } => Ok(()),
            Temporary::Nameless(file) | Temporary::Named { file: Some(file), .. } => {
                file.sync_all()
            }
        }
    }

    /// Likewise, of a file that was synced, in a folder that is not yet. With `replace` it takes the place of what is there, a symbolic link
    /// too; without it that is an error of the kind [`io::ErrorKind::AlreadyExists`].
    pub(super) fn place(self, path: &Path, replace: bool) -> io::Result<()> {
        place(self, path, replace, &link)
    }

    /// Lets go of the file's descriptor, and gives the file, which is complete, a name of its own in
    /// `folder`, where it was created. After an error it is as it was.
    pub(super) fn release(&mut self, folder: &Path) -> io::Result<()> {
        let path = self.take_path(folder, &link)?;
        *self = Temporary::Named { file: None, path };
        Ok(())
    }

    /// A name of its own for the complete file until it is renamed: a link cannot take the place of a file that
    /// is there. That of a copy where the system has no name for it after all, so that a result is not lost
    /// that took hours.
    fn take_path(&mut self, folder: &Path, link: &impl Link) -> io::Result<Option<TempPath>> {
        let file = match self {
            Temporary::Nameless(file) => file,
            Temporary::Named { path, .. } => return Ok(path.take()),
        };
        match signals::create_temporary(|| name().make_in(folder, |path| link(file, path))) {
            Ok(linked) => Ok(Some(linked.into_temp_path())),
            Err(_) => copy(file, folder),
        }
    }
}

/// The same bytes, with the same mode, in a file with a name.
fn copy(file: &File, folder: &Path) -> io::Result<Option<TempPath>> {
    let mut named = Temporary::named(folder)?;
    let (mut from, mut to) = (file, named.file()?);
    to.set_permissions(from.metadata()?.permissions())?;
    from.rewind()?;
    io::copy(&mut from, &mut to)?;
    to.sync_all()?;
    named.take_path(folder, &link)
}

/// What gives a file without a name the one at a path, where nothing stands yet.
trait Link: Fn(&File, &Path) -> io::Result<()> {}

impl<F: Fn(&File, &Path) -> io::Result<()>> Link for F {}

fn link(file: &File, path: &Path) -> io::Result<()> {
    Ok(rustix::fs::linkat(CWD, open_file(file), CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Temporary::Named { path, .. } = self
            && let Some(path) = path.take()
        {
            let name = path.to_path_buf();
            signals::settle_temporary(&name, || drop(path));
        }
    }
}

/// The mode of new files, less the umask.
const MODE: u32 = 0o666;

/// What temporary files are called.
fn name() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".chatml-").suffix(".tmp");
    builder
}

/// A file without a name, where the file system has such files and they can get a name later.
#[cfg(target_os = "linux")]
fn nameless(folder: &Path) -> Option<File> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDWR | OFlags::TMPFILE | OFlags::CLOEXEC;
    let file = rustix::fs::open(folder, flags, Mode::from_raw_mode(MODE)).ok()?;
    let file = File::from(file);
    // Without /proc it would stay nameless.
    std::fs::metadata(open_file(&file)).is_ok().then_some(file)
}

#[cfg(not(target_os = "linux"))]
fn nameless(_: &Path) -> Option<File> {
    None
}

/// The path by which the kernel knows an open file.
fn open_file(file: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
}

/// The folder in which a file stands.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Puts a finished temporary file in its place.
fn place(mut temporary: Temporary, path: &Path, replace: bool, link: &impl Link) -> io::Result<()> {
    match link_in_place(&temporary, path, link) {
        Ok(()) => Ok(()),
        Err(error) if !replace && error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(_) => rename(temporary.take_path(folder(path), link)?, path, replace),
    }
}

/// Makes new names durable, which they are once their folder is. A file system that cannot do that is no failure.
pub(super) fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// Waits until all files of the file system are on the disk in which a folder is: one wait for thousands of them.
#[cfg(target_os = "linux")]
pub(super) fn sync_around(folder: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(File::open(folder)?)?)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn sync_around(_: &Path) -> io::Result<()> {
    Err(Errno::NOSYS.into())
}

/// Gives the file its own name at once. That is possible where nothing stands at `path`, and leaves no moment
/// in which it has another.
fn link_in_place(temporary: &Temporary, path: &Path, link: &impl Link) -> io::Result<()> {
    match temporary {
        // Under the lock, like a rename: not while a signal ends the process.
        Temporary::Nameless(file) => signals::settle_temporary(path, || link(file, path)),
        Temporary::Named { .. } => Err(Errno::NOTSUP.into()),
    }
}

fn rename(from: Option<TempPath>, path: &Path, replace: bool) -> io::Result<()> {
    let Some(from) = from else { return Ok(()) };
    let name = from.to_path_buf();
    signals::settle_temporary(&name, || {
        let placed = match replace {
            true => from.persist(path),
            false => from.persist_noclobber(path).or_else(|failed| {
                // Some file systems know neither a rename that replaces nothing nor a second link. There is a
                // moment then between the look and the rename.
                match std::fs::symlink_metadata(path) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        failed.path.persist(path)
                    }
                    _ => Err(failed),
                }
            }),
        };
        placed.map_err(|failed| failed.error) // drops, and so removes, the temporary file
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_file_with_a_name_and_one_without_end_alike() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let named = |path: &Path| Temporary::named(path.parent().unwrap());
        for (content, create) in [
            ("named", named as fn(&Path) -> io::Result<Temporary>),
            ("nameless", Temporary::create),
            ("named again", named),
        ] {
            drop(create(&path).unwrap());
            let temporary = create(&path).unwrap();
            temporary.file().unwrap().write_all(content.as_bytes()).unwrap();
            temporary.replace(&path).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
            let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
            assert_eq!(names.len(), 1, "{content}");
        }
    }

    /// How often a name is asked for, of which the first `failing` times it is refused; what comes to be, with
    /// its mode.
    fn replaced(path: &Path, failing: usize) -> (usize, String, u32) {
        let asked = std::cell::Cell::new(0);
        let link = |file: &File, to: &Path| {
            asked.set(asked.get() + 1);
            if asked.get() > failing { link(file, to) } else { Err(Errno::PERM.into()) }
        };
        let temporary = Temporary::create(path).unwrap();
        temporary.file().unwrap().set_permissions(Permissions::from_mode(0o640)).unwrap();
        temporary.file().unwrap().write_all(b"result").unwrap();
        place(temporary, path, true, &link).unwrap();
        let mode = std::fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        (asked.get(), std::fs::read_to_string(path).unwrap(), mode)
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_without_a_name_gets_its_own_at_once_another_first_or_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        if nameless(folder.path()).is_none() {
            return; // no such files here
        }
        let path = folder.path().join("out");
        let result = |asked| (asked, "result".to_owned(), 0o640);
        assert_eq!(replaced(&path, 0), result(1), "nothing was there");
        assert_eq!(replaced(&path, 0), result(2), "there was");
        assert_eq!(replaced(&path, usize::MAX), result(2), "no name can be had");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(replaced(&path, usize::MAX), result(2), "nor where nothing was");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_there_stays_unless_it_may_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let no_link = |_: &File, _: &Path| Err(Errno::PERM.into());
        let named = || Temporary::named(folder.path()).unwrap();
        let nameless = || Temporary::create(&path).unwrap();
        let released = || {
            let mut file = nameless();
            file.release(folder.path()).unwrap();
            assert!(file.file().is_err());
            file
        };
        for create in [&named as &dyn Fn() -> Temporary, &nameless, &released] {
            for linked in [true, false] {
                let placed = |replace| match linked {
                    true => place(create(), &path, replace, &link),
                    false => place(create(), &path, replace, &no_link),
                };
                std::fs::write(&path, "old").unwrap();
                let kind = placed(false).unwrap_err().kind();
                assert_eq!(kind, io::ErrorKind::AlreadyExists);
                assert_eq!(std::fs::read(&path).unwrap(), b"old");
                placed(true).unwrap();
                assert_eq!(std::fs::read(&path).unwrap(), b"");
                std::fs::remove_file(&path).unwrap();
                placed(false).unwrap();
                assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
            }
        }
    }
}
