//! What the commands that read records or documents have in common: the options of every tool resolved, and one who
//! tells how a run goes.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::Value;

use crate::cli::exit::Exit;
use crate::cli::json::to_json_line;
use crate::cli::options::CommonOptions;
use crate::cli::outputs::Opener;
use crate::cli::progress::Progress;
use crate::cli::terminal::sanitize;
use crate::cli::unusable::{SHOWN, Unusable};
use crate::error::Result;
use crate::stream::{self, Block, Buffering, Inputs, Output, Reading, Sink, read_files0};

/// The options of every tool, resolved.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    /// Paths of the inputs; `-` is standard input.
    pub inputs: Vec<PathBuf>,
    /// The file that names the inputs.
    pub list: Option<PathBuf>,
    /// How inputs are read.
    pub reading: Reading,
    /// Worker threads.
    pub jobs: usize,
    /// Where records go instead of standard output.
    pub output: Option<PathBuf>,
    /// Where lines go that could not be used.
    pub rejects: Option<PathBuf>,
    /// Where the JSON summary goes.
    pub report: Option<PathBuf>,
    /// How records are buffered.
    pub buffering: Buffering,
    /// Nothing is said but of trouble.
    pub quiet: bool,
    /// Progress on standard error: forced, forbidden, or as the terminal wants.
    pub progress: Option<bool>,
    /// Exit status 0 in place of 1.
    pub exit_zero: bool,
}

impl Setup {
    /// Resolves the options; [`Usage`](crate::error::Error::Usage) says what cannot be.
    pub(crate) fn new(common: &CommonOptions) -> Result<Setup> {
        Ok(Setup {
            inputs: common.input_paths(read_files0)?,
            list: common.files0_from.clone(),
            reading: common.reading(),
            jobs: common.jobs(),
            output: common.output.clone(),
            rejects: common.rejects.clone(),
            report: common.report.clone(),
            buffering: common.buffering(),
            quiet: common.quiet,
            progress: common.wants_progress(),
            exit_zero: common.exit_zero,
        })
    }
}

/// What a run writes.
pub(crate) struct Outputs {
    /// Records.
    pub main: Output,
    /// Lines that could not be used.
    pub rejects: Output,
    /// The summary as JSON.
    pub report: Output,
}

impl Outputs {
    /// Those that the options name.
    pub(crate) fn open(setup: &Setup, opener: &mut Opener<'_>) -> Result<Outputs> {
        Ok(Outputs {
            main: opener.main(setup.output.as_deref())?,
            rejects: opener.beside(setup.rejects.as_deref())?,
            report: opener.beside(setup.report.as_deref())?,
        })
    }

    /// All was read: completes the outputs and says what was done. True: something could not be used.
    pub(crate) fn finish(
        mut self,
        teller: &mut Teller,
        report: &Value,
        summary: &str,
    ) -> Result<bool> {
        teller.end_progress();
        self.report.write(&to_json_line(report))?;
        teller.say(summary);
        self.main.finish()?;
        self.rejects.finish()?;
        self.report.finish()?;
        teller.write();
        Ok(teller.unusable.count > 0)
    }

    /// The run ends in trouble: what was written stays, and what is to be said is said.
    pub(crate) fn give_up(&mut self, teller: &mut Teller) {
        for output in [&mut self.main, &mut self.rejects] {
            // There is trouble already, which is told.
            let _ = output.flush();
        }
        teller.end_progress();
    }
}

/// What writes the results of a filter, in order.
pub(crate) trait Ending {
    /// All was read: completes the outputs and says what was done. True: lines could not be used.
    fn finish(self) -> Result<bool>;

    /// The run ends in trouble: what was written stays, and what is to be said is said.
    fn give_up(&mut self);
}

/// Reads the inputs of a filter to their end; the exit status is 1 when lines could not be used.
pub(crate) fn through<W: Send, T: Send>(
    setup: &Setup,
    inputs: Inputs,
    worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, &mut Block) -> T + Sync,
    mut writer: impl Sink<T> + Ending,
) -> Result<Exit> {
    match stream::run(inputs, setup.jobs, worker, work, &mut writer) {
        Ok(()) => {
            let found = writer.finish()?;
            Ok(if found { Exit::Found.forgiven_if(setup.exit_zero) } else { Exit::Ok })
        }
        Err(trouble) => {
            writer.give_up();
            Err(trouble)
        }
    }
}

