//! What was asked before in a document: with another answer to the same question a model would learn neither.

use std::collections::HashMap;

use crate::generate::accept::key_of;
use crate::similar::Key;

/// Questions by their keys, each with its line and the key of its answer.
#[derive(Default)]
pub(super) struct Earlier(HashMap<Key, (u64, Key)>);

/// What repeats something, and the line of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Same {
    /// The question alone: it has another answer.
    Question(u64),
    /// The answer as well.
    Both(u64),
}

impl Earlier {
    /// Was this asked before?
    pub(super) fn has(&self, question: Key) -> bool {
        self.0.contains_key(&question)
    }

    /// What a question with this answer repeats, if it does.
    pub(super) fn find(&self, question: Key, answer: &str) -> Option<Same> {
        let (line, before) = self.0.get(&question)?;
        Some(match *before == key_of([answer]) {
            true => Same::Both(*line),
            false => Same::Question(*line),
        })
    }

    /// Notes what is asked in this line.
    pub(super) fn note(&mut self, question: Key, answer: &str, line: u64) {
        self.0.entry(question).or_insert_with(|| (line, key_of([answer])));
    }
}
