//! Contradictions: options that do nothing beside each other, and arguments that cannot be meant.

use std::path::PathBuf;

use crate::cli::terminal::{QUOTE_BYTES, quote};
use crate::error::Result;
use crate::similar::{By, Scheme, Threshold};

use super::options::{self, Options};
use super::{Similar, usage};

/// Refuses options that would do nothing.
pub(super) fn refuse_idle(options: &Options, similar: Option<Similar>) -> Result<()> {
    let evaluation = !options.decontaminate.is_empty();
    let keys = options.emit_keys.is_some();
    let normalize = options.normalize != options::Normalize::None;
    let table = [
        (
            options.template_guard.is_some(),
            similar.is_some(),
            "--template-guard needs --near or --contain",
        ),
        (options.roles.is_some(), similar.is_some(), "--roles needs --near or --contain"),
        (options.empty.is_some(), similar.is_some(), "--empty needs --near or --contain"),
        (options.ngram.is_some(), evaluation, "--ngram needs --decontaminate"),
        (options.share.is_some(), evaluation, "--share needs --decontaminate"),
        (options.id_prefix.is_some(), keys, "--id-prefix needs --emit-keys"),
        (
            options.apply_removals.is_some() && options.clusters.is_some(),
            false,
            "--apply-removals knows of no groups that --clusters could tell; \
             --removed tells what went",
        ),
        (
            normalize,
            options.by.iter().any(By::is_in_outline),
            "--normalize needs texts of the conversation to compare; \
             --by record and --by /FIELD compare values as they are",
        ),
    ];
    let mut all = table.into_iter().chain(idle_for_keys(options, similar));
    match all.find(|(given, fits, _)| *given && !fits) {
        Some((_, _, what)) => usage(what),
        None => Ok(()),
    }
}

/// What does nothing where keys are written: given, with what it needs, and words.
fn idle_for_keys(options: &Options, similar: Option<Similar>) -> [(bool, bool, &'static str); 5] {
    let keys = options.emit_keys.is_some();
    let bands = options.emit_keys == Some(options::Emit::Bands);
    let told = options.removed.is_some() || options.clusters.is_some();
    let normalize = options.normalize != options::Normalize::None;
    let by = options.by != [By::Messages];
    [
        (
            bands,
            similar.is_some_and(|similar| matches!(similar.scheme, Scheme::Bands(_))),
            "--emit-keys=bands needs --near of at least 0.13, without --complete",
        ),
        (
            keys && !bands && similar.is_some(),
            false,
            "--emit-keys writes the keys of equal records, in which --near has no part; \
             for those of similar ones: --near --emit-keys=bands",
        ),
        (
            bands && (by || normalize),
            false,
            "--emit-keys=bands compares texts as --near does, in which --by and --normalize have no part",
        ),
        (
            bands && options.empty.is_some(),
            false,
            "--emit-keys=bands writes nothing of records without words, in which --empty has no part",
        ),
        (
            keys && told,
            false,
            "--emit-keys removes nothing that --removed or --clusters could tell",
        ),
    ]
}

/// `--near 0.9` asks for a file of that name: the share stands behind an equals sign.
pub(super) fn check_shares(inputs: &[PathBuf], options: &Options) -> Result<()> {
    let options = [
        ("near", options.near.is_some()),
        ("contain", options.contain.is_some()),
        ("template-guard", options.template_guard.is_some()),
    ];
    let is_share = |path: &&PathBuf| {
        let share = path.to_str().and_then(|text| text.parse::<Threshold>().ok());
        share.is_some() && !path.exists()
    };
    match (inputs.iter().find(is_share), options.iter().find(|(_, given)| *given)) {
        (Some(path), Some((name, _))) => {
            let share = path.display();
            usage(format!(
                "{share} is no file; a share is written with an equals sign: --{name}={share}"
            ))
        }
        _ => Ok(()),
    }
}

/// What is read from standard input is gone for whoever reads it next.
pub(super) fn check_stdin(inputs: &[PathBuf], options: &Options) -> Result<()> {
    let names = options.common.files0_from.iter().chain(inputs);
    let data = options.against.iter().chain(&options.decontaminate).chain(&options.apply_removals);
    match names.chain(data).filter(|path| path.as_os_str() == "-").count() {
        0 | 1 => Ok(()),
        _ => usage("- (standard input) can be read only once"),
    }
}

pub(super) fn check_pointer(pointer: &str) -> Result<()> {
    match pointer.starts_with('/') && pointer.len() > 1 {
        true => Ok(()),
        false => usage(format!(
            "{} is no JSON pointer to a field, such as /metadata/score",
            quote(pointer, QUOTE_BYTES)
        )),
    }
}
