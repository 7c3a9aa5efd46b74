//! What the options mean: everything resolved that a run depends on, and every contradiction found.

use std::path::PathBuf;

use crate::cli::terminal::{ColorChoice, QUOTE_BYTES, quote, sanitize};
use crate::error::{Error, Result};
use crate::stream::{Buffering, Identities, Reading, read_files0};
use crate::tokens::template::{self, Template};
use crate::tokens::{self, Tokenizer, model_folder};

use super::definitions::Report;
use super::gate::Gate;
use super::hint;
use super::options::{Format as Typed, Options, TOKENIZER};
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
        if !options.merge && mode != Mode::Compare {
            gates.iter().try_for_each(|gate| gate.check_asked_for(&settings, options.price))?;
        }
        Ok(Config {
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
        })
    }

    /// Can a plain line be measured by its outline?
    pub(super) fn outline_is_enough(&self) -> bool {
        self.settings.by.is_empty() && self.template.is_none()
    }
}

/// What was typed and would change nothing: whoever typed it expects something of it.
fn refuse_what_has_no_effect(options: &Options) -> Result<()> {
    let only_state = options.partial && options.common.report.is_none();
    let figures_only = "a state holds no figures (with --report they are written beside it)";
    let no_tokens = options.tokenizer == "none" && !options.merge;
    let nothing_counted = "no tokens are counted";
    let info = options.format == Some(Typed::Info);
    let format = options.format.is_some();
    let no_gate = options.gate.is_empty();
    let nobody_is_told = options.common.quiet && options.common.report.is_none() && no_gate;
    let pass_to_report = options.pass && options.common.report.is_some();
    for (given, with, name, other, why) in [
        (only_state, options.price.is_some(), "--price", "--partial", figures_only),
        (only_state, options.epochs.is_some(), "--epochs", "--partial", figures_only),
        (only_state, options.batch_size.is_some(), "--batch-size", "--partial", figures_only),
        (only_state, options.top.is_some(), "--top", "--partial", figures_only),
        (options.compare, info, "--format info", "--compare", "it is the layout of one dataset"),
        (pass_to_report, format, "--format", "--pass and --report", "the report is JSON there"),
        (
            nobody_is_told,
            options.pass,
            "--pass",
            "--quiet",
            "add --report or --gate to learn of it",
        ),
        (no_tokens, options.chat_template.is_some(), "--chat-template", NONE, nothing_counted),
        (no_tokens, options.max_tokens.is_some(), "--max-tokens", NONE, nothing_counted),
        (no_tokens, options.price.is_some(), "--price", NONE, nothing_counted),
        (no_tokens, options.epochs.is_some(), "--epochs", NONE, nothing_counted),
        (no_tokens, options.batch_size.is_some(), "--batch-size", NONE, nothing_counted),
    ] {
        if given && with {
            return usage(format!("{name} has no effect with {other}: {why}"));
        }
    }
    match options.by.iter().find(|pointer| !pointer.starts_with('/')) {
        Some(pointer) => {
            let pointer = quote(pointer, QUOTE_BYTES);
            usage(format!("--by {pointer} is no JSON pointer; it begins with /"))
        }
        None => Ok(()),
    }
}

/// The options given that say what is measured.
fn measures(options: &Options) -> Vec<&'static str> {
    let given = [
        (options.tokenizer != TOKENIZER, "--tokenizer"),
        (options.chat_template.is_some(), "--chat-template"),
        (options.max_tokens.is_some(), "--max-tokens"),
        (!options.by.is_empty(), "--by"),
        (options.languages, "--languages"),
        (options.no_quality, "--no-quality"),
    ];
    given.into_iter().filter(|(given, _)| *given).map(|(_, name)| name).collect()
}

const NONE: &str = "--tokenizer none";

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
        paths.extend(tokens::file(&options.tokenizer));
        paths.extend(model_folder(&options.tokenizer).map(|model| template::config_of(&model)));
    }
    Identities::of_paths(paths.iter().map(PathBuf::as_path))
}

fn counter(options: &Options) -> Result<Counter> {
    Ok(match options.tokenizer.as_str() {
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
    if let (Counter::Tokenizer(_), Some(model)) = (counter, model_folder(&options.tokenizer)) {
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
        template_date: options
            .template_date
            .clone()
            .or_else(|| template.and_then(Template::day).map(str::to_owned)),
        max_tokens: options.max_tokens,
        by: options.by.clone(),
        quality: !options.no_quality,
        languages: options.languages,
        examples: usize::from(options.examples),
    }
}

fn usage<T>(what: impl Into<String>) -> Result<T> {
    Err(Error::Usage(what.into()))
}
