//! Records that are shown to a model as examples.

use std::path::Path;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::generate::draw::Draw;
use crate::generate::records::{each_block, lines};

/// Records to choose from, each as its messages without a system prompt.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shots {
    all: Vec<Value>,
    /// Where each stands in its file: the number of its line, from 1.
    lines: Vec<u64>,
}

impl Shots {
    /// Those of a file of records; `-` is standard input. A line without a conversation is trouble.
    pub fn read(&mut self, path: &Path) -> Result<()> {
        let mut number = 0;
        each_block(&[path.to_owned()], |block, name| {
            number = if block.first { 0 } else { number };
            for line in lines(block) {
                number += 1;
                if line.bytes.trim_ascii().is_empty() {
                    continue;
                }
                self.all.push(shot(line.bytes).ok_or_else(|| {
                    let what = "is no record with messages, and so no example to show";
                    Error::Unfit(format!("{name}:{number}: {what}"))
                })?);
                self.lines.push(number);
            }
            Ok(())
        })
    }

    /// All those of a file, each on its line: for whoever cannot read the file a second time.
    pub fn lines(&self) -> Vec<u8> {
        let (mut out, mut last) = (Vec::new(), 0);
        for (shot, number) in self.all.iter().zip(&self.lines) {
            let blank = number.saturating_sub(last + 1);
            out.extend((0..blank).map(|_| b'\n'));
            out.extend_from_slice(format!("{shot}\n").as_bytes());
            last = *number;
        }
        out
    }

    /// Adds others.
    pub fn extend(&mut self, others: Shots) {
        self.all.extend(others.all);
        self.lines.extend(others.lines);
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// `count` of them, all different.
    pub(super) fn some(&self, count: usize, draw: &mut Draw) -> Vec<Value> {
        some_of(&self.all, count, draw).collect()
    }
}

/// `count` of `all`, by chance and all different.
pub(super) fn some_of(all: &[Value], count: usize, draw: &mut Draw) -> impl Iterator<Item = Value> {
    let count = count.min(all.len());
    let mut places: Vec<usize> = Vec::with_capacity(count);
    while places.len() < count {
        let place = draw.below(all.len());
        if !places.contains(&place) {
            places.push(place);
        }
    }
    places.into_iter().filter_map(|place| all.get(place).cloned())
}

/// What is shown of a record.
pub(super) fn shot(line: &[u8]) -> Option<Value> {
    let record: Value = serde_json::from_slice(line).ok()?;
    let messages = record.get("messages")?.as_array()?;
    let system = |message: &&Value| message.get("role").is_some_and(|role| role == "system");
    let shown: Vec<Value> = messages.iter().filter(|message| !system(message)).cloned().collect();
    (!shown.is_empty()).then(|| serde_json::json!({ "messages": shown }))
}
