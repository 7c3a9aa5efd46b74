//! Outputs that are complete before they come into their place.

use std::fs::File;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;

use super::*;

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// An unnamed output in a folder with something in it.
fn unnamed(folder: &Path, content: &str) -> Output {
    let mut output = Output::unnamed(folder, "a shard".to_owned()).unwrap();
    output.write(content.as_bytes()).unwrap();
    output
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn a_fresh_output_stands_where_nothing_was() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("out");
    for replace in [false, true] {
        let mut output = Output::fresh(&path, replace).unwrap();
        output.write(b"line\n").unwrap();
        drop(output);
        assert_eq!(names(folder.path()), [""; 0]);
        let mut output = Output::fresh(&path, replace).unwrap();
        output.write(b"line\n").unwrap();
        output.finish().unwrap();
        assert_eq!(read(&path), "line\n");
        let plain = File::create(folder.path().join("plain")).unwrap();
        let mode = |metadata: std::fs::Metadata| metadata.permissions().mode();
        assert_eq!(mode(path.metadata().unwrap()), mode(plain.metadata().unwrap()));
        assert_eq!(names(folder.path()), ["out", "plain"]);
        std::fs::remove_file(&path).unwrap();
        std::fs::remove_file(folder.path().join("plain")).unwrap();
    }
}

#[test]
fn what_stands_there_is_replaced_only_if_it_may_be() {
    let folder = TempDir::new().unwrap();
    let file = put(folder.path(), "file", b"old");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o400)).unwrap();
    let kept = put(folder.path(), "kept", b"kept");
    let (link, dangling) = (folder.path().join("link"), folder.path().join("dangling"));
    symlink("kept", &link).unwrap();
    symlink("nowhere", &dangling).unwrap();
    for path in [&file, &link, &dangling] {
        let error = Output::fresh(path, false).unwrap_err();
        let text = format!("{}: already exists; --force replaces it", path.display());
        assert_eq!(error.to_string(), text);
        assert!(matches!(error, Error::Exists { .. }));
        let mut output = Output::fresh(path, true).unwrap();
        output.write(b"new").unwrap();
        output.finish().unwrap();
        assert!(std::fs::symlink_metadata(path).unwrap().is_file());
        assert_eq!(read(path), "new");
    }
    assert_eq!(read(&kept), "kept");
    assert_eq!(names(folder.path()), ["dangling", "file", "kept", "link"]);
}

#[test]
fn what_is_no_file_is_never_replaced() {
    let folder = TempDir::new().unwrap();
    let link = folder.path().join("link");
    symlink("/dev/null", &link).unwrap();
    let stream = folder.path().join("stream");
    symlink("/proc/self/fd/2", &stream).unwrap();
    let slash = folder.path().join("new/");
    let wanted = "; wanted the path of a file";
    let table = [
        (folder.path(), "is a folder", wanted),
        (Path::new("/dev/null"), "is a device or pipe", wanted),
        (&link, "is a device or pipe", wanted),
        (&stream, "is a stream of this process", wanted),
        (Path::new("/dev/stdout"), "is a stream of this process", wanted),
        (Path::new("-"), "is a stream of this process", wanted),
        (&slash, "cannot create: ", "is a directory"),
        (Path::new(".."), "cannot create: ", "is a directory"),
        (Path::new(""), "cannot create: ", "is a directory"),
    ];
    for (path, what, wanted) in table {
        for replace in [false, true] {
            let error = Output::fresh(path, replace).unwrap_err();
            assert_eq!(error.to_string(), format!("{}: {what}{wanted}", path.display()));
        }
    }
    let error = Output::fresh(&folder.path().join("no/such"), false).unwrap_err();
    assert!(error.to_string().ends_with("/no/such: cannot create: No such file or directory"));
    assert_eq!(names(folder.path()), ["link", "stream"]);
}

#[test]
fn a_sealed_output_gets_its_path_in_the_end() {
    let folder = TempDir::new().unwrap();
    for release in [false, true] {
        let path = folder.path().join(format!("released {release}"));
        let seal = |content: &str| {
            let mut sealed = unnamed(folder.path(), content).seal().unwrap();
            if release {
                sealed.release().unwrap();
                sealed.release().unwrap();
            }
            sealed
        };
        let before = names(folder.path());
        drop(seal("dropped"));
        assert_eq!(names(folder.path()), before);

        let (first, second, third) = (seal("first"), seal("second"), seal("third"));
        first.place(&path, false).unwrap();
        assert_eq!(read(&path), "first");
        let error = second.place(&path, false).unwrap_err();
        assert!(matches!(error, Error::Exists { .. }), "{error}");
        assert_eq!(read(&path), "first");
        third.place(&path, true).unwrap();
        assert_eq!(read(&path), "third");

        let error = seal("").place(folder.path(), true).unwrap_err().to_string();
        assert!(error.ends_with(": is a folder; wanted the path of a file"), "{error}");
        let error = seal("").place(folder.path(), false).unwrap_err().to_string();
        assert!(error.ends_with(": is a folder; wanted the path of a file"), "{error}");
        let error = seal("").place(&folder.path().join("no/such"), false).unwrap_err();
        assert!(matches!(error, Error::Write { .. }), "{error}");
    }
    assert_eq!(names(folder.path()), ["released false", "released true"]);
}

