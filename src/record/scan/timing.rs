//! How fast the scanner is: nanoseconds a record and bytes a second, with vectors and without.
//!
//! ```text
//! SCAN_CORPUS=short.jsonl:long.jsonl cargo test --release --lib scan::timing -- --ignored --nocapture
//! ```

#![allow(clippy::print_stderr)]

use std::time::Instant;

use super::Scanner;
use super::tests::TOKENS;

#[test]
#[ignore = "measures, and needs SCAN_CORPUS"]
fn time_the_corpora() {
    for path in std::env::var("SCAN_CORPUS").unwrap().split(':') {
        let bytes = std::fs::read(path).unwrap();
        let lines: Vec<&[u8]> =
            bytes.split(|&byte| byte == b'\n').filter(|l| !l.is_empty()).collect();
        let mut times = [
            ("vectors", Scanner::new(TOKENS), f64::MAX),
            ("portable", Scanner::portable(TOKENS), f64::MAX),
        ];
        // Only lines with an outline: a refused line is left early and would flatter the figures.
        let plain: Vec<&[u8]> =
            lines.iter().copied().filter(|line| times[0].1.outline(line).is_some()).collect();
        let size: usize = plain.iter().map(|line| line.len()).sum();
        for (_, scanner, best) in &mut times {
            for _ in 0..9 {
                let start = Instant::now();
                let found = plain.iter().filter(|line| scanner.outline(line).is_some()).count();
                assert_eq!(found, plain.len());
                *best = best.min(start.elapsed().as_secs_f64());
            }
        }
        eprintln!(
            "{path}: {} of {} lines plain, mean {} bytes",
            plain.len(),
            lines.len(),
            size / plain.len()
        );
        for (name, _, best) in &times {
            let ns = best * 1e9 / plain.len() as f64;
            eprintln!("  {name}: {ns:.1} ns a record, {:.2} GB/s", size as f64 / best / 1e9);
        }
    }
}
