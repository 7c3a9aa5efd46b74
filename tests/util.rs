//! What the tests share.

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
    let profile = Profile::find(profile).expect("a profile");
    let settings = Settings::new(&[profile], selection).expect("a selection");
    let bytes = line.as_ref();
    let at = Line { bytes, terminated: true, first: false, number: 0, offset: 0 };
    let run = |mut judge: Judge<'_>| {
        let mut findings = Vec::new();
        judge.line(at, &mut across::Block::default(), &mut findings);
        findings
    };
    let fast = run(Judge::new(&settings));
    assert_eq!(fast, run(Judge::thorough(&settings)), "the fast way differs from the thorough one");
    fast
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
