//! The note that a plan was approved: `plan.lock` beside `plan.toml`, with digests of the plan and of the files that
//! it names, so that what runs is what somebody looked at.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};
use crate::stream::{Buffering, Output};

use super::Plan;

/// Was the plan approved as it is?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Approval {
    /// It was.
    Yes,
    /// It was, but since then this was changed: the plan, or a file that it names.
    Changed(String),
    /// It was not.
    No,
}

/// The form of the note.
const FORM: u64 = 1;

/// Where the note for the plan at `path` stands.
pub fn lock_of(path: &Path) -> PathBuf {
    path.with_extension("lock")
}

/// Was the plan at `path`, which was read as `plan`, approved? A note that cannot be read is none.
pub fn is_approved(plan: &Plan, path: &Path) -> Approval {
    let note = std::fs::read(lock_of(path)).ok();
    let Some(note) = note.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()) else {
        return Approval::No;
    };
    if note.get("schema").and_then(Value::as_u64) != Some(FORM) {
        return Approval::No;
    }
    if note.get("plan_sha256").and_then(Value::as_str) != Some(&plan.digest) {
        return Approval::Changed(path.display().to_string());
    }
    for file in &plan.files {
        let noted = note.get("files").and_then(|files| files.get(name(plan, file)));
        let noted = noted.and_then(Value::as_str);
        if noted.is_none() || noted != file_digest(file).ok().as_deref() {
            return Approval::Changed(file.display().to_string());
        }
    }
    Approval::Yes
}

/// Notes that the plan at `path` is approved, and says where.
pub fn approve(plan: &Plan, path: &Path) -> Result<PathBuf> {
    let mut files = Map::new();
    for file in &plan.files {
        let digest = file_digest(file).map_err(|source| Error::Read {
            name: file.display().to_string(),
            offset: None,
            source,
        })?;
        files.insert(name(plan, file), digest.into());
    }
    let note = json!({
        "schema": FORM,
        "plan_sha256": plan.digest,
        "approved": utc(SystemTime::now()),
        "by": user(),
        "files": files,
    });
    let place = lock_of(path);
    let mut output = Output::create(&place, Buffering::Block)?;
    output.write(format!("{note:#}\n").as_bytes())?;
    output.finish()?;
    Ok(place)
}

/// A file as the plan names it, so that a folder can be moved with all that is in it.
fn name(plan: &Plan, file: &Path) -> String {
    file.strip_prefix(&plan.folder).unwrap_or(file).display().to_string()
}

/// One digest of several files, in their order, in hex; empty if there are none.
pub fn digest_of<'f>(files: impl Iterator<Item = &'f Path>) -> Result<String> {
    let mut hash = Sha256::new();
    let mut is_empty = true;
    for file in files {
        let fail = |source| Error::Read { name: file.display().to_string(), offset: None, source };
        hash.update(file_digest(file).map_err(fail)?);
        is_empty = false;
    }
    Ok(if is_empty { String::new() } else { hex(&hash.finalize()) })
}

/// SHA-256 of a file in hex; of what is no file, such as a pipe, of nothing.
fn file_digest(path: &Path) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut file = File::open(path)?;
    if file.metadata()?.is_file() {
        let mut buffer = vec![0; 1 << 16];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                read => hash.update(&buffer[..read]),
            }
        }
    }
    Ok(hex(&hash.finalize()))
}

/// Bytes as digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Who runs this, as the environment says it; it is a note, and no proof.
fn user() -> String {
    let named = ["USER", "LOGNAME"].iter().find_map(|name| std::env::var(name).ok());
    let named = named.filter(|name| !name.is_empty());
    named.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()))
}

/// A moment as `2026-03-01T12:00:00Z`.
fn utc(moment: SystemTime) -> String {
    let seconds = moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March, in eras of 400 years, so that the leap day is the last of a year (Hinnant).
    let since = days + 719_468;
    let (era, day) = (since / 146_097, since % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}Z")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn moments_are_those_of_the_calendar() {
        let table = [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (951_868_800, "2000-03-01T00:00:00Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (4_102_444_800, "2100-01-01T00:00:00Z"),
        ];
        for (seconds, wanted) in table {
            assert_eq!(utc(UNIX_EPOCH + Duration::from_secs(seconds)), wanted);
        }
    }

    #[test]
    fn an_approval_holds_until_the_plan_or_a_file_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.toml");
        let people = folder.path().join("people.txt");
        std::fs::write(&people, "a\nb\n").unwrap();
        let text = "count = 4\ngrammar.x = 1\n[[axis]]\nname = \"who\"\nkind = \"file\"\npath = \"people.txt\"\n";
        let plan = |text: &str| Plan::read(&path, text.as_bytes()).unwrap();
        assert_eq!(is_approved(&plan(text), &path), Approval::No);
        let place = approve(&plan(text), &path).unwrap();
        assert_eq!(place, folder.path().join("plan.lock"));
        assert_eq!(is_approved(&plan(text), &path), Approval::Yes);
        let changed = Approval::Changed(path.display().to_string());
        assert_eq!(is_approved(&plan(&text.replace('4', "5")), &path), changed);
        std::fs::write(&people, "a\nc\n").unwrap();
        let changed = Approval::Changed(people.display().to_string());
        assert_eq!(is_approved(&plan(text), &path), changed);
        std::fs::write(&place, "{}").unwrap();
        assert_eq!(is_approved(&plan(text), &path), Approval::No);
    }
}
