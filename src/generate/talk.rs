//! What is said on standard error beside the progress.

use std::io::Write;

/// Says a line, which is fit for a terminal.
pub fn say(line: &str) {
    // A closed standard error is no reason to fail.
    let _ = writeln!(std::io::stderr(), "chatml-gen: {line}");
}