#[test]
fn what_comes_there_meanwhile_is_not_replaced() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("out");
    let output = Output::fresh(&path, false).unwrap();
    let sealed = Output::fresh(&path, false).unwrap().seal().unwrap();
    std::fs::write(&path, "another's").unwrap();
    assert!(matches!(output.finish(), Err(Error::Exists { .. })));
    assert!(matches!(sealed.place(&path, false), Err(Error::Exists { .. })));
    assert_eq!(read(&path), "another's");
    assert_eq!(names(folder.path()), ["out"]);
}

#[test]
fn an_output_without_a_path_is_not_finished() {
    let folder = TempDir::new().unwrap();
    let error = unnamed(folder.path(), "lost").finish().unwrap_err();
    assert_eq!(error.to_string(), "a shard: write error: it has got no name");
    assert_eq!(names(folder.path()), [""; 0]);
    let error = Output::unnamed(&folder.path().join("no"), "a shard".to_owned()).unwrap_err();
    assert_eq!(error.to_string(), "a shard: cannot create: No such file or directory");
}

#[test]
fn what_is_written_to_directly_has_its_place() {
    let mut null = Output::create(Path::new("/dev/null"), Buffering::Block).unwrap();
    null.write(b"gone\n").unwrap();
    let mut sealed = null.seal().unwrap();
    sealed.release().unwrap();
    sealed.place(Path::new("/no/such/path"), false).unwrap();
    let mut full = Output::create(Path::new("/dev/full"), Buffering::Block).unwrap();
    full.write(b"line\n").unwrap();
    let error = full.seal().unwrap_err();
    assert_eq!(error.to_string(), "/dev/full: write error: No space left on device");
}

#[test]
fn there_may_be_more_sealed_outputs_than_open_files() {
    const MANY: usize = 200;
    let Some(folder) = std::env::var_os(CHILD).map(PathBuf::from) else {
        let folder = TempDir::new().unwrap();
        let test = "sealed::there_may_be_more_sealed_outputs_than_open_files";
        let done = as_process(test, "ulimit -n 32", folder.path().as_ref());
        let shown = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success() && shown.contains("1 passed"), "{shown}");
        assert_eq!(names(folder.path()).len(), MANY);
        for number in 0..MANY {
            let path = folder.path().join(format!("{number}-of-{MANY}"));
            assert_eq!(read(&path), format!("shard {number}\n"));
        }
        return;
    };
    let seal = |number: usize| {
        let mut sealed = unnamed(&folder, &format!("shard {number}\n")).seal().unwrap();
        sealed.release().unwrap();
        sealed
    };
    let shards: Vec<Sealed> = (0..MANY).map(seal).collect();
    for (number, shard) in shards.into_iter().enumerate() {
        shard.place(&folder.join(format!("{number}-of-{MANY}")), false).unwrap();
    }
}

#[test]
fn a_signal_removes_what_is_not_in_its_place() {
    let Some(folder) = std::env::var_os(CHILD).map(PathBuf::from) else {
        let folder = TempDir::new().unwrap();
        let test = "sealed::a_signal_removes_what_is_not_in_its_place";
        let done = as_process(test, "ulimit -c 0", folder.path().as_ref());
        assert_eq!(done.status.signal(), Some(libc::SIGTERM), "{done:?}");
        assert_eq!(names(folder.path()), ["placed", "replaced"]);
        return;
    };
    let seal = || unnamed(&folder, "whole").seal().unwrap();
    let (mut placed, mut replaced, mut released) = (seal(), seal(), seal());
    put(&folder, "replaced", b"old");
    for sealed in [&mut placed, &mut replaced, &mut released] {
        sealed.release().unwrap();
    }
    placed.place(&folder.join("placed"), false).unwrap();
    replaced.place(&folder.join("replaced"), true).unwrap();
    let _sealed = (seal(), released);
    assert_eq!(names(&folder).len(), 3);
    signals::die_of(libc::SIGTERM)
}
