//! JSON conformance: what every reader takes, what none takes, and what readers differ on, each as the value
//! of a record. Cases with a line feed in them are two lines and left out.

use std::fs;
use std::path::Path;

use chatml::rules::Severity;

use crate::util::judge;

fn json_cases(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/json").join(folder);
    let mut cases: Vec<_> = fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry"))
        .map(|entry| {
            let name = entry.file_name().into_string().expect("a name");
            (name, fs::read(entry.path()).expect("a case"))
        })
        .filter(|(_, case)| !case.contains(&b'\n'))
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

/// Codes of group B that are found in a record that holds the case as a value, errors only.
fn faults_inside(case: &[u8]) -> Vec<&'static str> {
    let line = [br#"{"v":"#, case, b"}"].concat();
    let found = judge("default", line);
    let mut codes: Vec<_> = found
        .iter()
        .filter(|f| f.severity == Severity::Error && f.rule.code().starts_with('B'))
        .map(|f| f.rule.code())
        .collect();
    codes.dedup();
    codes
}

#[test]
fn all_that_is_json_is_taken() {
    for (name, case) in json_cases("accept") {
        assert_eq!(faults_inside(&case), Vec::<&str>::new(), "{name}");
    }
}

#[test]
fn all_that_is_no_json_is_refused() {
    for (name, case) in json_cases("reject") {
        assert!(!faults_inside(&case).is_empty(), "{name}");
    }
}

#[test]
fn what_readers_differ_on_is_judged_as_pinned() {
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/json/either.tsv");
    let table = fs::read_to_string(table).expect("the table");
    let mut judged = 0;
    for (name, case) in json_cases("either") {
        let row = table.lines().find(|row| row.split('\t').next() == Some(&name)).expect("a row");
        let inside = row.split('\t').nth(2).expect("three columns");
        let got = faults_inside(&case).join(",");
        let got = if got.is_empty() { "-" } else { &got };
        assert_eq!(got, inside, "{name}");
        judged += 1;
    }
    assert!(judged > 80, "{judged}");
}
