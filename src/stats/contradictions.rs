//! Options that contradict each other or would change nothing: whoever typed one expects something of it.

use crate::cli::terminal::{QUOTE_BYTES, quote};
use crate::error::{Error, Result};

use super::options::{Format, Options};

/// Refuses what would not be read or written beside the list of figures.
pub(super) fn refuse_beside_list(options: &Options) -> Result<()> {
    let common = &options.common;
    let file = common.files.first().or(common.files0_from.as_ref());
    if let Some(file) = file {
        let file = quote(&file.to_string_lossy(), QUOTE_BYTES);
        return refused(format!(
            "--list-figures reads no file, but {file} is given; leave out one of them"
        ));
    }
    for (name, file) in
        [("--output", &common.output), ("--report", &common.report), ("--rejects", &common.rejects)]
    {
        if file.is_some() {
            return refused(format!(
                "{name} has no effect with --list-figures: the list goes to standard output"
            ));
        }
    }
    let others = [
        (options.format.is_some(), "--format"),
        (options.top.is_some(), "--top"),
        (options.price.is_some(), "--price"),
        (options.epochs.is_some(), "--epochs"),
        (options.batch_size.is_some(), "--batch-size"),
    ];
    let others = others.into_iter().filter(|(given, _)| *given).map(|(_, name)| name);
    measures(options).into_iter().chain(others).next().map_or(Ok(()), |name| {
        refused(format!(
            "{name} has no effect with --list-figures: the list is one and the same, as text"
        ))
    })
}

/// What was typed and would change nothing: whoever typed it expects something of it.
pub(super) fn refuse_what_has_no_effect(options: &Options) -> Result<()> {
    if let (true, Some(option)) = (options.merge, measures(options).first()) {
        return refused(format!(
            "{option} has no effect with --merge: what is measured is said to --partial"
        ));
    }
    let only_state = options.partial && options.common.report.is_none();
    let figures_only = "a state holds no figures (with --report they are written beside it)";
    let no_tokens = options.counter() == "none";
    let nothing_counted = "no tokens are counted";
    let info = options.format == Some(Format::Info);
    let format = options.format.is_some();
    let no_gate = options.gate.is_empty();
    let nobody_is_told = options.common.quiet && options.common.report.is_none() && no_gate;
    let pass_to_report = options.pass && options.common.report.is_some();
    for (given, with, name, other, why) in [
        (only_state, options.price.is_some(), "--price", "--partial", figures_only),
        (only_state, options.epochs.is_some(), "--epochs", "--partial", figures_only),
        (only_state, options.batch_size.is_some(), "--batch-size", "--partial", figures_only),
        (only_state, options.top.is_some(), "--top", "--partial", figures_only),
        (
            options.merge,
            options.common.rejects.is_some(),
            "--rejects",
            "--merge",
            "a line that is no state is trouble",
        ),
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
            return refused(format!("{name} has no effect with {other}: {why}"));
        }
    }
    for (at, pointer) in options.by.iter().enumerate() {
        let shown = quote(pointer, QUOTE_BYTES);
        let meant = meant(pointer);
        if meant.as_ref() != Some(pointer) {
            let form = match pointer.starts_with('/') {
                true => "in which ~ is written ~0",
                false => "which begins with / and names one value, as /category does",
            };
            let meant = meant.map(|meant| format!("; is {} meant?", quote(&meant, QUOTE_BYTES)));
            let meant = meant.unwrap_or_default();
            return refused(format!("--by {shown} is no JSON pointer, {form}{meant}"));
        }
        if options.by[..at].contains(pointer) {
            return refused(format!("--by {shown} is given twice; leave out one of them"));
        }
    }
    Ok(())
}

/// The JSON pointer that is meant by one, or by a path as jq and others write it; none where that names no value or
/// more than one.
fn meant(text: &str) -> Option<String> {
    let path = match text.starts_with('/') {
        true => text.to_owned(),
        false => format!("/{}", text.trim_start_matches(['$', '.']).replace('.', "/")),
    };
    let is_name = |name: &str| !name.is_empty() && !name.contains(['[', ']', '*']);
    if path != text && !path.split('/').skip(1).all(is_name) {
        return None;
    }
    let mut pieces = path.split('~');
    let first = pieces.next().unwrap_or_default().to_owned();
    Some(pieces.fold(first, |before, behind| match behind.starts_with(['0', '1']) {
        true => format!("{before}~{behind}"),
        false => format!("{before}~0{behind}"),
    }))
}

/// The options given that say what is measured.
pub(super) fn measures(options: &Options) -> Vec<&'static str> {
    let given = [
        (options.tokenizer.is_some(), "--tokenizer"),
        (options.chat_template.is_some(), "--chat-template"),
        (options.max_tokens.is_some(), "--max-tokens"),
        (!options.by.is_empty(), "--by"),
        (options.languages, "--languages"),
        (options.no_quality, "--no-quality"),
        (options.examples.is_some(), "--examples"),
    ];
    given.into_iter().filter(|(given, _)| *given).map(|(_, name)| name).collect()
}

const NONE: &str = "--tokenizer none";

fn refused(what: String) -> Result<()> {
    Err(Error::Usage(what))
}
