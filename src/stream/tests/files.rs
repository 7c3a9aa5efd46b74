//! Inputs and outputs as files.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

fn names(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[test]
fn an_output_takes_its_place_only_when_it_is_finished() {
    let folder = TempDir::new().unwrap();
    let path = put(folder.path(), "out", b"old");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.path().join("link");
    symlink("out", &link).unwrap();

    let mut output = Output::create(&link, Buffering::Block).unwrap();
    output.write(b"new\n").unwrap();
    output.flush().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    // With a temporary file that has a name only where the file system has no others.
    assert!(names(folder.path()) <= 3);
    drop(output);
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(names(folder.path()), 2);

    let mut output = Output::create(&link, Buffering::Auto).unwrap();
    let mut whole = Vec::new();
    for length in [1, 70_000, 3, 300_000, 65_535, 65_536, 200_000] {
        let line = [vec![b'x'; length], b"\n".to_vec()].concat();
        output.write(&line).unwrap();
        whole.extend(line);
    }
    output.finish().unwrap();
    assert!(std::fs::read(&path).unwrap() == whole);
    assert_eq!(names(folder.path()), 2);
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o640);
}

#[test]
fn an_output_is_created_where_a_link_points_and_written_to_where_it_cannot_be_replaced() {
    let folder = TempDir::new().unwrap();
    let link = folder.path().join("link");
    symlink("new", &link).unwrap();
    let output = Output::create(&link, Buffering::Block).unwrap();
    output.finish().unwrap();
    assert_eq!(std::fs::read(folder.path().join("new")).unwrap(), b"");

    let mut null = Output::create(Path::new("/dev/null"), Buffering::Line).unwrap();
    null.write(b"gone\n").unwrap();
    null.finish().unwrap();
    assert!(!std::fs::metadata("/dev/null").unwrap().is_file());

    let nowhere = Output::create(&folder.path().join("no/such"), Buffering::Auto);
    assert!(matches!(nowhere, Err(Error::Create { .. })));
    assert!(matches!(Output::create(folder.path(), Buffering::Auto), Err(Error::Create { .. })));
    assert_eq!(names(folder.path()), 2);
}

#[test]
fn a_full_disk_is_an_error_with_a_name() {
    let mut full = Output::create(Path::new("/dev/full"), Buffering::Block).unwrap();
    full.write(b"line\n").unwrap();
    let error = full.finish().unwrap_err();
    assert_eq!(error.to_string(), "/dev/full: write error: No space left on device");
}

#[test]
fn refuses_an_output_that_is_an_input_under_another_name() {
    let folder = TempDir::new().unwrap();
    let path = put(folder.path(), "input", b"line\n");
    let (soft, hard) = (folder.path().join("soft"), folder.path().join("hard"));
    symlink("input", &soft).unwrap();
    std::fs::hard_link(&path, &hard).unwrap();
    let other = put(folder.path(), "other", b"line\n");
    let inputs =
        Inputs::open(&[other.clone(), path.clone(), "/dev/null".into()], &Reading::default());
    let inputs = inputs.unwrap();
    for clash in [&path, &soft, &hard, &other] {
        assert!(matches!(inputs.refuse_as_output(clash), Err(Error::SameFile { .. })));
    }
    inputs.refuse_as_output(&folder.path().join("new")).unwrap();
    inputs.refuse_as_output(Path::new("/dev/null")).unwrap();
    assert_eq!(inputs.total_bytes(), None);
    let inputs = Inputs::open(&[path, other], &Reading::default()).unwrap();
    assert_eq!(inputs.total_bytes(), Some(10));
}

#[test]
fn names_what_cannot_be_opened() {
    let folder = TempDir::new().unwrap();
    let open = |path: &Path| Inputs::open(&[path.to_owned()], &Reading::default());
    let error = open(&folder.path().join("none")).unwrap_err().to_string();
    assert!(error.ends_with("none: cannot open: No such file or directory"), "{error}");
    let error = open(folder.path()).unwrap_err().to_string();
    assert!(error.ends_with("cannot open: Is a directory"), "{error}");
    let twice = Inputs::open(&["-".into(), "-".into()], &Reading::default());
    assert!(matches!(twice, Err(Error::Usage(_))));
}

#[test]
fn many_inputs_need_few_open_files() {
    let folder = TempDir::new().unwrap();
    let mut paths = Vec::new();
    for index in 0..600 {
        let bytes = format!("{index}\n").into_bytes();
        let bytes = if index % 2 == 0 { bytes } else { archives::gzip(&bytes) };
        paths.push(put(folder.path(), &format!("{index}"), &bytes));
    }
    let (sink, result) = collect(&paths, &reading(64, 64), 2);
    result.unwrap();
    let numbers: Vec<String> =
        sink.lines.iter().map(|line| String::from_utf8(line.bytes.clone()).unwrap()).collect();
    assert_eq!(numbers, (0..600).map(|index| index.to_string()).collect::<Vec<_>>());
}

#[test]
fn reads_lists_of_names() {
    let folder = TempDir::new().unwrap();
    let list = |bytes: &[u8]| read_files0(&put(folder.path(), "list", bytes));
    assert_eq!(list(b"a\0b c\n\0").unwrap(), [PathBuf::from("a"), PathBuf::from("b c\n")]);
    assert_eq!(list(b"a\0b").unwrap(), [PathBuf::from("a"), PathBuf::from("b")]);
    assert_eq!(list(b"").unwrap(), Vec::<PathBuf>::new());
    let error = list(b"a\0\0b\0").unwrap_err().to_string();
    assert!(error.ends_with("list: file name 2 is empty"), "{error}");
    assert!(matches!(list(b"\0"), Err(Error::Usage(_))));
    assert_eq!(list(b"a").unwrap(), [PathBuf::from("a")]);
    for wrong in
        ["no such file\nnor such\n".repeat(5000), "a\nb\n".to_owned(), "a".repeat(5000) + "\0b\0"]
    {
        let error = list(wrong.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("is no file; names end with a NUL byte"), "{error}");
        assert!(error.len() < 200 + folder.path().as_os_str().len(), "{error}");
    }
}

#[test]
fn inputs_that_changed_are_not_read_a_second_time() {
    let folder = TempDir::new().unwrap();
    let path = put(folder.path(), "in", b"one\n");
    let again = |change: &dyn Fn()| {
        let inputs = Inputs::open(std::slice::from_ref(&path), &Reading::default()).unwrap();
        let again = inputs.again().unwrap();
        change();
        again.open().map(|inputs| inputs.names().len())
    };
    assert_eq!(again(&|| {}).unwrap(), 1);
    let replace = || {
        let other = put(folder.path(), "other", b"two\n");
        std::fs::rename(other, &path).unwrap();
    };
    assert!(again(&replace).unwrap_err().to_string().contains("has changed while it was read"));
    let append = || std::fs::write(&path, b"one\ntwo\n").unwrap();
    assert!(again(&append).unwrap_err().to_string().contains("has changed while it was read"));
}

#[test]
fn what_stands_under_an_interim_name_is_gone_with_it() {
    let folder = TempDir::new().unwrap();
    let interim = Interim::name_in(folder.path(), ".a-", ".jsonl").unwrap();
    assert!(!interim.path().exists() && interim.path().starts_with(folder.path()));
    std::fs::write(interim.path(), "x").unwrap();
    drop(interim);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
