//! chatml-split as its users meet it: who goes where, what stays together, and what is written.

mod determinism;
mod exact;
mod faults;
mod groups;
mod hostile;
mod leak;
mod manifest;
mod outputs;
mod partition;
mod parts;
mod properties;
mod sample;
mod shards;
mod shuffle;
mod strata;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::util::{Done, Folder, asked, lines};

/// So many records, each with a prompt of its own.
fn records(count: usize) -> Vec<String> {
    (0..count).map(|id| asked(id, &format!("What is {id}?"), &format!("It is {id}."))).collect()
}

/// A record with a category.
fn of_kind(id: usize, kind: &str) -> String {
    asked(id, &format!("What is {id}?"), "This.").replacen(
        '{',
        &format!(r#"{{"category":"{kind}","#),
        1,
    )
}

/// A folder with these records in `in`.
fn folder<T: AsRef<str>>(records: &[T]) -> Folder {
    let folder = Folder::of("chatml-split");
    folder.put("in", lines(records));
    folder
}

/// Runs with the arguments, of which blanks part one from the next.
#[track_caller]
fn run(folder: &Folder, args: &str) -> Done {
    folder.run(&args.split(' ').collect::<Vec<_>>(), "")
}

/// The ids of the records of a text.
#[track_caller]
fn ids(text: &[u8]) -> Vec<u64> {
    let text = std::str::from_utf8(text).unwrap();
    let id = |line: &str| serde_json::from_str::<Value>(line).unwrap()["id"].as_u64().unwrap();
    text.lines().map(id).collect()
}

/// Under which part each id went, as the tags of all records tell.
#[track_caller]
fn tagged(folder: &Folder, args: &str) -> BTreeMap<u64, String> {
    let done = run(folder, &format!("{args} --tag /part in"));
    let row = |row: Value| (row["id"].as_u64().unwrap(), row["part"].as_str().unwrap().to_owned());
    done.exits(0).json().into_iter().map(row).collect()
}

/// The ids of a part.
fn part(tagged: &BTreeMap<u64, String>, name: &str) -> Vec<u64> {
    tagged.iter().filter(|(_, part)| *part == name).map(|(id, _)| *id).collect()
}
