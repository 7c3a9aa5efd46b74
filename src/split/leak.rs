//! What finished files have in common: the check that nothing leaks from one into another.
//!
//! Every file is held against each one before it, so the training set comes first. A record leaks when a record of
//! the other file has the same conversation, the same key, the same value of a group, or enough common text. Keys
//! and texts are made as for splitting, so that files of a run with the same options have nothing in common.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::cli::exit::Exit;
use crate::cli::json::to_json_line;
use crate::cli::outputs::Opener;
use crate::cli::report::{self, report_header};
use crate::cli::terminal::sanitize;
use crate::error::{Error, Result};
use crate::similar::Witnesses;
use crate::stream::{self, Block, Flow, Identities, Inputs, Output, Sink};

use super::block::{Prepared, What, Worker};
use super::config::Config;
use super::intake::Intake;

/// What two records can have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Tie {
    Record,
    Key,
    /// By the number of the pointer.
    Group(usize),
    Near,
}

impl Tie {
    fn name(self, config: &Config) -> String {
        match self {
            Tie::Record => "record".to_owned(),
            Tie::Key => config.key.to_string(),
            Tie::Group(at) => config.groups[at].clone(),
            Tie::Near => "near".to_owned(),
        }
    }
}

/// What is known of a file that was read.
struct File {
    name: String,
    /// The first line with a number, by what the number is of.
    lines: HashMap<(Tie, u64), u32>,
    near: Option<Witnesses>,
}

/// A record that is in an earlier file as well.
struct Leak {
    tie: Tie,
    line: u64,
    /// The number of the other file.
    other: usize,
    other_line: u64,
    similarity: f64,
}

/// Reads one file after the other.
pub(super) fn run(config: &Config) -> Result<Exit> {
    if config.inputs.len() < 2 {
        let what =
            "--check-leak needs two files at least: what is trained on, and what is set apart";
        return Err(Error::Usage(what.to_owned()));
    }
    let all = Inputs::open(&config.inputs, &config.reading)?;
    let list = Identities::of_paths(config.list.as_deref());
    let mut opener = Opener::new([&all], config.buffering).and(list);
    let output = opener.main(config.output.as_deref())?;
    let rejects = opener.beside(config.rejects.as_deref())?;
    let report = opener.beside(config.report.as_deref())?;
    let intake = Intake::new(config, &all, rejects);
    let mut check = Check { config, files: Vec::new(), output, intake, counts: HashMap::new() };
    let worker = || Worker::new(config);
    stream::run(all, config.jobs, worker, |worker, block| worker.block(block), &mut check)?;
    check.finish(report)
}

/// Holds records against those of earlier files.
struct Check<'c> {
    config: &'c Config,
    files: Vec<File>,
    output: Output,
    intake: Intake<'c>,
    /// Leaks by what they are and which files they are between.
    counts: HashMap<(Tie, usize, usize), u64>,
}

impl Sink<Prepared> for Check<'_> {
    fn accept(&mut self, block: &Block, prepared: Prepared) -> Result<Flow> {
        self.intake.begin(block);
        if block.first {
            let near = self.config.near.map(|near| Witnesses::new(near.threshold, near.complete));
            let name = self.intake.name(block.input);
            self.files.push(File { name, lines: HashMap::new(), near });
        }
        for line in &prepared.lines {
            if self.intake.line(block, line)?
                && let What::Record(item) = &line.what
            {
                self.record(item, &prepared)?;
            }
        }
        self.intake.end(block, &prepared)?;
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        self.intake.write_messages();
        self.output.flush()
    }
}

