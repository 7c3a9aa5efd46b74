//! Repairing a line: round after round, until nothing is left to mend.
//!
//! After each round the line is judged again. A round that brings a new error is not made as a whole: its
//! repairs are tried one by one, and those that bring one are left out.

use crate::rules::across;
use crate::rules::finding::Finding;
use crate::rules::judge::{Judge, Line, Outcome};
use crate::rules::repair::{Level, apply};
use crate::rules::{Rule, Severity};

use super::block::Judged;
use super::config::Config;

/// Rounds after which a line stays as it is; each takes at least one fault away, and few lines have more
/// than two layers of them.
const ROUNDS: usize = 16;

/// Judges a line, mends it, and adds what is left to find.
///
/// Returns the line as mended, if it was.
pub(super) fn line(
    judge: &mut Judge<'_>,
    at: Line<'_>,
    judged: &mut Judged,
    findings: &mut Vec<Finding>,
    config: &Config,
) -> (Outcome, Option<Vec<u8>>) {
    let mut state = State::of(judge, at, at.bytes);
    let mut text: Option<Vec<u8>> = None;
    let mut made = Vec::new();
    for _ in 0..ROUNDS {
        state.forget_fixes_above(config.repairs);
        let now = text.as_deref().unwrap_or(at.bytes);
        let Some((next, next_state, fixes)) = round(judge, at, now, &state) else { break };
        made.extend(fixes);
        text = Some(next);
        state = next_state;
    }
    judged.across.absorb(state.across);
    findings.append(&mut state.findings);
    judged.fixes.extend(made);
    (state.outcome, text)
}

/// A form of the line with what is wrong with it.
struct State {
    outcome: Outcome,
    findings: Vec<Finding>,
    across: across::Block,
}

impl State {
    /// Judges a form of the line; one that was cut into several records is judged piece by piece.
    fn of(judge: &mut Judge<'_>, at: Line<'_>, text: &[u8]) -> State {
        let mut across = across::Block::default();
        let mut findings = Vec::new();
        let mut outcome = Outcome::NotARecord;
        for bytes in text.split(|b| *b == b'\n') {
            outcome = judge.line(Line { bytes, ..at }, &mut across, &mut findings);
        }
        State { outcome, findings, across }
    }

    /// Findings of a line that is in pieces have no place in it that a repair could use.
    fn forget_fixes_above(&mut self, wanted: Option<Level>) {
        for finding in &mut self.findings {
            finding.fix = finding.fix.take().filter(|fix| Some(fix.level) <= wanted);
        }
    }

    fn errors(&self) -> Vec<Rule> {
        let errors = self.findings.iter().filter(|f| f.severity == Severity::Error);
        errors.map(|finding| finding.rule).collect()
    }
}

type Round = (Vec<u8>, State, Vec<(Rule, Level)>);

/// One round of repairs; None when there is none to make.
fn round(judge: &mut Judge<'_>, at: Line<'_>, text: &[u8], state: &State) -> Option<Round> {
    if text.contains(&b'\n') {
        return None;
    }
    let before = state.errors();
    let mut attempt = |findings: &[Finding]| -> Option<Round> {
        let (next, made) = apply(text, findings)?;
        let next_state = State::of(judge, at, &next);
        let worse = next_state.errors().iter().any(|rule| !before.contains(rule));
        (!worse).then_some((next, next_state, made))
    };
    if let Some(whole) = attempt(&state.findings) {
        return Some(whole);
    }
    state.findings.iter().find_map(|finding| attempt(std::slice::from_ref(finding)))
}
