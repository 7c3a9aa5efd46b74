//! What was dealt, and how it is told at the end.

use crate::cli::report;
use crate::cli::terminal::sanitize;

use super::config::Config;
use super::deal::Dealer;
use super::intake::Intake;
use super::parts::Want;
use super::strata::Kinds;

/// Kinds that are told at the end, the largest first; all of them are in the manifest.
const SHOWN: usize = 10;

/// What a part got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Got {
    pub records: u64,
    /// Of their lines.
    pub bytes: u64,
}

/// What was dealt.
#[derive(Debug)]
pub(super) struct Tally {
    /// By part.
    pub parts: Vec<Got>,
    /// What they should have got, by part, where counts are met. The rest has none.
    pub targets: Option<Vec<u64>>,
    /// By kind, then by part: records.
    pub classes: Vec<Vec<u64>>,
}

impl Tally {
    pub(super) fn new(parts: usize) -> Tally {
        Tally { parts: vec![Got::default(); parts], targets: None, classes: Vec::new() }
    }

    /// A record of a kind went to a part.
    pub(super) fn add(&mut self, part: usize, class: u32, bytes: usize) {
        self.parts[part].records += 1;
        self.parts[part].bytes += bytes as u64;
        if class == u32::MAX {
            return;
        }
        let class = class as usize;
        if self.classes.len() <= class {
            self.classes.resize(class + 1, vec![0; self.parts.len()]);
        }
        self.classes[class][part] += 1;
    }

    /// The records that a part should have got, where counts are met.
    pub(super) fn target(&self, config: &Config, part: usize) -> Option<u64> {
        let held = self.targets.as_ref().filter(|_| part != config.parts.rest);
        held.and_then(|targets| targets.get(part).copied())
    }

    /// Records that were dealt.
    pub(super) fn dealt(&self) -> u64 {
        self.parts.iter().map(|part| part.records).sum()
    }

    /// The summary for people.
    pub(super) fn summary(
        &self,
        config: &Config,
        intake: &Intake<'_>,
        dealer: &Dealer,
        kinds: &Kinds,
    ) -> String {
        let time = intake.started.elapsed();
        let (dealt, all) = (self.dealt(), intake.records);
        let mut out = format!(
            "{}: {} written ({} in {}, {})\n",
            report::plural(all, "record"),
            report::count(if config.parts.is_split() { self.written(config) } else { dealt }),
            report::bytes(intake.bytes),
            report::duration(time),
            report::rate(intake.bytes, time),
        );
        if config.parts.is_split() {
            self.tell_parts(&mut out, config, dealt);
            self.tell_kinds(&mut out, config, kinds);
            self.tell_empty(&mut out, config, dealt);
        }
        if let Some(families) = dealer.families() {
            let (groups, largest) = families.census();
            out.push_str(&format!(
                "{} of records that stay together",
                report::plural(groups, "group")
            ));
            if groups > 0 {
                let (count, share) = (report::plural(largest, "record"), percent(largest, all));
                out.push_str(&format!("; the largest has {count}, {share}"));
            }
            out.push('\n');
            for pointer in families.unmet(config) {
                out.push_str(&format!("no record has {} (--group)\n", sanitize(pointer)));
            }
            if let Some(part) = self.dwarfed(config, largest).filter(|_| groups > 0) {
                out.push_str(&format!("the largest group is larger than the part {part}\n"));
            }
        }
        if intake.lacking > 0 && config.parts.is_split() {
            let records = report::plural(intake.lacking, "record");
            let verb = if intake.lacking == 1 { "lacks" } else { "lack" };
            out.push_str(&format!(
                "{records} {verb} {} (--key); dealt by the whole conversation\n",
                config.key
            ));
        }
        if intake.unusable.count > 0 {
            out.push_str(&format!("{}\n", intake.unusable.summary()));
        }
        out
    }

    /// Records that were written somewhere.
    pub(super) fn written(&self, config: &Config) -> u64 {
        let is_written = |part: usize| match &config.target {
            super::config::Target::Only(only) => *only == part,
            super::config::Target::Named(paths) => paths[part].is_some(),
            _ => true,
        };
        (0..self.parts.len()).filter(|at| is_written(*at)).map(|at| self.parts[at].records).sum()
    }

    fn tell_parts(&self, out: &mut String, config: &Config, dealt: u64) {
        for (at, (part, got)) in config.parts.all.iter().zip(&self.parts).enumerate() {
            let missed = match self.target(config, at) {
                Some(target) if target != got.records => {
                    format!("; {} asked for, the nearest that was found", report::count(target))
                }
                _ => String::new(),
            };
            out.push_str(&format!(
                "  {:<12} {:>12} {:>8} {:>10}{missed}\n",
                part.name,
                report::count(got.records),
                percent(got.records, dealt),
                report::bytes(got.bytes),
            ));
        }
    }

    /// Parts that should have something and have nothing.
    fn tell_empty(&self, out: &mut String, config: &Config, dealt: u64) {
        for (part, got) in config.parts.all.iter().zip(&self.parts) {
            let wanted = !matches!(part.want, Want::Weight(0) | Want::Count(0));
            if wanted && got.records == 0 && dealt > 0 {
                out.push_str(&format!("the part {} is empty\n", part.name));
            }
        }
    }

    fn tell_kinds(&self, out: &mut String, config: &Config, kinds: &Kinds) {
        if config.strata.is_empty() {
            return;
        }
        let mut order: Vec<usize> = (0..self.classes.len().min(kinds.all().len())).collect();
        order.sort_by_key(|at| std::cmp::Reverse(self.classes[*at].iter().sum::<u64>()));
        for at in order.iter().take(SHOWN) {
            let counts: Vec<String> =
                self.classes[*at].iter().map(|count| report::count(*count)).collect();
            let name = sanitize(&kinds.all()[*at].name);
            out.push_str(&format!("    {name:<24} {}\n", counts.join(" / ")));
        }
        if order.len() > SHOWN {
            let more = report::plural((order.len() - SHOWN) as u64, "more kind");
            out.push_str(&format!("    {more}\n"));
        }
        let lacks = |counts: &&Vec<u64>| counts.iter().sum::<u64>() > 0 && counts.contains(&0);
        let lacking = self.classes.iter().filter(lacks).count() as u64;
        if lacking > 0 {
            let verb = if lacking == 1 { "is" } else { "are" };
            let few = report::plural(lacking, "kind");
            out.push_str(&format!("{few} {verb} too few to be in every part\n"));
        }
    }

    /// A part that is set apart and smaller than a group of so many records.
    fn dwarfed<'c>(&self, config: &'c Config, largest: u64) -> Option<&'c str> {
        let parts = config.parts.all.iter().zip(&self.parts).enumerate();
        let mut held = parts.filter(|(at, _)| *at != config.parts.rest);
        held.find(|(_, (_, got))| got.records < largest).map(|(_, (part, _))| part.name.as_str())
    }
}

/// A part of all as a percentage.
fn percent(part: u64, all: u64) -> String {
    match all {
        0 => "-".to_owned(),
        _ => format!("{:.2} %", 100.0 * part as f64 / all as f64),
    }
}
