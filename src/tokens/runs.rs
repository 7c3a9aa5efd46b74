//! Which tokens of a rendered conversation are trained on.
//!
//! A template marks text, a trainer masks tokens, and the two need not meet: a token can hold the end of a
//! marked range and the text behind it. So the whole text is tokenised, and the rule that the
//! transformers library applies for `return_assistant_tokens_mask` says what becomes of each token.

use std::ops::Range;

/// Neighbouring tokens that are all trained on, or all not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// How many tokens.
    pub tokens: u32,
    /// Are they trained on?
    pub trained: bool,
}

/// Adds tokens to a list of runs.
pub(super) fn push(runs: &mut Vec<Run>, tokens: usize, trained: bool) {
    let tokens = u32::try_from(tokens).unwrap_or(u32::MAX);
    match runs.last_mut() {
        _ if tokens == 0 => {}
        Some(last) if last.trained == trained => last.tokens = last.tokens.saturating_add(tokens),
        _ => runs.push(Run { tokens, trained }),
    }
}

/// Where the tokens of a text stand in it, by the end of each or, where text between tokens belongs to
/// none, by start and end.
pub(super) trait Spans {
    /// How many tokens there are.
    fn len(&self) -> usize;

    /// The first token that holds this byte of the text.
    fn at(&self, byte: usize) -> Option<usize>;
}

/// Spans without gaps.
impl Spans for [u32] {
    fn len(&self) -> usize {
        self.len()
    }

    fn at(&self, byte: usize) -> Option<usize> {
        let at = self.partition_point(|end| *end as usize <= byte);
        (at < self.len()).then_some(at)
    }
}

/// Spans with gaps, in order, apart.
impl Spans for [Range<u32>] {
    fn len(&self) -> usize {
        self.len()
    }

    fn at(&self, byte: usize) -> Option<usize> {
        let at = self.partition_point(|span| span.end as usize <= byte);
        let span = self.get(at)?;
        (span.start as usize <= byte).then_some(at)
    }
}

/// The tokens in runs, by the rule of `apply_chat_template`: of a range, from the token of its first
/// character to the token of its last.
///
/// Its oddities are kept, since they are what is trained on. A range that starts where no token is ends
/// the search. One whose last character is in no token, or in the first token of all, reaches to the
/// end of the text. A token that ends inside a character counts for it only if it is its first.
pub(super) fn mask<S: Spans + ?Sized>(
    spans: &S,
    text: &str,
    trained: &[Range<usize>],
    runs: &mut Vec<Run>,
) {
    let total = spans.len();
    // Ranges are in order, so what is behind `done` is still open.
    let mut done = 0;
    for range in trained {
        let Some(first) = spans.at(range.start) else { break };
        let last = text
            .get(..range.end)
            .and_then(|text| text.char_indices().next_back())
            .map(|(at, _)| at);
        let end = match last.and_then(|byte| spans.at(byte)) {
            None | Some(0) => total,
            Some(last) => last + 1,
        };
        if first < end {
            push(runs, first.saturating_sub(done), false);
            push(runs, end.saturating_sub(done.max(first)), true);
            done = done.max(end);
        }
    }
    push(runs, total - done.min(total), false);
}

#[cfg(test)]
mod tests;
