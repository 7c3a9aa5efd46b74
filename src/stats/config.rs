//! What the options mean: everything resolved that a run depends on, and every contradiction found.

use std::path::PathBuf;

use crate::cli::terminal::{ColorChoice, sanitize};
use crate::error::{Error, Result};
use crate::stream::{Buffering, Identities, Reading, read_files0};
use crate::tokens::template::{self, Template};
use crate::tokens::{self, Tokenizer, model_folder};

use super::contradictions::{measures, refuse_what_has_no_effect};
use super::definitions::Report;
use super::gate::Gate;
use super::hint;
use super::options::{Format as Typed, Options};
use super::settings::{Settings, Source};

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

impl Mode {
    /// The kind of report that is written.
    pub(super) fn report(self) -> Report {
        match self {
            Mode::Compare => Report::Comparison,
            Mode::Report | Mode::Pass => Report::One,
        }
    }
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
    /// Something of it was said.
    pub is_asked_for: bool,
}

/// A run, resolved.
#[derive(Debug)]
pub(super) struct Config {
    /// Paths of the inputs; `-` is standard input.
    pub inputs: Vec<PathBuf>,
    /// Files that are read beside the inputs.
    pub others: Identities,
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
    /// The options that say what is measured, where a state would not heed them.
    pub measures: Vec<&'static str>,
    /// The state is written, not a report.
    pub partial: bool,
    /// How the report is written.
    pub format: Format,
    /// Entries of a list.
    pub top: usize,
    /// Conditions that have to hold.
    pub gates: Vec<Gate>,
    /// What is to be said before anything is read.
    pub hints: Vec<String>,
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

/// What training is taken to be where nothing is said: what the trainers of the field are started with.
const EPOCHS: u64 = 3;
const BATCH_SIZE: u64 = 8;

/// Entries of a list where nothing is said.
const TOP: usize = 10;

/// Lines of each finding where nothing is said.
const EXAMPLES: u16 = 3;

impl Config {
    /// Resolves options; an [`Error::Usage`] says what cannot be.
    pub(super) fn new(options: &Options) -> Result<Config> {
        let common = &options.common;
        refuse_what_has_no_effect(options)?;
        let mode = match (options.pass, options.compare) {
            (true, _) => Mode::Pass,
            (_, true) => Mode::Compare,
            _ => Mode::Report,
        };
        let gates = gates(options, mode)?;
        let inputs = common.input_paths(read_files0)?;
        if options.compare && inputs.len() != 2 {
            return usage("--compare takes two FILEs");
        }
        let counter = counter(options)?;
        let mut hints = Vec::new();
        let template = template(options, &counter, &mut hints)?;
        let settings = settings(options, &counter, template.as_ref());
        hints.extend(hint::plain(&settings));
        let config = Config {
            inputs,
            others: others(options, &counter),
            reading: common.reading(),
            jobs: common.jobs(),
            settings,
            counter,
            template,
            training: Training {
                epochs: options.epochs.unwrap_or(EPOCHS),
                batch_size: options.batch_size.unwrap_or(BATCH_SIZE),
                price: options.price,
                is_asked_for: options.price.is_some()
                    || options.epochs.is_some()
                    || options.batch_size.is_some(),
            },
            mode,
            merge: options.merge,
            measures: measures(options),
            partial: options.partial,
            format: match options.format.unwrap_or_default() {
                Typed::Text => Format::Text,
                Typed::Json => Format::Json,
                Typed::Markdown => Format::Markdown,
                Typed::Info => Format::Info,
                Typed::Html => Format::Html,
            },
            top: options.top.map_or(TOP, |top| if top == 0 { usize::MAX } else { top }),
            gates,
            hints,
            output: common.output.clone(),
            rejects: common.rejects.clone(),
            report: common.report.clone(),
            buffering: common.buffering(),
            color: common.color,
            quiet: common.quiet,
            progress: common.wants_progress(),
            exit_zero: common.exit_zero,
        };
        if !options.merge && mode != Mode::Compare {
            config.check_gates(&config.settings)?;
        }
        Ok(config)
    }

    /// Trouble if a condition is about a figure that is not there in what is measured so.
    pub(super) fn check_gates(&self, settings: &Settings) -> Result<()> {
        let mut gates = self.gates.iter();
        gates.try_for_each(|gate| gate.check_asked_for(settings, self.training.price))
    }

