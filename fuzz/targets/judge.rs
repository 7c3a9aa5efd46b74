//! The scanner says clean => parser and every rule find nothing; a long line is judged as any other and
//! keeps its bytes.

#![no_main]

use std::sync::LazyLock;

use chatml::rules::judge::Line;
use chatml::rules::settings::Selection;
use chatml::rules::{Finding, Judge, PROFILES, Profile, Rule, Settings, across};
use libfuzzer_sys::fuzz_target;

/// All rules under all profiles.
static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    let profiles: Vec<&'static Profile> = PROFILES.iter().collect();
    let extend = Rule::all().map(|rule| rule.code().to_owned()).collect();
    Settings::new(&profiles, &Selection { extend, ..Selection::default() }).expect("all rules")
});

fn judged(mut judge: Judge<'_>, bytes: &[u8]) -> Vec<Finding> {
    let at = Line { bytes, terminated: true, first: false, number: 0, offset: 0 };
    let mut findings = Vec::new();
    judge.line(at, &mut across::Block::default(), &mut findings);
    findings
}

fuzz_target!(|data: &[u8]| {
    let line = data.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let thorough = judged(Judge::thorough(&SETTINGS), line);
    assert_eq!(judged(Judge::new(&SETTINGS), line), thorough);
    let at = Line { bytes: &[], terminated: true, first: false, number: 0, offset: 0 };
    let (mut bytes, mut long) = (line.to_vec(), Vec::new());
    let mut judge = Judge::thorough(&SETTINGS);
    judge.long_line(at, &mut bytes, &mut across::Block::default(), &mut long);
    assert_eq!(long, thorough);
    assert_eq!(bytes, line);
});
