//! The form of a document, by its name or its beginning.

use super::options::Format;
use super::speaker::Names;
use super::table::{Sure, begins_table};
use super::{captions, marks, objects};

/// Endings of names, and the form that they stand for.
const ENDINGS: [(&str, Format); 11] = [
    (".md", Format::Md),
    (".markdown", Format::Md),
    (".mdx", Format::Md),
    (".csv", Format::Csv),
    (".tsv", Format::Csv),
    (".tab", Format::Csv),
    (".jsonl", Format::Jsonl),
    (".ndjson", Format::Jsonl),
    (".json", Format::Jsonl),
    (".vtt", Format::Transcript),
    (".srt", Format::Transcript),
];

/// Lines that are looked at.
const LINES: usize = 40;

/// Bytes that are looked at.
const BYTES: usize = 64 << 10;

/// The form that a name stands for, if it stands for one and that is enough to know. Questions and answers may well
/// stand in a document of Markdown.
pub(super) fn by_name_alone(name: &str) -> Option<Format> {
    by_name(name).filter(|format| *format != Format::Md)
}

/// The form that a name stands for, if it stands for one.
fn by_name(name: &str) -> Option<Format> {
    let name = name.to_lowercase();
    let name =
        [".gz", ".zst", ".xz"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    ENDINGS.iter().find(|(end, _)| name.ends_with(end)).map(|(_, format)| *format)
}

/// Whether a document that begins so has all that is looked at.
pub(super) fn is_enough(start: &[u8]) -> bool {
    let is_blank = |line: &[u8]| line.trim_ascii().is_empty();
    let lines = start.split_inclusive(|byte| *byte == b'\n');
    start.len() >= BYTES
        || lines.filter(|line| !is_blank(line) && line.ends_with(b"\n")).count() >= LINES
}

/// The form of a document of this name that begins so, without its byte order mark; none if it cannot be told.
/// `has_templates`: columns of any names make messages.
pub(super) fn by_start(
    name: &str,
    start: &[u8],
    names: &Names,
    has_templates: bool,
) -> Option<Format> {
    let start = String::from_utf8_lossy(&start[..start.len().min(BYTES)]);
    let lines: Vec<&str> =
        start.lines().map(str::trim).filter(|line| !line.is_empty()).take(LINES).collect();
    let any = |is: &dyn Fn(&str) -> bool| lines.iter().any(|line| is(line));
    let first = lines.first()?;
    if by_name(name) == Some(Format::Md) {
        let is_faq = any(&marks::is_question) && any(&marks::is_answer);
        return Some(if is_faq { Format::Faq } else { Format::Md });
    }
    if first.starts_with('{') || objects::begins_array(first) {
        return Some(Format::Jsonl);
    }
    let table = begins_table(&start);
    if table == Some(Sure::Yes) {
        return Some(Format::Csv);
    }
    if captions::is_header(first) || any(&captions::is_timing) {
        return Some(Format::Transcript);
    }
    if any(&marks::is_question) {
        return Some(Format::Faq);
    }
    if lines.iter().filter(|line| names.speaks(line)).count() > 1 {
        return Some(Format::Transcript);
    }
    if any(&|line| line.starts_with("# ") || line.starts_with("## ")) {
        return Some(Format::Md);
    }
    // Without templates nothing but a fault would come of it, and a letter has commas as well.
    table.filter(|_| has_templates).map(|_| Format::Csv)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enough_is_forty_lines_or_many_bytes() {
        assert!(
            !is_enough("a\n\n".repeat(39).as_bytes()) && is_enough("a\n\n".repeat(40).as_bytes())
        );
        assert!(is_enough(&[b'a'; BYTES]) && !is_enough(b""));
    }

    #[test]
    fn the_form_is_told_by_name_or_beginning() {
        let names = Names::new(&[], &[]);
        let table = [
            ("a.MD", "x", Some(Format::Md)),
            ("a.md", "# x\nQ: how it is written\n", Some(Format::Md)),
            ("a.md", "# x\nQ: a\nA: b", Some(Format::Faq)),
            ("a", "[\n{\"a\":1}]", Some(Format::Jsonl)),
            ("a.csv.gz", "", Some(Format::Csv)),
            ("<stdin>", "\n {\"a\":1}\n", Some(Format::Jsonl)),
            ("a.txt", "# FAQ\nQ: a\nA: b", Some(Format::Faq)),
            ("a.txt", "[10:30] Agent: a\n[10:31] Customer: b\n", Some(Format::Transcript)),
            ("a.txt", "Text\n\n## b\n", Some(Format::Md)),
            ("<stdin>", "question,answer\nQ: a,b\nc,d\n", Some(Format::Csv)),
            ("<stdin>", "a;b\n1;2\n", None),
            ("<stdin>", "question,answer\n", Some(Format::Csv)),
            ("a.txt", "sep=;\nx;y\n", Some(Format::Csv)),
            ("a.txt", "Q: a, b\nA: b, c\n", Some(Format::Faq)),
            ("a.txt", "User: a, b\nBot: b, c\n", Some(Format::Transcript)),
            ("a", "WEBVTT\n\n00:01.000 --> 00:02.000\nIs it?", Some(Format::Transcript)),
            ("a", "1\n00:00:01,000 --> 00:00:02,000\nIs it?", Some(Format::Transcript)),
            ("a.txt", "", None),
        ];
        for (name, start, wanted) in table {
            let guessed =
                by_name_alone(name).or_else(|| by_start(name, start.as_bytes(), &names, false));
            assert_eq!(guessed, wanted, "{name} {start}");
        }
        for (start, wanted) in [("a;b\n1;2\n", Some(Format::Csv)), ("a;b\n1\n", None)] {
            assert_eq!(by_start("<stdin>", start.as_bytes(), &names, true), wanted, "{start}");
        }
    }
}
