//! One fault, where it stands, and the words for it.

mod words;

pub use words::{Words, excerpt, further, plural, quote, times};

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::record::{Document, Value};

use super::profile::Case;
use super::repair::{Edit, Fix, Level};
use super::settings::View;
use super::table::{Rule, Severity};

/// One fault of one line.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Finding {
    /// Which rule.
    pub rule: Rule,
    /// The worst severity among the profiles that object.
    pub severity: Severity,
    /// The line: while judging counted from 0 in its block, then physical from 1 in its input; 0 then for a
    /// finding about all inputs.
    pub line: u64,
    /// Where the line starts: while judging in its block, then in its decompressed input.
    pub offset: u64,
    /// Bytes of the line that it is about, from 0.
    pub span: Range<usize>,
    /// JSON pointer; empty for the record.
    pub pointer: String,
    /// What is wrong; what that leads to; what to do.
    pub message: String,
    /// Bytes of the message that say what is wrong.
    pub what: usize,
    /// Names of the profiles that object.
    pub profiles: Vec<&'static str>,
    /// How to mend it, when repairs are asked for and there is one.
    pub fix: Option<Fix>,
}

impl Finding {
    /// The first clause of the message: what is wrong.
    pub fn what(&self) -> &str {
        self.message.get(..self.what).unwrap_or(&self.message)
    }

    /// The key by which findings are told: line, byte of the line, code.
    pub fn order(&self) -> (u64, usize, &'static str) {
        (self.line, self.span.start, self.rule.code())
    }
}

/// The repairs that findings carry, each with its rule.
pub fn fixes(findings: &[Finding]) -> impl Iterator<Item = (Rule, &Fix)> {
    findings.iter().filter_map(|finding| Some((finding.rule, finding.fix.as_ref()?)))
}

/// Collects the findings of one line under one profile.
pub struct Reporter<'s> {
    /// The profile with its severities.
    pub view: &'s View,
    /// Repairs that are wanted.
    pub repairs: Option<Level>,
    /// Of repairs only their level is wanted, without edits: the raw bytes are not all at hand.
    levels_only: bool,
    /// What was found so far, of each rule at most [`MOST_OF_A_RULE`].
    pub findings: Vec<Finding>,
    /// How often each rule was broken.
    counts: Vec<(Rule, usize)>,
}

/// Findings of one rule that are kept of one record: one damaged record of megabytes shall not take
/// gigabytes of messages.
pub const MOST_OF_A_RULE: usize = 1000;

/// A finding just made, to which a repair can be added.
pub struct Report<'r> {
    finding: Option<&'r mut Finding>,
    repairs: Option<Level>,
    levels_only: bool,
}

impl Report<'_> {
    /// Adds a repair, when repairs of that level are wanted. No edits: no repair.
    pub fn fix(self, level: Level, edits: impl FnOnce() -> Vec<Edit>) {
        if let (Some(finding), Some(wanted)) = (self.finding, self.repairs)
            && level <= wanted
        {
            let mut edits = edits();
            let some = !edits.is_empty();
            if self.levels_only {
                edits = Vec::new();
            }
            finding.fix = some.then_some(Fix { level, edits });
        }
    }
}

impl<'s> Reporter<'s> {
    /// A reporter with no findings yet.
    pub fn new(view: &'s View, repairs: Option<Level>) -> Reporter<'s> {
        let (findings, counts) = (Vec::new(), Vec::new());
        Reporter { view, repairs, levels_only: false, findings, counts }
    }

    /// The same, for which of repairs only the level is wanted, if `yes`.
    pub fn levels_only(self, yes: bool) -> Reporter<'s> {
        Reporter { levels_only: yes, ..self }
    }

    /// The edits of one repair that are of use: where there may be millions, no more need be made.
    pub fn most_edits(&self) -> usize {
        if self.levels_only { 1 } else { usize::MAX }
    }

    /// The severity of a case of a rule: the profile's for that case, or that of the rule.
    pub fn case(&self, rule: Rule, case: Case) -> Severity {
        self.view.of_case(case).unwrap_or(self.view.severity(rule))
    }

