//! Generates chat data: from a plan, from documents, from what is there already.

use std::process::ExitCode;

fn main() -> ExitCode {
    chatml::cli::exit::main(chatml::generate::run)
}
