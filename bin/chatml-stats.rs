//! Measures chat data.

use std::process::ExitCode;

fn main() -> ExitCode {
    chatml::cli::exit::main(chatml::stats::run)
}