    /// About bytes of the line that are no value.
    pub fn line<W: Into<Words>>(
        &mut self,
        rule: Rule,
        span: Range<usize>,
        words: impl FnOnce() -> W,
    ) -> Report<'_> {
        let severity = self.view.severity(rule);
        self.push(rule, severity, || (span, String::new()), words, true)
    }

    /// About a value of which only span and pointer are known.
    pub fn placed<W: Into<Words>>(
        &mut self,
        rule: Rule,
        span: Range<usize>,
        pointer: String,
        words: impl FnOnce() -> W,
    ) {
        let severity = self.view.severity(rule);
        self.push(rule, severity, || (span, pointer), words, false);
    }

    /// About a value: points at its first byte.
    pub fn value<W: Into<Words>>(
        &mut self,
        rule: Rule,
        value: Value<'_>,
        words: impl FnOnce() -> W,
    ) -> Report<'_> {
        let severity = self.view.severity(rule);
        self.value_as(rule, severity, value, words)
    }

    /// About a value, in a case that the profile may take otherwise than the rest of the rule.
    pub fn value_in<W: Into<Words>>(
        &mut self,
        rule: Rule,
        case: Case,
        value: Value<'_>,
        words: impl FnOnce() -> W,
    ) -> Report<'_> {
        self.value_as(rule, self.case(rule, case), value, words)
    }

    /// About a value, in a case with a severity of its own.
    pub fn value_as<W: Into<Words>>(
        &mut self,
        rule: Rule,
        severity: Severity,
        value: Value<'_>,
        words: impl FnOnce() -> W,
    ) -> Report<'_> {
        self.within_as(rule, severity, value, value.span(), words)
    }

    /// About something that is not in an object or a list: points at its bracket.
    pub fn missing<W: Into<Words>>(
        &mut self,
        rule: Rule,
        object: Value<'_>,
        words: impl FnOnce() -> W,
    ) -> Report<'_> {
        self.missing_as(rule, self.view.severity(rule), object, words)
    }

    /// About something that is not in an object or a list, in a case with a severity of its own.
    pub fn missing_as<W: Into<Words>>(
        &mut self,
        rule: Rule,
        severity: Severity,
        object: Value<'_>,
        words: impl FnOnce() -> W,
    ) -> Report<'_> {
        let start = object.span().start;
        self.within_as(rule, severity, object, start..start + 1, words)
    }

    /// About some bytes of a value; `span` counts from the start of its document.
    pub fn within_as<W: Into<Words>>(
        &mut self,
        rule: Rule,
        severity: Severity,
        value: Value<'_>,
        span: Range<usize>,
        words: impl FnOnce() -> W,
    ) -> Report<'_> {
        let document: &Document<'_> = value.document();
        let whole = document.origin.is_none();
        self.push(rule, severity, || (document.place(span), value.pointer()), words, whole)
    }

    /// Counts a finding of a rule; returns how many there are now.
    fn count(&mut self, rule: Rule) -> usize {
        if let Some((_, count)) = self.counts.iter_mut().find(|(of, _)| *of == rule) {
            *count += 1;
            return *count;
        }
        self.counts.push((rule, 1));
        1
    }

    /// The findings; the last one in the line kept of a rule tells how many more there
    /// were.
    pub fn finish(mut self) -> Vec<Finding> {
        for (rule, count) in self.counts {
            let Some(more) = count.checked_sub(MOST_OF_A_RULE).filter(|more| *more > 0) else {
                continue;
            };
            let of_rule = self.findings.iter_mut().filter(|f| f.rule == rule);
            if let Some(last) = of_rule.max_by_key(|f| f.span.start) {
                let note = format!(" (and {more} more in this record)");
                last.message.insert_str(last.what, &note);
                last.what += note.len();
            }
        }
        self.findings
    }

    fn push<W: Into<Words>>(
        &mut self,
        rule: Rule,
        severity: Severity,
        place: impl FnOnce() -> (Range<usize>, String),
        words: impl FnOnce() -> W,
        can_fix: bool,
    ) -> Report<'_> {
        let judged = severity;
        let severity = self.view.case(rule, judged);
        if severity == Severity::Off {
            return Report { finding: None, repairs: None, levels_only: false };
        }
        if self.count(rule) > MOST_OF_A_RULE {
            return Report { finding: None, repairs: None, levels_only: false };
        }
        let (span, pointer) = place();
        let words = words().into();
        let effect = words.effect.unwrap_or_else(|| self.effect(rule, judged));
        let advice = words.advice.unwrap_or(Cow::Borrowed(rule.info().advice));
        self.findings.push(Finding {
            rule,
            severity,
            line: 0,
            offset: 0,
            span,
            pointer,
            message: format!("{}; {effect}; {advice}", words.what),
            what: words.what.len(),
            profiles: vec![self.view.profile.name],
            fix: None,
        });
        let repairs = self.repairs.filter(|_| can_fix);
        let levels_only = self.levels_only;
        Report { finding: self.findings.last_mut(), repairs, levels_only }
    }

    /// What the profile's target does about it; the table's words where no single target is meant, where
    /// every reader fails alike, where the target reads the record and learns the fault, and where it is
    /// no error but for the user's own choice of severity.
    fn effect(&self, rule: Rule, severity: Severity) -> Cow<'static, str> {
        let profile = self.view.profile;
        let by_target =
            matches!(rule.code().as_bytes()[0], b'S' | b'P' | b'T' | b'F' | b'L' | b'Q');
        let own = match severity == self.view.severity(rule) {
            true => self.view.own(rule),
            false => severity,
        };
        let refuses = by_target && !LEARNED.contains(&rule) && own == Severity::Error;
        if refuses && !profile.is_default() {
            Cow::Owned(format!("{} {}", profile.name, profile.refusal))
        } else if by_target && !profile.is_default() && names(rule.info().effect, profile.name) {
            // The table speaks of the worst that this target may do; here it was seen to take such records.
            Cow::Owned(format!("{} may refuse it", profile.name))
        } else {
            Cow::Borrowed(rule.info().effect)
        }
    }
}