impl Check<'_> {
    fn record(&mut self, item: &super::block::Item, prepared: &Prepared) -> Result<()> {
        let (_, line) = self.intake.place();
        let Some(more) = &item.more else { return Ok(()) };
        let groups = prepared.groups[more.groups.clone()].iter();
        // What lacks the key has it in common with nothing.
        let key = (!item.lacking).then_some((Tie::Key, item.u));
        let numbers: Vec<(Tie, u64)> = [(Tie::Record, more.whole)]
            .into_iter()
            .chain(key)
            .chain(groups.map(|(at, group)| (Tie::Group(*at), *group)))
            .collect();
        let (set, bands) = (&prepared.sets[more.set.clone()], &prepared.bands[more.bands.clone()]);
        let current = self.files.len() - 1;
        let mut leaks = Vec::new();
        for (other, file) in self.files[..current].iter_mut().enumerate() {
            for (tie, number) in &numbers {
                if let Some(first) = file.lines.get(&(*tie, *number)) {
                    let other_line = u64::from(*first);
                    leaks.push(Leak { tie: *tie, line, other, other_line, similarity: 1.0 });
                }
            }
            if let Some(near) = &mut file.near
                && let Some(found) = near.find(set, bands)?
            {
                let (other_line, similarity) = (u64::from(found.place), found.similarity());
                leaks.push(Leak { tie: Tie::Near, line, other, other_line, similarity });
            }
        }
        leaks.iter().try_for_each(|leak| self.tell(leak, current))?;
        let file = &mut self.files[current];
        let place = u32::try_from(line)
            .map_err(|_| Error::Unfit(format!("{}: more than {} lines", file.name, u32::MAX)))?;
        for number in numbers {
            file.lines.entry(number).or_insert(place);
        }
        match &mut file.near {
            Some(near) => near.push(set, bands, place),
            None => Ok(()),
        }
    }

    fn tell(&mut self, leak: &Leak, current: usize) -> Result<()> {
        *self.counts.entry((leak.tie, leak.other, current)).or_default() += 1;
        let (file, other) = (&self.files[current].name, &self.files[leak.other].name);
        let tie = leak.tie.name(self.config);
        if self.config.json {
            let mut row = json!({
                "schema": 1,
                "file": file,
                "line": leak.line,
                "leak": tie,
                "other_file": other,
                "other_line": leak.other_line,
            });
            if leak.tie == Tie::Near {
                row["similarity"] = leak.similarity.into();
            }
            return self.output.write(&to_json_line(&row));
        }
        let what = match leak.tie {
            Tie::Near => format!("is {:.2} like", leak.similarity),
            _ => format!("has the {} of", sanitize(&tie)),
        };
        let text = format!(
            "{}:{}: {what} {}:{}\n",
            sanitize(file),
            leak.line,
            sanitize(other),
            leak.other_line
        );
        self.output.write(text.as_bytes())
    }

    fn finish(mut self, mut report: Output) -> Result<Exit> {
        self.intake.end_progress();
        self.output.finish()?;
        let mut counts: Vec<_> = self.counts.into_iter().collect();
        counts.sort_unstable();
        let row = |((tie, one, other), records): &((Tie, usize, usize), u64)| {
            json!({
                "leak": tie.name(self.config),
                "other_file": self.files[*one].name,
                "file": self.files[*other].name,
                "records": records,
            })
        };
        let mut told = report_header("chatml-split");
        told.insert("records_read".to_owned(), self.intake.records.into());
        told.insert("records_rejected".to_owned(), self.intake.unusable.count.into());
        told.insert("leaks".to_owned(), counts.iter().map(row).collect::<Vec<_>>().into());
        told.insert("seconds".to_owned(), self.intake.started.elapsed().as_secs_f64().into());
        report.write(&to_json_line(&Value::Object(told)))?;
        report.finish()?;
        let mut text = format!(
            "{} in {}",
            report::plural(self.intake.records, "record"),
            report::plural(self.files.len() as u64, "file")
        );
        text.push_str(if counts.is_empty() { ": nothing leaks" } else { ":" });
        for ((tie, one, other), records) in &counts {
            let (one, other) = (&self.files[*one].name, &self.files[*other].name);
            let what = tie.name(self.config);
            let verb = if *records == 1 { "leaks" } else { "leak" };
            text.push_str(&format!(
                "\n  {} of {other} {verb} from {one} by {what}",
                report::plural(*records, "record")
            ));
        }
        for file in self.files.iter().filter(|file| file.lines.is_empty()) {
            text.push_str(&format!(
                "\n{} has no record that could be compared",
                sanitize(&file.name)
            ));
        }
        self.intake.say(&text);
        if self.intake.unusable.count > 0 {
            let unusable = self.intake.unusable.summary();
            self.intake.say(&unusable);
        }
        self.intake.write_messages();
        let found = !counts.is_empty() || self.intake.unusable.count > 0;
        self.intake.rejects.finish()?;
        Ok(if found { Exit::Found.forgiven_if(self.config.exit_zero) } else { Exit::Ok })
    }
}
