//! What needs a temporary file, where there is no room for one.

use super::*;

#[test]
fn a_temporary_file_that_cannot_be_made_or_written_is_an_error_with_its_folder() {
    if let Some(wanted) = std::env::var_os(CHILD) {
        let wanted = wanted.into_string().unwrap();
        let mut drawers = Drawers::new(100_000);
        let mut small = (0..).map(|number| drawers.push(number % 7, &[b'x'; 1000]));
        assert_eq!(small.find_map(Result::err).unwrap().to_string(), wanted);
        let large = Drawers::new(100_000).push(3, &[b'x'; 200_000]);
        assert_eq!(large.unwrap_err().to_string(), wanted);
        let mut sorter = Sorter::new(100_000);
        let mut pairs = (0..).map(|hash| sorter.push(1, hash));
        assert_eq!(pairs.find_map(Result::err).unwrap().to_string(), wanted);
        return;
    }
    let folder = TempDir::new().unwrap();
    let name = folder.path().display();
    let cases = [
        (
            format!("export TMPDIR={name}/no"),
            format!("a temporary file in {name}/no: cannot create: No such file or directory"),
        ),
        (
            format!("export TMPDIR={name}; trap '' XFSZ; ulimit -f 150"),
            format!("a temporary file in {name}: write error: File too large"),
        ),
    ];
    for (before, wanted) in cases {
        let test =
            "spilled::a_temporary_file_that_cannot_be_made_or_written_is_an_error_with_its_folder";
        let done = as_process(test, &before, wanted.as_ref());
        let shown = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success() && shown.contains("1 passed"), "{shown}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