/// Tells how a run goes: lines that cannot be used, progress, what it came to.
pub(crate) struct Teller {
    /// Names of the inputs.
    names: Vec<String>,
    quiet: bool,
    max_line_bytes: usize,
    /// What could not be used.
    pub unusable: Unusable,
    /// Lines that something was noted of.
    pub noted: u64,
    /// When the run began.
    pub started: Instant,
    progress: Progress,
    messages: Vec<u8>,
}

impl Teller {
    /// For inputs that are not read yet.
    pub(crate) fn new(setup: &Setup, inputs: &Inputs) -> Teller {
        Teller {
            names: inputs.names().to_vec(),
            quiet: setup.quiet,
            max_line_bytes: setup.reading.max_line_bytes,
            unusable: Unusable::new(setup.quiet),
            noted: 0,
            started: Instant::now(),
            progress: Progress::new(setup.progress, inputs.total_bytes()),
            messages: Vec::new(),
        }
    }

    /// A line of an input cannot be used, for what is wrong at byte `at`.
    pub(crate) fn reject(&mut self, input: usize, line: u64, at: usize, why: &str) {
        let name = self.names.get(input).map_or("", String::as_str);
        let message = self.unusable.tell(name, line, at, why);
        self.messages.extend_from_slice(message.unwrap_or_default().as_bytes());
    }

    /// A line of an input is over the limit.
    pub(crate) fn reject_long(&mut self, input: usize, line: u64) {
        let name = self.names.get(input).map_or("", String::as_str);
        let message = self.unusable.tell_long(name, line, self.max_line_bytes);
        self.messages.extend_from_slice(message.unwrap_or_default().as_bytes());
    }

    /// There is something to say of a line that is used all the same.
    pub(crate) fn note(&mut self, input: usize, line: u64, at: usize, what: &str) {
        self.noted += 1;
        if !self.quiet && self.noted <= SHOWN {
            let name = sanitize(self.names.get(input).map_or("", String::as_str));
            let text = format!("{name}:{line}:{}: {}\n", at + 1, sanitize(what));
            self.messages.extend_from_slice(text.as_bytes());
        }
    }

    /// Says something about the run, in one or more lines.
    pub(crate) fn say(&mut self, what: &str) {
        if !self.quiet {
            for line in what.lines() {
                self.messages.extend_from_slice(format!("{}\n", sanitize(line)).as_bytes());
            }
        }
    }

    /// So many bytes and records are done: renews the progress, writes what is to be said.
    pub(crate) fn tick(&mut self, bytes: u64, records: u64) {
        self.progress.tick(bytes, records);
        self.write();
    }

    /// Writes what is to be said.
    pub(crate) fn write(&mut self) {
        if !self.messages.is_empty() {
            self.progress.clear();
            // A reader of messages that went away is no reason to lose records.
            let _ = std::io::stderr().write_all(&self.messages);
            self.messages.clear();
        }
    }

    /// Nothing more is shown of how far it is.
    pub(crate) fn end_progress(&mut self) {
        self.progress.clear();
        self.write();
    }
}

/// A share of records, from 0 to 1, as it is typed: `0.05` or `5%`.
pub(crate) fn parse_share(text: &str) -> std::result::Result<f64, String> {
    let (number, whole) = match text.strip_suffix('%') {
        Some(number) => (number.trim_end(), 100.0),
        None => (text, 1.0),
    };
    match number.parse::<f64>() {
        Ok(share) if (0.0..=whole).contains(&share) => Ok(share / whole),
        _ => Err("a share from 0 to 1 is needed, such as 0.05 or 5%".to_owned()),
    }
}

/// A seed: any whole number of 64 bits.
pub(crate) fn parse_seed(text: &str) -> std::result::Result<u64, String> {
    text.parse().map_err(|_| format!("a whole number from 0 to {} is needed", u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_numbers_from_0_to_1_or_percentages() {
        for (text, share) in [("0", 0.0), ("1", 1.0), ("0.05", 0.05), ("5%", 0.05), ("100%", 1.0)] {
            assert_eq!(parse_share(text), Ok(share), "{text}");
        }
        for text in ["", "-0.1", "1.1", "101%", "NaN", "inf", "a", "%"] {
            assert!(parse_share(text).is_err(), "{text}");
        }
    }
}
