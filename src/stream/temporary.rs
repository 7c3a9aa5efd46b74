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
use tempfile::NamedTempFile;

use super::signals;

/// A temporary file that neither a failure nor a signal leaves behind.
#[derive(Debug)]
pub(super) enum Temporary {
    /// Without a name until it is complete, so that not even SIGKILL leaves it behind.
    Nameless(File),
    /// With one, where the system knows no other way. Gone when it has got its own name.
    Named(Option<NamedTempFile>),
}

impl Temporary {
    /// None any more.
    pub(super) const SETTLED: Temporary = Temporary::Named(None);

    /// One in the folder of `path`, where it shall stand in the end.
    pub(super) fn create(path: &Path) -> io::Result<Temporary> {
        match nameless(folder(path)) {
            Some(file) => Ok(Temporary::Nameless(file)),
            None => Temporary::named(folder(path)),
        }
    }

    fn named(folder: &Path) -> io::Result<Temporary> {
        let create = || name().permissions(Permissions::from_mode(MODE)).tempfile_in(folder);
        signals::create_temporary(create).map(|file| Temporary::Named(Some(file)))
    }

    /// The file.
    pub(super) fn file(&self) -> io::Result<&File> {
        match self {
            Temporary::Nameless(file) => Ok(file),
            Temporary::Named(Some(file)) => Ok(file.as_file()),
            Temporary::Named(None) => Err(Errno::BADF.into()),
        }
    }

    /// Puts the file, which is complete, in the place of `path`, which stands in its folder.
    pub(super) fn replace(self, path: &Path) -> io::Result<()> {
        replace(self, path, &link)
    }

    /// The complete file under a name of its own, which it keeps for the moment until it is renamed: a link
    /// cannot take the place of a file that is there. A copy where the system has no name for it after all, so
    /// that a result is not lost that took hours.
    fn with_name(self, folder: &Path, link: &impl Link) -> io::Result<Temporary> {
        let Temporary::Nameless(file) = &self else { return Ok(self) };
        let linked = |path: &Path| link(file, path).and_then(|()| file.try_clone());
        match signals::create_temporary(|| name().make_in(folder, linked)) {
            Ok(named) => Ok(Temporary::Named(Some(named))),
            Err(_) => copy(file, folder),
        }
    }
}

/// The same bytes, with the same mode, in a file with a name.
fn copy(file: &File, folder: &Path) -> io::Result<Temporary> {
    let named = Temporary::named(folder)?;
    let (mut from, mut to) = (file, named.file()?);
    to.set_permissions(from.metadata()?.permissions())?;
    from.rewind()?;
    io::copy(&mut from, &mut to)?;
    to.sync_all()?;
    Ok(named)
}

/// What gives a file without a name the one at a path, where nothing stands yet.
trait Link: Fn(&File, &Path) -> io::Result<()> {}

impl<F: Fn(&File, &Path) -> io::Result<()>> Link for F {}

fn link(file: &File, path: &Path) -> io::Result<()> {
    Ok(rustix::fs::linkat(CWD, open_file(file), CWD, path, AtFlags::SYMLINK_FOLLOW)?)
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Temporary::Named(named) = self
            && let Some(file) = named.take()
        {
            let path = file.path().to_owned();
            signals::settle_temporary(&path, || drop(file));
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
fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Puts a finished temporary file in the place of `path`.
fn replace(temporary: Temporary, path: &Path, link: &impl Link) -> io::Result<()> {
    temporary.file()?.sync_all()?;
    if !is_placed(&temporary, path, link) {
        rename(temporary.with_name(folder(path), link)?, path)?;
    }
    // The new name is durable once its folder is. A file system that cannot do that is no failure.
    if let Ok(folder) = File::open(folder(path)) {
        let _ = folder.sync_all();
    }
    Ok(())
}

/// Did the file get its own name at once? That is possible where nothing stands at `path`, and leaves no moment
/// in which it has another.
fn is_placed(temporary: &Temporary, path: &Path, link: &impl Link) -> bool {
    match temporary {
        // Under the lock, like a rename: not while a signal ends the process.
        Temporary::Nameless(file) => signals::settle_temporary(path, || link(file, path)).is_ok(),
        Temporary::Named(_) => false,
    }
}

fn rename(mut temporary: Temporary, path: &Path) -> io::Result<()> {
    let Temporary::Named(file) = &mut temporary else { return Ok(()) };
    let Some(file) = file.take() else { return Ok(()) };
    let name = file.path().to_owned();
    signals::settle_temporary(&name, || match file.persist(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(error.error), // drops, and so removes, the temporary file
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
        replace(temporary, path, &link).unwrap();
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
}
