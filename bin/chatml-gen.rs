//! Generates chat data: from a plan, from documents, from what is there already.

use std::process::ExitCode;

use chatml::cli::exit;
use chatml::generate::{self, Neighbours};

/// The other tools, which a data set is divided, described and checked with.
const NEIGHBOURS: Neighbours = Neighbours {
    validate: |words| exit::run(words, chatml::validate::run),
    dedup: |words| exit::run(words, chatml::dedup::run),
    split: |words| exit::run(words, chatml::split::run),
    stats: |words| exit::run(words, chatml::stats::run),
};

fn main() -> ExitCode {
    exit::main(|options| generate::run(options, &NEIGHBOURS))
}