/// Is the target named in a text?
fn names(text: &str, target: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').any(|word| word == target)
}

/// Errors that the targets take as they are, so that the model learns them or nothing.
const LEARNED: [Rule; 7] =
    [Rule::T001, Rule::F003, Rule::F004, Rule::F005, Rule::L001, Rule::L003, Rule::L007];

/// Takes out of the findings from `start` on those that one judgement of several made before.
pub fn unite(findings: &mut Vec<Finding>, start: usize) {
    let mut seen = HashSet::new();
    let mut first = vec![true; start];
    first.extend(findings[start..].iter().map(|finding| seen.insert(finding)));
    let mut keep = first.into_iter();
    findings.retain(|_| keep.next().unwrap_or(true));
}

/// One finding for all profiles that judge the rule; none when no profile does.
///
/// For what is found outside a record: line, offset and pointer are left for the caller.
pub fn of_views<W: Into<Words>>(
    views: &[View],
    rule: Rule,
    span: Range<usize>,
    words: impl Fn() -> W,
) -> Option<Finding> {
    of_views_in(views, rule, None, span, words)
}

/// The same in a case that profiles may take otherwise than the rest of the rule.
pub fn of_views_in<W: Into<Words>>(
    views: &[View],
    rule: Rule,
    case: Option<Case>,
    span: Range<usize>,
    words: impl Fn() -> W,
) -> Option<Finding> {
    let mut all = Vec::new();
    for view in views {
        let mut reporter = Reporter::new(view, None);
        let severity = match case {
            Some(case) => reporter.case(rule, case),
            None => view.severity(rule),
        };
        reporter.push(rule, severity, || (span.clone(), String::new()), &words, false);
        merge(&mut all, reporter.finish());
    }
    all.pop()
}

/// Joins what several profiles found on one line: equal faults become one finding that names them all.
///
/// One place may have several faults of a rule, such as two keys missing from one object: those with the
/// same words are the same. What then is left at a place is the same fault in other words, since each
/// profile wants something else.
///
/// The words are those of the profile that objects most.
pub fn merge(all: &mut Vec<Finding>, more: Vec<Finding>) {
    if all.is_empty() {
        *all = more;
        return;
    }
    let known = pair_up(all, &more);
    for (finding, known) in more.into_iter().zip(known) {
        let Some(known) = known else {
            all.push(finding);
            continue;
        };
        let known = &mut all[known];
        if finding.severity > known.severity {
            known.severity = finding.severity;
            known.message = finding.message;
            known.what = finding.what;
        }
        known.profiles.extend(finding.profiles);
        known.fix = known.fix.take().or(finding.fix);
    }
}

/// For each of `more` the one of `all` that is the same fault.
fn pair_up(all: &[Finding], more: &[Finding]) -> Vec<Option<usize>> {
    let place = |f: &Finding| (f.rule, f.span.start, f.span.end);
    let mut by_words: HashMap<_, Vec<usize>> = HashMap::with_capacity(all.len());
    for (at, f) in all.iter().enumerate().rev() {
        by_words.entry((place(f), &f.pointer, f.what())).or_default().push(at);
    }
    let mut free = vec![true; all.len()];
    let mut known: Vec<Option<usize>> =
        more.iter().map(|f| by_words.get_mut(&(place(f), &f.pointer, f.what()))?.pop()).collect();
    known.iter().flatten().for_each(|at| free[*at] = false);
    let mut by_place: HashMap<_, Vec<usize>> = HashMap::new();
    for (at, f) in all.iter().enumerate().rev().filter(|(at, _)| free[*at]) {
        by_place.entry((place(f), &f.pointer)).or_default().push(at);
    }
    for (f, known) in more.iter().zip(&mut known).filter(|(_, known)| known.is_none()) {
        *known = by_place.get_mut(&(place(f), &f.pointer)).and_then(Vec::pop);
    }
    known
}