    /// Can a plain line be measured by its outline?
    pub(super) fn outline_is_enough(&self) -> bool {
        self.settings.by.is_empty() && self.template.is_none()
    }
}

/// The conditions, of which every figure is one that there is: before hours are spent on reading.
fn gates(options: &Options, mode: Mode) -> Result<Vec<Gate>> {
    let gates: Vec<Gate> =
        options.gate.iter().map(|text| Gate::parse(text)).collect::<Result<_>>()?;
    gates.iter().try_for_each(|gate| gate.check_names(mode.report()))?;
    Ok(gates)
}

/// The files that are read beside the inputs: the list of these, the tokenizer, the chat template.
fn others(options: &Options, counter: &Counter) -> Identities {
    let mut paths: Vec<PathBuf> = options.common.files0_from.iter().cloned().collect();
    paths.extend(options.chat_template.iter().flat_map(|spec| template::files(spec)));
    if let Counter::Tokenizer(_) = counter {
        paths.extend(tokens::file(options.counter()));
        paths.extend(model_folder(options.counter()).map(|model| template::config_of(&model)));
    }
    Identities::of_paths(paths.iter().map(PathBuf::as_path))
}

fn counter(options: &Options) -> Result<Counter> {
    Ok(match options.counter() {
        // What is merged was counted before.
        _ if options.merge => Counter::Nothing,
        "none" => Counter::Nothing,
        "chars" => Counter::Characters,
        spec => Counter::Tokenizer(Tokenizer::load(spec)?),
    })
}

/// The chat template with the special tokens of the model: those that were typed, of the configuration beside it,
/// or beside the tokenizer, which is what renders a template in the transformers library.
fn template(
    options: &Options,
    counter: &Counter,
    hints: &mut Vec<String>,
) -> Result<Option<Template>> {
    let Some(spec) = options.chat_template.as_deref() else { return Ok(None) };
    let mut template = Template::load(spec, options.template_date.as_deref())?;
    let shown = sanitize(spec);
    if !template.uses("messages") {
        return usage(format!("{shown}: is no chat template: nothing in it asks for messages"));
    }
    for (option, name, text) in [
        ("--bos-token", "bos_token", &options.bos_token),
        ("--eos-token", "eos_token", &options.eos_token),
    ] {
        let Some(text) = text else { continue };
        if !template.uses(name) {
            return usage(format!(
                "{option} has no effect with --chat-template {shown}, which does not ask for {name}"
            ));
        }
        template.define(name, text);
    }
    if let (Counter::Tokenizer(_), Some(model)) = (counter, model_folder(options.counter())) {
        template.complete_from(&model)?;
    }
    let undefined: Vec<&str> = template.undefined_tokens().collect();
    if !undefined.is_empty() {
        hints.push(format!(
            "the chat template {shown} asks for {}, which nothing defines, and writes nothing there; define it \
             with --bos-token, --eos-token, or a tokenizer_config.json beside the template or the tokenizer",
            undefined.join(" and ")
        ));
    }
    Ok(Some(template))
}

/// What stands around the messages in the templates of the models that have a token for each of these. Not here:
/// what some models write in letters, as Zephyr does `<|user|>`.
const CONTROL_TOKENS: [&str; 7] = [
    "<|im_start|>",
    "<|im_end|>",
    "<|start_header_id|>",
    "<|eot_id|>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<|end|>",
];

/// Control tokens that the template writes and the tokenizer does not know.
fn plain(tokenizer: &Tokenizer, template: &Template) -> Vec<String> {
    let is_plain = |token: &&str| template.holds(token) && tokenizer.count_special(token) > 1;
    CONTROL_TOKENS.into_iter().filter(is_plain).map(str::to_owned).collect()
}

fn settings(options: &Options, counter: &Counter, template: Option<&Template>) -> Settings {
    Settings {
        tokenizer: match counter {
            Counter::Nothing => None,
            Counter::Characters => Some(Source::new("chars", None)),
            Counter::Tokenizer(of) => Some(Source::new(of.name(), of.digest())),
        },
        template: template.map(|of| Source::new(of.name(), Some(of.digest()))),
        plain: match (counter, template) {
            (Counter::Tokenizer(tokenizer), Some(template)) => plain(tokenizer, template),
            _ => Vec::new(),
        },
        template_date: template.and_then(Template::date).map(str::to_owned),
        max_tokens: options.max_tokens,
        by: options.by.clone(),
        quality: !options.no_quality,
        languages: options.languages,
        examples: usize::from(options.examples.unwrap_or(EXAMPLES)),
    }
}

fn usage<T>(what: impl Into<String>) -> Result<T> {
    Err(Error::Usage(what.into()))
}
