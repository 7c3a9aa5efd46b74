//! Judges chat data line by line.

fn main() {}
