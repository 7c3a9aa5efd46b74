//! What to do about what a summary of data found, in the same words whichever tool found it.

use super::report::count;

/// There is nothing to look at.
pub const EMPTY: &str = "Give a file with examples";

/// Texts that are too much alike.
pub const DIVERSITY: &str = "Add examples that begin in other ways and are built in other ways";

/// Examples without a trained token.
pub const UNTRAINED: &str = "Complete or remove the examples with nothing to train on";

/// Tokens were not counted.
pub const UNCOUNTED: &str = "Count tokens, and what is trained on: leave out --tokenizer none";

/// Lines that are no records; `files` as a shell takes them.
pub fn repair(files: &str) -> String {
    format!(
        "Repair what can be repaired and leave out the rest: chatml-validate --fix -o valid.jsonl {files}"
    )
}

/// Equal examples in `files`, before which other options may stand.
pub fn without_duplicates(files: &str) -> String {
    format!("Remove duplicates: chatml-dedup -o unique.jsonl {files}")
}

/// Similar ones; `near` is the option that says how similar.
pub fn without_near(near: &str, files: &str) -> String {
    format!("Remove near-duplicates: chatml-dedup {near} -o unique.jsonl {files}")
}

/// Examples that lack a field; likewise.
pub fn incomplete(files: &str) -> String {
    format!("Find the incomplete examples: chatml-validate --check {files}")
}

/// Examples over a limit of tokens.
pub fn shorten(limit: u64) -> String {
    format!("Shorten the examples over {} tokens, or train on longer sequences", count(limit))
}
