//! What cannot be asked for: options that contradict each other or would do nothing.

use std::path::{Path, PathBuf};

use crate::cli::terminal::{QUOTE_BYTES, quote};
use crate::error::{Error, Result};

use super::amount::is_pointer;
use super::options::{self, Options};
use super::parts::Parts;

fn usage<T>(what: impl Into<String>) -> Result<T> {
    Err(Error::Usage(what.into()))
}

/// Refuses options that would do nothing, and runs that would do nothing at all.
pub(super) fn refuse_idle(options: &Options, parts: &Parts) -> Result<()> {
    let split = parts.is_split();
    let folder = options.directory.is_some();
    let files = folder || !options.out.is_empty();
    let chosen = options.sample.is_some() || options.limit_per.is_some() || options.shuffle;
    let table = [
        (options.exact, split, "--exact needs parts, such as --val 0.1"),
        (!options.stratify.is_empty(), split, "--stratify needs parts, such as --val 0.1"),
        (
            !options.group.is_empty(),
            split || options.check_leak,
            "--group needs parts, such as --val 0.1",
        ),
        (!options.group_file.is_empty(), split, "--group-file needs parts, such as --val 0.1"),
        (options.only.is_some(), split, "--only needs parts, such as --val 0.1"),
        (options.tag.is_some(), split, "--tag needs parts, such as --val 0.1"),
        (
            options.compress.is_some(),
            files,
            "--compress needs files: --directory or --out; standard output goes through a pipe to zstd or gzip",
        ),
        (options.format.is_some(), options.check_leak, "--format needs --check-leak"),
        (
            options.shards.is_some() || options.shard_size.is_some(),
            options.directory.is_some(),
            "--shards and --shard-size need --directory",
        ),
        (
            options.partition_by.is_some(),
            options.directory.is_some(),
            "--partition-by needs --directory",
        ),
        (
            options.force,
            files || options.manifest.is_some(),
            "--force needs files: --directory or --out",
        ),
        (
            options.memory.is_some(),
            options.shuffle || options.partition_by.is_some(),
            "--memory needs --shuffle or --partition-by",
        ),
    ];
    if let Some((_, _, what)) = table.into_iter().find(|(given, fits, _)| *given && !fits) {
        return usage(what);
    }
    let goal = options.check_leak || split || chosen || folder;
    if !goal {
        return usage(
            "what shall be set apart? --val 0.1, for example; or --sample, --shuffle, --limit-per",
        );
    }
    let somewhere = files || options.only.is_some() || options.tag.is_some();
    if split && !somewhere {
        return usage(
            "where shall the parts go? -d DIR, --out PART=FILE, --only PART or --tag POINTER",
        );
    }
    if options.common.output.is_some() && files {
        return usage("-o is for what goes to standard output; parts go to --directory or --out");
    }
    Ok(())
}

/// The name of a file tells how it is compressed.
pub(super) fn check_ending(path: &Path, compress: Option<options::Compress>) -> Result<()> {
    let told = match path.extension().and_then(|end| end.to_str()) {
        Some("zst") => Some(options::Compress::Zst),
        Some("gz") => Some(options::Compress::Gz),
        _ => None,
    };
    let is_named = path != Path::new("-") && !path.starts_with("/dev");
    if told == compress || told.is_none() && !is_named {
        return Ok(());
    }
    let name = |format| match format {
        options::Compress::Zst => "zst",
        options::Compress::Gz => "gz",
    };
    match (told, compress) {
        (_, Some(format)) => usage(format!(
            "{}: with --compress {} it ends in .{}",
            path.display(),
            name(format),
            name(format)
        )),
        (Some(format), None) => {
            usage(format!("{}: is asked for without --compress {}", path.display(), name(format)))
        }
        (None, None) => Ok(()),
    }
}

/// Pointers lead to fields, and not to messages.
pub(super) fn check_pointers(options: &Options) -> Result<()> {
    let tag = options.tag.as_deref();
    if tag.is_some_and(|tag| tag == "/messages" || tag.starts_with("/messages/")) {
        return usage("--tag would replace messages; name a field beside them, such as /split");
    }
    for pointer in [&options.tag, &options.partition_by].into_iter().flatten() {
        if !is_pointer(pointer) {
            let pointer = quote(pointer, QUOTE_BYTES);
            return usage(format!(
                "{pointer} is no JSON pointer to a field, such as /metadata/category"
            ));
        }
    }
    Ok(())
}

/// What is read from standard input is gone for whoever reads it next.
pub(super) fn check_stdin(inputs: &[PathBuf], options: &Options) -> Result<()> {
    let others = options.group_file.iter().chain(&options.repeat).map(PathBuf::as_path);
    let names = options.common.files0_from.iter().chain(inputs).map(PathBuf::as_path);
    match names.chain(others).filter(|path| *path == Path::new("-")).count() {
        0 | 1 => Ok(()),
        _ => usage("- (standard input) can be read only once"),
    }
}
