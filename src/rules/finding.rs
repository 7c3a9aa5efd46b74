//! One fault, where it stands, and the words for it.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use crate::record::{Document, Value, text};

use super::repair::{Edit, Fix, Level};
use super::settings::View;
use super::table::{Rule, Severity};

/// One fault of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which rule.
    pub rule: Rule,
    /// The worst severity among the profiles that object.
    pub severity: Severity,
    /// Physical line from 1 in its input; 0 for a finding about all inputs.
    pub line: u64,
    /// Bytes of the line that it is about, from 0.
    pub span: Range<usize>,
    /// JSON pointer; empty for the record.
    pub pointer: String,
    /// What is wrong; what that leads to; what to do.
    pub message: String,
    /// Names of the profiles that object.
    pub profiles: Vec<&'static str>,
    /// How to mend it, when repairs are asked for and there is one.
    pub fix: Option<Fix>,
}

/// The words of a finding: what is wrong, and where they differ from the table's, effect and advice.
pub struct Words {
    what: String,
    effect: Option<Cow<'static, str>>,
    advice: Option<Cow<'static, str>>,
}

impl From<String> for Words {
    fn from(what: String) -> Self {
        Words { what, effect: None, advice: None }
    }
}

impl From<&str> for Words {
    fn from(what: &str) -> Self {
        Words::from(what.to_owned())
    }
}

impl Words {
    /// What is wrong.
    pub fn new(what: impl Into<String>) -> Words {
        Words::from(what.into())
    }

    /// Another effect than the table's.
    pub fn effect(mut self, effect: impl Into<Cow<'static, str>>) -> Words {
        self.effect = Some(effect.into());
        self
    }

    /// Another advice than the table's.
    pub fn advice(mut self, advice: impl Into<Cow<'static, str>>) -> Words {
        self.advice = Some(advice.into());
        self
    }
}

/// Collects the findings of one line under one profile.
pub struct Reporter<'s> {
    /// The profile with its severities.
    pub view: &'s View,
    /// Repairs that are wanted.
    pub repairs: Option<Level>,
    /// What was found so far.
    pub findings: Vec<Finding>,
}

/// A finding just made, to which a repair can be added.
pub struct Report<'r> {
    finding: Option<&'r mut Finding>,
    repairs: Option<Level>,
}

impl Report<'_> {
    /// Adds a repair, when repairs of that level are wanted. No edits: no repair.
    pub fn fix(self, level: Level, edits: impl FnOnce() -> Vec<Edit>) {
        if let (Some(finding), Some(wanted)) = (self.finding, self.repairs)
            && level <= wanted
        {
            let edits = edits();
            finding.fix = (!edits.is_empty()).then_some(Fix { level, edits });
        }
    }
}

impl<'s> Reporter<'s> {
    /// A reporter with no findings yet.
    pub fn new(view: &'s View, repairs: Option<Level>) -> Reporter<'s> {
        Reporter { view, repairs, findings: Vec::new() }
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
        let start = object.span().start;
        let severity = self.view.severity(rule);
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
            return Report { finding: None, repairs: None };
        }
        let (span, pointer) = place();
        let words = words().into();
        let effect = words.effect.unwrap_or_else(|| self.effect(rule, judged));
        let advice = words.advice.unwrap_or(Cow::Borrowed(rule.info().advice));
        self.findings.push(Finding {
            rule,
            severity,
            line: 0,
            span,
            pointer,
            message: format!("{}; {effect}; {advice}", words.what),
            profiles: vec![self.view.profile.name],
            fix: None,
        });
        let repairs = self.repairs.filter(|_| can_fix);
        Report { finding: self.findings.last_mut(), repairs }
    }

    /// What the profile's target does about it; the table's words where no single target is meant, where
    /// every reader fails alike, where the target reads the record and learns the fault, and where it is
    /// no error but for the user's own choice of severity.
    fn effect(&self, rule: Rule, severity: Severity) -> Cow<'static, str> {
        let profile = self.view.profile;
        let by_target =
            matches!(rule.code().as_bytes()[0], b'S' | b'P' | b'T' | b'F' | b'L' | b'Q');
        let own = match severity == self.view.severity(rule) {
            true => profile.severity(rule),
            false => severity,
        };
        let refuses = by_target && !LEARNED.contains(&rule) && own == Severity::Error;
        if refuses && !profile.is_default() {
            Cow::Owned(format!("{} {}", profile.name, profile.refusal))
        } else {
            Cow::Borrowed(rule.info().effect)
        }
    }
}

/// Errors that the targets take as they are, so that the model learns them or nothing.
const LEARNED: [Rule; 5] = [Rule::F003, Rule::F004, Rule::F005, Rule::L003, Rule::L007];

/// Where a finding stands, by which those of several judgements are found to be the same.
type Key = (Rule, usize, usize, String);

fn key(finding: &Finding) -> Key {
    (finding.rule, finding.span.start, finding.span.end, finding.pointer.clone())
}

/// Joins what several profiles found on one line: equal faults become one finding that names them all.
///
/// The words are those of the profile that objects most. Of several faults at one place the first stands
/// for the first, and so on.
pub fn merge(all: &mut Vec<Finding>, more: Vec<Finding>) {
    if all.is_empty() {
        *all = more;
        return;
    }
    if more.is_empty() {
        return;
    }
    let mut known: HashMap<Key, VecDeque<usize>> = HashMap::with_capacity(all.len());
    for (index, finding) in all.iter().enumerate() {
        known.entry(key(finding)).or_default().push_back(index);
    }
    for finding in more {
        match known.get_mut(&key(&finding)).and_then(VecDeque::pop_front) {
            Some(index) => {
                let known = &mut all[index];
                if finding.severity > known.severity {
                    known.severity = finding.severity;
                    known.message = finding.message;
                }
                known.profiles.extend(finding.profiles);
                known.fix = known.fix.take().or(finding.fix);
            }
            None => all.push(finding),
        }
    }
}

/// Takes out of the findings from `start` on those that one judgement of several made before.
pub fn unite(findings: &mut Vec<Finding>, start: usize) {
    let mut seen = std::collections::HashSet::new();
    let mut index = 0;
    findings.retain(|finding| {
        index += 1;
        index <= start || seen.insert(key(finding))
    });
}

/// An excerpt of a text in quotes, as all messages show one.
pub fn quote(text: &str) -> String {
    text::quote(text, text::QUOTE_BYTES)
}

/// An excerpt of a value: a string in quotes, anything else as written.
pub fn excerpt(value: Value<'_>) -> String {
    if let Some(text) = value.as_str() {
        return quote(text);
    }
    let whole = String::from_utf8_lossy(value.raw());
    let end = whole.floor_char_boundary(text::QUOTE_BYTES);
    let cut = if end < whole.len() { "..." } else { "" };
    format!("{}{cut}", text::sanitize(&whole[..end]))
}

/// " and 4 more in this string"; nothing when there is one.
pub fn further(count: usize) -> String {
    match count {
        0 | 1 => String::new(),
        many => format!(" and {} more in this string", many - 1),
    }
}

/// "1 time", "2 times".
pub fn times(count: usize) -> String {
    plural(count, "time")
}

/// A count with its noun.
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
