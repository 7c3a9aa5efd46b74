//! Splits chat data into training, validation and test sets that do not leak.

use std::process::ExitCode;

fn main() -> ExitCode {
    chatml::cli::exit::main(chatml::split::run)
}
