//! What the tests share.

mod chats;
mod process;

pub(crate) use chats::*;
pub(crate) use process::*;

use chatml::rules::judge::Line;
use chatml::rules::settings::Selection;
use chatml::rules::{Finding, Judge, Profile, Settings, across};

/// The findings about one line under a profile, by the fast way and the thorough one, which must agree.
///
/// The line is judged as one in the middle of a file: not its first, and ended by a newline.
pub(crate) fn judge(profile: &str, line: impl AsRef<[u8]>) -> Vec<Finding> {
    judge_with(profile, &Selection::default(), line)
}

/// The same with rules selected, ignored or changed.
pub(crate) fn judge_with(
    profile: &str,
    selection: &Selection,
    line: impl AsRef<[u8]>,
) -> Vec<Finding> {
    judge_by(&[profile], selection, line)
}

/// The same by several profiles at once.
pub(crate) fn judge_by(
    profiles: &[&str],
    selection: &Selection,
    line: impl AsRef<[u8]>,
) -> Vec<Finding> {
    let profiles: Vec<_> =
        profiles.iter().map(|name| Profile::find(name).expect("a profile")).collect();
    let settings = Settings::new(&profiles, selection).expect("a selection");
    let bytes = line.as_ref();
    let at = Line { bytes, terminated: true, first: false, number: 0, offset: 0 };
    let run = |mut judge: Judge<'_>| {
        let mut findings = Vec::new();
        judge.line(at, &mut across::Block::default(), &mut findings);
        findings
    };
    let fast = run(Judge::new(&settings));
    assert_eq!(fast, run(Judge::thorough(&settings)), "the fast way differs from the thorough one");
    assert_eq!(fast, judge_long(&settings, bytes), "the way of long lines differs");
    fast
}

/// The findings about one line, judged as a long one, which must be what it was afterwards.
pub(crate) fn judge_long(settings: &Settings, line: &[u8]) -> Vec<Finding> {
    let at = Line { bytes: &[], terminated: true, first: false, number: 0, offset: 0 };
    let mut bytes = line.to_vec();
    let mut findings = Vec::new();
    let mut judge = Judge::thorough(settings);
    judge.long_line(at, &mut bytes, &mut across::Block::default(), &mut findings);
    assert!(bytes == line, "{} was changed", String::from_utf8_lossy(line));
    findings
}

/// Every finding as `CODE COLUMN POINTER SEVERITY`, in the order found. Columns count from 1.
pub(crate) fn said(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|f| {
            format!("{} {} {} {}", f.rule.code(), f.span.start + 1, f.pointer, f.severity.name())
        })
        .collect()
}

/// The findings of rules whose codes start with one of these letters, as [`said`] tells them.
pub(crate) fn said_of(groups: &str, findings: &[Finding]) -> Vec<String> {
    let mut said = said(findings);
    said.retain(|finding| finding.starts_with(|code| groups.contains(code)));
    said
}

/// A case of a table: what must hold, a record, and all its findings with `@` for the place of a text.
///
/// A place is written as `@TEXT` or `@N:TEXT`: the column of the first or the N-th TEXT in the record.
pub(crate) struct Case<'a>(pub(crate) &'a str, pub(crate) &'a str, pub(crate) &'a [&'a str]);

/// Judges each record and compares the whole list of findings.
pub(crate) fn check(profile: &str, cases: &[Case<'_>]) {
    check_with(profile, &Selection::default(), cases);
}

/// The same with rules selected, ignored or changed.
pub(crate) fn check_with(profile: &str, selection: &Selection, cases: &[Case<'_>]) {
    let mut wrong = Vec::new();
    for Case(name, record, wanted) in cases {
        let found = said(&judge_with(profile, selection, record));
        let wanted: Vec<_> = wanted.iter().map(|line| placed(record, line)).collect();
        if found != wanted {
            wrong.push(format!("{name}\n  {record}\n  wanted {wanted:#?}\n  found {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "under {profile}:\n{}", wrong.join("\n"));
}

/// `CODE @TEXT POINTER SEVERITY` with the column of the text.
fn placed(record: &str, line: &str) -> String {
    let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let place = words[1].strip_prefix('@').expect("a place");
    let (nth, text) = match place.split_once(':') {
        Some((nth, text)) if nth.parse::<usize>().is_ok() => (nth.parse().unwrap(), text),
        _ => (1, place),
    };
    let hit = record.match_indices(text).nth(nth - 1);
    let (at, _) = hit.unwrap_or_else(|| panic!("no {text:?} ({nth}) in {record}"));
    words[1] = (at + 1).to_string();
    words.join(" ")
}
