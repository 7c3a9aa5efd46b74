//! Groups that were found before: lists of lines, as chatml-dedup --clusters writes them.

use serde_json::Value;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::cli::report::plural;
use crate::cli::terminal::{QUOTE_BYTES, quote};
use crate::error::{Error, Result};
use crate::stream::{Block, Flow, Inputs, Sink, run};

use super::block::seed_of;
use super::config::Config;

/// A line and a group that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Member {
    input: u32,
    line: u64,
    group: u64,
}

/// The groups of lines.
#[derive(Debug, Default)]
pub(super) struct Listed {
    members: Vec<Member>,
    /// Rows that name no input, by list.
    strange: Vec<(String, u64)>,
}

impl Listed {
    /// Reads all lists; `names` are those of the inputs.
    pub(super) fn read(config: &Config, names: &[String]) -> Result<Listed> {
        let mut listed = Listed::default();
        for (at, path) in config.group_files.iter().enumerate() {
            let inputs = Inputs::open(std::slice::from_ref(path), &config.reading)?;
            let name = inputs.names()[0].clone();
            let mut list = List { name, line: 0, rows: Vec::new() };
            let lines = |(): &mut (), block: &mut Block| -> Vec<Vec<u8>> {
                block.lines().map(|line| line.bytes.trim_ascii().to_vec()).collect()
            };
            run(inputs, 1, || (), lines, &mut list)?;
            let seed = seed_of(&format!("list {at}"), config.seed);
            let (name, rows) = (list.name.clone(), list.rows.len() as u64);
            let members = list.members(names, seed)?;
            listed.strange.push((name, rows - members.len() as u64));
            listed.members.extend(members);
        }
        listed.members.sort_unstable();
        Ok(listed)
    }

    /// What is to be told of lists that name other files.
    pub(super) fn strange(&self) -> Vec<String> {
        let strange = self.strange.iter().filter(|(_, rows)| *rows > 0);
        let tell = |(name, rows): &(String, u64)| {
            format!("{name}: {} of other files than the inputs; not used", plural(*rows, "row"))
        };
        strange.map(tell).collect()
    }

    /// The groups of a line of an input.
    pub(super) fn groups(&self, (input, line): (usize, u64)) -> impl Iterator<Item = u64> {
        let start = self
            .members
            .partition_point(|member| (member.input as usize, member.line) < (input, line));
        let rest = self.members[start..].iter();
        rest.take_while(move |member| (member.input as usize, member.line) == (input, line))
            .map(|member| member.group)
    }
}

/// A row of a list.
struct RowOf {
    cluster: String,
    file: String,
    line: u64,
}

/// Reads one list.
struct List {
    name: String,
    line: u64,
    rows: Vec<RowOf>,
}

impl List {
    fn row(line: &[u8]) -> Option<RowOf> {
        let value: Value = serde_json::from_slice(line).ok()?;
        let cluster = value.get("cluster").filter(|cluster| !cluster.is_null())?.to_string();
        let line = value.get("line")?.as_u64().filter(|line| *line > 0)?;
        let file = value.get("file").and_then(Value::as_str).unwrap_or_default().to_owned();
        Some(RowOf { cluster, file, line })
    }

    /// The members that are lines of the inputs. The name of the only file of a list does not matter where there is
    /// only one input, which may come through a pipe.
    fn members(self, names: &[String], seed: u64) -> Result<Vec<Member>> {
        let first = self.rows.first().map(|row| row.file.clone());
        let alone =
            names.len() == 1 && self.rows.iter().all(|row| Some(&row.file) == first.as_ref());
        let input = |row: &RowOf| match alone {
            true => Some(0),
            false => names.iter().position(|name| *name == row.file),
        };
        let member = |row: &RowOf| {
            let group = xxh3_64_with_seed(row.cluster.as_bytes(), seed);
            Some(Member { input: input(row)? as u32, line: row.line, group })
        };
        let members: Vec<Member> = self.rows.iter().filter_map(member).collect();
        if members.is_empty() && !self.rows.is_empty() {
            return Err(Error::Unfit(format!(
                "{}: names no line of the inputs; is the list of this data?",
                self.name
            )));
        }
        Ok(members)
    }
}

impl Sink<Vec<Vec<u8>>> for List {
    fn accept(&mut self, _: &Block, lines: Vec<Vec<u8>>) -> Result<Flow> {
        for line in lines {
            self.line += 1;
            if line.is_empty() {
                continue;
            }
            match List::row(&line) {
                Some(row) => self.rows.push(row),
                None => {
                    let text = quote(&String::from_utf8_lossy(&line), QUOTE_BYTES);
                    return Err(Error::Unfit(format!(
                        "{}:{}: {text}: wanted an object with \"cluster\", \"file\" and \"line\", from 1",
                        self.name, self.line
                    )));
                }
            }
        }
        Ok(Flow::Continue)
    }

    fn idle(&mut self) -> Result<()> {
        Ok(())
    }
}
