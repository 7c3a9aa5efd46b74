//! How fast the signs are looked for: bytes of text a second, on one core.
//!
//! ```text
//! QUALITY_CORPUS=chats.jsonl cargo test --release --lib quality::timing -- --ignored --nocapture
//! ```

#![allow(clippy::print_stderr)]

use std::time::Instant;

use super::{Detector, Signs, Speaker, opening, skeleton};

/// The texts of a file of chats, with who speaks.
fn texts(path: &str) -> Vec<(Speaker, String)> {
    let mut texts = Vec::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        for message in record["messages"].as_array().into_iter().flatten() {
            let speaker = match message["role"].as_str() {
                Some("system") => Speaker::System,
                Some("user") => Speaker::User,
                Some("assistant") => Speaker::Assistant,
                _ => Speaker::Other,
            };
            texts.push((speaker, message["content"].as_str().unwrap_or_default().to_owned()));
        }
    }
    texts
}

#[test]
#[ignore = "measures, and needs QUALITY_CORPUS"]
fn time_the_corpora() {
    let detector = Detector::new();
    for path in std::env::var("QUALITY_CORPUS").unwrap().split(':') {
        let texts = texts(path);
        let bytes: usize = texts.iter().map(|(_, text)| text.len()).sum();
        let mut scratch = String::new();
        let time = |name: &str, work: &mut dyn FnMut(Speaker, &str) -> usize| {
            let mut best = f64::MAX;
            for _ in 0..5 {
                let start = Instant::now();
                let found: usize = texts.iter().map(|(speaker, text)| work(*speaker, text)).sum();
                assert!(found <= 64 * texts.len());
                best = best.min(start.elapsed().as_secs_f64());
            }
            eprintln!("  {name}: {:.0} MB/s", bytes as f64 / best / 1e6);
        };
        eprintln!("{path}: {} texts, {bytes} bytes", texts.len());
        time("text", &mut |speaker, text| {
            let mut found = Signs::NONE;
            detector.text(speaker, text, &mut found);
            found.iter().count()
        });
        time("masked", &mut |_, text| usize::from(detector.masked(text).len() != text.len()));
        time("skeleton", &mut |_, text| usize::from(skeleton(text, &mut scratch).is_some()));
        let mut scratch = String::new();
        time("opening", &mut |_, text| usize::from(opening(text, &mut scratch).is_some()));
        let mut query = "";
        let mut best = f64::MAX;
        for _ in 0..3 {
            let start = Instant::now();
            for (speaker, text) in &texts {
                if *speaker == Speaker::Assistant {
                    detector.pair(query, text, true, &mut Signs::default());
                }
                query = text;
            }
            best = best.min(start.elapsed().as_secs_f64());
        }
        eprintln!("  pair: {:.0} MB/s", bytes as f64 / best / 1e6);
    }
}
