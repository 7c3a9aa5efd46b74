//! What a run counts, and how it is told at the end.

use std::collections::{BTreeMap, HashMap};
use std::time::Instant;

use serde_json::{Map, Value, json};

use crate::cli::report::{self, report_header};
use crate::cli::terminal::sanitize;
use crate::cli::unusable::Unusable;

use super::config::{Config, Mode};
use super::decide::{Decider, PART, Removal};
use super::places::Places;

/// The largest groups that are told at the end.
const LARGEST: usize = 3;

/// Beyond `--memory` by more than this part of it is told: less is what the last record may add.
const NOTICEABLE: u64 = 8;

/// Removed records that are like one that stays.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    /// Those that will be told, where that is known before.
    expected: u32,
    /// Those that were told.
    told: u32,
}

impl Group {
    /// With the one that stays.
    fn members(self) -> u64 {
        1 + u64::from(self.expected.max(self.told))
    }
}

/// All counts of a run.
pub(super) struct Counts {
    /// Records that could be compared.
    pub records: u64,
    /// Records written.
    pub written: u64,
    /// Records that lack what is compared.
    pub lacking: u64,
    /// Inputs that are among the other data too.
    pub own: Vec<String>,
    /// Records without the number by which --keep chooses.
    pub unranked: u64,
    /// Lines that could not be used.
    pub unusable: Unusable,
    /// Lines that hold nothing.
    pub blank: u64,
    /// Bytes read, decompressed.
    pub bytes: u64,
    /// Removed records by reason.
    removed: BTreeMap<&'static str, u64>,
    /// Removed records by the one that stays.
    groups: HashMap<u32, Group>,
    started: Instant,
}

impl Counts {
    pub(super) fn new(quiet: bool) -> Counts {
        Counts {
            records: 0,
            written: 0,
            lacking: 0,
            own: Vec::new(),
            unranked: 0,
            unusable: Unusable::new(quiet),
            blank: 0,
            bytes: 0,
            removed: BTreeMap::new(),
            groups: HashMap::new(),
            started: Instant::now(),
        }
    }

    /// Counts a removal; `own`: the record that stays is one of the inputs. True: it is the first of its group.
    pub(super) fn removal(&mut self, removal: Removal, own: bool) -> bool {
        *self.removed.entry(removal.reason.name()).or_default() += 1;
        let Some(witness) = removal.witness.filter(|_| own) else { return false };
        let group = self.groups.entry(witness).or_default();
        group.told += 1;
        group.told == 1
    }

    /// Notes a removal that will come, so that the size of its group is known before.
    pub(super) fn expect(&mut self, removal: Removal, own: bool) {
        if let Some(witness) = removal.witness.filter(|_| own) {
            self.groups.entry(witness).or_default().expected += 1;
        }
    }

    /// Removed records.
    pub(super) fn all_removed(&self) -> u64 {
        self.removed.values().sum()
    }

    /// Records that one that stays stands for, itself counted.
    pub(super) fn members(&self, place: u32) -> u64 {
        self.groups.get(&place).map_or(1, |group| group.members())
    }

    /// The largest groups: the record that stays and the number of members, largest first.
    fn largest(&self) -> Vec<(u32, u64)> {
        let mut groups: Vec<(u32, u64)> =
            self.groups.iter().map(|(place, group)| (*place, group.members())).collect();
        groups.sort_unstable_by_key(|(place, members)| (std::cmp::Reverse(*members), *place));
        groups.truncate(LARGEST);
        groups
    }

    /// The summary for people.
    pub(super) fn summary(&self, places: &Places, decider: &Decider, config: &Config) -> String {
        let time = self.started.elapsed();
        let check = config.mode == Mode::Check;
        let [stay, go] = match config.mode {
            Mode::Check | Mode::Annotate(_) => ["would stay", "would go"],
            Mode::Filter | Mode::Count => ["kept", "removed"],
        };
        let mut out = format!(
            "{}: {} {stay}, {} {go} ({} in {}, {})\n",
            report::plural(self.records, "record"),
            report::count(self.records - self.all_removed()),
            report::count(self.all_removed()),
            report::bytes(self.bytes),
            report::duration(time),
            report::rate(self.bytes, time),
        );
        for (reason, count) in &self.removed {
            out.push_str(&format!("  {reason:<12} {}\n", report::count(*count)));
        }
        for (place, members) in self.largest() {
            let (name, line) = places.line(place);
            let members = report::count(members);
            out.push_str(&format!("  group of {members:<10} stays: {}:{line}\n", sanitize(name)));
        }
        if self.lacking > 0 {
            let records = report::plural(self.lacking, "record");
            let verb = if self.lacking == 1 { "lacks" } else { "lack" };
            out.push_str(&format!(
                "{records} {verb} what is compared (--by) and so can equal no other\n"
            ));
        }
        for name in &self.own {
            let name = sanitize(name);
            out.push_str(&format!(
                "{name} is an input and among the other data: each of its records is found there\n"
            ));
        }
        if self.unranked > 0 && self.unranked == self.records {
            out.push_str("no record has a number there (--keep): of each group the first stays\n");
        } else if self.unranked > 0 {
            let records = report::plural(self.unranked, "record");
            let verb = if self.unranked == 1 { "has" } else { "have" };
            out.push_str(&format!(
                "{records} {verb} no number there (--keep), the last choice of a group\n"
            ));
        }
        if self.unusable.count > 0 {
            let alone = check && self.all_removed() == 0 && !config.exit_zero;
            let status = if alone { ": that alone makes the status 1" } else { "" };
            out.push_str(&format!("{}{status}\n", self.unusable.summary()));
        }
        let most = decider.most();
        let exceeded = |memory: &u64| most.bytes > memory + memory / NOTICEABLE;
        if let Some(memory) = config.memory.filter(exceeded) {
            let held = most.keys.max(most.sets);
            let why = if held <= PART { "; fewer are never held" } else { "" };
            out.push_str(&format!(
                "--memory {} was not kept: {} held at once took {}{why}\n",
                report::bytes(memory),
                report::plural(held, "record"),
                report::bytes(most.bytes),
            ));
        }
        out
    }

    /// The summary for programs: what `--report` writes.
    pub(super) fn report(&self, places: &Places, decider: &Decider) -> Map<String, Value> {
        let mut map = report_header("chatml-dedup");
        let mut put = |key: &str, value: Value| map.insert(key.to_owned(), value);
        put("records_read", (self.records + self.unusable.count).into());
        put("records_written", self.written.into());
        put("records_rejected", self.unusable.count.into());
        put("seconds", self.started.elapsed().as_secs_f64().into());
        put("records_kept", (self.records - self.all_removed()).into());
        put("records_removed", self.all_removed().into());
        let reasons =
            self.removed.iter().map(|(reason, count)| ((*reason).to_owned(), (*count).into()));
        put("removed", Value::Object(reasons.collect()));
        put("records_lacking", self.lacking.into());
        put("groups", self.groups.len().into());
        let largest = self.largest().into_iter().map(|(place, members)| {
            let (file, line) = places.line(place);
            json!({"file": file, "line": line, "members": members})
        });
        put("largest_groups", largest.collect());
        put("blank_lines", self.blank.into());
        put("bytes", self.bytes.into());
        let held = decider.most();
        put(
            "memory",
            json!({
                "keys": held.keys, "key_bytes": held.key_bytes,
                "similar_records": held.sets, "similar_bytes": held.set_bytes,
            }),
        );
        put("compared", decider.compared().into());
        map
    }
}
