//! Cases as lines with marks: `§` and a digit stand before the byte that a finding points at.
//!
//! What is expected is written `CODE POINTER SEVERITY`, or `CODE@2 POINTER SEVERITY` for the place of
//! mark 2; without a number it is mark 1. A record's own pointer is written `.`, and a severity by its
//! first letter: E, W, I.

use chatml::rules::judge::{Line, Outcome};
use chatml::rules::{Finding, Judge, PROFILES, Profile, Settings, across};

use crate::util::{judge, said};

const MARK: &[u8] = "§".as_bytes();

/// The line without its marks, and the column of each mark.
pub(super) fn unmark(marked: impl AsRef<[u8]>) -> (Vec<u8>, [usize; 10]) {
    let mut rest = marked.as_ref();
    let mut line = Vec::new();
    let mut columns = [0; 10];
    while let Some((first, behind)) = rest.split_first() {
        match rest.strip_prefix(MARK) {
            Some([digit, behind @ ..]) if digit.is_ascii_digit() => {
                columns[usize::from(digit - b'0')] = line.len() + 1;
                rest = behind;
            }
            _ => {
                line.push(*first);
                rest = behind;
            }
        }
    }
    (line, columns)
}

/// What is expected, in the form in which [`said`] says it.
fn spelled(expected: &[&str], columns: &[usize; 10]) -> Vec<String> {
    let one = |text: &&str| {
        let mut words = text.split(' ');
        let mut next = || words.next().expect("code, pointer, severity");
        let (code, mark) = match next().split_once('@') {
            Some((code, mark)) => (code, mark.parse().expect("a digit")),
            None => (text.split(' ').next().expect("a code"), 1),
        };
        let pointer = next();
        let pointer = if pointer == "." { "" } else { pointer };
        let severity = severity(next());
        format!("{code} {} {pointer} {severity}", columns[mark])
    };
    expected.iter().map(one).collect()
}

fn severity(letter: &str) -> &'static str {
    match letter {
        "E" => "error",
        "W" => "warning",
        "I" => "info",
        other => panic!("no severity {other}"),
    }
}

/// Exactly these findings, in this order.
#[track_caller]
pub(super) fn expect(profile: &str, marked: impl AsRef<[u8]>, expected: &[&str]) -> Vec<Finding> {
    let (line, columns) = unmark(marked);
    let findings = judge(profile, &line);
    let shown = String::from_utf8_lossy(&line);
    assert_eq!(said(&findings), spelled(expected, &columns), "{profile}: {shown}");
    findings.iter().for_each(assert_wording);
    findings
}

/// The same, and the first finding has these words in it.
#[track_caller]
pub(super) fn says(profile: &str, marked: &str, expected: &[&str], words: &[&str]) {
    let found = expect(profile, marked, expected);
    let text = &found.first().expect("a finding").message;
    for word in words {
        assert!(text.contains(word), "{word:?} in: {text}");
    }
}

/// A table of cases under one profile: the line, and what is found in it, parted by `; `.
#[track_caller]
pub(super) fn table(profile: &str, cases: &[(&str, &str)]) {
    for (marked, expected) in cases {
        let expected: Vec<_> = expected.split("; ").filter(|one| !one.is_empty()).collect();
        expect(profile, marked, &expected);
    }
}

/// The rules of section 6 for the words of a finding.
#[track_caller]
pub(super) fn assert_wording(finding: &Finding) {
    let text = &finding.message;
    let code = finding.rule.code();
    assert!(!text.contains(|c: char| c.is_control()), "{code}: a control character: {text:?}");
    assert!(!text.ends_with('.') || text.ends_with("..."), "{code}: a trailing period: {text}");
    assert!(text.split("; ").count() >= 3, "{code}: three clauses: {text}");
    assert!(text.len() < 500, "{code}: {} bytes: {text}", text.len());
    for word in ["a an ", "a a ", "an an ", "entrys", " ,", ";;", "  "] {
        assert!(!text.contains(word), "{code}: {word:?} in: {text}");
    }
}

/// Severity of one rule for the same line under all profiles: a letter for each in the order of the
/// profiles, `-` for none.
#[track_caller]
pub(super) fn severities(rule: &str, line: impl AsRef<[u8]>, expected: &str) {
    let (line, _) = unmark(line);
    let got: Vec<_> = PROFILES
        .iter()
        .map(|profile| {
            let findings = judge(profile.name, &line);
            findings.iter().for_each(assert_wording);
            let worst = findings.iter().filter(|f| f.rule.code() == rule).map(|f| f.severity).max();
            match worst.map(|severity| severity.name()) {
                Some("error") => "E",
                Some("warning") => "W",
                Some("info") => "I",
                _ => "-",
            }
        })
        .collect();
    let shown = String::from_utf8_lossy(&line);
    assert_eq!(got.join(" "), expected, "{rule}: {shown}");
}

/// The same for a line that all profiles judge alike.
#[track_caller]
pub(super) fn severity_everywhere(rule: &str, line: impl AsRef<[u8]>, letter: &str) {
    severities(rule, line, &[letter; 16].join(" "));
}

/// Judges a line as the first of its input, or as the last one without a newline.
pub(super) fn judge_at(first: bool, terminated: bool, bytes: &[u8]) -> (Outcome, Vec<Finding>) {
    let profile = Profile::find("default").expect("a profile");
    let settings = Settings::new(&[profile], &Default::default()).expect("a selection");
    let at = Line { bytes, terminated, first, number: 0, offset: 0 };
    let mut findings = Vec::new();
    let outcome = Judge::new(&settings).line(at, &mut across::Block::default(), &mut findings);
    (outcome, findings)
}

/// A record of a question and one more message.
pub(super) fn answered_by(message: &str) -> String {
    format!(r#"{{"messages":[{{"role":"user","content":"Q"}},{message}]}}"#)
}

/// A record of one message and an answer.
pub(super) fn asked_by(message: &str) -> String {
    format!(r#"{{"messages":[{message},{{"role":"assistant","content":"A"}}]}}"#)
}

/// A good record with one more key.
pub(super) fn with_key(member: &str) -> String {
    format!(
        r#"{{"messages":[{{"role":"user","content":"Q"}},{{"role":"assistant","content":"A"}}],{member}}}"#
    )
}
