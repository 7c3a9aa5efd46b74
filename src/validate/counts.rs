//! What a run counts, and how it is told at the end.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::cli::report::{self, report_header};
use crate::rules::finding::Finding;
use crate::rules::repair::Level;
use crate::rules::{Rule, Severity};

use super::judged::Tally;

/// Findings of one rule.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OfRule {
    /// Findings.
    pub findings: u64,
    /// Lines that have one.
    pub records: u64,
    /// Findings by severity: info, warning, error.
    pub by_severity: [u64; 3],
    /// Findings that were written.
    pub shown: u64,
    /// Findings that were not to be written, for their severity.
    pub muted: u64,
    /// The last line counted, with its input.
    last: Option<(usize, u64)>,
}

/// All counts of a run.
pub(super) struct Counts {
    /// Lines that are not blank.
    pub records: u64,
    /// Records without an error.
    pub valid: u64,
    /// Lines that hold nothing.
    pub blank: u64,
    /// Bytes read, decompressed.
    pub bytes: u64,
    /// Records written.
    pub written: u64,
    /// Findings written.
    pub shown: u64,
    rules: BTreeMap<Rule, OfRule>,
    fixes: BTreeMap<(Rule, Level), u64>,
    /// Records that were mended.
    pub mended: u64,
    started: Instant,
}

impl Counts {
    pub(super) fn new() -> Counts {
        Counts {
            records: 0,
            valid: 0,
            blank: 0,
            bytes: 0,
            written: 0,
            shown: 0,
            rules: BTreeMap::new(),
            fixes: BTreeMap::new(),
            mended: 0,
            started: Instant::now(),
        }
    }

    /// Counts a finding that has its final line; `input` tells equal line numbers apart.
    pub(super) fn finding(&mut self, input: usize, finding: &Finding) -> &mut OfRule {
        let of = self.rules.entry(finding.rule).or_default();
        of.findings += 1;
        of.by_severity[finding.severity as usize - 1] += 1;
        if of.last != Some((input, finding.line)) {
            of.records += 1;
            of.last = Some((input, finding.line));
        }
        of
    }

    /// Counts findings that were not kept.
    ///
    /// `muted`: they would not have been written for their severity.
    pub(super) fn tally(&mut self, tally: &Tally, muted: bool) {
        let of = self.rules.entry(tally.rule).or_default();
        of.findings += tally.findings;
        of.records += tally.records;
        of.muted += if muted { tally.findings } else { 0 };
        of.by_severity[tally.severity as usize - 1] += tally.findings;
    }

    /// Counts repairs of a rule.
    pub(super) fn fixes(&mut self, rule: Rule, level: Level, count: u64) {
        if count > 0 {
            *self.fixes.entry((rule, level)).or_default() += count;
        }
    }

    /// Was there an error, or a line that is not in the output?
    pub(super) fn has_errors(&self) -> bool {
        self.of_severity(Severity::Error) > 0 || self.valid < self.records
    }

    /// Was a repair made?
    pub(super) fn has_repairs(&self) -> bool {
        !self.fixes.is_empty()
    }

    /// Findings of a severity.
    pub(super) fn of_severity(&self, severity: Severity) -> u64 {
        self.rules.values().map(|of| of.by_severity[severity as usize - 1]).sum()
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Rules of which findings were left out by the limit, with how many.
    pub(super) fn hidden(&self) -> impl Iterator<Item = (Rule, OfRule)> + '_ {
        let hidden = self.rules.iter().filter(|(_, of)| of.shown + of.muted < of.findings);
        hidden.map(|(rule, of)| (*rule, *of))
    }

    /// The summary for people: a line of totals, then a line for each rule, errors first.
    pub(super) fn summary(&self) -> String {
        let invalid = self.records - self.valid;
        let (time, rate) =
            (report::duration(self.elapsed()), report::rate(self.bytes, self.elapsed()));
        let mut out = format!(
            "{}: {} valid, {} invalid ({} in {time}, {rate})\n",
            report::plural(self.records, "record"),
            report::count(self.valid),
            report::count(invalid),
            report::bytes(self.bytes),
        );
        let worst = |of: &OfRule| of.by_severity.iter().rposition(|n| *n > 0).unwrap_or(0);
        let mut rows: Vec<_> = self.rules.iter().collect();
        rows.sort_by_key(|(rule, of)| (2 - worst(of), **rule));
        let width = rows.iter().map(|(_, of)| report::count(of.findings).len()).max().unwrap_or(0);
        for (rule, of) in rows {
            let severity = ["info", "warning", "error"][worst(of)];
            let records = match of.records == of.findings {
                true => String::new(),
                false => format!(" in {}", report::plural(of.records, "record")),
            };
            out.push_str(&format!(
                "  {severity:<7}  {} {:<27} {:>width$}{records}\n",
                rule.code(),
                rule.info().name,
                report::count(of.findings),
            ));
        }
        if self.mended > 0 || !self.fixes.is_empty() {
            out.push_str(&self.repairs());
        }
        out
    }

    fn repairs(&self) -> String {
        let total = self.fixes.values().sum();
        let mut out = format!(
            "{} in {}\n",
            report::plural(total, "repair"),
            report::plural(self.mended, "record")
        );
        for ((rule, level), count) in &self.fixes {
            let unsafely = if *level == Level::Unsafe { " (unsafe)" } else { "" };
            out.push_str(&format!(
                "  repaired {} {:<27} {}{unsafely}\n",
                rule.code(),
                rule.info().name,
                report::count(*count)
            ));
        }
        out
    }

    /// The summary for programs: what `--report` writes.
    pub(super) fn report(
        &self,
        profiles: &[&str],
        inputs: &[String],
        complete: bool,
    ) -> Map<String, Value> {
        let mut map = report_header("chatml-validate");
        let mut put = |key: &str, value: Value| map.insert(key.to_owned(), value);
        put("records_read", self.records.into());
        put("records_written", self.written.into());
        put("records_rejected", (self.records - self.valid).into());
        put("seconds", self.elapsed().as_secs_f64().into());
        put("records_valid", self.valid.into());
        put("records_repaired", self.mended.into());
        put("complete", complete.into());
        put("blank_lines", self.blank.into());
        put("bytes", self.bytes.into());
        put("inputs", inputs.into());
        put("profiles", profiles.into());
        for severity in [Severity::Error, Severity::Warning, Severity::Info] {
            put(&format!("{}s", severity.name()), self.of_severity(severity).into());
        }
        let rules = self.rules.iter().map(|(rule, of)| {
            let [info, warning, error] = of.by_severity;
            let value = json!({
                "name": rule.info().name,
                "findings": of.findings,
                "records": of.records,
                "errors": error,
                "warnings": warning,
                "infos": info,
            });
            (rule.code().to_owned(), value)
        });
        put("rules", Value::Object(rules.collect()));
        let fixes = self.fixes.iter().map(
            |((rule, level), count)| json!({"code": rule.code(), "level": level, "count": count}),
        );
        put("repairs", fixes.collect());
        map
    }
}
