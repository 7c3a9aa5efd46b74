//! Judges chat data line by line and passes the valid records on.

use std::process::ExitCode;

fn main() -> ExitCode {
    chatml::cli::exit::main(chatml::validate::run)
}
