//! What the options mean: everything resolved that a run depends on, and every contradiction found.

use std::path::PathBuf;

use crate::cli::terminal::{ColorChoice, QUOTE_BYTES, quote};
use crate::error::{Error, Result};
use crate::stream::{Buffering, Reading, read_files0};
use crate::tokens::Tokenizer;
use crate::tokens::template::Template;

use super::gate::Gate;
use super::options::{Format as Typed, Options};
use super::state::Settings;

/// What counts tokens.
#[derive(Debug)]
pub(super) enum Counter {
    /// Nothing.
    Nothing,
    /// Each character is one.
    Characters,
    /// A tokenizer.
    Tokenizer(Tokenizer),
}

/// How the report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    Json,
    Markdown,
    Info,
    Html,
}

/// What the inputs are and what becomes of what was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Records are measured and reported.
    Report,
    /// Records are measured, reported, and written on.
    Pass,
    /// The two inputs are measured apart and compared.
    Compare,
}

/// What the training is taken to be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Training {
    /// Passes over the data.
    pub epochs: u64,
    /// Sequences a step.
    pub batch_size: u64,
    /// The price of a million tokens.
    pub price: Option<f64>,
}

/// A run, resolved.
#[derive(Debug)]
pub(super) struct Config {
    /// Paths of the inputs; `-` is standard input.
    pub inputs: Vec<PathBuf>,
    /// How inputs are read.
    pub reading: Reading,
    /// Worker threads.
    pub jobs: usize,
    /// What is measured.
    pub settings: Settings,
    /// What counts tokens.
    pub counter: Counter,
    /// What conversations are rendered with.
    pub template: Option<Template>,
    /// What the training is taken to be.
    pub training: Training,
    /// What is done.
    pub mode: Mode,
    /// The inputs are states, not records.
    pub merge: bool,
    /// The state is written, not a report.
    pub partial: bool,
    /// How the report is written.
    pub format: Format,
    /// Entries of a list.
    pub top: usize,
    /// Conditions that have to hold.
    pub gates: Vec<Gate>,
    /// Where the main output goes instead of standard output.
    pub output: Option<PathBuf>,
    /// Where lines go that cannot be used.
    pub rejects: Option<PathBuf>,
    /// Where the JSON report goes.
    pub report: Option<PathBuf>,
    /// How records are buffered.
    pub buffering: Buffering,
    /// When to colour.
    pub color: ColorChoice,
    /// No messages but about trouble.
    pub quiet: bool,
    /// Progress on standard error: forced, forbidden, or as the terminal wants.
    pub progress: Option<bool>,
    /// Exit status 0 in place of 1.
    pub exit_zero: bool,
}

impl Config {
    /// Resolves options; an [`Error::Usage`] says what cannot be.
    pub(super) fn new(options: &Options) -> Result<Config> {
        let common = &options.common;
        if let Some(pointer) = options.by.iter().find(|pointer| !pointer.starts_with('/')) {
            let pointer = quote(pointer, QUOTE_BYTES);
            return usage(format!("--by {pointer} is no JSON pointer; it begins with /"));
        }
        if options.price.is_some_and(|price| !price.is_finite() || price < 0.0) {
            return usage("--price is a number of at least 0");
        }
        let gates: Vec<Gate> =
            options.gate.iter().map(|text| Gate::parse(text)).collect::<Result<_>>()?;
        // Before hours are spent on reading. A comparison has figures of its own.
        if let Some(figure) = gates.iter().find_map(Gate::unknown).filter(|_| !options.compare) {
            let figure = quote(figure, QUOTE_BYTES);
            return usage(format!(
                "--gate: there is no figure {figure}; --list-figures lists them"
            ));
        }
        let inputs = common.input_paths(read_files0)?;
        if options.compare && inputs.len() != 2 {
            return usage("--compare takes two FILEs");
        }
        let counter = match options.tokenizer.as_str() {
            // What is merged was counted before.
            _ if options.merge => Counter::Nothing,
            "none" => Counter::Nothing,
            "chars" => Counter::Characters,
            spec => Counter::Tokenizer(Tokenizer::load(spec)?),
        };
        if matches!(counter, Counter::Nothing) && !options.merge {
            for (given, name) in [
                (options.chat_template.is_some(), "--chat-template"),
                (options.max_tokens.is_some(), "--max-tokens"),
                (options.price.is_some(), "--price"),
            ] {
                if given {
                    return usage(format!("{name} needs tokens, and --tokenizer is none"));
                }
            }
        }
        let template = match (&options.chat_template, options.merge) {
            (Some(spec), false) => Some(Template::load(spec, options.template_date.as_deref())?),
            _ => None,
        };
        Ok(Config {
            inputs,
            reading: common.reading(),
            jobs: common.jobs(),
            settings: Settings {
                tokenizer: match &counter {
                    Counter::Nothing => None,
                    Counter::Characters => Some("chars".to_owned()),
                    Counter::Tokenizer(tokenizer) => Some(tokenizer.name().to_owned()),
                },
                template: template.as_ref().map(|template| template.name().to_owned()),
                max_tokens: options.max_tokens,
                by: options.by.clone(),
                quality: !options.no_quality,
                languages: options.languages,
                examples: usize::from(options.examples),
            },
            counter,
            template,
            training: Training {
                epochs: options.epochs,
                batch_size: options.batch_size,
                price: options.price,
            },
            mode: match (options.pass, options.compare) {
                (true, _) => Mode::Pass,
                (_, true) => Mode::Compare,
                _ => Mode::Report,
            },
            merge: options.merge,
            partial: options.partial,
            format: match options.format {
                Typed::Text => Format::Text,
                Typed::Json => Format::Json,
                Typed::Markdown => Format::Markdown,
                Typed::Info => Format::Info,
                Typed::Html => Format::Html,
            },
            top: if options.top == 0 { usize::MAX } else { options.top },
            gates,
            output: common.output.clone(),
            rejects: common.rejects.clone(),
            report: common.report.clone(),
            buffering: common.buffering(),
            color: common.color,
            quiet: common.quiet,
            progress: common.wants_progress(),
            exit_zero: common.exit_zero,
        })
    }

    /// Can a plain line be measured by its outline?
    pub(super) fn outline_is_enough(&self) -> bool {
        self.settings.by.is_empty() && self.template.is_none()
    }
}

fn usage<T>(what: impl Into<String>) -> Result<T> {
    Err(Error::Usage(what.into()))
}
