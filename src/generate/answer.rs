//! From what a model wrote to examples.
//!
//! A model is asked for JSON of one form, and gives it in many: with thoughts before it, in a fence, as a bare
//! list, with other names for question and answer. All of these are read. What is cut off or broken is not
//! mended: an example whose end was made up is worse than none.

mod form;
mod found;

pub use form::{Asked, Tools, shape};

use crate::generate::draft::Draft;
use crate::generate::reason::{Reason, Rejection};

use found::found;

/// What is said of a thought that has no end.
const ENDLESS: &str = "the thought does not end";

/// The tags in which models think.
const THOUGHTS: [(&str, &str); 2] = [("<think>", "</think>"), ("<thinking>", "</thinking>")];

/// The examples that an answer holds, at most as many as were asked for, each as a conversation without system
/// prompt; an example that cannot be read is a rejection of its own.
///
/// `strip_think`: what stands in tags of thought is left out; an answer that is nothing but an unclosed thought is
/// truncated.
pub fn read(text: &str, asked: Asked, strip_think: bool) -> Vec<Result<Draft, Rejection>> {
    let spoken = match strip_think {
        true => match without_thoughts(text) {
            Some(spoken) => spoken,
            None => {
                return vec![Err(Rejection::new(Reason::Truncated, ENDLESS))];
            }
        },
        false => text.to_owned(),
    };
    let Some(value) = found(&spoken) else {
        return vec![Err(Rejection::new(Reason::Unreadable, unreadable(&spoken)))];
    };
    form::examples(value, asked)
}

/// The JSON that an answer holds, or why it does not; thoughts are left out.
pub fn value(text: &str) -> Result<serde_json::Value, &'static str> {
    let spoken = without_thoughts(text).ok_or(ENDLESS)?;
    found(&spoken).ok_or_else(|| unreadable(&spoken))
}

/// A plain text answer: what one side of a conversation says next.
pub fn said(text: &str, strip_think: bool) -> Result<String, Rejection> {
    let spoken = match strip_think {
        true => without_thoughts(text).ok_or_else(|| Rejection::new(Reason::Truncated, ENDLESS))?,
        false => text.to_owned(),
    };
    match spoken.trim() {
        "" => Err(Rejection::new(Reason::Unreadable, "the answer is empty")),
        spoken => Ok(spoken.to_owned()),
    }
}

/// The text without what stands in tags of thought; none if a thought has no end.
fn without_thoughts(text: &str) -> Option<String> {
    let mut rest = text.to_owned();
    for (open, close) in THOUGHTS {
        // Some servers give the opening tag in the prompt, so that only the end of the thought is seen.
        if let Some(end) = rest.find(close)
            && rest.find(open).is_none_or(|start| start > end)
        {
            rest.replace_range(..end + close.len(), "");
        }
        let mut spoken = String::new();
        let mut left = rest.as_str();
        while let Some((before, thought)) = left.split_once(open) {
            spoken += before;
            left = thought.split_once(close)?.1;
        }
        rest = spoken + left;
    }
    Some(rest)
}

fn unreadable(text: &str) -> &'static str {
    match text.trim() {
        "" => "the answer is empty",
        text if text.contains(['{', '[']) => "the JSON is broken or cut off",
        _ => "there is no JSON in it",
    }
}

#[cfg(test)]
mod tests;
