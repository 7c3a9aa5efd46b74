//! The end of a run: files get their names together, and what was done is told.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::cli::json::to_json_line;
use crate::cli::outputs::{self, Opener};
use crate::cli::report::report_header;
use crate::error::{Error, Result};
use crate::stream::{Identities, Output, place_all};

use super::config::{Config, MANIFEST, Shards};
use super::manifest::Told;
use super::series::{Complete, Manner, Place, Series};

/// The manifest, if there is to be one; an error if it would replace a file without being told to.
pub(super) fn open_manifest(config: &Config, opener: &mut Opener<'_>) -> Result<Option<Series>> {
    let Some(path) = &config.manifest else { return Ok(None) };
    opener.claim(path)?;
    let manner = Manner { compress: None, force: config.force, digests: false };
    Series::open(Place::Path(path.clone()), manner, Shards::One).map(Some)
}

/// Completes the manifest, which does not have its name yet.
pub(super) fn write_manifest(
    manifest: Option<Series>,
    told: &Told<'_>,
    files: &[(usize, Complete)],
) -> Result<Option<Complete>> {
    let Some(mut manifest) = manifest else { return Ok(None) };
    manifest.write(told.manifest(files).as_bytes(), 0)?;
    manifest.complete().map(Some)
}

/// Makes sure that no file takes the name of an input or of another output.
pub(super) fn check_names(
    config: &Config,
    files: &[(usize, Complete)],
    inputs: &Identities,
) -> Result<()> {
    let beside = [&config.rejects, &config.report, &config.manifest];
    let mut taken: HashSet<PathBuf> =
        beside.into_iter().flatten().filter_map(|path| outputs::place(path)).collect();
    for (_, files) in files {
        for path in files.paths() {
            inputs.refuse_as_output(path)?;
            if outputs::place(path).is_some_and(|place| !taken.insert(place)) {
                let output = path.display().to_string();
                return Err(Error::SameFile { output, other: "another output".to_owned() });
            }
        }
        files.admit()?;
    }
    match config.folder() {
        Some(folder) => refuse_left(folder, files),
        None => Ok(()),
    }
}

/// Files that an earlier run wrote into the folder, as its manifest tells, and that this one does not replace,
/// would be taken for its own, though they hold records of its other parts.
fn refuse_left(folder: &Path, files: &[(usize, Complete)]) -> Result<()> {
    let manifest = std::fs::read(folder.join(MANIFEST)).unwrap_or_default();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap_or_default();
    let new: HashSet<&Path> = files.iter().flat_map(|(_, files)| files.paths()).collect();
    let parts = manifest["parts"].as_array().into_iter().flatten();
    let old = parts.filter_map(|part| part["files"].as_array()).flatten();
    let names = old.filter_map(|file| Path::new(file["file"].as_str()?).file_name());
    let mut left = names.map(|name| folder.join(name)).filter(|path| path.exists());
    match left.find(|path| !new.contains(path.as_path())) {
        Some(path) => {
            let what = "is of the earlier run in this folder, and would stay; remove it";
            Err(Error::Unfit(format!("{}: {what}", path.display())))
        }
        None => Ok(()),
    }
}

/// Gives all files their names. The manifest is the last: who finds it, finds the others.
pub(super) fn place(
    files: Vec<(usize, Complete)>,
    manifest: Option<Complete>,
    force: bool,
) -> Result<()> {
    let files = files.into_iter().map(|(_, files)| files).chain(manifest);
    place_all(files.flat_map(Complete::into_files).collect(), force)
}

/// Writes the summary as JSON; it is complete when it is finished.
pub(super) fn write_report(mut report: Output, told: &Told<'_>) -> Result<Output> {
    let Told { config, intake, tally, .. } = told;
    let mut row = report_header("chatml-split");
    let mut put = |key: &str, value: Value| _ = row.insert(key.to_owned(), value);
    put("records_read", intake.records.into());
    put("records_written", tally.written(config).into());
    put("records_rejected", intake.unusable.count.into());
    put("blank_lines", intake.blank.into());
    put("records_without_key", intake.lacking.into());
    put("bytes_read", intake.bytes.into());
    put("seconds", intake.started.elapsed().as_secs_f64().into());
    let parts = config.parts.all.iter().zip(&tally.parts);
    let parts = parts
        .map(|(part, got)| json!({"name": part.name, "records": got.records, "bytes": got.bytes}));
    put("parts", parts.collect::<Vec<_>>().into());
    report.write(&to_json_line(&Value::Object(row)))?;
    report.flush()?;
    Ok(report)
}
