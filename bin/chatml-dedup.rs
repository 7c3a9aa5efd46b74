//! Keeps one of every group of equal or similar records of chat data.

use std::process::ExitCode;

fn main() -> ExitCode {
    chatml::cli::exit::main(chatml::dedup::run)
}
