//! Repairing a line: round after round, until nothing is left to mend.
//!
//! After each round the line is judged again. A round that brings a new error is not made as a whole: its
//! repairs are tried one by one, and those that bring one are left out. A line that still has an error in
//! the end stays as it was: it is rejected, and what is told about it is true of its own bytes.

use crate::rules::across;
use crate::rules::finding::{Finding, fixes};
use crate::rules::judge::{Judge, Line, Outcome};
use crate::rules::repair::{Level, apply};
use crate::rules::{Rule, Severity};

use super::config::Config;
use super::judged::{Judged, Mended};

/// Rounds after which a line stays as it is; each takes at least one fault away, and few lines have more
/// than two layers of them.
const ROUNDS: usize = 16;

/// Judges a line, mends it, and adds what is left to find.
///
/// Returns the line as mended and what was repaired, if it was.
pub(super) fn line(
    judge: &mut Judge<'_>,
    at: Line<'_>,
    judged: &mut Judged,
    findings: &mut Vec<Finding>,
    config: &Config,
) -> (Outcome, Option<Mended>) {
    let own = State::of(judge, at, at.bytes, config.repairs);
    let (state, mended) = match mend(judge, at, at.bytes, &own, config.repairs) {
        Some((text, state, fixes)) if state.errors().is_empty() => {
            (state, Some(Mended { text, fixes }))
        }
        _ => (own, None),
    };
    judged.across.absorb(state.across);
    findings.extend(state.findings);
    (state.outcome, mended)
}

/// Makes all rounds of repairs; None when there is nothing to repair.
fn mend(
    judge: &mut Judge<'_>,
    at: Line<'_>,
    line: &[u8],
    own: &State,
    wanted: Option<Level>,
) -> Option<Round> {
    let mut mended: Option<Round> = None;
    for _ in 0..ROUNDS {
        let (now, state) = match &mended {
            Some((text, state, _)) => (text.as_slice(), state),
            None => (line, own),
        };
        let Some((text, state, fixes)) = round(judge, at, now, state, wanted) else { break };
        let mut made = mended.map_or(Vec::new(), |(_, _, made)| made);
        made.extend(fixes);
        if text.contains(&b'\n') {
            return Some(mend_parts(judge, at, &text, made, wanted));
        }
        mended = Some((text, state, made));
    }
    mended
}

/// Mends the lines into which a repair has parted one.
fn mend_parts(
    judge: &mut Judge<'_>,
    at: Line<'_>,
    text: &[u8],
    mut made: Vec<(Rule, Level)>,
    wanted: Option<Level>,
) -> Round {
    let mut state =
        State { outcome: Outcome::NotARecord, findings: vec![], across: across::Block::default() };
    let mut lines = Vec::new();
    for part in text.split(|b| *b == b'\n') {
        let own = State::of(judge, at, part, wanted);
        let (line, own, fixes) =
            mend(judge, at, part, &own, wanted).unwrap_or((part.to_vec(), own, Vec::new()));
        state.outcome = own.outcome;
        state.findings.extend(own.findings);
        state.across.absorb(own.across);
        made.extend(fixes);
        lines.push(line);
    }
    (lines.join(&b'\n'), state, made)
}

/// A form of the line with what is wrong with it.
struct State {
    outcome: Outcome,
    findings: Vec<Finding>,
    across: across::Block,
}

impl State {
    /// Judges a form of the line; one that was cut into several records is judged piece by piece.
    /// Repairs beyond the wanted level are left out.
    fn of(judge: &mut Judge<'_>, at: Line<'_>, text: &[u8], wanted: Option<Level>) -> State {
        let mut across = across::Block::default();
        let mut findings = Vec::new();
        let mut outcome = Outcome::NotARecord;
        for bytes in text.split(|b| *b == b'\n') {
            outcome = judge.line(Line { bytes, ..at }, &mut across, &mut findings);
        }
        for finding in &mut findings {
            finding.fix = finding.fix.take().filter(|fix| Some(fix.level) <= wanted);
        }
        State { outcome, findings, across }
    }

    fn errors(&self) -> Vec<Rule> {
        let errors = self.findings.iter().filter(|f| f.severity == Severity::Error);
        errors.map(|finding| finding.rule).collect()
    }
}

type Round = (Vec<u8>, State, Vec<(Rule, Level)>);

/// One round of repairs; None when there is none to make.
fn round(
    judge: &mut Judge<'_>,
    at: Line<'_>,
    text: &[u8],
    state: &State,
    wanted: Option<Level>,
) -> Option<Round> {
    let before = state.errors();
    let mut attempt = |findings: &[Finding]| -> Option<Round> {
        let (next, made) = apply(text, fixes(findings))?;
        let next_state = State::of(judge, at, &next, wanted);
        let worse = next_state.errors().iter().any(|rule| !before.contains(rule));
        (!worse).then_some((next, next_state, made))
    };
    if let Some(whole) = attempt(&state.findings) {
        return Some(whole);
    }
    state.findings.iter().find_map(|finding| attempt(std::slice::from_ref(finding)))
}
